/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session in a Go Live stream: golive 10 and 13. */
#include "sessionfixture.h"

#define NEXT_SERVER (RTC_SERVER + 100)

static void
fail_unless_ended (Fixture *f, GstDiscordError code)
{
  fail_unless_equals_int (f->ended, 1);
  fail_unless (g_error_matches (f->error, GST_DISCORD_ERROR, (gint) code),
      "ended with %s", f->error != NULL ? f->error->message : "nothing");
  fail_if (discord_voice_session_is_active (f->session));
  fail_unless (g_str_has_suffix (f->stream_states->str, "e"));
}

/* From op 18 or 20, which went out, to the open websocket. */
static FakeWebsocket *
signal_stream (Fixture *f, guint64 rtc_server_id, const gchar *token)
{
  FakeWebsocket *ws;

  fixture_stream_created (f, rtc_server_id);
  fixture_voice_server (f, token, "voice.example:443");
  ws = fixture_next_socket (f);
  fake_websocket_accept (ws);
  return ws;
}

static const DiscordJoin joins[] = { DISCORD_JOIN_WATCH, DISCORD_JOIN_GO_LIVE };

GST_START_TEST (test_events_in_either_order)
{
  gboolean server_first = __i__ & 1;
  DiscordJoin join = joins[__i__ >> 1];
  Fixture *f = fixture_new_stream (join);
  FakeWebsocket *ws;

  discord_voice_session_set_parent (f->session, TRUE);
  discord_voice_session_start (f->session);
  fail_unless_equals_string (
      f->asked->str, join == DISCORD_JOIN_WATCH ? "watch " : "create ");
  fail_unless_equals_string (f->stream_states->str, "r");
  if (server_first)
    fixture_voice_server (f, "token-1", "voice.example:443");
  fixture_stream_created (f, RTC_SERVER);
  if (!server_first)
    fixture_voice_server (f, "token-1", "voice.example:443");
  fail_unless_equals_string (f->stream_states->str, "rsc");
  ws = fixture_next_socket (f);
  fake_websocket_accept (ws);
  fixture_handshake (f, ws);
  fail_unless_equals_string (f->stream_states->str, "rsc+");
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_identify)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);
  g_autofree gchar *identify = NULL;
  FakeWebsocket *ws;

  discord_voice_session_set_parent (f->session, TRUE);
  discord_voice_session_start (f->session);
  ws = signal_stream (f, RTC_SERVER, "token-1");
  fail_unless (strstr (ws->url, "v=9") != NULL);
  identify = fake_websocket_take (ws);
  fail_unless (
      strstr (identify, "\"server_id\":\"1290000000000000010\"") != NULL);
  fail_unless (
      strstr (identify, "\"channel_id\":\"1290000000000000020\"") != NULL);
  fail_unless (strstr (identify, "\"session_id\":\"c3f0\"") != NULL);
  fail_unless (strstr (identify, "\"video\":true") != NULL);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_group_is_one_below_the_server)
{
  static const guint64 servers[] = { 1000, G_GUINT64_CONSTANT (1) << 53,
    RTC_SERVER, G_MAXUINT64 };
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);

  discord_voice_session_set_parent (f->session, TRUE);
  discord_voice_session_start (f->session);
  fixture_stream_created (f, servers[__i__]);
  fail_unless_equals_uint64 (
      discord_voice_session_get_group_id (f->session), servers[__i__] - 1);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_no_channel_is_v8)
{
  const DiscordStreamPlace place = { RTC_SERVER, 0, USER, "c3f0" };
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);
  g_autofree gchar *identify = NULL;
  FakeWebsocket *ws;

  discord_voice_session_set_parent (f->session, TRUE);
  discord_voice_session_start (f->session);
  discord_voice_session_stream_created (f->session, &place);
  fixture_voice_server (f, "token-1", "voice.example:443");
  ws = fixture_next_socket (f);
  fail_unless (strstr (ws->url, "v=8") != NULL);
  fake_websocket_accept (ws);
  identify = fake_websocket_take (ws);
  fail_unless (strstr (identify, "channel_id") == NULL);
  fixture_free (f);
}
GST_END_TEST;

static const struct
{
  GstDiscordStreamDeleteReason reason;
  GstDiscordError error;
} reasons[] = {
  { GST_DISCORD_STREAM_DELETE_REASON_UNKNOWN, GST_DISCORD_ERROR_STREAM_ENDED },
  { GST_DISCORD_STREAM_DELETE_REASON_USER_REQUESTED,
      GST_DISCORD_ERROR_STREAM_ENDED },
  { GST_DISCORD_STREAM_DELETE_REASON_STREAM_ENDED,
      GST_DISCORD_ERROR_STREAM_ENDED },
  { GST_DISCORD_STREAM_DELETE_REASON_STREAM_FULL,
      GST_DISCORD_ERROR_STREAM_FULL },
  { GST_DISCORD_STREAM_DELETE_REASON_UNAUTHORIZED,
      GST_DISCORD_ERROR_STREAM_REFUSED },
  { GST_DISCORD_STREAM_DELETE_REASON_SAFETY_GUILD_RATE_LIMITED,
      GST_DISCORD_ERROR_RATE_LIMITED },
  { GST_DISCORD_STREAM_DELETE_REASON_PARSE_FAILED, GST_DISCORD_ERROR_PROTOCOL },
  { GST_DISCORD_STREAM_DELETE_REASON_INVALID_CHANNEL,
      GST_DISCORD_ERROR_STREAM_REFUSED },
};

GST_START_TEST (test_refused)
{
  guint i = (guint) __i__ >> 1;
  Fixture *f = fixture_new_stream (joins[__i__ & 1]);
  gboolean clean = reasons[i].error == GST_DISCORD_ERROR_STREAM_ENDED;

  discord_voice_session_set_parent (f->session, TRUE);
  discord_voice_session_start (f->session);
  g_string_truncate (f->asked, 0);
  discord_voice_session_stream_deleted (f->session, reasons[i].reason);
  fail_unless_ended (f, reasons[i].error);
  fail_unless_equals_string (f->states->str, clean ? "s-" : "sf");
  fail_unless_equals_int (f->reason, reasons[i].reason);
  fail_unless_equals_string (f->asked->str, "");
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_ended_by_its_owner)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);
  FakeWebsocket *ws = fixture_connect_stream (f);

  discord_voice_session_stream_deleted (
      f->session, GST_DISCORD_STREAM_DELETE_REASON_STREAM_ENDED);
  fail_unless_ended (f, GST_DISCORD_ERROR_STREAM_ENDED);
  fail_unless_equals_string (f->states->str, "-");
  /* Golive 3.3: without op 19. */
  fail_unless_equals_string (f->asked->str, "");
  fake_scheduler_advance (f->scheduler, 0);
  fail_unless_equals_int (ws->close_code, 1000);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_ended_by_us)
{
  Fixture *f = fixture_new_stream (joins[__i__]);

  fixture_connect_stream (f);
  discord_voice_session_stop (f->session, FALSE);
  fail_unless_equals_string (f->asked->str, "delete ");
  fail_unless_equals_int (f->ended, 1);
  fail_unless (f->error == NULL);
  fail_unless_equals_string (f->stream_states->str, "e");
  fail_unless_equals_int (
      f->reason, GST_DISCORD_STREAM_DELETE_REASON_USER_REQUESTED);
  /* Its answer is about nothing that is. */
  discord_voice_session_stream_deleted (
      f->session, GST_DISCORD_STREAM_DELETE_REASON_USER_REQUESTED);
  fail_unless_equals_int (f->ended, 1);
  fixture_free (f);
}
GST_END_TEST;

/* The answer to an op 19 from before comes between. */
GST_START_TEST (test_begins_before_the_last_has_ended)
{
  gboolean created_before = __i__ & 1;
  GstDiscordStreamDeleteReason reason = __i__ & 2
      ? GST_DISCORD_STREAM_DELETE_REASON_STREAM_ENDED
      : GST_DISCORD_STREAM_DELETE_REASON_USER_REQUESTED;
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);
  FakeWebsocket *ws;

  discord_voice_session_set_parent (f->session, TRUE);
  discord_voice_session_start (f->session);
  discord_voice_session_expect_deletes (f->session, 1);
  if (created_before)
    signal_stream (f, RTC_SERVER, "token-0");
  discord_voice_session_stream_deleted (f->session, reason);
  fail_unless_equals_int (f->ended, 0);
  ws = signal_stream (f, NEXT_SERVER, "token-1");
  fixture_handshake (f, ws);
  fail_unless (f->can_send);
  discord_voice_session_stream_deleted (
      f->session, GST_DISCORD_STREAM_DELETE_REASON_USER_REQUESTED);
  fail_unless_ended (f, GST_DISCORD_ERROR_STREAM_ENDED);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_again_after_the_end)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_GO_LIVE);

  fixture_connect_stream (f);
  discord_voice_session_stop (f->session, FALSE);
  g_string_truncate (f->stream_states, 0);
  fixture_connect_stream (f);
  fail_unless_equals_int (f->readies, 2);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_silence)
{
  Fixture *f = fixture_new_stream (joins[__i__]);

  discord_voice_session_set_parent (f->session, TRUE);
  discord_voice_session_start (f->session);
  fake_scheduler_advance (f->scheduler, 29999);
  fail_unless_equals_int (f->ended, 0);
  g_string_truncate (f->asked, 0);
  fake_scheduler_advance (f->scheduler, 1);
  fail_unless_ended (f, GST_DISCORD_ERROR_JOIN_TIMEOUT);
  fail_unless_equals_string (f->asked->str, "delete ");
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_only_one_event)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);

  discord_voice_session_set_parent (f->session, TRUE);
  discord_voice_session_start (f->session);
  if (__i__)
    fixture_stream_created (f, RTC_SERVER);
  else
    fixture_voice_server (f, "token-1", "voice.example:443");
  fail_unless_equals_string (f->stream_states->str, "r");
  fake_scheduler_advance (f->scheduler, 30000);
  fail_unless_ended (f, GST_DISCORD_ERROR_JOIN_TIMEOUT);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_cannot_be_asked)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_GO_LIVE);

  f->refuse_stream = TRUE;
  discord_voice_session_set_parent (f->session, TRUE);
  discord_voice_session_start (f->session);
  fail_unless_ended (f, GST_DISCORD_ERROR_NOT_SUPPORTED);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_news_of_others_are_none)
{
  Fixture *f = fixture_new_stream (DISCORD_JOIN_WATCH);

  /* Nothing was asked for. */
  discord_voice_session_start (f->session);
  fixture_voice_server (f, "token-1", "voice.example:443");
  fixture_stream_created (f, RTC_SERVER);
  discord_voice_session_stream_unavailable (f->session);
  discord_voice_session_stream_deleted (
      f->session, GST_DISCORD_STREAM_DELETE_REASON_STREAM_ENDED);
  fail_unless_equals_string (f->states->str, "s");
  fail_unless_equals_string (f->stream_states->str, "");
  fail_unless_equals_int (f->ended, 0);
  fixture_free (f);
}
GST_END_TEST;

static Suite *
voicesession_stream_suite (void)
{
  Suite *s = suite_create ("voicesession-stream");
  TCase *tc = tcase_create ("life");

  tcase_add_loop_test (tc, test_events_in_either_order, 0, 4);
  tcase_add_test (tc, test_identify);
  tcase_add_loop_test (tc, test_group_is_one_below_the_server, 0, 4);
  tcase_add_test (tc, test_no_channel_is_v8);
  tcase_add_loop_test (tc, test_refused, 0, 2 * G_N_ELEMENTS (reasons));
  tcase_add_test (tc, test_ended_by_its_owner);
  tcase_add_loop_test (tc, test_ended_by_us, 0, 2);
  tcase_add_loop_test (tc, test_begins_before_the_last_has_ended, 0, 4);
  tcase_add_test (tc, test_again_after_the_end);
  tcase_add_loop_test (tc, test_silence, 0, 2);
  tcase_add_loop_test (tc, test_only_one_event, 0, 2);
  tcase_add_test (tc, test_cannot_be_asked);
  tcase_add_test (tc, test_news_of_others_are_none);
  suite_add_tcase (s, tc);
  return s;
}

GST_CHECK_MAIN (voicesession_stream);
