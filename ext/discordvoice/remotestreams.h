/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The remote SSRCs a discordrtpbin receives: whose each is, and which of them
 * are on their way out (media-transport 12). Thread-safe; calls nobody. */

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstDiscordRemoteStreams GstDiscordRemoteStreams;

typedef enum
{
  GST_DISCORD_PACKET_PASS,
  GST_DISCORD_PACKET_HELD, /* of a stream that follows the one that ends */
  GST_DISCORD_PACKET_STRAGGLER, /* of a stream that is ending or gone */
  GST_DISCORD_PACKET_TOO_MANY,
  GST_DISCORD_PACKET_OTHER_MEDIUM, /* than that of its stream */
} GstDiscordPacketVerdict;

/* What became of a packet or a mapping; to be acted on without our lock. */
typedef struct
{
  gboolean user_changed; /* the SSRC got another user */
  GArray *superseded; /* (element-type guint32) (nullable): to be ended */
} GstDiscordStreamChange;

GstDiscordRemoteStreams *gst_discord_remote_streams_new (void);
void gst_discord_remote_streams_free (GstDiscordRemoteStreams *self);

/* Why a stream ends, which says what a packet of its SSRC is after that. */
typedef enum
{
  GST_DISCORD_STREAM_LEFT, /* a straggler, unless somebody has the SSRC again */
  GST_DISCORD_STREAM_RENEWED, /* of the new session, where the SSRC is another */
} GstDiscordStreamEnd;

/* A packet of @ssrc, of @video or of sound, from @user_id or from somebody unknown
 * (0), that arrived at @received (microseconds, monotonic), while it is @now.
 * Takes a reference of @buffer when it is held. */
GstDiscordPacketVerdict gst_discord_remote_streams_packet (
    GstDiscordRemoteStreams *self, guint32 ssrc, gboolean video,
    guint64 user_id, GstBuffer *buffer, gint64 received, gint64 now,
    GstDiscordStreamChange *change);

/* @ssrc belongs to @user_id now. If it is sound, the user's other SSRCs of sound
 * belong to nobody; video may come in several layers. A stream of another user is superseded as those are: jitter buffer and decoder are not
 * fed by two senders. */
void gst_discord_remote_streams_map (GstDiscordRemoteStreams *self,
    guint32 ssrc, guint64 user_id, GstDiscordStreamChange *change);

void gst_discord_stream_change_clear (GstDiscordStreamChange *change);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (
    GstDiscordStreamChange, gst_discord_stream_change_clear)

/* 0 while unknown. */
guint64 gst_discord_remote_streams_get_user (
    GstDiscordRemoteStreams *self, guint32 ssrc);
gboolean gst_discord_remote_streams_contains (
    GstDiscordRemoteStreams *self, guint32 ssrc);
/* FALSE while unknown. */
gboolean gst_discord_remote_streams_is_video (
    GstDiscordRemoteStreams *self, guint32 ssrc);

/* (element-type guint32): of @user_id, or of everybody for 0. */
GArray *gst_discord_remote_streams_list (
    GstDiscordRemoteStreams *self, guint64 user_id);

void gst_discord_remote_streams_set_jitterbuffer (
    GstDiscordRemoteStreams *self, guint32 ssrc, GstElement *jitterbuffer);
/* (transfer full) (nullable) */
GstElement *gst_discord_remote_streams_ref_jitterbuffer (
    GstDiscordRemoteStreams *self, guint32 ssrc);

/* FALSE when @ssrc is unknown, or ending already. What arrived until @now is
 * still part of the stream. */
gboolean gst_discord_remote_streams_end (GstDiscordRemoteStreams *self,
    guint32 ssrc, GstDiscordStreamEnd reason, gint64 now);

/* The stream is gone: TRUE when another one of its SSRC follows, whose first
 * packets gst_discord_remote_streams_take_held() has. Otherwise, unless the
 * session is a new one, its packets are stragglers for a while from @now on. */
gboolean gst_discord_remote_streams_remove (
    GstDiscordRemoteStreams *self, guint32 ssrc, gint64 now);
/* (transfer full) (nullable): in order. After the last one packets pass again;
 * *@ended when the stream has to end already. */
GstBuffer *gst_discord_remote_streams_take_held (
    GstDiscordRemoteStreams *self, guint32 ssrc, gboolean *ended);
/* Forgets everything. */
void gst_discord_remote_streams_clear (GstDiscordRemoteStreams *self);

G_END_DECLS
