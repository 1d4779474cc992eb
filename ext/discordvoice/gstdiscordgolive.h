/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an element is told about Go Live, beside the settings of any connection. */

#include <gst/discord/gstdiscordconnection-private.h>

G_BEGIN_DECLS

typedef struct
{
  gchar *stream_key; /* (nullable): the stream to watch */
  guint64 stream_user; /* whose stream to watch; 0: nobody's */
  gboolean go_live; /* make a stream of our own */
  gchar *preferred_region; /* (nullable): of that */
} GstDiscordGoLive;

void gst_discord_go_live_copy (
    GstDiscordGoLive *to, const GstDiscordGoLive *from);
void gst_discord_go_live_clear (GstDiscordGoLive *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstDiscordGoLive, gst_discord_go_live_clear)

/* Whether there is to be a connection of a stream, and not of the voice channel. */
gboolean gst_discord_go_live_is_set (const GstDiscordGoLive *self);

/* Where the stream is: fills in a channel that is not given (0), with its guild.
 * GST_DISCORD_ERROR_SETTINGS when the key is none, or of another channel or user
 * than told otherwise. */
gboolean gst_discord_go_live_find_place (const GstDiscordGoLive *self,
    guint64 *guild_id, guint64 *channel_id, GError **error);

/* @config borrows the strings. */
void gst_discord_go_live_configure (
    const GstDiscordGoLive *self, GstDiscordConnectionConfig *config);

G_END_DECLS
