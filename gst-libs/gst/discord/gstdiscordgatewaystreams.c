/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Go Live by the gateway of our own. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordgatewaystreams.h"

static DiscordGatewayCore *
get_core (GstDiscordSignaller *signaller)
{
  return gst_discord_gateway_get_core (GST_DISCORD_GATEWAY (signaller));
}

static void
gst_discord_gateway_create_stream (GstDiscordSignaller *signaller,
    guint64 guild_id, guint64 channel_id, const gchar *preferred_region,
    GError **error)
{
  const DiscordStreamRequest request = {
    .op = DISCORD_MAIN_OP_CREATE_STREAM,
    .key = { .guild_id = guild_id, .channel_id = channel_id },
    .region = preferred_region,
  };

  discord_gateway_core_request_stream (get_core (signaller), &request, error);
}

static void
request_stream (GstDiscordSignaller *signaller, DiscordMainOp op,
    const gchar *stream_key, gboolean paused, GError **error)
{
  g_autoptr (GstDiscordStreamKey) key =
      gst_discord_stream_key_parse (stream_key, error);
  DiscordStreamRequest request = { .op = op, .paused = paused };

  if (key == NULL)
    return;
  request.key = *key;
  discord_gateway_core_request_stream (get_core (signaller), &request, error);
}

static void
gst_discord_gateway_watch_stream (
    GstDiscordSignaller *signaller, const gchar *stream_key, GError **error)
{
  request_stream (
      signaller, DISCORD_MAIN_OP_WATCH_STREAM, stream_key, FALSE, error);
}

static void
gst_discord_gateway_delete_stream (
    GstDiscordSignaller *signaller, const gchar *stream_key, GError **error)
{
  request_stream (
      signaller, DISCORD_MAIN_OP_DELETE_STREAM, stream_key, FALSE, error);
}

static void
gst_discord_gateway_ping_stream (
    GstDiscordSignaller *signaller, const gchar *stream_key, GError **error)
{
  request_stream (
      signaller, DISCORD_MAIN_OP_PING_STREAM, stream_key, FALSE, error);
}

static void
gst_discord_gateway_set_stream_paused (GstDiscordSignaller *signaller,
    const gchar *stream_key, gboolean paused, GError **error)
{
  request_stream (
      signaller, DISCORD_MAIN_OP_SET_STREAM_PAUSED, stream_key, paused, error);
}

static void
gst_discord_gateway_upload_stream_preview (GstDiscordSignaller *signaller,
    const gchar *stream_key, GBytes *image, GTask *task)
{
  discord_gateway_core_request_rest (get_core (signaller),
      DISCORD_STREAM_REST_UPLOAD_PREVIEW, stream_key, image, NULL, task);
}

static void
gst_discord_gateway_fetch_stream_preview (
    GstDiscordSignaller *signaller, const gchar *stream_key, GTask *task)
{
  discord_gateway_core_request_rest (get_core (signaller),
      DISCORD_STREAM_REST_FETCH_PREVIEW, stream_key, NULL, NULL, task);
}

static void
gst_discord_gateway_set_stream_region (GstDiscordSignaller *signaller,
    const gchar *stream_key, const gchar *region, GTask *task)
{
  discord_gateway_core_request_rest (get_core (signaller),
      DISCORD_STREAM_REST_SET_REGION, stream_key, NULL, region, task);
}

static void
gst_discord_gateway_notify_stream (
    GstDiscordSignaller *signaller, const gchar *stream_key, GTask *task)
{
  discord_gateway_core_request_rest (get_core (signaller),
      DISCORD_STREAM_REST_NOTIFY, stream_key, NULL, NULL, task);
}

void
gst_discord_gateway_init_streams (GstDiscordSignallerInterface *iface)
{
  iface->create_stream = gst_discord_gateway_create_stream;
  iface->watch_stream = gst_discord_gateway_watch_stream;
  iface->delete_stream = gst_discord_gateway_delete_stream;
  iface->ping_stream = gst_discord_gateway_ping_stream;
  iface->set_stream_paused = gst_discord_gateway_set_stream_paused;
  iface->upload_stream_preview = gst_discord_gateway_upload_stream_preview;
  iface->fetch_stream_preview = gst_discord_gateway_fetch_stream_preview;
  iface->set_stream_region = gst_discord_gateway_set_stream_region;
  iface->notify_stream = gst_discord_gateway_notify_stream;
}
