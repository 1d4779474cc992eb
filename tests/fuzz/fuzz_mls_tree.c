/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Trees of somebody else: everything that is done to one before its signatures
 * are known to be good. The first byte picks a leaf for changes. */

#include "gst/discord/dave/mls/treecheck.h"
#include "gst/discord/dave/mls/treehash.h"

#include "fuzz.h"

static MlsCrypto *crypto;

/* A resolution lies below its node, and is empty only where that is blank. */
static void
check_resolutions (const MlsTree *tree)
{
  for (uint32_t i = 0; i < mls_tree_n_nodes (tree->n_leaves); i++) {
    g_autoptr (GArray) resolution = mls_tree_resolution (tree, i);

    for (unsigned j = 0; j < resolution->len; j++) {
      uint32_t node = g_array_index (resolution, uint32_t, j);

      FUZZ_CHECK (mls_node_covers (i, mls_node_first_leaf (node)));
    }
    FUZZ_CHECK (mls_tree_is_blank (tree, i) || resolution->len > 0);
  }
}

static void
check_written (const MlsTree *tree, MlsBytes bytes)
{
  g_auto (MlsWriter) writer = MLS_WRITER_INIT;

  mls_tree_write (tree, &writer);
  FUZZ_CHECK (mls_bytes_equal (mls_writer_bytes (&writer), bytes));
}

static void
check_hashes (MlsTree *tree)
{
  g_autoptr (MlsTree) copy = mls_tree_copy (tree);
  uint8_t a[MLS_HASH_SIZE], b[MLS_HASH_SIZE];

  FUZZ_CHECK (mls_tree_hash (tree, crypto, a) == MLS_OK);
  FUZZ_CHECK (mls_tree_hash (copy, crypto, b) == MLS_OK);
  FUZZ_CHECK (memcmp (a, b, sizeof a) == 0);
  mls_tree_check_parent_hashes (tree, crypto);
}

/* Removing what was added gives a tree whose hashes fit its bytes. */
static void
change (MlsTree *tree, uint32_t choice)
{
  uint32_t leaf = choice % tree->n_leaves;
  MlsPath path;
  uint8_t cached[MLS_HASH_SIZE], fresh[MLS_HASH_SIZE];
  g_auto (MlsWriter) writer = MLS_WRITER_INIT;
  g_autoptr (MlsTree) again = NULL;
  uint32_t added;

  if (mls_tree_leaf (tree, leaf) == NULL)
    return;
  mls_tree_filtered_path (tree, leaf, &path);
  FUZZ_CHECK (path.n <= mls_tree_depth (tree->n_leaves));
  if (mls_tree_add (tree, mls_tree_leaf (tree, leaf), &added) != MLS_OK)
    return;
  FUZZ_CHECK (mls_tree_check_unique_keys (tree) == MLS_ERROR_DUPLICATE);
  mls_tree_remove (tree, leaf);

  mls_tree_write (tree, &writer);
  FUZZ_CHECK (mls_tree_parse (mls_writer_bytes (&writer), &again) == MLS_OK);
  FUZZ_CHECK (mls_tree_hash (tree, crypto, cached) == MLS_OK);
  FUZZ_CHECK (mls_tree_hash (again, crypto, fresh) == MLS_OK);
  FUZZ_CHECK (again->n_leaves != tree->n_leaves || !memcmp (cached, fresh, 32));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (MlsTree) tree = NULL;

  if (crypto == NULL)
    crypto = mls_crypto_new ();
  if (size == 0
      || mls_tree_parse (mls_bytes (data + 1, size - 1), &tree) != MLS_OK)
    return 0;

  check_written (tree, mls_bytes (data + 1, size - 1));
  check_resolutions (tree);
  check_hashes (tree);
  mls_tree_check_unmerged (tree);
  mls_tree_check_unique_keys (tree);
  mls_tree_check_users (tree);
  mls_tree_check_parent_keys (tree, crypto);
  mls_tree_check_leaves (tree, crypto, MLS_NO_BYTES);
  change (tree, data[0]);
  return 0;
}
