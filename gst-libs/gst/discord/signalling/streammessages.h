/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordstreaminfo.h>

#include "json.h"
#include "mainmessages.h"

/* Go Live on the main gateway (golive section 2). */

/* Op 18 to 22. */
typedef struct
{
  DiscordMainOp op;
  GstDiscordStreamKey key; /* op 18: its owner is ourselves, 0 if unknown */
  const gchar *region; /* op 18; nullable */
  gboolean paused; /* op 22 */
} DiscordStreamRequest;

gchar *discord_stream_build_request (const DiscordStreamRequest *request);

/* STREAM_CREATE, (transfer full); NULL when it cannot be used: the server's id
 * is a must. */
GstDiscordStreamInfo *discord_stream_parse_create (JsonObject *root);
/* STREAM_UPDATE, likewise; it has no server. */
GstDiscordStreamInfo *discord_stream_parse_update (JsonObject *root);

typedef struct
{
  GstDiscordStreamKey key;
  const gchar *token; /* nullable; the strings belong to the message */
  const gchar *endpoint; /* nullable */
} DiscordStreamServerUpdate;

/* Whether a STREAM_SERVER_UPDATE is about a server, if only to tell that there is
 * none now. Pausing is said to cause one as well, where others see a
 * STREAM_UPDATE (golive 11), and must not cost the connection. */
gboolean discord_stream_names_server (JsonObject *root);
gboolean discord_stream_parse_server (
    JsonObject *root, DiscordStreamServerUpdate *server);

typedef struct
{
  GstDiscordStreamKey key;
  const gchar *reason; /* nullable */
  gboolean unavailable;
} DiscordStreamDelete;

gboolean discord_stream_parse_delete (
    JsonObject *root, DiscordStreamDelete *deleted);
