/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Frames that came before the key of their sender (media-transport 12): the
 * newest ones, for a while. Pure state; times are of one clock, whichever. */

#include <gst/gst.h>

G_BEGIN_DECLS

#define HELD_FRAMES_MAX 128
#define HELD_FRAMES_TIME (2 * GST_SECOND)

typedef struct
{
  GQueue frames; /* the oldest first */
} HeldFrames;

void held_frames_init (HeldFrames *self);
/* Forgets all; it may be used again. */
void held_frames_clear (HeldFrames *self);

/* Takes @frame. Returns how many had to go for it. */
guint held_frames_push (HeldFrames *self, GstBuffer *frame, GstClockTime now);
/* Drops those whose time is over; returns how many. */
guint held_frames_expire (HeldFrames *self, GstClockTime now);

/* The oldest: (transfer full), and NULL when there is none. */
GstBuffer *held_frames_pop (HeldFrames *self);
/* The same, (transfer none); it stays. */
GstBuffer *held_frames_peek (const HeldFrames *self);

G_END_DECLS
