/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "scheduler.h"
#include "websocket.h"

#include "../gstdiscordvoicecodec-private.h"
#include "../gstdiscordvoicestream-private.h"

#include <gst/discord/gstdiscorderror-private.h>
#include <gst/discord/gstdiscordmediasinkwants.h>

/* Client of one voice gateway session: from opening the websocket to the final
 * close, resumes included (voice-gateway section 2). Lives on the signalling
 * thread. What goes beyond one session (rejoin, waiting for a voice server) is
 * the connection's. */
typedef struct _DiscordVoiceGateway DiscordVoiceGateway;

typedef struct
{
  guint version; /* 8 or 9 */
  guint64 server_id; /* guild, or the channel of a call */
  guint64 channel_id;
  guint64 user_id;
  const gchar *session_id;
  const gchar *token;
  const gchar *endpoint; /* host:port, a scheme in front is stripped */
  gboolean insecure; /* ws:// instead of wss://, loopback only */
  guint max_dave_protocol_version;
  gboolean video; /* whether anything of video is wanted, either way */
  gboolean rtx;
  DiscordVoiceStreams streams; /* the layers offered */
  DiscordVoiceCodecs codecs; /* none: Opus only */
} DiscordVoiceGatewayParams;

/* One message of end-to-end encryption (voice-gateway 2.13), in either
 * direction; what its opcode does not carry is 0. */
typedef struct
{
  guint op;
  guint16 transition_id; /* 21, 22, 23, 31 */
  guint version; /* 21, 24 */
  guint64 epoch; /* 24 */
  const guint8 *payload; /* 25 to 30, behind the opcode; borrowed */
  gsize length;
} DiscordVoiceDaveMessage;

typedef struct
{
  guint32 ssrc;
  const gchar *ip;
  guint16 port;
  const gchar *const *modes;
  const DiscordVoiceStreams *streams; /* the layers offered, with SSRCs */
} DiscordVoiceReady;

typedef struct
{
  const gchar *mode;
  guint8 secret_key[32];
  guint dave_protocol_version;
  const gchar *audio_codec; /* nullable */
  const gchar *video_codec; /* nullable */
  const gchar *media_session_id; /* nullable */
  gint64 keyframe_interval; /* ms; -1: not told */
} DiscordVoiceSessionDescription;

/* Op 14; borrowed, NULL and -1 are unchanged. */
typedef struct
{
  const gchar *audio_codec;
  const gchar *video_codec;
  const gchar *media_session_id;
  gint64 keyframe_interval; /* ms */
} DiscordVoiceSessionUpdate;

/* No callback comes from inside a call into the gateway, except from the timers
 * and websocket callbacks that drive it. A callback may call any function but
 * free. */
typedef struct
{
  void (*identifying) (DiscordVoiceGateway *gw, gpointer user_data);
  /* Answer with select_protocol once the UDP socket is discovered. */
  void (*ready) (DiscordVoiceGateway *gw, const DiscordVoiceReady *ready,
      gpointer user_data);
  /* Also for a later op 4 with a new key. */
  void (*session_description) (DiscordVoiceGateway *gw,
      const DiscordVoiceSessionDescription *description, gpointer user_data);
  void (*resuming) (DiscordVoiceGateway *gw, gpointer user_data);
  void (*resumed) (DiscordVoiceGateway *gw, gpointer user_data);
  void (*speaking) (DiscordVoiceGateway *gw, guint64 user_id, guint32 ssrc,
      guint flags, gpointer user_data);
  void (*session_update) (DiscordVoiceGateway *gw,
      const DiscordVoiceSessionUpdate *update, gpointer user_data);
  /* Zeros in @audio_ssrc and @video_ssrc are "not told"; a stream has what the
   * message tells of it. */
  void (*video) (DiscordVoiceGateway *gw, guint64 user_id, guint32 audio_ssrc,
      guint32 video_ssrc, const GstDiscordVoiceStream *streams, guint n_streams,
      gpointer user_data);
  /* Op 15: what others want of our layers; replaces what was told before. */
  void (*wants) (DiscordVoiceGateway *gw, const GstDiscordMediaSinkWants *wants,
      gpointer user_data);
  void (*clients_connect) (DiscordVoiceGateway *gw, const guint64 *user_ids,
      guint n_user_ids, gpointer user_data);
  void (*client_disconnect) (
      DiscordVoiceGateway *gw, guint64 user_id, gpointer user_data);
  /* @flags, @platform: -1 for null */
  void (*client_flags) (DiscordVoiceGateway *gw, guint64 user_id, gint64 flags,
      gpointer user_data);
  void (*client_platform) (DiscordVoiceGateway *gw, guint64 user_id,
      gint64 platform, gpointer user_data);
  /* Ops 21, 22, 24, 25, 27, 29 and 30, in the order of the socket. */
  void (*dave) (DiscordVoiceGateway *gw, const DiscordVoiceDaveMessage *message,
      gpointer user_data);
  /* A heartbeat was answered. */
  void (*latency) (DiscordVoiceGateway *gw, gpointer user_data);
  /* Last callback: the session is over. @row says what section 4 wants next
   * (never RESUME: that was tried; the row then is the one of the cause with
   * REJOIN in @reaction). @error is never NULL. */
  void (*closed) (DiscordVoiceGateway *gw, DiscordReaction reaction,
      guint16 code, const GError *error, gpointer user_data);
} DiscordVoiceGatewayCallbacks;

/* Opens at once. Strings in @params are copied. @factory makes the websocket. */
DiscordVoiceGateway *discord_voice_gateway_new (
    const DiscordVoiceGatewayParams *params, DiscordScheduler *scheduler,
    DiscordWebsocketFactory factory, gpointer factory_data,
    const DiscordVoiceGatewayCallbacks *callbacks, gpointer user_data);

/* Closes with 1000 when still open; wipes the token. */
void discord_voice_gateway_free (DiscordVoiceGateway *self);

/* The channel of later identifies and resumes (v9): we were moved. */
void discord_voice_gateway_set_channel (
    DiscordVoiceGateway *self, guint64 channel_id);

void discord_voice_gateway_select_protocol (DiscordVoiceGateway *self,
    const gchar *address, guint16 port, const gchar *mode);

/* False when the websocket is not usable now (resuming); the last value is then
 * sent again after op 9. */
gboolean discord_voice_gateway_set_speaking (
    DiscordVoiceGateway *self, guint flags, guint32 ssrc);

/* What we send now: op 12. SSRCs are those of Ready by RID; layers that were
 * refused, and any when none was offered, are left out. The same as before is not
 * sent again; after op 9 it is. */
void discord_voice_gateway_set_video (
    DiscordVoiceGateway *self, const DiscordVoiceStreams *streams);

/* What we want of the others: op 15, at most twice a second. Before the first
 * call it is everything where video is wanted, else nothing. */
void discord_voice_gateway_set_wants (
    DiscordVoiceGateway *self, const GstDiscordMediaSinkWants *wants);

/* Other codecs than before: op 14 once connected. */
void discord_voice_gateway_set_codecs (
    DiscordVoiceGateway *self, const DiscordVoiceCodecs *codecs);

/* Ops 23, 26, 28 and 31; copied. Sent in this order, after op 9 if the websocket
 * is being resumed. */
void discord_voice_gateway_send_dave (
    DiscordVoiceGateway *self, const DiscordVoiceDaveMessage *message);

/* Heartbeat round trip in seconds: the last, and the mean of the last 20;
 * infinite before the first. */
gdouble discord_voice_gateway_get_latency (DiscordVoiceGateway *self);
gdouble discord_voice_gateway_get_average_latency (DiscordVoiceGateway *self);

typedef struct
{
  guint64 messages_received;
  guint64 messages_invalid; /* malformed, ignored */
  guint64 messages_unknown; /* opcode we do not know, ignored */
  guint64 messages_repeated; /* by a resume, ignored */
  guint resumes;
  gint64 seq_ack; /* -1: none yet */
} DiscordVoiceGatewayStats;

void discord_voice_gateway_get_stats (
    DiscordVoiceGateway *self, DiscordVoiceGatewayStats *stats);
