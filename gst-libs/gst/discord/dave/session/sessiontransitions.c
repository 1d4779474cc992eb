/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session-private.h"

#include <openssl/crypto.h>

/* Opcodes 21, 22 and 24: when we send in which version and epoch (DAVE
 * whitepaper, "Transitions"). Receivers can do with both meanwhile. */

/* The first epoch that a group has with several members in it. */
#define EPOCH_NEW_GROUP 1
#define TRANSITION_AT_ONCE 0

void
dave_session_allow_clear (DaveSession *self)
{
  if (self->clear_allowed)
    return;
  self->clear_allowed = true;
  self->callbacks.allow_clear (self->user_data);
}

void
dave_session_retire_clear (DaveSession *self)
{
  if (!self->clear_allowed)
    return;
  self->clear_allowed = false;
  self->callbacks.retire_clear (self->user_data);
}

void
dave_session_stop_sender (DaveSession *self, DaveSender sender)
{
  if (self->sender == sender)
    return;
  self->sender = sender;
  self->callbacks.sender (NULL, self->user_data);
}

/* A key comes with a nonce counter that starts anew, and the gateway, who says
 * when, is not to be trusted with that: no key is installed twice. Nor is one of
 * an epoch before the one we send in: its receivers would be gone soon. */
static void
send_with (DaveSession *self, const DaveSenderKey *key)
{
  if (key->epoch > self->sender_epoch) {
    self->sender = DAVE_SENDER_KEY;
    self->sender_epoch = key->epoch;
    dave_transitions_forget_before (&self->transitions, key->epoch);
    self->callbacks.sender (key->secret, self->user_data);
    return;
  }
  /* In use already; or the only member was sent away from its group. */
  if (self->sender != DAVE_SENDER_KEY
      || (!self->established && key->epoch < self->sender_epoch))
    dave_session_stop_sender (self, DAVE_SENDER_NONE);
}

static void
execute (DaveSession *self, const DaveTransition *transition)
{
  self->version = transition->version;
  if (transition->version == 0) {
    /* One that was begun since is for the upgrade after this. */
    if (self->established)
      dave_session_leave_group (self);
    dave_session_allow_clear (self);
    dave_session_stop_sender (self, DAVE_SENDER_CLEAR);
  } else {
    dave_session_retire_clear (self);
    send_with (self, &transition->key);
  }
  dave_session_update_state (self);
}

void
dave_session_transition (DaveSession *self, DaveTransition *transition)
{
  if (transition->id == TRANSITION_AT_ONCE) {
    execute (self, transition);
  } else {
    dave_transitions_add (&self->transitions, transition);
    self->callbacks.send_ready (transition->id, self->user_data);
  }
  OPENSSL_cleanse (transition, sizeof *transition);
}

void
dave_session_prepare_transition (
    DaveSession *self, uint16_t transition_id, unsigned version)
{
  DaveTransition transition = { .id = transition_id, .version = version };
  MlsResult result = MLS_OK;

  if (!self->described)
    result = MLS_ERROR_STATE;
  else if (version > DAVE_VERSION_MAX)
    result = MLS_ERROR_VERSION;
  else if (version > 0)
    result = dave_session_sender_key (self, &transition.key);
  if (result != MLS_OK) {
    dave_session_refuse (self, DAVE_OP_PREPARE_TRANSITION, result);
    return;
  }
  if (version == 0)
    dave_session_allow_clear (self);
  dave_session_transition (self, &transition);
}

void
dave_session_execute_transition (DaveSession *self, uint16_t transition_id)
{
  DaveTransition transition;

  if (!dave_transitions_take (&self->transitions, transition_id, &transition))
    return;
  execute (self, &transition);
  OPENSSL_cleanse (&transition, sizeof transition);
}

void
dave_session_prepare_epoch (DaveSession *self, uint64_t epoch, unsigned version)
{
  if (!self->described) {
    dave_session_refuse (self, DAVE_OP_PREPARE_EPOCH, MLS_ERROR_STATE);
    return;
  }
  if (version == 0 || version > DAVE_VERSION_MAX) {
    dave_session_refuse (self, DAVE_OP_PREPARE_EPOCH, MLS_ERROR_VERSION);
    return;
  }
  self->group_version = version;
  if (epoch == EPOCH_NEW_GROUP)
    dave_session_restart_group (self, DAVE_OP_PREPARE_EPOCH);
}
