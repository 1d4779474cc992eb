/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Video that comes before the key of its sender. */

#include "dave-helper.h"

#include "heldframes.h"

#define VP8 "video/x-vp8, width=(int)64, height=(int)48"
#define DAVE_VP8                                                               \
  "application/x-dave, original-media-type=(string)video/x-vp8, "              \
  "width=(int)64, height=(int)48"
#define FRAME_SIZE 24

static GstHarness *h;
static GstTestClock *test_clock;

/* A delta frame of VP8. */
static GstBuffer *
make_video (guint n)
{
  guint8 data[FRAME_SIZE] = { 0x01 };
  g_autoptr (GstBuffer) frame = NULL;
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, FRAME_SIZE + 64, NULL);
  GstDiscordFrameResult result = fake.result;
  GstDiscordMediaMeta *meta;
  gsize size;

  data[FRAME_SIZE - 1] = n;
  frame = gst_buffer_new_memdup (data, sizeof data);
  fake.result = GST_DISCORD_FRAME_DONE;
  gst_discord_connection_encrypt (
      connection, GST_DISCORD_CODEC_VP8, frame, buffer, &size, NULL);
  fake.result = result;
  gst_buffer_set_size (buffer, size);
  meta = gst_buffer_add_discord_media_meta (buffer);
  meta->user_id = USER;
  meta->ssrc = SSRC;
  GST_BUFFER_PTS (buffer) = n * 33 * GST_MSECOND;
  return buffer;
}

static void
expect_video (guint n, gboolean discont)
{
  GstBuffer *frame = gst_harness_pull (h);
  guint8 last;

  fail_unless (frame != NULL);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (frame), n * 33 * GST_MSECOND);
  fail_unless_equals_int (gst_buffer_get_size (frame), FRAME_SIZE);
  gst_buffer_extract (frame, FRAME_SIZE - 1, &last, 1);
  fail_unless_equals_int (last, n & 0xFF);
  fail_unless_equals_int (GST_BUFFER_IS_DISCONT (frame), discont);
  gst_buffer_unref (frame);
}

static void
video_setup (void)
{
  setup ();
  fake.state = GST_DISCORD_E2EE_STATE_ENCRYPTED;
  fake.result = GST_DISCORD_FRAME_NO_KEY;
  h = harness_new (GST_TYPE_DISCORD_DAVE_DEC, TRUE, DAVE_VP8);
  gst_harness_use_testclock (h);
  test_clock = gst_harness_get_testclock (h);
}

static void
video_teardown (void)
{
  gst_object_unref (test_clock);
  harness_free (h);
  teardown ();
}

static void
push_videos (guint from, guint to)
{
  for (guint n = from; n < to; n++)
    push (h, make_video (n));
}

/* The next frame that comes takes those before it along. */
GST_START_TEST (test_key_before_the_next_frame)
{
  push_videos (0, 5);
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  fake.result = GST_DISCORD_FRAME_DONE;
  push_videos (5, 7);
  for (guint n = 0; n < 7; n++)
    expect_video (n, FALSE);
  expect_caps (h, VP8);
  expect_stat (h, "frames-decrypted", 7);
  expect_stat (h, "dropped-no-key", 0);
  expect_warnings (h, 0, 0);
}
GST_END_TEST;

/* Nothing needs to come: the picture is there with the key. */
GST_START_TEST (test_key_by_itself)
{
  push_videos (0, 5);
  fake.result = GST_DISCORD_FRAME_DONE;
  g_signal_emit_by_name (connection, "privacy-code-changed", "12345");
  for (guint n = 0; n < 5; n++)
    expect_video (n, FALSE);
  expect_stat (h, "frames-decrypted", 5);
}
GST_END_TEST;

/* What waited for two seconds is lost, what came later is not; and what is
 * behind the loss says so. */
GST_START_TEST (test_two_seconds)
{
  push_videos (0, 3);
  gst_test_clock_set_time (test_clock, HELD_FRAMES_TIME - 1);
  push_videos (3, 4);
  expect_stat (h, "dropped-no-key", 0);
  gst_test_clock_set_time (test_clock, HELD_FRAMES_TIME);
  push_videos (4, 5);
  expect_stat (h, "dropped-no-key", 3);
  expect_warnings (h, 1, GST_STREAM_ERROR_DECRYPT_NOKEY);
  fake.result = GST_DISCORD_FRAME_DONE;
  push_videos (5, 6);
  expect_video (3, TRUE);
  expect_video (4, FALSE);
  expect_video (5, FALSE);
}
GST_END_TEST;

GST_START_TEST (test_key_after_all_is_lost)
{
  push_videos (0, 3);
  gst_test_clock_set_time (test_clock, HELD_FRAMES_TIME);
  fake.result = GST_DISCORD_FRAME_DONE;
  push_videos (3, 4);
  expect_video (3, TRUE);
  fail_unless_equals_int (gst_harness_buffers_in_queue (h), 0);
  expect_stat (h, "dropped-no-key", 3);
}
GST_END_TEST;

GST_START_TEST (test_128_frames)
{
  push_videos (0, HELD_FRAMES_MAX + 2);
  expect_stat (h, "dropped-no-key", 2);
  fake.result = GST_DISCORD_FRAME_DONE;
  push_videos (HELD_FRAMES_MAX + 2, HELD_FRAMES_MAX + 3);
  expect_video (2, TRUE);
  for (guint n = 3; n < HELD_FRAMES_MAX + 3; n++)
    expect_video (n, FALSE);
}
GST_END_TEST;

/* A frame that is no good with the key does not hold up the others. */
GST_START_TEST (test_refused_with_the_key)
{
  push_videos (0, 2);
  fake.result = GST_DISCORD_FRAME_REFUSED;
  push_videos (2, 3);
  expect_stat (h, "dropped-undecryptable", 3);
  fake.result = GST_DISCORD_FRAME_DONE;
  push_videos (3, 4);
  expect_video (3, TRUE);
}
GST_END_TEST;

typedef enum
{
  END_FLUSH,
  END_CAPS,
  END_RESTART,
  END_CONNECTION,
  N_ENDS
} End;

static void
end_stream (End end)
{
  switch (end) {
    case END_FLUSH:
      fail_unless (gst_harness_push_event (h, gst_event_new_flush_start ()));
      fail_unless (
          gst_harness_push_event (h, gst_event_new_flush_stop (FALSE)));
      break;
    case END_CAPS:
      gst_harness_set_src_caps_str (h,
          "application/x-dave, original-media-type=(string)video/x-vp8, "
          "width=(int)32, height=(int)24");
      break;
    case END_RESTART:
      gst_element_set_state (h->element, GST_STATE_READY);
      gst_element_set_state (h->element, GST_STATE_PLAYING);
      break;
    default:
      g_object_set (h->element, "connection", NULL, NULL);
      break;
  }
}

/* No frame comes behind the end of what it belongs to. */
GST_START_TEST (test_end)
{
  push_videos (0, 3);
  end_stream (__i__);
  if (__i__ == END_RESTART)
    gst_harness_set_src_caps_str (h, DAVE_VP8);
  if (__i__ == END_FLUSH || __i__ == END_RESTART) {
    GstSegment segment;

    gst_segment_init (&segment, GST_FORMAT_TIME);
    fail_unless (gst_harness_push_event (h, gst_event_new_segment (&segment)));
  }
  fake.result = GST_DISCORD_FRAME_DONE;
  g_signal_emit_by_name (connection, "privacy-code-changed", "12345");
  push_videos (3, 4);
  if (__i__ != END_CONNECTION)
    expect_video (3, __i__ == END_CAPS);
  fail_unless_equals_int (gst_harness_buffers_in_queue (h), 0);
  expect_stat (h, "dropped-no-key", __i__ == END_CONNECTION ? 4 : 3);
}
GST_END_TEST;

static Suite *
davedec_video_suite (void)
{
  Suite *suite = suite_create ("discorddavedec-video");
  TCase *tcase = tcase_create ("elements");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, video_setup, video_teardown);
  tcase_add_test (tcase, test_key_before_the_next_frame);
  tcase_add_test (tcase, test_key_by_itself);
  tcase_add_test (tcase, test_two_seconds);
  tcase_add_test (tcase, test_key_after_all_is_lost);
  tcase_add_test (tcase, test_128_frames);
  tcase_add_test (tcase, test_refused_with_the_key);
  tcase_add_loop_test (tcase, test_end, 0, N_ENDS);
  return suite;
}

GST_CHECK_MAIN (davedec_video);
