/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The main gateway's voice part: op 4 out, the two events in. */
#include "maingateway-session.h"

#define JOIN(guild, channel, mute)                                             \
  "{'op':4,'d':{'guild_id':'" guild "','channel_id':'" channel                 \
  "','self_mute':" mute ",'self_deaf':false,'self_video':false}}"
#define LEAVE(guild)                                                           \
  "{'op':4,'d':{'guild_id':'" guild "','channel_id':null,"                     \
  "'self_mute':false,'self_deaf':false,'self_video':false}}"

GST_START_TEST (test_join_connects)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws;

  /* Nothing to leave. */
  session_update (session, 3, 0, FALSE);
  fail_unless_equals_int (session->sockets->sockets->len, 0);

  session_update (session, 3, 5, FALSE);
  ws = session_socket (session, 1);
  fake_websocket_accept (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect_op (ws, 2);
  fake_websocket_expect_nothing (ws);
  fake_websocket_say (ws, READY);
  fake_websocket_expect (ws, JOIN ("3", "5", "false"));
  fake_websocket_expect_nothing (ws);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_ids_and_flags)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);
  const DiscordVoiceStateUpdate call = {
    .channel_id = G_MAXUINT64,
    .self_deaf = TRUE,
    .self_video = TRUE,
  };

  discord_main_gateway_update_voice_state (session->gw, &call);
  fake_websocket_expect (ws,
      "{'op':4,'d':{'guild_id':null,'channel_id':'18446744073709551615',"
      "'self_mute':false,'self_deaf':true,'self_video':true}}");
  session_free (session);
}

GST_END_TEST

/* Once a second and guild, and only the latest state. */
GST_START_TEST (test_coalescing)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  session_update (session, 3, 5, FALSE);
  fake_websocket_expect (ws, JOIN ("3", "5", "false"));
  session_update (session, 3, 5, TRUE);
  session_update (session, 3, 6, FALSE);
  session_update (session, 3, 6, TRUE);
  fake_websocket_expect_nothing (ws);
  fail_unless (session->sending);
  /* Another guild does not wait for this one. */
  session_update (session, 4, 8, FALSE);
  fake_websocket_expect (ws, JOIN ("4", "8", "false"));
  fake_scheduler_advance (session->scheduler, 999);
  fake_websocket_expect_nothing (ws);
  fake_scheduler_advance (session->scheduler, 1);
  fake_websocket_expect (ws, JOIN ("3", "6", "true"));
  fake_websocket_expect_nothing (ws);
  fail_if (session->sending);
  fake_scheduler_advance (session->scheduler, 5000);
  fake_websocket_expect_nothing (ws);
  session_free (session);
}

GST_END_TEST

/* The camera and the microphone in one message, and what was lost with the link
 * once more. */
GST_START_TEST (test_camera)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);
  DiscordVoiceStateUpdate update = { .guild_id = 3, .channel_id = 5 };

  discord_main_gateway_update_voice_state (session->gw, &update);
  fake_websocket_expect (ws, JOIN ("3", "5", "false"));
  update.self_video = TRUE;
  discord_main_gateway_update_voice_state (session->gw, &update);
  update.self_mute = TRUE;
  discord_main_gateway_update_voice_state (session->gw, &update);
  fake_scheduler_advance (session->scheduler, 1000);
  fake_websocket_expect (ws,
      "{'op':4,'d':{'guild_id':'3','channel_id':'5','self_mute':true,"
      "'self_deaf':false,'self_video':true}}");
  update.self_video = FALSE;
  discord_main_gateway_update_voice_state (session->gw, &update);
  fake_scheduler_advance (session->scheduler, 1000);
  fake_websocket_expect (ws, JOIN ("3", "5", "true"));
  fake_websocket_expect_nothing (ws);
  session_free (session);
}

GST_END_TEST

/* Left and joined at once: both, or the server would see a move. */
GST_START_TEST (test_leave_then_join)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  session_update (session, 3, 5, FALSE);
  fake_websocket_expect (ws, JOIN ("3", "5", "false"));
  session_update (session, 3, 0, FALSE);
  session_update (session, 3, 5, TRUE);
  session_update (session, 3, 7, TRUE);
  fake_scheduler_advance (session->scheduler, 1000);
  fake_websocket_expect (ws, LEAVE ("3"));
  fake_websocket_expect_nothing (ws);
  fake_scheduler_advance (session->scheduler, 1000);
  fake_websocket_expect (ws, JOIN ("3", "7", "true"));
  /* The other way round only the leave is left. */
  session_update (session, 3, 9, TRUE);
  session_update (session, 3, 0, FALSE);
  fake_scheduler_advance (session->scheduler, 1000);
  fake_websocket_expect (ws, LEAVE ("3"));
  fake_scheduler_advance (session->scheduler, 5000);
  fake_websocket_expect_nothing (ws);
  session_free (session);
}

GST_END_TEST

/* 110 in 60 s, the identify among them; heartbeats go on. */
GST_START_TEST (test_rate_limit)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  for (guint i = 0; i < 109; i++) {
    session_update (session, 1000 + i, 5, FALSE);
    fake_websocket_expect_op (ws, 4);
  }
  session_update (session, 2000, 5, FALSE);
  session_update (session, 2001, 5, FALSE);
  fake_websocket_expect_nothing (ws);
  fake_scheduler_advance (session->scheduler, 20000);
  fake_websocket_expect_op (ws, 1);
  fake_websocket_say (ws, ACK);
  fake_scheduler_advance (session->scheduler, 39999);
  fake_websocket_expect_nothing (ws);
  fail_unless (session->sending);
  fake_scheduler_advance (session->scheduler, 1);
  fake_websocket_expect (ws, JOIN ("2000", "5", "false"));
  fake_websocket_expect (ws, JOIN ("2001", "5", "false"));
  session_free (session);
}

GST_END_TEST

/* A new connection has a new allowance. */
GST_START_TEST (test_rate_limit_is_per_connection)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  for (guint i = 0; i < 112; i++)
    session_update (session, 1000 + i, 5, FALSE);
  fake_scheduler_advance (session->scheduler, 19000);
  fake_websocket_hang_up (ws, 0, NULL);
  fail_if (session->sending);
  fake_scheduler_advance (session->scheduler, 1000);
  ws = session_socket (session, 2);
  fake_websocket_accept (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect_op (ws, 6);
  fake_websocket_say (ws, RESUMED);
  for (guint i = 0; i < 3; i++)
    fake_websocket_expect_op (ws, 4);
  fake_websocket_expect_nothing (ws);
  session_free (session);
}

GST_END_TEST

static FakeWebsocket *
lose_and_resume (Session *session, FakeWebsocket *ws)
{
  fake_websocket_hang_up (ws, 0, NULL);
  fake_scheduler_advance (session->scheduler, 1000);
  ws = session_socket (session, 2);
  fake_websocket_accept (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect_op (ws, 6);
  fake_websocket_expect_nothing (ws);
  fake_websocket_say (ws, RESUMED);
  return ws;
}

/* What was sent just before the loss may not have arrived; both kinds may be
 * sent twice without harm. */
GST_START_TEST (test_repeated_after_resume)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  session_update (session, 2, 5, FALSE);
  fake_scheduler_advance (session->scheduler, 15000);
  session_update (session, 3, 5, FALSE);
  session_update (session, 4, 5, FALSE);
  fake_scheduler_advance (session->scheduler, 1000);
  session_update (session, 4, 0, FALSE);
  session_update (session, 5, 5, FALSE);
  session_update (session, 5, 6, FALSE);
  fail_unless (session->sending);
  ws = lose_and_resume (session, ws);
  fake_websocket_expect (ws, JOIN ("3", "5", "false"));
  fake_websocket_expect (ws, LEAVE ("4"));
  fake_websocket_expect (ws, JOIN ("5", "6", "false"));
  fake_websocket_expect_nothing (ws);
  session_free (session);
}

GST_END_TEST

/* Asked for while there is no connection. */
GST_START_TEST (test_queued_while_away)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  session_update (session, 3, 5, FALSE);
  fake_scheduler_advance (session->scheduler, 15000);
  fake_websocket_hang_up (ws, 0, NULL);
  session_update (session, 3, 0, FALSE);
  fail_if (session->sending);
  fake_scheduler_advance (session->scheduler, 1000);
  ws = session_socket (session, 2);
  fake_websocket_accept (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect_op (ws, 6);
  fake_websocket_say (ws, RESUMED);
  fake_websocket_expect (ws, LEAVE ("3"));
  session_free (session);
}

GST_END_TEST

/* The server forgot: leaves are moot, joins are asked for again by those who
 * want them, who are told with the new session. */
GST_START_TEST (test_new_session)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  session_update (session, 3, 5, FALSE);
  fake_websocket_expect_op (ws, 4);
  session_update (session, 4, 5, FALSE);
  fake_websocket_expect_op (ws, 4);
  fake_websocket_hang_up (ws, 4009, NULL);
  session_update (session, 4, 0, FALSE);
  session_update (session, 5, 5, FALSE);
  fake_scheduler_advance (session->scheduler, 5000);
  ws = session_socket (session, 2);
  fake_websocket_accept (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect_op (ws, 2);
  fake_websocket_say (ws, READY);
  session_expect (session, "ready:" ME_TEXT ":replaced ");
  fake_websocket_expect (ws, JOIN ("3", "5", "false"));
  fake_websocket_expect (ws, JOIN ("5", "5", "false"));
  fake_websocket_expect_nothing (ws);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_free_leaves)
{
  Session *session = session_new_bot ();
  FakeWebsockets *sockets;
  FakeWebsocket *ws = session_connect (session);

  session_update (session, 3, 5, FALSE);
  fake_websocket_expect_op (ws, 4);
  /* It would have to wait its second; closing does not. */
  session_update (session, 3, 0, FALSE);
  fake_websocket_expect_nothing (ws);
  sockets = session->sockets;
  session->sockets = fake_websockets_new ();
  session_free (session);
  fake_websocket_expect (ws, LEAVE ("3"));
  fail_unless_equals_int (ws->close_code, 1000);
  fake_websockets_free (sockets);
}

GST_END_TEST

GST_START_TEST (test_voice_state)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  fake_websocket_say (ws,
      "{'op':0,'t':'VOICE_STATE_UPDATE','s':2,'d':{'guild_id':'3',"
      "'channel_id':'18446744073709551615','user_id':'" ME_TEXT "',"
      "'session_id':'c3f0','deaf':false,'new_field':{}}}");
  session_expect (session, "own:3:18446744073709551615:" ME_TEXT ":c3f0 ");
  fake_websocket_say (ws,
      "{'op':0,'t':'VOICE_STATE_UPDATE','s':3,'d':{'guild_id':'3',"
      "'channel_id':null,'user_id':'" ME_TEXT "','session_id':'c3f0'}}");
  session_expect (session, "own:3:0:" ME_TEXT ":c3f0 ");
  /* Another device of ours, or none at all: not us. */
  fake_websocket_say (ws,
      "{'op':0,'t':'VOICE_STATE_UPDATE','s':4,'d':{'guild_id':'3',"
      "'channel_id':null,'user_id':'" ME_TEXT "','session_id':'other'}}");
  fake_websocket_say (ws,
      "{'op':0,'t':'VOICE_STATE_UPDATE','s':5,'d':{'guild_id':'3',"
      "'channel_id':null,'user_id':'" ME_TEXT "'}}");
  session_expect (session, "");
  /* The neighbour of our id, which a double could not tell from it. */
  fake_websocket_say (ws,
      "{'op':0,'t':'VOICE_STATE_UPDATE','s':6,'d':{'guild_id':'3',"
      "'channel_id':'5','user_id':'9007199254740992','session_id':'x'}}");
  session_expect (session, "member:3:5:9007199254740992 ");
  fail_unless_equals_int (session_stats (session).messages_invalid, 0);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_voice_server)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  /* Before any voice state, and after. */
  fake_websocket_say (ws,
      "{'op':0,'t':'VOICE_SERVER_UPDATE','s':2,'d':{'guild_id':'3',"
      "'token':'9f1c2b','endpoint':'fra7-a1b2.discord.media:443'}}");
  fake_websocket_say (ws,
      "{'op':0,'t':'VOICE_SERVER_UPDATE','s':3,'d':{'guild_id':'3',"
      "'token':'9f1c2b','endpoint':null}}");
  fake_websocket_say (ws,
      "{'op':0,'t':'VOICE_SERVER_UPDATE','s':4,'d':{'guild_id':'3',"
      "'token':null}}");
  fake_websocket_say (ws,
      "{'op':0,'t':'VOICE_SERVER_UPDATE','s':5,'d':{'guild_id':null,"
      "'channel_id':'7','token':'a','endpoint':'b'}}");
  session_expect (session,
      "server:3:0:9f1c2b:fra7-a1b2.discord.media:443 "
      "server:3:0:9f1c2b:(null) server:3:0:(null):(null) server:0:7:a:b ");
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_guild_create)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  fake_websocket_say (ws,
      "{'op':0,'t':'GUILD_CREATE','s':2,'d':{'id':'3','voice_states':["
      "{'user_id':'6','channel_id':'5','session_id':'x'},"
      "{'user_id':'" ME_TEXT "','channel_id':'5','session_id':'stale'}]}}");
  session_expect (session, "member:3:5:6 ");
  fake_websocket_say (ws, "{'op':0,'t':'GUILD_CREATE','s':3,'d':{'id':'3'}}");
  fail_unless_equals_int (session_stats (session).messages_invalid, 0);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_malformed)
{
  static const gchar *const messages[] = {
    "",
    "{'op':0",
    "[]",
    "{'op':'0'}",
    "{'op':0,'t':5,'s':1,'d':{}}",
    "{'op':0,'s':1,'d':{}}",
    "{'op':0,'t':'VOICE_STATE_UPDATE','s':1}",
    "{'op':0,'t':'VOICE_STATE_UPDATE','s':1,'d':{'guild_id':3.0,"
    "'channel_id':null,'user_id':'5','session_id':'c3f0'}}",
    "{'op':0,'t':'VOICE_STATE_UPDATE','s':1,'d':{'guild_id':'3',"
    "'channel_id':'x','user_id':'5','session_id':'c3f0'}}",
    "{'op':0,'t':'VOICE_STATE_UPDATE','s':1,'d':{'guild_id':'3',"
    "'channel_id':null,'session_id':'c3f0'}}",
    "{'op':0,'t':'VOICE_SERVER_UPDATE','s':1,'d':{'guild_id':'3',"
    "'token':5,'endpoint':'e'}}",
    "{'op':0,'t':'VOICE_SERVER_UPDATE','s':1,'d':[]}",
    "{'op':0,'t':'GUILD_CREATE','s':1,'d':{'id':3.0}}",
    "{'op':0,'t':'GUILD_CREATE','s':1,'d':{'id':'3','voice_states':{}}}",
    "{'op':0,'t':'GUILD_CREATE','s':1,'d':{'id':'3','voice_states':[1]}}",
    "{'op':0,'t':'RESUMED','s':1,'d':{}}",
    "{'op':10,'d':{'heartbeat_interval':1000}}",
  };
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  for (guint i = 0; i < G_N_ELEMENTS (messages); i++) {
    fake_websocket_say (ws, messages[i]);
    fail_unless (session_stats (session).messages_invalid == i + 1,
        "%s was taken", messages[i]);
  }
  fake_websocket_say_binary (ws, (const guint8 *) "x", 1);
  fail_unless_equals_int (
      session_stats (session).messages_invalid, G_N_ELEMENTS (messages) + 1);
  session_expect (session, "");
  /* Unknown is not malformed. */
  fake_websocket_say (ws, "{'op':99,'d':null}");
  fake_websocket_say (ws, "{'op':0,'t':'NEWS','s':1,'d':null}");
  fail_unless_equals_int (
      session_stats (session).messages_invalid, G_N_ELEMENTS (messages) + 1);
  fail_if (ws->freed);
  session_free (session);
}

GST_END_TEST

/* Events of no session are nobody's. */
GST_START_TEST (test_events_before_ready)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws;

  discord_main_gateway_connect (session->gw);
  ws = session_socket (session, 1);
  fake_websocket_accept (ws);
  fake_websocket_say (ws, READY);
  fake_websocket_say (ws, HELLO);
  fake_websocket_say (ws,
      "{'op':0,'t':'VOICE_SERVER_UPDATE','s':2,'d':{'guild_id':'3',"
      "'token':'a','endpoint':'b'}}");
  session_expect (session, "");
  fake_websocket_say (ws, READY);
  session_expect (session, "ready:" ME_TEXT " ");
  session_free (session);
}

GST_END_TEST

static Suite *
maingateway_voicestate_suite (void)
{
  Suite *s = suite_create ("maingateway-voicestate");
  TCase *tc = tcase_create ("voice");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_join_connects);
  tcase_add_test (tc, test_ids_and_flags);
  tcase_add_test (tc, test_coalescing);
  tcase_add_test (tc, test_camera);
  tcase_add_test (tc, test_leave_then_join);
  tcase_add_test (tc, test_rate_limit);
  tcase_add_test (tc, test_rate_limit_is_per_connection);
  tcase_add_test (tc, test_repeated_after_resume);
  tcase_add_test (tc, test_queued_while_away);
  tcase_add_test (tc, test_new_session);
  tcase_add_test (tc, test_free_leaves);
  tcase_add_test (tc, test_voice_state);
  tcase_add_test (tc, test_voice_server);
  tcase_add_test (tc, test_guild_create);
  tcase_add_test (tc, test_malformed);
  tcase_add_test (tc, test_events_before_ready);
  return s;
}

GST_CHECK_MAIN (maingateway_voicestate);
