/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The MLS worker: order, turns, beginning and end. */
#include <gst/check/gstcheck.h>
#include <gst/discord/session/daveworker.h>
#include <gst/discord/signalling/thread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* What tests and jobs tell each other. */
static GMutex guard;
static GCond cond;
static GString *told;
static guint done;
static gboolean gate_open;

static void
setup (void)
{
  told = g_string_new (NULL);
  done = 0;
  gate_open = TRUE;
}

static void
teardown (void)
{
  g_string_free (told, TRUE);
}

static void
wait_done (guint n)
{
  g_mutex_lock (&guard);
  while (done < n)
    g_cond_wait (&cond, &guard);
  g_mutex_unlock (&guard);
}

static void
set_gate (gboolean open)
{
  g_mutex_lock (&guard);
  gate_open = open;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&guard);
}

static void
job_tell (gpointer data, gpointer unused)
{
  fail_unless (discord_dave_worker_is_self ());
  g_mutex_lock (&guard);
  g_string_append_printf (told, "%s ", (const gchar *) data);
  g_mutex_unlock (&guard);
}

static void
job_gate (gpointer data, gpointer unused)
{
  g_mutex_lock (&guard);
  while (!gate_open)
    g_cond_wait (&cond, &guard);
  g_mutex_unlock (&guard);
}

static void
note_done (gpointer data)
{
  g_mutex_lock (&guard);
  done++;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&guard);
}

static void
push (DiscordDaveQueue *queue, const gchar *word)
{
  discord_dave_queue_push (queue, job_tell, (gpointer) word, note_done);
}

/* One queue keeps its order, and several take turns. */
GST_START_TEST (test_order)
{
  DiscordDaveQueue *a = discord_dave_queue_new ();
  DiscordDaveQueue *b = discord_dave_queue_new ();

  fail_if (discord_dave_worker_is_self ());
  set_gate (FALSE);
  discord_dave_queue_push (a, job_gate, NULL, NULL);
  push (a, "a1");
  push (a, "a2");
  push (a, "a3");
  push (b, "b1");
  push (b, "b2");
  set_gate (TRUE);
  wait_done (5);
  fail_unless_equals_string (told->str, "b1 a1 b2 a2 a3 ");
  discord_dave_queue_release (a);
  discord_dave_queue_release (b);
}

GST_END_TEST;

/* What was pushed still runs; after the last release the thread is gone, and
 * the next queue has a new one. */
GST_START_TEST (test_release)
{
  for (guint i = 1; i <= 3; i++) {
    DiscordDaveQueue *a = discord_dave_queue_new ();
    DiscordDaveQueue *b = discord_dave_queue_new ();

    set_gate (FALSE);
    discord_dave_queue_push (a, job_gate, NULL, NULL);
    push (a, "a");
    push (b, "b");
    discord_dave_queue_release (a);
    set_gate (TRUE);
    discord_dave_queue_release (b);
    /* Joined. */
    fail_unless_equals_int (done, 2 * i);
  }
  fail_unless_equals_string (told->str, "b a b a b a ");
}

GST_END_TEST;

static gboolean
release_there (gpointer queue)
{
  discord_dave_queue_release (queue);
  note_done (NULL);
  return G_SOURCE_REMOVE;
}

/* The signalling thread does not wait for a job, not even for the last. */
GST_START_TEST (test_release_from_signalling_thread)
{
  DiscordDaveQueue *queue = discord_dave_queue_new ();

  discord_signalling_thread_ref ();
  set_gate (FALSE);
  discord_dave_queue_push (queue, job_gate, NULL, note_done);
  discord_signalling_thread_invoke (release_there, queue, NULL);
  wait_done (1);
  set_gate (TRUE);
  wait_done (2);
  discord_signalling_thread_unref ();
}

GST_END_TEST;

#define N_PUSHERS 4
#define N_JOBS 500

typedef struct
{
  DiscordDaveQueue *queue;
  guint next; /* worker only */
  gboolean in_order;
  guint numbers[N_JOBS];
} Pusher;

static void
job_count (gpointer data, gpointer unused)
{
  guint *number = data;
  Pusher *self = (Pusher *) ((guint8 *) (number - *number)
      - G_STRUCT_OFFSET (Pusher, numbers));

  if (self->next++ != *number)
    self->in_order = FALSE;
}

static gpointer
pusher_main (gpointer data)
{
  Pusher *self = data;

  for (guint i = 0; i < N_JOBS; i++)
    discord_dave_queue_push (
        self->queue, job_count, &self->numbers[i], note_done);
  discord_dave_queue_release (self->queue);
  return NULL;
}

/* Each connection's order holds, whoever else pushes. */
GST_START_TEST (test_threads)
{
  g_autofree Pusher *pushers = g_new0 (Pusher, N_PUSHERS);
  GThread *threads[N_PUSHERS];

  for (guint i = 0; i < N_PUSHERS; i++) {
    pushers[i].queue = discord_dave_queue_new ();
    pushers[i].in_order = TRUE;
    for (guint k = 0; k < N_JOBS; k++)
      pushers[i].numbers[k] = k;
  }
  for (guint i = 0; i < N_PUSHERS; i++)
    threads[i] = g_thread_new ("pusher", pusher_main, &pushers[i]);
  for (guint i = 0; i < N_PUSHERS; i++)
    g_thread_join (threads[i]);
  wait_done (N_PUSHERS * N_JOBS);
  for (guint i = 0; i < N_PUSHERS; i++) {
    fail_unless (pushers[i].in_order);
    fail_unless_equals_int (pushers[i].next, N_JOBS);
  }
}

GST_END_TEST;

/* What a thread has of its own goes when it ends, like OpenSSL's state. */
static gint n_gone;

static void
go_slowly (gpointer data)
{
  g_usleep (G_USEC_PER_SEC / 5);
  g_atomic_int_inc (&n_gone);
}

static GPrivate own = G_PRIVATE_INIT (go_slowly);

static void
job_own (gpointer data, gpointer unused)
{
  g_private_set (&own, &n_gone);
}

static gboolean
end_both (gpointer queue)
{
  g_private_set (&own, &n_gone);
  discord_dave_queue_release (queue);
  discord_signalling_thread_unref ();
  note_done (NULL);
  return G_SOURCE_REMOVE;
}

static void
behind_exit_hook (void)
{
  _exit (g_atomic_int_get (&n_gone) == 2 ? 0 : 1);
}

static void
run_to_exit (void)
{
  DiscordDaveQueue *queue;

  atexit (behind_exit_hook);
  queue = discord_dave_queue_new ();
  discord_signalling_thread_ref ();
  discord_dave_queue_push (queue, job_own, NULL, NULL);
  discord_signalling_thread_invoke (end_both, queue, NULL);
  wait_done (1);
  exit (0);
}

/* Process exit waits for threads that nobody could join, to their very end: exit
 * hooks of libraries come next. The first test, before there is a hook. */
GST_START_TEST (test_threads_are_gone_at_exit)
{
  gint status;
  pid_t child = fork ();

  if (child == 0)
    run_to_exit ();
  fail_unless_equals_int (waitpid (child, &status, 0), child);
  fail_unless (WIFEXITED (status));
  fail_unless_equals_int (WEXITSTATUS (status), 0);
}

GST_END_TEST;

static Suite *
daveworker_suite (void)
{
  Suite *s = suite_create ("daveworker");
  TCase *tc = tcase_create ("worker");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_threads_are_gone_at_exit);
  tcase_add_test (tc, test_order);
  tcase_add_test (tc, test_release);
  tcase_add_test (tc, test_release_from_signalling_thread);
  tcase_add_test (tc, test_threads);
  return s;
}

GST_CHECK_MAIN (daveworker);
