/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "mainmessages.h"

#include <string.h>

#define MIN_HEARTBEAT_MS 100
#define MAX_HEARTBEAT_MS (10 * 60 * 1000)

/* Voice gateway 1.3: GUILDS (1 << 0) and GUILD_VOICE_STATES (1 << 7). */
#define INTENTS ((1 << 0) | (1 << 7))

/* Voice gateway 1.3: what current user clients ask for. */
#define CAPABILITIES 4605

/* Voice gateway 1.1. */
#define VERSION_BOT 10
#define VERSION_USER 9

gboolean
discord_main_message_parse (
    const gchar *text, gsize length, DiscordMainMessage *message)
{
  g_autoptr (JsonObject) root = discord_json_parse_object (text, length);

  if (root == NULL
      || !discord_json_get_int (root, "op", 0, G_MAXINT64, &message->op)
      || !discord_json_get_optional_string (root, "t", &message->event))
    return FALSE;
  message->seq = -1;
  discord_json_get_int (root, "s", 0, G_MAXINT64, &message->seq);
  message->root = g_steal_pointer (&root);
  return TRUE;
}

void
discord_main_message_clear (DiscordMainMessage *message)
{
  g_clear_pointer (&message->root, json_object_unref);
}

gboolean
discord_main_parse_hello (JsonObject *root, guint *interval_ms)
{
  JsonObject *d;
  guint interval;

  if (!discord_json_get_object (root, "d", &d)
      || !discord_json_get_interval (d, "heartbeat_interval", &interval))
    return FALSE;
  *interval_ms = CLAMP (interval, MIN_HEARTBEAT_MS, MAX_HEARTBEAT_MS);
  return TRUE;
}

gboolean
discord_main_parse_ready (JsonObject *root, DiscordMainReady *ready)
{
  JsonObject *d, *user;

  return discord_json_get_object (root, "d", &d)
      && discord_json_get_object (d, "user", &user)
      && discord_json_get_snowflake (user, "id", &ready->user_id)
      && discord_json_get_string (d, "session_id", &ready->session_id)
      && discord_json_get_optional_string (
          d, "resume_gateway_url", &ready->resume_url);
}

gboolean
discord_main_parse_voice_state (
    JsonObject *voice_state, DiscordMainVoiceState *state)
{
  state->self_stream = FALSE;
  return discord_json_get_optional_snowflake (
             voice_state, "guild_id", &state->guild_id)
      && discord_json_get_optional_snowflake (
          voice_state, "channel_id", &state->channel_id)
      && discord_json_get_snowflake (voice_state, "user_id", &state->user_id)
      && discord_json_get_optional_string (
          voice_state, "session_id", &state->session_id)
      && (!discord_json_has (voice_state, "self_stream")
          || discord_json_get_bool (
              voice_state, "self_stream", &state->self_stream));
}

gboolean
discord_main_parse_voice_server (
    JsonObject *root, DiscordMainVoiceServer *server)
{
  JsonObject *d;

  return discord_json_get_object (root, "d", &d)
      && discord_json_get_optional_snowflake (d, "guild_id", &server->guild_id)
      && discord_json_get_optional_snowflake (
          d, "channel_id", &server->channel_id)
      && discord_json_get_optional_string (d, "token", &server->token)
      && discord_json_get_optional_string (d, "endpoint", &server->endpoint);
}

static void
append_token (
    GString *json, GstDiscordAccountType account_type, const gchar *token)
{
  gsize prefix;

  /* Bearer tokens alone carry their scheme (voice-gateway 1.3). Nothing in a
   * token needs escaping: the gateway object refused such ones. */
  g_string_append (json, "\"token\":");
  prefix = json->len;
  discord_json_append_string (json, token);
  if (account_type == GST_DISCORD_ACCOUNT_TYPE_BEARER)
    g_string_insert (json, prefix + 1, "Bearer ");
}

GString *
discord_main_build_identify (
    GstDiscordAccountType account_type, const gchar *token)
{
  GString *json = discord_json_new_secret ();

  g_string_append (json, "{\"op\":2,\"d\":{");
  append_token (json, account_type, token);
  if (account_type == GST_DISCORD_ACCOUNT_TYPE_BOT)
    g_string_append_printf (json,
        ",\"intents\":%d,\"properties\":{\"os\":\"linux\","
        "\"browser\":\"gst-discord\",\"device\":\"gst-discord\"}}}",
        INTENTS);
  else
    g_string_append_printf (json,
        ",\"capabilities\":%d,\"properties\":{\"os\":\"Linux\","
        "\"browser\":\"Chrome\",\"device\":\"\"},"
        "\"presence\":{\"status\":\"unknown\",\"activities\":[],\"since\":0,"
        "\"afk\":false},\"compress\":false,"
        "\"client_state\":{\"guild_versions\":{}}}}",
        CAPABILITIES);
  return json;
}

GString *
discord_main_build_resume (GstDiscordAccountType account_type,
    const gchar *token, const gchar *session_id, gint64 seq)
{
  GString *json = discord_json_new_secret ();

  g_string_append (json, "{\"op\":6,\"d\":{");
  append_token (json, account_type, token);
  g_string_append (json, ",\"session_id\":");
  discord_json_append_string (json, session_id);
  g_string_append_printf (json, ",\"seq\":%" G_GINT64_FORMAT "}}", seq);
  return json;
}

gchar *
discord_main_build_heartbeat (gint64 seq)
{
  if (seq < 0)
    return g_strdup ("{\"op\":1,\"d\":null}");
  return g_strdup_printf ("{\"op\":1,\"d\":%" G_GINT64_FORMAT "}", seq);
}

gchar *
discord_main_build_voice_state (const DiscordVoiceStateUpdate *update)
{
  GString *json = g_string_new ("{\"op\":4,\"d\":{\"guild_id\":");

  discord_json_append_snowflake (json, update->guild_id);
  g_string_append (json, ",\"channel_id\":");
  discord_json_append_snowflake (json, update->channel_id);
  g_string_append_printf (json,
      ",\"self_mute\":%s,\"self_deaf\":%s,\"self_video\":%s}}",
      update->self_mute ? "true" : "false",
      update->self_deaf ? "true" : "false",
      update->self_video ? "true" : "false");
  return g_string_free (json, FALSE);
}

gchar *
discord_main_build_url (const gchar *base, GstDiscordAccountType account_type)
{
  gboolean has_query = strchr (base, '?') != NULL;
  const gchar *authority = strstr (base, "://");
  gboolean has_path = authority != NULL && strchr (authority + 3, '/') != NULL;

  return g_strdup_printf ("%s%s%sv=%d&encoding=json", base,
      has_query || has_path ? "" : "/", has_query ? "&" : "?",
      account_type == GST_DISCORD_ACCOUNT_TYPE_BOT ? VERSION_BOT
                                                   : VERSION_USER);
}
