/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The main gateway's Go Live part: ops 18 to 22 out, the four events in. */
#include "maingateway-session.h"

#define KEY "guild:1:2:7"
#define MINE "guild:1:2:" ME_TEXT
#define CREATE                                                                 \
  "{'op':18,'d':{'type':'guild','guild_id':'1','channel_id':'2',"              \
  "'preferred_region':null}}"
#define ABOUT(op, key) "{'op':" op ",'d':{'stream_key':'" key "'}}"
#define PAUSE(paused)                                                          \
  "{'op':22,'d':{'stream_key':'" MINE "','paused':" paused "}}"
#define EVENT(t, d) "{'op':0,'t':'" t "','s':2,'d':{" d "}}"

static void
ask (Session *session, DiscordMainOp op, guint64 owner_id)
{
  const DiscordStreamRequest request = {
    .op = op,
    .key = { 1, 2, owner_id },
  };

  discord_main_gateway_request_stream (session->gw, &request);
}

static void
ask_paused (Session *session, gboolean paused)
{
  const DiscordStreamRequest request = {
    .op = DISCORD_MAIN_OP_SET_STREAM_PAUSED,
    .key = { 1, 2, ME },
    .paused = paused,
  };

  discord_main_gateway_request_stream (session->gw, &request);
}

/* The @n-th socket up to the server's READY. */
static FakeWebsocket *
begin (Session *session, guint n)
{
  FakeWebsocket *ws = session_socket (session, n);

  fake_websocket_accept (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect_op (ws, 2);
  fake_websocket_expect_nothing (ws);
  fake_websocket_say (ws, READY);
  return ws;
}

GST_START_TEST (test_requests)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);
  const DiscordStreamRequest call = {
    .op = DISCORD_MAIN_OP_CREATE_STREAM,
    .key = { 0, G_MAXUINT64, 0 },
    .region = "rot\"terdam",
  };
  const DiscordStreamRequest watch = {
    .op = DISCORD_MAIN_OP_WATCH_STREAM,
    .key = { 0, 5, 6 },
  };

  ask (session, DISCORD_MAIN_OP_CREATE_STREAM, 0);
  fake_websocket_expect (ws, CREATE);
  discord_main_gateway_request_stream (session->gw, &call);
  fake_websocket_expect (ws,
      "{'op':18,'d':{'type':'call','guild_id':null,"
      "'channel_id':'18446744073709551615',"
      "'preferred_region':'rot\\'terdam'}}");
  ask (session, DISCORD_MAIN_OP_WATCH_STREAM, 7);
  fake_websocket_expect (ws, ABOUT ("20", KEY));
  discord_main_gateway_request_stream (session->gw, &watch);
  fake_websocket_expect (ws, ABOUT ("20", "call:5:6"));
  ask (session, DISCORD_MAIN_OP_PING_STREAM, 7);
  fake_websocket_expect (ws, ABOUT ("21", KEY));
  ask_paused (session, TRUE);
  fake_websocket_expect (ws, PAUSE ("true"));
  ask_paused (session, FALSE);
  fake_websocket_expect (ws, PAUSE ("false"));
  ask (session, DISCORD_MAIN_OP_DELETE_STREAM, 7);
  fake_websocket_expect (ws, ABOUT ("19", KEY));
  session_free (session);
}

GST_END_TEST

/* Only what wants something of the server connects to it. */
GST_START_TEST (test_idle)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws;

  ask (session, DISCORD_MAIN_OP_DELETE_STREAM, 7);
  ask (session, DISCORD_MAIN_OP_PING_STREAM, 7);
  ask_paused (session, TRUE);
  fail_unless_equals_int (session->sockets->sockets->len, 0);
  ask (session, DISCORD_MAIN_OP_WATCH_STREAM, 7);
  session_update (session, 1, 2, FALSE);
  ws = begin (session, 1);
  /* The channel first. */
  fake_websocket_expect_op (ws, 4);
  fake_websocket_expect (ws, ABOUT ("20", KEY));
  fake_websocket_expect_nothing (ws);
  session_free (session);
}

GST_END_TEST

/* What waits is the latest of its kind, and an end is the end. */
GST_START_TEST (test_coalescing)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws;

  ask (session, DISCORD_MAIN_OP_WATCH_STREAM, 8);
  ask (session, DISCORD_MAIN_OP_WATCH_STREAM, 7);
  ask (session, DISCORD_MAIN_OP_WATCH_STREAM, 7);
  ask (session, DISCORD_MAIN_OP_PING_STREAM, 7);
  ask_paused (session, TRUE);
  ask_paused (session, FALSE);
  ask (session, DISCORD_MAIN_OP_DELETE_STREAM, 7);
  ask (session, DISCORD_MAIN_OP_WATCH_STREAM, 7);
  ws = begin (session, 1);
  fake_websocket_expect (ws, ABOUT ("20", "guild:1:2:8"));
  fake_websocket_expect (ws, PAUSE ("false"));
  fake_websocket_expect (ws, ABOUT ("19", KEY));
  fake_websocket_expect (ws, ABOUT ("20", KEY));
  fake_websocket_expect_nothing (ws);
  session_free (session);
}

GST_END_TEST

/* They share the allowance of 110 in 60 s with op 4, which goes first. */
GST_START_TEST (test_rate_limit)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  for (guint i = 0; i < 109; i++) {
    ask (session, DISCORD_MAIN_OP_WATCH_STREAM, 1000 + i);
    fake_websocket_expect_op (ws, 20);
  }
  ask (session, DISCORD_MAIN_OP_WATCH_STREAM, 7);
  session_update (session, 1, 2, FALSE);
  fake_websocket_expect_nothing (ws);
  fail_unless (session->sending);
  fake_scheduler_advance (session->scheduler, 20000);
  fake_websocket_expect_op (ws, 1);
  fake_websocket_say (ws, ACK);
  fake_scheduler_advance (session->scheduler, 39999);
  fake_websocket_expect_nothing (ws);
  fake_scheduler_advance (session->scheduler, 1);
  fake_websocket_expect_op (ws, 4);
  fake_websocket_expect (ws, ABOUT ("20", KEY));
  fail_if (session->sending);
  session_free (session);
}

GST_END_TEST

/* A resumed session: what may have been lost is asked for again, but not what
 * was answered. */
GST_START_TEST (test_repeated)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  ask (session, DISCORD_MAIN_OP_WATCH_STREAM, 5);
  fake_websocket_expect_op (ws, 20);
  fake_scheduler_advance (session->scheduler, 10001);
  ask (session, DISCORD_MAIN_OP_CREATE_STREAM, 0);
  fake_websocket_expect_op (ws, 18);
  ask (session, DISCORD_MAIN_OP_WATCH_STREAM, 6);
  fake_websocket_expect_op (ws, 20);
  ask (session, DISCORD_MAIN_OP_WATCH_STREAM, 7);
  fake_websocket_expect_op (ws, 20);
  ask (session, DISCORD_MAIN_OP_WATCH_STREAM, 8);
  fake_websocket_expect_op (ws, 20);
  ask_paused (session, TRUE);
  fake_websocket_expect_op (ws, 22);
  fake_websocket_say (ws,
      EVENT ("STREAM_CREATE", "'stream_key':'" MINE "','rtc_server_id':'9'"));
  fake_websocket_say (
      ws, EVENT ("STREAM_DELETE", "'stream_key':'guild:1:2:6','reason':'x'"));
  fake_websocket_hang_up (ws, 4000, NULL);
  ask (session, DISCORD_MAIN_OP_WATCH_STREAM, 8);
  fake_scheduler_advance (session->scheduler, 1000);
  ws = session_socket (session, 2);
  fake_websocket_accept (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect_op (ws, 6);
  fake_websocket_expect_nothing (ws);
  fake_websocket_say (ws, RESUMED);
  fake_websocket_expect (ws, ABOUT ("20", KEY));
  fake_websocket_expect (ws, PAUSE ("true"));
  fake_websocket_expect (ws, ABOUT ("20", "guild:1:2:8"));
  fake_websocket_expect_nothing (ws);
  session_free (session);
}

GST_END_TEST

/* A new session knows of no channel we are in: asking is up to who joins. */
GST_START_TEST (test_session_replaced)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  ask (session, DISCORD_MAIN_OP_WATCH_STREAM, 7);
  fake_websocket_expect_op (ws, 20);
  fake_websocket_hang_up (ws, 4009, NULL);
  ask (session, DISCORD_MAIN_OP_WATCH_STREAM, 8);
  fake_scheduler_advance (session->scheduler, 5000);
  ws = begin (session, 2);
  session_expect (session, "ready:" ME_TEXT ":replaced ");
  fake_websocket_expect_nothing (ws);
  session_free (session);
}

GST_END_TEST

GST_START_TEST (test_events)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  fake_websocket_say (ws,
      EVENT ("STREAM_CREATE",
          "'stream_key':'" KEY "','rtc_server_id':'1290000000000000010',"
          "'rtc_channel_id':'9007199254740993','region':'rotterdam',"
          "'viewer_ids':['3','18446744073709551615'],'paused':true,'new':{}"));
  session_expect (session,
      "created:" KEY ":1290000000000000010:9007199254740993:rotterdam:2:1 ");
  fake_websocket_say (ws,
      EVENT ("STREAM_CREATE",
          "'stream_key':'call:4:7','rtc_server_id':'5','rtc_channel_id':null,"
          "'region':null,'viewer_ids':null,'paused':null"));
  session_expect (session, "created:call:4:7:5:0:-:0:0 ");
  /* The two ids have no place here. */
  fake_websocket_say (ws,
      EVENT ("STREAM_UPDATE",
          "'stream_key':'" KEY "','rtc_server_id':null,'rtc_channel_id':'5',"
          "'region':'x','viewer_ids':[],'paused':false"));
  session_expect (session, "updated:" KEY ":0:0:x:0:0 ");
  fake_websocket_say (ws,
      EVENT ("STREAM_SERVER_UPDATE",
          "'stream_key':'" KEY "','guild_id':null,'token':'77aa01',"
          "'endpoint':'rtm12.discord.media:443'"));
  fake_websocket_say (ws,
      EVENT ("STREAM_SERVER_UPDATE",
          "'stream_key':'" KEY "','token':null,'endpoint':null"));
  session_expect (session,
      "stream-server:" KEY ":77aa01:rtm12.discord.media:443 "
      "stream-server:" KEY ":-:- ");
  /* Of a pause, it is no server that went. */
  fake_websocket_say (ws,
      EVENT ("STREAM_SERVER_UPDATE", "'stream_key':'" KEY "','paused':true"));
  session_expect (session, "updated:" KEY ":0:0:-:0:1 ");
  fake_websocket_say (ws,
      EVENT ("STREAM_DELETE",
          "'stream_key':'" KEY "','reason':'stream_ended','unavailable':true"));
  fake_websocket_say (
      ws, EVENT ("STREAM_DELETE", "'stream_key':'" KEY "','reason':null"));
  fake_websocket_say (ws,
      EVENT ("STREAM_DELETE",
          "'stream_key':'guild:1:02:7','reason':'new','unavailable':null"));
  session_expect (session,
      "unavailable:" KEY ":stream_ended deleted:" KEY ":- deleted:" KEY
      ":new ");
  fake_websocket_say (ws, EVENT ("STREAM_OF_A_LATER_VERSION", ""));
  session_expect (session, "");
  fail_unless_equals_int (session_stats (session).messages_invalid, 0);
  session_free (session);
}

GST_END_TEST

/* What only informs takes nothing else with it. */
GST_START_TEST (test_odd_members)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  fake_websocket_say (ws,
      EVENT ("STREAM_CREATE",
          "'stream_key':'" KEY "','rtc_server_id':1290000000000000010,"
          "'rtc_channel_id':6,'region':6,'viewer_ids':['3',null,4,{}],"
          "'paused':1"));
  session_expect (session, "created:" KEY ":1290000000000000010:6:-:2:0 ");
  fake_websocket_say (ws,
      EVENT ("STREAM_UPDATE",
          "'stream_key':'" KEY "','paused':'no','viewer_ids':{}"));
  session_expect (session, "updated:" KEY ":0:0:-:0:0 ");
  fake_websocket_say (ws,
      EVENT ("STREAM_DELETE",
          "'stream_key':'" KEY "','reason':1,'unavailable':0"));
  session_expect (session, "deleted:" KEY ":- ");
  fail_unless_equals_int (session_stats (session).messages_invalid, 0);
  session_free (session);
}

GST_END_TEST

/* Each is ignored and counted. */
GST_START_TEST (test_malformed)
{
#define CREATE_WITH(members)                                                   \
  EVENT ("STREAM_CREATE", "'stream_key':'" KEY "'" members)
  static const gchar *const texts[] = {
    "{'op':0,'t':'STREAM_CREATE','s':2}",
    "{'op':0,'t':'STREAM_CREATE','s':2,'d':null}",
    "{'op':0,'t':'STREAM_CREATE','s':2,'d':[]}",
    EVENT ("STREAM_CREATE", "'rtc_server_id':'5'"),
    EVENT ("STREAM_CREATE", "'stream_key':null,'rtc_server_id':'5'"),
    EVENT ("STREAM_CREATE", "'stream_key':7,'rtc_server_id':'5'"),
    EVENT ("STREAM_CREATE", "'stream_key':'test:7','rtc_server_id':'5'"),
    EVENT ("STREAM_CREATE", "'stream_key':'guild:1:2','rtc_server_id':'5'"),
    CREATE_WITH (""),
    CREATE_WITH (",'rtc_server_id':null"),
    CREATE_WITH (",'rtc_server_id':5.0"),
    CREATE_WITH (",'rtc_server_id':'0'"),
    CREATE_WITH (",'rtc_server_id':'5x'"),
    CREATE_WITH (",'rtc_server_id':'5','rtc_channel_id':'6x'"),
    EVENT ("STREAM_UPDATE", ""),
    EVENT ("STREAM_SERVER_UPDATE", "'token':'x','endpoint':'y'"),
    EVENT ("STREAM_SERVER_UPDATE", "'stream_key':'" KEY "','token':7"),
    EVENT ("STREAM_SERVER_UPDATE", "'stream_key':'" KEY "','endpoint':[]"),
    EVENT ("STREAM_DELETE", "'reason':'stream_full'"),
  };
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    fake_websocket_say (ws, texts[i]);
    fail_unless (session->log->len == 0, "%s was taken", texts[i]);
    fail_unless_equals_int (session_stats (session).messages_invalid, i + 1);
  }
  session_free (session);
}

GST_END_TEST

/* As many viewers as nobody has; the first 10000 count. */
GST_START_TEST (test_flood)
{
  Session *session = session_new_bot ();
  FakeWebsocket *ws = session_connect (session);
  GString *text = g_string_new ("{'op':0,'t':'STREAM_UPDATE','s':2,'d':{"
                                "'stream_key':'" KEY "','viewer_ids':['1'");

  for (guint i = 0; i < 10000; i++)
    g_string_append (text, ",'1'");
  g_string_append (text, "]}}");
  fake_websocket_say (ws, text->str);
  session_expect (session, "updated:" KEY ":0:0:-:10000:0 ");
  g_string_free (text, TRUE);
  session_free (session);
}

GST_END_TEST

/* Who is live, by everybody's voice states, wherever those come from. */
GST_START_TEST (test_live)
{
  Session *session =
      session_new (GST_DISCORD_ACCOUNT_TYPE_USER, "wss://gateway.test");
  FakeWebsocket *ws;

  session->tells_live = TRUE;
  discord_main_gateway_connect (session->gw);
  ws = session_socket (session, 1);
  fake_websocket_accept (ws);
  fake_websocket_say (ws, HELLO);
  fake_websocket_say (ws,
      "{'op':0,'t':'READY','s':1,'d':{'session_id':'c3f0',"
      "'user':{'id':'" ME_TEXT "'},'guilds':["
      "{'id':'1','voice_states':[null,{'channel_id':'2','user_id':'7',"
      "'session_id':'x','self_stream':true}]},"
      "null,{'voice_states':[]},{'id':'3','unavailable':true}]}}");
  session_expect (session, "ready:" ME_TEXT " member:1:2:7 live:1:2:7 ");
  fail_unless_equals_int (session_stats (session).messages_invalid, 3);
  fake_websocket_say (ws,
      EVENT ("READY_SUPPLEMENTAL",
          "'guilds':[{'id':'4','voice_states':[{'channel_id':'5',"
          "'user_id':'8','session_id':'x','self_stream':true}]}]"));
  session_expect (session, "member:4:5:8 live:4:5:8 ");
  fake_websocket_say (ws,
      EVENT ("VOICE_STATE_UPDATE",
          "'guild_id':'1','channel_id':'2','user_id':'7','session_id':'x'"));
  session_expect (session, "member:1:2:7 dark:1:2:7 ");
  fake_websocket_say (ws,
      EVENT ("VOICE_STATE_UPDATE",
          "'channel_id':'9','user_id':'7','session_id':'x',"
          "'self_stream':true"));
  session_expect (session, "member:0:9:7 live:0:9:7 ");
  /* We ourselves: here, and on another device. */
  fake_websocket_say (ws,
      EVENT ("VOICE_STATE_UPDATE",
          "'guild_id':'1','channel_id':'2','user_id':'" ME_TEXT
          "','session_id':'c3f0','self_stream':true"));
  session_expect (session, "own:1:2:" ME_TEXT ":c3f0 live:1:2:" ME_TEXT " ");
  fake_websocket_say (ws,
      EVENT ("VOICE_STATE_UPDATE",
          "'guild_id':'1','channel_id':'2','user_id':'" ME_TEXT
          "','session_id':'other','self_stream':true"));
  session_expect (session, "live:1:2:" ME_TEXT " ");
  fake_websocket_say (ws,
      EVENT ("VOICE_STATE_UPDATE",
          "'guild_id':'1','channel_id':'2','user_id':'7','self_stream':1"));
  session_expect (session, "");
  fail_unless_equals_int (session_stats (session).messages_invalid, 4);
  session_free (session);
}

GST_END_TEST

static Suite *
maingateway_streams_suite (void)
{
  Suite *s = suite_create ("maingateway-streams");
  TCase *tc = tcase_create ("streams");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_requests);
  tcase_add_test (tc, test_idle);
  tcase_add_test (tc, test_coalescing);
  tcase_add_test (tc, test_rate_limit);
  tcase_add_test (tc, test_repeated);
  tcase_add_test (tc, test_session_replaced);
  tcase_add_test (tc, test_events);
  tcase_add_test (tc, test_odd_members);
  tcase_add_test (tc, test_malformed);
  tcase_add_test (tc, test_flood);
  tcase_add_test (tc, test_live);
  return s;
}

GST_CHECK_MAIN (maingateway_streams);
