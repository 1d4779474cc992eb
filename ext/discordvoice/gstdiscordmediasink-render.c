/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One frame on its way out: waiting for the session, keeping pace, sending. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscorddaveenc.h"
#include "gstdiscordmediasink-private.h"

GST_DEBUG_CATEGORY_EXTERN (discord_media_sink_debug);
#define GST_CAT_DEFAULT discord_media_sink_debug

/* The watch is called within moments; if not, a frame must not wait for ever. */
#define TELL_TIMEOUT G_TIME_SPAN_SECOND
#define WARNING_INTERVAL (10 * GST_SECOND)

void
gst_discord_media_sink_count (GstDiscordMediaSink *self, guint64 *counter)
{
  g_mutex_lock (&self->lock);
  (*counter)++;
  g_mutex_unlock (&self->lock);
}

gboolean
gst_discord_media_sink_is_live (GstDiscordMediaSink *self)
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

gboolean
gst_discord_media_sink_wait_until (GstDiscordMediaSink *self,
    DiscordReadyFunc ready, gpointer data, gint64 until)
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
  return self->send.can_send || self->over;
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

gboolean
gst_discord_media_sink_get_session (
    GstDiscordMediaSink *self, GstDiscordSendState *send, guint *told)
{
  g_mutex_lock (&self->lock);
  *send = self->send;
  *told = self->told;
  g_mutex_unlock (&self->lock);
  return send->can_send;
}

GstFlowReturn
gst_discord_media_sink_check_interrupt (
    GstDiscordMediaSink *self, GstBuffer *buffer)
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
      || state == GST_DISCORD_E2EE_STATE_ENCRYPTED
      || gst_discord_media_sink_is_live (self)
      || !get_deadline (self, send, &deadline))
    return FALSE;
  gst_discord_media_sink_wait_until (self, has_moved_on, &state, deadline);
  return TRUE;
}

/* A file waits for the session, and in it a while for the group, live input does
 * not. When the connection gave up somebody may still make it connect again, so
 * that is no flow error; who gave up has said so on the bus. */
static GstFlowReturn
wait_for_session (GstDiscordMediaSink *self, DiscordMediaFrame *frame)
{
  for (;;) {
    GstFlowReturn ret =
        gst_discord_media_sink_check_interrupt (self, frame->buffer);

    if (ret != GST_FLOW_OK)
      return ret;
    if (!gst_discord_media_sink_get_session (
            self, &frame->send, &frame->told)) {
      if (gst_discord_media_sink_is_over (self))
        return GST_FLOW_EOS;
      if (gst_discord_media_sink_is_live (self)) {
        gst_discord_media_sink_count (self, &self->stats.not_ready);
        return DISCORD_FLOW_DROPPED;
      }
      gst_discord_media_sink_wait_until (self, can_go_on, NULL, -1);
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
  const gchar *medium = GST_DISCORD_MEDIA_SINK_GET_CLASS (self)->medium;
  gboolean first;

  g_mutex_lock (&self->lock);
  first = !self->key_warned;
  self->key_warned = TRUE;
  g_mutex_unlock (&self->lock);
  if (first)
    GST_ELEMENT_WARNING (self, STREAM, ENCODE,
        ("There is no encrypted group with the others in the channel yet; %s is "
         "not sent until there is.",
            medium),
        ("waited for e2ee-timeout"));
}

/* What nobody can hear takes its time all the same. */
static GstFlowReturn
check_audience (GstDiscordMediaSink *self, DiscordMediaFrame *frame)
{
  if (frame->send.paused) {
    gst_discord_media_sink_count (self, &self->stats.paused);
    return DISCORD_FLOW_DROPPED;
  }
  if (frame->send.e2ee == GST_DISCORD_E2EE_STATE_ALONE) {
    gst_discord_media_sink_count (self, &self->stats.alone);
    return DISCORD_FLOW_DROPPED;
  }
  if (!gst_discord_media_sink_awaits_key (&frame->send))
    return GST_FLOW_OK;
  gst_discord_media_sink_count (self, &self->stats.no_key);
  if (!gst_discord_media_sink_is_live (self))
    warn_without_key (self);
  return DISCORD_FLOW_DROPPED;
}

static void
post_qos (
    GstDiscordMediaSink *self, DiscordMediaFrame *frame, GstClockTime late)
{
  GstBaseSink *sink = GST_BASE_SINK (self);
  GstClockTime timestamp = GST_BUFFER_PTS (frame->buffer);
  GstDiscordMediaSinkStats stats;
  GstMessage *message;

  g_mutex_lock (&self->lock);
  stats = self->stats;
  g_mutex_unlock (&self->lock);
  message = gst_message_new_qos (GST_OBJECT (self),
      gst_discord_media_sink_is_live (self), frame->running_time,
      gst_segment_to_stream_time (&sink->segment, GST_FORMAT_TIME, timestamp),
      timestamp, frame->duration);
  gst_message_set_qos_values (message, late, 1.0, 1000000);
  gst_message_set_qos_stats (
      message, GST_FORMAT_BUFFERS, stats.frames, stats.late);
  gst_element_post_message (GST_ELEMENT (self), message);
}

/* TRUE: what other pads of the same file have been shifted by is ours now. Live
 * input has each pad's own latency to make up for. */
static gboolean
follow_timeline (GstDiscordMediaSink *self)
{
  GstBaseSink *sink = GST_BASE_SINK (self);
  GstClockTimeDiff offset;

  if (self->timeline == NULL || gst_discord_media_sink_is_live (self))
    return FALSE;
  offset = discord_timeline_get_offset (self->timeline);
  if (offset == gst_base_sink_get_ts_offset (sink))
    return FALSE;
  gst_base_sink_set_ts_offset (sink, offset);
  return TRUE;
}

static void
shift_timeline (GstDiscordMediaSink *self, GstClockTime shift)
{
  GstBaseSink *sink = GST_BASE_SINK (self);
  GstClockTimeDiff offset = gst_base_sink_get_ts_offset (sink) + shift;

  GST_INFO_OBJECT (self, "late by %" GST_TIME_FORMAT ", playing on from here",
      GST_TIME_ARGS (shift));
  gst_discord_media_sink_count (self, &self->stats.restarts);
  gst_base_sink_set_ts_offset (sink, offset);
  if (self->timeline != NULL && !gst_discord_media_sink_is_live (self))
    discord_timeline_raise (self->timeline, offset);
}

static gboolean
never_ready (GstDiscordMediaSink *self, gpointer data)
{
  return FALSE;
}

/* A frame that was waited for before the timeline moved, and is early in it. */
static GstFlowReturn
wait_longer (GstDiscordMediaSink *self, GstClockTime time)
{
  gst_discord_media_sink_wait_until (self, never_ready, NULL,
      g_get_monotonic_time () + GST_TIME_AS_USECONDS (time));
  return DISCORD_FLOW_AGAIN;
}

/* Late frames are dropped, or the timeline is moved so that they are not. */
static GstFlowReturn
keep_pace (GstDiscordMediaSink *self, DiscordMediaFrame *frame)
{
  const GstDiscordMediaSinkClass *klass =
      GST_DISCORD_MEDIA_SINK_GET_CLASS (self);
  GstBaseSink *sink = GST_BASE_SINK (self);
  g_autoptr (GstClock) clock = gst_discord_media_sink_ref_clock (self);
  gboolean moved = follow_timeline (self) || frame->moved;
  GstClockTime now = gst_clock_get_time (clock);
  gboolean live;
  GstClockTime due, shift;

  due = gst_element_get_base_time (GST_ELEMENT (self)) + frame->running_time
      + gst_base_sink_get_latency (sink) + gst_base_sink_get_ts_offset (sink);
  if (moved && due >= now + GST_MSECOND) {
    frame->moved = TRUE;
    return wait_longer (self, due - now);
  }
  live = gst_discord_media_sink_is_live (self)
      || (klass->drops_late && !frame->held && now < due + LATENESS_STALL);
  if (!lateness_check (&self->lateness, live, frame->held, due, now, &shift)) {
    gst_discord_media_sink_count (self, &self->stats.late);
    post_qos (self, frame, now - due);
    return DISCORD_FLOW_DROPPED;
  }
  if (shift > 0)
    shift_timeline (self, shift);
  frame->lateness = frame->held || now < due ? 0 : now - due;
  return GST_FLOW_OK;
}

static void
note_lateness (GstDiscordMediaSink *self, GstClockTime lateness)
{
  if (lateness < GST_MSECOND)
    return;
  g_mutex_lock (&self->lock);
  self->stats.behind++;
  self->stats.lateness_max = MAX (self->stats.lateness_max, lateness);
  g_mutex_unlock (&self->lock);
}

/* The group went between the look at it and the push: the watch is about to tell
 * so. Called with PREROLL_LOCK. */
static GstFlowReturn
take_back (GstDiscordMediaSink *self, DiscordMediaFrame *frame)
{
  if (frame->told_until == 0)
    frame->told_until = g_get_monotonic_time () + TELL_TIMEOUT;
  g_mutex_lock (&self->lock);
  self->stats.frames--;
  self->stats.bytes -= gst_buffer_get_size (frame->buffer);
  g_mutex_unlock (&self->lock);
  if (!gst_discord_media_sink_is_live (self)
      && gst_discord_media_sink_wait_until (
          self, is_told_again, &frame->told, frame->told_until)) {
    frame->held = TRUE;
    return DISCORD_FLOW_AGAIN;
  }
  gst_discord_media_sink_count (self, &self->stats.no_key);
  return DISCORD_FLOW_DROPPED;
}

static GstFlowReturn
send_frame (GstDiscordMediaSink *self, DiscordMediaFrame *frame)
{
  const GstDiscordMediaSinkClass *klass =
      GST_DISCORD_MEDIA_SINK_GET_CLASS (self);
  g_autoptr (GstClock) clock = gst_discord_media_sink_ref_clock (self);
  GstClockTime now = gst_clock_get_time (clock);
  GstBuffer *out;
  GstFlowReturn ret;
  gboolean goes;

  GST_PAD_STREAM_LOCK (self->srcpad);
  g_mutex_lock (&self->lock);
  goes = klass->begin == NULL || klass->begin (self, frame, now);
  if (goes) {
    self->stats.frames++;
    self->stats.bytes += gst_buffer_get_size (frame->buffer);
  }
  g_mutex_unlock (&self->lock);
  if (!goes) {
    GST_PAD_STREAM_UNLOCK (self->srcpad);
    frame->overtaken = TRUE;
    return DISCORD_FLOW_AGAIN;
  }

  out = gst_buffer_copy (frame->buffer);
  GST_BUFFER_DURATION (out) = frame->decoded;
  if (klass->prepare != NULL)
    klass->prepare (self, frame, out);
  ret = gst_discord_media_sink_push (self, out,
      frame->running_time + gst_base_sink_get_ts_offset (GST_BASE_SINK (self)),
      &frame->send);
  GST_PAD_STREAM_UNLOCK (self->srcpad);
  if (klass->sent != NULL)
    klass->sent (self);
  return ret == GST_DISCORD_DAVE_FLOW_NO_KEY ? take_back (self, frame) : ret;
}

static void
refuse (GstDiscordMediaSink *self, DiscordMediaFrame *frame)
{
  gst_discord_media_sink_count (self, &self->stats.refused);
  if (GST_CLOCK_TIME_IS_VALID (self->warned)
      && frame->running_time < self->warned + WARNING_INTERVAL)
    return;
  self->warned = frame->running_time;
  GST_ELEMENT_WARNING (self, STREAM, FORMAT,
      ("%s", GST_DISCORD_MEDIA_SINK_GET_CLASS (self)->refusal),
      ("%" G_GSIZE_FORMAT " bytes", gst_buffer_get_size (frame->buffer)));
}

static void
frame_init (
    GstDiscordMediaSink *self, DiscordMediaFrame *frame, GstBuffer *buffer)
{
  GstBaseSink *sink = GST_BASE_SINK (self);
  GstClockTime start = GST_BUFFER_PTS (buffer);

  *frame = (DiscordMediaFrame){ .buffer = buffer };
  frame->kind = GST_DISCORD_MEDIA_SINK_GET_CLASS (self)->inspect (
      self, buffer, &frame->decoded);
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
  if (frame->kind != DISCORD_FRAME_HEADER
      && GST_CLOCK_TIME_IS_VALID (frame->duration))
    self->next_start = start + frame->duration;
}

/* Live input waits for nothing but its own announcement. */
static gboolean
may_try_again (GstDiscordMediaSink *self, const DiscordMediaFrame *frame)
{
  return frame->overtaken || !gst_discord_media_sink_is_live (self);
}

static GstFlowReturn
send_or_drop (GstDiscordMediaSink *self, DiscordMediaFrame *frame)
{
  const GstDiscordMediaSinkClass *klass =
      GST_DISCORD_MEDIA_SINK_GET_CLASS (self);
  GstFlowReturn ret;

  do {
    frame->announced = frame->overtaken = FALSE;
    ret = wait_for_session (self, frame);
    if (ret == GST_FLOW_OK)
      ret = keep_pace (self, frame);
    if (ret == GST_FLOW_OK)
      ret = check_audience (self, frame);
    if (ret == GST_FLOW_OK)
      ret = klass->announce (self, frame);
    if (ret == GST_FLOW_OK)
      ret = send_frame (self, frame);
    if (ret == GST_FLOW_OK)
      note_lateness (self, frame->lateness);
  } while (ret == DISCORD_FLOW_AGAIN && may_try_again (self, frame));

  if (ret != DISCORD_FLOW_AGAIN)
    return ret;
  gst_discord_media_sink_count (self, &self->stats.not_ready);
  return DISCORD_FLOW_DROPPED;
}

GstFlowReturn
gst_discord_media_sink_render (GstBaseSink *sink, GstBuffer *buffer)
{
  GstDiscordMediaSink *self = GST_DISCORD_MEDIA_SINK (sink);
  const GstDiscordMediaSinkClass *klass =
      GST_DISCORD_MEDIA_SINK_GET_CLASS (self);
  GstFlowReturn ret;
  DiscordMediaFrame frame;

  frame_init (self, &frame, buffer);
  if (frame.kind == DISCORD_FRAME_HEADER)
    return GST_FLOW_OK;
  self->rendered = TRUE;
  if (frame.kind == DISCORD_FRAME_REFUSED) {
    refuse (self, &frame);
    return GST_FLOW_OK;
  }
  if (!klass->admit (self, &frame))
    return GST_FLOW_OK;

  ret = send_or_drop (self, &frame);
  if (klass->done != NULL)
    klass->done (self, &frame, ret == GST_FLOW_OK);
  return ret == DISCORD_FLOW_DROPPED ? GST_FLOW_OK : ret;
}

/* The pipeline's clock starts when the session can send, so that a file loses
 * nothing. Later prerolls (a pause, a seek) have nothing to wait for. */
GstFlowReturn
gst_discord_media_sink_preroll (GstBaseSink *sink, GstBuffer *buffer)
{
  GstDiscordMediaSink *self = GST_DISCORD_MEDIA_SINK (sink);
  GstDiscordSendState send;
  guint told;

  if (self->rendered || gst_discord_media_sink_is_live (self))
    return GST_FLOW_OK;
  for (;;) {
    if (sink->flushing)
      return GST_FLOW_FLUSHING;
    if (!gst_discord_media_sink_get_session (self, &send, &told)) {
      if (gst_discord_media_sink_is_over (self))
        return GST_FLOW_OK;
      gst_discord_media_sink_wait_until (self, can_go_on, NULL, -1);
    } else if (!wait_for_others (self, &send)) {
      return GST_FLOW_OK;
    }
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
  if (!complete
      && GST_DISCORD_MEDIA_SINK_GET_CLASS (self)->inspect (
             self, buffer, &decoded)
          == DISCORD_FRAME_HEADER) {
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
