/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people write into token, gateway-url and api-url, and how a process
 * shares one gateway. */
#include <gst/check/gstcheck.h>
#include <gst/discord/discord.h>
#include <gst/discord/gstdiscordgateway-private.h>
#include <gst/discord/signalling/gatewaysettings.h>
#include <string.h>

#define BOT GST_DISCORD_ACCOUNT_TYPE_BOT
#define USER GST_DISCORD_ACCOUNT_TYPE_USER
#define BEARER GST_DISCORD_ACCOUNT_TYPE_BEARER

GST_START_TEST (test_tokens)
{
  static const struct
  {
    const gchar *text;
    GstDiscordAccountType type;
    const gchar *token; /* NULL: refused */
  } cases[] = {
    { "abc.def-1_2", BOT, "abc.def-1_2" },
    { "abc\n", BOT, "abc" },
    { "abc\r\n", USER, "abc" },
    { " \tabc\n\n", BOT, "abc" },
    { "Bot abc", BOT, "abc" },
    { "bot  abc\n", BOT, "abc" },
    { "Bearer abc", BEARER, "abc" },
    { "abc", BEARER, "abc" },
    /* Not the prefix of that kind of account. */
    { "Bot abc", USER, NULL },
    { "Bearer abc", BOT, NULL },
    { "Botabc", BOT, "Botabc" },
    { "Bot ", BOT, NULL },
    { "", BOT, NULL },
    { "\n", BOT, NULL },
    { NULL, BOT, NULL },
    { "ab c", BOT, NULL },
    { "ab\nc", BOT, NULL },
    { "ab\rc", BOT, NULL },
    { "ab\001c", BOT, NULL },
    { "ab\177", BOT, NULL },
    { "ab\xc3\xa9", BOT, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    gchar *token =
        discord_token_normalize (cases[i].text, cases[i].type, &error);

    fail_unless_equals_string (token, cases[i].token);
    if (cases[i].token == NULL) {
      fail_unless (g_error_matches (
          error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
      /* No part of a secret in an error. */
      fail_unless (strstr (error->message, "ab") == NULL);
    }
    discord_token_free (token);
  }
}

GST_END_TEST

GST_START_TEST (test_urls)
{
  static const gchar *const gateways[] = { NULL, "wss://gateway.discord.gg",
    "wss://x:1/path?a=b", "ws://127.0.0.1:4000", "ws://127.3.2.1",
    "ws://[::1]:4000/", "ws://localhost:1" };
  static const gchar *const bad_gateways[] = { "", "x", "ws://192.0.2.1",
    "ws://localhost.example", "ws://127.0.0.1.example", "ws://user@8.8.8.8",
    "http://127.0.0.1", "https://discord.com", "wss://", "ws://[::2]",
    "ws://127.0.0.1@192.0.2.1/" };
  static const gchar *const apis[] = { NULL, "https://discord.com/api/v10",
    "http://127.0.0.1:1/api" };
  static const gchar *const bad_apis[] = { "", "http://discord.com/api",
    "ws://127.0.0.1", "ftp://127.0.0.1", "http://127.0.0.1@discord.com/" };

  for (guint i = 0; i < G_N_ELEMENTS (gateways); i++)
    fail_unless (discord_gateway_url_check (gateways[i], NULL));
  for (guint i = 0; i < G_N_ELEMENTS (bad_gateways); i++) {
    g_autoptr (GError) error = NULL;

    fail_if (discord_gateway_url_check (bad_gateways[i], &error), "%s",
        bad_gateways[i]);
    fail_unless (
        g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
  }
  for (guint i = 0; i < G_N_ELEMENTS (apis); i++)
    fail_unless (discord_api_url_check (apis[i], NULL));
  for (guint i = 0; i < G_N_ELEMENTS (bad_apis); i++) {
    g_autoptr (GError) error = NULL;

    fail_if (discord_api_url_check (bad_apis[i], &error), "%s", bad_apis[i]);
    fail_unless (
        g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
  }
  fail_unless (discord_gateway_url_is_insecure ("ws://127.0.0.1"));
  fail_unless (discord_gateway_url_is_insecure ("WS://127.0.0.1"));
  fail_if (discord_gateway_url_is_insecure ("wss://127.0.0.1"));
  fail_if (discord_gateway_url_is_insecure (NULL));
}

GST_END_TEST

/* The token of a stand-in is none of Discord's business. */
GST_START_TEST (test_api_of_gateway)
{
  static const struct
  {
    const gchar *gateway;
    const gchar *api; /* NULL: Discord's */
  } cases[] = {
    { NULL, NULL },
    { "wss://gateway.discord.gg", NULL },
    { "wss://127.0.0.1:4000", NULL },
    { "ws://127.0.0.1:4000", "http://127.0.0.1:4000/api/v10" },
    { "ws://[::1]:4000/?v=9", "http://[::1]:4000/api/v10" },
    { "WS://localhost/x", "http://localhost/api/v10" },
    { "ws://", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *api = discord_api_url_for_gateway (cases[i].gateway);

    fail_unless_equals_string (api, cases[i].api);
    fail_unless (discord_api_url_check (api, NULL));
  }
}

GST_END_TEST

static GstDiscordGateway *
get (const gchar *token, GstDiscordAccountType type, const gchar *gateway_url,
    const gchar *api_url)
{
  g_autoptr (GError) error = NULL;
  GstDiscordGateway *gateway =
      gst_discord_gateway_get (token, type, gateway_url, api_url, NULL, &error);

  g_assert_no_error (error);
  return gateway;
}

/* One for the same values, another one for any other. */
GST_START_TEST (test_sharing)
{
  static const struct
  {
    const gchar *token;
    GstDiscordAccountType type;
    const gchar *gateway_url;
    const gchar *api_url;
  } others[] = {
    { "T2", BOT, "wss://a.test", NULL },
    { "T", USER, "wss://a.test", NULL },
    { "T", BOT, "wss://b.test", NULL },
    { "T", BOT, NULL, NULL },
    { "T", BOT, NULL, "https://a.test" },
    { "T", BOT, "wss://a.test", "https://a.test" },
  };
  g_autoptr (GstDiscordGateway) first = get ("T", BOT, "wss://a.test", NULL);
  g_autoptr (GstDiscordGateway) same =
      get ("Bot T\n", BOT, "wss://a.test", NULL);
  gpointer all[G_N_ELEMENTS (others)];

  fail_unless (first == same);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    all[i] = get (others[i].token, others[i].type, others[i].gateway_url,
        others[i].api_url);
    fail_if (all[i] == first);
    for (guint n = 0; n < i; n++)
      fail_if (all[n] == all[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_object_unref (all[i]);
}

GST_END_TEST

GST_START_TEST (test_refused)
{
  static const struct
  {
    const gchar *token;
    const gchar *gateway_url;
    const gchar *api_url;
  } cases[] = {
    { "", NULL, NULL },
    { "a b", NULL, NULL },
    { "T", "ws://192.0.2.1", NULL },
    { "T", NULL, "http://discord.com" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    fail_unless (gst_discord_gateway_get (cases[i].token, BOT,
                     cases[i].gateway_url, cases[i].api_url, NULL, &error)
        == NULL);
    fail_unless (
        g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
  }
}

GST_END_TEST

GST_START_TEST (test_tls_conflict)
{
  const gchar *ca = TEST_VECTORS_DIR "/tls/ca.pem";
  g_autoptr (GTlsDatabase) one = g_tls_file_database_new (ca, NULL);
  g_autoptr (GTlsDatabase) same = g_tls_file_database_new (ca, NULL);
  g_autoptr (GTlsDatabase) other =
      g_tls_file_database_new (TEST_VECTORS_DIR "/tls/other-ca.pem", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstDiscordGateway) first =
      gst_discord_gateway_get ("T", BOT, "wss://a.test", NULL, one, &error);
  g_autoptr (GTlsDatabase) used = gst_discord_gateway_dup_tls_database (first);
  g_autoptr (GstDiscordGateway) second = NULL;

  g_assert_no_error (error);
  fail_unless (used == one);
  /* Two elements read the same file each. */
  second =
      gst_discord_gateway_get ("T", BOT, "wss://a.test", NULL, same, &error);
  g_assert_no_error (error);
  fail_unless (second == first);

  fail_unless (
      gst_discord_gateway_get ("T", BOT, "wss://a.test", NULL, other, &error)
      == NULL);
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_CONFLICT));
  g_clear_error (&error);
  fail_unless (
      gst_discord_gateway_get ("T", BOT, "wss://a.test", NULL, NULL, &error)
      == NULL);
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_CONFLICT));
}

GST_END_TEST

static gpointer
get_and_drop (gpointer data)
{
  for (guint i = 0; i < 300; i++) {
    g_autoptr (GstDiscordGateway) gateway =
        get ("T", BOT, "wss://a.test", NULL);
    GstDiscordConnectionState state;

    /* A dying object would not be whole. */
    g_object_get (gateway, "state", &state, NULL);
    fail_unless_equals_int (state, GST_DISCORD_CONNECTION_STATE_IDLE);
  }
  return NULL;
}

GST_START_TEST (test_get_and_drop_in_threads)
{
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("user", get_and_drop, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

GST_END_TEST

GST_START_TEST (test_properties)
{
  g_autoptr (GstDiscordGateway) gateway =
      get ("sEcReT", USER, "ws://127.0.0.1:1", "http://127.0.0.1:2");
  g_autofree gchar *gateway_url = NULL;
  g_autofree gchar *api_url = NULL;
  g_autofree GParamSpec **specs = NULL;
  GstDiscordAccountType type;
  guint64 user_id = 1;
  gdouble latency = 0;
  guint n;

  g_object_get (gateway, "gateway-url", &gateway_url, "api-url", &api_url,
      "account-type", &type, "user-id", &user_id, "latency", &latency, NULL);
  fail_unless_equals_string (gateway_url, "ws://127.0.0.1:1");
  fail_unless_equals_string (api_url, "http://127.0.0.1:2");
  fail_unless_equals_int (type, USER);
  fail_unless_equals_uint64 (user_id, 0);
  fail_unless (latency > 1e300);
  fail_unless (gst_discord_gateway_is_insecure (gateway));

  /* No readable property gives the token away. */
  specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (gateway), &n);
  for (guint i = 0; i < n; i++) {
    g_auto (GValue) value = G_VALUE_INIT;
    g_autofree gchar *text = NULL;

    if ((specs[i]->flags & G_PARAM_READABLE) == 0)
      continue;
    g_value_init (&value, specs[i]->value_type);
    g_object_get_property (G_OBJECT (gateway), specs[i]->name, &value);
    text = g_strdup_value_contents (&value);
    fail_unless (strstr (text, "sEcReT") == NULL, "%s", specs[i]->name);
  }
  fail_if (g_object_class_find_property (G_OBJECT_GET_CLASS (gateway), "token")
               ->flags
      & G_PARAM_READABLE);
}

GST_END_TEST

static Suite *
gatewaysettings_suite (void)
{
  Suite *s = suite_create ("gatewaysettings");
  TCase *tc = tcase_create ("settings");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_tokens);
  tcase_add_test (tc, test_urls);
  tcase_add_test (tc, test_api_of_gateway);
  tcase_add_test (tc, test_sharing);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_tls_conflict);
  tcase_add_test (tc, test_get_and_drop_in_threads);
  tcase_add_test (tc, test_properties);
  return s;
}

GST_CHECK_MAIN (gatewaysettings);
