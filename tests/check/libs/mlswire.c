/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/dave/mls/treemath.h"
#include "gst/discord/dave/mls/wire.h"

#include "mlsvectors.h"

static void
check_length (JsonObject *vector, MlsCrypto *crypto)
{
  g_auto (Bytes) header = vector_bytes (vector, "vlbytes_header");
  guint32 length = json_object_get_int_member (vector, "length");
  guint8 out[MLS_LENGTH_MAX_SIZE];
  MlsReader reader;

  mls_reader_init (&reader, bytes_view (&header));
  fail_unless_equals_int (mls_read_length (&reader), length);
  fail_unless_mls (mls_reader_finish (&reader), MLS_OK);

  fail_unless_equals_int (mls_length_encode (length, out), header.length);
  fail_unless_bytes (mls_bytes (out, header.length), bytes_view (&header));
}

GST_START_TEST (lengths)
{
  mls_vectors_each ("deserialization.json", 14, check_length);
}
GST_END_TEST;

/* Longer than needed, the reserved prefix, cut off. */
GST_START_TEST (bad_lengths)
{
  static const struct
  {
    guint8 bytes[5];
    gsize length;
  } bad[] = {
    { { 0xc0 }, 1 },
    { { 0xff, 0xff, 0xff, 0xff, 0xff }, 5 },
    { { 0x40, 0x00 }, 2 },
    { { 0x40, 0x3f }, 2 },
    { { 0x80, 0x00, 0x00, 0x3f }, 4 },
    { { 0x80, 0x00, 0x3f, 0xff }, 4 },
    { { 0x40 }, 1 },
    { { 0x80, 0x00, 0x40 }, 3 },
    { { 0 }, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    MlsReader reader;

    mls_reader_init (&reader, mls_bytes (bad[i].bytes, bad[i].length));
    fail_unless_equals_int (mls_read_length (&reader), 0);
    fail_unless_mls (mls_reader_finish (&reader), MLS_ERROR_PARSE);
  }
}
GST_END_TEST;

GST_START_TEST (reader)
{
  static const guint8 bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    15, 1, 2, 0xaa, 0xbb, 0, 1 };
  MlsReader reader;
  MlsBytes vector;

  mls_reader_init (&reader, MLS_BYTES_OF (bytes));
  fail_unless_equals_int (mls_read_u8 (&reader), 1);
  fail_unless_equals_int (mls_read_u16 (&reader), 0x0203);
  fail_unless_equals_int (mls_read_u32 (&reader), 0x04050607);
  fail_unless_equals_uint64 (mls_read_u64 (&reader), 0x08090a0b0c0d0e0fu);
  fail_unless (mls_read_optional (&reader));
  vector = mls_read_vector (&reader);
  fail_unless_bytes (vector, mls_bytes (bytes + 17, 2));
  fail_unless_bytes (mls_reader_since (&reader, vector.data), vector);
  fail_unless (!mls_read_optional (&reader));
  fail_unless_mls (mls_reader_finish (&reader), MLS_ERROR_PARSE);
  fail_unless_equals_int (mls_read_u8 (&reader), 1);
  fail_unless_mls (mls_reader_finish (&reader), MLS_OK);

  /* Past the end, and ever after. */
  fail_unless_equals_int (mls_read_u8 (&reader), 0);
  fail_unless (!mls_reader_more (&reader));
  fail_unless_mls (mls_reader_finish (&reader), MLS_ERROR_PARSE);
  mls_reader_fail (&reader, MLS_ERROR_SUITE);
  fail_unless_mls (mls_reader_finish (&reader), MLS_ERROR_PARSE);

  mls_reader_init (&reader, MLS_BYTES_OF (bytes));
  mls_read_u8 (&reader);
  fail_unless (!mls_read_optional (&reader));
  fail_unless_mls (mls_reader_finish (&reader), MLS_ERROR_PARSE);

  mls_reader_init (&reader, mls_bytes (bytes, MLS_MAX_MESSAGE + 1));
  fail_unless_equals_int (mls_read_u8 (&reader), 0);
  fail_unless_mls (mls_reader_finish (&reader), MLS_ERROR_LIMIT);
}
GST_END_TEST;

/* Vectors in a vector, of sizes on both sides of a header's growth. */
GST_START_TEST (writer)
{
  static const gsize sizes[] = { 0, 1, 61, 62, 63, 64, 16380, 16383, 16384 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_auto (MlsWriter) writer = MLS_WRITER_INIT;
    g_autofree guint8 *content = g_malloc0 (sizes[i] + 1);
    MlsReader reader, inner;
    gsize begin;

    mls_write_u16 (&writer, 0xabcd);
    begin = mls_write_vector_begin (&writer);
    mls_write_vector (&writer, mls_bytes (content, sizes[i]));
    mls_write_u64 (&writer, 0x0102030405060708u);
    mls_write_vector_end (&writer, begin);
    mls_write_u32 (&writer, 0xfedcba98u);

    mls_reader_init (&reader, mls_writer_bytes (&writer));
    fail_unless_equals_int (mls_read_u16 (&reader), 0xabcd);
    mls_reader_init (&inner, mls_read_vector (&reader));
    fail_unless_equals_int (mls_read_vector (&inner).length, sizes[i]);
    fail_unless_equals_uint64 (mls_read_u64 (&inner), 0x0102030405060708u);
    fail_unless_mls (mls_reader_finish (&inner), MLS_OK);
    fail_unless (mls_read_u32 (&reader) == 0xfedcba98u);
    fail_unless_mls (mls_reader_finish (&reader), MLS_OK);
  }
}
GST_END_TEST;

GST_START_TEST (compare)
{
  MlsBytes a = mls_bytes_text ("abc"), b = mls_bytes_text ("abd"),
           longer = mls_bytes_text ("abca");

  fail_unless (mls_bytes_compare (a, a) == 0);
  fail_unless (mls_bytes_compare (a, b) < 0);
  fail_unless (mls_bytes_compare (a, longer) < 0);
  fail_unless (mls_bytes_compare (longer, b) < 0);
  fail_unless (mls_bytes_compare (MLS_NO_BYTES, a) < 0);
  fail_unless (mls_bytes_equal_secret (a, mls_bytes_text ("abc")));
  fail_unless (!mls_bytes_equal_secret (a, b));
  fail_unless (!mls_bytes_equal_secret (a, longer));
}
GST_END_TEST;

static void
check_node (JsonObject *vector, const gchar *name, guint32 node, guint32 actual)
{
  JsonArray *array = json_object_get_array_member (vector, name);

  fail_unless_equals_int (json_array_get_int_element (array, node), actual);
}

static void
check_tree (JsonObject *vector, MlsCrypto *crypto)
{
  guint32 n_leaves = json_object_get_int_member (vector, "n_leaves");
  guint32 n_nodes = json_object_get_int_member (vector, "n_nodes");
  guint32 root = json_object_get_int_member (vector, "root");

  fail_unless_equals_int (mls_tree_n_nodes (n_leaves), n_nodes);
  fail_unless_equals_int (mls_tree_root (n_leaves), root);
  fail_unless_equals_int (mls_tree_depth (n_leaves), mls_node_level (root));
  for (guint32 node = 0; node < n_nodes; node++) {
    if (mls_node_level (node) > 0) {
      check_node (vector, "left", node, mls_node_left (node));
      check_node (vector, "right", node, mls_node_right (node));
    }
    if (node != root) {
      check_node (vector, "parent", node, mls_node_parent (node));
      check_node (vector, "sibling", node, mls_node_sibling (node));
    }
  }
}

GST_START_TEST (tree_math)
{
  mls_vectors_each ("tree-math.json", 10, check_tree);
}
GST_END_TEST;

/* What the vectors do not have, from what they have. */
GST_START_TEST (tree_paths)
{
  const guint32 n_leaves = 32, root = mls_tree_root (n_leaves);

  for (guint32 leaf = 0; leaf < n_leaves; leaf++) {
    guint32 node = 2 * leaf;

    for (guint level = 0; node != root; level++) {
      fail_unless_equals_int (mls_leaf_ancestor (leaf, level), node);
      fail_unless (mls_node_covers (node, leaf));
      fail_unless (!mls_node_covers (mls_node_sibling (node), leaf));
      node = mls_node_parent (node);
    }
    fail_unless_equals_int (
        mls_leaf_ancestor (leaf, mls_tree_depth (n_leaves)), root);

    for (guint32 other = 0; other < n_leaves; other++) {
      guint level = mls_common_level (leaf, other);

      fail_unless_equals_int (
          mls_leaf_ancestor (leaf, level), mls_leaf_ancestor (other, level));
      if (level > 0)
        fail_unless (mls_leaf_ancestor (leaf, level - 1)
            != mls_leaf_ancestor (other, level - 1));
    }
  }
  fail_unless_equals_int (mls_node_first_leaf (11), 4);
  fail_unless_equals_int (mls_node_n_leaves (11), 4);
}
GST_END_TEST;

/* Each reason has its own words. */
GST_START_TEST (reasons)
{
  for (gint i = MLS_OK; i <= MLS_ERROR_NOT_FOR_US; i++)
    for (gint j = MLS_OK; j < i; j++)
      fail_unless (g_strcmp0 (mls_result_text (i), mls_result_text (j)) != 0);
}
GST_END_TEST;

static Suite *
mlswire_suite (void)
{
  Suite *suite = suite_create ("mlswire");
  TCase *tc = tcase_create ("all");

  tcase_add_test (tc, lengths);
  tcase_add_test (tc, bad_lengths);
  tcase_add_test (tc, reader);
  tcase_add_test (tc, writer);
  tcase_add_test (tc, compare);
  tcase_add_test (tc, tree_math);
  tcase_add_test (tc, tree_paths);
  tcase_add_test (tc, reasons);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (mlswire);
