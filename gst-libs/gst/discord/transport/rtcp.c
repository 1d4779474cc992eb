/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "rtcp.h"

#include "bytes.h"

#define RTCP_VERSION 2
#define RTCP_PADDING 0x20
#define RTCP_COUNT 0x1f
#define HEADER_SIZE 4
#define WORD_SIZE 4
/* Header and sender SSRC. */
#define RECEIVER_REPORT_SIZE 8
#define SENDER_REPORT_SIZE 28
#define REPORT_BLOCK_SIZE 24
/* media-transport 8: what is shorter cannot be a packet of use. */
#define REMAINING_MIN 8

void
rtcp_iter_init (RtcpIter *iter, const uint8_t *compound, size_t length)
{
  iter->next = compound;
  iter->end = compound + length;
}

/* RFC 3550 6.4.1: the last byte counts the padding. It is to be a multiple of
 * four, but transport-wide feedback of WebRTC ends with one to three bytes. */
static bool
exclude_padding (RtcpPacket *packet)
{
  size_t count;

  if (!(packet->data[0] & RTCP_PADDING))
    return true;
  count = packet->data[packet->length - 1];
  if (count == 0 || count > packet->length - HEADER_SIZE)
    return false;
  packet->length -= count;
  return true;
}

static bool
read_packet (const uint8_t *data, size_t remaining, RtcpPacket *packet)
{
  size_t words = (size_t) data[2] << 8 | data[3];

  packet->data = data;
  packet->count = data[0] & RTCP_COUNT;
  packet->type = data[1];
  packet->length = (words + 1) * WORD_SIZE;
  return data[0] >> 6 == RTCP_VERSION && packet->length <= remaining;
}

bool
rtcp_iter_next (RtcpIter *iter, RtcpPacket *packet)
{
  size_t remaining = (size_t) (iter->end - iter->next);

  if (remaining < REMAINING_MIN
      || !read_packet (iter->next, remaining, packet)) {
    iter->next = iter->end;
    return false;
  }

  iter->next += packet->length;
  if (!exclude_padding (packet)) {
    iter->next = iter->end;
    return false;
  }
  return true;
}

bool
rtcp_packet_sender (const RtcpPacket *packet, uint32_t *ssrc)
{
  if (packet->length < RECEIVER_REPORT_SIZE)
    return false;
  *ssrc = bytes_read_u32 (packet->data + HEADER_SIZE);
  return true;
}

bool
rtcp_packet_sender_report (const RtcpPacket *packet, RtcpSenderReport *report)
{
  const uint8_t *data = packet->data;

  if (packet->type != RTCP_SENDER_REPORT || packet->length < SENDER_REPORT_SIZE)
    return false;

  report->ssrc = bytes_read_u32 (data + 4);
  report->ntp =
      (uint64_t) bytes_read_u32 (data + 8) << 32 | bytes_read_u32 (data + 12);
  report->rtp_time = bytes_read_u32 (data + 16);
  report->packets = bytes_read_u32 (data + 20);
  report->octets = bytes_read_u32 (data + 24);
  return true;
}

bool
rtcp_packet_report_block (
    const RtcpPacket *packet, unsigned index, RtcpReportBlock *block)
{
  const uint8_t *data;
  uint32_t lost;
  size_t offset;

  if (packet->type == RTCP_SENDER_REPORT)
    offset = SENDER_REPORT_SIZE;
  else if (packet->type == RTCP_RECEIVER_REPORT)
    offset = RECEIVER_REPORT_SIZE;
  else
    return false;

  if (index >= packet->count)
    return false;
  offset += index * REPORT_BLOCK_SIZE;
  if (packet->length < offset + REPORT_BLOCK_SIZE)
    return false;

  data = packet->data + offset;
  lost = bytes_read_u32 (data + 4);
  block->ssrc = bytes_read_u32 (data);
  block->fraction_lost = (uint8_t) (lost >> 24);
  /* 24 bits, signed: duplicates can make it negative (RFC 3550 6.4.1). */
  block->packets_lost = (int32_t) ((lost & 0xffffff) ^ 0x800000) - 0x800000;
  block->highest_sequence = bytes_read_u32 (data + 8);
  block->jitter = bytes_read_u32 (data + 12);
  block->last_sender_report = bytes_read_u32 (data + 16);
  block->delay_since = bytes_read_u32 (data + 20);
  return true;
}
