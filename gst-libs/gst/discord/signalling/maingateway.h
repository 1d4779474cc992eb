/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordenums.h>

#include "scheduler.h"
#include "streammessages.h"
#include "voicestatequeue.h"
#include "websocket.h"

/* Client of the main gateway (voice-gateway section 1): identifies, keeps the
 * session alive, resumes and reconnects until it is freed or fails for good.
 * Lives on the signalling thread. */
typedef struct _DiscordMainGateway DiscordMainGateway;

typedef struct
{
  GstDiscordAccountType account_type;
  const gchar *token; /* bare */
  const gchar *url; /* NULL: asked for with find_url */
} DiscordMainGatewayParams;

/* Only find_url, state and sending come from inside a call into the gateway. A callback
 * may call any function but free. None is obligatory but find_url, when there
 * is no URL. */
typedef struct
{
  /* Answer later, not from inside, with found_url() or find_url_failed(). */
  void (*find_url) (DiscordMainGateway *gw, gpointer user_data);
  /* IDLE, OPENING, IDENTIFYING, CONNECTED, RESUMING, WAITING (for the next
   * attempt) or FAILED. */
  void (*state) (DiscordMainGateway *gw, GstDiscordConnectionState state,
      gpointer user_data);
  /* A new session. @replaced: there was one before, whose voice states the
   * server forgot. */
  void (*ready) (DiscordMainGateway *gw, guint64 user_id, gboolean replaced,
      gpointer user_data);
  /* Of our own user and session. */
  void (*voice_state) (DiscordMainGateway *gw, guint64 guild_id,
      guint64 channel_id, guint64 user_id, const gchar *session_id,
      gpointer user_data);
  void (*member_voice_state) (DiscordMainGateway *gw, guint64 guild_id,
      guint64 channel_id, guint64 user_id, gpointer user_data);
  void (*voice_server) (DiscordMainGateway *gw, guint64 guild_id,
      guint64 channel_id, const gchar *token, const gchar *endpoint,
      gpointer user_data);
  /* What a voice state, anybody's, says of Go Live. Behind the two above. */
  void (*member_live) (DiscordMainGateway *gw, guint64 guild_id,
      guint64 channel_id, guint64 user_id, gboolean live, gpointer user_data);
  /* Go Live (golive 2.2), each as the message tells it. */
  void (*stream_created) (DiscordMainGateway *gw,
      const GstDiscordStreamInfo *info, gpointer user_data);
  void (*stream_updated) (DiscordMainGateway *gw,
      const GstDiscordStreamInfo *info, gpointer user_data);
  void (*stream_server) (DiscordMainGateway *gw, const GstDiscordStreamKey *key,
      const gchar *token, const gchar *endpoint, gpointer user_data);
  void (*stream_deleted) (DiscordMainGateway *gw,
      const GstDiscordStreamKey *key, const gchar *reason, gboolean unavailable,
      gpointer user_data);
  void (*latency) (DiscordMainGateway *gw, gpointer user_data);
  /* Whether something waits for its pace on a working connection. */
  void (*sending) (
      DiscordMainGateway *gw, gboolean sending, gpointer user_data);
  /* Gave up. connect() or a join starts again. */
  void (*failed) (
      DiscordMainGateway *gw, const GError *error, gpointer user_data);
} DiscordMainGatewayCallbacks;

DiscordMainGateway *discord_main_gateway_new (
    const DiscordMainGatewayParams *params, DiscordScheduler *scheduler,
    DiscordWebsocketFactory factory, gpointer factory_data,
    const DiscordMainGatewayCallbacks *callbacks, gpointer user_data);

/* Sends the leaves that still wait, closes with 1000, which ends the session
 * at the server, and wipes the token. */
void discord_main_gateway_free (DiscordMainGateway *self);

/* Nothing when it is connected or trying already. */
void discord_main_gateway_connect (DiscordMainGateway *self);

/* Op 4, as soon as session, pace and rate limit let it. A join connects. */
void discord_main_gateway_update_voice_state (
    DiscordMainGateway *self, const DiscordVoiceStateUpdate *update);

/* Ops 18 to 22, likewise. 18 and 20 connect; the others mean nothing to a server
 * that does not know us. */
void discord_main_gateway_request_stream (
    DiscordMainGateway *self, const DiscordStreamRequest *request);

void discord_main_gateway_found_url (
    DiscordMainGateway *self, const gchar *url);
/* @fatal: trying again cannot help. */
void discord_main_gateway_find_url_failed (
    DiscordMainGateway *self, const GError *error, gboolean fatal);

/* Seconds, infinite before the first answer. */
gdouble discord_main_gateway_get_latency (DiscordMainGateway *self);

typedef struct
{
  guint64 messages_received;
  guint64 messages_invalid; /* malformed, ignored */
  guint identifies;
  guint resumes; /* op 6 sent */
} DiscordMainGatewayStats;

void discord_main_gateway_get_stats (
    DiscordMainGateway *self, DiscordMainGatewayStats *stats);
