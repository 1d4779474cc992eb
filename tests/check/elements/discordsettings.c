/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings of the sink that the source has too: what is refused, and how that
 * is said. */
#include "sinkfixture.h"

#include <glib/gstdio.h>
#include <gst/discord/discord.h>

#define VARIABLE "DISCORD_TOKEN_OF_THIS_TEST"

static GstElement *
make_sink (void)
{
  GstElement *sink = gst_element_factory_make ("discordvoicesink", NULL);
  GstBus *bus = gst_bus_new ();

  g_unsetenv (VARIABLE);
  g_object_set (sink, "token-env", VARIABLE, "gateway-url", "ws://127.0.0.1:1",
      "guild-id", GUILD, "channel-id", CHANNEL, NULL);
  gst_element_set_bus (sink, bus);
  gst_object_unref (bus);
  return sink;
}

static void
sink_free (GstElement *sink)
{
  gst_element_set_state (sink, GST_STATE_NULL);
  gst_element_set_bus (sink, NULL);
  gst_object_unref (sink);
}

/* NULL->READY fails, with one error on the bus; gives its text. */
static gchar *
expect_refused (GstElement *sink)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (sink);
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  fail_unless_equals_int (
      gst_element_set_state (sink, GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (error->domain == GST_RESOURCE_ERROR);
  fail_unless_equals_int (error->code, GST_RESOURCE_ERROR_SETTINGS);
  gst_message_unref (message);
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR) == NULL);
  return g_strdup (error->message);
}

static void
expect_accepted (GstElement *sink)
{
  fail_unless_equals_int (
      gst_element_set_state (sink, GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int (
      gst_element_set_state (sink, GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
}

static gchar *
write_file (const gchar *content, gssize length)
{
  gchar *path = NULL;
  GError *error = NULL;
  gint fd = g_file_open_tmp ("gst-discord-XXXXXX", &path, &error);

  fail_unless (fd >= 0);
  g_close (fd, NULL);
  fail_unless (g_file_set_contents (path, content, length, &error));
  return path;
}

GST_START_TEST (test_no_token)
{
  GstElement *sink = make_sink ();
  g_autofree gchar *text = expect_refused (sink);

  /* All three ways are named. */
  fail_unless (strstr (text, "property token") != NULL);
  fail_unless (strstr (text, "token-file") != NULL);
  fail_unless (strstr (text, VARIABLE) != NULL);
  sink_free (sink);
}
GST_END_TEST;

static const gchar *const no_tokens[] = { "", "\n", "Bot abc", "a b",
  "abc\n\n x", "caf\303\251", "tab\there" };

GST_START_TEST (test_no_token_at_all)
{
  const gchar *wrong = no_tokens[__i__ / 3];
  GstElement *sink = make_sink ();
  g_autofree gchar *path = write_file (wrong, -1);
  g_autofree gchar *text = NULL;

  if (__i__ % 3 == 0)
    g_object_set (sink, "token", wrong, NULL);
  else if (__i__ % 3 == 1)
    g_object_set (sink, "token-file", path, NULL);
  else
    g_setenv (VARIABLE, wrong, TRUE);
  text = expect_refused (sink);
  /* What was given may be a real token but for a typo. */
  if (strlen (wrong) > 3)
    fail_unless (strstr (text, wrong) == NULL);
  g_unlink (path);
  sink_free (sink);
}
GST_END_TEST;

GST_START_TEST (test_three_ways)
{
  GstElement *sink = make_sink ();
  g_autofree gchar *path = write_file ("abc\r\n", -1);

  g_setenv (VARIABLE, "abc\n", TRUE);
  expect_accepted (sink);
  g_setenv (VARIABLE, "not one", TRUE);
  g_object_set (sink, "token-file", path, NULL);
  expect_accepted (sink);
  fail_unless (g_file_set_contents (path, "not one", -1, NULL));
  g_object_set (sink, "token", "abc", NULL);
  expect_accepted (sink);
  g_unlink (path);
  sink_free (sink);
}
GST_END_TEST;

GST_START_TEST (test_bad_files)
{
  GstElement *sink = make_sink ();
  g_autofree gchar *binary = write_file ("a\0b", 3);

  g_object_set (sink, "token-file", "/nonexistent/token", NULL);
  g_free (expect_refused (sink));
  g_object_set (sink, "token-file", "/dev/zero", NULL);
  g_free (expect_refused (sink));
  g_object_set (sink, "token-file", binary, NULL);
  g_free (expect_refused (sink));
  g_unlink (binary);
  sink_free (sink);
}
GST_END_TEST;

GST_START_TEST (test_no_channel)
{
  GstElement *sink = make_sink ();
  g_autofree gchar *text = NULL;

  g_object_set (
      sink, "token", "abc", "channel-id", G_GUINT64_CONSTANT (0), NULL);
  text = expect_refused (sink);
  fail_unless (strstr (text, "channel-id") != NULL);
  sink_free (sink);
}
GST_END_TEST;

/* The four values of an own gateway need no token, but each other. */
GST_START_TEST (test_own_gateway)
{
  static const gchar *const names[] = { "session-id", "voice-token", "endpoint",
    "user-id" };
  GstElement *sink = make_sink ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *text = NULL;

    g_object_set (sink, "session-id", "s", "voice-token", "v", "endpoint",
        "127.0.0.1:1", "user-id", G_GUINT64_CONSTANT (7), NULL);
    gst_util_set_object_arg (G_OBJECT (sink), names[i], "0");
    if (i < 3)
      g_object_set (sink, names[i], NULL, NULL);
    text = expect_refused (sink);
    fail_unless (strstr (text, names[i]) != NULL, "%s", text);
  }
  g_object_set (sink, "session-id", "s", "voice-token", "v", "endpoint",
      "127.0.0.1:1", "user-id", G_GUINT64_CONSTANT (7), NULL);
  expect_accepted (sink);
  sink_free (sink);
}
GST_END_TEST;

GST_START_TEST (test_authorities)
{
  GstElement *sink = make_sink ();
  g_autofree gchar *text = NULL;
  g_autofree gchar *garbage = write_file (
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", -1);

  g_object_set (sink, "token", "abc", "tls-ca-file", "/nonexistent.pem", NULL);
  text = expect_refused (sink);
  fail_unless (strstr (text, "/nonexistent.pem") != NULL);
  g_object_set (sink, "tls-ca-file", garbage, NULL);
  g_free (expect_refused (sink));
  g_unlink (garbage);
  sink_free (sink);
}
GST_END_TEST;

/* Plain text to anybody but ourselves would give the token away. */
GST_START_TEST (test_insecure_gateway)
{
  GstElement *sink = make_sink ();

  g_object_set (
      sink, "token", "abc", "gateway-url", "ws://gateway.invalid", NULL);
  g_free (expect_refused (sink));
  sink_free (sink);
}
GST_END_TEST;

GST_START_TEST (test_conflict)
{
  GstElement *one = make_sink (), *another = make_sink ();

  g_object_set (one, "token", "abc", NULL);
  g_object_set (another, "token", "abc", "self-deaf", TRUE, NULL);
  fail_unless_equals_int (
      gst_element_set_state (one, GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
  g_free (expect_refused (another));
  /* Another account is another connection. */
  g_object_set (another, "token", "other", NULL);
  expect_accepted (another);
  sink_free (one);
  sink_free (another);
}
GST_END_TEST;

/* Settings may change in READY; what is acquired by then is made anew. */
GST_START_TEST (test_change_in_ready)
{
  GstElement *sink = make_sink ();
  g_autoptr (GstDiscordConnection) before = NULL;
  g_autoptr (GstDiscordConnection) after = NULL;
  guint64 channel;

  g_object_set (sink, "token", "abc", NULL);
  gst_element_set_state (sink, GST_STATE_READY);
  g_object_get (sink, "connection", &before, NULL);
  g_object_set (sink, "channel-id", OTHER_CHANNEL, NULL);
  fail_unless_equals_int (
      gst_element_set_state (sink, GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
  g_object_get (sink, "connection", &after, NULL);
  g_object_get (after, "channel-id", &channel, NULL);
  fail_unless_equals_uint64 (channel, OTHER_CHANNEL);
  fail_if (before == after);
  sink_free (sink);
}
GST_END_TEST;

GST_START_TEST (test_encryption_modes)
{
  GstElement *sink = make_sink ();
  g_auto (GValue) modes = G_VALUE_INIT;
  g_auto (GStrv) names = NULL;
  g_autoptr (GstDiscordConnection) connection = NULL;

  gst_util_set_object_arg (
      G_OBJECT (sink), "encryption-modes", "<aead_xchacha20_poly1305_rtpsize>");
  g_value_init (&modes, GST_TYPE_ARRAY);
  g_object_get_property (G_OBJECT (sink), "encryption-modes", &modes);
  fail_unless_equals_int (gst_value_array_get_size (&modes), 1);

  g_object_set (sink, "token", "abc", NULL);
  gst_element_set_state (sink, GST_STATE_READY);
  g_object_get (sink, "connection", &connection, NULL);
  g_object_get (connection, "encryption-modes", &names, NULL);
  fail_unless_equals_int (g_strv_length (names), 1);
  fail_unless_equals_string (names[0], "aead_xchacha20_poly1305_rtpsize");
  gst_element_set_state (sink, GST_STATE_NULL);

  gst_util_set_object_arg (
      G_OBJECT (sink), "encryption-modes", "<xsalsa20_poly1305>");
  g_free (expect_refused (sink));
  sink_free (sink);
}
GST_END_TEST;

/* Counters stay readable after the connection is gone. */
GST_START_TEST (test_stats_in_each_state)
{
  GstElement *sink = make_sink ();
  g_autoptr (GstStructure) before = NULL;
  g_autoptr (GstStructure) after = NULL;

  g_object_get (sink, "stats", &before, NULL);
  fail_unless (before != NULL);
  g_object_set (sink, "token", "abc", NULL);
  gst_element_set_state (sink, GST_STATE_PAUSED);
  gst_element_set_state (sink, GST_STATE_NULL);
  g_object_get (sink, "stats", &after, NULL);
  fail_unless (gst_structure_has_field (after, "packets-sent"));
  sink_free (sink);
}
GST_END_TEST;

/* The application's own connection needs no other setting, and outlives us. */
GST_START_TEST (test_own_connection)
{
  GstElement *donor = make_sink (), *sink = make_sink ();
  g_autoptr (GstDiscordConnection) connection = NULL;
  g_autoptr (GstDiscordConnection) used = NULL;

  g_object_set (donor, "token", "abc", NULL);
  gst_element_set_state (donor, GST_STATE_READY);
  g_object_get (donor, "connection", &connection, NULL);
  g_object_set (sink, "channel-id", G_GUINT64_CONSTANT (0), "connection",
      connection, NULL);
  gst_element_set_state (donor, GST_STATE_NULL);
  fail_unless_equals_int (
      gst_element_set_state (sink, GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
  g_object_get (sink, "connection", &used, NULL);
  fail_unless (used == connection);
  sink_free (sink);
  sink_free (donor);
}
GST_END_TEST;

GST_START_TEST (test_e2ee_by_default)
{
  GstElement *sink = make_sink ();
  GstDiscordE2eeState state;
  g_autofree gchar *code = NULL;
  g_autofree gchar *path = NULL;
  GstDiscordE2ee e2ee;

  g_object_get (sink, "e2ee", &e2ee, "e2ee-state", &state, "voice-privacy-code",
      &code, "identity-key-file", &path, NULL);
  fail_unless_equals_int (e2ee, GST_DISCORD_E2EE_REQUIRED);
  fail_unless_equals_int (state, GST_DISCORD_E2EE_STATE_NONE);
  fail_unless (code == NULL && path == NULL);
  sink_free (sink);
}
GST_END_TEST;

/* A connection is of one kind for all that share it. */
GST_START_TEST (test_e2ee_conflicts)
{
  GstElement *one = make_sink (), *another = make_sink ();
  g_autofree gchar *path =
      g_build_filename (g_get_tmp_dir (), "gst-discord-no-such-key", NULL);

  g_object_set (one, "token", "abc", NULL);
  g_object_set (another, "token", "abc", NULL);
  fail_unless_equals_int (
      gst_element_set_state (one, GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
  gst_util_set_object_arg (G_OBJECT (another), "e2ee", "off");
  g_free (expect_refused (another));
  gst_util_set_object_arg (G_OBJECT (another), "e2ee", "required");
  g_object_set (another, "identity-key-file", path, NULL);
  g_free (expect_refused (another));
  g_object_set (another, "identity-key-file", NULL, NULL);
  expect_accepted (another);
  sink_free (one);
  sink_free (another);
}
GST_END_TEST;

/* A key that others can read is no secret, and what is no key is none. */
GST_START_TEST (test_identity_key_file)
{
  g_autofree gchar *path = write_file ("no key", -1);
  GstElement *sink = make_sink ();
  g_autofree gchar *text = NULL;

  g_object_set (sink, "token", "abc", "identity-key-file", path, NULL);
  fail_unless_equals_int (g_chmod (path, 0644), 0);
  text = expect_refused (sink);
  fail_unless (strstr (text, path) != NULL, "%s", text);
  fail_unless_equals_int (g_chmod (path, 0600), 0);
  g_free (expect_refused (sink));
  fail_unless_equals_int (g_unlink (path), 0);
  expect_accepted (sink);
  sink_free (sink);
}
GST_END_TEST;

static Suite *
discordsettings_suite (void)
{
  Suite *suite = suite_create ("discordsettings");
  TCase *tcase = tcase_create ("settings");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_no_token);
  tcase_add_loop_test (
      tcase, test_no_token_at_all, 0, 3 * G_N_ELEMENTS (no_tokens));
  tcase_add_test (tcase, test_three_ways);
  tcase_add_test (tcase, test_bad_files);
  tcase_add_test (tcase, test_no_channel);
  tcase_add_test (tcase, test_own_gateway);
  tcase_add_test (tcase, test_authorities);
  tcase_add_test (tcase, test_insecure_gateway);
  tcase_add_test (tcase, test_conflict);
  tcase_add_test (tcase, test_change_in_ready);
  tcase_add_test (tcase, test_encryption_modes);
  tcase_add_test (tcase, test_stats_in_each_state);
  tcase_add_test (tcase, test_own_connection);
  tcase_add_test (tcase, test_e2ee_by_default);
  tcase_add_test (tcase, test_e2ee_conflicts);
  tcase_add_test (tcase, test_identity_key_file);
  return suite;
}

GST_CHECK_MAIN (discordsettings);
