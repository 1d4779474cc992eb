/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01). */
#include "rtpcheck.h"
#include "video.h"

#include <string.h>

#define RTCP_RTPFB 205
#define FMT_TWCC 15
#define PADDING_BIT 0x20
#define HEADER 20
#define MAX_PACKETS 400
#define PER_CHUNK 7 /* symbols of two bits */
#define TWO_BIT_CHUNK 0xc000
#define DELTA_US 250
#define REFERENCE_US 64000

enum
{
  NOT_RECEIVED,
  SMALL_DELTA,
  LARGE_DELTA,
};

typedef struct
{
  guint16 seq;
  gint64 at;
} Arrival;

struct _LbArrivalLog
{
  GArray *arrivals; /* Arrival, by sequence */
  guint8 count; /* of feedback packets */
  gboolean started;
  guint16 next; /* nothing before it is told again */
};

LbArrivalLog *
lb_arrival_log_new (void)
{
  LbArrivalLog *self = g_new0 (LbArrivalLog, 1);

  self->arrivals = g_array_new (FALSE, FALSE, sizeof (Arrival));
  return self;
}

void
lb_arrival_log_free (LbArrivalLog *self)
{
  g_array_unref (self->arrivals);
  g_free (self);
}

void
lb_arrival_log_add (LbArrivalLog *self, guint16 seq, gint64 at)
{
  Arrival arrival = { seq, at };
  guint i = self->arrivals->len;

  if (self->started && (gint16) (seq - self->next) < 0)
    return;
  while (i > 0) {
    gint16 after =
        (gint16) (seq - g_array_index (self->arrivals, Arrival, i - 1).seq);

    if (after == 0)
      return;
    if (after > 0)
      break;
    i--;
  }
  g_array_insert_val (self->arrivals, i, arrival);
}

typedef struct
{
  guint8 symbols[MAX_PACKETS];
  gint16 deltas[MAX_PACKETS];
  guint n;
} Status;

/* Those of the first packets that fit, by base sequence and reference time. */
static guint
collect (LbArrivalLog *self, guint16 base, gint64 reference, Status *status)
{
  gint64 before = reference;
  guint i;

  status->n = 0;
  for (i = 0; i < self->arrivals->len; i++) {
    const Arrival *arrival = &g_array_index (self->arrivals, Arrival, i);
    guint at = (guint16) (arrival->seq - base);
    gint64 delta = (arrival->at - before) / DELTA_US;

    if (at >= MAX_PACKETS || delta != (gint16) delta)
      break;
    while (status->n < at)
      status->symbols[status->n++] = NOT_RECEIVED;
    status->symbols[at] =
        delta >= 0 && delta <= G_MAXUINT8 ? SMALL_DELTA : LARGE_DELTA;
    status->deltas[at] = (gint16) delta;
    status->n = at + 1;
    before += delta * DELTA_US;
  }
  return i;
}

static gsize
write_status (const Status *status, guint8 *packet)
{
  gsize length = 0;

  for (guint i = 0; i < status->n; i += PER_CHUNK) {
    guint chunk = TWO_BIT_CHUNK;

    for (guint k = 0; k < PER_CHUNK && i + k < status->n; k++)
      chunk |= (guint) status->symbols[i + k] << (2 * (PER_CHUNK - 1 - k));
    lb_write_u16 (packet + length, chunk);
    length += 2;
  }
  for (guint i = 0; i < status->n; i++) {
    if (status->symbols[i] == SMALL_DELTA) {
      packet[length++] = (guint8) status->deltas[i];
    } else if (status->symbols[i] == LARGE_DELTA) {
      lb_write_u16 (packet + length, (guint16) status->deltas[i]);
      length += 2;
    }
  }
  return length;
}

/* RFC 3550 6.4.1: the last byte says how many there are. */
static gsize
fill_last_word (guint8 *packet, gsize length)
{
  guint8 padding = (guint8) (-length % 4);

  if (padding == 0)
    return length;
  memset (packet + length, 0, padding);
  packet[length + padding - 1] = padding;
  packet[0] |= PADDING_BIT;
  return length + padding;
}

gsize
lb_arrival_log_build (
    LbArrivalLog *self, guint32 media_ssrc, guint8 *packet, gsize size)
{
  const Arrival *first;
  guint16 base;
  gint64 reference;
  Status status;
  gsize length;
  guint told;

  /* Chunks of two bytes for seven packets, deltas of up to two bytes each. */
  g_return_val_if_fail (
      size >= HEADER + 2 * (MAX_PACKETS / PER_CHUNK + 1) + 2 * MAX_PACKETS + 4,
      0);
  if (self->arrivals->len == 0)
    return 0;
  first = &g_array_index (self->arrivals, Arrival, 0);
  base = self->started ? self->next : first->seq;
  if ((guint16) (first->seq - base) >= MAX_PACKETS)
    base = first->seq;
  reference = first->at / REFERENCE_US * REFERENCE_US;
  told = collect (self, base, reference, &status);
  packet[0] = 0x80 | FMT_TWCC;
  packet[1] = RTCP_RTPFB;
  lb_write_u32 (packet + 4, LB_SERVER_SSRC);
  lb_write_u32 (packet + 8, media_ssrc);
  lb_write_u16 (packet + 12, base);
  lb_write_u16 (packet + 14, status.n);
  lb_write_u32 (
      packet + 16, (guint32) (reference / REFERENCE_US) << 8 | self->count++);
  length = HEADER + write_status (&status, packet + HEADER);
  length = fill_last_word (packet, length);
  lb_write_u16 (packet + 2, (guint) (length / 4 - 1));
  self->started = TRUE;
  self->next = (guint16) (base + status.n);
  g_array_remove_range (self->arrivals, 0, told);
  return length;
}
