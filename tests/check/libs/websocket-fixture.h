/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The websocket on libsoup and a real server in the same main context. */
#include <gst/check/gstcheck.h>
#include <gst/discord/signalling/soupwebsocket.h>
#include <libsoup/soup.h>
#include <string.h>

#define MAX_PAYLOAD (1024 * 1024)

typedef struct
{
  /* The server */
  SoupServer *server;
  gchar *url; /* ws://127.0.0.1:port or wss:// */
  SoupWebsocketConnection *peer;
  GSocket *peer_socket;
  GIOStream *stolen; /* from it, by test_close_unanswered */
  gboolean peer_closed;
  gushort peer_close_code;
  GString *peer_received;

  /* The client */
  DiscordSoupWebsocketFactory *factory;
  DiscordWebsocket *ws;
  guint n_opened;
  GString *received;
  guint n_closed;
  guint16 code;
  GError *error;
  void (*on_text_do) (gpointer fixture);
} Fixture;

static inline void
on_peer_message (
    SoupWebsocketConnection *peer, gint type, GBytes *message, Fixture *f)
{
  gsize size;
  const gchar *data = g_bytes_get_data (message, &size);

  g_string_append_c (
      f->peer_received, type == SOUP_WEBSOCKET_DATA_TEXT ? 't' : 'b');
  g_string_append_len (f->peer_received, data, size);
}

static inline void
on_peer_closed (SoupWebsocketConnection *peer, Fixture *f)
{
  f->peer_closed = TRUE;
  f->peer_close_code = soup_websocket_connection_get_close_code (peer);
}

static inline void
on_peer (SoupServer *server, SoupServerMessage *message, const char *path,
    SoupWebsocketConnection *peer, gpointer data)
{
  Fixture *f = data;

  g_set_object (&f->peer, peer);
  g_set_object (&f->peer_socket, soup_server_message_get_socket (message));
  g_signal_connect (peer, "message", G_CALLBACK (on_peer_message), f);
  g_signal_connect (peer, "closed", G_CALLBACK (on_peer_closed), f);
}

static inline void
on_refused (SoupServer *server, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer data)
{
  soup_server_message_set_status (message, SOUP_STATUS_FORBIDDEN, NULL);
}

static inline void
on_redirected (SoupServer *server, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer data)
{
  Fixture *f = data;

  soup_server_message_set_redirect (
      message, SOUP_STATUS_FOUND, strchr (f->url, ':') + 1);
}

static inline Fixture *
fixture_new (gboolean tls, GTlsDatabase *database)
{
  Fixture *f = g_new0 (Fixture, 1);
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GError) error = NULL;
  GSList *uris;

  if (tls) {
    certificate = g_tls_certificate_new_from_file (
        TEST_VECTORS_DIR "/tls/server.pem", &error);
    g_assert_no_error (error);
  }
  f->server = soup_server_new (
      "tls-certificate", certificate, "server-header", "test ", NULL);
  soup_server_add_websocket_handler (
      f->server, "/ok", NULL, NULL, on_peer, f, NULL);
  soup_server_add_handler (f->server, "/refused", on_refused, f, NULL);
  soup_server_add_handler (f->server, "/redirected", on_redirected, f, NULL);
  soup_server_listen_local (f->server, 0,
      SOUP_SERVER_LISTEN_IPV4_ONLY | (tls ? SOUP_SERVER_LISTEN_HTTPS : 0),
      &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (f->server);
  f->url = g_strdup_printf (
      "%s://127.0.0.1:%d", tls ? "wss" : "ws", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  f->peer_received = g_string_new (NULL);
  f->received = g_string_new (NULL);
  f->factory = discord_soup_websocket_factory_new (database, MAX_PAYLOAD);
  return f;
}

static inline void
iterate (void)
{
  g_main_context_iteration (NULL, TRUE);
}

/* Also waits for what lingers, so that leaks are seen. */
static inline void
fixture_free (Fixture *f)
{
  if (f->ws != NULL)
    f->ws->vtable->free (f->ws);
  discord_soup_websocket_factory_free (f->factory);
  if (f->peer != NULL) {
    while (!f->peer_closed)
      iterate ();
    g_signal_handlers_disconnect_by_data (f->peer, f);
  }
  soup_server_disconnect (f->server);
  g_clear_object (&f->peer);
  g_clear_object (&f->peer_socket);
  g_object_unref (f->server);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_string_free (f->peer_received, TRUE);
  g_string_free (f->received, TRUE);
  g_clear_error (&f->error);
  g_free (f->url);
  g_free (f);
}

static inline void
on_opened (DiscordWebsocket *ws, gpointer data)
{
  Fixture *f = data;

  fail_unless (f->ws == ws);
  f->n_opened++;
}

static inline void
on_text (DiscordWebsocket *ws, const gchar *text, gsize length, gpointer data)
{
  Fixture *f = data;

  fail_unless_equals_int (strlen (text), length);
  g_string_append_printf (f->received, "t%s", length < 100 ? text : "long");
  if (f->on_text_do != NULL)
    f->on_text_do (f);
}

static inline void
on_binary (
    DiscordWebsocket *ws, const guint8 *data, gsize length, gpointer user_data)
{
  Fixture *f = user_data;

  g_string_append_c (f->received, 'b');
  g_string_append_len (f->received, (const gchar *) data, length);
}

static inline void
on_closed (DiscordWebsocket *ws, guint16 code, const gchar *reason,
    const GError *error, gpointer data)
{
  Fixture *f = data;

  f->n_closed++;
  f->code = code;
  f->error = error != NULL ? g_error_copy (error) : NULL;
}

static inline void
open_url (Fixture *f, const gchar *url)
{
  static const DiscordWebsocketCallbacks callbacks = {
    on_opened,
    on_text,
    on_binary,
    on_closed,
  };

  f->ws = discord_soup_websocket_open (url, &callbacks, f, f->factory);
  fail_unless_equals_int (f->n_opened + f->n_closed, 0);
}

static inline void
open_path (Fixture *f, const gchar *path)
{
  g_autofree gchar *url = g_strconcat (f->url, path, NULL);

  open_url (f, url);
}

static inline void
open_ok (Fixture *f)
{
  open_path (f, "/ok");
  while (f->n_opened + f->n_closed == 0 || f->peer == NULL)
    iterate ();
  g_assert_no_error (f->error);
  fail_unless_equals_int (f->n_opened, 1);
}

static inline void
wait_closed (Fixture *f)
{
  while (f->n_closed == 0)
    iterate ();
  /* It is the last callback. */
  fail_unless_equals_int (f->n_closed, 1);
}

static inline void
wait_received (Fixture *f, const gchar *what)
{
  while (f->received->len < strlen (what) && f->n_closed == 0)
    iterate ();
  fail_unless_equals_string (f->received->str, what);
}

/* Bytes of a server's frames, as they are. */
static inline void
send_raw (Fixture *f, const gchar *bytes, gsize length)
{
  fail_unless (g_socket_send (f->peer_socket, bytes, length, NULL, NULL)
      == (gssize) length);
}
