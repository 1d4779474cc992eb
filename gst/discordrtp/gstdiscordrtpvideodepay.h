/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/rtp/gstrtpbasedepayload.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_RTP_VIDEO_DEPAY                                       \
  (gst_discord_rtp_video_depay_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordRtpVideoDepay, gst_discord_rtp_video_depay, GST,
    DISCORD_RTP_VIDEO_DEPAY, GstRTPBaseDepayload)
GST_ELEMENT_REGISTER_DECLARE (discordrtpvideodepay);

G_END_DECLS
