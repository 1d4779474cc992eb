/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "rtc-private.h"

#include "../gstdiscordpayloadtypes-private.h"

#include <string.h>

G_STATIC_ASSERT (
    (gint) GST_DISCORD_SSRC_UNKNOWN == (gint) DISCORD_SSRC_UNKNOWN);
G_STATIC_ASSERT ((gint) GST_DISCORD_SSRC_AUDIO == (gint) DISCORD_SSRC_AUDIO);
G_STATIC_ASSERT ((gint) GST_DISCORD_SSRC_VIDEO == (gint) DISCORD_SSRC_VIDEO);
G_STATIC_ASSERT ((gint) GST_DISCORD_SSRC_RTX == (gint) DISCORD_SSRC_RTX);

static void
forget_ssrcs (GstDiscordMediaSinkWants **wants)
{
  gint any = gst_discord_media_sink_wants_get_any (*wants);

  g_clear_pointer (wants, gst_discord_media_sink_wants_free);
  if (any < 0)
    return;
  *wants = gst_discord_media_sink_wants_new ();
  gst_discord_media_sink_wants_set_any (*wants, any);
}

void
discord_rtc_set_own_streams_unlocked (
    DiscordRtc *self, guint32 ssrc, const DiscordVoiceStreams *streams)
{
  self->n_own_streams = 0;
  discord_rtc_add_own_stream_unlocked (self, ssrc, DISCORD_AUDIO_CLOCK_RATE);
  for (guint i = 0; i < streams->n_streams; i++) {
    discord_rtc_add_own_stream_unlocked (
        self, streams->streams[i].ssrc, DISCORD_VIDEO_CLOCK_RATE);
    if (self->config.session.rtx)
      discord_rtc_add_own_stream_unlocked (
          self, streams->streams[i].rtx_ssrc, DISCORD_VIDEO_CLOCK_RATE);
  }
  self->video_state.streams = *streams;
  self->send_state.video_serial++;
  /* Nobody has told yet what it wants of these, and what we wanted of others
   * went by SSRCs that are void. */
  g_clear_pointer (&self->remote_wants, gst_discord_media_sink_wants_free);
  if (self->wants != NULL)
    forget_ssrcs (&self->wants);
}

void
discord_rtc_clear_own_streams_unlocked (DiscordRtc *self)
{
  self->n_own_streams = 0;
  discord_voice_streams_assign (&self->video_state.streams, NULL, 0);
  self->send_state.video_serial++;
}

static void
set_codec_unlocked (DiscordRtc *self, const gchar *name)
{
  GstDiscordCodec codec = gst_discord_codec_from_name (name);
  const GstDiscordPayloadType *type = gst_discord_payload_type_of_codec (codec);
  GstDiscordVideoState *state = &self->video_state;

  state->codec = codec;
  state->payload_type = type != NULL ? type->payload_type : 0;
  state->rtx_payload_type =
      type != NULL && self->config.session.rtx ? type->rtx_payload_type : 0;
}

void
discord_rtc_on_media (
    const DiscordVoiceSessionUpdate *update, gpointer user_data)
{
  DiscordRtc *self = user_data;
  GstDiscordVideoState before;
  gboolean codec, interval;

  g_mutex_lock (&self->lock);
  before = self->video_state;
  if (update->video_codec != NULL)
    set_codec_unlocked (self, update->video_codec);
  if (update->keyframe_interval >= 0)
    self->video_state.keyframe_interval = (guint) update->keyframe_interval;
  codec = before.codec != self->video_state.codec;
  interval = before.keyframe_interval != self->video_state.keyframe_interval;
  if (codec || interval)
    self->send_state.video_serial++;
  g_mutex_unlock (&self->lock);

  if (codec || interval)
    discord_rtc_notify_send_state (self);
  if (codec)
    self->callbacks->changed (DISCORD_RTC_VIDEO_CODEC, self->user_data);
}

void
discord_rtc_on_wants (const GstDiscordMediaSinkWants *wants, gpointer user_data)
{
  DiscordRtc *self = user_data;

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->remote_wants, gst_discord_media_sink_wants_free);
  self->remote_wants = gst_discord_media_sink_wants_copy (wants);
  self->send_state.video_serial++;
  g_mutex_unlock (&self->lock);
  discord_rtc_notify_send_state (self);
  self->callbacks->wants (wants, self->user_data);
}

void
discord_rtc_on_video (guint64 user_id, guint32 audio_ssrc, guint32 video_ssrc,
    const GstDiscordVoiceStream *streams, guint n_streams, gpointer user_data)
{
  DiscordRtc *self = user_data;
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = discord_ssrc_table_set_video (
      self->ssrcs, user_id, audio_ssrc, video_ssrc, streams, n_streams);
  g_mutex_unlock (&self->lock);
  if (changed)
    self->callbacks->user_streams (user_id, self->user_data);
}

/* What is told while no session is there goes out when one begins, before
 * anything can be sent in it. */
void
discord_rtc_tell_video (DiscordRtc *self)
{
  DiscordVoiceStreams video;
  guint number;

  g_mutex_lock (&self->lock);
  video = self->video;
  /* Golive 3.4. */
  for (guint i = 0; self->paused && i < video.n_streams; i++)
    gst_discord_voice_stream_set_active (&video.streams[i], FALSE);
  number = self->video_number;
  g_mutex_unlock (&self->lock);
  discord_voice_session_set_video (self->session, &video);
  g_mutex_lock (&self->lock);
  self->send_state.video_sent = number;
  g_mutex_unlock (&self->lock);
  discord_rtc_notify_send_state (self);
}

void
discord_rtc_begin_video (DiscordRtc *self)
{
  g_autoptr (GstDiscordMediaSinkWants) wants = NULL;

  g_mutex_lock (&self->lock);
  if (self->wants != NULL)
    wants = gst_discord_media_sink_wants_copy (self->wants);
  g_mutex_unlock (&self->lock);
  discord_rtc_tell_video (self);
  if (wants != NULL)
    discord_voice_session_set_wants (self->session, wants);
}

static gboolean
do_set_video (gpointer data)
{
  DiscordRtc *self = data;

  if (self->running)
    discord_rtc_tell_video (self);
  return G_SOURCE_REMOVE;
}

guint
discord_rtc_set_video (DiscordRtc *self, const DiscordVoiceStreams *streams)
{
  gboolean changed;
  guint number;

  g_mutex_lock (&self->lock);
  changed = !discord_voice_streams_equal (&self->video, streams);
  self->video = *streams;
  if (changed)
    self->video_number++;
  number = self->video_number;
  g_mutex_unlock (&self->lock);
  if (changed)
    discord_rtc_invoke (self, do_set_video);
  return number;
}

static gboolean
do_offer (gpointer data)
{
  DiscordRtc *self = data;
  DiscordVoiceStreams streams;

  g_mutex_lock (&self->lock);
  streams = self->config.session.streams;
  g_mutex_unlock (&self->lock);
  if (self->running)
    discord_voice_session_offer (self->session, &streams);
  return G_SOURCE_REMOVE;
}

void
discord_rtc_offer (DiscordRtc *self, const DiscordVoiceStreams *streams)
{
  g_mutex_lock (&self->lock);
  self->config.session.streams = *streams;
  g_mutex_unlock (&self->lock);
  discord_rtc_invoke (self, do_offer);
}

static gboolean
do_set_wants (gpointer data)
{
  DiscordRtc *self = data;
  g_autoptr (GstDiscordMediaSinkWants) wants = NULL;

  g_mutex_lock (&self->lock);
  if (self->wants != NULL)
    wants = gst_discord_media_sink_wants_copy (self->wants);
  g_mutex_unlock (&self->lock);
  if (self->running && wants != NULL)
    discord_voice_session_set_wants (self->session, wants);
  return G_SOURCE_REMOVE;
}

static void
set_wants (DiscordRtc *self, const GstDiscordMediaSinkWants *wants,
    gboolean only_first)
{
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = self->wants == NULL
      || (!only_first
          && !gst_discord_media_sink_wants_equal (self->wants, wants));
  if (changed) {
    g_clear_pointer (&self->wants, gst_discord_media_sink_wants_free);
    self->wants = gst_discord_media_sink_wants_copy (wants);
  }
  g_mutex_unlock (&self->lock);
  if (changed)
    discord_rtc_invoke (self, do_set_wants);
}

void
discord_rtc_set_wants (DiscordRtc *self, const GstDiscordMediaSinkWants *wants)
{
  set_wants (self, wants, FALSE);
}

void
discord_rtc_want_nothing_yet (DiscordRtc *self)
{
  g_autoptr (GstDiscordMediaSinkWants) none =
      gst_discord_media_sink_wants_new ();

  gst_discord_media_sink_wants_set_any (none, 0);
  set_wants (self, none, TRUE);
}

GstDiscordMediaSinkWants *
discord_rtc_dup_remote_wants (DiscordRtc *self)
{
  GstDiscordMediaSinkWants *wants = NULL;

  g_mutex_lock (&self->lock);
  if (self->remote_wants != NULL)
    wants = gst_discord_media_sink_wants_copy (self->remote_wants);
  g_mutex_unlock (&self->lock);
  return wants;
}

void
discord_rtc_get_video_state (DiscordRtc *self, GstDiscordVideoState *state)
{
  g_mutex_lock (&self->lock);
  *state = self->video_state;
  g_mutex_unlock (&self->lock);
}

void
discord_rtc_get_user_streams (
    DiscordRtc *self, guint64 user_id, DiscordVoiceStreams *streams)
{
  g_mutex_lock (&self->lock);
  discord_ssrc_table_get_streams (self->ssrcs, user_id, streams);
  g_mutex_unlock (&self->lock);
}

void
discord_rtc_lookup_ssrc (
    DiscordRtc *self, guint32 ssrc, GstDiscordSsrcInfo *info)
{
  DiscordSsrcOwner owner;

  g_mutex_lock (&self->lock);
  discord_ssrc_table_lookup (self->ssrcs, ssrc, &owner);
  g_mutex_unlock (&self->lock);
  *info = (GstDiscordSsrcInfo){
    .user_id = owner.user_id,
    .kind = (GstDiscordSsrcKind) owner.kind,
    .pair = owner.pair,
  };
}

void
discord_rtc_get_codecs (DiscordRtc *self, DiscordVoiceCodecs *codecs)
{
  g_mutex_lock (&self->lock);
  *codecs = self->config.session.codecs;
  g_mutex_unlock (&self->lock);
}
