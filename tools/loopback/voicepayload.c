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
  gboolean video;
  JsonArray *streams;

  c->dave = 0;
  return read_credentials (d, version, c)
      && lb_json_get_id (d, "user_id", &c->user_id) == LB_FIELD_OK
      && lb_optional (lb_json_get_bool (d, "video", &video))
      && lb_optional (lb_json_get_array (d, "streams", &streams))
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
read_codec (JsonObject *codec, GHashTable *seen, guint *opus_pt)
{
  const char *name, *type;
  gint64 priority, payload_type, rtx;
  gboolean flag;
  LbField rtx_field;

  if (lb_json_get_string (codec, "name", &name) != LB_FIELD_OK
      || lb_json_get_string (codec, "type", &type) != LB_FIELD_OK
      || lb_json_get_int (codec, "priority", 1, G_MAXINT32, &priority)
          != LB_FIELD_OK
      || lb_json_get_int (codec, "payload_type", 97, 127, &payload_type)
          != LB_FIELD_OK
      || !lb_optional (lb_json_get_bool (codec, "encode", &flag))
      || !lb_optional (lb_json_get_bool (codec, "decode", &flag)))
    return FALSE;
  rtx_field = lb_json_get_int (codec, "rtx_payload_type", 97, 127, &rtx);
  if (rtx_field == LB_FIELD_BAD)
    return FALSE;
  /* Priorities: multiples of 1000, unique per type. Payload types: unique. */
  if (priority % 1000 != 0
      || !g_hash_table_add (
          seen, g_strdup_printf ("%s %d", type, (int) priority))
      || !g_hash_table_add (seen, g_strdup_printf ("%d", (int) payload_type)))
    return FALSE;
  if (rtx_field == LB_FIELD_OK
      && !g_hash_table_add (seen, g_strdup_printf ("%d", (int) rtx)))
    return FALSE;
  if (g_str_equal (type, "audio") && g_ascii_strcasecmp (name, "opus") == 0)
    *opus_pt = (guint) payload_type;
  return g_str_equal (type, "audio") || g_str_equal (type, "video");
}

static gboolean
read_codecs (JsonArray *codecs, guint *opus_pt)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  *opus_pt = 0;
  for (guint i = 0; i < json_array_get_length (codecs); i++) {
    JsonNode *node = json_array_get_element (codecs, i);

    if (!JSON_NODE_HOLDS_OBJECT (node)
        || !read_codec (json_node_get_object (node), seen, opus_pt))
      return FALSE;
  }
  return *opus_pt != 0;
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
  selection->opus_pt = DEFAULT_OPUS_PT;
  field = lb_json_get_array (d, "codecs", &codecs);
  if (field == LB_FIELD_ABSENT)
    return LB_SELECT_OK;
  return field == LB_FIELD_OK && read_codecs (codecs, &selection->opus_pt)
      ? LB_SELECT_OK
      : LB_SELECT_CODECS;
}

static gboolean
is_stream (JsonNode *node)
{
  gint64 ssrc;
  gboolean active;
  const char *text;
  JsonObject *stream;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return FALSE;
  stream = json_node_get_object (node);
  return lb_json_get_int (stream, "ssrc", 0, G_MAXUINT32, &ssrc) == LB_FIELD_OK
      && lb_optional (lb_json_get_string (stream, "type", &text))
      && lb_optional (lb_json_get_string (stream, "rid", &text))
      && lb_optional (lb_json_get_bool (stream, "active", &active))
      && lb_optional (
          lb_json_get_int (stream, "rtx_ssrc", 0, G_MAXUINT32, &ssrc));
}

gboolean
lb_payload_video (JsonObject *d, gint64 *audio_ssrc)
{
  gint64 ssrc;
  JsonArray *streams;

  if (lb_json_get_int (d, "audio_ssrc", 0, G_MAXUINT32, audio_ssrc)
          != LB_FIELD_OK
      || lb_json_get_int (d, "video_ssrc", 0, G_MAXUINT32, &ssrc) != LB_FIELD_OK
      || !lb_optional (lb_json_get_int (d, "rtx_ssrc", 0, G_MAXUINT32, &ssrc))
      || lb_json_get_array (d, "streams", &streams) != LB_FIELD_OK)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (streams); i++) {
    if (!is_stream (json_array_get_element (streams, i)))
      return FALSE;
  }
  return TRUE;
}

JsonObject *
lb_payload_video_for_others (JsonObject *d, guint64 user_id)
{
  static const char *const members[] = { "audio_ssrc", "video_ssrc",
    "streams" };
  JsonObject *copy = json_object_new ();

  lb_json_set_id (copy, "user_id", user_id);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    json_object_set_member (
        copy, members[i], json_object_dup_member (d, members[i]));
  return copy;
}

gboolean
lb_payload_wants (JsonObject *d)
{
  JsonObjectIter iter;
  JsonNode *node;
  const char *name;

  /* Qualities by SSRC and "any"; pixelCounts and the like are objects. */
  json_object_iter_init (&iter, d);
  while (json_object_iter_next (&iter, &name, &node)) {
    if (JSON_NODE_HOLDS_OBJECT (node))
      continue;
    if (!JSON_NODE_HOLDS_VALUE (node)
        || json_node_get_value_type (node) != G_TYPE_INT64)
      return FALSE;
  }
  return TRUE;
}

static void
send_description (
    LbVoiceSession *session, LbCipher cipher, const guint8 key[32])
{
  int length = session->server->core->settings->key_length;
  LbRoom *room =
      lb_room_get (session->server, session->server_id, session->channel_id);
  JsonObject *d = json_object_new ();
  JsonArray *numbers = json_array_new ();
  g_autofree char *media_session = lb_core_random_name (session->server->core);

  for (int i = 0; i < length; i++)
    json_array_add_int_element (numbers, key[i % 32]);
  json_object_set_string_member (d, "audio_codec", "opus");
  json_object_set_string_member (d, "media_session_id", media_session);
  json_object_set_string_member (d, "mode", lb_cipher_name (cipher));
  json_object_set_array_member (d, "secret_key", numbers);
  json_object_set_int_member (
      d, "dave_protocol_version", lb_dave_version_for (room->dave, session));
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
  lb_media_select (
      session, &selection->address, selection->cipher, selection->opus_pt, key);
  send_description (session, selection->cipher, key);
  lb_wipe (key, sizeof key);
}
