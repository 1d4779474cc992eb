/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether a tree of somebody else is one that a group can have (RFC 9420,
 * sections 7.3, 7.9.2 and 12.4.3.1). */

#include "ratchettree.h"

/* Every parent's parent hash is with one of its descendants. */
MlsResult mls_tree_check_parent_hashes (MlsTree *tree, MlsCrypto *crypto);
/* Unmerged leaves exist and are unmerged all the way up. */
MlsResult mls_tree_check_unmerged (const MlsTree *tree);
/* No encryption key and no signature key twice. */
MlsResult mls_tree_check_unique_keys (const MlsTree *tree);
/* No two leaves of one user; MLS_ERROR_CREDENTIAL when an identity is not a
 * user id. A rule of DAVE. */
MlsResult mls_tree_check_users (const MlsTree *tree);
/* Every leaf by itself. */
MlsResult mls_tree_check_leaves (
    const MlsTree *tree, MlsCrypto *crypto, MlsBytes group_id);
/* Encryption keys of parents are keys. */
MlsResult mls_tree_check_parent_keys (const MlsTree *tree, MlsCrypto *crypto);
