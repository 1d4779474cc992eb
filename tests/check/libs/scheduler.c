/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real timers, and the signalling thread that runs them. */
#include <gst/check/gstcheck.h>
#include <gst/discord/signalling/scheduler.h>
#include <gst/discord/signalling/thread.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  DiscordScheduler *scheduler;
  GString *log;
  guint id;
} Timers;

static void
fired_a (gpointer data)
{
  Timers *timers = data;

  timers->id = 0;
  g_string_append_c (timers->log, 'a');
}

static void
fired_b (gpointer data)
{
  g_string_append_c (((Timers *) data)->log, 'b');
}

/* Adds from inside a timer. */
static void
fired_c (gpointer data)
{
  Timers *timers = data;

  g_string_append_c (timers->log, 'c');
  timers->id = discord_scheduler_add (timers->scheduler, 0, fired_a, timers);
}

static void
run_until (GMainContext *context, GString *log, gsize length)
{
  while (log->len < length)
    g_main_context_iteration (context, TRUE);
}

GST_START_TEST (test_timers)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Timers timers = { discord_scheduler_new_main (context), g_string_new (NULL),
    0 };
  guint later, first;

  later = discord_scheduler_add (timers.scheduler, 3600000, fired_b, &timers);
  first = discord_scheduler_add (timers.scheduler, 0, fired_c, &timers);
  fail_unless (later != 0 && first != 0 && later != first);
  run_until (context, timers.log, 2);
  fail_unless_equals_string (timers.log->str, "ca");
  fail_unless_equals_int (timers.id, 0);
  discord_scheduler_clear (timers.scheduler, &later);
  discord_scheduler_add (timers.scheduler, 10, fired_b, &timers);
  run_until (context, timers.log, 3);
  fail_unless_equals_string (timers.log->str, "cab");

  /* Removed ones do not fire. */
  g_string_truncate (timers.log, 0);
  timers.id = discord_scheduler_add (timers.scheduler, 0, fired_b, &timers);
  discord_scheduler_clear (timers.scheduler, &timers.id);
  fail_unless_equals_int (timers.id, 0);
  discord_scheduler_clear (timers.scheduler, &timers.id);
  timers.id = discord_scheduler_add (timers.scheduler, 1, fired_a, &timers);
  run_until (context, timers.log, 1);
  fail_unless_equals_string (timers.log->str, "a");

  /* Nor do those of a freed scheduler. */
  discord_scheduler_add (timers.scheduler, 0, fired_b, &timers);
  discord_scheduler_free_main (timers.scheduler);
  fail_if (g_main_context_iteration (context, FALSE));
  fail_unless_equals_string (timers.log->str, "a");
  g_string_free (timers.log, TRUE);
}

GST_END_TEST

GST_START_TEST (test_clock_and_chance)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  DiscordScheduler *scheduler = discord_scheduler_new_main (context);
  gint64 before = discord_scheduler_now (scheduler);

  for (guint i = 0; i < 1000; i++) {
    gdouble x = discord_scheduler_random (scheduler);

    fail_unless (x >= 0 && x < 1);
  }
  fail_unless (discord_scheduler_now (scheduler) >= before);
  discord_scheduler_free_main (scheduler);
}

GST_END_TEST

/* Shared with the signalling thread. */
static GMutex lock;
static GCond cond;
static guint calls; /* lock */
static guint notifies; /* lock */
static gboolean ordered; /* lock */

static gboolean
count_call (gpointer data)
{
  fail_unless (discord_signalling_thread_is_self ());
  g_mutex_lock (&lock);
  if (calls != GPOINTER_TO_UINT (data))
    ordered = FALSE;
  calls++;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
  return G_SOURCE_REMOVE;
}

static void
count_notify (gpointer data)
{
  g_mutex_lock (&lock);
  notifies++;
  g_mutex_unlock (&lock);
}

static void
reset_counts (void)
{
  g_mutex_lock (&lock);
  calls = notifies = 0;
  ordered = TRUE;
  g_mutex_unlock (&lock);
}

static void
wait_for_calls (guint n)
{
  g_mutex_lock (&lock);
  while (calls < n)
    g_cond_wait (&cond, &lock);
  g_mutex_unlock (&lock);
}

/* What was invoked runs, in order, before the last unref returns. */
GST_START_TEST (test_invoke)
{
  GMainContext *context;

  reset_counts ();
  fail_if (discord_signalling_thread_is_self ());
  context = discord_signalling_thread_ref ();
  fail_unless (context != NULL);
  fail_unless (discord_signalling_thread_ref () == context);
  for (guint i = 0; i < 100; i++)
    discord_signalling_thread_invoke (
        count_call, GUINT_TO_POINTER (i), count_notify);
  discord_signalling_thread_unref ();
  discord_signalling_thread_unref ();
  fail_unless_equals_int (calls, 100);
  fail_unless_equals_int (notifies, 100);
  fail_unless (ordered);
}

GST_END_TEST

GST_START_TEST (test_start_stop)
{
  for (guint i = 0; i < 200; i++) {
    reset_counts ();
    discord_signalling_thread_ref ();
    discord_signalling_thread_invoke (count_call, NULL, count_notify);
    if (i % 3 == 0)
      wait_for_calls (1);
    discord_signalling_thread_unref ();
    fail_unless_equals_int (calls, 1);
  }
}

GST_END_TEST

static gboolean
unref_last (gpointer data)
{
  /* Never at once, from the thread itself either. */
  discord_signalling_thread_invoke (count_call, NULL, NULL);
  g_mutex_lock (&lock);
  fail_unless_equals_int (calls, 0);
  g_mutex_unlock (&lock);
  discord_signalling_thread_unref ();
  return G_SOURCE_REMOVE;
}

/* The last reference goes on the thread: it ends on its own, and what was
 * invoked before still runs. */
GST_START_TEST (test_last_unref_on_thread)
{
  for (guint i = 0; i < 50; i++) {
    reset_counts ();
    discord_signalling_thread_ref ();
    discord_signalling_thread_invoke (unref_last, NULL, NULL);
    wait_for_calls (1);
    /* A new one may start while the old one ends. */
    discord_signalling_thread_ref ();
    discord_signalling_thread_unref ();
  }
}

GST_END_TEST

static gboolean
drop_last (gpointer data)
{
  discord_signalling_thread_unref ();
  return G_SOURCE_REMOVE;
}

/* What is invoked may end the thread, and its context with it, before
 * discord_signalling_thread_invoke() has returned. */
GST_START_TEST (test_thread_ends_during_invoke)
{
  for (guint i = 0; i < 20000; i++) {
    discord_signalling_thread_ref ();
    discord_signalling_thread_invoke (drop_last, NULL, NULL);
  }
}

GST_END_TEST

static gpointer
use_thread (gpointer data)
{
  for (guint i = 0; i < 100; i++) {
    discord_signalling_thread_ref ();
    discord_signalling_thread_hold ();
    discord_signalling_thread_invoke (count_call, NULL, count_notify);
    discord_signalling_thread_drop ();
    discord_signalling_thread_unref ();
  }
  return NULL;
}

GST_START_TEST (test_many_users)
{
  GThread *threads[4];

  reset_counts ();
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("user", use_thread, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  fail_unless_equals_int (calls, 400);
  fail_unless_equals_int (notifies, 400);
}

GST_END_TEST

static gint pipe_fds[2];

static gboolean
finish_held_work (gpointer data)
{
  fail_unless (write (pipe_fds[1], "x", 1) == 1);
  discord_signalling_thread_drop ();
  return G_SOURCE_REMOVE;
}

/* exit() with held work under way: it is finished first. A child, since the
 * hook runs once. */
GST_START_TEST (test_exit_waits_for_held_work)
{
  gchar byte = 0;
  gint status;
  pid_t child;

  fail_unless (pipe (pipe_fds) == 0);
  child = fork ();
  fail_unless (child >= 0);
  if (child == 0) {
    g_autoptr (GSource) source = g_timeout_source_new (50);
    GMainContext *context = discord_signalling_thread_ref ();

    discord_signalling_thread_hold ();
    g_source_set_callback (source, finish_held_work, NULL, NULL);
    g_source_attach (source, context);
    exit (0);
  }
  close (pipe_fds[1]);
  fail_unless (waitpid (child, &status, 0) == child);
  fail_unless (WIFEXITED (status) && WEXITSTATUS (status) == 0);
  fail_unless (read (pipe_fds[0], &byte, 1) == 1);
  fail_unless_equals_int (byte, 'x');
  close (pipe_fds[0]);
}

GST_END_TEST

static gint gone; /* atomic: the thread, to the destructors of what is its */

static void
note_gone (gpointer data)
{
  g_atomic_int_set (&gone, TRUE);
}

static GPrivate own = G_PRIVATE_INIT (note_gone);

static gboolean
set_own (gpointer data)
{
  g_private_set (&own, &own);
  return G_SOURCE_REMOVE;
}

static void
behind_exit_hook (void)
{
  _exit (g_atomic_int_get (&gone) ? 0 : 1);
}

/* Work that is never finished does not keep a process for ever, and the thread is
 * gone even so. The first that starts it in this process: hooks run last set
 * first. */
GST_START_TEST (test_exit_does_not_hang)
{
  pid_t child = fork ();
  gint status;

  fail_unless (child >= 0);
  if (child == 0) {
    atexit (behind_exit_hook);
    discord_signalling_thread_ref ();
    discord_signalling_thread_invoke (set_own, NULL, NULL);
    discord_signalling_thread_hold ();
    exit (0);
  }
  fail_unless (waitpid (child, &status, 0) == child);
  fail_unless (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

GST_END_TEST

static Suite *
scheduler_suite (void)
{
  Suite *s = suite_create ("scheduler");
  TCase *tc_timers = tcase_create ("timers");
  TCase *tc_exit = tcase_create ("exit");
  TCase *tc_thread = tcase_create ("thread");

  suite_add_tcase (s, tc_timers);
  tcase_add_test (tc_timers, test_timers);
  tcase_add_test (tc_timers, test_clock_and_chance);
  /* Before the thread tests: without check's forks these fork a process that
   * has had no signalling thread yet. */
  suite_add_tcase (s, tc_exit);
  tcase_add_test (tc_exit, test_exit_waits_for_held_work);
  tcase_add_test (tc_exit, test_exit_does_not_hang);
  suite_add_tcase (s, tc_thread);
  tcase_add_test (tc_thread, test_invoke);
  tcase_add_test (tc_thread, test_thread_ends_during_invoke);
  tcase_add_test (tc_thread, test_start_stop);
  tcase_add_test (tc_thread, test_last_unref_on_thread);
  tcase_add_test (tc_thread, test_many_users);
  return s;
}

GST_CHECK_MAIN (scheduler);
