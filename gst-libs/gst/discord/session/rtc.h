/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordconnection-private.h>

#include "davegroup.h"
#include "ssrctable.h"
#include "voicesession.h"

/* The inside of a GstDiscordConnection: the voice session on the signalling
 * thread, the UDP transport, the SSRC table, and the elements that send and
 * receive. It outlives the object while it leaves the channel. Functions may be
 * called from any thread. */
typedef struct _DiscordRtc DiscordRtc;

typedef enum
{
  DISCORD_RTC_ENDPOINT = 1 << 0,
  DISCORD_RTC_SESSION = 1 << 1,
  DISCORD_RTC_LATENCY = 1 << 2,
  DISCORD_RTC_CHANNEL = 1 << 3,
  DISCORD_RTC_USERS = 1 << 4,
  DISCORD_RTC_E2EE_STATE = 1 << 5,
  DISCORD_RTC_VIDEO_CODEC = 1 << 6,
  DISCORD_RTC_VIDEO_STREAMS = 1 << 7,
  DISCORD_RTC_STREAM_KEY = 1 << 8,
  DISCORD_RTC_STREAM_INFO = 1 << 9, /* viewers, region, pause */
  DISCORD_RTC_STREAMS = 1 << 10, /* live in the channel */
} DiscordRtcChange;

/* All from the signalling thread, without a lock. */
typedef struct
{
  void (*state_changed) (GstDiscordConnectionState state, gpointer user_data);
  void (*changed) (DiscordRtcChange what, gpointer user_data);
  void (*resumed) (gpointer user_data);
  /* NULL: there is no group any more. */
  void (*privacy_code) (const gchar *code, gpointer user_data);
  void (*moved) (guint64 channel_id, gpointer user_data);
  void (*move_timeout) (guint64 channel_id, gpointer user_data);
  void (*user_joined) (guint64 user_id, gpointer user_data);
  void (*user_left) (guint64 user_id, gpointer user_data);
  void (*speaking) (
      guint64 user_id, guint32 ssrc, guint flags, gpointer user_data);
  /* That user sends other layers than before. */
  void (*user_streams) (guint64 user_id, gpointer user_data);
  void (*wants) (const GstDiscordMediaSinkWants *wants, gpointer user_data);
  void (*client_flags) (guint64 user_id, gint64 flags, gpointer user_data);
  void (*client_platform) (
      guint64 user_id, gint64 platform, gpointer user_data);
  void (*stream_state) (GstDiscordStreamState state,
      GstDiscordStreamDeleteReason reason, gpointer user_data);
  /* Somebody in the channel is live, or no more. */
  void (*stream_live) (const gchar *key, gboolean live, gpointer user_data);
  /* NULL after a leave. */
  void (*ended) (const GError *error, gpointer user_data);
} DiscordRtcCallbacks;

typedef struct
{
  DiscordVoiceSessionConfig session; /* max_dave_version follows from e2ee */
  gboolean own_codecs; /* else those of the registry at each start */
  gboolean udp_qos;
  GstDiscordE2ee e2ee;
  const gchar *identity_key_file; /* interned; NULL: a key of this process */
  guint64 stream_owner; /* of the stream watched */
  const gchar *preferred_region; /* of our own stream; interned, nullable */
} DiscordRtcConfig;

/* @parent: (nullable): the voice connection of the channel, when this is the
 * connection of a stream there */
DiscordRtc *discord_rtc_new (GstDiscordSignaller *signaller,
    GTlsDatabase *tls_database, DiscordRtc *parent,
    const DiscordRtcConfig *config, const DiscordRtcCallbacks *callbacks,
    gpointer user_data, GDestroyNotify notify);
/* Leaves the channel, then goes; callbacks go on until then, and @notify is
 * called after the last. */
void discord_rtc_release (DiscordRtc *self);

/* Values for the next start, of which channel_id, self_mute, self_deaf and
 * self_video have functions that act at once. */
void discord_rtc_configure (DiscordRtc *self, const DiscordRtcConfig *config);

void discord_rtc_start (DiscordRtc *self);
void discord_rtc_stop (DiscordRtc *self, gboolean force);
void discord_rtc_move (DiscordRtc *self, guint64 channel_id);
void discord_rtc_set_self_state (DiscordRtc *self, gboolean self_mute,
    gboolean self_deaf, gboolean self_video);
void discord_rtc_set_speaking (DiscordRtc *self, guint flags);

guint discord_rtc_send (
    DiscordRtc *self, const GstDiscordOutPacket *packets, guint n_packets);
/* As of the connection; any thread. */
gboolean discord_rtc_get_rtp_position (
    DiscordRtc *self, guint32 ssrc, guint16 *seqnum, guint32 *timestamp);
/* Of the next frame of VP8. FALSE: nothing of VP8 was sent on it. */
gboolean discord_rtc_get_picture_id (
    DiscordRtc *self, guint32 ssrc, guint16 *picture_id);

GstDiscordFrameResult discord_rtc_encrypt (DiscordRtc *self,
    GstDiscordCodec codec, GstBuffer *frame, GstBuffer *out, gsize *size,
    const gchar **reason);
GstDiscordFrameResult discord_rtc_decrypt (DiscordRtc *self, guint64 user_id,
    gboolean video, GstBuffer *frame, GstBuffer *out, gsize *size,
    const gchar **reason);
void discord_rtc_get_send_state (DiscordRtc *self, GstDiscordSendState *state);
/* @connection goes to the callback as it is. */
guint discord_rtc_add_send_watch (DiscordRtc *self,
    GstDiscordSendStateFunc func, GstDiscordConnection *connection,
    gpointer user_data);
guint discord_rtc_subscribe (DiscordRtc *self, GstDiscordSubscribeFlags flags,
    GstDiscordPacketsFunc func, gpointer user_data);
/* For both kinds; waits for a running call. */
void discord_rtc_remove_listener (DiscordRtc *self, guint id);

/* As of the connection; any thread. */
void discord_rtc_get_video_state (
    DiscordRtc *self, GstDiscordVideoState *state);
/* Offers other layers, by which a running session begins anew. */
void discord_rtc_offer (DiscordRtc *self, const DiscordVoiceStreams *streams);
guint discord_rtc_set_video (
    DiscordRtc *self, const DiscordVoiceStreams *streams);
void discord_rtc_set_wants (
    DiscordRtc *self, const GstDiscordMediaSinkWants *wants);
void discord_rtc_want_nothing_yet (DiscordRtc *self);
/* (transfer full) */
GstDiscordMediaSinkWants *discord_rtc_dup_remote_wants (DiscordRtc *self);
void discord_rtc_get_user_streams (
    DiscordRtc *self, guint64 user_id, DiscordVoiceStreams *streams);
void discord_rtc_lookup_ssrc (
    DiscordRtc *self, guint32 ssrc, GstDiscordSsrcInfo *info);
void discord_rtc_get_codecs (DiscordRtc *self, DiscordVoiceCodecs *codecs);

/* Go Live; as of the connection, any thread */
gboolean discord_rtc_is_stream (DiscordRtc *self);
/* (nullable): our own before the parent was connected */
gchar *discord_rtc_dup_stream_key (DiscordRtc *self);
/* (nullable): what the main gateway told of it */
GstDiscordStreamInfo *discord_rtc_dup_stream_info (DiscordRtc *self);
void discord_rtc_set_paused (DiscordRtc *self, gboolean paused);
gboolean discord_rtc_get_paused (DiscordRtc *self);
/* The keys of those who are live in the channel. */
gchar **discord_rtc_dup_live_streams (DiscordRtc *self);

/* Copies; NULL or 0 while unknown. */
gchar *discord_rtc_dup_endpoint (DiscordRtc *self);
gchar *discord_rtc_dup_session_id (DiscordRtc *self);
gchar *discord_rtc_dup_privacy_code (DiscordRtc *self);
/* The encrypted group in which we are, or NULL. */
DiscordDaveGroup *discord_rtc_dup_dave_group (DiscordRtc *self);
guint64 discord_rtc_get_user_id (DiscordRtc *self);
guint64 discord_rtc_get_channel_id (DiscordRtc *self);
void discord_rtc_get_latency (
    DiscordRtc *self, gdouble *last, gdouble *average);
GArray *discord_rtc_get_users (DiscordRtc *self);
guint64 discord_rtc_get_user_for_ssrc (DiscordRtc *self, guint32 ssrc);
GstStructure *discord_rtc_get_stats (DiscordRtc *self);
