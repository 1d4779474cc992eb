/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "maingateway.h"

#include "streams.h"
#include "world.h"

#include <string.h>

/* Gateway documentation: 15 KiB a message, 120 messages a minute. */
#define MAX_MESSAGE (15 * 1024)
#define RATE_LIMIT 120
#define RATE_WINDOW_US (60 * G_USEC_PER_SEC)
#define ALL_INTENTS ((G_GINT64_CONSTANT (1) << 53) - 1)

enum
{
  OP_HEARTBEAT = 1,
  OP_IDENTIFY = 2,
  OP_VOICE_STATE = 4,
  OP_VOICE_PING = 5,
  OP_RESUME = 6,
  OP_RECONNECT = 7,
  OP_INVALID_SESSION = 9,
  OP_HELLO = 10,
  OP_HEARTBEAT_ACK = 11,
  OP_CREATE_STREAM = 18,
  OP_PAUSE_STREAM = 22,
  OP_QOS_HEARTBEAT = 40,
};

typedef struct
{
  LbCore *core;
  LbPeer *peer;
  char *session_id; /* of the session it carries or carried */
  gint64 version;
  gint64 received[RATE_LIMIT]; /* times of the last messages, a ring */
  guint n_received;
  GSource *hello;
} Conn;

static void
conn_free (Conn *self)
{
  lb_source_clear (&self->hello);
  lb_peer_free (self->peer);
  g_free (self->session_id);
  g_free (self);
}

/* Sessions end and change sockets on their own, so this is asked each time. */
static LbMainSession *
conn_session (Conn *self)
{
  LbMainSession *session;

  if (self->session_id == NULL)
    return NULL;
  session = g_hash_table_lookup (self->core->sessions, self->session_id);
  return session != NULL && session->peer == self->peer ? session : NULL;
}

static void
conn_set_session (Conn *self, LbMainSession *session)
{
  g_free (self->session_id);
  self->session_id = g_strdup (session->session_id);
  session->peer = self->peer;
  lb_peer_set_user (self->peer, session->user_id);
}

static gboolean
over_rate (Conn *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 *slot = &self->received[self->n_received % RATE_LIMIT];
  gboolean over =
      self->n_received >= RATE_LIMIT && now - *slot < RATE_WINDOW_US;

  *slot = now;
  self->n_received++;
  return over;
}

static void
handle_heartbeat (Conn *self, gint64 op, JsonNode *d)
{
  LbMainSession *session = conn_session (self);
  gboolean good = d != NULL && JSON_NODE_HOLDS_OBJECT (d);

  /* Op 1 carries the last sequence or null, op 40 an object. */
  if (op == OP_HEARTBEAT)
    good = d == NULL || JSON_NODE_HOLDS_NULL (d)
        || (JSON_NODE_HOLDS_VALUE (d)
            && json_node_get_value_type (d) == G_TYPE_INT64);
  if (!good) {
    lb_peer_violate (self->peer, 4002, "bad-heartbeat", NULL);
    return;
  }
  if (op == OP_HEARTBEAT && d != NULL && JSON_NODE_HOLDS_VALUE (d)
      && (session == NULL || json_node_get_int (d) > session->seq)) {
    lb_peer_violate (self->peer, 4007, "bad-seq", NULL);
    return;
  }
  lb_peer_beat (self->peer);
  lb_report_event (self->core->report, "main-heartbeat",
      lb_peer_get_user (self->peer), NULL);
  if (!self->core->settings->drop_acks)
    lb_peer_send (self->peer, lb_json_message (OP_HEARTBEAT_ACK, NULL));
}

static gboolean
token_known (LbCore *core, const char *token)
{
  const GPtrArray *tokens = core->settings->tokens;

  if (*token == '\0' || strpbrk (token, " \t\r\n") != NULL)
    return FALSE;
  for (guint i = 0; i < tokens->len; i++) {
    if (g_str_equal (tokens->pdata[i], token))
      return TRUE;
  }
  return tokens->len == 0;
}

/* Reads the token without what stands before it; NULL: refused and closed. */
static const char *
read_token (Conn *self, JsonObject *d, LbAccount *account)
{
  const char *token;

  if (lb_json_get_string (d, "token", &token) != LB_FIELD_OK) {
    lb_peer_refuse (self->peer, 4002, "bad-identify", "token");
    return NULL;
  }
  if (g_str_has_prefix (token, "Bearer ")) {
    *account = LB_ACCOUNT_BEARER;
    token += strlen ("Bearer ");
  } else {
    *account = json_object_has_member (d, "intents") ? LB_ACCOUNT_BOT
                                                     : LB_ACCOUNT_USER;
  }
  if (!token_known (self->core, token)) {
    lb_report_event (self->core->report, "bad-token", 0, NULL);
    lb_peer_close (self->peer, 4004, "Authentication failed.");
    return NULL;
  }
  return token;
}

static void
handle_identify (Conn *self, JsonObject *d)
{
  LbAccount account;
  const char *token;
  JsonObject *properties;
  gint64 intents = 0, capabilities;
  LbMainSession *session;

  if (conn_session (self) != NULL) {
    lb_peer_violate (self->peer, 4005, "identify-twice", NULL);
    return;
  }
  token = read_token (self, d, &account);
  if (token == NULL)
    return;
  if (lb_json_get_object (d, "properties", &properties) != LB_FIELD_OK) {
    lb_peer_refuse (self->peer, 4002, "bad-identify", "properties");
    return;
  }
  if (!lb_optional (lb_json_get_int (d, "intents", 0, ALL_INTENTS, &intents))) {
    lb_peer_refuse (self->peer, 4013, "bad-intents", NULL);
    return;
  }
  /* Neither intents (a bot) nor capabilities (a user): API v8 and later do not
   * take that. */
  if (account == LB_ACCOUNT_USER
      && lb_json_get_int (d, "capabilities", 0, G_MAXINT64, &capabilities)
          != LB_FIELD_OK) {
    lb_peer_refuse (self->peer, 4013, "no-intents", NULL);
    return;
  }
  lb_main_sessions_end_lost (self->core, lb_token_user (token));
  session = lb_main_session_new (self->core, token, account, intents);
  conn_set_session (self, session);
  lb_report_event (self->core->report, "identify", session->user_id, "%s",
      account == LB_ACCOUNT_BOT        ? "bot"
          : account == LB_ACCOUNT_USER ? "user"
                                       : "bearer");
  lb_main_session_ready (session, self->version);
}

static void
send_invalid_session (LbPeer *peer, gboolean resumable)
{
  JsonObject *message = lb_json_message (OP_INVALID_SESSION, NULL);

  json_object_set_boolean_member (message, "d", resumable);
  lb_peer_send (peer, message);
}

static void
take_over (Conn *self, LbMainSession *session)
{
  if (session->peer != NULL)
    lb_peer_kill (session->peer);
  lb_source_clear (&session->expiry);
  conn_set_session (self, session);
}

static void
handle_resume (Conn *self, JsonObject *d)
{
  const char *token, *session_id;
  g_autofree char *hash = NULL;
  LbMainSession *session;
  gint64 seq;

  if (conn_session (self) != NULL) {
    lb_peer_violate (self->peer, 4005, "identify-twice", NULL);
    return;
  }
  if (lb_json_get_string (d, "token", &token) != LB_FIELD_OK
      || lb_json_get_string (d, "session_id", &session_id) != LB_FIELD_OK
      || lb_json_get_int (d, "seq", 0, G_MAXINT64, &seq) != LB_FIELD_OK) {
    lb_peer_refuse (self->peer, 4002, "bad-resume", NULL);
    return;
  }
  if (g_str_has_prefix (token, "Bearer "))
    token += strlen ("Bearer ");
  session = g_hash_table_lookup (self->core->sessions, session_id);
  if (session == NULL || self->core->settings->refuse_resume) {
    lb_report_event (self->core->report, "main-resume-refused",
        session != NULL ? session->user_id : 0, NULL);
    if (session != NULL)
      lb_main_session_end (session);
    send_invalid_session (self->peer, FALSE);
    return;
  }
  hash = lb_token_hash (token);
  if (!g_str_equal (hash, session->token_hash)) {
    lb_peer_refuse (self->peer, 4004, "resume-token", NULL);
    return;
  }
  if (seq > session->seq) {
    lb_peer_refuse (self->peer, 4007, "bad-seq", NULL);
    return;
  }
  take_over (self, session);
  if (!lb_main_session_replay (session, seq)) {
    lb_main_session_end (session);
    send_invalid_session (self->peer, FALSE);
    return;
  }
  lb_report_event (self->core->report, "main-resumed", session->user_id, NULL);
  lb_main_session_dispatch (session, "RESUMED", json_object_new ());
}

static LbField
get_nullable_id (JsonObject *d, const char *name, guint64 *id)
{
  LbField field = lb_json_get_id (d, name, id);

  if (field == LB_FIELD_NULL)
    *id = 0;
  return field == LB_FIELD_NULL ? LB_FIELD_OK : field;
}

static void
handle_voice_state (Conn *self, JsonObject *d)
{
  LbMainSession *session = conn_session (self);
  LbVoiceWish wish = { 0 };
  gint64 flags;

  if (get_nullable_id (d, "guild_id", &wish.guild_id) != LB_FIELD_OK
      || get_nullable_id (d, "channel_id", &wish.channel_id) != LB_FIELD_OK
      || !lb_optional (lb_json_get_bool (d, "self_mute", &wish.self_mute))
      || !lb_optional (lb_json_get_bool (d, "self_deaf", &wish.self_deaf))
      || !lb_optional (lb_json_get_bool (d, "self_video", &wish.self_video))
      || !lb_optional (lb_json_get_int (d, "flags", 0, 7, &flags))) {
    lb_peer_violate (self->peer, 4002, "bad-voice-state", NULL);
    return;
  }
  lb_report_event (self->core->report, "voice-state", session->user_id,
      "guild %" G_GUINT64_FORMAT " channel %" G_GUINT64_FORMAT "%s%s%s",
      wish.guild_id, wish.channel_id, wish.self_mute ? " mute" : "",
      wish.self_deaf ? " deaf" : "", wish.self_video ? " video" : "");
  lb_world_voice_state (self->core->world, session, &wish);
}

static void
handle_stream (Conn *self, gint64 op, JsonObject *d)
{
  LbMainSession *session = conn_session (self);

  lb_report_event (
      self->core->report, "stream-op", session->user_id, "%d", (int) op);
  lb_stream_op (session, op, d);
}

/* Opcodes that clients may send and that mean nothing here. */
static gboolean
is_harmless (gint64 op)
{
  static const gint64 ops[] = { 3, 8, 13, 14, 18, 19, 20, 21, 22, 31, 34, 36,
    37, 39, 41, 42 };

  for (guint i = 0; i < G_N_ELEMENTS (ops); i++) {
    if (ops[i] == op)
      return TRUE;
  }
  return FALSE;
}

static void
on_message (LbPeer *peer, gint64 op, JsonNode *d, gpointer owner)
{
  Conn *self = owner;
  JsonObject *object =
      d != NULL && JSON_NODE_HOLDS_OBJECT (d) ? json_node_get_object (d) : NULL;

  if (over_rate (self)) {
    lb_peer_violate (peer, 4008, "rate-limit", NULL);
    return;
  }
  if (op == OP_HEARTBEAT || op == OP_QOS_HEARTBEAT) {
    handle_heartbeat (self, op, d);
    return;
  }
  if ((op == OP_IDENTIFY || op == OP_RESUME || op == OP_VOICE_STATE)
      && object == NULL) {
    lb_peer_violate (peer, 4002, "bad-payload", "op %d", (int) op);
    return;
  }
  if (op == OP_IDENTIFY) {
    handle_identify (self, object);
    return;
  }
  if (op == OP_RESUME) {
    handle_resume (self, object);
    return;
  }
  if (op != OP_VOICE_STATE && op != OP_VOICE_PING && !is_harmless (op)) {
    lb_peer_violate (peer, 4001, "unknown-opcode", "%d", (int) op);
    return;
  }
  if (conn_session (self) == NULL) {
    lb_peer_violate (peer, 4003, "not-authenticated", "op %d", (int) op);
    return;
  }
  if (op == OP_VOICE_STATE)
    handle_voice_state (self, object);
  else if (op >= OP_CREATE_STREAM && op <= OP_PAUSE_STREAM)
    handle_stream (self, op, object);
  else
    lb_report_event (
        self->core->report, "main-op", lb_peer_get_user (peer), "%d", (int) op);
}

static void
on_binary (LbPeer *peer, const guint8 *data, gsize length, gpointer owner)
{
  lb_peer_violate (peer, 4002, "binary-frame", NULL);
}

static void
on_closed (LbPeer *peer, guint code, gboolean by_us, gpointer owner)
{
  Conn *self = owner;
  LbMainSession *session = conn_session (self);

  g_hash_table_remove (self->core->main_conns, self);
  if (session != NULL) {
    /* A clean goodbye of the client ends the session at once. */
    if (!by_us && (code == 1000 || code == 1001))
      lb_main_session_end (session);
    else
      lb_main_session_lost (session);
  }
  conn_free (self);
}

static gboolean
send_hello (gpointer user_data)
{
  Conn *self = user_data;
  JsonObject *d = json_object_new ();
  int interval = self->core->settings->heartbeat_interval;

  json_object_set_int_member (d, "heartbeat_interval", interval);
  lb_peer_send (self->peer, lb_json_message (OP_HELLO, d));
  lb_peer_watch (self->peer, (guint) interval);
  return G_SOURCE_REMOVE;
}

static const LbPeerCallbacks peer_callbacks = {
  .message = on_message,
  .binary = on_binary,
  .closed = on_closed,
};

static void
on_websocket (SoupServer *server, SoupServerMessage *message, const char *path,
    SoupWebsocketConnection *ws, gpointer user_data)
{
  LbCore *core = user_data;
  const char *query = g_uri_get_query (soup_server_message_get_uri (message));
  g_autoptr (GHashTable) values =
      query != NULL ? soup_form_decode (query) : NULL;
  const char *version = values ? g_hash_table_lookup (values, "v") : NULL;
  const char *encoding =
      values ? g_hash_table_lookup (values, "encoding") : NULL;
  Conn *self = g_new0 (Conn, 1);

  self->core = core;
  self->version =
      version != NULL ? (gint64) g_ascii_strtoull (version, NULL, 10) : 0;
  self->peer =
      lb_peer_new (core, ws, "main", MAX_MESSAGE, &peer_callbacks, self);
  g_hash_table_add (core->main_conns, self);
  lb_report_event (core->report, "main-opened", 0, NULL);
  if (self->version < 9 || self->version > 10) {
    lb_peer_refuse (self->peer, 4012, "api-version", "%d", (int) self->version);
    return;
  }
  if (g_strcmp0 (encoding, "json") != 0
      || g_hash_table_contains (values, "compress")) {
    lb_peer_refuse (self->peer, 4002, "encoding", NULL);
    return;
  }
  self->hello = lb_core_timeout (
      core, (guint) core->settings->hello_delay, send_hello, self);
}

void
lb_main_gateway_serve (LbCore *core)
{
  soup_server_add_websocket_handler (
      core->http, "/", NULL, NULL, on_websocket, core, NULL);
}

void
lb_main_gateway_drop_all (LbCore *core)
{
  GHashTableIter iter;
  gpointer conn;

  g_hash_table_iter_init (&iter, core->main_conns);
  while (g_hash_table_iter_next (&iter, &conn, NULL))
    conn_free (conn);
  g_hash_table_remove_all (core->main_conns);
}
