/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "signature.h"

/* RFC 9420 section 7.2, read as far as it can be judged from outside. */
typedef struct
{
  LbBytes encryption_key;
  LbBytes signature_key;
  LbBytes identity;
  guint source;
  guint64 not_before; /* of key packages */
  guint64 not_after;
  LbBytes signed_part; /* everything before the signature */
  LbBytes signature;
} LbLeafNode;

enum
{
  LB_LEAF_KEY_PACKAGE = 1,
  LB_LEAF_COMMIT = 3,
};

/* FALSE: malformed, or without what DAVE demands (version, ciphersuite, basic
 * credential, no extensions). */
gboolean lb_leaf_node_read (LbReader *reader, LbLeafNode *leaf);
/* The user id in an identity; 0: it is none. */
guint64 lb_identity_user (LbBytes identity);

typedef struct
{
  GBytes *bytes; /* what the rest points into */
  LbLeafNode leaf;
  guint64 user_id;
  guint8 ref[LB_REF];
} LbKeyPackage;

/* NULL with the name of what is wrong with @payload in @wrong. */
LbKeyPackage *lb_key_package_new (
    LbBytes payload, guint64 user_id, const char **wrong);
LbKeyPackage *lb_key_package_copy (const LbKeyPackage *self);
void lb_key_package_free (LbKeyPackage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LbKeyPackage, lb_key_package_free)
