/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "scheduler.h"

typedef struct
{
  DiscordScheduler parent;

  GMainContext *context;
  GHashTable *timers; /* id -> owned GSource */
  guint last_id;
} MainScheduler;

typedef struct
{
  MainScheduler *scheduler;
  guint id;
  DiscordTimerFunc func;
  gpointer user_data;
} Timer;

static gint64
main_scheduler_now (DiscordScheduler *scheduler)
{
  return g_get_monotonic_time ();
}

static gboolean
timer_fired (gpointer data)
{
  Timer *timer = data;

  /* Off the table first: the callback may add, remove and free the scheduler.
   * GLib keeps the source, and so @timer, until we return. */
  g_hash_table_remove (timer->scheduler->timers, GUINT_TO_POINTER (timer->id));
  timer->func (timer->user_data);
  return G_SOURCE_REMOVE;
}

static guint
main_scheduler_add (DiscordScheduler *scheduler, guint delay_ms,
    DiscordTimerFunc func, gpointer user_data)
{
  MainScheduler *self = (MainScheduler *) scheduler;
  GSource *source = g_timeout_source_new (delay_ms);
  Timer *timer = g_new (Timer, 1);

  do
    self->last_id++;
  while (self->last_id == 0
      || g_hash_table_contains (
          self->timers, GUINT_TO_POINTER (self->last_id)));

  timer->scheduler = self;
  timer->id = self->last_id;
  timer->func = func;
  timer->user_data = user_data;
  g_source_set_callback (source, timer_fired, timer, g_free);
  g_source_set_static_name (source, "discord-timer");
  g_hash_table_insert (self->timers, GUINT_TO_POINTER (timer->id), source);
  g_source_attach (source, self->context);
  return timer->id;
}

static void
main_scheduler_remove (DiscordScheduler *scheduler, guint id)
{
  MainScheduler *self = (MainScheduler *) scheduler;
  GSource *source = g_hash_table_lookup (self->timers, GUINT_TO_POINTER (id));

  g_return_if_fail (source != NULL);
  g_source_destroy (source);
  g_hash_table_remove (self->timers, GUINT_TO_POINTER (id));
}

static gdouble
main_scheduler_random (DiscordScheduler *scheduler)
{
  return g_random_double ();
}

DiscordScheduler *
discord_scheduler_new_main (GMainContext *context)
{
  static const DiscordSchedulerVTable vtable = {
    main_scheduler_now,
    main_scheduler_add,
    main_scheduler_remove,
    main_scheduler_random,
  };
  MainScheduler *self = g_new0 (MainScheduler, 1);

  self->parent.vtable = &vtable;
  self->context = g_main_context_ref (context);
  self->timers =
      g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_source_unref);
  return &self->parent;
}

void
discord_scheduler_free_main (DiscordScheduler *scheduler)
{
  MainScheduler *self = (MainScheduler *) scheduler;
  GHashTableIter iter;
  gpointer source;

  g_hash_table_iter_init (&iter, self->timers);
  while (g_hash_table_iter_next (&iter, NULL, &source))
    g_source_destroy (source);
  g_hash_table_unref (self->timers);
  g_main_context_unref (self->context);
  g_free (self);
}
