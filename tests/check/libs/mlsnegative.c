/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/dave/mls/group.h"
#include "gst/discord/dave/mls/welcome.h"

#include "mlsvectors.h"

/* dave-negative.json: a member that has joined, and what is thrown at it. Each
 * case starts afresh. */

typedef struct
{
  JsonObject *root;
  MlsCrypto *crypto;
  MlsKeyPair signature_key;
  MlsOwnKeyPackage key_package;
  Bytes external_sender;
  guint64 group_id;
  guint64 user_id;
} Fixture;

static guint64
vector_id (JsonObject *object, const gchar *name)
{
  return g_ascii_strtoull (
      json_object_get_string_member (object, name), NULL, 10);
}

static void
fixture_init (Fixture *self, JsonObject *root)
{
  JsonObject *member = json_object_get_object_member (root, "member");
  g_auto (Bytes) key_package = vector_bytes (member, "key_package");
  g_auto (Bytes) init = vector_bytes (member, "init_priv");
  g_auto (Bytes) leaf = vector_bytes (member, "leaf_encryption_priv");

  *self = (Fixture){ .root = root, .crypto = mls_crypto_new () };
  self->signature_key =
      vector_key_pair (member, "signature_priv", self->crypto);
  fail_unless_mls (
      mls_own_key_package_load (self->crypto, bytes_view (&key_package),
          bytes_view (&init), bytes_view (&leaf), &self->key_package),
      MLS_OK);
  self->external_sender = vector_bytes (root, "external_sender");
  self->group_id = vector_id (root, "group_id");
  self->user_id = vector_id (member, "user_id");
}

static void
fixture_clear (Fixture *self)
{
  mls_own_key_package_clear (&self->key_package);
  bytes_clear (&self->external_sender);
  mls_crypto_free (self->crypto);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static MlsResult
join (const Fixture *self, JsonObject *object, const gchar *name,
    MlsGroup **group)
{
  g_auto (Bytes) welcome = vector_bytes (object, name);
  const MlsGroupConfig config = { self->crypto, self->group_id, self->user_id,
    bytes_view (&self->external_sender), &self->signature_key };

  return mls_group_join (
      &config, &self->key_package, bytes_view (&welcome), group);
}

static MlsGroup *
joined (const Fixture *self)
{
  JsonObject *member = json_object_get_object_member (self->root, "member");
  MlsGroup *group = NULL;

  fail_unless_mls (join (self, member, "welcome", &group), MLS_OK);
  check_member (
      member, "epoch_authenticator", mls_group_epoch_authenticator (group));
  return group;
}

static bool
is_expected (uint64_t user_id, void *data)
{
  JsonArray *users = json_object_get_array_member (data, "expected_users");

  for (guint i = 0; i < json_array_get_length (users); i++)
    if (g_ascii_strtoull (json_array_get_string_element (users, i), NULL, 10)
        == user_id)
      return true;
  return false;
}

static MlsResult
feed (const Fixture *self, MlsGroup *group, const Bytes *payload)
{
  return mls_group_take_proposals (
      group, bytes_view (payload), is_expected, self->root);
}

/* Reasons by the name of the case; where two checks would do, ours is the
 * first. */
static const struct
{
  gint op;
  const gchar *name;
  MlsResult result;
} reasons[] = {
  { 27, "add of an unexpected user", MLS_ERROR_UNEXPECTED_USER },
  { 27, "expected and unexpected user in one message",
      MLS_ERROR_UNEXPECTED_USER },
  { 27, "signed by a stranger", MLS_ERROR_SIGNATURE },
  { 27, "earlier epoch", MLS_ERROR_EPOCH },
  { 27, "later epoch", MLS_ERROR_EPOCH },
  { 27, "another group", MLS_ERROR_GROUP_ID },
  { 27, "external sender index 1", MLS_ERROR_SENDER },
  { 27, "group context extensions from the external sender",
      MLS_ERROR_PROPOSAL_TYPE },
  { 27, "add sent by a member", MLS_ERROR_SENDER },
  { 27, "update sent by a member", MLS_ERROR_PROPOSAL_TYPE },
  { 27, "private message", MLS_ERROR_WIRE_FORMAT },
  { 27, "remove of a blank leaf", MLS_ERROR_NO_LEAF },
  { 27, "remove of a leaf far outside", MLS_ERROR_NO_LEAF },
  { 27, "remove of ourselves", MLS_ERROR_REMOVES_US },
  { 27, "revoke of an unknown reference", MLS_ERROR_UNKNOWN_PROPOSAL },
  { 27, "key package with a bad signature", MLS_ERROR_SIGNATURE },
  { 27, "key package with a bad leaf signature", MLS_ERROR_SIGNATURE },
  { 27, "init key equals the leaf encryption key", MLS_ERROR_KEY_PACKAGE },
  { 27, "credential identity of two bytes", MLS_ERROR_CREDENTIAL },
  { 27, "credential identity of nine bytes", MLS_ERROR_CREDENTIAL },
  { 27, "truncated", MLS_ERROR_PARSE },
  { 27, "trailing byte", MLS_ERROR_PARSE },
  { 27, "operation type 2", MLS_ERROR_PARSE },
  { 29, "commit of a proposal we never saw", MLS_ERROR_UNKNOWN_PROPOSAL },
  { 29, "membership tag damaged", MLS_ERROR_MEMBERSHIP_TAG },
  { 29, "confirmation tag damaged", MLS_ERROR_MEMBERSHIP_TAG },
  { 29, "signature damaged", MLS_ERROR_MEMBERSHIP_TAG },
  { 29, "trailing byte", MLS_ERROR_PARSE },
  { 29, "truncated", MLS_ERROR_PARSE },
  { 29, "commit that removes us", MLS_ERROR_UNKNOWN_PROPOSAL },
  { 29, "inline proposal", MLS_ERROR_INLINE_PROPOSAL },
  { 29, "no proposals", MLS_ERROR_NO_PROPOSALS },
  { 29, "private message", MLS_ERROR_WIRE_FORMAT },
  { 29, "two leaves of one user", MLS_ERROR_DUPLICATE },
  { 29, "second leaf of a member", MLS_ERROR_DUPLICATE },
  { 29, "another group", MLS_ERROR_GROUP_ID },
  { 30, "no external sender", MLS_ERROR_EXTERNAL_SENDER },
  { 30, "two external senders", MLS_ERROR_EXTERNAL_SENDER },
  { 30, "another external sender", MLS_ERROR_EXTERNAL_SENDER },
  { 30, "external sender with another credential", MLS_ERROR_EXTERNAL_SENDER },
  { 30, "no ratchet tree", MLS_ERROR_EXTENSION },
  { 30, "not for our key package", MLS_ERROR_NOT_FOR_US },
  { 30, "two leaves of one user", MLS_ERROR_DUPLICATE },
  { 30, "another group id", MLS_ERROR_GROUP_ID },
  { 30, "encrypted group info damaged", MLS_ERROR_DECRYPT },
  { 30, "cipher suite 1", MLS_ERROR_SUITE },
  { 30, "truncated", MLS_ERROR_PARSE },
  { 30, "trailing byte", MLS_ERROR_PARSE },
};

static MlsResult
expected_result (JsonObject *entry)
{
  const gchar *name = json_object_get_string_member (entry, "name");
  gint op = json_object_get_int_member (entry, "op");

  if (!g_str_equal (json_object_get_string_member (entry, "expect"), "refuse"))
    return MLS_OK;
  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (reasons[i].op == op && g_str_equal (reasons[i].name, name))
      return reasons[i].result;
  fail ("no reason for %s", name);
  return MLS_OK;
}

static void
check_result (JsonObject *entry, MlsResult actual)
{
  MlsResult expected = expected_result (entry);

  fail_unless (actual == expected, "op %d, %s: %s, not: %s",
      (gint) json_object_get_int_member (entry, "op"),
      json_object_get_string_member (entry, "name"), mls_result_text (actual),
      mls_result_text (expected));
}

static void
check_unchanged (const Fixture *self, const MlsGroup *group)
{
  JsonObject *member = json_object_get_object_member (self->root, "member");

  check_member (
      member, "epoch_authenticator", mls_group_epoch_authenticator (group));
  fail_unless_equals_uint64 (mls_group_epoch (group), 1);
}

static void
check_proposals (const Fixture *self, JsonObject *entry)
{
  gboolean commits =
      g_str_equal (json_object_get_string_member (entry, "expect"), "commit");
  g_autoptr (MlsGroup) group = joined (self);
  g_auto (Bytes) input = vector_bytes (entry, "input");
  MlsBytes commit, welcome;

  check_result (entry, feed (self, group, &input));
  fail_unless_equals_int (mls_group_n_proposals (group), commits ? 1 : 0);
  fail_unless_mls (mls_group_commit (group, &commit, &welcome),
      commits ? MLS_OK : MLS_ERROR_NO_PROPOSALS);
  check_unchanged (self, group);
}

static void
feed_before (
    const Fixture *self, MlsGroup *group, JsonObject *entry, MlsResult expected)
{
  JsonArray *before = json_object_get_array_member (entry, "proposals_before");

  for (guint i = 0; i < json_array_get_length (before); i++) {
    g_autoptr (JsonObject) holder = json_object_new ();
    g_auto (Bytes) payload = { 0 };

    json_object_set_string_member (
        holder, "payload", json_array_get_string_element (before, i));
    payload = vector_bytes (holder, "payload");
    fail_unless_mls (feed (self, group, &payload), expected);
  }
}

static void
check_commit (const Fixture *self, JsonObject *entry)
{
  gboolean removes_us = g_str_equal (
      json_object_get_string_member (entry, "name"), "commit that removes us");
  g_autoptr (MlsGroup) group = joined (self);
  g_auto (Bytes) input = vector_bytes (entry, "input");

  feed_before (self, group, entry, removes_us ? MLS_ERROR_REMOVES_US : MLS_OK);
  check_result (entry, mls_group_process (group, bytes_view (&input)));
  if (expected_result (entry) != MLS_OK) {
    check_unchanged (self, group);
    return;
  }
  check_member (
      entry, "epoch_authenticator", mls_group_epoch_authenticator (group));
  fail_unless_equals_uint64 (mls_group_epoch (group), 2);
  fail_unless_equals_int (mls_group_n_proposals (group), 0);
}

static void
check_welcome (const Fixture *self, JsonObject *entry)
{
  g_autoptr (MlsGroup) group = NULL;

  check_result (entry, join (self, entry, "input", &group));
  fail_unless ((group != NULL) == (expected_result (entry) == MLS_OK));
}

GST_START_TEST (cases)
{
  g_autoptr (JsonParser) parser = mls_vectors_load ("../dave-negative.json");
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  JsonArray *array = json_object_get_array_member (root, "cases");
  guint n_refused = 0;
  g_auto (Fixture) self;

  fixture_init (&self, root);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonObject *entry = json_array_get_object_element (array, i);

    switch (json_object_get_int_member (entry, "op")) {
      case 27:
        check_proposals (&self, entry);
        break;
      case 29:
        check_commit (&self, entry);
        break;
      case 30:
        check_welcome (&self, entry);
        break;
      default:
        fail ("op");
    }
    n_refused += expected_result (entry) != MLS_OK;
  }
  fail_unless_equals_int (n_refused, G_N_ELEMENTS (reasons));
}
GST_END_TEST;

/* Where the secrets of the other joiners are, which are not our business. */
static MlsBytes
others_secrets (const Fixture *self, const Bytes *welcome)
{
  MlsReader reader;
  MlsWelcome message;
  MlsEncryptedGroupSecrets secrets;
  guint8 reference[MLS_HASH_SIZE];
  MlsBytes others = MLS_NO_BYTES;

  fail_unless_mls (
      mls_key_package_ref (self->crypto,
          mls_own_key_package_bytes (&self->key_package), reference),
      MLS_OK);
  mls_reader_init (&reader, bytes_view (welcome));
  mls_welcome_read (&reader, &message);
  mls_reader_init (&reader, message.secrets);
  while (mls_reader_more (&reader)) {
    const guint8 *start = reader.data;

    mls_encrypted_group_secrets_read (&reader, &secrets);
    if (!mls_bytes_equal (secrets.new_member, MLS_BYTES_OF (reference))) {
      fail_unless_equals_int (others.length, 0);
      others = mls_reader_since (&reader, start);
    }
  }
  return others;
}

/* Every single byte of a Welcome counts. */
GST_START_TEST (flipped_welcome)
{
  g_autoptr (JsonParser) parser = mls_vectors_load ("../dave-negative.json");
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  JsonObject *member = json_object_get_object_member (root, "member");
  g_auto (Bytes) welcome = vector_bytes (member, "welcome");
  g_auto (Fixture) self;
  MlsGroupConfig config;
  MlsBytes others;

  fixture_init (&self, root);
  others = others_secrets (&self, &welcome);
  config = (MlsGroupConfig){ self.crypto, self.group_id, self.user_id,
    bytes_view (&self.external_sender), &self.signature_key };
  for (gsize i = 0; i < welcome.length; i++) {
    MlsGroup *group = NULL;

    if (others.length > 0 && welcome.data + i >= others.data
        && welcome.data + i < others.data + others.length)
      continue;
    welcome.data[i] ^= 1;
    fail_unless (mls_group_join (
                     &config, &self.key_package, bytes_view (&welcome), &group)
        != MLS_OK);
    welcome.data[i] ^= 1;
  }
}
GST_END_TEST;

static JsonObject *
find_case (JsonObject *root, const gchar *name)
{
  JsonArray *array = json_object_get_array_member (root, "cases");

  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonObject *entry = json_array_get_object_element (array, i);

    if (g_str_equal (json_object_get_string_member (entry, "name"), name))
      return entry;
  }
  fail ("no case %s", name);
  return NULL;
}

/* Every single byte of a commit counts. */
GST_START_TEST (flipped_commit)
{
  g_autoptr (JsonParser) parser = mls_vectors_load ("../dave-negative.json");
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  JsonObject *entry = find_case (root, "good commit with a path");
  g_auto (Bytes) input = vector_bytes (entry, "input");
  g_auto (Fixture) self;
  g_autoptr (MlsGroup) group = NULL;

  fixture_init (&self, root);
  group = joined (&self);
  feed_before (&self, group, entry, MLS_OK);
  for (gsize i = 0; i < input.length; i++) {
    input.data[i] ^= 1;
    fail_unless (mls_group_process (group, bytes_view (&input)) != MLS_OK);
    input.data[i] ^= 1;
  }
  for (gsize length = 0; length < input.length; length++)
    fail_unless (
        mls_group_process (group, mls_bytes (input.data, length)) != MLS_OK);
  check_unchanged (&self, group);
  fail_unless_mls (mls_group_process (group, bytes_view (&input)), MLS_OK);
}
GST_END_TEST;

static Suite *
mlsnegative_suite (void)
{
  Suite *suite = suite_create ("mlsnegative");
  TCase *tc = tcase_create ("all");

  tcase_add_test (tc, cases);
  tcase_add_test (tc, flipped_welcome);
  tcase_add_test (tc, flipped_commit);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (mlsnegative);
