/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sequence numbers and timestamps of one outgoing RTP stream. Time stands for
 * elapsed media time (media-transport 4), but never goes back: receivers freeze
 * on that, while running time does so on every seek and on every pause. */

#include <gst/gst.h>

typedef struct
{
  guint32 rate; /* ticks in a second */
  guint32 base; /* RTP time of running time 0 */
  guint32 last; /* RTP time of the last packet */
  guint32 last_ticks; /* how long it lasted */
  gboolean started;
  gboolean continues; /* base is the RTP time of the next packet instead */
  guint16 seqnum; /* of the next packet */
} RtpClock;

static inline void
rtp_clock_start (
    RtpClock *self, guint32 rate, guint32 timestamp_base, guint16 seqnum)
{
  *self = (RtpClock){ .rate = rate, .base = timestamp_base, .seqnum = seqnum };
}

/* Goes on with a stream that another clock began: the next packet is at
 * @timestamp, at whatever running time. */
static inline void
rtp_clock_continue (
    RtpClock *self, guint32 rate, guint32 timestamp, guint16 seqnum)
{
  rtp_clock_start (self, rate, timestamp, seqnum);
  self->continues = TRUE;
}

static inline guint32
rtp_clock_ticks (const RtpClock *self, GstClockTime time)
{
  return (guint32) gst_util_uint64_scale_round (time, self->rate, GST_SECOND);
}

/* RTP time of a packet at @running_time that lasts @duration ticks; NONE for
 * right behind the last one. A packet that would begin inside the one before
 * begins behind it: an encoder's first frame is cut short in time, and stamps of
 * captured audio jitter. Where time went back for good everything is moved. */
static inline guint32
rtp_clock_stamp (RtpClock *self, GstClockTime running_time, guint32 duration)
{
  guint32 after = self->last + self->last_ticks;
  guint32 stamp = self->started ? after : self->base;

  if (self->continues && GST_CLOCK_TIME_IS_VALID (running_time)) {
    self->base = stamp - rtp_clock_ticks (self, running_time);
    self->continues = FALSE;
  }
  if (GST_CLOCK_TIME_IS_VALID (running_time))
    stamp = self->base + rtp_clock_ticks (self, running_time);
  if (self->started && (gint32) (stamp - after) < 0) {
    if (after - stamp > self->rate / 10)
      self->base += after - stamp;
    stamp = after;
  }
  self->last = stamp;
  self->last_ticks = duration;
  self->started = TRUE;
  return stamp;
}
