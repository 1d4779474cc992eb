/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Joining a Go Live stream: ops 18 to 21 of the main gateway, and what it tells
 * of the stream (golive 2 to 5, states: 10). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "voicesession-private.h"

#include "../signalling/streamreason.h"

#include <gst/gst.h>

GST_DEBUG_CATEGORY_EXTERN (discord_voice_session_debug);
#define GST_CAT_DEFAULT discord_voice_session_debug

/* Golive 5: how long an outage is waited out. */
#define WAIT_WHILE_UNAVAILABLE 300000 /* ms */

static void
note_state (DiscordVoiceSession *self, GstDiscordStreamState state)
{
  if (self->stream.state == state)
    return;
  self->stream.state = state;
  self->callbacks->stream_state (state,
      state == GST_DISCORD_STREAM_STATE_ENDED
          ? self->stream.reason
          : GST_DISCORD_STREAM_DELETE_REASON_UNKNOWN,
      self->user_data);
}

static void
stream_changed (DiscordVoiceSession *self)
{
  switch (self->state) {
    case GST_DISCORD_CONNECTION_STATE_IDLE:
    case GST_DISCORD_CONNECTION_STATE_FAILED:
      /* Told once everybody knows why. */
      return;
    case GST_DISCORD_CONNECTION_STATE_SIGNALLING:
      note_state (self,
          self->stream.asked ? GST_DISCORD_STREAM_STATE_REQUESTED
                             : GST_DISCORD_STREAM_STATE_IDLE);
      return;
    case GST_DISCORD_CONNECTION_STATE_OPENING:
      note_state (self, GST_DISCORD_STREAM_STATE_SIGNALLED);
      note_state (self, GST_DISCORD_STREAM_STATE_CONNECTING);
      return;
    case GST_DISCORD_CONNECTION_STATE_IDENTIFYING:
    case GST_DISCORD_CONNECTION_STATE_DISCOVERING:
    case GST_DISCORD_CONNECTION_STATE_SELECTING:
      return;
    case GST_DISCORD_CONNECTION_STATE_CONNECTED:
    case GST_DISCORD_CONNECTION_STATE_RESUMING:
      self->stream.stale_deletes = 0;
      note_state (self, GST_DISCORD_STREAM_STATE_CONNECTED);
      return;
    case GST_DISCORD_CONNECTION_STATE_WAITING:
      note_state (self,
          self->stream.unavailable ? GST_DISCORD_STREAM_STATE_UNAVAILABLE
                                   : GST_DISCORD_STREAM_STATE_WAITING);
      return;
  }
}

static void
forget_place (DiscordVoiceSession *self)
{
  self->stream.rtc_server_id = 0;
  self->stream.rtc_channel_id = 0;
  voice_session_wipe (&self->session_id);
}

static void
stream_ended (DiscordVoiceSession *self, const GError *error)
{
  gboolean connected = self->stream.parent_connected;
  gboolean live = self->stream.live;

  note_state (self, GST_DISCORD_STREAM_STATE_ENDED);
  self->stream = (VoiceSessionStream){
    .state = self->stream.state,
    .parent_connected = connected,
    .live = live,
  };
}

/* Only a running session tells what state it is in. */
static void
ask_op (DiscordVoiceSession *self, DiscordStreamOp op)
{
  g_autoptr (GError) error = NULL;

  if (self->callbacks->stream_op (op, self->user_data, &error)) {
    self->stream.asked = TRUE;
    stream_changed (self);
    return;
  }
  voice_session_fail (self, error);
}

/* Who has been there goes back whatever the owner's voice state says: the main
 * gateway knows better. */
static gboolean
may_ask (DiscordVoiceSession *self)
{
  return self->stream.parent_connected
      && (self->stream.live || self->joined_once || !self->config.await_live);
}

static void
stream_ask (DiscordVoiceSession *self)
{
  if (may_ask (self)) {
    ask_op (self,
        self->config.join == DISCORD_JOIN_GO_LIVE ? DISCORD_STREAM_OP_CREATE
                                                  : DISCORD_STREAM_OP_WATCH);
    return;
  }
  /* The parent has time-outs of its own; the owner may take as long as he
   * likes. */
  discord_scheduler_clear (self->scheduler, &self->join_timer);
  discord_scheduler_clear (self->scheduler, &self->rejoin_timer);
  self->stream.asked = FALSE;
  stream_changed (self);
}

/* Golive 4: the server is all that may have gone; so is asked once. */
static void
stream_ask_again (DiscordVoiceSession *self)
{
  if (self->stream.asked && self->stream.rtc_server_id != 0
      && self->rejoins == 1)
    ask_op (self, DISCORD_STREAM_OP_PING);
  else
    stream_ask (self);
}

/* Something to wait for came: the parent, or the owner. */
static void
stream_retry (DiscordVoiceSession *self)
{
  if (self->state != GST_DISCORD_CONNECTION_STATE_SIGNALLING
      || self->stream.asked || !may_ask (self))
    return;
  voice_session_start_join_timer (self, self->config.timeout * 1000);
  stream_ask (self);
}

/* Golive 3.3: not when the end came from the gateway. */
static void
stream_leave (DiscordVoiceSession *self)
{
  g_autoptr (GError) error = NULL;

  self->stream.reason = GST_DISCORD_STREAM_DELETE_REASON_USER_REQUESTED;
  if (!self->stream.asked)
    return;
  self->stream.asked = FALSE;
  if (!self->callbacks->stream_op (
          DISCORD_STREAM_OP_DELETE, self->user_data, &error))
    GST_DEBUG ("not told: %s", error->message);
}

static void
stream_give_up (DiscordVoiceSession *self)
{
  stream_leave (self);
  self->stream.reason = GST_DISCORD_STREAM_DELETE_REASON_UNKNOWN;
}

static void
stream_replaced (DiscordVoiceSession *self)
{
  self->stream.asked = FALSE;
  self->stream.unavailable = FALSE;
  self->stream.stale_deletes = 0;
  self->stream.parent_connected = FALSE;
  forget_place (self);
}

static gboolean
stream_locate (DiscordVoiceSession *self, DiscordVoiceGatewayParams *params)
{
  if (self->stream.rtc_server_id == 0)
    return FALSE;
  params->server_id = self->stream.rtc_server_id;
  params->channel_id = self->stream.rtc_channel_id;
  /* Golive 4: v9 would have to name a channel. */
  if (params->channel_id == 0)
    params->version = 8;
  params->video = TRUE;
  return TRUE;
}

static GError *
stream_new_timeout (DiscordVoiceSession *self)
{
  return g_error_new (GST_DISCORD_ERROR, GST_DISCORD_ERROR_JOIN_TIMEOUT,
      "Discord did not answer within %u s: this account may not stream in the "
      "channel, or may not see the stream.",
      self->config.timeout);
}

const DiscordVoiceSessionJoin discord_voice_session_join_stream = {
  .ask = stream_ask,
  .ask_again = stream_ask_again,
  .insist = stream_ask,
  .leave = stream_leave,
  .give_up = stream_give_up,
  .replaced = stream_replaced,
  .locate = stream_locate,
  .new_timeout = stream_new_timeout,
  .changed = stream_changed,
  .ended = stream_ended,
};

/* What the main gateway tells */

static gboolean
is_asked (DiscordVoiceSession *self)
{
  return discord_voice_session_is_active (self) && self->stream.asked;
}

/* Back to waiting for both events. */
static void
wait_for_signals (DiscordVoiceSession *self)
{
  voice_session_drop_gateway (self);
  discord_scheduler_clear (self->scheduler, &self->rejoin_timer);
  voice_session_start_join_timer (self, self->config.timeout * 1000);
  voice_session_set_state (self, GST_DISCORD_CONNECTION_STATE_SIGNALLING);
}

/* TRUE: that is where we are, or are going. */
static gboolean
is_same_place (DiscordVoiceSession *self, const DiscordStreamPlace *place)
{
  return self->stream.rtc_server_id == place->rtc_server_id
      && self->stream.rtc_channel_id == place->rtc_channel_id
      && self->user_id == place->user_id
      && g_strcmp0 (self->session_id, place->session_id) == 0;
}

void
discord_voice_session_stream_created (
    DiscordVoiceSession *self, const DiscordStreamPlace *place)
{
  gboolean back = self->stream.unavailable;

  if (!is_asked (self) || place->session_id == NULL)
    return;
  self->stream.unavailable = FALSE;
  if (!back && is_same_place (self, place))
    return;
  /* The token that got us in is not good for another server. */
  if (self->state == GST_DISCORD_CONNECTION_STATE_CONNECTED
      || self->state == GST_DISCORD_CONNECTION_STATE_RESUMING)
    voice_session_forget_server (self);
  voice_session_drop_gateway (self);
  if (self->endpoint == NULL)
    wait_for_signals (self);
  else if (back)
    voice_session_start_join_timer (self, self->config.timeout * 1000);

  forget_place (self);
  self->stream.rtc_server_id = place->rtc_server_id;
  self->stream.rtc_channel_id = place->rtc_channel_id;
  self->user_id = place->user_id;
  self->session_id = g_strdup (place->session_id);
  if (voice_session_open (self) && self->joined_once)
    discord_scheduler_clear (self->scheduler, &self->join_timer);
}

/* What an op 19 is answered by; or what had ended the stream already when that
 * was asked. */
static gboolean
is_plain_end (GstDiscordStreamDeleteReason reason)
{
  return reason == GST_DISCORD_STREAM_DELETE_REASON_USER_REQUESTED
      || reason == GST_DISCORD_STREAM_DELETE_REASON_STREAM_ENDED;
}

/* A fresh start after the answer to somebody else's op 19, which took away what
 * was told of ours so far. */
static void
skip_stale_delete (DiscordVoiceSession *self)
{
  self->stream.stale_deletes--;
  voice_session_forget_server (self);
  forget_place (self);
  wait_for_signals (self);
}

void
discord_voice_session_stream_deleted (
    DiscordVoiceSession *self, GstDiscordStreamDeleteReason reason)
{
  g_autoptr (GError) error = NULL;

  if (!is_asked (self))
    return;
  if (is_plain_end (reason) && self->stream.stale_deletes > 0) {
    skip_stale_delete (self);
    return;
  }
  self->stream.asked = FALSE;
  error = discord_stream_delete_reason_new_error (reason);
  if (error == NULL)
    error = g_error_new_literal (GST_DISCORD_ERROR,
        GST_DISCORD_ERROR_STREAM_ENDED, "The stream is over.");
  GST_INFO ("stream deleted: %s", error->message);
  self->stream.reason = reason;
  voice_session_end (self, error);
}

void
discord_voice_session_stream_unavailable (DiscordVoiceSession *self)
{
  g_autoptr (GError) error = NULL;

  if (!is_asked (self) || self->stream.unavailable)
    return;
  error =
      g_error_new_literal (GST_DISCORD_ERROR, GST_DISCORD_ERROR_SERVER_CRASHED,
          "The stream's voice server is out of order.");
  if (!self->config.reconnect) {
    voice_session_fail (self, error);
    return;
  }
  self->stream.unavailable = TRUE;
  forget_place (self);
  voice_session_wait (self, error, WAIT_WHILE_UNAVAILABLE);
  stream_changed (self);
}

void
discord_voice_session_stream_live (DiscordVoiceSession *self, gboolean live)
{
  self->stream.live = live;
  if (live)
    stream_retry (self);
}

void
discord_voice_session_expect_deletes (
    DiscordVoiceSession *self, guint n_deletes)
{
  self->stream.stale_deletes = n_deletes;
}

void
discord_voice_session_set_parent (DiscordVoiceSession *self, gboolean connected)
{
  self->stream.parent_connected = connected;
  if (connected)
    stream_retry (self);
}

void
discord_voice_session_parent_gone (
    DiscordVoiceSession *self, const GError *error)
{
  g_autoptr (GError) cause = NULL;

  self->stream.parent_connected = FALSE;
  if (!discord_voice_session_is_active (self))
    return;
  cause = error != NULL
      ? g_error_copy (error)
      : g_error_new_literal (GST_DISCORD_ERROR, GST_DISCORD_ERROR_STREAM_ENDED,
          "The stream is over: its channel was left.");
  stream_give_up (self);
  voice_session_end (self, cause);
}
