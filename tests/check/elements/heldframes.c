/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "heldframes.h"

static HeldFrames held;

static void
setup (void)
{
  held_frames_init (&held);
}

static void
teardown (void)
{
  held_frames_clear (&held);
}

static GstBuffer *
make_frame (guint64 number)
{
  GstBuffer *frame = gst_buffer_new ();

  GST_BUFFER_OFFSET (frame) = number;
  return frame;
}

static void
expect_next (guint64 number)
{
  GstBuffer *frame = held_frames_peek (&held);

  fail_unless (frame != NULL);
  ASSERT_MINI_OBJECT_REFCOUNT (frame, "held frame", 1);
  fail_unless (held_frames_pop (&held) == frame);
  fail_unless_equals_uint64 (GST_BUFFER_OFFSET (frame), number);
  gst_buffer_unref (frame);
}

GST_START_TEST (test_order)
{
  fail_unless (held_frames_peek (&held) == NULL);
  fail_unless (held_frames_pop (&held) == NULL);
  for (guint i = 0; i < 3; i++)
    fail_unless_equals_int (held_frames_push (&held, make_frame (i), i), 0);
  for (guint i = 0; i < 3; i++)
    expect_next (i);
  fail_unless (held_frames_pop (&held) == NULL);
}
GST_END_TEST;

/* The newest stay: behind a keyframe among them there is a picture. */
GST_START_TEST (test_most)
{
  for (guint i = 0; i < HELD_FRAMES_MAX; i++)
    fail_unless_equals_int (held_frames_push (&held, make_frame (i), 0), 0);
  fail_unless_equals_int (
      held_frames_push (&held, make_frame (HELD_FRAMES_MAX), 0), 1);
  for (guint i = 1; i <= HELD_FRAMES_MAX; i++)
    expect_next (i);
  fail_unless (held_frames_peek (&held) == NULL);
}
GST_END_TEST;

GST_START_TEST (test_longest)
{
  const GstClockTime start = 5 * GST_SECOND;

  fail_unless_equals_int (held_frames_expire (&held, start), 0);
  for (guint i = 0; i < 3; i++)
    held_frames_push (&held, make_frame (i), start + i * GST_SECOND);
  fail_unless_equals_int (
      held_frames_expire (&held, start + HELD_FRAMES_TIME - 1), 0);
  fail_unless_equals_int (
      held_frames_expire (&held, start + HELD_FRAMES_TIME), 1);
  expect_next (1);
  fail_unless_equals_int (
      held_frames_expire (&held, start + 2 * HELD_FRAMES_TIME), 1);
  fail_unless (held_frames_peek (&held) == NULL);
}
GST_END_TEST;

static Suite *
heldframes_suite (void)
{
  Suite *suite = suite_create ("heldframes");
  TCase *tcase = tcase_create ("state");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, test_order);
  tcase_add_test (tcase, test_most);
  tcase_add_test (tcase, test_longest);
  return suite;
}

GST_CHECK_MAIN (heldframes);
