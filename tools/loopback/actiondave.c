/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Actions on end-to-end encryption. */
#include "actiontable.h"
#include "voiceserver.h"

/* Those who could take part. */
static GPtrArray *
find_sessions (const LbCall *call)
{
  g_autoptr (GPtrArray) all =
      lb_voice_servers_sessions (call->core, call->user_id);
  GPtrArray *able = g_ptr_array_new ();

  for (guint i = 0; i < all->len; i++) {
    LbVoiceSession *session = all->pdata[i];

    if (session->dave.max_version > 0)
      g_ptr_array_add (able, session);
  }
  return able;
}

static int
run_fault (const LbCall *call)
{
  g_autoptr (GPtrArray) sessions = find_sessions (call);

  for (guint i = 0; i < sessions->len; i++) {
    if (!lb_dave_add_fault (sessions->pdata[i], call->args[0], call->args[1]))
      return -1;
  }
  return (int) sessions->len;
}

static int
run_execute (const LbCall *call)
{
  g_autoptr (GPtrArray) sessions = find_sessions (call);
  guint64 id;

  if (!lb_parse_number (call->args[0], G_MAXUINT16, &id))
    return -1;
  for (guint i = 0; i < sessions->len; i++)
    lb_dave_send_execute (sessions->pdata[i], (guint16) id);
  return (int) sessions->len;
}

static int
run_foreign_sender (const LbCall *call)
{
  g_autoptr (GPtrArray) sessions = find_sessions (call);

  for (guint i = 0; i < sessions->len; i++)
    lb_dave_send_foreign_sender (sessions->pdata[i]);
  return (int) sessions->len;
}

static int
run_new_group (const LbCall *call)
{
  g_autoptr (GPtrArray) sessions = find_sessions (call);
  g_autoptr (GHashTable) rooms = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < sessions->len; i++) {
    LbRoom *room = ((LbVoiceSession *) sessions->pdata[i])->room;

    if (room != NULL && g_hash_table_add (rooms, room))
      lb_dave_renew (room->dave);
  }
  return (int) g_hash_table_size (rooms);
}

/* clang-format off */
const LbAction lb_dave_actions[] = {
  { "dave-fault", 2, 2, run_fault, "USER:MESSAGE:HOW",
    "the next such message goes wrong, see below" },
  { "dave-execute", 1, 1, run_execute, "USER:ID",
    "op 22 with any transition id" },
  { "dave-foreign-sender", 0, 0, run_foreign_sender, "USER",
    "op 25 with another external sender" },
  { "dave-new-group", 0, 0, run_new_group, "USER",
    "op 24 with epoch 1 to all in the user's channel" },
  { NULL, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
