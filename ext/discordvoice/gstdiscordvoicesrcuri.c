/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoicesrcuri.h"
#include "voiceuri.h"

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
  guint64 guild_id, channel_id;

  g_object_get (
      handler, "guild-id", &guild_id, "channel-id", &channel_id, NULL);
  return discord_voice_uri_format (guild_id, channel_id);
}

static gboolean
gst_discord_voice_src_uri_set_uri (
    GstURIHandler *handler, const gchar *text, GError **error)
{
  g_auto (DiscordVoiceUri) uri = { 0, 0, NULL };

  if (GST_STATE (handler) > GST_STATE_READY) {
    g_set_error_literal (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE,
        "The URI cannot change while the channel is joined");
    return FALSE;
  }
  if (!discord_voice_uri_parse (text, &uri, error))
    return FALSE;
  g_object_set (
      handler, "guild-id", uri.guild_id, "channel-id", uri.channel_id, NULL);
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
