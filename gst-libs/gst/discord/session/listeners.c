/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "listeners.h"

typedef struct
{
  guint id;
  guint mask;
  GCallback func;
  gpointer object;
  gpointer user_data;
  guint running; /* lock */
  gboolean removed; /* lock */
} Listener;

struct _DiscordListeners
{
  /* Guards the array, and the marked fields of its members. A leaf: nothing is
   * called while it is held. */
  GMutex lock;
  GCond idle; /* a listener stopped running */
  GPtrArray *all; /* replaced, never changed; rc-boxed members */
};

/* Ids are unique in the process, so that an owner of several lists can offer
 * one function to remove. */
static guint last_listener_id;

DiscordListeners *
discord_listeners_new (void)
{
  DiscordListeners *self = g_new0 (DiscordListeners, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->idle);
  self->all = g_ptr_array_new_with_free_func (g_atomic_rc_box_release);
  return self;
}

void
discord_listeners_free (DiscordListeners *self)
{
  g_ptr_array_unref (self->all);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->idle);
  g_free (self);
}

/* A copy of the list without the member @except. */
static GPtrArray *
listeners_copy_unlocked (DiscordListeners *self, const Listener *except)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (g_atomic_rc_box_release);

  for (guint i = 0; i < self->all->len; i++) {
    Listener *l = g_ptr_array_index (self->all, i);

    if (l != except)
      g_ptr_array_add (copy, g_atomic_rc_box_acquire (l));
  }
  return copy;
}

guint
discord_listeners_add (DiscordListeners *self, guint mask, GCallback func,
    gpointer object, gpointer user_data)
{
  Listener *l = g_atomic_rc_box_new0 (Listener);
  GPtrArray *old, *all;

  l->id = g_atomic_int_add (&last_listener_id, 1) + 1;
  l->mask = mask;
  l->func = func;
  l->object = object;
  l->user_data = user_data;

  g_mutex_lock (&self->lock);
  old = self->all;
  all = listeners_copy_unlocked (self, NULL);
  g_ptr_array_add (all, l);
  self->all = all;
  g_mutex_unlock (&self->lock);

  g_ptr_array_unref (old);
  return l->id;
}

gboolean
discord_listeners_remove (DiscordListeners *self, guint id)
{
  g_autoptr (GPtrArray) old = NULL;
  Listener *found = NULL;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->all->len && found == NULL; i++) {
    Listener *l = g_ptr_array_index (self->all, i);

    if (l->id == id)
      found = l;
  }
  if (found != NULL) {
    old = self->all;
    self->all = listeners_copy_unlocked (self, found);
    found->removed = TRUE;
    while (found->running > 0)
      g_cond_wait (&self->idle, &self->lock);
  }
  g_mutex_unlock (&self->lock);
  return found != NULL;
}

gboolean
discord_listeners_wanted (DiscordListeners *self, guint mask)
{
  gboolean wanted = FALSE;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->all->len && !wanted; i++)
    wanted =
        (((Listener *) g_ptr_array_index (self->all, i))->mask & mask) != 0;
  g_mutex_unlock (&self->lock);
  return wanted;
}

void
discord_listeners_call (DiscordListeners *self, guint mask,
    DiscordListenersInvoke invoke, gpointer call_data)
{
  g_autoptr (GPtrArray) all = NULL;

  g_mutex_lock (&self->lock);
  all = g_ptr_array_ref (self->all);
  for (guint i = 0; i < all->len; i++) {
    Listener *l = g_ptr_array_index (all, i);

    if ((l->mask & mask) == 0 || l->removed)
      continue;
    l->running++;
    g_mutex_unlock (&self->lock);

    invoke (l->func, l->object, l->user_data, call_data);

    g_mutex_lock (&self->lock);
    l->running--;
    if (l->removed)
      g_cond_broadcast (&self->idle);
  }
  g_mutex_unlock (&self->lock);
}
