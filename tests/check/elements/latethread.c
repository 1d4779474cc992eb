/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that end after nobody waits for them any more. */
#include <gst/check/gstcheck.h>
#include <stdlib.h>
#include <unistd.h>

#include "latethread.h"

#define N_THREADS 3

static GMutex lock; /* guards what follows; a leaf */
static GCond cond;
static gboolean may_end;
static guint n_ended; /* to the destructors of what is theirs */

static void
note_end (gpointer data)
{
  g_mutex_lock (&lock);
  n_ended++;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
}

static GPrivate own = G_PRIVATE_INIT (note_end);

static gpointer
wait_until_allowed (gpointer data)
{
  g_private_set (&own, &own);
  g_mutex_lock (&lock);
  while (!may_end)
    g_cond_wait (&cond, &lock);
  g_mutex_unlock (&lock);
  return NULL;
}

static void
allow_end (void)
{
  g_mutex_lock (&lock);
  may_end = TRUE;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
}

static guint
count_ended (void)
{
  guint count;

  g_mutex_lock (&lock);
  count = n_ended;
  g_mutex_unlock (&lock);
  return count;
}

GST_START_TEST (test_join)
{
  DiscordLateThread *thread =
      discord_late_thread_new ("late", wait_until_allowed, NULL);

  allow_end ();
  discord_late_thread_join (thread);
  fail_unless_equals_int (count_ended (), 1);
}
GST_END_TEST;

static void
leave (void)
{
  discord_late_thread_leave (
      discord_late_thread_new ("late", wait_until_allowed, NULL));
}

/* A later one finds those that have ended. */
GST_START_TEST (test_leave)
{
  leave ();
  fail_unless_equals_int (count_ended (), 0);
  allow_end ();
  g_mutex_lock (&lock);
  while (n_ended == 0)
    g_cond_wait (&cond, &lock);
  g_mutex_unlock (&lock);
  leave ();
}
GST_END_TEST;

static void
behind_exit_hook (void)
{
  _exit (count_ended () == N_THREADS ? 0 : 1);
}

/* Hooks run last set first. */
GST_START_TEST (test_exit_waits)
{
  atexit (behind_exit_hook);
  for (guint i = 0; i < N_THREADS; i++)
    leave ();
  atexit (allow_end);
}
GST_END_TEST;

/* What never ends holds up nobody for long. */
GST_START_TEST (test_exit_does_not_hang)
{
  leave ();
}
GST_END_TEST;

static Suite *
late_thread_suite (void)
{
  Suite *suite = suite_create ("latethread");
  TCase *tcase = tcase_create ("elements");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_join);
  tcase_add_test (tcase, test_leave);
  /* In a process of its own, which valgrind's tests have not. */
  if (g_strcmp0 (g_getenv ("CK_FORK"), "no") != 0) {
    tcase_add_exit_test (tcase, test_exit_waits, 0);
    tcase_add_exit_test (tcase, test_exit_does_not_hang, 0);
  }
  return suite;
}

GST_CHECK_MAIN (late_thread);
