/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "heartbeat.h"

#include <math.h>

void
discord_heartbeat_init (DiscordHeartbeat *self, DiscordScheduler *scheduler,
    guint max_missing, void (*beat) (gint64 nonce, gpointer user_data),
    void (*dead) (gpointer user_data), gpointer user_data)
{
  *self = (DiscordHeartbeat){
    .scheduler = scheduler,
    .max_missing = max_missing,
    .beat = beat,
    .dead = dead,
    .user_data = user_data,
    .nonce = -1,
    .sent_at = -1,
    .latency = -1,
  };
}

void
discord_heartbeat_beat_now (DiscordHeartbeat *self)
{
  gint64 now = discord_scheduler_now (self->scheduler);

  /* Two beats in one millisecond must not share a nonce. */
  self->nonce = MAX (now / 1000, self->nonce + 1);
  self->sent_at = now;
  self->beat (self->nonce, self->user_data);
}

static void
interval_passed (gpointer user_data)
{
  DiscordHeartbeat *self = user_data;

  self->timer = 0;
  if (self->missing >= self->max_missing) {
    self->dead (self->user_data);
    return;
  }
  self->missing++;
  self->timer = discord_scheduler_add (
      self->scheduler, self->interval_ms, interval_passed, self);
  discord_heartbeat_beat_now (self);
}

void
discord_heartbeat_start (
    DiscordHeartbeat *self, guint interval_ms, guint first_ms)
{
  discord_heartbeat_stop (self);
  self->interval_ms = interval_ms;
  if (first_ms == 0)
    interval_passed (self);
  else
    self->timer = discord_scheduler_add (
        self->scheduler, first_ms, interval_passed, self);
}

void
discord_heartbeat_stop (DiscordHeartbeat *self)
{
  discord_scheduler_clear (self->scheduler, &self->timer);
  self->missing = 0;
  self->sent_at = -1;
}

gboolean
discord_heartbeat_acked (DiscordHeartbeat *self, gint64 nonce)
{
  self->missing = 0;
  if (self->sent_at < 0 || nonce != self->nonce)
    return FALSE;

  self->latency = discord_scheduler_now (self->scheduler) - self->sent_at;
  self->sent_at = -1;
  self->history[self->next_history] = self->latency;
  self->next_history = (self->next_history + 1) % DISCORD_HEARTBEAT_AVERAGE;
  self->n_history = MIN (self->n_history + 1, DISCORD_HEARTBEAT_AVERAGE);
  return TRUE;
}

gboolean
discord_heartbeat_acked_last (DiscordHeartbeat *self)
{
  return discord_heartbeat_acked (self, self->nonce);
}

gdouble
discord_heartbeat_get_latency (const DiscordHeartbeat *self)
{
  return self->latency < 0 ? INFINITY : self->latency / 1e6;
}

gdouble
discord_heartbeat_get_average (const DiscordHeartbeat *self)
{
  gint64 sum = 0;

  if (self->n_history == 0)
    return INFINITY;
  for (guint i = 0; i < self->n_history; i++)
    sum += self->history[i];
  return sum / 1e6 / self->n_history;
}
