/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/discord/discord.h>
#include <gst/video/video.h>

#include "gstdiscordvideogate.h"

#define H264                                                                   \
  "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au"
#define VP8 "video/x-vp8"
#define AV1                                                                    \
  "video/x-av1, stream-format=(string)obu-stream, alignment=(string)tu"

/* Rec. ITU-T H.264 table 7-1: SPS, PPS, IDR slice; slice of another picture. */
static const guint8 h264_key[] = { 0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f, 0, 0, 0,
  1, 0x68, 0xce, 0x3c, 0x80, 0, 0, 0, 1, 0x65, 0x88, 0x84, 0x21 };
static const guint8 h264_key_bare[] = { 0, 0, 0, 1, 0x65, 0x88, 0x84, 0x21 };
static const guint8 h264_delta[] = { 0, 0, 0, 1, 0x41, 0x9a, 0x21, 0x6c };
/* RFC 6386 section 9.1, 64x48 */
static const guint8 vp8_key[] = { 0x10, 0x00, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0,
  7 };

static GstHarness *h;
static GstTestClock *test_clock;

static void
setup (void)
{
  g_autoptr (GstElement) gate =
      gst_object_ref_sink (gst_discord_video_gate_new ());

  h = gst_harness_new_with_element (gate, "sink", "src");
  gst_harness_use_testclock (h);
  test_clock = gst_harness_get_testclock (h);
  gst_harness_set_src_caps_str (h, H264);
}

static void
teardown (void)
{
  gst_object_unref (test_clock);
  gst_harness_teardown (h);
}

static void
push (const guint8 *data, gsize size, GstBufferFlags flags)
{
  GstBuffer *frame = gst_buffer_new_memdup (data, size);

  GST_BUFFER_FLAG_SET (frame, flags);
  fail_unless_equals_int (gst_harness_push (h, frame), GST_FLOW_OK);
}

static void
push_key (void)
{
  push (h264_key, sizeof h264_key, 0);
}

static void
push_delta (GstBufferFlags flags)
{
  push (h264_delta, sizeof h264_delta, flags | GST_BUFFER_FLAG_DELTA_UNIT);
}

static void
wait (GstClockTime time)
{
  gst_test_clock_advance_time (test_clock, time);
}

static void
expect_passed (guint n)
{
  for (guint i = 0; i < n; i++)
    gst_buffer_unref (gst_harness_pull (h));
  fail_unless_equals_int (gst_harness_buffers_in_queue (h), 0);
}

/* Requests since the last look. */
static void
expect_requests (guint n)
{
  GstEvent *event;

  while ((event = gst_harness_try_pull_upstream_event (h)) != NULL) {
    gboolean all_headers = FALSE;

    if (gst_video_event_is_force_key_unit (event)) {
      gst_video_event_parse_upstream_force_key_unit (
          event, NULL, &all_headers, NULL);
      fail_unless (all_headers);
      fail_unless (n > 0, "one request too many");
      n--;
    }
    gst_event_unref (event);
  }
  fail_unless_equals_int (n, 0);
}

/* golive 7.3: with the first frame that is of no use, and then each second for
 * as long as others come. */
GST_START_TEST (test_requests_until_a_keyframe)
{
  push_delta (0);
  expect_requests (1);
  wait (GST_SECOND - 1);
  push_delta (0);
  expect_requests (0);
  wait (1);
  push_delta (0);
  push_delta (0);
  expect_requests (1);
  /* Not by itself: there may be nobody who could answer. */
  wait (10 * GST_SECOND);
  expect_requests (0);
  push_delta (0);
  expect_requests (1);
  expect_passed (0);

  push_key ();
  push_delta (0);
  wait (GST_SECOND);
  push_delta (0);
  expect_passed (3);
  expect_requests (0);
}
GST_END_TEST;

/* It begins with an IDR, and no decoder could make anything of it. */
GST_START_TEST (test_keyframe_without_parameter_sets)
{
  push (h264_key_bare, sizeof h264_key_bare, 0);
  push_delta (0);
  expect_passed (0);
  expect_requests (1);
  wait (GST_SECOND);
  push (h264_key_bare, sizeof h264_key_bare, 0);
  expect_requests (1);
  push_key ();
  expect_passed (1);

  /* Behind one that had them. */
  push (h264_key_bare, sizeof h264_key_bare, 0);
  push_delta (0);
  expect_passed (2);
  expect_requests (0);
}
GST_END_TEST;

/* pain 13: no broken pictures. */
GST_START_TEST (test_loss)
{
  push_key ();
  push_delta (0);
  expect_passed (2);
  push_delta (GST_BUFFER_FLAG_DISCONT);
  push_delta (0);
  expect_passed (0);
  expect_requests (1);
  push (h264_key, sizeof h264_key, GST_BUFFER_FLAG_DISCONT);
  push_delta (0);
  expect_passed (2);
  expect_requests (0);
}
GST_END_TEST;

GST_START_TEST (test_loss_left_to_the_decoder)
{
  gst_discord_video_gate_set_wait_for_keyframe (
      GST_DISCORD_VIDEO_GATE (h->element), FALSE);
  /* To begin with there is nothing to conceal from. */
  push_delta (0);
  expect_passed (0);
  expect_requests (1);
  push_key ();
  wait (GST_SECOND);
  push_delta (GST_BUFFER_FLAG_DISCONT);
  push_delta (0);
  expect_passed (3);
  expect_requests (1);
}
GST_END_TEST;

GST_START_TEST (test_another_codec)
{
  GstDiscordVideoGateStats stats;
  const GstDiscordFrameMeta *meta;
  GstBuffer *frame;

  push_key ();
  expect_passed (1);
  gst_harness_set_src_caps_str (h, VP8);
  push (h264_delta, sizeof h264_delta, GST_BUFFER_FLAG_DELTA_UNIT);
  expect_passed (0);
  push (vp8_key, sizeof vp8_key, 0);
  frame = gst_harness_pull (h);
  gst_check_buffer_data (frame, vp8_key, sizeof vp8_key);
  meta = gst_buffer_get_discord_frame_meta (frame);
  fail_unless (meta != NULL);
  fail_unless_equals_int (meta->width, 64);
  fail_unless_equals_int (meta->height, 48);
  gst_buffer_unref (frame);

  gst_discord_video_gate_get_stats (
      GST_DISCORD_VIDEO_GATE (h->element), &stats);
  fail_unless_equals_uint64 (stats.passed, 2);
  fail_unless_equals_uint64 (stats.dropped, 1);
  fail_unless_equals_uint64 (stats.requests, 1);
}
GST_END_TEST;

/* The depayloader took it for a keyframe; its bytes say something else, or
 * nothing. What came before is no help then. */
GST_START_TEST (test_no_keyframe_after_all)
{
  static const guint8 short_key[] = { 0x10, 0x00, 0 };

  gst_harness_set_src_caps_str (h, VP8);
  push ((const guint8[]){ 0x11, 0, 0, 1 }, 4, 0);
  expect_passed (0);
  expect_requests (1);
  push (vp8_key, sizeof vp8_key, 0);
  expect_passed (1);
  push (short_key, sizeof short_key, 0);
  push ((const guint8[]){ 0x11, 0, 0, 1 }, 4, GST_BUFFER_FLAG_DELTA_UNIT);
  expect_passed (0);
  wait (GST_SECOND);
  push ((const guint8[]){ 0x11, 0, 0, 1 }, 4, GST_BUFFER_FLAG_DELTA_UNIT);
  expect_requests (1);
}
GST_END_TEST;

/* AV1 specification 5.5, 5.9.2: a sequence header is what the depayloader sees,
 * and the frame behind it need not be a keyframe. */
GST_START_TEST (test_av1_sequence_header_alone)
{
  static const guint8 delta[] = { 0x12, 0, 0x0a, 1, 0, 0x32, 2, 0x30, 0 };
  static const guint8 key[] = { 0x12, 0, 0x0a, 1, 0, 0x32, 2, 0x10, 0 };
  GstBuffer *frame;

  gst_harness_set_src_caps_str (h, AV1);
  push (delta, sizeof delta, 0);
  expect_passed (0);
  expect_requests (1);
  push (key, sizeof key, 0);
  frame = gst_harness_pull (h);
  gst_check_buffer_data (frame, key, sizeof key);
  gst_buffer_unref (frame);
  push (delta, sizeof delta, 0);
  expect_passed (1);
}
GST_END_TEST;

/* What becomes of frames downstream is not for the jitter buffer to know. */
GST_START_TEST (test_nobody_downstream)
{
  g_autoptr (GstPad) src = gst_element_get_static_pad (h->element, "src");

  fail_unless (gst_pad_unlink (src, h->sinkpad));
  push_key ();
  fail_unless (gst_pad_link (src, h->sinkpad) == GST_PAD_LINK_OK);
}
GST_END_TEST;

static Suite *
videogate_suite (void)
{
  Suite *suite = suite_create ("discordvideogate");
  TCase *tcase = tcase_create ("elements");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, test_requests_until_a_keyframe);
  tcase_add_test (tcase, test_keyframe_without_parameter_sets);
  tcase_add_test (tcase, test_loss);
  tcase_add_test (tcase, test_loss_left_to_the_decoder);
  tcase_add_test (tcase, test_another_codec);
  tcase_add_test (tcase, test_no_keyframe_after_all);
  tcase_add_test (tcase, test_av1_sequence_header_alone);
  tcase_add_test (tcase, test_nobody_downstream);
  return suite;
}

GST_CHECK_MAIN (videogate);
