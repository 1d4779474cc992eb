/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordenums.h>

#include "json.h"
#include "voicestatequeue.h"

/* The main gateway's opcodes that matter for voice (voice-gateway 1.2). */
typedef enum
{
  DISCORD_MAIN_OP_DISPATCH = 0,
  DISCORD_MAIN_OP_HEARTBEAT = 1,
  DISCORD_MAIN_OP_IDENTIFY = 2,
  DISCORD_MAIN_OP_VOICE_STATE = 4,
  DISCORD_MAIN_OP_RESUME = 6,
  DISCORD_MAIN_OP_RECONNECT = 7,
  DISCORD_MAIN_OP_INVALID_SESSION = 9,
  DISCORD_MAIN_OP_HELLO = 10,
  DISCORD_MAIN_OP_HEARTBEAT_ACK = 11,
  DISCORD_MAIN_OP_CREATE_STREAM = 18, /* these: golive 2.1 */
  DISCORD_MAIN_OP_DELETE_STREAM = 19,
  DISCORD_MAIN_OP_WATCH_STREAM = 20,
  DISCORD_MAIN_OP_PING_STREAM = 21,
  DISCORD_MAIN_OP_SET_STREAM_PAUSED = 22,
} DiscordMainOp;

typedef struct
{
  gint64 op;
  gint64 seq; /* "s", -1: none */
  const gchar *event; /* "t", nullable */
  JsonObject *root; /* owned */
} DiscordMainMessage;

gboolean discord_main_message_parse (
    const gchar *text, gsize length, DiscordMainMessage *message);
void discord_main_message_clear (DiscordMainMessage *message);

/* Strings below belong to @root. */
gboolean discord_main_parse_hello (JsonObject *root, guint *interval_ms);

typedef struct
{
  guint64 user_id;
  const gchar *session_id;
  const gchar *resume_url; /* nullable */
} DiscordMainReady;

gboolean discord_main_parse_ready (JsonObject *root, DiscordMainReady *ready);

typedef struct
{
  guint64 guild_id; /* 0: a call */
  guint64 channel_id; /* 0: nowhere */
  guint64 user_id;
  const gchar *session_id; /* nullable */
  gboolean self_stream; /* live there */
} DiscordMainVoiceState;

/* VOICE_STATE_UPDATE, where @voice_state is "d", or an element of GUILD_CREATE's
 * voice_states, which has no guild_id of its own. */
gboolean discord_main_parse_voice_state (
    JsonObject *voice_state, DiscordMainVoiceState *state);

typedef struct
{
  guint64 guild_id; /* 0: a call */
  guint64 channel_id; /* of a call */
  const gchar *token; /* nullable */
  const gchar *endpoint; /* nullable */
} DiscordMainVoiceServer;

gboolean discord_main_parse_voice_server (
    JsonObject *root, DiscordMainVoiceServer *server);

/* Free with discord_json_free_secret(). */
GString *discord_main_build_identify (
    GstDiscordAccountType account_type, const gchar *token);
GString *discord_main_build_resume (GstDiscordAccountType account_type,
    const gchar *token, const gchar *session_id, gint64 seq);

/* @seq -1: null */
gchar *discord_main_build_heartbeat (gint64 seq);
gchar *discord_main_build_voice_state (const DiscordVoiceStateUpdate *update);

/* @base with version and encoding. */
gchar *discord_main_build_url (
    const gchar *base, GstDiscordAccountType account_type);
