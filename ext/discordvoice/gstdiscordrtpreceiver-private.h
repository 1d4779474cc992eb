/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of the receiving half: streams that come and go, and the packets
 * that arrive. */

#include "gstdiscordrtpreceiver.h"
#include "gstdiscordrtpstats.h"
#include "remotestreams.h"

G_BEGIN_DECLS

struct _GstDiscordRtpReceiver
{
  GWeakRef element; /* callbacks and jobs reach it through this only */
  GstElement *rtpbin; /* borrowed: children of the element */
  GstElement *transport;
  GstDiscordRtpFeedback *feedback; /* borrowed: the element's */
  GstDiscordVideoSenders *senders;
  const GstDiscordRtpReceiverFuncs *funcs;
  GstDiscordRemoteStreams *streams;

  /* State changes only */
  GstDiscordConnection *connection; /* owned */
  guint send_watch;
  gulong speaking_handler;
  gulong user_left_handler;
  GstPad *source; /* whose peer is rtpbin's; owned, nullable */
  gulong source_probe;
  gboolean video; /* wanted as well */

  /* Guards the fields below; a leaf, nothing is called while it is held. */
  GMutex lock;
  GCond cond;
  gboolean stopping;
  guint jobs; /* streams being taken down by other threads */
  guint clearing; /* of those, in rtpbin at the moment */
  guint generation;
  guint video_latency; /* ms */
  GstDiscordRtpCounters counters;
};

void gst_discord_rtp_receiver_unref (gpointer data);

/* Acts on what a packet or a mapping of @ssrc changed. */
void gst_discord_rtp_receiver_apply_change (GstDiscordRtpReceiver *self,
    guint32 ssrc, guint64 user_id, const GstDiscordStreamChange *change);

/* Lets @jitterbuffer take what comes late. */
void gst_discord_rtp_receiver_watch_order (GstElement *jitterbuffer);

/* Probes on what comes from the transport; its streaming thread. */
GstPadProbeReturn gst_discord_rtp_receiver_on_rtp (
    GstPad *pad, GstPadProbeInfo *info, gpointer user_data);
GstPadProbeReturn gst_discord_rtp_receiver_on_rtcp (
    GstPad *pad, GstPadProbeInfo *info, gpointer user_data);

G_END_DECLS
