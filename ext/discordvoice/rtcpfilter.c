/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtcpfilter.h"

#include "../../gst-libs/gst/discord/transport/bytes.h"
#include "../../gst-libs/gst/discord/transport/rtcpfeedback.h"

#include <string.h>

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

  if (audio_ssrc == 0 || !rtcp_packet_sender (packet, &ssrc) || ssrc == 0)
    return false;
  switch (packet->type) {
    case RTCP_SENDER_REPORT:
      return is_sender_report (packet);
    case RTCP_RTP_FEEDBACK:
      return ssrc == audio_ssrc && packet->count == RTCP_RTPFB_NACK;
    case RTCP_PAYLOAD_FEEDBACK:
      return ssrc == audio_ssrc && packet->count == RTCP_PSFB_PLI;
    default:
      return false;
  }
}

bool
discord_rtcp_is_single_report (const RtcpPacket *packet, uint32_t audio_ssrc)
{
  uint32_t ssrc;

  return audio_ssrc != 0 && packet->type == RTCP_RECEIVER_REPORT
      && packet->count == 1 && packet->length == RTCP_RECEIVER_REPORT_SIZE
      && rtcp_packet_sender (packet, &ssrc) && ssrc == audio_ssrc;
}

bool
discord_rtcp_report_gate_pass (
    RtcpReportGate *self, const RtcpPacket *packet, int64_t now)
{
  uint32_t ssrc, packets;

  if (!is_sender_report (packet))
    return true;
  ssrc = bytes_read_u32 (packet->data + 4);
  packets = bytes_read_u32 (packet->data + 20);
  if (packets == 0)
    return false;
  if (self->any && self->ssrc == ssrc
      && (packets == self->packets || now - self->time < RTCP_REPORT_INTERVAL))
    return false;
  *self = (RtcpReportGate){ true, ssrc, packets, now };
  return true;
}

static RtcpReportGate *
find_gate (RtcpReportGate *gates, size_t n_gates, uint32_t ssrc)
{
  RtcpReportGate *oldest = gates;

  for (size_t i = 0; i < n_gates; i++) {
    if (gates[i].any && gates[i].ssrc == ssrc)
      return &gates[i];
    if (oldest->any && (!gates[i].any || gates[i].time < oldest->time))
      oldest = &gates[i];
  }
  return oldest;
}

bool
discord_rtcp_report_gates_pass (RtcpReportGate *gates, size_t n_gates,
    const RtcpPacket *packet, int64_t now)
{
  uint32_t ssrc;

  if (!rtcp_packet_sender (packet, &ssrc))
    return true;
  return discord_rtcp_report_gate_pass (
      find_gate (gates, n_gates, ssrc), packet, now);
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
