/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session in a Go Live stream that loses its server, its parent or the main
 * gateway: golive 4, 5 and 13. */
#include "sessionfixture.h"

#define NEXT_SERVER (RTC_SERVER + 100)

static void
fail_unless_ended (Fixture *f, GstDiscordError code)
{
  fail_unless_equals_int (f->ended, 1);
  fail_unless (g_error_matches (f->error, GST_DISCORD_ERROR, (gint) code),
      "ended with %s", f->error != NULL ? f->error->message : "nothing");
  fail_unless (g_str_has_suffix (f->stream_states->str, "e"));
}

/* The server that was named is connected to. */
static void
arrive (Fixture *f)
{
  FakeWebsocket *ws = fixture_next_socket (f);

  fake_websocket_accept (ws);
  fixture_handshake (f, ws);
  fail_unless (f->can_send);
}

GST_START_TEST (test_fail_over)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);
  FakeWebsocket *old = fixture_connect_stream (f);

  fixture_voice_server (f, "token-2", "other.example:443");
  fail_unless_equals_string (f->stream_states->str, "sc");
  fail_if (f->can_send);
  fake_scheduler_advance (f->scheduler, 0);
  fail_unless_equals_int (old->close_code, 1000);
  arrive (f);
  fail_unless_equals_string (f->stream_states->str, "sc+");
  fail_unless_equals_int (f->readies, 2);
  /* Of the main gateway nothing is wanted. */
  fail_unless_equals_string (f->asked->str, "");
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_fail_over_while_connecting)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);
  FakeWebsocket *first;

  discord_voice_session_set_parent (f->session, TRUE);
  discord_voice_session_start (f->session);
  fixture_stream_created (f, RTC_SERVER);
  fixture_voice_server (f, "token-1", "voice.example:443");
  first = fixture_next_socket (f);
  fake_websocket_accept (first);
  fixture_voice_server (f, "token-2", "other.example:443");
  fake_scheduler_advance (f->scheduler, 0);
  fail_unless (first->freed);
  arrive (f);
  fail_unless_equals_int (f->readies, 1);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_null_endpoint)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);

  fixture_connect_stream (f);
  fixture_voice_server (f, "token-2", NULL);
  fail_unless_equals_string (f->stream_states->str, "w");
  fail_if (f->can_send);
  fake_scheduler_advance (f->scheduler, 59999);
  fail_unless_equals_int (f->ended, 0);
  if (__i__) {
    fake_scheduler_advance (f->scheduler, 1);
    fail_unless_ended (f, GST_DISCORD_ERROR_SERVER_TIMEOUT);
    fail_unless_equals_string (f->asked->str, "delete ");
  } else {
    fixture_voice_server (f, "token-3", "other.example:443");
    arrive (f);
    fail_unless_equals_string (f->stream_states->str, "wsc+");
  }
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_null_endpoint_at_first)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);

  discord_voice_session_set_parent (f->session, TRUE);
  discord_voice_session_start (f->session);
  fixture_stream_created (f, RTC_SERVER);
  fixture_voice_server (f, "token-1", NULL);
  fail_unless_equals_string (f->stream_states->str, "r");
  fixture_voice_server (f, "token-2", "voice.example:443");
  arrive (f);
  fixture_free (f);
}
GST_END_TEST;

enum
{
  RETURN_WITH_SERVER, /* named while the stream is out of order */
  RETURN_THEN_SERVER,
  RETURN_AFTER_TWO, /* the later of two counts */
  RETURN_AFTER_NULL, /* which takes the one before away */
  N_RETURNS
};

GST_START_TEST (test_outage)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_GO_LIVE);
  guint n;

  fixture_connect_stream (f);
  discord_voice_session_stream_unavailable (f->session);
  fail_unless_equals_string (f->stream_states->str, "u");
  fail_unless_equals_int (f->closed, 1);
  n = f->websockets->sockets->len;

  if (__i__ != RETURN_THEN_SERVER)
    fixture_voice_server (f, "token-2", "old.example:443");
  if (__i__ == RETURN_AFTER_TWO)
    fixture_voice_server (f, "token-3", "voice.example:443");
  if (__i__ == RETURN_AFTER_NULL)
    fixture_voice_server (f, "token-3", NULL);
  /* Stored, and not acted upon. */
  fail_unless_equals_int (f->websockets->sockets->len, n);
  fail_unless_equals_string (f->stream_states->str, "u");
  fake_scheduler_advance (f->scheduler, 200000);

  fixture_stream_created (f, NEXT_SERVER);
  if (__i__ == RETURN_THEN_SERVER || __i__ == RETURN_AFTER_NULL) {
    fail_unless_equals_string (f->stream_states->str, "ur");
    fixture_voice_server (f, "token-4", "voice.example:443");
  }
  arrive (f);
  fail_unless (g_str_has_suffix (f->stream_states->str, "sc+"));
  fail_unless_equals_uint64 (
      discord_voice_session_get_group_id (f->session), NEXT_SERVER - 1);
  fail_unless_equals_string (f->asked->str, "");
  fake_scheduler_advance (f->scheduler, 30000);
  fail_unless_equals_int (f->ended, 0);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_outage_without_end)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);

  fixture_connect_stream (f);
  discord_voice_session_stream_unavailable (f->session);
  fake_scheduler_advance (f->scheduler, 299999);
  fail_unless_equals_int (f->ended, 0);
  fake_scheduler_advance (f->scheduler, 1);
  fail_unless_ended (f, GST_DISCORD_ERROR_SERVER_CRASHED);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_outage_without_a_server_after)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);

  fixture_connect_stream (f);
  discord_voice_session_stream_unavailable (f->session);
  fixture_stream_created (f, NEXT_SERVER);
  fake_scheduler_advance (f->scheduler, 30000);
  fail_unless_ended (f, GST_DISCORD_ERROR_SERVER_CRASHED);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_outage_without_reconnect)
{
  DiscordVoiceSessionConfig config = fixture_default_config ();
  Fixture *f;

  config.join = DISCORD_JOIN_WATCH;
  config.reconnect = FALSE;
  f = fixture_new_full (&config);
  fixture_connect_stream (f);
  discord_voice_session_stream_unavailable (f->session);
  fail_unless_ended (f, GST_DISCORD_ERROR_SERVER_CRASHED);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_outage_then_the_end)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);

  fixture_connect_stream (f);
  discord_voice_session_stream_unavailable (f->session);
  discord_voice_session_stream_deleted (
      f->session, GST_DISCORD_STREAM_DELETE_REASON_STREAM_ENDED);
  fail_unless_ended (f, GST_DISCORD_ERROR_STREAM_ENDED);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_rejoin_asks_for_the_server_first)
{
  gboolean answered = __i__;
  Fixture *f = fixture_new_stream (DISCORD_JOIN_GO_LIVE);
  FakeWebsocket *ws = fixture_connect_stream (f);

  fake_websocket_hang_up (ws, 4006, NULL);
  fail_unless_equals_string (f->stream_states->str, "r");
  fake_scheduler_advance (f->scheduler, 1000);
  fail_unless_equals_string (f->asked->str, "ping ");
  if (answered) {
    fixture_voice_server (f, "token-2", "voice.example:443");
  } else {
    fake_scheduler_advance (f->scheduler, 2500);
    fail_unless_equals_string (f->asked->str, "ping create ");
    fixture_stream_created (f, RTC_SERVER);
    fixture_voice_server (f, "token-2", "voice.example:443");
  }
  arrive (f);
  fake_scheduler_advance (f->scheduler, 5000);
  fail_unless_equals_string (
      f->asked->str, answered ? "ping " : "ping create ");
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_rejoin_again_asks_for_the_stream)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);
  FakeWebsocket *ws = fixture_connect_stream (f);

  fake_websocket_hang_up (ws, 4006, NULL);
  fake_scheduler_advance (f->scheduler, 1000);
  fixture_voice_server (f, "token-2", "voice.example:443");
  ws = fixture_next_socket (f);
  fake_websocket_accept (ws);
  fake_websocket_hang_up (ws, 4006, NULL);
  fake_scheduler_advance (f->scheduler, 2000);
  fail_unless_equals_string (f->asked->str, "ping watch ");
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_another_stream_of_the_same_name)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);

  fixture_connect_stream (f);
  /* The same again is nothing new. */
  fixture_stream_created (f, RTC_SERVER);
  fail_unless_equals_string (f->stream_states->str, "");
  fixture_stream_created (f, NEXT_SERVER);
  fail_unless_equals_string (f->stream_states->str, "r");
  fixture_voice_server (f, "token-2", "voice.example:443");
  arrive (f);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_kicked_from_the_server)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);
  FakeWebsocket *ws = fixture_connect_stream (f);

  fake_websocket_hang_up (ws, 4014, NULL);
  fail_unless_equals_string (f->stream_states->str, "w");
  discord_voice_session_stream_deleted (
      f->session, GST_DISCORD_STREAM_DELETE_REASON_STREAM_ENDED);
  fail_unless_ended (f, GST_DISCORD_ERROR_STREAM_ENDED);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_waits_for_the_parent)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);

  discord_voice_session_start (f->session);
  fail_unless_equals_string (f->states->str, "s");
  fail_unless_equals_string (f->asked->str, "");
  /* As long as it takes. */
  fake_scheduler_advance (f->scheduler, 600000);
  fail_unless_equals_int (f->ended, 0);
  discord_voice_session_set_parent (f->session, TRUE);
  fail_unless_equals_string (f->asked->str, "watch ");
  fail_unless_equals_string (f->stream_states->str, "r");
  discord_voice_session_set_parent (f->session, TRUE);
  fail_unless_equals_string (f->asked->str, "watch ");
  fake_scheduler_advance (f->scheduler, 30000);
  fail_unless_ended (f, GST_DISCORD_ERROR_JOIN_TIMEOUT);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_waits_for_the_owner)
{
  DiscordVoiceSessionConfig config = fixture_default_config ();
  Fixture *f;

  config.join = DISCORD_JOIN_WATCH;
  config.await_live = TRUE;
  f = fixture_new_full (&config);
  discord_voice_session_set_parent (f->session, TRUE);
  discord_voice_session_start (f->session);
  discord_voice_session_stream_live (f->session, FALSE);
  fake_scheduler_advance (f->scheduler, 600000);
  fail_unless_equals_string (f->asked->str, "");
  discord_voice_session_stream_live (f->session, TRUE);
  fail_unless_equals_string (f->asked->str, "watch ");
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_parent_leaves)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_GO_LIVE);

  fixture_connect_stream (f);
  discord_voice_session_parent_gone (f->session, NULL);
  fail_unless_ended (f, GST_DISCORD_ERROR_STREAM_ENDED);
  fail_unless_equals_string (f->states->str, "-");
  fail_unless_equals_string (f->asked->str, "delete ");
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_parent_fails)
{
  g_autoptr (GError) error = g_error_new_literal (
      GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_AUTHORIZED, "no");
  Fixture *f = fixture_new_stream (DISCORD_JOIN_GO_LIVE);

  discord_voice_session_start (f->session);
  discord_voice_session_parent_gone (f->session, error);
  fail_unless_ended (f, GST_DISCORD_ERROR_NOT_AUTHORIZED);
  fail_unless_equals_string (f->states->str, "sf");
  fail_unless_equals_string (f->asked->str, "");
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_new_main_session)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);

  fixture_connect_stream (f);
  discord_voice_session_replaced (f->session);
  fail_unless_equals_string (f->stream_states->str, "i");
  fail_unless_equals_string (f->asked->str, "");
  fail_unless_equals_int (f->closed, 1);
  /* The parent has to come back first. */
  discord_voice_session_set_parent (f->session, TRUE);
  fail_unless_equals_string (f->asked->str, "watch ");
  fixture_stream_created (f, RTC_SERVER);
  fixture_voice_server (f, "token-2", "voice.example:443");
  arrive (f);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_what_concerns_the_channel_only)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);
  FakeWebsocket *ws = fixture_connect_stream (f);

  discord_voice_session_set_self_state (f->session, TRUE, TRUE, TRUE);
  discord_voice_session_move (f->session, OTHER_CHANNEL);
  fail_unless_equals_string (f->asked->str, "");
  /* Golive 4: ops 18 and 20. */
  fake_websocket_say (ws, "{'op':18,'d':{'user_id':'5','flags':3}}");
  fake_websocket_say (ws, "{'op':20,'d':{'user_id':'5','platform':1}}");
  fail_unless_equals_int (f->client_numbers, 0);
  fixture_free (f);
}
GST_END_TEST;

static Suite *
voicesession_streamloss_suite (void)
{
  Suite *s = suite_create ("voicesession-streamloss");
  TCase *tc = tcase_create ("server");

  tcase_add_test (tc, test_fail_over);
  tcase_add_test (tc, test_fail_over_while_connecting);
  tcase_add_loop_test (tc, test_null_endpoint, 0, 2);
  tcase_add_test (tc, test_null_endpoint_at_first);
  tcase_add_loop_test (tc, test_outage, 0, N_RETURNS);
  tcase_add_test (tc, test_outage_without_end);
  tcase_add_test (tc, test_outage_without_a_server_after);
  tcase_add_test (tc, test_outage_without_reconnect);
  tcase_add_test (tc, test_outage_then_the_end);
  tcase_add_loop_test (tc, test_rejoin_asks_for_the_server_first, 0, 2);
  tcase_add_test (tc, test_rejoin_again_asks_for_the_stream);
  tcase_add_test (tc, test_another_stream_of_the_same_name);
  tcase_add_test (tc, test_kicked_from_the_server);
  suite_add_tcase (s, tc);

  tc = tcase_create ("parent");
  tcase_add_test (tc, test_waits_for_the_parent);
  tcase_add_test (tc, test_waits_for_the_owner);
  tcase_add_test (tc, test_parent_leaves);
  tcase_add_test (tc, test_parent_fails);
  tcase_add_test (tc, test_new_main_session);
  tcase_add_test (tc, test_what_concerns_the_channel_only);
  suite_add_tcase (s, tc);
  return s;
}

GST_CHECK_MAIN (voicesession_streamloss);
