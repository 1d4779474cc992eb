/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordsignaller.h>

G_BEGIN_DECLS

/* What a Go Live connection identifies with (golive section 4). */
typedef struct
{
  guint64 rtc_server_id;
  guint64 rtc_channel_id; /* 0: the server named none */
  guint64 user_id;
  gchar *session_id; /* the parent's */
  gchar *token;
  gchar *endpoint;
} GstDiscordStreamServer;

/* FALSE until the stream was created and has a server, in whatever order, and
 * as long as it is out of order. */
GST_DISCORD_API
gboolean gst_discord_signaller_get_stream_server (GstDiscordSignaller *self,
    const gchar *stream_key, GstDiscordStreamServer *server);
/* Wipes. */
GST_DISCORD_API
void gst_discord_stream_server_clear (GstDiscordStreamServer *server);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (
    GstDiscordStreamServer, gst_discord_stream_server_clear)

/* gstdiscordsignallerstreams.c, for its neighbours */
void gst_discord_signaller_init_stream_signals (void);
void gst_discord_signaller_note_voice_state (GstDiscordSignaller *self,
    guint64 guild_id, guint64 channel_id, guint64 user_id,
    const gchar *session_id);
void gst_discord_signaller_forget_session (GstDiscordSignaller *self);

/* Op 19 was asked for, and how often it was without an answer yet. */
void gst_discord_signaller_note_stream_delete (
    GstDiscordSignaller *self, const gchar *stream_key);
GST_DISCORD_API
guint gst_discord_signaller_count_stream_deletes (
    GstDiscordSignaller *self, const gchar *stream_key);
/* Of the main gateway, with ourselves; (transfer full), NULL and 0 before a
 * voice state told. */
GST_DISCORD_API
gchar *gst_discord_signaller_dup_session_id (
    GstDiscordSignaller *self, guint64 *user_id);

/* Whether our own voice state is in that channel. */
gboolean gst_discord_signaller_is_in (
    GstDiscordSignaller *self, guint64 guild_id, guint64 channel_id);
gboolean gst_discord_signaller_is_self (
    GstDiscordSignaller *self, guint64 user_id);

G_END_DECLS
