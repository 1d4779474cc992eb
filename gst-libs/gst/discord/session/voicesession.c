/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "voicesession-private.h"

#include <gst/gst.h>

GST_DEBUG_CATEGORY (discord_voice_session_debug);

/* Voice gateway 1.8: how long a null endpoint is waited out. */
#define WAIT_AFTER_NULL_ENDPOINT 60000 /* ms */

/* A leave that nobody confirms must not keep the connection; its op 4 may have
 * to wait a second for its turn (voice gateway 1.6). */
#define LEAVE_TIMEOUT 2500 /* ms */

DiscordVoiceSession *
discord_voice_session_new (const DiscordVoiceSessionConfig *config,
    DiscordScheduler *scheduler, DiscordWebsocketFactory factory,
    gpointer factory_data, const DiscordVoiceSessionCallbacks *callbacks,
    gpointer user_data)
{
  static gsize once = 0;
  DiscordVoiceSession *self = g_new0 (DiscordVoiceSession, 1);

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (discord_voice_session_debug, "discordsession", 0,
        "Discord voice session");
    g_once_init_leave (&once, 1);
  }
  self->config = *config;
  self->scheduler = scheduler;
  self->factory = factory;
  self->factory_data = factory_data;
  self->callbacks = callbacks;
  self->user_data = user_data;
  self->state = GST_DISCORD_CONNECTION_STATE_IDLE;
  self->once_at = -1;
  self->join = config->join == DISCORD_JOIN_CHANNEL
      ? &discord_voice_session_join_channel
      : &discord_voice_session_join_stream;
  self->retired = g_ptr_array_new_with_free_func (
      (GDestroyNotify) discord_voice_gateway_free);
  return self;
}

void
discord_voice_session_free (DiscordVoiceSession *self)
{
  voice_session_clear_timers (self);
  voice_session_drop_gateway (self);
  discord_scheduler_clear (self->scheduler, &self->retire_timer);
  g_ptr_array_unref (self->retired);
  voice_session_forget_server (self);
  voice_session_wipe (&self->session_id);
  g_clear_pointer (&self->wants, gst_discord_media_sink_wants_free);
  g_clear_error (&self->last_error);
  g_free (self);
}

void
discord_voice_session_configure (
    DiscordVoiceSession *self, const DiscordVoiceSessionConfig *config)
{
  self->config = *config;
}

gboolean
discord_voice_session_is_active (DiscordVoiceSession *self)
{
  return self->state != GST_DISCORD_CONNECTION_STATE_IDLE
      && self->state != GST_DISCORD_CONNECTION_STATE_FAILED;
}

gboolean
discord_voice_session_is_leaving (DiscordVoiceSession *self)
{
  return self->leaving;
}

void
discord_voice_session_start (DiscordVoiceSession *self)
{
  if (self->leaving) {
    self->start_after_leave = TRUE;
    return;
  }
  if (discord_voice_session_is_active (self))
    return;

  self->rejoins = 0;
  self->once_at = -1;
  self->force_xchacha = FALSE;
  g_clear_error (&self->last_error);
  voice_session_start_join_timer (self, self->config.timeout * 1000);
  voice_session_set_state (self, GST_DISCORD_CONNECTION_STATE_SIGNALLING);
  self->join->ask (self);
}

static void
on_leave_timeout (gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  self->leave_timer = 0;
  voice_session_end (self, NULL);
}

void
discord_voice_session_stop (DiscordVoiceSession *self, gboolean force)
{
  self->start_after_leave = FALSE;
  if (!discord_voice_session_is_active (self))
    return;

  if (!self->leaving) {
    voice_session_set_can_send (self, FALSE);
    voice_session_clear_timers (self);
    self->leaving = TRUE;
    self->leave_timer = discord_scheduler_add (
        self->scheduler, LEAVE_TIMEOUT, on_leave_timeout, self);
    self->join->leave (self);
  }
  /* Who is in no channel gets no answer to a leave. */
  if (force || self->channel_id == 0)
    voice_session_end (self, NULL);
}

static void
on_move_timeout (gpointer user_data)
{
  DiscordVoiceSession *self = user_data;
  guint64 target = self->move_target;

  self->move_timer = 0;
  self->move_target = 0;
  /* Asking again after a loss must ask for where we are. */
  if (self->channel_id != 0)
    self->config.channel_id = self->channel_id;
  self->callbacks->move_timeout (target, self->user_data);
}

void
discord_voice_session_move (DiscordVoiceSession *self, guint64 channel_id)
{
  if (self->config.join != DISCORD_JOIN_CHANNEL)
    return;
  self->config.channel_id = channel_id;
  if (!discord_voice_session_is_active (self) || self->leaving)
    return;

  discord_scheduler_clear (self->scheduler, &self->move_timer);
  self->move_target = channel_id;
  self->move_timer = discord_scheduler_add (
      self->scheduler, self->config.timeout * 1000, on_move_timeout, self);
  voice_session_ask (self);
}

void
discord_voice_session_set_self_state (DiscordVoiceSession *self,
    gboolean self_mute, gboolean self_deaf, gboolean self_video)
{
  if (self->config.self_mute == self_mute && self->config.self_deaf == self_deaf
      && self->config.self_video == self_video)
    return;
  self->config.self_mute = self_mute;
  self->config.self_deaf = self_deaf;
  self->config.self_video = self_video;
  if (self->config.join == DISCORD_JOIN_CHANNEL
      && discord_voice_session_is_active (self) && !self->leaving)
    voice_session_ask (self);
}

void
discord_voice_session_set_speaking (DiscordVoiceSession *self, guint flags)
{
  self->speaking = flags;
  if (self->state == GST_DISCORD_CONNECTION_STATE_CONNECTED
      || self->state == GST_DISCORD_CONNECTION_STATE_RESUMING)
    voice_session_announce_speaking (self);
}

void
discord_voice_session_set_codecs (
    DiscordVoiceSession *self, const DiscordVoiceCodecs *codecs)
{
  self->config.codecs = *codecs;
  if (self->gateway != NULL)
    discord_voice_gateway_set_codecs (self->gateway, codecs);
}

/* With the token at hand. A server that does not take it twice closes with a code
 * after which we ask for another one. */
void
discord_voice_session_offer (
    DiscordVoiceSession *self, const DiscordVoiceStreams *streams)
{
  self->config.streams = *streams;
  if (self->gateway == NULL || self->leaving)
    return;
  GST_INFO ("identifying again to offer %u layers", streams->n_streams);
  voice_session_drop_gateway (self);
  voice_session_open (self);
}

void
discord_voice_session_set_video (
    DiscordVoiceSession *self, const DiscordVoiceStreams *streams)
{
  self->video = *streams;
  if (self->gateway != NULL)
    discord_voice_gateway_set_video (self->gateway, streams);
}

void
discord_voice_session_set_wants (
    DiscordVoiceSession *self, const GstDiscordMediaSinkWants *wants)
{
  g_clear_pointer (&self->wants, gst_discord_media_sink_wants_free);
  self->wants = gst_discord_media_sink_wants_copy (wants);
  if (self->gateway != NULL)
    discord_voice_gateway_set_wants (self->gateway, wants);
}

static void
session_own_channel_gone (DiscordVoiceSession *self)
{
  g_autoptr (GError) error = NULL;

  if (self->leaving) {
    voice_session_end (self, NULL);
    return;
  }
  self->channel_id = 0;
  /* An answer to an earlier leave, or to the leave of a rejoin. */
  if (self->state == GST_DISCORD_CONNECTION_STATE_SIGNALLING)
    return;

  if (self->state == GST_DISCORD_CONNECTION_STATE_WAITING)
    error = g_error_copy (self->last_error);
  else
    error = gst_discord_error_new_closed (
        gst_discord_voice_close_code (4014), 0, NULL);
  voice_session_fail (self, error);
}

void
discord_voice_session_voice_state (DiscordVoiceSession *self,
    guint64 channel_id, guint64 user_id, const gchar *session_id)
{
  gboolean moved;

  if (!discord_voice_session_is_active (self))
    return;
  if (channel_id == 0) {
    session_own_channel_gone (self);
    return;
  }
  if (self->leaving || session_id == NULL || user_id == 0)
    return;

  moved = self->channel_id != 0 && self->channel_id != channel_id;
  self->channel_id = channel_id;
  self->user_id = user_id;
  if (g_strcmp0 (self->session_id, session_id) != 0) {
    voice_session_wipe (&self->session_id);
    self->session_id = g_strdup (session_id);
  }

  if (channel_id == self->move_target) {
    discord_scheduler_clear (self->scheduler, &self->move_timer);
    self->move_target = 0;
  }
  /* While a move of ours is under way its target is where we want to be. */
  if (self->move_target == 0)
    self->config.channel_id = channel_id;
  if (moved) {
    if (self->gateway != NULL)
      discord_voice_gateway_set_channel (self->gateway, channel_id);
    self->callbacks->moved (channel_id, self->user_data);
  }
  if (self->gateway == NULL)
    voice_session_open (self);
}

static void
session_endpoint_gone (DiscordVoiceSession *self)
{
  g_autoptr (GError) error =
      g_error_new_literal (GST_DISCORD_ERROR, GST_DISCORD_ERROR_SERVER_TIMEOUT,
          "Discord took the voice server away and did not name another one.");

  if (self->stream.unavailable) {
    voice_session_forget_server (self);
    return;
  }
  if (self->joined_once) {
    voice_session_wait (self, error, WAIT_AFTER_NULL_ENDPOINT);
    return;
  }
  voice_session_drop_gateway (self);
  voice_session_forget_server (self);
  discord_scheduler_clear (self->scheduler, &self->rejoin_timer);
  voice_session_start_join_timer (self, self->config.timeout * 1000);
  voice_session_set_state (self, GST_DISCORD_CONNECTION_STATE_SIGNALLING);
}

void
discord_voice_session_voice_server (
    DiscordVoiceSession *self, const gchar *token, const gchar *endpoint)
{
  gboolean same;

  if (!discord_voice_session_is_active (self) || self->leaving)
    return;
  /* Of a stream that was ours before, or is another connection's. */
  if (self->config.join != DISCORD_JOIN_CHANNEL && !self->stream.asked)
    return;
  if (token == NULL || endpoint == NULL || *endpoint == '\0') {
    session_endpoint_gone (self);
    return;
  }

  same = g_strcmp0 (self->token, token) == 0
      && g_strcmp0 (self->endpoint, endpoint) == 0;
  if (same && self->gateway != NULL
      && self->state != GST_DISCORD_CONNECTION_STATE_CONNECTED
      && self->state != GST_DISCORD_CONNECTION_STATE_RESUMING)
    return;

  voice_session_drop_gateway (self);
  voice_session_wipe (&self->token);
  g_free (self->endpoint);
  self->token = g_strdup (token);
  self->endpoint = g_strdup (endpoint);
  /* What now follows has the voice gateway's time-outs; the first join keeps
   * the one over the whole. */
  if (voice_session_open (self) && self->joined_once)
    discord_scheduler_clear (self->scheduler, &self->join_timer);
}

void
discord_voice_session_replaced (DiscordVoiceSession *self)
{
  if (!discord_voice_session_is_active (self))
    return;
  if (self->leaving) {
    voice_session_end (self, NULL);
    return;
  }

  voice_session_drop_gateway (self);
  voice_session_forget_server (self);
  voice_session_wipe (&self->session_id);
  self->channel_id = 0;
  discord_scheduler_clear (self->scheduler, &self->rejoin_timer);
  self->join->replaced (self);
  voice_session_start_join_timer (self, self->config.timeout * 1000);
  voice_session_set_state (self, GST_DISCORD_CONNECTION_STATE_SIGNALLING);
  self->join->ask (self);
}

void
discord_voice_session_signaller_failed (
    DiscordVoiceSession *self, const GError *error)
{
  if (!discord_voice_session_is_active (self))
    return;
  if (self->leaving) {
    voice_session_end (self, NULL);
    return;
  }
  self->channel_id = 0;
  voice_session_fail (self, error);
}

void
discord_voice_session_discovered (DiscordVoiceSession *self,
    const gchar *address, guint16 port, const GError *error)
{
  if (self->state != GST_DISCORD_CONNECTION_STATE_DISCOVERING || self->leaving)
    return;
  if (error != NULL) {
    voice_session_rejoin (self, error);
    return;
  }
  voice_session_set_state (self, GST_DISCORD_CONNECTION_STATE_SELECTING);
  discord_voice_gateway_select_protocol (
      self->gateway, address, port, transport_mode_name (self->mode));
}

void
discord_voice_session_key_exhausted (DiscordVoiceSession *self)
{
  g_autoptr (GError) error = NULL;

  if (self->gateway == NULL || self->leaving)
    return;
  error =
      g_error_new_literal (GST_DISCORD_ERROR, GST_DISCORD_ERROR_NONCE_EXHAUSTED,
          "The transport key is used up; a new session is needed.");
  voice_session_rejoin (self, error);
}

void
discord_voice_session_send_dave (
    DiscordVoiceSession *self, const DiscordVoiceDaveMessage *message)
{
  if (self->gateway != NULL)
    discord_voice_gateway_send_dave (self->gateway, message);
}

void
discord_voice_session_abort (DiscordVoiceSession *self, const GError *error)
{
  if (discord_voice_session_is_active (self) && !self->leaving)
    voice_session_fail (self, error);
}

gboolean
discord_voice_session_starts_again (DiscordVoiceSession *self)
{
  return self->start_after_leave;
}

guint64
discord_voice_session_get_channel_id (DiscordVoiceSession *self)
{
  return self->channel_id != 0 ? self->channel_id : self->config.channel_id;
}

guint64
discord_voice_session_get_group_id (DiscordVoiceSession *self)
{
  /* Golive 4. */
  return self->config.join != DISCORD_JOIN_CHANNEL
      ? self->stream.rtc_server_id - 1
      : discord_voice_session_get_channel_id (self);
}

const gchar *
discord_voice_session_get_endpoint (DiscordVoiceSession *self)
{
  return self->endpoint;
}

const gchar *
discord_voice_session_get_session_id (DiscordVoiceSession *self)
{
  return self->session_id;
}

guint64
discord_voice_session_get_user_id (DiscordVoiceSession *self)
{
  return self->user_id;
}

guint
discord_voice_session_get_rejoins (DiscordVoiceSession *self)
{
  return self->rejoins;
}

void
discord_voice_session_get_gateway_stats (
    DiscordVoiceSession *self, DiscordVoiceGatewayStats *stats)
{
  if (self->gateway == NULL) {
    *stats = (DiscordVoiceGatewayStats){ .seq_ack = -1 };
    return;
  }
  discord_voice_gateway_get_stats (self->gateway, stats);
}
