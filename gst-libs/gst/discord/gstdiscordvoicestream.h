/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordenums.h>

G_BEGIN_DECLS

/**
 * GstDiscordVoiceStream:
 *
 * One encoding of a picture: a simulcast layer, ours or another user's.
 *
 * Since: 0.1
 */
typedef struct _GstDiscordVoiceStream GstDiscordVoiceStream;

#define GST_TYPE_DISCORD_VOICE_STREAM (gst_discord_voice_stream_get_type ())
GST_DISCORD_API
GType gst_discord_voice_stream_get_type (void);

GST_DISCORD_API
GstDiscordVoiceStream *gst_discord_voice_stream_new (
    const gchar *rid, guint quality);

GST_DISCORD_API
GstDiscordVoiceStream *gst_discord_voice_stream_copy (
    const GstDiscordVoiceStream *self);

GST_DISCORD_API
void gst_discord_voice_stream_free (GstDiscordVoiceStream *self);

GST_DISCORD_API
const gchar *gst_discord_voice_stream_get_rid (
    const GstDiscordVoiceStream *self);

GST_DISCORD_API
guint gst_discord_voice_stream_get_quality (const GstDiscordVoiceStream *self);

GST_DISCORD_API
guint gst_discord_voice_stream_get_ssrc (const GstDiscordVoiceStream *self);

GST_DISCORD_API
guint gst_discord_voice_stream_get_rtx_ssrc (const GstDiscordVoiceStream *self);

GST_DISCORD_API
void gst_discord_voice_stream_set_screen (
    GstDiscordVoiceStream *self, gboolean screen);

GST_DISCORD_API
gboolean gst_discord_voice_stream_get_screen (
    const GstDiscordVoiceStream *self);

GST_DISCORD_API
void gst_discord_voice_stream_set_active (
    GstDiscordVoiceStream *self, gboolean active);

GST_DISCORD_API
gboolean gst_discord_voice_stream_get_active (
    const GstDiscordVoiceStream *self);

GST_DISCORD_API
void gst_discord_voice_stream_set_max_bitrate (
    GstDiscordVoiceStream *self, guint max_bitrate);

GST_DISCORD_API
guint gst_discord_voice_stream_get_max_bitrate (
    const GstDiscordVoiceStream *self);

GST_DISCORD_API
void gst_discord_voice_stream_set_max_framerate (
    GstDiscordVoiceStream *self, gdouble max_framerate);

GST_DISCORD_API
gdouble gst_discord_voice_stream_get_max_framerate (
    const GstDiscordVoiceStream *self);

GST_DISCORD_API
void gst_discord_voice_stream_set_max_resolution (
    GstDiscordVoiceStream *self, guint width, guint height);

GST_DISCORD_API
gboolean gst_discord_voice_stream_get_max_resolution (
    const GstDiscordVoiceStream *self, guint *width, guint *height);

GST_DISCORD_API
GPtrArray *gst_discord_voice_stream_list_from_caps (
    const GstCaps *caps, GError **error);

GST_DISCORD_API
GstCaps *gst_discord_voice_stream_list_to_caps (GPtrArray *streams);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (
    GstDiscordVoiceStream, gst_discord_voice_stream_free)

G_END_DECLS
