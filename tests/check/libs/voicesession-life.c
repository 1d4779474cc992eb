/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resuming, moving by our own wish, mute, speaking, leaving. */
#include "sessionfixture.h"

GST_START_TEST (test_resume_keeps_the_session)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws = fixture_connect (f);

  fake_websocket_hang_up (ws, 0, NULL);
  fail_unless_equals_string (f->states->str, "r");
  fail_unless (f->can_send);
  fake_scheduler_advance (f->scheduler, 0);
  ws = fixture_next_socket (f);
  fake_websocket_accept (ws);
  fake_websocket_expect_op (ws, 7);
  fake_websocket_say (ws, "{'op':8,'d':{'v':9,'heartbeat_interval':41250}}");
  fake_websocket_say (ws, "{'op':9,'d':null}");

  fail_unless_equals_string (f->states->str, "rc");
  fail_unless_equals_int (f->resumes, 1);
  fail_unless_equals_int (f->readies, 1);
  fail_unless_equals_int (f->closed, 0);
  fail_unless_equals_string (f->asked->str, "");
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_resume_stops_sending_after_5_s)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws = fixture_connect (f);

  fake_websocket_hang_up (ws, 4015, NULL);
  fake_scheduler_advance (f->scheduler, 0);
  ws = fixture_next_socket (f);
  fake_scheduler_advance (f->scheduler, 4999);
  fail_unless (f->can_send);
  fake_scheduler_advance (f->scheduler, 1);
  fail_if (f->can_send);
  fake_websocket_accept (ws);
  fake_websocket_say (ws, "{'op':9,'d':null}");
  fail_unless (f->can_send);
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_refused_resume_rejoins)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws = fixture_connect (f);

  fake_websocket_hang_up (ws, 0, NULL);
  fake_scheduler_advance (f->scheduler, 0);
  ws = fixture_next_socket (f);
  fake_websocket_accept (ws);
  fake_websocket_hang_up (ws, 4006, NULL);
  fail_unless_equals_string (f->states->str, "rs");
  fail_unless_equals_int (f->closed, 1);
  fake_scheduler_advance (f->scheduler, 1000);
  fail_unless_equals_string (f->asked->str, "join ");
  ws = fixture_signal (f, "token-2");
  fixture_handshake (f, ws);
  fail_unless_equals_int (f->readies, 2);
  fail_unless (f->can_send);
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_move_by_our_wish)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws;

  fixture_connect (f);
  discord_voice_session_move (f->session, OTHER_CHANNEL);
  fail_unless_equals_string (f->asked->str, "move ");
  fail_unless (f->can_send);
  fixture_voice_state (f, OTHER_CHANNEL);
  fail_unless_equals_uint64 (f->moved_to, OTHER_CHANNEL);
  fixture_voice_server (f, "token-2", "voice.example:443");
  ws = fixture_next_socket (f);
  fake_websocket_accept (ws);
  {
    g_autofree gchar *identify = fake_websocket_take (ws);

    fail_unless (strstr (identify, "290926798999357251") != NULL);
  }
  fixture_handshake (f, ws);
  fake_scheduler_advance (f->scheduler, 29000);
  fail_unless_equals_uint64 (f->move_timed_out, 0);
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_move_without_answer)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws = fixture_connect (f);

  discord_voice_session_move (f->session, OTHER_CHANNEL);
  fake_scheduler_advance (f->scheduler, 30000);
  fail_unless_equals_uint64 (f->move_timed_out, OTHER_CHANNEL);
  fail_unless_equals_int (f->ended, 0);
  fail_unless (f->can_send);
  /* A rejoin asks for where we are. */
  g_string_truncate (f->asked, 0);
  fake_websocket_hang_up (ws, 4006, NULL);
  fake_scheduler_advance (f->scheduler, 1000);
  fail_unless_equals_string (f->asked->str, "join ");
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_mute_asks_once)
{
  Fixture *f = fixture_new ();

  fixture_connect (f);
  discord_voice_session_set_self_state (f->session, FALSE, FALSE, FALSE);
  fail_unless_equals_string (f->asked->str, "");
  discord_voice_session_set_self_state (f->session, TRUE, FALSE, FALSE);
  fail_unless_equals_string (f->asked->str, "join+mute ");
  fixture_free (f);
}

GST_END_TEST;

/* The camera stays what it is told to be until told otherwise. */
GST_START_TEST (test_camera_is_kept)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws = fixture_connect (f);

  discord_voice_session_set_self_state (f->session, FALSE, FALSE, TRUE);
  discord_voice_session_set_self_state (f->session, FALSE, FALSE, TRUE);
  fail_unless_equals_string (f->asked->str, "join+video ");
  discord_voice_session_set_self_state (f->session, TRUE, FALSE, TRUE);
  fail_unless_equals_string (f->asked->str, "join+video join+mute+video ");

  g_string_truncate (f->asked, 0);
  discord_voice_session_move (f->session, OTHER_CHANNEL);
  fail_unless_equals_string (f->asked->str, "move+mute+video ");
  fixture_voice_state (f, OTHER_CHANNEL);

  g_string_truncate (f->asked, 0);
  fake_websocket_hang_up (ws, 4006, NULL);
  fake_scheduler_advance (f->scheduler, 1000);
  fail_unless_equals_string (f->asked->str, "move+mute+video ");
  ws = fixture_signal (f, "token-2");
  fixture_handshake (f, ws);

  g_string_truncate (f->asked, 0);
  discord_voice_session_replaced (f->session);
  fail_unless_equals_string (f->asked->str, "join+mute+video ");
  discord_voice_session_set_self_state (f->session, TRUE, FALSE, FALSE);
  fail_unless_equals_string (f->asked->str, "join+mute+video join+mute ");
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_speaking_survives_a_rejoin)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws;

  discord_voice_session_set_speaking (f->session, 1);
  fail_unless_equals_int (f->speaking_sent, -1);
  ws = fixture_connect (f);
  fail_unless_equals_int (f->speaking_sent, 1);
  discord_voice_session_set_speaking (f->session, 5);
  fail_unless_equals_int (f->speaking_sent, 5);

  f->speaking_sent = -1;
  fake_websocket_hang_up (ws, 4006, NULL);
  fake_scheduler_advance (f->scheduler, 1000);
  ws = fixture_signal (f, "token-2");
  fixture_handshake (f, ws);
  fail_unless_equals_int (f->speaking_sent, 5);
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_leave_waits_for_the_answer)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws = fixture_connect (f);

  discord_voice_session_stop (f->session, FALSE);
  fail_unless_equals_string (f->asked->str, "leave ");
  fail_if (f->can_send);
  fail_unless_equals_int (ws->close_code, 0);
  if (__i__ == 0)
    fixture_voice_state (f, 0);
  else
    fake_scheduler_advance (f->scheduler, 2500);
  fail_unless_equals_int (f->ended, 1);
  fail_unless (f->error == NULL);
  fail_unless_equals_int (f->closed, 1);
  fake_scheduler_advance (f->scheduler, 0);
  fail_unless_equals_int (ws->close_code, 1000);
  fail_unless_equals_string (f->states->str, "-");
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_leave_by_force)
{
  Fixture *f = fixture_new ();

  fixture_connect (f);
  discord_voice_session_stop (f->session, TRUE);
  fail_unless_equals_string (f->asked->str, "leave ");
  fail_unless_equals_int (f->ended, 1);
  fixture_free (f);
}

GST_END_TEST;

/* Nobody answers the leave of one who was never in. */
GST_START_TEST (test_leave_before_the_answer_ends_at_once)
{
  Fixture *f = fixture_new ();

  discord_voice_session_start (f->session);
  discord_voice_session_stop (f->session, FALSE);
  fail_unless_equals_string (f->asked->str, "join leave ");
  fail_unless_equals_int (f->ended, 1);
  fail_unless (f->error == NULL);
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_join_again_while_leaving)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws;

  fixture_connect (f);
  discord_voice_session_stop (f->session, FALSE);
  discord_voice_session_start (f->session);
  fail_unless_equals_string (f->asked->str, "leave ");
  fixture_voice_state (f, 0);
  fail_unless_equals_string (f->asked->str, "leave join ");
  ws = fixture_signal (f, "token-2");
  fixture_handshake (f, ws);
  fail_unless (f->can_send);
  fixture_free (f);
}

GST_END_TEST;

/* In each phase of a join. */
GST_START_TEST (test_leave_in_each_phase)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws = NULL;

  discord_voice_session_start (f->session);
  if (__i__ >= 1)
    ws = fixture_signal (f, "token-1");
  if (__i__ >= 2)
    fake_websocket_say (ws,
        "{'op':2,'d':{'ssrc':4294967294,'ip':'127.0.0.1','port':50004,"
        "'modes':['aead_aes256_gcm_rtpsize']}}");
  if (__i__ >= 3)
    discord_voice_session_discovered (f->session, "203.0.113.7", 1, NULL);
  discord_voice_session_stop (f->session, FALSE);
  /* What comes late changes nothing. */
  discord_voice_session_discovered (f->session, "203.0.113.7", 1, NULL);
  fixture_voice_server (f, "token-3", "voice.example:443");
  fixture_voice_state (f, 0);
  fail_unless_equals_int (f->ended, 1);
  fail_unless (f->error == NULL);
  fail_unless_equals_string (f->asked->str, "join leave ");
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_signaller_failure_ends_it)
{
  Fixture *f = fixture_new ();
  g_autoptr (GError) error = g_error_new_literal (
      GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_AUTHORIZED, "bad token");

  if (__i__ == 0)
    discord_voice_session_start (f->session);
  else
    fixture_connect (f);
  discord_voice_session_signaller_failed (f->session, error);
  fail_unless_equals_int (f->ended, 1);
  fail_unless (g_error_matches (
      f->error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_AUTHORIZED));
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_key_used_up)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws;

  fixture_connect (f);
  discord_voice_session_key_exhausted (f->session);
  fail_if (f->can_send);
  fake_scheduler_advance (f->scheduler, 1000);
  fail_unless_equals_string (f->asked->str, "join ");
  ws = fixture_signal (f, "token-2");
  fixture_handshake (f, ws);
  fail_unless (f->can_send);
  fixture_free (f);
}

GST_END_TEST;

static Suite *
voicesession_suite (void)
{
  Suite *s = suite_create ("voicesession-life");
  TCase *tc = tcase_create ("resume");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_resume_keeps_the_session);
  tcase_add_test (tc, test_resume_stops_sending_after_5_s);
  tcase_add_test (tc, test_refused_resume_rejoins);
  tcase_add_test (tc, test_key_used_up);

  tc = tcase_create ("wishes");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_move_by_our_wish);
  tcase_add_test (tc, test_move_without_answer);
  tcase_add_test (tc, test_mute_asks_once);
  tcase_add_test (tc, test_camera_is_kept);
  tcase_add_test (tc, test_speaking_survives_a_rejoin);

  tc = tcase_create ("end");
  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_leave_waits_for_the_answer, 0, 2);
  tcase_add_test (tc, test_leave_by_force);
  tcase_add_test (tc, test_leave_before_the_answer_ends_at_once);
  tcase_add_test (tc, test_join_again_while_leaving);
  tcase_add_loop_test (tc, test_leave_in_each_phase, 0, 4);
  tcase_add_loop_test (tc, test_signaller_failure_ends_it, 0, 2);
  return s;
}

GST_CHECK_MAIN (voicesession);
