/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_RTP_BIN (gst_discord_rtp_bin_get_type ())
G_DECLARE_FINAL_TYPE (
    GstDiscordRtpBin, gst_discord_rtp_bin, GST, DISCORD_RTP_BIN, GstBin)

/* Whose a received SSRC is, 0 while unknown; any thread. */
guint64 gst_discord_rtp_bin_get_user (GstDiscordRtpBin *self, guint32 ssrc);

GST_ELEMENT_REGISTER_DECLARE (discordrtpbin);

G_END_DECLS
