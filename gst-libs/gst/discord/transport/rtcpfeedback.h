/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reading and writing RTCP feedback (media-transport 8): NACK and PLI of RFC
 * 4585, FIR of RFC 5104, REMB of draft-alvestrand-rmcat-remb-03, transport-wide
 * feedback of draft-holmer-rmcat-transport-wide-cc-extensions-01. Pure functions
 * over bytes; every length is checked. */

#include "rtcp.h"

/* Formats of RTCP_RTP_FEEDBACK and RTCP_PAYLOAD_FEEDBACK: what is in `count`. */
#define RTCP_RTPFB_NACK 1
#define RTCP_RTPFB_TWCC 15
#define RTCP_PSFB_PLI 1
#define RTCP_PSFB_FIR 4
#define RTCP_PSFB_AFB 15 /* application layer; REMB is one */

typedef enum
{
  RTCP_FEEDBACK_OTHER,
  RTCP_FEEDBACK_NACK,
  RTCP_FEEDBACK_TWCC,
  RTCP_FEEDBACK_PLI,
  RTCP_FEEDBACK_FIR,
  RTCP_FEEDBACK_REMB,
} RtcpFeedbackKind;

typedef struct
{
  RtcpFeedbackKind kind;
  uint32_t sender;
  uint32_t media; /* the stream it is about; of FIR and REMB see below */
  const uint8_t *fci; /* feedback control information; into the packet */
  size_t fci_length;
} RtcpFeedback;

/* False unless @packet is feedback. */
bool rtcp_packet_feedback (const RtcpPacket *packet, RtcpFeedback *feedback);

/* NACK: the sequence numbers asked for, an entry (PID, then its BLP) at a time. */
typedef struct
{
  const uint8_t *next; /* private */
  const uint8_t *end;
  uint16_t pid;
  uint16_t blp;
} RtcpNackIter;

void rtcp_nack_iter_init (RtcpNackIter *iter, const RtcpFeedback *feedback);
bool rtcp_nack_iter_next (RtcpNackIter *iter, uint16_t *sequence);

/* FIR: entry @index; false behind the last. */
bool rtcp_fir_entry (const RtcpFeedback *feedback, unsigned index,
    uint32_t *ssrc, uint8_t *sequence);

typedef struct
{
  uint64_t bitrate; /* bit/s */
  unsigned n_ssrcs;
  const uint8_t *ssrcs; /* private */
} RtcpRemb;

/* False when it is cut off or its bit rate is no 64-bit number. */
bool rtcp_remb (const RtcpFeedback *feedback, RtcpRemb *remb);
uint32_t rtcp_remb_ssrc (const RtcpRemb *remb, unsigned index);

/* Transport-wide feedback: what became of the packets from @base on. */
typedef struct
{
  uint16_t base; /* transport-wide sequence number */
  uint16_t count; /* packets reported about */
  int32_t reference; /* of the receiver's clock, in 64 ms */
  uint8_t number; /* of this feedback */
  const uint8_t *chunks; /* private */
  const uint8_t *deltas;
  const uint8_t *end;
} RtcpTwcc;

typedef struct
{
  uint16_t sequence;
  bool received;
  int64_t arrival; /* receiver's clock, microseconds; when received */
} RtcpTwccPacket;

typedef struct
{
  const RtcpTwcc *twcc; /* private */
  const uint8_t *chunk;
  const uint8_t *delta;
  uint32_t symbols;
  unsigned symbol_bits;
  unsigned in_chunk;
  unsigned done;
  int64_t arrival;
} RtcpTwccIter;

/* False unless all chunks and deltas are there. */
bool rtcp_twcc (const RtcpFeedback *feedback, RtcpTwcc *twcc);
/* Walks the packets of a @twcc that rtcp_twcc() accepted. */
void rtcp_twcc_iter_init (RtcpTwccIter *iter, const RtcpTwcc *twcc);
bool rtcp_twcc_iter_next (RtcpTwccIter *iter, RtcpTwccPacket *packet);

/* Writing. Each is one packet of its own. */

/* media-transport 9.2: at most so many sequence numbers in one NACK. */
#define RTCP_NACK_MAX_SEQUENCES 253
#define RTCP_NACK_MAX_SIZE (12 + 4 * RTCP_NACK_MAX_SEQUENCES)

/* @sequences: ascending modulo 2^16, at most RTCP_NACK_MAX_SEQUENCES. Returns
 * the size. */
size_t rtcp_write_nack (uint8_t out[RTCP_NACK_MAX_SIZE], uint32_t sender,
    uint32_t media, const uint16_t *sequences, size_t n_sequences);

#define RTCP_PLI_SIZE 12
void rtcp_write_pli (
    uint8_t out[RTCP_PLI_SIZE], uint32_t sender, uint32_t media);

/* A receiver report about one stream. */
#define RTCP_RECEIVER_REPORT_SIZE 32
void rtcp_write_receiver_report (uint8_t out[RTCP_RECEIVER_REPORT_SIZE],
    uint32_t sender, const RtcpReportBlock *block);

/* SDES with nothing but the CNAME of @ssrc (RFC 3550 6.5). @cname: at most
 * RTCP_CNAME_MAX bytes. Returns the size. */
#define RTCP_CNAME_MAX 64
#define RTCP_CNAME_MAX_SIZE (8 + 2 + RTCP_CNAME_MAX + 4)
size_t rtcp_write_cname (
    uint8_t out[RTCP_CNAME_MAX_SIZE], uint32_t ssrc, const char *cname);
