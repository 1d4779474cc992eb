/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/rtp/rtp.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_RTP_OPUS_DEPAY (gst_discord_rtp_opus_depay_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordRtpOpusDepay, gst_discord_rtp_opus_depay, GST,
    DISCORD_RTP_OPUS_DEPAY, GstRTPBaseDepayload)
GST_ELEMENT_REGISTER_DECLARE (discordrtpopusdepay);

G_END_DECLS
