/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nackgenerator.h"

#include <glib.h>

typedef struct
{
  gint64 missed; /* since when */
  gint64 due;
  guint16 sequence;
  guint8 sends;
} Missing;

struct _NackGenerator
{
  gboolean started;
  guint16 next; /* expected */
  guint16 stray; /* what would follow a packet from far behind */
  gboolean have_stray;
  GArray *missing; /* (element-type Missing): ascending modulo 2^16 */
};

NackGenerator *
nack_generator_new (void)
{
  NackGenerator *self = g_new0 (NackGenerator, 1);

  self->missing = g_array_new (FALSE, FALSE, sizeof (Missing));
  return self;
}

void
nack_generator_free (NackGenerator *self)
{
  g_array_unref (self->missing);
  g_free (self);
}

static void
restart (NackGenerator *self, guint16 sequence)
{
  g_array_set_size (self->missing, 0);
  self->started = TRUE;
  self->have_stray = FALSE;
  self->next = sequence + 1;
}

static void
forget (NackGenerator *self, guint16 sequence)
{
  for (guint i = 0; i < self->missing->len; i++) {
    if (g_array_index (self->missing, Missing, i).sequence == sequence) {
      g_array_remove_index (self->missing, i);
      return;
    }
  }
}

/* As in RFC 3550 A.1: two consecutive packets far from the others are a sender
 * that started anew. A retransmission may be from anywhere. */
static void
handle_late (NackGenerator *self, guint16 sequence, gboolean restored)
{
  guint16 behind = self->next - sequence;

  forget (self, sequence);
  if (restored || behind <= NACK_MAX_OUTSTANDING)
    return;
  if (self->have_stray && self->stray == sequence) {
    restart (self, sequence);
    return;
  }
  self->have_stray = TRUE;
  self->stray = sequence + 1;
}

bool
nack_generator_packet (
    NackGenerator *self, uint16_t sequence, bool restored, int64_t now)
{
  guint16 jump = sequence - self->next;

  if (!self->started) {
    restart (self, sequence);
    return true;
  }
  if (jump >= 0x8000) {
    handle_late (self, sequence, restored);
    return true;
  }
  self->have_stray = FALSE;
  if (jump + self->missing->len > NACK_MAX_OUTSTANDING) {
    restart (self, sequence);
    return false;
  }
  for (guint16 i = 0; i < jump; i++) {
    Missing missing = { now, now, self->next + i, 0 };

    g_array_append_val (self->missing, missing);
  }
  self->next = sequence + 1;
  return true;
}

void
nack_generator_give_up (NackGenerator *self, uint16_t sequence)
{
  guint passed = 0;

  while (passed < self->missing->len) {
    const Missing *missing = &g_array_index (self->missing, Missing, passed);

    if ((guint16) (sequence - missing->sequence) >= 0x8000)
      break;
    passed++;
  }
  if (passed > 0)
    g_array_remove_range (self->missing, 0, passed);
}

static gint64
retry_interval (gint64 rtt)
{
  if (rtt < 0)
    return NACK_RETRY_INTERVAL;
  rtt = MIN (rtt, NACK_MAX_RETRY_INTERVAL);
  return CLAMP (
      rtt + rtt / 4, NACK_MIN_RETRY_INTERVAL, NACK_MAX_RETRY_INTERVAL);
}

size_t
nack_generator_poll (NackGenerator *self, int64_t now, int64_t rtt,
    int64_t max_age, uint16_t *sequences, size_t max)
{
  guint kept = 0;
  gsize n = 0;

  for (guint i = 0; i < self->missing->len; i++) {
    Missing missing = g_array_index (self->missing, Missing, i);

    if (now - missing.missed > max_age || missing.sends >= NACK_MAX_SENDS)
      continue;
    if (missing.due <= now && n < max) {
      sequences[n++] = missing.sequence;
      missing.due = now + retry_interval (rtt);
      missing.sends++;
    }
    g_array_index (self->missing, Missing, kept++) = missing;
  }
  g_array_set_size (self->missing, kept);
  return n;
}

int64_t
nack_generator_due (const NackGenerator *self)
{
  gint64 due = INT64_MAX;

  for (guint i = 0; i < self->missing->len; i++)
    due = MIN (due, g_array_index (self->missing, Missing, i).due);
  return due;
}

size_t
nack_generator_outstanding (const NackGenerator *self)
{
  return self->missing->len;
}
