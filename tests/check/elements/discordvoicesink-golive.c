/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a discordvoicesink has for Go Live, before there is a stream. */
#include "sinkfixture.h"

#include <gst/discord/discord.h>

static GstElement *
make_sink (void)
{
  GstElement *sink = gst_element_factory_make ("discordvoicesink", NULL);

  fail_unless (sink != NULL);
  return gst_object_ref_sink (sink);
}

GST_START_TEST (test_defaults)
{
  g_autoptr (GstElement) sink = make_sink ();
  gboolean go_live, paused;
  g_autofree gchar *region = NULL;
  guint interval, retry_interval, start_delay;
  gint mode;

  g_object_get (sink, "go-live", &go_live, "paused", &paused,
      "preferred-region", &region, "preview-mode", &mode, "preview-interval",
      &interval, "preview-retry-interval", &retry_interval,
      "preview-start-delay", &start_delay, NULL);
  fail_if (go_live);
  fail_if (paused);
  fail_unless (region == NULL);
  fail_unless_equals_int (mode, 0);
  fail_unless_equals_int (interval, 300 * 1000);
  fail_unless_equals_int (retry_interval, 60 * 1000);
  fail_unless_equals_int (start_delay, 500);
}
GST_END_TEST;

GST_START_TEST (test_properties)
{
  g_autoptr (GstElement) sink = make_sink ();
  gboolean go_live, paused;
  g_autofree gchar *region = NULL;
  guint interval, retry_interval, start_delay;
  gint mode;

  gst_util_set_object_arg (G_OBJECT (sink), "preview-mode", "pad");
  g_object_set (sink, "go-live", TRUE, "paused", TRUE, "preferred-region",
      "rotterdam", "preview-interval", 1, "preview-retry-interval", 2,
      "preview-start-delay", G_MAXUINT, NULL);
  g_object_get (sink, "go-live", &go_live, "paused", &paused,
      "preferred-region", &region, "preview-mode", &mode, "preview-interval",
      &interval, "preview-retry-interval", &retry_interval,
      "preview-start-delay", &start_delay, NULL);
  fail_unless (go_live);
  fail_unless (paused);
  fail_unless_equals_string (region, "rotterdam");
  fail_unless_equals_int (mode, 1);
  fail_unless_equals_int (interval, 1);
  fail_unless_equals_int (retry_interval, 2);
  fail_unless_equals_int64 (start_delay, G_MAXUINT);
}
GST_END_TEST;

GST_START_TEST (test_preview_pad)
{
  g_autoptr (GstElement) sink = make_sink ();
  g_autoptr (GstPad) pad = gst_element_request_pad_simple (sink, "preview");
  g_autoptr (GstPad) again = NULL;

  fail_unless (pad != NULL);
  fail_unless (
      gst_element_request_pad (sink, GST_PAD_PAD_TEMPLATE (pad), NULL, NULL)
      == NULL);
  gst_element_release_request_pad (sink, pad);
  again = gst_element_request_pad_simple (sink, "preview");
  fail_unless (again != NULL);
}
GST_END_TEST;

static const struct
{
  const gchar *pipeline;
  gboolean go_live;
} misused[] = {
  /* Links with the first pad that takes it. */
  { "videotestsrc ! discordvoicesink name=sink", FALSE },
  { "videotestsrc ! sink.preview discordvoicesink name=sink", TRUE },
  { "videotestsrc ! sink.preview audiotestsrc ! sink. "
    "discordvoicesink name=sink",
      FALSE },
};

GST_START_TEST (test_preview_is_no_video)
{
  g_autoptr (GstElement) pipeline =
      gst_parse_launch (misused[__i__].pipeline, NULL);
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  g_object_set (sink, "go-live", misused[__i__].go_live, "account-type",
      GST_DISCORD_ACCOUNT_TYPE_USER, "token", TOKEN, "gateway-url",
      "ws://127.0.0.1:9", "guild-id", GUILD, "channel-id", CHANNEL, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message =
      gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  fail_unless (strstr (error->message, "preview") != NULL);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}
GST_END_TEST;

static Suite *
voice_sink_go_live_suite (void)
{
  Suite *suite = suite_create ("discordvoicesink-golive");
  TCase *tc = tcase_create ("elements");

  tcase_add_test (tc, test_defaults);
  tcase_add_test (tc, test_properties);
  tcase_add_test (tc, test_preview_pad);
  tcase_add_loop_test (tc, test_preview_is_no_video, 0, G_N_ELEMENTS (misused));
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (voice_sink_go_live);
