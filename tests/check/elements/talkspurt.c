/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "talkspurt.h"

#include <gst/check/gstcheck.h>

#define MS GST_MSECOND

static Talkspurt
talking_since (GstClockTime now)
{
  Talkspurt spurt;

  talkspurt_init (&spurt);
  talkspurt_sent (&spurt, now);
  return spurt;
}

/* Five frames at their pace, then the end, with nobody late. */
static void
expect_trail (Talkspurt *spurt, GstClockTime start)
{
  for (guint i = 0; i < 5; i++) {
    GstClockTime due = start + i * 20 * MS;

    fail_unless_equals_uint64 (spurt->due, due);
    if (due > 0)
      fail_unless_equals_int (talkspurt_poll (spurt, due - 1), TALKSPURT_WAIT);
    fail_unless_equals_int (
        talkspurt_poll (spurt, due), TALKSPURT_SEND_SILENCE);
  }
  fail_unless_equals_int (
      talkspurt_poll (spurt, start + 80 * MS), TALKSPURT_STOP);
  fail_unless_equals_int (spurt->state, TALKSPURT_SILENT);
  fail_if (GST_CLOCK_TIME_IS_VALID (spurt->due));
  fail_unless_equals_int (
      talkspurt_poll (spurt, start + GST_SECOND), TALKSPURT_WAIT);
}

GST_START_TEST (test_silent_until_a_frame)
{
  Talkspurt spurt;

  talkspurt_init (&spurt);
  fail_unless_equals_int (spurt.state, TALKSPURT_SILENT);
  fail_unless_equals_int (talkspurt_poll (&spurt, GST_SECOND), TALKSPURT_WAIT);
  talkspurt_end (&spurt, GST_SECOND);
  fail_unless_equals_int (spurt.state, TALKSPURT_SILENT);
}
GST_END_TEST;

GST_START_TEST (test_pause_of_100_ms)
{
  Talkspurt spurt = talking_since (GST_SECOND);

  fail_unless_equals_int (
      talkspurt_poll (&spurt, GST_SECOND + 100 * MS - 1), TALKSPURT_WAIT);
  fail_unless_equals_int (spurt.state, TALKSPURT_TALKING);
  expect_trail (&spurt, GST_SECOND + 100 * MS);
}
GST_END_TEST;

/* Frames of the longest duration are 60 ms apart and never look like a pause. */
GST_START_TEST (test_frames_put_the_pause_off)
{
  Talkspurt spurt = talking_since (0);

  for (guint i = 1; i < 100; i++) {
    fail_unless_equals_int (
        talkspurt_poll (&spurt, i * 60 * MS), TALKSPURT_WAIT);
    talkspurt_sent (&spurt, i * 60 * MS);
  }
  expect_trail (&spurt, 99 * 60 * MS + 100 * MS);
}
GST_END_TEST;

GST_START_TEST (test_end_starts_at_once)
{
  Talkspurt spurt = talking_since (GST_SECOND);

  talkspurt_end (&spurt, GST_SECOND + 7 * MS);
  expect_trail (&spurt, GST_SECOND + 7 * MS);
}
GST_END_TEST;

GST_START_TEST (test_end_twice_is_once)
{
  Talkspurt spurt = talking_since (0);

  talkspurt_end (&spurt, 0);
  fail_unless_equals_int (talkspurt_poll (&spurt, 0), TALKSPURT_SEND_SILENCE);
  talkspurt_end (&spurt, 10 * MS);
  fail_unless_equals_int (spurt.left, 4);
  fail_unless_equals_uint64 (spurt.due, 20 * MS);
}
GST_END_TEST;

/* Speaking was not ended yet, so it need not be announced again. */
GST_START_TEST (test_frame_during_the_trail)
{
  Talkspurt spurt = talking_since (0);

  talkspurt_end (&spurt, 0);
  fail_unless_equals_int (talkspurt_poll (&spurt, 0), TALKSPURT_SEND_SILENCE);
  talkspurt_sent (&spurt, 15 * MS);
  fail_unless_equals_int (spurt.state, TALKSPURT_TALKING);
  fail_unless_equals_int (talkspurt_poll (&spurt, 20 * MS), TALKSPURT_WAIT);
  expect_trail (&spurt, 115 * MS);
}
GST_END_TEST;

/* Whoever polls late does not get all frames at once. */
GST_START_TEST (test_late_poll_is_no_burst)
{
  Talkspurt spurt = talking_since (0);
  GstClockTime now = 10 * GST_SECOND;

  for (guint i = 0; i < 5; i++) {
    fail_unless_equals_int (
        talkspurt_poll (&spurt, now), TALKSPURT_SEND_SILENCE);
    if (i < 4) {
      fail_unless_equals_int (talkspurt_poll (&spurt, now), TALKSPURT_WAIT);
      fail_unless (spurt.due >= now + 10 * MS);
      now = spurt.due;
    }
  }
  fail_unless_equals_int (talkspurt_poll (&spurt, now), TALKSPURT_STOP);
}
GST_END_TEST;

static Suite *
talkspurt_suite (void)
{
  Suite *suite = suite_create ("talkspurt");
  TCase *tcase = tcase_create ("times");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_silent_until_a_frame);
  tcase_add_test (tcase, test_pause_of_100_ms);
  tcase_add_test (tcase, test_frames_put_the_pause_off);
  tcase_add_test (tcase, test_end_starts_at_once);
  tcase_add_test (tcase, test_end_twice_is_once);
  tcase_add_test (tcase, test_frame_during_the_trail);
  tcase_add_test (tcase, test_late_poll_is_no_burst);
  return suite;
}

GST_CHECK_MAIN (talkspurt);
