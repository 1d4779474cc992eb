/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/discord/discord.h>
#include <gst/video/video.h>

#include "gstdiscordkeyframereplay.h"

#define H264                                                                   \
  "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au"
#define FRAME (40 * GST_MSECOND)
#define STEP (100 * GST_USECOND)

/* Rec. ITU-T H.264 table 7-1: SPS, PPS, IDR slice; slice of another picture. */
static const guint8 key[] = { 0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f, 0, 0, 0, 1,
  0x68, 0xce, 0x3c, 0x80, 0, 0, 0, 1, 0x65, 0x88, 0x84, 0x21 };
static const guint8 key_bare[] = { 0, 0, 0, 1, 0x65, 0x88, 0x84, 0x21 };
static const guint8 delta[] = { 0, 0, 0, 1, 0x41, 0x9a, 0x21, 0x6c };

static GstHarness *h;
static GstTestClock *test_clock;
static guint next; /* frame to be pushed */

static void
setup (void)
{
  g_autoptr (GstElement) element = gst_object_ref_sink (
      g_object_new (GST_TYPE_DISCORD_KEYFRAME_REPLAY, NULL));

  h = gst_harness_new_with_element (element, "sink", "src");
  gst_harness_use_testclock (h);
  test_clock = gst_harness_get_testclock (h);
  gst_harness_set_src_caps_str (h, H264);
  next = 0;
}

static void
teardown (void)
{
  gst_object_unref (test_clock);
  gst_harness_teardown (h);
}

static void
set_limit (guint limit)
{
  gst_discord_keyframe_replay_set_limit (
      GST_DISCORD_KEYFRAME_REPLAY (h->element), limit);
}

static void
push_data (const guint8 *data, gsize size, gboolean keyframe)
{
  GstBuffer *frame = gst_buffer_new_memdup (data, size);

  GST_BUFFER_OFFSET (frame) = next;
  GST_BUFFER_PTS (frame) = next * FRAME;
  GST_BUFFER_DURATION (frame) = FRAME;
  next++;
  if (!keyframe)
    GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT);
  fail_unless_equals_int (gst_harness_push (h, frame), GST_FLOW_OK);
}

static void
push_key (void)
{
  push_data (key, sizeof key, TRUE);
}

static void
push_delta (void)
{
  push_data (delta, sizeof delta, FALSE);
}

static void
ask (void)
{
  gst_harness_push_upstream_event (h,
      gst_video_event_new_upstream_force_key_unit (
          GST_CLOCK_TIME_NONE, TRUE, 0));
}

static void
wait (GstClockTime time)
{
  gst_test_clock_advance_time (test_clock, time);
}

/* Frame @number as it came. */
static void
expect (guint number)
{
  GstBuffer *frame = gst_harness_try_pull (h);

  fail_unless (frame != NULL, "frame %u did not come", number);
  fail_unless_equals_uint64 (GST_BUFFER_OFFSET (frame), number);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (frame), number * FRAME);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (frame), FRAME);
  gst_buffer_unref (frame);
}

/* Frames @first to @last once more, all before the time of @before. */
static void
expect_replay (guint first, guint last, guint before)
{
  GstClockTime pts = before * FRAME - (last - first + 1) * STEP;

  for (guint i = first; i <= last; i++, pts += STEP) {
    GstBuffer *frame = gst_harness_try_pull (h);
    gboolean keyframe = i == first;
    gsize size = keyframe ? sizeof key : sizeof delta;

    fail_unless (frame != NULL, "frame %u did not come again", i);
    fail_unless_equals_uint64 (GST_BUFFER_OFFSET (frame), i);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (frame), pts);
    fail_unless (
        GST_BUFFER_FLAG_IS_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT) != keyframe);
    fail_unless_equals_uint64 (gst_buffer_get_size (frame), size);
    gst_buffer_unref (frame);
  }
}

static void
expect_no_more (guint64 replays)
{
  fail_unless_equals_int (gst_harness_buffers_in_queue (h), 0);
  fail_unless_equals_uint64 (gst_discord_keyframe_replay_get_count (
                                 GST_DISCORD_KEYFRAME_REPLAY (h->element)),
      replays);
}

/* A second after the request, before the next frame; and what follows goes on
 * from the frame that it depends on. */
GST_START_TEST (test_upstream_does_not_answer)
{
  push_key ();
  push_delta ();
  push_delta ();
  ask ();
  fail_unless_equals_int (gst_harness_upstream_events_in_queue (h), 2);
  wait (GST_SECOND - 1);
  push_delta ();
  for (guint i = 0; i < 4; i++)
    expect (i);
  expect_no_more (0);
  wait (1);
  push_delta ();
  expect_replay (0, 3, 4);
  expect (4);

  /* Once for each request, and each request counts. */
  wait (10 * GST_SECOND);
  push_delta ();
  expect (5);
  expect_no_more (1);
  ask ();
  wait (GST_SECOND);
  push_delta ();
  expect_replay (0, 5, 6);
  expect (6);
  expect_no_more (2);
}
GST_END_TEST;

/* That it was asked for again does not make it late. */
GST_START_TEST (test_first_request_counts)
{
  push_key ();
  ask ();
  wait (GST_SECOND / 2);
  ask ();
  wait (GST_SECOND / 2);
  push_delta ();
  expect (0);
  expect_replay (0, 0, 1);
  expect (1);
  expect_no_more (1);
}
GST_END_TEST;

GST_START_TEST (test_upstream_answers)
{
  push_key ();
  push_delta ();
  ask ();
  wait (GST_SECOND / 2);
  push_key ();
  wait (GST_SECOND);
  push_delta ();
  for (guint i = 0; i < 4; i++)
    expect (i);

  /* Late, but before anything else was done. */
  ask ();
  wait (2 * GST_SECOND);
  push_key ();
  push_delta ();
  expect (4);
  expect (5);
  expect_no_more (0);
}
GST_END_TEST;

/* 30 frames behind a keyframe, and no more. */
GST_START_TEST (test_long_group)
{
  guint i;

  push_key ();
  for (i = 0; i < DISCORD_KEYFRAME_REPLAY_DEFAULT; i++)
    push_delta ();
  for (i = 0; i <= DISCORD_KEYFRAME_REPLAY_DEFAULT; i++)
    expect (i);
  ask ();
  wait (GST_SECOND);
  push_delta ();
  expect_replay (0, DISCORD_KEYFRAME_REPLAY_DEFAULT, i);
  expect (i);

  ask ();
  wait (GST_SECOND);
  push_delta ();
  expect (i + 1);
  expect_no_more (1);
}
GST_END_TEST;

GST_START_TEST (test_limit)
{
  set_limit (1);
  push_key ();
  push_delta ();
  ask ();
  wait (GST_SECOND);
  push_delta ();
  expect (0);
  expect (1);
  expect_replay (0, 1, 2);
  expect (2);

  set_limit (0);
  push_key ();
  ask ();
  wait (GST_SECOND);
  push_delta ();
  expect (3);
  expect (4);
  expect_no_more (1);
}
GST_END_TEST;

/* Nobody could begin with it. */
GST_START_TEST (test_keyframe_without_parameter_sets)
{
  push_data (key_bare, sizeof key_bare, TRUE);
  ask ();
  wait (GST_SECOND);
  push_delta ();
  expect (0);
  expect (1);
  expect_no_more (0);
}
GST_END_TEST;

/* 12: encoders that give them once only; those of another stream are no good. */
GST_START_TEST (test_pain_12_keyframes_get_parameter_sets)
{
  g_autoptr (GstBuffer) first = NULL, second = NULL, other = NULL;

  push_key ();
  push_data (key_bare, sizeof key_bare, TRUE);
  gst_harness_set_src_caps_str (h, H264 ", width=(int)64, height=(int)48");
  push_data (key_bare, sizeof key_bare, TRUE);
  first = gst_harness_pull (h);
  second = gst_harness_pull (h);
  other = gst_harness_pull (h);
  gst_check_buffer_data (first, key, sizeof key);
  gst_check_buffer_data (second, key, sizeof key);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (second), FRAME);
  gst_check_buffer_data (other, key_bare, sizeof key_bare);
}
GST_END_TEST;

/* What is kept belongs to a stream that is over. */
GST_START_TEST (test_new_stream)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  push_key ();
  expect (0);
  switch (__i__) {
    case 0:
      gst_harness_set_src_caps_str (h, H264 ", width=(int)64, height=(int)48");
      break;
    case 1:
      segment.start = FRAME;
      gst_harness_push_event (h, gst_event_new_segment (&segment));
      break;
    case 2:
      gst_harness_push_event (h, gst_event_new_flush_start ());
      gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
      gst_harness_push_event (h, gst_event_new_segment (&segment));
      break;
    default:
      gst_element_set_state (h->element, GST_STATE_READY);
      gst_element_set_state (h->element, GST_STATE_PLAYING);
      gst_harness_set_src_caps_str (h, H264);
      gst_harness_push_event (h, gst_event_new_segment (&segment));
      break;
  }
  ask ();
  wait (GST_SECOND);
  push_delta ();
  expect (1);
  expect_no_more (0);
}
GST_END_TEST;

static void
expect_time (GstClockTime pts)
{
  GstBuffer *frame = gst_harness_try_pull (h);

  fail_unless (frame != NULL);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (frame), pts);
  gst_buffer_unref (frame);
}

/* Two frames at once: nothing fits between them, so it is done before the next
 * one. */
GST_START_TEST (test_no_room)
{
  push_key ();
  ask ();
  wait (GST_SECOND);
  next = 0;
  push_delta ();
  expect_time (0);
  expect_time (0);
  expect_no_more (0);
  push_delta ();
  expect_time (FRAME - 2 * STEP);
  expect_time (FRAME - STEP);
  expect_time (FRAME);
  expect_no_more (1);
}
GST_END_TEST;

/* What is preferred is told by who is behind it, and it keeps the order. */
GST_START_TEST (test_order_of_caps)
{
  g_autoptr (GstCaps) caps = NULL;

  gst_harness_set_sink_caps_str (h, "video/x-vp9; " H264 "; video/x-vp8");
  caps = gst_pad_peer_query_caps (h->srcpad, NULL);
  fail_unless_equals_int (gst_caps_get_size (caps), 3);
  fail_unless (
      gst_structure_has_name (gst_caps_get_structure (caps, 0), "video/x-vp9"));
  fail_unless (
      gst_structure_has_name (gst_caps_get_structure (caps, 2), "video/x-vp8"));
}
GST_END_TEST;

static Suite *
keyframereplay_suite (void)
{
  Suite *suite = suite_create ("discordkeyframereplay");
  TCase *tcase = tcase_create ("elements");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, test_upstream_does_not_answer);
  tcase_add_test (tcase, test_first_request_counts);
  tcase_add_test (tcase, test_upstream_answers);
  tcase_add_test (tcase, test_long_group);
  tcase_add_test (tcase, test_limit);
  tcase_add_test (tcase, test_keyframe_without_parameter_sets);
  tcase_add_test (tcase, test_pain_12_keyframes_get_parameter_sets);
  tcase_add_loop_test (tcase, test_new_stream, 0, 4);
  tcase_add_test (tcase, test_no_room);
  tcase_add_test (tcase, test_order_of_caps);
  return suite;
}

GST_CHECK_MAIN (keyframereplay);
