/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "streammessages.h"

#include <gst/discord/gstdiscordstreaminfo-private.h>
#include <gst/discord/gstdiscordstreamkey-private.h>

/* Golive 2.4: 50 viewers, and in stages what the guild pays for; this is a
 * multiple of that. */
#define MAX_VIEWERS 10000

static void
append_create (GString *json, const DiscordStreamRequest *request)
{
  g_string_append_printf (json, "\"type\":\"%s\",\"guild_id\":",
      request->key.guild_id != 0 ? "guild" : "call");
  discord_json_append_snowflake (json, request->key.guild_id);
  g_string_append (json, ",\"channel_id\":");
  discord_json_append_snowflake (json, request->key.channel_id);
  g_string_append (json, ",\"preferred_region\":");
  if (request->region != NULL)
    discord_json_append_string (json, request->region);
  else
    g_string_append (json, "null");
}

gchar *
discord_stream_build_request (const DiscordStreamRequest *request)
{
  GString *json = g_string_new (NULL);

  g_string_append_printf (json, "{\"op\":%d,\"d\":{", request->op);
  if (request->op == DISCORD_MAIN_OP_CREATE_STREAM) {
    append_create (json, request);
  } else {
    g_autofree gchar *key = gst_discord_stream_key_to_string (&request->key);

    g_string_append_printf (json, "\"stream_key\":\"%s\"", key);
  }
  if (request->op == DISCORD_MAIN_OP_SET_STREAM_PAUSED)
    g_string_append_printf (
        json, ",\"paused\":%s", request->paused ? "true" : "false");
  g_string_append (json, "}}");
  return g_string_free (json, FALSE);
}

static gboolean
get_key (JsonObject *root, JsonObject **d, GstDiscordStreamKey *key)
{
  const gchar *text;

  return discord_json_get_object (root, "d", d)
      && discord_json_get_string (*d, "stream_key", &text)
      && gst_discord_stream_key_scan (text, key);
}

static void
parse_viewers (JsonObject *d, GstDiscordStreamInfo *info)
{
  g_autofree guint64 *viewers = NULL;
  guint n_viewers = 0;
  JsonArray *array;

  if (!discord_json_get_array (d, "viewer_ids", &array))
    return;
  viewers = g_new (guint64, MIN (json_array_get_length (array), MAX_VIEWERS));
  for (guint i = 0;
       i < json_array_get_length (array) && n_viewers < MAX_VIEWERS; i++)
    if (discord_json_node_get_snowflake (
            json_array_get_element (array, i), &viewers[n_viewers]))
      n_viewers++;
  gst_discord_stream_info_set_viewers (info, viewers, n_viewers);
}

/* What both events have. It only informs: a member that is absent, null or of
 * another type tells nothing, and is no reason to lose the event. */
static void
parse_common (JsonObject *d, GstDiscordStreamInfo *info)
{
  const gchar *region;
  gboolean paused;

  parse_viewers (d, info);
  if (discord_json_get_string (d, "region", &region))
    gst_discord_stream_info_set_region (info, region);
  if (discord_json_get_bool (d, "paused", &paused))
    gst_discord_stream_info_set_paused (info, paused);
}

GstDiscordStreamInfo *
discord_stream_parse_create (JsonObject *root)
{
  g_autoptr (GstDiscordStreamInfo) info = NULL;
  GstDiscordStreamKey key;
  guint64 server_id, channel_id;
  JsonObject *d;

  if (!get_key (root, &d, &key)
      || !discord_json_get_snowflake (d, "rtc_server_id", &server_id)
      || !discord_json_get_optional_snowflake (
          d, "rtc_channel_id", &channel_id))
    return NULL;
  info = gst_discord_stream_info_new_for_key (&key);
  gst_discord_stream_info_set_server (info, server_id, channel_id);
  parse_common (d, info);
  return g_steal_pointer (&info);
}

GstDiscordStreamInfo *
discord_stream_parse_update (JsonObject *root)
{
  g_autoptr (GstDiscordStreamInfo) info = NULL;
  GstDiscordStreamKey key;
  JsonObject *d;

  if (!get_key (root, &d, &key))
    return NULL;
  info = gst_discord_stream_info_new_for_key (&key);
  parse_common (d, info);
  return g_steal_pointer (&info);
}

gboolean
discord_stream_names_server (JsonObject *root)
{
  JsonObject *d;

  return discord_json_get_object (root, "d", &d)
      && (json_object_has_member (d, "token")
          || json_object_has_member (d, "endpoint"));
}

gboolean
discord_stream_parse_server (
    JsonObject *root, DiscordStreamServerUpdate *server)
{
  JsonObject *d;

  /* Its guild_id is always null (golive 2.2). */
  return get_key (root, &d, &server->key)
      && discord_json_get_optional_string (d, "token", &server->token)
      && discord_json_get_optional_string (d, "endpoint", &server->endpoint);
}

gboolean
discord_stream_parse_delete (JsonObject *root, DiscordStreamDelete *deleted)
{
  JsonObject *d;

  deleted->unavailable = FALSE;
  deleted->reason = NULL;
  if (!get_key (root, &d, &deleted->key))
    return FALSE;
  /* It is over for whatever reason, or for none that we can read. */
  discord_json_get_string (d, "reason", &deleted->reason);
  discord_json_get_bool (d, "unavailable", &deleted->unavailable);
  return TRUE;
}
