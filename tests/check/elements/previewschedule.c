/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When previews are uploaded (golive 8), on a clock that the test turns. */
#include <gst/check/gstcheck.h>

#include "previewschedule.h"

#define S G_USEC_PER_SEC
#define NEVER G_MAXINT64

static const PreviewTimes times = {
  .start_delay = S / 2, .interval = 300 * S, .retry_interval = 60 * S
};

static PreviewSchedule
started (gint64 now)
{
  PreviewSchedule schedule;

  preview_schedule_init (&schedule, &times);
  fail_unless_equals_int64 (preview_schedule_due (&schedule), NEVER);
  preview_schedule_start (&schedule, now);
  return schedule;
}

/* Tries what is due at @now, not a microsecond before. */
static void
attempt (PreviewSchedule *schedule, gint64 now, PreviewOutcome outcome)
{
  fail_unless_equals_int64 (preview_schedule_due (schedule), now);
  fail_if (preview_schedule_take (schedule, now - 1));
  fail_unless (preview_schedule_take (schedule, now));
  /* One at a time. */
  fail_unless_equals_int64 (preview_schedule_due (schedule), NEVER);
  fail_if (preview_schedule_take (schedule, now + 1000 * S));
  preview_schedule_done (schedule, outcome, now);
}

GST_START_TEST (test_intervals)
{
  PreviewSchedule schedule = started (10 * S);
  gint64 now = 10 * S + S / 2;

  attempt (&schedule, now, PREVIEW_SKIPPED);
  attempt (&schedule, now += 60 * S, PREVIEW_FAILED);
  attempt (&schedule, now += 60 * S, PREVIEW_UPLOADED);
  attempt (&schedule, now += 300 * S, PREVIEW_UPLOADED);
  attempt (&schedule, now += 300 * S, PREVIEW_FAILED);
  fail_unless_equals_int64 (preview_schedule_due (&schedule), now + 60 * S);
}
GST_END_TEST;

/* The interval counts from the end of an upload. */
GST_START_TEST (test_slow_upload)
{
  PreviewSchedule schedule = started (0);

  fail_unless (preview_schedule_take (&schedule, S));
  preview_schedule_done (&schedule, PREVIEW_UPLOADED, 400 * S);
  attempt (&schedule, 700 * S, PREVIEW_UPLOADED);
}
GST_END_TEST;

GST_START_TEST (test_stop)
{
  PreviewSchedule schedule = started (0);

  attempt (&schedule, S / 2, PREVIEW_UPLOADED);
  preview_schedule_stop (&schedule);
  fail_unless_equals_int64 (preview_schedule_due (&schedule), NEVER);
  /* A new session begins anew, with the short delay. */
  preview_schedule_start (&schedule, 20 * S);
  attempt (&schedule, 20 * S + S / 2, PREVIEW_UPLOADED);
  /* Told twice, it goes on. */
  preview_schedule_start (&schedule, 30 * S);
  attempt (&schedule, 320 * S + S / 2, PREVIEW_UPLOADED);
}
GST_END_TEST;

/* What was under way when the session went says nothing of the next one. */
GST_START_TEST (test_forgotten)
{
  PreviewSchedule schedule = started (0);

  fail_unless (preview_schedule_take (&schedule, S));
  preview_schedule_stop (&schedule);
  preview_schedule_done (&schedule, PREVIEW_GONE, 2 * S);
  preview_schedule_start (&schedule, 3 * S);
  attempt (&schedule, 3 * S + S / 2, PREVIEW_UPLOADED);
}
GST_END_TEST;

GST_START_TEST (test_gone)
{
  PreviewSchedule schedule = started (0);

  attempt (&schedule, S / 2, PREVIEW_GONE);
  fail_unless_equals_int64 (preview_schedule_due (&schedule), NEVER);
  /* Another server is not another stream. */
  preview_schedule_stop (&schedule);
  preview_schedule_start (&schedule, 5 * S);
  fail_unless_equals_int64 (preview_schedule_due (&schedule), NEVER);
  preview_schedule_created (&schedule);
  attempt (&schedule, 5 * S + S / 2, PREVIEW_UPLOADED);
}
GST_END_TEST;

GST_START_TEST (test_refused)
{
  PreviewSchedule schedule = started (0);

  attempt (&schedule, S / 2, PREVIEW_REFUSED);
  preview_schedule_created (&schedule);
  preview_schedule_stop (&schedule);
  preview_schedule_start (&schedule, 5 * S);
  fail_unless_equals_int64 (preview_schedule_due (&schedule), NEVER);
}
GST_END_TEST;

GST_START_TEST (test_times_change)
{
  const PreviewTimes shorter = {
    .start_delay = 0, .interval = 100 * S, .retry_interval = 10 * S
  };
  PreviewSchedule schedule = started (0);

  attempt (&schedule, S / 2, PREVIEW_UPLOADED);
  preview_schedule_set_times (&schedule, &shorter);
  attempt (&schedule, 100 * S + S / 2, PREVIEW_FAILED);
  attempt (&schedule, 110 * S + S / 2, PREVIEW_FAILED);
}
GST_END_TEST;

static Suite *
preview_schedule_suite (void)
{
  Suite *suite = suite_create ("previewschedule");
  TCase *tc = tcase_create ("elements");

  tcase_add_test (tc, test_intervals);
  tcase_add_test (tc, test_slow_upload);
  tcase_add_test (tc, test_stop);
  tcase_add_test (tc, test_forgotten);
  tcase_add_test (tc, test_gone);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_times_change);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (preview_schedule);
