/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The tree as an array (RFC 9420, appendix C): leaves at even places, parents
 * at odd ones. The number of leaves is always a power of two. */

#include <stdbool.h>
#include <stdint.h>

/* Bounds what a hostile tree can cost. */
#define MLS_MAX_DEPTH 12
#define MLS_MAX_LEAVES (1u << MLS_MAX_DEPTH)

/* 0 for leaves. */
unsigned mls_node_level (uint32_t node);
/* Of a tree of @n_leaves. */
uint32_t mls_tree_root (uint32_t n_leaves);
uint32_t mls_tree_n_nodes (uint32_t n_leaves);
unsigned mls_tree_depth (uint32_t n_leaves);

/* Only of parents. */
uint32_t mls_node_left (uint32_t node);
uint32_t mls_node_right (uint32_t node);
/* Not of the root. */
uint32_t mls_node_parent (uint32_t node);
uint32_t mls_node_sibling (uint32_t node);

/* The node at @level on the direct path of @leaf; the leaf itself at 0. */
uint32_t mls_leaf_ancestor (uint32_t leaf, unsigned level);
/* Level of the lowest node above both leaves; 0 when they are one. */
unsigned mls_common_level (uint32_t leaf, uint32_t other);
/* First leaf below @node and their number. */
uint32_t mls_node_first_leaf (uint32_t node);
uint32_t mls_node_n_leaves (uint32_t node);
bool mls_node_covers (uint32_t node, uint32_t leaf);
