/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "maingateway-private.h"

#include <gst/discord/gstdiscorderror.h>

#include "log.h"
#include "mainmessages.h"

/* Op 9: Discord asks for a random wait of 1 to 5 s before the next identify. */
#define INVALID_SESSION_MIN_MS 1000
#define INVALID_SESSION_SPREAD_MS 4000

/* wss:// only, unless we were told to use ws:// ourselves. */
static gboolean
is_resume_url (DiscordMainGateway *self, const gchar *url)
{
  if (url == NULL)
    return FALSE;
  return g_str_has_prefix (url, "wss://")
      || (g_str_has_prefix (url, "ws://") && self->fixed_url != NULL
          && g_str_has_prefix (self->fixed_url, "ws://"));
}

static gboolean
handle_voice_state (
    DiscordMainGateway *self, JsonObject *d, guint64 default_guild)
{
  DiscordMainVoiceState state;

  if (!discord_main_parse_voice_state (d, &state))
    return FALSE;
  if (state.guild_id == 0)
    state.guild_id = default_guild;
  if (state.user_id != self->user_id)
    CALL (self, member_voice_state, state.guild_id, state.channel_id,
        state.user_id, self->user_data);
  /* Another device of the same user is not us (voice-gateway 1.8). */
  else if (g_strcmp0 (state.session_id, self->session_id) == 0)
    CALL (self, voice_state, state.guild_id, state.channel_id, state.user_id,
        state.session_id, self->user_data);
  CALL (self, member_live, state.guild_id, state.channel_id, state.user_id,
      state.self_stream, self->user_data);
  return TRUE;
}

/* One state we cannot read is not all of them. */
static gboolean
handle_guild (DiscordMainGateway *self, JsonObject *guild)
{
  gboolean valid = TRUE;
  JsonArray *states;
  guint64 guild_id;

  if (!discord_json_get_snowflake (guild, "id", &guild_id))
    return FALSE;
  if (!discord_json_get_array (guild, "voice_states", &states))
    return !discord_json_has (guild, "voice_states");
  for (guint i = 0; i < json_array_get_length (states); i++) {
    JsonNode *node = json_array_get_element (states, i);

    if (!JSON_NODE_HOLDS_OBJECT (node)
        || !handle_voice_state (self, json_node_get_object (node), guild_id))
      valid = FALSE;
  }
  return valid;
}

static gboolean
handle_guild_create (DiscordMainGateway *self, JsonObject *root)
{
  JsonObject *d;

  return discord_json_get_object (root, "d", &d) && handle_guild (self, d);
}

/* READY of user accounts, and the READY_SUPPLEMENTAL behind it, have the voice
 * states of all guilds at once. One guild we cannot read is not all of them. */
static void
handle_ready_guilds (DiscordMainGateway *self, JsonObject *root)
{
  JsonObject *d;
  JsonArray *guilds;

  if (!discord_json_get_object (root, "d", &d)
      || !discord_json_get_array (d, "guilds", &guilds))
    return;
  for (guint i = 0; i < json_array_get_length (guilds); i++) {
    JsonNode *node = json_array_get_element (guilds, i);

    if (!JSON_NODE_HOLDS_OBJECT (node)
        || !handle_guild (self, json_node_get_object (node)))
      self->stats.messages_invalid++;
  }
}

static void
handle_ready (DiscordMainGateway *self, JsonObject *root)
{
  g_autoptr (GError) error = NULL;
  DiscordMainReady ready;
  gboolean replaced = self->had_session;

  if (!discord_main_parse_ready (root, &ready)) {
    self->stats.messages_invalid++;
    error = g_error_new_literal (GST_DISCORD_ERROR, GST_DISCORD_ERROR_PROTOCOL,
        "The gateway sent a READY we cannot use");
    discord_main_restart (self, FALSE, -1, error);
    return;
  }
  g_free (self->session_id);
  self->session_id = g_strdup (ready.session_id);
  g_clear_pointer (&self->resume_url, g_free);
  if (is_resume_url (self, ready.resume_url))
    self->resume_url = g_strdup (ready.resume_url);
  self->user_id = ready.user_id;
  self->had_session = TRUE;
  GST_INFO ("%p: a new session", self);
  discord_voice_state_queue_forget_sent (self->voice_states);
  if (replaced)
    discord_stream_queue_clear (self->streams);
  CALL (self, ready, ready.user_id, replaced, self->user_data);
  handle_ready_guilds (self, root);
  discord_main_session_begun (self);
}

static gboolean
handle_voice_server (DiscordMainGateway *self, JsonObject *root)
{
  DiscordMainVoiceServer server;

  if (!discord_main_parse_voice_server (root, &server))
    return FALSE;
  CALL (self, voice_server, server.guild_id, server.channel_id, server.token,
      server.endpoint, self->user_data);
  return TRUE;
}

static gboolean
handle_dispatch (DiscordMainGateway *self, const DiscordMainMessage *message)
{
  JsonObject *d;

  if (message->event == NULL)
    return FALSE;
  if (self->state == DISCORD_MAIN_STATE_IDENTIFYING) {
    if (g_str_equal (message->event, "READY"))
      handle_ready (self, message->root);
    return TRUE;
  }
  if (self->state != DISCORD_MAIN_STATE_RESUMING
      && self->state != DISCORD_MAIN_STATE_CONNECTED)
    return FALSE;

  if (g_str_equal (message->event, "VOICE_STATE_UPDATE"))
    return discord_json_get_object (message->root, "d", &d)
        && handle_voice_state (self, d, 0);
  if (g_str_equal (message->event, "VOICE_SERVER_UPDATE"))
    return handle_voice_server (self, message->root);
  if (g_str_equal (message->event, "GUILD_CREATE"))
    return handle_guild_create (self, message->root);
  if (g_str_equal (message->event, "READY_SUPPLEMENTAL"))
    handle_ready_guilds (self, message->root);
  if (g_str_has_prefix (message->event, "STREAM_"))
    return discord_main_dispatch_stream (self, message->event, message->root);
  if (g_str_equal (message->event, "RESUMED")) {
    if (self->state != DISCORD_MAIN_STATE_RESUMING)
      return FALSE;
    discord_main_session_begun (self);
  }
  return TRUE;
}

static void
handle_reconnect (DiscordMainGateway *self)
{
  g_autoptr (GError) why = g_error_new_literal (GST_DISCORD_ERROR,
      GST_DISCORD_ERROR_UNREACHABLE, "The gateway asked us to reconnect");

  discord_main_restart (self, TRUE, -1, why);
}

static void
handle_invalid_session (DiscordMainGateway *self, JsonObject *root)
{
  g_autoptr (GError) why = g_error_new_literal (GST_DISCORD_ERROR,
      GST_DISCORD_ERROR_SESSION_INVALID, "The gateway session is not valid");
  gboolean resumable = FALSE;
  gint64 delay_ms = INVALID_SESSION_MIN_MS
      + (gint64) (discord_scheduler_random (self->scheduler)
          * INVALID_SESSION_SPREAD_MS);

  /* Anything but true is taken for false. */
  discord_json_get_bool (root, "d", &resumable);
  discord_main_restart (self, resumable, delay_ms, why);
}

static gboolean
handle_hello (DiscordMainGateway *self, JsonObject *root)
{
  guint interval_ms;

  if (self->state != DISCORD_MAIN_STATE_HELLO
      || !discord_main_parse_hello (root, &interval_ms))
    return FALSE;
  discord_main_begin_session (self, interval_ms);
  return TRUE;
}

/* FALSE: malformed, or not now. */
static gboolean
handle_message (DiscordMainGateway *self, const DiscordMainMessage *message)
{
  switch (message->op) {
    case DISCORD_MAIN_OP_DISPATCH:
      return handle_dispatch (self, message);
    case DISCORD_MAIN_OP_HEARTBEAT:
      discord_heartbeat_beat_now (&self->heartbeat);
      return TRUE;
    case DISCORD_MAIN_OP_RECONNECT:
      handle_reconnect (self);
      return TRUE;
    case DISCORD_MAIN_OP_INVALID_SESSION:
      handle_invalid_session (self, message->root);
      return TRUE;
    case DISCORD_MAIN_OP_HELLO:
      return handle_hello (self, message->root);
    case DISCORD_MAIN_OP_HEARTBEAT_ACK:
      if (discord_heartbeat_acked_last (&self->heartbeat))
        CALL (self, latency, self->user_data);
      return TRUE;
    default:
      /* Unknown opcodes are never an error. */
      return TRUE;
  }
}

void
discord_main_dispatch_text (
    DiscordMainGateway *self, const gchar *text, gsize length)
{
  DiscordMainMessage message = { 0 };

  self->stats.messages_received++;
  if (!discord_main_message_parse (text, length, &message)) {
    self->stats.messages_invalid++;
    GST_WARNING ("%p: ignoring a malformed message", self);
    return;
  }
  if (message.seq >= 0)
    self->seq = message.seq;
  GST_LOG ("%p: op %" G_GINT64_FORMAT " %s", self, message.op,
      GST_STR_NULL (message.event));
  if (!handle_message (self, &message)) {
    self->stats.messages_invalid++;
    GST_WARNING ("%p: ignoring op %" G_GINT64_FORMAT
                 " %s: malformed or out of order",
        self, message.op, GST_STR_NULL (message.event));
  }
  discord_main_message_clear (&message);
}
