/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Internal: lets the packets of a video frame go in bursts instead of all at once
 * (media-transport 10). It smooths, it does not limit. */

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_PACKET_PACER (gst_discord_packet_pacer_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordPacketPacer, gst_discord_packet_pacer, GST,
    DISCORD_PACKET_PACER, GstElement)

#define DISCORD_BURST_PACKETS 12
#define DISCORD_BURST_INTERVAL GST_MSECOND

G_END_DECLS
