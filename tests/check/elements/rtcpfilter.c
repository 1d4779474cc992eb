/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "rtcpfilter.h"

#include <string.h>

#define OURS 0x11223344

/* Sender report with one report block, then SDES (CNAME "ab"), then BYE: what an
 * rtpsession sends. */
static const guint8 compound[] = {
  0x81, 200, 0, 12, 0x11, 0x22, 0x33, 0x44, /* SR, RC 1 */
  1, 2, 3, 4, 5, 6, 7, 8, /* NTP */
  9, 10, 11, 12, 0, 0, 0, 50, 0, 0, 31, 64, /* RTP time, packets, octets */
  0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, /* block */
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 202, 0, 2, 0x11, 0x22, 0x33, 0x44,
  1, 2, 'a', 'b', /* SDES */
  0x81, 203, 0, 1, 0x11, 0x22, 0x33, 0x44, /* BYE */
};

static guint
count_sent (const guint8 *data, gsize size, guint32 ssrc)
{
  RtcpPacket packet;
  RtcpIter iter;
  guint count = 0;

  rtcp_iter_init (&iter, data, size);
  while (rtcp_iter_next (&iter, &packet))
    count += discord_rtcp_may_send (&packet, ssrc) ? 1 : 0;
  return count;
}

static guint
count_received (const guint8 *data, gsize size)
{
  RtcpPacket packet;
  RtcpIter iter;
  guint count = 0;

  rtcp_iter_init (&iter, data, size);
  while (rtcp_iter_next (&iter, &packet))
    count += discord_rtcp_may_receive (&packet) ? 1 : 0;
  return count;
}

GST_START_TEST (test_compound)
{
  fail_unless_equals_int (count_sent (compound, sizeof (compound), OURS), 1);
  fail_unless_equals_int (count_received (compound, sizeof (compound)), 1);
}
GST_END_TEST;

GST_START_TEST (test_foreign_or_no_ssrc)
{
  static const guint8 pli[] = { 0x81, 206, 0, 2, 0x11, 0x22, 0x33, 0x44, 0, 0,
    0, 9 };

  /* The connection knows which of the reports' SSRCs are ours. */
  fail_unless_equals_int (count_sent (compound, sizeof (compound), 7), 1);
  fail_unless_equals_int (count_sent (compound, sizeof (compound), 0), 0);
  fail_unless_equals_int (count_sent (pli, sizeof (pli), 7), 0);
  fail_unless_equals_int (count_sent (pli, sizeof (pli), 0), 0);
}
GST_END_TEST;

GST_START_TEST (test_sender_report_loses_its_blocks)
{
  guint8 report[DISCORD_RTCP_SENDER_REPORT_SIZE];
  RtcpPacket packet;
  RtcpIter iter;

  rtcp_iter_init (&iter, compound, sizeof (compound));
  fail_unless (rtcp_iter_next (&iter, &packet));
  fail_unless_equals_int (discord_rtcp_wire_size (&packet), 52);
  fail_unless (discord_rtcp_copy_sender_report (&packet, report));
  fail_unless_equals_int (report[0], 0x80);
  fail_unless_equals_int (report[1], 200);
  fail_unless_equals_int (GST_READ_UINT16_BE (report + 2), 6);
  /* SSRC, NTP and RTP time, packet and octet counts */
  fail_unless (memcmp (report + 4, compound + 4, 24) == 0);

  fail_unless (rtcp_iter_next (&iter, &packet));
  fail_if (discord_rtcp_copy_sender_report (&packet, report));
}
GST_END_TEST;

GST_START_TEST (test_receiver_report_and_feedback)
{
  static const guint8 rr[] = { 0x80, 201, 0, 1, 0x11, 0x22, 0x33, 0x44 };
  static const guint8 pli[] = { 0x81, 206, 0, 2, 0x11, 0x22, 0x33, 0x44, 0, 0,
    0, 9 };
  static const guint8 nack[] = { 0x81, 205, 0, 3, 0x11, 0x22, 0x33, 0x44, 0, 0,
    0, 9, 0, 1, 0, 0 };
  static const guint8 fir[] = { 0x84, 206, 0, 4, 0x11, 0x22, 0x33, 0x44, 0, 0,
    0, 9, 0, 0, 0, 9, 1, 0, 0, 0 };
  static const guint8 app[] = { 0x80, 204, 0, 2, 0x11, 0x22, 0x33, 0x44, 'a',
    'b', 'c', 'd' };

  fail_unless_equals_int (count_sent (rr, sizeof (rr), OURS), 0);
  fail_unless_equals_int (count_sent (pli, sizeof (pli), OURS), 1);
  fail_unless_equals_int (count_sent (nack, sizeof (nack), OURS), 1);
  fail_unless_equals_int (count_sent (fir, sizeof (fir), OURS), 0);
  fail_unless_equals_int (count_sent (app, sizeof (app), OURS), 0);
  fail_unless_equals_int (count_received (rr, sizeof (rr)), 1);
  fail_unless_equals_int (count_received (pli, sizeof (pli)), 1);
  fail_unless_equals_int (count_received (app, sizeof (app)), 0);
}
GST_END_TEST;

static RtcpPacket
make_report (guint8 report[DISCORD_RTCP_SENDER_REPORT_SIZE], guint32 ssrc,
    guint32 packets)
{
  static const guint8 header[] = { 0x80, 200, 0, 6 };
  RtcpPacket packet;
  RtcpIter iter;

  memset (report, 0, DISCORD_RTCP_SENDER_REPORT_SIZE);
  memcpy (report, header, sizeof (header));
  GST_WRITE_UINT32_BE (report + 4, ssrc);
  GST_WRITE_UINT32_BE (report + 20, packets);
  rtcp_iter_init (&iter, report, DISCORD_RTCP_SENDER_REPORT_SIZE);
  fail_unless (rtcp_iter_next (&iter, &packet));
  return packet;
}

static gboolean
pass_report (RtcpReportGate *gate, guint32 ssrc, guint32 packets, gint64 time)
{
  guint8 report[DISCORD_RTCP_SENDER_REPORT_SIZE];
  RtcpPacket packet = make_report (report, ssrc, packets);

  return discord_rtcp_report_gate_pass (gate, &packet, time);
}

/* media-transport 8: about once a second while sending */
GST_START_TEST (test_sender_reports_are_rare)
{
  static const guint8 pli[] = { 0x81, 206, 0, 2, 0x11, 0x22, 0x33, 0x44, 0, 0,
    0, 9 };
  RtcpReportGate gate = { 0 };
  RtcpPacket packet;
  RtcpIter iter;

  fail_if (pass_report (&gate, OURS, 0, 5));
  fail_unless (pass_report (&gate, OURS, 1, 10));
  fail_if (pass_report (&gate, OURS, 2, 3010));
  fail_if (pass_report (&gate, OURS, 40, 899999));
  fail_unless (pass_report (&gate, OURS, 45, 900010));
  /* nothing was sent since */
  fail_if (pass_report (&gate, OURS, 45, 2000000));
  fail_if (pass_report (&gate, OURS, 45, 90000000));
  fail_unless (pass_report (&gate, OURS, 46, 90000001));
  /* another session */
  fail_unless (pass_report (&gate, OURS + 1, 46, 90000002));

  rtcp_iter_init (&iter, pli, sizeof (pli));
  fail_unless (rtcp_iter_next (&iter, &packet));
  fail_unless (discord_rtcp_report_gate_pass (&gate, &packet, 90000003));
  fail_unless (discord_rtcp_report_gate_pass (&gate, &packet, 90000003));
}
GST_END_TEST;

static gboolean
is_single_report (const guint8 *data, gsize size, guint32 audio_ssrc)
{
  RtcpPacket packet;
  RtcpIter iter;

  rtcp_iter_init (&iter, data, size);
  fail_unless (rtcp_iter_next (&iter, &packet));
  return discord_rtcp_is_single_report (&packet, audio_ssrc);
}

GST_START_TEST (test_single_report)
{
  guint8 rr[56] = { 0x81, 201, 0, 7, 0x11, 0x22, 0x33, 0x44 };

  fail_unless (is_single_report (rr, 32, OURS));
  fail_if (is_single_report (rr, 32, OURS + 1));
  fail_if (is_single_report (rr, 32, 0));
  fail_if (is_single_report (compound, sizeof (compound), OURS));
  /* about nobody, about two, and with an extension */
  rr[0] = 0x80;
  rr[3] = 1;
  fail_if (is_single_report (rr, 8, OURS));
  rr[0] = 0x82;
  rr[3] = 13;
  fail_if (is_single_report (rr, 56, OURS));
  rr[0] = 0x81;
  fail_if (is_single_report (rr, 56, OURS));
}
GST_END_TEST;

static gboolean
pass_one_of (
    RtcpReportGate gates[2], guint32 ssrc, guint32 packets, gint64 time)
{
  guint8 report[DISCORD_RTCP_SENDER_REPORT_SIZE];
  RtcpPacket packet = make_report (report, ssrc, packets);

  return discord_rtcp_report_gates_pass (gates, 2, &packet, time);
}

/* One stream's reports do not hold back another's. */
GST_START_TEST (test_sender_reports_of_several)
{
  RtcpReportGate gates[2] = { { 0 } };

  fail_unless (pass_one_of (gates, 1, 10, 1));
  fail_unless (pass_one_of (gates, 2, 10, 2));
  fail_if (pass_one_of (gates, 1, 11, 3));
  fail_if (pass_one_of (gates, 2, 11, 4));
  fail_unless (pass_one_of (gates, 2, 12, 1000000));
  /* a third takes the place of the first */
  fail_unless (pass_one_of (gates, 3, 10, 1000001));
  fail_if (pass_one_of (gates, 2, 13, 1000002));
  fail_unless (pass_one_of (gates, 1, 11, 1000003));
}
GST_END_TEST;

/* Every prefix, and a length that lies. */
GST_START_TEST (test_truncated)
{
  guint8 *copy;

  for (gsize size = 0; size < 52; size++) {
    copy = g_memdup2 (compound, size);
    fail_unless_equals_int (count_sent (copy, size, OURS), 0);
    g_free (copy);
  }
  copy = g_memdup2 (compound, sizeof (compound));
  copy[3] = 200;
  fail_unless_equals_int (count_sent (copy, sizeof (compound), OURS), 0);
  g_free (copy);
}
GST_END_TEST;

static Suite *
rtcpfilter_suite (void)
{
  Suite *suite = suite_create ("rtcpfilter");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_compound);
  tcase_add_test (tc, test_foreign_or_no_ssrc);
  tcase_add_test (tc, test_sender_report_loses_its_blocks);
  tcase_add_test (tc, test_receiver_report_and_feedback);
  tcase_add_test (tc, test_sender_reports_are_rare);
  tcase_add_test (tc, test_single_report);
  tcase_add_test (tc, test_sender_reports_of_several);
  tcase_add_test (tc, test_truncated);
  return suite;
}

GST_CHECK_MAIN (rtcpfilter);
