/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/discord-prelude.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_STREAM_KEY (gst_discord_stream_key_get_type ())
GST_DISCORD_API
GType gst_discord_stream_key_get_type (void);

typedef struct _GstDiscordStreamKey GstDiscordStreamKey;

/**
 * GstDiscordStreamKey:
 * @guild_id: the guild, 0 for a call
 * @channel_id: the voice channel or the call
 * @owner_id: the user whose screen it is
 *
 * The name of a Go Live stream: everybody who knows where a user is live knows
 * it.
 *
 * Since: 0.1
 */
struct _GstDiscordStreamKey
{
  guint64 guild_id;
  guint64 channel_id;
  guint64 owner_id;
};

GST_DISCORD_API
GstDiscordStreamKey *gst_discord_stream_key_new (
    guint64 guild_id, guint64 channel_id, guint64 owner_id);

GST_DISCORD_API
GstDiscordStreamKey *gst_discord_stream_key_parse (
    const gchar *text, GError **error);

GST_DISCORD_API
gchar *gst_discord_stream_key_to_string (const GstDiscordStreamKey *self);

GST_DISCORD_API
gboolean gst_discord_stream_key_equal (
    const GstDiscordStreamKey *a, const GstDiscordStreamKey *b);

GST_DISCORD_API
guint gst_discord_stream_key_hash (const GstDiscordStreamKey *self);

GST_DISCORD_API
GstDiscordStreamKey *gst_discord_stream_key_copy (
    const GstDiscordStreamKey *self);

GST_DISCORD_API
void gst_discord_stream_key_free (GstDiscordStreamKey *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstDiscordStreamKey, gst_discord_stream_key_free)

G_END_DECLS
