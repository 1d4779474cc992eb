/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* discord://<guild>/<channel>[/<user>], with "@me" as the guild of a call; a user
 * stands for the user's Go Live stream. There are no secrets in it, and it cannot
 * make a token go to somebody else's server. */

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 guild_id; /* 0 for a call */
  guint64 channel_id;
  guint64 user_id; /* whose stream it is; 0: the voice channel */
  gchar *gateway_url; /* (nullable): of a loopback address */
} DiscordVoiceUri;

/* GST_URI_ERROR_BAD_URI when it is not one. */
gboolean discord_voice_uri_parse (
    const gchar *text, DiscordVoiceUri *uri, GError **error);
void discord_voice_uri_clear (DiscordVoiceUri *uri);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DiscordVoiceUri, discord_voice_uri_clear)

/* (nullable): NULL without a channel. The gateway is left out. */
gchar *discord_voice_uri_format (
    guint64 guild_id, guint64 channel_id, guint64 user_id);

G_END_DECLS
