/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "mlsrecorded.h"

/* dave-session.json: whole sessions, replayed as each member whose private keys
 * are recorded. Its own commits were random: what they led to is put in place
 * as recorded, all else is computed and compared. */

typedef struct
{
  JsonObject *session;
  MlsCrypto *crypto;
  guint64 user_id;
  MlsKeyPair signature_key;
  MlsOwnKeyPackage key_package;
  Bytes external_sender;
  GHashTable *expected; /* user ids */
  MlsGroup *group;
} Member;

static guint n_joined, n_followed, n_refused, n_proposals, n_members;

static void
member_clear (Member *self)
{
  g_clear_pointer (&self->group, mls_group_free);
  mls_own_key_package_clear (&self->key_package);
  bytes_clear (&self->external_sender);
  g_hash_table_unref (self->expected);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Member, member_clear)

static bool
is_expected (uint64_t user_id, void *data)
{
  const Member *self = data;
  gint64 key = (gint64) user_id;

  return user_id == self->user_id
      || g_hash_table_contains (self->expected, &key);
}

static void
expect_user (Member *self, guint64 user_id, gboolean present)
{
  gint64 key = (gint64) user_id;

  if (present)
    g_hash_table_add (self->expected, g_memdup2 (&key, sizeof key));
  else
    g_hash_table_remove (self->expected, &key);
}

static void
take_own_commit (Member *self, JsonObject *entry)
{
  MlsEpochState *state = recorded_load (self->crypto, self->session, entry);

  g_clear_pointer (&self->group, mls_group_free);
  self->group = g_new0 (MlsGroup, 1);
  self->group->state = state;
  self->group->signature_key = self->signature_key;
  self->group->queue = mls_proposal_queue_new ();
}

static void
take_welcome (Member *self, JsonObject *entry, MlsBytes payload)
{
  JsonObject *expect = json_object_get_object_member (entry, "expect");
  const MlsGroupConfig config = { self->crypto,
    recorded_id (self->session, "group_id"), self->user_id,
    bytes_view (&self->external_sender), &self->signature_key };
  gboolean good =
      g_str_equal (json_object_get_string_member (expect, "result"), "ok");
  MlsGroup *group = NULL;

  fail_unless (
      (mls_group_join (&config, &self->key_package, payload, &group) == MLS_OK)
      == good);
  n_refused += !good;
  if (!good)
    return;
  g_clear_pointer (&self->group, mls_group_free);
  self->group = group;
  recorded_check (self->group, self->session, entry);
  n_joined++;
}

static void
take_commit (Member *self, JsonObject *entry, MlsBytes payload)
{
  JsonObject *expect;
  gboolean good;

  if (json_object_has_member (entry, "own_commit")) {
    take_own_commit (self, entry);
    return;
  }
  /* Not in an established group: the race for the first commit is lost. */
  if (self->group == NULL)
    return;
  expect = json_object_get_object_member (entry, "expect");
  good = g_str_equal (json_object_get_string_member (expect, "result"), "ok");
  fail_unless ((mls_group_process (self->group, payload) == MLS_OK) == good);
  n_refused += !good;
  if (!good)
    return;
  recorded_check (self->group, self->session, entry);
  n_followed++;
}

/* What is taken can also be committed: by us, with bytes of our own. */
static void
take_proposals (Member *self, MlsBytes payload)
{
  MlsBytes commit, welcome;

  if (self->group == NULL)
    return;
  fail_unless_mls (
      mls_group_take_proposals (self->group, payload, is_expected, self),
      MLS_OK);
  fail_unless_mls (mls_group_commit (self->group, &commit, &welcome),
      mls_group_n_proposals (self->group) > 0 ? MLS_OK
                                              : MLS_ERROR_NO_PROPOSALS);
  n_proposals++;
}

static void
take_json (Member *self, JsonObject *message, gint op)
{
  JsonObject *data = json_object_get_object_member (message, "d");
  JsonArray *users;

  if (op == 13)
    expect_user (self, recorded_id (data, "user_id"), FALSE);
  if (op != 11)
    return;
  users = json_object_get_array_member (data, "user_ids");
  for (guint i = 0; i < json_array_get_length (users); i++)
    expect_user (self,
        g_ascii_strtoull (json_array_get_string_element (users, i), NULL, 10),
        TRUE);
}

static void
send_key_package (Member *self, JsonObject *entry, MlsBytes payload)
{
  g_auto (Bytes) init = vector_bytes (entry, "init_priv");
  g_auto (Bytes) leaf = vector_bytes (entry, "leaf_encryption_priv");

  mls_own_key_package_clear (&self->key_package);
  fail_unless_mls (
      mls_own_key_package_load (self->crypto, payload, bytes_view (&init),
          bytes_view (&leaf), &self->key_package),
      MLS_OK);
  self->signature_key = vector_key_pair (entry, "signature_priv", self->crypto);
}

static void
receive (Member *self, JsonObject *entry, gint op)
{
  g_auto (Bytes) bytes = vector_bytes (entry, "hex");
  /* Behind sequence number and opcode; ops 29 and 30 have a transition id. */
  MlsBytes payload = mls_bytes (bytes.data + 3, bytes.length - 3);
  MlsBytes message = mls_bytes (bytes.data + 5, bytes.length - 5);

  fail_unless (bytes.length > 5);
  switch (op) {
    case 25:
      bytes_clear (&self->external_sender);
      self->external_sender = bytes_copy (payload.data, payload.length, 0);
      break;
    case 27:
      take_proposals (self, payload);
      break;
    case 29:
      take_commit (self, entry, message);
      break;
    case 30:
      take_welcome (self, entry, message);
      break;
    default:
      fail ("op %d", op);
  }
}

static void
replay_entry (Member *self, JsonObject *entry)
{
  gint op;

  if (json_object_has_member (entry, "local")) {
    g_clear_pointer (&self->group, mls_group_free);
    return;
  }
  op = json_object_get_int_member (entry, "op");
  if (json_object_has_member (entry, "json")) {
    take_json (self, json_object_get_object_member (entry, "json"), op);
  } else if (g_str_equal (
                 json_object_get_string_member (entry, "dir"), "recv")) {
    receive (self, entry, op);
  } else if (op == 26) {
    g_auto (Bytes) bytes = vector_bytes (entry, "hex");

    fail_unless (bytes.length > 1);
    send_key_package (
        self, entry, mls_bytes (bytes.data + 1, bytes.length - 1));
  }
}

static void
replay_member (JsonObject *session, JsonObject *member, MlsCrypto *crypto)
{
  JsonArray *view = json_object_get_array_member (member, "view");
  g_auto (Member) self = { .session = session,
    .crypto = crypto,
    .user_id = recorded_id (member, "user_id"),
    .key_package = MLS_OWN_KEY_PACKAGE_INIT,
    .expected =
        g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL) };

  for (guint i = 0; i < json_array_get_length (view); i++)
    replay_entry (&self, json_array_get_object_element (view, i));
  n_members++;
}

GST_START_TEST (sessions)
{
  g_autoptr (JsonParser) parser = mls_vectors_load ("../dave-session.json");
  g_autoptr (MlsCrypto) crypto = mls_crypto_new ();
  JsonArray *sessions = json_object_get_array_member (
      json_node_get_object (json_parser_get_root (parser)), "sessions");

  n_joined = n_followed = n_refused = n_proposals = n_members = 0;
  for (guint i = 0; i < json_array_get_length (sessions); i++) {
    JsonObject *session = json_array_get_object_element (sessions, i);
    JsonArray *members = json_object_get_array_member (session, "members");

    for (guint j = 0; j < json_array_get_length (members); j++) {
      JsonObject *member = json_array_get_object_element (members, j);

      if (g_str_equal (json_object_get_string_member (member, "implementation"),
              "libdave"))
        replay_member (session, member, crypto);
    }
  }
  fail_unless_equals_int (n_members, 49);
  fail_unless_equals_int (n_joined, 40);
  fail_unless_equals_int (n_followed, 85);
  fail_unless_equals_int (n_refused, 3);
  fail_unless_equals_int (n_proposals, 123);
}
GST_END_TEST;

static Suite *
mlssession_suite (void)
{
  Suite *suite = suite_create ("mlssession");
  TCase *tc = tcase_create ("all");

  tcase_add_test (tc, sessions);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (mlssession);
