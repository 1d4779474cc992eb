/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reading RTCP (RFC 3550 6, media-transport 8): single packets and compounds as
 * they come, every length checked. Pure functions over bytes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum
{
  RTCP_SENDER_REPORT = 200,
  RTCP_RECEIVER_REPORT = 201,
  RTCP_SOURCE_DESCRIPTION = 202,
  RTCP_BYE = 203,
  RTCP_RTP_FEEDBACK = 205,
  RTCP_PAYLOAD_FEEDBACK = 206,
} RtcpType;

/* One packet of a compound. */
typedef struct
{
  uint8_t type;
  uint8_t count; /* reports, or the format of a feedback */
  const uint8_t *data; /* its header; into the compound */
  size_t length; /* from @data, padding excluded, at least 4 */
} RtcpPacket;

typedef struct
{
  const uint8_t *next; /* private */
  const uint8_t *end;
} RtcpIter;

/* Walks the @length bytes of @compound, which must outlive @iter. */
void rtcp_iter_init (RtcpIter *iter, const uint8_t *compound, size_t length);

/* The next packet; false at the end and at the first one that is malformed. */
bool rtcp_iter_next (RtcpIter *iter, RtcpPacket *packet);

/* The SSRC behind the header: who sent @packet. False when it has none. */
bool rtcp_packet_sender (const RtcpPacket *packet, uint32_t *ssrc);

typedef struct
{
  uint32_t ssrc;
  uint64_t ntp; /* 32.32 seconds since 1900 */
  uint32_t rtp_time; /* the same instant in the stream's clock */
  uint32_t packets;
  uint32_t octets;
} RtcpSenderReport;

/* False unless @packet is a whole sender report. */
bool rtcp_packet_sender_report (
    const RtcpPacket *packet, RtcpSenderReport *report);

typedef struct
{
  uint32_t ssrc; /* the stream it is about */
  uint8_t fraction_lost; /* of 256, since the report before */
  int32_t packets_lost;
  uint32_t highest_sequence; /* extended */
  uint32_t jitter; /* in the stream's clock */
  uint32_t last_sender_report; /* middle 32 bits of its NTP time; 0: none */
  uint32_t delay_since; /* that report, in 1/65536 s */
} RtcpReportBlock;

/* Report block @index of a sender or receiver report; false when @packet is
 * neither or does not contain it. */
bool rtcp_packet_report_block (
    const RtcpPacket *packet, unsigned index, RtcpReportBlock *block);
