/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/dave/mls/proposal.h"
#include "gst/discord/dave/mls/treecheck.h"
#include "gst/discord/dave/mls/treehash.h"

#include "mlsvectors.h"

static MlsTree *
vector_tree (JsonObject *vector, const gchar *name)
{
  g_auto (Bytes) bytes = vector_bytes (vector, name);
  g_auto (MlsWriter) writer = MLS_WRITER_INIT;
  MlsTree *tree = NULL;

  fail_unless_mls (mls_tree_parse (bytes_view (&bytes), &tree), MLS_OK);
  mls_tree_write (tree, &writer);
  fail_unless_bytes (mls_writer_bytes (&writer), bytes_view (&bytes));
  return tree;
}

static void
check_hash (
    JsonObject *vector, const gchar *name, MlsTree *tree, MlsCrypto *crypto)
{
  guint8 hash[MLS_HASH_SIZE];

  fail_unless_mls (mls_tree_hash (tree, crypto, hash), MLS_OK);
  check_member (vector, name, MLS_BYTES_OF (hash));
}

static guint n_updates;

/* A Remove and the two Adds change the tree, which is then as in the vector;
 * Updates are not for us. */
static void
check_operation (JsonObject *vector, MlsCrypto *crypto)
{
  g_autoptr (MlsTree) tree = vector_tree (vector, "tree_before");
  g_autoptr (MlsTree) before = mls_tree_copy (tree);
  g_autoptr (MlsTree) after = vector_tree (vector, "tree_after");
  g_auto (Bytes) bytes = vector_bytes (vector, "proposal");
  g_auto (MlsWriter) writer = MLS_WRITER_INIT;
  MlsReader reader;
  MlsProposal proposal;
  guint32 index;

  check_hash (vector, "tree_hash_before", tree, crypto);
  check_hash (vector, "tree_hash_after", after, crypto);
  mls_reader_init (&reader, bytes_view (&bytes));
  mls_proposal_read (&reader, &proposal);
  if (bytes.data[1] == 2) {
    fail_unless_mls (mls_reader_finish (&reader), MLS_ERROR_PROPOSAL_TYPE);
    n_updates++;
    return;
  }

  fail_unless_mls (mls_reader_finish (&reader), MLS_OK);
  if (proposal.type == MLS_PROPOSAL_ADD)
    fail_unless_mls (
        mls_tree_add (tree, &proposal.key_package.leaf, &index), MLS_OK);
  else
    mls_tree_remove (tree, proposal.removed);

  mls_tree_write (tree, &writer);
  check_member (vector, "tree_after", mls_writer_bytes (&writer));
  check_hash (vector, "tree_hash_after", tree, crypto);

  /* The copy did not change with it. */
  check_hash (vector, "tree_hash_before", before, crypto);
}

GST_START_TEST (operations)
{
  n_updates = 0;
  mls_vectors_each ("tree-operations.json", 5, check_operation);
  fail_unless_equals_int (n_updates, 1);
}
GST_END_TEST;

static void
check_resolution (MlsTree *tree, guint32 node, JsonArray *expected)
{
  g_autoptr (GArray) actual = mls_tree_resolution (tree, node);

  fail_unless_equals_int (json_array_get_length (expected), actual->len);
  for (guint i = 0; i < actual->len; i++)
    fail_unless_equals_int (json_array_get_int_element (expected, i),
        g_array_index (actual, guint32, i));
}

static void
check_node_hash (
    MlsTree *tree, MlsCrypto *crypto, guint32 node, const gchar *expected)
{
  guint8 hash[MLS_HASH_SIZE];
  g_autoptr (GString) text = g_string_new (NULL);

  fail_unless_mls (mls_tree_node_hash (tree, crypto, node, hash), MLS_OK);
  for (guint i = 0; i < sizeof hash; i++)
    g_string_append_printf (text, "%02x", hash[i]);
  fail_unless_equals_string (text->str, expected);
}

static void
check_validation (JsonObject *vector, MlsCrypto *crypto)
{
  g_autoptr (MlsTree) tree = vector_tree (vector, "tree");
  g_auto (Bytes) group_id = vector_bytes (vector, "group_id");
  JsonArray *hashes = json_object_get_array_member (vector, "tree_hashes");
  JsonArray *resolutions = json_object_get_array_member (vector, "resolutions");
  guint32 n_nodes = mls_tree_n_nodes (tree->n_leaves);

  fail_unless_equals_int (json_array_get_length (hashes), n_nodes);
  fail_unless_equals_int (json_array_get_length (resolutions), n_nodes);
  for (guint32 i = 0; i < n_nodes; i++) {
    check_resolution (tree, i, json_array_get_array_element (resolutions, i));
    check_node_hash (
        tree, crypto, i, json_array_get_string_element (hashes, i));
  }
  fail_unless_mls (mls_tree_check_parent_hashes (tree, crypto), MLS_OK);
  fail_unless_mls (mls_tree_check_unmerged (tree), MLS_OK);
  fail_unless_mls (mls_tree_check_unique_keys (tree), MLS_OK);
  fail_unless_mls (mls_tree_check_parent_keys (tree, crypto), MLS_OK);
  fail_unless_mls (
      mls_tree_check_leaves (tree, crypto, bytes_view (&group_id)), MLS_OK);

  group_id.data[0] ^= 1;
  fail_unless_mls (mls_tree_check_leaves (tree, crypto, bytes_view (&group_id)),
      MLS_ERROR_SIGNATURE);
}

GST_START_TEST (validation)
{
  mls_vectors_each ("tree-validation.json", 14, check_validation);
}
GST_END_TEST;

/* Any change to any parent of a good tree is seen. */
static void
check_damaged_parents (JsonObject *vector, MlsCrypto *crypto)
{
  g_autoptr (MlsTree) good = vector_tree (vector, "tree");

  for (guint32 node = 1; node < mls_tree_n_nodes (good->n_leaves); node += 2) {
    const MlsTreeParent *parent = mls_tree_parent (good, node);
    g_autoptr (MlsTree) tree = mls_tree_copy (good);
    guint8 key[MLS_PUBLIC_KEY_SIZE];

    if (parent == NULL)
      continue;
    memcpy (key, parent->encryption_key, sizeof key);
    key[64] ^= 1;
    mls_tree_set_parent (
        tree, node, MLS_BYTES_OF (key), mls_tree_parent_hash_of (good, node));
    fail_unless_mls (
        mls_tree_check_parent_hashes (tree, crypto), MLS_ERROR_TREE);
    fail_unless_mls (mls_tree_check_parent_keys (tree, crypto), MLS_ERROR_KEY);

    if (parent->parent_hash_length == 0)
      continue;
    mls_tree_set_parent (
        tree, node, MLS_BYTES_OF (parent->encryption_key), MLS_NO_BYTES);
    fail_unless_mls (
        mls_tree_check_parent_hashes (tree, crypto), MLS_ERROR_TREE);
  }
}

GST_START_TEST (damaged_parents)
{
  mls_vectors_each ("tree-validation.json", 14, check_damaged_parents);
}
GST_END_TEST;

static guint n_blank_leaves;

/* Unmerged leaves that do not exist. */
static void
check_damaged_unmerged (JsonObject *vector, MlsCrypto *crypto)
{
  g_autoptr (MlsTree) tree = vector_tree (vector, "tree");

  for (guint32 node = 1; node < mls_tree_n_nodes (tree->n_leaves); node += 2) {
    const MlsTreeParent *parent = mls_tree_parent (tree, node);

    if (parent == NULL)
      continue;
    for (guint32 i = 0; i < parent->n_unmerged; i++) {
      g_autoptr (MlsTree) damaged = mls_tree_copy (tree);
      MlsTreeNode *leaf = &damaged->nodes[2 * parent->unmerged[i]];
      MlsTreeLeaf *kept = g_steal_pointer (&leaf->leaf);

      fail_unless_mls (mls_tree_check_unmerged (damaged), MLS_ERROR_TREE);
      leaf->leaf = kept;
      n_blank_leaves++;
    }
  }
}

GST_START_TEST (damaged_unmerged)
{
  n_blank_leaves = 0;
  mls_vectors_each ("tree-validation.json", 14, check_damaged_unmerged);
  fail_unless_equals_int (n_blank_leaves, 3);
}
GST_END_TEST;

static MlsResult
parse_nodes (MlsWriter *nodes)
{
  g_auto (MlsWriter) bytes = MLS_WRITER_INIT;
  g_autoptr (MlsTree) tree = NULL;

  mls_write_vector (&bytes, mls_writer_bytes (nodes));
  return mls_tree_parse (mls_writer_bytes (&bytes), &tree);
}

static void
write_parent (MlsWriter *writer, gsize key_length, const guint32 *unmerged,
    guint n_unmerged)
{
  guint8 *key;
  gsize begin;

  mls_write_u8 (writer, 1);
  mls_write_u8 (writer, 2);
  begin = mls_write_vector_begin (writer);
  key = mls_write_space (writer, key_length);
  memset (key, 7, key_length);
  mls_write_vector_end (writer, begin);
  mls_write_vector (writer, MLS_NO_BYTES);
  begin = mls_write_vector_begin (writer);
  for (guint i = 0; i < n_unmerged; i++)
    mls_write_u32 (writer, unmerged[i]);
  mls_write_vector_end (writer, begin);
}

GST_START_TEST (malformed)
{
  static const struct
  {
    gsize key_length;
    guint32 unmerged[3];
    guint n_unmerged;
    MlsResult result;
  } cases[] = {
    { 65, { 0 }, 0, MLS_OK },
    { 65, { 0, 1 }, 2, MLS_OK },
    { 66, { 0 }, 0, MLS_ERROR_TREE },
    { 65, { 1, 0 }, 2, MLS_ERROR_TREE },
    { 65, { 0, 0 }, 2, MLS_ERROR_TREE },
    { 65, { 2 }, 1, MLS_ERROR_TREE },
    { 65, { 0xffffffff }, 1, MLS_ERROR_TREE },
    { 65, { 0, 1, 2 }, 3, MLS_ERROR_TREE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (MlsWriter) nodes = MLS_WRITER_INIT;

    mls_write_u8 (&nodes, 0);
    write_parent (
        &nodes, cases[i].key_length, cases[i].unmerged, cases[i].n_unmerged);
    fail_unless_mls (parse_nodes (&nodes), cases[i].result);
  }
}
GST_END_TEST;

GST_START_TEST (shapes)
{
  g_auto (MlsWriter) nodes = MLS_WRITER_INIT;
  g_auto (MlsWriter) parent_first = MLS_WRITER_INIT;

  fail_unless_mls (parse_nodes (&nodes), MLS_ERROR_TREE);
  mls_write_u8 (&nodes, 0);
  fail_unless_mls (parse_nodes (&nodes), MLS_ERROR_TREE);
  mls_write_u8 (&nodes, 2);
  fail_unless_mls (parse_nodes (&nodes), MLS_ERROR_PARSE);

  write_parent (&parent_first, 65, NULL, 0);
  fail_unless_mls (parse_nodes (&parent_first), MLS_ERROR_TREE);

  mls_writer_clear (&nodes);
  for (guint32 i = 0; i < mls_tree_n_nodes (MLS_MAX_LEAVES); i++)
    mls_write_u8 (&nodes, 0);
  fail_unless_mls (parse_nodes (&nodes), MLS_ERROR_TREE);
  mls_write_u8 (&nodes, 0);
  fail_unless_mls (parse_nodes (&nodes), MLS_ERROR_LIMIT);
}
GST_END_TEST;

/* Adds up to the limit and removals down to one leaf: sizes, order, hashes. */
GST_START_TEST (grow_and_shrink)
{
  g_autoptr (JsonParser) parser = mls_vectors_load ("tree-validation.json");
  g_autoptr (MlsTree) source =
      vector_tree (json_array_get_object_element (
                       json_node_get_array (json_parser_get_root (parser)), 0),
          "tree");
  const MlsLeafNode *leaf = mls_tree_leaf (source, 0);
  g_autoptr (MlsCrypto) crypto = mls_crypto_new ();
  g_autoptr (MlsTree) tree = mls_tree_new ();
  guint8 one[MLS_HASH_SIZE], hash[MLS_HASH_SIZE];
  guint32 index;

  for (guint32 i = 0; i < MLS_MAX_LEAVES; i++) {
    fail_unless_mls (mls_tree_add (tree, leaf, &index), MLS_OK);
    fail_unless_equals_int (index, i);
    if (i == 0)
      fail_unless_mls (mls_tree_hash (tree, crypto, one), MLS_OK);
  }
  fail_unless_equals_int (tree->n_leaves, MLS_MAX_LEAVES);
  fail_unless_mls (mls_tree_add (tree, leaf, &index), MLS_ERROR_LIMIT);
  fail_unless_mls (mls_tree_check_unique_keys (tree), MLS_ERROR_DUPLICATE);

  mls_tree_remove (tree, 5);
  mls_tree_remove (tree, 3);
  fail_unless_mls (mls_tree_add (tree, leaf, &index), MLS_OK);
  fail_unless_equals_int (index, 3);

  for (guint32 i = MLS_MAX_LEAVES - 1; i > 0; i--) {
    if (i != 5)
      mls_tree_remove (tree, i);
    fail_unless (tree->n_leaves >= i);
    fail_unless (tree->n_leaves / 2 <= i);
  }
  fail_unless_equals_int (tree->n_leaves, 1);
  fail_unless_mls (mls_tree_hash (tree, crypto, hash), MLS_OK);
  fail_unless_bytes (MLS_BYTES_OF (hash), MLS_BYTES_OF (one));
}
GST_END_TEST;

static Suite *
mlstree_suite (void)
{
  Suite *suite = suite_create ("mlstree");
  TCase *tc = tcase_create ("all");

  tcase_add_test (tc, operations);
  tcase_add_test (tc, validation);
  tcase_add_test (tc, damaged_parents);
  tcase_add_test (tc, damaged_unmerged);
  tcase_add_test (tc, malformed);
  tcase_add_test (tc, shapes);
  tcase_add_test (tc, grow_and_shrink);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (mlstree);
