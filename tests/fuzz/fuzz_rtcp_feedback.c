/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* RTCP feedback of the server: NACK, PLI, FIR, REMB, transport-wide. */

#include "gst/discord/transport/rtcpfeedback.h"

#include "fuzz.h"

static void
check_nack (const RtcpFeedback *feedback)
{
  RtcpNackIter iter;
  uint16_t sequence;
  size_t n = 0;

  rtcp_nack_iter_init (&iter, feedback);
  while (rtcp_nack_iter_next (&iter, &sequence))
    n++;
  /* A sequence number and 16 bits in four bytes. */
  FUZZ_CHECK (n <= feedback->fci_length / 4 * 17);
  FUZZ_CHECK (n == 0 || feedback->kind == RTCP_FEEDBACK_NACK);
}

static void
check_fir (const RtcpFeedback *feedback)
{
  uint32_t ssrc;
  uint8_t sequence;
  unsigned n = 0;

  while (rtcp_fir_entry (feedback, n, &ssrc, &sequence))
    n++;
  FUZZ_CHECK (n * 8 <= feedback->fci_length);
}

static void
check_remb (const RtcpFeedback *feedback)
{
  static volatile uint32_t sink;
  RtcpRemb remb;

  if (!rtcp_remb (feedback, &remb))
    return;
  FUZZ_CHECK (8 + (size_t) remb.n_ssrcs * 4 <= feedback->fci_length);
  for (unsigned i = 0; i < remb.n_ssrcs; i++)
    sink ^= rtcp_remb_ssrc (&remb, i);
}

static void
check_twcc (const RtcpFeedback *feedback)
{
  RtcpTwccPacket packet;
  RtcpTwccIter iter;
  RtcpTwcc twcc;
  unsigned n = 0;

  if (!rtcp_twcc (feedback, &twcc))
    return;
  FUZZ_CHECK (twcc.chunks <= twcc.deltas && twcc.deltas <= twcc.end);
  rtcp_twcc_iter_init (&iter, &twcc);
  for (; rtcp_twcc_iter_next (&iter, &packet); n++)
    FUZZ_CHECK (packet.sequence == (uint16_t) (twcc.base + n));
  FUZZ_CHECK (n == twcc.count);
}

/* What we write, we read back. */
static void
check_written (const uint8_t *data, size_t size)
{
  uint16_t sequences[RTCP_NACK_MAX_SEQUENCES];
  uint8_t *out = malloc (RTCP_NACK_MAX_SIZE);
  RtcpFeedback feedback;
  RtcpNackIter nacks;
  RtcpPacket packet;
  RtcpIter iter;
  uint16_t sequence = 0, read;
  size_t n = size < RTCP_NACK_MAX_SEQUENCES ? size : RTCP_NACK_MAX_SEQUENCES;

  FUZZ_CHECK (out != NULL);
  for (size_t i = 0; i < n; i++)
    sequences[i] = sequence = (uint16_t) (sequence + data[i] + 1);
  rtcp_iter_init (&iter, out, rtcp_write_nack (out, 1, 2, sequences, n));
  FUZZ_CHECK (rtcp_iter_next (&iter, &packet));
  FUZZ_CHECK (rtcp_packet_feedback (&packet, &feedback));
  rtcp_nack_iter_init (&nacks, &feedback);
  for (size_t i = 0; i < n; i++) {
    FUZZ_CHECK (rtcp_nack_iter_next (&nacks, &read));
    FUZZ_CHECK (read == sequences[i]);
  }
  FUZZ_CHECK (!rtcp_nack_iter_next (&nacks, &read));
  free (out);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  uint8_t *compound = fuzz_copy (data, size, 0);
  RtcpFeedback feedback;
  RtcpPacket packet;
  RtcpIter iter;

  rtcp_iter_init (&iter, compound, size);
  while (rtcp_iter_next (&iter, &packet)) {
    if (!rtcp_packet_feedback (&packet, &feedback))
      continue;
    FUZZ_CHECK (
        feedback.fci + feedback.fci_length == packet.data + packet.length);
    check_nack (&feedback);
    check_fir (&feedback);
    check_remb (&feedback);
    check_twcc (&feedback);
  }
  free (compound);
  check_written (data, size);
  return 0;
}
