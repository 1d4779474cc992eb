/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What reaches a group when everything around it is good: a proposal signed by
 * the gateway, a commit or a path signed and tagged by a member, a tree in a
 * Welcome that is sealed and signed. The first byte says which; and as they come, unsigned,
 * the payloads of op 27, 29 and 30. */

#include "gst/discord/dave/mls/group-private.h"
#include "gst/discord/dave/mls/treehash.h"
#include "gst/discord/dave/mls/welcome.h"

#include "fuzz.h"

#define GROUP_ID 7
#define N_MEMBERS 3

static struct
{
  MlsCrypto *crypto;
  MlsKeyPair gateway;
  MlsWriter external_sender;
  MlsKeyPair signature_keys[N_MEMBERS + 1];
  MlsOwnKeyPackage key_packages[N_MEMBERS + 1];
  MlsGroup *groups[N_MEMBERS];
} world;

static bool
expect_everybody (uint64_t user_id, void *data)
{
  return true;
}

static MlsGroupConfig
config_of (unsigned i)
{
  return (MlsGroupConfig){ world.crypto, GROUP_ID, 100 + i,
    mls_writer_bytes (&world.external_sender), &world.signature_keys[i] };
}

static MlsResult
take (MlsGroup *group, MlsBytes messages)
{
  g_auto (MlsWriter) payload = MLS_WRITER_INIT;

  mls_write_u8 (&payload, 0);
  mls_write_vector (&payload, messages);
  return mls_group_take_proposals (
      group, mls_writer_bytes (&payload), expect_everybody, NULL);
}

/* @body: proposal or commit, signed by the gateway or by the member. */
static void
write_message (MlsContentType type, const MlsGroup *member, uint64_t epoch,
    MlsBytes body, MlsBytes confirmation_tag, MlsWriter *out)
{
  static const uint8_t group_id[] = { 0, 0, 0, 0, 0, 0, 0, GROUP_ID };
  g_auto (MlsWriter) content = MLS_WRITER_INIT;
  g_auto (MlsWriter) signature = MLS_WRITER_INIT;
  MlsBytes context =
      member != NULL ? mls_epoch_state_context (member->state) : MLS_NO_BYTES;
  MlsPublicMessage message = { .group_id = MLS_BYTES_OF (group_id),
    .epoch = epoch,
    .sender_type = member != NULL ? MLS_SENDER_MEMBER : MLS_SENDER_EXTERNAL,
    .sender = member != NULL ? mls_group_own_leaf (member) : 0,
    .content_type = type,
    .confirmation_tag = confirmation_tag };

  mls_framed_content_header_write (&content, &message);
  mls_write_fixed (&content, body);
  message.content = mls_writer_bytes (&content);
  FUZZ_CHECK (
      mls_public_message_sign (world.crypto, &message, context,
          member != NULL ? &member->signature_key : &world.gateway, &signature)
      == MLS_OK);
  message.signature = mls_writer_bytes (&signature);
  FUZZ_CHECK (
      mls_public_message_write (out, world.crypto, &message, context,
          member != NULL ? &member->state->secrets.membership_key : NULL)
      == MLS_OK);
}

static void
make_keys (void)
{
  world.crypto = mls_crypto_new ();
  FUZZ_CHECK (world.crypto != NULL);
  FUZZ_CHECK (mls_key_pair_generate (world.crypto, &world.gateway) == MLS_OK);
  mls_write_vector (
      &world.external_sender, MLS_BYTES_OF (world.gateway.public_key));
  mls_write_u16 (&world.external_sender, MLS_CREDENTIAL_BASIC);
  mls_write_vector (&world.external_sender, MLS_NO_BYTES);
  for (unsigned i = 0; i <= N_MEMBERS; i++) {
    uint8_t identity[MLS_USER_ID_SIZE];

    mls_user_id_encode (100 + i, identity);
    FUZZ_CHECK (mls_key_pair_generate (world.crypto, &world.signature_keys[i])
        == MLS_OK);
    FUZZ_CHECK (mls_own_key_package_make (world.crypto, MLS_BYTES_OF (identity),
                    &world.signature_keys[i], &world.key_packages[i])
        == MLS_OK);
  }
}

static void
make_groups (void)
{
  MlsGroupConfig config = config_of (0);
  g_auto (MlsWriter) messages = MLS_WRITER_INIT;
  MlsBytes commit, welcome;

  for (unsigned i = 0; i < N_MEMBERS; i++)
    g_clear_pointer (&world.groups[i], mls_group_free);
  FUZZ_CHECK (mls_group_create (&config, &world.groups[0]) == MLS_OK);
  for (unsigned i = 1; i < N_MEMBERS; i++) {
    g_auto (MlsWriter) proposal = MLS_WRITER_INIT;

    mls_add_proposal_write (
        &proposal, mls_own_key_package_bytes (&world.key_packages[i]));
    write_message (MLS_CONTENT_PROPOSAL, NULL, 0, mls_writer_bytes (&proposal),
        MLS_NO_BYTES, &messages);
  }
  FUZZ_CHECK (take (world.groups[0], mls_writer_bytes (&messages)) == MLS_OK);
  FUZZ_CHECK (mls_group_commit (world.groups[0], &commit, &welcome) == MLS_OK);
  for (unsigned i = 1; i < N_MEMBERS; i++) {
    config = config_of (i);
    FUZZ_CHECK (mls_group_join (
                    &config, &world.key_packages[i], welcome, &world.groups[i])
        == MLS_OK);
  }
  FUZZ_CHECK (mls_group_process (world.groups[0], commit) == MLS_OK);
}

/* Whatever can be proposed can be committed, or is said to be a duplicate. */
static void
fuzz_proposal (MlsBytes input)
{
  g_auto (MlsWriter) message = MLS_WRITER_INIT;
  MlsBytes commit, welcome;
  MlsResult result;

  write_message (MLS_CONTENT_PROPOSAL, NULL, 1, input, MLS_NO_BYTES, &message);
  if (take (world.groups[1], mls_writer_bytes (&message)) != MLS_OK)
    return;
  result = mls_group_commit (world.groups[1], &commit, &welcome);
  FUZZ_CHECK (result == MLS_OK || result == MLS_ERROR_DUPLICATE);
  if (take (world.groups[2], mls_writer_bytes (&message)) == MLS_OK
      && result == MLS_OK)
    FUZZ_CHECK (mls_group_process (world.groups[2], commit) == MLS_OK);
}

/* A commit of member 0: with a confirmation tag that cannot be right. */
static void
fuzz_commit (MlsBytes input)
{
  static const uint8_t tag[MLS_HASH_SIZE];
  g_auto (MlsWriter) proposal = MLS_WRITER_INIT;
  g_auto (MlsWriter) message = MLS_WRITER_INIT;
  g_auto (MlsWriter) commit = MLS_WRITER_INIT;
  g_autoptr (MlsEpochState) next = NULL;
  MlsPublicMessage parsed;

  mls_remove_proposal_write (&proposal, 2);
  write_message (MLS_CONTENT_PROPOSAL, NULL, 1, mls_writer_bytes (&proposal),
      MLS_NO_BYTES, &message);
  FUZZ_CHECK (take (world.groups[1], mls_writer_bytes (&message)) == MLS_OK);

  write_message (MLS_CONTENT_COMMIT, world.groups[0], 1, input,
      MLS_BYTES_OF (tag), &commit);
  FUZZ_CHECK (mls_group_process (world.groups[1], mls_writer_bytes (&commit))
      != MLS_OK);
  /* Without DAVE's rules: inline proposals, no proposals, other identities. */
  if (mls_public_message_parse (mls_writer_bytes (&commit), &parsed) == MLS_OK)
    FUZZ_CHECK (mls_epoch_state_process (world.groups[1]->state, &parsed,
                    world.groups[1]->queue, &next)
        != MLS_OK);
}

/* The leaf of a path of member 0 whose only node has @key. */
static void
write_path_leaf (MlsBytes key, MlsWriter *out)
{
  const MlsGroup *member = world.groups[0];
  g_autoptr (MlsTree) tree = mls_tree_copy (member->state->tree);
  const MlsLeafPlace place = { mls_epoch_state_group_id (member->state), 0 };
  uint8_t parent_hash[MLS_HASH_SIZE];
  size_t length;
  MlsLeafNode leaf;
  MlsPath path;

  mls_tree_remove (tree, 2);
  mls_tree_filtered_path (tree, 0, &path);
  FUZZ_CHECK (path.n == 1);
  mls_tree_set_parent (tree, 1, key, MLS_NO_BYTES);
  FUZZ_CHECK (
      mls_tree_hash_path (tree, world.crypto, 0, &path, parent_hash, &length)
      == MLS_OK);
  leaf = *mls_tree_leaf (tree, 0);
  leaf.source = MLS_LEAF_COMMIT;
  leaf.parent_hash = mls_bytes (parent_hash, length);
  leaf.encryption_key = MLS_BYTES_OF (world.key_packages[0].init.public_key);
  FUZZ_CHECK (mls_leaf_node_write (
                  out, world.crypto, &leaf, &place, &member->signature_key)
      == MLS_OK);
}

/* Member 0 removes member 2: what member 1 makes of the path. Which key its
 * node has, then the ciphertexts. */
static void
fuzz_path (MlsBytes input)
{
  g_auto (MlsWriter) proposal = MLS_WRITER_INIT;
  g_auto (MlsWriter) message = MLS_WRITER_INIT;
  g_auto (MlsWriter) commit = MLS_WRITER_INIT;
  MlsBytes key;
  size_t begin, inner;

  if (input.length == 0)
    return;
  key = MLS_BYTES_OF (
      world.key_packages[input.data[0] % (N_MEMBERS + 1)].init.public_key);
  mls_remove_proposal_write (&proposal, 2);
  write_message (MLS_CONTENT_PROPOSAL, NULL, 1, mls_writer_bytes (&proposal),
      MLS_NO_BYTES, &message);
  FUZZ_CHECK (take (world.groups[1], mls_writer_bytes (&message)) == MLS_OK);

  begin = mls_write_vector_begin (&commit);
  mls_proposal_ref_write (&commit,
      MLS_BYTES_OF (
          mls_proposal_queue_get (world.groups[1]->queue, 0)->reference));
  mls_write_vector_end (&commit, begin);
  mls_write_u8 (&commit, 1);
  write_path_leaf (key, &commit);
  begin = mls_write_vector_begin (&commit);
  mls_write_vector (&commit, key);
  inner = mls_write_vector_begin (&commit);
  mls_write_fixed (&commit, mls_bytes (input.data + 1, input.length - 1));
  mls_write_vector_end (&commit, inner);
  mls_write_vector_end (&commit, begin);

  mls_writer_clear (&message);
  write_message (MLS_CONTENT_COMMIT, world.groups[0], 1,
      mls_writer_bytes (&commit),
      MLS_BYTES_OF (world.groups[0]->state->confirmation_tag), &message);
  FUZZ_CHECK (mls_group_process (world.groups[1], mls_writer_bytes (&message))
      != MLS_OK);
}

/* A member's Welcome for the last key package, with any tree. */
static void
write_welcome (MlsBytes tree_bytes, MlsTree *tree, MlsWriter *out)
{
  static const MlsSecret secret = MLS_SECRET_ZERO;
  const MlsOwnKeyPackage *joiner = &world.key_packages[N_MEMBERS];
  const MlsEpochState *state = world.groups[0]->state;
  uint8_t tree_hash[MLS_HASH_SIZE], reference[MLS_HASH_SIZE];
  static const uint8_t confirmed[MLS_HASH_SIZE];
  const MlsGroupContext fields = { mls_epoch_state_group_id (state), 2,
    MLS_BYTES_OF (tree_hash), MLS_BYTES_OF (confirmed),
    mls_epoch_state_extensions (state) };
  g_auto (MlsWriter) context = MLS_WRITER_INIT;
  g_auto (MlsWriter) extensions = MLS_WRITER_INIT;
  g_auto (MlsWriter) info_bytes = MLS_WRITER_INIT;
  g_auto (MlsSecret) welcome_secret = MLS_SECRET_ZERO;
  MlsGroupInfo info = { .confirmation_tag = MLS_BYTES_OF (confirmed) };
  const MlsGroupSecrets secrets = { .joiner_secret = MLS_SECRET_BYTES (&secret),
    .has_path_secret = true,
    .path_secret = MLS_SECRET_BYTES (&secret) };
  size_t begin;

  FUZZ_CHECK (mls_tree_hash (tree, world.crypto, tree_hash) == MLS_OK);
  mls_group_context_write (&context, &fields);
  mls_extension_write (&extensions, MLS_EXTENSION_RATCHET_TREE, tree_bytes);
  info.encoded_context = mls_writer_bytes (&context);
  info.extensions = mls_writer_bytes (&extensions);
  FUZZ_CHECK (mls_group_info_write (
                  &info_bytes, world.crypto, &info, &world.signature_keys[0])
      == MLS_OK);
  mls_write_space (&info_bytes, MLS_AEAD_TAG_SIZE);
  FUZZ_CHECK (
      mls_welcome_secret (world.crypto, &secret, &secret, &welcome_secret)
      == MLS_OK);
  FUZZ_CHECK (mls_group_info_seal (world.crypto, &welcome_secret,
                  info_bytes.data, info_bytes.length - MLS_AEAD_TAG_SIZE)
      == MLS_OK);

  mls_write_u16 (out, MLS_CIPHERSUITE);
  begin = mls_write_vector_begin (out);
  FUZZ_CHECK (mls_key_package_ref (
                  world.crypto, mls_own_key_package_bytes (joiner), reference)
      == MLS_OK);
  mls_write_vector (out, MLS_BYTES_OF (reference));
  FUZZ_CHECK (mls_group_secrets_encrypt (world.crypto, &secrets,
                  MLS_BYTES_OF (joiner->init.public_key),
                  mls_writer_bytes (&info_bytes), out)
      == MLS_OK);
  mls_write_vector_end (out, begin);
  mls_write_vector (out, mls_writer_bytes (&info_bytes));
}

/* Edits of a good tree, three bytes each: what, where, with what. */
static void
edit_tree (MlsTree *tree, MlsBytes input)
{
  for (size_t i = 0; i + 3 <= input.length; i += 3) {
    uint32_t node = input.data[i + 1] % mls_tree_n_nodes (tree->n_leaves);
    uint32_t leaf = node / 2;
    const MlsOwnKeyPackage *source =
        &world.key_packages[input.data[i + 2] % (N_MEMBERS + 1)];
    const MlsLeafNode *other =
        mls_tree_leaf (tree, input.data[i + 2] % tree->n_leaves);
    uint32_t added;

    switch (input.data[i] % 4) {
      case 0:
        if (mls_node_level (node) > 0)
          mls_tree_set_parent (tree, node,
              MLS_BYTES_OF (source->init.public_key),
              mls_bytes (input.data + i, input.data[i] % 3));
        break;
      case 1:
        if (mls_tree_leaf (tree, leaf) != NULL)
          mls_tree_remove (tree, leaf);
        break;
      case 2:
        if (other != NULL)
          mls_tree_set_leaf (tree, leaf, other);
        break;
      default:
        if (other != NULL)
          mls_tree_add (tree, other, &added);
        break;
    }
  }
}

static void
fuzz_tree (MlsBytes input)
{
  const MlsGroupConfig config = config_of (N_MEMBERS);
  const MlsOwnKeyPackage *joiner = &world.key_packages[N_MEMBERS];
  g_autoptr (MlsTree) tree = mls_tree_copy (world.groups[0]->state->tree);
  g_auto (MlsWriter) bytes = MLS_WRITER_INIT;
  g_auto (MlsWriter) welcome = MLS_WRITER_INIT;
  MlsKeyPackage key_package;
  MlsReader reader;
  MlsGroup *group = NULL;
  uint32_t leaf;

  mls_reader_init (&reader, mls_own_key_package_bytes (joiner));
  mls_key_package_read (&reader, &key_package);
  FUZZ_CHECK (mls_tree_add (tree, &key_package.leaf, &leaf) == MLS_OK);
  edit_tree (tree, input);
  mls_tree_write (tree, &bytes);
  write_welcome (mls_writer_bytes (&bytes), tree, &welcome);
  /* The confirmation tag, if nothing else, is wrong. */
  FUZZ_CHECK (
      mls_group_join (&config, joiner, mls_writer_bytes (&welcome), &group)
      != MLS_OK);
}

static void
fuzz_op_27 (MlsBytes input)
{
  mls_group_take_proposals (world.groups[1], input, expect_everybody, NULL);
}

static void
fuzz_op_29 (MlsBytes input)
{
  FUZZ_CHECK (mls_group_process (world.groups[1], input) != MLS_OK);
}

static void
fuzz_op_30 (MlsBytes input)
{
  const MlsGroupConfig config = config_of (N_MEMBERS);
  MlsGroup *group = NULL;

  FUZZ_CHECK (
      mls_group_join (&config, &world.key_packages[N_MEMBERS], input, &group)
      != MLS_OK);
}

static void (*const targets[]) (MlsBytes input) = {
  fuzz_proposal,
  fuzz_commit,
  fuzz_tree,
  fuzz_op_27,
  fuzz_op_29,
  fuzz_op_30,
  fuzz_path,
};

/* Groups are made anew only where the last input changed one. */
static bool
groups_changed (void)
{
  for (unsigned i = 0; i < N_MEMBERS; i++)
    if (world.groups[i] == NULL || mls_group_n_proposals (world.groups[i]) > 0
        || mls_group_epoch (world.groups[i]) != 1)
      return true;
  return false;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  uint8_t *copy;

  if (size == 0)
    return 0;
  if (world.crypto == NULL)
    make_keys ();
  if (groups_changed ())
    make_groups ();
  copy = fuzz_copy (data + 1, size - 1, 0);
  targets[data[0] % G_N_ELEMENTS (targets)](mls_bytes (copy, size - 1));
  free (copy);
  return 0;
}
