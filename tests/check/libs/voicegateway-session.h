/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A voice gateway between a fake clock and scripted sockets, and a log of what
 * it told. */

#include <gst/check/gstcheck.h>
#include <gst/discord/signalling/voicegateway.h>
#include <string.h>

#include "fakes/fakescheduler.h"
#include "fakes/fakewebsocket.h"

/* Above 2^53, where doubles lose bits. */
#define GUILD G_GUINT64_CONSTANT (9007199254740993)
#define CHANNEL G_GUINT64_CONSTANT (9007199254740995)
#define USER G_GUINT64_CONSTANT (18446744073709551615)

#define HELLO "{'op':8,'d':{'v':9,'heartbeat_interval':10000}}"
#define READY                                                                  \
  "{'op':2,'d':{'ssrc':4294967295,'ip':'198.51.100.20','port':50004,"          \
  "'modes':['aead_aes256_gcm_rtpsize','made_up'],"                             \
  "'heartbeat_interval':1}}"
#define KEY                                                                    \
  "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,"   \
  "27,28,29,30,255]"
#define DESCRIPTION                                                            \
  "{'op':4,'d':{'mode':'made_up','secret_key':" KEY ",'audio_codec':'opus',"   \
  "'dave_protocol_version':0}}"
#define RESUMED "{'op':9,'d':null}"

typedef struct
{
  FakeScheduler *scheduler;
  FakeWebsockets *sockets;
  DiscordVoiceGateway *gw;
  GString *log; /* words, a space behind each */
  gboolean closed;
  DiscordReaction reaction;
  guint16 code;
  GError *error;
} Session;

static void
on_identifying (DiscordVoiceGateway *gw, gpointer data)
{
  g_string_append (((Session *) data)->log, "identifying ");
}

static void
on_ready (
    DiscordVoiceGateway *gw, const DiscordVoiceReady *ready, gpointer data)
{
  g_autofree gchar *modes = g_strjoinv (",", (gchar **) ready->modes);

  g_string_append_printf (((Session *) data)->log, "ready:%u:%s:%u:%s ",
      ready->ssrc, ready->ip, ready->port, modes);
}

static void
on_session_description (DiscordVoiceGateway *gw,
    const DiscordVoiceSessionDescription *description, gpointer data)
{
  g_string_append_printf (((Session *) data)->log, "description:%s:%u:%u:%s ",
      description->mode, description->secret_key[0],
      description->secret_key[31], description->audio_codec);
}

static void
on_resuming (DiscordVoiceGateway *gw, gpointer data)
{
  g_string_append (((Session *) data)->log, "resuming ");
}

static void
on_resumed (DiscordVoiceGateway *gw, gpointer data)
{
  g_string_append (((Session *) data)->log, "resumed ");
}

static void
on_speaking (DiscordVoiceGateway *gw, guint64 user_id, guint32 ssrc,
    guint flags, gpointer data)
{
  g_string_append_printf (((Session *) data)->log,
      "speaking:%" G_GUINT64_FORMAT ":%u:%u ", user_id, ssrc, flags);
}

static void
on_video (DiscordVoiceGateway *gw, guint64 user_id, guint32 audio_ssrc,
    guint32 video_ssrc, const GstDiscordVoiceStream *streams, guint n_streams,
    gpointer data)
{
  GString *log = ((Session *) data)->log;

  g_string_append_printf (log, "video:%" G_GUINT64_FORMAT ":%u:%u", user_id,
      audio_ssrc, video_ssrc);
  for (guint i = 0; i < n_streams; i++)
    g_string_append_printf (
        log, ":%u+%u", streams[i].ssrc, streams[i].rtx_ssrc);
  g_string_append_c (log, ' ');
}

static void
on_session_update (DiscordVoiceGateway *gw,
    const DiscordVoiceSessionUpdate *update, gpointer data)
{
  g_string_append_printf (((Session *) data)->log,
      "update:%s:%s:%s:%" G_GINT64_FORMAT " ",
      GST_STR_NULL (update->audio_codec), GST_STR_NULL (update->video_codec),
      GST_STR_NULL (update->media_session_id), update->keyframe_interval);
}

static void
on_wants (DiscordVoiceGateway *gw, const GstDiscordMediaSinkWants *wants,
    gpointer data)
{
  GString *log = ((Session *) data)->log;

  g_string_append_printf (
      log, "wants:%d", gst_discord_media_sink_wants_get_any (wants));
  for (guint i = 0; i < gst_discord_media_sink_wants_get_n_ssrcs (wants); i++) {
    guint ssrc = gst_discord_media_sink_wants_get_ssrc (wants, i);

    g_string_append_printf (log, ":%u=%d/%.0f", ssrc,
        gst_discord_media_sink_wants_get_quality (wants, ssrc),
        gst_discord_media_sink_wants_get_pixel_count (wants, ssrc));
  }
  g_string_append_c (log, ' ');
}

static void
on_clients_connect (DiscordVoiceGateway *gw, const guint64 *user_ids,
    guint n_user_ids, gpointer data)
{
  GString *log = ((Session *) data)->log;

  g_string_append (log, "connect");
  for (guint i = 0; i < n_user_ids; i++)
    g_string_append_printf (log, ":%" G_GUINT64_FORMAT, user_ids[i]);
  g_string_append_c (log, ' ');
}

static void
on_client_disconnect (DiscordVoiceGateway *gw, guint64 user_id, gpointer data)
{
  g_string_append_printf (
      ((Session *) data)->log, "disconnect:%" G_GUINT64_FORMAT " ", user_id);
}

static void
on_client_flags (
    DiscordVoiceGateway *gw, guint64 user_id, gint64 flags, gpointer data)
{
  g_string_append_printf (((Session *) data)->log,
      "flags:%" G_GUINT64_FORMAT ":%" G_GINT64_FORMAT " ", user_id, flags);
}

static void
on_client_platform (
    DiscordVoiceGateway *gw, guint64 user_id, gint64 platform, gpointer data)
{
  g_string_append_printf (((Session *) data)->log,
      "platform:%" G_GUINT64_FORMAT ":%" G_GINT64_FORMAT " ", user_id,
      platform);
}

static void
on_dave (DiscordVoiceGateway *gw, const DiscordVoiceDaveMessage *message,
    gpointer data)
{
  GString *log = ((Session *) data)->log;

  g_string_append_printf (log, "dave:%u:%u:%u:%" G_GUINT64_FORMAT, message->op,
      message->transition_id, message->version, message->epoch);
  for (gsize i = 0; i < message->length; i++)
    g_string_append_printf (log, ":%02x", message->payload[i]);
  g_string_append_c (log, ' ');
}

static void
on_latency (DiscordVoiceGateway *gw, gpointer data)
{
  g_string_append (((Session *) data)->log, "latency ");
}

static void
on_closed (DiscordVoiceGateway *gw, DiscordReaction reaction, guint16 code,
    const GError *error, gpointer data)
{
  Session *session = data;

  fail_if (session->closed);
  session->closed = TRUE;
  session->reaction = reaction;
  session->code = code;
  session->error = g_error_copy (error);
}

static const DiscordVoiceGatewayCallbacks session_callbacks = {
  .identifying = on_identifying,
  .ready = on_ready,
  .session_description = on_session_description,
  .resuming = on_resuming,
  .resumed = on_resumed,
  .speaking = on_speaking,
  .session_update = on_session_update,
  .video = on_video,
  .wants = on_wants,
  .clients_connect = on_clients_connect,
  .client_disconnect = on_client_disconnect,
  .client_flags = on_client_flags,
  .client_platform = on_client_platform,
  .dave = on_dave,
  .latency = on_latency,
  .closed = on_closed,
};

static inline Session *
session_new_with (const DiscordVoiceGatewayParams *params)
{
  Session *session = g_new0 (Session, 1);

  session->scheduler = fake_scheduler_new ();
  session->sockets = fake_websockets_new ();
  session->log = g_string_new (NULL);
  session->gw = discord_voice_gateway_new (params, &session->scheduler->parent,
      fake_websocket_make, session->sockets, &session_callbacks, session);
  return session;
}

static inline DiscordVoiceGatewayParams
session_params (guint version)
{
  return (DiscordVoiceGatewayParams){
    .version = version,
    .server_id = GUILD,
    .channel_id = CHANNEL,
    .user_id = USER,
    .session_id = "c3f0",
    .token = "9f1c2b",
    .endpoint = "fra7.discord.media:443",
  };
}

static inline Session *
session_new (guint version)
{
  const DiscordVoiceGatewayParams params = session_params (version);

  return session_new_with (&params);
}

static inline void
session_free (Session *session)
{
  discord_voice_gateway_free (session->gw);
  fake_websockets_free (session->sockets);
  fake_scheduler_free (session->scheduler);
  g_string_free (session->log, TRUE);
  g_clear_error (&session->error);
  g_free (session);
}

/* What was told since the last call. */
static inline void
session_expect (Session *session, const gchar *words)
{
  fail_unless_equals_string (session->log->str, words);
  g_string_truncate (session->log, 0);
}

static inline FakeWebsocket *
session_socket (Session *session, guint n)
{
  return fake_websockets_get_newest (session->sockets, n);
}

/* Up to Ready. */
static inline FakeWebsocket *
session_identify (Session *session)
{
  FakeWebsocket *ws = session_socket (session, 1);

  fake_websocket_accept (ws);
  fake_websocket_expect_op (ws, 0);
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect_op (ws, 3);
  fake_websocket_say (ws, READY);
  fake_websocket_expect_op (ws, 16);
  g_string_truncate (session->log, 0);
  return ws;
}

/* Up to the session description. */
static inline FakeWebsocket *
session_connect (Session *session)
{
  FakeWebsocket *ws = session_identify (session);

  discord_voice_gateway_select_protocol (
      session->gw, "203.0.113.7", 51413, "made_up");
  fake_websocket_expect_op (ws, 1);
  fake_websocket_say (ws, DESCRIPTION);
  fake_websocket_expect_op (ws, 5);
  fake_websocket_expect_op (ws, 12);
  fake_websocket_expect_op (ws, 15);
  g_string_truncate (session->log, 0);
  return ws;
}

static inline DiscordVoiceGatewayStats
session_stats (Session *session)
{
  DiscordVoiceGatewayStats stats;

  discord_voice_gateway_get_stats (session->gw, &stats);
  return stats;
}

static inline void
session_expect_closed (
    Session *session, DiscordReaction reaction, guint16 code, gint error)
{
  fail_unless (session->closed);
  fail_unless_equals_int (session->reaction, reaction);
  fail_unless_equals_int (session->code, code);
  fail_unless (g_error_matches (session->error, GST_DISCORD_ERROR, error), "%s",
      session->error->message);
}
