/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One frame on its way out: waiting for the session, keeping pace, announcing
 * speaking, sending. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscorddaveenc.h"
#include "gstdiscordmediasink-private.h"
#include "opusframe.h"

#include <gst/audio/audio.h>

GST_DEBUG_CATEGORY_EXTERN (discord_media_sink_debug);
#define GST_CAT_DEFAULT discord_media_sink_debug

/* Op 5 travels by websocket; waiting longer than this helps nobody. */
#define ANNOUNCE_TIMEOUT G_TIME_SPAN_SECOND
/* The watch is called within moments; if not, a frame must not wait for ever. */
#define TELL_TIMEOUT G_TIME_SPAN_SECOND
#define WARNING_INTERVAL (10 * GST_SECOND)

/* A frame that is not sent, which is no error. */
#define FLOW_DROPPED GST_FLOW_CUSTOM_SUCCESS
/* The session changed under a frame: it starts over. */
#define FLOW_AGAIN GST_FLOW_CUSTOM_SUCCESS_1

typedef enum
{
  FRAME_AUDIO,
  FRAME_SILENCE,
  FRAME_HEADER,
  FRAME_REFUSED,
} FrameKind;

/* One frame on its way through render. */
typedef struct
{
  GstBuffer *buffer; /* borrowed */
  FrameKind kind;
  GstClockTime running_time;
  GstClockTime duration; /* in upstream's timeline */
  GstClockTime decoded; /* of what a decoder makes of it */
  gboolean held; /* we made it late ourselves */
  gboolean announced; /* it begins a talk spurt */
  GstDiscordSendState send; /* the session it goes out in */
  guint told; /* which call of the watch that is from */
  gint64 told_until; /* monotonic time: when a lost group is explained; or 0 */
} Frame;

static void
count (GstDiscordMediaSink *self, guint64 *counter)
{
  g_mutex_lock (&self->lock);
  (*counter)++;
  g_mutex_unlock (&self->lock);
}

static gboolean
is_live (GstDiscordMediaSink *self)
{
  GstQuery *query;

  if (self->live_known)
    return self->live;
  query = gst_query_new_latency ();
  self->live = FALSE;
  if (gst_pad_peer_query (GST_BASE_SINK_PAD (self), query))
    gst_query_parse_latency (query, &self->live, NULL, NULL);
  gst_query_unref (query);
  self->live_known = TRUE;
  GST_DEBUG_OBJECT (self, "input is %slive", self->live ? "" : "not ");
  return self->live;
}

/* Waiting gives the PREROLL_LOCK away, since a state change takes it and may
 * not wait for the network. Which state changes happened meanwhile is seen only
 * after taking it again, so callers look at the sink anew each time. */

typedef gboolean (*ReadyFunc) (GstDiscordMediaSink *self, gpointer data);

/* Until @ready (called with the lock held), an interrupt or @until (monotonic
 * time, -1 for ever). Called with PREROLL_LOCK. FALSE: out of time. */
static gboolean
wait_until (
    GstDiscordMediaSink *self, ReadyFunc ready, gpointer data, gint64 until)
{
  gboolean in_time = TRUE;
  guint interrupts;

  g_mutex_lock (&self->lock);
  interrupts = self->interrupts;
  GST_BASE_SINK_PREROLL_UNLOCK (self);
  while (in_time && interrupts == self->interrupts && !ready (self, data)) {
    if (until < 0)
      g_cond_wait (&self->cond, &self->lock);
    else
      in_time = g_cond_wait_until (&self->cond, &self->lock, until);
  }
  g_mutex_unlock (&self->lock);
  GST_BASE_SINK_PREROLL_LOCK (self);
  return in_time;
}

static gboolean
can_go_on (GstDiscordMediaSink *self, gpointer data)
{
  return self->send.can_send;
}

static gboolean
has_moved_on (GstDiscordMediaSink *self, gpointer data)
{
  const GstDiscordE2eeState *state = data;

  return !self->send.can_send || self->send.e2ee != *state;
}

static gboolean
is_told_again (GstDiscordMediaSink *self, gpointer data)
{
  const guint *told = data;

  return self->told != *told;
}

static gboolean
is_announced (GstDiscordMediaSink *self, gpointer data)
{
  const GstDiscordSendState *wanted = data;

  return self->send.speaking_sent == wanted->speaking_sent
      || self->send.generation != wanted->generation || !self->send.can_send;
}

static gboolean
get_session (GstDiscordMediaSink *self, GstDiscordSendState *send, guint *told)
{
  g_mutex_lock (&self->lock);
  *send = self->send;
  *told = self->told;
  g_mutex_unlock (&self->lock);
  return send->can_send;
}

/* Back in PLAYING after an interrupt, or not OK. */
static GstFlowReturn
check_interrupt (GstDiscordMediaSink *self, GstBuffer *buffer)
{
  GstBaseSink *sink = GST_BASE_SINK (self);

  if (sink->flushing)
    return GST_FLOW_FLUSHING;
  if (sink->need_preroll)
    return gst_base_sink_do_preroll (sink, GST_MINI_OBJECT_CAST (buffer));
  return GST_FLOW_OK;
}

/* How long a frame of a file is kept that cannot be encrypted in @send, or that
 * nobody seems to be there for. FALSE: no longer. */
static gboolean
get_deadline (GstDiscordMediaSink *self, const GstDiscordSendState *send,
    gint64 *deadline)
{
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&self->lock);
  if (send->e2ee == GST_DISCORD_E2EE_STATE_ALONE) {
    *deadline = self->others_deadline;
  } else {
    if (self->key_deadline < 0)
      self->key_deadline = now + self->e2ee_timeout * G_TIME_SPAN_MILLISECOND;
    *deadline = self->key_deadline;
  }
  g_mutex_unlock (&self->lock);
  return now < *deadline;
}

/* Called with PREROLL_LOCK. TRUE: look again; FALSE: nothing to wait for. */
static gboolean
wait_for_others (GstDiscordMediaSink *self, const GstDiscordSendState *send)
{
  GstDiscordE2eeState state = send->e2ee;
  gint64 deadline;

  if (state == GST_DISCORD_E2EE_STATE_CLEAR
      || state == GST_DISCORD_E2EE_STATE_ENCRYPTED || is_live (self)
      || !get_deadline (self, send, &deadline))
    return FALSE;
  wait_until (self, has_moved_on, &state, deadline);
  return TRUE;
}

/* A file waits for the session, and in it a while for the group, live input does
 * not. When the connection gave up somebody may still make it connect again, so
 * that is no flow error; who gave up has said so on the bus. */
static GstFlowReturn
wait_for_session (GstDiscordMediaSink *self, Frame *frame)
{
  for (;;) {
    GstFlowReturn ret = check_interrupt (self, frame->buffer);

    if (ret != GST_FLOW_OK)
      return ret;
    if (!get_session (self, &frame->send, &frame->told)) {
      if (is_live (self)) {
        count (self, &self->stats.not_ready);
        return FLOW_DROPPED;
      }
      wait_until (self, can_go_on, NULL, -1);
    } else if (!wait_for_others (self, &frame->send)) {
      return GST_FLOW_OK;
    }
    frame->held = TRUE;
    frame->told_until = 0;
  }
}

static void
warn_without_key (GstDiscordMediaSink *self)
{
  gboolean first;

  g_mutex_lock (&self->lock);
  first = !self->key_warned;
  self->key_warned = TRUE;
  g_mutex_unlock (&self->lock);
  if (first)
    GST_ELEMENT_WARNING (self, STREAM, ENCODE,
        ("There is no encrypted group with the others in the channel yet; audio "
         "is not sent until there is."),
        ("waited for e2ee-timeout"));
}

/* What nobody can hear takes its time all the same. */
static GstFlowReturn
check_audience (GstDiscordMediaSink *self, Frame *frame)
{
  if (frame->send.e2ee == GST_DISCORD_E2EE_STATE_ALONE) {
    count (self, &self->stats.alone);
    return FLOW_DROPPED;
  }
  if (!gst_discord_media_sink_awaits_key (&frame->send))
    return GST_FLOW_OK;
  count (self, &self->stats.no_key);
  if (!is_live (self))
    warn_without_key (self);
  return FLOW_DROPPED;
}

static void
post_qos (GstDiscordMediaSink *self, Frame *frame, GstClockTime late)
{
  GstBaseSink *sink = GST_BASE_SINK (self);
  GstClockTime timestamp = GST_BUFFER_PTS (frame->buffer);
  GstDiscordMediaSinkStats stats;
  GstMessage *message;

  g_mutex_lock (&self->lock);
  stats = self->stats;
  g_mutex_unlock (&self->lock);
  message = gst_message_new_qos (GST_OBJECT (self), is_live (self),
      frame->running_time,
      gst_segment_to_stream_time (&sink->segment, GST_FORMAT_TIME, timestamp),
      timestamp, frame->duration);
  gst_message_set_qos_values (message, late, 1.0, 1000000);
  gst_message_set_qos_stats (
      message, GST_FORMAT_BUFFERS, stats.frames, stats.late);
  gst_element_post_message (GST_ELEMENT (self), message);
}

/* Late frames are dropped, or the timeline is moved so that they are not. */
static GstFlowReturn
keep_pace (GstDiscordMediaSink *self, Frame *frame)
{
  GstBaseSink *sink = GST_BASE_SINK (self);
  g_autoptr (GstClock) clock = gst_discord_media_sink_ref_clock (self);
  GstClockTimeDiff offset = gst_base_sink_get_ts_offset (sink);
  GstClockTime now = gst_clock_get_time (clock);
  GstClockTime due, shift;

  due = gst_element_get_base_time (GST_ELEMENT (self)) + frame->running_time
      + gst_base_sink_get_latency (sink) + offset;
  if (!lateness_check (
          &self->lateness, is_live (self), frame->held, due, now, &shift)) {
    count (self, &self->stats.late);
    post_qos (self, frame, now - due);
    return FLOW_DROPPED;
  }
  if (shift > 0) {
    GST_INFO_OBJECT (self, "late by %" GST_TIME_FORMAT ", playing on from here",
        GST_TIME_ARGS (shift));
    count (self, &self->stats.restarts);
    gst_base_sink_set_ts_offset (sink, offset + shift);
  }
  return GST_FLOW_OK;
}

/* Op 5 comes before the first packet (voice gateway 2.9). */
static GstFlowReturn
announce (GstDiscordMediaSink *self, Frame *frame)
{
  gint64 until = g_get_monotonic_time () + ANNOUNCE_TIMEOUT;
  gboolean new_session = self->generation != frame->send.generation;
  GstDiscordSendState wanted = frame->send;
  gboolean talking;

  g_mutex_lock (&self->lock);
  wanted.speaking_sent = self->speaking;
  talking = self->spurt.state != TALKSPURT_SILENT && !new_session;
  g_mutex_unlock (&self->lock);
  if (talking)
    return GST_FLOW_OK;

  frame->announced = TRUE;
  gst_discord_connection_set_speaking (self->connection, wanted.speaking_sent);
  for (;;) {
    gboolean in_time = wait_until (self, is_announced, &wanted, until);
    GstFlowReturn ret = check_interrupt (self, frame->buffer);
    GstDiscordSendState now;
    guint told;

    if (ret != GST_FLOW_OK)
      return ret;
    if (!get_session (self, &now, &told) || now.generation != wanted.generation)
      return FLOW_AGAIN;
    if (now.speaking_sent == wanted.speaking_sent)
      return GST_FLOW_OK;
    /* While resuming: the server knows the SSRC from earlier in this session,
     * and is told the rest as soon as it can be. */
    if (!in_time)
      return new_session ? FLOW_AGAIN : GST_FLOW_OK;
  }
}

static void
set_silence_level (GstBuffer *buffer)
{
  GstAudioLevelMeta *meta = gst_buffer_get_audio_level_meta (buffer);

  if (meta == NULL)
    gst_buffer_add_audio_level_meta (buffer, DISCORD_LEVEL_SILENCE, FALSE);
  else
    meta->level = DISCORD_LEVEL_SILENCE;
}

/* The group went between the look at it and the push: the watch is about to tell
 * so. Called with PREROLL_LOCK. */
static GstFlowReturn
take_back (GstDiscordMediaSink *self, Frame *frame)
{
  if (frame->told_until == 0)
    frame->told_until = g_get_monotonic_time () + TELL_TIMEOUT;
  g_mutex_lock (&self->lock);
  self->stats.frames--;
  self->stats.bytes -= gst_buffer_get_size (frame->buffer);
  g_mutex_unlock (&self->lock);
  if (!is_live (self)
      && wait_until (self, is_told_again, &frame->told, frame->told_until)) {
    frame->held = TRUE;
    return FLOW_AGAIN;
  }
  count (self, &self->stats.no_key);
  return FLOW_DROPPED;
}

static GstFlowReturn
send_frame (GstDiscordMediaSink *self, Frame *frame)
{
  g_autoptr (GstClock) clock = gst_discord_media_sink_ref_clock (self);
  GstClockTime now = gst_clock_get_time (clock);
  GstBuffer *out;
  GstFlowReturn ret;
  gboolean ended;

  GST_PAD_STREAM_LOCK (self->srcpad);
  g_mutex_lock (&self->lock);
  /* The talk spurt may have ended since it was found to go on. */
  ended = !frame->announced && self->spurt.state == TALKSPURT_SILENT;
  if (!ended) {
    talkspurt_sent (&self->spurt, now);
    self->stats.frames++;
    self->stats.bytes += gst_buffer_get_size (frame->buffer);
  }
  g_mutex_unlock (&self->lock);
  if (ended) {
    GST_PAD_STREAM_UNLOCK (self->srcpad);
    return FLOW_AGAIN;
  }

  out = gst_buffer_copy (frame->buffer);
  GST_BUFFER_DURATION (out) = frame->decoded;
  if (frame->kind == FRAME_SILENCE)
    set_silence_level (out);
  ret = gst_discord_media_sink_push (self, out,
      frame->running_time + gst_base_sink_get_ts_offset (GST_BASE_SINK (self)),
      &frame->send);
  GST_PAD_STREAM_UNLOCK (self->srcpad);
  gst_discord_media_sink_arm (self);
  return ret == GST_DISCORD_DAVE_FLOW_NO_KEY ? take_back (self, frame) : ret;
}

static FrameKind
inspect (GstBuffer *buffer, GstClockTime *duration)
{
  FrameKind kind = FRAME_AUDIO;
  GstMapInfo map;

  *duration = GST_CLOCK_TIME_NONE;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return FRAME_REFUSED;
  if (opus_frame_is_header (map.data, map.size)) {
    kind = FRAME_HEADER;
  } else {
    *duration = opus_frame_duration (map.data, map.size);
    if (!GST_CLOCK_TIME_IS_VALID (*duration) || map.size > OPUS_FRAME_MAX_SIZE
        || *duration > OPUS_FRAME_MAX_DURATION)
      kind = FRAME_REFUSED;
    else if (opus_frame_is_silence (map.data, map.size))
      kind = FRAME_SILENCE;
  }
  gst_buffer_unmap (buffer, &map);
  return kind;
}

static void
refuse (GstDiscordMediaSink *self, Frame *frame)
{
  count (self, &self->stats.refused);
  if (GST_CLOCK_TIME_IS_VALID (self->warned)
      && frame->running_time < self->warned + WARNING_INTERVAL)
    return;
  self->warned = frame->running_time;
  GST_ELEMENT_WARNING (self, STREAM, FORMAT,
      ("An Opus packet cannot be sent: more than 60 ms, more than 1200 bytes, "
       "or no Opus at all."),
      ("%" G_GSIZE_FORMAT " bytes", gst_buffer_get_size (frame->buffer)));
}

static gboolean
is_muted (GstDiscordMediaSink *self)
{
  gboolean muted;

  g_mutex_lock (&self->lock);
  muted = self->speaking == GST_DISCORD_SPEAKING_NONE;
  if (muted)
    self->stats.muted++;
  g_mutex_unlock (&self->lock);
  return muted;
}

static void
frame_init (GstDiscordMediaSink *self, Frame *frame, GstBuffer *buffer)
{
  GstBaseSink *sink = GST_BASE_SINK (self);
  GstClockTime start = GST_BUFFER_PTS (buffer);

  *frame = (Frame){ .buffer = buffer };
  frame->kind = inspect (buffer, &frame->decoded);
  /* An encoder's first and last frame count for less than they decode to. */
  frame->duration = GST_BUFFER_DURATION_IS_VALID (buffer)
      ? GST_BUFFER_DURATION (buffer)
      : frame->decoded;
  if (!GST_CLOCK_TIME_IS_VALID (start))
    start = self->next_start;
  if (!GST_CLOCK_TIME_IS_VALID (start))
    start = sink->segment.start;
  frame->running_time =
      gst_segment_to_running_time (&sink->segment, GST_FORMAT_TIME, start);
  if (!GST_CLOCK_TIME_IS_VALID (frame->running_time))
    frame->running_time = 0;
  if (frame->kind != FRAME_HEADER && GST_CLOCK_TIME_IS_VALID (frame->duration))
    self->next_start = start + frame->duration;
}

GstFlowReturn
gst_discord_media_sink_render (GstBaseSink *sink, GstBuffer *buffer)
{
  GstDiscordMediaSink *self = GST_DISCORD_MEDIA_SINK (sink);
  GstFlowReturn ret;
  Frame frame;

  frame_init (self, &frame, buffer);
  if (frame.kind == FRAME_HEADER)
    return GST_FLOW_OK;
  self->rendered = TRUE;
  if (frame.kind == FRAME_REFUSED) {
    refuse (self, &frame);
    return GST_FLOW_OK;
  }
  if (is_muted (self))
    return GST_FLOW_OK;

  do {
    frame.announced = FALSE;
    ret = wait_for_session (self, &frame);
    if (ret == GST_FLOW_OK)
      ret = keep_pace (self, &frame);
    if (ret == GST_FLOW_OK)
      ret = check_audience (self, &frame);
    if (ret == GST_FLOW_OK)
      ret = announce (self, &frame);
    if (ret == GST_FLOW_OK)
      ret = send_frame (self, &frame);
  } while (ret == FLOW_AGAIN && !is_live (self));

  if (ret == FLOW_AGAIN)
    count (self, &self->stats.not_ready);
  return ret == FLOW_AGAIN || ret == FLOW_DROPPED ? GST_FLOW_OK : ret;
}

/* The pipeline's clock starts when the session can send, so that a file loses
 * nothing. Later prerolls (a pause, a seek) have nothing to wait for. */
GstFlowReturn
gst_discord_media_sink_preroll (GstBaseSink *sink, GstBuffer *buffer)
{
  GstDiscordMediaSink *self = GST_DISCORD_MEDIA_SINK (sink);
  GstDiscordSendState send;
  guint told;

  if (self->rendered || is_live (self))
    return GST_FLOW_OK;
  for (;;) {
    if (sink->flushing)
      return GST_FLOW_FLUSHING;
    if (!get_session (self, &send, &told))
      wait_until (self, can_go_on, NULL, -1);
    else if (!wait_for_others (self, &send))
      return GST_FLOW_OK;
  }
}

void
gst_discord_media_sink_get_times (GstBaseSink *sink, GstBuffer *buffer,
    GstClockTime *start, GstClockTime *end)
{
  GstDiscordMediaSink *self = GST_DISCORD_MEDIA_SINK (sink);
  GstClockTime duration = GST_BUFFER_DURATION (buffer);
  gboolean complete =
      GST_BUFFER_PTS_IS_VALID (buffer) && GST_CLOCK_TIME_IS_VALID (duration);
  GstClockTime decoded;

  *start = GST_BUFFER_PTS (buffer);
  *end = GST_CLOCK_TIME_NONE;
  if (!complete && inspect (buffer, &decoded) == FRAME_HEADER) {
    *start = GST_CLOCK_TIME_NONE;
    return;
  }
  if (!GST_CLOCK_TIME_IS_VALID (*start))
    *start = GST_CLOCK_TIME_IS_VALID (self->next_start) ? self->next_start
                                                        : sink->segment.start;
  if (!GST_CLOCK_TIME_IS_VALID (duration))
    duration = decoded;
  if (GST_CLOCK_TIME_IS_VALID (duration))
    *end = *start + duration;
}
