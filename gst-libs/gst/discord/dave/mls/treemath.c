/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "treemath.h"

#include <glib.h>

unsigned
mls_node_level (uint32_t node)
{
  return (unsigned) __builtin_ctz (~node);
}

uint32_t
mls_tree_root (uint32_t n_leaves)
{
  return n_leaves - 1;
}

uint32_t
mls_tree_n_nodes (uint32_t n_leaves)
{
  return 2 * n_leaves - 1;
}

unsigned
mls_tree_depth (uint32_t n_leaves)
{
  return (unsigned) __builtin_ctz (n_leaves);
}

uint32_t
mls_node_left (uint32_t node)
{
  unsigned level = mls_node_level (node);

  g_assert (level > 0);
  return node ^ (1u << (level - 1));
}

uint32_t
mls_node_right (uint32_t node)
{
  unsigned level = mls_node_level (node);

  g_assert (level > 0);
  return node ^ (3u << (level - 1));
}

uint32_t
mls_node_parent (uint32_t node)
{
  unsigned level = mls_node_level (node);
  uint32_t side = (node >> (level + 1)) & 1;

  return (node | (1u << level)) ^ (side << (level + 1));
}

uint32_t
mls_node_sibling (uint32_t node)
{
  return node ^ (2u << mls_node_level (node));
}

uint32_t
mls_leaf_ancestor (uint32_t leaf, unsigned level)
{
  return ((leaf >> level) << (level + 1)) + (1u << level) - 1;
}

unsigned
mls_common_level (uint32_t leaf, uint32_t other)
{
  uint32_t different = leaf ^ other;

  return different == 0 ? 0 : 32 - (unsigned) __builtin_clz (different);
}

uint32_t
mls_node_first_leaf (uint32_t node)
{
  unsigned level = mls_node_level (node);

  return (node >> (level + 1)) << level;
}

uint32_t
mls_node_n_leaves (uint32_t node)
{
  return 1u << mls_node_level (node);
}

bool
mls_node_covers (uint32_t node, uint32_t leaf)
{
  return leaf - mls_node_first_leaf (node) < mls_node_n_leaves (node);
}
