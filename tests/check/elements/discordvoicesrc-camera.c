/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cameras that go off and on. */
#include "voicesrc-video-helper.h"

#include <gst/check/gsttestclock.h>

static void
wait_gaps (Outlet *outlet, guint count)
{
  outlets_wait (&outlets, outlet_count_events (outlet, GST_EVENT_GAP) >= count);
}

/* The camera is off for a moment: its pad stays, and goes on with a keyframe. And
 * the pad of another one is not touched. */
GST_START_TEST (test_camera_off_and_on)
{
  Outlet *alice, *bob;

  play ();
  announce (ALICE, 100, 10, 0);
  announce (BOB, 100, 20, 0);
  alice = link_pad ("video_10");
  bob = link_pad ("video_20");
  wait_want (10, 100);
  wait_want (20, 100);
  push_frame (1, 10, ALICE, TRUE, 1);
  push_frame (1, 20, BOB, TRUE, 1);
  outlet_wait_buffers (alice, 1);
  for (guint i = 1; i <= 2; i++) {
    announce (ALICE, 0);
    wait_gaps (alice, i);
    wait_want (10, -1);
    /* On again under the same SSRC, whose packets go on. */
    announce (ALICE, 100, 10, 0);
    wait_want (10, 100);
    push_frame (2 * i, 10, ALICE, FALSE, 0);
    push_frame (2 * i + 1, 10, ALICE, TRUE, i + 1);
    outlet_wait_buffers (alice, i + 1);
    g_mutex_lock (&outlets.lock);
    fail_unless (GST_BUFFER_IS_DISCONT (g_ptr_array_index (alice->buffers, i)));
    g_mutex_unlock (&outlets.lock);
  }
  expect_frames (alice, 3, 1, 2, 3);
  fail_if (alice->eos);

  g_signal_emit_by_name (connection, "user-left", ALICE);
  outlets_wait (&outlets, alice->removed);
  fail_unless (alice->eos);
  push_frame (2, 20, BOB, FALSE, 2);
  expect_frames (bob, 2, 1, 2);
  fail_unless_equals_int (outlet_count_events (bob, GST_EVENT_GAP), 0);
  finish ();
}
GST_END_TEST;

/* golive 7.1: for ten seconds. */
GST_START_TEST (test_camera_off)
{
  g_autoptr (GstClock) clock = gst_test_clock_new ();
  GstTestClock *test_clock = GST_TEST_CLOCK (clock);
  GstClockTime end;
  Outlet *alice;

  gst_pipeline_use_clock (GST_PIPELINE (pipeline), clock);
  play ();
  announce (ALICE, 100, 10, 0);
  alice = link_pad ("video_10");
  wait_want (10, 100);
  push_frame (1, 10, ALICE, TRUE, 1);
  /* When it is due. */
  fail_unless (gst_test_clock_crank (test_clock));
  outlet_wait_buffers (alice, 1);
  announce (ALICE, 0);
  wait_gaps (alice, 1);
  end = gst_clock_get_time (clock) + 10 * GST_SECOND;
  while (gst_clock_get_time (clock) < end) {
    g_mutex_lock (&outlets.lock);
    fail_if (alice->removed || alice->eos);
    g_mutex_unlock (&outlets.lock);
    fail_unless (gst_test_clock_crank (test_clock));
  }
  outlets_wait (&outlets, alice->removed);
  fail_unless (alice->eos);

  /* Later it is another stream. */
  announce (ALICE, 100, 10, 0);
  alice = link_pad ("video_10");
  wait_want (10, 100);
  push_frame (2, 10, ALICE, TRUE, 2);
  expect_frames (alice, 1, 2);
  finish ();
}
GST_END_TEST;

static Suite *
discordvoicesrc_camera_suite (void)
{
  Suite *s = suite_create ("discordvoicesrc-camera");
  TCase *tc = tcase_create ("video");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, NULL);
  tcase_add_test (tc, test_camera_off_and_on);
  tcase_add_test (tc, test_camera_off);
  return s;
}

GST_CHECK_MAIN (discordvoicesrc_camera);
