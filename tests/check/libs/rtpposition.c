/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/discord/session/rtpposition.h>

#define RATE 48000
#define MS 1000
#define FRAME (20 * MS)
#define TICKS 960 /* of 20 ms */
#define START G_GINT64_CONSTANT (86400000000)

/* @count frames of 20 ms, each sent @interval behind the one before; the first
 * one at @now has sequence number @seqnum. */
static void
note_run (DiscordRtpPosition *position, guint16 seqnum, guint32 timestamp,
    guint count, gint64 now, gint64 interval)
{
  for (guint i = 0; i < count; i++)
    discord_rtp_position_note (
        position, seqnum + i, timestamp + i * TICKS, now + i * interval);
}

static void
expect_next (const DiscordRtpPosition *position, gint64 now, guint16 seqnum,
    guint32 timestamp)
{
  guint32 next_timestamp;
  guint16 next_seqnum;

  fail_unless (
      discord_rtp_position_next (position, now, &next_seqnum, &next_timestamp));
  fail_unless_equals_int (next_seqnum, seqnum);
  fail_unless_equals_int64 (next_timestamp, timestamp);
}

GST_START_TEST (test_nothing_sent)
{
  DiscordRtpPosition position;
  guint32 timestamp;
  guint16 seqnum;

  discord_rtp_position_init (&position, RATE);
  fail_if (discord_rtp_position_next (&position, START, &seqnum, &timestamp));
}
GST_END_TEST;

GST_START_TEST (test_time_passes)
{
  DiscordRtpPosition position;

  discord_rtp_position_init (&position, RATE);
  discord_rtp_position_note (&position, 100, 5000, START);
  expect_next (&position, START + FRAME, 101, 5000 + TICKS);
  expect_next (&position, START + 30 * MS, 101, 5000 + 30 * 48);
  expect_next (&position, START + G_TIME_SPAN_HOUR, 101, 5000 + 3600 * RATE);
}
GST_END_TEST;

GST_START_TEST (test_both_wrap)
{
  DiscordRtpPosition position;

  discord_rtp_position_init (&position, RATE);
  discord_rtp_position_note (&position, G_MAXUINT16, G_MAXUINT32, START);
  expect_next (&position, START + G_USEC_PER_SEC, 0, RATE - 1);
  discord_rtp_position_note (&position, 0, RATE - 1, START + G_USEC_PER_SEC);
  expect_next (&position, START + 2 * G_USEC_PER_SEC, 1, 2 * RATE - 1);
}
GST_END_TEST;

/* Frames do not overlap, however soon the next one comes. */
GST_START_TEST (test_behind_the_last_frame)
{
  DiscordRtpPosition position;

  discord_rtp_position_init (&position, RATE);
  discord_rtp_position_note (&position, 1, 0, START);
  expect_next (&position, START, 2, TICKS);
  discord_rtp_position_note (&position, 2, 3 * TICKS, START + 3 * FRAME);
  expect_next (&position, START + 3 * FRAME + MS, 3, 6 * TICKS);
  /* A pause was no long frame. */
  discord_rtp_position_note (&position, 3, 500 * TICKS, START + 500 * FRAME);
  expect_next (&position, START + 500 * FRAME, 4, 506 * TICKS);
}
GST_END_TEST;

/* The packets of a video frame. */
GST_START_TEST (test_packets_of_one_frame)
{
  DiscordRtpPosition position;

  discord_rtp_position_init (&position, RATE);
  for (guint i = 0; i < 4; i++)
    discord_rtp_position_note (&position, i, 0, START + i * MS);
  expect_next (&position, START + 100 * MS, 4, 100 * 48);
}
GST_END_TEST;

/* What was sent ahead of its time is not ahead for ever. */
GST_START_TEST (test_sent_at_once)
{
  DiscordRtpPosition position;

  discord_rtp_position_init (&position, RATE);
  note_run (&position, 0, 0, 10, START, FRAME);
  note_run (&position, 10, 10 * TICKS, 5, START + 10 * FRAME, 10);
  expect_next (&position, START + G_USEC_PER_SEC, 15, RATE);
  /* Not yet over. */
  expect_next (&position, START + 11 * FRAME, 15, 15 * TICKS);
}
GST_END_TEST;

/* What was late and caught up is on time again. */
GST_START_TEST (test_caught_up)
{
  DiscordRtpPosition position;

  discord_rtp_position_init (&position, RATE);
  discord_rtp_position_note (&position, 0, 0, START);
  note_run (&position, 1, TICKS, 5, START + 5 * FRAME, 10);
  discord_rtp_position_note (&position, 6, 6 * TICKS, START + 6 * FRAME);
  expect_next (&position, START + G_USEC_PER_SEC, 7, RATE);
}
GST_END_TEST;

/* Retransmissions have the times of what they repeat. */
GST_START_TEST (test_time_goes_back)
{
  DiscordRtpPosition position;

  discord_rtp_position_init (&position, RATE);
  discord_rtp_position_note (&position, 1, 10 * TICKS, START);
  discord_rtp_position_note (&position, 2, 5 * TICKS, START + MS);
  expect_next (&position, START + MS + G_USEC_PER_SEC, 3, 5 * TICKS + RATE);
}
GST_END_TEST;

static Suite *
rtpposition_suite (void)
{
  Suite *suite = suite_create ("rtpposition");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_nothing_sent);
  tcase_add_test (tc, test_time_passes);
  tcase_add_test (tc, test_both_wrap);
  tcase_add_test (tc, test_behind_the_last_frame);
  tcase_add_test (tc, test_packets_of_one_frame);
  tcase_add_test (tc, test_sent_at_once);
  tcase_add_test (tc, test_caught_up);
  tcase_add_test (tc, test_time_goes_back);
  return suite;
}

GST_CHECK_MAIN (rtpposition);
