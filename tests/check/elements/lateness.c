/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lateness.h"

#include <gst/check/gstcheck.h>

#define MS GST_MSECOND

static void
expect (Lateness *lateness, gboolean live, gboolean exact, GstClockTime due,
    GstClockTime now, gboolean send, GstClockTime shift)
{
  GstClockTime got;

  fail_unless_equals_int (
      lateness_check (lateness, live, exact, due, now, &got), send);
  fail_unless_equals_uint64 (got, shift);
}

GST_START_TEST (test_in_time)
{
  Lateness lateness;

  lateness_init (&lateness);
  for (guint live = 0; live < 2; live++) {
    expect (&lateness, live, FALSE, 100 * MS, 0, TRUE, 0);
    expect (&lateness, live, FALSE, 100 * MS, 100 * MS, TRUE, 0);
    expect (&lateness, live, FALSE, 100 * MS, 160 * MS, TRUE, 0);
  }
}
GST_END_TEST;

/* A file loses nothing and is not hurried. */
GST_START_TEST (test_file_is_shifted)
{
  Lateness lateness;

  lateness_init (&lateness);
  expect (&lateness, FALSE, FALSE, 100 * MS, 160 * MS + 1, TRUE, 60 * MS + 1);
  expect (&lateness, FALSE, FALSE, 0, 5 * GST_SECOND, TRUE, 5 * GST_SECOND);
}
GST_END_TEST;

GST_START_TEST (test_what_we_held_up_is_shifted_exactly)
{
  Lateness lateness;

  lateness_init (&lateness);
  expect (&lateness, FALSE, TRUE, 100 * MS, 103 * MS, TRUE, 3 * MS);
  expect (&lateness, FALSE, TRUE, 100 * MS, 90 * MS, TRUE, 0);
}
GST_END_TEST;

/* A stall of 500 ms, then everything at once: what is late is lost, what is
 * left goes at its times. */
GST_START_TEST (test_live_stall_is_no_burst)
{
  GstClockTime now = 2 * GST_SECOND;
  guint sent = 0;
  Lateness lateness;

  lateness_init (&lateness);
  for (guint i = 0; i < 25; i++) {
    GstClockTime due = now - 500 * MS + i * 20 * MS, shift;
    gboolean send = lateness_check (&lateness, TRUE, FALSE, due, now, &shift);

    fail_unless_equals_int (send, now - due <= 60 * MS);
    fail_unless_equals_uint64 (shift, 0);
    sent += send;
  }
  fail_unless_equals_int (sent, 3);
  expect (&lateness, TRUE, FALSE, now, now, TRUE, 0);
}
GST_END_TEST;

/* A source that said less latency than it has is not silent for ever. */
GST_START_TEST (test_live_always_late_is_believed)
{
  Lateness lateness;
  guint i;

  lateness_init (&lateness);
  for (i = 0; i < 50; i++)
    expect (&lateness, TRUE, FALSE, i * 20 * MS,
        i * 20 * MS + (i == 10 ? 80 * MS : 90 * MS), FALSE, 0);
  expect (&lateness, TRUE, FALSE, i * 20 * MS, i * 20 * MS + 90 * MS, TRUE,
      80 * MS);
  /* With the shift it is 10 ms late: fine. */
  expect (&lateness, TRUE, FALSE, 2 * GST_SECOND, 2010 * MS, TRUE, 0);
}
GST_END_TEST;

GST_START_TEST (test_live_one_in_time_breaks_the_run)
{
  Lateness lateness;

  lateness_init (&lateness);
  expect (&lateness, TRUE, FALSE, 0, 90 * MS, FALSE, 0);
  expect (&lateness, TRUE, FALSE, 1000 * MS, 1000 * MS, TRUE, 0);
  expect (&lateness, TRUE, FALSE, 1020 * MS, 1110 * MS, FALSE, 0);
}
GST_END_TEST;

static Suite *
lateness_suite (void)
{
  Suite *suite = suite_create ("lateness");
  TCase *tcase = tcase_create ("times");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_in_time);
  tcase_add_test (tcase, test_file_is_shifted);
  tcase_add_test (tcase, test_what_we_held_up_is_shifted_exactly);
  tcase_add_test (tcase, test_live_stall_is_no_burst);
  tcase_add_test (tcase, test_live_always_late_is_believed);
  tcase_add_test (tcase, test_live_one_in_time_breaks_the_run);
  return suite;
}

GST_CHECK_MAIN (lateness);
