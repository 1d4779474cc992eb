/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "treekem.h"

#include <openssl/crypto.h>

#include "labels.h"
#include "treecheck.h"
#include "treehash.h"

static const char path_label[] = "UpdatePathNode";

void
mls_tree_keys_init (
    MlsTreeKeys *self, uint32_t leaf, const MlsKeyPair *leaf_key)
{
  *self = (MlsTreeKeys){ .leaf = leaf };
  self->known[0] = true;
  self->keys[0] = *leaf_key;
}

void
mls_tree_keys_clear (MlsTreeKeys *self)
{
  OPENSSL_cleanse (self, sizeof *self);
}

static bool
is_current (const MlsTreeKeys *self, const MlsTree *tree, unsigned level)
{
  uint32_t node = mls_leaf_ancestor (self->leaf, level);

  return level <= mls_tree_depth (tree->n_leaves)
      && !mls_tree_is_blank (tree, node)
      && mls_bytes_equal (mls_tree_encryption_key (tree, node),
          MLS_BYTES_OF (self->keys[level].public_key));
}

void
mls_tree_keys_prune (MlsTreeKeys *self, const MlsTree *tree)
{
  for (unsigned level = 0; level < G_N_ELEMENTS (self->keys); level++) {
    if (!self->known[level] || is_current (self, tree, level))
      continue;
    self->known[level] = false;
    mls_key_pair_clear (&self->keys[level]);
  }
}

/* node_secret and its key pair (RFC 9420, section 7.4). */
static MlsResult
derive_node_key (
    MlsCrypto *crypto, const MlsSecret *path_secret, MlsKeyPair *out)
{
  g_auto (MlsSecret) node_secret = MLS_SECRET_ZERO;

  MLS_TRY (mls_derive_secret (
      crypto, MLS_SECRET_BYTES (path_secret), "node", &node_secret));
  return mls_hpke_derive_key_pair (
      crypto, MLS_SECRET_BYTES (&node_secret), out);
}

/* @next may be @path_secret. */
static MlsResult
derive_next (MlsCrypto *crypto, const MlsSecret *path_secret, MlsSecret *next)
{
  return mls_derive_secret (
      crypto, MLS_SECRET_BYTES (path_secret), "path", next);
}

MlsResult
mls_tree_keys_install (MlsTreeKeys *self, const MlsTree *tree,
    MlsCrypto *crypto, unsigned level, const MlsSecret *path_secret,
    MlsSecret *commit_secret)
{
  unsigned depth = mls_tree_depth (tree->n_leaves);
  g_auto (MlsSecret) secret = *path_secret;

  if (level == 0 || level > depth
      || mls_tree_is_blank (tree, mls_leaf_ancestor (self->leaf, level)))
    return MLS_ERROR_PATH;

  for (; level <= depth; level++) {
    uint32_t node = mls_leaf_ancestor (self->leaf, level);

    if (mls_tree_is_blank (tree, node))
      continue;
    MLS_TRY (derive_node_key (crypto, &secret, &self->keys[level]));
    self->known[level] = true;
    if (!mls_bytes_equal (mls_tree_encryption_key (tree, node),
            MLS_BYTES_OF (self->keys[level].public_key)))
      return MLS_ERROR_PATH;
    MLS_TRY (derive_next (crypto, &secret, &secret));
  }
  *commit_secret = secret;
  return MLS_OK;
}

static bool
is_added (const MlsLeafList *added, uint32_t leaf)
{
  for (unsigned i = 0; i < added->len; i++)
    if (g_array_index (added, uint32_t, i) == leaf)
      return true;
  return false;
}

/* Who gets the secret of the path node at @level. */
static GArray *
recipients (const MlsTree *tree, uint32_t committer, unsigned level,
    const MlsLeafList *added)
{
  GArray *nodes =
      mls_tree_resolution (tree, mls_copath_child (committer, level));
  unsigned n = 0;

  for (unsigned i = 0; i < nodes->len; i++) {
    uint32_t node = g_array_index (nodes, uint32_t, i);

    if (mls_node_level (node) > 0 || !is_added (added, node / 2))
      g_array_index (nodes, uint32_t, n++) = node;
  }
  g_array_set_size (nodes, n);
  return nodes;
}

static unsigned
count_ciphertexts (const MlsUpdatePathNode *node)
{
  MlsReader reader;
  unsigned n = 0;

  mls_reader_init (&reader, node->ciphertexts);
  for (; mls_reader_more (&reader); n++)
    mls_hpke_ciphertext_read (&reader);
  return n;
}

/* As many nodes and ciphertexts as there must be, and keys. */
static MlsResult
check_form (const MlsUpdatePath *path, const MlsPath *filtered,
    const MlsTree *tree, MlsCrypto *crypto, uint32_t committer,
    const MlsLeafList *added)
{
  const MlsLeafNode *old = mls_tree_leaf (tree, committer);

  if (path->leaf.source != MLS_LEAF_COMMIT || path->n_nodes != filtered->n
      || mls_bytes_equal (path->leaf.encryption_key, old->encryption_key))
    return MLS_ERROR_PATH;
  for (unsigned i = 0; i < filtered->n; i++) {
    g_autoptr (GArray) nodes =
        recipients (tree, committer, filtered->levels[i], added);

    if (count_ciphertexts (&path->nodes[i]) != nodes->len)
      return MLS_ERROR_PATH;
    MLS_TRY (mls_public_key_check (crypto, path->nodes[i].encryption_key));
  }
  return MLS_OK;
}

MlsResult
mls_update_path_merge (const MlsUpdatePath *path, MlsTree *tree,
    MlsCrypto *crypto, const MlsLeafPlace *committer, const MlsLeafList *added)
{
  uint32_t leaf = committer->leaf_index;
  MlsPath filtered;
  uint8_t parent_hash[MLS_HASH_SIZE];
  size_t parent_hash_length;

  mls_tree_filtered_path (tree, leaf, &filtered);
  MLS_TRY (check_form (path, &filtered, tree, crypto, leaf, added));
  MLS_TRY (mls_leaf_node_check (crypto, &path->leaf, committer));

  mls_tree_blank_path (tree, leaf);
  for (unsigned i = 0; i < filtered.n; i++)
    mls_tree_set_parent (tree, mls_leaf_ancestor (leaf, filtered.levels[i]),
        path->nodes[i].encryption_key, MLS_NO_BYTES);
  MLS_TRY (mls_tree_hash_path (
      tree, crypto, leaf, &filtered, parent_hash, &parent_hash_length));
  if (!mls_bytes_equal (
          path->leaf.parent_hash, mls_bytes (parent_hash, parent_hash_length)))
    return MLS_ERROR_TREE;
  mls_tree_set_leaf (tree, leaf, &path->leaf);
  return MLS_OK;
}

static const MlsKeyPair *
key_of (const MlsTreeKeys *keys, uint32_t node)
{
  unsigned level = mls_node_level (node);

  if (mls_leaf_ancestor (keys->leaf, level) != node || !keys->known[level])
    return NULL;
  return &keys->keys[level];
}

static MlsResult
decrypt_path_secret (MlsCrypto *crypto, const MlsKeyPair *key,
    MlsBytes group_context, const MlsHpkeCiphertext *ciphertext,
    MlsSecret *path_secret)
{
  g_auto (MlsWriter) plain = MLS_WRITER_INIT;

  MLS_TRY (mls_decrypt_with_label (
      crypto, key, path_label, group_context, ciphertext, &plain));
  if (plain.length != sizeof path_secret->data)
    return MLS_ERROR_PATH;
  memcpy (path_secret->data, plain.data, plain.length);
  return MLS_OK;
}

static const MlsUpdatePathNode *
node_at_level (
    const MlsUpdatePath *path, const MlsPath *filtered, unsigned level)
{
  for (unsigned i = 0; i < filtered->n; i++)
    if (filtered->levels[i] == level)
      return &path->nodes[i];
  return NULL;
}

MlsResult
mls_update_path_decrypt (const MlsUpdatePath *path, const MlsTree *tree,
    MlsCrypto *crypto, uint32_t committer, const MlsLeafList *added,
    MlsBytes group_context, const MlsTreeKeys *keys, MlsSecret *path_secret,
    unsigned *level)
{
  const MlsUpdatePathNode *node;
  g_autoptr (GArray) nodes = NULL;
  MlsPath filtered;
  MlsReader reader;

  *level = mls_common_level (keys->leaf, committer);
  if (*level == 0)
    return MLS_ERROR_PATH;
  mls_tree_filtered_path (tree, committer, &filtered);
  node = node_at_level (path, &filtered, *level);
  if (node == NULL)
    return MLS_ERROR_PATH;

  nodes = recipients (tree, committer, *level, added);
  mls_reader_init (&reader, node->ciphertexts);
  for (unsigned i = 0; i < nodes->len; i++) {
    MlsHpkeCiphertext ciphertext = mls_hpke_ciphertext_read (&reader);
    const MlsKeyPair *key = key_of (keys, g_array_index (nodes, uint32_t, i));

    if (key != NULL)
      return decrypt_path_secret (
          crypto, key, group_context, &ciphertext, path_secret);
  }
  return MLS_ERROR_DECRYPT;
}

void
mls_new_path_clear (MlsNewPath *self)
{
  OPENSSL_cleanse (self, sizeof *self);
}

/* Secrets and keys of the filtered path, from a random one upwards. */
static MlsResult
derive_path (
    MlsNewPath *self, MlsTree *tree, MlsCrypto *crypto, MlsTreeKeys *keys)
{
  g_auto (MlsSecret) secret = MLS_SECRET_ZERO;

  MLS_TRY (mls_random (secret.data, sizeof secret.data));
  for (unsigned i = 0; i < self->path.n; i++) {
    unsigned level = self->path.levels[i];

    self->secrets[i] = secret;
    MLS_TRY (derive_node_key (crypto, &secret, &keys->keys[level]));
    keys->known[level] = true;
    mls_tree_set_parent (tree, mls_leaf_ancestor (keys->leaf, level),
        MLS_BYTES_OF (keys->keys[level].public_key), MLS_NO_BYTES);
    MLS_TRY (derive_next (crypto, &secret, &secret));
  }
  self->commit_secret = secret;
  return MLS_OK;
}

static MlsResult
sign_leaf (MlsTree *tree, MlsCrypto *crypto, const MlsTreeKeys *keys,
    MlsBytes group_id, MlsBytes parent_hash, const MlsKeyPair *signature_key)
{
  g_auto (MlsWriter) writer = MLS_WRITER_INIT;
  const MlsLeafPlace place = { group_id, keys->leaf };
  MlsLeafNode leaf = *mls_tree_leaf (tree, keys->leaf);
  MlsReader reader;

  leaf.encryption_key = MLS_BYTES_OF (keys->keys[0].public_key);
  leaf.source = MLS_LEAF_COMMIT;
  leaf.parent_hash = parent_hash;
  MLS_TRY (mls_leaf_node_write (&writer, crypto, &leaf, &place, signature_key));

  mls_reader_init (&reader, mls_writer_bytes (&writer));
  mls_leaf_node_read (&reader, &leaf);
  mls_tree_set_leaf (tree, keys->leaf, &leaf);
  return mls_reader_finish (&reader);
}

MlsResult
mls_new_path_make (MlsNewPath *self, MlsTree *tree, MlsCrypto *crypto,
    MlsTreeKeys *keys, MlsBytes group_id, const MlsKeyPair *signature_key)
{
  uint8_t parent_hash[MLS_HASH_SIZE];
  size_t parent_hash_length;

  mls_tree_filtered_path (tree, keys->leaf, &self->path);
  mls_tree_blank_path (tree, keys->leaf);
  MLS_TRY (mls_key_pair_generate (crypto, &keys->keys[0]));
  MLS_TRY (derive_path (self, tree, crypto, keys));
  MLS_TRY (mls_tree_hash_path (
      tree, crypto, keys->leaf, &self->path, parent_hash, &parent_hash_length));
  MLS_TRY (sign_leaf (tree, crypto, keys, group_id,
      mls_bytes (parent_hash, parent_hash_length), signature_key));
  mls_tree_keys_prune (keys, tree);
  return MLS_OK;
}

static MlsResult
write_node (const MlsTree *tree, MlsCrypto *crypto, uint32_t committer,
    unsigned level, const MlsSecret *secret, const MlsLeafList *added,
    MlsBytes group_context, MlsWriter *writer)
{
  g_autoptr (GArray) nodes = recipients (tree, committer, level, added);
  uint32_t node = mls_leaf_ancestor (committer, level);
  size_t begin;

  mls_write_vector (writer, mls_tree_encryption_key (tree, node));
  begin = mls_write_vector_begin (writer);
  for (unsigned i = 0; i < nodes->len; i++)
    MLS_TRY (mls_encrypt_with_label (crypto,
        mls_tree_encryption_key (tree, g_array_index (nodes, uint32_t, i)),
        path_label, group_context, MLS_SECRET_BYTES (secret), writer));
  mls_write_vector_end (writer, begin);
  return MLS_OK;
}

MlsResult
mls_new_path_write (const MlsNewPath *self, const MlsTree *tree,
    MlsCrypto *crypto, uint32_t committer, const MlsLeafList *added,
    MlsBytes group_context, MlsWriter *writer)
{
  size_t begin;

  mls_write_fixed (writer, mls_tree_leaf (tree, committer)->encoded);
  begin = mls_write_vector_begin (writer);
  for (unsigned i = 0; i < self->path.n; i++)
    MLS_TRY (write_node (tree, crypto, committer, self->path.levels[i],
        &self->secrets[i], added, group_context, writer));
  mls_write_vector_end (writer, begin);
  return MLS_OK;
}

const MlsSecret *
mls_new_path_secret_for (
    const MlsNewPath *self, uint32_t committer, uint32_t joiner)
{
  unsigned level = mls_common_level (committer, joiner);

  for (unsigned i = 0; i < self->path.n; i++)
    if (self->path.levels[i] == level)
      return &self->secrets[i];
  return NULL;
}
