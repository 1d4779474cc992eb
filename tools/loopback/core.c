/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core.h"

#include "actions.h"
#include "maingateway.h"
#include "rest.h"
#include "voiceserver.h"
#include "world.h"

GSource *
lb_core_timeout (LbCore *self, guint ms, GSourceFunc func, gpointer data)
{
  GSource *source = g_timeout_source_new (ms);

  g_source_set_callback (source, func, data, NULL);
  g_source_attach (source, self->context);
  return source;
}

void
lb_source_clear (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

guint64
lb_core_random64 (LbCore *self)
{
  guint64 high = g_rand_int (self->rand);

  return high << 32 | g_rand_int (self->rand);
}

gboolean
lb_core_chance (LbCore *self, double probability)
{
  return probability > 0 && g_rand_double (self->rand) < probability;
}

char *
lb_core_random_name (LbCore *self)
{
  return g_strdup_printf (
      "%016" G_GINT64_MODIFIER "x", lb_core_random64 (self));
}

/* Stable without a table, and above 2^53 so that a client which reads ids as
 * doubles is caught. */
guint64
lb_token_user (const char *token)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize length = sizeof digest;
  guint64 id = 0;

  g_checksum_update (checksum, (const guchar *) token, -1);
  g_checksum_get_digest (checksum, digest, &length);
  for (guint i = 0; i < 8; i++)
    id = id << 8 | digest[i];
  return (id >> 4) | G_GUINT64_CONSTANT (1) << 59 | 1;
}

char *
lb_core_url (LbCore *self, const char *scheme, guint port)
{
  return g_strdup_printf ("%s%s://%s:%u", scheme,
      self->certificate != NULL ? "s" : "", self->settings->host, port);
}

SoupServer *
lb_core_listen (LbCore *self, guint port, guint *bound, GError **error)
{
  g_autoptr (SoupServer) server =
      soup_server_new ("server-header", "gst-discord-loopback", NULL);
  g_autoptr (GInetAddress) address =
      g_inet_address_new_from_string ("127.0.0.1");
  g_autoptr (GSocketAddress) socket_address =
      g_inet_socket_address_new (address, port);
  SoupServerListenOptions options = 0;
  GSList *uris;

  /* Discord's gateways do not negotiate permessage-deflate. */
  soup_server_remove_websocket_extension (
      server, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  if (self->certificate != NULL) {
    soup_server_set_tls_certificate (server, self->certificate);
    options = SOUP_SERVER_LISTEN_HTTPS;
  }
  if (!soup_server_listen (server, socket_address, options, error))
    return NULL;
  uris = soup_server_get_uris (server);
  *bound = (guint) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return g_steal_pointer (&server);
}

static gboolean
load_certificate (LbCore *self, GError **error)
{
  const LbSettings *settings = self->settings;

  if (settings->tls_cert == NULL && settings->tls_key == NULL)
    return TRUE;
  if (settings->tls_cert == NULL || settings->tls_key == NULL) {
    g_set_error_literal (error, LOOPBACK_ERROR, LOOPBACK_ERROR_SETTING,
        "tls-cert and tls-key are needed together");
    return FALSE;
  }
  self->certificate = g_tls_certificate_new_from_files (
      settings->tls_cert, settings->tls_key, error);
  return self->certificate != NULL;
}

static gboolean
open_servers (LbCore *self, GError **error)
{
  self->http =
      lb_core_listen (self, (guint) self->settings->port, &self->port, error);
  if (self->http == NULL)
    return FALSE;
  lb_main_gateway_serve (self);
  lb_rest_serve (self);
  for (int i = 0; i < self->settings->voice_servers; i++) {
    LbVoiceServer *server = lb_voice_server_new (self, error);

    if (server == NULL)
      return FALSE;
    g_ptr_array_add (self->voice_servers, server);
  }
  return TRUE;
}

LbCore *
lb_core_new (LbSettings *settings, LbReport *report, GMainContext *context,
    LoopbackTap tap, gpointer tap_data, GError **error)
{
  LbCore *self = g_new0 (LbCore, 1);

  self->context = g_main_context_ref (context);
  self->settings = settings;
  self->report = report;
  self->tap = tap;
  self->tap_data = tap_data;
  self->rand = g_rand_new_with_seed ((guint32) settings->seed);
  self->sessions = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) lb_main_session_free);
  self->main_conns = g_hash_table_new_full (NULL, NULL, NULL, NULL);
  self->voice_servers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lb_voice_server_free);
  self->schedule =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_source_unref);
  self->world = lb_world_new (self);
  if (!load_certificate (self, error) || !open_servers (self, error)
      || !lb_actions_schedule (self, error)) {
    lb_core_free (self);
    return NULL;
  }
  return self;
}

void
lb_core_free (LbCore *self)
{
  for (guint i = 0; i < self->schedule->len; i++)
    g_source_destroy (self->schedule->pdata[i]);
  g_ptr_array_unref (self->schedule);
  if (self->http != NULL)
    soup_server_disconnect (self->http);
  lb_world_free (self->world);
  g_ptr_array_unref (self->voice_servers);
  lb_main_gateway_drop_all (self);
  g_hash_table_unref (self->main_conns);
  g_hash_table_unref (self->sessions);
  g_clear_object (&self->http);
  g_clear_object (&self->certificate);
  g_rand_free (self->rand);
  g_main_context_unref (self->context);
  g_free (self);
}
