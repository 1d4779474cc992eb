/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "videoframes.h"

/* Five seconds of 8 Mbit/s; a frame is judged long before. */
#define RING 4096

typedef enum
{
  NOT_MEANT,
  EXPECTED,
  CAME,
  REPAIRED,
} State;

struct _LbArrivals
{
  guint8 states[RING];
};

typedef struct
{
  guint32 timestamp;
  guint16 first;
  guint n;
  gint64 at;
} Frame;

struct _LbFrames
{
  GQueue queue; /* Frame, oldest first */
};

LbArrivals *
lb_arrivals_new (void)
{
  return g_new0 (LbArrivals, 1);
}

void
lb_arrivals_free (LbArrivals *self)
{
  g_free (self);
}

void
lb_arrivals_expect (LbArrivals *self, guint16 seq, gboolean meant)
{
  self->states[seq % RING] = meant ? EXPECTED : NOT_MEANT;
}

void
lb_arrivals_came (LbArrivals *self, guint16 seq, gboolean repaired)
{
  guint8 *state = &self->states[seq % RING];

  if (*state == EXPECTED)
    *state = repaired ? REPAIRED : CAME;
}

void
lb_arrivals_give_up (LbArrivals *self)
{
  for (guint i = 0; i < RING; i++) {
    if (self->states[i] == EXPECTED)
      self->states[i] = NOT_MEANT;
  }
}

LbFrameFate
lb_arrivals_fate (const LbArrivals *self, guint16 first, guint n)
{
  gboolean repaired = FALSE, lost = FALSE;

  for (guint i = 0; i < n; i++) {
    guint8 state = self->states[(guint16) (first + i) % RING];

    if (state == NOT_MEANT)
      return LB_FRAME_NOT_MEANT;
    repaired |= state == REPAIRED;
    lost |= state == EXPECTED;
  }
  if (lost)
    return LB_FRAME_LOST;
  return repaired ? LB_FRAME_REPAIRED : LB_FRAME_INTACT;
}

LbFrames *
lb_frames_new (void)
{
  LbFrames *self = g_new0 (LbFrames, 1);

  g_queue_init (&self->queue);
  return self;
}

void
lb_frames_free (LbFrames *self)
{
  g_queue_clear_full (&self->queue, g_free);
  g_free (self);
}

void
lb_frames_sent (LbFrames *self, guint16 seq, guint32 timestamp, gint64 at)
{
  Frame *frame = g_queue_peek_tail (&self->queue);

  if (frame != NULL && frame->timestamp == timestamp && frame->n < RING
      && seq == (guint16) (frame->first + frame->n)) {
    frame->n++;
    return;
  }
  frame = g_new0 (Frame, 1);
  frame->timestamp = timestamp;
  frame->first = seq;
  frame->n = 1;
  frame->at = at;
  g_queue_push_tail (&self->queue, frame);
}

void
lb_frames_judge (
    LbFrames *self, gint64 before, LbFrameFunc func, gpointer user_data)
{
  Frame *frame;

  while ((frame = g_queue_peek_head (&self->queue)) != NULL
      && frame->at <= before) {
    func (frame->first, frame->n, user_data);
    g_free (g_queue_pop_head (&self->queue));
  }
}

gboolean
lb_frames_is_empty (const LbFrames *self)
{
  return self->queue.length == 0;
}
