/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Actions on the websockets of both gateways. */
#include "actiontable.h"
#include "maingateway.h"
#include "voiceserver.h"

typedef void (*PeerFunc) (LbPeer *peer, const LbCall *call);

static int
for_main_peers (const LbCall *call, PeerFunc func)
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
for_voice_peers (const LbCall *call, PeerFunc func)
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
close_peer (LbPeer *peer, const LbCall *call)
{
  guint64 code = 0;

  lb_parse_number (call->args[0], 4999, &code);
  lb_peer_close (peer, (guint) code, "by request");
}

static gboolean
is_close_code (const LbCall *call)
{
  guint64 code;

  return lb_parse_number (call->args[0], 4999, &code) && code >= 1000;
}

static int
run_close_main (const LbCall *call)
{
  return is_close_code (call) ? for_main_peers (call, close_peer) : -1;
}

static int
run_close_voice (const LbCall *call)
{
  return is_close_code (call) ? for_voice_peers (call, close_peer) : -1;
}

static void
kill_peer (LbPeer *peer, const LbCall *call)
{
  lb_peer_kill (peer);
}

static int
run_kill_main (const LbCall *call)
{
  return for_main_peers (call, kill_peer);
}

static int
run_kill_voice (const LbCall *call)
{
  return for_voice_peers (call, kill_peer);
}

static void
freeze_peer (LbPeer *peer, const LbCall *call)
{
  lb_peer_freeze (peer, g_str_equal (call->args[0], "on"));
}

static int
run_freeze_main (const LbCall *call)
{
  gboolean on;

  return lb_parse_switch (call->args[0], &on)
      ? for_main_peers (call, freeze_peer)
      : -1;
}

static int
run_freeze_voice (const LbCall *call)
{
  gboolean on;

  return lb_parse_switch (call->args[0], &on)
      ? for_voice_peers (call, freeze_peer)
      : -1;
}

static void
send_op (LbPeer *peer, gint64 op)
{
  lb_peer_send (peer, lb_json_message (op, NULL));
}

static void
ask_reconnect (LbPeer *peer, const LbCall *call)
{
  send_op (peer, 7);
}

static int
run_reconnect (const LbCall *call)
{
  return for_main_peers (call, ask_reconnect);
}

static void
ask_main_heartbeat (LbPeer *peer, const LbCall *call)
{
  send_op (peer, 1);
}

static int
run_heartbeat_main (const LbCall *call)
{
  return for_main_peers (call, ask_main_heartbeat);
}

static void
ask_voice_heartbeat (LbPeer *peer, const LbCall *call)
{
  send_op (peer, 3);
}

static int
run_heartbeat_voice (const LbCall *call)
{
  return for_voice_peers (call, ask_voice_heartbeat);
}

static int
run_invalid_session (const LbCall *call)
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
send_frame (LbPeer *peer, const LbCall *call)
{
  lb_peer_send_bad_frame (
      peer, call->args[0], call->n_args > 1 ? call->args[1] : NULL);
}

static int
run_frame_main (const LbCall *call)
{
  return lb_peer_knows_bad_frame (call->args[0])
      ? for_main_peers (call, send_frame)
      : -1;
}

static int
run_frame_voice (const LbCall *call)
{
  return lb_peer_knows_bad_frame (call->args[0])
      ? for_voice_peers (call, send_frame)
      : -1;
}

/* clang-format off */
const LbAction lb_socket_actions[] = {
  { "close-main", 1, 1, run_close_main, "USER:CODE", "main gateway" },
  { "close-voice", 1, 1, run_close_voice, "USER:CODE", "voice gateway" },
  { "kill-main", 0, 0, run_kill_main, "USER", "TCP reset" },
  { "kill-voice", 0, 0, run_kill_voice, "USER", "TCP reset" },
  { "freeze-main", 1, 1, run_freeze_main, "USER:on|off",
    "link up, nothing passes" },
  { "freeze-voice", 1, 1, run_freeze_voice, "USER:on|off",
    "link up, nothing passes" },
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
  { NULL, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
