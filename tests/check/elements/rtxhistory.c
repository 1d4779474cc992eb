/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "rtxhistory.h"

#define MS 1000
#define GUARD (20 * MS)
#define SIZE 1000

static RtxHistory *history;

static void
setup (void)
{
  history = rtx_history_new ();
}

static void
teardown (void)
{
  rtx_history_free (history);
}

static GstBuffer *
add_sized (guint16 sequence, gsize size, gint64 now)
{
  GstBuffer *packet = gst_buffer_new_allocate (NULL, size, NULL);

  rtx_history_add (history, sequence, packet, now);
  gst_buffer_unref (packet);
  return packet; /* for comparison */
}

static GstBuffer *
add (guint16 sequence, gint64 now)
{
  return add_sized (sequence, SIZE, now);
}

static RtxHistoryResult
take (guint16 sequence, gint64 now)
{
  g_autoptr (GstBuffer) packet = NULL;

  return rtx_history_take (history, sequence, now, GUARD, &packet);
}

GST_START_TEST (test_empty)
{
  fail_unless_equals_int (take (0, 1), RTX_HISTORY_UNKNOWN);
  rtx_history_clear (history);
  fail_unless_equals_int (rtx_history_get_packets (history), 0);
}
GST_END_TEST;

GST_START_TEST (test_takes_what_was_added)
{
  GstBuffer *expected[4];

  for (guint16 i = 0; i < 4; i++)
    expected[i] = add (65534 + i, 1);
  for (guint16 i = 0; i < 4; i++) {
    g_autoptr (GstBuffer) packet = NULL;

    fail_unless_equals_int (
        rtx_history_take (history, 65534 + i, 1, GUARD, &packet),
        RTX_HISTORY_FOUND);
    fail_unless (packet == expected[i]);
  }
  fail_unless_equals_int (take (65533, 1), RTX_HISTORY_UNKNOWN);
  fail_unless_equals_int (take (2, 1), RTX_HISTORY_UNKNOWN);
}
GST_END_TEST;

GST_START_TEST (test_not_twice_within_guard)
{
  add (1, 1);
  fail_unless_equals_int (take (1, 1), RTX_HISTORY_FOUND);
  fail_unless_equals_int (take (1, GUARD), RTX_HISTORY_TOO_SOON);
  fail_unless_equals_int (take (1, 1 + GUARD), RTX_HISTORY_FOUND);
  fail_unless_equals_int (take (1, 2 + GUARD), RTX_HISTORY_TOO_SOON);
}
GST_END_TEST;

GST_START_TEST (test_bounded_by_packets)
{
  for (guint i = 0; i < 3 * RTX_HISTORY_MAX_PACKETS; i++)
    add_sized ((guint16) i, 10, 1);
  fail_unless_equals_int (
      rtx_history_get_packets (history), RTX_HISTORY_MAX_PACKETS);
  fail_unless_equals_int (
      take (2 * RTX_HISTORY_MAX_PACKETS - 1, 1), RTX_HISTORY_UNKNOWN);
  fail_unless_equals_int (
      take (2 * RTX_HISTORY_MAX_PACKETS, 1), RTX_HISTORY_FOUND);
}
GST_END_TEST;

GST_START_TEST (test_bounded_by_bytes)
{
  const gsize size = RTX_HISTORY_MAX_BYTES / 4;

  for (guint16 i = 0; i < 6; i++)
    add_sized (i, size, 1);
  fail_unless_equals_int (rtx_history_get_packets (history), 4);
  fail_unless (rtx_history_get_bytes (history) == 4 * size);
  fail_unless_equals_int (take (1, 1), RTX_HISTORY_UNKNOWN);
  fail_unless_equals_int (take (2, 1), RTX_HISTORY_FOUND);
}
GST_END_TEST;

GST_START_TEST (test_bounded_by_age)
{
  add (1, 1);
  add (2, 1 + RTX_HISTORY_MAX_AGE / 2);
  fail_unless_equals_int (take (1, 1 + RTX_HISTORY_MAX_AGE), RTX_HISTORY_FOUND);
  /* also when nothing is sent any more */
  fail_unless_equals_int (
      take (1, 2 + RTX_HISTORY_MAX_AGE), RTX_HISTORY_UNKNOWN);
  fail_unless_equals_int (rtx_history_get_packets (history), 1);
  add (3, 2 + 2 * RTX_HISTORY_MAX_AGE);
  fail_unless_equals_int (rtx_history_get_packets (history), 1);
  fail_unless_equals_int (rtx_history_get_bytes (history), SIZE);
}
GST_END_TEST;

/* Packets that were never sent are no part of it. */
GST_START_TEST (test_gaps)
{
  add (1, 1);
  add (5, 1);
  fail_unless_equals_int (take (3, 1), RTX_HISTORY_UNKNOWN);
  fail_unless_equals_int (take (1, 1), RTX_HISTORY_FOUND);
  fail_unless_equals_int (rtx_history_get_packets (history), 2);
  /* the one before the gap ages, and the gap with it */
  add (6, 1 + RTX_HISTORY_MAX_AGE);
  add (7, 2 + RTX_HISTORY_MAX_AGE);
  fail_unless_equals_int (rtx_history_get_packets (history), 2);
}
GST_END_TEST;

/* A new stream under the same number. */
GST_START_TEST (test_jump)
{
  for (guint16 i = 100; i < 110; i++)
    add (i, 1);
  add (50000, 1);
  fail_unless_equals_int (rtx_history_get_packets (history), 1);
  fail_unless_equals_int (take (105, 1), RTX_HISTORY_UNKNOWN);
  add (40, 1);
  fail_unless_equals_int (rtx_history_get_packets (history), 1);
  fail_unless_equals_int (take (40, 1), RTX_HISTORY_FOUND);
  /* the same number again */
  add (40, 1);
  fail_unless_equals_int (rtx_history_get_packets (history), 1);
  fail_unless_equals_int (rtx_history_get_bytes (history), SIZE);
}
GST_END_TEST;

static Suite *
rtxhistory_suite (void)
{
  Suite *suite = suite_create ("rtxhistory");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_empty);
  tcase_add_test (tc, test_takes_what_was_added);
  tcase_add_test (tc, test_not_twice_within_guard);
  tcase_add_test (tc, test_bounded_by_packets);
  tcase_add_test (tc, test_bounded_by_bytes);
  tcase_add_test (tc, test_bounded_by_age);
  tcase_add_test (tc, test_gaps);
  tcase_add_test (tc, test_jump);
  return suite;
}

GST_CHECK_MAIN (rtxhistory);
