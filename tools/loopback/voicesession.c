/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "voiceserver.h"

/* Numbered messages kept for a resume; a client that never acknowledges more
 * cannot resume. */
#define MAX_UNACKED 4096

typedef struct
{
  guint16 seq;
  char *text; /* NULL: binary */
  GBytes *binary;
} LbNumbered;

static void
numbered_free (LbNumbered *self)
{
  g_free (self->text);
  g_clear_pointer (&self->binary, g_bytes_unref);
  g_free (self);
}

LbVoiceSession *
lb_voice_session_new (LbVoiceServer *server, guint64 server_id,
    guint64 channel_id, guint64 user_id)
{
  LbVoiceSession *self = g_new0 (LbVoiceSession, 1);

  self->server = server;
  self->server_id = server_id;
  self->channel_id = channel_id;
  self->user_id = user_id;
  self->ssrc = lb_voice_server_new_ssrc (server);
  self->last_acked = -1;
  self->next_seq = (guint16) server->core->settings->seq_start;
  g_queue_init (&self->unacked);
  lb_video_side_init (&self->video);
  g_hash_table_insert (server->sessions, GUINT_TO_POINTER (self->ssrc), self);
  return self;
}

void
lb_voice_session_free (LbVoiceSession *self)
{
  lb_source_clear (&self->expiry);
  lb_media_clear (self);
  lb_voice_server_return_ssrc (self->server, self->ssrc);
  g_queue_clear_full (&self->unacked, (GDestroyNotify) numbered_free);
  lb_video_side_clear (self);
  lb_dave_side_clear (&self->dave);
  g_free (self->session_id);
  g_free (self->token);
  g_free (self);
}

void
lb_voice_session_end (LbVoiceSession *self, guint code, const char *reason)
{
  LbVoiceServer *server = self->server;

  lb_report_event (
      server->core->report, "voice-session-ended", self->user_id, NULL);
  lb_room_leave (self);
  if (self->peer != NULL)
    lb_peer_close (self->peer, code, reason);
  g_hash_table_remove (server->sessions, GUINT_TO_POINTER (self->ssrc));
}

static gboolean
on_expired (gpointer user_data)
{
  LbVoiceSession *self = user_data;

  lb_voice_session_end (self, self->retired ? self->retire_code : 4009,
      self->retired ? "Disconnected." : "Session timed out.");
  return G_SOURCE_REMOVE;
}

void
lb_voice_session_retire (LbVoiceSession *self, guint code, guint grace_ms)
{
  if (self->peer == NULL || grace_ms == 0) {
    lb_voice_session_end (self, code, "Disconnected.");
    return;
  }
  lb_room_leave (self);
  lb_media_clear (self);
  self->retired = TRUE;
  self->retire_code = code;
  lb_source_clear (&self->expiry);
  self->expiry =
      lb_core_timeout (self->server->core, grace_ms, on_expired, self);
}

void
lb_voice_session_lost (LbVoiceSession *self)
{
  LbCore *core = self->server->core;

  self->peer = NULL;
  lb_report_event (core->report, "voice-lost", self->user_id, NULL);
  lb_source_clear (&self->expiry);
  self->expiry = lb_core_timeout (
      core, (guint) core->settings->voice_resume_window, on_expired, self);
}

void
lb_voice_session_send (LbVoiceSession *self, gint64 op, JsonObject *d)
{
  JsonObject *message = lb_json_message (op, d);

  if (self->peer != NULL)
    lb_peer_send (self->peer, message);
  else
    json_object_unref (message);
}

static void
deliver (LbVoiceSession *self, LbNumbered *numbered)
{
  if (self->peer == NULL)
    return;
  if (numbered->text != NULL)
    lb_peer_send_text (self->peer, numbered->text);
  else
    lb_peer_send_binary (self->peer, numbered->binary);
}

static void
keep (LbVoiceSession *self, LbNumbered *numbered)
{
  numbered->seq = self->next_seq++;
  g_queue_push_tail (&self->unacked, numbered);
  if (self->unacked.length <= MAX_UNACKED)
    return;
  numbered_free (g_queue_pop_head (&self->unacked));
  self->last_acked = -2;
}

void
lb_voice_session_send_numbered (LbVoiceSession *self, gint64 op, JsonObject *d)
{
  JsonObject *message;
  LbNumbered *numbered;

  if (self->version < 8) {
    lb_voice_session_send (self, op, d);
    return;
  }
  if (self->built_in) {
    json_object_unref (d);
    return;
  }
  message = lb_json_message (op, d);
  json_object_set_int_member (message, "seq", self->next_seq);
  numbered = g_new0 (LbNumbered, 1);
  numbered->text = lb_json_to_text (message);
  keep (self, numbered);
  if (self->peer != NULL)
    lb_peer_send (self->peer, message);
  else
    json_object_unref (message);
}

/* Voice gateway 2.2: number and opcode in front. */
void
lb_voice_session_send_binary (LbVoiceSession *self, guint op, GBytes *payload)
{
  GByteArray *message;
  LbNumbered *numbered;
  gsize length;
  const guint8 *data = g_bytes_get_data (payload, &length);

  if (self->version < 8 || self->built_in)
    return;
  message = g_byte_array_new ();
  lb_write_uint (message, self->next_seq, 2);
  lb_write_uint (message, op, 1);
  lb_write_fixed (message, (LbBytes){ data, length });
  numbered = g_new0 (LbNumbered, 1);
  numbered->binary = g_byte_array_free_to_bytes (message);
  keep (self, numbered);
  deliver (self, numbered);
}

gboolean
lb_voice_session_ack (LbVoiceSession *self, gint64 seq_ack)
{
  GList *link;

  if (seq_ack == self->last_acked)
    return TRUE;
  for (link = self->unacked.head; link != NULL; link = link->next) {
    if (((LbNumbered *) link->data)->seq == seq_ack)
      break;
  }
  if (link == NULL)
    return FALSE;
  while (((LbNumbered *) self->unacked.head->data)->seq != seq_ack)
    numbered_free (g_queue_pop_head (&self->unacked));
  numbered_free (g_queue_pop_head (&self->unacked));
  self->last_acked = (int) seq_ack;
  return TRUE;
}

void
lb_voice_session_replay (LbVoiceSession *self)
{
  for (GList *link = self->unacked.head; link != NULL; link = link->next)
    deliver (self, link->data);
}
