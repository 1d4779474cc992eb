/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "assembler.h"

void
rtp_assembler_init (RtpAssembler *self)
{
  *self = (RtpAssembler){ 0 };
  rtp_frame_init (&self->frame);
}

void
rtp_assembler_clear (RtpAssembler *self)
{
  rtp_frame_clear (&self->frame);
}

void
rtp_assembler_reset (RtpAssembler *self, const RtpDepayFormat *format)
{
  self->format = format;
  self->started = FALSE;
  self->done = FALSE;
  self->frame_ended = FALSE;
  self->discont = TRUE;
  rtp_frame_reset (&self->frame);
}

static gboolean
is_unfinished (const RtpAssembler *self)
{
  return self->started && !self->done && self->frame.has_packets;
}

/* The rest of the frame is of no use. */
static void
lose (RtpAssembler *self)
{
  self->discont = TRUE;
  self->done = TRUE;
  self->n_lost++;
}

static void
begin (RtpAssembler *self, guint32 timestamp)
{
  rtp_frame_reset (&self->frame);
  self->started = TRUE;
  self->timestamp = timestamp;
  self->done = FALSE;
  self->frame_ended = FALSE;
}

/* What is missing may be the end of this frame, whole frames, the start of the
 * next one. Not every format can tell the last of these. */
static RtpAssembled
handle_gap (RtpAssembler *self)
{
  if (!self->started)
    return RTP_ASSEMBLED_NOTHING;
  self->discont = TRUE;
  if (is_unfinished (self))
    lose (self);
  return RTP_ASSEMBLED_LOSS;
}

static RtpAssembled
add (RtpAssembler *self, gboolean marker, const guint8 *payload, gsize size)
{
  RtpFrame *frame = &self->frame;

  /* Padding for bandwidth probes has no payload. */
  if (size > 0) {
    if (!self->format->add (frame, payload, size)) {
      lose (self);
      return RTP_ASSEMBLED_LOSS;
    }
    frame->has_packets = TRUE;
  }
  if (!frame->has_packets || (!marker && !frame->complete))
    return RTP_ASSEMBLED_NOTHING;
  if (!self->format->finish (frame)) {
    lose (self);
    return RTP_ASSEMBLED_LOSS;
  }
  self->done = TRUE;
  self->frame_ended = !marker;
  self->n_frames++;
  return RTP_ASSEMBLED_FRAME;
}

RtpAssembled
rtp_assembler_push (RtpAssembler *self, gboolean gap, guint32 timestamp,
    gboolean marker, const guint8 *payload, gsize size)
{
  RtpAssembled result = RTP_ASSEMBLED_NOTHING;

  if (gap)
    result |= handle_gap (self);
  if (!self->started || timestamp != self->timestamp) {
    /* No marker came, and no gap tells why. */
    if (is_unfinished (self)) {
      lose (self);
      result |= RTP_ASSEMBLED_LOSS;
    }
    begin (self, timestamp);
  }
  if (self->done && self->frame_ended) /* another one may share its time */
    begin (self, timestamp);
  if (self->done)
    return result;
  return result | add (self, marker, payload, size);
}
