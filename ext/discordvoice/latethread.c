/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "latethread.h"

#include <stdlib.h>

#define EXIT_WAIT_US (3 * G_TIME_SPAN_SECOND)

struct _DiscordLateThread
{
  GThreadFunc func;
  gpointer data;
  GThread *thread;
  gboolean ended; /* guarded by @lock */
};

/* Guards every variable below. A leaf: threads are joined under it that take it no
 * more. */
static GMutex lock;
static GCond changed; /* ended */
static GSList *left; /* (element-type DiscordLateThread) */
static gboolean exit_hook_set;

static _Thread_local gboolean on_late_thread;

static gpointer
late_thread_main (gpointer data)
{
  DiscordLateThread *self = data;

  on_late_thread = TRUE;
  self->func (self->data);
  g_mutex_lock (&lock);
  self->ended = TRUE;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
  return NULL;
}

/* FALSE: some have yet to end. */
static gboolean
join_ended_unlocked (void)
{
  GSList *waiting = NULL;

  while (left != NULL) {
    DiscordLateThread *self = left->data;

    left = g_slist_delete_link (left, left);
    if (self->ended)
      discord_late_thread_join (self);
    else
      waiting = g_slist_prepend (waiting, self);
  }
  left = waiting;
  return left == NULL;
}

static void
at_process_exit (void)
{
  gint64 deadline = g_get_monotonic_time () + EXIT_WAIT_US;

  if (on_late_thread)
    return;
  g_mutex_lock (&lock);
  while (
      !join_ended_unlocked () && g_cond_wait_until (&changed, &lock, deadline))
    ;
  g_mutex_unlock (&lock);
}

DiscordLateThread *
discord_late_thread_new (const gchar *name, GThreadFunc func, gpointer data)
{
  DiscordLateThread *self = g_new0 (DiscordLateThread, 1);

  self->func = func;
  self->data = data;
  self->thread = g_thread_new (name, late_thread_main, self);
  return self;
}

void
discord_late_thread_join (DiscordLateThread *self)
{
  g_thread_join (self->thread);
  g_free (self);
}

void
discord_late_thread_leave (DiscordLateThread *self)
{
  g_mutex_lock (&lock);
  join_ended_unlocked ();
  left = g_slist_prepend (left, self);
  /* Not earlier: hooks run last set first, and the signalling thread, which ends
   * what is waited for, has its own since it was started. */
  if (!exit_hook_set)
    atexit (at_process_exit);
  exit_hook_set = TRUE;
  g_mutex_unlock (&lock);
}
