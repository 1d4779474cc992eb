/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/dave/mls/group-private.h"
#include "gst/discord/dave/mls/labels.h"
#include "gst/discord/dave/mls/treehash.h"

#include "mlsvectors.h"

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

static guint64
parse_id (const gchar *text)
{
  return g_ascii_strtoull (text, NULL, 10);
}

static guint64
member_id (JsonObject *object, const gchar *name)
{
  return parse_id (json_object_get_string_member (object, name));
}

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
check_members (Member *self, JsonObject *state)
{
  JsonArray *members = json_object_get_array_member (state, "members");
  guint32 position = 0;
  MlsMember member;

  for (guint i = 0; i < json_array_get_length (members); i++) {
    JsonObject *entry = json_array_get_object_element (members, i);
    guint8 secret[MLS_SENDER_SECRET_SIZE];

    fail_unless (mls_group_next_member (self->group, &position, &member));
    fail_unless_equals_int (
        member.leaf_index, json_object_get_int_member (entry, "leaf"));
    fail_unless_equals_uint64 (member.user_id, member_id (entry, "user_id"));
    check_member (entry, "signature_key", member.signature_key);
    fail_unless_mls (
        mls_group_sender_secret (self->group, member.user_id, secret), MLS_OK);
    check_member (entry, "sender_base_secret", MLS_BYTES_OF (secret));
  }
  fail_unless (!mls_group_next_member (self->group, &position, &member));
}

/* Recorded as such or as the path secret it is derived from. */
static void
check_key (const MlsKeyPair *key, JsonObject *private, const gchar *node,
    MlsCrypto *crypto)
{
  JsonObject *keys = json_object_get_object_member (private, "private_keys");
  JsonObject *secrets = json_object_get_object_member (private, "path_secrets");
  MlsSecret path_secret, node_secret;
  MlsKeyPair derived;

  if (json_object_has_member (keys, node)) {
    check_member (keys, node, MLS_SECRET_BYTES (&key->private_key));
    return;
  }
  fail_unless (json_object_has_member (secrets, node), "node %s", node);
  path_secret = vector_secret (secrets, node);
  fail_unless_mls (mls_derive_secret (crypto, MLS_SECRET_BYTES (&path_secret),
                       "node", &node_secret),
      MLS_OK);
  fail_unless_mls (mls_hpke_derive_key_pair (
                       crypto, MLS_SECRET_BYTES (&node_secret), &derived),
      MLS_OK);
  fail_unless_bytes (MLS_SECRET_BYTES (&key->private_key),
      MLS_SECRET_BYTES (&derived.private_key));
}

/* libdave keeps secrets of nodes that are blank by now; nothing else of what it
 * knows may be unknown to us. */
static void
check_not_forgotten (const MlsEpochState *state, JsonObject *private)
{
  JsonObject *secrets = json_object_get_object_member (private, "path_secrets");
  GList *nodes = json_object_get_members (secrets);

  for (GList *at = nodes; at != NULL; at = at->next) {
    guint32 node = parse_id (at->data);
    guint level = mls_node_level (node);

    fail_unless_equals_int (mls_leaf_ancestor (state->keys.leaf, level), node);
    fail_unless (state->keys.known[level]
            || node >= mls_tree_n_nodes (state->tree->n_leaves)
            || mls_tree_is_blank (state->tree, node),
        "node %u", node);
  }
  g_list_free (nodes);
}

static void
check_keys (const MlsEpochState *state, JsonObject *private, MlsCrypto *crypto)
{
  const MlsTreeKeys *keys = &state->keys;

  fail_unless (keys->known[0]);
  for (guint level = 0; level <= MLS_MAX_DEPTH; level++) {
    g_autofree gchar *node =
        g_strdup_printf ("%u", mls_leaf_ancestor (keys->leaf, level));

    if (keys->known[level])
      check_key (&keys->keys[level], private, node, crypto);
  }
  check_not_forgotten (state, private);
}

static void
check_state (Member *self, JsonObject *entry)
{
  JsonObject *expect = json_object_get_object_member (entry, "expect");
  JsonArray *states =
      json_object_get_array_member (self->session, "group_states");
  JsonObject *recorded = json_array_get_object_element (
      states, json_object_get_int_member (expect, "group_state"));
  const MlsEpochState *state = self->group->state;
  g_auto (MlsWriter) tree = MLS_WRITER_INIT;

  check_member (recorded, "group_context", mls_epoch_state_context (state));
  mls_tree_write (state->tree, &tree);
  check_member (recorded, "ratchet_tree", mls_writer_bytes (&tree));
  check_member (
      recorded, "interim_transcript_hash", MLS_BYTES_OF (state->interim_hash));
  check_member (
      recorded, "confirmation_tag", MLS_BYTES_OF (state->confirmation_tag));
  check_member (
      recorded, "exporter_secret", MLS_SECRET_BYTES (&state->secrets.exporter));
  check_member (recorded, "membership_key",
      MLS_SECRET_BYTES (&state->secrets.membership_key));
  check_member (
      recorded, "init_secret", MLS_SECRET_BYTES (&state->secrets.init));
  check_member (recorded, "epoch_authenticator",
      mls_group_epoch_authenticator (self->group));
  fail_unless_equals_int (mls_group_own_leaf (self->group),
      json_object_get_int_member (expect, "own_leaf"));
  check_members (self, recorded);
  check_keys (
      state, json_object_get_object_member (entry, "private"), self->crypto);
}

/* A state from its record. */
static MlsEpochState *
load_state (Member *self, JsonObject *recorded)
{
  g_auto (Bytes) tree_bytes = vector_bytes (recorded, "ratchet_tree");
  g_auto (Bytes) context_bytes = vector_bytes (recorded, "group_context");
  g_auto (Bytes) interim = vector_bytes (recorded, "interim_transcript_hash");
  g_auto (Bytes) tag = vector_bytes (recorded, "confirmation_tag");
  MlsGroupContext context;
  MlsEpochState *state;
  MlsReader reader;
  MlsTree *tree;

  fail_unless_mls (mls_tree_parse (bytes_view (&tree_bytes), &tree), MLS_OK);
  mls_reader_init (&reader, bytes_view (&context_bytes));
  mls_group_context_read (&reader, &context);
  fail_unless_mls (mls_reader_finish (&reader), MLS_OK);
  state = mls_epoch_state_new (
      self->crypto, context.group_id, context.extensions, context.epoch, tree);
  state->confirmed_hash_length = context.confirmed_transcript_hash.length;
  if (state->confirmed_hash_length > 0)
    memcpy (state->confirmed_hash, context.confirmed_transcript_hash.data,
        MLS_HASH_SIZE);
  memcpy (state->interim_hash, interim.data, MLS_HASH_SIZE);
  memcpy (state->confirmation_tag, tag.data, MLS_HASH_SIZE);
  state->secrets.exporter = vector_secret (recorded, "exporter_secret");
  state->secrets.confirmation_key =
      vector_secret (recorded, "confirmation_key");
  state->secrets.membership_key = vector_secret (recorded, "membership_key");
  state->secrets.authenticator =
      vector_secret (recorded, "epoch_authenticator");
  state->secrets.init = vector_secret (recorded, "init_secret");
  fail_unless_mls (mls_epoch_state_update_context (state), MLS_OK);
  fail_unless_bytes (
      mls_epoch_state_context (state), bytes_view (&context_bytes));
  return state;
}

static void
load_keys (Member *self, MlsTreeKeys *keys, JsonObject *private)
{
  JsonObject *all = json_object_get_object_member (private, "private_keys");
  GList *nodes = json_object_get_members (all);

  *keys =
      (MlsTreeKeys){ .leaf = json_object_get_int_member (private, "own_leaf") };
  for (GList *at = nodes; at != NULL; at = at->next) {
    guint32 node = parse_id (at->data);
    guint level = mls_node_level (node);

    fail_unless_equals_int (mls_leaf_ancestor (keys->leaf, level), node);
    keys->known[level] = true;
    keys->keys[level] = vector_key_pair (all, at->data, self->crypto);
  }
  g_list_free (nodes);
}

static void
take_own_commit (Member *self, JsonObject *entry)
{
  JsonObject *expect = json_object_get_object_member (entry, "expect");
  JsonObject *recorded = json_array_get_object_element (
      json_object_get_array_member (self->session, "group_states"),
      json_object_get_int_member (expect, "group_state"));
  MlsEpochState *state = load_state (self, recorded);

  load_keys (
      self, &state->keys, json_object_get_object_member (entry, "private"));
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
    member_id (self->session, "group_id"), self->user_id,
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
  check_state (self, entry);
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
  check_state (self, entry);
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
    expect_user (self, member_id (data, "user_id"), FALSE);
  if (op != 11)
    return;
  users = json_object_get_array_member (data, "user_ids");
  for (guint i = 0; i < json_array_get_length (users); i++)
    expect_user (
        self, parse_id (json_array_get_string_element (users, i)), TRUE);
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
    .user_id = member_id (member, "user_id"),
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
