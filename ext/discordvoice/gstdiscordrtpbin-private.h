/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of a discordrtpbin. */

#include "gstdiscordrtpbin.h"
#include "gstdiscordrtpfeedback.h"
#include "gstdiscordrtpreceiver.h"
#include "gstdiscordvideosenders.h"

G_BEGIN_DECLS

struct _GstDiscordRtpBin
{
  GstBin parent;

  GstElement *rtpbin;
  GstElement *transport;

  /* Object lock */
  GstDiscordConnection *connection;
  guint latency;
  guint video_latency;
  gboolean receive;
  gboolean receive_video;
  GstStructure *rtx_ssrcs; /* nullable */
  GList *send_pads; /* GstDiscordRtpSendPad, owned */

  GstDiscordRtpReceiver *receiver;
  GstDiscordRtpFeedback *feedback;
  GstDiscordVideoSenders *senders;
  /* What both send; to the transport, of no element. Owned. */
  GstPad *feedback_src;
  GstPad *rtx_src;

  /* State changes only */
  GstElement *rtxdemux; /* in the bin while video is received, unless without
                           retransmissions */
  GstPad *recv_rtp_sink; /* rtpbin's, owned */
  GstPad *recv_rtcp_sink;
};

/* (transfer full) (nullable) */
GstDiscordConnection *gst_discord_rtp_bin_ref_connection (
    GstDiscordRtpBin *self);

/* Whether lost packets of video are sent again, as the connection has it. */
gboolean gst_discord_rtp_bin_has_rtx (GstDiscordRtpBin *self);

/* Makes an RTP session report as the server expects it. */
void gst_discord_rtp_bin_configure_session (
    GstDiscordRtpBin *self, guint session, GstClockTime report_interval);

/* Sending */

extern GstStaticPadTemplate gst_discord_rtp_bin_send_template;

void gst_discord_rtp_bin_init_sending (GstDiscordRtpBin *self);
void gst_discord_rtp_bin_start_sending (GstDiscordRtpBin *self);
void gst_discord_rtp_bin_stop_sending (GstDiscordRtpBin *self);
void gst_discord_rtp_bin_dispose_sending (GstDiscordRtpBin *self);
/* With the object lock held: a stream other than that of session 0 is sent. */
gboolean gst_discord_rtp_bin_has_video (GstDiscordRtpBin *self);
GstPad *gst_discord_rtp_bin_request_new_pad (GstElement *element,
    GstPadTemplate *template, const gchar *name, const GstCaps *caps);
void gst_discord_rtp_bin_release_pad (GstElement *element, GstPad *pad);

/* Receiving */

extern GstStaticPadTemplate gst_discord_rtp_bin_recv_template;

void gst_discord_rtp_bin_init_receiving (GstDiscordRtpBin *self);
/* NULL->READY and READY->PAUSED; FALSE after an error was posted. */
gboolean gst_discord_rtp_bin_set_up_receiving (GstDiscordRtpBin *self);
void gst_discord_rtp_bin_start_receiving (GstDiscordRtpBin *self);
void gst_discord_rtp_bin_dispose_receiving (GstDiscordRtpBin *self);

G_END_DECLS
