/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtcpfeedback.h"

#include "bytes.h"

/* Header, sender SSRC, media SSRC. */
#define FEEDBACK_SIZE 12
#define NACK_ENTRY_SIZE 4
#define FIR_ENTRY_SIZE 8
/* "REMB", number of SSRCs and bit rate. */
#define REMB_SIZE 8
/* Base, count, reference time, number of the feedback. */
#define TWCC_SIZE 8
#define TWCC_CHUNK_SIZE 2

static bool
is_remb (const RtcpFeedback *feedback)
{
  return feedback->fci_length >= REMB_SIZE
      && bytes_read_u32 (feedback->fci) == 0x52454d42; /* "REMB" */
}

static RtcpFeedbackKind
feedback_kind (const RtcpPacket *packet, const RtcpFeedback *feedback)
{
  if (packet->type == RTCP_RTP_FEEDBACK) {
    if (packet->count == RTCP_RTPFB_NACK)
      return RTCP_FEEDBACK_NACK;
    return packet->count == RTCP_RTPFB_TWCC ? RTCP_FEEDBACK_TWCC
                                            : RTCP_FEEDBACK_OTHER;
  }
  switch (packet->count) {
    case RTCP_PSFB_PLI:
      return RTCP_FEEDBACK_PLI;
    case RTCP_PSFB_FIR:
      return RTCP_FEEDBACK_FIR;
    case RTCP_PSFB_AFB:
      return is_remb (feedback) ? RTCP_FEEDBACK_REMB : RTCP_FEEDBACK_OTHER;
    default:
      return RTCP_FEEDBACK_OTHER;
  }
}

bool
rtcp_packet_feedback (const RtcpPacket *packet, RtcpFeedback *feedback)
{
  if ((packet->type != RTCP_RTP_FEEDBACK
          && packet->type != RTCP_PAYLOAD_FEEDBACK)
      || packet->length < FEEDBACK_SIZE)
    return false;
  feedback->sender = bytes_read_u32 (packet->data + 4);
  feedback->media = bytes_read_u32 (packet->data + 8);
  feedback->fci = packet->data + FEEDBACK_SIZE;
  feedback->fci_length = packet->length - FEEDBACK_SIZE;
  feedback->kind = feedback_kind (packet, feedback);
  return true;
}

void
rtcp_nack_iter_init (RtcpNackIter *iter, const RtcpFeedback *feedback)
{
  *iter = (RtcpNackIter){ .next = feedback->fci, .end = feedback->fci };
  if (feedback->kind == RTCP_FEEDBACK_NACK)
    iter->end += feedback->fci_length / NACK_ENTRY_SIZE * NACK_ENTRY_SIZE;
}

bool
rtcp_nack_iter_next (RtcpNackIter *iter, uint16_t *sequence)
{
  if (iter->blp != 0) {
    /* RFC 4585 6.2.1: bit i is the packet PID + i + 1. */
    unsigned bit = (unsigned) __builtin_ctz (iter->blp);

    iter->blp &= (uint16_t) (iter->blp - 1);
    *sequence = (uint16_t) (iter->pid + bit + 1);
    return true;
  }
  if (iter->next == iter->end)
    return false;
  iter->pid = bytes_read_u16 (iter->next);
  iter->blp = bytes_read_u16 (iter->next + 2);
  iter->next += NACK_ENTRY_SIZE;
  *sequence = iter->pid;
  return true;
}

bool
rtcp_fir_entry (const RtcpFeedback *feedback, unsigned index, uint32_t *ssrc,
    uint8_t *sequence)
{
  const uint8_t *entry;

  if (feedback->kind != RTCP_FEEDBACK_FIR
      || index >= feedback->fci_length / FIR_ENTRY_SIZE)
    return false;
  entry = feedback->fci + (size_t) index * FIR_ENTRY_SIZE;
  *ssrc = bytes_read_u32 (entry);
  *sequence = entry[4];
  return true;
}

bool
rtcp_remb (const RtcpFeedback *feedback, RtcpRemb *remb)
{
  uint32_t rate;
  unsigned exponent;
  uint64_t mantissa;

  if (feedback->kind != RTCP_FEEDBACK_REMB)
    return false;
  rate = bytes_read_u32 (feedback->fci + 4);
  exponent = rate >> 18 & 0x3f;
  mantissa = rate & 0x3ffff;
  remb->n_ssrcs = rate >> 24;
  remb->ssrcs = feedback->fci + REMB_SIZE;
  remb->bitrate = mantissa << exponent;
  return remb->bitrate >> exponent == mantissa
      && remb->n_ssrcs <= (feedback->fci_length - REMB_SIZE) / 4;
}

uint32_t
rtcp_remb_ssrc (const RtcpRemb *remb, unsigned index)
{
  return bytes_read_u32 (remb->ssrcs + (size_t) index * 4);
}

/* Chunks (draft-holmer 3.1.3 and 3.1.4): a run of one symbol, or a vector of 14
 * symbols of one bit or 7 of two. */

static void
load_chunk (RtcpTwccIter *iter)
{
  uint16_t chunk = bytes_read_u16 (iter->chunk);

  iter->chunk += TWCC_CHUNK_SIZE;
  if ((chunk & 0x8000) == 0) {
    iter->symbols = chunk >> 13 & 3;
    iter->symbol_bits = 0;
    iter->in_chunk = chunk & 0x1fff;
  } else if ((chunk & 0x4000) == 0) {
    iter->symbols = (uint32_t) chunk << 18; /* the first is the highest bit */
    iter->symbol_bits = 1;
    iter->in_chunk = 14;
  } else {
    iter->symbols = (uint32_t) chunk << 18;
    iter->symbol_bits = 2;
    iter->in_chunk = 7;
  }
}

static unsigned
next_symbol (RtcpTwccIter *iter)
{
  unsigned symbol;

  iter->in_chunk--;
  if (iter->symbol_bits == 0)
    return iter->symbols;
  symbol = iter->symbols >> (32 - iter->symbol_bits);
  iter->symbols <<= iter->symbol_bits;
  return symbol;
}

void
rtcp_twcc_iter_init (RtcpTwccIter *iter, const RtcpTwcc *twcc)
{
  *iter = (RtcpTwccIter){
    .twcc = twcc,
    .chunk = twcc->chunks,
    .delta = twcc->deltas,
    .arrival = (int64_t) twcc->reference * 64000,
  };
}

/* Symbol 1 has a delta of one byte, symbol 2 a signed one of two; a delta is in
 * 250 us. Symbol 3 is reserved. False when the deltas end before. */
static bool
read_delta (RtcpTwccIter *iter, unsigned symbol)
{
  size_t left = (size_t) (iter->twcc->end - iter->delta);

  if (symbol == 1) {
    if (left < 1)
      return false;
    iter->arrival += iter->delta[0] * 250;
    iter->delta += 1;
  } else if (symbol == 2) {
    if (left < 2)
      return false;
    iter->arrival += (int16_t) bytes_read_u16 (iter->delta) * 250;
    iter->delta += 2;
  }
  return true;
}

bool
rtcp_twcc_iter_next (RtcpTwccIter *iter, RtcpTwccPacket *packet)
{
  unsigned symbol;

  if (iter->done == iter->twcc->count)
    return false;
  while (iter->in_chunk == 0) {
    if (iter->chunk >= iter->twcc->deltas)
      return false;
    load_chunk (iter);
  }
  symbol = next_symbol (iter);
  if (!read_delta (iter, symbol))
    return false;
  packet->sequence = (uint16_t) (iter->twcc->base + iter->done);
  packet->received = symbol == 1 || symbol == 2;
  packet->arrival = iter->arrival;
  iter->done++;
  return true;
}

/* Where the chunks of all packets end; NULL when they are not all there. */
static const uint8_t *
find_deltas (const RtcpTwcc *twcc)
{
  const uint8_t *chunk = twcc->chunks;
  unsigned told = 0;

  while (told < twcc->count) {
    RtcpTwccIter iter = { .chunk = chunk };

    if ((size_t) (twcc->end - chunk) < TWCC_CHUNK_SIZE)
      return NULL;
    load_chunk (&iter);
    chunk = iter.chunk;
    told += iter.in_chunk;
  }
  return chunk;
}

bool
rtcp_twcc (const RtcpFeedback *feedback, RtcpTwcc *twcc)
{
  RtcpTwccPacket packet;
  RtcpTwccIter iter;
  uint32_t reference;

  if (feedback->kind != RTCP_FEEDBACK_TWCC || feedback->fci_length < TWCC_SIZE)
    return false;
  reference = bytes_read_u32 (feedback->fci + 4);
  twcc->base = bytes_read_u16 (feedback->fci);
  twcc->count = bytes_read_u16 (feedback->fci + 2);
  /* 24 bits, signed */
  twcc->reference = (int32_t) ((reference >> 8) ^ 0x800000) - 0x800000;
  twcc->number = (uint8_t) reference;
  twcc->chunks = feedback->fci + TWCC_SIZE;
  twcc->end = feedback->fci + feedback->fci_length;
  twcc->deltas = find_deltas (twcc);
  if (twcc->deltas == NULL)
    return false;

  rtcp_twcc_iter_init (&iter, twcc);
  while (rtcp_twcc_iter_next (&iter, &packet))
    ;
  return iter.done == twcc->count;
}
