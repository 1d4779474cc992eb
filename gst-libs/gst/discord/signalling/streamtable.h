/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordstreaminfo.h>

/* What the main gateway told of Go Live streams: those we asked for, with the
 * latest server of each, and who is live by their voice states. Events come in
 * any order (golive 2.2). The caller locks. */
typedef struct _DiscordStreamTable DiscordStreamTable;

DiscordStreamTable *discord_stream_table_new (void);
/* Wipes tokens. */
void discord_stream_table_free (DiscordStreamTable *self);

/* STREAM_CREATE: all that is known now, (transfer full). NULL: refused, for it
 * names no server or there are too many. */
GstDiscordStreamInfo *discord_stream_table_created (
    DiscordStreamTable *self, const GstDiscordStreamInfo *info);

/* STREAM_UPDATE: all that is known now, (transfer full), NULL when the stream
 * was never created. */
GstDiscordStreamInfo *discord_stream_table_updated (
    DiscordStreamTable *self, const GstDiscordStreamInfo *info);

/* STREAM_SERVER_UPDATE. @token and @endpoint are nullable. FALSE: there are too
 * many. */
gboolean discord_stream_table_server (DiscordStreamTable *self,
    const GstDiscordStreamKey *key, const gchar *token, const gchar *endpoint);

/* STREAM_DELETE; @unavailable: an outage, the stream stays and waits. */
void discord_stream_table_deleted (DiscordStreamTable *self,
    const GstDiscordStreamKey *key, gboolean unavailable);

/* (transfer full) (nullable) */
GstDiscordStreamInfo *discord_stream_table_dup_info (
    DiscordStreamTable *self, const GstDiscordStreamKey *key);
/* Whether the stream was created and is not out of order. */
gboolean discord_stream_table_is_available (
    DiscordStreamTable *self, const GstDiscordStreamKey *key);
/* Of an available stream; both belong to the table. FALSE: none, or a null
 * one. */
gboolean discord_stream_table_get_server (DiscordStreamTable *self,
    const GstDiscordStreamKey *key, const gchar **token,
    const gchar **endpoint);
/* The keys as text, (transfer full). */
gchar **discord_stream_table_dup_keys (DiscordStreamTable *self);

/* What a voice state changed: keys of streams that are no more, or new. */
typedef struct
{
  gboolean ended;
  GstDiscordStreamKey ended_key;
  gboolean began;
  GstDiscordStreamKey began_key;
} DiscordLiveChange;

/* Of a user's voice state in a guild, 0 for a call. */
void discord_stream_table_set_live (DiscordStreamTable *self, guint64 guild_id,
    guint64 channel_id, guint64 user_id, gboolean live,
    DiscordLiveChange *change);
/* The keys as text, (transfer full). */
gchar **discord_stream_table_dup_live_keys (DiscordStreamTable *self);

/* The gateway session is another one. */
void discord_stream_table_clear (DiscordStreamTable *self);
