/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The ratchet tree: its nodes, their encoding, adding and removing leaves (RFC
 * 9420, sections 4.1, 7.1, 7.7, 7.8 and 12.4.3.3). */

#include "leafnode.h"
#include "treemath.h"

/* Immutable and shared by the copies of a tree, hence not by threads. */
typedef struct _MlsTreeLeaf MlsTreeLeaf;

typedef struct
{
  unsigned n_references;
  uint8_t encryption_key[MLS_PUBLIC_KEY_SIZE];
  size_t encryption_key_length;
  uint8_t parent_hash[MLS_HASH_SIZE];
  size_t parent_hash_length;
  uint32_t *unmerged; /* leaf indices, ascending, all below the node */
  uint32_t n_unmerged;
} MlsTreeParent;

typedef struct
{
  MlsTreeLeaf *leaf; /* of an even node; NULL when blank */
  MlsTreeParent *parent; /* of an odd one */
  bool hashed; /* then so is everything below */
  uint8_t hash[MLS_HASH_SIZE];
} MlsTreeNode;

typedef struct
{
  uint32_t n_leaves; /* a power of two */
  MlsTreeNode *nodes;
} MlsTree;

/* One blank leaf. */
MlsTree *mls_tree_new (void);
MlsTree *mls_tree_copy (const MlsTree *self);
void mls_tree_free (MlsTree *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MlsTree, mls_tree_free)

/* @bytes: the data of extension ratchet_tree. Whether nodes have their place
 * and unmerged leaves are below their node is checked here, all else by
 * treecheck. */
MlsResult mls_tree_parse (MlsBytes bytes, MlsTree **out);
void mls_tree_write (const MlsTree *self, MlsWriter *writer);
void mls_tree_parent_write (const MlsTreeParent *parent, MlsWriter *writer);

/* Whether @leaf is in the ascending @leaves. */
bool mls_leaves_contain (
    const uint32_t *leaves, uint32_t n_leaves, uint32_t leaf);

/* NULL where blank or outside. */
const MlsLeafNode *mls_tree_leaf (const MlsTree *self, uint32_t leaf);
const MlsTreeParent *mls_tree_parent (const MlsTree *self, uint32_t node);
bool mls_tree_is_blank (const MlsTree *self, uint32_t node);
/* Of a node that is not blank. */
MlsBytes mls_tree_encryption_key (const MlsTree *self, uint32_t node);
MlsBytes mls_tree_parent_hash_of (const MlsTree *self, uint32_t node);

/* Takes the leftmost blank leaf or doubles the tree; MLS_ERROR_LIMIT. */
MlsResult mls_tree_add (
    MlsTree *self, const MlsLeafNode *leaf, uint32_t *leaf_index);
/* A leaf that is not blank. Truncates the tree. */
void mls_tree_remove (MlsTree *self, uint32_t leaf);
/* The leaf is in the tree; what is above stays. */
void mls_tree_set_leaf (
    MlsTree *self, uint32_t leaf_index, const MlsLeafNode *leaf);
void mls_tree_blank_path (MlsTree *self, uint32_t leaf);
/* @key and @parent_hash: not longer than ours. Nothing is unmerged. */
void mls_tree_set_parent (
    MlsTree *self, uint32_t node, MlsBytes key, MlsBytes parent_hash);

/* Nodes that together cover the leaves below @node (RFC 9420, section 4.1.1),
 * as uint32_t. */
GArray *mls_tree_resolution (const MlsTree *self, uint32_t node);

/* The levels of a leaf's filtered direct path, from below. */
typedef struct
{
  unsigned levels[MLS_MAX_DEPTH];
  unsigned n;
} MlsPath;

void mls_tree_filtered_path (const MlsTree *self, uint32_t leaf, MlsPath *path);
/* Child of the node at @level above @leaf that is not above it itself. */
uint32_t mls_copath_child (uint32_t leaf, unsigned level);
