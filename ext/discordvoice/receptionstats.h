/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a receiver report says about one stream (RFC 3550 6.4.1, A.3, A.8). Pure
 * state; times are in microseconds. */

#include "../../gst-libs/gst/discord/transport/rtcp.h"

typedef struct
{
  uint32_t clock_rate;
  bool started;
  uint32_t base; /* first extended sequence number */
  uint32_t highest; /* extended */
  uint32_t received;
  uint32_t expected_before; /* at the report before */
  uint32_t received_before;
  bool have_transit;
  uint32_t transit;
  uint32_t jitter; /* times 16, as in A.8 */
  uint32_t last_sender_report; /* 0: none */
  int64_t sender_report_time;
} ReceptionStats;

void reception_stats_init (ReceptionStats *self, uint32_t clock_rate);

/* A packet as it was sent first; retransmissions are not counted. */
void reception_stats_packet (ReceptionStats *self, uint16_t sequence,
    uint32_t timestamp, int64_t arrival);
void reception_stats_sender_report (
    ReceptionStats *self, uint64_t ntp, int64_t now);

/* For one report; the fraction lost is since the one before. */
void reception_stats_report (
    ReceptionStats *self, uint32_t ssrc, int64_t now, RtcpReportBlock *block);
