/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in's Go Live: ops 18 to 22, their events, faults, REST. */
#include "loopback-client.h"

#include <string.h>

static Member *
user_new (Loopback *loopback, const char *token)
{
  Member *m = member_new (loopback, token);

  member_identify_user (m);
  return m;
}

/* alice and bob in one channel. */
static Pair
users_new (const char *setting, const char *value)
{
  Pair pair;

  pair.loopback = start_loopback (setting, value, NULL);
  pair.alice = user_new (pair.loopback, "alice");
  pair.bob = user_new (pair.loopback, "bob");
  member_join (pair.alice, CHANNEL);
  member_join (pair.bob, CHANNEL);
  return pair;
}

static char *
key_of (Member *m)
{
  return g_strdup_printf ("guild:" GUILD ":" CHANNEL ":%s", m->user);
}

static void
send_create (Member *m)
{
  ws_send (m->main,
      "{\"op\":18,\"d\":{\"type\":\"guild\",\"guild_id\":\"" GUILD "\","
      "\"channel_id\":\"" CHANNEL "\",\"preferred_region\":null}}");
}

static void
send_about (Member *m, guint op, Member *owner)
{
  g_autofree char *key = key_of (owner);

  ws_send (m->main, "{\"op\":%u,\"d\":{\"stream_key\":\"%s\"}}", op, key);
}

static const char *
get (JsonObject *d, const char *name)
{
  return json_object_get_string_member (d, name);
}

/* The two events that open a stream, in order. */
typedef struct
{
  JsonObject *create;
  JsonObject *server;
} Offer;

static Offer
expect_offer (Member *m)
{
  Offer offer;

  offer.create = ws_expect_event (m->main, "STREAM_CREATE");
  offer.server = ws_expect_event (m->main, "STREAM_SERVER_UPDATE");
  ck_assert_str_eq (
      get (offer.create, "stream_key"), get (offer.server, "stream_key"));
  fail_unless (json_object_get_null_member (offer.server, "guild_id"));
  return offer;
}

static void
expect_delete (Member *m, const char *reason, gboolean unavailable)
{
  JsonObject *d = ws_expect_event (m->main, "STREAM_DELETE");

  ck_assert_str_eq (get (d, "reason"), reason);
  fail_unless_equals_int (
      json_object_get_boolean_member (d, "unavailable"), unavailable);
}

static guint
expect_update (Member *m)
{
  JsonObject *d = ws_expect_event (m->main, "STREAM_UPDATE");

  fail_if (json_object_has_member (d, "rtc_server_id"));
  return json_array_get_length (json_object_get_array_member (d, "viewer_ids"));
}

/* A stream's voice server takes the parent's session and the stream's token. */
static Ws *
open_voice (Member *m, JsonObject *create, JsonObject *server)
{
  g_autofree char *url =
      g_strdup_printf ("ws://%s/?v=9", get (server, "endpoint"));
  Ws *ws = ws_open (url);

  ws_send (ws,
      "{\"op\":0,\"d\":{\"server_id\":\"%s\",\"channel_id\":\"%s\","
      "\"user_id\":\"%s\",\"session_id\":\"%s\",\"token\":\"%s\","
      "\"max_dave_protocol_version\":0,\"video\":true}}",
      get (create, "rtc_server_id"), get (create, "rtc_channel_id"), m->user,
      m->session_id, get (server, "token"));
  member_take_ready (m, json_object_get_object_member (ws_expect (ws, 2), "d"));
  return ws;
}

static gboolean
is_live (JsonObject *voice_state)
{
  return json_object_get_boolean_member_with_default (
      voice_state, "self_stream", FALSE);
}

/* The next voice state of @m as @by sees it. */
static JsonObject *
expect_state (Member *by, Member *m)
{
  for (;;) {
    JsonObject *d = ws_expect_event (by->main, "VOICE_STATE_UPDATE");

    if (g_str_equal (get (d, "user_id"), m->user))
      return d;
  }
}

static void
expect_clean (Pair *pair)
{
  ck_assert_uint_eq (loopback_count_violations (pair->loopback), 0);
  pair_free (pair);
}

GST_START_TEST (test_create_and_watch)
{
  Pair pair = users_new (NULL, NULL);
  g_autofree char *key = key_of (pair.alice);
  Offer mine, theirs;
  Ws *owner, *viewer;
  guint64 id;

  expect_state (pair.alice, pair.bob);
  send_create (pair.alice);
  mine = expect_offer (pair.alice);
  ck_assert_str_eq (get (mine.create, "stream_key"), key);
  id = g_ascii_strtoull (get (mine.create, "rtc_server_id"), NULL, 10);
  fail_unless (id > G_GUINT64_CONSTANT (1) << 53);
  fail_unless (is_live (expect_state (pair.bob, pair.alice)));

  send_about (pair.bob, 20, pair.alice);
  theirs = expect_offer (pair.bob);
  ck_assert_str_eq (
      get (mine.create, "rtc_server_id"), get (theirs.create, "rtc_server_id"));
  ck_assert_str_ne (get (mine.server, "token"), get (theirs.server, "token"));
  fail_unless_equals_int (expect_update (pair.alice), 1);
  owner = open_voice (pair.alice, mine.create, mine.server);
  viewer = open_voice (pair.bob, theirs.create, theirs.server);

  send_about (pair.bob, 19, pair.alice);
  expect_delete (pair.bob, "user_requested", FALSE);
  ws_expect_close (viewer, 4014);
  fail_unless_equals_int (expect_update (pair.alice), 0);
  send_about (pair.bob, 20, pair.alice);
  expect_offer (pair.bob);
  send_about (pair.alice, 19, pair.alice);
  expect_delete (pair.alice, "user_requested", FALSE);
  expect_delete (pair.bob, "stream_ended", FALSE);
  ws_expect_close (owner, 4014);
  fail_if (is_live (expect_state (pair.bob, pair.alice)));
  ws_free (owner);
  ws_free (viewer);
  expect_clean (&pair);
}
GST_END_TEST;

/* Who is in no channel knows who is live: from READY, and as it changes. */
GST_START_TEST (test_others_know)
{
  Pair pair = users_new (NULL, NULL);
  g_autofree char *url = loopback_dup_gateway_url (pair.loopback);
  g_autofree char *query = g_strconcat (url, "/?v=9&encoding=json", NULL);
  Member *carol = user_new (pair.loopback, "carol");
  JsonArray *guilds, *states;
  Ws *late;
  guint live = 0;

  send_create (pair.alice);
  fail_unless (is_live (expect_state (carol, pair.alice)));
  late = ws_open (query);
  ws_expect (late, 10);
  ws_send (late,
      "{\"op\":2,\"d\":{\"token\":\"late\",\"capabilities\":4605,"
      "\"properties\":{}}}");
  guilds =
      json_object_get_array_member (ws_expect_event (late, "READY"), "guilds");
  fail_unless_equals_int (json_array_get_length (guilds), 1);
  states = json_object_get_array_member (
      json_array_get_object_element (guilds, 0), "voice_states");
  fail_unless_equals_int (json_array_get_length (states), 2);
  for (guint i = 0; i < 2; i++) {
    JsonObject *state = json_array_get_object_element (states, i);

    if (is_live (state)) {
      ck_assert_str_eq (get (state, "user_id"), pair.alice->user);
      live++;
    }
  }
  fail_unless_equals_int (live, 1);
  ws_free (late);
  member_free (carol);
  expect_clean (&pair);
}
GST_END_TEST;

/* Media goes one way. */
GST_START_TEST (test_viewer_only_watches)
{
  Pair pair = users_new (NULL, NULL);
  Offer offer;

  send_create (pair.alice);
  offer = expect_offer (pair.alice);
  pair.alice->voice = open_voice (pair.alice, offer.create, offer.server);
  send_about (pair.bob, 20, pair.alice);
  offer = expect_offer (pair.bob);
  pair.bob->voice = open_voice (pair.bob, offer.create, offer.server);
  member_discover (pair.alice);
  member_select (pair.alice, GCM);
  member_discover (pair.bob);
  member_select (pair.bob, GCM);
  member_speak (pair.alice, 2);
  member_send_opus (pair.alice, 1, "sound");
  member_expect_payload (pair.bob, "sound", pair.alice->ssrc);
  ck_assert_uint_eq (loopback_count_violations (pair.loopback), 0);
  member_speak (pair.bob, 1);
  member_send_opus (pair.bob, 1, "applause");
  wait_for (pair.loopback, "viewer-sends", pair.bob->user_id, 1);
  ck_assert_uint_eq (
      loopback_count (pair.loopback, "rtp-out", pair.alice->user_id), 0);
  pair_free (&pair);
}
GST_END_TEST;

GST_START_TEST (test_order_and_ids)
{
  Pair pair = users_new ("server-first", "on");

  set (pair.loopback, "stream-no-channel", "on");
  set (pair.loopback, "stream-delay", "1");
  ws_send (pair.alice->main,
      "{\"op\":18,\"d\":{\"type\":\"guild\",\"guild_id\":\"" GUILD "\","
      "\"channel_id\":\"" CHANNEL "\",\"preferred_region\":\"here\"}}");
  ws_expect_event (pair.alice->main, "STREAM_SERVER_UPDATE");
  {
    JsonObject *d = ws_expect_event (pair.alice->main, "STREAM_CREATE");

    fail_if (json_object_has_member (d, "rtc_channel_id"));
    ck_assert_str_eq (get (d, "region"), "here");
  }
  expect_clean (&pair);
}
GST_END_TEST;

static const struct
{
  const char *setting;
  const char *value;
  const char *message; /* of bob; %s is alice's key */
  const char *reason;
} refusals[] = {
  { "stream-limit", "0", "{\"op\":20,\"d\":{\"stream_key\":\"%s\"}}",
      "stream_full" },
  { "stream-reject", "safety_guild_rate_limited",
      "{\"op\":20,\"d\":{\"stream_key\":\"%s\"}}",
      "safety_guild_rate_limited" },
  { "stream-reject", "unauthorized",
      "{\"op\":18,\"d\":{\"type\":\"guild\",\"guild_id\":\"" GUILD "\","
      "\"channel_id\":\"" CHANNEL "\"},\"x\":\"%s\"}",
      "unauthorized" },
  { NULL, NULL,
      "{\"op\":18,\"d\":{\"type\":\"guild\",\"guild_id\":\"" GUILD "\","
      "\"channel_id\":\"" OTHER_CHANNEL "\"},\"x\":\"%s\"}",
      "invalid_channel" },
  { NULL, NULL,
      "{\"op\":20,\"d\":{\"stream_key\":\"guild:" GUILD ":" OTHER_CHANNEL
      ":1\"},\"x\":\"%s\"}",
      "unauthorized" },
  { NULL, NULL,
      "{\"op\":20,\"d\":{\"stream_key\":\"guild:" GUILD ":" CHANNEL
      ":1\"},\"x\":\"%s\"}",
      "stream_ended" },
};

GST_START_TEST (test_refused)
{
  Pair pair = users_new (NULL, NULL);
  g_autofree char *key = key_of (pair.alice);
  g_auto (GStrv) parts = g_strsplit (refusals[__i__].message, "%s", 2);
  g_autofree char *message = g_strconcat (parts[0], key, parts[1], NULL);

  send_create (pair.alice);
  expect_offer (pair.alice);
  if (refusals[__i__].setting != NULL)
    set (pair.loopback, refusals[__i__].setting, refusals[__i__].value);
  ws_send (pair.bob->main, "%s", message);
  expect_delete (pair.bob, refusals[__i__].reason, FALSE);
  expect_clean (&pair);
}
GST_END_TEST;

/* No permission, and no account for it: not a word. */
GST_START_TEST (test_silence)
{
  Pair pair = users_new ("stream-silent", "on");
  Member *bot = member_new (pair.loopback, "bot");

  send_create (pair.alice);
  wait_for (pair.loopback, "stream-ignored", pair.alice->user_id, 1);
  set (pair.loopback, "stream-silent", "off");
  member_join (bot, CHANNEL);
  send_create (bot);
  wait_for (pair.loopback, "stream-ignored", bot->user_id, 1);
  ck_assert_uint_eq (loopback_count (pair.loopback, "stream-create", 0), 0);
  member_free (bot);
  expect_clean (&pair);
}
GST_END_TEST;

static const struct
{
  const char *message;
  gboolean closes;
} bad[] = {
  { "{\"op\":18}", TRUE },
  { "{\"op\":18,\"d\":{\"type\":\"guild\",\"guild_id\":null,"
    "\"channel_id\":\"1\"}}",
      TRUE },
  { "{\"op\":18,\"d\":{\"type\":\"call\",\"guild_id\":\"1\","
    "\"channel_id\":\"1\"}}",
      TRUE },
  { "{\"op\":18,\"d\":{\"type\":\"test\",\"channel_id\":\"1\"}}", TRUE },
  { "{\"op\":18,\"d\":{\"type\":\"guild\",\"guild_id\":\"1\","
    "\"channel_id\":1}}",
      TRUE },
  { "{\"op\":20,\"d\":{}}", TRUE },
  { "{\"op\":19,\"d\":[]}", TRUE },
  { "{\"op\":20,\"d\":{\"stream_key\":\"guild:1:2\"}}", FALSE },
  { "{\"op\":22,\"d\":{\"stream_key\":\"test:1\"}}", FALSE },
};

GST_START_TEST (test_violations)
{
  Pair pair = users_new (NULL, NULL);

  ws_send (pair.bob->main, "%s", bad[__i__].message);
  if (bad[__i__].closes)
    ws_expect_close (pair.bob->main, 4002);
  else
    expect_delete (pair.bob, "parse_failed", FALSE);
  ck_assert_uint_eq (violations (pair.loopback,
                         bad[__i__].closes ? "bad-stream" : "bad-stream-key"),
      1);
  pair_free (&pair);
}
GST_END_TEST;

/* Both take part in alice's stream. */
static Pair
stream_new (void)
{
  Pair pair = users_new (NULL, NULL);

  send_create (pair.alice);
  expect_offer (pair.alice);
  send_about (pair.bob, 20, pair.alice);
  expect_offer (pair.bob);
  expect_update (pair.alice);
  expect_update (pair.bob);
  return pair;
}

GST_START_TEST (test_outage)
{
  Pair pair = stream_new ();
  JsonObject *create, *server;

  act (pair.loopback, "stream-outage:%s", pair.alice->user);
  expect_delete (pair.alice, "stream_ended", TRUE);
  expect_delete (pair.bob, "stream_ended", TRUE);
  act (pair.loopback, "stream-return:%s%s", pair.alice->user,
      __i__ == 1 ? ":server" : "");
  if (__i__ == 1) {
    server = ws_expect_event (pair.bob->main, "STREAM_SERVER_UPDATE");
    create = ws_expect_event (pair.bob->main, "STREAM_CREATE");
  } else {
    create = ws_expect_event (pair.bob->main, "STREAM_CREATE");
    server = ws_expect_event (pair.bob->main, "STREAM_SERVER_UPDATE");
  }
  ws_free (open_voice (pair.bob, create, server));
  expect_clean (&pair);
}
GST_END_TEST;

/* Moves, with and without a while between, and what viewers are told. */
GST_START_TEST (test_moves)
{
  Pair pair = stream_new ();
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  JsonObject *d;

  act (pair.loopback, "stream-move:%s", pair.alice->user);
  d = ws_expect_event (pair.bob->main, "STREAM_SERVER_UPDATE");
  first = g_strdup (get (d, "endpoint"));
  act (pair.loopback, "stream-move:%s:same", pair.alice->user);
  d = ws_expect_event (pair.bob->main, "STREAM_SERVER_UPDATE");
  ck_assert_str_eq (get (d, "endpoint"), first);
  act (pair.loopback, "stream-null-endpoint:%s:10", pair.alice->user);
  d = ws_expect_event (pair.bob->main, "STREAM_SERVER_UPDATE");
  fail_unless (json_object_get_null_member (d, "endpoint"));
  d = ws_expect_event (pair.bob->main, "STREAM_SERVER_UPDATE");
  second = g_strdup (get (d, "endpoint"));
  ck_assert_str_ne (first, second);

  act (pair.loopback, "stream-viewer:%s:5:on", pair.alice->user);
  fail_unless_equals_int (expect_update (pair.bob), 2);
  act (pair.loopback, "stream-viewer:%s:5:off", pair.alice->user);
  fail_unless_equals_int (expect_update (pair.bob), 1);
  {
    g_autofree char *key = key_of (pair.alice);

    ws_send (pair.alice->main,
        "{\"op\":22,\"d\":{\"stream_key\":\"%s\",\"paused\":true}}", key);
  }
  d = ws_expect_event (pair.bob->main, "STREAM_UPDATE");
  fail_unless (json_object_get_boolean_member (d, "paused"));
  act (pair.loopback, "stream-pause:%s:off", pair.alice->user);
  d = ws_expect_event (pair.bob->main, "STREAM_UPDATE");
  fail_if (json_object_get_boolean_member (d, "paused"));
  act (pair.loopback, "stream-end:%s:something_new", pair.alice->user);
  expect_delete (pair.bob, "something_new", FALSE);
  expect_clean (&pair);
}
GST_END_TEST;

/* A link to the stream's server that is gone gets another one for op 21. */
GST_START_TEST (test_ping)
{
  Pair pair = users_new (NULL, NULL);
  Offer offer;
  Ws *ws;

  send_create (pair.alice);
  offer = expect_offer (pair.alice);
  ws = open_voice (pair.alice, offer.create, offer.server);
  send_about (pair.alice, 21, pair.alice);
  wait_for (pair.loopback, "stream-op", pair.alice->user_id, 2);
  ck_assert_uint_eq (loopback_count (pair.loopback, "stream-server", 0), 1);
  ws_close (ws, 1000);
  wait_for (pair.loopback, "voice-closed", pair.alice->user_id, 1);
  send_about (pair.alice, 21, pair.alice);
  ws_expect_event (pair.alice->main, "STREAM_SERVER_UPDATE");
  ws_free (ws);
  expect_clean (&pair);
}
GST_END_TEST;

/* Who leaves the channel leaves the stream. */
GST_START_TEST (test_leaving)
{
  Pair pair = stream_new ();
  Member *who = __i__ == 0 ? pair.alice : pair.bob;

  if (__i__ < 2)
    act (pair.loopback, "kick:%s", who->user);
  else
    act (pair.loopback, "move:%s:" OTHER_CHANNEL, pair.alice->user);
  if (__i__ == 1) {
    expect_delete (pair.bob, "user_requested", FALSE);
    fail_unless_equals_int (expect_update (pair.alice), 0);
  } else {
    expect_delete (pair.alice, "user_requested", FALSE);
    expect_delete (pair.bob, "stream_ended", FALSE);
  }
  expect_clean (&pair);
}
GST_END_TEST;

/* Somebody without a client is live, and whoever comes later sees it. */
GST_START_TEST (test_guest)
{
  g_autoptr (Loopback) loopback = start_loopback ("guild", GUILD, NULL);
  Member *alice = user_new (loopback, "alice");
  JsonObject *d;
  Ws *ws;

  act (loopback, "stream-start:77:" GUILD ":" CHANNEL);
  d = ws_expect_event (alice->main, "VOICE_STATE_UPDATE");
  ck_assert_str_eq (get (d, "user_id"), "77");
  fail_unless (is_live (d));
  member_join (alice, CHANNEL);
  ws_send (alice->main,
      "{\"op\":20,\"d\":{\"stream_key\":\"guild:" GUILD ":" CHANNEL ":77\"}}");
  expect_offer (alice);

  {
    g_autofree char *base = loopback_dup_gateway_url (loopback);
    g_autofree char *url = g_strconcat (base, "/?v=9&encoding=json", NULL);
    JsonArray *states;

    ws = ws_open (url);
    ws_send (ws,
        "{\"op\":2,\"d\":{\"token\":\"bob\",\"capabilities\":1,"
        "\"properties\":{}}}");
    d = ws_expect_event (ws, "READY");
    states = json_object_get_array_member (
        json_array_get_object_element (
            json_object_get_array_member (d, "guilds"), 0),
        "voice_states");
    fail_unless_equals_int (json_array_get_length (states), 2);
    fail_unless (is_live (json_array_get_object_element (states, 0))
        != is_live (json_array_get_object_element (states, 1)));
  }
  act (loopback, "stream-end:77");
  expect_delete (alice, "stream_ended", FALSE);
  ck_assert_uint_eq (loopback_count_violations (loopback), 0);
  ws_free (ws);
  member_free (alice);
}
GST_END_TEST;

/* What REST answers; free it. */
static char *
ask (Loopback *loopback, const char *method, const char *resource,
    const char *authorization, const char *body, guint *status)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autofree char *api = loopback_dup_api_url (loopback);
  g_autofree char *url = g_strconcat (api, resource, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (
      method, g_str_has_prefix (resource, "http") ? resource : url);
  g_autoptr (GBytes) sent = NULL;
  g_autoptr (GBytes) answer = NULL;

  if (authorization != NULL)
    soup_message_headers_append (soup_message_get_request_headers (message),
        "Authorization", authorization);
  if (body != NULL) {
    sent = g_bytes_new_static (body, strlen (body));
    soup_message_set_request_body_from_bytes (
        message, "application/json", sent);
  }
  answer = soup_session_send_and_read (session, message, NULL, NULL);
  fail_unless (answer != NULL);
  *status = soup_message_get_status (message);
  return g_strndup (g_bytes_get_data (answer, NULL), g_bytes_get_size (answer));
}

static void
expect_status (Loopback *loopback, const char *method, const char *resource,
    const char *authorization, const char *body, guint expected)
{
  guint status;
  g_autofree char *answer =
      ask (loopback, method, resource, authorization, body, &status);

  fail_unless (
      status == expected, "%s %s: %u %s", method, resource, status, answer);
}

/* "GIF89a" */
#define GIF "{\"thumbnail\":\"data:image/gif;base64,R0lGODlh\"}"

GST_START_TEST (test_rest)
{
  Pair pair = stream_new ();
  g_autofree char *key = key_of (pair.alice);
  g_autofree char *escaped = g_uri_escape_string (key, NULL, FALSE);
  g_autofree char *preview =
      g_strconcat ("/streams/", escaped, "/preview", NULL);
  g_autofree char *region = g_strconcat ("/streams/", key, "/stream", NULL);
  g_autofree char *notify = g_strconcat ("/streams/", key, "/notify", NULL);
  g_autofree char *answer = NULL;
  g_autofree char *picture = NULL;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *d;
  guint status;

  expect_status (pair.loopback, "GET", preview, "bob", NULL, 404);
  expect_status (pair.loopback, "POST", preview, NULL, GIF, 401);
  expect_status (pair.loopback, "POST", preview, "Bot alice", GIF, 403);
  expect_status (pair.loopback, "POST", preview, "bob", GIF, 403);
  expect_status (
      pair.loopback, "POST", "/streams/call:1:2/preview", "alice", GIF, 404);
  expect_status (pair.loopback, "POST", preview, "Bearer alice", GIF, 204);
  answer = ask (pair.loopback, "GET", preview, "bob", NULL, &status);
  ck_assert_uint_eq (status, 200);
  node = json_from_string (answer, NULL);
  picture = ask (pair.loopback, "GET", get (json_node_get_object (node), "url"),
      NULL, NULL, &status);
  ck_assert_uint_eq (status, 200);
  ck_assert_str_eq (picture, "GIF89a");

  set (pair.loopback, "preview-limit", "3600000");
  expect_status (pair.loopback, "POST", preview, "alice", GIF, 429);
  set (pair.loopback, "preview-limit", "0");
  expect_status (pair.loopback, "POST", notify, "alice", NULL, 204);
  expect_status (
      pair.loopback, "PATCH", region, "alice", "{\"region\":\"x\"}", 204);
  d = ws_expect_event (pair.bob->main, "STREAM_UPDATE");
  ck_assert_str_eq (get (d, "region"), "x");
  ws_expect_event (pair.bob->main, "STREAM_SERVER_UPDATE");
  set (pair.loopback, "rest-delay", "1");
  expect_status (pair.loopback, "POST", notify, "alice", NULL, 204);
  ck_assert_uint_eq (loopback_count (pair.loopback, "stream-notify", 0), 2);
  expect_clean (&pair);
}
GST_END_TEST;

GST_START_TEST (test_bad_rest)
{
  static const char *const bodies[] = { NULL, "", "[]", "{}",
    "{\"thumbnail\":1}", "{\"thumbnail\":\"\"}",
    "{\"thumbnail\":\"data:image/svg;base64,R0lGODlh\"}",
    /* Not what it says it is. */
    "{\"thumbnail\":\"data:image/png;base64,R0lGODlh\"}" };
  Pair pair = stream_new ();
  g_autofree char *key = key_of (pair.alice);
  g_autofree char *preview = g_strconcat ("/streams/", key, "/preview", NULL);
  g_autofree char *region = g_strconcat ("/streams/", key, "/stream", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    expect_status (pair.loopback, "POST", preview, "alice", bodies[i], 400);
  expect_status (
      pair.loopback, "PATCH", region, "alice", "{\"region\":\"\"}", 400);
  ck_assert_uint_eq (
      violations (pair.loopback, "bad-stream-rest"), G_N_ELEMENTS (bodies) + 1);
  expect_status (pair.loopback, "DELETE", preview, "alice", NULL, 404);
  pair_free (&pair);
}
GST_END_TEST;

static Suite *
loopback_streams_suite (void)
{
  Suite *s = suite_create ("loopback-streams");
  TCase *tc = tcase_create ("streams");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_create_and_watch);
  tcase_add_test (tc, test_others_know);
  tcase_add_test (tc, test_viewer_only_watches);
  tcase_add_test (tc, test_order_and_ids);
  tcase_add_loop_test (tc, test_refused, 0, G_N_ELEMENTS (refusals));
  tcase_add_test (tc, test_silence);
  tcase_add_loop_test (tc, test_violations, 0, G_N_ELEMENTS (bad));
  tcase_add_loop_test (tc, test_outage, 0, 2);
  tcase_add_test (tc, test_moves);
  tcase_add_test (tc, test_ping);
  tcase_add_loop_test (tc, test_leaving, 0, 3);
  tcase_add_test (tc, test_guest);
  tcase_add_test (tc, test_rest);
  tcase_add_test (tc, test_bad_rest);
  return s;
}

GST_CHECK_MAIN (loopback_streams);
