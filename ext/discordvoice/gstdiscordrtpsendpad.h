/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* A pad `send_rtp_sink_%u` of a discordrtpbin. */
#define GST_TYPE_DISCORD_RTP_SEND_PAD (gst_discord_rtp_send_pad_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordRtpSendPad, gst_discord_rtp_send_pad, GST,
    DISCORD_RTP_SEND_PAD, GstGhostPad)

struct _GstDiscordRtpSendPad
{
  GstGhostPad parent;

  /* Since the pad was made: the RTP session, and what its packets go to. */
  guint session;
  GstPad *rtp; /* the transport's outlets, owned */
  GstPad *rtcp;

  guint rtx_ssrc; /* atomic */
};

guint32 gst_discord_rtp_send_pad_get_rtx_ssrc (GstDiscordRtpSendPad *self);

G_END_DECLS
