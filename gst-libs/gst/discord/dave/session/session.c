/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session-private.h"

/* The session as a whole: who is in the channel, and the version that the session
 * description begins with. */

DaveSession *
dave_session_new (const DaveSessionConfig *config,
    const DaveSessionCallbacks *callbacks, void *user_data)
{
  MlsCrypto *crypto = mls_crypto_new ();
  DaveSession *self;

  if (crypto == NULL)
    return NULL;
  self = g_new0 (DaveSession, 1);
  self->callbacks = *callbacks;
  self->user_data = user_data;
  self->crypto = crypto;
  self->user_id = config->user_id;
  self->group_id = config->group_id;
  self->signature_key = *config->signature_key;
  dave_expected_users_init (&self->expected);
  return self;
}

void
dave_session_free (DaveSession *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->group, mls_group_free);
  mls_own_key_package_clear (&self->key_package);
  g_clear_pointer (&self->external_sender, g_bytes_unref);
  dave_transitions_clear (&self->transitions);
  dave_expected_users_clear (&self->expected);
  mls_key_pair_clear (&self->signature_key);
  mls_crypto_free (self->crypto);
  g_free (self);
}

void
dave_session_refuse (DaveSession *self, unsigned opcode, MlsResult reason)
{
  self->callbacks.refused (opcode, reason, self->user_data);
}

DaveSessionState
dave_session_state (const DaveSession *self)
{
  if (!self->described)
    return DAVE_SESSION_NONE;
  if (self->sender == DAVE_SENDER_CLEAR)
    return DAVE_SESSION_CLEAR;
  if (dave_expected_users_count (&self->expected) == 0)
    return DAVE_SESSION_ALONE;
  return self->sender == DAVE_SENDER_KEY ? DAVE_SESSION_ENCRYPTED
                                         : DAVE_SESSION_PENDING;
}

void
dave_session_update_state (DaveSession *self)
{
  DaveSessionState state = dave_session_state (self);

  if (state == self->told)
    return;
  self->told = state;
  self->callbacks.state_changed (state, self->user_data);
}

unsigned
dave_session_version (const DaveSession *self)
{
  return self->version;
}

const MlsGroup *
dave_session_group (const DaveSession *self)
{
  return self->established ? self->group : NULL;
}

void
dave_session_set_group_id (DaveSession *self, uint64_t group_id)
{
  if (group_id == self->group_id)
    return;
  self->group_id = group_id;
  if (self->running && !self->established)
    dave_session_make_pending_group (self);
}

void
dave_session_description (DaveSession *self, unsigned version)
{
  if (version > DAVE_VERSION_MAX) {
    dave_session_refuse (self, DAVE_OP_SESSION_DESCRIPTION, MLS_ERROR_VERSION);
    return;
  }
  /* Another description within a session brings a transport key only. */
  if (self->described && version == self->version)
    return;

  self->described = true;
  self->version = version;
  if (version == 0) {
    dave_session_leave_group (self);
    dave_session_allow_clear (self);
    dave_session_stop_sender (self, DAVE_SENDER_CLEAR);
  } else {
    dave_session_retire_clear (self);
    dave_session_stop_sender (self, DAVE_SENDER_NONE);
    if (!self->running) {
      self->group_version = version;
      dave_session_restart_group (self, DAVE_OP_SESSION_DESCRIPTION);
    }
  }
  dave_session_update_state (self);
}

void
dave_session_users_joined (
    DaveSession *self, const uint64_t *user_ids, unsigned n_user_ids)
{
  bool room = true;

  for (unsigned i = 0; i < n_user_ids; i++)
    if (user_ids[i] != self->user_id)
      room &= dave_expected_users_add (&self->expected, user_ids[i]);
  if (!room)
    dave_session_refuse (self, DAVE_OP_CLIENTS_CONNECT, MLS_ERROR_LIMIT);
  dave_session_update_state (self);
}

void
dave_session_user_left (DaveSession *self, uint64_t user_id)
{
  dave_expected_users_remove (&self->expected, user_id);
  dave_session_update_state (self);
}
