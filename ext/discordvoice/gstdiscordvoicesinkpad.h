/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Internal: a video pad of the sink, with the settings of its layer. */

#include "gstdiscordvideolayer.h"

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_VOICE_SINK_PAD (gst_discord_voice_sink_pad_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordVoiceSinkPad, gst_discord_voice_sink_pad, GST,
    DISCORD_VOICE_SINK_PAD, GstGhostPad)

/* Floating. @quality: of a layer with that RID. */
GstPad *gst_discord_voice_sink_pad_new (const gchar *name,
    GstPadTemplate *template, GstDiscordVideoLayer *layer, guint quality);

/* As long as the pad lives. */
GstDiscordVideoLayer *gst_discord_voice_sink_pad_get_layer (
    GstDiscordVoiceSinkPad *self);

G_END_DECLS
