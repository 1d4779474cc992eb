/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "voicegateway-private.h"

#include "log.h"
#include "videomessages.h"
#include "voicemessages.h"

/* golive 7.2: at most two op 15 in any second. What comes together, as the
 * layers of everybody do after a join, makes one. */
#define WANTS_TWO_WITHIN (1 * G_TIME_SPAN_SECOND)
#define WANTS_GATHER (50 * G_TIME_SPAN_MILLISECOND)

#define WANT_EVERYTHING 100
#define WANT_NOTHING 0

void
discord_voice_video_ready (
    DiscordVoiceGateway *self, JsonObject *root, DiscordVoiceReady *ready)
{
  GstDiscordVoiceStream answer[DISCORD_VIDEO_MAX_STREAMS];
  JsonObject *d;
  guint n_answer;

  /* What cannot be read is no video, and no harm to audio. */
  if (!discord_json_get_object (root, "d", &d)
      || !discord_video_parse_streams (d, answer, &n_answer))
    n_answer = 0;
  discord_voice_streams_assign (&self->params.streams, answer, n_answer);
  ready->streams = &self->params.streams;
}

static gboolean
handle_video (DiscordVoiceGateway *self, JsonObject *root)
{
  DiscordVideoMessage video;

  if (!discord_video_parse (root, &video))
    return FALSE;
  CALL (self, video, video.user_id, video.audio_ssrc, video.video_ssrc,
      video.streams, video.n_streams, self->user_data);
  return TRUE;
}

static gboolean
handle_session_update (DiscordVoiceGateway *self, JsonObject *root)
{
  DiscordVoiceSessionUpdate update;

  if (!discord_video_parse_session_update (root, &update))
    return FALSE;
  CALL (self, session_update, &update, self->user_data);
  return TRUE;
}

static gboolean
handle_wants (DiscordVoiceGateway *self, JsonObject *root)
{
  g_autoptr (GstDiscordMediaSinkWants) wants = discord_video_parse_wants (root);

  if (wants == NULL)
    return FALSE;
  CALL (self, wants, wants, self->user_data);
  return TRUE;
}

gboolean
discord_voice_video_dispatch (
    DiscordVoiceGateway *self, gint64 op, JsonObject *root)
{
  switch (op) {
    case DISCORD_VOICE_OP_VIDEO:
      return handle_video (self, root);
    case DISCORD_VOICE_OP_SESSION_UPDATE:
      return handle_session_update (self, root);
    default:
      return handle_wants (self, root);
  }
}

static gchar *
build_video (DiscordVoiceGateway *self)
{
  DiscordVoiceStreams streams = self->video;

  for (guint i = 0; i < streams.n_streams; i++) {
    GstDiscordVoiceStream *stream = &streams.streams[i];
    const GstDiscordVoiceStream *ours =
        discord_voice_streams_find (&self->params.streams, stream->rid);

    stream->ssrc = ours != NULL ? ours->ssrc : 0;
    stream->rtx_ssrc = ours != NULL ? ours->rtx_ssrc : 0;
  }
  return discord_video_build (self->ssrc, &streams, self->params.rtx);
}

static void
send_video (DiscordVoiceGateway *self, gboolean again)
{
  g_autofree gchar *text = build_video (self);

  if (!again && g_strcmp0 (text, self->video_sent) == 0)
    return;
  discord_voice_send_text (self, text);
  g_free (self->video_sent);
  self->video_sent = g_steal_pointer (&text);
}

/* golive 7.2, R: audio alone has no use for pictures. */
static gchar *
build_wants (DiscordVoiceGateway *self)
{
  g_autoptr (GstDiscordMediaSinkWants) usual = NULL;

  if (self->wants != NULL)
    return discord_video_build_wants (self->wants);
  usual = gst_discord_media_sink_wants_new ();
  gst_discord_media_sink_wants_set_any (
      usual, self->params.video ? WANT_EVERYTHING : WANT_NOTHING);
  return discord_video_build_wants (usual);
}

static void
send_wants (DiscordVoiceGateway *self, gboolean again)
{
  g_autofree gchar *text = build_wants (self);

  if (!again && g_strcmp0 (text, self->wants_sent) == 0)
    return;
  discord_voice_send_text (self, text);
  g_free (self->wants_sent);
  self->wants_sent = g_steal_pointer (&text);
  self->wants_sent_before = self->wants_sent_at;
  self->wants_sent_at = discord_scheduler_now (self->scheduler);
}

static void
on_wants_due (gpointer user_data)
{
  DiscordVoiceGateway *self = user_data;

  self->wants_timer = 0;
  send_wants (self, FALSE);
}

static void
send_codecs (DiscordVoiceGateway *self)
{
  if (!self->codecs_changed)
    return;
  self->codecs_changed = FALSE;
  discord_voice_send_taken (
      self, discord_video_build_session_update (&self->params.codecs));
}

void
discord_voice_video_announce (DiscordVoiceGateway *self)
{
  send_video (self, TRUE);
  send_wants (self, TRUE);
  send_codecs (self);
}

/* Voice gateway 2.7: both may be said twice. */
void
discord_voice_video_resumed (DiscordVoiceGateway *self)
{
  send_video (self, self->video.n_streams > 0);
  send_wants (self, self->wants != NULL);
  send_codecs (self);
}

void
discord_voice_video_suspend (DiscordVoiceGateway *self)
{
  discord_scheduler_clear (self->scheduler, &self->wants_timer);
}

void
discord_voice_video_clear (DiscordVoiceGateway *self)
{
  g_clear_pointer (&self->wants, gst_discord_media_sink_wants_free);
  g_clear_pointer (&self->video_sent, g_free);
  g_clear_pointer (&self->wants_sent, g_free);
}

void
discord_voice_gateway_set_video (
    DiscordVoiceGateway *self, const DiscordVoiceStreams *streams)
{
  self->video = *streams;
  if (self->state == DISCORD_VOICE_STATE_CONNECTED)
    send_video (self, FALSE);
}

static gint64
wants_allowed_at (const DiscordVoiceGateway *self)
{
  return MAX (self->wants_sent_at + WANTS_GATHER,
      self->wants_sent_before + WANTS_TWO_WITHIN);
}

void
discord_voice_gateway_set_wants (
    DiscordVoiceGateway *self, const GstDiscordMediaSinkWants *wants)
{
  gint64 wait =
      wants_allowed_at (self) - discord_scheduler_now (self->scheduler);

  g_clear_pointer (&self->wants, gst_discord_media_sink_wants_free);
  self->wants = gst_discord_media_sink_wants_copy (wants);
  if (self->state != DISCORD_VOICE_STATE_CONNECTED || self->wants_timer != 0)
    return;
  if (wait <= 0)
    send_wants (self, FALSE);
  else
    self->wants_timer = discord_scheduler_add (self->scheduler,
        (guint) (wait / G_TIME_SPAN_MILLISECOND + 1), on_wants_due, self);
}

void
discord_voice_gateway_set_codecs (
    DiscordVoiceGateway *self, const DiscordVoiceCodecs *codecs)
{
  self->params.codecs = *codecs;
  /* Before op 1 it is still in time. */
  self->codecs_changed = self->state >= DISCORD_VOICE_STATE_SELECTING;
  if (self->state == DISCORD_VOICE_STATE_CONNECTED)
    send_codecs (self);
}
