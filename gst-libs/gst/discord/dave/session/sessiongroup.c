/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session-private.h"

#include <openssl/crypto.h>

/* Into groups and out of them. */

/* False when there was only one of our own. */
static bool
drop_group (DaveSession *self)
{
  bool was_established = self->established;

  g_clear_pointer (&self->group, mls_group_free);
  mls_own_key_package_clear (&self->key_package);
  self->established = false;
  return was_established;
}

void
dave_session_leave_group (DaveSession *self)
{
  self->running = false;
  if (drop_group (self))
    self->callbacks.group_changed (self->user_data);
}

void
dave_session_restart_group (DaveSession *self, unsigned opcode)
{
  uint8_t identity[MLS_USER_ID_SIZE];
  MlsResult result;

  dave_session_leave_group (self);

  mls_user_id_encode (self->user_id, identity);
  result = mls_own_key_package_make (self->crypto, MLS_BYTES_OF (identity),
      &self->signature_key, &self->key_package);
  if (result != MLS_OK) {
    mls_own_key_package_clear (&self->key_package);
    dave_session_refuse (self, opcode, result);
    return;
  }
  self->running = true;
  self->callbacks.send_key_package (
      mls_own_key_package_bytes (&self->key_package), self->user_data);
  dave_session_make_pending_group (self);
}

void
dave_session_make_pending_group (DaveSession *self)
{
  MlsGroupConfig config = dave_session_group_config (self);
  MlsResult result;

  g_clear_pointer (&self->group, mls_group_free);
  if (self->external_sender == NULL)
    return;
  result = mls_group_create (&config, &self->group);
  if (result != MLS_OK)
    dave_session_refuse (self, DAVE_OP_EXTERNAL_SENDER, result);
}

MlsGroupConfig
dave_session_group_config (const DaveSession *self)
{
  MlsBytes external_sender = MLS_NO_BYTES;

  if (self->external_sender != NULL)
    external_sender.data =
        g_bytes_get_data (self->external_sender, &external_sender.length);
  return (MlsGroupConfig){ self->crypto, self->group_id, self->user_id,
    external_sender, &self->signature_key };
}

MlsResult
dave_session_sender_key (DaveSession *self, DaveSenderKey *out)
{
  out->epoch = 0;
  if (!self->established)
    return MLS_OK;
  MLS_TRY (mls_group_sender_secret (self->group, self->user_id, out->secret));
  out->epoch = self->n_epochs;
  return MLS_OK;
}

static MlsResult
tell_receivers (DaveSession *self)
{
  unsigned n_members = mls_group_n_members (self->group);
  DaveMemberSecret *others = g_new (DaveMemberSecret, n_members);
  MlsResult result = MLS_OK;
  uint32_t position = 0;
  unsigned n_others = 0;
  MlsMember member;

  while (result == MLS_OK
      && mls_group_next_member (self->group, &position, &member)) {
    if (member.user_id == self->user_id)
      continue;
    others[n_others].user_id = member.user_id;
    result = mls_group_sender_secret (
        self->group, member.user_id, others[n_others++].secret);
  }
  if (result == MLS_OK)
    self->callbacks.receivers (others, n_others, self->user_data);
  OPENSSL_cleanse (others, n_others * sizeof *others);
  g_free (others);
  return result;
}

void
dave_session_joined (DaveSession *self, unsigned opcode, uint16_t transition_id)
{
  DaveTransition transition = { .id = transition_id,
    .version = self->group_version };
  MlsResult result;

  self->established = true;
  self->n_epochs++;
  mls_own_key_package_clear (&self->key_package);
  result = dave_session_sender_key (self, &transition.key);
  if (result == MLS_OK)
    result = tell_receivers (self);
  if (result != MLS_OK) {
    dave_session_invalid (self, opcode, transition_id, result);
    return;
  }
  self->callbacks.group_changed (self->user_data);
  dave_session_transition (self, &transition);
}

void
dave_session_invalid (DaveSession *self, unsigned opcode,
    uint16_t transition_id, MlsResult reason)
{
  dave_session_refuse (self, opcode, reason);
  self->callbacks.send_invalid (transition_id, self->user_data);
  dave_session_restart_group (self, opcode);
}
