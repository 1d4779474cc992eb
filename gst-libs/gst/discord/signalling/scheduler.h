/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Time, timers and chance of the signalling state machines, so that tests run
 * them on a fake clock. All calls come from one thread. */
typedef struct _DiscordScheduler DiscordScheduler;

typedef void (*DiscordTimerFunc) (gpointer user_data);

typedef struct
{
  gint64 (*now) (DiscordScheduler *self); /* monotonic, microseconds */
  /* One-shot; the id is never 0. */
  guint (*add) (DiscordScheduler *self, guint delay_ms, DiscordTimerFunc func,
      gpointer user_data);
  void (*remove) (DiscordScheduler *self, guint id);
  gdouble (*random) (DiscordScheduler *self); /* 0 <= x < 1 */
} DiscordSchedulerVTable;

struct _DiscordScheduler
{
  const DiscordSchedulerVTable *vtable;
};

static inline gint64
discord_scheduler_now (DiscordScheduler *self)
{
  return self->vtable->now (self);
}

static inline guint
discord_scheduler_add (DiscordScheduler *self, guint delay_ms,
    DiscordTimerFunc func, gpointer user_data)
{
  return self->vtable->add (self, delay_ms, func, user_data);
}

/* Removes *@id and sets it to 0; nothing to do when it is 0 already. A timer
 * that fires must set its own id to 0 first. */
static inline void
discord_scheduler_clear (DiscordScheduler *self, guint *id)
{
  if (*id == 0)
    return;
  self->vtable->remove (self, *id);
  *id = 0;
}

static inline gdouble
discord_scheduler_random (DiscordScheduler *self)
{
  return self->vtable->random (self);
}

/* Real time on @context; free with discord_scheduler_free_main(). */
DiscordScheduler *discord_scheduler_new_main (GMainContext *context);
void discord_scheduler_free_main (DiscordScheduler *self);
