/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What decrypted packets are looked at for: extension bodies, RTCP compounds,
 * Opus payloads. */

#include "gst/discord/transport/rtcp.h"
#include "gst/discord/transport/rtpheader.h"

#include "fuzz.h"

/* Reads every byte it is given, so that AddressSanitizer sees each. */
static volatile uint8_t sink;

static void
touch (const uint8_t *data, size_t length)
{
  for (size_t i = 0; i < length; i++)
    sink ^= data[i];
}

static void
check_extensions (uint16_t profile, const uint8_t *data, size_t size)
{
  uint8_t *body = fuzz_copy (data, size, 0);
  const uint8_t *behind = body;
  RtpExtensionIter iter;
  RtpExtension extension;

  rtp_extension_iter_init (&iter, profile, body, size);
  while (rtp_extension_iter_next (&iter, &extension)) {
    FUZZ_CHECK (extension.id != 0);
    FUZZ_CHECK (extension.data > behind);
    FUZZ_CHECK (extension.data + extension.length <= body + size);
    touch (extension.data, extension.length);
    behind = extension.data + extension.length;
    if (extension.id == RTP_EXTENSION_SPEAKER && extension.length == 1)
      FUZZ_CHECK (rtp_speaking_from_element (extension.data[0], false) < 8);
  }
  FUZZ_CHECK (!rtp_extension_iter_next (&iter, &extension));
  free (body);
}

static void
check_reports (const RtcpPacket *packet)
{
  RtcpSenderReport report;
  RtcpReportBlock block;
  uint32_t ssrc, sender;
  unsigned n_blocks = 0;

  if (rtcp_packet_sender_report (packet, &report)) {
    FUZZ_CHECK (rtcp_packet_sender (packet, &sender));
    ssrc = report.ssrc;
    FUZZ_CHECK (ssrc == sender);
  }
  while (rtcp_packet_report_block (packet, n_blocks, &block)) {
    FUZZ_CHECK (block.packets_lost >= -0x800000);
    FUZZ_CHECK (block.packets_lost <= 0x7fffff);
    n_blocks++;
  }
  FUZZ_CHECK (n_blocks <= packet->count);
  FUZZ_CHECK (8 + n_blocks * 24 <= packet->length || n_blocks == 0);
}

static void
check_rtcp (const uint8_t *data, size_t size)
{
  uint8_t *compound = fuzz_copy (data, size, 0);
  const uint8_t *behind = compound;
  RtcpIter iter;
  RtcpPacket packet;

  rtcp_iter_init (&iter, compound, size);
  while (rtcp_iter_next (&iter, &packet)) {
    FUZZ_CHECK (packet.data >= behind && packet.length >= 4);
    FUZZ_CHECK (packet.data + packet.length <= compound + size);
    touch (packet.data, packet.length);
    check_reports (&packet);
    behind = packet.data + packet.length;
  }
  FUZZ_CHECK (!rtcp_iter_next (&iter, &packet));
  free (compound);
}

static void
check_payload (const uint8_t *data, size_t size)
{
  uint8_t *payload = fuzz_copy (data, size, 0);

  if (rtp_opus_is_silence (payload, size))
    FUZZ_CHECK (size >= 3 && size <= 3 + 255);
  free (payload);
}

/* What we write, we read back. */
static void
check_written (const uint8_t *data, size_t size)
{
  uint8_t out[RTP_AUDIO_EXTENSION_SIZE];
  uint32_t time, flags;
  RtpExtensionIter iter;
  RtpExtension extension;
  int n = 0;

  if (size < 5)
    return;
  flags = data[0] & 7;
  time = (uint32_t) data[2] << 16 | (uint32_t) data[3] << 8 | data[4];
  rtp_audio_extension_write (out, flags, data[1], time);
  rtp_extension_iter_init (
      &iter, RTP_EXTENSION_PROFILE_ONE_BYTE, out, sizeof out);
  while (rtp_extension_iter_next (&iter, &extension)) {
    n++;
    if (extension.id == RTP_EXTENSION_ABS_SEND_TIME)
      FUZZ_CHECK (memcmp (extension.data, data + 2, 3) == 0);
  }
  FUZZ_CHECK (n == 4);
  FUZZ_CHECK (rtp_abs_send_time (rtp_abs_send_time_to_unix (time, 0)) == time);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  check_rtcp (data, size);
  check_payload (data, size);
  check_written (data, size);
  check_extensions (RTP_EXTENSION_PROFILE_ONE_BYTE, data, size);
  check_extensions (RTP_EXTENSION_PROFILE_TWO_BYTE, data, size);
  if (size >= 2)
    check_extensions ((uint16_t) (data[0] << 8 | data[1]), data + 2, size - 2);
  return 0;
}
