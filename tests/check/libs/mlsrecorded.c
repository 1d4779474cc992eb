/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/dave/mls/labels.h"
#include "gst/discord/dave/mls/treehash.h"

#include "mlsrecorded.h"

static guint64
parse_id (const gchar *text)
{
  return g_ascii_strtoull (text, NULL, 10);
}

guint64
recorded_id (JsonObject *object, const gchar *name)
{
  return parse_id (json_object_get_string_member (object, name));
}

static void
check_members (const MlsGroup *group, JsonObject *state)
{
  JsonArray *members = json_object_get_array_member (state, "members");
  guint32 position = 0;
  MlsMember member;

  for (guint i = 0; i < json_array_get_length (members); i++) {
    JsonObject *entry = json_array_get_object_element (members, i);
    guint8 secret[MLS_SENDER_SECRET_SIZE];

    fail_unless (mls_group_next_member (group, &position, &member));
    fail_unless_equals_int (
        member.leaf_index, json_object_get_int_member (entry, "leaf"));
    fail_unless_equals_uint64 (member.user_id, recorded_id (entry, "user_id"));
    check_member (entry, "signature_key", member.signature_key);
    fail_unless_mls (
        mls_group_sender_secret ((MlsGroup *) group, member.user_id, secret),
        MLS_OK);
    check_member (entry, "sender_base_secret", MLS_BYTES_OF (secret));
  }
  fail_unless (!mls_group_next_member (group, &position, &member));
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

static JsonObject *
state_of (JsonObject *session, JsonObject *entry)
{
  JsonObject *expect = json_object_get_object_member (entry, "expect");

  return json_array_get_object_element (
      json_object_get_array_member (session, "group_states"),
      json_object_get_int_member (expect, "group_state"));
}

void
recorded_check (const MlsGroup *group, JsonObject *session, JsonObject *entry)
{
  JsonObject *expect = json_object_get_object_member (entry, "expect");
  JsonObject *recorded = state_of (session, entry);
  const MlsEpochState *state = group->state;
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
  check_member (
      recorded, "epoch_authenticator", mls_group_epoch_authenticator (group));
  fail_unless_equals_int (mls_group_own_leaf (group),
      json_object_get_int_member (expect, "own_leaf"));
  check_members (group, recorded);
  check_keys (
      state, json_object_get_object_member (entry, "private"), state->crypto);
}

static MlsEpochState *
load_state (MlsCrypto *crypto, JsonObject *recorded)
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
      crypto, context.group_id, context.extensions, context.epoch, tree);
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
load_keys (MlsCrypto *crypto, MlsTreeKeys *keys, JsonObject *private)
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
    keys->keys[level] = vector_key_pair (all, at->data, crypto);
  }
  g_list_free (nodes);
}

MlsEpochState *
recorded_load (MlsCrypto *crypto, JsonObject *session, JsonObject *entry)
{
  MlsEpochState *state = load_state (crypto, state_of (session, entry));

  load_keys (
      crypto, &state->keys, json_object_get_object_member (entry, "private"));
  return state;
}
