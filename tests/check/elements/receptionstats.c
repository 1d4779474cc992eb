/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "receptionstats.h"

#define MS 1000
#define SSRC 7

static ReceptionStats stats;

static void
setup (void)
{
  reception_stats_init (&stats, 90000);
}

/* A packet each 10 ms, as regular as can be. */
static void
packet (guint32 index)
{
  reception_stats_packet (
      &stats, (guint16) index, index * 900, (gint64) index * 10 * MS);
}

static RtcpReportBlock
report (void)
{
  RtcpReportBlock block;

  reception_stats_report (&stats, SSRC, 5 * G_USEC_PER_SEC, &block);
  return block;
}

GST_START_TEST (test_no_packet)
{
  RtcpReportBlock block = report ();

  fail_unless_equals_int (block.ssrc, SSRC);
  fail_unless_equals_int (block.fraction_lost, 0);
  fail_unless_equals_int (block.packets_lost, 0);
  fail_unless_equals_int (block.highest_sequence, 0);
  fail_unless_equals_int (block.last_sender_report, 0);
  fail_unless_equals_int (block.delay_since, 0);
}
GST_END_TEST;

GST_START_TEST (test_loss_since_the_report_before)
{
  RtcpReportBlock block;

  for (guint i = 10; i < 20; i++)
    if (i != 15)
      packet (i);
  block = report ();
  fail_unless_equals_int (block.packets_lost, 1);
  fail_unless_equals_int (block.fraction_lost, 256 / 10);
  fail_unless_equals_int (block.highest_sequence, 19);
  fail_unless_equals_int (block.jitter, 0);

  for (guint i = 20; i < 24; i++)
    packet (i);
  block = report ();
  fail_unless_equals_int (block.packets_lost, 1);
  fail_unless_equals_int (block.fraction_lost, 0);

  packet (31);
  block = report ();
  fail_unless_equals_int (block.packets_lost, 8);
  fail_unless_equals_int (block.fraction_lost, 7 * 256 / 8);
  fail_unless_equals_int (report ().fraction_lost, 0);
}
GST_END_TEST;

GST_START_TEST (test_sequence_wraps)
{
  for (guint i = 65530; i < 65540; i++)
    packet (i);
  fail_unless_equals_int (report ().highest_sequence, 65539);
  fail_unless_equals_int (report ().packets_lost, 0);
}
GST_END_TEST;

/* Duplicates make it negative, late ones make up for a loss. */
GST_START_TEST (test_duplicates_and_late)
{
  packet (1);
  packet (1);
  packet (1);
  fail_unless_equals_int (report ().packets_lost, -2);
  fail_unless_equals_int (report ().fraction_lost, 0);
  packet (4);
  fail_unless_equals_int (report ().packets_lost, 0);
  packet (3);
  packet (2);
  fail_unless_equals_int (report ().packets_lost, -2);
  fail_unless_equals_int (report ().highest_sequence, 4);
}
GST_END_TEST;

/* RFC 3550 A.8: a sixteenth of each change. */
GST_START_TEST (test_jitter)
{
  reception_stats_packet (&stats, 1, 0, 0);
  reception_stats_packet (&stats, 2, 900, 10 * MS + 16 * MS);
  fail_unless_equals_int (report ().jitter, 90);
  /* the other way, and back by as much */
  reception_stats_packet (&stats, 3, 1800, 20 * MS);
  fail_unless_equals_int (report ().jitter, 90 + (16 * 90 - 90) / 16);
}
GST_END_TEST;

GST_START_TEST (test_sender_report)
{
  RtcpReportBlock block;

  reception_stats_sender_report (&stats,
      G_GUINT64_CONSTANT (0x1122334455667788), 5 * G_USEC_PER_SEC - 500 * MS);
  block = report ();
  fail_unless_equals_int (block.last_sender_report, 0x33445566);
  fail_unless_equals_int (block.delay_since, 32768);
}
GST_END_TEST;

static Suite *
receptionstats_suite (void)
{
  Suite *suite = suite_create ("receptionstats");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, NULL);
  tcase_add_test (tc, test_no_packet);
  tcase_add_test (tc, test_loss_since_the_report_before);
  tcase_add_test (tc, test_sequence_wraps);
  tcase_add_test (tc, test_duplicates_and_late);
  tcase_add_test (tc, test_jitter);
  tcase_add_test (tc, test_sender_report);
  return suite;
}

GST_CHECK_MAIN (receptionstats);
