/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receptionstats.h"

#define SEQUENCES 0x10000u
#define LOST_MAX 0x7fffff
#define LOST_MIN (-0x800000)

void
reception_stats_init (ReceptionStats *self, uint32_t clock_rate)
{
  *self = (ReceptionStats){ .clock_rate = clock_rate };
}

/* A.8, with the arrival in units of the stream's clock. */
static void
update_jitter (ReceptionStats *self, uint32_t timestamp, int64_t arrival)
{
  uint32_t units =
      (uint32_t) ((uint64_t) arrival * (self->clock_rate / 1000) / 1000);
  uint32_t transit = units - timestamp;
  int32_t change = (int32_t) (transit - self->transit);

  if (self->have_transit) {
    uint32_t distance = change < 0 ? 0u - (uint32_t) change : (uint32_t) change;

    self->jitter += distance - ((self->jitter + 8) >> 4);
  }
  self->have_transit = true;
  self->transit = transit;
}

static void
update_highest (ReceptionStats *self, uint16_t sequence)
{
  uint16_t ahead = (uint16_t) (sequence - (uint16_t) self->highest);

  if (ahead < 0x8000)
    self->highest += ahead;
}

void
reception_stats_packet (ReceptionStats *self, uint16_t sequence,
    uint32_t timestamp, int64_t arrival)
{
  if (!self->started) {
    self->started = true;
    /* One cycle up, so that what came before the first is not below zero. */
    self->base = self->highest = SEQUENCES + sequence;
  }
  update_highest (self, sequence);
  self->received++;
  update_jitter (self, timestamp, arrival);
}

void
reception_stats_sender_report (ReceptionStats *self, uint64_t ntp, int64_t now)
{
  self->last_sender_report = (uint32_t) (ntp >> 16);
  self->sender_report_time = now;
}

static int32_t
clamp_lost (int64_t lost)
{
  if (lost > LOST_MAX)
    return LOST_MAX;
  return lost < LOST_MIN ? LOST_MIN : (int32_t) lost;
}

static uint8_t
fraction_lost (uint32_t expected, uint32_t received)
{
  if (expected == 0 || received >= expected)
    return 0;
  /* All lost is 256/256, which the field cannot say. */
  return received == 0
      ? 255
      : (uint8_t) (((uint64_t) (expected - received) << 8) / expected);
}

void
reception_stats_report (
    ReceptionStats *self, uint32_t ssrc, int64_t now, RtcpReportBlock *block)
{
  uint32_t expected = self->started ? self->highest - self->base + 1 : 0;

  *block = (RtcpReportBlock){
    .ssrc = ssrc,
    .fraction_lost = fraction_lost (expected - self->expected_before,
        self->received - self->received_before),
    .packets_lost = clamp_lost ((int64_t) expected - self->received),
    .highest_sequence = self->started ? self->highest - SEQUENCES : 0,
    .jitter = self->jitter >> 4,
    .last_sender_report = self->last_sender_report,
  };
  if (self->last_sender_report != 0)
    block->delay_since =
        (uint32_t) ((now - self->sender_report_time) * 65536 / 1000000);
  self->expected_before = expected;
  self->received_before = self->received;
}
