/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tree hashes and parent hashes (RFC 9420, sections 7.8 and 7.9). */

#include "ratchettree.h"

/* Of the subtree below @node; remembered in the tree. */
MlsResult mls_tree_node_hash (MlsTree *tree, MlsCrypto *crypto, uint32_t node,
    uint8_t out[MLS_HASH_SIZE]);
/* Of the whole. */
MlsResult mls_tree_hash (
    MlsTree *tree, MlsCrypto *crypto, uint8_t out[MLS_HASH_SIZE]);

/* The parent hash of @parent, which is not blank, where @sibling is the child
 * that is not on the path. */
MlsResult mls_tree_parent_hash (MlsTree *tree, MlsCrypto *crypto,
    uint32_t parent, uint32_t sibling, uint8_t out[MLS_HASH_SIZE]);

/* Fills in the parent hashes of a new path, whose nodes are set, from above.
 * @out: the one for the leaf, empty when there is no path. */
MlsResult mls_tree_hash_path (MlsTree *tree, MlsCrypto *crypto, uint32_t leaf,
    const MlsPath *path, uint8_t out[MLS_HASH_SIZE], size_t *out_length);
