/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is counted of a sent stream, and what a receiver report says of it. */
#include "sentstream.h"

#include <gst/check/gstcheck.h>

#define SSRC 100000u
#define REPORTER 0x11223344u

static guint64
get_counter (const SentStream *stream, const gchar *name)
{
  g_autoptr (GstStructure) stats = gst_structure_new_empty ("stats");
  guint64 value = 0;

  sent_stream_add_stats (stream, stats);
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "no %s", name);
  return value;
}

static guint
get_number (const SentStream *stream, const gchar *name)
{
  g_autoptr (GstStructure) stats = gst_structure_new_empty ("stats");
  guint value = 0;

  sent_stream_add_stats (stream, stats);
  fail_unless (gst_structure_get_uint (stats, name, &value), "no %s", name);
  return value;
}

static gboolean
has (const SentStream *stream, const gchar *name)
{
  g_autoptr (GstStructure) stats = gst_structure_new_empty ("stats");

  sent_stream_add_stats (stream, stats);
  return gst_structure_has_field (stats, name);
}

static void
send_packet (SentStream *stream, guint32 ssrc, guint16 sequence, gint32 number)
{
  const RtpHeader header = {
    .sequence = sequence, .ssrc = ssrc, .size = 28, .padding = 4
  };

  sent_stream_packet (stream, &header, 132, number, 1000 * sequence);
}

GST_START_TEST (test_packets)
{
  SentStream stream = { .ssrc = 0 };

  fail_unless_equals_int (get_number (&stream, "ssrc"), 0);
  fail_unless_equals_uint64 (get_counter (&stream, "packets-sent"), 0);
  fail_if (has (&stream, "last-seqnum"));
  fail_if (has (&stream, "last-sent-time"));

  send_packet (&stream, SSRC, 65535, 0);
  send_packet (&stream, SSRC, 0, 65535);
  fail_unless_equals_int (get_number (&stream, "ssrc"), SSRC);
  fail_unless_equals_uint64 (get_counter (&stream, "packets-sent"), 2);
  fail_unless_equals_uint64 (get_counter (&stream, "octets-sent"), 200);
  fail_unless_equals_int (get_number (&stream, "last-seqnum"), 0);
  fail_unless_equals_int (get_number (&stream, "last-transport-seqnum"), 65535);
  fail_unless_equals_uint64 (get_counter (&stream, "last-sent-time"), 0);

  send_packet (&stream, SSRC, 1, SENT_STREAM_NO_TRANSPORT_SEQUENCE);
  fail_if (has (&stream, "last-transport-seqnum"));
  fail_unless_equals_uint64 (
      get_counter (&stream, "last-sent-time"), GST_MSECOND);
}
GST_END_TEST;

/* Sizes that cannot be. */
GST_START_TEST (test_nothing_but_padding)
{
  const RtpHeader header = { .ssrc = SSRC, .size = 28, .padding = 255 };
  SentStream stream = { .ssrc = 0 };

  sent_stream_packet (&stream, &header, 100, 1, 0);
  fail_unless_equals_uint64 (get_counter (&stream, "octets-sent"), 0);
}
GST_END_TEST;

static const RtcpReportBlock report = { .ssrc = SSRC,
  .fraction_lost = 64,
  .packets_lost = -3,
  .highest_sequence = 0x10005,
  .jitter = 90,
  .last_sender_report = 0x10000,
  .delay_since = 0x8000 };

GST_START_TEST (test_report)
{
  g_autoptr (GstStructure) stats = gst_structure_new_empty ("stats");
  SentStream stream = { .ssrc = 0 };
  gdouble fraction = 0, round_trip = 0;
  gint lost = 0;

  send_packet (&stream, SSRC, 1, 1);
  fail_if (has (&stream, "remote-ssrc"));
  sent_stream_report (&stream, REPORTER, &report, 0x1c000, 7000);
  sent_stream_add_stats (&stream, stats);
  fail_unless (
      gst_structure_get_double (stats, "remote-fraction-lost", &fraction));
  fail_unless (fraction == 0.25);
  fail_unless (gst_structure_get_int (stats, "remote-packets-lost", &lost));
  fail_unless_equals_int (lost, -3);
  /* 0.25 s of those 0.75 s. */
  fail_unless (
      gst_structure_get_double (stats, "round-trip-time", &round_trip));
  fail_unless (round_trip == 0.25);
  fail_unless_equals_int (get_number (&stream, "remote-ssrc"), REPORTER);
  fail_unless_equals_int (
      get_number (&stream, "remote-highest-seqnum"), 0x10005);
  fail_unless_equals_int (get_number (&stream, "remote-jitter"), 90);
  fail_unless_equals_int (get_number (&stream, "remote-last-sr"), 0x10000);
  fail_unless_equals_int (
      get_number (&stream, "remote-delay-since-last-sr"), 0x8000);
  fail_unless_equals_uint64 (
      get_counter (&stream, "remote-report-time"), 7 * GST_MSECOND);
}
GST_END_TEST;

/* A receiver that had no sender report, and one that claims to have held it
 * for longer than it was away. */
GST_START_TEST (test_no_round_trip)
{
  SentStream stream = { .ssrc = 0 };
  RtcpReportBlock early = report;

  send_packet (&stream, SSRC, 1, 1);
  early.last_sender_report = 0;
  sent_stream_report (&stream, REPORTER, &early, 0x1c000, 0);
  fail_if (has (&stream, "round-trip-time"));
  sent_stream_report (&stream, REPORTER, &report, 0x17fff, 0);
  fail_if (has (&stream, "round-trip-time"));
}
GST_END_TEST;

GST_START_TEST (test_another_stream)
{
  SentStream stream = { .ssrc = 0 };

  send_packet (&stream, SSRC, 1, 1);
  sent_stream_report (&stream, REPORTER, &report, 0x1c000, 0);
  sent_stream_forget_report (&stream);
  fail_if (has (&stream, "remote-ssrc"));
  fail_unless_equals_uint64 (get_counter (&stream, "packets-sent"), 1);

  sent_stream_report (&stream, REPORTER, &report, 0x1c000, 0);
  send_packet (&stream, SSRC + 1, 9, 2);
  fail_if (has (&stream, "remote-ssrc"));
  fail_if (has (&stream, "round-trip-time"));
  fail_unless_equals_uint64 (get_counter (&stream, "packets-sent"), 1);
  fail_unless_equals_int (get_number (&stream, "last-seqnum"), 9);
}
GST_END_TEST;

static Suite *
sent_stream_suite (void)
{
  Suite *suite = suite_create ("sentstream");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_packets);
  tcase_add_test (tc, test_nothing_but_padding);
  tcase_add_test (tc, test_report);
  tcase_add_test (tc, test_no_round_trip);
  tcase_add_test (tc, test_another_stream);
  return suite;
}

GST_CHECK_MAIN (sent_stream);
