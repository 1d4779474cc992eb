/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "actions.h"

#include "maingateway.h"
#include "voicepayload.h"
#include "world.h"

#include <string.h>

#define MAX_ARGS 4

typedef struct
{
  LbCore *core;
  guint64 user_id; /* of the first argument; 0: everybody */
  char *const *args; /* behind the user */
  guint n_args;
} Call;

typedef struct
{
  const char *name;
  guint min_args; /* without the user */
  guint max_args;
  /* How many it reached, or -1 for arguments it cannot use. */
  int (*run) (const Call *call);
  const char *usage;
  const char *help;
} Action;

static gboolean
parse_number (const char *text, guint64 max, guint64 *value)
{
  return g_ascii_string_to_unsigned (text, 10, 0, max, value, NULL);
}

static gboolean
parse_switch (const char *text, gboolean *value)
{
  *value = g_str_equal (text, "on");
  return *value || g_str_equal (text, "off");
}

/* ---- voice states ---- */

static int
run_kick (const Call *call)
{
  g_autoptr (GPtrArray) states =
      lb_world_states_of (call->core->world, call->user_id);

  for (guint i = 0; i < states->len; i++)
    lb_voice_state_kick (states->pdata[i]);
  return (int) states->len;
}

static int
run_move (const Call *call)
{
  g_autoptr (GPtrArray) states =
      lb_world_states_of (call->core->world, call->user_id);
  guint64 channel_id;
  int moved = 0;

  if (!lb_parse_id (call->args[0], &channel_id))
    return -1;
  for (guint i = 0; i < states->len; i++) {
    LbVoiceState *state = states->pdata[i];

    /* A call is its channel: nobody can be moved out of one. */
    if (state->is.guild_id == 0)
      continue;
    lb_voice_state_move (state, channel_id);
    moved++;
  }
  return moved;
}

static int
set_flag (const Call *call, gsize offset)
{
  g_autoptr (GPtrArray) states =
      lb_world_states_of (call->core->world, call->user_id);
  gboolean value;

  if (!parse_switch (call->args[0], &value))
    return -1;
  for (guint i = 0; i < states->len; i++) {
    G_STRUCT_MEMBER (gboolean, states->pdata[i], offset) = value;
    lb_voice_state_announce (states->pdata[i]);
  }
  return (int) states->len;
}

static int
run_mute (const Call *call)
{
  return set_flag (call, G_STRUCT_OFFSET (LbVoiceState, mute));
}

static int
run_deaf (const Call *call)
{
  return set_flag (call, G_STRUCT_OFFSET (LbVoiceState, deaf));
}

static int
run_suppress (const Call *call)
{
  return set_flag (call, G_STRUCT_OFFSET (LbVoiceState, suppress));
}

static int
run_foreign (const Call *call)
{
  g_autoptr (GPtrArray) states =
      lb_world_states_of (call->core->world, call->user_id);

  for (guint i = 0; i < states->len; i++)
    lb_voice_state_foreign (states->pdata[i]);
  return (int) states->len;
}

static int
run_server_move (const Call *call)
{
  g_autoptr (GPtrArray) states =
      lb_world_states_of (call->core->world, call->user_id);
  g_autoptr (GHashTable) done = g_hash_table_new (g_int64_hash, g_int64_equal);
  gboolean same = call->n_args > 0;

  if (same && !g_str_equal (call->args[0], "same"))
    return -1;
  for (guint i = 0; i < states->len; i++) {
    LbVoiceState *state = states->pdata[i];

    if (g_hash_table_add (done, &state->server_id))
      lb_world_server_move (call->core->world, state->server_id, same);
  }
  return (int) states->len;
}

static int
run_null_endpoint (const Call *call)
{
  g_autoptr (GPtrArray) states =
      lb_world_states_of (call->core->world, call->user_id);
  guint64 ms = 0;

  if (call->n_args > 0 && !parse_number (call->args[0], 600000, &ms))
    return -1;
  for (guint i = 0; i < states->len; i++)
    lb_voice_state_null_endpoint (
        states->pdata[i], call->n_args > 0 ? (int) ms : -1);
  return (int) states->len;
}

/* ---- the main gateway's sockets ---- */

typedef void (*PeerFunc) (LbPeer *peer, const Call *call);

static int
for_main_peers (const Call *call, PeerFunc func)
{
  g_autoptr (GList) sessions = g_hash_table_get_values (call->core->sessions);
  int found = 0;

  for (GList *link = sessions; link != NULL; link = link->next) {
    LbMainSession *session = link->data;

    if (session->peer == NULL
        || (call->user_id != 0 && session->user_id != call->user_id))
      continue;
    func (session->peer, call);
    found++;
  }
  return found;
}

static int
for_voice_peers (const Call *call, PeerFunc func)
{
  g_autoptr (GPtrArray) sessions =
      lb_voice_servers_sessions (call->core, call->user_id);
  int found = 0;

  for (guint i = 0; i < sessions->len; i++) {
    LbVoiceSession *session = sessions->pdata[i];

    if (session->peer == NULL)
      continue;
    func (session->peer, call);
    found++;
  }
  return found;
}

static void
close_peer (LbPeer *peer, const Call *call)
{
  guint64 code = 0;

  parse_number (call->args[0], 4999, &code);
  lb_peer_close (peer, (guint) code, "by request");
}

static gboolean
is_close_code (const Call *call)
{
  guint64 code;

  return parse_number (call->args[0], 4999, &code) && code >= 1000;
}

static int
run_close_main (const Call *call)
{
  return is_close_code (call) ? for_main_peers (call, close_peer) : -1;
}

static int
run_close_voice (const Call *call)
{
  return is_close_code (call) ? for_voice_peers (call, close_peer) : -1;
}

static void
kill_peer (LbPeer *peer, const Call *call)
{
  lb_peer_kill (peer);
}

static int
run_kill_main (const Call *call)
{
  return for_main_peers (call, kill_peer);
}

static int
run_kill_voice (const Call *call)
{
  return for_voice_peers (call, kill_peer);
}

static void
freeze_peer (LbPeer *peer, const Call *call)
{
  lb_peer_freeze (peer, g_str_equal (call->args[0], "on"));
}

static int
run_freeze_main (const Call *call)
{
  gboolean on;

  return parse_switch (call->args[0], &on) ? for_main_peers (call, freeze_peer)
                                           : -1;
}

static int
run_freeze_voice (const Call *call)
{
  gboolean on;

  return parse_switch (call->args[0], &on) ? for_voice_peers (call, freeze_peer)
                                           : -1;
}

static int
run_freeze_udp (const Call *call)
{
  g_autoptr (GPtrArray) sessions =
      lb_voice_servers_sessions (call->core, call->user_id);
  gboolean on;

  if (!parse_switch (call->args[0], &on))
    return -1;
  for (guint i = 0; i < sessions->len; i++)
    ((LbVoiceSession *) sessions->pdata[i])->media.frozen = on;
  return (int) sessions->len;
}

static void
send_op (LbPeer *peer, gint64 op)
{
  lb_peer_send (peer, lb_json_message (op, NULL));
}

static void
ask_reconnect (LbPeer *peer, const Call *call)
{
  send_op (peer, 7);
}

static int
run_reconnect (const Call *call)
{
  return for_main_peers (call, ask_reconnect);
}

static void
ask_main_heartbeat (LbPeer *peer, const Call *call)
{
  send_op (peer, 1);
}

static int
run_heartbeat_main (const Call *call)
{
  return for_main_peers (call, ask_main_heartbeat);
}

static void
ask_voice_heartbeat (LbPeer *peer, const Call *call)
{
  send_op (peer, 3);
}

static int
run_heartbeat_voice (const Call *call)
{
  return for_voice_peers (call, ask_voice_heartbeat);
}

static int
run_invalid_session (const Call *call)
{
  g_autoptr (GList) sessions = g_hash_table_get_values (call->core->sessions);
  gboolean resumable = call->n_args > 0;
  int found = 0;

  if (resumable && !g_str_equal (call->args[0], "resumable"))
    return -1;
  for (GList *link = sessions; link != NULL; link = link->next) {
    LbMainSession *session = link->data;
    JsonObject *message;

    if (session->peer == NULL
        || (call->user_id != 0 && session->user_id != call->user_id))
      continue;
    message = lb_json_message (9, NULL);
    json_object_set_boolean_member (message, "d", resumable);
    lb_peer_send (session->peer, message);
    if (!resumable)
      lb_main_session_end (session);
    found++;
  }
  return found;
}

static void
send_frame (LbPeer *peer, const Call *call)
{
  lb_peer_send_bad_frame (
      peer, call->args[0], call->n_args > 1 ? call->args[1] : NULL);
}

static int
run_frame_main (const Call *call)
{
  return lb_peer_knows_bad_frame (call->args[0])
      ? for_main_peers (call, send_frame)
      : -1;
}

static int
run_frame_voice (const Call *call)
{
  return lb_peer_knows_bad_frame (call->args[0])
      ? for_voice_peers (call, send_frame)
      : -1;
}

/* ---- voice sessions ---- */

static int
run_rekey (const Call *call)
{
  g_autoptr (GPtrArray) sessions =
      lb_voice_servers_sessions (call->core, call->user_id);
  int found = 0;

  for (guint i = 0; i < sessions->len; i++) {
    LbVoiceSession *session = sessions->pdata[i];
    LbSelection selection = {
      .address = session->media.address,
      .cipher = session->media.cipher,
      .opus_pt = session->media.opus_pt,
    };

    if (!session->media.ready)
      continue;
    lb_voice_session_describe (session, &selection);
    found++;
  }
  return found;
}

static int
run_session_update (const Call *call)
{
  g_autoptr (GPtrArray) sessions =
      lb_voice_servers_sessions (call->core, call->user_id);

  for (guint i = 0; i < sessions->len; i++) {
    JsonObject *d = json_object_new ();

    json_object_set_string_member (d, "video_codec", call->args[0]);
    lb_voice_session_send_numbered (sessions->pdata[i], 14, d);
  }
  return (int) sessions->len;
}

static int
run_join (const Call *call)
{
  guint64 guild_id, channel_id;

  if (call->user_id == 0 || !lb_parse_id (call->args[0], &guild_id)
      || !lb_parse_id (call->args[1], &channel_id))
    return -1;
  lb_room_add_built_in (
      lb_room_get (
          lb_world_place (call->core->world, guild_id), guild_id, channel_id),
      call->user_id);
  return 1;
}

static int
for_built_in (
    const Call *call, void (*func) (LbVoiceSession *, guint), guint value)
{
  g_autoptr (GPtrArray) sessions =
      lb_voice_servers_sessions (call->core, call->user_id);
  int found = 0;

  for (guint i = 0; i < sessions->len; i++) {
    LbVoiceSession *session = sessions->pdata[i];

    /* The echo belongs to its room. */
    if (!session->built_in || session->is_echo)
      continue;
    func (session, value);
    found++;
  }
  return found;
}

static void
end_session (LbVoiceSession *session, guint value)
{
  lb_voice_session_end (session, 0, NULL);
}

static int
run_leave (const Call *call)
{
  return for_built_in (call, end_session, 0);
}

static void
set_speaking (LbVoiceSession *session, guint flags)
{
  session->speaking = flags;
  lb_room_speaking (session);
}

static int
run_speak (const Call *call)
{
  guint64 flags;

  if (!parse_number (call->args[0], 7, &flags))
    return -1;
  return for_built_in (call, set_speaking, (guint) flags);
}

/* clang-format off */
static const Action actions[] = {
  { "kick", 0, 0, run_kick, "USER", "out of the voice channel" },
  { "move", 1, 1, run_move, "USER:CHANNEL", "to another channel of the guild" },
  { "server-mute", 1, 1, run_mute, "USER:on|off", "muted by a moderator" },
  { "server-deaf", 1, 1, run_deaf, "USER:on|off", "deafened by a moderator" },
  { "suppress", 1, 1, run_suppress, "USER:on|off", "stage audience" },
  { "foreign-state", 0, 0, run_foreign, "USER",
    "another session of the user seems to leave" },
  { "server-move", 0, 1, run_server_move, "USER[:same]",
    "the guild's voice server changes; same: only the token does" },
  { "null-endpoint", 0, 1, run_null_endpoint, "USER[:MS]",
    "the voice server is gone; a new one comes after MS" },
  { "close-main", 1, 1, run_close_main, "USER:CODE", "main gateway" },
  { "close-voice", 1, 1, run_close_voice, "USER:CODE", "voice gateway" },
  { "kill-main", 0, 0, run_kill_main, "USER", "TCP reset" },
  { "kill-voice", 0, 0, run_kill_voice, "USER", "TCP reset" },
  { "freeze-main", 1, 1, run_freeze_main, "USER:on|off",
    "link up, nothing passes" },
  { "freeze-voice", 1, 1, run_freeze_voice, "USER:on|off",
    "link up, nothing passes" },
  { "freeze-udp", 1, 1, run_freeze_udp, "USER:on|off",
    "no datagram is read or sent" },
  { "reconnect", 0, 0, run_reconnect, "USER", "main gateway op 7" },
  { "invalid-session", 0, 1, run_invalid_session, "USER[:resumable]",
    "main gateway op 9" },
  { "heartbeat-main", 0, 0, run_heartbeat_main, "USER", "asks for one (op 1)" },
  { "heartbeat-voice", 0, 0, run_heartbeat_voice, "USER",
    "asks for one (op 3)" },
  { "frame-main", 1, 2, run_frame_main, "USER:KIND[:ARGUMENT]",
    "a bad frame, see below" },
  { "frame-voice", 1, 2, run_frame_voice, "USER:KIND[:ARGUMENT]",
    "a bad frame, see below" },
  { "rekey", 0, 0, run_rekey, "USER", "a second op 4 with a new key" },
  { "session-update", 1, 1, run_session_update, "USER:CODEC",
    "op 14 with another video codec" },
  { "join", 2, 2, run_join, "USER:GUILD:CHANNEL",
    "a silent member of our own comes" },
  { "leave", 0, 0, run_leave, "USER", "and goes" },
  { "speak", 1, 1, run_speak, "USER:FLAGS", "op 5 of such a member" },
};
/* clang-format on */

static const Action *
find_action (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++) {
    if (g_str_equal (actions[i].name, name))
      return &actions[i];
  }
  return NULL;
}

static gboolean
fail (GError **error, LoopbackError code, const char *text, const char *what)
{
  g_set_error (error, LOOPBACK_ERROR, code, "%s: %s", text, what);
  return FALSE;
}

static gboolean
run_set (LbCore *core, const char *assignment, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (assignment, "=", 2);

  return lb_settings_set (core->settings, parts[0], parts[1], TRUE, error);
}

gboolean
lb_actions_run (LbCore *core, const char *text, GError **error)
{
  g_auto (GStrv) parts = NULL;
  Call call = { .core = core };
  const Action *action;
  int reached;

  if (g_str_has_prefix (text, "set:"))
    return run_set (core, text + strlen ("set:"), error);
  parts = g_strsplit (text, ":", MAX_ARGS);
  action = find_action (parts[0] != NULL ? parts[0] : "");
  if (action == NULL)
    return fail (error, LOOPBACK_ERROR_ACTION, text, "no such action");
  call.n_args = g_strv_length (parts) > 2 ? g_strv_length (parts) - 2 : 0;
  if (parts[1] == NULL || call.n_args < action->min_args
      || call.n_args > action->max_args
      || (!g_str_equal (parts[1], "*")
          && !lb_parse_id (parts[1], &call.user_id)))
    return fail (error, LOOPBACK_ERROR_ACTION, text, action->usage);
  call.args = parts + 2;
  lb_report_event (core->report, "action", call.user_id, "%s", action->name);
  reached = action->run (&call);
  if (reached < 0)
    return fail (error, LOOPBACK_ERROR_ACTION, text, action->usage);
  if (reached == 0)
    return fail (error, LOOPBACK_ERROR_TARGET, text, "nobody to do it to");
  return TRUE;
}

typedef struct
{
  LbCore *core;
  char *text;
} Timed;

static void
timed_free (gpointer data)
{
  Timed *timed = data;

  g_free (timed->text);
  g_free (timed);
}

static gboolean
run_timed (gpointer user_data)
{
  Timed *timed = user_data;
  g_autoptr (GError) error = NULL;

  if (!lb_actions_run (timed->core, timed->text, &error))
    lb_report_event (
        timed->core->report, "action-failed", 0, "%s", error->message);
  return G_SOURCE_REMOVE;
}

/* "3s=kick:*", "250ms=...", "1.5=..." (seconds). */
static gboolean
parse_time (const char *text, guint *ms)
{
  char *end;
  double value = g_ascii_strtod (text, &end);

  if (end == text || !(value >= 0 && value <= 86400))
    return FALSE;
  if (g_str_has_prefix (end, "ms=")) {
    *ms = (guint) value;
    return TRUE;
  }
  *ms = (guint) (value * 1000);
  return g_str_has_prefix (end, "s=") || *end == '=';
}

gboolean
lb_actions_schedule (LbCore *core, GError **error)
{
  const GPtrArray *at = core->settings->at;

  for (guint i = 0; i < at->len; i++) {
    const char *text = at->pdata[i];
    GSource *source;
    Timed *timed;
    guint ms;

    if (!parse_time (text, &ms))
      return fail (error, LOOPBACK_ERROR_SETTING, text, "TIME=ACTION");
    timed = g_new (Timed, 1);
    timed->core = core;
    timed->text = g_strdup (strchr (text, '=') + 1);
    source = g_timeout_source_new (ms);
    g_source_set_callback (source, run_timed, timed, timed_free);
    g_source_attach (source, core->context);
    g_ptr_array_add (core->schedule, source);
  }
  return TRUE;
}

char *
lb_actions_help (void)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++) {
    g_autofree char *form =
        g_strdup_printf ("%s:%s", actions[i].name, actions[i].usage);

    g_string_append_printf (text, "  %-34s %s\n", form, actions[i].help);
  }
  g_string_append_printf (text, "  %-34s %s\n", "set:NAME=VALUE",
      "any setting that may change while running");
  return g_string_free (text, FALSE);
}
