/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How voice gateway sessions end: close codes and time-outs. */
#include "voicegateway-session.h"

/* Section 4 of the protocol page, all of it and some neighbours. */
static const struct
{
  guint16 code;
  DiscordReaction connected; /* RESUME: a resume begins */
  DiscordReaction handshake;
  DiscordReaction resuming;
  GstDiscordError error;
} close_codes[] = {
  { 1000, DISCORD_REACTION_RESUME, DISCORD_REACTION_REJOIN,
      DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_SERVER_TIMEOUT },
  { 1001, DISCORD_REACTION_RESUME, DISCORD_REACTION_REJOIN,
      DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_SERVER_TIMEOUT },
  { 1006, DISCORD_REACTION_RESUME, DISCORD_REACTION_REJOIN,
      DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_SERVER_TIMEOUT },
  { 3999, DISCORD_REACTION_RESUME, DISCORD_REACTION_REJOIN,
      DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_SERVER_TIMEOUT },
  { 4001, DISCORD_REACTION_REJOIN_ONCE, DISCORD_REACTION_REJOIN_ONCE,
      DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_PROTOCOL },
  { 4002, DISCORD_REACTION_REJOIN_ONCE, DISCORD_REACTION_REJOIN_ONCE,
      DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_PROTOCOL },
  { 4003, DISCORD_REACTION_REJOIN_ONCE, DISCORD_REACTION_REJOIN_ONCE,
      DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_NOT_AUTHORIZED },
  { 4004, DISCORD_REACTION_REJOIN_ONCE, DISCORD_REACTION_REJOIN_ONCE,
      DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_NOT_AUTHORIZED },
  { 4005, DISCORD_REACTION_REJOIN_ONCE, DISCORD_REACTION_REJOIN_ONCE,
      DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_PROTOCOL },
  { 4006, DISCORD_REACTION_REJOIN, DISCORD_REACTION_REJOIN,
      DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_SESSION_INVALID },
  { 4009, DISCORD_REACTION_REJOIN, DISCORD_REACTION_REJOIN,
      DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_SESSION_TIMEOUT },
  { 4011, DISCORD_REACTION_REJOIN, DISCORD_REACTION_REJOIN,
      DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_SERVER_NOT_FOUND },
  { 4012, DISCORD_REACTION_GIVE_UP, DISCORD_REACTION_GIVE_UP,
      DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_UNKNOWN_PROTOCOL },
  { 4013, DISCORD_REACTION_RESUME, DISCORD_REACTION_REJOIN,
      DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_SERVER_CRASHED },
  { 4014, DISCORD_REACTION_WAIT, DISCORD_REACTION_WAIT, DISCORD_REACTION_WAIT,
      GST_DISCORD_ERROR_DISCONNECTED },
  { 4015, DISCORD_REACTION_RESUME, DISCORD_REACTION_REJOIN,
      DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_SERVER_CRASHED },
  { 4016, DISCORD_REACTION_REJOIN_XCHACHA, DISCORD_REACTION_REJOIN_XCHACHA,
      DISCORD_REACTION_REJOIN_XCHACHA, GST_DISCORD_ERROR_ENCRYPTION_MODE },
  { 4017, DISCORD_REACTION_GIVE_UP, DISCORD_REACTION_GIVE_UP,
      DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_E2EE_REQUIRED },
  { 4020, DISCORD_REACTION_REJOIN_ONCE, DISCORD_REACTION_REJOIN_ONCE,
      DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_PROTOCOL },
  { 4021, DISCORD_REACTION_GIVE_UP, DISCORD_REACTION_GIVE_UP,
      DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_RATE_LIMITED },
  { 4022, DISCORD_REACTION_WAIT, DISCORD_REACTION_WAIT, DISCORD_REACTION_WAIT,
      GST_DISCORD_ERROR_CALL_TERMINATED },
  { 4900, DISCORD_REACTION_REJOIN, DISCORD_REACTION_REJOIN,
      DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_FAILED },
};

GST_START_TEST (test_close_while_connected)
{
  const gint i = __i__;
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  fake_websocket_hang_up (ws, close_codes[i].code, NULL);
  fail_unless (ws->freed);
  if (close_codes[i].connected == DISCORD_REACTION_RESUME) {
    fail_if (session->closed);
    session_expect (session, "resuming ");
    fake_scheduler_advance (session->scheduler, 0);
    session_socket (session, 2);
    /* What began the resume is what it ends with. */
    fake_scheduler_advance (session->scheduler, 15000);
    session_expect_closed (session, DISCORD_REACTION_REJOIN,
        close_codes[i].code, close_codes[i].error);
  } else {
    session_expect_closed (session, close_codes[i].connected,
        close_codes[i].code, close_codes[i].error);
    session_expect (session, "");
  }
  fail_unless_equals_int (
      gst_discord_error_get_close_code (session->error), close_codes[i].code);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_close_in_handshake)
{
  const gint i = __i__;
  Session *session;
  FakeWebsocket *ws;

  /* Identifying, discovering, selecting. */
  for (guint stage = 0; stage < 3; stage++) {
    session = session_new (9);
    if (stage == 0) {
      ws = session_socket (session, 1);
      fake_websocket_accept (ws);
      g_string_truncate (session->log, 0);
    } else {
      ws = session_identify (session);
    }
    if (stage == 2)
      discord_voice_gateway_select_protocol (
          session->gw, "203.0.113.7", 51413, "made_up");
    fake_websocket_hang_up (ws, close_codes[i].code, NULL);
    session_expect_closed (session, close_codes[i].handshake,
        close_codes[i].code, close_codes[i].error);
    session_expect (session, "");
    session_free (session);
  }
}

GST_END_TEST

GST_START_TEST (test_close_while_resuming)
{
  const gint i = __i__;
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  fake_websocket_hang_up (ws, 0, NULL);
  fake_scheduler_advance (session->scheduler, 0);
  ws = session_socket (session, 2);
  fake_websocket_accept (ws);
  fake_websocket_expect_op (ws, 7);
  fake_websocket_hang_up (ws, close_codes[i].code, NULL);
  session_expect_closed (session, close_codes[i].resuming, close_codes[i].code,
      close_codes[i].error);
  fake_scheduler_advance (session->scheduler, 60000);
  session_socket (session, 2);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_lost_in_handshake)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_identify (session);

  fake_websocket_hang_up (ws, 0, NULL);
  session_expect_closed (
      session, DISCORD_REACTION_REJOIN, 0, GST_DISCORD_ERROR_SERVER_TIMEOUT);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_never_opens)
{
  static const struct
  {
    gint code;
    DiscordReaction reaction;
    gint error;
  } tls_cases[] = {
    { G_TLS_ERROR_BAD_CERTIFICATE, DISCORD_REACTION_GIVE_UP,
        GST_DISCORD_ERROR_TLS },
    { G_TLS_ERROR_UNAVAILABLE, DISCORD_REACTION_GIVE_UP,
        GST_DISCORD_ERROR_TLS },
    { G_TLS_ERROR_EOF, DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_UNREACHABLE },
  };
  static const struct
  {
    gint code;
    DiscordReaction reaction;
    gint error;
  } io_cases[] = {
    { G_IO_ERROR_CONNECTION_REFUSED, DISCORD_REACTION_REJOIN,
        GST_DISCORD_ERROR_UNREACHABLE },
    { G_IO_ERROR_NOT_SUPPORTED, DISCORD_REACTION_GIVE_UP,
        GST_DISCORD_ERROR_SETTINGS },
  };

  for (guint i = 0; i < G_N_ELEMENTS (tls_cases); i++) {
    Session *session = session_new (9);
    g_autoptr (GError) error =
        g_error_new_literal (G_TLS_ERROR, tls_cases[i].code, "why");

    fake_websocket_hang_up (session_socket (session, 1), 0, error);
    session_expect_closed (
        session, tls_cases[i].reaction, 0, tls_cases[i].error);
    session_free (session);
  }
  for (guint i = 0; i < G_N_ELEMENTS (io_cases); i++) {
    Session *session = session_new (9);
    g_autoptr (GError) error =
        g_error_new_literal (G_IO_ERROR, io_cases[i].code, "why");

    fake_websocket_hang_up (session_socket (session, 1), 0, error);
    session_expect_closed (session, io_cases[i].reaction, 0, io_cases[i].error);
    session_free (session);
  }
}

GST_END_TEST

GST_START_TEST (test_connect_timeout)
{
  Session *session = session_new (9);

  fake_scheduler_advance (session->scheduler, 9999);
  fail_if (session->closed);
  fake_scheduler_advance (session->scheduler, 1);
  session_expect_closed (
      session, DISCORD_REACTION_REJOIN, 0, GST_DISCORD_ERROR_UNREACHABLE);
  fail_unless (session_socket (session, 1)->freed);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_ready_timeout)
{
  Session *session = session_new (9);

  fake_scheduler_advance (session->scheduler, 5000);
  fake_websocket_accept (session_socket (session, 1));
  fake_scheduler_advance (session->scheduler, 9999);
  fail_if (session->closed);
  fake_scheduler_advance (session->scheduler, 1);
  session_expect_closed (
      session, DISCORD_REACTION_REJOIN, 0, GST_DISCORD_ERROR_SERVER_TIMEOUT);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_description_timeout)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_socket (session, 1);

  fake_websocket_accept (ws);
  fake_websocket_say (ws, READY);
  /* Discovery in between is not ours to time out. */
  fake_scheduler_advance (session->scheduler, 20000);
  fail_if (session->closed);
  discord_voice_gateway_select_protocol (
      session->gw, "203.0.113.7", 51413, "made_up");
  fake_scheduler_advance (session->scheduler, 9999);
  fail_if (session->closed);
  fake_scheduler_advance (session->scheduler, 1);
  session_expect_closed (
      session, DISCORD_REACTION_REJOIN, 0, GST_DISCORD_ERROR_SERVER_TIMEOUT);
  session_free (session);
}

GST_END_TEST

static Suite *
voicegateway_close_suite (void)
{
  Suite *s = suite_create ("voicegateway-close");
  TCase *tc = tcase_create ("close");
  const gint n_codes = G_N_ELEMENTS (close_codes);

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_close_while_connected, 0, n_codes);
  tcase_add_loop_test (tc, test_close_in_handshake, 0, n_codes);
  tcase_add_loop_test (tc, test_close_while_resuming, 0, n_codes);
  tcase_add_test (tc, test_lost_in_handshake);
  tcase_add_test (tc, test_never_opens);
  tcase_add_test (tc, test_connect_timeout);
  tcase_add_test (tc, test_ready_timeout);
  tcase_add_test (tc, test_description_timeout);
  return s;
}

GST_CHECK_MAIN (voicegateway_close);
