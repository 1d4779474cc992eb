/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "epochstate.h"

#include "treecheck.h"

/* Somebody else's commit (RFC 9420, section 12.4.2). */

static MlsResult
resolve_one (const MlsEpochState *self, const MlsProposalQueue *queue,
    const MlsProposalOrRef *item, MlsProposal *out)
{
  const MlsQueuedProposal *queued;

  if (!item->by_reference) {
    *out = item->proposal;
    return out->type == MLS_PROPOSAL_ADD
        ? mls_key_package_check (self->crypto, &out->key_package)
        : MLS_OK;
  }
  queued = mls_proposal_queue_find (queue, item->reference);
  if (queued == NULL)
    return MLS_ERROR_UNKNOWN_PROPOSAL;
  *out = queued->proposal;
  return MLS_OK;
}

/* Fills @out with MlsProposal. */
static MlsResult
resolve (const MlsEpochState *self, const MlsCommit *commit,
    const MlsProposalQueue *queue, GArray *out)
{
  MlsReader reader;

  mls_reader_init (&reader, commit->proposals);
  while (mls_reader_more (&reader)) {
    MlsProposalOrRef item;
    MlsProposal proposal;

    mls_proposal_or_ref_read (&reader, &item);
    MLS_TRY (resolve_one (self, queue, &item, &proposal));
    g_array_append_val (out, proposal);
  }
  return mls_reader_finish (&reader);
}

/* A path makes new secrets where somebody left; without proposals it is all
 * there is. */
static MlsResult
check_kind (
    const MlsEpochState *self, const MlsCommit *commit, const GArray *proposals)
{
  bool needs_path = proposals->len == 0;

  for (unsigned i = 0; i < proposals->len; i++) {
    const MlsProposal *proposal = &g_array_index (proposals, MlsProposal, i);

    if (proposal->type != MLS_PROPOSAL_REMOVE)
      continue;
    if (proposal->removed == self->keys.leaf)
      return MLS_ERROR_REMOVES_US;
    needs_path = true;
  }
  return needs_path && !commit->has_path ? MLS_ERROR_PATH : MLS_OK;
}

static MlsResult
take_path (MlsEpochState *next, const MlsUpdatePath *path, uint32_t committer,
    const MlsLeafList *added, MlsSecret *commit_secret)
{
  const MlsLeafPlace place = { mls_epoch_state_group_id (next), committer };
  g_auto (MlsSecret) path_secret = MLS_SECRET_ZERO;
  unsigned level;

  MLS_TRY (
      mls_update_path_merge (path, next->tree, next->crypto, &place, added));
  MLS_TRY (mls_tree_check_unique_keys (next->tree));
  mls_tree_keys_prune (&next->keys, next->tree);
  /* The provisional context: of the new tree, but the old transcript. */
  MLS_TRY (mls_epoch_state_update_context (next));
  MLS_TRY (
      mls_update_path_decrypt (path, next->tree, next->crypto, committer, added,
          mls_epoch_state_context (next), &next->keys, &path_secret, &level));
  return mls_tree_keys_install (&next->keys, next->tree, next->crypto, level,
      &path_secret, commit_secret);
}

static MlsResult
change_tree (const MlsEpochState *self, const MlsPublicMessage *message,
    const MlsProposalQueue *queue, MlsEpochState *next,
    MlsSecret *commit_secret)
{
  const MlsCommit *commit = &message->commit;
  g_autoptr (GArray) proposals =
      g_array_new (FALSE, FALSE, sizeof (MlsProposal));
  g_autoptr (GArray) added = g_array_new (FALSE, FALSE, sizeof (uint32_t));

  MLS_TRY (resolve (self, commit, queue, proposals));
  MLS_TRY (check_kind (self, commit, proposals));
  MLS_TRY (mls_epoch_state_apply (next, proposals, message->sender, added));
  if (commit->has_path)
    return take_path (
        next, &commit->path, message->sender, added, commit_secret);
  mls_tree_keys_prune (&next->keys, next->tree);
  return mls_tree_check_unique_keys (next->tree);
}

MlsResult
mls_epoch_state_process (const MlsEpochState *self,
    const MlsPublicMessage *commit, const MlsProposalQueue *queue,
    MlsEpochState **out)
{
  g_autoptr (MlsEpochState) next = NULL;
  g_auto (MlsSecret) commit_secret = MLS_SECRET_ZERO;
  g_auto (MlsSecret) joiner_secret = MLS_SECRET_ZERO;

  if (commit->content_type != MLS_CONTENT_COMMIT)
    return MLS_ERROR_CONTENT_TYPE;
  MLS_TRY (mls_epoch_state_authenticate (self, commit));
  if (commit->sender == self->keys.leaf)
    return MLS_ERROR_SENDER;

  next = mls_epoch_state_next (self);
  MLS_TRY (change_tree (self, commit, queue, next, &commit_secret));
  MLS_TRY (mls_epoch_state_confirm (next, commit->content, commit->signature));
  MLS_TRY (mls_joiner_secret (self->crypto, &self->secrets.init, &commit_secret,
      mls_epoch_state_context (next), &joiner_secret));
  MLS_TRY (mls_epoch_state_enter (next, &joiner_secret));
  if (!mls_bytes_equal_secret (
          MLS_BYTES_OF (next->confirmation_tag), commit->confirmation_tag))
    return MLS_ERROR_CONFIRMATION_TAG;
  *out = g_steal_pointer (&next);
  return MLS_OK;
}
