/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Actions on voice states: what moderators and Discord's servers do. */
#include "actiontable.h"
#include "world.h"

static int
run_kick (const LbCall *call)
{
  g_autoptr (GPtrArray) states =
      lb_world_states_of (call->core->world, call->user_id);

  for (guint i = 0; i < states->len; i++)
    lb_voice_state_kick (states->pdata[i]);
  return (int) states->len;
}

static int
run_move (const LbCall *call)
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
set_flag (const LbCall *call, gsize offset)
{
  g_autoptr (GPtrArray) states =
      lb_world_states_of (call->core->world, call->user_id);
  gboolean value;

  if (!lb_parse_switch (call->args[0], &value))
    return -1;
  for (guint i = 0; i < states->len; i++) {
    G_STRUCT_MEMBER (gboolean, states->pdata[i], offset) = value;
    lb_voice_state_announce (states->pdata[i]);
  }
  return (int) states->len;
}

static int
run_mute (const LbCall *call)
{
  return set_flag (call, G_STRUCT_OFFSET (LbVoiceState, mute));
}

static int
run_deaf (const LbCall *call)
{
  return set_flag (call, G_STRUCT_OFFSET (LbVoiceState, deaf));
}

static int
run_suppress (const LbCall *call)
{
  return set_flag (call, G_STRUCT_OFFSET (LbVoiceState, suppress));
}

static int
run_foreign (const LbCall *call)
{
  g_autoptr (GPtrArray) states =
      lb_world_states_of (call->core->world, call->user_id);

  for (guint i = 0; i < states->len; i++)
    lb_voice_state_foreign (states->pdata[i]);
  return (int) states->len;
}

static int
run_server_move (const LbCall *call)
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
run_null_endpoint (const LbCall *call)
{
  g_autoptr (GPtrArray) states =
      lb_world_states_of (call->core->world, call->user_id);
  guint64 ms = 0;

  if (call->n_args > 0 && !lb_parse_number (call->args[0], 600000, &ms))
    return -1;
  for (guint i = 0; i < states->len; i++)
    lb_voice_state_null_endpoint (
        states->pdata[i], call->n_args > 0 ? (int) ms : -1);
  return (int) states->len;
}

/* clang-format off */
const LbAction lb_state_actions[] = {
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
  { NULL, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
