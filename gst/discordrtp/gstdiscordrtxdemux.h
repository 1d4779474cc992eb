/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_RTX_DEMUX (gst_discord_rtx_demux_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordRtxDemux, gst_discord_rtx_demux, GST,
    DISCORD_RTX_DEMUX, GstElement)

GST_ELEMENT_REGISTER_DECLARE (discordrtxdemux);

G_END_DECLS
