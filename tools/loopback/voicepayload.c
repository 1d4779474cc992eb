/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "voicepayload.h"

#include <arpa/inet.h>
#include <string.h>

#define OP_SESSION_DESCRIPTION 4
#define DEFAULT_OPUS_PT 120

void
lb_credentials_clear (LbCredentials *self)
{
  g_clear_pointer (&self->session_id, g_free);
  g_clear_pointer (&self->token, g_free);
}

/* What identify and resume share. */
static gboolean
read_credentials (JsonObject *d, guint version, LbCredentials *c)
{
  const char *session_id, *token;
  LbField channel = lb_json_get_id (d, "channel_id", &c->channel_id);

  if (lb_json_get_id (d, "server_id", &c->server_id) != LB_FIELD_OK
      || lb_json_get_string (d, "session_id", &session_id) != LB_FIELD_OK
      || lb_json_get_string (d, "token", &token) != LB_FIELD_OK)
    return FALSE;
  if (version >= 9 ? channel != LB_FIELD_OK : !lb_optional (channel))
    return FALSE;
  c->session_id = g_strdup (session_id);
  c->token = g_strdup (token);
  return TRUE;
}

gboolean
lb_payload_identify (JsonObject *d, guint version, LbCredentials *c)
{
  c->dave = 0;
  return read_credentials (d, version, c)
      && lb_json_get_id (d, "user_id", &c->user_id) == LB_FIELD_OK
      && lb_video_check_offer (d)
      && lb_optional (lb_json_get_int (
          d, "max_dave_protocol_version", 0, G_MAXUINT16, &c->dave));
}

gboolean
lb_payload_resume (JsonObject *d, guint version, LbCredentials *c)
{
  c->seq_ack = -1;
  return read_credentials (d, version, c)
      && lb_optional (
          lb_json_get_int (d, "seq_ack", -1, G_MAXUINT16, &c->seq_ack));
}

gboolean
lb_payload_heartbeat (
    JsonNode *d, guint version, gint64 *t, gint64 *seq_ack, gboolean *has_ack)
{
  LbField field;
  JsonObject *object;

  *has_ack = FALSE;
  if (d == NULL)
    return FALSE;
  if (version < 8) {
    if (!JSON_NODE_HOLDS_VALUE (d)
        || json_node_get_value_type (d) != G_TYPE_INT64)
      return FALSE;
    *t = json_node_get_int (d);
    return TRUE;
  }
  if (!JSON_NODE_HOLDS_OBJECT (d))
    return FALSE;
  object = json_node_get_object (d);
  field = lb_json_get_int (object, "seq_ack", -1, G_MAXUINT16, seq_ack);
  *has_ack = field == LB_FIELD_OK;
  return lb_optional (field)
      && lb_json_get_int (object, "t", G_MININT64, G_MAXINT64, t)
      == LB_FIELD_OK;
}

static gboolean
read_address (JsonObject *data, struct sockaddr_in *address)
{
  const char *text;
  gint64 port;

  memset (address, 0, sizeof *address);
  if (lb_json_get_string (data, "address", &text) != LB_FIELD_OK
      || lb_json_get_int (data, "port", 1, G_MAXUINT16, &port) != LB_FIELD_OK)
    return FALSE;
  address->sin_family = AF_INET;
  address->sin_port = htons ((guint16) port);
  return inet_pton (AF_INET, text, &address->sin_addr) == 1;
}

LbSelectResult
lb_payload_select (JsonObject *d, const char *offered, LbSelection *selection)
{
  g_auto (GStrv) modes = g_strsplit (offered, ",", -1);
  const char *protocol, *mode;
  JsonObject *data;
  JsonArray *codecs;
  LbField field;

  if (lb_json_get_string (d, "protocol", &protocol) != LB_FIELD_OK)
    return LB_SELECT_BAD;
  if (!g_str_equal (protocol, "udp"))
    return LB_SELECT_PROTOCOL;
  if (lb_json_get_object (d, "data", &data) != LB_FIELD_OK
      || !read_address (data, &selection->address)
      || lb_json_get_string (data, "mode", &mode) != LB_FIELD_OK)
    return LB_SELECT_BAD;
  if (!g_strv_contains ((const char *const *) modes, mode)
      || !lb_cipher_from_name (mode, &selection->cipher))
    return LB_SELECT_MODE;
  selection->codecs = (LbCodecs){ .opus_pt = DEFAULT_OPUS_PT };
  field = lb_json_get_array (d, "codecs", &codecs);
  if (field == LB_FIELD_ABSENT)
    return LB_SELECT_OK;
  return field == LB_FIELD_OK && lb_codecs_read (codecs, &selection->codecs)
      ? LB_SELECT_OK
      : LB_SELECT_CODECS;
}

static void
send_description (
    LbVoiceSession *session, LbCipher cipher, const guint8 key[32])
{
  const LbSettings *settings = session->server->core->settings;
  LbRoom *room =
      lb_room_get (session->server, session->server_id, session->channel_id);
  JsonObject *d = json_object_new ();
  JsonArray *numbers = json_array_new ();
  g_autofree char *media_session = lb_core_random_name (session->server->core);

  for (int i = 0; i < settings->key_length; i++)
    json_array_add_int_element (numbers, key[i % 32]);
  json_object_set_string_member (d, "audio_codec", "opus");
  json_object_set_string_member (d, "video_codec", session->video.codec);
  json_object_set_string_member (d, "media_session_id", media_session);
  json_object_set_string_member (d, "mode", lb_cipher_name (cipher));
  json_object_set_array_member (d, "secret_key", numbers);
  json_object_set_int_member (
      d, "dave_protocol_version", lb_dave_version_for (room->dave, session));
  if (settings->keyframe_interval > 0)
    json_object_set_int_member (
        d, "keyframe_interval", settings->keyframe_interval);
  lb_voice_session_send (session, OP_SESSION_DESCRIPTION, d);
}

void
lb_voice_session_describe (
    LbVoiceSession *session, const LbSelection *selection)
{
  GRand *rand = session->server->core->rand;
  guint8 key[32];

  for (guint i = 0; i < sizeof key; i++)
    key[i] = (guint8) g_rand_int (rand);
  session->video.codecs = selection->codecs;
  lb_video_agree (session,
      lb_room_get (session->server, session->server_id, session->channel_id));
  lb_media_select (session, &selection->address, selection->cipher,
      selection->codecs.opus_pt, key);
  send_description (session, selection->cipher, key);
  lb_wipe (key, sizeof key);
}
