/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "iopool.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <gst/discord/gstdiscorderror.h>

/* A packet costs 2-3 us here and a wake-up 15-60 us, so one thread reads some
 * ten thousand packets a second. The second keeps a connection that gets
 * a video burst from delaying the others; more would only add wake-ups. A
 * thread exists only while it has members, so one connection has one. */
#define MAX_WORKERS 2
#define EVENTS_PER_WAKE 32
#define WAKE_ID 0
#define NS_PER_S G_GINT64_CONSTANT (1000000000)
#define NS_PER_MS G_GINT64_CONSTANT (1000000)

typedef struct
{
  guint n_members; /* pool_lock */
  gint epoll_fd;
  gint wake_fd; /* eventfd: the timers or stop changed */
  GThread *thread;

  /* Guards what follows and the fields of the members. Innermost: nothing is
   * called with it held. Order: pool_lock before lock. */
  GMutex lock;
  GCond idle; /* running became NULL, somebody waits for it */
  GHashTable *members; /* id -> DiscordIOMember, not owned */
  guint64 last_id;
  gint64 earliest_ns; /* not after any due time, -1: none due ever */
  DiscordIOMember *running;
  guint n_waiting;
  gboolean stop;
} Worker;

struct _DiscordIOMember
{
  Worker *worker;
  guint64 id; /* what epoll knows: never a stale pointer */
  gint fd;
  DiscordIOFuncs funcs;
  gpointer user_data;
  gint64 due_ns; /* worker->lock */
};

/* Guards workers[] and n_members. Never held while a thread is joined. */
static GMutex pool_lock;
static Worker *workers[MAX_WORKERS];

/* The worker this thread is, for rearm and to recognise removal from within. */
static GPrivate current_worker;

gint64
discord_io_pool_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static gint64
earlier (gint64 a, gint64 b)
{
  if (a < 0)
    return b;
  if (b < 0)
    return a;
  return MIN (a, b);
}

static void
worker_wake (Worker *self)
{
  const guint64 one = 1;

  /* Fails only when the counter is full: then it is awake anyway. */
  while (write (self->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
    ;
}

static void
worker_find_earliest_unlocked (Worker *self)
{
  GHashTableIter iter;
  gpointer value;

  self->earliest_ns = -1;
  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    DiscordIOMember *member = value;

    self->earliest_ns = earlier (self->earliest_ns, member->due_ns);
  }
}

/* The lock is held on entry and exit, not while the function runs. The member
 * outlives the call because its removal waits for running to change. */
static void
worker_begin_unlocked (Worker *self, DiscordIOMember *member)
{
  self->running = member;
  g_mutex_unlock (&self->lock);
}

static void
worker_end (Worker *self)
{
  g_mutex_lock (&self->lock);
  self->running = NULL;
  if (self->n_waiting > 0)
    g_cond_broadcast (&self->idle);
}

static void
worker_run_timer_unlocked (Worker *self, DiscordIOMember *member, gint64 now_ns)
{
  gint64 next_ns;

  worker_begin_unlocked (self, member);
  next_ns = member->funcs.timer (now_ns, member->user_data);
  worker_end (self);
  member->due_ns = next_ns;
}

static void
worker_run_timers_unlocked (Worker *self, GArray *due)
{
  gint64 now_ns = discord_io_pool_now ();
  GHashTableIter iter;
  gpointer value;
  guint i;

  if (self->earliest_ns < 0 || self->earliest_ns > now_ns)
    return;

  /* Members may come and go while the lock is dropped: collect ids first. */
  g_array_set_size (due, 0);
  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    DiscordIOMember *member = value;

    if (member->due_ns >= 0 && member->due_ns <= now_ns)
      g_array_append_val (due, member->id);
  }
  for (i = 0; i < due->len; i++) {
    DiscordIOMember *member =
        g_hash_table_lookup (self->members, &g_array_index (due, guint64, i));

    if (member)
      worker_run_timer_unlocked (self, member, now_ns);
  }
  worker_find_earliest_unlocked (self);
}

static void
worker_drain_wake (Worker *self)
{
  guint64 count;

  while (read (self->wake_fd, &count, sizeof count) < 0 && errno == EINTR)
    ;
}

static void
worker_run_events_unlocked (
    Worker *self, const struct epoll_event *events, gint n_events)
{
  gint i;

  for (i = 0; i < n_events; i++) {
    guint64 id = events[i].data.u64;
    DiscordIOMember *member;

    if (id == WAKE_ID) {
      worker_drain_wake (self);
      continue;
    }
    member = g_hash_table_lookup (self->members, &id);
    if (!member)
      continue;
    worker_begin_unlocked (self, member);
    member->funcs.readable (member->user_data);
    worker_end (self);
  }
}

/* Rounded up: a timer that fires early would only be asked again. */
static gint
worker_timeout_unlocked (Worker *self)
{
  gint64 wait_ns;

  if (self->earliest_ns < 0)
    return -1;
  wait_ns = self->earliest_ns - discord_io_pool_now ();
  if (wait_ns <= 0)
    return 0;
  return (gint) MIN ((wait_ns + NS_PER_MS - 1) / NS_PER_MS, G_MAXINT);
}

static gpointer
worker_thread (gpointer data)
{
  Worker *self = data;
  struct epoll_event events[EVENTS_PER_WAKE];
  g_autoptr (GArray) due = g_array_new (FALSE, FALSE, sizeof (guint64));

  g_private_set (&current_worker, self);
  g_mutex_lock (&self->lock);
  while (!self->stop) {
    gint timeout = worker_timeout_unlocked (self);
    gint n_events;

    g_mutex_unlock (&self->lock);
    n_events = epoll_wait (self->epoll_fd, events, EVENTS_PER_WAKE, timeout);
    g_mutex_lock (&self->lock);
    worker_run_timers_unlocked (self, due);
    worker_run_events_unlocked (self, events, n_events);
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

static void
worker_free (Worker *self)
{
  if (self->epoll_fd >= 0)
    close (self->epoll_fd);
  if (self->wake_fd >= 0)
    close (self->wake_fd);
  g_hash_table_unref (self->members);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->idle);
  g_free (self);
}

static void
set_errno_error (GError **error, const gchar *what, gint code)
{
  g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_FAILED,
      "Could not start network input/output: %s: %s", what, g_strerror (code));
}

static gboolean
worker_open (Worker *self, GError **error)
{
  struct epoll_event event = { .events = EPOLLIN, .data.u64 = WAKE_ID };

  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (self->epoll_fd < 0) {
    set_errno_error (error, "epoll", errno);
    return FALSE;
  }
  self->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->wake_fd < 0) {
    set_errno_error (error, "eventfd", errno);
    return FALSE;
  }
  if (epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, self->wake_fd, &event) < 0) {
    set_errno_error (error, "epoll", errno);
    return FALSE;
  }
  return TRUE;
}

static Worker *
worker_new (guint index, GError **error)
{
  Worker *self = g_new0 (Worker, 1);
  g_autofree gchar *name = g_strdup_printf ("discord-io-%u", index);
  g_autoptr (GError) thread_error = NULL;

  self->epoll_fd = self->wake_fd = -1;
  self->earliest_ns = -1;
  self->last_id = WAKE_ID;
  self->members = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_mutex_init (&self->lock);
  g_cond_init (&self->idle);
  if (!worker_open (self, error)) {
    worker_free (self);
    return NULL;
  }
  self->thread = g_thread_try_new (name, worker_thread, self, &thread_error);
  if (!self->thread) {
    g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_FAILED,
        "Could not start network input/output: %s", thread_error->message);
    worker_free (self);
    return NULL;
  }
  return self;
}

static void
worker_join (Worker *self)
{
  g_mutex_lock (&self->lock);
  self->stop = TRUE;
  g_mutex_unlock (&self->lock);
  worker_wake (self);
  g_thread_join (self->thread);
  worker_free (self);
}

static guint
worker_load_unlocked (guint index)
{
  return workers[index] ? workers[index]->n_members : 0;
}

/* The one with the fewest members, started when it has none. */
static Worker *
pool_choose_unlocked (GError **error)
{
  guint n_workers = MIN (g_get_num_processors (), MAX_WORKERS);
  guint best = 0;
  guint i;

  for (i = 1; i < n_workers; i++) {
    if (worker_load_unlocked (i) < worker_load_unlocked (best))
      best = i;
  }
  if (!workers[best])
    workers[best] = worker_new (best, error);
  return workers[best];
}

/* Returns the worker when it is to be joined, which needs the lock dropped. */
static Worker *
pool_release_unlocked (Worker *worker)
{
  guint i;

  if (worker->n_members > 0)
    return NULL;
  for (i = 0; i < MAX_WORKERS; i++) {
    if (workers[i] == worker)
      workers[i] = NULL;
  }
  return worker;
}

static gboolean
worker_add (Worker *self, DiscordIOMember *member, GError **error)
{
  struct epoll_event event = { .events = EPOLLIN };
  gboolean wake;
  gint failure = 0;

  g_mutex_lock (&self->lock);
  member->id = event.data.u64 = ++self->last_id;
  g_hash_table_insert (self->members, &member->id, member);
  if (epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, member->fd, &event) < 0) {
    failure = errno;
    g_hash_table_remove (self->members, &member->id);
  }
  wake = !failure && member->due_ns >= 0
      && (self->earliest_ns < 0 || member->due_ns < self->earliest_ns);
  if (wake)
    self->earliest_ns = member->due_ns;
  g_mutex_unlock (&self->lock);

  if (failure) {
    set_errno_error (error, "epoll", failure);
    return FALSE;
  }
  if (wake)
    worker_wake (self);
  return TRUE;
}

DiscordIOMember *
discord_io_pool_add (gint fd, gint64 first_timer_ns,
    const DiscordIOFuncs *funcs, gpointer user_data, GError **error)
{
  g_autofree DiscordIOMember *member = g_new0 (DiscordIOMember, 1);
  Worker *idle = NULL;
  gboolean added;

  member->fd = fd;
  member->funcs = *funcs;
  member->user_data = user_data;
  member->due_ns = first_timer_ns;

  g_mutex_lock (&pool_lock);
  member->worker = pool_choose_unlocked (error);
  if (!member->worker) {
    g_mutex_unlock (&pool_lock);
    return NULL;
  }
  added = worker_add (member->worker, member, error);
  if (added)
    member->worker->n_members++;
  else
    idle = pool_release_unlocked (member->worker);
  g_mutex_unlock (&pool_lock);

  if (idle)
    worker_join (idle);
  return added ? g_steal_pointer (&member) : NULL;
}

/* Returns when no function of the member runs or will run. */
static void
worker_remove (Worker *self, DiscordIOMember *member)
{
  g_mutex_lock (&self->lock);
  g_hash_table_remove (self->members, &member->id);
  epoll_ctl (self->epoll_fd, EPOLL_CTL_DEL, member->fd, NULL);
  self->n_waiting++;
  while (self->running == member)
    g_cond_wait (&self->idle, &self->lock);
  self->n_waiting--;
  g_mutex_unlock (&self->lock);
}

void
discord_io_pool_remove (DiscordIOMember *member)
{
  Worker *worker = member->worker;
  Worker *idle;

  /* It would wait for itself; returning would let the caller free what is in
   * use. running is ours to read on this thread. */
  if (g_private_get (&current_worker) == worker && worker->running == member)
    g_error ("a socket was closed from its own callback");

  worker_remove (worker, member);
  g_mutex_lock (&pool_lock);
  worker->n_members--;
  idle = pool_release_unlocked (worker);
  g_mutex_unlock (&pool_lock);

  if (idle)
    worker_join (idle);
  g_free (member);
}

void
discord_io_pool_rearm (gint64 due_ns)
{
  Worker *self = g_private_get (&current_worker);

  g_return_if_fail (self && self->running);

  g_mutex_lock (&self->lock);
  self->running->due_ns = due_ns;
  self->earliest_ns = earlier (self->earliest_ns, due_ns);
  g_mutex_unlock (&self->lock);
}
