/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* End-to-end encryption of one voice gateway session: the choreography of
 * opcodes 21 to 31 (DAVE whitepaper, "Protocol"). What the gateway sends goes
 * in, messages and keys come out by the callbacks. No thread, no socket, no
 * clock; one thread at a time. A new identify is a new session, a resume is
 * not. */

#include "../mls/group.h"

/* Opcodes of the voice gateway that concern a session. */
enum
{
  DAVE_OP_SESSION_DESCRIPTION = 4,
  DAVE_OP_CLIENTS_CONNECT = 11,
  DAVE_OP_CLIENT_DISCONNECT = 13,
  DAVE_OP_PREPARE_TRANSITION = 21,
  DAVE_OP_EXECUTE_TRANSITION = 22,
  DAVE_OP_TRANSITION_READY = 23,
  DAVE_OP_PREPARE_EPOCH = 24,
  DAVE_OP_EXTERNAL_SENDER = 25,
  DAVE_OP_KEY_PACKAGE = 26,
  DAVE_OP_PROPOSALS = 27,
  DAVE_OP_COMMIT_WELCOME = 28,
  DAVE_OP_ANNOUNCE_COMMIT = 29,
  DAVE_OP_WELCOME = 30,
  DAVE_OP_INVALID_COMMIT_WELCOME = 31,
};

/* The highest protocol version that a session can do. */
#define DAVE_VERSION_MAX 1

typedef struct _DaveSession DaveSession;

typedef enum
{
  DAVE_SESSION_NONE, /* no session description (of a version we know) yet */
  DAVE_SESSION_CLEAR, /* we send in clear: version 0 */
  DAVE_SESSION_ALONE, /* nobody else is here: nothing needs to be sent */
  DAVE_SESSION_PENDING, /* others are here, and there is no key to send with */
  DAVE_SESSION_ENCRYPTED, /* we send encrypted */
} DaveSessionState;

typedef struct
{
  uint64_t user_id;
  uint8_t secret[MLS_SENDER_SECRET_SIZE];
} DaveMemberSecret;

/* All must be set. A callback must not call the session, but for getters. */
typedef struct
{
  /* Payloads as on the socket, behind the opcode. */
  void (*send_key_package) (MlsBytes payload, void *user_data); /* op 26 */
  void (*send_commit) (MlsBytes payload, void *user_data); /* op 28 */
  void (*send_ready) (uint16_t transition_id, void *user_data); /* op 23 */
  void (*send_invalid) (uint16_t transition_id, void *user_data); /* op 31 */

  /* A new epoch: keys of every other member. Older keys of all senders retire.
   * Comes before send_ready(). @members is wiped afterwards. */
  void (*receivers) (
      const DaveMemberSecret *members, unsigned n_members, void *user_data);
  /* From now on our frames go out under @secret, with a new nonce counter. NULL:
   * there is none; they go in clear if the state is DAVE_SESSION_CLEAR, else not
   * at all. Comes before state_changed(). No secret comes twice. */
  void (*sender) (const uint8_t *secret, void *user_data);
  /* Frames of others in clear are taken: the version is or will be 0. */
  void (*allow_clear) (void *user_data);
  /* ... no longer than DAVE_RETENTION from now. */
  void (*retire_clear) (void *user_data);

  void (*state_changed) (DaveSessionState state, void *user_data);
  /* Another epoch, or no group any more: the members and the epoch authenticator
   * of dave_session_group() are others. */
  void (*group_changed) (void *user_data);
  /* For logs and statistics: what was refused and why. @opcode: of what the
   * gateway sent. */
  void (*refused) (unsigned opcode, MlsResult reason, void *user_data);
} DaveSessionCallbacks;

typedef struct
{
  uint64_t user_id; /* our own */
  uint64_t group_id;
  const MlsKeyPair *signature_key; /* copied */
} DaveSessionConfig;

/* NULL when out of memory or OpenSSL fails. */
DaveSession *dave_session_new (const DaveSessionConfig *config,
    const DaveSessionCallbacks *callbacks, void *user_data);
/* Wipes all secrets. */
void dave_session_free (DaveSession *self);

/* Moved: the next group has another id. */
void dave_session_set_group_id (DaveSession *self, uint64_t group_id);

/* What the gateway says, in its order. Versions above DAVE_VERSION_MAX are
 * refused. A description again with the same version changes nothing. */
void dave_session_description (DaveSession *self, unsigned version); /* op 4 */
void dave_session_users_joined (
    DaveSession *self, const uint64_t *user_ids, unsigned n_user_ids); /* 11 */
void dave_session_user_left (DaveSession *self, uint64_t user_id); /* op 13 */
void dave_session_prepare_transition (
    DaveSession *self, uint16_t transition_id, unsigned version); /* op 21 */
void dave_session_execute_transition (
    DaveSession *self, uint16_t transition_id); /* op 22 */
void dave_session_prepare_epoch (
    DaveSession *self, uint64_t epoch, unsigned version); /* op 24 */
/* The payload of a binary opcode 25, 27, 29 or 30, behind the opcode. */
void dave_session_binary (DaveSession *self, unsigned opcode, MlsBytes payload);

DaveSessionState dave_session_state (const DaveSession *self);
/* The one we send in. */
unsigned dave_session_version (const DaveSession *self);
/* The established group, or NULL. */
const MlsGroup *dave_session_group (const DaveSession *self);
