/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordgolive.h"

#include <gst/discord/gstdiscorderror.h>

void
gst_discord_go_live_copy (GstDiscordGoLive *to, const GstDiscordGoLive *from)
{
  *to = *from;
  to->stream_key = g_strdup (from->stream_key);
  to->preferred_region = g_strdup (from->preferred_region);
}

void
gst_discord_go_live_clear (GstDiscordGoLive *self)
{
  g_clear_pointer (&self->stream_key, g_free);
  g_clear_pointer (&self->preferred_region, g_free);
}

gboolean
gst_discord_go_live_is_set (const GstDiscordGoLive *self)
{
  return self->stream_key != NULL || self->stream_user != 0 || self->go_live;
}

static gboolean
contradicts (const GstDiscordGoLive *self, const GstDiscordStreamKey *key,
    guint64 guild_id, guint64 channel_id, const gchar **property)
{
  *property = NULL;
  if (channel_id != 0 && key->channel_id != channel_id)
    *property = "channel-id";
  else if ((channel_id != 0 || guild_id != 0) && key->guild_id != guild_id)
    *property = "guild-id";
  else if (self->stream_user != 0 && key->owner_id != self->stream_user)
    *property = "stream-user";
  return *property != NULL;
}

gboolean
gst_discord_go_live_find_place (const GstDiscordGoLive *self, guint64 *guild_id,
    guint64 *channel_id, GError **error)
{
  g_autoptr (GstDiscordStreamKey) key = NULL;
  const gchar *property;

  if (self->stream_key == NULL)
    return TRUE;
  key = gst_discord_stream_key_parse (self->stream_key, NULL);
  if (key == NULL) {
    g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "Property stream-key is no stream key; those are "
        "guild:<guild>:<channel>:<user> and call:<channel>:<user>.");
    return FALSE;
  }
  if (contradicts (self, key, *guild_id, *channel_id, &property)) {
    g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "Properties stream-key and %s contradict each other.", property);
    return FALSE;
  }
  *guild_id = key->guild_id;
  *channel_id = key->channel_id;
  return TRUE;
}

void
gst_discord_go_live_configure (
    const GstDiscordGoLive *self, GstDiscordConnectionConfig *config)
{
  config->stream_key = self->stream_key;
  /* The key says it already. */
  config->stream_user = self->stream_key == NULL ? self->stream_user : 0;
  config->go_live = self->go_live;
  config->preferred_region = self->preferred_region;
}
