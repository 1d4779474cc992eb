/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "group-private.h"

/* Proposals of the gateway: op 27 (DAVE whitepaper, "MLS proposals"). */

#define OPERATION_APPEND 0
#define OPERATION_REVOKE 1

typedef struct
{
  const MlsEpochState *state;
  MlsProposalQueue *queue; /* with the changes so far */
  MlsExpectedFunc expected;
  void *data;
} Change;

static MlsResult
check_add (const Change *self, const MlsKeyPackage *key_package)
{
  uint64_t user_id;

  MLS_TRY (mls_credential_user_id (&key_package->leaf.credential, &user_id));
  if (!self->expected (user_id, self->data))
    return MLS_ERROR_UNEXPECTED_USER;
  return mls_key_package_check (self->state->crypto, key_package);
}

/* Nobody can commit its own removal: somebody else will. */
static MlsResult
check_remove (const Change *self, uint32_t leaf)
{
  if (mls_tree_leaf (self->state->tree, leaf) == NULL)
    return MLS_ERROR_NO_LEAF;
  return leaf == self->state->keys.leaf ? MLS_ERROR_REMOVES_US : MLS_OK;
}

/* Members may propose in MLS, but not in DAVE. */
static MlsResult
check_proposal (const Change *self, const MlsPublicMessage *message)
{
  if (message->content_type != MLS_CONTENT_PROPOSAL)
    return MLS_ERROR_CONTENT_TYPE;
  if (message->sender_type != MLS_SENDER_EXTERNAL || message->sender != 0)
    return MLS_ERROR_SENDER;
  MLS_TRY (mls_epoch_state_authenticate (self->state, message));
  if (message->proposal.type == MLS_PROPOSAL_ADD)
    return check_add (self, &message->proposal.key_package);
  return check_remove (self, message->proposal.removed);
}

static MlsResult
take_appended (Change *self, MlsReader *messages)
{
  while (mls_reader_more (messages)) {
    MlsPublicMessage message;
    uint8_t reference[MLS_HASH_SIZE];

    mls_public_message_read (messages, &message);
    if (messages->result != MLS_OK)
      break;
    MLS_TRY (check_proposal (self, &message));
    MLS_TRY (mls_proposal_ref (self->state->crypto, &message, reference));
    MLS_TRY (
        mls_proposal_queue_add (self->queue, &message.proposal, reference));
  }
  return mls_reader_finish (messages);
}

static MlsResult
take_revoked (Change *self, MlsReader *references)
{
  while (mls_reader_more (references)) {
    MlsBytes reference = mls_read_vector (references);

    if (references->result == MLS_OK
        && !mls_proposal_queue_remove (self->queue, reference))
      return MLS_ERROR_UNKNOWN_PROPOSAL;
  }
  return mls_reader_finish (references);
}

/* Whoever founds a group is in it from the start. The gateway's proposals before
 * that add everyone, and a founder's commit has all but its own Add. */
static bool
adds_founder (const MlsGroup *self, const MlsProposal *proposal)
{
  const MlsLeafNode *own =
      mls_tree_leaf (self->state->tree, self->state->keys.leaf);

  return self->state->epoch == 0 && proposal->type == MLS_PROPOSAL_ADD
      && mls_credential_equal (
          &proposal->key_package.leaf.credential, &own->credential);
}

MlsProposalQueue *
mls_group_due_proposals (const MlsGroup *self)
{
  MlsProposalQueue *due = mls_proposal_queue_copy (self->queue);

  for (unsigned i = mls_proposal_queue_length (due); i > 0; i--) {
    const MlsQueuedProposal *entry = mls_proposal_queue_get (due, i - 1);

    if (adds_founder (self, &entry->proposal))
      mls_proposal_queue_remove (due, MLS_BYTES_OF (entry->reference));
  }
  return due;
}

unsigned
mls_group_n_proposals (const MlsGroup *self)
{
  g_autoptr (MlsProposalQueue) due = mls_group_due_proposals (self);

  return mls_proposal_queue_length (due);
}

bool
mls_group_commit_is_due (const MlsGroup *self)
{
  g_autoptr (MlsProposalQueue) due = mls_group_due_proposals (self);

  return mls_proposal_queue_length (due) > 0
      && (self->committed == NULL
          || !mls_proposal_queue_equal (due, self->committed));
}

MlsResult
mls_group_take_proposals (
    MlsGroup *self, MlsBytes payload, MlsExpectedFunc expected, void *data)
{
  g_autoptr (MlsProposalQueue) queue = mls_proposal_queue_copy (self->queue);
  Change change = { self->state, queue, expected, data };
  MlsReader reader, items;
  uint8_t operation;

  mls_reader_init (&reader, payload);
  operation = mls_read_u8 (&reader);
  mls_reader_init (&items, mls_read_vector (&reader));
  MLS_TRY (mls_reader_finish (&reader));
  if (operation == OPERATION_APPEND)
    MLS_TRY (take_appended (&change, &items));
  else if (operation == OPERATION_REVOKE)
    MLS_TRY (take_revoked (&change, &items));
  else
    return MLS_ERROR_PARSE;

  mls_proposal_queue_free (self->queue);
  self->queue = g_steal_pointer (&queue);
  if (mls_group_n_proposals (self) == 0)
    mls_group_forget_commit (self);
  return MLS_OK;
}
