/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "treehash.h"

#include <string.h>

#define NODE_TYPE_LEAF 1
#define NODE_TYPE_PARENT 2

/* Leaves left out of a hash, ascending. */
typedef struct
{
  const uint32_t *leaves;
  uint32_t n;
} LeafSet;

static const LeafSet no_leaves = { NULL, 0 };

static bool
set_has (const LeafSet *set, uint32_t leaf)
{
  return mls_leaves_contain (set->leaves, set->n, leaf);
}

/* Those below @node. */
static LeafSet
set_below (const LeafSet *set, uint32_t node)
{
  uint32_t first = mls_node_first_leaf (node);
  uint32_t end = first + mls_node_n_leaves (node);
  LeafSet below = no_leaves;

  for (uint32_t i = 0; i < set->n && set->leaves[i] < end; i++) {
    if (set->leaves[i] < first)
      continue;
    if (below.n == 0)
      below.leaves = set->leaves + i;
    below.n++;
  }
  return below;
}

static MlsResult
hash_leaf (const MlsTree *tree, MlsCrypto *crypto, uint32_t leaf,
    const LeafSet *without, uint8_t out[MLS_HASH_SIZE])
{
  const MlsLeafNode *content =
      set_has (without, leaf) ? NULL : mls_tree_leaf (tree, leaf);
  const uint8_t header[] = { NODE_TYPE_LEAF, (uint8_t) (leaf >> 24),
    (uint8_t) (leaf >> 16), (uint8_t) (leaf >> 8), (uint8_t) leaf,
    content != NULL };
  const MlsBytes parts[] = { MLS_BYTES_OF (header),
    content != NULL ? content->encoded : MLS_NO_BYTES };

  return mls_hash (crypto, parts, G_N_ELEMENTS (parts), out);
}

/* optional<ParentNode> */
static void
write_parent (
    const MlsTreeParent *parent, const LeafSet *without, MlsWriter *writer)
{
  g_autofree uint32_t *unmerged = NULL;
  MlsTreeParent reduced;

  mls_write_u8 (writer, parent != NULL);
  if (parent == NULL)
    return;
  if (without->n == 0 || parent->n_unmerged == 0) {
    mls_tree_parent_write (parent, writer);
    return;
  }

  unmerged = g_new (uint32_t, parent->n_unmerged);
  reduced = *parent;
  reduced.unmerged = unmerged;
  reduced.n_unmerged = 0;
  for (uint32_t i = 0; i < parent->n_unmerged; i++)
    if (!set_has (without, parent->unmerged[i]))
      unmerged[reduced.n_unmerged++] = parent->unmerged[i];
  mls_tree_parent_write (&reduced, writer);
}

static MlsResult
hash_parent (const MlsTree *tree, MlsCrypto *crypto, uint32_t node,
    const LeafSet *without, const uint8_t left[MLS_HASH_SIZE],
    const uint8_t right[MLS_HASH_SIZE], uint8_t out[MLS_HASH_SIZE])
{
  g_auto (MlsWriter) writer = MLS_WRITER_INIT;
  MlsBytes input;

  mls_write_u8 (&writer, NODE_TYPE_PARENT);
  write_parent (mls_tree_parent (tree, node), without, &writer);
  mls_write_vector (&writer, mls_bytes (left, MLS_HASH_SIZE));
  mls_write_vector (&writer, mls_bytes (right, MLS_HASH_SIZE));
  input = mls_writer_bytes (&writer);
  return mls_hash (crypto, &input, 1, out);
}

static uint32_t
node_at (uint32_t first_leaf, unsigned level, uint32_t i)
{
  return mls_leaf_ancestor (first_leaf + (i << level), level);
}

static MlsResult
hash_node (MlsTree *tree, MlsCrypto *crypto, uint32_t node)
{
  MlsTreeNode *at = &tree->nodes[node];

  if (at->hashed)
    return MLS_OK;
  if (mls_node_level (node) == 0)
    MLS_TRY (hash_leaf (tree, crypto, node / 2, &no_leaves, at->hash));
  else
    MLS_TRY (hash_parent (tree, crypto, node, &no_leaves,
        tree->nodes[mls_node_left (node)].hash,
        tree->nodes[mls_node_right (node)].hash, at->hash));
  at->hashed = true;
  return MLS_OK;
}

MlsResult
mls_tree_node_hash (
    MlsTree *tree, MlsCrypto *crypto, uint32_t node, uint8_t out[MLS_HASH_SIZE])
{
  uint32_t first_leaf = mls_node_first_leaf (node);
  unsigned top = mls_node_level (node);

  if (!tree->nodes[node].hashed)
    for (unsigned level = 0; level <= top; level++)
      for (uint32_t i = 0; i < 1u << (top - level); i++)
        MLS_TRY (hash_node (tree, crypto, node_at (first_leaf, level, i)));
  memcpy (out, tree->nodes[node].hash, MLS_HASH_SIZE);
  return MLS_OK;
}

MlsResult
mls_tree_hash (MlsTree *tree, MlsCrypto *crypto, uint8_t out[MLS_HASH_SIZE])
{
  return mls_tree_node_hash (tree, crypto, mls_tree_root (tree->n_leaves), out);
}

/* The hash that @node had before the leaves of @without came: they are blank
 * and nowhere unmerged. Level by level, in one array. */
static MlsResult
original_hash (MlsTree *tree, MlsCrypto *crypto, uint32_t node,
    const LeafSet *all_without, uint8_t out[MLS_HASH_SIZE])
{
  LeafSet without = set_below (all_without, node);
  uint32_t first_leaf = mls_node_first_leaf (node);
  unsigned top = mls_node_level (node);
  g_autofree uint8_t *hashes = NULL;

  if (without.n == 0)
    return mls_tree_node_hash (tree, crypto, node, out);

  hashes = g_malloc ((size_t) MLS_HASH_SIZE << top);
  for (uint32_t i = 0; i < 1u << top; i++)
    MLS_TRY (hash_leaf (tree, crypto, first_leaf + i, &without,
        hashes + (size_t) i * MLS_HASH_SIZE));
  for (unsigned level = 1; level <= top; level++) {
    for (uint32_t i = 0; i < 1u << (top - level); i++) {
      uint8_t *left = hashes + (size_t) 2 * i * MLS_HASH_SIZE;

      MLS_TRY (
          hash_parent (tree, crypto, node_at (first_leaf, level, i), &without,
              left, left + MLS_HASH_SIZE, hashes + (size_t) i * MLS_HASH_SIZE));
    }
  }
  memcpy (out, hashes, MLS_HASH_SIZE);
  return MLS_OK;
}

MlsResult
mls_tree_parent_hash (MlsTree *tree, MlsCrypto *crypto, uint32_t parent,
    uint32_t sibling, uint8_t out[MLS_HASH_SIZE])
{
  const MlsTreeParent *content = mls_tree_parent (tree, parent);
  const LeafSet unmerged = { content->unmerged, content->n_unmerged };
  g_auto (MlsWriter) writer = MLS_WRITER_INIT;
  uint8_t sibling_hash[MLS_HASH_SIZE];
  MlsBytes input;

  MLS_TRY (original_hash (tree, crypto, sibling, &unmerged, sibling_hash));
  mls_write_vector (&writer,
      mls_bytes (content->encryption_key, content->encryption_key_length));
  mls_write_vector (
      &writer, mls_bytes (content->parent_hash, content->parent_hash_length));
  mls_write_vector (&writer, MLS_BYTES_OF (sibling_hash));
  input = mls_writer_bytes (&writer);
  return mls_hash (crypto, &input, 1, out);
}

MlsResult
mls_tree_hash_path (MlsTree *tree, MlsCrypto *crypto, uint32_t leaf,
    const MlsPath *path, uint8_t out[MLS_HASH_SIZE], size_t *out_length)
{
  *out_length = 0; /* the topmost node has none */
  for (unsigned i = path->n; i-- > 0;) {
    unsigned level = path->levels[i];
    uint32_t node = mls_leaf_ancestor (leaf, level);

    mls_tree_set_parent (tree, node, mls_tree_encryption_key (tree, node),
        mls_bytes (out, *out_length));
    MLS_TRY (mls_tree_parent_hash (
        tree, crypto, node, mls_copath_child (leaf, level), out));
    *out_length = MLS_HASH_SIZE;
  }
  return MLS_OK;
}
