/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of Go Live streams, and what is known of one. */
#include <gst/check/gstcheck.h>
#include <gst/discord/discord.h>
#include <gst/discord/gstdiscordstreaminfo-private.h>
#include <gst/discord/signalling/streamreason.h>

#define GUILD_KEY                                                              \
  "guild:290926798626357999:290926798999357250:115590097100865541"

GST_START_TEST (test_forms)
{
  g_autoptr (GstDiscordStreamKey) key =
      gst_discord_stream_key_parse (GUILD_KEY, NULL);
  g_autoptr (GstDiscordStreamKey) call = gst_discord_stream_key_parse (
      "call:18446744073709551615:9007199254740993", NULL);
  g_autofree gchar *text = gst_discord_stream_key_to_string (key);
  g_autofree gchar *call_text = gst_discord_stream_key_to_string (call);

  fail_unless_equals_uint64 (
      key->guild_id, G_GUINT64_CONSTANT (290926798626357999));
  fail_unless_equals_uint64 (
      key->channel_id, G_GUINT64_CONSTANT (290926798999357250));
  fail_unless_equals_uint64 (
      key->owner_id, G_GUINT64_CONSTANT (115590097100865541));
  fail_unless_equals_string (text, GUILD_KEY);
  fail_unless_equals_uint64 (call->guild_id, 0);
  fail_unless_equals_uint64 (call->channel_id, G_MAXUINT64);
  /* Above 2^53, where doubles lose bits. */
  fail_unless_equals_uint64 (
      call->owner_id, G_GUINT64_CONSTANT (9007199254740993));
  fail_unless_equals_string (
      call_text, "call:18446744073709551615:9007199254740993");
}

GST_END_TEST

GST_START_TEST (test_refused)
{
  static const gchar *const texts[] = { "", ":", "guild", "guild:", "guild:1",
    "guild:1:2", "guild:1:2:3:4", "guild:1:2:3:", "guild::2:3", "guild:1:2:0",
    "guild:0:2:3", "guild:1:2:-3", "guild:1:2:+3", "guild:1:2:3 ",
    " guild:1:2:3", "guild:1:2:0x3", "guild:1:2:3\n", "Guild:1:2:3", "call:1",
    "call:1:2:3", "call::2", "call:1:18446744073709551616",
    "call:1:99999999999999999999", "test:1", "test:1:2", "dm:1:2",
    "guild%3A1%3A2%3A3",
    /* Longer than any key, and costly to take apart. */
    "guild:0000000000000000000000000000000000000000000000000000000000000000000"
    "00000001:2:3",
    ":::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::"
    "::::::::::::::::::" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;

    fail_unless (gst_discord_stream_key_parse (texts[i], &error) == NULL,
        "%s was taken", texts[i]);
    fail_unless (
        g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
  }
}

GST_END_TEST

/* Keys compare by what they name, however somebody wrote them. */
GST_START_TEST (test_compare)
{
  g_autoptr (GstDiscordStreamKey) key =
      gst_discord_stream_key_parse ("guild:1:2:3", NULL);
  g_autoptr (GstDiscordStreamKey) same =
      gst_discord_stream_key_parse ("guild:01:002:3", NULL);
  g_autoptr (GstDiscordStreamKey) call =
      gst_discord_stream_key_parse ("call:2:3", NULL);
  g_autoptr (GstDiscordStreamKey) other = gst_discord_stream_key_new (1, 2, 4);
  g_autofree gchar *text = gst_discord_stream_key_to_string (same);

  fail_unless_equals_string (text, "guild:1:2:3");
  fail_unless (gst_discord_stream_key_equal (key, same));
  fail_unless_equals_int (
      gst_discord_stream_key_hash (key), gst_discord_stream_key_hash (same));
  fail_if (gst_discord_stream_key_equal (key, call));
  fail_if (gst_discord_stream_key_equal (key, other));
}

GST_END_TEST

GST_START_TEST (test_group_id)
{
  static const struct
  {
    guint64 server_id;
    guint64 group_id;
  } cases[] = {
    { 0, 0 },
    { 1, 0 },
    { G_GUINT64_CONSTANT (1290000000000000010),
        G_GUINT64_CONSTANT (1290000000000000009) },
    { G_GUINT64_CONSTANT (1290000000000000000),
        G_GUINT64_CONSTANT (1289999999999999999) },
    /* 2^53 + 2: one less is no double. */
    { G_GUINT64_CONSTANT (9007199254740994),
        G_GUINT64_CONSTANT (9007199254740993) },
    { G_MAXUINT64, G_MAXUINT64 - 1 },
  };
  g_autoptr (GstDiscordStreamInfo) info =
      gst_discord_stream_info_new (GUILD_KEY, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    gst_discord_stream_info_set_server (info, cases[i].server_id, 0);
    fail_unless_equals_uint64 (
        gst_discord_stream_info_get_e2ee_group_id (info), cases[i].group_id);
  }
}

GST_END_TEST

GST_START_TEST (test_merge)
{
  static const guint64 viewers[] = { 7, 8 };
  g_autoptr (GstDiscordStreamInfo) info =
      gst_discord_stream_info_new (GUILD_KEY, NULL);
  g_autoptr (GstDiscordStreamInfo) silent =
      gst_discord_stream_info_new (GUILD_KEY, NULL);
  g_autoptr (GstDiscordStreamInfo) copy = NULL;
  const guint64 *known;
  gsize n_known;

  gst_discord_stream_info_set_server (info, 5, 6);
  gst_discord_stream_info_set_region (info, "rotterdam");
  gst_discord_stream_info_set_viewers (info, viewers, 2);
  gst_discord_stream_info_set_paused (info, TRUE);
  copy = gst_discord_stream_info_copy (info);
  fail_if (gst_discord_stream_info_merge (info, silent));
  fail_if (gst_discord_stream_info_merge (info, copy));
  fail_unless_equals_uint64 (
      gst_discord_stream_info_get_rtc_server_id (info), 5);
  fail_unless_equals_uint64 (
      gst_discord_stream_info_get_rtc_channel_id (info), 6);
  fail_unless_equals_string (
      gst_discord_stream_info_get_region (info), "rotterdam");
  fail_unless (gst_discord_stream_info_get_paused (info));
  known = gst_discord_stream_info_get_viewers (info, &n_known);
  fail_unless_equals_int (n_known, 2);
  fail_unless_equals_uint64 (known[1], 8);

  /* Nobody is something else than nothing. */
  gst_discord_stream_info_set_viewers (silent, NULL, 0);
  gst_discord_stream_info_set_paused (silent, FALSE);
  fail_unless (gst_discord_stream_info_merge (info, silent));
  gst_discord_stream_info_get_viewers (info, &n_known);
  fail_unless_equals_int (n_known, 0);
  fail_if (gst_discord_stream_info_get_paused (info));
  gst_discord_stream_info_get_viewers (copy, &n_known);
  fail_unless_equals_int (n_known, 2);
}

GST_END_TEST

GST_START_TEST (test_reasons)
{
  static const struct
  {
    const gchar *word;
    gint reason;
    gint error; /* -1: none */
  } cases[] = {
    { "user_requested", GST_DISCORD_STREAM_DELETE_REASON_USER_REQUESTED, -1 },
    { "stream_ended", GST_DISCORD_STREAM_DELETE_REASON_STREAM_ENDED, -1 },
    { "stream_full", GST_DISCORD_STREAM_DELETE_REASON_STREAM_FULL,
        GST_DISCORD_ERROR_STREAM_FULL },
    { "unauthorized", GST_DISCORD_STREAM_DELETE_REASON_UNAUTHORIZED,
        GST_DISCORD_ERROR_STREAM_REFUSED },
    { "safety_guild_rate_limited",
        GST_DISCORD_STREAM_DELETE_REASON_SAFETY_GUILD_RATE_LIMITED,
        GST_DISCORD_ERROR_RATE_LIMITED },
    { "parse_failed", GST_DISCORD_STREAM_DELETE_REASON_PARSE_FAILED,
        GST_DISCORD_ERROR_PROTOCOL },
    { "invalid_channel", GST_DISCORD_STREAM_DELETE_REASON_INVALID_CHANNEL,
        GST_DISCORD_ERROR_STREAM_REFUSED },
    { "something_new", GST_DISCORD_STREAM_DELETE_REASON_UNKNOWN, -1 },
    { "", GST_DISCORD_STREAM_DELETE_REASON_UNKNOWN, -1 },
    { NULL, GST_DISCORD_STREAM_DELETE_REASON_UNKNOWN, -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GstDiscordStreamDeleteReason reason =
        discord_stream_delete_reason_parse (cases[i].word);
    g_autoptr (GError) error = discord_stream_delete_reason_new_error (reason);

    fail_unless_equals_int (reason, cases[i].reason);
    if (cases[i].error == -1)
      fail_unless (error == NULL);
    else
      fail_unless (g_error_matches (error, GST_DISCORD_ERROR, cases[i].error));
  }
}

GST_END_TEST

static Suite *
streamkey_suite (void)
{
  Suite *s = suite_create ("streamkey");
  TCase *tc = tcase_create ("streams");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_forms);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_compare);
  tcase_add_test (tc, test_group_id);
  tcase_add_test (tc, test_merge);
  tcase_add_test (tc, test_reasons);
  return s;
}

GST_CHECK_MAIN (streamkey);
