/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordenums.h>

G_BEGIN_DECLS

/**
 * GstDiscordVoiceCodec:
 *
 * A codec that we tell the voice server of. Its numbers are fixed when a list
 * of them is advertised.
 *
 * Since: 0.1
 */
typedef struct _GstDiscordVoiceCodec GstDiscordVoiceCodec;

#define GST_TYPE_DISCORD_VOICE_CODEC (gst_discord_voice_codec_get_type ())
GST_DISCORD_API
GType gst_discord_voice_codec_get_type (void);

GST_DISCORD_API
GstDiscordVoiceCodec *gst_discord_voice_codec_new (
    GstDiscordCodec codec, gboolean encode, gboolean decode);

GST_DISCORD_API
GstDiscordVoiceCodec *gst_discord_voice_codec_copy (
    const GstDiscordVoiceCodec *self);

GST_DISCORD_API
void gst_discord_voice_codec_free (GstDiscordVoiceCodec *self);

GST_DISCORD_API
GstDiscordCodec gst_discord_voice_codec_get_codec (
    const GstDiscordVoiceCodec *self);

GST_DISCORD_API
const gchar *gst_discord_voice_codec_get_name (
    const GstDiscordVoiceCodec *self);

GST_DISCORD_API
const gchar *gst_discord_voice_codec_get_media (
    const GstDiscordVoiceCodec *self);

GST_DISCORD_API
guint gst_discord_voice_codec_get_priority (const GstDiscordVoiceCodec *self);

GST_DISCORD_API
guint gst_discord_voice_codec_get_payload_type (
    const GstDiscordVoiceCodec *self);

GST_DISCORD_API
guint gst_discord_voice_codec_get_rtx_payload_type (
    const GstDiscordVoiceCodec *self);

GST_DISCORD_API
gboolean gst_discord_voice_codec_get_encode (const GstDiscordVoiceCodec *self);

GST_DISCORD_API
gboolean gst_discord_voice_codec_get_decode (const GstDiscordVoiceCodec *self);

GST_DISCORD_API
GPtrArray *gst_discord_voice_codec_list_available (void);

GST_DISCORD_API
GPtrArray *gst_discord_voice_codec_list_from_caps (
    const GstCaps *caps, GError **error);

GST_DISCORD_API
GstCaps *gst_discord_voice_codec_list_to_caps (GPtrArray *codecs);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (
    GstDiscordVoiceCodec, gst_discord_voice_codec_free)

G_END_DECLS
