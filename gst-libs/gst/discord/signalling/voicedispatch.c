/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "voicegateway-private.h"

#include <sodium.h>

#include "log.h"
#include "voicemessages.h"

/* Voice gateway 2.2: seq u16, opcode u8. */
#define BINARY_HEADER 3

void
discord_voice_send_text (DiscordVoiceGateway *self, const gchar *text)
{
  if (self->ws != NULL)
    self->ws->vtable->send_text (self->ws, text);
}

void
discord_voice_send_taken (DiscordVoiceGateway *self, gchar *text)
{
  discord_voice_send_text (self, text);
  g_free (text);
}

void
discord_voice_send_speaking (DiscordVoiceGateway *self)
{
  discord_voice_send_taken (
      self, discord_voice_build_speaking (self->speaking, self->speaking_ssrc));
}

static void
handle_hello (DiscordVoiceGateway *self, guint interval_ms)
{
  self->interval_ms = interval_ms;
  /* At once (R), which gives a latency early. */
  discord_heartbeat_start (&self->heartbeat, interval_ms, 0);
}

static gboolean
handle_ready (DiscordVoiceGateway *self, JsonObject *root)
{
  DiscordVoiceReady ready = { 0 };

  if (self->state != DISCORD_VOICE_STATE_IDENTIFYING)
    return FALSE;
  if (!discord_voice_parse_ready (root, &ready)) {
    discord_voice_finish_protocol (
        self, "The voice server sent a Ready we cannot use");
    return TRUE;
  }
  discord_voice_video_ready (self, root, &ready);
  discord_scheduler_clear (self->scheduler, &self->step_timer);
  self->state = DISCORD_VOICE_STATE_READY;
  self->ssrc = ready.ssrc;
  self->speaking = 0;
  self->speaking_ssrc = ready.ssrc;
  discord_voice_send_text (self, "{\"op\":16,\"d\":{}}");
  CALL (self, ready, &ready, self->user_data);
  discord_voice_ready_clear (&ready);
  return TRUE;
}

/* Voice gateway 2.4, "after op 4, at once"; the receiver report belongs to the
 * transport. */
static void
announce (DiscordVoiceGateway *self)
{
  discord_voice_send_taken (self, discord_voice_build_speaking (0, self->ssrc));
  discord_voice_video_announce (self);
  if (self->speaking != 0)
    discord_voice_send_speaking (self);
}

static gboolean
handle_session_description (DiscordVoiceGateway *self, JsonObject *root)
{
  DiscordVoiceSessionDescription description = { 0 };

  if (self->state != DISCORD_VOICE_STATE_SELECTING
      && self->state != DISCORD_VOICE_STATE_CONNECTED
      && self->state != DISCORD_VOICE_STATE_RESUMING)
    return FALSE;
  if (!discord_voice_parse_session_description (root, &description)) {
    sodium_memzero (&description, sizeof (description));
    discord_voice_finish_protocol (
        self, "The voice server sent a Session Description we cannot use");
    return TRUE;
  }
  if (self->state == DISCORD_VOICE_STATE_SELECTING) {
    discord_scheduler_clear (self->scheduler, &self->step_timer);
    self->state = DISCORD_VOICE_STATE_CONNECTED;
    announce (self);
    discord_voice_dave_flush (self);
  }
  CALL (self, session_description, &description, self->user_data);
  sodium_memzero (&description, sizeof (description));
  return TRUE;
}

static gboolean
handle_resumed (DiscordVoiceGateway *self)
{
  if (self->state != DISCORD_VOICE_STATE_RESUMING)
    return FALSE;
  discord_scheduler_clear (self->scheduler, &self->step_timer);
  discord_scheduler_clear (self->scheduler, &self->resume_timer);
  g_clear_error (&self->cause);
  self->state = DISCORD_VOICE_STATE_CONNECTED;
  self->resumed_at = discord_scheduler_now (self->scheduler);
  self->stats.resumes++;
  discord_voice_send_speaking (self);
  discord_voice_video_resumed (self);
  discord_voice_dave_flush (self);
  CALL (self, resumed, self->user_data);
  return TRUE;
}

static gboolean
handle_heartbeat_ack (DiscordVoiceGateway *self, JsonObject *root)
{
  if (discord_heartbeat_acked (
          &self->heartbeat, discord_voice_parse_heartbeat_ack (root)))
    CALL (self, latency, self->user_data);
  return TRUE;
}

static gboolean
handle_speaking (DiscordVoiceGateway *self, JsonObject *root)
{
  DiscordVoiceSpeaking speaking;

  if (!discord_voice_parse_speaking (root, &speaking))
    return FALSE;
  CALL (self, speaking, speaking.user_id, speaking.ssrc, speaking.flags,
      self->user_data);
  return TRUE;
}

static gboolean
handle_clients_connect (DiscordVoiceGateway *self, JsonObject *root)
{
  g_autoptr (GArray) ids = discord_voice_parse_clients_connect (root);

  if (ids == NULL)
    return FALSE;
  CALL (self, clients_connect, (const guint64 *) ids->data, ids->len,
      self->user_data);
  return TRUE;
}

static gboolean
handle_client (DiscordVoiceGateway *self, gint64 op, JsonObject *root)
{
  guint64 user_id;
  gint64 value;

  if (op == DISCORD_VOICE_OP_CLIENT_DISCONNECT) {
    if (!discord_voice_parse_client_disconnect (root, &user_id))
      return FALSE;
    CALL (self, client_disconnect, user_id, self->user_data);
  } else if (op == DISCORD_VOICE_OP_CLIENT_FLAGS) {
    if (!discord_voice_parse_client_info (root, "flags", &user_id, &value))
      return FALSE;
    CALL (self, client_flags, user_id, value, self->user_data);
  } else {
    if (!discord_voice_parse_client_info (root, "platform", &user_id, &value))
      return FALSE;
    CALL (self, client_platform, user_id, value, self->user_data);
  }
  return TRUE;
}

/* FALSE: malformed, or not now. */
static gboolean
handle_message (DiscordVoiceGateway *self, gint64 op, JsonObject *root)
{
  guint interval_ms;

  switch (op) {
    case DISCORD_VOICE_OP_READY:
      return handle_ready (self, root);
    case DISCORD_VOICE_OP_HEARTBEAT:
      discord_heartbeat_beat_now (&self->heartbeat);
      return TRUE;
    case DISCORD_VOICE_OP_SESSION_DESCRIPTION:
      return handle_session_description (self, root);
    case DISCORD_VOICE_OP_SPEAKING:
      return handle_speaking (self, root);
    case DISCORD_VOICE_OP_HEARTBEAT_ACK:
      return handle_heartbeat_ack (self, root);
    case DISCORD_VOICE_OP_HELLO:
      if (!discord_voice_parse_hello (root, &interval_ms))
        return FALSE;
      handle_hello (self, interval_ms);
      return TRUE;
    case DISCORD_VOICE_OP_RESUMED:
      return handle_resumed (self);
    case DISCORD_VOICE_OP_CLIENTS_CONNECT:
      return handle_clients_connect (self, root);
    case DISCORD_VOICE_OP_VIDEO:
    case DISCORD_VOICE_OP_SESSION_UPDATE:
    case DISCORD_VOICE_OP_MEDIA_SINK_WANTS:
      return discord_voice_video_dispatch (self, op, root);
    case DISCORD_VOICE_OP_CLIENT_DISCONNECT:
    case DISCORD_VOICE_OP_CLIENT_FLAGS:
    case DISCORD_VOICE_OP_CLIENT_PLATFORM:
      return handle_client (self, op, root);
    case DISCORD_VOICE_OP_PREPARE_TRANSITION:
    case DISCORD_VOICE_OP_EXECUTE_TRANSITION:
    case DISCORD_VOICE_OP_PREPARE_EPOCH:
      return discord_voice_dave_dispatch_text (self, op, root);
    default:
      if (op > DISCORD_VOICE_OP_NO_ROUTE) {
        self->stats.messages_unknown++;
        return TRUE;
      }
      return discord_voice_check_ignored (op, root);
  }
}

static void
note_received (DiscordVoiceGateway *self)
{
  self->stats.messages_received++;
  self->received_at = discord_scheduler_now (self->scheduler);
}

/* Takes note of a message's number. FALSE: it was handled before its websocket
 * was lost. A resume repeats in order, so the first new number ends that; the
 * numbers are not compared otherwise (voice-gateway 2.2). */
static gboolean
note_seq (DiscordVoiceGateway *self, guint32 seq)
{
  guint n = MIN (self->n_recent, DISCORD_VOICE_RECENT);

  for (guint i = 0; self->replaying && i < n; i++) {
    if (self->recent[i] != seq)
      continue;
    self->stats.messages_repeated++;
    return FALSE;
  }
  self->replaying = FALSE;
  self->recent[self->n_recent++ % DISCORD_VOICE_RECENT] = seq;
  self->stats.seq_ack = seq;
  return TRUE;
}

void
discord_voice_dispatch_text (
    DiscordVoiceGateway *self, const gchar *text, gsize length)
{
  DiscordVoiceMessage message = { 0 };

  note_received (self);
  if (!discord_voice_message_parse (text, length, &message)) {
    self->stats.messages_invalid++;
    GST_WARNING ("%p: ignoring a malformed message", self);
    return;
  }
  GST_LOG ("%p: op %" G_GINT64_FORMAT " seq %" G_GINT64_FORMAT, self,
      message.op, message.seq);
  if ((message.seq < 0 || note_seq (self, message.seq))
      && !handle_message (self, message.op, message.root)) {
    self->stats.messages_invalid++;
    GST_WARNING ("%p: ignoring op %" G_GINT64_FORMAT
                 ": malformed or out of order",
        self, message.op);
  }
  discord_voice_message_clear (&message);
}

void
discord_voice_dispatch_binary (
    DiscordVoiceGateway *self, const guint8 *data, gsize length)
{
  guint16 seq;
  guint8 op;

  note_received (self);
  if (!discord_voice_binary_parse (data, length, &seq, &op)) {
    self->stats.messages_invalid++;
    return;
  }
  GST_LOG ("%p: binary op %u seq %u", self, op, seq);
  if (!note_seq (self, seq))
    return;
  if (op < DISCORD_VOICE_OP_EXTERNAL_SENDER || op > DISCORD_VOICE_OP_WELCOME) {
    self->stats.messages_unknown++;
  } else if (!discord_voice_dave_dispatch_binary (
                 self, op, data + BINARY_HEADER, length - BINARY_HEADER)) {
    self->stats.messages_invalid++;
    GST_WARNING ("%p: ignoring binary op %u: only clients send it", self, op);
  }
}
