/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of a DiscordRtc among themselves: rtc.c takes commands to the
 * signalling thread, rtcsession.c hears what the voice session says there,
 * rtcmedia.c sends and receives, rtcvideo.c agrees on video, rtcdave.c encrypts
 * end to end, rtcstream.c and rtcstreamnews.c do Go Live, rtcstats.c tells. */

#include "rtc.h"

#include "../signalling/scheduler.h"
#include "../signalling/soupwebsocket.h"
#include "../transport/udptransport.h"
#include "davelink.h"
#include "listeners.h"
#include "rtpposition.h"

/* One UDP transport with those who use it; the last reference frees it. */
typedef struct
{
  DiscordRtc *rtc; /* owned */
  guint generation;
  DiscordUdpTransport *udp;
} DiscordRtcTransport;

/* Audio, and each layer with its retransmissions. */
#define DISCORD_RTC_MAX_OWN_SSRCS (1 + 2 * DISCORD_MAX_LAYERS)

/* RFC 7587 4.1; media-transport 4 */
#define DISCORD_AUDIO_CLOCK_RATE 48000
#define DISCORD_VIDEO_CLOCK_RATE 90000

typedef struct
{
  guint32 ssrc;
  DiscordRtpPosition position;
  gint picture_id; /* of the last whole frame of VP8; -1: none */
} DiscordOwnStream;

/* Signals of a signaller about streams. */
#define DISCORD_RTC_STREAM_HANDLERS 6

/* Bits of listener masks beside GstDiscordSubscribeFlags. */
#define DISCORD_RTC_LISTEN_SEND_STATE (1 << 8)

struct _DiscordRtc
{
  gatomicrefcount refs;

  GMainContext *context; /* of the signalling thread, referenced */
  GstDiscordSignaller *signaller;
  gulong signaller_ids[5];
  gulong stream_ids[DISCORD_RTC_STREAM_HANDLERS];
  DiscordRtc *parent; /* referenced; of a stream, else NULL */
  gboolean holds_exit; /* process exit waits for our leave */
  GTlsDatabase *tls_database;
  DiscordListeners *listeners;
  const DiscordRtcCallbacks *callbacks;
  gpointer user_data;
  GDestroyNotify notify;

  /* signalling thread only */
  DiscordScheduler *scheduler;
  DiscordSoupWebsocketFactory *websockets;
  DiscordVoiceSession *session;
  gboolean running; /* then holds a reference */
  gboolean released;
  GHashTable *stale_users; /* known before the last identify */
  guint stale_timer;
  guint transport_generation;
  GstDiscordE2ee e2ee; /* as of the last start */
  const gchar *identity_key_file;
  DiscordDaveQueue *dave_queue; /* once needed, while running */
  DiscordDaveLink *dave_link; /* of this session, or NULL */
  guint dave_timer;
  GPtrArray *children; /* running streams in our channel; borrowed */
  GHashTable *live; /* keys that were told as live */

  /* Guards what follows. A leaf: nothing is called while it is held. */
  GMutex lock;
  DiscordRtcConfig config;
  GstDiscordSendState send_state;
  DiscordOwnStream own_streams[DISCORD_RTC_MAX_OWN_SSRCS]; /* of this session */
  guint n_own_streams;
  GstDiscordVideoState video_state;
  DiscordVoiceStreams video; /* what we send */
  guint video_number; /* of that, counted from the first */
  GstDiscordMediaSinkWants *wants; /* ours, or NULL */
  GstDiscordMediaSinkWants *remote_wants; /* of this session, or NULL */
  gboolean key_exhausted;
  gboolean closing; /* no media until the next start */
  DiscordRtcTransport *transport;
  DiscordDaveMedia *dave_media; /* of this session, or NULL */
  DiscordDaveCounters closed_dave; /* of those before */
  DiscordDaveGroup *dave_group; /* in which we are, or NULL */
  guint dave_epochs, dave_refused;
  DiscordSsrcTable *ssrcs;
  GHashTable *sender_reports; /* SSRC -> RtcpSenderReport */
  gchar *endpoint;
  gchar *session_id;
  guint64 user_id;
  guint64 channel_id;
  gchar *stream_key; /* or NULL; once set, it stays */
  guint stream_number; /* how often ops 18 and 20 went out for it */
  gboolean paused; /* as wished */
  gdouble latency, average_latency;
  guint rejoins, resumes;
  guint64 dropped_deaf;
  guint64 dropped_foreign_ssrc;
  guint64 dropped_not_connected;
  guint64 dropped_viewer;
  guint64 dropped_paused;
  DiscordVoiceGatewayStats gateway_stats;
  DiscordUdpTransportStats closed_stats; /* of transports that are gone */
};

DiscordRtc *discord_rtc_ref (DiscordRtc *self);
void discord_rtc_unref (DiscordRtc *self);

/* rtcmedia.c */
extern const DiscordUdpTransportCallbacks discord_rtc_udp_callbacks;
void discord_rtc_transport_unref (DiscordRtcTransport *transport);
/* Takes the current transport away, or NULL; then close it, without the lock. */
DiscordRtcTransport *discord_rtc_steal_transport_unlocked (DiscordRtc *self);
void discord_rtc_transport_close (DiscordRtcTransport *transport);
/* A reference to the current transport, or NULL. */
DiscordRtcTransport *discord_rtc_dup_transport (DiscordRtc *self);
/* Ready gave us @ssrc; 0: it did not. */
void discord_rtc_add_own_stream_unlocked (
    DiscordRtc *self, guint32 ssrc, guint clock_rate);
/* Tells the send watches what changed; signalling thread. */
void discord_rtc_notify_send_state (DiscordRtc *self);

/* rtcsession.c; all on the signalling thread */
extern const DiscordVoiceSessionCallbacks discord_rtc_session_callbacks;
/* Copies what the session knows to where other threads read it. */
void discord_rtc_update_identity (DiscordRtc *self);
void discord_rtc_remove_user (DiscordRtc *self, guint64 user_id);

/* rtc.c; any thread */
void discord_rtc_invoke (DiscordRtc *self, GSourceFunc func);
void discord_rtc_invoke_discovered (DiscordRtc *self, guint generation,
    const gchar *address, guint16 port, const GError *error);
void discord_rtc_invoke_key_exhausted (DiscordRtc *self);
/* Frees the session once its last callback has returned. */
void discord_rtc_invoke_close (DiscordRtc *self);

/* rtcdave.c */
/* A reference to the keys of this session, or NULL; any thread. */
DiscordDaveMedia *discord_rtc_dup_dave_media (DiscordRtc *self);
/* The rest on the signalling thread. */
/* A new identify was answered, by which everything starts afresh. */
void discord_rtc_dave_begin (DiscordRtc *self);
/* The session is over: keys go. */
void discord_rtc_dave_end (DiscordRtc *self);
void discord_rtc_dave_version (guint version, gpointer rtc);
void discord_rtc_dave_message (
    const DiscordVoiceDaveMessage *message, gpointer rtc);
void discord_rtc_dave_users_joined (
    DiscordRtc *self, const guint64 *user_ids, guint n_user_ids);
void discord_rtc_dave_user_left (DiscordRtc *self, guint64 user_id);
void discord_rtc_dave_moved (DiscordRtc *self, guint64 channel_id);

/* rtcvideo.c; all on the signalling thread */
/* A new voice session object: what was set
 * before it was there. */
void discord_rtc_begin_video (DiscordRtc *self);
/* Op 12 again, of what we send now. */
void discord_rtc_tell_video (DiscordRtc *self);
/* Ready; with the lock held. */
void discord_rtc_set_own_streams_unlocked (
    DiscordRtc *self, guint32 ssrc, const DiscordVoiceStreams *streams);
void discord_rtc_clear_own_streams_unlocked (DiscordRtc *self);
void discord_rtc_on_media (
    const DiscordVoiceSessionUpdate *update, gpointer rtc);
void discord_rtc_on_wants (const GstDiscordMediaSinkWants *wants, gpointer rtc);
void discord_rtc_on_video (guint64 user_id, guint32 audio_ssrc,
    guint32 video_ssrc, const GstDiscordVoiceStream *streams, guint n_streams,
    gpointer rtc);

/* rtcstream.c */
void discord_rtc_stream_init (DiscordRtc *self, DiscordRtc *parent);
void discord_rtc_stream_clear (DiscordRtc *self);
/* What follows for the session from being one of a stream. */
void discord_rtc_stream_configure (DiscordVoiceSessionConfig *config);
gboolean discord_rtc_is_own_stream (DiscordRtc *self, const gchar *key);
/* The rest on the signalling thread: there is a new session, it will start, it
 * has, it will be freed. */
void discord_rtc_stream_begin (DiscordRtc *self);
void discord_rtc_stream_prepare (DiscordRtc *self);
void discord_rtc_stream_check_parent (DiscordRtc *self);
void discord_rtc_stream_end (DiscordRtc *self);
gboolean discord_rtc_stream_op (
    DiscordStreamOp op, gpointer rtc, GError **error);
void discord_rtc_on_stream_state (GstDiscordStreamState state,
    GstDiscordStreamDeleteReason reason, gpointer rtc);
void discord_rtc_tell_paused (DiscordRtc *self, gboolean paused);
/* To the streams of a voice connection. */
void discord_rtc_streams_parent_connected (DiscordRtc *self);
void discord_rtc_streams_parent_gone (DiscordRtc *self, const GError *error);

/* rtcstreamnews.c */
void discord_rtc_stream_connect_signaller (DiscordRtc *self);
void discord_rtc_stream_disconnect_signaller (DiscordRtc *self);
/* Signalling thread: tells who began and ended to be live in our channel. */
void discord_rtc_update_live (DiscordRtc *self);

/* rtcstats.c */
void discord_rtc_add_udp_stats (
    DiscordUdpTransportStats *sum, const DiscordUdpTransportStats *more);
