/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker.h"

struct _DiscordWorker
{
  gchar *name;
  DiscordWorkerFunc func;
  gpointer user_data;

  /* Guards the fields below; a leaf, nothing is called while it is held. */
  GMutex lock;
  GCond cond;
  gboolean started;
  gboolean woken;
  GThread *thread;
};

DiscordWorker *
discord_worker_new (
    const gchar *name, DiscordWorkerFunc func, gpointer user_data)
{
  DiscordWorker *self = g_new0 (DiscordWorker, 1);

  self->name = g_strdup (name);
  self->func = func;
  self->user_data = user_data;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  return self;
}

void
discord_worker_free (DiscordWorker *self)
{
  discord_worker_stop (self);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  g_free (self->name);
  g_free (self);
}

/* FALSE when it is time to end. */
static gboolean
wait_until_unlocked (DiscordWorker *self, gint64 due)
{
  while (self->started && !self->woken) {
    if (due == G_MAXINT64)
      g_cond_wait (&self->cond, &self->lock);
    else if (!g_cond_wait_until (&self->cond, &self->lock, due))
      break;
  }
  self->woken = FALSE;
  return self->started;
}

static gpointer
run (gpointer data)
{
  DiscordWorker *self = data;
  gint64 due = G_MAXINT64;

  g_mutex_lock (&self->lock);
  while (wait_until_unlocked (self, due)) {
    g_mutex_unlock (&self->lock);
    due = self->func (g_get_monotonic_time (), self->user_data);
    g_mutex_lock (&self->lock);
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

void
discord_worker_start (DiscordWorker *self)
{
  g_mutex_lock (&self->lock);
  self->started = TRUE;
  g_mutex_unlock (&self->lock);
}

void
discord_worker_stop (DiscordWorker *self)
{
  GThread *thread;

  g_mutex_lock (&self->lock);
  self->started = FALSE;
  self->woken = FALSE;
  thread = g_steal_pointer (&self->thread);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  if (thread != NULL)
    g_thread_join (thread);
}

void
discord_worker_wake (DiscordWorker *self)
{
  g_mutex_lock (&self->lock);
  if (self->started) {
    self->woken = TRUE;
    if (self->thread == NULL)
      self->thread = g_thread_new (self->name, run, self);
    g_cond_broadcast (&self->cond);
  }
  g_mutex_unlock (&self->lock);
}
