/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections of Go Live streams against the stand-in: ends, outages and
 * fail-overs, and what becomes of the voice connection. Time-outs only end a test
 * that would hang. */
#include "golivefixture.h"

static guint
count_sessions (GstDiscordConnection *connection)
{
  g_autoptr (GstStructure) stats =
      gst_discord_connection_get_stats (connection);
  guint value;

  fail_unless (gst_structure_get_uint (stats, "sessions", &value));
  return value;
}

static void
fail_unless_joined (GstDiscordConnection *connection)
{
  GstDiscordConnectionState state;

  g_object_get (connection, "state", &state, NULL);
  fail_unless_equals_int (state, GST_DISCORD_CONNECTION_STATE_CONNECTED);
}

typedef struct
{
  Call call;
  States own, watched;
} Watch;

static void
watch_start (Watch *self)
{
  call_start (&self->call, golive_start (NULL, NULL));
  states_watch (&self->own, self->call.own);
  states_watch (&self->watched, self->call.watched);
}

static void
watch_stop (Watch *self)
{
  states_unwatch (&self->own);
  states_unwatch (&self->watched);
  call_stop (&self->call);
}

/* How the end of @stream is told to elements. */
static void
fail_unless_ended (GstDiscordConnection *stream, GstDiscordError code)
{
  g_autoptr (GError) error = gst_discord_connection_dup_error (stream);
  GstDiscordSendState state;

  gst_discord_connection_get_send_state (stream, &state);
  fail_unless_equals_int (state.stream_state, GST_DISCORD_STREAM_STATE_ENDED);
  fail_unless (g_error_matches (error, GST_DISCORD_ERROR, (gint) code));
  fail_unless_equals_int (state.state,
      code == GST_DISCORD_ERROR_STREAM_ENDED
          ? GST_DISCORD_CONNECTION_STATE_IDLE
          : GST_DISCORD_CONNECTION_STATE_FAILED);
}

GST_START_TEST (test_ended_by_its_owner)
{
  Watch w;

  watch_start (&w);
  stream_end (g_steal_pointer (&w.call.own));
  states_wait (&w.own, "e");
  fail_unless_equals_int (
      w.own.reason, GST_DISCORD_STREAM_DELETE_REASON_USER_REQUESTED);
  states_wait (&w.watched, "e");
  fail_unless_equals_int (
      w.watched.reason, GST_DISCORD_STREAM_DELETE_REASON_STREAM_ENDED);
  fail_unless_ended (w.call.watched, GST_DISCORD_ERROR_STREAM_ENDED);
  fail_unless_equals_int (w.watched.errors, 0);
  fail_unless_joined (w.call.alice.voice);
  fail_unless_joined (w.call.bob.voice);
  watch_stop (&w);
}
GST_END_TEST;

GST_START_TEST (test_rights_taken_away)
{
  Watch w;

  watch_start (&w);
  golive_act (
      w.call.loopback, "stream-end", w.call.alice.user_id, ":unauthorized");
  states_wait (&w.watched, "e");
  fail_unless_ended (w.call.watched, GST_DISCORD_ERROR_STREAM_REFUSED);
  fail_unless_equals_int (w.watched.errors, 1);
  watch_stop (&w);
}
GST_END_TEST;

GST_START_TEST (test_outage)
{
  Watch w;

  watch_start (&w);
  golive_act (w.call.loopback, "stream-outage", w.call.alice.user_id, "");
  states_wait (&w.own, "u");
  states_wait (&w.watched, "u");
  golive_act (w.call.loopback, "stream-return", w.call.alice.user_id,
      __i__ ? ":server" : "");
  states_wait_end (&w.own, "sc+");
  states_wait_end (&w.watched, "sc+");
  fail_unless_equals_int (count_sessions (w.call.watched), 2);
  fail_unless_equals_int (count_sessions (w.call.bob.voice), 1);
  fail_unless_joined (w.call.bob.voice);
  watch_stop (&w);
}
GST_END_TEST;

static const struct
{
  const gchar *action, *rest;
  const gchar *states;
} fail_overs[] = {
  { "stream-move", "", "sc+" },
  { "stream-move", ":same", "sc+" },
  { "stream-null-endpoint", ":50", "wsc+" },
};

GST_START_TEST (test_fail_over)
{
  Watch w;

  watch_start (&w);
  golive_act (w.call.loopback, fail_overs[__i__].action, w.call.alice.user_id,
      fail_overs[__i__].rest);
  states_wait (&w.own, fail_overs[__i__].states);
  states_wait (&w.watched, fail_overs[__i__].states);
  fail_unless_equals_int (count_sessions (w.call.watched), 2);
  fail_unless_equals_int (count_sessions (w.call.alice.voice), 1);
  fail_unless_equals_int (count_sessions (w.call.bob.voice), 1);
  watch_stop (&w);
}
GST_END_TEST;

GST_START_TEST (test_parent_disconnects)
{
  Watch w;

  watch_start (&w);
  stream_end (g_object_ref (w.call.bob.voice));
  w.call.bob.gone = TRUE;
  states_wait (&w.watched, "e");
  fail_unless_ended (w.call.watched, GST_DISCORD_ERROR_STREAM_ENDED);
  watch_stop (&w);
}
GST_END_TEST;

GST_START_TEST (test_parent_moved)
{
  Watch w;

  watch_start (&w);
  golive_act (
      w.call.loopback, "move", w.call.alice.user_id, ":290926798999357251");
  states_wait (&w.own, "e");
  states_wait (&w.watched, "e");
  fail_unless_ended (w.call.own, GST_DISCORD_ERROR_STREAM_ENDED);
  fail_unless_ended (w.call.watched, GST_DISCORD_ERROR_STREAM_ENDED);
  watch_stop (&w);
}
GST_END_TEST;

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

GST_START_TEST (test_parent_kicked)
{
  Loopback *loopback = golive_start (NULL, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GstDiscordConnection *own;
  States states;
  Party alice = { 0 };

  party_join (&alice, loopback, "alice");
  own = party_go_live (&alice, &error);
  g_assert_no_error (error);
  states_watch (&states, own);
  golive_act (loopback, "kick", alice.user_id, "");
  states_wait (&states, "e");

  /* Without a channel there is nothing to be live in. */
  gst_discord_connection_connect_async (own, NULL, on_done, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  fail_if (gst_discord_connection_connect_finish (own, result, &error));
  fail_unless (g_error_matches (
      error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_CONNECTED));
  g_clear_object (&result);
  states_unwatch (&states);
  g_object_unref (own);
  alice.gone = TRUE;
  party_leave (&alice, loopback);
  golive_stop (loopback);
}
GST_END_TEST;

GST_START_TEST (test_main_session_lost)
{
  Watch w;

  watch_start (&w);
  golive_act (w.call.loopback, "invalid-session", w.call.bob.user_id, "");
  states_wait_end (&w.watched, "irsc+");
  fail_unless_joined (w.call.bob.voice);
  watch_stop (&w);
}
GST_END_TEST;

/* Both of bob's voice sessions are void; both are made again. */
GST_START_TEST (test_voice_sessions_lost)
{
  Watch w;

  watch_start (&w);
  golive_act (w.call.loopback, "close-voice", w.call.bob.user_id, ":4009");
  states_wait_end (&w.watched, "rsc+");
  fail_unless_equals_int (count_sessions (w.call.watched), 2);
  watch_stop (&w);
}
GST_END_TEST;

GST_START_TEST (test_again_after_the_end)
{
  Watch w;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  watch_start (&w);
  golive_act (w.call.loopback, "stream-end", w.call.alice.user_id, "");
  states_wait (&w.own, "e");
  states_wait (&w.watched, "e");
  gst_discord_connection_connect_async (w.call.own, NULL, on_done, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  fail_unless (
      gst_discord_connection_connect_finish (w.call.own, result, &error));
  g_clear_object (&result);
  states_wait (&w.own, "eirsc+");
  fail_unless (gst_discord_connection_dup_error (w.call.own) == NULL);
  watch_stop (&w);
}
GST_END_TEST;

static void
connect_again (GstDiscordConnection *connection, GAsyncResult **result)
{
  gst_discord_connection_connect_async (connection, NULL, on_done, result);
}

static void
fail_unless_connected (GstDiscordConnection *connection, GAsyncResult **result)
{
  g_autoptr (GError) error = NULL;

  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  gst_discord_connection_connect_finish (connection, *result, &error);
  g_assert_no_error (error);
  g_clear_object (result);
}

/* What ended with its parent is still there when that comes back, and can come
 * back itself. */
GST_START_TEST (test_parent_comes_back)
{
  Watch w;
  g_autoptr (GAsyncResult) left = NULL;
  g_autoptr (GAsyncResult) joined = NULL;
  g_autoptr (GAsyncResult) watching = NULL;

  watch_start (&w);
  gst_discord_connection_disconnect_async (
      w.call.bob.voice, FALSE, NULL, on_done, &left);
  while (left == NULL)
    g_main_context_iteration (NULL, TRUE);
  connect_again (w.call.bob.voice, &joined);
  connect_again (w.call.watched, &watching);
  fail_unless_connected (w.call.bob.voice, &joined);
  fail_unless_connected (w.call.watched, &watching);
  states_wait_end (&w.watched, "rsc+");
  g_clear_object (&left);
  watch_stop (&w);
}
GST_END_TEST;

static Suite *
connection_streamloss_suite (void)
{
  Suite *s = suite_create ("connection-streamloss");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 120);
  tcase_add_test (tc, test_ended_by_its_owner);
  tcase_add_test (tc, test_rights_taken_away);
  tcase_add_loop_test (tc, test_outage, 0, 2);
  tcase_add_loop_test (tc, test_fail_over, 0, G_N_ELEMENTS (fail_overs));
  tcase_add_test (tc, test_parent_disconnects);
  tcase_add_test (tc, test_parent_moved);
  tcase_add_test (tc, test_parent_kicked);
  tcase_add_test (tc, test_main_session_lost);
  tcase_add_test (tc, test_voice_sessions_lost);
  tcase_add_test (tc, test_again_after_the_end);
  tcase_add_test (tc, test_parent_comes_back);
  suite_add_tcase (s, tc);
  return s;
}

GST_CHECK_MAIN (connection_streamloss);
