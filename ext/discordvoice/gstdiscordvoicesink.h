/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_VOICE_SINK (gst_discord_voice_sink_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordVoiceSink, gst_discord_voice_sink, GST,
    DISCORD_VOICE_SINK, GstBin)
GST_ELEMENT_REGISTER_DECLARE (discordvoicesink);

G_END_DECLS
