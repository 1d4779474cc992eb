/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The main gateway in three parts: maingateway.c is the life of the connection
 * (opening, time-outs, resume, back-off, sending), maindispatch.c what the
 * server's messages do, mainstreams.c those about Go Live. */

#include "heartbeat.h"
#include "maingateway.h"
#include "ratelimit.h"
#include "streamqueue.h"

typedef enum
{
  DISCORD_MAIN_STATE_IDLE,
  DISCORD_MAIN_STATE_FINDING, /* the URL */
  DISCORD_MAIN_STATE_OPENING,
  DISCORD_MAIN_STATE_HELLO, /* open, the server speaks first */
  DISCORD_MAIN_STATE_IDENTIFYING,
  DISCORD_MAIN_STATE_RESUMING,
  DISCORD_MAIN_STATE_CONNECTED,
  DISCORD_MAIN_STATE_BACKOFF,
  DISCORD_MAIN_STATE_FAILED,
} DiscordMainState;

struct _DiscordMainGateway
{
  GstDiscordAccountType account_type;
  gchar *token; /* wiped */
  gchar *fixed_url; /* nullable: the caller's */
  DiscordScheduler *scheduler;
  DiscordWebsocketFactory factory;
  gpointer factory_data;
  DiscordMainGatewayCallbacks callbacks;
  gpointer user_data;

  DiscordMainState state;
  DiscordWebsocket *ws;
  guint step_timer; /* the time-out or delay of @state */
  DiscordHeartbeat heartbeat;

  gchar *found_url; /* kept until a connect with it fails */
  gchar *resume_url; /* likewise; nullable */
  gboolean on_resume_url; /* the websocket is, or was last */
  gchar *session_id; /* NULL: identify */
  guint64 user_id;
  gint64 seq; /* -1: none yet */
  gboolean had_session; /* since it was made or failed */

  guint attempt; /* to connect, cleared by a stable minute */
  gint64 first_attempt_at;
  gint64 connected_at; /* -1: not */
  gint64 identified_at; /* -1: never */

  DiscordVoiceStateQueue *voice_states;
  DiscordStreamQueue *streams;
  DiscordRateLimit rate_limit;
  guint send_timer;
  gboolean sending; /* @send_timer, as told by the callback */

  DiscordMainGatewayStats stats;
};

/* No callback is obligatory. */
#define CALL(self, name, ...)                                                  \
  G_STMT_START                                                                 \
  {                                                                            \
    if ((self)->callbacks.name != NULL)                                        \
      (self)->callbacks.name ((self), __VA_ARGS__);                            \
  }                                                                            \
  G_STMT_END

/* maindispatch.c */
void discord_main_dispatch_text (
    DiscordMainGateway *self, const gchar *text, gsize length);

/* mainstreams.c; FALSE: malformed */
gboolean discord_main_dispatch_stream (
    DiscordMainGateway *self, const gchar *event, JsonObject *root);

/* maingateway.c, what a message can lead to */

/* Hello came: identify or resume, and start to beat. */
void discord_main_begin_session (DiscordMainGateway *self, guint interval_ms);
/* READY or RESUMED came. */
void discord_main_session_begun (DiscordMainGateway *self);
/* Op 7, op 9, a READY we cannot use: close and come back. @delay_ms -1: by the
 * back-off. */
void discord_main_restart (DiscordMainGateway *self, gboolean keep_session,
    gint64 delay_ms, const GError *why);
void discord_main_forget_session (DiscordMainGateway *self);
