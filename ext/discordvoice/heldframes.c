/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "heldframes.h"

typedef struct
{
  GstBuffer *buffer; /* owned */
  GstClockTime since;
} Held;

static void
held_free (gpointer data)
{
  Held *held = data;

  gst_clear_buffer (&held->buffer);
  g_free (held);
}

void
held_frames_init (HeldFrames *self)
{
  g_queue_init (&self->frames);
}

void
held_frames_clear (HeldFrames *self)
{
  g_queue_clear_full (&self->frames, held_free);
}

guint
held_frames_push (HeldFrames *self, GstBuffer *frame, GstClockTime now)
{
  Held *held = g_new (Held, 1);
  guint dropped = 0;

  while (g_queue_get_length (&self->frames) >= HELD_FRAMES_MAX) {
    held_free (g_queue_pop_head (&self->frames));
    dropped++;
  }
  *held = (Held){ frame, now };
  g_queue_push_tail (&self->frames, held);
  return dropped;
}

guint
held_frames_expire (HeldFrames *self, GstClockTime now)
{
  guint dropped = 0;
  const Held *held;

  while ((held = g_queue_peek_head (&self->frames)) != NULL
      && now >= held->since + HELD_FRAMES_TIME) {
    held_free (g_queue_pop_head (&self->frames));
    dropped++;
  }
  return dropped;
}

GstBuffer *
held_frames_pop (HeldFrames *self)
{
  Held *held = g_queue_pop_head (&self->frames);
  GstBuffer *frame;

  if (held == NULL)
    return NULL;
  frame = g_steal_pointer (&held->buffer);
  held_free (held);
  return frame;
}

GstBuffer *
held_frames_peek (const HeldFrames *self)
{
  /* It is not changed, but GQueue has no const. */
  const Held *held = g_queue_peek_head ((GQueue *) &self->frames);

  return held != NULL ? held->buffer : NULL;
}
