/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked for, and what a pad shows of it. */
#include "voicesrc-video-helper.h"

/* Nobody links anything: nothing is asked for, and what comes all the same harms
 * nobody. */
GST_START_TEST (test_unlinked_costs_nothing)
{
  g_autoptr (GstPad) pad = NULL;

  play ();
  announce (ALICE, 100, 10, 0);
  pad = wait_pad ("video_10");
  wait_want (10, 0);
  push_frame (1, 10, ALICE, TRUE, 1);
  push_packet (network, 1, 20, ALICE, FRAME);
  gst_object_unref (wait_pad ("audio_20"));
  wait_stat ("video-frames-decodable", 1);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_linking_asks)
{
  Outlet *outlet;
  GstDiscordMediaMeta *meta;
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "video/x-vp8, width=64, height=48, framerate=(fraction)0/1");
  guint64 user_id;
  guint ssrc;

  play ();
  announce (ALICE, 100, 10, 0);
  announce (BOB, 100, 20, 0);
  outlet = link_pad ("video_10");
  wait_want (10, 100);
  wait_want (20, 0);
  push_frame (1, 10, ALICE, FALSE, 1);
  push_frame (2, 10, ALICE, TRUE, 2);
  push_frame (3, 10, ALICE, FALSE, 3);
  expect_frames (outlet, 2, 2, 3);
  fail_unless (gst_caps_is_strictly_equal (outlet->caps, caps));
  meta = gst_buffer_get_discord_media_meta (
      g_ptr_array_index (outlet->buffers, 0));
  fail_unless_equals_uint64 (meta->user_id, ALICE);
  fail_unless_equals_int (meta->ssrc, 10);
  fail_if (GST_BUFFER_FLAG_IS_SET (
      g_ptr_array_index (outlet->buffers, 0), GST_BUFFER_FLAG_DELTA_UNIT));
  fail_unless (g_str_has_suffix (
      g_ptr_array_index (outlet->stream_ids, 0), "290926798999357250/video"));
  g_object_get (outlet->src, "user-id", &user_id, "ssrc", &ssrc, NULL);
  fail_unless_equals_uint64 (user_id, ALICE);
  fail_unless_equals_int (ssrc, 10);
  fail_unless_equals_uint64 (get_stat ("video-frames-undecodable"), 1);

  gst_pad_unlink (outlet->src, outlet->sink);
  wait_want (10, 0);
  finish ();
}
GST_END_TEST;

/* What is shown again begins with a keyframe. */
GST_START_TEST (test_linking_again)
{
  Outlet *outlet;

  play ();
  announce (ALICE, 100, 10, 0);
  outlet = link_pad ("video_10");
  wait_want (10, 100);
  push_frame (1, 10, ALICE, TRUE, 1);
  expect_frames (outlet, 1, 1);
  gst_pad_unlink (outlet->src, outlet->sink);
  wait_want (10, 0);
  push_frame (2, 10, ALICE, FALSE, 2);
  wait_stat ("video-frames-decodable", 2);
  gst_pad_link (outlet->src, outlet->sink);
  wait_want (10, 100);
  push_frame (3, 10, ALICE, FALSE, 3);
  push_frame (4, 10, ALICE, TRUE, 4);
  expect_frames (outlet, 2, 1, 4);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_quality_chooses_a_layer)
{
  Outlet *outlet;
  guint ssrc;

  play ();
  announce (ALICE, 100, 10, 50, 20, 25, 30, 0);
  outlet = link_pad ("video_10");
  wait_want (10, 100);
  wait_want (20, 0);
  push_frame (1, 10, ALICE, TRUE, 1);
  expect_frames (outlet, 1, 1);

  /* Both until the other has a keyframe. */
  g_object_set (outlet->src, "quality", 60, NULL);
  wait_want (20, 60);
  wait_want (10, 100);
  push_frame (1, 20, ALICE, FALSE, 2);
  wait_stat ("video-frames-undecodable", 1);
  push_frame (2, 10, ALICE, FALSE, 3);
  expect_frames (outlet, 2, 1, 3);
  push_frame (2, 20, ALICE, TRUE, 4);
  outlet_wait_buffers (outlet, 3);
  wait_want (10, 0);
  push_frame (3, 10, ALICE, FALSE, 5);
  wait_stat ("video-frames-decodable", 4);
  push_frame (3, 20, ALICE, FALSE, 6);
  expect_frames (outlet, 4, 1, 3, 4, 6);
  fail_unless (GST_BUFFER_IS_DISCONT (g_ptr_array_index (outlet->buffers, 2)));
  fail_unless_equals_uint64 (get_stat ("video-layer-switches"), 1);
  g_object_get (outlet->src, "ssrc", &ssrc, NULL);
  fail_unless_equals_int (ssrc, 20);
  for (guint i = 1; i < 4; i++)
    fail_unless (GST_BUFFER_PTS (g_ptr_array_index (outlet->buffers, i))
        > GST_BUFFER_PTS (g_ptr_array_index (outlet->buffers, i - 1)));

  g_object_set (outlet->src, "quality", 0, NULL);
  wait_want (20, 0);
  g_object_set (outlet->src, "quality", -1, NULL);
  g_object_set (src, "default-video-quality", 30, NULL);
  wait_want (30, 30);
  finish ();
}
GST_END_TEST;

static gboolean
answer_caps (GstPad *pad, GstObject *parent, GstQuery *query)
{
  g_autoptr (GstCaps) caps = NULL;

  if (GST_QUERY_TYPE (query) != GST_QUERY_CAPS)
    return gst_pad_query_default (pad, parent, query);
  caps = gst_caps_from_string ("video/x-vp8, width=320, height=180");
  gst_query_set_caps_result (query, caps);
  return TRUE;
}

/* What is behind a decoder is passed on by it. */
GST_START_TEST (test_downstream_caps_tell_the_size)
{
  g_autoptr (GstPad) pad = NULL;
  g_autoptr (GstPad) sink = gst_pad_new ("sink", GST_PAD_SINK);

  gst_object_ref_sink (sink);
  gst_pad_set_query_function (sink, answer_caps);
  gst_pad_set_active (sink, TRUE);
  play ();
  announce (ALICE, 100, 10, 0);
  pad = wait_pad ("video_10");
  fail_unless_equals_int (gst_pad_link (pad, sink), GST_PAD_LINK_OK);
  wait_want (10, 100);
  g_mutex_lock (&lock);
  fail_unless (
      gst_discord_media_sink_wants_get_pixel_count (wants, 10) == 320 * 180);
  g_mutex_unlock (&lock);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_pad_per_stream)
{
  Outlet *high, *low;

  gst_util_set_object_arg (G_OBJECT (src), "video-pads", "per-stream");
  play ();
  announce (ALICE, 100, 10, 50, 20, 0);
  high = link_pad ("video_10");
  low = link_pad ("video_20");
  wait_want (10, 100);
  wait_want (20, 100);
  push_frame (1, 10, ALICE, TRUE, 1);
  push_frame (1, 20, ALICE, TRUE, 2);
  expect_frames (high, 1, 1);
  expect_frames (low, 1, 2);
  announce (ALICE, 100, 10, 0);
  outlets_wait (&outlets, low->removed);
  fail_unless (low->eos);
  fail_if (high->eos);
  finish ();
}
GST_END_TEST;

/* Senders let a layer rest that nobody asks for (golive 6.3): so it is asked for,
 * and another one is shown until it is there. */
GST_START_TEST (test_resting_layer)
{
  g_autoptr (GstPad) pad = NULL;
  Outlet *outlet;

  play ();
  resting = 20;
  announce (ALICE, 100, 10, 50, 20, 0);
  pad = wait_pad ("video_10");
  g_object_set (pad, "quality", 50, NULL);
  outlet = outlets_link (&outlets, pad);
  wait_want (20, 50);
  wait_want (10, 100);
  push_frame (1, 10, ALICE, TRUE, 1);
  expect_frames (outlet, 1, 1);

  resting = 0;
  announce (ALICE, 100, 10, 50, 20, 0);
  push_until_passed (20, outlet, 2, 2);
  wait_want (10, 0);
  wait_want (20, 50);
  finish ();
}
GST_END_TEST;

/* The same with a pad of its own, without which nobody could ask. */
GST_START_TEST (test_resting_stream_has_a_pad)
{
  Outlet *low;

  gst_util_set_object_arg (G_OBJECT (src), "video-pads", "per-stream");
  play ();
  resting = 20;
  announce (ALICE, 100, 10, 50, 20, 0);
  low = link_pad ("video_20");
  wait_want (20, 100);
  resting = 0;
  announce (ALICE, 100, 10, 50, 20, 0);
  push_until_passed (20, low, 1, 2);
  finish ();
}
GST_END_TEST;

/* In a new session the layers have other SSRCs. */
GST_START_TEST (pain_05_video_goes_on_in_another_session)
{
  Outlet *outlet;

  play ();
  announce (ALICE, 100, 10, 0);
  outlet = link_pad ("video_10");
  wait_want (10, 100);
  push_frame (1, 10, ALICE, TRUE, 1);
  expect_frames (outlet, 1, 1);
  announce (ALICE, 100, 30, 0);
  wait_want (30, 100);
  push_frame (1, 30, ALICE, TRUE, 2);
  push_frame (2, 30, ALICE, FALSE, 3);
  expect_frames (outlet, 3, 1, 2, 3);
  fail_unless_equals_int (outlet->stream_ids->len, 1);
  fail_if (outlet->eos);
  fail_unless_equals_int (outlets.pads->len, 1);
  finish ();
}
GST_END_TEST;

/* A frame that was lost, or that nobody authenticated, takes those with it that
 * depend on it. */
GST_START_TEST (pain_13_loss_waits_for_a_keyframe)
{
  gboolean refused = __i__ == 1;
  Outlet *outlet;

  play ();
  announce (ALICE, 100, 10, 0);
  outlet = link_pad ("video_10");
  wait_want (10, 100);
  push_frame (1, 10, ALICE, TRUE, 1);
  if (refused)
    push_frame (2, 10, ALICE, FALSE, 0xee);
  push_frame (3, 10, ALICE, FALSE, 3);
  push_frame (4, 10, ALICE, FALSE, 4);
  push_frame (5, 10, ALICE, TRUE, 5);
  push_frame (6, 10, ALICE, FALSE, 6);
  expect_frames (outlet, 3, 1, 5, 6);
  fail_unless_equals_uint64 (get_stat ("video-frames-undecodable"), 2);
  fail_unless (get_stat ("video-keyframe-requests") > 0);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_loss_left_to_the_decoder)
{
  Outlet *outlet;

  g_object_set (src, "wait-for-keyframe", FALSE, NULL);
  play ();
  announce (ALICE, 100, 10, 0);
  outlet = link_pad ("video_10");
  wait_want (10, 100);
  push_frame (1, 10, ALICE, TRUE, 1);
  push_frame (3, 10, ALICE, FALSE, 3);
  expect_frames (outlet, 2, 1, 3);
  fail_unless (GST_BUFFER_IS_DISCONT (g_ptr_array_index (outlet->buffers, 1)));
  finish ();
}
GST_END_TEST;

/* Neither pads nor a word to the server. */
GST_START_TEST (test_no_video)
{
  gboolean video;

  gst_util_set_object_arg (G_OBJECT (src), "video-pads", "none");
  play ();
  g_object_get (connection, "video", &video, NULL);
  fail_if (video);
  announce (ALICE, 100, 10, 0);
  push_frame (1, 10, ALICE, TRUE, 1);
  push_packet (network, 1, 20, ALICE, FRAME);
  gst_object_unref (wait_pad ("audio_20"));
  fail_unless (gst_element_get_static_pad (src, "video_10") == NULL);
  fail_unless (wants == NULL);
  finish ();
}
GST_END_TEST;

/* One asks for nothing, which is no reason for the other to get nothing. */
GST_START_TEST (test_two_sources_on_one_connection)
{
  GstElement *other = gst_element_factory_make ("discordvoicesrc", NULL);
  Outlet *outlet;

  gst_bin_add (GST_BIN (pipeline), other);
  g_object_set (other, "connection", connection, NULL);
  play ();
  announce (ALICE, 100, 10, 0);
  outlet = link_pad ("video_10");
  wait_want (10, 100);
  g_object_set (outlet->src, "quality", 40, NULL);
  wait_want (10, 40);
  g_object_set (other, "default-video-quality", 10, NULL);
  g_object_set (outlet->src, "quality", 41, NULL);
  wait_want (10, 41);
  finish ();
}
GST_END_TEST;

static gboolean
is_live (GstPad *pad, GstClockTime *latency)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  gboolean live;

  fail_unless (gst_pad_query (pad, query));
  gst_query_parse_latency (query, &live, latency, NULL);
  return live;
}

GST_START_TEST (test_latency)
{
  g_autoptr (GstPad) pad = NULL;
  GstClockTime latency;

  g_object_set (src, "video-latency", 120, NULL);
  play ();
  announce (ALICE, 100, 10, 0);
  pad = wait_pad ("video_10");
  fail_unless (is_live (pad, &latency));
  fail_unless_equals_uint64 (latency, 120 * GST_MSECOND);
  finish ();
}
GST_END_TEST;

/* Whoever is there comes and goes while the element starts and stops. */
GST_START_TEST (test_restart)
{
  announce (ALICE, 100, 10, 50, 20, 0);
  for (guint i = 0; i < 10; i++) {
    play ();
    announce (BOB, 100, 30 + i, 0);
    push_frame (1, 10, ALICE, TRUE, 1);
    gst_clear_object (&network);
    fail_unless (gst_element_set_state (pipeline, GST_STATE_READY)
        == GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (GST_ELEMENT (src)->numsrcpads, 0);
  }
  finish ();
}
GST_END_TEST;

static Suite *
discordvoicesrc_video_suite (void)
{
  Suite *s = suite_create ("discordvoicesrc-video");
  TCase *tc = tcase_create ("video");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, NULL);
  tcase_add_test (tc, test_unlinked_costs_nothing);
  tcase_add_test (tc, test_linking_asks);
  tcase_add_test (tc, test_linking_again);
  tcase_add_test (tc, test_quality_chooses_a_layer);
  tcase_add_test (tc, test_downstream_caps_tell_the_size);
  tcase_add_test (tc, test_pad_per_stream);
  tcase_add_test (tc, test_resting_layer);
  tcase_add_test (tc, test_resting_stream_has_a_pad);
  tcase_add_test (tc, pain_05_video_goes_on_in_another_session);
  tcase_add_loop_test (tc, pain_13_loss_waits_for_a_keyframe, 0, 2);
  tcase_add_test (tc, test_loss_left_to_the_decoder);
  tcase_add_test (tc, test_no_video);
  tcase_add_test (tc, test_two_sources_on_one_connection);
  tcase_add_test (tc, test_latency);
  tcase_add_test (tc, test_restart);
  return s;
}

GST_CHECK_MAIN (discordvoicesrc_video);
