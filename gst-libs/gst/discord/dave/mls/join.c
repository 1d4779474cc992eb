/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "epochstate.h"

#include <string.h>

#include "treecheck.h"
#include "treehash.h"
#include "welcome.h"

/* Joining with a Welcome (RFC 9420, section 12.4.3.1). */

static const MlsSecret no_psk = MLS_SECRET_ZERO;

typedef struct
{
  MlsCrypto *crypto;
  const MlsOwnKeyPackage *key_package;
  MlsBytes outside_tree;
  MlsWelcome welcome;
  MlsWriter plain_secrets; /* GroupSecrets */
  MlsWriter plain_info; /* GroupInfo */
  MlsSecret joiner_secret;
  bool has_path_secret;
  MlsSecret path_secret;
  MlsGroupInfo info;
} Join;

static void
join_clear (Join *self)
{
  mls_writer_clear (&self->plain_secrets);
  mls_writer_clear (&self->plain_info);
  mls_secret_clear (&self->joiner_secret);
  mls_secret_clear (&self->path_secret);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Join, join_clear)

static MlsResult
parse_welcome (Join *self, MlsBytes bytes)
{
  MlsReader reader;

  mls_reader_init (&reader, bytes);
  mls_welcome_read (&reader, &self->welcome);
  MLS_TRY (mls_reader_finish (&reader));
  return self->welcome.cipher_suite == MLS_CIPHERSUITE ? MLS_OK
                                                       : MLS_ERROR_SUITE;
}

static MlsResult
find_secrets (const Join *self, MlsHpkeCiphertext *out)
{
  uint8_t reference[MLS_HASH_SIZE];
  bool found = false;
  MlsReader reader;

  MLS_TRY (mls_key_package_ref (
      self->crypto, mls_own_key_package_bytes (self->key_package), reference));
  mls_reader_init (&reader, self->welcome.secrets);
  while (mls_reader_more (&reader)) {
    MlsEncryptedGroupSecrets secrets;

    mls_encrypted_group_secrets_read (&reader, &secrets);
    if (!found
        && mls_bytes_equal (secrets.new_member, MLS_BYTES_OF (reference))) {
      *out = secrets.ciphertext;
      found = true;
    }
  }
  MLS_TRY (mls_reader_finish (&reader));
  return found ? MLS_OK : MLS_ERROR_NOT_FOR_US;
}

static MlsResult
take_secret (MlsBytes bytes, MlsSecret *out)
{
  if (bytes.length != sizeof out->data)
    return MLS_ERROR_PARSE;
  memcpy (out->data, bytes.data, bytes.length);
  return MLS_OK;
}

static MlsResult
open_secrets (Join *self)
{
  MlsHpkeCiphertext ciphertext;
  MlsGroupSecrets secrets;
  MlsReader reader;

  MLS_TRY (find_secrets (self, &ciphertext));
  MLS_TRY (mls_group_secrets_decrypt (self->crypto, &self->key_package->init,
      &self->welcome, &ciphertext, &self->plain_secrets));
  mls_reader_init (&reader, mls_writer_bytes (&self->plain_secrets));
  mls_group_secrets_read (&reader, &secrets);
  MLS_TRY (mls_reader_finish (&reader));
  /* Pre-shared keys are outside the profile. */
  if (secrets.psks.length > 0)
    return MLS_ERROR_PROPOSAL_TYPE;
  self->has_path_secret = secrets.has_path_secret;
  if (secrets.has_path_secret)
    MLS_TRY (take_secret (secrets.path_secret, &self->path_secret));
  return take_secret (secrets.joiner_secret, &self->joiner_secret);
}

static MlsResult
open_info (Join *self)
{
  MlsBytes sealed = self->welcome.encrypted_group_info;
  g_auto (MlsSecret) welcome_secret = MLS_SECRET_ZERO;
  MlsReader reader;

  if (sealed.length < MLS_AEAD_TAG_SIZE)
    return MLS_ERROR_DECRYPT;
  MLS_TRY (mls_welcome_secret (
      self->crypto, &self->joiner_secret, &no_psk, &welcome_secret));
  mls_write_fixed (&self->plain_info, sealed);
  self->plain_info.length -= MLS_AEAD_TAG_SIZE;
  MLS_TRY (mls_group_info_open (self->crypto, &welcome_secret,
      self->plain_info.data, self->plain_info.length));

  mls_reader_init (&reader, mls_writer_bytes (&self->plain_info));
  mls_group_info_read (&reader, &self->info);
  MLS_TRY (mls_reader_finish (&reader));
  MLS_TRY (mls_extensions_check (self->info.context.extensions));
  return mls_extensions_check (self->info.extensions);
}

static MlsResult
parse_tree (const Join *self, MlsTree **out)
{
  MlsBytes data;

  if (mls_extensions_find (
          self->info.extensions, MLS_EXTENSION_RATCHET_TREE, &data))
    return mls_tree_parse (data, out);
  if (self->outside_tree.length == 0)
    return MLS_ERROR_EXTENSION;
  return mls_tree_parse (self->outside_tree, out);
}

/* Cheap checks first: the tree is the signer's claim until then. */
static MlsResult
check_tree (const Join *self, MlsTree *tree)
{
  const MlsGroupContext *context = &self->info.context;
  const MlsLeafNode *signer = mls_tree_leaf (tree, self->info.signer);
  uint8_t hash[MLS_HASH_SIZE];

  if (signer == NULL)
    return MLS_ERROR_NO_LEAF;
  MLS_TRY (mls_tree_hash (tree, self->crypto, hash));
  if (!mls_bytes_equal (MLS_BYTES_OF (hash), context->tree_hash))
    return MLS_ERROR_TREE;
  MLS_TRY (
      mls_group_info_verify (self->crypto, &self->info, signer->signature_key));
  MLS_TRY (mls_tree_check_unmerged (tree));
  MLS_TRY (mls_tree_check_unique_keys (tree));
  MLS_TRY (mls_tree_check_parent_keys (tree, self->crypto));
  MLS_TRY (mls_tree_check_parent_hashes (tree, self->crypto));
  return mls_tree_check_leaves (tree, self->crypto, context->group_id);
}

/* Ours is the one of our key package, to the byte. */
static MlsResult
find_own_leaf (const Join *self, const MlsTree *tree, uint32_t *out)
{
  MlsKeyPackage key_package;
  MlsReader reader;

  mls_reader_init (&reader, mls_own_key_package_bytes (self->key_package));
  mls_key_package_read (&reader, &key_package);
  MLS_TRY (mls_reader_finish (&reader));
  for (uint32_t i = 0; i < tree->n_leaves; i++) {
    const MlsLeafNode *leaf = mls_tree_leaf (tree, i);

    if (leaf != NULL
        && mls_bytes_equal (leaf->encoded, key_package.leaf.encoded)) {
      *out = i;
      return MLS_OK;
    }
  }
  return MLS_ERROR_NO_LEAF;
}

static MlsResult
take_keys (const Join *self, MlsEpochState *state)
{
  g_auto (MlsSecret) commit_secret = MLS_SECRET_ZERO;
  uint32_t leaf;

  MLS_TRY (find_own_leaf (self, state->tree, &leaf));
  if (leaf == self->info.signer)
    return MLS_ERROR_SENDER;
  mls_tree_keys_init (&state->keys, leaf, &self->key_package->leaf);
  if (!self->has_path_secret)
    return MLS_OK;
  return mls_tree_keys_install (&state->keys, state->tree, self->crypto,
      mls_common_level (leaf, self->info.signer), &self->path_secret,
      &commit_secret);
}

static MlsResult
take_transcript (const Join *self, MlsEpochState *state)
{
  MlsBytes confirmed = self->info.context.confirmed_transcript_hash;

  if (confirmed.length != MLS_HASH_SIZE)
    return MLS_ERROR_PARSE;
  memcpy (state->confirmed_hash, confirmed.data, confirmed.length);
  state->confirmed_hash_length = confirmed.length;
  MLS_TRY (mls_epoch_state_update_context (state));
  MLS_TRY (mls_epoch_state_enter (state, &self->joiner_secret));
  return mls_bytes_equal_secret (MLS_BYTES_OF (state->confirmation_tag),
             self->info.confirmation_tag)
      ? MLS_OK
      : MLS_ERROR_CONFIRMATION_TAG;
}

MlsResult
mls_epoch_state_join (MlsCrypto *crypto, MlsBytes welcome,
    const MlsOwnKeyPackage *key_package, MlsBytes outside_tree,
    MlsEpochState **out)
{
  g_auto (Join) self = {
    .crypto = crypto, .key_package = key_package, .outside_tree = outside_tree
  };
  g_autoptr (MlsEpochState) state = NULL;
  g_autoptr (MlsTree) tree = NULL;
  const MlsGroupContext *context = &self.info.context;

  MLS_TRY (parse_welcome (&self, welcome));
  MLS_TRY (open_secrets (&self));
  MLS_TRY (open_info (&self));
  MLS_TRY (parse_tree (&self, &tree));
  MLS_TRY (check_tree (&self, tree));

  state = mls_epoch_state_new (crypto, context->group_id, context->extensions,
      context->epoch, g_steal_pointer (&tree));
  MLS_TRY (take_keys (&self, state));
  MLS_TRY (take_transcript (&self, state));
  *out = g_steal_pointer (&state);
  return MLS_OK;
}
