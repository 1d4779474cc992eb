/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The main gateway's session: identify, heartbeats, resume, close codes. */
#include <math.h>

#include "maingateway-session.h"

GST_START_TEST (test_identify_bot)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws;

  discord_main_gateway_connect (session->gw);
  discord_main_gateway_connect (session->gw);
  ws = session_socket (session, 1);
  fail_unless_equals_string (ws->url, "wss://gateway.test/?v=10&encoding=json");
  fail_unless_equals_int (session->state, GST_DISCORD_CONNECTION_STATE_OPENING);
  fake_websocket_accept (ws);
  /* The server speaks first. */
  fake_websocket_expect_nothing (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect (ws,
      "{'op':2,'d':{'token':'T','intents':129,'properties':{'os':'linux',"
      "'browser':'gst-discord','device':'gst-discord'}}}");
  fail_unless_equals_int (
      session->state, GST_DISCORD_CONNECTION_STATE_IDENTIFYING);
  /* The first beat at a random point of the interval: the fake says half. */
  fake_websocket_say (ws, READY);
  fake_scheduler_advance (session->scheduler, 19999);
  fake_websocket_expect_nothing (ws);
  fake_scheduler_advance (session->scheduler, 1);
  fake_websocket_expect (ws, "{'op':1,'d':1}");
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_identify_user)
{
  Session *session =
      session_new (GST_DISCORD_ACCOUNT_TYPE_USER, "ws://127.0.0.1:1/x?y=1");
  FakeWebsocket *ws;

  discord_main_gateway_connect (session->gw);
  ws = session_socket (session, 1);
  fail_unless_equals_string (
      ws->url, "ws://127.0.0.1:1/x?y=1&v=9&encoding=json");
  fake_websocket_accept (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect (ws,
      "{'op':2,'d':{'token':'T','capabilities':4605,'properties':{"
      "'os':'Linux','browser':'Chrome','device':''},'presence':{"
      "'status':'unknown','activities':[],'since':0,'afk':false},"
      "'compress':false,'client_state':{'guild_versions':{}}}}");
  fake_websocket_expect (ws, "{'op':1,'d':null}");
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_identify_bearer)
{
  Session *session =
      session_new (GST_DISCORD_ACCOUNT_TYPE_BEARER, "wss://gateway.test/");
  FakeWebsocket *ws;

  discord_main_gateway_connect (session->gw);
  ws = session_socket (session, 1);
  fail_unless_equals_string (ws->url, "wss://gateway.test/?v=9&encoding=json");
  fake_websocket_accept (ws);
  fake_websocket_say (ws, HELLO);
  {
    g_autofree gchar *sent = fake_websocket_take (ws);

    fail_unless (
        g_str_has_prefix (sent, "{\"op\":2,\"d\":{\"token\":\"Bearer T\","));
  }
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_find_url)
{
  Session *session = session_new (GST_DISCORD_ACCOUNT_TYPE_BOT, NULL);
  g_autoptr (GError) error =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "why");
  FakeWebsocket *ws;

  discord_main_gateway_connect (session->gw);
  session_expect (session, "find ");
  discord_main_gateway_found_url (session->gw, "wss://found.test");
  ws = session_socket (session, 1);
  fail_unless_equals_string (ws->url, "wss://found.test/?v=10&encoding=json");
  /* Asked again only after it could not be reached. */
  fake_websocket_hang_up (ws, 0, error);
  fake_scheduler_advance (session->scheduler, 750);
  session_expect (session, "find ");
  discord_main_gateway_found_url (session->gw, "wss://other.test");
  ws = session_socket (session, 2);
  fake_websocket_accept (ws);
  fake_websocket_hang_up (ws, 4000, NULL);
  fake_scheduler_advance (session->scheduler, 1500);
  session_expect (session, "");
  fail_unless_equals_string (
      session_socket (session, 3)->url, "wss://other.test/?v=10&encoding=json");
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_find_url_fails)
{
  g_autoptr (GError) error = g_error_new_literal (
      GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_AUTHORIZED, "why");
  Session *session = session_new (GST_DISCORD_ACCOUNT_TYPE_BOT, NULL);

  discord_main_gateway_connect (session->gw);
  discord_main_gateway_find_url_failed (session->gw, error, TRUE);
  session_expect_failed (session, GST_DISCORD_ERROR_NOT_AUTHORIZED);
  /* A later join tries anew; what may pass is tried three times. */
  session_expect (session, "find ");
  discord_main_gateway_connect (session->gw);
  g_clear_error (&session->error);
  for (guint i = 0; i < 3; i++) {
    fail_unless (session->error == NULL);
    session_expect (session, "find ");
    discord_main_gateway_find_url_failed (session->gw, error, FALSE);
    fake_scheduler_advance (session->scheduler, 2000);
  }
  session_expect_failed (session, GST_DISCORD_ERROR_NOT_AUTHORIZED);
  session_expect (session, "");
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_heartbeats)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  fail_unless (isinf (discord_main_gateway_get_latency (session->gw)));
  fake_scheduler_advance (session->scheduler, 20000);
  fake_websocket_expect (ws, "{'op':1,'d':1}");
  fake_scheduler_advance (session->scheduler, 80);
  fake_websocket_say (ws, ACK);
  session_expect (session, "latency ");
  fail_unless_equals_float (
      discord_main_gateway_get_latency (session->gw), 0.08);
  fake_websocket_say (ws, "{'op':0,'t':'ANYTHING','s':900719925474099}");
  fake_scheduler_advance (session->scheduler, 39920);
  fake_websocket_expect (ws, "{'op':1,'d':900719925474099}");
  fake_websocket_say (ws, ACK);

  /* Asked for one: at once, and it is no unanswered one. */
  fake_websocket_say (ws, "{'op':1,'d':null}");
  fake_websocket_expect_op (ws, 1);
  fake_scheduler_advance (session->scheduler, 40000);
  fake_websocket_expect_op (ws, 1);
  fail_if (ws->freed);

  /* A zombie: that one is not answered. */
  fake_scheduler_advance (session->scheduler, 40000);
  fake_websocket_expect_nothing (ws);
  fail_unless_equals_int (ws->close_code, 4000);
  fail_unless_equals_int (session->state, GST_DISCORD_CONNECTION_STATE_WAITING);
  session_free (session);
}

GST_END_TEST

/* However long the back-off takes. */
static FakeWebsocket *
reconnect (Session *session, guint n)
{
  for (guint i = 0; i < 600 && session->sockets->sockets->len < n; i++)
    fake_scheduler_advance (session->scheduler, 100);
  return session_socket (session, n);
}

GST_START_TEST (test_resume)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  fake_websocket_say (ws, "{'op':0,'t':'ANYTHING','s':5}");
  fake_websocket_hang_up (ws, 0, NULL);
  /* Base 1 s, half of it by chance, which the fake says is a half. */
  fake_scheduler_advance (session->scheduler, 749);
  session_socket (session, 1);
  fake_scheduler_advance (session->scheduler, 1);
  ws = session_socket (session, 2);
  fail_unless_equals_string (
      ws->url, "wss://resume.discord.gg/?v=10&encoding=json");
  fake_websocket_accept (ws);
  fake_websocket_expect_nothing (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect (ws, RESUME ("5"));
  fail_unless_equals_int (
      session->state, GST_DISCORD_CONNECTION_STATE_RESUMING);
  /* Missed events come first. */
  fake_websocket_say (ws,
      "{'op':0,'t':'VOICE_SERVER_UPDATE','s':6,'d':{'guild_id':'3',"
      "'token':'k','endpoint':'e'}}");
  session_expect (session, "server:3:0:k:e ");
  fake_websocket_say (ws, RESUMED);
  /* No new session: nobody joins again. */
  session_expect (session, "");
  fail_unless_equals_int (
      session->state, GST_DISCORD_CONNECTION_STATE_CONNECTED);
  fail_unless_equals_int (session_stats (session).resumes, 1);
  fail_unless_equals_int (session_stats (session).identifies, 1);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_resume_url_unreachable)
{
  g_autoptr (GError) error =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "why");
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  fake_websocket_hang_up (ws, 1006, NULL);
  fake_websocket_hang_up (reconnect (session, 2), 0, error);
  ws = reconnect (session, 3);
  fail_unless_equals_string (ws->url, "wss://gateway.test/?v=10&encoding=json");
  fake_websocket_accept (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect (ws, RESUME ("1"));
  session_free (session);
}

GST_END_TEST

/* The token goes where TLS is, whatever the server names. */
GST_START_TEST (test_resume_url_refused)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws;

  discord_main_gateway_connect (session->gw);
  ws = session_socket (session, 1);
  fake_websocket_accept (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_say (ws,
      "{'op':0,'t':'READY','s':1,'d':{'session_id':'c3f0',"
      "'resume_gateway_url':'ws://127.0.0.1:1','user':{'id':'5'}}}");
  fake_websocket_hang_up (ws, 0, NULL);
  ws = reconnect (session, 2);
  fail_unless_equals_string (ws->url, "wss://gateway.test/?v=10&encoding=json");
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_reconnect_asked_for)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  fake_websocket_say (ws, "{'op':7,'d':null}");
  fail_unless_equals_int (ws->close_code, 4000);
  ws = reconnect (session, 2);
  fake_websocket_accept (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect (ws, RESUME ("1"));
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_invalid_session)
{
  static const struct
  {
    const gchar *message;
    gboolean resumable;
  } cases[] = {
    { "{'op':9,'d':true}", TRUE },
    { "{'op':9,'d':false}", FALSE },
    { "{'op':9,'d':null}", FALSE },
    { "{'op':9}", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Session *session = session_new_bot ();
    FakeWebsocket *ws = session_connect (session);

    /* Past the pace of identifies. */
    fake_scheduler_advance (session->scheduler, 10000);
    fake_websocket_hang_up (ws, 0, NULL);
    ws = reconnect (session, 2);
    fake_websocket_accept (ws);
    fake_websocket_say (ws, HELLO);
    fake_websocket_expect_op (ws, 6);
    fake_websocket_say (ws, cases[i].message);
    fail_unless_equals_int (ws->close_code, 4000);
    /* 1 to 5 s, the fake says 3. */
    fake_scheduler_advance (session->scheduler, 2999);
    session_socket (session, 2);
    fake_scheduler_advance (session->scheduler, 1);
    ws = session_socket (session, 3);
    fake_websocket_accept (ws);
    fake_websocket_say (ws, HELLO);
    if (cases[i].resumable) {
      fake_websocket_expect (ws, RESUME ("1"));
    } else {
      fake_websocket_expect_op (ws, 2);
      fake_websocket_say (ws, READY);
      session_expect (session, "ready:" ME_TEXT ":replaced ");
    }
    session_free (session);
  }
}

GST_END_TEST

/* Identifies are 5 s apart, even where the back-off is shorter. */
GST_START_TEST (test_identify_pace)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  fake_websocket_hang_up (ws, 4009, NULL);
  fake_scheduler_advance (session->scheduler, 4999);
  session_socket (session, 1);
  fake_scheduler_advance (session->scheduler, 1);
  session_socket (session, 2);
  session_free (session);
}

GST_END_TEST

static const struct
{
  guint16 code;
  DiscordReaction reaction;
  GstDiscordError error; /* of those that give up */
} close_codes[] = {
  { 0, DISCORD_REACTION_RESUME, 0 },
  { 1000, DISCORD_REACTION_RESUME, 0 },
  { 1001, DISCORD_REACTION_RESUME, 0 },
  { 1006, DISCORD_REACTION_RESUME, 0 },
  { 4000, DISCORD_REACTION_RESUME, 0 },
  { 4001, DISCORD_REACTION_RESUME, 0 },
  { 4002, DISCORD_REACTION_RESUME, 0 },
  { 4003, DISCORD_REACTION_REJOIN, 0 },
  { 4004, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_NOT_AUTHORIZED },
  { 4005, DISCORD_REACTION_RESUME, 0 },
  { 4007, DISCORD_REACTION_REJOIN, 0 },
  { 4008, DISCORD_REACTION_RESUME, 0 },
  { 4009, DISCORD_REACTION_REJOIN, 0 },
  { 4010, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_SHARDING },
  { 4011, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_SHARDING },
  { 4012, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_API_VERSION },
  { 4013, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_INTENTS },
  { 4014, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_INTENTS },
  { 4015, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_TOO_MANY_SESSIONS },
  { 4016, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_TOO_MANY_SESSIONS },
};

GST_START_TEST (test_close_codes)
{
  const gint i = __i__;
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  fake_websocket_hang_up (ws, close_codes[i].code, NULL);
  if (close_codes[i].reaction == DISCORD_REACTION_GIVE_UP) {
    session_expect_failed (session, close_codes[i].error);
    fail_unless_equals_int (
        gst_discord_error_get_close_code (session->error), close_codes[i].code);
    fake_scheduler_advance (session->scheduler, 120000);
    session_socket (session, 1);
  } else {
    fail_unless (session->error == NULL);
    ws = reconnect (session, 2);
    fake_websocket_accept (ws);
    fake_websocket_say (ws, HELLO);
    fake_websocket_expect_op (
        ws, close_codes[i].reaction == DISCORD_REACTION_RESUME ? 6 : 2);
  }
  session_free (session);
}

GST_END_TEST

/* Exponential to the cap, then a stable minute clears it. */
GST_START_TEST (test_backoff)
{
  static const guint delays_ms[] = { 750, 1500, 3000, 6000, 12000, 24000, 45000,
    45000 };
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);
  guint n = 1;

  for (guint i = 0; i < G_N_ELEMENTS (delays_ms); i++) {
    fake_websocket_hang_up (ws, 0, NULL);
    fake_scheduler_advance (session->scheduler, delays_ms[i] - 1);
    session_socket (session, n);
    fake_scheduler_advance (session->scheduler, 1);
    ws = session_socket (session, ++n);
    fake_websocket_accept (ws);
  }
  fake_websocket_say (ws, "{'op':10,'d':{'heartbeat_interval':600000}}");
  fake_websocket_say (ws, RESUMED);
  fake_scheduler_advance (session->scheduler, 60000);
  fake_websocket_hang_up (ws, 0, NULL);
  fake_scheduler_advance (session->scheduler, 750);
  session_socket (session, n + 1);
  session_free (session);
}

GST_END_TEST

/* Before the first session somebody waits: an error, soon. */
GST_START_TEST (test_first_attempts)
{
  g_autoptr (GError) error =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "why");
  Session *session = session_new_bot ();

  discord_main_gateway_connect (session->gw);
  for (guint i = 1; i <= 3; i++) {
    fail_unless (session->error == NULL);
    fake_websocket_hang_up (session_socket (session, i), 0, error);
    fake_scheduler_advance (session->scheduler, 2000);
  }
  session_expect_failed (session, GST_DISCORD_ERROR_UNREACHABLE);
  session_free (session);

  /* Two that hang take longer than three that are refused. */
  session = session_new_bot ();
  discord_main_gateway_connect (session->gw);
  fake_scheduler_advance (session->scheduler, 10000);
  fail_unless (session->error == NULL);
  fake_scheduler_advance (session->scheduler, 10750);
  session_expect_failed (session, GST_DISCORD_ERROR_UNREACHABLE);
  session_socket (session, 2);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_bad_certificate)
{
  g_autoptr (GError) error =
      g_error_new_literal (G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE, "why");
  Session *session = session_new_bot ();

  discord_main_gateway_connect (session->gw);
  fake_websocket_hang_up (session_socket (session, 1), 0, error);
  session_expect_failed (session, GST_DISCORD_ERROR_TLS);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_step_timeouts)
{
  /* Open, hello, ready. */
  static const guint timeouts_ms[] = { 10000, 10000, 30000 };

  for (guint i = 0; i < 3; i++) {
    Session *session = session_new_bot ();
    FakeWebsocket *ws;

    discord_main_gateway_connect (session->gw);
    ws = session_socket (session, 1);
    if (i >= 1)
      fake_websocket_accept (ws);
    if (i >= 2)
      fake_websocket_say (ws, HELLO);
    fake_scheduler_advance (session->scheduler, timeouts_ms[i] - 1);
    fail_if (ws->freed);
    fake_scheduler_advance (session->scheduler, 1);
    fail_unless (ws->freed);
    session_free (session);
  }
}

GST_END_TEST

GST_START_TEST (test_bad_ready)
{
  static const gchar *const bad[] = {
    "{'op':0,'t':'READY','s':1,'d':{}}",
    "{'op':0,'t':'READY','s':1,'d':{'session_id':'c3f0'}}",
    "{'op':0,'t':'READY','s':1,'d':{'session_id':'c','user':{'id':5.0}}}",
    "{'op':0,'t':'READY','s':1,'d':{'session_id':1,'user':{'id':'5'}}}",
    "{'op':0,'t':'READY','s':1}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    Session *session = session_new_bot ();

    discord_main_gateway_connect (session->gw);
    for (guint n = 1; n <= 3; n++) {
      FakeWebsocket *ws = session_socket (session, n);

      fake_websocket_accept (ws);
      fake_websocket_say (ws, HELLO);
      fake_websocket_expect_op (ws, 2);
      fake_websocket_say (ws, bad[i]);
      fail_unless (ws->freed);
      if (n < 3)
        fake_scheduler_advance (session->scheduler, 5000);
    }
    session_expect_failed (session, GST_DISCORD_ERROR_PROTOCOL);
    session_expect (session, "");
    session_free (session);
  }
}

GST_END_TEST

static Suite *
maingateway_suite (void)
{
  Suite *s = suite_create ("maingateway");
  TCase *tc = tcase_create ("session");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_identify_bot);
  tcase_add_test (tc, test_identify_user);
  tcase_add_test (tc, test_identify_bearer);
  tcase_add_test (tc, test_find_url);
  tcase_add_test (tc, test_find_url_fails);
  tcase_add_test (tc, test_heartbeats);
  tcase_add_test (tc, test_resume);
  tcase_add_test (tc, test_resume_url_unreachable);
  tcase_add_test (tc, test_resume_url_refused);
  tcase_add_test (tc, test_reconnect_asked_for);
  tcase_add_test (tc, test_invalid_session);
  tcase_add_test (tc, test_identify_pace);
  tcase_add_loop_test (tc, test_close_codes, 0, G_N_ELEMENTS (close_codes));
  tcase_add_test (tc, test_backoff);
  tcase_add_test (tc, test_first_attempts);
  tcase_add_test (tc, test_bad_certificate);
  tcase_add_test (tc, test_step_timeouts);
  tcase_add_test (tc, test_bad_ready);
  return s;
}

GST_CHECK_MAIN (maingateway);
