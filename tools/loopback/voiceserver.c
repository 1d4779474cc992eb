/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "voiceserver.h"

static void
on_websocket (SoupServer *http, SoupServerMessage *message, const char *path,
    SoupWebsocketConnection *ws, gpointer user_data)
{
  const char *query = g_uri_get_query (soup_server_message_get_uri (message));
  g_autoptr (GHashTable) values =
      query != NULL ? soup_form_decode (query) : NULL;
  const char *version = values ? g_hash_table_lookup (values, "v") : NULL;

  lb_voice_gateway_accept (user_data,
      version != NULL ? (guint) g_ascii_strtoull (version, NULL, 10) : 0, ws);
}

LbVoiceServer *
lb_voice_server_new (LbCore *core, GError **error)
{
  LbVoiceServer *self = g_new0 (LbVoiceServer, 1);

  self->core = core;
  self->conns = g_hash_table_new_full (NULL, NULL, lb_voice_conn_free, NULL);
  self->sessions = g_hash_table_new_full (
      NULL, NULL, NULL, (GDestroyNotify) lb_voice_session_free);
  self->layers = g_hash_table_new (NULL, NULL);
  g_queue_init (&self->used_ssrcs);
  self->addresses =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->rooms = g_ptr_array_new_with_free_func ((GDestroyNotify) lb_room_free);
  self->http = lb_core_listen (core, 0, &self->port, error);
  self->udp = self->http != NULL ? lb_udp_new (self, error) : NULL;
  if (self->udp == NULL) {
    lb_voice_server_free (self);
    return NULL;
  }
  soup_server_add_websocket_handler (
      self->http, "/", NULL, NULL, on_websocket, self, NULL);
  return self;
}

void
lb_voice_server_free (LbVoiceServer *self)
{
  if (self->http != NULL)
    soup_server_disconnect (self->http);
  g_ptr_array_unref (self->rooms);
  /* Sessions take their addresses out. */
  g_hash_table_unref (self->sessions);
  g_hash_table_unref (self->layers);
  g_queue_clear (&self->used_ssrcs);
  g_hash_table_unref (self->addresses);
  g_hash_table_unref (self->conns);
  g_clear_pointer (&self->udp, lb_udp_free);
  g_clear_object (&self->http);
  g_free (self);
}

char *
lb_voice_server_dup_endpoint (LbVoiceServer *self)
{
  return g_strdup_printf ("%s:%u", self->core->settings->host, self->port);
}

/* Every other one above 2^31, so that a client which reads them as signed is
 * caught. */
guint32
lb_voice_server_new_ssrc (LbVoiceServer *self)
{
  guint used =
      g_hash_table_size (self->sessions) + g_hash_table_size (self->layers);
  guint32 high = used % 2 == 0 ? 1u << 31 : 0;

  if (self->core->settings->reuse_ssrcs && self->used_ssrcs.length > 0)
    return GPOINTER_TO_UINT (g_queue_pop_head (&self->used_ssrcs));
  for (;;) {
    guint32 ssrc = (g_rand_int (self->core->rand) & ~(1u << 31)) | high;
    gpointer key = GUINT_TO_POINTER (ssrc);

    if (ssrc > LB_SERVER_SSRC && !g_hash_table_contains (self->sessions, key)
        && !g_hash_table_contains (self->layers, key))
      return ssrc;
  }
}

void
lb_voice_server_return_ssrc (LbVoiceServer *self, guint32 ssrc)
{
  if (self->core->settings->reuse_ssrcs)
    g_queue_push_tail (&self->used_ssrcs, GUINT_TO_POINTER (ssrc));
}

GPtrArray *
lb_voice_servers_sessions (LbCore *core, guint64 user_id)
{
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; i < core->voice_servers->len; i++) {
    LbVoiceServer *server = core->voice_servers->pdata[i];
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init (&iter, server->sessions);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
      LbVoiceSession *session = value;

      if (!session->retired && (user_id == 0 || session->user_id == user_id))
        g_ptr_array_add (found, session);
    }
  }
  return found;
}

void
lb_voice_servers_retire (
    LbCore *core, guint64 server_id, guint64 user_id, guint grace_ms)
{
  g_autoptr (GPtrArray) sessions = lb_voice_servers_sessions (core, user_id);

  for (guint i = 0; i < sessions->len; i++) {
    LbVoiceSession *session = sessions->pdata[i];

    if (session->server_id == server_id && !session->built_in)
      lb_voice_session_retire (session, 4014, grace_ms);
  }
}

gboolean
lb_voice_servers_connected (LbCore *core, guint64 server_id, guint64 user_id)
{
  g_autoptr (GPtrArray) sessions = lb_voice_servers_sessions (core, user_id);

  for (guint i = 0; i < sessions->len; i++) {
    LbVoiceSession *session = sessions->pdata[i];

    if (session->server_id == server_id && session->peer != NULL)
      return TRUE;
  }
  return FALSE;
}
