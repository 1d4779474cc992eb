/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoicesrcuri.h"
#include "voiceuri.h"

#include <gst/discord/gstdiscordenums.h>
#include <gst/discord/gstdiscordstreamkey.h>

static GstURIType
gst_discord_voice_src_uri_get_type (GType type)
{
  return GST_URI_SRC;
}

static const gchar *const *
gst_discord_voice_src_uri_get_protocols (GType type)
{
  static const gchar *const protocols[] = { "discord", NULL };

  return protocols;
}

static gchar *
gst_discord_voice_src_uri_get_uri (GstURIHandler *handler)
{
  g_autofree gchar *stream_key = NULL;
  g_autoptr (GstDiscordStreamKey) key = NULL;
  guint64 guild_id, channel_id, user_id;

  g_object_get (handler, "guild-id", &guild_id, "channel-id", &channel_id,
      "stream-user", &user_id, "stream-key", &stream_key, NULL);
  if (stream_key != NULL)
    key = gst_discord_stream_key_parse (stream_key, NULL);
  if (key != NULL)
    return discord_voice_uri_format (
        key->guild_id, key->channel_id, key->owner_id);
  return discord_voice_uri_format (guild_id, channel_id, user_id);
}

/* Bots cannot watch streams, so that whose the token is needs no saying. */
static void
choose_account (GstURIHandler *handler)
{
  GstDiscordAccountType type;

  g_object_get (handler, "account-type", &type, NULL);
  if (type == GST_DISCORD_ACCOUNT_TYPE_BOT)
    g_object_set (handler, "account-type", GST_DISCORD_ACCOUNT_TYPE_USER, NULL);
}

static gboolean
gst_discord_voice_src_uri_set_uri (
    GstURIHandler *handler, const gchar *text, GError **error)
{
  g_auto (DiscordVoiceUri) uri = { .gateway_url = NULL };

  if (GST_STATE (handler) > GST_STATE_READY) {
    g_set_error_literal (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE,
        "The URI cannot change while the channel is joined");
    return FALSE;
  }
  if (!discord_voice_uri_parse (text, &uri, error))
    return FALSE;
  g_object_set (handler, "guild-id", uri.guild_id, "channel-id", uri.channel_id,
      "stream-user", uri.user_id, "stream-key", NULL, NULL);
  if (uri.user_id != 0)
    choose_account (handler);
  if (uri.gateway_url != NULL)
    g_object_set (handler, "gateway-url", uri.gateway_url, NULL);
  return TRUE;
}

void
gst_discord_voice_src_uri_init (gpointer interface, gpointer interface_data)
{
  GstURIHandlerInterface *handler = interface;

  handler->get_type = gst_discord_voice_src_uri_get_type;
  handler->get_protocols = gst_discord_voice_src_uri_get_protocols;
  handler->get_uri = gst_discord_voice_src_uri_get_uri;
  handler->set_uri = gst_discord_voice_src_uri_set_uri;
}
