/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Internal: paces one stream of encoded frames on the pipeline clock and hands
 * them on to a payloader when the session can send. A GstBaseSink with a source
 * pad: synchronisation, preroll, latency and EOS are those of a sink. What is
 * particular to audio and video is in the classes that derive from it. */

#include "lateness.h"
#include "timeline.h"

#include <gst/base/gstbasesink.h>
#include <gst/discord/gstdiscordconnection-private.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_MEDIA_SINK (gst_discord_media_sink_get_type ())
#define GST_DISCORD_MEDIA_SINK(object)                                         \
  (G_TYPE_CHECK_INSTANCE_CAST (                                                \
      (object), GST_TYPE_DISCORD_MEDIA_SINK, GstDiscordMediaSink))
#define GST_IS_DISCORD_MEDIA_SINK(object)                                      \
  (G_TYPE_CHECK_INSTANCE_TYPE ((object), GST_TYPE_DISCORD_MEDIA_SINK))
#define GST_DISCORD_MEDIA_SINK_CLASS(klass)                                    \
  (G_TYPE_CHECK_CLASS_CAST (                                                   \
      (klass), GST_TYPE_DISCORD_MEDIA_SINK, GstDiscordMediaSinkClass))
#define GST_DISCORD_MEDIA_SINK_GET_CLASS(object)                               \
  (G_TYPE_INSTANCE_GET_CLASS (                                                 \
      (object), GST_TYPE_DISCORD_MEDIA_SINK, GstDiscordMediaSinkClass))

typedef struct _GstDiscordMediaSink GstDiscordMediaSink;
typedef struct _GstDiscordMediaSinkClass GstDiscordMediaSinkClass;

GType gst_discord_media_sink_get_type (void);

/* A frame that is not sent, which is no error. */
#define DISCORD_FLOW_DROPPED GST_FLOW_CUSTOM_SUCCESS
/* The session changed under a frame: it starts over. */
#define DISCORD_FLOW_AGAIN GST_FLOW_CUSTOM_SUCCESS_1

typedef enum
{
  DISCORD_FRAME_MEDIA,
  DISCORD_FRAME_SILENCE,
  DISCORD_FRAME_HEADER, /* of a file: nothing to send, no time of its own */
  DISCORD_FRAME_REFUSED,
} DiscordFrameKind;

/* One frame on its way through render. */
typedef struct
{
  GstBuffer *buffer; /* borrowed */
  DiscordFrameKind kind;
  GstClockTime running_time;
  GstClockTime duration; /* in upstream's timeline */
  GstClockTime decoded; /* of what a decoder makes of it */
  gboolean held; /* we made it late ourselves */
  GstClockTime lateness; /* when it was let through, unless we made it so */
  gboolean moved; /* the timeline did while it waited for its turn */
  gboolean announced; /* it is the first of what was announced */
  gboolean overtaken; /* the end of what was before it came in between */
  GstDiscordSendState send; /* the session it goes out in */
  guint told; /* which call of the watch that is from */
  gint64 told_until; /* monotonic time: when a lost group is explained; or 0 */
} DiscordMediaFrame;

typedef struct
{
  guint64 frames; /* media that left, silence of ours excluded */
  guint64 bytes;
  guint64 not_ready; /* dropped: live, and no session to send in */
  guint64 no_key; /* dropped: nothing to encrypt them with */
  guint64 alone; /* dropped: nobody else is in the channel */
  guint64 paused; /* dropped: our stream is */
  guint64 late; /* dropped: live, and too late */
  guint64 refused; /* dropped: nothing that can be sent */
  guint64 restarts; /* how often the timeline was shifted */
  guint64 behind; /* of those that left: a millisecond or more too late */
  guint64 lateness_max; /* nanoseconds */
} GstDiscordMediaSinkStats;

struct _GstDiscordMediaSink
{
  GstBaseSink parent;

  GstPad *srcpad;
  GstPadEventFunction base_event; /* of GstBaseSink; constant */
  /* Shared with the other pads of an element; set before the pad is there, so
   * constant. NULL: there are no others. */
  DiscordTimeline *timeline;

  /* Set below PAUSED, so constant while a streaming thread runs. */
  GstDiscordConnection *connection; /* object lock */

  /* Guards the fields below, and what derived classes say it does. Order:
   * PREROLL_LOCK, stream lock of srcpad, this, object lock. Nothing is pushed,
   * posted or called while it is held. */
  GMutex lock;
  GCond cond; /* one of them changed */
  GstDiscordSendState send;
  gboolean over; /* the stream of the connection is, since it was added */
  gboolean over_eos; /* and EOS came in for it */
  guint told; /* counts calls of the watch since it was added */
  guint e2ee_timeout; /* milliseconds */
  guint joined_generation; /* session of which others_deadline is */
  gint64 others_deadline; /* monotonic time: who is here has been told then */
  gint64 key_deadline; /* monotonic time, of a file; -1 when none is awaited */
  gboolean key_warned; /* that it has passed */
  guint interrupts; /* counts unlock and unlock_stop */
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

/* All with PREROLL_LOCK, from the streaming thread. */
struct _GstDiscordMediaSinkClass
{
  GstBaseSinkClass parent_class;

  const gchar *medium; /* as in "audio is not sent" */
  const gchar *refusal; /* what inspect() refuses, for people */
  /* What is a little late is left out, also of a file, so that video stays with
   * audio. */
  gboolean drops_late;

  /* What @buffer is; @decoded (out): how long, or NONE. */
  DiscordFrameKind (*inspect) (
      GstDiscordMediaSink *self, GstBuffer *buffer, GstClockTime *decoded);
  /* FALSE: counted, and not wanted now. Nothing is waited for. */
  gboolean (*admit) (GstDiscordMediaSink *self, DiscordMediaFrame *frame);
  /* Says what has to be said before the frame goes out in frame->send. */
  GstFlowReturn (*announce) (
      GstDiscordMediaSink *self, DiscordMediaFrame *frame);
  /* The SSRC of a session that begins with a frame. */
  guint32 (*get_ssrc) (
      GstDiscordMediaSink *self, const GstDiscordSendState *send);
  /* (nullable): with the lock and the stream lock of srcpad held, at @now of our
   * clock. FALSE: something changed since announce(). */
  gboolean (*begin) (
      GstDiscordMediaSink *self, DiscordMediaFrame *frame, GstClockTime now);
  /* (nullable): changes what goes out for the frame. */
  void (*prepare) (GstDiscordMediaSink *self, const DiscordMediaFrame *frame,
      GstBuffer *out);
  /* (nullable): a frame was pushed; without any lock but PREROLL_LOCK. */
  void (*sent) (GstDiscordMediaSink *self);
  /* (nullable): what became of a frame that was no header and not refused. */
  void (*done) (
      GstDiscordMediaSink *self, DiscordMediaFrame *frame, gboolean was_sent);
};

/* Below PAUSED only; NULL to let go. */
void gst_discord_media_sink_set_connection (
    GstDiscordMediaSink *self, GstDiscordConnection *connection);

/* How long a file waits until what it sends can be encrypted, in milliseconds.
 * Any time. */
/* Before anything comes in. Without one a shift of a file is this pad's own. */
void gst_discord_media_sink_set_timeline (
    GstDiscordMediaSink *self, DiscordTimeline *timeline);
void gst_discord_media_sink_set_e2ee_timeout (
    GstDiscordMediaSink *self, guint timeout);

/* Whether the stream of the connection was ended by others in this run, from
 * READY to READY. Any time. */
gboolean gst_discord_media_sink_is_over (GstDiscordMediaSink *self);

/* Adds our counters, each field name behind @prefix. */
void gst_discord_media_sink_add_stats (
    GstDiscordMediaSink *self, const gchar *prefix, GstStructure *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstDiscordMediaSink, gst_object_unref)

G_END_DECLS
