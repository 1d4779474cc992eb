/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a real websocket ends, from either side. */
#include "websocket-fixture.h"

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

/* Shakes hands by hand and from then on says nothing. */
static void
on_mute (SoupServer *server, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer data)
{
  Fixture *f = data;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA1);
  g_autofree gchar *accept = NULL;
  g_autofree gchar *answer = NULL;
  guint8 digest[20];
  gsize size = sizeof (digest);

  /* RFC 6455 section 4.2.2 */
  g_checksum_update (sum,
      (const guchar *) soup_message_headers_get_one (
          soup_server_message_get_request_headers (message),
          "Sec-WebSocket-Key"),
      -1);
  g_checksum_update (
      sum, (const guchar *) "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", -1);
  g_checksum_get_digest (sum, digest, &size);
  accept = g_base64_encode (digest, size);
  answer = g_strdup_printf ("HTTP/1.1 101 Switching Protocols\r\n"
                            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                            "Sec-WebSocket-Accept: %s\r\n\r\n",
      accept);
  g_set_object (&f->peer_socket, soup_server_message_get_socket (message));
  f->stolen = soup_server_message_steal_connection (message);
  send_raw (f, answer, strlen (answer));
}

static void
on_all_read (GObject *stream, GAsyncResult *result, gpointer data)
{
  gsize *length = data;

  fail_unless (g_input_stream_read_all_finish (
      G_INPUT_STREAM (stream), result, length, NULL));
}

/* A peer that does not answer the close frame: its socket is ended, and what
 * lingered goes. */
GST_START_TEST (test_close_unanswered)
{
  Fixture *f = fixture_new (FALSE, NULL);
  guint8 bytes[64];
  gsize length = 0;

  soup_server_add_handler (f->server, "/mute", on_mute, f, NULL);
  open_path (f, "/mute");
  while (f->n_opened == 0)
    iterate ();
  f->ws->vtable->close (f->ws, 4000, NULL);
  f->ws->vtable->free (g_steal_pointer (&f->ws));
  g_input_stream_read_all_async (g_io_stream_get_input_stream (f->stolen),
      bytes, sizeof (bytes), G_PRIORITY_DEFAULT, NULL, on_all_read, &length);
  while (length == 0)
    iterate ();
  /* One masked close frame with a code, then the end. */
  fail_unless_equals_int (length, 2 + 4 + 2);
  fail_unless_equals_int (bytes[0], 0x88);
  fail_unless_equals_int (bytes[1], 0x80 | 2);
  g_clear_object (&f->stolen);
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

static Suite *
websocket_close_suite (void)
{
  Suite *s = suite_create ("websocket-close");
  TCase *tc = tcase_create ("soup");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_peer_closes);
  tcase_add_test (tc, test_link_lost);
  tcase_add_test (tc, test_link_lost_in_frame);
  tcase_add_test (tc, test_close_is_sent);
  tcase_add_test (tc, test_free_closes);
  tcase_add_test (tc, test_close_unanswered);
  tcase_add_test (tc, test_free_in_callback);
  tcase_add_test (tc, test_free_while_connecting);
  return s;
}

GST_CHECK_MAIN (websocket_close);
