/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "receivewatchdog.h"

/* A member who hears nobody is told apart from one whom nothing reaches. */
GST_START_TEST (pain_07_silence_is_no_stall)
{
  ReceiveWatchdog watchdog = { 0 };

  for (guint sent = 1; sent < 100; sent++)
    fail_if (receive_watchdog_update (&watchdog, 0, sent, 0));
}
GST_END_TEST;

GST_START_TEST (pain_07_unanswered_pings_are)
{
  ReceiveWatchdog watchdog = { 0 };

  fail_if (receive_watchdog_update (&watchdog, 500, 10, 0));
  fail_if (receive_watchdog_update (&watchdog, 500, 11, 0));
  fail_if (receive_watchdog_update (&watchdog, 500, 12, 1));
  fail_if (receive_watchdog_update (&watchdog, 500, 13, 2));
  fail_unless (receive_watchdog_update (&watchdog, 500, 14, 3));
  /* told once */
  fail_if (receive_watchdog_update (&watchdog, 500, 15, 4));
  fail_if (receive_watchdog_update (&watchdog, 500, 16, 5));
}
GST_END_TEST;

GST_START_TEST (pain_07_any_packet_ends_it)
{
  ReceiveWatchdog watchdog = { 0 };

  fail_if (receive_watchdog_update (&watchdog, 1, 10, 0));
  fail_unless (receive_watchdog_update (&watchdog, 1, 13, 3));
  fail_if (receive_watchdog_update (&watchdog, 2, 14, 4));
  fail_if (receive_watchdog_update (&watchdog, 2, 16, 6));
  fail_unless (receive_watchdog_update (&watchdog, 2, 17, 7));
}
GST_END_TEST;

/* Counters of a connection made anew start at zero. */
GST_START_TEST (test_counters_restart)
{
  ReceiveWatchdog watchdog = { 0 };

  fail_if (receive_watchdog_update (&watchdog, 9, 100, 50));
  fail_if (receive_watchdog_update (&watchdog, 0, 1, 0));
  fail_if (receive_watchdog_update (&watchdog, 0, 3, 2));
  fail_unless (receive_watchdog_update (&watchdog, 0, 4, 3));
}
GST_END_TEST;

static Suite *
receivewatchdog_suite (void)
{
  Suite *suite = suite_create ("receivewatchdog");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, pain_07_silence_is_no_stall);
  tcase_add_test (tc, pain_07_unanswered_pings_are);
  tcase_add_test (tc, pain_07_any_packet_ends_it);
  tcase_add_test (tc, test_counters_restart);
  return suite;
}

GST_CHECK_MAIN (receivewatchdog);
