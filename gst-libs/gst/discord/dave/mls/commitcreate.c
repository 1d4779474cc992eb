/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "epochstate.h"

#include "treecheck.h"
#include "welcome.h"

/* Commits of our own (RFC 9420, section 12.4.1): one reference to each proposal
 * of the queue, a path where somebody leaves. */

static const MlsSecret no_psk = MLS_SECRET_ZERO;

void
mls_staged_commit_clear (MlsStagedCommit *self)
{
  g_clear_pointer (&self->commit, g_free);
  g_clear_pointer (&self->welcome, g_free);
  g_clear_pointer (&self->next, mls_epoch_state_free);
}

typedef struct
{
  const MlsEpochState *state;
  const MlsProposalQueue *queue;
  const MlsKeyPair *signature_key;
  MlsEpochState *next;
  GArray *added; /* leaf indices, in the order of the Adds */
  bool has_path;
  MlsNewPath path;
  MlsSecret joiner_secret;
} Commit;

static void
commit_clear (Commit *self)
{
  g_clear_pointer (&self->next, mls_epoch_state_free);
  g_clear_pointer (&self->added, g_array_unref);
  mls_new_path_clear (&self->path);
  mls_secret_clear (&self->joiner_secret);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Commit, commit_clear)

static MlsResult
apply_queue (Commit *self)
{
  g_autoptr (GArray) proposals =
      g_array_new (FALSE, FALSE, sizeof (MlsProposal));

  for (unsigned i = 0; i < mls_proposal_queue_length (self->queue); i++) {
    const MlsProposal *proposal =
        &mls_proposal_queue_get (self->queue, i)->proposal;

    g_array_append_val (proposals, *proposal);
    if (proposal->type != MLS_PROPOSAL_REMOVE)
      continue;
    if (proposal->removed == self->state->keys.leaf)
      return MLS_ERROR_REMOVES_US;
    self->has_path = true;
  }
  return mls_epoch_state_apply (
      self->next, proposals, self->state->keys.leaf, self->added);
}

static MlsResult
make_path (Commit *self)
{
  MlsEpochState *next = self->next;

  if (self->has_path)
    MLS_TRY (mls_new_path_make (&self->path, next->tree, next->crypto,
        &next->keys, mls_epoch_state_group_id (next), self->signature_key));
  else
    mls_tree_keys_prune (&next->keys, next->tree);
  return mls_tree_check_unique_keys (next->tree);
}

static MlsResult
write_content (Commit *self, MlsWriter *writer)
{
  const MlsPublicMessage header = {
    .group_id = mls_epoch_state_group_id (self->state),
    .epoch = self->state->epoch,
    .sender_type = MLS_SENDER_MEMBER,
    .sender = self->state->keys.leaf,
    .content_type = MLS_CONTENT_COMMIT,
  };
  size_t begin;

  mls_framed_content_header_write (writer, &header);
  begin = mls_write_vector_begin (writer);
  for (unsigned i = 0; i < mls_proposal_queue_length (self->queue); i++)
    mls_proposal_ref_write (writer,
        MLS_BYTES_OF (mls_proposal_queue_get (self->queue, i)->reference));
  mls_write_vector_end (writer, begin);

  mls_write_u8 (writer, self->has_path);
  if (!self->has_path)
    return MLS_OK;
  /* The provisional context: of the new tree, but the old transcript. */
  MLS_TRY (mls_epoch_state_update_context (self->next));
  return mls_new_path_write (&self->path, self->next->tree, self->state->crypto,
      self->state->keys.leaf, self->added, mls_epoch_state_context (self->next),
      writer);
}

/* Signs, enters the next epoch with that, and tags. */
static MlsResult
write_commit (Commit *self, MlsWriter *out)
{
  const MlsEpochState *state = self->state;
  MlsBytes context = mls_epoch_state_context (state);
  MlsEpochState *next = self->next;
  g_auto (MlsWriter) content = MLS_WRITER_INIT;
  g_auto (MlsWriter) signature = MLS_WRITER_INIT;
  MlsPublicMessage message = {
    .sender_type = MLS_SENDER_MEMBER,
    .content_type = MLS_CONTENT_COMMIT,
  };

  MLS_TRY (write_content (self, &content));
  message.content = mls_writer_bytes (&content);
  MLS_TRY (mls_public_message_sign (
      state->crypto, &message, context, self->signature_key, &signature));
  message.signature = mls_writer_bytes (&signature);

  MLS_TRY (mls_epoch_state_confirm (next, message.content, message.signature));
  /* Zero without a path. */
  MLS_TRY (mls_joiner_secret (state->crypto, &state->secrets.init,
      &self->path.commit_secret, mls_epoch_state_context (next),
      &self->joiner_secret));
  MLS_TRY (mls_epoch_state_enter (next, &self->joiner_secret));
  message.confirmation_tag = MLS_BYTES_OF (next->confirmation_tag);
  return mls_public_message_write (
      out, state->crypto, &message, context, &state->secrets.membership_key);
}

/* With the tree inside (DAVE whitepaper: the gateway has no other way to give
 * it), sealed. */
static MlsResult
write_group_info (Commit *self, MlsWriter *out)
{
  const MlsEpochState *next = self->next;
  g_auto (MlsWriter) tree = MLS_WRITER_INIT;
  g_auto (MlsWriter) extensions = MLS_WRITER_INIT;
  g_auto (MlsSecret) welcome_secret = MLS_SECRET_ZERO;
  MlsGroupInfo info = {
    .encoded_context = mls_epoch_state_context (next),
    .confirmation_tag = MLS_BYTES_OF (next->confirmation_tag),
    .signer = next->keys.leaf,
  };

  mls_tree_write (next->tree, &tree);
  mls_extension_write (
      &extensions, MLS_EXTENSION_RATCHET_TREE, mls_writer_bytes (&tree));
  info.extensions = mls_writer_bytes (&extensions);
  MLS_TRY (
      mls_group_info_write (out, next->crypto, &info, self->signature_key));

  mls_write_space (out, MLS_AEAD_TAG_SIZE);
  MLS_TRY (mls_welcome_secret (
      next->crypto, &self->joiner_secret, &no_psk, &welcome_secret));
  return mls_group_info_seal (next->crypto, &welcome_secret, out->data,
      out->length - MLS_AEAD_TAG_SIZE);
}

static MlsResult
write_secrets (Commit *self, const MlsKeyPackage *joiner, uint32_t leaf,
    MlsBytes group_info, MlsWriter *writer)
{
  MlsCrypto *crypto = self->state->crypto;
  MlsGroupSecrets secrets = { .joiner_secret =
                                  MLS_SECRET_BYTES (&self->joiner_secret) };
  uint8_t reference[MLS_HASH_SIZE];

  if (self->has_path) {
    const MlsSecret *path_secret =
        mls_new_path_secret_for (&self->path, self->state->keys.leaf, leaf);

    if (path_secret == NULL)
      return MLS_ERROR_PATH;
    secrets.has_path_secret = true;
    secrets.path_secret = MLS_SECRET_BYTES (path_secret);
  }
  MLS_TRY (mls_key_package_ref (crypto, joiner->encoded, reference));
  mls_write_vector (writer, MLS_BYTES_OF (reference));
  return mls_group_secrets_encrypt (
      crypto, &secrets, joiner->init_key, group_info, writer);
}

static MlsResult
write_welcome (Commit *self, MlsWriter *writer)
{
  g_auto (MlsWriter) group_info = MLS_WRITER_INIT;
  unsigned n_written = 0;
  size_t begin;

  MLS_TRY (write_group_info (self, &group_info));
  mls_write_u16 (writer, MLS_CIPHERSUITE);
  begin = mls_write_vector_begin (writer);
  for (unsigned i = 0; i < mls_proposal_queue_length (self->queue); i++) {
    const MlsProposal *proposal =
        &mls_proposal_queue_get (self->queue, i)->proposal;

    if (proposal->type == MLS_PROPOSAL_ADD)
      MLS_TRY (write_secrets (self, &proposal->key_package,
          g_array_index (self->added, uint32_t, n_written++),
          mls_writer_bytes (&group_info), writer));
  }
  mls_write_vector_end (writer, begin);
  mls_write_vector (writer, mls_writer_bytes (&group_info));
  return MLS_OK;
}

MlsResult
mls_epoch_state_commit (const MlsEpochState *state,
    const MlsProposalQueue *queue, const MlsKeyPair *signature_key,
    MlsStagedCommit *out)
{
  g_auto (Commit) self = {
    .state = state,
    .queue = queue,
    .signature_key = signature_key,
    .next = mls_epoch_state_next (state),
    .added = g_array_new (FALSE, FALSE, sizeof (uint32_t)),
  };
  g_auto (MlsWriter) commit = MLS_WRITER_INIT;
  g_auto (MlsWriter) welcome = MLS_WRITER_INIT;

  if (mls_proposal_queue_length (queue) == 0)
    return MLS_ERROR_NO_PROPOSALS;
  MLS_TRY (apply_queue (&self));
  MLS_TRY (make_path (&self));
  MLS_TRY (write_commit (&self, &commit));
  if (self.added->len > 0) {
    MLS_TRY (write_welcome (&self, &welcome));
    out->welcome = mls_writer_steal (&welcome, &out->welcome_length);
  }
  out->commit = mls_writer_steal (&commit, &out->commit_length);
  out->next = g_steal_pointer (&self.next);
  return MLS_OK;
}
