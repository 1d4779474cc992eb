/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "voicesession-private.h"

#include <gst/gst.h>
#include <sodium.h>

GST_DEBUG_CATEGORY_EXTERN (discord_voice_session_debug);
#define GST_CAT_DEFAULT discord_voice_session_debug

/* The main gateway may take an op 4 for the channel it believes us in as a mere
 * change of flags; after this long without a voice server we leave and join. */
#define REJOIN_NUDGE 2500 /* ms */

/* Voice gateway 5. */
static const guint rejoin_delays[] = { 1000, 2000, 4000, 8000, 16000, 30000 };
#define REJOIN_JITTER 0.2

void
voice_session_wipe (gchar **text)
{
  if (*text != NULL)
    sodium_memzero (*text, strlen (*text));
  g_clear_pointer (text, g_free);
}

void
voice_session_set_can_send (DiscordVoiceSession *self, gboolean can_send)
{
  discord_scheduler_clear (self->scheduler, &self->send_timer);
  if (self->can_send == can_send)
    return;
  self->can_send = can_send;
  self->callbacks->can_send_changed (can_send, self->user_data);
}

void
voice_session_set_state (
    DiscordVoiceSession *self, GstDiscordConnectionState state)
{
  if (self->state == state)
    return;
  self->state = state;
  if (state != GST_DISCORD_CONNECTION_STATE_RESUMING)
    voice_session_set_can_send (
        self, state == GST_DISCORD_CONNECTION_STATE_CONNECTED);
  if (state != GST_DISCORD_CONNECTION_STATE_CONNECTED
      && state != GST_DISCORD_CONNECTION_STATE_RESUMING)
    discord_scheduler_clear (self->scheduler, &self->stable_timer);
  self->join->changed (self);
  self->callbacks->state_changed (state, self->user_data);
}

static void
on_retire (gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  self->retire_timer = 0;
  g_ptr_array_set_size (self->retired, 0);
}

/* Ends the voice gateway session and everything agreed in it. The gateway
 * itself goes at the next turn: we may be in one of its callbacks. */
void
voice_session_drop_gateway (DiscordVoiceSession *self)
{
  if (self->gateway == NULL)
    return;
  g_ptr_array_add (self->retired, g_steal_pointer (&self->gateway));
  if (self->retire_timer == 0)
    self->retire_timer =
        discord_scheduler_add (self->scheduler, 0, on_retire, self);
  self->ssrc = 0;
  if (!self->transport_open)
    return;
  self->transport_open = FALSE;
  self->callbacks->transport_close (self->user_data);
}

void
voice_session_clear_timers (DiscordVoiceSession *self)
{
  discord_scheduler_clear (self->scheduler, &self->join_timer);
  discord_scheduler_clear (self->scheduler, &self->rejoin_timer);
  discord_scheduler_clear (self->scheduler, &self->move_timer);
  discord_scheduler_clear (self->scheduler, &self->leave_timer);
  discord_scheduler_clear (self->scheduler, &self->stable_timer);
  discord_scheduler_clear (self->scheduler, &self->send_timer);
}

void
voice_session_forget_server (DiscordVoiceSession *self)
{
  voice_session_wipe (&self->token);
  g_clear_pointer (&self->endpoint, g_free);
}

/* A stream that is over is none. */
static gboolean
is_failure (const GError *error)
{
  return error != NULL
      && !g_error_matches (
          error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_STREAM_ENDED);
}

/* Back to idle; @error NULL after a leave. */
void
voice_session_end (DiscordVoiceSession *self, const GError *error)
{
  gboolean again;

  voice_session_clear_timers (self);
  voice_session_drop_gateway (self);
  voice_session_forget_server (self);
  voice_session_wipe (&self->session_id);
  self->leaving = FALSE;
  self->joined_once = FALSE;
  self->channel_id = 0;
  self->move_target = 0;
  self->speaking = 0;
  voice_session_set_state (self,
      is_failure (error) ? GST_DISCORD_CONNECTION_STATE_FAILED
                         : GST_DISCORD_CONNECTION_STATE_IDLE);
  self->callbacks->ended (error, self->user_data);
  self->join->ended (self, error);
  again = self->start_after_leave;
  self->start_after_leave = FALSE;
  if (again && self->state == GST_DISCORD_CONNECTION_STATE_IDLE)
    discord_voice_session_start (self);
}

void
voice_session_fail (DiscordVoiceSession *self, const GError *error)
{
  g_autoptr (GError) copy = g_error_copy (error);

  GST_WARNING ("giving up: %s", copy->message);
  self->join->give_up (self);
  voice_session_end (self, copy);
}

static void
on_join_timeout (gpointer user_data)
{
  DiscordVoiceSession *self = user_data;
  g_autoptr (GError) error = NULL;

  self->join_timer = 0;
  error = self->last_error != NULL ? g_error_copy (self->last_error)
                                   : self->join->new_timeout (self);
  voice_session_fail (self, error);
}

void
voice_session_start_join_timer (DiscordVoiceSession *self, guint delay_ms)
{
  discord_scheduler_clear (self->scheduler, &self->join_timer);
  self->join_timer =
      discord_scheduler_add (self->scheduler, delay_ms, on_join_timeout, self);
}

static void
on_rejoin_nudge (gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  self->rejoin_timer = 0;
  if (self->state != GST_DISCORD_CONNECTION_STATE_SIGNALLING
      || self->endpoint != NULL)
    return;
  self->join->insist (self);
}

static void
on_rejoin_due (gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  self->rejoin_timer = discord_scheduler_add (
      self->scheduler, REJOIN_NUDGE, on_rejoin_nudge, self);
  /* The first join has one time-out over all its attempts. */
  if (self->joined_once)
    voice_session_start_join_timer (self, self->config.timeout * 1000);
  self->join->ask_again (self);
}

static guint
session_rejoin_delay (DiscordVoiceSession *self)
{
  guint i = MIN (self->rejoins, G_N_ELEMENTS (rejoin_delays)) - 1;
  gdouble jitter =
      REJOIN_JITTER * (2 * discord_scheduler_random (self->scheduler) - 1);

  return rejoin_delays[i] * (1 + jitter);
}

/* New op 4, new token, new identify (voice gateway 5). */
void
voice_session_rejoin (DiscordVoiceSession *self, const GError *error)
{
  guint delay;

  g_clear_error (&self->last_error);
  self->last_error = g_error_copy (error);
  voice_session_drop_gateway (self);
  voice_session_forget_server (self);
  discord_scheduler_clear (self->scheduler, &self->rejoin_timer);
  if (self->joined_once)
    discord_scheduler_clear (self->scheduler, &self->join_timer);

  if (!self->config.reconnect || self->rejoins >= self->config.max_reconnects) {
    voice_session_fail (self, self->last_error);
    return;
  }

  self->rejoins++;
  delay = session_rejoin_delay (self);
  GST_INFO ("rejoin %u in %u ms: %s", self->rejoins, delay, error->message);
  self->rejoin_timer =
      discord_scheduler_add (self->scheduler, delay, on_rejoin_due, self);
  voice_session_set_state (self, GST_DISCORD_CONNECTION_STATE_SIGNALLING);
}

/* The server took the voice server away: only the main gateway can tell what
 * comes next. */
void
voice_session_wait (
    DiscordVoiceSession *self, const GError *error, guint delay_ms)
{
  g_clear_error (&self->last_error);
  self->last_error = g_error_copy (error);
  voice_session_drop_gateway (self);
  voice_session_forget_server (self);
  discord_scheduler_clear (self->scheduler, &self->rejoin_timer);
  voice_session_start_join_timer (self, delay_ms);
  voice_session_set_state (self, GST_DISCORD_CONNECTION_STATE_WAITING);
}
