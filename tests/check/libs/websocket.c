/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The websocket on libsoup against a real server in the same main context. */
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

static void
on_peer_message (
    SoupWebsocketConnection *peer, gint type, GBytes *message, Fixture *f)
{
  gsize size;
  const gchar *data = g_bytes_get_data (message, &size);

  g_string_append_c (
      f->peer_received, type == SOUP_WEBSOCKET_DATA_TEXT ? 't' : 'b');
  g_string_append_len (f->peer_received, data, size);
}

static void
on_peer_closed (SoupWebsocketConnection *peer, Fixture *f)
{
  f->peer_closed = TRUE;
  f->peer_close_code = soup_websocket_connection_get_close_code (peer);
}

static void
on_peer (SoupServer *server, SoupServerMessage *message, const char *path,
    SoupWebsocketConnection *peer, gpointer data)
{
  Fixture *f = data;

  g_set_object (&f->peer, peer);
  g_set_object (&f->peer_socket, soup_server_message_get_socket (message));
  g_signal_connect (peer, "message", G_CALLBACK (on_peer_message), f);
  g_signal_connect (peer, "closed", G_CALLBACK (on_peer_closed), f);
}

static void
on_refused (SoupServer *server, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer data)
{
  soup_server_message_set_status (message, SOUP_STATUS_FORBIDDEN, NULL);
}

static void
on_redirected (SoupServer *server, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer data)
{
  Fixture *f = data;

  soup_server_message_set_redirect (
      message, SOUP_STATUS_FOUND, strchr (f->url, ':') + 1);
}

static Fixture *
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

static void
iterate (void)
{
  g_main_context_iteration (NULL, TRUE);
}

/* Also waits for what lingers, so that leaks are seen. */
static void
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

static void
on_opened (DiscordWebsocket *ws, gpointer data)
{
  Fixture *f = data;

  fail_unless (f->ws == ws);
  f->n_opened++;
}

static void
on_text (DiscordWebsocket *ws, const gchar *text, gsize length, gpointer data)
{
  Fixture *f = data;

  fail_unless_equals_int (strlen (text), length);
  g_string_append_printf (f->received, "t%s", length < 100 ? text : "long");
  if (f->on_text_do != NULL)
    f->on_text_do (f);
}

static void
on_binary (
    DiscordWebsocket *ws, const guint8 *data, gsize length, gpointer user_data)
{
  Fixture *f = user_data;

  g_string_append_c (f->received, 'b');
  g_string_append_len (f->received, (const gchar *) data, length);
}

static void
on_closed (DiscordWebsocket *ws, guint16 code, const gchar *reason,
    const GError *error, gpointer data)
{
  Fixture *f = data;

  f->n_closed++;
  f->code = code;
  f->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
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

static void
open_path (Fixture *f, const gchar *path)
{
  g_autofree gchar *url = g_strconcat (f->url, path, NULL);

  open_url (f, url);
}

static void
open_ok (Fixture *f)
{
  open_path (f, "/ok");
  while (f->n_opened + f->n_closed == 0 || f->peer == NULL)
    iterate ();
  g_assert_no_error (f->error);
  fail_unless_equals_int (f->n_opened, 1);
}

static void
wait_closed (Fixture *f)
{
  while (f->n_closed == 0)
    iterate ();
  /* It is the last callback. */
  fail_unless_equals_int (f->n_closed, 1);
}

static void
wait_received (Fixture *f, const gchar *what)
{
  while (f->received->len < strlen (what) && f->n_closed == 0)
    iterate ();
  fail_unless_equals_string (f->received->str, what);
}

/* Bytes of a server's frames, as they are. */
static void
send_raw (Fixture *f, const gchar *bytes, gsize length)
{
  fail_unless (g_socket_send (f->peer_socket, bytes, length, NULL, NULL)
      == (gssize) length);
}

GST_START_TEST (test_both_ways)
{
  Fixture *f = fixture_new (FALSE, NULL);
  g_autoptr (GBytes) binary = g_bytes_new_static ("\0\1\2", 3);

  open_ok (f);
  f->ws->vtable->send_text (f->ws, "{}");
  f->ws->vtable->send_binary (f->ws, binary);
  while (f->peer_received->len < 7)
    iterate ();
  fail_unless (memcmp (f->peer_received->str, "t{}b\0\1\2", 7) == 0);
  soup_websocket_connection_send_text (f->peer, "[1]");
  soup_websocket_connection_send_text (f->peer, "");
  soup_websocket_connection_send_binary (f->peer, "xyz", 3);
  wait_received (f, "t[1]tbxyz");
  fixture_free (f);
}

GST_END_TEST

/* A payload at the limit is taken. */
GST_START_TEST (test_limit)
{
  Fixture *f = fixture_new (FALSE, NULL);
  g_autofree gchar *text = g_strnfill (MAX_PAYLOAD, 'x');

  open_ok (f);
  soup_websocket_connection_send_text (f->peer, text);
  wait_received (f, "tlong");
  fixture_free (f);
}

GST_END_TEST

GST_START_TEST (test_oversized)
{
  Fixture *f = fixture_new (FALSE, NULL);
  g_autofree gchar *text = g_strnfill (MAX_PAYLOAD + 1, 'x');

  open_ok (f);
  soup_websocket_connection_send_text (f->peer, text);
  wait_closed (f);
  fail_unless (g_error_matches (
      f->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG));
  fail_unless_equals_int (f->code, 0);
  fail_unless_equals_string (f->received->str, "");
  fixture_free (f);
}

GST_END_TEST

/* The same in two frames, each within the limit. */
GST_START_TEST (test_oversized_fragments)
{
  static const gchar first[] = "\x01\x7f\0\0\0\0\0\x0c\0\0";
  static const gchar last[] = "\x80\x7f\0\0\0\0\0\x0c\0\0";
  const gsize size = 0xc0000;
  Fixture *f = fixture_new (FALSE, NULL);
  g_autofree gchar *frames = g_strnfill (2 * (10 + size), 'x');
  gsize sent = 0;

  memcpy (frames, first, 10);
  memcpy (frames + 10 + size, last, 10);
  open_ok (f);
  g_socket_set_blocking (f->peer_socket, FALSE);
  while (sent < 2 * (10 + size) && f->n_closed == 0) {
    gssize n = g_socket_send (
        f->peer_socket, frames + sent, 2 * (10 + size) - sent, NULL, NULL);

    if (n > 0)
      sent += (gsize) n;
    g_main_context_iteration (NULL, FALSE);
  }
  wait_closed (f);
  fail_unless (g_error_matches (
      f->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG));
  fail_unless_equals_string (f->received->str, "");
  fixture_free (f);
}

GST_END_TEST

/* Only the header of a frame of 2^63 - 1 bytes. */
GST_START_TEST (test_lying_length)
{
  Fixture *f = fixture_new (FALSE, NULL);

  open_ok (f);
  send_raw (f, "\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10);
  wait_closed (f);
  fail_unless (g_error_matches (
      f->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG));
  fixture_free (f);
}

GST_END_TEST

GST_START_TEST (test_bad_frames)
{
  static const struct
  {
    const gchar *bytes;
    gsize length;
  } frames[] = {
    { "\x81\x03"
      "a\0b",
        5 }, /* a NUL in text */
    { "\x81\x02\xc3\x28", 4 }, /* no UTF-8 */
    { "\x83\x00", 2 }, /* a reserved opcode */
    { "\x80\x01x", 3 }, /* a continuation of nothing */
    { "\x09\x00", 2 }, /* a control frame in fragments */
  };

  for (guint i = 0; i < G_N_ELEMENTS (frames); i++) {
    Fixture *f = fixture_new (FALSE, NULL);

    open_ok (f);
    send_raw (f, frames[i].bytes, frames[i].length);
    wait_closed (f);
    fail_unless (f->error != NULL, "frame %u was taken", i);
    fail_unless (f->error->domain == SOUP_WEBSOCKET_ERROR);
    fail_unless_equals_string (f->received->str, "");
    fixture_free (f);
  }
}

GST_END_TEST

GST_START_TEST (test_peer_closes)
{
  Fixture *f = fixture_new (FALSE, NULL);

  open_ok (f);
  soup_websocket_connection_close (f->peer, 4014, "kicked");
  wait_closed (f);
  fail_unless_equals_int (f->code, 4014);
  fail_unless (f->error == NULL);
  /* Sending into a closed one is no mistake of the caller's. */
  f->ws->vtable->send_text (f->ws, "{}");
  fixture_free (f);
}

GST_END_TEST

GST_START_TEST (test_link_lost)
{
  Fixture *f = fixture_new (FALSE, NULL);

  open_ok (f);
  g_socket_shutdown (f->peer_socket, TRUE, TRUE, NULL);
  wait_closed (f);
  fail_unless_equals_int (f->code, 0);
  fixture_free (f);
}

GST_END_TEST

/* Half a frame, then nothing. */
GST_START_TEST (test_link_lost_in_frame)
{
  Fixture *f = fixture_new (FALSE, NULL);

  open_ok (f);
  send_raw (f, "\x81\x05he", 4);
  g_socket_shutdown (f->peer_socket, TRUE, TRUE, NULL);
  wait_closed (f);
  fail_unless_equals_int (f->code, 0);
  fail_unless_equals_string (f->received->str, "");
  fixture_free (f);
}

GST_END_TEST

/* Freed at once, the close frame goes out all the same, and so does what was
 * sent before. */
GST_START_TEST (test_close_is_sent)
{
  for (guint tls = 0; tls < 2; tls++) {
    g_autoptr (GTlsDatabase) database =
        g_tls_file_database_new (TEST_VECTORS_DIR "/tls/ca.pem", NULL);
    Fixture *f = fixture_new (tls == 1, database);

    open_ok (f);
    f->ws->vtable->send_text (f->ws, "bye");
    f->ws->vtable->close (f->ws, 4000, "why");
    f->ws->vtable->free (g_steal_pointer (&f->ws));
    while (!f->peer_closed)
      iterate ();
    fail_unless_equals_int (f->peer_close_code, 4000);
    fail_unless_equals_string (f->peer_received->str, "tbye");
    fail_unless_equals_int (f->n_closed, 0);
    fixture_free (f);
  }
}

GST_END_TEST

GST_START_TEST (test_free_closes)
{
  Fixture *f = fixture_new (FALSE, NULL);

  open_ok (f);
  f->ws->vtable->free (g_steal_pointer (&f->ws));
  while (!f->peer_closed)
    iterate ();
  fail_unless_equals_int (f->peer_close_code, 1000);
  fixture_free (f);
}

GST_END_TEST

/* A peer that does not answer the close frame: its socket is ended. */
GST_START_TEST (test_close_unanswered)
{
  Fixture *f = fixture_new (FALSE, NULL);

  open_ok (f);
  /* Nobody reads at the other end any more. */
  g_signal_handlers_disconnect_by_data (f->peer, f);
  g_clear_object (&f->peer);
  f->ws->vtable->close (f->ws, 4000, NULL);
  f->ws->vtable->free (g_steal_pointer (&f->ws));
  fixture_free (f);
}

GST_END_TEST

static void
free_now (gpointer fixture)
{
  Fixture *f = fixture;

  f->ws->vtable->free (g_steal_pointer (&f->ws));
}

GST_START_TEST (test_free_in_callback)
{
  Fixture *f = fixture_new (FALSE, NULL);

  open_ok (f);
  f->on_text_do = free_now;
  soup_websocket_connection_send_text (f->peer, "1");
  soup_websocket_connection_send_text (f->peer, "2");
  while (!f->peer_closed)
    iterate ();
  fail_unless_equals_string (f->received->str, "t1");
  fail_unless_equals_int (f->n_closed, 0);
  fixture_free (f);
}

GST_END_TEST

GST_START_TEST (test_free_while_connecting)
{
  Fixture *f = fixture_new (FALSE, NULL);

  open_path (f, "/ok");
  f->ws->vtable->free (g_steal_pointer (&f->ws));
  open_path (f, "/ok");
  f->ws->vtable->close (f->ws, 4000, NULL);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  fail_unless_equals_int (f->n_opened + f->n_closed, 0);
  fixture_free (f);
}

GST_END_TEST

GST_START_TEST (test_http_refused)
{
  Fixture *f = fixture_new (FALSE, NULL);

  open_path (f, "/refused");
  wait_closed (f);
  fail_unless_equals_int (f->n_opened, 0);
  fail_unless (f->error != NULL);
  fail_unless (f->error->domain == SOUP_WEBSOCKET_ERROR);
  fail_unless (
      strstr (f->error->message, "403") != NULL, "%s", f->error->message);
  fixture_free (f);
}

GST_END_TEST

GST_START_TEST (test_redirect_refused)
{
  Fixture *f = fixture_new (FALSE, NULL);

  open_path (f, "/redirected");
  wait_closed (f);
  fail_unless (f->error != NULL);
  fail_unless (f->peer == NULL);
  fixture_free (f);
}

GST_END_TEST

GST_START_TEST (test_connection_refused)
{
  Fixture *f = fixture_new (FALSE, NULL);

  soup_server_disconnect (f->server);
  open_path (f, "/ok");
  wait_closed (f);
  fail_unless (
      g_error_matches (f->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED));
  fixture_free (f);
}

GST_END_TEST

GST_START_TEST (test_tls)
{
  g_autoptr (GTlsDatabase) database =
      g_tls_file_database_new (TEST_VECTORS_DIR "/tls/ca.pem", NULL);
  Fixture *f = fixture_new (TRUE, database);

  open_ok (f);
  soup_websocket_connection_send_text (f->peer, "[1]");
  wait_received (f, "t[1]");
  fixture_free (f);
}

GST_END_TEST

GST_START_TEST (test_tls_wrong_ca)
{
  g_autoptr (GTlsDatabase) other =
      g_tls_file_database_new (TEST_VECTORS_DIR "/tls/other-ca.pem", NULL);
  GTlsDatabase *databases[] = { NULL, other };

  for (guint i = 0; i < G_N_ELEMENTS (databases); i++) {
    Fixture *f = fixture_new (TRUE, databases[i]);

    open_path (f, "/ok");
    wait_closed (f);
    fail_unless_equals_int (f->n_opened, 0);
    fail_unless (
        g_error_matches (f->error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE),
        "%s", f->error->message);
    fail_unless (f->peer == NULL);
    fixture_free (f);
  }
}

GST_END_TEST

GST_START_TEST (test_bad_urls)
{
  static const struct
  {
    const gchar *url;
    gint io_error; /* -1: any */
  } cases[] = {
    { "ws://192.0.2.1/", G_IO_ERROR_NOT_SUPPORTED },
    { "ws://localhost.example/", G_IO_ERROR_NOT_SUPPORTED },
    { "ws://127.0.0.1.example/", G_IO_ERROR_NOT_SUPPORTED },
    { "http://127.0.0.1/", G_IO_ERROR_NOT_SUPPORTED },
    { "file:///etc/passwd", -1 },
    { "wss://", -1 },
    { "nonsense", -1 },
    { "", -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Fixture *f = fixture_new (FALSE, NULL);

    open_url (f, cases[i].url);
    wait_closed (f);
    fail_unless_equals_int (f->n_opened, 0);
    fail_unless (f->error != NULL);
    if (cases[i].io_error >= 0)
      fail_unless (g_error_matches (f->error, G_IO_ERROR, cases[i].io_error));
    fixture_free (f);
  }
}

GST_END_TEST

GST_START_TEST (test_loopback_hosts)
{
  static const gchar *const loopback[] = { "127.0.0.1", "127.255.0.9", "::1",
    "localhost", "LOCALHOST" };
  static const gchar *const other[] = { "128.0.0.1", "::2", "10.0.0.1",
    "example", "localhost.", "127.1.example", "", "::ffff:8.8.8.8" };

  for (guint i = 0; i < G_N_ELEMENTS (loopback); i++)
    fail_unless (discord_host_is_loopback (loopback[i]), "%s", loopback[i]);
  for (guint i = 0; i < G_N_ELEMENTS (other); i++)
    fail_if (discord_host_is_loopback (other[i]), "%s", other[i]);
}

GST_END_TEST

static Suite *
websocket_suite (void)
{
  Suite *s = suite_create ("websocket");
  TCase *tc = tcase_create ("soup");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_both_ways);
  tcase_add_test (tc, test_limit);
  tcase_add_test (tc, test_oversized);
  tcase_add_test (tc, test_oversized_fragments);
  tcase_add_test (tc, test_lying_length);
  tcase_add_test (tc, test_bad_frames);
  tcase_add_test (tc, test_peer_closes);
  tcase_add_test (tc, test_link_lost);
  tcase_add_test (tc, test_link_lost_in_frame);
  tcase_add_test (tc, test_close_is_sent);
  tcase_add_test (tc, test_free_closes);
  tcase_add_test (tc, test_close_unanswered);
  tcase_add_test (tc, test_free_in_callback);
  tcase_add_test (tc, test_free_while_connecting);
  tcase_add_test (tc, test_http_refused);
  tcase_add_test (tc, test_redirect_refused);
  tcase_add_test (tc, test_connection_refused);
  tcase_add_test (tc, test_tls);
  tcase_add_test (tc, test_tls_wrong_ca);
  tcase_add_test (tc, test_bad_urls);
  tcase_add_test (tc, test_loopback_hosts);
  return s;
}

GST_CHECK_MAIN (websocket);
