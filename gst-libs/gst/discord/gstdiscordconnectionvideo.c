/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a connection tells and asks about video. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordconnection-internal.h"

void
gst_discord_connection_install_video (
    GObjectClass *klass, GParamSpec **props, guint *signals)
{
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const GParamFlags flags = readable | G_PARAM_WRITABLE;
  GType type = G_TYPE_FROM_CLASS (klass);

  /**
   * GstDiscordConnection:codecs:
   *
   * The codecs we tell the voice server of, the preferred first, such as
   * "H264;VP8"; see gst_discord_voice_codec_list_from_caps(). %NULL takes what
   * the registry has encoders and decoders for when the channel is joined, and
   * reads as that.
   *
   * Since: 0.1
   */
  props[PROP_CODECS] = g_param_spec_boxed ("codecs", "Codecs",
      "Codecs to tell the voice server of, none for what the registry has",
      GST_TYPE_CAPS, flags | G_PARAM_CONSTRUCT);
  /**
   * GstDiscordConnection:rtx:
   *
   * Whether lost packets of video are sent again, in both directions.
   *
   * Since: 0.1
   */
  props[PROP_RTX] = g_param_spec_boolean ("rtx", "RTX",
      "Send lost packets of video again, in both directions",
      DISCORD_CONNECTION_RTX, flags | G_PARAM_CONSTRUCT);
  /**
   * GstDiscordConnection:video:
   *
   * Whether video of others is wanted; without it only audio comes. It is
   * implied by #GstDiscordConnection:video-streams and counts from the next
   * join on.
   *
   * Since: 0.1
   */
  props[PROP_VIDEO] = g_param_spec_boolean ("video", "Video",
      "Whether video of others is wanted", FALSE, flags | G_PARAM_CONSTRUCT);
  /**
   * GstDiscordConnection:video-streams:
   *
   * The layers of our picture that we offer, such as "video,rid=(string)100";
   * see gst_discord_voice_stream_list_from_caps(). The server gives each an SSRC
   * when the channel is joined.
   *
   * Since: 0.1
   */
  props[PROP_VIDEO_STREAMS] = g_param_spec_boxed ("video-streams",
      "Video streams", "Layers of our picture to offer, none without video",
      GST_TYPE_CAPS, flags | G_PARAM_CONSTRUCT);
  /**
   * GstDiscordConnection:video-codec:
   *
   * The codec in which we are to send video now, such as "H264"; %NULL before
   * the server told one.
   *
   * Since: 0.1
   */
  props[PROP_VIDEO_CODEC] = g_param_spec_string ("video-codec", "Video codec",
      "Codec in which we are to send video now", NULL, readable);

  /**
   * GstDiscordConnection::user-streams-changed:
   * @self: the connection
   * @user_id: whose
   *
   * Somebody sends other video layers than before, or none any more; see
   * gst_discord_connection_get_user_streams().
   *
   * Since: 0.1
   */
  signals[SIGNAL_USER_STREAMS_CHANGED] =
      g_signal_new ("user-streams-changed", type, G_SIGNAL_RUN_LAST, 0, NULL,
          NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);
  /**
   * GstDiscordConnection::media-sink-wants:
   * @self: the connection
   * @wants: by our SSRCs
   *
   * The server told which of our layers somebody wants, and how well.
   *
   * Since: 0.1
   */
  signals[SIGNAL_MEDIA_SINK_WANTS] =
      g_signal_new ("media-sink-wants", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
          NULL, G_TYPE_NONE, 1, GST_TYPE_DISCORD_MEDIA_SINK_WANTS);
}

static gboolean
connection_set_codecs_unlocked (
    GstDiscordConnection *self, GPtrArray *codecs, GError **error)
{
  if (codecs == NULL) {
    self->config.own_codecs = FALSE;
    return TRUE;
  }
  if (!discord_voice_codecs_set (&self->config.session.codecs, codecs, error))
    return FALSE;
  self->config.own_codecs = TRUE;
  return TRUE;
}

static gboolean
connection_set_streams_unlocked (
    GstDiscordConnection *self, GPtrArray *streams, GError **error)
{
  if (streams != NULL)
    return discord_voice_streams_set (
        &self->config.session.streams, streams, error);
  self->config.session.streams.n_streams = 0;
  return TRUE;
}

/* NULL and ANY are what the registry has. */
static void
connection_set_codecs_caps_unlocked (
    GstDiscordConnection *self, const GstCaps *caps, GError **error)
{
  g_autoptr (GPtrArray) codecs = NULL;

  if (caps != NULL && !gst_caps_is_any (caps)) {
    codecs = gst_discord_voice_codec_list_from_caps (caps, error);
    if (codecs == NULL)
      return;
  }
  connection_set_codecs_unlocked (self, codecs, error);
}

static void
connection_set_streams_caps_unlocked (
    GstDiscordConnection *self, const GstCaps *caps, GError **error)
{
  g_autoptr (GPtrArray) streams = NULL;

  if (caps != NULL) {
    streams = gst_discord_voice_stream_list_from_caps (caps, error);
    if (streams == NULL)
      return;
  }
  connection_set_streams_unlocked (self, streams, error);
}

gboolean
gst_discord_connection_set_video_property_unlocked (
    GstDiscordConnection *self, guint id, const GValue *value)
{
  g_autoptr (GError) error = NULL;

  switch (id) {
    case PROP_CODECS:
      connection_set_codecs_caps_unlocked (
          self, g_value_get_boxed (value), &error);
      break;
    case PROP_RTX:
      self->config.session.rtx = g_value_get_boolean (value);
      break;
    case PROP_VIDEO:
      self->config.session.video = g_value_get_boolean (value);
      break;
    case PROP_VIDEO_STREAMS:
      connection_set_streams_caps_unlocked (
          self, g_value_get_boxed (value), &error);
      break;
    default:
      return FALSE;
  }
  /* A property has no other way to refuse. */
  if (error != NULL)
    g_warning ("%s", error->message);
  return TRUE;
}

gboolean
gst_discord_connection_get_video_property (GstDiscordConnection *self,
    const DiscordRtcConfig *config, guint id, GValue *value)
{
  g_autoptr (GPtrArray) list = NULL;
  GstDiscordVideoState state;

  switch (id) {
    case PROP_CODECS:
      list = gst_discord_connection_get_codecs (self);
      g_value_take_boxed (value, gst_discord_voice_codec_list_to_caps (list));
      return TRUE;
    case PROP_RTX:
      g_value_set_boolean (value, config->session.rtx);
      return TRUE;
    case PROP_VIDEO:
      g_value_set_boolean (value, config->session.video);
      return TRUE;
    case PROP_VIDEO_STREAMS:
      list = gst_discord_connection_get_video_streams (self);
      g_value_take_boxed (value, gst_discord_voice_stream_list_to_caps (list));
      return TRUE;
    case PROP_VIDEO_CODEC:
      discord_rtc_get_video_state (self->rtc, &state);
      g_value_set_string (value, gst_discord_codec_get_name (state.codec));
      return TRUE;
    default:
      return FALSE;
  }
}

/* Hands a changed configuration on. */
static void
connection_configure (GstDiscordConnection *self)
{
  DiscordRtcConfig config;

  g_mutex_lock (&self->settings_lock);
  g_mutex_lock (&self->lock);
  config = self->config;
  g_mutex_unlock (&self->lock);
  discord_rtc_configure (self->rtc, &config);
  g_mutex_unlock (&self->settings_lock);
}

/**
 * gst_discord_connection_set_codecs:
 * @self: a connection
 * @codecs: (nullable) (element-type GstDiscordVoiceCodec): what to tell the voice
 *     server of, the preferred first; %NULL for what the registry has
 * @error: return location for an error
 *
 * Codecs that can neither be encoded nor decoded are left out. While joined the
 * server is told at once.
 *
 * Returns: %FALSE with %GST_DISCORD_ERROR_SETTINGS when Opus is not there or one
 *     is there twice
 *
 * Since: 0.1
 */
gboolean
gst_discord_connection_set_codecs (
    GstDiscordConnection *self, GPtrArray *codecs, GError **error)
{
  gboolean done;

  g_return_val_if_fail (GST_IS_DISCORD_CONNECTION (self), FALSE);

  g_mutex_lock (&self->lock);
  done = connection_set_codecs_unlocked (self, codecs, error);
  g_mutex_unlock (&self->lock);
  if (!done)
    return FALSE;
  connection_configure (self);
  g_object_notify (G_OBJECT (self), "codecs");
  return TRUE;
}

/**
 * gst_discord_connection_get_codecs:
 * @self: a connection
 *
 * Returns: (transfer container) (element-type GstDiscordVoiceCodec): what the voice
 *     server is told of, the preferred first
 *
 * Since: 0.1
 */
GPtrArray *
gst_discord_connection_get_codecs (GstDiscordConnection *self)
{
  DiscordVoiceCodecs codecs;

  g_return_val_if_fail (GST_IS_DISCORD_CONNECTION (self), NULL);

  discord_rtc_get_codecs (self->rtc, &codecs);
  /* Nothing joined yet. */
  if (codecs.n_codecs == 0)
    return gst_discord_voice_codec_list_available ();
  return discord_voice_codecs_to_array (&codecs);
}

/**
 * gst_discord_connection_set_video_streams:
 * @self: a connection
 * @streams: (nullable) (element-type GstDiscordVoiceStream): the layers of our
 *     picture; %NULL for no video
 * @error: return location for an error
 *
 * What is offered counts from the next join on. Elements offer a layer for each
 * of their video pads by themselves.
 *
 * Returns: %FALSE with %GST_DISCORD_ERROR_SETTINGS when there are too many
 *     layers, or two with one RID
 *
 * Since: 0.1
 */
gboolean
gst_discord_connection_set_video_streams (
    GstDiscordConnection *self, GPtrArray *streams, GError **error)
{
  gboolean done;

  g_return_val_if_fail (GST_IS_DISCORD_CONNECTION (self), FALSE);

  g_mutex_lock (&self->lock);
  done = connection_set_streams_unlocked (self, streams, error);
  g_mutex_unlock (&self->lock);
  if (!done)
    return FALSE;
  connection_configure (self);
  g_object_notify (G_OBJECT (self), "video-streams");
  return TRUE;
}

/* What was a screen stays one. */
void
gst_discord_connection_begin_offer (
    GstDiscordConnection *self, const GstCaps *streams)
{
  g_autoptr (GPtrArray) list =
      gst_discord_voice_stream_list_from_caps (streams, NULL);
  DiscordVoiceStreams offer;
  gboolean screen;

  g_return_if_fail (list != NULL);

  g_mutex_lock (&self->lock);
  offer = self->config.session.streams;
  screen = offer.n_streams > 0 && offer.streams[0].screen;
  if (discord_voice_streams_set (&offer, list, NULL)) {
    for (guint i = 0; i < offer.n_streams; i++)
      offer.streams[i].screen = screen;
    self->config.session.streams = offer;
  }
  g_mutex_unlock (&self->lock);
  discord_rtc_offer (self->rtc, &offer);
  g_object_notify (G_OBJECT (self), "video-streams");
}

/**
 * gst_discord_connection_get_video_streams:
 * @self: a connection
 *
 * Returns: (transfer container) (element-type GstDiscordVoiceStream): the layers of
 *     our picture; while joined those that were offered, with their SSRCs
 *
 * Since: 0.1
 */
GPtrArray *
gst_discord_connection_get_video_streams (GstDiscordConnection *self)
{
  GstDiscordVideoState state;
  DiscordVoiceStreams offer;

  g_return_val_if_fail (GST_IS_DISCORD_CONNECTION (self), NULL);

  g_mutex_lock (&self->lock);
  offer = self->config.session.streams;
  g_mutex_unlock (&self->lock);
  discord_rtc_get_video_state (self->rtc, &state);
  for (guint i = 0; i < state.streams.n_streams; i++)
    if (state.streams.streams[i].ssrc != 0)
      return discord_voice_streams_to_array (&state.streams);
  return discord_voice_streams_to_array (&offer);
}

/**
 * gst_discord_connection_get_user_streams:
 * @self: a connection
 * @user_id: another user
 *
 * Returns: (transfer container) (element-type GstDiscordVoiceStream): the video layers
 *     which that user sends, empty without any
 *
 * Since: 0.1
 */
GPtrArray *
gst_discord_connection_get_user_streams (
    GstDiscordConnection *self, guint64 user_id)
{
  DiscordVoiceStreams streams;

  g_return_val_if_fail (GST_IS_DISCORD_CONNECTION (self), NULL);

  discord_rtc_get_user_streams (self->rtc, user_id, &streams);
  return discord_voice_streams_to_array (&streams);
}

/**
 * gst_discord_connection_set_wants:
 * @self: a connection
 * @wants: by the SSRCs of others
 *
 * Tells the server which video we want (voice gateway op 15), replacing what was
 * told before; at most twice a second, the last one counting. Before the first
 * call it is everything if #GstDiscordConnection:video is set and nothing
 * otherwise; a discordvoicesink that sends video makes it nothing, too. SSRCs do
 * not outlive the session; what is wanted of any does.
 *
 * Since: 0.1
 */
void
gst_discord_connection_set_wants (
    GstDiscordConnection *self, const GstDiscordMediaSinkWants *wants)
{
  g_return_if_fail (GST_IS_DISCORD_CONNECTION (self));
  g_return_if_fail (wants != NULL);

  discord_rtc_set_wants (self->rtc, wants);
}

void
gst_discord_connection_want_nothing_yet (GstDiscordConnection *self)
{
  discord_rtc_want_nothing_yet (self->rtc);
}

/**
 * gst_discord_connection_get_remote_wants:
 * @self: a connection
 *
 * Returns: (transfer full) (nullable): what others want of our layers, %NULL
 *     before the server told
 *
 * Since: 0.1
 */
GstDiscordMediaSinkWants *
gst_discord_connection_get_remote_wants (GstDiscordConnection *self)
{
  g_return_val_if_fail (GST_IS_DISCORD_CONNECTION (self), NULL);

  return discord_rtc_dup_remote_wants (self->rtc);
}

void
gst_discord_connection_get_video_state (
    GstDiscordConnection *self, GstDiscordVideoState *state)
{
  discord_rtc_get_video_state (self->rtc, state);
}

guint
gst_discord_connection_set_video (GstDiscordConnection *self,
    const GstDiscordVoiceStream *const *streams, guint n_streams)
{
  DiscordVoiceStreams list = { .n_streams = 0 };

  for (guint i = 0; i < MIN (n_streams, DISCORD_MAX_LAYERS); i++)
    list.streams[list.n_streams++] = *streams[i];
  return discord_rtc_set_video (self->rtc, &list);
}

void
gst_discord_connection_lookup_ssrc (
    GstDiscordConnection *self, guint32 ssrc, GstDiscordSsrcInfo *info)
{
  discord_rtc_lookup_ssrc (self->rtc, ssrc, info);
}
