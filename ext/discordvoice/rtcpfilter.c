/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtcpfilter.h"

#include <string.h>

/* Formats of RFC 4585 section 6.2.1 and 6.3.1 */
#define RTPFB_NACK 1
#define PSFB_PLI 1

static bool
is_sender_report (const RtcpPacket *packet)
{
  return packet->type == RTCP_SENDER_REPORT
      && packet->length >= DISCORD_RTCP_SENDER_REPORT_SIZE;
}

bool
discord_rtcp_may_send (const RtcpPacket *packet, uint32_t audio_ssrc)
{
  uint32_t ssrc;

  if (!rtcp_packet_sender (packet, &ssrc) || ssrc == 0 || ssrc != audio_ssrc)
    return false;
  switch (packet->type) {
    case RTCP_SENDER_REPORT:
      return is_sender_report (packet);
    case RTCP_RTP_FEEDBACK:
      return packet->count == RTPFB_NACK;
    case RTCP_PAYLOAD_FEEDBACK:
      return packet->count == PSFB_PLI;
    default:
      return false;
  }
}

static uint32_t
read_uint32 (const uint8_t *data)
{
  return (uint32_t) data[0] << 24 | (uint32_t) data[1] << 16
      | (uint32_t) data[2] << 8 | data[3];
}

bool
discord_rtcp_report_gate_pass (
    RtcpReportGate *self, const RtcpPacket *packet, int64_t now)
{
  uint32_t ssrc, packets;

  if (!is_sender_report (packet))
    return true;
  ssrc = read_uint32 (packet->data + 4);
  packets = read_uint32 (packet->data + 20);
  if (packets == 0)
    return false;
  if (self->any && self->ssrc == ssrc
      && (packets == self->packets || now - self->time < RTCP_REPORT_INTERVAL))
    return false;
  *self = (RtcpReportGate){ true, ssrc, packets, now };
  return true;
}

bool
discord_rtcp_may_receive (const RtcpPacket *packet)
{
  uint32_t ssrc;

  if (!rtcp_packet_sender (packet, &ssrc))
    return false;
  switch (packet->type) {
    case RTCP_SENDER_REPORT:
      return is_sender_report (packet);
    case RTCP_RECEIVER_REPORT:
    case RTCP_RTP_FEEDBACK:
    case RTCP_PAYLOAD_FEEDBACK:
      return true;
    default:
      return false;
  }
}

bool
discord_rtcp_copy_sender_report (
    const RtcpPacket *packet, uint8_t out[DISCORD_RTCP_SENDER_REPORT_SIZE])
{
  if (!is_sender_report (packet))
    return false;

  memcpy (out, packet->data, DISCORD_RTCP_SENDER_REPORT_SIZE);
  out[0] = 0x80; /* version 2, no padding, no report blocks */
  out[2] = 0;
  out[3] = DISCORD_RTCP_SENDER_REPORT_SIZE / 4 - 1;
  return true;
}

size_t
discord_rtcp_wire_size (const RtcpPacket *packet)
{
  return 4 * (((size_t) packet->data[2] << 8 | packet->data[3]) + 1);
}
