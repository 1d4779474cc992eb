/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "voiceuri.h"

GST_START_TEST (test_good)
{
  static const struct
  {
    const gchar *text;
    guint64 guild_id, channel_id, user_id;
    const gchar *gateway_url;
  } good[] = {
    { "discord://1/2", 1, 2, 0, NULL },
    { "DISCORD://18446744073709551615/290926798999357250", G_MAXUINT64,
        290926798999357250, 0, NULL },
    { "discord://@me/7", 0, 7, 0, NULL },
    { "discord://1/2/3", 1, 2, 3, NULL },
    { "discord://@me/7/18446744073709551615", 0, 7, G_MAXUINT64, NULL },
    { "discord://1/2?gateway-url=ws://127.0.0.1:99", 1, 2, 0,
        "ws://127.0.0.1:99" },
    { "discord://1/2/3?gateway-url=ws://127.0.0.1:99", 1, 2, 3,
        "ws://127.0.0.1:99" },
    { "discord://1/2?gateway-url=ws%3A%2F%2Flocalhost%3A9", 1, 2, 0,
        "ws://localhost:9" },
    { "discord://1/2?gateway-url=wss://[::1]:9/x", 1, 2, 0, "wss://[::1]:9/x" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_auto (DiscordVoiceUri) uri = { .gateway_url = NULL };
    g_autoptr (GError) error = NULL;

    fail_unless (discord_voice_uri_parse (good[i].text, &uri, &error), "%s: %s",
        good[i].text, error != NULL ? error->message : "");
    fail_unless_equals_uint64 (uri.guild_id, good[i].guild_id);
    fail_unless_equals_uint64 (uri.channel_id, good[i].channel_id);
    fail_unless_equals_uint64 (uri.user_id, good[i].user_id);
    fail_unless_equals_string (uri.gateway_url, good[i].gateway_url);
  }
}
GST_END_TEST;

GST_START_TEST (test_bad)
{
  static const gchar *const bad[] = {
    "",
    "http://1/2",
    "discord:",
    "discord://",
    "discord://1",
    "discord://1/",
    "discord:///2",
    "discord://1/2/",
    "discord://1/2/0",
    "discord://1/2/x",
    "discord://1/2/-3",
    "discord://1/2/@me",
    "discord://1/2/18446744073709551616",
    "discord://1/2/3/",
    "discord://1/2/3/4",
    "discord://1//3",
    "discord://1/2/3?token=abc",
    "discord://1/2/3?gateway-url=ws://example.org",
    "discord://1/2/%33",
    "discord://guild:1:2:3",
    "discord://1/x",
    "discord://x/1",
    "discord://0/1",
    "discord://1/0",
    "discord://-1/2",
    "discord://1/-2",
    "discord://18446744073709551616/1",
    "discord://me/1",
    "discord://@you/1",
    "discord://1/2?token=abc",
    "discord://1/2?gateway-url",
    "discord://1/2?gateway-url=ws://example.org",
    "discord://1/2?gateway-url=ws://127.0.0.1.example.org",
    "discord://1/2?gateway-url=ws://u@127.0.0.1",
    "discord://1/2?gateway-url=http://127.0.0.1",
    "discord://1/2?gateway-url=127.0.0.1",
    "discord://1/2?gateway-url=ws://127.0.0.1&token=x",
    "discord://1/2?gateway-url=%zz",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_auto (DiscordVoiceUri) uri = { .gateway_url = NULL };
    g_autoptr (GError) error = NULL;

    fail_if (discord_voice_uri_parse (bad[i], &uri, &error), "%s", bad[i]);
    fail_unless (g_error_matches (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI),
        "%s", bad[i]);
    fail_unless (uri.gateway_url == NULL);
    fail_unless_equals_uint64 (uri.user_id, 0);
  }
}
GST_END_TEST;

GST_START_TEST (test_format)
{
  g_autofree gchar *guild = discord_voice_uri_format (1, 2, 0);
  g_autofree gchar *call = discord_voice_uri_format (0, 2, 0);
  g_autofree gchar *stream = discord_voice_uri_format (1, 2, 3);
  g_autofree gchar *call_stream = discord_voice_uri_format (0, 2, 3);

  fail_unless_equals_string (guild, "discord://1/2");
  fail_unless_equals_string (call, "discord://@me/2");
  fail_unless_equals_string (stream, "discord://1/2/3");
  fail_unless_equals_string (call_stream, "discord://@me/2/3");
  fail_unless (discord_voice_uri_format (1, 0, 0) == NULL);
  fail_unless (discord_voice_uri_format (1, 0, 3) == NULL);
}
GST_END_TEST;

static Suite *
voiceuri_suite (void)
{
  Suite *suite = suite_create ("voiceuri");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_good);
  tcase_add_test (tc, test_bad);
  tcase_add_test (tc, test_format);
  return suite;
}

GST_CHECK_MAIN (voiceuri);
