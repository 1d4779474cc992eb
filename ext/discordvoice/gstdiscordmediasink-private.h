/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gstdiscordmediasink.h"
#include "lateness.h"
#include "talkspurt.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 frames; /* media that left, silence of ours excluded */
  guint64 bytes;
  guint64 silence; /* silence frames of ours */
  guint64 not_ready; /* dropped: live, and no session to send in */
  guint64 no_key; /* dropped: nothing to encrypt them with */
  guint64 alone; /* dropped: nobody else is in the channel */
  guint64 muted; /* dropped: speaking is none */
  guint64 late; /* dropped: live, and too late */
  guint64 refused; /* dropped: too long or no Opus packet */
  guint64 restarts; /* how often the timeline was shifted */
} GstDiscordMediaSinkStats;

struct _GstDiscordMediaSink
{
  GstBaseSink parent;

  GstPad *srcpad;

  /* Set below PAUSED, so constant while a streaming thread runs. */
  GstDiscordConnection *connection; /* object lock */

  /* Guards the fields below. Order: PREROLL_LOCK, stream lock of srcpad, this,
   * object lock. Nothing is pushed, posted or called while it is held. */
  GMutex lock;
  GCond cond; /* one of them changed */
  GstDiscordSendState send;
  guint told; /* counts calls of the watch since it was added */
  guint e2ee_timeout; /* milliseconds */
  guint joined_generation; /* session of which others_deadline is */
  gint64 others_deadline; /* monotonic time: who is here has been told then */
  gint64 key_deadline; /* monotonic time, of a file; -1 when none is awaited */
  gboolean key_warned; /* that it has passed */
  guint interrupts; /* counts unlock and unlock_stop */
  GstDiscordSpeakingFlags speaking;
  Talkspurt spurt; /* in times of our clock */
  GstClockID timer;
  gboolean running; /* PAUSED or PLAYING */
  GstDiscordMediaSinkStats stats;

  /* Guarded by the stream lock of srcpad: one pushes at a time. */
  guint generation; /* session the payloader was told of */
  GstCaps *pending_caps; /* to be pushed once the session is known */
  gboolean segment_sent;
  GstClockTime end; /* of the last frame, in our running time */

  /* Streaming thread, under PREROLL_LOCK. */
  Lateness lateness;
  gboolean live;
  gboolean live_known;
  gboolean rendered; /* a frame reached render since PAUSED */
  GstClockTime next_start; /* for frames without a timestamp */
  GstClockTime warned; /* running time of the last warning */
  guint watch;
};

#define DISCORD_LEVEL_SILENCE 127 /* media-transport 3.2 */

/* Others are in the channel, or may be, and the group is not there yet. */
gboolean gst_discord_media_sink_awaits_key (const GstDiscordSendState *send);

/* gstdiscordmediasink-render.c: one frame on its way out */

GstFlowReturn gst_discord_media_sink_render (
    GstBaseSink *sink, GstBuffer *buffer);
GstFlowReturn gst_discord_media_sink_preroll (
    GstBaseSink *sink, GstBuffer *buffer);
void gst_discord_media_sink_get_times (GstBaseSink *sink, GstBuffer *buffer,
    GstClockTime *start, GstClockTime *end);

/* gstdiscordmediasink-silence.c: the end of a talk spurt */

/* (transfer full): never NULL, the system clock when we have none yet. */
GstClock *gst_discord_media_sink_ref_clock (GstDiscordMediaSink *self);

/* Pushes one frame of the session in @send that starts at @pts of our running
 * time; takes @buffer. The caller holds the stream lock of srcpad. */
GstFlowReturn gst_discord_media_sink_push (GstDiscordMediaSink *self,
    GstBuffer *buffer, GstClockTime pts, const GstDiscordSendState *send);

/* Sees to it that a step of the talk spurt is done when it is due. */
void gst_discord_media_sink_arm (GstDiscordMediaSink *self);
void gst_discord_media_sink_disarm (GstDiscordMediaSink *self);

/* Silence is due from now on; TRUE when there was a talk spurt to end. */
gboolean gst_discord_media_sink_end (GstDiscordMediaSink *self);

/* Ends the talk spurt from another thread, silence frames at their pace. */
void gst_discord_media_sink_trail (GstDiscordMediaSink *self);

/* Does what is due at @now. FALSE: the talk spurt is over; else @next is when
 * to come again. */
gboolean gst_discord_media_sink_step (
    GstDiscordMediaSink *self, GstClockTime now, GstClockTime *next);

G_END_DECLS
