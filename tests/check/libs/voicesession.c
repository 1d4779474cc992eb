/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stay in a channel: joining, being moved, leaving, and what each loss leads
 * to (voice gateway 1.7-1.9, 2.3, 4, 5). */
#include "sessionfixture.h"

static void
check_ended (Fixture *f, GstDiscordError code)
{
  fail_unless_equals_int (f->ended, 1);
  fail_unless (g_error_matches (f->error, GST_DISCORD_ERROR, code));
  fail_if (discord_voice_session_is_active (f->session));
  fail_if (f->can_send);
}

GST_START_TEST (test_join_in_either_order)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws;

  discord_voice_session_start (f->session);
  fail_unless_equals_string (f->asked->str, "join ");
  if (__i__ == 0) {
    fixture_voice_state (f, CHANNEL);
    fixture_voice_server (f, "token-1", "voice.example:443");
  } else {
    fixture_voice_server (f, "token-1", "voice.example:443");
    fixture_voice_state (f, CHANNEL);
  }
  ws = fixture_next_socket (f);
  fail_unless_equals_string (ws->url, "wss://voice.example:443/?v=9");
  fake_websocket_accept (ws);
  fixture_handshake (f, ws);

  fail_unless_equals_string (f->states->str, "soidec");
  fail_unless (f->can_send);
  fail_unless_equals_uint64 (f->ssrc, SSRC);
  fail_unless_equals_int (f->mode, TRANSPORT_MODE_AES256_GCM);
  fail_unless_equals_int (f->key, 7);
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_join_without_answer)
{
  Fixture *f = fixture_new ();

  discord_voice_session_start (f->session);
  fake_scheduler_advance (f->scheduler, 29999);
  fail_unless_equals_int (f->ended, 0);
  fake_scheduler_advance (f->scheduler, 1);
  check_ended (f, GST_DISCORD_ERROR_JOIN_TIMEOUT);
  fail_unless_equals_string (f->asked->str, "join ");
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_null_endpoint_restarts_the_time_out)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws;

  discord_voice_session_start (f->session);
  fixture_voice_state (f, CHANNEL);
  fake_scheduler_advance (f->scheduler, 20000);
  fixture_voice_server (f, "token-1", NULL);
  fake_scheduler_advance (f->scheduler, 20000);
  fixture_voice_server (f, "token-2", "voice.example:443");
  ws = fixture_next_socket (f);
  fake_websocket_accept (ws);
  fixture_handshake (f, ws);
  fail_unless (f->can_send);
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_null_endpoint_while_connected)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws = fixture_connect (f);

  fixture_voice_server (f, NULL, NULL);
  fail_unless_equals_string (f->states->str, "w");
  fail_if (f->can_send);
  fail_unless_equals_int (f->closed, 1);
  /* We do not rejoin by ourselves. */
  fake_scheduler_advance (f->scheduler, 59000);
  fail_unless_equals_string (f->asked->str, "");
  fail_unless_equals_int (ws->close_code, 1000);
  if (__i__ == 0) {
    fixture_voice_server (f, "token-2", "other.example:2053");
    ws = fixture_next_socket (f);
    fake_websocket_accept (ws);
    fixture_handshake (f, ws);
    fail_unless (f->can_send);
    fail_unless_equals_int (f->readies, 2);
  } else {
    fake_scheduler_advance (f->scheduler, 1000);
    check_ended (f, GST_DISCORD_ERROR_SERVER_TIMEOUT);
  }
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_server_update_while_opening)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *first, *ws;

  discord_voice_session_start (f->session);
  first = fixture_signal (f, "token-1");
  /* The same once more is nothing new. */
  fixture_voice_server (f, "token-1", "voice.example:443");
  fail_unless_equals_int (f->websockets->sockets->len, 1);
  fixture_voice_server (f, "token-2", "voice.example:443");
  ws = fixture_next_socket (f);
  fake_websocket_accept (ws);
  fixture_handshake (f, ws);
  fake_scheduler_advance (f->scheduler, 0);
  fail_unless (first->freed);
  fail_unless (f->can_send);
  fixture_free (f);
}

GST_END_TEST;

/* Also to the same endpoint: the old session is dead, the token differs. */
GST_START_TEST (test_pain_05_server_move)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *old = fixture_connect (f);
  FakeWebsocket *ws;

  fixture_voice_server (f, "token-2", "voice.example:443");
  fail_if (f->can_send);
  ws = fixture_next_socket (f);
  fake_websocket_accept (ws);
  fake_websocket_expect_op (ws, 0);
  fixture_handshake (f, ws);
  fake_scheduler_advance (f->scheduler, 0);
  fail_unless_equals_int (old->close_code, 1000);
  fail_unless_equals_string (f->states->str, "oidec");
  fail_unless_equals_int (f->readies, 2);
  fail_unless_equals_string (f->asked->str, "");
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_pain_05_kicked)
{
  Fixture *f = fixture_new ();

  fixture_connect (f);
  fixture_voice_state (f, 0);
  check_ended (f, GST_DISCORD_ERROR_DISCONNECTED);
  /* Nobody rejoins after a kick, now or later. */
  fake_scheduler_advance (f->scheduler, 600000);
  fail_unless_equals_string (f->asked->str, "");
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_pain_05_4014_waits_for_the_main_gateway)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws = fixture_connect (f);

  fake_websocket_hang_up (ws, __i__ == 3 ? 4022 : 4014, NULL);
  fail_unless_equals_string (f->states->str, "w");
  fake_scheduler_advance (f->scheduler, 29000);
  fail_unless_equals_string (f->asked->str, "");
  switch (__i__) {
    case 0: /* moved */
      fixture_voice_state (f, OTHER_CHANNEL);
      fixture_voice_server (f, "token-2", "voice.example:443");
      ws = fixture_next_socket (f);
      fake_websocket_accept (ws);
      fixture_handshake (f, ws);
      fail_unless (f->can_send);
      fail_unless_equals_uint64 (f->moved_to, OTHER_CHANNEL);
      break;
    case 1: /* kicked */
      fixture_voice_state (f, 0);
      check_ended (f, GST_DISCORD_ERROR_DISCONNECTED);
      fail_unless_equals_int (
          gst_discord_error_get_close_code (f->error), 4014);
      break;
    case 2: /* nothing */
      fake_scheduler_advance (f->scheduler, 1000);
      check_ended (f, GST_DISCORD_ERROR_DISCONNECTED);
      break;
    default: /* the call is over */
      fake_scheduler_advance (f->scheduler, 1000);
      check_ended (f, GST_DISCORD_ERROR_CALL_TERMINATED);
      break;
  }
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_main_session_replaced)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws = fixture_connect (f);

  if (__i__ == 1)
    fake_websocket_hang_up (ws, 4014, NULL);
  discord_voice_session_replaced (f->session);
  fail_unless_equals_string (f->asked->str, "join ");
  ws = fixture_signal (f, "token-2");
  fixture_handshake (f, ws);
  fail_unless (f->can_send);
  fixture_free (f);
}

GST_END_TEST;

static const struct
{
  guint16 code;
  GstDiscordError error;
} give_ups[] = {
  { 4012, GST_DISCORD_ERROR_UNKNOWN_PROTOCOL },
  { 4017, GST_DISCORD_ERROR_E2EE_REQUIRED },
  { 4021, GST_DISCORD_ERROR_RATE_LIMITED },
};

/* A clear error and no loop. */
GST_START_TEST (test_pain_03_give_up_codes)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws = fixture_connect (f);

  fake_websocket_hang_up (ws, give_ups[__i__].code, NULL);
  check_ended (f, give_ups[__i__].error);
  fake_scheduler_advance (f->scheduler, 600000);
  fail_unless_equals_int (f->websockets->sockets->len, 1);
  fail_unless_equals_string (f->asked->str, "leave ");
  fixture_free (f);
}

GST_END_TEST;

static const guint16 once_codes[] = { 4001, 4002, 4003, 4004, 4005, 4020 };

GST_START_TEST (test_rejoin_once_codes)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws = fixture_connect (f);

  fake_websocket_hang_up (ws, once_codes[__i__], NULL);
  fail_unless_equals_string (f->states->str, "s");
  fake_scheduler_advance (f->scheduler, 1000);
  fail_unless_equals_string (f->asked->str, "join ");
  ws = fixture_signal (f, "token-2");
  fixture_handshake (f, ws);
  fail_unless (f->can_send);

  fake_scheduler_advance (f->scheduler, 30000);
  fake_websocket_hang_up (ws, once_codes[__i__], NULL);
  fail_unless_equals_int (f->ended, 1);
  fail_unless_equals_int (
      gst_discord_error_get_close_code (f->error), once_codes[__i__]);
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_rejoin_once_again_after_a_minute)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws = fixture_connect (f);

  for (guint i = 0; i < 3; i++) {
    fake_websocket_hang_up (ws, 4002, NULL);
    fake_scheduler_advance (f->scheduler, 1000);
    ws = fixture_signal (f, "token-2");
    fixture_handshake (f, ws);
    fail_unless (f->can_send);
    /* Its heartbeats are answered all the while. */
    for (guint s = 0; s < 62; s++) {
      fake_scheduler_advance (f->scheduler, 1000);
      fake_websocket_say (ws, "{'op':6,'d':{'t':1}}");
    }
  }
  fail_unless_equals_int (f->ended, 0);
  fixture_free (f);
}

GST_END_TEST;

static const guint16 rejoin_codes[] = { 4006, 4009, 4011, 4999 };

/* Back-off instead of a storm, and an end. */
GST_START_TEST (test_pain_04_rejoin_backs_off_and_ends)
{
  static const guint delays[] = { 1000, 2000, 4000, 8000, 16000, 30000, 30000,
    30000, 30000, 30000 };
  Fixture *f = fixture_new ();
  FakeWebsocket *ws = fixture_connect (f);

  for (guint i = 0; i < G_N_ELEMENTS (delays); i++) {
    g_string_truncate (f->asked, 0);
    fake_websocket_hang_up (ws, rejoin_codes[__i__], NULL);
    fail_unless_equals_int (f->ended, 0);
    fake_scheduler_advance (f->scheduler, delays[i] - 1);
    fail_unless_equals_string (f->asked->str, "");
    fake_scheduler_advance (f->scheduler, 1);
    fail_unless_equals_string (f->asked->str, "join ");
    ws = fixture_signal (f, "token-2");
  }
  fake_websocket_hang_up (ws, rejoin_codes[__i__], NULL);
  fail_unless_equals_int (f->ended, 1);
  fail_unless_equals_int (
      gst_discord_error_get_close_code (f->error), rejoin_codes[__i__]);
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_reconnect_off)
{
  DiscordVoiceSessionConfig config = fixture_default_config ();
  Fixture *f;
  FakeWebsocket *ws;

  config.reconnect = FALSE;
  f = fixture_new_full (&config);
  ws = fixture_connect (f);
  fake_websocket_hang_up (ws, 4006, NULL);
  check_ended (f, GST_DISCORD_ERROR_SESSION_INVALID);
  fixture_free (f);
}

GST_END_TEST;

/* The main gateway may take the op 4 of a rejoin for no change. */
GST_START_TEST (test_rejoin_leaves_first_when_ignored)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws = fixture_connect (f);

  fake_websocket_hang_up (ws, 4006, NULL);
  fake_scheduler_advance (f->scheduler, 1000);
  fail_unless_equals_string (f->asked->str, "join ");
  fixture_voice_state (f, CHANNEL);
  fake_scheduler_advance (f->scheduler, 2500);
  fail_unless_equals_string (f->asked->str, "join leave join ");
  /* The answer to that leave is not a kick. */
  fixture_voice_state (f, 0);
  fail_unless_equals_int (f->ended, 0);
  ws = fixture_signal (f, "token-2");
  fixture_handshake (f, ws);
  fail_unless (f->can_send);
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_4016_forces_xchacha20)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws = fixture_connect (f);

  fail_unless_equals_int (f->mode, TRANSPORT_MODE_AES256_GCM);
  fake_websocket_hang_up (ws, 4016, NULL);
  fake_scheduler_advance (f->scheduler, 1000);
  ws = fixture_signal (f, "token-2");
  fake_websocket_say (ws, "{'op':8,'d':{'v':9,'heartbeat_interval':41250}}");
  while (!g_queue_is_empty (&ws->sent))
    g_free (fake_websocket_take (ws));
  fake_websocket_say (ws,
      "{'op':2,'d':{'ssrc':4294967294,'ip':'127.0.0.1','port':50004,'modes':"
      "['aead_aes256_gcm_rtpsize','aead_xchacha20_poly1305_rtpsize']}}");
  while (!g_queue_is_empty (&ws->sent))
    g_free (fake_websocket_take (ws));
  discord_voice_session_discovered (f->session, "203.0.113.7", 51413, NULL);
  {
    g_autofree gchar *select = fake_websocket_take (ws);

    fail_unless (strstr (select, "aead_xchacha20_poly1305_rtpsize") != NULL);
    fail_unless (strstr (select, "aes256") == NULL);
  }
  fake_websocket_hang_up (ws, 4016, NULL);
  check_ended (f, GST_DISCORD_ERROR_ENCRYPTION_MODE);
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_no_mode_in_common)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws;

  discord_voice_session_start (f->session);
  ws = fixture_signal (f, "token-1");
  fake_websocket_say (ws,
      "{'op':2,'d':{'ssrc':4294967294,'ip':'127.0.0.1',"
      "'port':50004,'modes':['xsalsa20_poly1305']}}");
  check_ended (f, GST_DISCORD_ERROR_ENCRYPTION_MODE);
  fail_unless (strstr (f->error->message, "xsalsa20_poly1305") != NULL);
  fixture_free (f);
}

GST_END_TEST;

/* UDP blocked: one clear error within the time-out of the join. */
GST_START_TEST (test_no_discovery_answer)
{
  Fixture *f = fixture_new ();
  gint64 start = f->scheduler->now;
  g_autoptr (GError) blocked = g_error_new_literal (
      GST_DISCORD_ERROR, GST_DISCORD_ERROR_UDP_BLOCKED, "no answer on UDP");

  discord_voice_session_start (f->session);
  for (guint i = 0; i < 10 && f->ended == 0; i++) {
    FakeWebsocket *ws = fixture_signal (f, "token-1");

    fake_websocket_say (ws, "{'op':8,'d':{'v':9,'heartbeat_interval':41250}}");
    fake_websocket_say (ws,
        "{'op':2,'d':{'ssrc':4294967294,'ip':'127.0.0.1','port':50004,"
        "'modes':['aead_aes256_gcm_rtpsize']}}");
    fake_scheduler_advance (f->scheduler, 5000);
    discord_voice_session_discovered (f->session, NULL, 0, blocked);
    fake_scheduler_advance (f->scheduler,
        i == 0       ? 1000
            : i == 1 ? 2000
                     : 30000);
  }
  check_ended (f, GST_DISCORD_ERROR_UDP_BLOCKED);
  fail_unless (f->scheduler->now - start <= 60 * G_USEC_PER_SEC);
  fixture_free (f);
}

GST_END_TEST;

GST_START_TEST (test_transport_that_does_not_open)
{
  Fixture *f = fixture_new ();
  FakeWebsocket *ws;

  f->refuse_transport = TRUE;
  discord_voice_session_start (f->session);
  ws = fixture_signal (f, "token-1");
  fake_websocket_say (ws,
      "{'op':2,'d':{'ssrc':4294967294,'ip':'127.0.0.1',"
      "'port':50004,'modes':['aead_aes256_gcm_rtpsize']}}");
  fail_unless_equals_string (f->states->str, "soids");
  f->refuse_transport = FALSE;
  fake_scheduler_advance (f->scheduler, 1000);
  ws = fixture_signal (f, "token-2");
  fixture_handshake (f, ws);
  fail_unless (f->can_send);
  fixture_free (f);
}

GST_END_TEST;

static Suite *
voicesession_suite (void)
{
  Suite *s = suite_create ("voicesession");
  TCase *tc = tcase_create ("join");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_join_in_either_order, 0, 2);
  tcase_add_test (tc, test_join_without_answer);
  tcase_add_test (tc, test_null_endpoint_restarts_the_time_out);
  tcase_add_test (tc, test_server_update_while_opening);
  tcase_add_test (tc, test_no_mode_in_common);
  tcase_add_test (tc, test_no_discovery_answer);
  tcase_add_test (tc, test_transport_that_does_not_open);

  tc = tcase_create ("loss");
  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_null_endpoint_while_connected, 0, 2);
  tcase_add_test (tc, test_pain_05_server_move);
  tcase_add_test (tc, test_pain_05_kicked);
  tcase_add_loop_test (tc, test_pain_05_4014_waits_for_the_main_gateway, 0, 4);
  tcase_add_loop_test (tc, test_main_session_replaced, 0, 2);
  tcase_add_loop_test (
      tc, test_pain_03_give_up_codes, 0, G_N_ELEMENTS (give_ups));
  tcase_add_loop_test (
      tc, test_rejoin_once_codes, 0, G_N_ELEMENTS (once_codes));
  tcase_add_test (tc, test_rejoin_once_again_after_a_minute);
  tcase_add_loop_test (tc, test_pain_04_rejoin_backs_off_and_ends, 0,
      G_N_ELEMENTS (rejoin_codes));
  tcase_add_test (tc, test_reconnect_off);
  tcase_add_test (tc, test_rejoin_leaves_first_when_ignored);
  tcase_add_test (tc, test_4016_forces_xchacha20);
  return s;
}

GST_CHECK_MAIN (voicesession);
