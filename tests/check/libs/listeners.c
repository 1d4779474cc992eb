/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Callbacks that never run after their removal returned. */
#include <gst/discord/session/listeners.h>

#include <gst/check/gstcheck.h>

#define CALLS 20000

typedef struct
{
  gint calls;
  gint removed;
  gint late;
} Target;

static void
target_called (gpointer user_data)
{
  Target *target = user_data;

  g_atomic_int_inc (&target->calls);
  if (g_atomic_int_get (&target->removed))
    g_atomic_int_inc (&target->late);
}

static void
invoke (GCallback func, gpointer object, gpointer user_data, gpointer data)
{
  ((void (*) (gpointer)) func) (user_data);
}

GST_START_TEST (test_mask_and_removal)
{
  DiscordListeners *listeners = discord_listeners_new ();
  Target a = { 0 }, b = { 0 };
  guint id_a =
      discord_listeners_add (listeners, 1, (GCallback) target_called, NULL, &a);
  guint id_b =
      discord_listeners_add (listeners, 2, (GCallback) target_called, NULL, &b);

  fail_unless (discord_listeners_wanted (listeners, 1));
  fail_if (discord_listeners_wanted (listeners, 4));
  discord_listeners_call (listeners, 1, invoke, NULL);
  discord_listeners_call (listeners, 3, invoke, NULL);
  fail_unless_equals_int (a.calls, 2);
  fail_unless_equals_int (b.calls, 1);

  fail_unless (discord_listeners_remove (listeners, id_a));
  fail_if (discord_listeners_remove (listeners, id_a));
  discord_listeners_call (listeners, 3, invoke, NULL);
  fail_unless_equals_int (a.calls, 2);
  fail_unless_equals_int (b.calls, 2);

  fail_unless (discord_listeners_remove (listeners, id_b));
  discord_listeners_free (listeners);
}

GST_END_TEST;

static gpointer
call_often (gpointer data)
{
  for (guint i = 0; i < CALLS; i++)
    discord_listeners_call (data, 1, invoke, NULL);
  return NULL;
}

GST_START_TEST (test_none_runs_after_removal)
{
  DiscordListeners *listeners = discord_listeners_new ();
  GThread *callers[2];
  Target targets[64] = { { 0 } };

  for (guint i = 0; i < G_N_ELEMENTS (callers); i++)
    callers[i] = g_thread_new ("caller", call_often, listeners);
  for (guint i = 0; i < G_N_ELEMENTS (targets); i++) {
    guint id = discord_listeners_add (
        listeners, 1, (GCallback) target_called, NULL, &targets[i]);

    g_thread_yield ();
    fail_unless (discord_listeners_remove (listeners, id));
    g_atomic_int_set (&targets[i].removed, 1);
  }
  for (guint i = 0; i < G_N_ELEMENTS (callers); i++)
    g_thread_join (callers[i]);
  for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
    fail_unless_equals_int (targets[i].late, 0);
  discord_listeners_free (listeners);
}

GST_END_TEST;

static Suite *
listeners_suite (void)
{
  Suite *s = suite_create ("listeners");
  TCase *tc = tcase_create ("removal");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_mask_and_removal);
  tcase_add_test (tc, test_none_runs_after_removal);
  return s;
}

GST_CHECK_MAIN (listeners);
