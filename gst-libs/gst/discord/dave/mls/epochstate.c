/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "epochstate.h"

#include <string.h>

#include "treehash.h"

static const MlsSecret no_psk = MLS_SECRET_ZERO;

MlsEpochState *
mls_epoch_state_new (MlsCrypto *crypto, MlsBytes group_id, MlsBytes extensions,
    uint64_t epoch, MlsTree *tree)
{
  MlsEpochState *self = g_new0 (MlsEpochState, 1);

  self->crypto = crypto;
  self->group_id = mls_bytes_dup (group_id);
  self->group_id_length = group_id.length;
  self->extensions = mls_bytes_dup (extensions);
  self->extensions_length = extensions.length;
  self->epoch = epoch;
  self->tree = tree;
  return self;
}

void
mls_epoch_state_free (MlsEpochState *self)
{
  mls_epoch_secrets_clear (&self->secrets);
  mls_tree_keys_clear (&self->keys);
  mls_writer_clear (&self->context);
  mls_tree_free (self->tree);
  g_free (self->extensions);
  g_free (self->group_id);
  g_free (self);
}

MlsResult
mls_epoch_state_update_context (MlsEpochState *self)
{
  uint8_t tree_hash[MLS_HASH_SIZE];
  const MlsGroupContext context = { mls_epoch_state_group_id (self),
    self->epoch, MLS_BYTES_OF (tree_hash),
    mls_bytes (self->confirmed_hash, self->confirmed_hash_length),
    mls_epoch_state_extensions (self) };

  MLS_TRY (mls_tree_hash (self->tree, self->crypto, tree_hash));
  mls_writer_clear (&self->context);
  mls_group_context_write (&self->context, &context);
  return MLS_OK;
}

/* What follows from the epoch secret (RFC 9420, sections 8 and 8.1). */
static MlsResult
derive_epoch (MlsEpochState *self, const MlsSecret *epoch_secret)
{
  MlsBytes confirmed =
      mls_bytes (self->confirmed_hash, self->confirmed_hash_length);

  MLS_TRY (
      mls_epoch_secrets_derive (self->crypto, epoch_secret, &self->secrets));
  MLS_TRY (mls_confirmation_tag (self->crypto, &self->secrets.confirmation_key,
      confirmed, self->confirmation_tag));
  return mls_interim_transcript_hash (self->crypto, confirmed,
      MLS_BYTES_OF (self->confirmation_tag), self->interim_hash);
}

MlsResult
mls_epoch_state_create (MlsCrypto *crypto, MlsBytes group_id,
    MlsBytes extensions, const MlsLeafNode *leaf, const MlsKeyPair *leaf_key,
    MlsEpochState **out)
{
  g_autoptr (MlsEpochState) self =
      mls_epoch_state_new (crypto, group_id, extensions, 0, mls_tree_new ());
  g_auto (MlsSecret) epoch_secret = MLS_SECRET_ZERO;

  mls_tree_set_leaf (self->tree, 0, leaf);
  mls_tree_keys_init (&self->keys, 0, leaf_key);
  MLS_TRY (mls_epoch_state_update_context (self));
  /* Nobody else ever needs it. */
  MLS_TRY (mls_random (epoch_secret.data, sizeof epoch_secret.data));
  MLS_TRY (derive_epoch (self, &epoch_secret));
  *out = g_steal_pointer (&self);
  return MLS_OK;
}

MlsEpochState *
mls_epoch_state_next (const MlsEpochState *self)
{
  MlsEpochState *next = mls_epoch_state_new (self->crypto,
      mls_epoch_state_group_id (self), mls_epoch_state_extensions (self),
      self->epoch + 1, mls_tree_copy (self->tree));

  next->keys = self->keys;
  memcpy (next->confirmed_hash, self->confirmed_hash, MLS_HASH_SIZE);
  next->confirmed_hash_length = self->confirmed_hash_length;
  memcpy (next->interim_hash, self->interim_hash, MLS_HASH_SIZE);
  return next;
}

MlsResult
mls_epoch_state_confirm (
    MlsEpochState *self, MlsBytes content, MlsBytes signature)
{
  MLS_TRY (mls_confirmed_transcript_hash (self->crypto, self->interim_hash,
      content, signature, self->confirmed_hash));
  self->confirmed_hash_length = MLS_HASH_SIZE;
  return mls_epoch_state_update_context (self);
}

MlsResult
mls_epoch_state_enter (MlsEpochState *self, const MlsSecret *joiner_secret)
{
  g_auto (MlsSecret) epoch_secret = MLS_SECRET_ZERO;

  MLS_TRY (mls_epoch_secret (self->crypto, joiner_secret, &no_psk,
      mls_epoch_state_context (self), &epoch_secret));
  return derive_epoch (self, &epoch_secret);
}

static MlsResult
check_removes (const MlsTree *tree, const GArray *proposals, uint32_t committer)
{
  g_autofree bool *removed = g_new0 (bool, tree->n_leaves);

  for (unsigned i = 0; i < proposals->len; i++) {
    const MlsProposal *proposal = &g_array_index (proposals, MlsProposal, i);

    if (proposal->type != MLS_PROPOSAL_REMOVE)
      continue;
    if (mls_tree_leaf (tree, proposal->removed) == NULL)
      return MLS_ERROR_NO_LEAF;
    if (proposal->removed == committer)
      return MLS_ERROR_SENDER;
    if (removed[proposal->removed])
      return MLS_ERROR_DUPLICATE;
    removed[proposal->removed] = true;
  }
  return MLS_OK;
}

MlsResult
mls_epoch_state_apply (MlsEpochState *self, const GArray *proposals,
    uint32_t committer, MlsLeafList *added)
{
  MLS_TRY (check_removes (self->tree, proposals, committer));

  for (unsigned i = 0; i < proposals->len; i++) {
    const MlsProposal *proposal = &g_array_index (proposals, MlsProposal, i);

    if (proposal->type == MLS_PROPOSAL_REMOVE)
      mls_tree_remove (self->tree, proposal->removed);
  }
  for (unsigned i = 0; i < proposals->len; i++) {
    const MlsProposal *proposal = &g_array_index (proposals, MlsProposal, i);
    uint32_t leaf;

    if (proposal->type != MLS_PROPOSAL_ADD)
      continue;
    MLS_TRY (mls_tree_add (self->tree, &proposal->key_package.leaf, &leaf));
    g_array_append_val (added, leaf);
  }
  return MLS_OK;
}

static MlsResult
authenticate_member (const MlsEpochState *self, const MlsPublicMessage *message)
{
  const MlsLeafNode *leaf = mls_tree_leaf (self->tree, message->sender);
  MlsBytes context = mls_epoch_state_context (self);

  if (leaf == NULL)
    return MLS_ERROR_SENDER;
  MLS_TRY (mls_public_message_check_membership (
      self->crypto, message, context, &self->secrets.membership_key));
  return mls_public_message_verify (
      self->crypto, message, context, leaf->signature_key);
}

MlsResult
mls_epoch_state_authenticate (
    const MlsEpochState *self, const MlsPublicMessage *message)
{
  MlsExternalSender sender;

  if (!mls_bytes_equal (message->group_id, mls_epoch_state_group_id (self)))
    return MLS_ERROR_GROUP_ID;
  if (message->epoch != self->epoch)
    return MLS_ERROR_EPOCH;
  if (message->sender_type == MLS_SENDER_MEMBER)
    return authenticate_member (self, message);

  /* RFC 9420, section 12.1.8: proposals only. */
  if (message->content_type != MLS_CONTENT_PROPOSAL)
    return MLS_ERROR_SENDER;
  MLS_TRY (mls_external_sender_find (
      mls_epoch_state_extensions (self), message->sender, &sender));
  return mls_public_message_verify (
      self->crypto, message, MLS_NO_BYTES, sender.signature_key);
}
