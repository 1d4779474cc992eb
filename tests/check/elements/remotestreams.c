/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "remotestreams.h"

#define ALICE 5
#define BOB 6

static GstDiscordRemoteStreams *streams;
static GstDiscordStreamChange change;

static void
setup (void)
{
  streams = gst_discord_remote_streams_new ();
}

static void
teardown (void)
{
  gst_discord_stream_change_clear (&change);
  gst_discord_remote_streams_free (streams);
}

static GstDiscordPacketVerdict
packet (guint32 ssrc, guint64 user_id, gint64 received, gint64 now)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();

  GST_BUFFER_OFFSET (buffer) = received;
  gst_discord_stream_change_clear (&change);
  change.user_changed = FALSE;
  return gst_discord_remote_streams_packet (
      streams, ssrc, FALSE, user_id, buffer, received, now, &change);
}

static void
check_superseded (guint32 ssrc)
{
  fail_unless (change.superseded != NULL);
  fail_unless_equals_int (change.superseded->len, 1);
  fail_unless_equals_int (g_array_index (change.superseded, guint32, 0), ssrc);
}

/* -1: none is left */
static void
check_held (guint32 ssrc, gint64 received)
{
  gboolean ended;
  g_autoptr (GstBuffer) buffer =
      gst_discord_remote_streams_take_held (streams, ssrc, &ended);

  fail_unless ((buffer == NULL) == (received < 0));
  if (buffer != NULL)
    fail_unless_equals_int64 (GST_BUFFER_OFFSET (buffer), received);
  fail_if (ended);
}

/* What was on its way already is still the user's. */
GST_START_TEST (test_packets_from_before_the_end)
{
  fail_unless_equals_int (packet (7, ALICE, 10, 10), GST_DISCORD_PACKET_PASS);
  fail_unless (
      gst_discord_remote_streams_end (streams, 7, GST_DISCORD_STREAM_LEFT, 20));
  fail_if (
      gst_discord_remote_streams_end (streams, 7, GST_DISCORD_STREAM_LEFT, 21));
  fail_unless_equals_int (packet (7, ALICE, 19, 25), GST_DISCORD_PACKET_PASS);
  fail_unless_equals_int (packet (7, 0, 20, 25), GST_DISCORD_PACKET_PASS);
  fail_unless_equals_int (packet (7, 0, 22, 25), GST_DISCORD_PACKET_STRAGGLER);
  fail_if (gst_discord_remote_streams_remove (streams, 7, 30));
  fail_unless_equals_int (packet (7, 0, 31, 31), GST_DISCORD_PACKET_STRAGGLER);
  fail_unless_equals_int (
      packet (7, 0, 31, 3 * G_USEC_PER_SEC), GST_DISCORD_PACKET_PASS);
}
GST_END_TEST;

/* Whoever has the SSRC next loses nothing, however long the end takes. */
GST_START_TEST (test_next_owner_is_held)
{
  fail_unless_equals_int (packet (7, ALICE, 10, 10), GST_DISCORD_PACKET_PASS);
  fail_unless_equals_int (packet (7, BOB, 11, 12), GST_DISCORD_PACKET_HELD);
  fail_unless (change.user_changed);
  check_superseded (7);
  fail_unless (
      gst_discord_remote_streams_end (streams, 7, GST_DISCORD_STREAM_LEFT, 13));
  fail_unless_equals_int (packet (7, BOB, 12, 14), GST_DISCORD_PACKET_HELD);
  fail_if (change.user_changed);
  fail_unless (gst_discord_remote_streams_remove (streams, 7, 15));
  fail_unless_equals_uint64 (
      gst_discord_remote_streams_get_user (streams, 7), BOB);
  check_held (7, 11);
  fail_unless_equals_int (packet (7, BOB, 16, 16), GST_DISCORD_PACKET_HELD);
  check_held (7, 12);
  check_held (7, 16);
  check_held (7, -1);
  fail_unless_equals_int (packet (7, BOB, 17, 17), GST_DISCORD_PACKET_PASS);
}
GST_END_TEST;

/* The new session may give out the same SSRC. */
GST_START_TEST (test_new_session_is_held)
{
  fail_unless_equals_int (packet (7, ALICE, 10, 10), GST_DISCORD_PACKET_PASS);
  fail_unless (gst_discord_remote_streams_end (
      streams, 7, GST_DISCORD_STREAM_RENEWED, 20));
  fail_unless_equals_int (packet (7, 0, 21, 21), GST_DISCORD_PACKET_HELD);
  fail_unless (gst_discord_remote_streams_remove (streams, 7, 22));
  fail_unless_equals_uint64 (
      gst_discord_remote_streams_get_user (streams, 7), 0);
  check_held (7, 21);
  check_held (7, -1);

  fail_unless (gst_discord_remote_streams_end (
      streams, 7, GST_DISCORD_STREAM_RENEWED, 30));
  fail_if (gst_discord_remote_streams_remove (streams, 7, 31));
  fail_unless_equals_int (packet (7, 0, 32, 32), GST_DISCORD_PACKET_PASS);
}
GST_END_TEST;

GST_START_TEST (test_held_are_bounded)
{
  guint held = 0;

  packet (7, ALICE, 10, 10);
  while (packet (7, BOB, 11, 11) == GST_DISCORD_PACKET_HELD)
    held++;
  fail_unless_equals_int (held, 50);
}
GST_END_TEST;

/* The end of the one that follows is not forgotten. */
GST_START_TEST (test_ends_while_it_follows)
{
  g_autoptr (GstBuffer) buffer = NULL;
  gboolean ended;

  packet (7, ALICE, 10, 10);
  packet (7, BOB, 11, 11);
  gst_discord_remote_streams_end (streams, 7, GST_DISCORD_STREAM_LEFT, 12);
  fail_unless (gst_discord_remote_streams_remove (streams, 7, 13));
  fail_if (
      gst_discord_remote_streams_end (streams, 7, GST_DISCORD_STREAM_LEFT, 14));
  buffer = gst_discord_remote_streams_take_held (streams, 7, &ended);
  fail_unless (buffer != NULL);
  fail_if (ended);
  fail_unless (
      gst_discord_remote_streams_take_held (streams, 7, &ended) == NULL);
  fail_unless (ended);
  fail_unless (
      gst_discord_remote_streams_end (streams, 7, GST_DISCORD_STREAM_LEFT, 15));
}
GST_END_TEST;

GST_START_TEST (test_user_with_another_ssrc)
{
  packet (7, ALICE, 10, 10);
  gst_discord_stream_change_clear (&change);
  gst_discord_remote_streams_map (streams, 8, ALICE, &change);
  check_superseded (7);
  packet (9, 0, 11, 11);
  fail_unless_equals_int (packet (9, BOB, 12, 12), GST_DISCORD_PACKET_PASS);
  fail_unless (change.user_changed);
  fail_unless (change.superseded == NULL);
}
GST_END_TEST;

static Suite *
remotestreams_suite (void)
{
  Suite *suite = suite_create ("remotestreams");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_packets_from_before_the_end);
  tcase_add_test (tc, test_next_owner_is_held);
  tcase_add_test (tc, test_new_session_is_held);
  tcase_add_test (tc, test_held_are_bounded);
  tcase_add_test (tc, test_ends_while_it_follows);
  tcase_add_test (tc, test_user_with_another_ssrc);
  return suite;
}

GST_CHECK_MAIN (remotestreams);
