/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One epoch of a group as one member sees it, and how it becomes the next.
 * Private to this folder; what others use is group.h. Here is MLS, DAVE's own
 * rules are there. */

#include "groupcontext.h"
#include "keyschedule.h"
#include "proposalqueue.h"
#include "treekem.h"

typedef struct
{
  MlsCrypto *crypto; /* not ours */
  uint8_t *group_id;
  size_t group_id_length;
  uint8_t *extensions; /* a list without its length */
  size_t extensions_length;
  uint64_t epoch;
  MlsTree *tree;
  MlsTreeKeys keys; /* and where our leaf is */
  uint8_t confirmed_hash[MLS_HASH_SIZE];
  size_t confirmed_hash_length; /* 0 in epoch 0 */
  uint8_t interim_hash[MLS_HASH_SIZE];
  uint8_t confirmation_tag[MLS_HASH_SIZE];
  MlsWriter context; /* encoded GroupContext */
  MlsEpochSecrets secrets;
} MlsEpochState;

/* Takes @tree. Neither context nor secrets are there yet. */
MlsEpochState *mls_epoch_state_new (MlsCrypto *crypto, MlsBytes group_id,
    MlsBytes extensions, uint64_t epoch, MlsTree *tree);
void mls_epoch_state_free (MlsEpochState *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MlsEpochState, mls_epoch_state_free)

static inline MlsBytes
mls_epoch_state_group_id (const MlsEpochState *self)
{
  return mls_bytes (self->group_id, self->group_id_length);
}

static inline MlsBytes
mls_epoch_state_extensions (const MlsEpochState *self)
{
  return mls_bytes (self->extensions, self->extensions_length);
}

static inline MlsBytes
mls_epoch_state_context (const MlsEpochState *self)
{
  return mls_writer_bytes (&self->context);
}

/* Epoch 0 with one member: @leaf, whose key is @leaf_key. */
MlsResult mls_epoch_state_create (MlsCrypto *crypto, MlsBytes group_id,
    MlsBytes extensions, const MlsLeafNode *leaf, const MlsKeyPair *leaf_key,
    MlsEpochState **out);

/* The epoch after @self with a copy of its tree, keys and transcript, for a
 * commit to work on. */
MlsEpochState *mls_epoch_state_next (const MlsEpochState *self);
/* Encodes the GroupContext from what the state has now. */
MlsResult mls_epoch_state_update_context (MlsEpochState *self);
/* The transcript with a commit, the context with that. */
MlsResult mls_epoch_state_confirm (
    MlsEpochState *self, MlsBytes content, MlsBytes signature);
/* Secrets, confirmation tag and interim hash. @joiner_secret: as in the
 * Welcome. */
MlsResult mls_epoch_state_enter (
    MlsEpochState *self, const MlsSecret *joiner_secret);

/* Applies Removes, then Adds, to the tree (RFC 9420, section 12.3). The
 * proposals, MlsProposal, must have been checked by themselves. @added: their
 * leaves, in order. */
MlsResult mls_epoch_state_apply (MlsEpochState *self, const GArray *proposals,
    uint32_t committer, MlsLeafList *added);

/* Whether the signature is good and the sender a member, or an external sender
 * of this group, of this epoch. */
MlsResult mls_epoch_state_authenticate (
    const MlsEpochState *self, const MlsPublicMessage *message);

/* Somebody else's commit. @self stays as it is. */
MlsResult mls_epoch_state_process (const MlsEpochState *self,
    const MlsPublicMessage *commit, const MlsProposalQueue *queue,
    MlsEpochState **next);

/* A commit of ours over the whole queue, its Welcome, and the state it leads
 * to. */
typedef struct
{
  uint8_t *commit; /* MLSMessage */
  size_t commit_length;
  uint8_t *welcome; /* Welcome; NULL when nobody is added */
  size_t welcome_length;
  MlsEpochState *next;
} MlsStagedCommit;

#define MLS_STAGED_COMMIT_INIT                                                 \
  {                                                                            \
    NULL, 0, NULL, 0, NULL                                                     \
  }

void mls_staged_commit_clear (MlsStagedCommit *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MlsStagedCommit, mls_staged_commit_clear)

/* @out: must be cleared when this fails, too. */
MlsResult mls_epoch_state_commit (const MlsEpochState *self,
    const MlsProposalQueue *queue, const MlsKeyPair *signature_key,
    MlsStagedCommit *out);

/* @welcome: a bare Welcome. @tree: data of extension ratchet_tree for when the
 * Welcome has none. */
MlsResult mls_epoch_state_join (MlsCrypto *crypto, MlsBytes welcome,
    const MlsOwnKeyPackage *key_package, MlsBytes tree, MlsEpochState **out);
