/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "expectedusers.h"
#include "session.h"
#include "transitions.h"

typedef enum
{
  DAVE_SENDER_NONE, /* nothing may be sent */
  DAVE_SENDER_CLEAR,
  DAVE_SENDER_KEY,
} DaveSender;

struct _DaveSession
{
  DaveSessionCallbacks callbacks;
  void *user_data;
  MlsCrypto *crypto;
  uint64_t user_id;
  uint64_t group_id;
  MlsKeyPair signature_key;
  DaveExpectedUsers expected;

  /* Media. */
  bool described; /* op 4 came */
  unsigned version; /* in force */
  DaveSender sender;
  uint64_t sender_epoch; /* the latest one we sent in; of DaveSenderKey */
  bool clear_allowed; /* and not retired */
  DaveTransitions transitions;
  DaveSessionState told; /* by state_changed() */

  /* The group: outlives no reset, but for the external sender. */
  bool running; /* a key package was sent; until a downgrade */
  unsigned group_version; /* what joining a group leads to */
  GBytes *external_sender; /* payload of op 25, or NULL */
  MlsOwnKeyPackage key_package; /* empty once it was used */
  MlsGroup *group; /* NULL without external sender, too */
  bool established; /* not just our own of epoch 0 */
  uint64_t n_epochs; /* entered so far, over all groups */
};

/* session.c */
void dave_session_refuse (DaveSession *self, unsigned opcode, MlsResult reason);
/* Tells the state if it is another one. */
void dave_session_update_state (DaveSession *self);

/* sessiongroup.c */
/* Out of any group, with a new key package, and a group of our own for when we
 * create the next one: "init". @opcode: because of what. */
void dave_session_restart_group (DaveSession *self, unsigned opcode);
/* Version 0: no group at all. */
void dave_session_leave_group (DaveSession *self);
/* Anew, with what is known now; NULL when that is too little. */
void dave_session_make_pending_group (DaveSession *self);
MlsGroupConfig dave_session_group_config (const DaveSession *self);
/* What we send with in the epoch we are in; no key outside a group. */
MlsResult dave_session_sender_key (DaveSession *self, DaveSenderKey *out);
/* Another epoch of an established group; @opcode brought it. */
void dave_session_joined (
    DaveSession *self, unsigned opcode, uint16_t transition_id);
/* @opcode brought what we cannot follow: op 31, and from the beginning. */
void dave_session_invalid (DaveSession *self, unsigned opcode,
    uint16_t transition_id, MlsResult reason);

/* sessiontransitions.c */
void dave_session_allow_clear (DaveSession *self);
void dave_session_retire_clear (DaveSession *self);
/* Nothing is sent with a key any more: clear, or nothing at all. */
void dave_session_stop_sender (DaveSession *self, DaveSender sender);
/* Executes it, if its id is 0, or keeps it and says that we are ready. Wipes
 * it. */
void dave_session_transition (DaveSession *self, DaveTransition *transition);
