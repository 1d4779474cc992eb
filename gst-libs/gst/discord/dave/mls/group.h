/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An MLS group by the rules of DAVE (DAVE whitepaper, "MLS"): everything that
 * dave/session needs of this folder. Bytes in, bytes out.
 *
 * A client has a signature key (mls_key_pair_generate()), its identity for all
 * its connections, and sends key packages (mls_own_key_package_make()). It is in
 * at most one group per connection: its own of epoch 0 (mls_group_create()) or
 * one it was welcomed to (mls_group_join()). Proposals of the gateway are
 * queued, mls_group_commit() prepares a commit over all of them, and nothing
 * changes until the gateway announces that commit or another
 * (mls_group_process()).
 *
 * Whatever is refused leaves the group as it was. A group and its MlsCrypto
 * belong to one thread at a time. */

#include "keypackage.h"

typedef struct _MlsGroup MlsGroup;

typedef struct
{
  MlsCrypto *crypto; /* must outlive the group */
  uint64_t group_id;
  uint64_t user_id; /* our own */
  MlsBytes external_sender; /* ExternalSender, the payload of op 25 */
  const MlsKeyPair *signature_key; /* copied */
} MlsGroupConfig;

/* Our own group of epoch 0, with a leaf of its own. */
MlsResult mls_group_create (const MlsGroupConfig *config, MlsGroup **out);

/* @welcome: the bare Welcome of op 30, without the transition id. Refused when
 * it is not for @key_package, of another group, with other external senders or
 * with two leaves of one user. Wipe the key package afterwards: it is used
 * once. */
MlsResult mls_group_join (const MlsGroupConfig *config,
    const MlsOwnKeyPackage *key_package, MlsBytes welcome, MlsGroup **out);

void mls_group_free (MlsGroup *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MlsGroup, mls_group_free)

/* Whether the gateway announced the user: by op 11, and not gone by op 13; or
 * whether it is ourselves. */
typedef bool (*MlsExpectedFunc) (uint64_t user_id, void *data);

/* The payload of op 27, from its operation byte on: appends proposals or revokes
 * some, all or none. MLS_ERROR_GROUP_ID and MLS_ERROR_EPOCH mean that it was for
 * others; nothing is answered to any refusal. When the queue becomes empty, our
 * commit is forgotten. */
MlsResult mls_group_take_proposals (
    MlsGroup *self, MlsBytes payload, MlsExpectedFunc expected, void *data);
/* Outstanding: a commit is due while there are any. An Add of ourselves, which
 * the gateway may propose before there is a group, does not count. */
unsigned mls_group_n_proposals (const MlsGroup *self);
/* Whether there are some that the commit prepared last does not cover, or it
 * covers more. */
bool mls_group_commit_is_due (const MlsGroup *self);

/* Prepares a commit over all outstanding proposals, in place of an earlier one.
 * For op 28: @commit is an MLSMessage; @welcome a bare Welcome, empty when
 * nobody is added. Both are valid until the group is used again.
 * MLS_ERROR_NO_PROPOSALS when there is none; MLS_ERROR_DUPLICATE while the
 * proposals would put a user into the group twice. */
MlsResult mls_group_commit (
    MlsGroup *self, MlsBytes *commit, MlsBytes *welcome);

/* Whether @commit is the one that mls_group_commit() prepared last. A client
 * whose group is of epoch 0 takes no other: it lost the race for the first
 * commit, and its Welcome follows. */
bool mls_group_is_own_commit (const MlsGroup *self, MlsBytes commit);

/* The commit of op 29, without the transition id: our prepared one, to the byte,
 * or somebody else's. MLS_ERROR_GROUP_ID: not for this group. On MLS_OK the
 * group is in its next epoch and nothing is outstanding. */
MlsResult mls_group_process (MlsGroup *self, MlsBytes commit);

uint64_t mls_group_epoch (const MlsGroup *self);
uint32_t mls_group_own_leaf (const MlsGroup *self);

#define MLS_EPOCH_AUTHENTICATOR_SIZE MLS_HASH_SIZE
/* What the voice privacy code shows. */
MlsBytes mls_group_epoch_authenticator (const MlsGroup *self);

typedef struct
{
  uint32_t leaf_index;
  uint64_t user_id;
  MlsBytes signature_key; /* valid until the group changes */
} MlsMember;

unsigned mls_group_n_members (const MlsGroup *self);
/* Call with *@position 0 first; false after the last. */
bool mls_group_next_member (
    const MlsGroup *self, uint32_t *position, MlsMember *out);

/* MLS-Exporter (RFC 9420, section 8.5) of this epoch. */
MlsResult mls_group_export (MlsGroup *self, const char *label, MlsBytes context,
    uint8_t *out, size_t length);

#define MLS_SENDER_SECRET_SIZE 16
/* Where the keys of a member's media frames start. */
MlsResult mls_group_sender_secret (
    MlsGroup *self, uint64_t user_id, uint8_t out[MLS_SENDER_SECRET_SIZE]);
