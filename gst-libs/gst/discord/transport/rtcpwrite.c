/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtcpfeedback.h"

#include "bytes.h"

#include <string.h>

#define VERSION 0x80
#define SDES_CNAME 1
/* Bits of a BLP. */
#define NACK_SPAN 16

/* RFC 3550 6.4.1: the length counts words, less one. */
static void
write_header (
    uint8_t *out, uint8_t count, RtcpType type, size_t size, uint32_t ssrc)
{
  out[0] = VERSION | count;
  out[1] = (uint8_t) type;
  bytes_write_u16 (out + 2, (uint16_t) (size / 4 - 1));
  bytes_write_u32 (out + 4, ssrc);
}

size_t
rtcp_write_nack (uint8_t out[RTCP_NACK_MAX_SIZE], uint32_t sender,
    uint32_t media, const uint16_t *sequences, size_t n_sequences)
{
  uint8_t *entry = out + 12;

  for (size_t i = 0; i < n_sequences && i < RTCP_NACK_MAX_SEQUENCES;) {
    uint16_t pid = sequences[i++];
    uint16_t blp = 0;

    for (; i < n_sequences && i < RTCP_NACK_MAX_SEQUENCES; i++) {
      uint16_t distance = (uint16_t) (sequences[i] - pid);

      if (distance == 0 || distance > NACK_SPAN)
        break;
      blp |= (uint16_t) (1u << (distance - 1));
    }
    bytes_write_u16 (entry, pid);
    bytes_write_u16 (entry + 2, blp);
    entry += 4;
  }
  write_header (
      out, RTCP_RTPFB_NACK, RTCP_RTP_FEEDBACK, (size_t) (entry - out), sender);
  bytes_write_u32 (out + 8, media);
  return (size_t) (entry - out);
}

void
rtcp_write_pli (uint8_t out[RTCP_PLI_SIZE], uint32_t sender, uint32_t media)
{
  write_header (
      out, RTCP_PSFB_PLI, RTCP_PAYLOAD_FEEDBACK, RTCP_PLI_SIZE, sender);
  bytes_write_u32 (out + 8, media);
}

void
rtcp_write_receiver_report (uint8_t out[RTCP_RECEIVER_REPORT_SIZE],
    uint32_t sender, const RtcpReportBlock *block)
{
  write_header (
      out, 1, RTCP_RECEIVER_REPORT, RTCP_RECEIVER_REPORT_SIZE, sender);
  bytes_write_u32 (out + 8, block->ssrc);
  bytes_write_u32 (out + 12,
      (uint32_t) block->fraction_lost << 24
          | ((uint32_t) block->packets_lost & 0xffffff));
  bytes_write_u32 (out + 16, block->highest_sequence);
  bytes_write_u32 (out + 20, block->jitter);
  bytes_write_u32 (out + 24, block->last_sender_report);
  bytes_write_u32 (out + 28, block->delay_since);
}

size_t
rtcp_write_cname (
    uint8_t out[RTCP_CNAME_MAX_SIZE], uint32_t ssrc, const char *cname)
{
  size_t length = strnlen (cname, RTCP_CNAME_MAX);
  /* A chunk ends with one zero at least, and with a word. */
  size_t size = (8 + 2 + length + 4) / 4 * 4;

  memset (out, 0, size);
  write_header (out, 1, RTCP_SOURCE_DESCRIPTION, size, ssrc);
  out[8] = SDES_CNAME;
  out[9] = (uint8_t) length;
  memcpy (out + 10, cname, length);
  return size;
}
