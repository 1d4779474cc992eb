/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which RTCP packets Discord's server is sent and which of its own are passed
 * on (media-transport 8). Pure functions over bytes. */

#include "../../gst-libs/gst/discord/transport/rtcp.h"

/* A sender report without report blocks. */
#define DISCORD_RTCP_SENDER_REPORT_SIZE 28

/* Sender reports, and NACK and PLI from our audio SSRC; the server gets neither
 * receiver reports for audio nor SDES, BYE or APP. Whether the SSRC of a sender
 * report is one of ours the connection knows, which drops what is not. */
bool discord_rtcp_may_send (const RtcpPacket *packet, uint32_t audio_ssrc);

/* A receiver report from our audio SSRC about one stream, the form in which the
 * server gets them for video. */
bool discord_rtcp_is_single_report (
    const RtcpPacket *packet, uint32_t audio_ssrc);

/* Sender reports go out about once a second while RTP is sent (media-transport
 * 8); an rtpsession makes more when it starts, and goes on for a while. Pure
 * state. */
#define RTCP_REPORT_INTERVAL 900000 /* microseconds */

typedef struct
{
  bool any; /* one passed */
  uint32_t ssrc;
  uint32_t packets; /* what it counted */
  int64_t time; /* microseconds */
} RtcpReportGate;

/* Whether a packet that discord_rtcp_may_send() may go out at @now: all but
 * sender reports that come too soon or count no new packet. */
bool discord_rtcp_report_gate_pass (
    RtcpReportGate *self, const RtcpPacket *packet, int64_t now);

/* The same for several streams: each has one of @gates, all zero at first; the
 * one unused for longest makes room. */
bool discord_rtcp_report_gates_pass (RtcpReportGate *gates, size_t n_gates,
    const RtcpPacket *packet, int64_t now);

/* Reports and feedback; SDES, BYE and APP mean nothing here. */
bool discord_rtcp_may_receive (const RtcpPacket *packet);

/* Copies a sender report without its report blocks (RC 0). False when @packet
 * is not one. */
bool discord_rtcp_copy_sender_report (
    const RtcpPacket *packet, uint8_t out[DISCORD_RTCP_SENDER_REPORT_SIZE]);

/* The size of @packet with its padding. */
size_t discord_rtcp_wire_size (const RtcpPacket *packet);
