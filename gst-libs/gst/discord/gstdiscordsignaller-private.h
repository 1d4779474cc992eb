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

/* Whether our own voice state is in that channel. */
gboolean gst_discord_signaller_is_in (
    GstDiscordSignaller *self, guint64 guild_id, guint64 channel_id);
gboolean gst_discord_signaller_is_self (
    GstDiscordSignaller *self, guint64 user_id);

G_END_DECLS
