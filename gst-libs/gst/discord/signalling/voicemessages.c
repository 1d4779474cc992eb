/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "voicemessages.h"

#include <string.h>

#include "videomessages.h"

/* An interval outside would be a mistake of the server's; it neither makes us
 * flood it nor fall silent. */
#define MIN_HEARTBEAT_MS 100
#define MAX_HEARTBEAT_MS (10 * 60 * 1000)

gboolean
discord_voice_message_parse (
    const gchar *text, gsize length, DiscordVoiceMessage *message)
{
  g_autoptr (JsonObject) root = discord_json_parse_object (text, length);

  if (root == NULL
      || !discord_json_get_int (root, "op", 0, G_MAXINT64, &message->op))
    return FALSE;
  /* A number we cannot use is no reason to lose what it numbers. */
  message->seq = -1;
  discord_json_get_int (root, "seq", 0, G_MAXUINT32, &message->seq);
  message->root = g_steal_pointer (&root);
  return TRUE;
}

void
discord_voice_message_clear (DiscordVoiceMessage *message)
{
  g_clear_pointer (&message->root, json_object_unref);
}

gboolean
discord_voice_binary_parse (
    const guint8 *data, gsize length, guint16 *seq, guint8 *op)
{
  if (length < 3)
    return FALSE;
  *seq = (guint16) (data[0] << 8 | data[1]);
  *op = data[2];
  return TRUE;
}

gboolean
discord_voice_parse_hello (JsonObject *root, guint *interval_ms)
{
  JsonObject *d;
  guint interval;

  if (!discord_json_get_object (root, "d", &d)
      || !discord_json_get_interval (d, "heartbeat_interval", &interval))
    return FALSE;
  *interval_ms = CLAMP (interval, MIN_HEARTBEAT_MS, MAX_HEARTBEAT_MS);
  return TRUE;
}

static const gchar **
parse_modes (JsonObject *d)
{
  g_autofree const gchar **modes = NULL;
  JsonArray *array;
  guint n = 0;

  if (!discord_json_get_array (d, "modes", &array))
    return NULL;
  modes = g_new0 (const gchar *, DISCORD_VOICE_MAX_MODES + 1);
  for (guint i = 0;
       i < json_array_get_length (array) && n < DISCORD_VOICE_MAX_MODES; i++) {
    JsonNode *node = json_array_get_element (array, i);

    /* A mode that has no name is one that we do not know. */
    if (JSON_NODE_HOLDS_VALUE (node)
        && json_node_get_value_type (node) == G_TYPE_STRING)
      modes[n++] = json_node_get_string (node);
  }
  return n > 0 ? g_steal_pointer (&modes) : NULL;
}

gboolean
discord_voice_parse_ready (JsonObject *root, DiscordVoiceReady *ready)
{
  JsonObject *d;

  if (!discord_json_get_object (root, "d", &d)
      || !discord_json_get_u32 (d, "ssrc", &ready->ssrc) || ready->ssrc == 0
      || !discord_json_get_string (d, "ip", &ready->ip)
      || !g_hostname_is_ip_address (ready->ip)
      || !discord_json_get_u16 (d, "port", &ready->port) || ready->port == 0)
    return FALSE;
  ready->modes = parse_modes (d);
  return ready->modes != NULL;
}

void
discord_voice_ready_clear (DiscordVoiceReady *ready)
{
  g_clear_pointer ((gpointer *) &ready->modes, g_free);
}

static gboolean
parse_secret_key (JsonObject *d, guint8 key[32])
{
  JsonArray *array;

  if (!discord_json_get_array (d, "secret_key", &array)
      || json_array_get_length (array) != 32)
    return FALSE;
  for (guint i = 0; i < 32; i++) {
    gint64 byte;

    if (!discord_json_node_get_int (
            json_array_get_element (array, i), 0, G_MAXUINT8, &byte))
      return FALSE;
    key[i] = (guint8) byte;
  }
  return TRUE;
}

gboolean
discord_voice_parse_session_description (
    JsonObject *root, DiscordVoiceSessionDescription *description)
{
  DiscordVoiceSessionUpdate media;
  JsonObject *d;
  guint32 dave_version;

  if (!discord_json_get_object (root, "d", &d)
      || !discord_json_get_string (d, "mode", &description->mode)
      || !discord_json_get_optional_u32 (
          d, "dave_protocol_version", &dave_version))
    return FALSE;
  description->dave_protocol_version = dave_version;
  discord_video_parse_session (d, &media);
  description->audio_codec = media.audio_codec;
  description->video_codec = media.video_codec;
  description->media_session_id = media.media_session_id;
  description->keyframe_interval = media.keyframe_interval;
  return parse_secret_key (d, description->secret_key);
}

gint64
discord_voice_parse_heartbeat_ack (JsonObject *root)
{
  JsonObject *d;
  gint64 nonce;

  /* Below v8 and in some answers of v8 the number stands alone. */
  if (discord_json_get_object (root, "d", &d)
          ? discord_json_get_int (d, "t", 0, G_MAXINT64, &nonce)
          : discord_json_get_int (root, "d", 0, G_MAXINT64, &nonce))
    return nonce;
  return -1;
}

gboolean
discord_voice_parse_speaking (JsonObject *root, DiscordVoiceSpeaking *speaking)
{
  JsonObject *d;
  gint64 flags;

  if (!discord_json_get_object (root, "d", &d)
      || !discord_json_get_snowflake (d, "user_id", &speaking->user_id)
      || !discord_json_get_u32 (d, "ssrc", &speaking->ssrc)
      || speaking->ssrc == 0
      || !discord_json_get_int (d, "speaking", 0, G_MAXINT32, &flags))
    return FALSE;
  speaking->flags = (guint) flags;
  return TRUE;
}

GArray *
discord_voice_parse_clients_connect (JsonObject *root)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  JsonObject *d;
  JsonArray *array;

  if (!discord_json_get_object (root, "d", &d)
      || !discord_json_get_array (d, "user_ids", &array))
    return NULL;
  for (guint i = 0; i < json_array_get_length (array); i++) {
    guint64 id;

    if (!discord_json_node_get_snowflake (
            json_array_get_element (array, i), &id))
      return NULL;
    g_array_append_val (ids, id);
  }
  return g_steal_pointer (&ids);
}

gboolean
discord_voice_parse_client_disconnect (JsonObject *root, guint64 *user_id)
{
  JsonObject *d;

  return discord_json_get_object (root, "d", &d)
      && discord_json_get_snowflake (d, "user_id", user_id);
}

gboolean
discord_voice_parse_client_info (
    JsonObject *root, const gchar *name, guint64 *user_id, gint64 *value)
{
  JsonObject *d;

  *value = -1;
  return discord_json_get_object (root, "d", &d)
      && discord_json_get_snowflake (d, "user_id", user_id)
      && (!discord_json_has (d, name)
          || discord_json_get_int (d, name, 0, G_MAXINT64, value));
}

/* A JSON number, or one in a string. */
static gboolean
get_epoch (JsonObject *d, guint64 *epoch)
{
  const gchar *text;
  gint64 number;

  if (discord_json_get_int (d, "epoch", 0, G_MAXINT64, &number)) {
    *epoch = (guint64) number;
    return TRUE;
  }
  return discord_json_get_string (d, "epoch", &text)
      && g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, epoch, NULL);
}

gboolean
discord_voice_parse_dave (
    gint64 op, JsonObject *root, DiscordVoiceDaveMessage *message)
{
  JsonObject *d;
  guint16 version;

  if (!discord_json_get_object (root, "d", &d))
    return FALSE;
  *message = (DiscordVoiceDaveMessage){ .op = (guint) op };
  if (op == DISCORD_VOICE_OP_EXECUTE_TRANSITION)
    return discord_json_get_u16 (d, "transition_id", &message->transition_id);
  if (!discord_json_get_u16 (d, "protocol_version", &version))
    return FALSE;
  message->version = version;
  if (op == DISCORD_VOICE_OP_PREPARE_TRANSITION)
    return discord_json_get_u16 (d, "transition_id", &message->transition_id);
  return op == DISCORD_VOICE_OP_PREPARE_EPOCH && get_epoch (d, &message->epoch);
}

static gboolean
check_backend_version (JsonObject *d)
{
  const gchar *text;

  return discord_json_get_optional_string (d, "voice", &text)
      && discord_json_get_optional_string (d, "rtc_worker", &text);
}

gboolean
discord_voice_check_ignored (gint64 op, JsonObject *root)
{
  JsonObject *d;

  switch (op) {
    case DISCORD_VOICE_OP_BACKEND_VERSION:
      return discord_json_get_object (root, "d", &d)
          && check_backend_version (d);
    default:
      /* Retired, or without a documented body. */
      return TRUE;
  }
}

/* What identify and resume have in common; channel_id came with v9. */
static GString *
begin_identity (gint op, const DiscordVoiceGatewayParams *params)
{
  GString *json = discord_json_new_secret ();

  g_string_append_printf (json, "{\"op\":%d,\"d\":{\"server_id\":", op);
  discord_json_append_snowflake (json, params->server_id);
  if (params->version >= 9) {
    g_string_append (json, ",\"channel_id\":");
    discord_json_append_snowflake (json, params->channel_id);
  }
  return json;
}

static void
append_session (GString *json, const DiscordVoiceGatewayParams *params)
{
  g_string_append (json, ",\"session_id\":");
  discord_json_append_string (json, params->session_id);
  g_string_append (json, ",\"token\":");
  discord_json_append_string (json, params->token);
}

GString *
discord_voice_build_identify (const DiscordVoiceGatewayParams *params)
{
  GString *json = begin_identity (DISCORD_VOICE_OP_IDENTIFY, params);

  g_string_append (json, ",\"user_id\":");
  discord_json_append_snowflake (json, params->user_id);
  append_session (json, params);
  g_string_append_printf (
      json, ",\"video\":%s,", params->video ? "true" : "false");
  if (params->video)
    discord_video_append_offer (json, &params->streams);
  g_string_append_printf (json, "\"max_dave_protocol_version\":%u}}",
      params->max_dave_protocol_version);
  return json;
}

GString *
discord_voice_build_resume (
    const DiscordVoiceGatewayParams *params, gint64 seq_ack)
{
  GString *json = begin_identity (DISCORD_VOICE_OP_RESUME, params);

  append_session (json, params);
  g_string_append_printf (json, ",\"seq_ack\":%" G_GINT64_FORMAT "}}", seq_ack);
  return json;
}

gchar *
discord_voice_build_select_protocol (const DiscordVoiceGatewayParams *params,
    const gchar *address, guint16 port, const gchar *mode,
    const gchar *connection_id)
{
  GString *json = g_string_new ("{\"op\":1,\"d\":{\"protocol\":\"udp\","
                                "\"data\":{\"address\":");

  discord_json_append_string (json, address);
  g_string_append_printf (json, ",\"port\":%u,\"mode\":", port);
  discord_json_append_string (json, mode);
  g_string_append (json, "},");
  discord_video_append_codecs (json, &params->codecs);
  g_string_append (json, "\"rtc_connection_id\":");
  discord_json_append_string (json, connection_id);
  /* By which the server tells how often keyframes are due. */
  if (params->video)
    g_string_append (json, ",\"experiments\":[\"fixed_keyframe_interval\"]");
  g_string_append (json, "}}");
  return g_string_free (json, FALSE);
}

gchar *
discord_voice_build_heartbeat (gint64 nonce, gint64 seq_ack)
{
  return g_strdup_printf ("{\"op\":3,\"d\":{\"t\":%" G_GINT64_FORMAT
                          ",\"seq_ack\":%" G_GINT64_FORMAT "}}",
      nonce, seq_ack);
}

gchar *
discord_voice_build_speaking (guint flags, guint32 ssrc)
{
  return g_strdup_printf (
      "{\"op\":5,\"d\":{\"speaking\":%u,\"delay\":0,\"ssrc\":%u}}", flags,
      ssrc);
}

gchar *
discord_voice_build_transition (guint op, guint16 transition_id)
{
  return g_strdup_printf (
      "{\"op\":%u,\"d\":{\"transition_id\":%u}}", op, transition_id);
}

GBytes *
discord_voice_build_binary (guint op, const guint8 *payload, gsize length)
{
  guint8 *data = g_malloc (length + 1);

  data[0] = (guint8) op;
  if (length > 0)
    memcpy (data + 1, payload, length);
  return g_bytes_new_take (data, length + 1);
}
