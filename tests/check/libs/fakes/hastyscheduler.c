/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hastyscheduler.h"

#include <gst/check/gstcheck.h>

#define TIMEOUT_MS 10000

typedef struct
{
  HastyScheduler *owner;
  guint id;
  guint delay_ms;
  DiscordTimerFunc func;
  gpointer user_data;
} Timer;

static void
timer_fire (gpointer data)
{
  Timer *timer = data;
  HastyScheduler *owner = timer->owner;
  DiscordTimerFunc func = timer->func;
  gpointer user_data = timer->user_data;

  owner->now += timer->delay_ms * G_TIME_SPAN_MILLISECOND;
  g_hash_table_remove (owner->timers, GUINT_TO_POINTER (timer->id));
  func (user_data);
}

static gint64
hasty_now (DiscordScheduler *scheduler)
{
  return ((HastyScheduler *) scheduler)->now;
}

static guint
hasty_add (DiscordScheduler *scheduler, guint delay_ms, DiscordTimerFunc func,
    gpointer user_data)
{
  HastyScheduler *self = (HastyScheduler *) scheduler;
  Timer *timer = g_new0 (Timer, 1);
  gboolean is_timeout = delay_ms == TIMEOUT_MS;

  timer->owner = self;
  timer->delay_ms = delay_ms;
  timer->func = func;
  timer->user_data = user_data;
  timer->id = discord_scheduler_add (
      self->real, is_timeout ? G_MAXINT : 0, timer_fire, timer);
  if (!is_timeout)
    g_string_append_printf (self->waits, "%u ", delay_ms);
  g_hash_table_insert (self->timers, GUINT_TO_POINTER (timer->id), timer);
  return timer->id;
}

static void
hasty_remove (DiscordScheduler *scheduler, guint id)
{
  HastyScheduler *self = (HastyScheduler *) scheduler;

  fail_unless (g_hash_table_remove (self->timers, GUINT_TO_POINTER (id)));
  discord_scheduler_clear (self->real, &id);
}

static gdouble
hasty_random (DiscordScheduler *scheduler)
{
  return 0.5;
}

void
hasty_scheduler_time_out (HastyScheduler *self)
{
  GHashTableIter iter;
  gpointer timer;
  guint id;

  fail_unless_equals_int (g_hash_table_size (self->timers), 1);
  g_hash_table_iter_init (&iter, self->timers);
  g_hash_table_iter_next (&iter, NULL, &timer);
  fail_unless_equals_int (((Timer *) timer)->delay_ms, TIMEOUT_MS);
  id = ((Timer *) timer)->id;
  discord_scheduler_clear (self->real, &id);
  timer_fire (timer);
}

HastyScheduler *
hasty_scheduler_new (void)
{
  static const DiscordSchedulerVTable vtable = {
    hasty_now,
    hasty_add,
    hasty_remove,
    hasty_random,
  };
  HastyScheduler *self = g_new0 (HastyScheduler, 1);

  self->parent.vtable = &vtable;
  self->real = discord_scheduler_new_main (g_main_context_default ());
  self->waits = g_string_new (NULL);
  self->timers = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return self;
}

void
hasty_scheduler_free (HastyScheduler *self)
{
  fail_unless_equals_int (g_hash_table_size (self->timers), 0);
  discord_scheduler_free_main (self->real);
  g_hash_table_unref (self->timers);
  g_string_free (self->waits, TRUE);
  g_free (self);
}
