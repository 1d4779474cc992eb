/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "json.h"
#include "voicegateway.h"

/* The voice gateway's opcodes (voice-gateway section 3). */
typedef enum
{
  DISCORD_VOICE_OP_IDENTIFY = 0,
  DISCORD_VOICE_OP_SELECT_PROTOCOL = 1,
  DISCORD_VOICE_OP_READY = 2,
  DISCORD_VOICE_OP_HEARTBEAT = 3,
  DISCORD_VOICE_OP_SESSION_DESCRIPTION = 4,
  DISCORD_VOICE_OP_SPEAKING = 5,
  DISCORD_VOICE_OP_HEARTBEAT_ACK = 6,
  DISCORD_VOICE_OP_RESUME = 7,
  DISCORD_VOICE_OP_HELLO = 8,
  DISCORD_VOICE_OP_RESUMED = 9,
  DISCORD_VOICE_OP_SIGNAL = 10,
  DISCORD_VOICE_OP_CLIENTS_CONNECT = 11,
  DISCORD_VOICE_OP_VIDEO = 12,
  DISCORD_VOICE_OP_CLIENT_DISCONNECT = 13,
  DISCORD_VOICE_OP_SESSION_UPDATE = 14,
  DISCORD_VOICE_OP_MEDIA_SINK_WANTS = 15,
  DISCORD_VOICE_OP_BACKEND_VERSION = 16,
  DISCORD_VOICE_OP_CHANNEL_OPTIONS = 17,
  DISCORD_VOICE_OP_CLIENT_FLAGS = 18,
  DISCORD_VOICE_OP_SPEED_TEST = 19,
  DISCORD_VOICE_OP_CLIENT_PLATFORM = 20,
  DISCORD_VOICE_OP_PREPARE_TRANSITION = 21,
  DISCORD_VOICE_OP_EXECUTE_TRANSITION = 22,
  DISCORD_VOICE_OP_TRANSITION_READY = 23,
  DISCORD_VOICE_OP_PREPARE_EPOCH = 24,
  DISCORD_VOICE_OP_EXTERNAL_SENDER = 25,
  DISCORD_VOICE_OP_KEY_PACKAGE = 26,
  DISCORD_VOICE_OP_PROPOSALS = 27,
  DISCORD_VOICE_OP_COMMIT_WELCOME = 28,
  DISCORD_VOICE_OP_ANNOUNCE_COMMIT = 29,
  DISCORD_VOICE_OP_WELCOME = 30,
  DISCORD_VOICE_OP_INVALID_COMMIT_WELCOME = 31,
  DISCORD_VOICE_OP_NO_ROUTE = 32,
} DiscordVoiceOp;

/* Voice gateway 2.4: more is no real message. */
#define DISCORD_VOICE_MAX_MODES 32

typedef struct
{
  gint64 op;
  gint64 seq; /* -1: not numbered */
  JsonObject *root; /* owned */
} DiscordVoiceMessage;

gboolean discord_voice_message_parse (
    const gchar *text, gsize length, DiscordVoiceMessage *message);
void discord_voice_message_clear (DiscordVoiceMessage *message);

/* Server to client since v8: seq u16, opcode u8, payload (section 2.2). */
gboolean discord_voice_binary_parse (
    const guint8 *data, gsize length, guint16 *seq, guint8 *op);

/* What @parse_* point to belongs to @root, except where cleared below. */
gboolean discord_voice_parse_hello (JsonObject *root, guint *interval_ms);
gboolean discord_voice_parse_ready (JsonObject *root, DiscordVoiceReady *ready);
void discord_voice_ready_clear (DiscordVoiceReady *ready);
gboolean discord_voice_parse_session_description (
    JsonObject *root, DiscordVoiceSessionDescription *description);
/* The number echoed, -1 when there is none. */
gint64 discord_voice_parse_heartbeat_ack (JsonObject *root);

typedef struct
{
  guint64 user_id;
  guint32 ssrc;
  guint flags;
} DiscordVoiceSpeaking;

gboolean discord_voice_parse_speaking (
    JsonObject *root, DiscordVoiceSpeaking *speaking);

/* (transfer full): guint64 elements. NULL when malformed. */
GArray *discord_voice_parse_clients_connect (JsonObject *root);
gboolean discord_voice_parse_client_disconnect (
    JsonObject *root, guint64 *user_id);
/* Op 18 (@name "flags") and op 20 (@name "platform"); -1 for null. */
gboolean discord_voice_parse_client_info (
    JsonObject *root, const gchar *name, guint64 *user_id, gint64 *value);
/* Ops 21, 22 and 24; FALSE also for any other. */
gboolean discord_voice_parse_dave (
    gint64 op, JsonObject *root, DiscordVoiceDaveMessage *message);
/* The messages read and not acted on: whether they have their form. */
gboolean discord_voice_check_ignored (gint64 op, JsonObject *root);

/* Builders. Free those of identify and resume with discord_json_free_secret().
 */
GString *discord_voice_build_identify (const DiscordVoiceGatewayParams *params);
GString *discord_voice_build_resume (
    const DiscordVoiceGatewayParams *params, gint64 seq_ack);
gchar *discord_voice_build_select_protocol (
    const DiscordVoiceGatewayParams *params, const gchar *address, guint16 port,
    const gchar *mode, const gchar *connection_id);
gchar *discord_voice_build_heartbeat (gint64 nonce, gint64 seq_ack);
gchar *discord_voice_build_speaking (guint flags, guint32 ssrc);
/* Op 23 or 31. */
gchar *discord_voice_build_transition (guint op, guint16 transition_id);
/* Op 26 or 28: opcode u8, payload (section 2.2). (transfer full) */
GBytes *discord_voice_build_binary (
    guint op, const guint8 *payload, gsize length);
