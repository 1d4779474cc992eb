/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How elements get the connection of a stream, and its parent with it. Time-outs
 * only end a test that would hang. */
#include "golivefixture.h"

#define STREAM "guild:290926798626357999:290926798999357250:77"

static void
fail_unless_error (GError *error, GstDiscordError code)
{
  fail_unless (g_error_matches (error, GST_DISCORD_ERROR, (gint) code),
      "failed with %s", error != NULL ? error->message : "nothing");
}

static GstDiscordConnectionConfig
in_channel (void)
{
  return (GstDiscordConnectionConfig){
    .guild_id = GUILD,
    .channel_id = CHANNEL,
  };
}

static GstDiscordConnection *
acquire (Loopback *loopback, GstDiscordConnectionConfig *config)
{
  g_autoptr (GError) error = NULL;
  GstDiscordConnection *connection =
      party_acquire (loopback, "alice", config, &error);

  g_assert_no_error (error);
  return connection;
}

static GstDiscordConnection *
get_parent (GstDiscordConnection *stream)
{
  g_autoptr (GstDiscordConnection) parent = NULL;

  g_object_get (stream, "parent", &parent, NULL);
  return parent;
}

static void
fail_unless_mute (GstDiscordConnection *voice, gboolean expected)
{
  gboolean mute, deaf;

  g_object_get (voice, "self-mute", &mute, "self-deaf", &deaf, NULL);
  fail_unless_equals_int (mute, expected);
  fail_unless_equals_int (deaf, expected);
}

static guint64
alice_id (void)
{
  return loopback_user_for_token ("alice");
}

/* As an element does it; then @states begin anew. */
static void
open_stream (GstDiscordConnection *stream, States *states)
{
  states_watch (states, stream);
  gst_discord_connection_open (stream);
}

/* The last one that has it. */
static void
close_stream (Loopback *loopback, GstDiscordConnection *stream, States *states)
{
  guint64 left = loopback_count (loopback, "left", alice_id ());

  states_unwatch (states);
  gst_discord_connection_close (stream);
  gst_discord_connection_release (stream);
  fail_unless (loopback_wait (loopback, "left", alice_id (), left + 1, 30000));
}

GST_START_TEST (test_go_live_joins_the_channel)
{
  Loopback *loopback = golive_start (NULL, NULL);
  GstDiscordConnectionConfig config = in_channel ();
  GstDiscordConnection *stream;
  States states;

  config.go_live = TRUE;
  stream = acquire (loopback, &config);
  fail_unless_mute (get_parent (stream), TRUE);
  open_stream (stream, &states);
  states_wait (&states, "rsc+");
  fail_unless_equals_uint64 (
      loopback_count (loopback, "joined", alice_id ()), 1);
  close_stream (loopback, stream, &states);
  fail_unless_equals_uint64 (
      loopback_count (loopback, "stream-ended", alice_id ()), 1);
  golive_stop (loopback);
}
GST_END_TEST;

GST_START_TEST (test_key_alone_is_enough)
{
  Loopback *loopback = golive_start (NULL, NULL);
  GstDiscordConnectionConfig config = { .stream_key = STREAM };
  GstDiscordConnection *stream, *same;
  States states;

  golive_act (
      loopback, "stream-start", 77, ":290926798626357999:290926798999357250");
  stream = acquire (loopback, &config);
  same = acquire (loopback, &config);
  fail_unless (same == stream);
  gst_discord_connection_release (same);
  open_stream (stream, &states);
  states_wait (&states, "rsc+");
  close_stream (loopback, stream, &states);
  golive_stop (loopback);
}
GST_END_TEST;

GST_START_TEST (test_waits_for_a_member)
{
  Loopback *loopback = golive_start (NULL, NULL);
  GstDiscordConnectionConfig config = in_channel ();
  GstDiscordConnection *stream;
  States states;

  config.stream_user = 77;
  stream = acquire (loopback, &config);
  open_stream (stream, &states);
  fail_unless (loopback_wait (loopback, "joined", alice_id (), 1, 30000));
  /* Elsewhere is not here. */
  golive_act (
      loopback, "stream-start", 77, ":290926798626357999:290926798999357251");
  golive_act (loopback, "stream-end", 77, "");
  golive_act (
      loopback, "stream-start", 77, ":290926798626357999:290926798999357250");
  states_wait (&states, "rsc+");
  fail_unless_equals_uint64 (
      loopback_count (loopback, "stream-op", alice_id ()), 1);
  close_stream (loopback, stream, &states);
  golive_stop (loopback);
}
GST_END_TEST;

GST_START_TEST (test_again)
{
  Loopback *loopback = golive_start (NULL, NULL);
  GstDiscordConnectionConfig config = in_channel ();
  GstDiscordConnection *stream;
  States states;

  config.go_live = TRUE;
  stream = acquire (loopback, &config);
  open_stream (stream, &states);
  states_wait (&states, "rsc+");
  golive_act (loopback, "stream-end", alice_id (), "");
  states_wait (&states, "rsc+e");
  gst_discord_connection_close (stream);
  gst_discord_connection_open (stream);
  states_wait_end (&states, "rsc+");
  close_stream (loopback, stream, &states);
  golive_stop (loopback);
}
GST_END_TEST;

/* The channel is joined again once it was left. */
GST_START_TEST (test_again_while_leaving)
{
  Loopback *loopback = golive_start ("signalling-delay", "300");
  GstDiscordConnectionConfig config = in_channel ();
  GstDiscordConnection *stream;
  States states;

  config.go_live = TRUE;
  stream = acquire (loopback, &config);
  open_stream (stream, &states);
  states_wait (&states, "rsc+");
  gst_discord_connection_close (stream);
  gst_discord_connection_open (stream);
  states_wait (&states, "rsc+eirsc+");
  close_stream (loopback, stream, &states);
  golive_stop (loopback);
}
GST_END_TEST;

GST_START_TEST (test_voice_wins_over_streams)
{
  Loopback *loopback = golive_start (NULL, NULL);
  GstDiscordConnectionConfig config = in_channel ();
  GstDiscordConnectionConfig voice_config = in_channel ();
  GstDiscordConnection *stream, *voice;
  g_autoptr (GError) error = NULL;

  config.go_live = TRUE;
  stream = acquire (loopback, &config);
  voice_config.no_rtx = TRUE;
  voice = acquire (loopback, &voice_config);
  fail_unless (voice == get_parent (stream));
  fail_unless_mute (voice, FALSE);
  /* And among those who use it for voice nothing changed. */
  voice_config.self_mute = TRUE;
  fail_unless (
      party_acquire (loopback, "alice", &voice_config, &error) == NULL);
  fail_unless_error (error, GST_DISCORD_ERROR_CONFLICT);
  gst_discord_connection_release (voice);
  fail_unless_mute (voice, TRUE);
  gst_discord_connection_release (stream);
  golive_stop (loopback);
}
GST_END_TEST;

GST_START_TEST (test_streams_take_voice_as_it_is)
{
  Loopback *loopback = golive_start (NULL, NULL);
  GstDiscordConnectionConfig config = in_channel ();
  GstDiscordConnectionConfig voice_config = in_channel ();
  GstDiscordConnection *stream, *voice;
  g_autoptr (GError) error = NULL;

  voice_config.e2ee = GST_DISCORD_E2EE_ALLOWED;
  voice = acquire (loopback, &voice_config);
  config.go_live = TRUE;
  config.no_rtx = TRUE;
  stream = acquire (loopback, &config);
  fail_unless (voice == get_parent (stream));
  fail_unless_mute (voice, FALSE);

  config.channel_id = OTHER_CHANNEL;
  fail_unless (party_acquire (loopback, "alice", &config, &error) == NULL);
  fail_unless_error (error, GST_DISCORD_ERROR_CONFLICT);
  g_clear_error (&error);
  config.channel_id = CHANNEL;
  config.udp_qos = TRUE;
  fail_unless (party_acquire (loopback, "alice", &config, &error) == NULL);
  fail_unless_error (error, GST_DISCORD_ERROR_CONFLICT);

  /* The stream keeps the channel joined as long as it needs it. */
  gst_discord_connection_release (voice);
  fail_unless_mute (get_parent (stream), TRUE);
  gst_discord_connection_release (stream);
  golive_stop (loopback);
}
GST_END_TEST;

GST_START_TEST (test_parent_of_the_application)
{
  Loopback *loopback = golive_start (NULL, NULL);
  GstDiscordConnectionConfig config = { .go_live = TRUE };
  GstDiscordConnection *stream, *same;
  States states;
  Party alice = { 0 };

  party_join (&alice, loopback, "alice");
  config.parent = alice.voice;
  stream = acquire (loopback, &config);
  same = acquire (loopback, &config);
  fail_unless (same == stream);
  fail_unless (get_parent (stream) == alice.voice);
  gst_discord_connection_release (same);
  open_stream (stream, &states);
  states_wait (&states, "rsc+");
  fail_unless_mute (alice.voice, FALSE);
  states_unwatch (&states);
  gst_discord_connection_close (stream);
  gst_discord_connection_release (stream);
  party_leave (&alice, loopback);
  golive_stop (loopback);
}
GST_END_TEST;

static const GstDiscordConnectionConfig bad[] = {
  { .stream_key = "guild:1:2:3:4" },
  { .stream_key = "" },
  { .stream_key = STREAM, .guild_id = GUILD, .channel_id = OTHER_CHANNEL },
  { .stream_key = STREAM, .guild_id = GUILD + 1, .channel_id = CHANNEL },
  { .stream_key = STREAM, .go_live = TRUE },
  { .stream_user = 5,
      .go_live = TRUE,
      .guild_id = GUILD,
      .channel_id = CHANNEL },
  { .go_live = TRUE },
  { .stream_user = 5, .guild_id = GUILD },
};

GST_START_TEST (test_bad_settings)
{
  Loopback *loopback = golive_start (NULL, NULL);
  GstDiscordConnectionConfig config = bad[__i__];
  g_autoptr (GError) error = NULL;

  fail_unless (party_acquire (loopback, "alice", &config, &error) == NULL);
  fail_unless_error (error, GST_DISCORD_ERROR_SETTINGS);
  golive_stop (loopback);
}
GST_END_TEST;

GST_START_TEST (test_refused)
{
  Loopback *loopback = golive_start ("stream-reject", "stream_full");
  GstDiscordConnectionConfig config = { .stream_key = STREAM };
  g_autoptr (GError) error = NULL;
  GstDiscordSendState state;
  GstDiscordConnection *stream;
  States states;

  stream = acquire (loopback, &config);
  open_stream (stream, &states);
  states_wait (&states, "re");
  fail_unless_equals_int (
      states.reason, GST_DISCORD_STREAM_DELETE_REASON_STREAM_FULL);
  error = gst_discord_connection_dup_error (stream);
  fail_unless_error (error, GST_DISCORD_ERROR_STREAM_FULL);
  gst_discord_connection_get_send_state (stream, &state);
  fail_unless_equals_int (state.state, GST_DISCORD_CONNECTION_STATE_FAILED);
  close_stream (loopback, stream, &states);
  golive_stop (loopback);
}
GST_END_TEST;

/* The channel cannot be joined: the stream fails as the channel does. */
GST_START_TEST (test_no_channel)
{
  Loopback *loopback = golive_start ("closed-channel", "290926798999357250");
  GstDiscordConnectionConfig config = { .stream_key = STREAM };
  g_autoptr (GError) error = NULL;
  GstDiscordConnection *stream;
  States states;

  stream = acquire (loopback, &config);
  g_object_set (get_parent (stream), "timeout", 1, NULL);
  open_stream (stream, &states);
  states_wait (&states, "e");
  error = gst_discord_connection_dup_error (stream);
  fail_unless_error (error, GST_DISCORD_ERROR_JOIN_TIMEOUT);
  states_unwatch (&states);
  gst_discord_connection_close (stream);
  gst_discord_connection_release (stream);
  golive_stop (loopback);
}
GST_END_TEST;

/* Twenty viewers of one account are one; of several streams they are several, in
 * one channel. */
GST_START_TEST (test_many_streams)
{
  Loopback *loopback = golive_start (NULL, NULL);
  GstDiscordConnectionConfig config = in_channel ();
  GstDiscordConnection *streams[5];
  States states[5];
  guint64 left;

  for (guint i = 0; i < G_N_ELEMENTS (streams); i++) {
    golive_act (loopback, "stream-start", 77 + i,
        ":290926798626357999:290926798999357250");
    config.stream_user = 77 + i;
    streams[i] = acquire (loopback, &config);
    fail_unless (get_parent (streams[i]) == get_parent (streams[0]));
    open_stream (streams[i], &states[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (streams); i++)
    states_wait (&states[i], "rsc+");
  left = loopback_count (loopback, "left", alice_id ());
  for (guint i = 0; i < G_N_ELEMENTS (streams); i++) {
    fail_unless_equals_uint64 (
        loopback_count (loopback, "left", alice_id ()), left);
    states_unwatch (&states[i]);
    gst_discord_connection_close (streams[i]);
    gst_discord_connection_release (streams[i]);
  }
  fail_unless (loopback_wait (loopback, "left", alice_id (), left + 1, 30000));
  golive_stop (loopback);
}
GST_END_TEST;

static Suite *
connection_streamtable_suite (void)
{
  Suite *s = suite_create ("connection-streamtable");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 120);
  tcase_add_test (tc, test_go_live_joins_the_channel);
  tcase_add_test (tc, test_key_alone_is_enough);
  tcase_add_test (tc, test_waits_for_a_member);
  tcase_add_test (tc, test_again);
  tcase_add_test (tc, test_again_while_leaving);
  tcase_add_test (tc, test_voice_wins_over_streams);
  tcase_add_test (tc, test_streams_take_voice_as_it_is);
  tcase_add_test (tc, test_parent_of_the_application);
  tcase_add_loop_test (tc, test_bad_settings, 0, G_N_ELEMENTS (bad));
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_no_channel);
  tcase_add_test (tc, test_many_streams);
  suite_add_tcase (s, tc);
  return s;
}

GST_CHECK_MAIN (connection_streamtable);
