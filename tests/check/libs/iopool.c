/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <gst/check/gstcheck.h>

#include <gst/discord/gstdiscorderror.h>
#include <gst/discord/transport/iopool.h>

/* A guard against hanging, not something measured. */
#define PATIENCE (60 * G_TIME_SPAN_SECOND)
#define NS_PER_MS G_GINT64_CONSTANT (1000000)

static gint n_wakes; /* atomic */

/* In front of libc's for the pool that is linked into this program. */
int
epoll_wait (int fd, struct epoll_event *events, int n_events, int timeout)
{
  int n = epoll_pwait (fd, events, n_events, timeout, NULL);

  g_atomic_int_inc (&n_wakes);
  return n;
}

typedef struct
{
  gint fd;
  DiscordIOMember *member;
  gint timers_left; /* the I/O thread's own */
  gint64 interval_ns; /* constant */
  gboolean rearms; /* constant */

  /* Guards what follows. */
  GMutex lock;
  GCond cond;
  GThread *thread;
  guint n_readable;
  guint n_timer;
  guint n_foreign; /* calls from another thread than the first */
} Probe;

static void
note_call_unlocked (Probe *probe)
{
  if (!probe->thread)
    probe->thread = g_thread_self ();
  if (probe->thread != g_thread_self ())
    probe->n_foreign++;
  g_cond_broadcast (&probe->cond);
}

static void
drain (gint fd)
{
  guint64 count;

  fail_unless_equals_int (read (fd, &count, sizeof count), sizeof count);
}

static void
poke (gint fd)
{
  const guint64 one = 1;

  fail_unless_equals_int (write (fd, &one, sizeof one), sizeof one);
}

static void
probe_readable (gpointer user_data)
{
  Probe *probe = user_data;

  drain (probe->fd);
  if (probe->rearms)
    discord_io_pool_rearm (discord_io_pool_now ());
  g_mutex_lock (&probe->lock);
  probe->n_readable++;
  note_call_unlocked (probe);
  g_mutex_unlock (&probe->lock);
}

static gint64
probe_timer (gint64 now_ns, gpointer user_data)
{
  Probe *probe = user_data;

  g_mutex_lock (&probe->lock);
  probe->n_timer++;
  note_call_unlocked (probe);
  g_mutex_unlock (&probe->lock);
  if (--probe->timers_left <= 0)
    return -1;
  return now_ns + probe->interval_ns;
}

static const DiscordIOFuncs probe_funcs = { probe_readable, probe_timer };

static void
probe_init (Probe *probe)
{
  memset (probe, 0, sizeof *probe);
  probe->fd = eventfd (0, EFD_NONBLOCK | EFD_CLOEXEC);
  fail_unless (probe->fd >= 0);
  g_mutex_init (&probe->lock);
  g_cond_init (&probe->cond);
}

static void
probe_add (Probe *probe, gint64 first_timer_ns)
{
  g_autoptr (GError) error = NULL;

  probe->member = discord_io_pool_add (
      probe->fd, first_timer_ns, &probe_funcs, probe, &error);
  g_assert_no_error (error);
  fail_unless (probe->member != NULL);
}

static void
probe_clear (Probe *probe)
{
  if (probe->member)
    discord_io_pool_remove (probe->member);
  close (probe->fd);
  g_mutex_clear (&probe->lock);
  g_cond_clear (&probe->cond);
}

static void
probe_wait (Probe *probe, guint *counter, guint wanted)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  g_mutex_lock (&probe->lock);
  while (*counter < wanted)
    fail_unless (g_cond_wait_until (&probe->cond, &probe->lock, end));
  fail_unless_equals_int (probe->n_foreign, 0);
  g_mutex_unlock (&probe->lock);
}

static guint
count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  fail_unless (dir != NULL);
  while (g_dir_read_name (dir))
    n++;
  return n;
}

GST_START_TEST (test_readable)
{
  Probe probe;
  guint i;

  probe_init (&probe);
  probe_add (&probe, -1);
  for (i = 1; i <= 20; i++) {
    poke (probe.fd);
    probe_wait (&probe, &probe.n_readable, i);
  }
  fail_unless_equals_int (probe.n_timer, 0);
  probe_clear (&probe);
}

GST_END_TEST

/* Wakes once per due timer: neither early, which would ask again, nor often. */
GST_START_TEST (test_timer_wakes_only_when_due)
{
  Probe probe;

  probe_init (&probe);
  probe.timers_left = 20;
  probe.interval_ns = 5 * NS_PER_MS;
  g_atomic_int_set (&n_wakes, 0);
  probe_add (&probe, discord_io_pool_now ());
  probe_wait (&probe, &probe.n_timer, 20);
  discord_io_pool_remove (g_steal_pointer (&probe.member));
  fail_unless_equals_int (probe.n_timer, 20);
  /* Plus one for joining the pool and one for leaving it. */
  fail_unless (g_atomic_int_get (&n_wakes) <= 22, "%d wake-ups", n_wakes);
  probe_clear (&probe);
}

GST_END_TEST

GST_START_TEST (test_never_due)
{
  Probe timed, idle;

  probe_init (&timed);
  probe_init (&idle);
  timed.timers_left = 10;
  probe_add (&idle, -1);
  probe_add (&timed, discord_io_pool_now ());
  probe_wait (&timed, &timed.n_timer, 10);
  poke (idle.fd);
  probe_wait (&idle, &idle.n_readable, 1);
  fail_unless_equals_int (idle.n_timer, 0);
  fail_unless_equals_int (timed.n_readable, 0);
  probe_clear (&timed);
  probe_clear (&idle);
}

GST_END_TEST

GST_START_TEST (test_rearm)
{
  Probe probe;

  probe_init (&probe);
  probe.rearms = TRUE;
  probe_add (&probe, discord_io_pool_now () + 3600 * 1000 * NS_PER_MS);
  poke (probe.fd);
  probe_wait (&probe, &probe.n_timer, 1);
  poke (probe.fd);
  probe_wait (&probe, &probe.n_timer, 2);
  probe_clear (&probe);
}

GST_END_TEST

/* A timer that is always due again does not starve the sockets. */
GST_START_TEST (test_busy_timer)
{
  Probe busy, other;

  probe_init (&busy);
  probe_init (&other);
  busy.timers_left = G_MAXINT;
  probe_add (&busy, discord_io_pool_now ());
  poke (busy.fd);
  probe_wait (&busy, &busy.n_readable, 1);
  probe_add (&other, -1);
  poke (other.fd);
  probe_wait (&other, &other.n_readable, 1);
  probe_clear (&busy);
  probe_clear (&other);
}

GST_END_TEST

#define MANY 64

GST_START_TEST (test_many_members)
{
  Probe probes[MANY];
  guint i;

  for (i = 0; i < MANY; i++) {
    probe_init (&probes[i]);
    probes[i].timers_left = 3;
    probe_add (&probes[i], discord_io_pool_now ());
  }
  for (i = 0; i < MANY; i++)
    poke (probes[i].fd);
  for (i = 0; i < MANY; i++) {
    probe_wait (&probes[i], &probes[i].n_readable, 1);
    probe_wait (&probes[i], &probes[i].n_timer, 3);
  }
  for (i = 0; i < MANY; i++)
    probe_clear (&probes[i]);
}

GST_END_TEST

typedef struct
{
  gint fd;
  DiscordIOMember *member;
  gint entered; /* atomic */
  gint left; /* atomic */
  gint gate; /* atomic */
} Blocker;

static void
blocker_readable (gpointer user_data)
{
  Blocker *blocker = user_data;

  g_atomic_int_set (&blocker->entered, TRUE);
  while (!g_atomic_int_get (&blocker->gate))
    g_thread_yield ();
  drain (blocker->fd);
  g_atomic_int_set (&blocker->left, TRUE);
}

static gint64
no_timer (gint64 now_ns, gpointer user_data)
{
  return -1;
}

static gpointer
remove_blocker (gpointer data)
{
  Blocker *blocker = data;

  discord_io_pool_remove (blocker->member);
  return GINT_TO_POINTER (g_atomic_int_get (&blocker->left));
}

GST_START_TEST (test_remove_waits_for_running_function)
{
  const DiscordIOFuncs funcs = { blocker_readable, no_timer };
  Blocker blocker = { eventfd (0, EFD_CLOEXEC), NULL, FALSE, FALSE, FALSE };
  GThread *thread;

  blocker.member = discord_io_pool_add (blocker.fd, -1, &funcs, &blocker, NULL);
  poke (blocker.fd);
  while (!g_atomic_int_get (&blocker.entered))
    g_thread_yield ();
  thread = g_thread_new ("remover", remove_blocker, &blocker);
  g_atomic_int_set (&blocker.gate, TRUE);
  fail_unless (GPOINTER_TO_INT (g_thread_join (thread)));
  close (blocker.fd);
}

GST_END_TEST

typedef struct _Rival Rival;
struct _Rival
{
  gint fd;
  DiscordIOMember *member;
  Rival *other;
  gint n_runs; /* atomic */
  gint removed; /* atomic */
  gint *n_first; /* atomic */
};

/* Whoever comes first takes the other out, whose event may be fetched already. */
static void
rival_readable (gpointer user_data)
{
  Rival *rival = user_data;

  drain (rival->fd);
  discord_io_pool_remove (rival->other->member);
  g_atomic_int_set (&rival->other->removed, TRUE);
  g_atomic_int_inc (&rival->n_runs);
  g_atomic_int_inc (rival->n_first);
}

/* Two members of one thread: with a filler between them they never part. */
static void
run_rivals (Probe *filler)
{
  const DiscordIOFuncs funcs = { rival_readable, no_timer };
  gint n_first = 0;
  Rival rivals[2] = { 0 };
  guint i;

  for (i = 0; i < 2; i++) {
    rivals[i].fd = eventfd (0, EFD_CLOEXEC);
    rivals[i].other = &rivals[1 - i];
    rivals[i].n_first = &n_first;
  }
  rivals[0].member =
      discord_io_pool_add (rivals[0].fd, -1, &funcs, &rivals[0], NULL);
  probe_add (filler, -1);
  rivals[1].member =
      discord_io_pool_add (rivals[1].fd, -1, &funcs, &rivals[1], NULL);
  poke (rivals[0].fd);
  poke (rivals[1].fd);
  while (!g_atomic_int_get (&n_first))
    g_thread_yield ();
  for (i = 0; i < 2; i++) {
    if (!g_atomic_int_get (&rivals[i].removed))
      discord_io_pool_remove (rivals[i].member);
  }
  fail_unless_equals_int (g_atomic_int_get (&rivals[0].n_runs)
          + g_atomic_int_get (&rivals[1].n_runs),
      1);
  discord_io_pool_remove (g_steal_pointer (&filler->member));
  close (rivals[0].fd);
  close (rivals[1].fd);
}

GST_START_TEST (test_remove_from_function_of_other_member)
{
  Probe filler;
  guint i;

  probe_init (&filler);
  for (i = 0; i < 50; i++)
    run_rivals (&filler);
  probe_clear (&filler);
}

GST_END_TEST

static void
suicidal_readable (gpointer user_data)
{
  DiscordIOMember **member = user_data;

  discord_io_pool_remove (g_atomic_pointer_get (member));
}

/* It cannot work, and says so rather than waiting for itself. */
GST_START_TEST (test_remove_from_own_function)
{
  const DiscordIOFuncs funcs = { suicidal_readable, no_timer };
  gint fd = eventfd (0, EFD_CLOEXEC);
  DiscordIOMember *member = NULL;

  g_atomic_pointer_set (
      &member, discord_io_pool_add (fd, -1, &funcs, &member, NULL));
  poke (fd);
  for (;;)
    g_thread_yield ();
}

GST_END_TEST

/* Removing leaves nothing behind, whether the pool ends with it or not. */
GST_START_TEST (test_start_stop)
{
  guint before = count_fds ();
  Probe probe;
  guint i;

  for (i = 0; i < 200; i++) {
    probe_init (&probe);
    probe.timers_left = 1;
    probe_add (&probe, discord_io_pool_now ());
    poke (probe.fd);
    if (i % 2)
      probe_wait (&probe, &probe.n_readable, 1);
    probe_clear (&probe);
  }
  fail_unless_equals_int (count_fds (), before);
}

GST_END_TEST

static gpointer
start_stop_thread (gpointer data)
{
  guint i;

  for (i = 0; i < 100; i++) {
    Probe probe;

    probe_init (&probe);
    probe.timers_left = 2;
    probe_add (&probe, discord_io_pool_now ());
    poke (probe.fd);
    probe_wait (&probe, &probe.n_readable, 1);
    probe_wait (&probe, &probe.n_timer, 2);
    probe_clear (&probe);
  }
  return NULL;
}

GST_START_TEST (test_start_stop_from_threads)
{
  guint before = count_fds ();
  GThread *threads[4];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("start-stop", start_stop_thread, NULL);
  for (i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  fail_unless_equals_int (count_fds (), before);
}

GST_END_TEST

GST_START_TEST (test_bad_fd)
{
  guint before = count_fds ();
  g_autoptr (GError) error = NULL;
  Probe probe;

  fail_unless (
      discord_io_pool_add (-1, -1, &probe_funcs, NULL, &error) == NULL);
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_FAILED));
  g_clear_error (&error);
  fail_unless_equals_int (count_fds (), before);

  /* Nor does it harm who is there already. */
  probe_init (&probe);
  probe_add (&probe, -1);
  fail_unless (
      discord_io_pool_add (-1, -1, &probe_funcs, NULL, &error) == NULL);
  fail_unless (error != NULL);
  poke (probe.fd);
  probe_wait (&probe, &probe.n_readable, 1);
  probe_clear (&probe);
  fail_unless_equals_int (count_fds (), before);
}

GST_END_TEST

static Suite *
iopool_suite (void)
{
  Suite *suite = suite_create ("iopool");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_readable);
  tcase_add_test (tcase, test_timer_wakes_only_when_due);
  tcase_add_test (tcase, test_never_due);
  tcase_add_test (tcase, test_rearm);
  tcase_add_test (tcase, test_busy_timer);
  tcase_add_test (tcase, test_many_members);
  tcase_add_test (tcase, test_remove_waits_for_running_function);
  tcase_add_test (tcase, test_remove_from_function_of_other_member);
  if (g_strcmp0 (g_getenv ("CK_FORK"), "no") != 0)
    tcase_add_test_raise_signal (tcase, test_remove_from_own_function, SIGTRAP);
  tcase_add_test (tcase, test_start_stop);
  tcase_add_test (tcase, test_start_stop_from_threads);
  tcase_add_test (tcase, test_bad_fd);
  return suite;
}

GST_CHECK_MAIN (iopool);
