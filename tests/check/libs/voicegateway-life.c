/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How voice gateway sessions live: heartbeats, numbers, resumes. */
#include <math.h>

#include "voicegateway-session.h"

#define RESUME(seq)                                                            \
  "{'op':7,'d':{'server_id':'9007199254740993',"                               \
  "'channel_id':'9007199254740995','session_id':'c3f0','token':'9f1c2b',"      \
  "'seq_ack':" seq "}}"

/* Acknowledges the next beat. */
static void
ack (FakeWebsocket *ws)
{
  g_autofree gchar *sent = fake_websocket_take (ws);
  const gchar *number = strstr (sent, "\"t\":");
  g_autofree gchar *answer = NULL;

  fail_unless (g_str_has_prefix (sent, "{\"op\":3,"), "%s", sent);
  fail_unless (number != NULL);
  answer = g_strdup_printf ("{'op':6,'d':{'t':%" G_GINT64_FORMAT "}}",
      g_ascii_strtoll (number + 4, NULL, 10));
  fake_websocket_say (ws, answer);
}

GST_START_TEST (test_seq)
{
  static const guint8 binary[] = { 0x01, 0x02, 25 };
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  fail_unless_equals_int64 (session_stats (session).seq_ack, -1);
  fake_websocket_say (ws, "{'op':13,'d':{'user_id':'5'},'seq':0}");
  fake_scheduler_advance (session->scheduler, 10000);
  fake_websocket_expect (ws, "{'op':3,'d':{'t':1010000,'seq_ack':0}}");
  /* Wherever it appears, even where it makes no sense. */
  fake_websocket_say (ws, "{'op':6,'d':{'t':1010000},'seq':65535}");
  fake_scheduler_advance (session->scheduler, 10000);
  fake_websocket_expect (ws, "{'op':3,'d':{'t':1020000,'seq_ack':65535}}");
  fake_websocket_say (ws, "{'op':6,'d':{'t':1020000},'seq':0}");
  fail_unless_equals_int64 (session_stats (session).seq_ack, 0);
  fake_websocket_say_binary (ws, binary, sizeof (binary));
  fail_unless_equals_int64 (session_stats (session).seq_ack, 258);
  fake_websocket_say (ws, "{'op':99,'seq':'7'}");
  fake_websocket_say (ws, "{'op':99,'seq':-7}");
  fake_websocket_say (ws, "{'op':99,'seq':null}");
  fail_unless_equals_int64 (session_stats (session).seq_ack, 258);

  fake_websocket_hang_up (ws, 0, NULL);
  fake_scheduler_advance (session->scheduler, 0);
  ws = session_socket (session, 2);
  fake_websocket_accept (ws);
  fake_websocket_expect (ws, RESUME ("258"));
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_heartbeat_loss)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  /* The first, at Hello, is unanswered; so is the second. */
  fake_scheduler_advance (session->scheduler, 10000);
  fake_websocket_expect_op (ws, 3);
  fake_scheduler_advance (session->scheduler, 9999);
  fail_if (ws->freed);
  fake_scheduler_advance (session->scheduler, 1);
  fake_websocket_expect_nothing (ws);
  fail_unless_equals_int (ws->close_code, 4000);
  session_expect (session, "resuming ");
  fake_scheduler_advance (session->scheduler, 0);
  ws = session_socket (session, 2);
  fake_websocket_accept (ws);
  fake_websocket_expect (ws, RESUME ("-1"));
  fake_websocket_say (ws, RESUMED);
  session_expect (session, "resumed ");
  fail_if (session->closed);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_one_missing_ack_is_fine)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  for (guint i = 0; i < 10; i++) {
    fake_scheduler_advance (session->scheduler, 10000);
    fake_websocket_expect_op (ws, 3);
    fake_websocket_say (ws, "{'op':6,'d':{'t':1}}");
  }
  fail_if (ws->freed);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_heartbeat_loss_before_connected)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_identify (session);

  fake_scheduler_advance (session->scheduler, 20000);
  session_expect_closed (
      session, DISCORD_REACTION_REJOIN, 0, GST_DISCORD_ERROR_SERVER_TIMEOUT);
  fail_unless (ws->freed);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_server_heartbeat)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  fake_websocket_say (ws, "{'op':3,'d':null}");
  fake_websocket_expect_op (ws, 3);
  fake_websocket_expect_nothing (ws);
  /* Those do not count as unanswered. */
  for (guint i = 0; i < 5; i++) {
    fake_websocket_say (ws, "{'op':3}");
    fake_websocket_expect_op (ws, 3);
  }
  fake_scheduler_advance (session->scheduler, 10000);
  ack (ws);
  fake_scheduler_advance (session->scheduler, 10000);
  fail_if (ws->freed);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_latency)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  fail_unless (isinf (discord_voice_gateway_get_latency (session->gw)));
  fail_unless (isinf (discord_voice_gateway_get_average_latency (session->gw)));
  fake_scheduler_advance (session->scheduler, 50);
  fake_websocket_say (ws, "{'op':6,'d':{'t':1000000}}");
  session_expect (session, "latency ");
  fail_unless_equals_float (
      discord_voice_gateway_get_latency (session->gw), 0.05);
  /* The same again is no measurement, nor is another number. */
  fake_websocket_say (ws, "{'op':6,'d':{'t':1000000}}");
  fake_websocket_say (ws, "{'op':6,'d':{'t':17}}");
  fake_websocket_say (ws, "{'op':6,'d':{}}");
  session_expect (session, "");

  /* The mean is of the last 20: these push the 50 ms out. */
  fake_scheduler_advance (session->scheduler, 9950);
  for (guint i = 0; i < 20; i++) {
    fake_scheduler_advance (session->scheduler, i < 10 ? 10 : 30);
    ack (ws);
    fake_scheduler_advance (session->scheduler, i < 10 ? 9990 : 9970);
  }
  fail_unless_equals_float (
      discord_voice_gateway_get_latency (session->gw), 0.03);
  fail_unless_equals_float (
      discord_voice_gateway_get_average_latency (session->gw), 0.02);

  /* Below v8 the answer is a bare number; some servers kept that. */
  {
    g_autofree gchar *sent = fake_websocket_take (ws);
    g_autofree gchar *answer =
        g_strdup_printf ("{'op':6,'d':%" G_GINT64_FORMAT "}",
            g_ascii_strtoll (strstr (sent, "\"t\":") + 4, NULL, 10));

    fake_scheduler_advance (session->scheduler, 70);
    fake_websocket_say (ws, answer);
  }
  fail_unless_equals_float (
      discord_voice_gateway_get_latency (session->gw), 0.07);
  session_free (session);
}

GST_END_TEST

/* Without Hello there are no beats, and silence is all there is to see. */
GST_START_TEST (test_silence)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_socket (session, 1);

  fake_websocket_accept (ws);
  fake_websocket_say (ws, READY);
  discord_voice_gateway_select_protocol (
      session->gw, "203.0.113.7", 51413, "made_up");
  fake_websocket_say (ws, DESCRIPTION);
  session_expect (session,
      "identifying "
      "ready:4294967295:198.51.100.20:50004:aead_aes256_gcm_rtpsize,made_up "
      "description:made_up:0:255:opus ");
  fake_scheduler_advance (session->scheduler, 59000);
  fake_websocket_say (ws, "{'op':99}");
  fake_scheduler_advance (session->scheduler, 59999);
  fail_if (ws->freed);
  fake_scheduler_advance (session->scheduler, 1);
  fail_unless_equals_int (ws->close_code, 4000);
  session_expect (session, "resuming ");
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_resume)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);
  DiscordVoiceGatewayStats stats;

  discord_voice_gateway_set_speaking (session->gw, 1, 77);
  fake_websocket_expect_op (ws, 5);
  fake_websocket_say (ws, "{'op':13,'d':{'user_id':'5'},'seq':41}");
  session_expect (session, "disconnect:5 ");
  /* Moved meanwhile. */
  discord_voice_gateway_set_channel (session->gw, 12);

  fake_websocket_hang_up (ws, 4015, NULL);
  session_expect (session, "resuming ");
  /* Speaking changes while nothing can be sent. */
  fail_if (discord_voice_gateway_set_speaking (session->gw, 4, 77));
  fake_scheduler_advance (session->scheduler, 0);
  ws = session_socket (session, 2);
  fail_unless_equals_string (ws->url, "wss://fra7.discord.media:443/?v=9");
  fake_websocket_accept (ws);
  fake_websocket_expect (ws,
      "{'op':7,'d':{'server_id':'9007199254740993','channel_id':'12',"
      "'session_id':'c3f0','token':'9f1c2b','seq_ack':41}}");
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect (ws, "{'op':3,'d':{'t':1000001,'seq_ack':41}}");
  /* The replay may come before op 9 or behind it. */
  fake_websocket_say (ws, "{'op':13,'d':{'user_id':'6'},'seq':42}");
  fail_if (discord_voice_gateway_set_speaking (session->gw, 5, 77));
  fake_websocket_say (ws, RESUMED);
  fake_websocket_expect (ws, "{'op':5,'d':{'speaking':5,'delay':0,'ssrc':77}}");
  fake_websocket_say (ws, "{'op':13,'d':{'user_id':'7'},'seq':43}");
  session_expect (session, "disconnect:6 resumed disconnect:7 ");
  stats = session_stats (session);
  fail_unless_equals_int (stats.resumes, 1);
  fail_unless_equals_int64 (stats.seq_ack, 43);
  /* No Ready and no Session Description follow, and nobody waits for them. */
  for (guint i = 0; i < 5; i++) {
    fake_scheduler_advance (session->scheduler, 10000);
    ack (ws);
  }
  fail_if (session->closed);
  fail_if (ws->freed);
  session_free (session);
}

GST_END_TEST

/* Attempts begin 0, 1 and 3 s after the loss. */
GST_START_TEST (test_resume_attempts)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  fake_websocket_hang_up (ws, 0, NULL);
  fake_scheduler_advance (session->scheduler, 0);
  fake_websocket_hang_up (session_socket (session, 2), 0, NULL);
  fake_scheduler_advance (session->scheduler, 999);
  session_socket (session, 2);
  fake_scheduler_advance (session->scheduler, 1);
  ws = session_socket (session, 3);
  fake_websocket_accept (ws);
  fake_websocket_hang_up (ws, 0, NULL);
  fake_scheduler_advance (session->scheduler, 1999);
  session_socket (session, 3);
  fake_scheduler_advance (session->scheduler, 1);
  fail_if (session->closed);
  fake_websocket_hang_up (session_socket (session, 4), 0, NULL);
  session_expect_closed (
      session, DISCORD_REACTION_REJOIN, 0, GST_DISCORD_ERROR_SERVER_TIMEOUT);
  session_expect (session, "resuming ");
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_resume_total_time)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  fake_websocket_hang_up (ws, 4015, NULL);
  fake_scheduler_advance (session->scheduler, 0);
  /* The first attempt hangs for its 10 s, the second opens, and no op 9. */
  fake_scheduler_advance (session->scheduler, 10000);
  ws = g_ptr_array_index (session->sockets->sockets, 1);
  fail_unless (ws->freed);
  fake_websocket_accept (session_socket (session, 3));
  fake_scheduler_advance (session->scheduler, 4999);
  fail_if (session->closed);
  fake_scheduler_advance (session->scheduler, 1);
  session_expect_closed (
      session, DISCORD_REACTION_REJOIN, 4015, GST_DISCORD_ERROR_SERVER_CRASHED);
  session_free (session);
}

GST_END_TEST

/* A server that says op 9 and hangs up at once must not make us spin. */
GST_START_TEST (test_resume_flapping)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  for (guint i = 0; i < 3; i++) {
    fake_websocket_hang_up (ws, 0, NULL);
    fail_if (session->closed);
    fake_scheduler_advance (session->scheduler, i == 0 ? 0 : 3000);
    ws = session_socket (session, i + 2);
    fake_websocket_accept (ws);
    fake_websocket_say (ws, RESUMED);
  }
  fake_websocket_hang_up (ws, 0, NULL);
  session_expect_closed (
      session, DISCORD_REACTION_REJOIN, 0, GST_DISCORD_ERROR_SERVER_TIMEOUT);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_resume_anew_when_stable)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  for (guint i = 0; i < 5; i++) {
    fake_websocket_hang_up (ws, 0, NULL);
    fake_scheduler_advance (session->scheduler, 0);
    ws = session_socket (session, i + 2);
    fake_websocket_accept (ws);
    fake_websocket_say (ws, RESUMED);
    fake_scheduler_advance (session->scheduler, 15000);
  }
  fail_if (session->closed);
  fail_unless_equals_int (session_stats (session).resumes, 5);
  session_free (session);
}

GST_END_TEST

/* A wrong certificate does not become right by trying again. */
GST_START_TEST (test_resume_bad_certificate)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);
  g_autoptr (GError) error =
      g_error_new_literal (G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE, "why");

  fake_websocket_hang_up (ws, 0, NULL);
  fake_scheduler_advance (session->scheduler, 0);
  fake_websocket_hang_up (session_socket (session, 2), 0, error);
  session_expect_closed (
      session, DISCORD_REACTION_GIVE_UP, 0, GST_DISCORD_ERROR_TLS);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_free_closes)
{
  FakeWebsockets *sockets;
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  sockets = session->sockets;
  session->sockets = fake_websockets_new ();
  session_free (session);
  fail_unless_equals_int (ws->close_code, 1000);
  fake_websockets_free (sockets);
}

GST_END_TEST

/* Freeing in every state leaves no timer and no socket behind. */
GST_START_TEST (test_free_in_every_state)
{
  for (guint state = 0; state < 7; state++) {
    Session *session = session_new (9);
    FakeWebsocket *ws = session_socket (session, 1);

    if (state == 1)
      fake_websocket_accept (ws);
    else if (state == 2)
      session_identify (session);
    else if (state >= 3)
      session_connect (session);
    if (state >= 4)
      fake_websocket_hang_up (ws, 0, NULL);
    if (state >= 5)
      fake_scheduler_advance (session->scheduler, 0);
    if (state >= 6)
      fake_websocket_accept (session_socket (session, 2));
    session_free (session);
  }
}

GST_END_TEST

static Suite *
voicegateway_life_suite (void)
{
  Suite *s = suite_create ("voicegateway-life");
  TCase *tc = tcase_create ("life");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_seq);
  tcase_add_test (tc, test_heartbeat_loss);
  tcase_add_test (tc, test_one_missing_ack_is_fine);
  tcase_add_test (tc, test_heartbeat_loss_before_connected);
  tcase_add_test (tc, test_server_heartbeat);
  tcase_add_test (tc, test_latency);
  tcase_add_test (tc, test_silence);
  tcase_add_test (tc, test_resume);
  tcase_add_test (tc, test_resume_attempts);
  tcase_add_test (tc, test_resume_total_time);
  tcase_add_test (tc, test_resume_flapping);
  tcase_add_test (tc, test_resume_anew_when_stable);
  tcase_add_test (tc, test_resume_bad_certificate);
  tcase_add_test (tc, test_free_closes);
  tcase_add_test (tc, test_free_in_every_state);
  return s;
}

GST_CHECK_MAIN (voicegateway_life);
