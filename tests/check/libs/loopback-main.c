/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in's main gateway and REST: identify, resume, op 4, strictness. */
#include "loopback-client.h"

static Ws *
open_main (Loopback *loopback, const char *query)
{
  g_autofree char *base = loopback_dup_gateway_url (loopback);
  g_autofree char *url = g_strconcat (base, query, NULL);

  return ws_open (url);
}

#define QUERY "/?v=10&encoding=json"
#define IDENTIFY(rest)                                                         \
  "{\"op\":2,\"d\":{\"token\":\"alice\",\"properties\":{}," rest "}}"

GST_START_TEST (test_identify_forms)
{
  static const char *const identifies[] = {
    IDENTIFY ("\"intents\":129"),
    IDENTIFY ("\"capabilities\":4605"),
    "{\"op\":2,\"d\":{\"token\":\"Bearer alice\",\"properties\":{},"
    "\"capabilities\":0}}",
  };
  g_autoptr (Loopback) loopback = start_loopback ("guild", GUILD, NULL);
  Ws *ws = open_main (loopback, QUERY);
  JsonObject *d;
  guint64 id;

  d = json_object_get_object_member (ws_expect (ws, 10), "d");
  ck_assert_int_eq (
      json_object_get_int_member (d, "heartbeat_interval"), 41250);
  ws_send (ws, "%s", identifies[__i__]);
  d = ws_expect_event (ws, "READY");
  id = g_ascii_strtoull (json_object_get_string_member (
                             json_object_get_object_member (d, "user"), "id"),
      NULL, 10);
  fail_unless (id == loopback_user_for_token ("alice"));
  fail_unless (id > G_GUINT64_CONSTANT (1) << 53);
  fail_unless (json_object_has_member (d, "session_id"));
  ck_assert_str_eq (json_object_get_string_member (
                        json_array_get_object_element (
                            json_object_get_array_member (d, "guilds"), 0),
                        "id"),
      GUILD);
  ws_send (ws, "{\"op\":1,\"d\":1}");
  ws_expect (ws, 11);
  ws_send (ws, "{\"op\":40,\"d\":{\"seq\":1,\"qos\":{}}}");
  ws_expect (ws, 11);
  ck_assert_uint_eq (loopback_count_violations (loopback), 0);
  ws_free (ws);
}
GST_END_TEST;

static const struct
{
  const char *query;
  const char *first;
  const char *second;
  guint code;
} refused[] = {
  { "/?v=7&encoding=json", NULL, NULL, 4012 },
  { "/", NULL, NULL, 4012 },
  { "/?v=10&encoding=etf", NULL, NULL, 4002 },
  { QUERY, "{\"op\":99,\"d\":{}}", NULL, 4001 },
  { QUERY, "{\"op\":10,\"d\":{}}", NULL, 4001 },
  { QUERY, "nonsense", NULL, 4002 },
  { QUERY, "{}", NULL, 4002 },
  { QUERY, "{\"op\":2}", NULL, 4002 },
  { QUERY, "{\"op\":1,\"d\":\"1\"}", NULL, 4002 },
  { QUERY, "{\"op\":1,\"d\":4}", NULL, 4007 },
  { QUERY, "{\"op\":4,\"d\":{\"guild_id\":\"1\",\"channel_id\":null}}", NULL,
      4003 },
  { QUERY, "{\"op\":2,\"d\":{\"token\":7}}", NULL, 4002 },
  { QUERY,
      "{\"op\":2,\"d\":{\"token\":\"mallory\",\"intents\":1,"
      "\"properties\":{}}}",
      NULL, 4004 },
  { QUERY,
      "{\"op\":2,\"d\":{\"token\":\"Bot alice\",\"intents\":1,"
      "\"properties\":{}}}",
      NULL, 4004 },
  { QUERY, "{\"op\":2,\"d\":{\"token\":\"alice\",\"intents\":1}}", NULL, 4002 },
  { QUERY, "{\"op\":2,\"d\":{\"token\":\"alice\",\"properties\":{}}}", NULL,
      4013 },
  { QUERY, IDENTIFY ("\"intents\":-1"), NULL, 4013 },
  { QUERY, IDENTIFY ("\"intents\":129"), IDENTIFY ("\"intents\":129"), 4005 },
  { QUERY, IDENTIFY ("\"intents\":129"),
      "{\"op\":4,\"d\":{\"guild_id\":1,\"channel_id\":null}}", 4002 },
  { QUERY, IDENTIFY ("\"intents\":129"),
      "{\"op\":4,\"d\":{\"guild_id\":\"1\"}}", 4002 },
  { QUERY, IDENTIFY ("\"intents\":129"),
      "{\"op\":4,\"d\":{\"guild_id\":\"1\",\"channel_id\":\"abc\"}}", 4002 },
  { QUERY, IDENTIFY ("\"intents\":129"),
      "{\"op\":4,\"d\":{\"guild_id\":\"1\",\"channel_id\":null,"
      "\"self_mute\":0}}",
      4002 },
  { QUERY, "{\"op\":6,\"d\":{\"token\":\"alice\",\"seq\":0}}", NULL, 4002 },
};

GST_START_TEST (test_refused)
{
  g_autoptr (Loopback) loopback = start_loopback ("token", "alice", NULL);
  Ws *ws = open_main (loopback, refused[__i__].query);

  if (refused[__i__].first != NULL)
    ws_send (ws, "%s", refused[__i__].first);
  if (refused[__i__].second != NULL)
    ws_send (ws, "%s", refused[__i__].second);
  ws_expect_close (ws, refused[__i__].code);
  ws_free (ws);
}
GST_END_TEST;

GST_START_TEST (test_limits)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Ws *ws = open_main (loopback, QUERY);
  g_autofree char *filler = g_strnfill (15 * 1024, 'x');

  if (__i__ == 0) {
    ws_send (ws, "{\"op\":1,\"d\":null,\"x\":\"%s\"}", filler);
    ws_expect_close (ws, 4002);
    ck_assert_uint_eq (violations (loopback, "message-too-long"), 1);
  } else {
    for (guint i = 0; i < 121; i++)
      ws_send (ws, "{\"op\":1,\"d\":null}");
    ws_expect_close (ws, 4008);
    ck_assert_uint_eq (loopback_count (loopback, "main-heartbeat", 0), 120);
  }
  ws_free (ws);
}
GST_END_TEST;

GST_START_TEST (test_heartbeat_missed)
{
  g_autoptr (Loopback) loopback =
      start_loopback ("heartbeat-interval", "20", NULL);
  Ws *ws = open_main (loopback, QUERY);

  ws_expect_close (ws, 4009);
  ws_free (ws);
}
GST_END_TEST;

/* Without GUILD_VOICE_STATES the bot learns the server but not its session. */
GST_START_TEST (test_no_voice_intent)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Ws *ws = open_main (loopback, QUERY);
  JsonObject *message;

  ws_send (ws, IDENTIFY ("\"intents\":1"));
  ws_expect_event (ws, "READY");
  ws_send (ws,
      "{\"op\":4,\"d\":{\"guild_id\":\"" GUILD "\",\"channel_id\":\"" CHANNEL
      "\"}}");
  message = ws_expect (ws, 0);
  ck_assert_str_eq (
      json_object_get_string_member (message, "t"), "VOICE_SERVER_UPDATE");
  ws_send (ws, "{\"op\":1,\"d\":2}");
  ws_expect_none (ws, 0);
  ws_free (ws);
}
GST_END_TEST;

GST_START_TEST (test_event_order)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");
  const char *first = __i__ == 0 ? "VOICE_STATE_UPDATE" : "VOICE_SERVER_UPDATE";

  set (loopback, "server-first", __i__ == 0 ? "off" : "on");
  member_identify_main (m);
  ws_send (m->main,
      "{\"op\":4,\"d\":{\"guild_id\":\"" GUILD "\",\"channel_id\":\"" CHANNEL
      "\"}}");
  ck_assert_str_eq (
      json_object_get_string_member (ws_expect (m->main, 0), "t"), first);
  member_free (m);
}
GST_END_TEST;

/* Full, closed, unknown: silence, then the heartbeat's answer. */
GST_START_TEST (test_no_answer)
{
  static const char *const wishes[] = {
    "{\"op\":4,\"d\":{\"guild_id\":\"" GUILD "\",\"channel_id\":\"11\"}}",
    "{\"op\":4,\"d\":{\"guild_id\":\"" GUILD "\",\"channel_id\":\"12\"}}",
    "{\"op\":4,\"d\":{\"guild_id\":\"" GUILD "\",\"channel_id\":\"13\"}}",
    "{\"op\":4,\"d\":{\"guild_id\":\"77\",\"channel_id\":\"" CHANNEL "\"}}",
    /* Bots have no calls; and this leaves what it is not in. */
    "{\"op\":4,\"d\":{\"guild_id\":null,\"channel_id\":\"" CHANNEL "\"}}",
    "{\"op\":4,\"d\":{\"guild_id\":\"" GUILD "\",\"channel_id\":null}}",
  };
  g_autoptr (Loopback) loopback =
      start_loopback ("guild", GUILD, "channel", CHANNEL, "channel", "11",
          "channel", "12", "full-channel", "11", "closed-channel", "12", NULL);
  Member *m = member_new (loopback, "alice");

  member_identify_main (m);
  ws_expect_event (m->main, "GUILD_CREATE");
  ws_send (m->main, "%s", wishes[__i__]);
  ws_send (m->main, "{\"op\":1,\"d\":2}");
  ws_expect_none (m->main, 0);
  ck_assert_uint_eq (
      loopback_count (loopback, "join-ignored", 0), __i__ < 5 ? 1 : 0);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_flags_and_leave)
{
  g_autoptr (Loopback) loopback = start_loopback ("leave-grace", "0", NULL);
  Member *m = member_new (loopback, "alice");
  JsonObject *d;

  member_connect (m, CHANNEL, 9, GCM);
  ws_send (m->main,
      "{\"op\":4,\"d\":{\"guild_id\":\"" GUILD "\",\"channel_id\":\"" CHANNEL
      "\",\"self_mute\":true}}");
  d = ws_expect_event (m->main, "VOICE_STATE_UPDATE");
  fail_unless (json_object_get_boolean_member (d, "self_mute"));
  fail_if (json_object_get_boolean_member (d, "self_video"));
  ck_assert_uint_eq (loopback_count (loopback, "camera-on", 0), 0);
  ws_send (m->main,
      "{\"op\":4,\"d\":{\"guild_id\":\"" GUILD "\",\"channel_id\":\"" CHANNEL
      "\",\"self_video\":true}}");
  d = ws_expect_event (m->main, "VOICE_STATE_UPDATE");
  fail_unless (json_object_get_boolean_member (d, "self_video"));
  fail_if (json_object_get_boolean_member (d, "self_mute"));
  ck_assert_uint_eq (loopback_count (loopback, "camera-on", 0), 1);
  ck_assert_uint_eq (loopback_count (loopback, "camera-off", 0), 0);
  ws_send (m->main,
      "{\"op\":4,\"d\":{\"guild_id\":\"" GUILD "\",\"channel_id\":null}}");
  d = ws_expect_event (m->main, "VOICE_STATE_UPDATE");
  fail_unless (json_object_get_null_member (d, "channel_id"));
  ck_assert_uint_eq (loopback_count (loopback, "camera-off", 0), 1);
  ws_expect_close (m->voice, 4014);
  /* The flags brought no new voice server. */
  ck_assert_uint_eq (loopback_count (loopback, "voice-server", 0), 1);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_others_are_told)
{
  g_autoptr (Loopback) loopback = start_loopback ("guild", GUILD, NULL);
  Member *alice = member_new (loopback, "alice");
  Member *bob = member_new (loopback, "bob");
  JsonObject *d;

  member_identify_main (bob);
  member_join (alice, CHANNEL);
  d = ws_expect_event (bob->main, "VOICE_STATE_UPDATE");
  ck_assert_str_eq (json_object_get_string_member (d, "user_id"), alice->user);
  ck_assert_str_eq (json_object_get_string_member (d, "channel_id"), CHANNEL);
  member_free (alice);
  member_free (bob);
}
GST_END_TEST;

GST_START_TEST (test_kick_and_move)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");
  g_autofree char *token = NULL;
  JsonObject *d;

  member_connect (m, CHANNEL, 9, GCM);
  token = g_strdup (m->voice_token);
  if (__i__ == 0) {
    act (loopback, "kick:%s", m->user);
    ws_expect_close (m->voice, 4014);
    d = ws_expect_event (m->main, "VOICE_STATE_UPDATE");
    fail_unless (json_object_get_null_member (d, "channel_id"));
  } else {
    act (loopback, "move:%s:%s", m->user, OTHER_CHANNEL);
    ws_expect_close (m->voice, 4014);
    member_read_join (m);
    ck_assert_str_eq (m->channel, OTHER_CHANNEL);
    ck_assert_str_ne (m->voice_token, token);
    member_open_voice (m, 9);
    member_send_voice_identify (m, 9);
    member_read_ready (m);
  }
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_server_move)
{
  g_autoptr (Loopback) loopback = start_loopback ("leave-grace", "0", NULL);
  Member *m = member_new (loopback, "alice");
  g_autofree char *token = NULL;
  g_autofree char *endpoint = NULL;
  JsonObject *d;

  member_connect (m, CHANNEL, 9, GCM);
  token = g_strdup (m->voice_token);
  endpoint = g_strdup (m->endpoint);
  act (
      loopback, __i__ == 0 ? "server-move:%s" : "server-move:%s:same", m->user);
  d = ws_expect_event (m->main, "VOICE_SERVER_UPDATE");
  ck_assert_str_ne (json_object_get_string_member (d, "token"), token);
  ck_assert_int_eq (
      g_str_equal (json_object_get_string_member (d, "endpoint"), endpoint),
      __i__);
  ws_expect_close (m->voice, 4014);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_null_endpoint)
{
  g_autoptr (Loopback) loopback =
      start_loopback ("endpoint-scheme", NULL, "leave-grace", "0", NULL);
  Member *m = member_new (loopback, "alice");
  JsonObject *d;

  if (__i__ == 0)
    set (loopback, "null-endpoint-first", "1");
  member_identify_main (m);
  ws_send (m->main,
      "{\"op\":4,\"d\":{\"guild_id\":\"" GUILD "\",\"channel_id\":\"" CHANNEL
      "\"}}");
  if (__i__ == 1) {
    member_read_join (m);
    act (loopback, "null-endpoint:%s:1", m->user);
  }
  d = ws_expect_event (m->main, "VOICE_SERVER_UPDATE");
  fail_unless (json_object_get_null_member (d, "endpoint"));
  d = ws_expect_event (m->main, "VOICE_SERVER_UPDATE");
  fail_unless (g_str_has_prefix (
      json_object_get_string_member (d, "endpoint"), "wss://127.0.0.1:"));
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_foreign_session)
{
  g_autoptr (Loopback) loopback =
      start_loopback ("foreign-session", NULL, NULL);
  Member *m = member_new (loopback, "alice");
  JsonObject *d;

  member_join (m, CHANNEL);
  d = ws_expect_event (m->main, "VOICE_STATE_UPDATE");
  fail_unless (json_object_get_null_member (d, "channel_id"));
  ck_assert_str_eq (json_object_get_string_member (d, "user_id"), m->user);
  ck_assert_str_ne (
      json_object_get_string_member (d, "session_id"), m->session_id);
  member_free (m);
}
GST_END_TEST;

static void
send_resume (Ws *ws, const char *token, const char *session_id, int seq)
{
  ws_send (ws,
      "{\"op\":6,\"d\":{\"token\":\"%s\",\"session_id\":\"%s\",\"seq\":%d}}",
      token, session_id, seq);
}

/* The kick is missed and comes with the resume; voice lives on till then. */
GST_START_TEST (test_resume)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");
  JsonObject *message;

  member_connect (m, CHANNEL, 9, GCM);
  act (loopback, "kill-main:%s", m->user);
  wait_for (loopback, "main-closed", m->user_id, 1);
  act (loopback, "kick:%s", m->user);
  ws_free (m->main);
  m->main = open_main (loopback, QUERY);
  /* READY, the two of the join. */
  send_resume (m->main, "alice", m->session_id, 3);
  message = ws_expect (m->main, 0);
  ck_assert_str_eq (
      json_object_get_string_member (message, "t"), "VOICE_STATE_UPDATE");
  ck_assert_int_eq (json_object_get_int_member (message, "s"), 4);
  ws_expect_event (m->main, "RESUMED");
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_resume_wrong)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");
  Ws *ws;

  member_identify_main (m);
  if (__i__ == 0)
    set (loopback, "refuse-resume", NULL);
  ws = open_main (loopback, QUERY);
  switch (__i__) {
    case 0:
    case 1:
      send_resume (
          ws, "alice", __i__ == 0 ? m->session_id : "no such session", 1);
      fail_if (json_object_get_boolean_member (ws_expect (ws, 9), "d"));
      /* The same socket may identify now. */
      ws_send (ws, IDENTIFY ("\"intents\":129"));
      ws_expect_event (ws, "READY");
      break;
    case 2:
      send_resume (ws, "bob", m->session_id, 1);
      ws_expect_close (ws, 4004);
      break;
    default:
      send_resume (ws, "alice", m->session_id, 50);
      ws_expect_close (ws, 4007);
      break;
  }
  ws_free (ws);
  member_free (m);
}
GST_END_TEST;

/* A new main session drops the voice of the lost one; so does a clean close. */
GST_START_TEST (test_session_lost)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");
  Ws *ws = NULL;

  member_connect (m, CHANNEL, 9, GCM);
  if (__i__ == 0) {
    act (loopback, "kill-main:%s", m->user);
    wait_for (loopback, "main-closed", m->user_id, 1);
    ck_assert_uint_eq (loopback_count (loopback, "left", m->user_id), 0);
    ws = open_main (loopback, QUERY);
    ws_send (ws, IDENTIFY ("\"intents\":129"));
  } else if (__i__ == 1) {
    ws_close (m->main, 1000);
  } else {
    act (loopback, "invalid-session:%s", m->user);
    fail_if (json_object_get_boolean_member (ws_expect (m->main, 9), "d"));
  }
  ws_expect_close (m->voice, 4014);
  ws_free (ws);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_server_requests)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");

  member_identify_main (m);
  act (loopback, "reconnect:%s", m->user);
  ws_expect (m->main, 7);
  act (loopback, "heartbeat-main:%s", m->user);
  ws_expect (m->main, 1);
  act (loopback, "invalid-session:%s:resumable", m->user);
  fail_unless (json_object_get_boolean_member (ws_expect (m->main, 9), "d"));
  act (loopback, "close-main:%s:4009", m->user);
  ws_expect_close (m->main, 4009);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_call)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Ws *ws = open_main (loopback, QUERY);
  JsonObject *d;

  ws_send (ws, IDENTIFY ("\"capabilities\":4605"));
  ws_send (ws, "{\"op\":4,\"d\":{\"guild_id\":null,\"channel_id\":null}}");
  ws_send (ws,
      "{\"op\":4,\"d\":{\"guild_id\":null,\"channel_id\":\"" CHANNEL "\"}}");
  d = ws_expect_event (ws, "VOICE_STATE_UPDATE");
  fail_unless (json_object_get_null_member (d, "guild_id"));
  ck_assert_str_eq (json_object_get_string_member (d, "channel_id"), CHANNEL);
  d = ws_expect_event (ws, "VOICE_SERVER_UPDATE");
  fail_unless (json_object_get_null_member (d, "guild_id"));
  ck_assert_str_eq (json_object_get_string_member (d, "channel_id"), CHANNEL);
  /* A user is in one channel at a time. */
  ws_send (ws,
      "{\"op\":4,\"d\":{\"guild_id\":\"" GUILD
      "\",\"channel_id\":\"" OTHER_CHANNEL "\"}}");
  d = ws_expect_event (ws, "VOICE_STATE_UPDATE");
  fail_unless (json_object_get_null_member (d, "channel_id"));
  d = ws_expect_event (ws, "VOICE_STATE_UPDATE");
  ck_assert_str_eq (json_object_get_string_member (d, "guild_id"), GUILD);
  ws_free (ws);
}
GST_END_TEST;

GST_START_TEST (test_late_hello)
{
  g_autoptr (Loopback) loopback =
      start_loopback ("hello-delay", "3600000", NULL);
  Ws *ws = open_main (loopback, QUERY);

  ws_send (ws, IDENTIFY ("\"intents\":129"));
  ck_assert_int_eq (json_object_get_int_member (ws_next (ws), "op"), 0);
  ws_free (ws);
}
GST_END_TEST;

/* What is on its way comes before the close, and in the order it was sent. */
GST_START_TEST (test_far_away)
{
  Loopback *loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");

  member_identify_main (m);
  set (loopback, "signalling-delay", "60000");
  ws_send (m->main, "{\"op\":1,\"d\":1}");
  wait_for (loopback, "main-heartbeat", m->user_id, 1);
  set (loopback, "signalling-delay", "0");
  ws_send (m->main,
      "{\"op\":4,\"d\":{\"guild_id\":\"" GUILD "\",\"channel_id\":\"" CHANNEL
      "\",\"self_mute\":false,\"self_deaf\":false}}");
  wait_for (loopback, "joined", m->user_id, 1);
  fail_if (m->main->closed);
  ws_send (m->main, "{\"op\":77,\"d\":null}");
  ws_expect (m->main, 11);
  ws_expect_event (m->main, "VOICE_SERVER_UPDATE");
  ws_expect_close (m->main, 4001);

  set (loopback, "signalling-delay", "1");
  member_free (m);
  m = member_new (loopback, "bob");
  member_connect (m, CHANNEL, 8, GCM);
  member_free (m);
  loopback_free (loopback);
}
GST_END_TEST;

GST_START_TEST (test_drop_acks)
{
  g_autoptr (Loopback) loopback = start_loopback ("drop-acks", NULL, NULL);
  Member *m = member_new (loopback, "alice");

  member_identify_main (m);
  ws_send (m->main, "{\"op\":1,\"d\":1}");
  wait_for (loopback, "main-heartbeat", m->user_id, 1);
  act (loopback, "heartbeat-main:%s", m->user);
  /* The question is the next message: no ACK came before it. */
  ck_assert_int_eq (json_object_get_int_member (ws_next (m->main), "op"), 1);
  member_free (m);
}
GST_END_TEST;

/* What was said meanwhile is lost, what the client sent is not. */
GST_START_TEST (test_freeze)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");

  member_identify_main (m);
  act (loopback, "freeze-main:*:on");
  ws_send (m->main, "{\"op\":1,\"d\":1}");
  act (loopback, "reconnect:*");
  ck_assert_uint_eq (loopback_count (loopback, "main-heartbeat", 0), 0);
  act (loopback, "freeze-main:*:off");
  ws_expect_none (m->main, 7);
  member_free (m);
}
GST_END_TEST;

typedef struct
{
  GBytes *body;
  guint status;
} Answer;

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;
  SoupMessage *message =
      soup_session_get_async_result_message (SOUP_SESSION (source), result);

  answer->status = soup_message_get_status (message);
  answer->body =
      soup_session_send_and_read_finish (SOUP_SESSION (source), result, NULL);
}

static void
expect_rest (Loopback *loopback, const char *resource, const char *auth,
    guint status, const char *member)
{
  g_autofree char *api = loopback_dup_api_url (loopback);
  g_autofree char *url = g_strconcat (api, resource, NULL);
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  g_autoptr (JsonParser) parser = json_parser_new ();
  Answer answer = { 0 };

  if (auth != NULL)
    soup_message_headers_append (
        soup_message_get_request_headers (message), "Authorization", auth);
  soup_session_send_and_read_async (
      session, message, 0, NULL, on_answer, &answer);
  while (answer.body == NULL)
    g_main_context_iteration (NULL, TRUE);
  ck_assert_uint_eq (answer.status, status);
  fail_unless (
      json_parser_load_from_data (parser, g_bytes_get_data (answer.body, NULL),
          (gssize) g_bytes_get_size (answer.body), NULL));
  fail_unless (json_object_has_member (
      json_node_get_object (json_parser_get_root (parser)), member));
  g_bytes_unref (answer.body);
}

GST_START_TEST (test_rest)
{
  g_autoptr (Loopback) loopback = start_loopback ("token", "alice", NULL);

  expect_rest (loopback, "/gateway", NULL, 200, "url");
  expect_rest (loopback, "/gateway/bot", NULL, 401, "message");
  expect_rest (loopback, "/gateway/bot", "alice", 401, "message");
  expect_rest (loopback, "/gateway/bot", "Bot mallory", 401, "message");
  expect_rest (
      loopback, "/gateway/bot", "Bot alice", 200, "session_start_limit");
  expect_rest (loopback, "/elsewhere", NULL, 404, "message");
  set (loopback, "rest-limited", "1");
  expect_rest (loopback, "/gateway", NULL, 429, "retry_after");
  expect_rest (loopback, "/gateway", NULL, 200, "url");
  set (loopback, "rest-status", "503");
  expect_rest (loopback, "/gateway", NULL, 503, "message");
}
GST_END_TEST;

static Suite *
loopback_main_suite (void)
{
  Suite *s = suite_create ("loopback-main");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 60);
  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_identify_forms, 0, 3);
  tcase_add_loop_test (tc, test_refused, 0, G_N_ELEMENTS (refused));
  tcase_add_loop_test (tc, test_limits, 0, 2);
  tcase_add_test (tc, test_heartbeat_missed);
  tcase_add_test (tc, test_no_voice_intent);
  tcase_add_loop_test (tc, test_event_order, 0, 2);
  tcase_add_loop_test (tc, test_no_answer, 0, 6);
  tcase_add_test (tc, test_flags_and_leave);
  tcase_add_test (tc, test_others_are_told);
  tcase_add_loop_test (tc, test_kick_and_move, 0, 2);
  tcase_add_loop_test (tc, test_server_move, 0, 2);
  tcase_add_loop_test (tc, test_null_endpoint, 0, 2);
  tcase_add_test (tc, test_foreign_session);
  tcase_add_test (tc, test_resume);
  tcase_add_loop_test (tc, test_resume_wrong, 0, 4);
  tcase_add_loop_test (tc, test_session_lost, 0, 3);
  tcase_add_test (tc, test_server_requests);
  tcase_add_test (tc, test_call);
  tcase_add_test (tc, test_late_hello);
  tcase_add_test (tc, test_far_away);
  tcase_add_test (tc, test_drop_acks);
  tcase_add_test (tc, test_freeze);
  tcase_add_test (tc, test_rest);
  return s;
}

GST_CHECK_MAIN (loopback_main);
