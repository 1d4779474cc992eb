/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "rtpposition.h"

/* RFC 6716 section 3.2: the longest packet of Opus. */
#define MAX_FRAME (120 * G_TIME_SPAN_MILLISECOND)
/* Audio has 50 frames a second, until more is known. */
#define FRAME_RATE 50

static gint64
ticks_to_time (const DiscordRtpPosition *self, guint32 ticks)
{
  return (gint64) ticks * G_USEC_PER_SEC / self->clock_rate;
}

static guint32
time_to_ticks (const DiscordRtpPosition *self, gint64 time)
{
  return (guint32) (time * self->clock_rate / G_USEC_PER_SEC);
}

void
discord_rtp_position_init (DiscordRtpPosition *self, guint clock_rate)
{
  *self = (DiscordRtpPosition){ .clock_rate = clock_rate,
    .step = clock_rate / FRAME_RATE };
}

/* A sink that stops sends the rest of its silence at once, ahead of its time;
 * what comes next would be too far ahead if that time passed once more. */
static gint64
get_due (const DiscordRtpPosition *self, gint64 now)
{
  gint64 step = ticks_to_time (self, self->step);

  if (step > MAX_FRAME || now - self->sent >= step / 4)
    return now;
  return MAX (self->due + step, now);
}

void
discord_rtp_position_note (
    DiscordRtpPosition *self, guint16 seqnum, guint32 timestamp, gint64 now)
{
  self->seqnum = seqnum;
  if (self->started && timestamp == self->timestamp)
    return;
  if (self->started && (gint32) (timestamp - self->timestamp) > 0) {
    self->step = timestamp - self->timestamp;
    self->due = get_due (self, now);
  } else {
    self->due = now;
  }
  self->timestamp = timestamp;
  self->sent = now;
  self->started = TRUE;
}

/* The last frame is taken to be as long as the one before, and the next one does
 * not begin inside it. */
gboolean
discord_rtp_position_next (const DiscordRtpPosition *self, gint64 now,
    guint16 *seqnum, guint32 *timestamp)
{
  gint64 step = ticks_to_time (self, self->step);

  if (!self->started)
    return FALSE;
  *seqnum = (guint16) (self->seqnum + 1);
  *timestamp = self->timestamp
      + time_to_ticks (self, MAX (now - self->due, MIN (step, MAX_FRAME)));
  return TRUE;
}
