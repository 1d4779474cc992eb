/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* When speaking is announced, when silence frames follow and when speaking ends
 * (media-transport 5). A state machine over times it is told; it knows no
 * clock, no lock and no pad. */

#include <gst/gst.h>

G_BEGIN_DECLS

/* Longer than any frame that is sent, so that frames never look like a pause. */
#define TALKSPURT_PAUSE (100 * GST_MSECOND)
#define TALKSPURT_SILENCE_FRAMES 5
#define TALKSPURT_SILENCE_SPACING (20 * GST_MSECOND)

typedef enum
{
  TALKSPURT_SILENT, /* speaking has to be announced before a frame */
  TALKSPURT_TALKING,
  TALKSPURT_TRAILING, /* silence frames are being sent */
} TalkspurtState;

typedef struct
{
  TalkspurtState state;
  GstClockTime due; /* of the next step; NONE when silent */
  guint left; /* silence frames still to be sent */
} Talkspurt;

typedef enum
{
  TALKSPURT_WAIT, /* nothing before `due` */
  TALKSPURT_SEND_SILENCE, /* send one silence frame, then ask again */
  TALKSPURT_STOP, /* announce the end of speaking */
} TalkspurtAction;

void talkspurt_init (Talkspurt *self);

/* A frame left at @now: talking, whatever was before. */
void talkspurt_sent (Talkspurt *self, GstClockTime now);

/* No frame will follow for a while: do not wait for the pause to get long. */
void talkspurt_end (Talkspurt *self, GstClockTime now);

/* What to do at @now. Repeat until it says WAIT. */
TalkspurtAction talkspurt_poll (Talkspurt *self, GstClockTime now);

G_END_DECLS
