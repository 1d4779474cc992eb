/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in as a library and as a program: settings, actions, frames, TLS,
 * report, command line. */
#include "loopback-client.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static void
expect_refused_setting (
    Loopback *loopback, const char *name, const char *value, int code)
{
  g_autoptr (GError) error = NULL;

  fail_if (loopback_set (loopback, name, value, &error), "%s", name);
  fail_unless (g_error_matches (error, LOOPBACK_ERROR, code));
}

GST_START_TEST (test_settings)
{
  g_autoptr (Loopback) loopback = loopback_new ();

  expect_refused_setting (loopback, "no-such", "1", LOOPBACK_ERROR_SETTING);
  expect_refused_setting (loopback, "port", "x", LOOPBACK_ERROR_SETTING);
  expect_refused_setting (loopback, "port", "1.5", LOOPBACK_ERROR_SETTING);
  expect_refused_setting (loopback, "port", "65536", LOOPBACK_ERROR_SETTING);
  expect_refused_setting (loopback, "port", NULL, LOOPBACK_ERROR_SETTING);
  expect_refused_setting (
      loopback, "loss-to-client", "nan", LOOPBACK_ERROR_SETTING);
  expect_refused_setting (
      loopback, "loss-to-client", "1.1", LOOPBACK_ERROR_SETTING);
  expect_refused_setting (loopback, "guild", "abc", LOOPBACK_ERROR_SETTING);
  expect_refused_setting (loopback, "guild", "0", LOOPBACK_ERROR_SETTING);
  expect_refused_setting (
      loopback, "guild", "18446744073709551616", LOOPBACK_ERROR_SETTING);
  expect_refused_setting (loopback, "unknown", "maybe", LOOPBACK_ERROR_SETTING);
  set (loopback, "guild", "18446744073709551615");
  set (loopback, "loss-to-client", "0.5");
  set (loopback, "unknown", "off");
  fail_unless (loopback_start (loopback, NULL));
  expect_refused_setting (loopback, "port", "1", LOOPBACK_ERROR_STATE);
  set (loopback, "loss-to-client", "0");
  fail_if (loopback_start (loopback, NULL));
}
GST_END_TEST;

GST_START_TEST (test_refused_start)
{
  g_autoptr (Loopback) loopback = loopback_new ();
  g_autoptr (GError) error = NULL;

  if (__i__ == 0)
    set (loopback, "at", "soon=kick:*");
  else if (__i__ == 1)
    set (loopback, "report", "/nonexistent/report");
  else if (__i__ == 2)
    set (loopback, "tls-cert", "/nonexistent/cert");
  else
    set (loopback, "port", "1");
  if (__i__ == 3 && getuid () == 0) {
    /* Root may bind that: take a port that is in use instead. */
    g_autoptr (Loopback) other = start_loopback (NULL, NULL);
    g_autofree char *port = g_strdup_printf ("%u", loopback_get_port (other));

    set (loopback, "port", port);
    fail_if (loopback_start (loopback, &error));
  } else {
    fail_if (loopback_start (loopback, &error));
  }
  fail_unless (error != NULL);
}
GST_END_TEST;

GST_START_TEST (test_restart)
{
  g_autoptr (Loopback) loopback = loopback_new ();

  for (guint i = 0; i < 3; i++) {
    Member *m;

    fail_unless (loopback_start (loopback, NULL));
    m = member_new (loopback, "alice");
    member_connect (m, CHANNEL, 9, GCM);
    loopback_stop (loopback);
    member_free (m);
  }
  ck_assert_uint_eq (loopback_count (loopback, "voice-joined", 0), 3);
}
GST_END_TEST;

GST_START_TEST (test_wrong_actions)
{
  static const struct
  {
    const char *text;
    int code;
  } wrong[] = {
    { "", LOOPBACK_ERROR_ACTION },
    { "dance:*", LOOPBACK_ERROR_ACTION },
    { "kick", LOOPBACK_ERROR_ACTION },
    { "kick:bob", LOOPBACK_ERROR_ACTION },
    { "kick:*:now", LOOPBACK_ERROR_ACTION },
    { "kick:77", LOOPBACK_ERROR_TARGET },
    { "close-voice:*", LOOPBACK_ERROR_ACTION },
    { "close-voice:*:12", LOOPBACK_ERROR_ACTION },
    { "close-voice:*:4014", LOOPBACK_ERROR_TARGET },
    { "move:*:x", LOOPBACK_ERROR_ACTION },
    { "freeze-main:*:maybe", LOOPBACK_ERROR_ACTION },
    { "frame-voice:*:pretty", LOOPBACK_ERROR_ACTION },
    { "server-move:*:far", LOOPBACK_ERROR_ACTION },
    { "null-endpoint:*:x", LOOPBACK_ERROR_ACTION },
    { "join:*:1:2", LOOPBACK_ERROR_ACTION },
    { "leave:77", LOOPBACK_ERROR_TARGET },
    { "set:port=1", LOOPBACK_ERROR_STATE },
    { "set:no-such", LOOPBACK_ERROR_SETTING },
  };
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");

  member_join (m, CHANNEL);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GError) error = NULL;

    fail_if (loopback_act (loopback, &error, "%s", wrong[i].text), "%s",
        wrong[i].text);
    fail_unless (g_error_matches (error, LOOPBACK_ERROR, wrong[i].code),
        "%s: %s", wrong[i].text, error->message);
  }
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_not_running)
{
  g_autoptr (Loopback) loopback = loopback_new ();
  g_autoptr (GError) error = NULL;

  fail_if (loopback_act (loopback, &error, "kick:*"));
  fail_unless (g_error_matches (error, LOOPBACK_ERROR, LOOPBACK_ERROR_STATE));
  fail_unless (loopback_dup_gateway_url (loopback) == NULL);
  fail_unless (loopback_dup_voice_endpoint (loopback, 0) == NULL);
  fail_if (loopback_wait (loopback, "identify", 0, 1, 0));
}
GST_END_TEST;

GST_START_TEST (test_timed_action)
{
  g_autoptr (Loopback) loopback = start_loopback ("at", "1ms=set:unknown=on",
      "at", "0.001=dance:*", "at", "0s=set:port=1", NULL);

  wait_for (loopback, "action-failed", 0, 2);
}
GST_END_TEST;

/* Frames that libsoup itself closes over, and those that reach the client. */
static const char *const fatal_frames[] = { "utf8", "opcode", "reserved",
  "control" };
static const char *const mild_frames[] = { "malformed", "truncated", "empty",
  "array", "noop", "types", "nested", "numbers", "oversized:20000", "binary",
  "short-binary", "text:{\"op\":97}" };

GST_START_TEST (test_fatal_frames)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");

  member_connect (m, CHANNEL, 9, GCM);
  act (loopback, "frame-voice:*:%s", fatal_frames[__i__]);
  act (loopback, "frame-main:*:%s", fatal_frames[__i__]);
  while (!m->voice->closed || !m->main->closed)
    g_main_context_iteration (NULL, TRUE);
  member_free (m);
}
GST_END_TEST;

static void
count_message (SoupWebsocketConnection *connection, int type, GBytes *message,
    gpointer user_data)
{
  (*(guint *) user_data)++;
}

GST_START_TEST (test_mild_frames)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");
  guint count = 0;

  member_connect (m, CHANNEL, 9, GCM);
  g_signal_connect (
      m->voice->connection, "message", G_CALLBACK (count_message), &count);
  act (loopback, "frame-voice:*:%s", mild_frames[__i__]);
  act (loopback, "frame-main:*:%s", mild_frames[__i__]);
  ws_send (m->voice, "{\"op\":3,\"d\":{\"t\":1}}");
  ws_expect (m->voice, 6);
  ws_send (m->main, "{\"op\":1,\"d\":3}");
  ws_expect (m->main, 11);
  ck_assert_uint_eq (count, 2);
  member_free (m);
}
GST_END_TEST;

/* ---- TLS ---- */

static void
write_pem (const char *cert_path, const char *key_path)
{
  EVP_PKEY *key = EVP_EC_gen ("P-256");
  X509 *cert = X509_new ();
  X509_NAME *name = X509_get_subject_name (cert);
  FILE *file;

  ASN1_INTEGER_set (X509_get_serialNumber (cert), 1);
  X509_gmtime_adj (X509_getm_notBefore (cert), -3600);
  X509_gmtime_adj (X509_getm_notAfter (cert), 3600);
  X509_set_pubkey (cert, key);
  X509_NAME_add_entry_by_txt (
      name, "CN", MBSTRING_ASC, (const guchar *) "localhost", -1, -1, 0);
  X509_set_issuer_name (cert, name);
  fail_unless (X509_sign (cert, key, EVP_sha256 ()) > 0);
  file = fopen (cert_path, "w");
  fail_unless (PEM_write_X509 (file, cert));
  fclose (file);
  file = fopen (key_path, "w");
  fail_unless (PEM_write_PrivateKey (file, key, NULL, NULL, 0, NULL, NULL));
  fclose (file);
  X509_free (cert);
  EVP_PKEY_free (key);
}

GST_START_TEST (test_tls)
{
  g_autofree char *folder = g_dir_make_tmp ("loopback-XXXXXX", NULL);
  g_autofree char *cert = g_build_filename (folder, "cert.pem", NULL);
  g_autofree char *key = g_build_filename (folder, "key.pem", NULL);
  g_autoptr (Loopback) loopback = NULL;
  g_autofree char *base = NULL;
  g_autofree char *url = NULL;
  g_autofree char *api = NULL;
  g_autofree char *endpoint = NULL;
  g_autofree char *voice_url = NULL;
  Ws *ws, *voice;

  write_pem (cert, key);
  loopback = start_loopback (
      "tls-cert", cert, "tls-key", key, "host", "localhost", NULL);
  base = loopback_dup_gateway_url (loopback);
  api = loopback_dup_api_url (loopback);
  fail_unless (g_str_has_prefix (base, "wss://localhost:"));
  fail_unless (g_str_has_prefix (api, "https://localhost:"));
  url = g_strconcat (base, "/?v=10&encoding=json", NULL);
  ws = ws_open_tls (url);
  ws_expect (ws, 10);
  endpoint = loopback_dup_voice_endpoint (loopback, 1);
  voice_url = g_strdup_printf ("wss://%s/?v=9", endpoint);
  voice = ws_open_tls (voice_url);
  ws_expect (voice, 8);
  ws_send (voice, "{\"op\":3,\"d\":{\"t\":1}}");
  ws_expect (voice, 6);
  /* The socket is found below TLS as well. */
  ws_send (ws,
      "{\"op\":2,\"d\":{\"token\":\"alice\",\"intents\":129,"
      "\"properties\":{}}}");
  ws_expect_event (ws, "READY");
  act (loopback, "kill-main:*");
  fail_unless (ws_next (ws) == NULL);
  ck_assert_uint_eq (ws->code, 0);
  ws_free (ws);
  ws_free (voice);
  g_unlink (cert);
  g_unlink (key);
  g_rmdir (folder);
}
GST_END_TEST;

/* ---- report and program ---- */

static void
check_report (const char *path, const Member *m)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  gboolean violation = FALSE;
  guint i;

  fail_unless (g_file_get_contents (path, &text, NULL, NULL));
  fail_if (strstr (text, m->token) != NULL);
  fail_if (strstr (text, m->voice_token) != NULL);
  lines = g_strsplit (text, "\n", -1);
  for (i = 0; lines[i + 1] != NULL; i++) {
    g_autoptr (JsonParser) parser = json_parser_new ();
    JsonObject *object;

    fail_unless (json_parser_load_from_data (parser, lines[i], -1, NULL));
    object = json_node_get_object (json_parser_get_root (parser));
    fail_unless (json_object_has_member (object, "t"));
    if (json_object_has_member (object, "violation")) {
      violation = TRUE;
      ck_assert_str_eq (json_object_get_string_member (object, "violation"),
          "unknown-opcode");
      ck_assert_str_eq (
          json_object_get_string_member (object, "user"), m->user);
    }
  }
  fail_unless (violation);
  fail_unless (strstr (lines[i - 1], "\"summary\"") != NULL);
  fail_unless (strstr (lines[i - 1], "\"rtp_in\":1") != NULL);
}

GST_START_TEST (test_report)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("report-XXXXXX", &path, NULL);
  g_autoptr (Loopback) loopback = start_loopback ("report", path, NULL);
  g_auto (GStrv) lines = NULL;
  g_autofree char *summary = NULL;
  Member *m = member_new (loopback, "a-token-to-look-for");

  member_connect (m, CHANNEL, 9, GCM);
  member_speak (m, 1);
  member_send_opus (m, 1, "opus");
  wait_for (loopback, "rtp-in", m->user_id, 1);
  ws_send (m->voice, "{\"op\":88}");
  ws_expect_close (m->voice, 4001);
  loopback_stop (loopback);
  lines = loopback_dup_violations (loopback);
  ck_assert_uint_eq (g_strv_length (lines), 1);
  fail_unless (g_str_has_prefix (lines[0], "unknown-opcode "));
  summary = loopback_dup_summary (loopback);
  fail_unless (strstr (summary, "violations: 1") != NULL);
  check_report (path, m);
  member_free (m);
  close (fd);
  g_unlink (path);
}
GST_END_TEST;

GST_START_TEST (test_program)
{
  g_autofree char *folder = g_dir_make_tmp ("loopback-XXXXXX", NULL);
  g_autofree char *ready = g_build_filename (folder, "ready.json", NULL);
  g_autofree char *option = g_strconcat ("--ready-file=", ready, NULL);
  g_autoptr (GSubprocess) process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, LOOPBACK_PROGRAM, option, "--guild",
      GUILD, "--channel", CHANNEL, "--exit-after", "0.05", NULL);
  g_autofree char *output = NULL;
  g_autofree char *text = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *object;

  fail_unless (
      g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, NULL));
  fail_unless (g_subprocess_get_successful (process));
  fail_unless (
      strstr (output, "discordvoicesink gateway-url=ws://127.0.0.1:") != NULL);
  fail_unless (
      strstr (output, "guild-id=" GUILD " channel-id=" CHANNEL) != NULL);
  fail_unless (strstr (output, "violations: 0") != NULL);
  fail_unless (g_file_get_contents (ready, &text, NULL, NULL));
  fail_unless (json_parser_load_from_data (parser, text, -1, NULL));
  object = json_node_get_object (json_parser_get_root (parser));
  fail_unless (g_str_has_prefix (
      json_object_get_string_member (object, "gateway_url"), "ws://"));
  ck_assert_uint_eq (json_array_get_length (json_object_get_array_member (
                         object, "voice_endpoints")),
      2);
  g_unlink (ready);
  g_rmdir (folder);
}
GST_END_TEST;

GST_START_TEST (test_program_wrong_option)
{
  static const char *const options[] = { "--no-such", "--loss-to-client=2",
    "stray" };
  g_autoptr (GSubprocess) process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
      NULL, LOOPBACK_PROGRAM, options[__i__], NULL);

  fail_unless (g_subprocess_wait (process, NULL, NULL));
  ck_assert_int_eq (g_subprocess_get_exit_status (process), 1);
}
GST_END_TEST;

GST_START_TEST (test_program_sigterm)
{
  g_autoptr (GSubprocess) process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, LOOPBACK_PROGRAM, NULL);
  g_autoptr (GDataInputStream) output =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  g_autofree char *line = NULL;

  /* The first line says that it listens. */
  line = g_data_input_stream_read_line (output, NULL, NULL, NULL);
  fail_unless (g_str_has_prefix (line, "gateway ws://127.0.0.1:"));
  g_subprocess_send_signal (process, SIGTERM);
  fail_unless (g_subprocess_wait (process, NULL, NULL));
  fail_unless (g_subprocess_get_successful (process));
}
GST_END_TEST;

static Suite *
loopback_tool_suite (void)
{
  Suite *s = suite_create ("loopback-tool");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 60);
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_settings);
  tcase_add_loop_test (tc, test_refused_start, 0, 4);
  tcase_add_test (tc, test_restart);
  tcase_add_test (tc, test_wrong_actions);
  tcase_add_test (tc, test_not_running);
  tcase_add_test (tc, test_timed_action);
  tcase_add_loop_test (tc, test_fatal_frames, 0, G_N_ELEMENTS (fatal_frames));
  tcase_add_loop_test (tc, test_mild_frames, 0, G_N_ELEMENTS (mild_frames));
  tcase_add_test (tc, test_tls);
  tcase_add_test (tc, test_report);
  tcase_add_test (tc, test_program);
  tcase_add_loop_test (tc, test_program_wrong_option, 0, 3);
  tcase_add_test (tc, test_program_sigterm);
  return s;
}

GST_CHECK_MAIN (loopback_tool);
