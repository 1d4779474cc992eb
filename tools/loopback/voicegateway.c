/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One websocket of a voice server: opcodes and their order. */
#include "voicepayload.h"
#include "maingateway.h"
#include "streams.h"
#include "world.h"

/* Of text; a Welcome for a hundred members has 26 KB, and binary messages have
 * the peer's limit. */
#define MAX_MESSAGE (64 * 1024)
#define MIN_VERSION 4
#define MAX_VERSION 9

enum
{
  OP_IDENTIFY = 0,
  OP_SELECT_PROTOCOL = 1,
  OP_READY = 2,
  OP_HEARTBEAT = 3,
  OP_SESSION_DESCRIPTION = 4,
  OP_SPEAKING = 5,
  OP_HEARTBEAT_ACK = 6,
  OP_RESUME = 7,
  OP_HELLO = 8,
  OP_RESUMED = 9,
  OP_VIDEO = 12,
  OP_SESSION_UPDATE = 14,
  OP_MEDIA_SINK_WANTS = 15,
  OP_BACKEND_VERSION = 16,
  OP_NO_ROUTE = 32,
};

typedef struct
{
  LbVoiceServer *server;
  LbPeer *peer;
  guint version;
  guint32 ssrc; /* of the session it carries or carried */
  gboolean greeted;
  gint64 last_asked; /* when we sent op 3 */
  GSource *hello;
} Conn;

void
lb_voice_conn_free (gpointer conn)
{
  Conn *self = conn;

  lb_source_clear (&self->hello);
  lb_peer_free (self->peer);
  g_free (self);
}

static LbVoiceSession *
conn_session (Conn *self)
{
  LbVoiceSession *session = g_hash_table_lookup (
      self->server->sessions, GUINT_TO_POINTER (self->ssrc));

  return session != NULL && session->peer == self->peer ? session : NULL;
}

static void
conn_set_session (Conn *self, LbVoiceSession *session)
{
  self->ssrc = session->ssrc;
  session->peer = self->peer;
  lb_peer_set_user (self->peer, session->user_id);
}

static gboolean
send_hello (gpointer user_data)
{
  Conn *self = user_data;
  int interval = self->server->core->settings->voice_heartbeat_interval;
  JsonObject *d;

  if (self->greeted)
    return G_SOURCE_REMOVE;
  self->greeted = TRUE;
  d = json_object_new ();
  json_object_set_int_member (d, "v", self->version);
  json_object_set_int_member (d, "heartbeat_interval", interval);
  lb_peer_send (self->peer, lb_json_message (OP_HELLO, d));
  lb_peer_watch (self->peer, (guint) interval);
  return G_SOURCE_REMOVE;
}

static void
send_ready (Conn *self, LbVoiceSession *session)
{
  const LbSettings *settings = self->server->core->settings;
  JsonObject *d = json_object_new ();
  JsonArray *modes = json_array_new ();
  JsonArray *experiments = json_array_new ();
  g_auto (GStrv) names = g_strsplit (settings->modes, ",", -1);

  for (guint i = 0; names[i] != NULL; i++)
    json_array_add_string_element (modes, names[i]);
  json_array_add_string_element (experiments, "fixed_keyframe_interval");
  json_object_set_int_member (d, "ssrc",
      settings->ready_ssrc >= 0 ? (gint64) settings->ready_ssrc
                                : session->ssrc);
  json_object_set_string_member (d, "ip", "127.0.0.1");
  json_object_set_int_member (d, "port", lb_udp_get_port (self->server->udp));
  json_object_set_array_member (d, "modes", modes);
  json_object_set_array_member (d, "experiments", experiments);
  json_object_set_array_member (d, "streams", lb_video_answer (session));
  lb_peer_send (self->peer, lb_json_message (OP_READY, d));
}

/* Finds out whose identify or resume this is; NULL: refused and closed. */
static LbVoiceState *
authenticate (Conn *self, const LbCredentials *c)
{
  LbWorld *world = self->server->core->world;
  LbVoiceState *state = lb_world_find (world, c->server_id, c->user_id);

  if (!lb_world_knows_server (world, c->server_id)
      || lb_world_place (world, c->server_id) != self->server) {
    lb_peer_refuse (self->peer, 4011, "unknown-server", NULL);
    return NULL;
  }
  if (state == NULL) {
    lb_peer_refuse (self->peer, 4004, "wrong-user", NULL);
    return NULL;
  }
  if (!g_str_equal (c->session_id, state->session->session_id)) {
    lb_peer_refuse (self->peer, 4006, "wrong-session", NULL);
    return NULL;
  }
  if (!g_str_equal (c->token, state->token)) {
    lb_peer_refuse (self->peer, 4004, "wrong-token", NULL);
    return NULL;
  }
  if (c->channel_id != 0 && c->channel_id != state->is.channel_id) {
    lb_peer_refuse (self->peer, 4004, "wrong-channel", NULL);
    return NULL;
  }
  return state;
}

static void
handle_identify (Conn *self, JsonObject *d)
{
  LbCore *core = self->server->core;
  g_auto (LbCredentials) credentials = { 0 };
  LbVoiceSession *session;
  LbVoiceState *state;

  if (conn_session (self) != NULL) {
    lb_peer_violate (self->peer, 4005, "identify-twice", NULL);
    return;
  }
  if (!lb_payload_identify (d, self->version, &credentials)) {
    lb_peer_refuse (self->peer, 4002, "bad-identify", NULL);
    return;
  }
  lb_peer_set_user (self->peer, credentials.user_id);
  state = authenticate (self, &credentials);
  if (state == NULL)
    return;
  lb_report_event (
      core->report, "voice-identify", state->user_id, "v%u", self->version);
  if (core->settings->voice_silent)
    return;
  if (core->settings->dave_required && credentials.dave == 0) {
    lb_peer_refuse (self->peer, 4017, "e2ee-required", NULL);
    return;
  }
  lb_voice_servers_retire (core, state->server_id, state->user_id, 0);
  state->identified = TRUE;
  session = lb_voice_session_new (
      self->server, state->server_id, state->is.channel_id, state->user_id);
  session->version = self->version;
  session->only_watches = lb_streams_only_watches (
      lb_world_get_streams (core->world), state->server_id, state->user_id);
  /* Binary messages came with v8. */
  session->dave.max_version = self->version >= 8 ? (guint) credentials.dave : 0;
  session->session_id = g_strdup (credentials.session_id);
  session->token = g_strdup (credentials.token);
  lb_video_take_offer (session, d);
  conn_set_session (self, session);
  send_ready (self, session);
  if (core->settings->voice_hello_last)
    send_hello (self);
}

static LbVoiceSession *
find_resumable (Conn *self, const LbCredentials *c)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->server->sessions);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    LbVoiceSession *session = value;

    if (!session->built_in && !session->retired
        && session->server_id == c->server_id
        && g_str_equal (session->session_id, c->session_id)
        && g_str_equal (session->token, c->token))
      return session;
  }
  return NULL;
}

static void
handle_resume (Conn *self, JsonObject *d)
{
  const LbSettings *settings = self->server->core->settings;
  g_auto (LbCredentials) credentials = { 0 };
  LbVoiceSession *session;

  if (conn_session (self) != NULL) {
    lb_peer_violate (self->peer, 4005, "identify-twice", NULL);
    return;
  }
  if (!lb_payload_resume (d, self->version, &credentials)) {
    lb_peer_refuse (self->peer, 4002, "bad-resume", NULL);
    return;
  }
  session = find_resumable (self, &credentials);
  if (session == NULL || settings->voice_refuse_resume) {
    lb_report_event (self->server->core->report, "voice-resume-refused",
        session != NULL ? session->user_id : 0, NULL);
    if (session != NULL)
      lb_voice_session_end (session, 4006, "Session is no longer valid.");
    lb_peer_close (self->peer, 4006, "Session is no longer valid.");
    return;
  }
  lb_peer_set_user (self->peer, session->user_id);
  if (session->version >= 8
      && !lb_voice_session_ack (session, credentials.seq_ack)) {
    lb_peer_refuse (self->peer, 4006, "bad-seq-ack", "resume");
    return;
  }
  if (session->peer != NULL)
    lb_peer_kill (session->peer);
  lb_source_clear (&session->expiry);
  conn_set_session (self, session);
  lb_report_event (self->server->core->report, "voice-resumed",
      session->user_id, "seq_ack %d", (int) credentials.seq_ack);
  if (settings->voice_hello_last)
    send_hello (self);
  if (settings->voice_replay_first)
    lb_voice_session_replay (session);
  lb_peer_send (self->peer, lb_json_message (OP_RESUMED, NULL));
  if (!settings->voice_replay_first)
    lb_voice_session_replay (session);
}

static void
send_ack (Conn *self, gint64 t)
{
  JsonObject *message = lb_json_message (OP_HEARTBEAT_ACK, NULL);
  JsonObject *d;

  if (self->version >= 8) {
    d = json_object_new ();
    json_object_set_int_member (d, "t", t);
    json_object_set_object_member (message, "d", d);
  } else {
    json_object_set_int_member (message, "d", t);
  }
  lb_peer_send (self->peer, message);
}

/* Asks for a heartbeat; seldom enough that the answer does not make us ask
 * again. */
static void
ask_heartbeat (Conn *self)
{
  const LbSettings *settings = self->server->core->settings;
  gint64 now = g_get_monotonic_time ();

  if (!settings->voice_server_heartbeat
      || now - self->last_asked
          < settings->voice_heartbeat_interval * G_GINT64_CONSTANT (500))
    return;
  self->last_asked = now;
  lb_report_event (self->server->core->report, "voice-asked-heartbeat",
      lb_peer_get_user (self->peer), NULL);
  lb_peer_send (self->peer, lb_json_message (OP_HEARTBEAT, NULL));
}

static void
handle_heartbeat (Conn *self, JsonNode *d)
{
  LbVoiceSession *session = conn_session (self);
  gint64 t, seq_ack = -1;
  gboolean has_ack;

  if (!lb_payload_heartbeat (d, self->version, &t, &seq_ack, &has_ack)) {
    lb_peer_violate (self->peer, 4002, "bad-heartbeat", NULL);
    return;
  }
  if (session != NULL && has_ack && !lb_voice_session_ack (session, seq_ack)) {
    lb_peer_violate (
        self->peer, 4020, "bad-seq-ack", "%" G_GINT64_FORMAT, seq_ack);
    return;
  }
  lb_peer_beat (self->peer);
  lb_report_event (self->server->core->report, "voice-heartbeat",
      lb_peer_get_user (self->peer), NULL);
  if (!self->server->core->settings->voice_drop_acks)
    send_ack (self, t);
  ask_heartbeat (self);
}

static void
handle_select_protocol (Conn *self, LbVoiceSession *session, JsonObject *d)
{
  LbCore *core = self->server->core;
  LbSelection selection;
  LbRoom *room;

  switch (lb_payload_select (d, core->settings->modes, &selection)) {
    case LB_SELECT_OK:
      break;
    case LB_SELECT_BAD:
      lb_peer_refuse (self->peer, 4002, "bad-select-protocol", NULL);
      return;
    case LB_SELECT_PROTOCOL:
      lb_peer_refuse (self->peer, 4012, "unknown-protocol", NULL);
      return;
    case LB_SELECT_MODE:
      lb_peer_refuse (self->peer, 4016, "unknown-mode", NULL);
      return;
    case LB_SELECT_CODECS:
      lb_peer_refuse (self->peer, 4020, "bad-codecs", NULL);
      return;
  }
  lb_report_event (core->report, "select-protocol", session->user_id, "%s",
      lb_cipher_name (selection.cipher));
  if (core->settings->no_session_description)
    return;
  if (session->room != NULL) {
    lb_voice_session_describe (session, &selection);
    return;
  }
  room = lb_room_get (self->server, session->server_id, session->channel_id);
  lb_dave_greet (room->dave, session);
  lb_voice_session_describe (session, &selection);
  lb_room_join (room, session);
}

static void
handle_speaking (Conn *self, LbVoiceSession *session, JsonObject *d)
{
  gint64 speaking, ssrc, delay = 0;

  if (lb_json_get_int (d, "speaking", 0, 7, &speaking) != LB_FIELD_OK
      || lb_json_get_int (d, "ssrc", 0, G_MAXUINT32, &ssrc) != LB_FIELD_OK
      || !lb_optional (lb_json_get_int (d, "delay", 0, G_MAXINT32, &delay))) {
    lb_peer_violate (self->peer, 4002, "bad-speaking", NULL);
    return;
  }
  if ((guint32) ssrc != session->ssrc) {
    lb_peer_violate (self->peer, 4020, "ssrc-not-owned", "op 5");
    return;
  }
  session->speaking = (guint) speaking;
  session->announced = TRUE;
  lb_report_event (self->server->core->report,
      speaking != 0 ? "speaking" : "speaking-stopped", session->user_id, "%u",
      session->speaking);
  lb_media_speaking_changed (session);
  lb_room_speaking (session);
}

static void
choose_layers (LbVoiceSession *session)
{
  if (session->room != NULL)
    lb_video_choose (session->room);
}

static void
handle_video (Conn *self, LbVoiceSession *session, JsonObject *d)
{
  guint code;
  const char *wrong = lb_video_announce (session, d, &code);

  if (wrong != NULL) {
    lb_peer_violate (self->peer, code, wrong, "op 12");
    return;
  }
  lb_report_event (self->server->core->report, "video", session->user_id, NULL);
  lb_room_video (session);
  choose_layers (session);
}

static void
handle_session_update (Conn *self, LbVoiceSession *session, JsonObject *d)
{
  guint code;
  const char *wrong = lb_video_take_codecs (session, d, &code);

  if (wrong != NULL) {
    lb_peer_violate (self->peer, code, wrong, "op 14");
    return;
  }
  if (session->room != NULL)
    lb_video_agree_again (session->room);
  choose_layers (session);
}

static void
handle_wants (Conn *self, LbVoiceSession *session, JsonObject *d)
{
  if (!lb_video_take_wants (session, d)) {
    lb_peer_violate (self->peer, 4002, "bad-wants", NULL);
    return;
  }
  lb_report_event (self->server->core->report, "wants", session->user_id, NULL);
  choose_layers (session);
}

static void
send_backend_version (Conn *self)
{
  JsonObject *d = json_object_new ();

  json_object_set_string_member (d, "voice", "0.11.0");
  json_object_set_string_member (d, "rtc_worker", "0.4.2");
  lb_peer_send (self->peer, lb_json_message (OP_BACKEND_VERSION, d));
}

static void
handle_object (Conn *self, LbVoiceSession *session, gint64 op, JsonObject *d)
{
  if (session->room != NULL
      && lb_dave_message (session->room->dave, session, op, d))
    return;
  switch (op) {
    case OP_SELECT_PROTOCOL:
      handle_select_protocol (self, session, d);
      break;
    case OP_SPEAKING:
      handle_speaking (self, session, d);
      break;
    case OP_VIDEO:
      handle_video (self, session, d);
      break;
    case OP_BACKEND_VERSION:
      send_backend_version (self);
      break;
    case OP_SESSION_UPDATE:
      handle_session_update (self, session, d);
      break;
    case OP_MEDIA_SINK_WANTS:
      handle_wants (self, session, d);
      break;
    default:
      lb_report_event (self->server->core->report, "voice-op", session->user_id,
          "%d", (int) op);
      break;
  }
}

static gboolean
is_known (gint64 op)
{
  return op == OP_IDENTIFY || op == OP_SELECT_PROTOCOL || op == OP_SPEAKING
      || op == OP_RESUME || op == OP_VIDEO || op == OP_SESSION_UPDATE
      || op == OP_MEDIA_SINK_WANTS || op == OP_BACKEND_VERSION
      || op == OP_NO_ROUTE || op == LB_OP_DAVE_READY
      || op == LB_OP_DAVE_INVALID;
}

static void
on_message (LbPeer *peer, gint64 op, JsonNode *d, gpointer owner)
{
  Conn *self = owner;
  LbVoiceSession *session = conn_session (self);
  JsonObject *object =
      d != NULL && JSON_NODE_HOLDS_OBJECT (d) ? json_node_get_object (d) : NULL;

  if (session != NULL && session->retired)
    return;
  if (op == OP_HEARTBEAT) {
    handle_heartbeat (self, d);
    return;
  }
  if (!is_known (op)) {
    lb_peer_violate (peer, 4001, "unknown-opcode", "%d", (int) op);
    return;
  }
  if (session == NULL && op != OP_IDENTIFY && op != OP_RESUME) {
    lb_peer_violate (peer, 4003, "not-authenticated", "op %d", (int) op);
    return;
  }
  if (object == NULL) {
    lb_peer_violate (peer, 4002, "bad-payload", "op %d", (int) op);
    return;
  }
  if (op == OP_IDENTIFY)
    handle_identify (self, object);
  else if (op == OP_RESUME)
    handle_resume (self, object);
  else
    handle_object (self, session, op, object);
}

/* Only DAVE has binary messages. */
static void
on_binary (LbPeer *peer, const guint8 *data, gsize length, gpointer owner)
{
  LbVoiceSession *session = conn_session (owner);

  if (session != NULL && session->retired)
    return;
  if (session == NULL || session->room == NULL || length == 0
      || session->dave.max_version == 0
      || !lb_dave_binary (session->room->dave, session, data[0],
          (LbBytes){ data + 1, length - 1 }))
    lb_peer_violate (peer, 4002, "binary-frame", NULL);
}

/* Voice gateway section 4: what a client resumes after. */
static gboolean
is_resumable (guint code, gboolean by_us)
{
  if (!by_us)
    return code != 1000 && code != 1001;
  return code < 4000 || code == 4013 || code == 4015;
}

static void
on_closed (LbPeer *peer, guint code, gboolean by_us, gpointer owner)
{
  Conn *self = owner;
  LbVoiceSession *session = conn_session (self);

  if (session != NULL) {
    if (!session->retired && is_resumable (code, by_us)) {
      lb_voice_session_lost (session);
    } else {
      session->peer = NULL;
      lb_voice_session_end (session, 0, NULL);
    }
  }
  g_hash_table_remove (self->server->conns, self);
}

static const LbPeerCallbacks peer_callbacks = {
  .message = on_message,
  .binary = on_binary,
  .closed = on_closed,
};

void
lb_voice_gateway_accept (
    LbVoiceServer *server, guint version, SoupWebsocketConnection *ws)
{
  LbCore *core = server->core;
  Conn *self = g_new0 (Conn, 1);

  self->server = server;
  self->version = version;
  self->peer =
      lb_peer_new (core, ws, "voice", MAX_MESSAGE, &peer_callbacks, self);
  g_hash_table_add (server->conns, self);
  lb_report_event (core->report, "voice-opened", 0, "v%u", version);
  if (version < MIN_VERSION || version > MAX_VERSION) {
    lb_peer_refuse (self->peer, 4012, "gateway-version", "%u", version);
    return;
  }
  if (!core->settings->voice_hello_last)
    self->hello = lb_core_timeout (
        core, (guint) core->settings->voice_hello_delay, send_hello, self);
}
