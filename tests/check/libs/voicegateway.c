/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The voice gateway's handshake and its messages. */
#include "voicegateway-session.h"

GST_START_TEST (test_handshake)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_socket (session, 1);

  fail_unless_equals_string (ws->url, "wss://fra7.discord.media:443/?v=9");
  fake_websocket_accept (ws);
  fake_websocket_expect (ws,
      "{'op':0,'d':{'server_id':'9007199254740993',"
      "'channel_id':'9007199254740995','user_id':'18446744073709551615',"
      "'session_id':'c3f0','token':'9f1c2b','video':false,"
      "'max_dave_protocol_version':0}}");
  session_expect (session, "identifying ");

  fake_websocket_say (ws, HELLO);
  fake_websocket_expect (ws, "{'op':3,'d':{'t':1000000,'seq_ack':-1}}");
  fake_websocket_say (ws, READY);
  fake_websocket_expect (ws, "{'op':16,'d':{}}");
  session_expect (session,
      "ready:4294967295:198.51.100.20:50004:aead_aes256_gcm_rtpsize,made_up ");

  discord_voice_gateway_select_protocol (
      session->gw, "203.0.113.7", 51413, "made_up");
  {
    g_autofree gchar *sent = fake_websocket_take (ws);

    fail_unless (g_str_has_prefix (sent,
        "{\"op\":1,\"d\":{\"protocol\":\"udp\","
        "\"data\":{\"address\":\"203.0.113.7\","
        "\"port\":51413,\"mode\":\"made_up\"},"
        "\"codecs\":[{\"name\":\"opus\","
        "\"type\":\"audio\",\"priority\":1000,"
        "\"payload_type\":120}],"
        "\"rtc_connection_id\":\""));
    fail_unless (g_regex_match_simple (
        "\"rtc_connection_id\":\"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\"",
        sent, 0, 0));
  }
  fake_websocket_say (ws, DESCRIPTION);
  fake_websocket_expect (
      ws, "{'op':5,'d':{'speaking':0,'delay':0,'ssrc':4294967295}}");
  fake_websocket_expect (ws,
      "{'op':12,'d':{'audio_ssrc':4294967295,'video_ssrc':0,'rtx_ssrc':0,"
      "'streams':[]}}");
  fake_websocket_expect (ws, "{'op':15,'d':{'any':0}}");
  fake_websocket_expect_nothing (ws);
  session_expect (session, "description:made_up:0:255:opus ");

  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_hello_late)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_socket (session, 1);

  fake_websocket_accept (ws);
  fake_websocket_expect_op (ws, 0);
  fake_websocket_say (ws, READY);
  fake_websocket_expect_op (ws, 16);
  discord_voice_gateway_select_protocol (
      session->gw, "203.0.113.7", 51413, "made_up");
  fake_websocket_expect_op (ws, 1);
  fake_websocket_expect_nothing (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect_op (ws, 3);
  fake_websocket_say (ws, DESCRIPTION);
  fake_websocket_expect_op (ws, 5);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_version_8)
{
  Session *session = session_new (8);
  FakeWebsocket *ws = session_socket (session, 1);

  fail_unless_equals_string (ws->url, "wss://fra7.discord.media:443/?v=8");
  fake_websocket_accept (ws);
  fake_websocket_expect (ws,
      "{'op':0,'d':{'server_id':'9007199254740993',"
      "'user_id':'18446744073709551615','session_id':'c3f0',"
      "'token':'9f1c2b','video':false,'max_dave_protocol_version':0}}");
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_endpoint)
{
  static const struct
  {
    const gchar *endpoint;
    gboolean insecure;
    const gchar *url; /* NULL: refused */
  } cases[] = {
    { "wss://a.discord.gg:443", FALSE, "wss://a.discord.gg:443/?v=9" },
    { "a.discord.gg/", FALSE, "wss://a.discord.gg/?v=9" },
    { "127.0.0.1:4000", TRUE, "ws://127.0.0.1:4000/?v=9" },
    { "[::1]:4000", TRUE, "ws://[::1]:4000/?v=9" },
    { "evil.example/path?x=", FALSE, NULL },
    { "user@evil.example", FALSE, NULL },
    { "a b", FALSE, NULL },
    { "", FALSE, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const DiscordVoiceGatewayParams params = {
      .version = 9,
      .server_id = GUILD,
      .channel_id = CHANNEL,
      .user_id = USER,
      .session_id = "c3f0",
      .token = "9f1c2b",
      .endpoint = cases[i].endpoint,
      .insecure = cases[i].insecure,
    };
    Session *session = session_new_with (&params);

    if (cases[i].url != NULL) {
      fail_unless_equals_string (
          session_socket (session, 1)->url, cases[i].url);
    } else {
      fail_if (session->closed);
      fake_scheduler_advance (session->scheduler, 0);
      session_expect_closed (
          session, DISCORD_REACTION_REJOIN_ONCE, 0, GST_DISCORD_ERROR_PROTOCOL);
    }
    session_free (session);
  }
}

GST_END_TEST

GST_START_TEST (test_strings_escaped)
{
  const DiscordVoiceGatewayParams params = {
    .version = 9,
    .server_id = GUILD,
    .channel_id = CHANNEL,
    .user_id = USER,
    .session_id = "\"\\\n\001",
    .token = "\",\"op\":99",
    .endpoint = "a",
  };
  Session *session = session_new_with (&params);
  FakeWebsocket *ws = session_socket (session, 1);

  fake_websocket_accept (ws);
  {
    g_autofree gchar *sent = fake_websocket_take (ws);

    fail_unless (
        strstr (sent, "\"session_id\":\"\\\"\\\\\\u000a\\u0001\"") != NULL);
    fail_unless (strstr (sent, "\"token\":\"\\\",\\\"op\\\":99\"") != NULL);
  }
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_presence_from_the_first_byte)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_socket (session, 1);

  fake_websocket_accept (ws);
  session_expect (session, "identifying ");
  /* Before Hello and Ready, as after them. */
  fake_websocket_say (
      ws, "{'op':11,'d':{'user_ids':['18446744073709551614','5']},'seq':0}");
  fake_websocket_say (ws,
      "{'op':5,'d':{'user_id':'18446744073709551614','ssrc':4294967294,"
      "'speaking':5},'seq':1,'unknown':[{}]}");
  fake_websocket_say (ws,
      "{'op':12,'d':{'user_id':'5','audio_ssrc':7,'video_ssrc':8,'streams':"
      "[{'ssrc':8,'rtx_ssrc':9,'rid':'100'},{'ssrc':10}]}}");
  fake_websocket_say (ws, "{'op':12,'d':{'user_id':'5'}}");
  fake_websocket_say (ws, "{'op':18,'d':{'user_id':'5','flags':3}}");
  fake_websocket_say (ws, "{'op':18,'d':{'user_id':'5','flags':null}}");
  fake_websocket_say (ws, "{'op':20,'d':{'user_id':'5','platform':1}}");
  fake_websocket_say (ws, "{'op':20,'d':{'user_id':'5'}}");
  fake_websocket_say (ws, "{'op':13,'d':{'user_id':'5'},'seq':8}");
  session_expect (session,
      "connect:18446744073709551614:5 "
      "speaking:18446744073709551614:4294967294:5 "
      "video:5:7:8:8+9:10+0 video:5:0:0 flags:5:3 flags:5:-1 platform:5:1 "
      "platform:5:-1 disconnect:5 ");
  fail_unless_equals_int (session_stats (session).messages_invalid, 0);
  fail_unless_equals_int64 (session_stats (session).seq_ack, 8);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_malformed_is_ignored)
{
  static const gchar *const messages[] = {
    "",
    "{",
    "[]",
    "null",
    "{'op':5",
    "{'op':'5','d':{}}",
    "{'op':-1}",
    "{'d':{}}",
    "{'op':5}",
    "{'op':5,'d':null}",
    "{'op':5,'d':{'user_id':5.0,'ssrc':1,'speaking':1}}",
    "{'op':5,'d':{'user_id':'5','ssrc':0,'speaking':1}}",
    "{'op':5,'d':{'user_id':'5','ssrc':4294967296,'speaking':1}}",
    "{'op':5,'d':{'user_id':'5','ssrc':1.5,'speaking':1}}",
    "{'op':5,'d':{'user_id':'5','ssrc':1e300,'speaking':1}}",
    "{'op':5,'d':{'user_id':'5','ssrc':1,'speaking':true}}",
    "{'op':5,'d':{'user_id':'','ssrc':1,'speaking':1}}",
    "{'op':5,'d':{'user_id':'18446744073709551616','ssrc':1,'speaking':1}}",
    "{'op':5,'d':{'user_id':'-5','ssrc':1,'speaking':1}}",
    "{'op':8,'d':{}}",
    "{'op':8,'d':{'heartbeat_interval':0}}",
    "{'op':8,'d':{'heartbeat_interval':'10'}}",
    "{'op':11,'d':{'user_ids':[5.0]}}",
    "{'op':11,'d':{'user_ids':[null]}}",
    "{'op':11,'d':{'user_ids':'5'}}",
    "{'op':12,'d':{'user_id':'5','streams':{}}}",
    "{'op':12,'d':{'user_id':'5','audio_ssrc':-1}}",
    "{'op':13,'d':{}}",
    "{'op':14,'d':[]}",
    "{'op':16,'d':null}",
    "{'op':18,'d':{'user_id':'5','flags':'x'}}",
    "{'op':20,'d':{'platform':1}}",
    "{'op':21,'d':{'transition_id':65536}}",
    "{'op':24,'d':{}}",
    "{'op':9,'d':null}",
  };
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  for (guint i = 0; i < G_N_ELEMENTS (messages); i++) {
    fake_websocket_say (ws, messages[i]);
    fail_unless (session_stats (session).messages_invalid == i + 1,
        "%s was taken", messages[i]);
  }
  session_expect (session, "");
  fake_websocket_expect_nothing (ws);
  fail_if (session->closed);
  session_free (session);
}

GST_END_TEST

/* Every way to cut a valid message short is harmless. */
GST_START_TEST (test_truncated)
{
  static const gchar message[] =
      "{\"op\":5,\"d\":{\"user_id\":\"5\",\"ssrc\":1,\"speaking\":1}}";
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  for (gsize length = 0; length < strlen (message); length++) {
    g_autofree gchar *text = g_strndup (message, length);

    fake_websocket_say_raw (ws, text, length);
    fail_unless_equals_int (
        session_stats (session).messages_invalid, length + 1);
  }
  fake_websocket_say_raw (ws, message, strlen (message));
  session_expect (session, "speaking:5:1:1 ");
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_unknown_is_ignored)
{
  static const gchar *const known[] = {
    "{'op':16,'d':{'voice':'0.11.0','rtc_worker':'0.4.2'}}",
    "{'op':17,'d':null}",
    "{'op':19,'d':{}}",
    "{'op':31,'d':{}}",
  };
  static const guint8 odd[] = { 0, 10, 99 };
  static const guint8 cut[] = { 0, 11 };
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    fake_websocket_say (ws, known[i]);
  fail_unless_equals_int (session_stats (session).messages_invalid, 0);
  fail_unless_equals_int (session_stats (session).messages_unknown, 0);

  fake_websocket_say (ws, "{'op':99,'d':[[[]]]}");
  fail_unless_equals_int (session_stats (session).messages_unknown, 1);
  fake_websocket_say_binary (ws, odd, sizeof (odd));
  fail_unless_equals_int (session_stats (session).messages_unknown, 2);
  fake_websocket_say_binary (ws, cut, sizeof (cut));
  fail_unless_equals_int (session_stats (session).messages_invalid, 1);
  fail_unless_equals_int64 (session_stats (session).seq_ack, 10);
  session_expect (session, "");
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_out_of_order)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_socket (session, 1);

  fake_websocket_accept (ws);
  fake_websocket_expect_op (ws, 0);
  fake_websocket_say (ws, DESCRIPTION);
  fake_websocket_say (ws, RESUMED);
  fail_unless_equals_int (session_stats (session).messages_invalid, 2);
  /* Not before Ready. */
  discord_voice_gateway_select_protocol (
      session->gw, "203.0.113.7", 51413, "made_up");
  fake_websocket_expect_nothing (ws);

  fake_websocket_say (ws, READY);
  fake_websocket_expect_op (ws, 16);
  fake_websocket_say (ws, READY);
  fake_websocket_say (ws, DESCRIPTION);
  fail_unless_equals_int (session_stats (session).messages_invalid, 4);
  fake_websocket_expect_nothing (ws);
  fail_if (session->closed);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_bad_ready)
{
  static const gchar *const bad[] = {
    "{'op':2,'d':{'ssrc':0,'ip':'1.2.3.4','port':1,'modes':['a']}}",
    "{'op':2,'d':{'ip':'1.2.3.4','port':1,'modes':['a']}}",
    "{'op':2,'d':{'ssrc':1,'ip':'host.example','port':1,'modes':['a']}}",
    "{'op':2,'d':{'ssrc':1,'ip':'1.2.3.4','port':0,'modes':['a']}}",
    "{'op':2,'d':{'ssrc':1,'ip':'1.2.3.4','port':65536,'modes':['a']}}",
    "{'op':2,'d':{'ssrc':1,'ip':'1.2.3.4','port':1,'modes':[]}}",
    "{'op':2,'d':{'ssrc':1,'ip':'1.2.3.4','port':1,'modes':[1]}}",
    "{'op':2,'d':{'ssrc':1,'ip':'1.2.3.4','port':1}}",
    "{'op':2}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    Session *session = session_new (9);
    FakeWebsocket *ws = session_socket (session, 1);

    fake_websocket_accept (ws);
    session_expect (session, "identifying ");
    fake_websocket_say (ws, bad[i]);
    session_expect (session, "");
    session_expect_closed (
        session, DISCORD_REACTION_REJOIN_ONCE, 0, GST_DISCORD_ERROR_PROTOCOL);
    fail_unless_equals_int (ws->close_code, 1000);
    session_free (session);
  }
}

GST_END_TEST

/* A mode that we cannot read is one that we do not know, and whole numbers may
 * be written with a point. */
GST_START_TEST (test_odd_handshake)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_socket (session, 1);
  GString *ready = g_string_new ("{'op':2,'d':{'ssrc':7.0,'ip':'198.51.100.20',"
                                 "'port':50004.0,'modes':[null,5,'made_up'");
  GString *key = g_string_new ("[7.0");

  for (guint i = 0; i < 64; i++)
    g_string_append_printf (ready, ",'m%u'", i);
  g_string_append (ready, "]}}");
  for (guint i = 1; i < 32; i++)
    g_string_append (key, ",255.0");
  g_string_prepend (key, "{'op':4,'d':{'mode':'made_up','secret_key':");
  g_string_append (key,
      "],'audio_codec':1,'media_session_id':5,"
      "'keyframe_interval':{},'dave_protocol_version':0.0}}");
  fake_websocket_accept (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_say (ws, ready->str);
  fail_unless (g_str_has_prefix (session->log->str,
                   "identifying ready:7:198.51.100.20:50004:made_up,m0,"),
      "%s", session->log->str);
  g_string_truncate (session->log, 0);
  discord_voice_gateway_select_protocol (
      session->gw, "203.0.113.7", 51413, "made_up");
  fake_websocket_say (ws, key->str);
  session_expect (session, "description:made_up:7:255:(null) ");
  fail_if (session->closed);
  g_string_free (ready, TRUE);
  g_string_free (key, TRUE);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_bad_session_description)
{
  static const gchar *const bad[] = {
    "{'op':4,'d':{'secret_key':" KEY "}}",
    "{'op':4,'d':{'mode':'a'}}",
    "{'op':4,'d':{'mode':'a','secret_key':null}}",
    "{'op':4,'d':{'mode':'a','secret_key':[]}}",
    /* 31 */
    "{'op':4,'d':{'mode':'a','secret_key':[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,"
    "15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30]}}",
    /* 33 */
    "{'op':4,'d':{'mode':'a','secret_key':[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,"
    "15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32]}}",
    /* 32, one of them no byte */
    "{'op':4,'d':{'mode':'a','secret_key':[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,"
    "15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,256]}}",
    "{'op':4,'d':{'mode':'a','secret_key':[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,"
    "15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,-1]}}",
    "{'op':4,'d':{'mode':'a','secret_key':[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,"
    "15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,'1']}}",
    "{'op':4,'d':{'mode':'a','secret_key':[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,"
    "15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,0.5]}}",
    "{'op':4,'d':{'mode':'a','secret_key':" KEY ",'dave_protocol_version':-1}}",
    "{'op':4}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    Session *session = session_new (9);
    FakeWebsocket *ws = session_identify (session);

    discord_voice_gateway_select_protocol (
        session->gw, "203.0.113.7", 51413, "made_up");
    fake_websocket_expect_op (ws, 1);
    fake_websocket_say (ws, bad[i]);
    session_expect (session, "");
    session_expect_closed (
        session, DISCORD_REACTION_REJOIN_ONCE, 0, GST_DISCORD_ERROR_PROTOCOL);
    fake_websocket_expect_nothing (ws);
    session_free (session);
  }
}

GST_END_TEST

GST_START_TEST (test_new_key)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_connect (session);

  fake_websocket_say (ws,
      "{'op':4,'d':{'mode':'made_up','secret_key':[9,1,2,3,4,5,6,7,8,9,10,11,"
      "12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31]}}");
  session_expect (session, "description:made_up:9:31:(null) ");
  fake_websocket_expect_nothing (ws);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_speaking)
{
  Session *session = session_new (9);
  FakeWebsocket *ws = session_identify (session);

  /* Before the session is there it waits for it. */
  fail_if (discord_voice_gateway_set_speaking (session->gw, 1, 77));
  fake_websocket_expect_nothing (ws);
  discord_voice_gateway_select_protocol (
      session->gw, "203.0.113.7", 51413, "made_up");
  fake_websocket_expect_op (ws, 1);
  fake_websocket_say (ws, DESCRIPTION);
  fake_websocket_expect (
      ws, "{'op':5,'d':{'speaking':0,'delay':0,'ssrc':4294967295}}");
  fake_websocket_expect_op (ws, 12);
  fake_websocket_expect_op (ws, 15);
  fake_websocket_expect (ws, "{'op':5,'d':{'speaking':1,'delay':0,'ssrc':77}}");

  fail_unless (discord_voice_gateway_set_speaking (session->gw, 5, 77));
  fake_websocket_expect (ws, "{'op':5,'d':{'speaking':5,'delay':0,'ssrc':77}}");
  session_free (session);
}

GST_END_TEST

static Suite *
voicegateway_suite (void)
{
  Suite *s = suite_create ("voicegateway");
  TCase *tc = tcase_create ("messages");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_handshake);
  tcase_add_test (tc, test_hello_late);
  tcase_add_test (tc, test_version_8);
  tcase_add_test (tc, test_endpoint);
  tcase_add_test (tc, test_strings_escaped);
  tcase_add_test (tc, test_presence_from_the_first_byte);
  tcase_add_test (tc, test_malformed_is_ignored);
  tcase_add_test (tc, test_truncated);
  tcase_add_test (tc, test_unknown_is_ignored);
  tcase_add_test (tc, test_out_of_order);
  tcase_add_test (tc, test_bad_ready);
  tcase_add_test (tc, test_odd_handshake);
  tcase_add_test (tc, test_bad_session_description);
  tcase_add_test (tc, test_new_key);
  tcase_add_test (tc, test_speaking);
  return s;
}

GST_CHECK_MAIN (voicegateway);
