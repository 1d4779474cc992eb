/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "voicesession-private.h"

/* Voice gateway 4: how long a new voice server may take after 4014 or 4022. */
#define WAIT_AFTER_DISCONNECT 30000 /* ms */

/* Voice gateway 2.7. */
#define SEND_WHILE_RESUMING 5000 /* ms */

/* Voice gateway 5. */
#define STABLE_AFTER 60000 /* ms */

/* Voice gateway 4, "if it happens again within a minute". */
#define ONCE_WINDOW (60 * G_USEC_PER_SEC)

static void
on_gateway_identifying (DiscordVoiceGateway *gw, gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  if (gw == self->gateway)
    voice_session_set_state (self, GST_DISCORD_CONNECTION_STATE_IDENTIFYING);
}

static gboolean
session_choose_mode (DiscordVoiceSession *self, const gchar *const *offered)
{
  for (guint i = 0; i < self->config.n_modes; i++) {
    TransportMode mode = self->config.modes[i];

    if (self->force_xchacha && mode != TRANSPORT_MODE_XCHACHA20_POLY1305)
      continue;
    if (!g_strv_contains (offered, transport_mode_name (mode)))
      continue;
    self->mode = mode;
    return TRUE;
  }
  return FALSE;
}

/* Everybody's SSRCs are new: what was wanted of the old ones is void. */
static void
session_begin_video (DiscordVoiceSession *self)
{
  g_autoptr (GstDiscordMediaSinkWants) wants = g_steal_pointer (&self->wants);

  discord_voice_gateway_set_video (self->gateway, &self->video);
  if (wants == NULL || gst_discord_media_sink_wants_get_any (wants) < 0)
    return;
  self->wants = gst_discord_media_sink_wants_new ();
  gst_discord_media_sink_wants_set_any (
      self->wants, gst_discord_media_sink_wants_get_any (wants));
  discord_voice_gateway_set_wants (self->gateway, self->wants);
}

static void
on_gateway_ready (
    DiscordVoiceGateway *gw, const DiscordVoiceReady *ready, gpointer user_data)
{
  DiscordVoiceSession *self = user_data;
  g_autoptr (GError) error = NULL;

  if (gw != self->gateway)
    return;
  if (!session_choose_mode (self, ready->modes)) {
    g_autofree gchar *offer = g_strjoinv (", ", (gchar **) ready->modes);

    error = g_error_new (GST_DISCORD_ERROR, GST_DISCORD_ERROR_ENCRYPTION_MODE,
        "The voice server offers no transport encryption mode that is allowed "
        "here (it offers: %s).",
        offer);
    voice_session_fail (self, error);
    return;
  }

  self->ssrc = ready->ssrc;
  session_begin_video (self);
  self->callbacks->ready (ready->ssrc, ready->streams, self->user_data);
  voice_session_set_state (self, GST_DISCORD_CONNECTION_STATE_DISCOVERING);
  self->transport_open = self->callbacks->transport_open (
      ready->ip, ready->port, ready->ssrc, self->user_data, &error);
  if (!self->transport_open)
    voice_session_rejoin (self, error);
}

void
voice_session_announce_speaking (DiscordVoiceSession *self)
{
  if (discord_voice_gateway_set_speaking (
          self->gateway, self->speaking, self->ssrc))
    self->callbacks->speaking_sent (self->speaking, self->user_data);
}

static void
on_stable (gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  self->stable_timer = 0;
  self->rejoins = 0;
}

static void
session_connected (DiscordVoiceSession *self)
{
  self->joined_once = TRUE;
  g_clear_error (&self->last_error);
  discord_scheduler_clear (self->scheduler, &self->join_timer);
  discord_scheduler_clear (self->scheduler, &self->rejoin_timer);
  discord_scheduler_clear (self->scheduler, &self->stable_timer);
  self->stable_timer =
      discord_scheduler_add (self->scheduler, STABLE_AFTER, on_stable, self);
  voice_session_set_state (self, GST_DISCORD_CONNECTION_STATE_CONNECTED);
}

static GError *
session_unknown_dave_version (DiscordVoiceSession *self,
    const DiscordVoiceSessionDescription *description)
{
  if (self->config.max_dave_version == 0)
    return g_error_new_literal (GST_DISCORD_ERROR,
        GST_DISCORD_ERROR_E2EE_REQUIRED,
        "The voice server wants end-to-end encryption (DAVE), which is "
        "switched off here.");
  return g_error_new (GST_DISCORD_ERROR, GST_DISCORD_ERROR_PROTOCOL,
      "The voice server wants version %u of end-to-end encryption (DAVE); we "
      "know it up to %u.",
      description->dave_protocol_version, self->config.max_dave_version);
}

/* Of a new session; what it does not tell is not that of the one before. */
static void
session_begin_media (DiscordVoiceSession *self,
    const DiscordVoiceSessionDescription *description)
{
  const gchar *video_codec = description->video_codec;
  const DiscordVoiceSessionUpdate update = {
    .audio_codec = description->audio_codec,
    .video_codec = video_codec != NULL ? video_codec : "",
    .media_session_id = description->media_session_id,
    .keyframe_interval = MAX (description->keyframe_interval, 0),
  };

  self->callbacks->media (&update, self->user_data);
}

static void
on_gateway_session_description (DiscordVoiceGateway *gw,
    const DiscordVoiceSessionDescription *description, gpointer user_data)
{
  DiscordVoiceSession *self = user_data;
  g_autoptr (GError) error = NULL;
  TransportMode mode;

  if (gw != self->gateway)
    return;
  if (!transport_mode_from_name (description->mode, &mode)) {
    error = g_error_new (GST_DISCORD_ERROR, GST_DISCORD_ERROR_ENCRYPTION_MODE,
        "The voice server chose a transport encryption mode that we do not "
        "know.");
    voice_session_fail (self, error);
    return;
  }
  if (!self->callbacks->transport_set_key (
          mode, description->secret_key, self->user_data)) {
    error = g_error_new (GST_DISCORD_ERROR, GST_DISCORD_ERROR_FAILED,
        "The transport cipher could not be set up.");
    voice_session_fail (self, error);
    return;
  }
  /* A later one brings a key and nothing else. */
  if (self->state != GST_DISCORD_CONNECTION_STATE_SELECTING)
    return;
  if (description->dave_protocol_version > self->config.max_dave_version) {
    error = session_unknown_dave_version (self, description);
    voice_session_fail (self, error);
    return;
  }
  self->callbacks->dave_version (
      description->dave_protocol_version, self->user_data);
  session_begin_media (self, description);
  session_connected (self);
  if (self->speaking != 0)
    voice_session_announce_speaking (self);
}

static void
on_resuming_too_long (gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  self->send_timer = 0;
  voice_session_set_can_send (self, FALSE);
}

static void
on_gateway_resuming (DiscordVoiceGateway *gw, gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  if (gw != self->gateway
      || self->state != GST_DISCORD_CONNECTION_STATE_CONNECTED)
    return;
  voice_session_set_state (self, GST_DISCORD_CONNECTION_STATE_RESUMING);
  self->send_timer = discord_scheduler_add (
      self->scheduler, SEND_WHILE_RESUMING, on_resuming_too_long, self);
}

static void
on_gateway_resumed (DiscordVoiceGateway *gw, gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  if (gw != self->gateway
      || self->state != GST_DISCORD_CONNECTION_STATE_RESUMING)
    return;
  session_connected (self);
  self->callbacks->resumed (self->user_data);
}

static gboolean
session_once_again (DiscordVoiceSession *self)
{
  gint64 now = discord_scheduler_now (self->scheduler);
  gboolean again = self->once_at >= 0 && now - self->once_at < ONCE_WINDOW;

  self->once_at = now;
  return again;
}

static void
on_gateway_closed (DiscordVoiceGateway *gw, DiscordReaction reaction,
    guint16 code, const GError *error, gpointer user_data)
{
  DiscordVoiceSession *self = user_data;
  g_autoptr (GError) cause = g_error_copy (error);

  if (gw != self->gateway)
    return;
  voice_session_drop_gateway (self);
  if (self->leaving)
    return;

  switch (reaction) {
    case DISCORD_REACTION_REJOIN_ONCE:
      if (session_once_again (self))
        voice_session_fail (self, cause);
      else
        voice_session_rejoin (self, cause);
      return;
    case DISCORD_REACTION_REJOIN_XCHACHA:
      if (self->force_xchacha) {
        voice_session_fail (self, cause);
        return;
      }
      self->force_xchacha = TRUE;
      voice_session_rejoin (self, cause);
      return;
    case DISCORD_REACTION_WAIT:
      voice_session_wait (self, cause, WAIT_AFTER_DISCONNECT);
      return;
    case DISCORD_REACTION_GIVE_UP:
      voice_session_fail (self, cause);
      return;
    case DISCORD_REACTION_NONE:
    case DISCORD_REACTION_RESUME:
    case DISCORD_REACTION_REJOIN:
      voice_session_rejoin (self, cause);
      return;
  }
}

static void
on_gateway_speaking (DiscordVoiceGateway *gw, guint64 user_id, guint32 ssrc,
    guint flags, gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  if (gw != self->gateway)
    return;
  self->callbacks->speaking (user_id, ssrc, flags, self->user_data);
}

static void
on_gateway_video (DiscordVoiceGateway *gw, guint64 user_id, guint32 audio_ssrc,
    guint32 video_ssrc, const GstDiscordVoiceStream *streams, guint n_streams,
    gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  if (gw != self->gateway)
    return;
  self->callbacks->video (
      user_id, audio_ssrc, video_ssrc, streams, n_streams, self->user_data);
}

static void
on_gateway_session_update (DiscordVoiceGateway *gw,
    const DiscordVoiceSessionUpdate *update, gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  if (gw == self->gateway)
    self->callbacks->media (update, self->user_data);
}

static void
on_gateway_wants (DiscordVoiceGateway *gw,
    const GstDiscordMediaSinkWants *wants, gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  if (gw == self->gateway)
    self->callbacks->wants (wants, self->user_data);
}

static void
on_gateway_clients_connect (DiscordVoiceGateway *gw, const guint64 *user_ids,
    guint n_user_ids, gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  if (gw != self->gateway)
    return;
  self->callbacks->clients_connect (user_ids, n_user_ids, self->user_data);
}

static void
on_gateway_client_disconnect (
    DiscordVoiceGateway *gw, guint64 user_id, gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  if (gw != self->gateway)
    return;
  self->callbacks->client_disconnect (user_id, self->user_data);
}

static void
on_gateway_dave (DiscordVoiceGateway *gw,
    const DiscordVoiceDaveMessage *message, gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  if (gw == self->gateway)
    self->callbacks->dave (message, self->user_data);
}

/* Ops 18 and 20 mean nothing in a stream (golive 4). */
static void
on_gateway_client_flags (
    DiscordVoiceGateway *gw, guint64 user_id, gint64 flags, gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  if (gw != self->gateway || self->config.join != DISCORD_JOIN_CHANNEL)
    return;
  self->callbacks->client_flags (user_id, flags, self->user_data);
}

static void
on_gateway_client_platform (DiscordVoiceGateway *gw, guint64 user_id,
    gint64 platform, gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  if (gw != self->gateway || self->config.join != DISCORD_JOIN_CHANNEL)
    return;
  self->callbacks->client_platform (user_id, platform, self->user_data);
}

static void
on_gateway_latency (DiscordVoiceGateway *gw, gpointer user_data)
{
  DiscordVoiceSession *self = user_data;

  if (gw != self->gateway)
    return;
  self->callbacks->latency (discord_voice_gateway_get_latency (gw),
      discord_voice_gateway_get_average_latency (gw), self->user_data);
}

static const DiscordVoiceGatewayCallbacks gateway_callbacks = {
  .identifying = on_gateway_identifying,
  .ready = on_gateway_ready,
  .session_description = on_gateway_session_description,
  .resuming = on_gateway_resuming,
  .resumed = on_gateway_resumed,
  .speaking = on_gateway_speaking,
  .session_update = on_gateway_session_update,
  .video = on_gateway_video,
  .wants = on_gateway_wants,
  .clients_connect = on_gateway_clients_connect,
  .client_disconnect = on_gateway_client_disconnect,
  .client_flags = on_gateway_client_flags,
  .client_platform = on_gateway_client_platform,
  .dave = on_gateway_dave,
  .latency = on_gateway_latency,
  .closed = on_gateway_closed,
};

/* Identifies at the voice server as soon as all of it is known. */
gboolean
voice_session_open (DiscordVoiceSession *self)
{
  DiscordVoiceGatewayParams params = {
    .version = self->config.gateway_version,
    .user_id = self->user_id,
    .session_id = self->session_id,
    .token = self->token,
    .endpoint = self->endpoint,
    .insecure = self->config.insecure
        || g_str_has_prefix (
            self->endpoint != NULL ? self->endpoint : "", "ws://"),
    .max_dave_protocol_version = self->config.max_dave_version,
    .video = self->config.video || self->config.streams.n_streams > 0,
    .rtx = self->config.rtx,
    .streams = self->config.streams,
    .codecs = self->config.codecs,
  };

  if (self->session_id == NULL || self->token == NULL || self->endpoint == NULL
      || self->user_id == 0 || !self->join->locate (self, &params))
    return FALSE;

  discord_scheduler_clear (self->scheduler, &self->rejoin_timer);
  voice_session_set_state (self, GST_DISCORD_CONNECTION_STATE_OPENING);
  self->gateway = discord_voice_gateway_new (&params, self->scheduler,
      self->factory, self->factory_data, &gateway_callbacks, self);
  return TRUE;
}
