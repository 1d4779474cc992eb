/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ratchettree.h"

#include <string.h>

#define NODE_TYPE_LEAF 1
#define NODE_TYPE_PARENT 2

struct _MlsTreeLeaf
{
  unsigned n_references;
  MlsLeafNode leaf; /* of @encoded */
  uint8_t encoded[];
};

static MlsTreeLeaf *
leaf_new (const MlsLeafNode *leaf)
{
  size_t length = leaf->encoded.length;
  MlsTreeLeaf *self = g_malloc (sizeof *self + length);
  MlsReader reader;

  self->n_references = 1;
  memcpy (self->encoded, leaf->encoded.data, length);
  mls_reader_init (&reader, mls_bytes (self->encoded, length));
  mls_leaf_node_read (&reader, &self->leaf);
  return self;
}

static void
leaf_unref (MlsTreeLeaf *self)
{
  if (--self->n_references == 0)
    g_free (self);
}

static void
parent_unref (MlsTreeParent *self)
{
  if (--self->n_references > 0)
    return;
  g_free (self->unmerged);
  g_free (self);
}

static void
node_ref (const MlsTreeNode *node)
{
  if (node->leaf != NULL)
    node->leaf->n_references++;
  if (node->parent != NULL)
    node->parent->n_references++;
}

static void
node_clear (MlsTreeNode *node)
{
  g_clear_pointer (&node->leaf, leaf_unref);
  g_clear_pointer (&node->parent, parent_unref);
}

static MlsTree *
tree_with_leaves (uint32_t n_leaves)
{
  MlsTree *self = g_new0 (MlsTree, 1);

  self->n_leaves = n_leaves;
  self->nodes = g_new0 (MlsTreeNode, mls_tree_n_nodes (n_leaves));
  return self;
}

MlsTree *
mls_tree_new (void)
{
  return tree_with_leaves (1);
}

MlsTree *
mls_tree_copy (const MlsTree *self)
{
  MlsTree *copy = tree_with_leaves (self->n_leaves);

  for (uint32_t i = 0; i < mls_tree_n_nodes (self->n_leaves); i++) {
    copy->nodes[i] = self->nodes[i];
    node_ref (&copy->nodes[i]);
  }
  return copy;
}

static void
resize (MlsTree *self, uint32_t n_leaves)
{
  uint32_t before = mls_tree_n_nodes (self->n_leaves);
  uint32_t after = mls_tree_n_nodes (n_leaves);

  for (uint32_t i = after; i < before; i++)
    node_clear (&self->nodes[i]);
  self->nodes = g_renew (MlsTreeNode, self->nodes, after);
  for (uint32_t i = before; i < after; i++)
    self->nodes[i] = (MlsTreeNode){ 0 };
  self->n_leaves = n_leaves;
}

void
mls_tree_free (MlsTree *self)
{
  for (uint32_t i = 0; i < mls_tree_n_nodes (self->n_leaves); i++)
    node_clear (&self->nodes[i]);
  g_free (self->nodes);
  g_free (self);
}

/* ParentNode, RFC 9420, section 7.1. */
static MlsTreeParent *
parent_read (MlsReader *reader, uint32_t node)
{
  MlsBytes key = mls_read_vector (reader);
  MlsBytes parent_hash = mls_read_vector (reader);
  MlsBytes unmerged = mls_read_vector (reader);
  MlsTreeParent *self;
  MlsReader leaves;

  if (key.length > MLS_PUBLIC_KEY_SIZE || parent_hash.length > MLS_HASH_SIZE
      || unmerged.length % 4 != 0
      || unmerged.length / 4 > mls_node_n_leaves (node)) {
    mls_reader_fail (reader, MLS_ERROR_TREE);
    return NULL;
  }

  self = g_new0 (MlsTreeParent, 1);
  self->n_references = 1;
  self->encryption_key_length = key.length;
  if (key.length > 0)
    memcpy (self->encryption_key, key.data, key.length);
  self->parent_hash_length = parent_hash.length;
  if (parent_hash.length > 0)
    memcpy (self->parent_hash, parent_hash.data, parent_hash.length);
  self->n_unmerged = (uint32_t) (unmerged.length / 4);
  self->unmerged = g_new (uint32_t, self->n_unmerged);
  mls_reader_init (&leaves, unmerged);
  for (uint32_t i = 0; i < self->n_unmerged; i++) {
    self->unmerged[i] = mls_read_u32 (&leaves);
    if (!mls_node_covers (node, self->unmerged[i])
        || (i > 0 && self->unmerged[i] <= self->unmerged[i - 1]))
      mls_reader_fail (reader, MLS_ERROR_TREE);
  }
  return self;
}

static void
node_read (MlsReader *reader, uint32_t index, MlsTreeNode *node)
{
  bool is_leaf = mls_node_level (index) == 0;
  uint8_t type;
  MlsLeafNode leaf;

  if (!mls_read_optional (reader))
    return;
  type = mls_read_u8 (reader);
  if (type != (is_leaf ? NODE_TYPE_LEAF : NODE_TYPE_PARENT)) {
    mls_reader_fail (reader, MLS_ERROR_TREE);
    return;
  }
  if (!is_leaf) {
    node->parent = parent_read (reader, index);
    return;
  }
  mls_leaf_node_read (reader, &leaf);
  if (reader->result == MLS_OK)
    node->leaf = leaf_new (&leaf);
}

MlsResult
mls_tree_parse (MlsBytes bytes, MlsTree **out)
{
  g_autoptr (MlsTree) tree = mls_tree_new ();
  MlsReader reader, nodes;
  uint32_t n_nodes = 0;

  mls_reader_init (&reader, bytes);
  mls_reader_init (&nodes, mls_read_vector (&reader));
  MLS_TRY (mls_reader_finish (&reader));

  while (mls_reader_more (&nodes)) {
    if (n_nodes == mls_tree_n_nodes (tree->n_leaves)) {
      if (tree->n_leaves == MLS_MAX_LEAVES)
        return MLS_ERROR_LIMIT;
      resize (tree, 2 * tree->n_leaves);
    }
    node_read (&nodes, n_nodes, &tree->nodes[n_nodes]);
    n_nodes++;
  }
  MLS_TRY (mls_reader_finish (&nodes));
  /* RFC 9420, section 12.4.3.3: the last node must not be blank. */
  if (n_nodes == 0 || mls_tree_is_blank (tree, n_nodes - 1))
    return MLS_ERROR_TREE;
  *out = g_steal_pointer (&tree);
  return MLS_OK;
}

void
mls_tree_parent_write (const MlsTreeParent *parent, MlsWriter *writer)
{
  size_t begin;

  mls_write_vector (writer,
      mls_bytes (parent->encryption_key, parent->encryption_key_length));
  mls_write_vector (
      writer, mls_bytes (parent->parent_hash, parent->parent_hash_length));
  begin = mls_write_vector_begin (writer);
  for (uint32_t i = 0; i < parent->n_unmerged; i++)
    mls_write_u32 (writer, parent->unmerged[i]);
  mls_write_vector_end (writer, begin);
}

static void
node_write (const MlsTreeNode *node, MlsWriter *writer)
{
  mls_write_u8 (writer, node->leaf != NULL || node->parent != NULL);
  if (node->leaf != NULL) {
    mls_write_u8 (writer, NODE_TYPE_LEAF);
    mls_write_fixed (writer, node->leaf->leaf.encoded);
  } else if (node->parent != NULL) {
    mls_write_u8 (writer, NODE_TYPE_PARENT);
    mls_tree_parent_write (node->parent, writer);
  }
}

void
mls_tree_write (const MlsTree *self, MlsWriter *writer)
{
  uint32_t n_nodes = mls_tree_n_nodes (self->n_leaves);
  size_t begin = mls_write_vector_begin (writer);

  while (n_nodes > 0 && mls_tree_is_blank (self, n_nodes - 1))
    n_nodes--;
  for (uint32_t i = 0; i < n_nodes; i++)
    node_write (&self->nodes[i], writer);
  mls_write_vector_end (writer, begin);
}

bool
mls_leaves_contain (const uint32_t *leaves, uint32_t n_leaves, uint32_t leaf)
{
  uint32_t low = 0, high = n_leaves;

  while (low < high) {
    uint32_t middle = low + (high - low) / 2;

    if (leaves[middle] == leaf)
      return true;
    if (leaves[middle] < leaf)
      low = middle + 1;
    else
      high = middle;
  }
  return false;
}

const MlsLeafNode *
mls_tree_leaf (const MlsTree *self, uint32_t leaf)
{
  if (leaf >= self->n_leaves || self->nodes[2 * leaf].leaf == NULL)
    return NULL;
  return &self->nodes[2 * leaf].leaf->leaf;
}

const MlsTreeParent *
mls_tree_parent (const MlsTree *self, uint32_t node)
{
  if (node >= mls_tree_n_nodes (self->n_leaves))
    return NULL;
  return self->nodes[node].parent;
}

bool
mls_tree_is_blank (const MlsTree *self, uint32_t node)
{
  return self->nodes[node].leaf == NULL && self->nodes[node].parent == NULL;
}

MlsBytes
mls_tree_encryption_key (const MlsTree *self, uint32_t node)
{
  const MlsTreeParent *parent = self->nodes[node].parent;

  if (parent != NULL)
    return mls_bytes (parent->encryption_key, parent->encryption_key_length);
  return self->nodes[node].leaf->leaf.encryption_key;
}

MlsBytes
mls_tree_parent_hash_of (const MlsTree *self, uint32_t node)
{
  const MlsTreeParent *parent = self->nodes[node].parent;

  if (parent != NULL)
    return mls_bytes (parent->parent_hash, parent->parent_hash_length);
  return self->nodes[node].leaf->leaf.parent_hash;
}

static void
forget_hashes (MlsTree *self, uint32_t leaf, unsigned from_level)
{
  unsigned depth = mls_tree_depth (self->n_leaves);

  for (unsigned level = from_level; level <= depth; level++)
    self->nodes[mls_leaf_ancestor (leaf, level)].hashed = false;
}

void
mls_tree_set_leaf (MlsTree *self, uint32_t leaf_index, const MlsLeafNode *leaf)
{
  MlsTreeLeaf *new_leaf = leaf_new (leaf);

  node_clear (&self->nodes[2 * leaf_index]);
  self->nodes[2 * leaf_index].leaf = new_leaf;
  forget_hashes (self, leaf_index, 0);
}

static MlsTreeParent *
parent_copy (const MlsTreeParent *parent)
{
  MlsTreeParent *copy = g_memdup2 (parent, sizeof *parent);

  copy->n_references = 1;
  copy->unmerged = g_memdup2 (
      parent->unmerged, parent->n_unmerged * sizeof *parent->unmerged);
  return copy;
}

static void
add_unmerged (MlsTreeNode *node, uint32_t leaf)
{
  MlsTreeParent *parent = parent_copy (node->parent);
  uint32_t at = parent->n_unmerged;

  parent->unmerged =
      g_renew (uint32_t, parent->unmerged, parent->n_unmerged + 1);
  while (at > 0 && parent->unmerged[at - 1] > leaf) {
    parent->unmerged[at] = parent->unmerged[at - 1];
    at--;
  }
  parent->unmerged[at] = leaf;
  parent->n_unmerged++;
  parent_unref (node->parent);
  node->parent = parent;
}

MlsResult
mls_tree_add (MlsTree *self, const MlsLeafNode *leaf, uint32_t *leaf_index)
{
  uint32_t index = 0;
  unsigned depth;

  while (index < self->n_leaves && self->nodes[2 * index].leaf != NULL)
    index++;
  if (index == self->n_leaves) {
    if (self->n_leaves == MLS_MAX_LEAVES)
      return MLS_ERROR_LIMIT;
    resize (self, 2 * self->n_leaves);
  }

  mls_tree_set_leaf (self, index, leaf);
  depth = mls_tree_depth (self->n_leaves);
  for (unsigned level = 1; level <= depth; level++) {
    MlsTreeNode *node = &self->nodes[mls_leaf_ancestor (index, level)];

    if (node->parent != NULL)
      add_unmerged (node, index);
  }
  *leaf_index = index;
  return MLS_OK;
}

void
mls_tree_blank_path (MlsTree *self, uint32_t leaf)
{
  unsigned depth = mls_tree_depth (self->n_leaves);

  for (unsigned level = 1; level <= depth; level++)
    node_clear (&self->nodes[mls_leaf_ancestor (leaf, level)]);
  forget_hashes (self, leaf, 1);
}

static bool
right_half_is_empty (const MlsTree *self)
{
  for (uint32_t i = self->n_leaves / 2; i < self->n_leaves; i++)
    if (self->nodes[2 * i].leaf != NULL)
      return false;
  return true;
}

void
mls_tree_remove (MlsTree *self, uint32_t leaf)
{
  node_clear (&self->nodes[2 * leaf]);
  forget_hashes (self, leaf, 0);
  mls_tree_blank_path (self, leaf);
  while (self->n_leaves > 1 && right_half_is_empty (self))
    resize (self, self->n_leaves / 2);
}

void
mls_tree_set_parent (
    MlsTree *self, uint32_t node, MlsBytes key, MlsBytes parent_hash)
{
  MlsTreeParent *parent = g_new0 (MlsTreeParent, 1);

  g_assert (key.length <= sizeof parent->encryption_key);
  g_assert (parent_hash.length <= sizeof parent->parent_hash);
  parent->n_references = 1;
  if (key.length > 0)
    memcpy (parent->encryption_key, key.data, key.length);
  parent->encryption_key_length = key.length;
  if (parent_hash.length > 0)
    memcpy (parent->parent_hash, parent_hash.data, parent_hash.length);
  parent->parent_hash_length = parent_hash.length;

  node_clear (&self->nodes[node]);
  self->nodes[node].parent = parent;
  forget_hashes (self, mls_node_first_leaf (node), mls_node_level (node));
}

static void
resolve_parent (const MlsTreeParent *parent, uint32_t node, GArray *out)
{
  g_array_append_val (out, node);
  for (uint32_t i = 0; i < parent->n_unmerged; i++) {
    uint32_t leaf_node = 2 * parent->unmerged[i];

    g_array_append_val (out, leaf_node);
  }
}

GArray *
mls_tree_resolution (const MlsTree *self, uint32_t node)
{
  GArray *out = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  /* One right child per level waits, and the node to look at. */
  uint32_t stack[MLS_MAX_DEPTH + 1];
  unsigned n = 0;

  stack[n++] = node;
  while (n > 0) {
    uint32_t next = stack[--n];
    const MlsTreeNode *at = &self->nodes[next];

    if (at->parent != NULL) {
      resolve_parent (at->parent, next, out);
    } else if (at->leaf != NULL) {
      g_array_append_val (out, next);
    } else if (mls_node_level (next) > 0) {
      stack[n++] = mls_node_right (next);
      stack[n++] = mls_node_left (next);
    }
  }
  return out;
}

uint32_t
mls_copath_child (uint32_t leaf, unsigned level)
{
  return mls_node_sibling (mls_leaf_ancestor (leaf, level - 1));
}

void
mls_tree_filtered_path (const MlsTree *self, uint32_t leaf, MlsPath *path)
{
  unsigned depth = mls_tree_depth (self->n_leaves);

  path->n = 0;
  for (unsigned level = 1; level <= depth; level++) {
    g_autoptr (GArray) resolution =
        mls_tree_resolution (self, mls_copath_child (leaf, level));

    if (resolution->len > 0)
      path->levels[path->n++] = level;
  }
}
