/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gstdiscordrtppay.h"

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_RTP_VIDEO_PAY (gst_discord_rtp_video_pay_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordRtpVideoPay, gst_discord_rtp_video_pay, GST,
    DISCORD_RTP_VIDEO_PAY, GstDiscordRtpPay)
GST_ELEMENT_REGISTER_DECLARE (discordrtpvideopay);

G_END_DECLS
