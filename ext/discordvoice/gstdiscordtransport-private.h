/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The two halves of a discordtransport. */

#include "gstdiscordtransport.h"
#include "packetqueue.h"
#include "rtcpfilter.h"

#include <gst/discord/gstdiscordconnection-private.h>

G_BEGIN_DECLS

/* Audio, and all layers of a camera and a screen. */
#define GST_DISCORD_TRANSPORT_MAX_SENT 16

struct _GstDiscordTransport
{
  GstElement parent;

  GstPad *rtp_src;
  GstPad *rtcp_src;

  /* Object lock */
  GstDiscordConnection *connection;
  RtcpReportGate reports[GST_DISCORD_TRANSPORT_MAX_SENT];
  guint n_requested; /* sink pads, ever */

  /* Set and cleared in state changes only. */
  GstDiscordConnection *subscribed; /* owned */
  guint subscription;
  gboolean live;

  GstDiscordPacketQueue *queue;
};

/* (transfer full) (nullable) */
GstDiscordConnection *gst_discord_transport_ref_connection (
    GstDiscordTransport *self);

GstClockTime gst_discord_transport_monotonic_time (void);

/* Running time now minus CLOCK_MONOTONIC now. FALSE without a clock. */
gboolean gst_discord_transport_get_clock_offset (
    GstDiscordTransport *self, GstClockTimeDiff *offset);

/* Makes @pad one whose packets are sent. */
void gst_discord_transport_set_up_sink (
    GstDiscordTransport *self, GstPad *pad, gboolean rtcp);

G_END_DECLS
