/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "treecheck.h"

#include <stdlib.h>

#include "treehash.h"

static bool
is_unmerged (const MlsTreeParent *parent, uint32_t leaf)
{
  return mls_leaves_contain (parent->unmerged, parent->n_unmerged, leaf);
}

static uint32_t
count_unmerged_below (const MlsTreeParent *parent, uint32_t node)
{
  uint32_t n = 0;

  for (uint32_t i = 0; i < parent->n_unmerged; i++)
    n += mls_node_covers (node, parent->unmerged[i]);
  return n;
}

/* Number of nodes in @resolution that are unmerged leaves of @parent. */
static uint32_t
count_unmerged_in (const MlsTreeParent *parent, const GArray *resolution)
{
  uint32_t n = 0;

  for (unsigned i = 0; i < resolution->len; i++) {
    uint32_t node = g_array_index (resolution, uint32_t, i);

    if (mls_node_level (node) == 0)
      n += is_unmerged (parent, node / 2);
  }
  return n;
}

/* Whether @child's resolution is one node with @expected as its parent hash and,
 * besides it, exactly the unmerged leaves of @parent below @child (RFC 9420,
 * section 7.9.2). The node is itself no unmerged leaf: those have no parent
 * hash from a time before they came. */
static bool
side_is_valid (const MlsTree *tree, const MlsTreeParent *parent, uint32_t child,
    MlsBytes expected)
{
  g_autoptr (GArray) resolution = mls_tree_resolution (tree, child);
  uint32_t n_unmerged = count_unmerged_below (parent, child);

  if (resolution->len != n_unmerged + 1
      || count_unmerged_in (parent, resolution) != n_unmerged)
    return false;
  for (unsigned i = 0; i < resolution->len; i++) {
    uint32_t node = g_array_index (resolution, uint32_t, i);

    if (mls_node_level (node) == 0 && is_unmerged (parent, node / 2))
      continue;
    return mls_bytes_equal (mls_tree_parent_hash_of (tree, node), expected);
  }
  return false;
}

static MlsResult
check_parent (MlsTree *tree, MlsCrypto *crypto, uint32_t node)
{
  const MlsTreeParent *parent = mls_tree_parent (tree, node);
  uint32_t left = mls_node_left (node), right = mls_node_right (node);
  uint8_t expected[MLS_HASH_SIZE];

  if (parent == NULL)
    return MLS_OK;
  MLS_TRY (mls_tree_parent_hash (tree, crypto, node, right, expected));
  if (side_is_valid (tree, parent, left, MLS_BYTES_OF (expected)))
    return MLS_OK;
  MLS_TRY (mls_tree_parent_hash (tree, crypto, node, left, expected));
  if (side_is_valid (tree, parent, right, MLS_BYTES_OF (expected)))
    return MLS_OK;
  return MLS_ERROR_TREE;
}

MlsResult
mls_tree_check_parent_hashes (MlsTree *tree, MlsCrypto *crypto)
{
  for (uint32_t node = 1; node < mls_tree_n_nodes (tree->n_leaves); node += 2)
    MLS_TRY (check_parent (tree, crypto, node));
  return MLS_OK;
}

static bool
unmerged_is_valid (const MlsTree *tree, uint32_t node, uint32_t leaf)
{
  if (mls_tree_leaf (tree, leaf) == NULL)
    return false;
  for (unsigned level = 1; level < mls_node_level (node); level++) {
    const MlsTreeParent *between =
        mls_tree_parent (tree, mls_leaf_ancestor (leaf, level));

    if (between != NULL && !is_unmerged (between, leaf))
      return false;
  }
  return true;
}

MlsResult
mls_tree_check_unmerged (const MlsTree *tree)
{
  for (uint32_t node = 1; node < mls_tree_n_nodes (tree->n_leaves); node += 2) {
    const MlsTreeParent *parent = mls_tree_parent (tree, node);

    for (uint32_t i = 0; parent != NULL && i < parent->n_unmerged; i++)
      if (!unmerged_is_valid (tree, node, parent->unmerged[i]))
        return MLS_ERROR_TREE;
  }
  return MLS_OK;
}

static int
compare_bytes (const void *a, const void *b)
{
  return mls_bytes_compare (*(const MlsBytes *) a, *(const MlsBytes *) b);
}

/* Sorts @all. */
static MlsResult
check_unique (MlsBytes *all, size_t n)
{
  qsort (all, n, sizeof *all, compare_bytes);
  for (size_t i = 1; i < n; i++)
    if (mls_bytes_equal (all[i - 1], all[i]))
      return MLS_ERROR_DUPLICATE;
  return MLS_OK;
}

MlsResult
mls_tree_check_unique_keys (const MlsTree *tree)
{
  uint32_t n_nodes = mls_tree_n_nodes (tree->n_leaves);
  g_autofree MlsBytes *keys = g_new (MlsBytes, n_nodes);
  size_t n = 0;

  for (uint32_t i = 0; i < n_nodes; i++)
    if (!mls_tree_is_blank (tree, i))
      keys[n++] = mls_tree_encryption_key (tree, i);
  MLS_TRY (check_unique (keys, n));

  n = 0;
  for (uint32_t i = 0; i < tree->n_leaves; i++)
    if (mls_tree_leaf (tree, i) != NULL)
      keys[n++] = mls_tree_leaf (tree, i)->signature_key;
  return check_unique (keys, n);
}

MlsResult
mls_tree_check_users (const MlsTree *tree)
{
  g_autofree MlsBytes *users = g_new (MlsBytes, tree->n_leaves);
  size_t n = 0;

  for (uint32_t i = 0; i < tree->n_leaves; i++) {
    const MlsLeafNode *leaf = mls_tree_leaf (tree, i);
    uint64_t user_id;

    if (leaf == NULL)
      continue;
    MLS_TRY (mls_credential_user_id (&leaf->credential, &user_id));
    users[n++] = leaf->credential.identity;
  }
  return check_unique (users, n);
}

MlsResult
mls_tree_check_leaves (
    const MlsTree *tree, MlsCrypto *crypto, MlsBytes group_id)
{
  for (uint32_t i = 0; i < tree->n_leaves; i++) {
    const MlsLeafNode *leaf = mls_tree_leaf (tree, i);
    const MlsLeafPlace place = { group_id, i };

    if (leaf != NULL)
      MLS_TRY (mls_leaf_node_check (crypto, leaf, &place));
  }
  return MLS_OK;
}

MlsResult
mls_tree_check_parent_keys (const MlsTree *tree, MlsCrypto *crypto)
{
  for (uint32_t node = 1; node < mls_tree_n_nodes (tree->n_leaves); node += 2)
    if (!mls_tree_is_blank (tree, node))
      MLS_TRY (
          mls_public_key_check (crypto, mls_tree_encryption_key (tree, node)));
  return MLS_OK;
}
