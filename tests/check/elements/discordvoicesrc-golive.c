/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a discordvoicesrc can be told about Go Live, and what of it is refused. */
#include <gst/check/gstcheck.h>
#include <gst/discord/discord.h>

static GstElement *
make_src (void)
{
  GstElement *src = gst_element_factory_make ("discordvoicesrc", NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();

  fail_unless (src != NULL);
  g_object_set (src, "token", "viewer", "gateway-url", "ws://127.0.0.1:1",
      "account-type", GST_DISCORD_ACCOUNT_TYPE_USER, NULL);
  gst_element_set_bus (src, bus);
  return src;
}

static void
src_free (GstElement *src)
{
  gst_element_set_state (src, GST_STATE_NULL);
  gst_element_set_bus (src, NULL);
  gst_object_unref (src);
}

/* NULL->READY fails, with one error on the bus that has @text in it. */
static void
expect_refused (GstElement *src, const gchar *text)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (src);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstMessage) message = NULL;

  fail_unless_equals_int (
      gst_element_set_state (src, GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  fail_unless (
      strstr (error->message, text) != NULL, "%s: %s", text, error->message);
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR) == NULL);
}

static void
expect_accepted (GstElement *src)
{
  fail_unless_equals_int (
      gst_element_set_state (src, GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int (
      gst_element_set_state (src, GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
}

static void
expect_uri (GstElement *src, const gchar *expected)
{
  g_autofree gchar *uri = gst_uri_handler_get_uri (GST_URI_HANDLER (src));

  fail_unless_equals_string (uri, expected);
}

GST_START_TEST (test_properties)
{
  GstElement *src = make_src ();
  g_autofree gchar *key = NULL, *none = NULL;
  guint64 user_id;

  g_object_get (src, "stream-key", &none, "stream-user", &user_id, NULL);
  fail_unless (none == NULL);
  fail_unless_equals_uint64 (user_id, 0);
  g_object_set (src, "stream-key", "guild:1:2:3", "stream-user",
      G_GUINT64_CONSTANT (3), NULL);
  g_object_get (src, "stream-key", &key, "stream-user", &user_id, NULL);
  fail_unless_equals_string (key, "guild:1:2:3");
  fail_unless_equals_uint64 (user_id, 3);
  src_free (src);
}
GST_END_TEST;

static const gchar *const bad_keys[] = { "", "guild", "guild:1:2",
  "guild:1:2:3:4", "guild:1:2:0", "guild:0:2:3", "guild:1:2:x", "guild:1:2:-3",
  "guild:1:2: 3", "guild:1:2:18446744073709551616", "call:1", "call:1:2:3",
  "test:1", "GUILD:1:2:3", "guild%3A1%3A2%3A3", "guild:1:2:3\n" };

GST_START_TEST (test_bad_key)
{
  GstElement *src = make_src ();

  g_object_set (src, "stream-key", bad_keys[__i__], NULL);
  expect_refused (src, "stream-key");
  src_free (src);
}
GST_END_TEST;

static const struct
{
  guint64 guild_id, channel_id, user_id;
  const gchar *refused; /* the property; NULL: accepted */
} places[] = {
  { 0, 0, 0, NULL }, /* the key says all of it */
  { 11, 22, 0, NULL },
  { 11, 22, 33, NULL },
  { 11, 23, 0, "channel-id" },
  { 12, 22, 0, "guild-id" },
  { 12, 0, 0, "guild-id" },
  { 0, 22, 0, "guild-id" },
  { 0, 0, 34, "stream-user" },
};

GST_START_TEST (test_key_and_place)
{
  GstElement *src = make_src ();

  g_object_set (src, "stream-key", "guild:11:22:33", "guild-id",
      places[__i__].guild_id, "channel-id", places[__i__].channel_id,
      "stream-user", places[__i__].user_id, NULL);
  if (places[__i__].refused != NULL)
    expect_refused (src, places[__i__].refused);
  else
    expect_accepted (src);
  src_free (src);
}
GST_END_TEST;

GST_START_TEST (test_user_without_place)
{
  GstElement *src = make_src ();

  g_object_set (src, "stream-user", G_GUINT64_CONSTANT (33), NULL);
  expect_refused (src, "channel-id");
  g_object_set (src, "channel-id", G_GUINT64_CONSTANT (22), NULL);
  expect_accepted (src);
  src_free (src);
}
GST_END_TEST;

/* A URI replaces all that was said of streams before it. */
GST_START_TEST (test_uri)
{
  GstElement *src = make_src ();
  GstDiscordAccountType type;
  g_autofree gchar *key = NULL;
  guint64 user_id;

  g_object_set (src, "account-type", GST_DISCORD_ACCOUNT_TYPE_BOT, "stream-key",
      "guild:1:2:3", NULL);
  expect_uri (src, "discord://1/2/3");
  fail_unless (gst_uri_handler_set_uri (
      GST_URI_HANDLER (src), "discord://11/22/33", NULL));
  g_object_get (src, "stream-key", &key, "stream-user", &user_id,
      "account-type", &type, NULL);
  fail_unless (key == NULL);
  fail_unless_equals_uint64 (user_id, 33);
  fail_unless_equals_int (type, GST_DISCORD_ACCOUNT_TYPE_USER);
  expect_uri (src, "discord://11/22/33");

  g_object_set (src, "account-type", GST_DISCORD_ACCOUNT_TYPE_BEARER, NULL);
  fail_unless (gst_uri_handler_set_uri (
      GST_URI_HANDLER (src), "discord://@me/22/33", NULL));
  g_object_get (src, "account-type", &type, NULL);
  fail_unless_equals_int (type, GST_DISCORD_ACCOUNT_TYPE_BEARER);
  expect_uri (src, "discord://@me/22/33");

  g_object_set (src, "account-type", GST_DISCORD_ACCOUNT_TYPE_BOT, NULL);
  fail_unless (
      gst_uri_handler_set_uri (GST_URI_HANDLER (src), "discord://11/22", NULL));
  g_object_get (src, "stream-user", &user_id, "account-type", &type, NULL);
  fail_unless_equals_uint64 (user_id, 0);
  fail_unless_equals_int (type, GST_DISCORD_ACCOUNT_TYPE_BOT);
  expect_uri (src, "discord://11/22");
  src_free (src);
}
GST_END_TEST;

static Suite *
discordvoicesrc_golive_suite (void)
{
  Suite *suite = suite_create ("discordvoicesrc-golive");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_properties);
  tcase_add_loop_test (tc, test_bad_key, 0, G_N_ELEMENTS (bad_keys));
  tcase_add_loop_test (tc, test_key_and_place, 0, G_N_ELEMENTS (places));
  tcase_add_test (tc, test_user_without_place);
  tcase_add_test (tc, test_uri);
  return suite;
}

GST_CHECK_MAIN (discordvoicesrc_golive);
