/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which RTCP packets Discord's server is sent and which of its own are passed
 * on (media-transport 8). Pure functions over bytes. */

#include "../../gst-libs/gst/discord/transport/rtcp.h"

/* A sender report without report blocks. */
#define DISCORD_RTCP_SENDER_REPORT_SIZE 28

/* Sender reports, NACK and PLI, and only from our audio SSRC; the server gets
 * neither receiver reports for audio nor SDES, BYE or APP. */
bool discord_rtcp_may_send (const RtcpPacket *packet, uint32_t audio_ssrc);

/* Reports and feedback; SDES, BYE and APP mean nothing here. */
bool discord_rtcp_may_receive (const RtcpPacket *packet);

/* Copies a sender report without its report blocks (RC 0). False when @packet
 * is not one. */
bool discord_rtcp_copy_sender_report (
    const RtcpPacket *packet, uint8_t out[DISCORD_RTCP_SENDER_REPORT_SIZE]);

/* The size of @packet with its padding. */
size_t discord_rtcp_wire_size (const RtcpPacket *packet);
