/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session-private.h"

/* What the gateway sends as binary messages: external sender, proposals, commits,
 * welcomes. */

static void
take_external_sender (DaveSession *self, MlsBytes payload)
{
  MlsExternalSender sender;
  MlsResult result;

  /* Not changed behind the back of a group that has it. */
  if (self->established)
    return;
  result = mls_external_sender_parse (payload, &sender);
  if (result != MLS_OK) {
    dave_session_refuse (self, DAVE_OP_EXTERNAL_SENDER, result);
    return;
  }
  g_clear_pointer (&self->external_sender, g_bytes_unref);
  self->external_sender = g_bytes_new (payload.data, payload.length);
  if (self->running)
    dave_session_make_pending_group (self);
}

static bool
is_expected (uint64_t user_id, void *data)
{
  const DaveSession *self = data;

  return user_id == self->user_id
      || dave_expected_users_contain (&self->expected, user_id);
}

/* Over all that is proposed by now, in place of what we sent before. */
static MlsResult
send_commit (DaveSession *self)
{
  g_auto (MlsWriter) payload = MLS_WRITER_INIT;
  MlsBytes commit, welcome;

  MLS_TRY (mls_group_commit (self->group, &commit, &welcome));
  mls_write_fixed (&payload, commit);
  mls_write_fixed (&payload, welcome);
  self->callbacks.send_commit (mls_writer_bytes (&payload), self->user_data);
  return MLS_OK;
}

/* Whatever is wrong with them, nobody is told: somebody else's commit, or a
 * revocation, will put it right. */
static void
take_proposals (DaveSession *self, MlsBytes payload)
{
  MlsResult result;

  if (self->group == NULL)
    return;
  result = mls_group_take_proposals (self->group, payload, is_expected, self);
  /* One more commit over the same would take the place of the first, which may
   * be on its way back already. */
  if (result == MLS_OK && mls_group_commit_is_due (self->group))
    result = send_commit (self);
  if (result != MLS_OK)
    dave_session_refuse (self, DAVE_OP_PROPOSALS, result);
}

/* Ours may be the first commit of a group; another one of those means that our
 * welcome to that group follows. */
static void
take_commit (DaveSession *self, uint16_t transition_id, MlsBytes commit)
{
  MlsResult result;

  if (self->group == NULL
      || (!self->established && !mls_group_is_own_commit (self->group, commit)))
    return;
  result = mls_group_process (self->group, commit);
  if (result == MLS_OK)
    dave_session_joined (self, DAVE_OP_ANNOUNCE_COMMIT, transition_id);
  else if (result == MLS_ERROR_GROUP_ID)
    dave_session_refuse (self, DAVE_OP_ANNOUNCE_COMMIT, result);
  else
    dave_session_invalid (self, DAVE_OP_ANNOUNCE_COMMIT, transition_id, result);
}

static MlsResult
join (DaveSession *self, MlsBytes welcome)
{
  MlsGroupConfig config = dave_session_group_config (self);
  MlsGroup *group;

  /* The key package is used up. */
  if (self->established)
    return MLS_ERROR_STATE;
  MLS_TRY (mls_group_join (&config, &self->key_package, welcome, &group));
  g_clear_pointer (&self->group, mls_group_free);
  self->group = group;
  return MLS_OK;
}

static void
take_welcome (DaveSession *self, uint16_t transition_id, MlsBytes welcome)
{
  MlsResult result;

  /* Nor is there a key package that it could be for. */
  if (!self->running) {
    dave_session_refuse (self, DAVE_OP_WELCOME, MLS_ERROR_STATE);
    return;
  }
  result = join (self, welcome);
  if (result == MLS_OK)
    dave_session_joined (self, DAVE_OP_WELCOME, transition_id);
  else
    dave_session_invalid (self, DAVE_OP_WELCOME, transition_id, result);
}

typedef void (*TransitionFunc) (
    DaveSession *self, uint16_t transition_id, MlsBytes message);

static void
take_with_transition (
    DaveSession *self, unsigned opcode, MlsBytes payload, TransitionFunc take)
{
  const size_t size = sizeof (uint16_t);
  uint16_t transition_id;

  if (payload.length < size) {
    dave_session_refuse (self, opcode, MLS_ERROR_PARSE);
    return;
  }
  transition_id = (uint16_t) (payload.data[0] << 8 | payload.data[1]);
  take (self, transition_id,
      mls_bytes (payload.data + size, payload.length - size));
}

void
dave_session_binary (DaveSession *self, unsigned opcode, MlsBytes payload)
{
  switch (opcode) {
    case DAVE_OP_EXTERNAL_SENDER:
      take_external_sender (self, payload);
      break;
    case DAVE_OP_PROPOSALS:
      take_proposals (self, payload);
      break;
    case DAVE_OP_ANNOUNCE_COMMIT:
      take_with_transition (self, opcode, payload, take_commit);
      break;
    case DAVE_OP_WELCOME:
      take_with_transition (self, opcode, payload, take_welcome);
      break;
    default:
      dave_session_refuse (self, opcode, MLS_ERROR_WIRE_FORMAT);
      break;
  }
}
