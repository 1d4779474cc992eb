/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:gstdiscordvoicecodec
 * @title: GstDiscordVoiceCodec
 * @short_description: A codec that we tell the voice server of
 *
 * The server picks for every client a codec to send that all others can decode,
 * so what is advertised decides what travels. By default that is what the
 * registry has encoders and decoders for; #GstDiscordConnection:codecs takes a
 * list of one's own.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoicecodec-private.h"

#include "gstdiscordpayloadtypes-private.h"

G_DEFINE_BOXED_TYPE (GstDiscordVoiceCodec, gst_discord_voice_codec,
    gst_discord_voice_codec_copy, gst_discord_voice_codec_free)

/* As in messages; RTP caps have other capitals. */
static const gchar *const names[] = {
  [GST_DISCORD_CODEC_OPUS] = "opus",
  [GST_DISCORD_CODEC_VP8] = "VP8",
  [GST_DISCORD_CODEC_VP9] = "VP9",
  [GST_DISCORD_CODEC_H264] = "H264",
  [GST_DISCORD_CODEC_H265] = "H265",
  [GST_DISCORD_CODEC_AV1] = "AV1",
};

const gchar *
gst_discord_codec_get_name (GstDiscordCodec codec)
{
  return (guint) codec < G_N_ELEMENTS (names) ? names[codec] : NULL;
}

GstDiscordCodec
gst_discord_codec_from_name (const gchar *name)
{
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (names); i++)
    if (names[i] != NULL && g_ascii_strcasecmp (names[i], name) == 0)
      return i;
  return GST_DISCORD_CODEC_UNKNOWN;
}

/**
 * gst_discord_voice_codec_new:
 * @codec: which one
 * @encode: whether we can send it
 * @decode: whether we can receive it
 *
 * Returns: (transfer full): a codec with Discord's usual payload types
 *
 * Since: 0.1
 */
GstDiscordVoiceCodec *
gst_discord_voice_codec_new (
    GstDiscordCodec codec, gboolean encode, gboolean decode)
{
  GstDiscordVoiceCodec *self;

  g_return_val_if_fail (gst_discord_codec_get_name (codec) != NULL, NULL);

  self = g_new (GstDiscordVoiceCodec, 1);
  *self = (GstDiscordVoiceCodec){
    .codec = codec,
    .encode = encode,
    .decode = decode,
    .rtx = TRUE,
  };
  return self;
}

/**
 * gst_discord_voice_codec_copy:
 * @self: a codec
 *
 * Returns: (transfer full): a copy
 *
 * Since: 0.1
 */
GstDiscordVoiceCodec *
gst_discord_voice_codec_copy (const GstDiscordVoiceCodec *self)
{
  return g_memdup2 (self, sizeof *self);
}

/**
 * gst_discord_voice_codec_free:
 * @self: (transfer full): a codec
 *
 * Frees it.
 *
 * Since: 0.1
 */
void
gst_discord_voice_codec_free (GstDiscordVoiceCodec *self)
{
  g_free (self);
}

/**
 * gst_discord_voice_codec_get_codec:
 * @self: a codec
 *
 * Returns: which one
 *
 * Since: 0.1
 */
GstDiscordCodec
gst_discord_voice_codec_get_codec (const GstDiscordVoiceCodec *self)
{
  return self->codec;
}

/**
 * gst_discord_voice_codec_get_name:
 * @self: a codec
 *
 * Returns: its name as Discord writes it, such as "opus" or "H264"
 *
 * Since: 0.1
 */
const gchar *
gst_discord_voice_codec_get_name (const GstDiscordVoiceCodec *self)
{
  return gst_discord_codec_get_name (self->codec);
}

/**
 * gst_discord_voice_codec_get_media:
 * @self: a codec
 *
 * Returns: "audio" or "video"
 *
 * Since: 0.1
 */
const gchar *
gst_discord_voice_codec_get_media (const GstDiscordVoiceCodec *self)
{
  return gst_discord_payload_type_of_codec (self->codec)->media;
}

/**
 * gst_discord_voice_codec_get_priority:
 * @self: a codec
 *
 * Returns: a multiple of 1000, the lower the better; 0 for a codec that is in
 *     no list
 *
 * Since: 0.1
 */
guint
gst_discord_voice_codec_get_priority (const GstDiscordVoiceCodec *self)
{
  return self->priority;
}

/**
 * gst_discord_voice_codec_get_payload_type:
 * @self: a codec
 *
 * Returns: the RTP payload type of its packets
 *
 * Since: 0.1
 */
guint
gst_discord_voice_codec_get_payload_type (const GstDiscordVoiceCodec *self)
{
  return gst_discord_payload_type_of_codec (self->codec)->payload_type;
}

/**
 * gst_discord_voice_codec_get_rtx_payload_type:
 * @self: a codec
 *
 * Returns: the RTP payload type of its retransmissions, 0 when there are none
 *
 * Since: 0.1
 */
guint
gst_discord_voice_codec_get_rtx_payload_type (const GstDiscordVoiceCodec *self)
{
  if (!self->rtx)
    return 0;
  return gst_discord_payload_type_of_codec (self->codec)->rtx_payload_type;
}

/**
 * gst_discord_voice_codec_get_encode:
 * @self: a codec
 *
 * Returns: whether we can send it
 *
 * Since: 0.1
 */
gboolean
gst_discord_voice_codec_get_encode (const GstDiscordVoiceCodec *self)
{
  return self->encode;
}

/**
 * gst_discord_voice_codec_get_decode:
 * @self: a codec
 *
 * Returns: whether we can receive it
 *
 * Since: 0.1
 */
gboolean
gst_discord_voice_codec_get_decode (const GstDiscordVoiceCodec *self)
{
  return self->decode;
}
