/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree.h"

#include <string.h>

/* Leaves have even indices; RFC 9420 appendix C. */
typedef struct
{
  LbLeaf leaf;
  GArray *unmerged; /* of guint32 leaf indices; NULL: a leaf */
} Node;

struct _LbTree
{
  GPtrArray *nodes; /* Node, NULL when blank; 2^(d+1) - 1 of them, or none */
};

static void
node_free (gpointer data)
{
  Node *node = data;

  if (node == NULL)
    return;
  g_clear_pointer (&node->unmerged, g_array_unref);
  g_free (node);
}

LbTree *
lb_tree_new (void)
{
  LbTree *self = g_new0 (LbTree, 1);

  self->nodes = g_ptr_array_new_with_free_func (node_free);
  return self;
}

static gpointer
node_copy (gconstpointer data, gpointer unused)
{
  const Node *node = data;
  Node *copy;

  if (node == NULL)
    return NULL;
  copy = g_memdup2 (node, sizeof *node);
  if (node->unmerged != NULL)
    copy->unmerged = g_array_copy (node->unmerged);
  return copy;
}

LbTree *
lb_tree_copy (const LbTree *self)
{
  LbTree *copy = g_new0 (LbTree, 1);

  copy->nodes = g_ptr_array_copy (self->nodes, node_copy, NULL);
  g_ptr_array_set_free_func (copy->nodes, node_free);
  return copy;
}

void
lb_tree_free (LbTree *self)
{
  g_ptr_array_unref (self->nodes);
  g_free (self);
}

static guint
level_of (guint x)
{
  return (guint) g_bit_nth_lsf (~(gulong) x, -1);
}

static guint
left_of (guint x)
{
  return x ^ (1u << (level_of (x) - 1));
}

static guint
right_of (guint x)
{
  return x ^ (3u << (level_of (x) - 1));
}

static guint
parent_of (guint x)
{
  guint level = level_of (x);
  guint bit = (x >> (level + 1)) & 1;

  return (x | 1u << level) ^ (bit << (level + 1));
}

static guint
sibling_of (guint x)
{
  guint parent = parent_of (x);

  return x < parent ? right_of (parent) : left_of (parent);
}

static guint
root_of (const LbTree *self)
{
  return self->nodes->len / 2;
}

static Node *
node_at (const LbTree *self, guint index)
{
  return index < self->nodes->len ? self->nodes->pdata[index] : NULL;
}

static void
put (LbTree *self, guint index, Node *node)
{
  node_free (self->nodes->pdata[index]);
  self->nodes->pdata[index] = node;
}

guint
lb_tree_n_leaves (const LbTree *self)
{
  return (self->nodes->len + 1) / 2;
}

LbLeaf *
lb_tree_leaf (const LbTree *self, guint32 leaf)
{
  Node *node = leaf < lb_tree_n_leaves (self) ? node_at (self, 2 * leaf) : NULL;

  return node != NULL ? &node->leaf : NULL;
}

gboolean
lb_tree_find_ssrc (const LbTree *self, guint32 ssrc, guint32 *leaf)
{
  for (*leaf = 0; *leaf < lb_tree_n_leaves (self); (*leaf)++) {
    const LbLeaf *at = lb_tree_leaf (self, *leaf);

    if (at != NULL && at->ssrc == ssrc)
      return TRUE;
  }
  return FALSE;
}

gboolean
lb_tree_find_user (const LbTree *self, guint64 user_id, guint32 *leaf)
{
  for (*leaf = 0; *leaf < lb_tree_n_leaves (self); (*leaf)++) {
    const LbLeaf *at = lb_tree_leaf (self, *leaf);

    if (at != NULL && at->user_id == user_id)
      return TRUE;
  }
  return FALSE;
}

/* From one leaf on, twice as many each time: the old root becomes the left
 * child of a new one. */
static guint32
blank_leaf (LbTree *self)
{
  guint n_leaves = lb_tree_n_leaves (self);

  for (guint leaf = 0; leaf < n_leaves; leaf++) {
    if (lb_tree_leaf (self, leaf) == NULL)
      return leaf;
  }
  g_ptr_array_set_size (
      self->nodes, (int) (n_leaves == 0 ? 1 : 4 * n_leaves - 1));
  return n_leaves;
}

static void
note_unmerged (LbTree *self, guint32 leaf)
{
  for (guint x = 2 * leaf; x != root_of (self);) {
    const Node *node;

    x = parent_of (x);
    node = node_at (self, x);
    if (node != NULL)
      g_array_append_val (node->unmerged, leaf);
  }
}

guint32
lb_tree_add (LbTree *self, const LbKeyPackage *key_package, guint32 ssrc)
{
  guint32 leaf = blank_leaf (self);
  Node *node = g_new0 (Node, 1);

  node->leaf.user_id = key_package->user_id;
  node->leaf.ssrc = ssrc;
  memcpy (node->leaf.signature_key, key_package->leaf.signature_key.data,
      LB_PUBLIC_KEY);
  memcpy (node->leaf.encryption_key, key_package->leaf.encryption_key.data,
      LB_PUBLIC_KEY);
  put (self, 2 * leaf, node);
  note_unmerged (self, leaf);
  return leaf;
}

static void
blank_path (LbTree *self, guint32 leaf)
{
  for (guint x = 2 * leaf; x != root_of (self);) {
    x = parent_of (x);
    put (self, x, NULL);
  }
}

static gboolean
is_right_half_blank (const LbTree *self)
{
  for (guint i = root_of (self) + 1; i < self->nodes->len; i += 2) {
    if (self->nodes->pdata[i] != NULL)
      return FALSE;
  }
  return TRUE;
}

void
lb_tree_remove (LbTree *self, guint32 leaf)
{
  blank_path (self, leaf);
  put (self, 2 * leaf, NULL);
  while (self->nodes->len > 1 && is_right_half_blank (self))
    g_ptr_array_set_size (self->nodes, (int) root_of (self));
}

/* The resolution's size, without leaves in @added. */
static guint
count_resolution (const LbTree *self, guint x, const GArray *added)
{
  const Node *node = node_at (self, x);
  guint count = 1;

  if (node == NULL)
    return level_of (x) == 0 ? 0
                             : count_resolution (self, left_of (x), added)
            + count_resolution (self, right_of (x), added);
  if (node->unmerged != NULL) {
    for (guint i = 0; i < node->unmerged->len; i++)
      count += count_resolution (
          self, 2 * g_array_index (node->unmerged, guint32, i), added);
    return count;
  }
  for (guint i = 0; added != NULL && i < added->len; i++) {
    if (2 * g_array_index (added, guint32, i) == x)
      return 0;
  }
  return 1;
}

GArray *
lb_tree_path_sizes (const LbTree *self, guint32 leaf, const GArray *added)
{
  GArray *sizes = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint x = 2 * leaf; x != root_of (self); x = parent_of (x)) {
    guint copath = sibling_of (x);
    guint size = count_resolution (self, copath, added);

    /* A node with nobody new or old below its copath is filtered out. */
    if (count_resolution (self, copath, NULL) > 0)
      g_array_append_val (sizes, size);
  }
  return sizes;
}

void
lb_tree_merge_path (LbTree *self, guint32 leaf, LbBytes encryption_key)
{
  memcpy (lb_tree_leaf (self, leaf)->encryption_key, encryption_key.data,
      LB_PUBLIC_KEY);
  for (guint x = 2 * leaf; x != root_of (self); x = parent_of (x)) {
    Node *node = NULL;

    if (count_resolution (self, sibling_of (x), NULL) > 0) {
      node = g_new0 (Node, 1);
      node->unmerged = g_array_new (FALSE, FALSE, sizeof (guint32));
    }
    put (self, parent_of (x), node);
  }
}
