/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "keypackage.h"

/* The ratchet tree of RFC 9420 section 7 as everybody can see it: who sits on
 * which leaf, which parents have a key and which leaves those do not cover. */
typedef struct
{
  guint64 user_id;
  guint32 ssrc; /* of the session that holds the leaf; 0: of none any more */
  guint8 signature_key[LB_PUBLIC_KEY];
  guint8 encryption_key[LB_PUBLIC_KEY];
} LbLeaf;

typedef struct _LbTree LbTree;

LbTree *lb_tree_new (void);
LbTree *lb_tree_copy (const LbTree *self);
void lb_tree_free (LbTree *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LbTree, lb_tree_free)

/* Slots, blank ones included. */
guint lb_tree_n_leaves (const LbTree *self);
/* NULL: blank or beyond. */
LbLeaf *lb_tree_leaf (const LbTree *self, guint32 leaf);
/* FALSE: nobody of that session or user. */
gboolean lb_tree_find_ssrc (const LbTree *self, guint32 ssrc, guint32 *leaf);
gboolean lb_tree_find_user (const LbTree *self, guint64 user_id, guint32 *leaf);

/* The leftmost blank leaf; sections 7.7 and 7.8. */
guint32 lb_tree_add (
    LbTree *self, const LbKeyPackage *key_package, guint32 ssrc);
void lb_tree_remove (LbTree *self, guint32 leaf);

/* For each node of the filtered direct path the number of nodes its secret is
 * encrypted to; @added are the leaves (guint32) that get a Welcome instead. */
GArray *lb_tree_path_sizes (
    const LbTree *self, guint32 leaf, const GArray *added);
/* An UpdatePath of @leaf was taken. */
void lb_tree_merge_path (LbTree *self, guint32 leaf, LbBytes encryption_key);
