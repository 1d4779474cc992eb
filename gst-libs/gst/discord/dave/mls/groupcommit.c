/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "group-private.h"

#include "treecheck.h"

/* Commits: ours of op 28, those of op 29 (DAVE whitepaper, "MLS commits"). */

void
mls_group_forget_commit (MlsGroup *self)
{
  mls_staged_commit_clear (&self->staged);
  g_clear_pointer (&self->committed, mls_proposal_queue_free);
}

MlsResult
mls_group_commit (MlsGroup *self, MlsBytes *commit, MlsBytes *welcome)
{
  g_auto (MlsStagedCommit) staged = MLS_STAGED_COMMIT_INIT;
  g_autoptr (MlsProposalQueue) due = mls_group_due_proposals (self);

  MLS_TRY (
      mls_epoch_state_commit (self->state, due, &self->signature_key, &staged));
  MLS_TRY (mls_tree_check_users (staged.next->tree));
  mls_group_forget_commit (self);
  self->committed = g_steal_pointer (&due);
  self->staged = staged;
  staged = (MlsStagedCommit) MLS_STAGED_COMMIT_INIT;

  *commit = mls_bytes (self->staged.commit, self->staged.commit_length);
  *welcome = mls_bytes (self->staged.welcome, self->staged.welcome_length);
  return MLS_OK;
}

static void
enter (MlsGroup *self, MlsEpochState *next)
{
  mls_epoch_state_free (self->state);
  self->state = next;
  mls_group_forget_commit (self);
  mls_proposal_queue_free (self->queue);
  self->queue = mls_proposal_queue_new ();
}

/* Every proposal comes from the gateway, so none is inside the commit. */
static MlsResult
check_proposals (const MlsCommit *commit)
{
  MlsReader reader;

  if (commit->n_proposals == 0)
    return MLS_ERROR_NO_PROPOSALS;
  mls_reader_init (&reader, commit->proposals);
  while (mls_reader_more (&reader)) {
    MlsProposalOrRef item;

    mls_proposal_or_ref_read (&reader, &item);
    if (!item.by_reference)
      return MLS_ERROR_INLINE_PROPOSAL;
  }
  return mls_reader_finish (&reader);
}

/* A path brings a new encryption key, but no other identity: the gateway does
 * not accept that either. */
static MlsResult
check_identity (const MlsEpochState *state, const MlsPublicMessage *message)
{
  const MlsLeafNode *leaf = &message->commit.path.leaf;
  const MlsLeafNode *old;

  if (message->sender_type != MLS_SENDER_MEMBER)
    return MLS_ERROR_SENDER;
  if (!message->commit.has_path)
    return MLS_OK;
  old = mls_tree_leaf (state->tree, message->sender);
  if (old == NULL)
    return MLS_ERROR_SENDER;
  if (!mls_credential_equal (&leaf->credential, &old->credential)
      || !mls_bytes_equal (leaf->signature_key, old->signature_key))
    return MLS_ERROR_CREDENTIAL;
  return MLS_OK;
}

static MlsResult
process_other (MlsGroup *self, MlsBytes bytes)
{
  g_autoptr (MlsEpochState) next = NULL;
  MlsPublicMessage message;

  MLS_TRY (mls_public_message_parse (bytes, &message));
  if (!mls_bytes_equal (
          message.group_id, mls_epoch_state_group_id (self->state)))
    return MLS_ERROR_GROUP_ID;
  if (message.content_type != MLS_CONTENT_COMMIT)
    return MLS_ERROR_CONTENT_TYPE;
  MLS_TRY (check_proposals (&message.commit));
  MLS_TRY (check_identity (self->state, &message));
  MLS_TRY (mls_epoch_state_process (self->state, &message, self->queue, &next));
  MLS_TRY (mls_tree_check_users (next->tree));
  enter (self, g_steal_pointer (&next));
  return MLS_OK;
}

bool
mls_group_is_own_commit (const MlsGroup *self, MlsBytes commit)
{
  const MlsStagedCommit *staged = &self->staged;

  return staged->commit != NULL
      && mls_bytes_equal (
          commit, mls_bytes (staged->commit, staged->commit_length));
}

MlsResult
mls_group_process (MlsGroup *self, MlsBytes commit)
{
  if (!mls_group_is_own_commit (self, commit))
    return process_other (self, commit);
  enter (self, g_steal_pointer (&self->staged.next));
  return MLS_OK;
}
