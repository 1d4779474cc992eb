/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordenums.h>

#include "../crypto/transportcipher.h"
#include "../signalling/voicegateway.h"
#include "../signalling/voicestatequeue.h"

/* One stay in a voice channel, over all the voice gateway sessions it takes:
 * join, server move, being moved or kicked, resume, rejoin, leave (voice-gateway
 * 1.7-1.9, 2.3, 4 and 5). Runs on the signalling thread; the network is behind
 * the callbacks and the websocket factory, time behind the scheduler. */
typedef struct _DiscordVoiceSession DiscordVoiceSession;

/* What is joined. */
typedef enum
{
  DISCORD_JOIN_CHANNEL, /* by op 4 */
  DISCORD_JOIN_WATCH, /* somebody's stream, by op 20 */
  DISCORD_JOIN_GO_LIVE, /* our own, by op 18 */
} DiscordJoin;

/* What is asked of the main gateway about the session's stream (golive 2.1). */
typedef enum
{
  DISCORD_STREAM_OP_CREATE = 18,
  DISCORD_STREAM_OP_DELETE = 19,
  DISCORD_STREAM_OP_WATCH = 20,
  DISCORD_STREAM_OP_PING = 21,
} DiscordStreamOp;

typedef struct
{
  DiscordJoin join;
  gboolean await_live; /* watch only once the owner is live */
  guint64 guild_id; /* 0 for a call */
  guint64 channel_id; /* of a stream: where its owner is */
  gboolean self_mute;
  gboolean self_deaf;
  gboolean self_video; /* others see our camera as on (golive 1) */
  guint timeout; /* seconds, for a join and for a move */
  gboolean reconnect;
  guint max_reconnects;
  guint gateway_version;
  gboolean insecure; /* ws:// to the voice server */
  guint max_dave_version; /* 0: end-to-end encryption is not announced */
  /* In order of preference, known names only, at least one. */
  TransportMode modes[2];
  guint n_modes;
  gboolean video; /* wanted, either way */
  gboolean rtx;
  DiscordVoiceStreams streams; /* layers to offer */
  DiscordVoiceCodecs codecs;
} DiscordVoiceSessionConfig;

/* A callback may call any function but free. */
typedef struct
{
  /* Main gateway op 4. */
  void (*update_voice_state) (
      const DiscordVoiceStateUpdate *update, gpointer user_data);

  /* Of a stream, in place of op 4. FALSE: it cannot be asked for. */
  gboolean (*stream_op) (
      DiscordStreamOp op, gpointer user_data, GError **error);
  /* @reason: of an end. The last of a session comes after ended(). */
  void (*stream_state) (GstDiscordStreamState state,
      GstDiscordStreamDeleteReason reason, gpointer user_data);

  /* A fresh UDP socket for a new identify; answer with
   * discord_voice_session_discovered(). */
  gboolean (*transport_open) (const gchar *ip, guint16 port, guint32 ssrc,
      gpointer user_data, GError **error);
  gboolean (*transport_set_key) (TransportMode mode,
      const guint8 key[TRANSPORT_KEY_SIZE], gpointer user_data);
  void (*transport_close) (gpointer user_data);

  void (*state_changed) (GstDiscordConnectionState state, gpointer user_data);
  /* Sending became possible or impossible; follows the state except that a
   * resume stops sending only after 5 s. */
  void (*can_send_changed) (gboolean can_send, gpointer user_data);
  /* A new identify was answered: nothing of the former session holds. */
  void (*ready) (
      guint32 ssrc, const DiscordVoiceStreams *streams, gpointer user_data);
  /* What we are to send; NULL and -1 are unchanged, an empty name is none. */
  void (*media) (const DiscordVoiceSessionUpdate *update, gpointer user_data);
  /* What others want of our video. */
  void (*wants) (const GstDiscordMediaSinkWants *wants, gpointer user_data);
  /* End-to-end encryption, from ready() on: the version of the first op 4, and
   * the gateway's messages in order with the users'. */
  void (*dave_version) (guint version, gpointer user_data);
  void (*dave) (const DiscordVoiceDaveMessage *message, gpointer user_data);
  void (*resumed) (gpointer user_data);
  void (*moved) (guint64 channel_id, gpointer user_data);
  void (*move_timeout) (guint64 channel_id, gpointer user_data);
  void (*speaking_sent) (guint flags, gpointer user_data);
  void (*latency) (gdouble last, gdouble average, gpointer user_data);

  void (*speaking) (
      guint64 user_id, guint32 ssrc, guint flags, gpointer user_data);
  void (*video) (guint64 user_id, guint32 audio_ssrc, guint32 video_ssrc,
      const GstDiscordVoiceStream *streams, guint n_streams,
      gpointer user_data);
  void (*clients_connect) (
      const guint64 *user_ids, guint n_user_ids, gpointer user_data);
  void (*client_disconnect) (guint64 user_id, gpointer user_data);
  void (*client_flags) (guint64 user_id, gint64 flags, gpointer user_data);
  void (*client_platform) (
      guint64 user_id, gint64 platform, gpointer user_data);

  /* Left, after stop(); or gave up, with the error. The session is idle and may
   * be started again. */
  void (*ended) (const GError *error, gpointer user_data);
} DiscordVoiceSessionCallbacks;

DiscordVoiceSession *discord_voice_session_new (
    const DiscordVoiceSessionConfig *config, DiscordScheduler *scheduler,
    DiscordWebsocketFactory factory, gpointer factory_data,
    const DiscordVoiceSessionCallbacks *callbacks, gpointer user_data);
/* Closes what is open without telling anybody. */
void discord_voice_session_free (DiscordVoiceSession *self);

void discord_voice_session_start (DiscordVoiceSession *self);
/* Leaves: waits for the main gateway's confirmation (at most 2.5 s) unless
 * @force, then closes and calls ended with NULL. */
void discord_voice_session_stop (DiscordVoiceSession *self, gboolean force);
gboolean discord_voice_session_is_active (DiscordVoiceSession *self);
/* On our way out, which the main gateway has yet to confirm. */
gboolean discord_voice_session_is_leaving (DiscordVoiceSession *self);
/* It was started while it leaves, and goes on after that, and after ended(). */
gboolean discord_voice_session_starts_again (DiscordVoiceSession *self);

void discord_voice_session_move (DiscordVoiceSession *self, guint64 channel_id);
void discord_voice_session_set_self_state (DiscordVoiceSession *self,
    gboolean self_mute, gboolean self_deaf, gboolean self_video);
void discord_voice_session_set_speaking (
    DiscordVoiceSession *self, guint flags);
/* Other codecs than those of the configuration: op 14. */
void discord_voice_session_set_codecs (
    DiscordVoiceSession *self, const DiscordVoiceCodecs *codecs);
/* Other layers than those of the configuration. They are offered when
 * identifying only (golive 6.1), so a running session begins anew at its voice
 * server, and everything in it. */
void discord_voice_session_offer (
    DiscordVoiceSession *self, const DiscordVoiceStreams *streams);
/* Op 12: what we send, by RID; kept over sessions. */
void discord_voice_session_set_video (
    DiscordVoiceSession *self, const DiscordVoiceStreams *streams);
/* Op 15: what we want of the others; kept until the next identify, by which all
 * SSRCs are others, except for what is wanted of any. */
void discord_voice_session_set_wants (
    DiscordVoiceSession *self, const GstDiscordMediaSinkWants *wants);
/* Values for the next start; ignored by a running session where they concern
 * what is already agreed. */
void discord_voice_session_configure (
    DiscordVoiceSession *self, const DiscordVoiceSessionConfig *config);

/* What the signaller tells. */
void discord_voice_session_voice_state (DiscordVoiceSession *self,
    guint64 channel_id, guint64 user_id, const gchar *session_id);
void discord_voice_session_voice_server (
    DiscordVoiceSession *self, const gchar *token, const gchar *endpoint);
void discord_voice_session_replaced (DiscordVoiceSession *self);
void discord_voice_session_signaller_failed (
    DiscordVoiceSession *self, const GError *error);

/* The same of a stream; its voice server comes as that of a channel. */
typedef struct
{
  guint64 rtc_server_id;
  guint64 rtc_channel_id; /* 0: none named */
  guint64 user_id; /* ourselves */
  const gchar *session_id; /* of the main gateway */
} DiscordStreamPlace;

/* STREAM_CREATE */
void discord_voice_session_stream_created (
    DiscordVoiceSession *self, const DiscordStreamPlace *place);
/* STREAM_DELETE: over, or out of order. */
void discord_voice_session_stream_deleted (
    DiscordVoiceSession *self, GstDiscordStreamDeleteReason reason);
void discord_voice_session_stream_unavailable (DiscordVoiceSession *self);
/* The owner went live, or no more is; for await_live. */
void discord_voice_session_stream_live (
    DiscordVoiceSession *self, gboolean live);
/* How many of our op 19 for this stream are not answered yet, when a new one is
 * asked for: their answers are not about that. */
void discord_voice_session_expect_deletes (
    DiscordVoiceSession *self, guint n_deletes);
/* The voice connection of the channel is connected, or not yet, for which is
 * waited; or it left, with the error that ended it. */
void discord_voice_session_set_parent (
    DiscordVoiceSession *self, gboolean connected);
void discord_voice_session_parent_gone (
    DiscordVoiceSession *self, const GError *error);

/* What the transport tells. */
void discord_voice_session_discovered (DiscordVoiceSession *self,
    const gchar *address, guint16 port, const GError *error);
void discord_voice_session_key_exhausted (DiscordVoiceSession *self);

/* Ops 23, 26, 28 and 31 of the running voice gateway session. */
void discord_voice_session_send_dave (
    DiscordVoiceSession *self, const DiscordVoiceDaveMessage *message);
/* Something without which the session cannot go on: gives up. */
void discord_voice_session_abort (
    DiscordVoiceSession *self, const GError *error);

/* The channel that the voice server has us in, or that we asked for. */
guint64 discord_voice_session_get_channel_id (DiscordVoiceSession *self);
/* Of end-to-end encryption (golive 4). */
guint64 discord_voice_session_get_group_id (DiscordVoiceSession *self);
/* NULL before the voice gateway told. */
const gchar *discord_voice_session_get_endpoint (DiscordVoiceSession *self);
const gchar *discord_voice_session_get_session_id (DiscordVoiceSession *self);
guint64 discord_voice_session_get_user_id (DiscordVoiceSession *self);
guint discord_voice_session_get_rejoins (DiscordVoiceSession *self);
/* Zeros when no gateway is open. */
void discord_voice_session_get_gateway_stats (
    DiscordVoiceSession *self, DiscordVoiceGatewayStats *stats);
