/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The voice gateway's messages of end-to-end encryption, opcodes 21 to 31. */
#include "voicegateway-session.h"

#define SAY_BINARY(ws, ...)                                                    \
  G_STMT_START                                                                 \
  {                                                                            \
    const guint8 bytes[] = { __VA_ARGS__ };                                    \
                                                                               \
    fake_websocket_say_binary (ws, bytes, sizeof (bytes));                     \
  }                                                                            \
  G_STMT_END

static void
expect_raw (FakeWebsocket *ws, const gchar *sent)
{
  g_autofree gchar *next = fake_websocket_take (ws);

  fail_unless_equals_string (next, sent);
}

static void
send_binary (Session *session, guint op, const gchar *payload)
{
  const DiscordVoiceDaveMessage message = {
    .op = op,
    .payload = (const guint8 *) payload,
    .length = strlen (payload),
  };

  discord_voice_gateway_send_dave (session->gw, &message);
}

static void
send_transition (Session *session, guint op, guint16 id)
{
  const DiscordVoiceDaveMessage message = { .op = op, .transition_id = id };

  discord_voice_gateway_send_dave (session->gw, &message);
}

/* Loses the link and opens the next one, up to op 7. */
static FakeWebsocket *
resume (Session *session, FakeWebsocket *ws, guint n)
{
  fake_websocket_hang_up (ws, 0, NULL);
  session_expect (session, "resuming ");
  fake_scheduler_advance (session->scheduler, 0);
  ws = session_socket (session, n);
  fake_websocket_accept (ws);
  fake_websocket_expect_op (ws, 7);
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect_op (ws, 3);
  return ws;
}

GST_START_TEST (test_announced)
{
  for (guint version = 8; version <= 9; version++) {
    const DiscordVoiceGatewayParams params = {
      .version = version,
      .server_id = 1,
      .channel_id = 2,
      .user_id = 3,
      .session_id = "s",
      .token = "t",
      .endpoint = "voice.example",
      .max_dave_protocol_version = 1,
    };
    Session *session = session_new_with (&params);
    FakeWebsocket *ws = session_socket (session, 1);
    g_autofree gchar *identify = NULL;

    fake_websocket_accept (ws);
    identify = fake_websocket_take (ws);
    fail_unless (strstr (identify, "\"max_dave_protocol_version\":1") != NULL);
    session_free (session);
  }
}

GST_END_TEST

GST_START_TEST (test_received)
{
  Session *session = session_new (__i__);
  FakeWebsocket *ws = session_connect (session);

  fake_websocket_say (
      ws, "{'op':21,'d':{'transition_id':0,'protocol_version':1},'seq':1}");
  session_expect (session, "dave:21:0:1:0 ");
  fake_websocket_say (
      ws, "{'op':21,'d':{'protocol_version':0,'transition_id':65535,'x':1}}");
  session_expect (session, "dave:21:65535:0:0 ");
  fake_websocket_say (ws, "{'op':22,'d':{'transition_id':65535}}");
  session_expect (session, "dave:22:65535:0:0 ");
  fake_websocket_say (ws, "{'op':24,'d':{'epoch':1,'protocol_version':1}}");
  session_expect (session, "dave:24:0:1:1 ");
  fake_websocket_say (ws,
      "{'op':24,'d':{'epoch':'18446744073709551615','protocol_version':1}}");
  session_expect (session, "dave:24:0:1:18446744073709551615 ");

  SAY_BINARY (ws, 0, 2, 25, 0x41, 0x00);
  SAY_BINARY (ws, 0, 3, 27, 0x00, 0xff);
  SAY_BINARY (ws, 0, 4, 29, 0x00, 0x07, 0x01);
  SAY_BINARY (ws, 0, 5, 30);
  session_expect (session,
      "dave:25:0:0:0:41:00 dave:27:0:0:0:00:ff dave:29:0:0:0:00:07:01 "
      "dave:30:0:0:0 ");
  fail_unless_equals_int64 (session_stats (session).seq_ack, 5);
  fail_unless_equals_int (session_stats (session).messages_invalid, 0);
  session_free (session);
}

GST_END_TEST

/* The external sender may come before the session description. */
GST_START_TEST (test_before_description)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_identify (session);

  SAY_BINARY (ws, 0, 0, 25, 1);
  fake_websocket_say (ws, "{'op':11,'d':{'user_ids':['5']},'seq':1}");
  session_expect (session, "dave:25:0:0:0:01 connect:5 ");
  fail_unless_equals_int64 (session_stats (session).seq_ack, 1);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_malformed)
{
  static const gchar *const messages[] = {
    "{'op':21,'d':{'transition_id':1}}",
    "{'op':21,'d':{'protocol_version':1}}",
    "{'op':21,'d':{'transition_id':65536,'protocol_version':1}}",
    "{'op':21,'d':{'transition_id':-1,'protocol_version':1}}",
    "{'op':21,'d':{'transition_id':'1','protocol_version':1}}",
    "{'op':21,'d':{'transition_id':1,'protocol_version':65536}}",
    "{'op':21,'d':null}",
    "{'op':22,'d':{}}",
    "{'op':22,'d':{'transition_id':1.5}}",
    "{'op':22,'d':[1]}",
    "{'op':22}",
    "{'op':24,'d':{'epoch':1}}",
    "{'op':24,'d':{'protocol_version':1}}",
    "{'op':24,'d':{'epoch':-1,'protocol_version':1}}",
    "{'op':24,'d':{'epoch':'','protocol_version':1}}",
    "{'op':24,'d':{'epoch':'1x','protocol_version':1}}",
    "{'op':24,'d':{'epoch':'18446744073709551616','protocol_version':1}}",
    "{'op':24,'d':{'epoch':true,'protocol_version':1}}",
  };
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);
  guint invalid = 0;

  for (guint i = 0; i < G_N_ELEMENTS (messages); i++) {
    fake_websocket_say (ws, messages[i]);
    fail_unless (session_stats (session).messages_invalid == ++invalid,
        "%s was taken", messages[i]);
  }
  /* Ours, and a frame without an opcode. */
  SAY_BINARY (ws, 0, 0, 26, 1);
  fail_unless_equals_int (session_stats (session).messages_invalid, ++invalid);
  SAY_BINARY (ws, 0, 1, 28, 1);
  fail_unless_equals_int (session_stats (session).messages_invalid, ++invalid);
  SAY_BINARY (ws, 0, 2);
  fail_unless_equals_int (session_stats (session).messages_invalid, ++invalid);
  session_expect (session, "");
  fake_websocket_expect_nothing (ws);
  fail_if (session->closed);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_sent)
{
  Session *session = session_new (__i__);
  FakeWebsocket *ws = session_connect (session);

  send_binary (session, 26, "kp");
  expect_raw (ws, "1a6b70");
  send_binary (session, 28, "c");
  expect_raw (ws, "1c63");
  send_binary (session, 28, "");
  expect_raw (ws, "1c");
  send_transition (session, 23, 65535);
  fake_websocket_expect (ws, "{'op':23,'d':{'transition_id':65535}}");
  send_transition (session, 31, 0);
  fake_websocket_expect (ws, "{'op':31,'d':{'transition_id':0}}");
  fake_websocket_expect_nothing (ws);
  session_free (session);
}

GST_END_TEST

/* What has to be said while the link is down is said after op 9, in order and
 * once. */
GST_START_TEST (test_sent_after_resume)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  send_transition (session, 23, 1);
  fake_websocket_expect_op (ws, 23);
  fake_websocket_hang_up (ws, 0, NULL);
  send_binary (session, 28, "a");
  fake_scheduler_advance (session->scheduler, 0);
  send_transition (session, 23, 2);
  ws = session_socket (session, 2);
  fake_websocket_accept (ws);
  fake_websocket_expect_op (ws, 7);
  send_transition (session, 31, 3);
  send_binary (session, 26, "b");
  fake_websocket_expect_nothing (ws);
  fake_websocket_say (ws, RESUMED);
  fake_websocket_expect_op (ws, 5);
  expect_raw (ws, "1c61");
  fake_websocket_expect (ws, "{'op':23,'d':{'transition_id':2}}");
  fake_websocket_expect (ws, "{'op':31,'d':{'transition_id':3}}");
  expect_raw (ws, "1a62");
  fake_websocket_expect_nothing (ws);
  session_free (session);
}

GST_END_TEST

/* A server that never says op 9 does not fill our memory. */
GST_START_TEST (test_waiting_is_bounded)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);
  guint n = 0;

  ws = resume (session, ws, 2);
  for (guint i = 0; i < 1000; i++)
    send_transition (session, 23, i);
  fake_websocket_say (ws, RESUMED);
  fake_websocket_expect_op (ws, 5);
  while (!g_queue_is_empty (&ws->sent)) {
    g_autofree gchar *sent = fake_websocket_take (ws);
    g_autofree gchar *expected = g_strdup_printf (
        "{\"op\":23,\"d\":{\"transition_id\":%u}}", 1000 - 64 + n++);

    fail_unless_equals_string (sent, expected);
  }
  fail_unless_equals_int (n, 64);
  session_free (session);
}

GST_END_TEST

/* Nothing of one session is said in another, and none after the end. */
GST_START_TEST (test_nothing_after_the_end)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  ws = resume (session, ws, 2);
  send_binary (session, 26, "b");
  fake_websocket_hang_up (ws, 4006, NULL);
  fail_unless (session->closed);
  send_binary (session, 26, "c");
  fail_unless_equals_int (session->sockets->sockets->len, 2);
  session_free (session);
}

GST_END_TEST

/* A resume repeats what we missed, and perhaps what we did not. */
GST_START_TEST (test_replay)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  SAY_BINARY (ws, 0xff, 0xfe, 25, 1);
  fake_websocket_say (
      ws, "{'op':21,'d':{'transition_id':5,'protocol_version':1},'seq':65535}");
  SAY_BINARY (ws, 0, 0, 27, 2);
  session_expect (session, "dave:25:0:0:0:01 dave:21:5:1:0 dave:27:0:0:0:02 ");
  ws = resume (session, ws, 2);

  /* Before op 9 or behind it. */
  fake_websocket_say (
      ws, "{'op':21,'d':{'transition_id':5,'protocol_version':1},'seq':65535}");
  if (__i__ == 0)
    fake_websocket_say (ws, RESUMED);
  SAY_BINARY (ws, 0, 0, 27, 2);
  SAY_BINARY (ws, 0, 1, 29, 3);
  fake_websocket_say (ws, "{'op':22,'d':{'transition_id':5},'seq':2}");
  if (__i__ == 1)
    fake_websocket_say (ws, RESUMED);
  session_expect (session,
      __i__ == 0 ? "resumed dave:29:0:0:0:03 dave:22:5:0:0 "
                 : "dave:29:0:0:0:03 dave:22:5:0:0 resumed ");
  fail_unless_equals_int (session_stats (session).messages_repeated, 2);
  fail_unless_equals_int64 (session_stats (session).seq_ack, 2);

  /* After something new a number that comes again is the server's business. */
  SAY_BINARY (ws, 0xff, 0xfe, 27, 4);
  session_expect (session, "dave:27:0:0:0:04 ");
  session_free (session);
}

GST_END_TEST

static Suite *
voicegateway_dave_suite (void)
{
  Suite *s = suite_create ("voicegateway-dave");
  TCase *tc = tcase_create ("messages");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_announced);
  tcase_add_loop_test (tc, test_received, 8, 10);
  tcase_add_test (tc, test_before_description);
  tcase_add_test (tc, test_malformed);
  tcase_add_loop_test (tc, test_sent, 8, 10);
  tcase_add_test (tc, test_sent_after_resume);
  tcase_add_test (tc, test_waiting_is_bounded);
  tcase_add_test (tc, test_nothing_after_the_end);
  tcase_add_loop_test (tc, test_replay, 0, 2);
  return s;
}

GST_CHECK_MAIN (voicegateway_dave);
