/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/dave/mls/signature.h"

#include "mlsgateway.h"

/* Members with all keys who do not keep to the rules. They get there by editing
 * their own state, so signatures, tags and encryption are good. */

typedef struct
{
  Gateway gateway;
  GPtrArray *members; /* Client */
  Client *joiner;
} Insiders;

static Client *
member (const Insiders *self, guint i)
{
  return self->members->pdata[i];
}

/* Four members; the joiner is proposed to all of them. */
static void
insiders_init (Insiders *self)
{
  MlsBytes commit, welcome;
  g_auto (MlsWriter) messages = MLS_WRITER_INIT;
  g_auto (MlsWriter) next = MLS_WRITER_INIT;

  gateway_init (&self->gateway);
  self->members = g_ptr_array_new_with_free_func ((GDestroyNotify) client_free);
  for (guint i = 0; i < 4; i++)
    g_ptr_array_add (self->members, client_new (&self->gateway, 100 + i));
  client_create (member (self, 0));
  for (guint i = 1; i < 4; i++)
    gateway_propose_add (&self->gateway, 0,
        client_key_package (member (self, i)), &messages, NULL);
  fail_unless_mls (gateway_append (member (self, 0)->group, &messages), MLS_OK);
  fail_unless_mls (
      mls_group_commit (member (self, 0)->group, &commit, &welcome), MLS_OK);
  for (guint i = 1; i < 4; i++)
    fail_unless_mls (client_join (member (self, i), welcome), MLS_OK);
  fail_unless_mls (mls_group_process (member (self, 0)->group, commit), MLS_OK);

  self->joiner = client_new (&self->gateway, 200);
  gateway_propose_add (
      &self->gateway, 1, client_key_package (self->joiner), &next, NULL);
  for (guint i = 0; i < 4; i++)
    fail_unless_mls (gateway_append (member (self, i)->group, &next), MLS_OK);
}

static void
insiders_clear (Insiders *self)
{
  g_ptr_array_unref (self->members);
  client_free (self->joiner);
  gateway_clear (&self->gateway);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Insiders, insiders_clear)

static void
propose_remove (Insiders *self, guint32 leaf)
{
  g_auto (MlsWriter) messages = MLS_WRITER_INIT;

  gateway_propose_remove (&self->gateway, 1, leaf, &messages, NULL);
  for (guint i = 0; i < self->members->len; i++)
    if (i != leaf)
      fail_unless_mls (
          gateway_append (member (self, i)->group, &messages), MLS_OK);
}

/* Member 0 commits what its state has become. */
static MlsBytes
welcome_of_member_0 (Insiders *self)
{
  MlsBytes commit, welcome;

  fail_unless_mls (
      mls_group_commit (member (self, 0)->group, &commit, &welcome), MLS_OK);
  return welcome;
}

static MlsTree *
tree_of (Client *client)
{
  return client->group->state->tree;
}

/* A leaf with @key as its encryption key, signed by @signer, into @tree. */
static void
plant_leaf (Insiders *self, MlsTree *tree, guint32 index, const MlsLeafNode *as,
    const MlsKeyPair *signer)
{
  g_auto (MlsWriter) writer = MLS_WRITER_INIT;
  MlsLeafNode leaf = *as;
  MlsReader reader;

  leaf.signature_key = MLS_BYTES_OF (signer->public_key);
  fail_unless_mls (
      mls_leaf_node_write (&writer, self->gateway.crypto, &leaf, NULL, signer),
      MLS_OK);
  mls_reader_init (&reader, mls_writer_bytes (&writer));
  mls_leaf_node_read (&reader, &leaf);
  fail_unless_mls (mls_reader_finish (&reader), MLS_OK);
  mls_tree_set_leaf (tree, index, &leaf);
}

/* Bypasses what keeps an honest client from committing. */
static MlsResult
join_forced (Insiders *self)
{
  g_auto (MlsStagedCommit) staged = MLS_STAGED_COMMIT_INIT;
  MlsGroup *group = member (self, 0)->group;
  MlsResult result = mls_epoch_state_commit (
      group->state, group->queue, &group->signature_key, &staged);

  if (result != MLS_OK)
    return result;
  return client_join (
      self->joiner, mls_bytes (staged.welcome, staged.welcome_length));
}

GST_START_TEST (unchanged_group_is_joined)
{
  g_auto (Insiders) self;

  insiders_init (&self);
  fail_unless_mls (
      client_join (self.joiner, welcome_of_member_0 (&self)), MLS_OK);
}
GST_END_TEST;

GST_START_TEST (leaf_with_bad_signature)
{
  g_auto (Insiders) self;
  MlsTree *tree;
  g_auto (Bytes) bytes = { 0 };
  MlsLeafNode leaf;
  MlsReader reader;

  insiders_init (&self);
  tree = tree_of (member (&self, 0));
  bytes = bytes_copy (mls_tree_leaf (tree, 2)->encoded.data,
      mls_tree_leaf (tree, 2)->encoded.length, 0);
  bytes.data[bytes.length - 1] ^= 1;
  mls_reader_init (&reader, bytes_view (&bytes));
  mls_leaf_node_read (&reader, &leaf);
  mls_tree_set_leaf (tree, 2, &leaf);
  fail_unless_mls (client_join (self.joiner, welcome_of_member_0 (&self)),
      MLS_ERROR_SIGNATURE);
}
GST_END_TEST;

GST_START_TEST (leaf_without_capabilities)
{
  g_auto (Insiders) self;
  MlsTree *tree;
  MlsLeafNode leaf;

  insiders_init (&self);
  tree = tree_of (member (&self, 0));
  leaf = *mls_tree_leaf (tree, 2);
  leaf.capabilities.cipher_suites = MLS_NO_BYTES;
  plant_leaf (&self, tree, 2, &leaf, &member (&self, 2)->signature_key);
  fail_unless_mls (client_join (self.joiner, welcome_of_member_0 (&self)),
      MLS_ERROR_CAPABILITIES);
}
GST_END_TEST;

GST_START_TEST (leaf_with_other_credential)
{
  g_auto (Insiders) self;
  MlsTree *tree;
  MlsLeafNode leaf;

  insiders_init (&self);
  tree = tree_of (member (&self, 0));
  leaf = *mls_tree_leaf (tree, 2);
  leaf.credential.type = 2;
  leaf.credential.identity = MLS_NO_BYTES;
  plant_leaf (&self, tree, 2, &leaf, &member (&self, 2)->signature_key);
  fail_unless_mls (join_forced (&self), MLS_ERROR_CREDENTIAL);
}
GST_END_TEST;

GST_START_TEST (two_leaves_of_a_user)
{
  g_auto (Insiders) self;
  MlsTree *tree;
  MlsLeafNode leaf;
  MlsKeyPair signer;

  insiders_init (&self);
  tree = tree_of (member (&self, 0));
  fail_unless_mls (
      mls_key_pair_generate (self.gateway.crypto, &signer), MLS_OK);
  leaf = *mls_tree_leaf (tree, 2);
  leaf.credential = mls_tree_leaf (tree, 3)->credential;
  plant_leaf (&self, tree, 2, &leaf, &signer);
  fail_unless_mls (join_forced (&self), MLS_ERROR_DUPLICATE);
}
GST_END_TEST;

GST_START_TEST (identity_of_a_guest)
{
  g_auto (Insiders) self;
  MlsTree *tree;
  MlsLeafNode leaf;

  insiders_init (&self);
  tree = tree_of (member (&self, 0));
  leaf = *mls_tree_leaf (tree, 2);
  leaf.credential.identity = mls_bytes_text ("short");
  plant_leaf (&self, tree, 2, &leaf, &member (&self, 2)->signature_key);
  fail_unless_mls (join_forced (&self), MLS_ERROR_CREDENTIAL);
}
GST_END_TEST;

/* A parent nobody made: no leaf has its parent hash. */
GST_START_TEST (planted_parent)
{
  g_auto (Insiders) self;
  MlsKeyPair key;

  insiders_init (&self);
  fail_unless_mls (mls_key_pair_generate (self.gateway.crypto, &key), MLS_OK);
  mls_tree_set_parent (tree_of (member (&self, 0)), 5,
      MLS_BYTES_OF (key.public_key), MLS_NO_BYTES);
  fail_unless_mls (join_forced (&self), MLS_ERROR_TREE);
}
GST_END_TEST;

GST_START_TEST (planted_parent_that_is_no_key)
{
  static const guint8 key[MLS_PUBLIC_KEY_SIZE] = { 4, 1, 2, 3 };
  g_auto (Insiders) self;

  insiders_init (&self);
  mls_tree_set_parent (
      tree_of (member (&self, 0)), 5, MLS_BYTES_OF (key), MLS_NO_BYTES);
  fail_unless_mls (join_forced (&self), MLS_ERROR_KEY);
}
GST_END_TEST;

/* The secrets of the epoch, but another transcript. */
GST_START_TEST (other_transcript)
{
  g_auto (Insiders) self;
  MlsBytes commit, welcome;

  insiders_init (&self);
  member (&self, 0)->group->state->interim_hash[0] ^= 1;
  fail_unless_mls (
      mls_group_commit (member (&self, 0)->group, &commit, &welcome), MLS_OK);
  fail_unless_mls (mls_group_process (member (&self, 1)->group, commit),
      MLS_ERROR_CONFIRMATION_TAG);
}
GST_END_TEST;

GST_START_TEST (other_init_secret)
{
  g_auto (Insiders) self;
  MlsBytes commit, welcome;

  insiders_init (&self);
  member (&self, 0)->group->state->secrets.init.data[0] ^= 1;
  fail_unless_mls (
      mls_group_commit (member (&self, 0)->group, &commit, &welcome), MLS_OK);
  fail_unless_mls (mls_group_process (member (&self, 1)->group, commit),
      MLS_ERROR_CONFIRMATION_TAG);
}
GST_END_TEST;

/* In the name of another member: the tag is good, the signature is not. */
GST_START_TEST (impersonation)
{
  g_auto (Insiders) self;
  MlsBytes commit, welcome;

  insiders_init (&self);
  member (&self, 0)->group->state->keys.leaf = 2;
  fail_unless_mls (
      mls_group_commit (member (&self, 0)->group, &commit, &welcome), MLS_OK);
  fail_unless_mls (mls_group_process (member (&self, 1)->group, commit),
      MLS_ERROR_SIGNATURE);
}
GST_END_TEST;

/* From a leaf that is blank, and from one outside the tree. */
GST_START_TEST (sender_that_is_no_member)
{
  /* Version, wire format, group id, epoch and sender type come before. */
  const gsize sender_at = 4 + 1 + MLS_USER_ID_SIZE + 8 + 1 + 3;
  g_auto (Insiders) self;
  g_auto (Bytes) copy = { 0 };
  MlsBytes commit, welcome;

  insiders_init (&self);
  fail_unless_mls (
      mls_group_commit (member (&self, 0)->group, &commit, &welcome), MLS_OK);
  copy = bytes_copy (commit.data, commit.length, 0);
  copy.data[sender_at] = 4;
  fail_unless_mls (
      mls_group_process (member (&self, 1)->group, bytes_view (&copy)),
      MLS_ERROR_SENDER);
  copy.data[sender_at] = 200;
  fail_unless_mls (
      mls_group_process (member (&self, 1)->group, bytes_view (&copy)),
      MLS_ERROR_SENDER);
  copy.data[sender_at] = 0;
  fail_unless_mls (
      mls_group_process (member (&self, 1)->group, bytes_view (&copy)), MLS_OK);
}
GST_END_TEST;

/* A path that takes another user's place, or changes the signature key. */
GST_START_TEST (changed_identity)
{
  g_auto (Insiders) self;
  MlsBytes commit, welcome;
  MlsLeafNode leaf;
  MlsTree *tree;
  MlsKeyPair signer;

  insiders_init (&self);
  propose_remove (&self, 3);
  tree = tree_of (member (&self, 0));
  leaf = *mls_tree_leaf (tree, 0);
  leaf.credential = mls_tree_leaf (tree, 3)->credential;
  plant_leaf (&self, tree, 0, &leaf, &member (&self, 0)->signature_key);
  fail_unless_mls (
      mls_group_commit (member (&self, 0)->group, &commit, &welcome), MLS_OK);
  fail_unless_mls (mls_group_process (member (&self, 1)->group, commit),
      MLS_ERROR_CREDENTIAL);

  fail_unless_mls (
      mls_key_pair_generate (self.gateway.crypto, &signer), MLS_OK);
  leaf = *mls_tree_leaf (tree, 0); /* the one before is gone */
  leaf.credential = mls_tree_leaf (tree_of (member (&self, 1)), 0)->credential;
  plant_leaf (&self, tree, 0, &leaf, &signer);
  fail_unless_mls (
      mls_group_commit (member (&self, 0)->group, &commit, &welcome), MLS_OK);
  fail_unless_mls (mls_group_process (member (&self, 1)->group, commit),
      MLS_ERROR_CREDENTIAL);
}
GST_END_TEST;

/* Somebody goes, but the secrets stay. */
GST_START_TEST (remove_without_path)
{
  g_auto (Insiders) self;
  MlsGroup *group;
  const MlsQueuedProposal *queued;
  g_auto (MlsWriter) content = MLS_WRITER_INIT;
  g_auto (MlsWriter) signature = MLS_WRITER_INIT;
  g_auto (MlsWriter) out = MLS_WRITER_INIT;
  MlsPublicMessage message = { .sender_type = MLS_SENDER_MEMBER,
    .content_type = MLS_CONTENT_COMMIT,
    .epoch = 1 };
  gsize begin;

  insiders_init (&self);
  propose_remove (&self, 3);
  group = member (&self, 0)->group;
  queued = mls_proposal_queue_get (group->queue, 1);
  fail_unless_equals_int (queued->proposal.type, MLS_PROPOSAL_REMOVE);

  message.group_id = mls_epoch_state_group_id (group->state);
  mls_framed_content_header_write (&content, &message);
  begin = mls_write_vector_begin (&content);
  mls_proposal_ref_write (&content, MLS_BYTES_OF (queued->reference));
  mls_write_vector_end (&content, begin);
  mls_write_u8 (&content, 0);
  message.content = mls_writer_bytes (&content);
  message.confirmation_tag = MLS_BYTES_OF (group->state->confirmation_tag);
  fail_unless_mls (mls_public_message_sign (self.gateway.crypto, &message,
                       mls_epoch_state_context (group->state),
                       &group->signature_key, &signature),
      MLS_OK);
  message.signature = mls_writer_bytes (&signature);
  fail_unless_mls (mls_public_message_write (&out, self.gateway.crypto,
                       &message, mls_epoch_state_context (group->state),
                       &group->state->secrets.membership_key),
      MLS_OK);
  fail_unless_mls (
      mls_group_process (member (&self, 1)->group, mls_writer_bytes (&out)),
      MLS_ERROR_PATH);
}
GST_END_TEST;

/* Secrets encrypted to a wrong key: only the one who gets them notices. */
GST_START_TEST (path_to_a_wrong_key)
{
  g_auto (Insiders) self;
  g_auto (MlsStagedCommit) staged = MLS_STAGED_COMMIT_INIT;
  MlsBytes commit, welcome;
  MlsKeyPair *key;

  insiders_init (&self);
  propose_remove (&self, 3);
  fail_unless_mls (
      mls_group_commit (member (&self, 0)->group, &commit, &welcome), MLS_OK);
  key = &member (&self, 1)->group->state->keys.keys[0];
  fail_unless_mls (mls_key_pair_generate (self.gateway.crypto, key), MLS_OK);
  /* The key is not the leaf's: it is forgotten, and nothing decrypts. */
  fail_unless_mls (
      mls_group_process (member (&self, 1)->group, commit), MLS_ERROR_DECRYPT);
  fail_unless_mls (
      mls_group_process (member (&self, 2)->group, commit), MLS_OK);
}
GST_END_TEST;

static Suite *
mlsinsider_suite (void)
{
  Suite *suite = suite_create ("mlsinsider");
  TCase *tc = tcase_create ("all");

  tcase_add_test (tc, unchanged_group_is_joined);
  tcase_add_test (tc, leaf_with_bad_signature);
  tcase_add_test (tc, leaf_without_capabilities);
  tcase_add_test (tc, leaf_with_other_credential);
  tcase_add_test (tc, two_leaves_of_a_user);
  tcase_add_test (tc, identity_of_a_guest);
  tcase_add_test (tc, planted_parent);
  tcase_add_test (tc, planted_parent_that_is_no_key);
  tcase_add_test (tc, other_transcript);
  tcase_add_test (tc, other_init_secret);
  tcase_add_test (tc, impersonation);
  tcase_add_test (tc, sender_that_is_no_member);
  tcase_add_test (tc, changed_identity);
  tcase_add_test (tc, remove_without_path);
  tcase_add_test (tc, path_to_a_wrong_key);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (mlsinsider);
