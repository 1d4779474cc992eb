/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Go Live on the main gateway: what the server tells of streams. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "maingateway-private.h"
#include "streammessages.h"

static void
answered (
    DiscordMainGateway *self, DiscordMainOp op, const GstDiscordStreamKey *key)
{
  discord_stream_queue_answered (self->streams, op, key);
}

static gboolean
handle_create (DiscordMainGateway *self, JsonObject *root)
{
  g_autoptr (GstDiscordStreamInfo) info = discord_stream_parse_create (root);
  const GstDiscordStreamKey *key;

  if (info == NULL)
    return FALSE;
  key = gst_discord_stream_info_get_key (info);
  answered (self, DISCORD_MAIN_OP_CREATE_STREAM, key);
  answered (self, DISCORD_MAIN_OP_WATCH_STREAM, key);
  CALL (self, stream_created, info, self->user_data);
  return TRUE;
}

static gboolean
handle_update (DiscordMainGateway *self, JsonObject *root)
{
  g_autoptr (GstDiscordStreamInfo) info = discord_stream_parse_update (root);

  if (info == NULL)
    return FALSE;
  CALL (self, stream_updated, info, self->user_data);
  return TRUE;
}

static gboolean
handle_server (DiscordMainGateway *self, JsonObject *root)
{
  DiscordStreamServerUpdate server;

  if (!discord_stream_names_server (root))
    return handle_update (self, root);
  if (!discord_stream_parse_server (root, &server))
    return FALSE;
  answered (self, DISCORD_MAIN_OP_PING_STREAM, &server.key);
  CALL (self, stream_server, &server.key, server.token, server.endpoint,
      self->user_data);
  return TRUE;
}

static gboolean
handle_delete (DiscordMainGateway *self, JsonObject *root)
{
  DiscordStreamDelete deleted;

  if (!discord_stream_parse_delete (root, &deleted))
    return FALSE;
  /* Nothing about it matters any more. */
  if (!deleted.unavailable)
    answered (self, DISCORD_MAIN_OP_DELETE_STREAM, &deleted.key);
  CALL (self, stream_deleted, &deleted.key, deleted.reason, deleted.unavailable,
      self->user_data);
  return TRUE;
}

gboolean
discord_main_dispatch_stream (
    DiscordMainGateway *self, const gchar *event, JsonObject *root)
{
  if (g_str_equal (event, "STREAM_CREATE"))
    return handle_create (self, root);
  if (g_str_equal (event, "STREAM_UPDATE"))
    return handle_update (self, root);
  if (g_str_equal (event, "STREAM_SERVER_UPDATE"))
    return handle_server (self, root);
  if (g_str_equal (event, "STREAM_DELETE"))
    return handle_delete (self, root);
  return TRUE;
}
