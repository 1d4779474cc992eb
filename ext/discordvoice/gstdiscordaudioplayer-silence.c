/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordaudioplayer-private.h"
#include "opusframe.h"

#include <gst/audio/audio.h>

GST_DEBUG_CATEGORY_EXTERN (discord_media_sink_debug);
#define GST_CAT_DEFAULT discord_media_sink_debug

/* Its time is that of its sending, minus the latency with which everything
 * else is sent, so that RTP time stands for elapsed time. */
static GstClockTime
silence_pts (GstDiscordAudioPlayer *self, GstClockTime now)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);
  GstClockTime before = gst_element_get_base_time (GST_ELEMENT (self))
      + gst_base_sink_get_latency (GST_BASE_SINK (self));
  GstClockTime pts = now > before ? now - before : 0;

  return GST_CLOCK_TIME_IS_VALID (sink->end) ? MAX (pts, sink->end) : pts;
}

static void
push_silence (GstDiscordAudioPlayer *self, GstClockTime now,
    const GstDiscordSendState *send)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);
  GstBuffer *buffer = gst_buffer_new_memdup (opus_silence, OPUS_SILENCE_SIZE);

  GST_BUFFER_DURATION (buffer) = OPUS_SILENCE_DURATION;
  gst_buffer_add_audio_level_meta (buffer, DISCORD_LEVEL_SILENCE, FALSE);
  gst_discord_media_sink_push (sink, buffer, silence_pts (self, now), send);
}

/* A talk spurt of a session that is gone, or that cannot be sent, is over
 * without a word. */
static TalkspurtAction
poll_unlocked (GstDiscordAudioPlayer *self, GstClockTime now)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);

  if (self->spurt.state == TALKSPURT_SILENT)
    return TALKSPURT_WAIT;
  if (!sink->send.can_send || sink->send.generation != sink->generation) {
    talkspurt_init (&self->spurt);
    return TALKSPURT_STOP;
  }
  return talkspurt_poll (&self->spurt, now);
}

/* Counted behind the announcement, so that whoever announces speaking without
 * having seen the count does it once more. */
static void
announce_stop (GstDiscordAudioPlayer *self)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);

  gst_discord_connection_set_speaking (
      sink->connection, GST_DISCORD_SPEAKING_NONE);
  g_mutex_lock (&sink->lock);
  self->stops++;
  g_mutex_unlock (&sink->lock);
}

gboolean
gst_discord_audio_player_step (
    GstDiscordAudioPlayer *self, GstClockTime now, GstClockTime *next)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);
  GstDiscordSendState send;
  TalkspurtAction action;
  gboolean keeps;

  GST_PAD_STREAM_LOCK (sink->srcpad);
  do {
    g_mutex_lock (&sink->lock);
    action = sink->running ? poll_unlocked (self, now) : TALKSPURT_WAIT;
    if (action == TALKSPURT_SEND_SILENCE)
      self->silence++;
    *next = self->spurt.due;
    send = sink->send;
    keeps = self->keeps_speaking;
    g_mutex_unlock (&sink->lock);

    if (action == TALKSPURT_SEND_SILENCE)
      push_silence (self, now, &send);
    else if (action == TALKSPURT_STOP && !keeps)
      announce_stop (self);
  } while (action == TALKSPURT_SEND_SILENCE);
  GST_PAD_STREAM_UNLOCK (sink->srcpad);

  return GST_CLOCK_TIME_IS_VALID (*next);
}

static void
run_step (GstElement *element, gpointer user_data)
{
  GstDiscordAudioPlayer *self = GST_DISCORD_AUDIO_PLAYER (element);
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);
  g_autoptr (GstClock) clock = gst_discord_media_sink_ref_clock (sink);
  GstClockTime next;

  if (gst_discord_audio_player_step (self, gst_clock_get_time (clock), &next))
    gst_discord_audio_player_arm (self);
}

static gboolean
on_timer (GstClock *clock, GstClockTime time, GstClockID id, gpointer user_data)
{
  GstDiscordAudioPlayer *self = user_data;
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);
  GstClockTime due;

  g_mutex_lock (&sink->lock);
  if (self->timer != id) {
    g_mutex_unlock (&sink->lock);
    return TRUE;
  }
  self->timer = NULL;
  due = self->spurt.due;
  g_mutex_unlock (&sink->lock);
  gst_clock_id_unref (id);

  /* Frames went on in the meantime: nothing to do before their pause. */
  if (GST_CLOCK_TIME_IS_VALID (due) && due > time)
    gst_discord_audio_player_arm (self);
  else
    /* Pushing could block, which the clock's thread must not. */
    gst_element_call_async (GST_ELEMENT (self), run_step, NULL, NULL);
  return TRUE;
}

void
gst_discord_audio_player_arm (GstDiscordAudioPlayer *self)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);
  g_autoptr (GstClock) clock = gst_discord_media_sink_ref_clock (sink);
  GstClockID id;
  GstClockTime due;

  g_mutex_lock (&sink->lock);
  due = sink->running && self->timer == NULL ? self->spurt.due
                                             : GST_CLOCK_TIME_NONE;
  g_mutex_unlock (&sink->lock);
  if (!GST_CLOCK_TIME_IS_VALID (due))
    return;

  id = gst_clock_new_single_shot_id (clock, due);
  g_mutex_lock (&sink->lock);
  if (!sink->running || self->timer != NULL) {
    g_mutex_unlock (&sink->lock);
    gst_clock_id_unref (id);
    return;
  }
  self->timer = gst_clock_id_ref (id);
  g_mutex_unlock (&sink->lock);
  gst_clock_id_wait_async (
      id, on_timer, gst_object_ref (self), (GDestroyNotify) gst_object_unref);
  gst_clock_id_unref (id);
}

void
gst_discord_audio_player_disarm (GstDiscordAudioPlayer *self)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);
  GstClockID id;

  g_mutex_lock (&sink->lock);
  id = g_steal_pointer (&self->timer);
  g_mutex_unlock (&sink->lock);
  if (id == NULL)
    return;
  gst_clock_id_unschedule (id);
  gst_clock_id_unref (id);
}

gboolean
gst_discord_audio_player_end (GstDiscordAudioPlayer *self)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);
  g_autoptr (GstClock) clock = gst_discord_media_sink_ref_clock (sink);
  GstClockTime now = gst_clock_get_time (clock);
  gboolean active;

  g_mutex_lock (&sink->lock);
  talkspurt_end (&self->spurt, now);
  active = self->spurt.state == TALKSPURT_TRAILING;
  g_mutex_unlock (&sink->lock);
  return active;
}

void
gst_discord_audio_player_trail (GstDiscordAudioPlayer *self)
{
  if (!gst_discord_audio_player_end (self))
    return;
  gst_discord_audio_player_disarm (self);
  gst_element_call_async (GST_ELEMENT (self), run_step, NULL, NULL);
}

void
gst_discord_audio_player_finish (GstDiscordAudioPlayer *self)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);
  GstClockTime due;

  gst_discord_audio_player_disarm (self);
  if (!gst_discord_audio_player_end (self))
    return;
  g_mutex_lock (&sink->lock);
  due = self->spurt.due;
  g_mutex_unlock (&sink->lock);
  /* Not at their pace any more, but with the times they would have had. */
  while (GST_CLOCK_TIME_IS_VALID (due)
      && gst_discord_audio_player_step (self, due, &due))
    ;
}
