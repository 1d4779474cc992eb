/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may happen to a Go Live stream that is watched, and what viewers may be
 * refused. */
#include "golive-members.h"

/* The picture is back, and downstream has seen nothing of it. */
static const struct
{
  const gchar *action; /* on the owner */
  const gchar *back; /* and another, to end it; or NULL */
  GstDiscordStreamState state; /* that is told meanwhile */
} faults[] = {
  { "stream-move:%" G_GUINT64_FORMAT, NULL,
      GST_DISCORD_STREAM_STATE_CONNECTING },
  { "stream-move:%" G_GUINT64_FORMAT ":same", NULL,
      GST_DISCORD_STREAM_STATE_CONNECTING },
  { "stream-null-endpoint:%" G_GUINT64_FORMAT ":50", NULL,
      GST_DISCORD_STREAM_STATE_WAITING },
  { "stream-outage:%" G_GUINT64_FORMAT, "stream-return:%" G_GUINT64_FORMAT,
      GST_DISCORD_STREAM_STATE_UNAVAILABLE },
  { "stream-outage:%" G_GUINT64_FORMAT,
      "stream-return:%" G_GUINT64_FORMAT ":server",
      GST_DISCORD_STREAM_STATE_UNAVAILABLE },
};

static void
do_to (Streamer *streamer, const gchar *format)
{
  g_autofree gchar *action = NULL;

  action = g_strdup_printf (format, streamer->user_id);
  act ("%s", action);
}

GST_START_TEST (test_fail_over)
{
  Streamer *streamer = streamer_new ("streamer");
  Viewer *viewer = viewer_new ("viewer", streamer->user_id);
  guint64 joined;

  viewer_play (viewer);
  streamer_play (streamer);
  viewer_wait_pictures (viewer, N_PICTURES);
  viewer_wait_sounds (viewer, N_PICTURES);
  joined = loopback_count (loopback, "voice-joined", viewer->user_id);
  do_to (streamer, faults[__i__].action);
  if (faults[__i__].back != NULL)
    do_to (streamer, faults[__i__].back);
  wait_event ("voice-joined", viewer->user_id, joined + 1);
  viewer_wait_pictures (viewer, N_PICTURES);
  viewer_wait_sounds (viewer, N_PICTURES);
  viewer_expect_going_on (viewer);
  fail_unless (viewer_count_states (viewer, faults[__i__].state, NULL) > 0);
  fail_unless_equals_int (
      viewer_count_states (viewer, GST_DISCORD_STREAM_STATE_CONNECTED, NULL),
      2);
  viewer_stop (viewer);
  pictures_expect_each_in (&viewer->pictures, &streamer->pictures);
  viewer_free (viewer);
  streamer_free (streamer);
  check_no_violations ();
}
GST_END_TEST;

/* Nothing comes while the owner pauses, and that is no end. */
GST_START_TEST (test_pause)
{
  Streamer *streamer = streamer_new ("streamer");
  Viewer *viewer = viewer_new ("viewer", streamer->user_id);
  LoopbackMedia before, after;

  viewer_play (viewer);
  streamer_play (streamer);
  viewer_wait_pictures (viewer, N_PICTURES);
  viewer_wait_sounds (viewer, N_PICTURES);
  g_object_set (streamer->connection, "paused", TRUE, NULL);
  pictures_wait (
      &streamer->pictures, streamer->pictures.checksums->len + N_PICTURES);
  loopback_get_media (loopback, streamer->user_id, &before);
  pictures_wait (
      &streamer->pictures, streamer->pictures.checksums->len + N_PICTURES);
  loopback_get_media (loopback, streamer->user_id, &after);
  fail_unless_equals_uint64 (after.rtp_in, before.rtp_in);
  viewer_expect_going_on (viewer);
  g_object_set (streamer->connection, "paused", FALSE, NULL);
  viewer_wait_pictures (viewer, N_PICTURES);
  viewer_wait_sounds (viewer, N_PICTURES);
  viewer_expect_going_on (viewer);
  viewer_free (viewer);
  streamer_free (streamer);
  check_no_violations ();
}
GST_END_TEST;

/* One account, one stay in the channel, several streams. */
GST_START_TEST (test_several_streams)
{
  Streamer *left = streamer_new ("left"), *right = streamer_new ("right");
  Viewer *viewers[] = { viewer_new ("viewer", left->user_id),
    viewer_new ("viewer", right->user_id) };

  streamer_play (left);
  streamer_play (right);
  viewer_play (viewers[0]);
  viewer_play (viewers[1]);
  viewer_wait_pictures (viewers[0], N_PICTURES);
  viewer_wait_pictures (viewers[1], N_PICTURES);
  fail_unless_equals_uint64 (
      loopback_count (loopback, "joined", viewers[0]->user_id), 1);
  act ("stream-end:%" G_GUINT64_FORMAT, left->user_id);
  viewer_wait_sounds (viewers[1], 1);
  viewer_wait_eos (viewers[0]);
  viewer_wait_pictures (viewers[1], N_PICTURES);
  viewer_expect_going_on (viewers[1]);
  viewer_free (viewers[0]);
  viewer_wait_pictures (viewers[1], N_PICTURES);
  viewer_expect_going_on (viewers[1]);
  viewer_free (viewers[1]);
  streamer_free (right);
  streamer_free (left);
  check_no_violations ();
}
GST_END_TEST;

/* Who is in the channel anyway goes on hearing it. */
static gboolean
is_heard (Listener *listener, const gchar *name)
{
  gboolean heard = FALSE;

  g_mutex_lock (&listener->outlets.lock);
  for (guint i = 0; i < listener->outlets.pads->len; i++) {
    Outlet *outlet = listener->outlets.pads->pdata[i];

    heard |= g_str_equal (outlet->name, name) && outlet->buffers->len > 0;
  }
  g_mutex_unlock (&listener->outlets.lock);
  return heard;
}

/* The account is deaf until the server knows that it has a listener, and the call
 * encrypted until it knows that @member cannot. */
static void
talk_until_heard (Member *member, Listener *listener)
{
  g_autofree gchar *name =
      g_strdup_printf ("audio_%u", (guint) member_get_ssrc (member));

  for (guint i = 0; !is_heard (listener, name); i++) {
    member_send (member, i, 1);
    g_usleep (G_USEC_PER_SEC / 50);
  }
}

GST_START_TEST (test_channel_and_stream)
{
  Streamer *streamer;
  Viewer *viewer;
  Listener *listener;
  Member *member;

  set ("deaf-drops", "on");
  streamer = streamer_new ("streamer");
  viewer = viewer_new ("viewer", streamer->user_id);
  streamer_play (streamer);
  viewer_play (viewer);
  viewer_wait_pictures (viewer, N_PICTURES);
  listener = listener_new ("viewer");
  g_object_set (listener->src, "account-type", GST_DISCORD_ACCOUNT_TYPE_USER,
      "e2ee", GST_DISCORD_E2EE_REQUIRED, NULL);
  fail_unless (gst_element_set_state (listener->pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE);
  member = member_new ("talker");
  talk_until_heard (member, listener);
  viewer_wait_pictures (viewer, N_PICTURES);
  viewer_expect_going_on (viewer);
  listener_free (listener);
  viewer_wait_pictures (viewer, N_PICTURES);
  viewer_expect_going_on (viewer);
  member_free (member);
  viewer_free (viewer);
  streamer_free (streamer);
}
GST_END_TEST;

static const struct
{
  const gchar *setting, *value;
  GstDiscordError error;
} refusals[] = {
  { "stream-reject", "stream_full", GST_DISCORD_ERROR_STREAM_FULL },
  { "stream-limit", "0", GST_DISCORD_ERROR_STREAM_FULL },
  { "stream-reject", "unauthorized", GST_DISCORD_ERROR_STREAM_REFUSED },
  { "stream-reject", "safety_guild_rate_limited",
      GST_DISCORD_ERROR_RATE_LIMITED },
  { "stream-reject", "invalid_channel", GST_DISCORD_ERROR_STREAM_REFUSED },
  { "stream-reject", "parse_failed", GST_DISCORD_ERROR_PROTOCOL },
  { "stream-silent", "on", GST_DISCORD_ERROR_JOIN_TIMEOUT },
};

GST_START_TEST (test_refused)
{
  Streamer *streamer = streamer_new ("streamer");
  Viewer *viewer = viewer_new ("viewer", streamer->user_id);

  set (refusals[__i__].setting, refusals[__i__].value);
  g_object_set (viewer->src, "timeout", 2, NULL);
  viewer_play (viewer);
  viewer_expect_error (viewer, refusals[__i__].error);
  fail_unless_equals_int (viewer->n_video_pads + viewer->n_audio_pads, 0);
  viewer_free (viewer);
  streamer_free (streamer);
}
GST_END_TEST;

/* It was over before it was there. */
GST_START_TEST (test_no_such_stream)
{
  Viewer *viewer = viewer_new ("viewer", 0);

  g_object_set (viewer->src, "stream-key", "guild:111:222:333", NULL);
  viewer_play (viewer);
  viewer_expect_error (viewer, GST_DISCORD_ERROR_STREAM_ENDED);
  viewer_free (viewer);
}
GST_END_TEST;

/* However it is named: the main gateway is not even asked. */
GST_START_TEST (test_own_stream)
{
  guint64 user_id = loopback_user_for_token ("viewer");
  g_autofree gchar *key = g_strdup_printf (
      "guild:%u:%u:%" G_GUINT64_FORMAT, GUILD, CHANNEL, user_id);
  Viewer *viewer = viewer_new ("viewer", user_id);

  if (__i__ == 1)
    g_object_set (viewer->src, "stream-key", key, NULL);
  gst_element_set_state (viewer->pipeline, GST_STATE_PLAYING);
  viewer_expect_error (viewer, GST_DISCORD_ERROR_SETTINGS);
  fail_unless_equals_uint64 (
      loopback_count (loopback, "stream-op", viewer->user_id), 0);
  viewer_free (viewer);
}
GST_END_TEST;

/* Bots get no answer, and are not told who is live; nobody waits for it. */
GST_START_TEST (test_bot)
{
  Viewer *viewer = viewer_new ("viewer", 333);

  g_object_set (
      viewer->src, "account-type", GST_DISCORD_ACCOUNT_TYPE_BOT, NULL);
  if (__i__ == 1)
    g_object_set (viewer->src, "stream-key", "guild:111:222:333", NULL);
  gst_element_set_state (viewer->pipeline, GST_STATE_PLAYING);
  viewer_expect_error (viewer, GST_DISCORD_ERROR_NOT_SUPPORTED);
  viewer_free (viewer);
}
GST_END_TEST;

static Suite *
golive_faults_suite (void)
{
  Suite *suite = suite_create ("golive-faults");
  TCase *tcase = tcase_create ("pipelines");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, start_loopback, stop_loopback);
  tcase_add_loop_test (tcase, test_fail_over, 0, G_N_ELEMENTS (faults));
  tcase_add_test (tcase, test_pause);
  tcase_add_test (tcase, test_several_streams);
  tcase_add_test (tcase, test_channel_and_stream);
  tcase_add_loop_test (tcase, test_refused, 0, G_N_ELEMENTS (refusals));
  tcase_add_test (tcase, test_no_such_stream);
  tcase_add_loop_test (tcase, test_own_stream, 0, 2);
  tcase_add_loop_test (tcase, test_bot, 0, 2);
  return suite;
}

GST_CHECK_MAIN (golive_faults);
