/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "talkspurt.h"

void
talkspurt_init (Talkspurt *self)
{
  self->state = TALKSPURT_SILENT;
  self->due = GST_CLOCK_TIME_NONE;
  self->left = 0;
}

void
talkspurt_sent (Talkspurt *self, GstClockTime now)
{
  self->state = TALKSPURT_TALKING;
  self->due = now + TALKSPURT_PAUSE;
}

void
talkspurt_end (Talkspurt *self, GstClockTime now)
{
  if (self->state != TALKSPURT_TALKING)
    return;
  self->state = TALKSPURT_TRAILING;
  self->left = TALKSPURT_SILENCE_FRAMES;
  self->due = now;
}

TalkspurtAction
talkspurt_poll (Talkspurt *self, GstClockTime now)
{
  if (self->state == TALKSPURT_SILENT || now < self->due)
    return TALKSPURT_WAIT;
  talkspurt_end (self, now);
  if (self->left == 0) {
    talkspurt_init (self);
    return TALKSPURT_STOP;
  }

  self->left--;
  /* The end is said right behind the last frame. A late caller must not send
   * the rest in one go. */
  if (self->left > 0)
    self->due = MAX (self->due + TALKSPURT_SILENCE_SPACING,
        now + TALKSPURT_SILENCE_SPACING / 2);
  return TALKSPURT_SEND_SILENCE;
}
