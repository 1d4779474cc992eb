/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/dave/mls/groupcontext.h"
#include "gst/discord/dave/mls/labels.h"
#include "gst/discord/dave/mls/treecheck.h"
#include "gst/discord/dave/mls/treehash.h"
#include "gst/discord/dave/mls/treekem.h"

#include "mlsvectors.h"

typedef struct
{
  JsonObject *vector;
  MlsCrypto *crypto;
  MlsTree *tree;
  Bytes group_id;
  GArray *nobody; /* no leaves are added */
} Group;

static void
group_init (Group *self, JsonObject *vector, MlsCrypto *crypto)
{
  g_auto (Bytes) tree = vector_bytes (vector, "ratchet_tree");

  self->vector = vector;
  self->crypto = crypto;
  self->group_id = vector_bytes (vector, "group_id");
  self->nobody = g_array_new (FALSE, FALSE, sizeof (guint32));
  fail_unless_mls (mls_tree_parse (bytes_view (&tree), &self->tree), MLS_OK);
}

static void
group_clear (Group *self)
{
  bytes_clear (&self->group_id);
  g_array_unref (self->nobody);
  mls_tree_free (self->tree);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Group, group_clear)

/* The provisional GroupContext of a path. */
static void
write_context (const Group *self, MlsTree *tree, MlsWriter *writer)
{
  g_auto (Bytes) confirmed =
      vector_bytes (self->vector, "confirmed_transcript_hash");
  guint8 tree_hash[MLS_HASH_SIZE];
  const MlsGroupContext context = { bytes_view (&self->group_id),
    json_object_get_int_member (self->vector, "epoch"),
    MLS_BYTES_OF (tree_hash), bytes_view (&confirmed), MLS_NO_BYTES };

  fail_unless_mls (mls_tree_hash (tree, self->crypto, tree_hash), MLS_OK);
  mls_group_context_write (writer, &context);
}

static MlsTreeKeys
leaf_keys (const Group *self, JsonObject *private)
{
  JsonArray *secrets = json_object_get_array_member (private, "path_secrets");
  guint32 leaf = json_object_get_int_member (private, "index");
  MlsKeyPair pair = vector_key_pair (private, "encryption_priv", self->crypto);
  MlsTreeKeys keys;

  fail_unless_bytes (MLS_BYTES_OF (pair.public_key),
      mls_tree_leaf (self->tree, leaf)->encryption_key);
  mls_tree_keys_init (&keys, leaf, &pair);
  for (guint i = 0; i < json_array_get_length (secrets); i++) {
    JsonObject *entry = json_array_get_object_element (secrets, i);
    guint32 node = json_object_get_int_member (entry, "node");
    guint level = mls_node_level (node);
    MlsSecret path_secret = vector_secret (entry, "path_secret"), node_secret;

    fail_unless_equals_int (mls_leaf_ancestor (leaf, level), node);
    fail_unless_mls (mls_derive_secret (self->crypto,
                         MLS_SECRET_BYTES (&path_secret), "node", &node_secret),
        MLS_OK);
    fail_unless_mls (mls_hpke_derive_key_pair (self->crypto,
                         MLS_SECRET_BYTES (&node_secret), &keys.keys[level]),
        MLS_OK);
    keys.known[level] = true;
    fail_unless_bytes (MLS_BYTES_OF (keys.keys[level].public_key),
        mls_tree_encryption_key (self->tree, node));
  }
  return keys;
}

static void
parse_path (MlsBytes bytes, MlsUpdatePath *path)
{
  MlsReader reader;

  mls_reader_init (&reader, bytes);
  mls_update_path_read (&reader, path);
  fail_unless_mls (mls_reader_finish (&reader), MLS_OK);
}

/* What the member with @keys gets from a path that is merged into @tree. */
static void
receive (const Group *self, const MlsUpdatePath *path, MlsTree *tree,
    guint32 sender, const MlsTreeKeys *old_keys, MlsSecret *path_secret,
    MlsSecret *commit_secret)
{
  g_auto (MlsWriter) context = MLS_WRITER_INIT;
  MlsTreeKeys keys = *old_keys;
  guint level;

  write_context (self, tree, &context);
  mls_tree_keys_prune (&keys, tree);
  fail_unless_mls (
      mls_update_path_decrypt (path, tree, self->crypto, sender, self->nobody,
          mls_writer_bytes (&context), &keys, path_secret, &level),
      MLS_OK);
  fail_unless_mls (mls_tree_keys_install (&keys, tree, self->crypto, level,
                       path_secret, commit_secret),
      MLS_OK);
}

static void
check_receivers (const Group *self, JsonObject *vector,
    const MlsUpdatePath *path, MlsTree *tree, guint32 sender)
{
  JsonArray *privates =
      json_object_get_array_member (self->vector, "leaves_private");
  JsonArray *expected = json_object_get_array_member (vector, "path_secrets");

  for (guint i = 0; i < json_array_get_length (privates); i++) {
    JsonObject *private = json_array_get_object_element (privates, i);
    MlsTreeKeys keys = leaf_keys (self, private);
    MlsSecret path_secret, commit_secret;
    g_autoptr (JsonObject) wanted = NULL;

    if (keys.leaf == sender)
      continue;
    receive (self, path, tree, sender, &keys, &path_secret, &commit_secret);
    check_member (vector, "commit_secret", MLS_SECRET_BYTES (&commit_secret));
    wanted = json_object_new ();
    json_object_set_string_member (wanted, "path_secret",
        json_array_get_string_element (expected, keys.leaf));
    check_member (wanted, "path_secret", MLS_SECRET_BYTES (&path_secret));
  }
}

static void
check_update_path (const Group *self, JsonObject *vector)
{
  guint32 sender = json_object_get_int_member (vector, "sender");
  g_auto (Bytes) bytes = vector_bytes (vector, "update_path");
  g_autoptr (MlsTree) tree = mls_tree_copy (self->tree);
  const MlsLeafPlace place = { bytes_view (&self->group_id), sender };
  guint8 hash[MLS_HASH_SIZE];
  MlsUpdatePath path;

  parse_path (bytes_view (&bytes), &path);
  fail_unless_mls (
      mls_update_path_merge (&path, tree, self->crypto, &place, self->nobody),
      MLS_OK);
  fail_unless_mls (mls_tree_hash (tree, self->crypto, hash), MLS_OK);
  check_member (vector, "tree_hash_after", MLS_BYTES_OF (hash));
  fail_unless_mls (mls_tree_check_parent_hashes (tree, self->crypto), MLS_OK);
  check_receivers (self, vector, &path, tree, sender);

  /* The same path again is no new path. */
  fail_unless_mls (
      mls_update_path_merge (&path, tree, self->crypto, &place, self->nobody),
      MLS_ERROR_PATH);
}

static void
check_treekem (JsonObject *vector, MlsCrypto *crypto)
{
  JsonArray *paths = json_object_get_array_member (vector, "update_paths");
  g_auto (Group) self;

  group_init (&self, vector, crypto);
  for (guint i = 0; i < json_array_get_length (paths); i++)
    check_update_path (&self, json_array_get_object_element (paths, i));
}

GST_START_TEST (vectors)
{
  mls_vectors_each ("treekem.json", 11, check_treekem);
}
GST_END_TEST;

static void
check_own_path (const Group *self, JsonObject *private)
{
  JsonArray *privates =
      json_object_get_array_member (self->vector, "leaves_private");
  MlsKeyPair signer = vector_key_pair (private, "signature_priv", self->crypto);
  MlsTreeKeys keys = leaf_keys (self, private);
  g_autoptr (MlsTree) sent = mls_tree_copy (self->tree);
  g_autoptr (MlsTree) received = mls_tree_copy (self->tree);
  g_auto (MlsNewPath) own = { 0 };
  g_auto (MlsWriter) context = MLS_WRITER_INIT;
  g_auto (MlsWriter) writer = MLS_WRITER_INIT;
  const MlsLeafPlace place = { bytes_view (&self->group_id), keys.leaf };
  guint8 hash[2][MLS_HASH_SIZE];
  MlsUpdatePath path;

  fail_unless_mls (mls_new_path_make (&own, sent, self->crypto, &keys,
                       bytes_view (&self->group_id), &signer),
      MLS_OK);
  write_context (self, sent, &context);
  fail_unless_mls (mls_new_path_write (&own, sent, self->crypto, keys.leaf,
                       self->nobody, mls_writer_bytes (&context), &writer),
      MLS_OK);

  parse_path (mls_writer_bytes (&writer), &path);
  fail_unless_mls (mls_update_path_merge (
                       &path, received, self->crypto, &place, self->nobody),
      MLS_OK);
  fail_unless_mls (mls_tree_hash (sent, self->crypto, hash[0]), MLS_OK);
  fail_unless_mls (mls_tree_hash (received, self->crypto, hash[1]), MLS_OK);
  fail_unless_bytes (MLS_BYTES_OF (hash[0]), MLS_BYTES_OF (hash[1]));

  for (guint i = 0; i < json_array_get_length (privates); i++) {
    MlsTreeKeys other =
        leaf_keys (self, json_array_get_object_element (privates, i));
    MlsSecret path_secret, commit_secret;

    if (other.leaf == keys.leaf)
      continue;
    receive (
        self, &path, received, keys.leaf, &other, &path_secret, &commit_secret);
    fail_unless_bytes (MLS_SECRET_BYTES (&commit_secret),
        MLS_SECRET_BYTES (&own.commit_secret));
    fail_unless_bytes (MLS_SECRET_BYTES (&path_secret),
        MLS_SECRET_BYTES (
            mls_new_path_secret_for (&own, keys.leaf, other.leaf)));
  }
}

/* Paths of ours, by every member, received by all the others. */
static void
check_own_paths (JsonObject *vector, MlsCrypto *crypto)
{
  JsonArray *privates = json_object_get_array_member (vector, "leaves_private");
  g_auto (Group) self;

  group_init (&self, vector, crypto);
  for (guint i = 0; i < json_array_get_length (privates); i++)
    check_own_path (&self, json_array_get_object_element (privates, i));
}

GST_START_TEST (own_paths)
{
  mls_vectors_each ("treekem.json", 11, check_own_paths);
}
GST_END_TEST;

static void
refuse_merge (const Group *self, const MlsUpdatePath *path, guint32 sender,
    MlsResult expected)
{
  g_autoptr (MlsTree) tree = mls_tree_copy (self->tree);
  const MlsLeafPlace place = { bytes_view (&self->group_id), sender };

  fail_unless_mls (
      mls_update_path_merge (path, tree, self->crypto, &place, self->nobody),
      expected);
}

/* Paths with a node or a ciphertext too much or too few, with a key that is
 * none, signed for another leaf, with a parent hash of other keys. */
static void
check_bad_path (JsonObject *vector, MlsCrypto *crypto)
{
  JsonArray *paths = json_object_get_array_member (vector, "update_paths");
  JsonObject *entry = json_array_get_object_element (paths, 0);
  guint32 sender = json_object_get_int_member (entry, "sender");
  g_auto (Bytes) bytes = vector_bytes (entry, "update_path");
  g_auto (Group) self;
  MlsUpdatePath good, bad;
  guint8 key[MLS_PUBLIC_KEY_SIZE];
  MlsKeyPair other;

  group_init (&self, vector, crypto);
  parse_path (bytes_view (&bytes), &good);

  bad = good;
  bad.n_nodes--;
  refuse_merge (&self, &bad, sender, MLS_ERROR_PATH);
  bad.nodes[good.n_nodes] = good.nodes[0];
  bad.n_nodes = good.n_nodes + 1;
  refuse_merge (&self, &bad, sender, MLS_ERROR_PATH);

  bad = good;
  bad.nodes[0].ciphertexts = MLS_NO_BYTES;
  refuse_merge (&self, &bad, sender, MLS_ERROR_PATH);

  bad = good;
  memcpy (key, good.nodes[0].encryption_key.data, sizeof key);
  key[64] ^= 1;
  bad.nodes[0].encryption_key = MLS_BYTES_OF (key);
  refuse_merge (&self, &bad, sender, MLS_ERROR_KEY);

  fail_unless_mls (mls_key_pair_generate (crypto, &other), MLS_OK);
  bad.nodes[0].encryption_key = MLS_BYTES_OF (other.public_key);
  refuse_merge (&self, &bad, sender, MLS_ERROR_TREE);

  bad = good;
  bad.leaf.source = MLS_LEAF_UPDATE;
  refuse_merge (&self, &bad, sender, MLS_ERROR_PATH);

  self.group_id.data[0] ^= 1;
  refuse_merge (&self, &good, sender, MLS_ERROR_SIGNATURE);
}

GST_START_TEST (bad_paths)
{
  mls_vectors_each ("treekem.json", 11, check_bad_path);
}
GST_END_TEST;

static Suite *
mlstreekem_suite (void)
{
  Suite *suite = suite_create ("mlstreekem");
  TCase *tc = tcase_create ("all");

  tcase_add_test (tc, vectors);
  tcase_add_test (tc, own_paths);
  tcase_add_test (tc, bad_paths);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (mlstreekem);
