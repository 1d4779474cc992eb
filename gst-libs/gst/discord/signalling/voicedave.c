/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "voicegateway-private.h"

#include "log.h"
#include "voicemessages.h"

/* While a websocket is resumed we answer no more than what came before, and what
 * a server repeats before its op 9. */
#define MAX_WAITING 64

/* A message ready to be sent: text or binary. */
typedef struct
{
  gchar *text;
  GBytes *binary;
} Waiting;

static void
waiting_free (gpointer data)
{
  Waiting *waiting = data;

  g_free (waiting->text);
  g_clear_pointer (&waiting->binary, g_bytes_unref);
  g_free (waiting);
}

static void
waiting_send (DiscordVoiceGateway *self, const Waiting *waiting)
{
  if (self->ws == NULL)
    return;
  if (waiting->text != NULL)
    self->ws->vtable->send_text (self->ws, waiting->text);
  else
    self->ws->vtable->send_binary (self->ws, waiting->binary);
}

void
discord_voice_dave_flush (DiscordVoiceGateway *self)
{
  Waiting *waiting;

  while ((waiting = g_queue_pop_head (&self->dave_waiting)) != NULL) {
    waiting_send (self, waiting);
    waiting_free (waiting);
  }
}

void
discord_voice_dave_clear (DiscordVoiceGateway *self)
{
  g_queue_clear_full (&self->dave_waiting, waiting_free);
}

void
discord_voice_gateway_send_dave (
    DiscordVoiceGateway *self, const DiscordVoiceDaveMessage *message)
{
  Waiting *waiting;

  if (self->state == DISCORD_VOICE_STATE_CLOSED)
    return;
  waiting = g_new0 (Waiting, 1);
  if (message->op == DISCORD_VOICE_OP_KEY_PACKAGE
      || message->op == DISCORD_VOICE_OP_COMMIT_WELCOME)
    waiting->binary = discord_voice_build_binary (
        message->op, message->payload, message->length);
  else
    waiting->text =
        discord_voice_build_transition (message->op, message->transition_id);

  GST_LOG ("%p: sending op %u", self, message->op);
  if (self->state == DISCORD_VOICE_STATE_CONNECTED) {
    waiting_send (self, waiting);
    waiting_free (waiting);
    return;
  }
  if (g_queue_get_length (&self->dave_waiting) == MAX_WAITING) {
    GST_WARNING ("%p: too much to send after a resume", self);
    waiting_free (g_queue_pop_head (&self->dave_waiting));
  }
  g_queue_push_tail (&self->dave_waiting, waiting);
}

gboolean
discord_voice_dave_dispatch_text (
    DiscordVoiceGateway *self, gint64 op, JsonObject *root)
{
  DiscordVoiceDaveMessage message;

  if (!discord_voice_parse_dave (op, root, &message))
    return FALSE;
  CALL (self, dave, &message, self->user_data);
  return TRUE;
}

gboolean
discord_voice_dave_dispatch_binary (
    DiscordVoiceGateway *self, guint op, const guint8 *payload, gsize length)
{
  DiscordVoiceDaveMessage message = {
    .op = op,
    .payload = payload,
    .length = length,
  };

  if (op == DISCORD_VOICE_OP_KEY_PACKAGE
      || op == DISCORD_VOICE_OP_COMMIT_WELCOME)
    return FALSE;
  CALL (self, dave, &message, self->user_data);
  return TRUE;
}
