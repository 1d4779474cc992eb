/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordmediasink-private.h"
#include "opusframe.h"

#include <gst/audio/audio.h>

GST_DEBUG_CATEGORY_EXTERN (discord_media_sink_debug);
#define GST_CAT_DEFAULT discord_media_sink_debug

#define DISCORD_LEVEL_SILENCE 127 /* media-transport 3.2 */

GstClock *
gst_discord_media_sink_ref_clock (GstDiscordMediaSink *self)
{
  GstClock *clock = NULL;

  GST_OBJECT_LOCK (self);
  if (GST_ELEMENT_CLOCK (self) != NULL)
    clock = gst_object_ref (GST_ELEMENT_CLOCK (self));
  GST_OBJECT_UNLOCK (self);
  return clock != NULL ? clock : gst_system_clock_obtain ();
}

/* The payloader starts a new RTP stream for a new session, behind everything
 * of the old one. */
static void
push_session (GstDiscordMediaSink *self, const GstDiscordSendState *send)
{
  if (self->generation == send->generation)
    return;
  self->generation = send->generation;
  GST_DEBUG_OBJECT (self, "session %u, SSRC %u", send->generation, send->ssrc);
  gst_pad_push_event (self->srcpad,
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
          gst_structure_new (
              "discord-session", "ssrc", G_TYPE_UINT, send->ssrc, NULL)));
}

/* Behind the session: the payloader puts its SSRC into the caps, and behind it
 * an RTP session remembers each SSRC it ever saw. */
static void
push_caps (GstDiscordMediaSink *self)
{
  g_autoptr (GstCaps) caps = g_steal_pointer (&self->pending_caps);

  if (caps != NULL)
    gst_pad_push_event (self->srcpad, gst_event_new_caps (caps));
}

/* Ours starts at 0 and never changes: what upstream seeks or switches is
 * already resolved in the times of our frames. */
static void
push_segment (GstDiscordMediaSink *self)
{
  GstSegment segment;

  if (self->segment_sent)
    return;
  self->segment_sent = TRUE;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (self->srcpad, gst_event_new_segment (&segment));
}

GstFlowReturn
gst_discord_media_sink_push (GstDiscordMediaSink *self, GstBuffer *buffer,
    GstClockTime pts, const GstDiscordSendState *send)
{
  push_session (self, send);
  push_caps (self);
  push_segment (self);
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  self->end = pts;
  if (GST_BUFFER_DURATION_IS_VALID (buffer))
    self->end += GST_BUFFER_DURATION (buffer);
  return gst_pad_push (self->srcpad, buffer);
}

/* Its time is that of its sending, minus the latency with which everything
 * else is sent, so that RTP time stands for elapsed time. */
static GstClockTime
silence_pts (GstDiscordMediaSink *self, GstClockTime now)
{
  GstClockTime before = gst_element_get_base_time (GST_ELEMENT (self))
      + gst_base_sink_get_latency (GST_BASE_SINK (self));
  GstClockTime pts = now > before ? now - before : 0;

  return GST_CLOCK_TIME_IS_VALID (self->end) ? MAX (pts, self->end) : pts;
}

static void
push_silence (GstDiscordMediaSink *self, GstClockTime now,
    const GstDiscordSendState *send)
{
  GstBuffer *buffer = gst_buffer_new_memdup (opus_silence, OPUS_SILENCE_SIZE);

  GST_BUFFER_DURATION (buffer) = OPUS_SILENCE_DURATION;
  gst_buffer_add_audio_level_meta (buffer, DISCORD_LEVEL_SILENCE, FALSE);
  gst_discord_media_sink_push (self, buffer, silence_pts (self, now), send);
}

/* A talk spurt of a session that is gone, or that cannot be sent, is over
 * without a word. */
static TalkspurtAction
poll_unlocked (GstDiscordMediaSink *self, GstClockTime now)
{
  if (self->spurt.state == TALKSPURT_SILENT)
    return TALKSPURT_WAIT;
  if (!self->send.can_send || self->send.generation != self->generation) {
    talkspurt_init (&self->spurt);
    return TALKSPURT_STOP;
  }
  return talkspurt_poll (&self->spurt, now);
}

gboolean
gst_discord_media_sink_step (
    GstDiscordMediaSink *self, GstClockTime now, GstClockTime *next)
{
  GstDiscordSendState send;
  TalkspurtAction action;

  GST_PAD_STREAM_LOCK (self->srcpad);
  do {
    g_mutex_lock (&self->lock);
    action = self->running ? poll_unlocked (self, now) : TALKSPURT_WAIT;
    if (action == TALKSPURT_SEND_SILENCE)
      self->stats.silence++;
    *next = self->spurt.due;
    send = self->send;
    g_mutex_unlock (&self->lock);

    if (action == TALKSPURT_SEND_SILENCE)
      push_silence (self, now, &send);
    else if (action == TALKSPURT_STOP)
      gst_discord_connection_set_speaking (
          self->connection, GST_DISCORD_SPEAKING_NONE);
  } while (action == TALKSPURT_SEND_SILENCE);
  GST_PAD_STREAM_UNLOCK (self->srcpad);

  return GST_CLOCK_TIME_IS_VALID (*next);
}

static void
run_step (GstElement *element, gpointer user_data)
{
  GstDiscordMediaSink *self = GST_DISCORD_MEDIA_SINK (element);
  g_autoptr (GstClock) clock = gst_discord_media_sink_ref_clock (self);
  GstClockTime next;

  if (gst_discord_media_sink_step (self, gst_clock_get_time (clock), &next))
    gst_discord_media_sink_arm (self);
}

static gboolean
on_timer (GstClock *clock, GstClockTime time, GstClockID id, gpointer user_data)
{
  GstDiscordMediaSink *self = user_data;
  GstClockTime due;

  g_mutex_lock (&self->lock);
  if (self->timer != id) {
    g_mutex_unlock (&self->lock);
    return TRUE;
  }
  self->timer = NULL;
  due = self->spurt.due;
  g_mutex_unlock (&self->lock);
  gst_clock_id_unref (id);

  /* Frames went on in the meantime: nothing to do before their pause. */
  if (GST_CLOCK_TIME_IS_VALID (due) && due > time)
    gst_discord_media_sink_arm (self);
  else
    /* Pushing could block, which the clock's thread must not. */
    gst_element_call_async (GST_ELEMENT (self), run_step, NULL, NULL);
  return TRUE;
}

void
gst_discord_media_sink_arm (GstDiscordMediaSink *self)
{
  g_autoptr (GstClock) clock = gst_discord_media_sink_ref_clock (self);
  GstClockID id;
  GstClockTime due;

  g_mutex_lock (&self->lock);
  due = self->running && self->timer == NULL ? self->spurt.due
                                             : GST_CLOCK_TIME_NONE;
  g_mutex_unlock (&self->lock);
  if (!GST_CLOCK_TIME_IS_VALID (due))
    return;

  id = gst_clock_new_single_shot_id (clock, due);
  g_mutex_lock (&self->lock);
  if (!self->running || self->timer != NULL) {
    g_mutex_unlock (&self->lock);
    gst_clock_id_unref (id);
    return;
  }
  self->timer = gst_clock_id_ref (id);
  g_mutex_unlock (&self->lock);
  gst_clock_id_wait_async (
      id, on_timer, gst_object_ref (self), (GDestroyNotify) gst_object_unref);
  gst_clock_id_unref (id);
}

void
gst_discord_media_sink_disarm (GstDiscordMediaSink *self)
{
  GstClockID id;

  g_mutex_lock (&self->lock);
  id = g_steal_pointer (&self->timer);
  g_mutex_unlock (&self->lock);
  if (id == NULL)
    return;
  gst_clock_id_unschedule (id);
  gst_clock_id_unref (id);
}

gboolean
gst_discord_media_sink_end (GstDiscordMediaSink *self)
{
  g_autoptr (GstClock) clock = gst_discord_media_sink_ref_clock (self);
  GstClockTime now = gst_clock_get_time (clock);
  gboolean active;

  g_mutex_lock (&self->lock);
  talkspurt_end (&self->spurt, now);
  active = self->spurt.state == TALKSPURT_TRAILING;
  g_mutex_unlock (&self->lock);
  return active;
}

void
gst_discord_media_sink_trail (GstDiscordMediaSink *self)
{
  if (!gst_discord_media_sink_end (self))
    return;
  gst_discord_media_sink_disarm (self);
  gst_element_call_async (GST_ELEMENT (self), run_step, NULL, NULL);
}

void
gst_discord_media_sink_finish (GstDiscordMediaSink *self)
{
  GstClockTime due;

  gst_discord_media_sink_disarm (self);
  if (!gst_discord_media_sink_end (self))
    return;
  g_mutex_lock (&self->lock);
  due = self->spurt.due;
  g_mutex_unlock (&self->lock);
  /* Not at their pace any more, but with the times they would have had. */
  while (GST_CLOCK_TIME_IS_VALID (due)
      && gst_discord_media_sink_step (self, due, &due))
    ;
}
