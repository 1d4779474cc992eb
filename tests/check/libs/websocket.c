/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes in over a real websocket, and what never opens. */
#include "websocket-fixture.h"

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
