/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* New secrets along a path of the tree (RFC 9420, sections 7.4 to 7.6): making
 * a path, and taking one from somebody else. */

#include "commit.h"
#include "ratchettree.h"

/* The private keys a member holds: of its leaf at level 0, and of those nodes
 * above it whose secret it was told. */
typedef struct
{
  uint32_t leaf;
  bool known[MLS_MAX_DEPTH + 1];
  MlsKeyPair keys[MLS_MAX_DEPTH + 1];
} MlsTreeKeys;

void mls_tree_keys_init (
    MlsTreeKeys *self, uint32_t leaf, const MlsKeyPair *leaf_key);
void mls_tree_keys_clear (MlsTreeKeys *self);
/* Forgets keys that are not in @tree any more. */
void mls_tree_keys_prune (MlsTreeKeys *self, const MlsTree *tree);
/* @path_secret is of the node at @level above our leaf. Derives the keys from
 * there to the root, which must be those of the nodes that are not blank.
 * @commit_secret: what comes after the last. */
MlsResult mls_tree_keys_install (MlsTreeKeys *self, const MlsTree *tree,
    MlsCrypto *crypto, unsigned level, const MlsSecret *path_secret,
    MlsSecret *commit_secret);

/* Leaves that the commit adds, as uint32_t: they learn the secrets from their
 * Welcome. */
typedef GArray MlsLeafList;

/* Puts a committer's path into the tree: after the proposals. Checks all that
 * takes no private key. */
MlsResult mls_update_path_merge (const MlsUpdatePath *path, MlsTree *tree,
    MlsCrypto *crypto, const MlsLeafPlace *committer, const MlsLeafList *added);
/* @tree: with the path; @group_context: encoded, with the hash of that tree.
 * @level: of the node above our leaf whose secret it is. */
MlsResult mls_update_path_decrypt (const MlsUpdatePath *path,
    const MlsTree *tree, MlsCrypto *crypto, uint32_t committer,
    const MlsLeafList *added, MlsBytes group_context, const MlsTreeKeys *keys,
    MlsSecret *path_secret, unsigned *level);

/* One of our own. */
typedef struct
{
  MlsPath path;
  MlsSecret secrets[MLS_MAX_DEPTH]; /* of the nodes of @path */
  MlsSecret commit_secret;
} MlsNewPath;

void mls_new_path_clear (MlsNewPath *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MlsNewPath, mls_new_path_clear)

/* Fresh secrets, put into the tree and into @keys; the leaf is signed anew. */
MlsResult mls_new_path_make (MlsNewPath *self, MlsTree *tree, MlsCrypto *crypto,
    MlsTreeKeys *keys, MlsBytes group_id, const MlsKeyPair *signature_key);
/* As UpdatePath, encrypted to everybody but the @added. */
MlsResult mls_new_path_write (const MlsNewPath *self, const MlsTree *tree,
    MlsCrypto *crypto, uint32_t committer, const MlsLeafList *added,
    MlsBytes group_context, MlsWriter *writer);
/* The secret for a joiner: that of the lowest node above both. NULL when the
 * path has none. */
const MlsSecret *mls_new_path_secret_for (
    const MlsNewPath *self, uint32_t committer, uint32_t joiner);
