/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which codec each member is to send, so that all others can decode it (voice
 * gateway 2.4 and 2.8). */
#include "voiceserver.h"

#define OP_SESSION_UPDATE 14
#define OP_MALFORMED 4002
#define OP_BAD_CODECS 4020

static const char *
choose (LbVoiceSession *session, LbRoom *room)
{
  g_autoptr (GPtrArray) others = g_ptr_array_new ();

  for (guint i = 0; i < room->members->len; i++) {
    LbVoiceSession *other = room->members->pdata[i];

    /* Who decodes no video is no reason for anything. */
    if (other != session && lb_codecs_decode_any (&other->video.codecs))
      g_ptr_array_add (others, &other->video.codecs);
  }
  return lb_codecs_choose (&session->video.codecs, others);
}

static gboolean
set_codec (LbVoiceSession *session, const char *codec)
{
  LbVideoSide *side = &session->video;

  if (g_ascii_strcasecmp (side->codec, codec) == 0)
    return FALSE;
  g_strlcpy (side->codec, codec, sizeof side->codec);
  side->codec_since = g_get_monotonic_time ();
  return TRUE;
}

void
lb_video_agree (LbVoiceSession *session, LbRoom *room)
{
  if (!session->video.codec_forced)
    set_codec (session, choose (session, room));
}

static void
tell (LbVoiceSession *session)
{
  JsonObject *d = json_object_new ();

  json_object_set_string_member (d, "video_codec", session->video.codec);
  lb_report_event (session->server->core->report, "video-codec",
      session->user_id, "%s", session->video.codec);
  lb_voice_session_send_numbered (session, OP_SESSION_UPDATE, d);
}

void
lb_video_agree_again (LbRoom *room)
{
  for (guint i = 0; i < room->members->len; i++) {
    LbVoiceSession *session = room->members->pdata[i];

    if (session->video.codecs.n > 0 && !session->video.codec_forced
        && set_codec (session, choose (session, room)))
      tell (session);
  }
}

const char *
lb_video_take_codecs (LbVoiceSession *session, JsonObject *d, guint *code)
{
  JsonArray *array;
  LbCodecs codecs;

  *code = OP_MALFORMED;
  if (lb_json_get_array (d, "codecs", &array) != LB_FIELD_OK)
    return "bad-session-update";
  *code = OP_BAD_CODECS;
  if (!lb_codecs_read (array, &codecs))
    return "bad-codecs";
  session->video.codecs = codecs;
  session->media.opus_pt = codecs.opus_pt;
  lb_report_event (
      session->server->core->report, "session-update", session->user_id, NULL);
  return NULL;
}

void
lb_video_force_codec (LbVoiceSession *session, const char *codec)
{
  session->video.codec_forced = TRUE;
  set_codec (session, codec);
  tell (session);
}
