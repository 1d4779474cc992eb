/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "daveworker.h"

#include "../signalling/thread.h"

/* For the job that runs at process exit. */
#define EXIT_WAIT_US (3 * G_TIME_SPAN_SECOND)

typedef struct
{
  GThread *thread;
  GCond wake; /* work, or quit */
  GQueue ready; /* DiscordDaveQueue with jobs, each once */
  gboolean quit; /* when nothing is ready any more */
  gboolean abandoned; /* at once: the process is going */
} Worker;

typedef struct
{
  GFunc func;
  gpointer data;
  GDestroyNotify notify;
} Job;

struct _DiscordDaveQueue
{
  Worker *worker; /* outlives its queues */
  GQueue jobs;
  gboolean listed; /* ready, or one of its jobs runs */
  gboolean released; /* goes after its last job */
};

/* Guards every variable below, the worker and the queues. A leaf. */
static GMutex lock;
static GCond ended;
static Worker *current;
static guint references; /* queues not released */
static guint ending; /* workers told to quit that still run */
static GSList *unjoined; /* (element-type GThread), those and former ones that
                            nobody could join when they were told */

static _Thread_local gboolean on_worker;

static void
job_free (Job *job)
{
  if (job->notify != NULL)
    job->notify (job->data);
  g_free (job);
}

/* A queue's turn: one job. The lock is not held while it runs. */
static void
worker_run_unlocked (Worker *self, DiscordDaveQueue *queue)
{
  Job *job = g_queue_pop_head (&queue->jobs);

  g_mutex_unlock (&lock);
  job->func (job->data, NULL);
  job_free (job);
  g_mutex_lock (&lock);

  queue->listed = !g_queue_is_empty (&queue->jobs);
  if (queue->listed)
    g_queue_push_tail (&self->ready, queue);
  else if (queue->released)
    g_free (queue);
}

static gpointer
worker_main (gpointer data)
{
  Worker *self = data;
  gboolean abandoned;

  on_worker = TRUE;
  g_mutex_lock (&lock);
  while (!self->abandoned) {
    DiscordDaveQueue *queue = g_queue_pop_head (&self->ready);

    if (queue != NULL)
      worker_run_unlocked (self, queue);
    else if (self->quit)
      break;
    else
      g_cond_wait (&self->wake, &lock);
  }
  ending--;
  abandoned = self->abandoned;
  g_cond_broadcast (&ended);
  g_mutex_unlock (&lock);

  /* Queues that are still there at process exit know it. */
  if (!abandoned) {
    g_cond_clear (&self->wake);
    g_free (self);
  }
  return NULL;
}

/* A job must not run into libraries that are being finalized. What is left now
 * belongs to connections that nobody closed. */
static void
end_at_exit (void)
{
  gint64 deadline = g_get_monotonic_time () + EXIT_WAIT_US;

  if (on_worker)
    return;
  g_mutex_lock (&lock);
  if (current != NULL) {
    ending++;
    current->abandoned = TRUE;
    g_cond_signal (&current->wake);
    unjoined = g_slist_prepend (unjoined, current->thread);
    current = NULL;
  }
  while (ending > 0 && g_cond_wait_until (&ended, &lock, deadline))
    ;
  if (ending == 0)
    discord_threads_join (&unjoined);
  g_mutex_unlock (&lock);
}

static Worker *
worker_start_unlocked (void)
{
  Worker *self = g_new0 (Worker, 1);

  if (ending == 0)
    discord_threads_join (&unjoined);
  g_cond_init (&self->wake);
  g_queue_init (&self->ready);
  self->thread = g_thread_new ("discord-mls", worker_main, self);
  return self;
}

DiscordDaveQueue *
discord_dave_queue_new (void)
{
  DiscordDaveQueue *self = g_new0 (DiscordDaveQueue, 1);

  discord_signalling_thread_set_exit_func (end_at_exit);
  g_queue_init (&self->jobs);
  g_mutex_lock (&lock);
  references++;
  if (current == NULL)
    current = worker_start_unlocked ();
  self->worker = current;
  g_mutex_unlock (&lock);
  return self;
}

void
discord_dave_queue_release (DiscordDaveQueue *self)
{
  GThread *thread = NULL;

  g_mutex_lock (&lock);
  self->released = TRUE;
  if (--references == 0 && current != NULL) {
    ending++;
    if (on_worker || discord_signalling_thread_is_self ())
      unjoined = g_slist_prepend (unjoined, current->thread);
    else
      thread = current->thread;
    current->quit = TRUE;
    g_cond_signal (&current->wake);
    current = NULL;
  }
  if (!self->listed)
    g_free (self);
  g_mutex_unlock (&lock);

  if (thread != NULL)
    g_thread_join (thread);
}

void
discord_dave_queue_push (
    DiscordDaveQueue *self, GFunc func, gpointer data, GDestroyNotify notify)
{
  Job *job = g_new (Job, 1);
  gboolean abandoned;

  *job = (Job){ func, data, notify };
  g_mutex_lock (&lock);
  abandoned = self->worker->abandoned;
  if (!abandoned) {
    g_queue_push_tail (&self->jobs, job);
    if (!self->listed) {
      self->listed = TRUE;
      g_queue_push_tail (&self->worker->ready, self);
      g_cond_signal (&self->worker->wake);
    }
  }
  g_mutex_unlock (&lock);
  if (abandoned)
    job_free (job);
}

gboolean
discord_dave_worker_is_self (void)
{
  return on_worker;
}
