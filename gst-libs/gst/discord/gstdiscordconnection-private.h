/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What our own plugins need of a connection; not installed. */

#include <gst/discord/gstdiscordconnection.h>

#include "gstdiscordvoicestream-private.h"

G_BEGIN_DECLS

/* How an element asks for the connection it shares with others. Strings are
 * borrowed for the call. Either @signaller, or @token, or the four values of
 * the caller's own gateway (@session_id, @voice_token, @endpoint, @user_id). */
typedef struct
{
  GstDiscordSignaller *signaller;
  const gchar *token;
  GstDiscordAccountType account_type;
  const gchar *gateway_url;
  const gchar *api_url;
  GTlsDatabase *tls_database;

  const gchar *session_id;
  const gchar *voice_token;
  const gchar *endpoint;
  guint64 user_id;

  guint64 guild_id;
  guint64 channel_id;

  /* Go Live: at most one of the next three. What is acquired then is the
   * connection of a stream, not that of the channel; see below. */
  const gchar *stream_key; /* watch this one; guild_id and channel_id may be 0,
                              else they are those of the key */
  guint64 stream_user; /* watch this member of channel_id, as soon as he is
                          live; 0: nobody */
  gboolean go_live; /* our own stream in channel_id */
  const gchar *preferred_region; /* of our own stream; NULL: Discord chooses */
  GstDiscordConnection *parent; /* borrowed: the application's own voice
                                   connection for the stream; NULL: that of the
                                   account in the table, joined when needed */

  gboolean self_mute;
  gboolean self_deaf;
  guint timeout; /* seconds */
  gboolean reconnect;
  guint max_reconnects;
  guint gateway_version; /* 8 or 9 */
  const gchar *const *encryption_modes; /* NULL: both, GCM first */
  gboolean udp_qos;
  GstDiscordE2ee e2ee;
  const gchar *identity_key_file; /* NULL: a key of this process */

  const GstCaps *codecs; /* as gst_discord_voice_codec_list_from_caps() takes
                            them; NULL: what the registry has */
  gboolean no_rtx;
  gboolean video; /* of others is wanted */
  const GstCaps *video_streams; /* to offer, as
                                   gst_discord_voice_stream_list_from_caps()
                                   takes them; or NULL */
} GstDiscordConnectionConfig;

/* The connection for @config from the process-wide table, made on first use.
 * GST_DISCORD_ERROR_SETTINGS when something is missing or malformed,
 * GST_DISCORD_ERROR_CONFLICT when it exists with other settings.
 * Pair with gst_discord_connection_release().
 *
 * With @stream_key, @stream_user or @go_live it is the stream's connection, one
 * per stream, with the channel's as its parent. It is used as any other: open()
 * joins the channel first (muted and deafened, unless others use that
 * connection for voice: then as they want it), waits for the member to be live
 * where @stream_user is set, asks for the stream and connects; close() ends our
 * stream, or stops watching. Settings of @config but self_mute and self_deaf are
 * the stream's; the parent, when it is made for the stream, takes those that a
 * joined connection cannot change, and later ones win over it in all others.
 * Offers of @video_streams become screens; without any, an own stream offers one
 * layer with RID "100".
 *
 * Nothing but RTP is different for a sender: that of a viewer, and that of a
 * paused stream, is dropped and counted. After op 22 nothing has to be sent
 * again by hand; but a keyframe has to come first when paused ends.
 *
 * How it ends: GstDiscordSendState.stream_state gets to ENDED and stays there
 * until the next open, or connect of an application. From then on
 * gst_discord_connection_dup_error() tells why:
 *   NULL: we closed it ourselves;
 *   GST_DISCORD_ERROR_STREAM_ENDED: it is over as streams are: its owner ended
 *     it, or left, or another of our devices took it, or the parent left or was
 *     moved. That is EOS of a source. The state is IDLE, and ::error is not
 *     emitted;
 *   anything else: refused (STREAM_FULL, STREAM_REFUSED, RATE_LIMITED, ...), not
 *     answered (JOIN_TIMEOUT), lost for good, or the parent failed. The state is
 *     FAILED, and ::error was emitted, as with a voice connection.
 * ::stream-state-changed comes after dup_error() has it. Outage, fail-over and
 * pause are no end: the state is WAITING or UNAVAILABLE, then CONNECTED again
 * with a new generation. */
GST_DISCORD_API
GstDiscordConnection *gst_discord_connection_acquire (
    const GstDiscordConnectionConfig *config, GError **error);

/* Counts an application's own connection as used by one more element. */
GST_DISCORD_API
GstDiscordConnection *gst_discord_connection_acquire_existing (
    GstDiscordConnection *connection);

GST_DISCORD_API
void gst_discord_connection_release (GstDiscordConnection *self);

/* Join, or keep joined, until the matching close; both return at once. The last
 * close leaves the channel. */
GST_DISCORD_API
void gst_discord_connection_open (GstDiscordConnection *self);
GST_DISCORD_API
void gst_discord_connection_close (GstDiscordConnection *self);

/* Which packets a subscriber is handed. RTCP goes to every one that asks. */
typedef enum
{
  GST_DISCORD_SUBSCRIBE_RTP = 1 << 0,
  GST_DISCORD_SUBSCRIBE_RTCP = 1 << 1,
} GstDiscordSubscribeFlags;

/* Called from an I/O pool thread without any lock; must not block. @buffers are
 * decrypted packets, padding stripped, RTP ones with a GstDiscordMediaMeta; the
 * subscriber takes its own references. */
typedef void (*GstDiscordPacketsFunc) (GstDiscordSubscribeFlags kind,
    GstBuffer *const *buffers, guint n_buffers, gpointer user_data);

/* After unsubscribe returns, @func is not running and will not run again; so do
 * not hold a lock that @func takes. @func must not call unsubscribe. */
GST_DISCORD_API
guint gst_discord_connection_subscribe (GstDiscordConnection *self,
    GstDiscordSubscribeFlags flags, GstDiscordPacketsFunc func,
    gpointer user_data);
GST_DISCORD_API
void gst_discord_connection_unsubscribe (GstDiscordConnection *self, guint id);

/* One packet on its way out: RTP (header first) or a single RTCP packet. */
typedef struct
{
  GstBuffer *buffer; /* borrowed */
  gboolean rtcp;
  GstClockTime deadline; /* CLOCK_MONOTONIC, or NONE for at once */
} GstDiscordOutPacket;

/* The one way out. Encrypts, sends, counts; any thread. Returns how many were
 * handed to the kernel. RTP whose SSRC is not ours for this session is dropped
 * and counted. */
GST_DISCORD_API
guint gst_discord_connection_send (GstDiscordConnection *self,
    const GstDiscordOutPacket *packets, guint n_packets);

/* Where a new sender on @ssrc goes on with a stream of this session: the next
 * sequence number, and the RTP time of a frame that begins now. FALSE: nothing
 * was sent on it yet, or it is not ours. Any thread. */
GST_DISCORD_API
gboolean gst_discord_connection_get_rtp_position (GstDiscordConnection *self,
    guint32 ssrc, guint16 *seqnum, guint32 *timestamp);

/* The picture id with which a new sender of VP8 goes on, see above. */
GST_DISCORD_API
gboolean gst_discord_connection_get_picture_id (
    GstDiscordConnection *self, guint32 ssrc, guint16 *picture_id);

/* What a sender has to know, kept current and readable from any thread. */
typedef struct
{
  GstDiscordConnectionState state;
  gboolean can_send; /* connected, or resuming for less than 5 s */
  guint generation; /* one more after every new identify */
  guint32 ssrc; /* our audio SSRC, 0 before the first Ready */
  GstDiscordSpeakingFlags speaking_sent; /* last op 5 handed to the websocket */
  GstDiscordE2eeState e2ee;
  guint video_serial; /* one more when GstDiscordVideoState changed */
  guint
      video_sent; /* last op 12 handed to the websocket, as set_video() gave */
  GstDiscordStreamState stream_state; /* IDLE for a voice connection */
  gboolean paused; /* our stream is: RTP is dropped */
} GstDiscordSendState;

GST_DISCORD_API
void gst_discord_connection_get_send_state (
    GstDiscordConnection *self, GstDiscordSendState *state);

/* Called from the signalling thread without any lock whenever a field of
 * GstDiscordSendState changed; must not block. Same rule for remove as for
 * unsubscribe. */
typedef void (*GstDiscordSendStateFunc) (GstDiscordConnection *self,
    const GstDiscordSendState *state, gpointer user_data);

GST_DISCORD_API
guint gst_discord_connection_add_send_watch (GstDiscordConnection *self,
    GstDiscordSendStateFunc func, gpointer user_data);
GST_DISCORD_API
void gst_discord_connection_remove_send_watch (
    GstDiscordConnection *self, guint id);

/* What a sender of video has to know. */
typedef struct
{
  GstDiscordCodec codec; /* to send now; UNKNOWN before it is agreed */
  guint payload_type;
  guint rtx_payload_type; /* 0: no retransmissions */
  /* ms, at most so long from one to the next; 0: not told */
  guint keyframe_interval;
  DiscordVoiceStreams streams; /* the layers we offered; SSRC 0: not for us */
} GstDiscordVideoState;

GST_DISCORD_API
void gst_discord_connection_get_video_state (
    GstDiscordConnection *self, GstDiscordVideoState *state);

/* Offers these layers, as gst_discord_voice_stream_list_from_caps() takes them,
 * and begins the session anew when there is one, since they are offered at its
 * beginning only. For what was added later. */
GST_DISCORD_API
void gst_discord_connection_offer (
    GstDiscordConnection *self, const GstCaps *streams);

/* Op 12: the layers that we send, by RID, and how; their SSRCs are filled in. None
 * ends our video. Kept over sessions. Any thread; the same again costs nothing.
 * Returns what GstDiscordSendState.video_sent reaches when the server is told. */
GST_DISCORD_API
guint gst_discord_connection_set_video (GstDiscordConnection *self,
    const GstDiscordVoiceStream *const *streams, guint n_streams);

/* Op 15 with nothing wanted, unless somebody has told already what is: for who
 * sends video and looks at none, in place of everything. Any thread. */
GST_DISCORD_API
void gst_discord_connection_want_nothing_yet (GstDiscordConnection *self);

typedef enum
{
  GST_DISCORD_SSRC_UNKNOWN,
  GST_DISCORD_SSRC_AUDIO,
  GST_DISCORD_SSRC_VIDEO,
  GST_DISCORD_SSRC_RTX,
} GstDiscordSsrcKind;

typedef struct
{
  guint64 user_id; /* 0: nobody announced it */
  GstDiscordSsrcKind kind;
  guint32 pair; /* retransmissions of a video SSRC, the video of an RTX SSRC;
                   0: none */
} GstDiscordSsrcInfo;

/* What others announced of @ssrc (ops 5 and 12). */
GST_DISCORD_API
void gst_discord_connection_lookup_ssrc (
    GstDiscordConnection *self, guint32 ssrc, GstDiscordSsrcInfo *info);

typedef enum
{
  GST_DISCORD_FRAME_DONE, /* encrypted, decrypted */
  GST_DISCORD_FRAME_CLEAR, /* goes on as it is: version 0, or silence */
  GST_DISCORD_FRAME_NO_KEY, /* nothing to encrypt or decrypt with (yet) */
  GST_DISCORD_FRAME_EARLIER, /* of an epoch from before we had a key of its
                                sender, as far as can be told: must not go on */
  GST_DISCORD_FRAME_REFUSED, /* counted; must not go on */
} GstDiscordFrameResult;

/* How large a frame of @length bytes can get. */
GST_DISCORD_API
gsize gst_discord_connection_encrypted_size_max (
    GstDiscordCodec codec, gsize length);

/* Encrypts @frame (borrowed) for the epoch in which we send now. On
 * GST_DISCORD_FRAME_DONE the first @size bytes of @out, which is writable, has
 * room for encrypted_size_max() and is no memory of @frame, are what is sent.
 * Any thread; a nonce is used only once. @reason (out, nullable): of
 * GST_DISCORD_FRAME_REFUSED, a static string for logs. */
GST_DISCORD_API
GstDiscordFrameResult gst_discord_connection_encrypt (
    GstDiscordConnection *self, GstDiscordCodec codec, GstBuffer *frame,
    GstBuffer *out, gsize *size, const gchar **reason);

/* The other way, for a whole frame of @user_id (0: not known). @out is writable,
 * as large as @frame, and no memory of it. @video: whether it is no audio. */
GST_DISCORD_API
GstDiscordFrameResult gst_discord_connection_decrypt (
    GstDiscordConnection *self, guint64 user_id, gboolean video,
    GstBuffer *frame, GstBuffer *out, gsize *size, const gchar **reason);

/* The error that ended the connection, or NULL. */
GST_DISCORD_API
GError *gst_discord_connection_dup_error (GstDiscordConnection *self);

G_END_DECLS
