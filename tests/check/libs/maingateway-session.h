/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A main gateway between a fake clock and scripted sockets, and a log of what
 * it told. */

#include <gst/check/gstcheck.h>
#include <gst/discord/gstdiscorderror-private.h>
#include <gst/discord/signalling/maingateway.h>
#include <string.h>

#include "fakes/fakescheduler.h"
#include "fakes/fakewebsocket.h"
#include "streamresult.h"

/* Above 2^53, where doubles lose bits. */
#define ME_TEXT "9007199254740993"
#define ME G_GUINT64_CONSTANT (9007199254740993)

#define HELLO "{'op':10,'d':{'heartbeat_interval':40000}}"
#define READY                                                                  \
  "{'op':0,'t':'READY','s':1,'d':{'session_id':'c3f0',"                        \
  "'resume_gateway_url':'wss://resume.discord.gg',"                            \
  "'user':{'id':'" ME_TEXT "','username':'x'},'guilds':[]}}"
#define RESUMED "{'op':0,'t':'RESUMED','s':7,'d':{}}"
#define ACK "{'op':11}"
#define RESUME(seq)                                                            \
  "{'op':6,'d':{'token':'T','session_id':'c3f0','seq':" seq "}}"

typedef struct
{
  FakeScheduler *scheduler;
  FakeWebsockets *sockets;
  DiscordMainGateway *gw;
  GString *log; /* words, a space behind each */
  GstDiscordConnectionState state;
  gboolean sending;
  gboolean tells_live; /* log what voice states say of Go Live */
  GError *error;
} Session;

static void
on_find_url (DiscordMainGateway *gw, gpointer data)
{
  g_string_append (((Session *) data)->log, "find ");
}

static void
on_state (
    DiscordMainGateway *gw, GstDiscordConnectionState state, gpointer data)
{
  ((Session *) data)->state = state;
}

static void
on_ready (
    DiscordMainGateway *gw, guint64 user_id, gboolean replaced, gpointer data)
{
  g_string_append_printf (((Session *) data)->log,
      "ready:%" G_GUINT64_FORMAT "%s ", user_id, replaced ? ":replaced" : "");
}

static void
on_voice_state (DiscordMainGateway *gw, guint64 guild_id, guint64 channel_id,
    guint64 user_id, const gchar *session_id, gpointer data)
{
  g_string_append_printf (((Session *) data)->log,
      "own:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT
      ":%s ",
      guild_id, channel_id, user_id, session_id);
}

static void
on_member_voice_state (DiscordMainGateway *gw, guint64 guild_id,
    guint64 channel_id, guint64 user_id, gpointer data)
{
  g_string_append_printf (((Session *) data)->log,
      "member:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT
      " ",
      guild_id, channel_id, user_id);
}

static void
on_voice_server (DiscordMainGateway *gw, guint64 guild_id, guint64 channel_id,
    const gchar *token, const gchar *endpoint, gpointer data)
{
  g_string_append_printf (((Session *) data)->log,
      "server:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%s:%s ", guild_id,
      channel_id, token, endpoint);
}

static void
on_member_live (DiscordMainGateway *gw, guint64 guild_id, guint64 channel_id,
    guint64 user_id, gboolean live, gpointer data)
{
  Session *session = data;

  if (session->tells_live)
    g_string_append_printf (session->log,
        "%s:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT " ",
        live ? "live" : "dark", guild_id, channel_id, user_id);
}

static void
log_stream (
    Session *session, const gchar *word, const GstDiscordStreamInfo *info)
{
  g_autofree gchar *text = describe_stream (info);

  g_string_append_printf (session->log, "%s:%s ", word, text);
}

static void
on_stream_created (
    DiscordMainGateway *gw, const GstDiscordStreamInfo *info, gpointer data)
{
  log_stream (data, "created", info);
}

static void
on_stream_updated (
    DiscordMainGateway *gw, const GstDiscordStreamInfo *info, gpointer data)
{
  log_stream (data, "updated", info);
}

static void
on_stream_server (DiscordMainGateway *gw, const GstDiscordStreamKey *key,
    const gchar *token, const gchar *endpoint, gpointer data)
{
  g_autofree gchar *text = gst_discord_stream_key_to_string (key);

  g_string_append_printf (((Session *) data)->log, "stream-server:%s:%s:%s ",
      text, token != NULL ? token : "-", endpoint != NULL ? endpoint : "-");
}

static void
on_stream_deleted (DiscordMainGateway *gw, const GstDiscordStreamKey *key,
    const gchar *reason, gboolean unavailable, gpointer data)
{
  g_autofree gchar *text = gst_discord_stream_key_to_string (key);

  g_string_append_printf (((Session *) data)->log, "%s:%s:%s ",
      unavailable ? "unavailable" : "deleted", text,
      reason != NULL ? reason : "-");
}

static void
on_latency (DiscordMainGateway *gw, gpointer data)
{
  g_string_append (((Session *) data)->log, "latency ");
}

static void
on_sending (DiscordMainGateway *gw, gboolean sending, gpointer data)
{
  Session *session = data;

  fail_if (session->sending == sending);
  session->sending = sending;
}

static void
on_failed (DiscordMainGateway *gw, const GError *error, gpointer data)
{
  Session *session = data;

  g_clear_error (&session->error);
  session->error = g_error_copy (error);
}

static inline Session *
session_new (GstDiscordAccountType account_type, const gchar *url)
{
  static const DiscordMainGatewayCallbacks callbacks = {
    .find_url = on_find_url,
    .state = on_state,
    .ready = on_ready,
    .voice_state = on_voice_state,
    .member_voice_state = on_member_voice_state,
    .voice_server = on_voice_server,
    .member_live = on_member_live,
    .stream_created = on_stream_created,
    .stream_updated = on_stream_updated,
    .stream_server = on_stream_server,
    .stream_deleted = on_stream_deleted,
    .latency = on_latency,
    .sending = on_sending,
    .failed = on_failed,
  };
  const DiscordMainGatewayParams params = {
    .account_type = account_type,
    .token = "T",
    .url = url,
  };
  Session *session = g_new0 (Session, 1);

  session->scheduler = fake_scheduler_new ();
  session->sockets = fake_websockets_new ();
  session->log = g_string_new (NULL);
  session->gw = discord_main_gateway_new (&params, &session->scheduler->parent,
      fake_websocket_make, session->sockets, &callbacks, session);
  return session;
}

static inline void
session_free (Session *session)
{
  discord_main_gateway_free (session->gw);
  fail_if (session->sending);
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

/* A bot up to READY. */
static inline FakeWebsocket *
session_connect (Session *session)
{
  FakeWebsocket *ws;

  discord_main_gateway_connect (session->gw);
  ws = session_socket (session, 1);
  fake_websocket_accept (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect_op (ws, 2);
  fake_websocket_say (ws, READY);
  session_expect (session, "ready:" ME_TEXT " ");
  fail_unless_equals_int (
      session->state, GST_DISCORD_CONNECTION_STATE_CONNECTED);
  return ws;
}

static inline Session *
session_new_bot (void)
{
  return session_new (GST_DISCORD_ACCOUNT_TYPE_BOT, "wss://gateway.test");
}

static inline void
session_expect_failed (Session *session, gint error)
{
  fail_unless (session->error != NULL);
  fail_unless (g_error_matches (session->error, GST_DISCORD_ERROR, error), "%s",
      session->error->message);
  fail_unless_equals_int (session->state, GST_DISCORD_CONNECTION_STATE_FAILED);
}

static inline DiscordMainGatewayStats
session_stats (Session *session)
{
  DiscordMainGatewayStats stats;

  discord_main_gateway_get_stats (session->gw, &stats);
  return stats;
}

static inline void
session_update (
    Session *session, guint64 guild_id, guint64 channel_id, gboolean mute)
{
  const DiscordVoiceStateUpdate update = {
    .guild_id = guild_id,
    .channel_id = channel_id,
    .self_mute = mute,
  };

  discord_main_gateway_update_voice_state (session->gw, &update);
}
