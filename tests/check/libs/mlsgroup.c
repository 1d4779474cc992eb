/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "mlsgateway.h"

/* MlsGroup's own rules, one by one. */

typedef struct
{
  Gateway gateway;
  Client *a, *b, *c; /* a and b are in a group, c is not */
} Trio;

static void
propose_add (Trio *self, const Client *to, const Client *joiner,
    guint8 reference[MLS_HASH_SIZE])
{
  g_auto (MlsWriter) messages = MLS_WRITER_INIT;

  gateway_propose_add (&self->gateway, mls_group_epoch (to->group),
      client_key_package (joiner), &messages, reference);
  fail_unless_mls (gateway_append (to->group, &messages), MLS_OK);
}

static void
trio_init (Trio *self)
{
  MlsBytes commit, welcome;

  gateway_init (&self->gateway);
  self->a = client_new (&self->gateway, 1);
  self->b = client_new (&self->gateway, 2);
  self->c = client_new (&self->gateway, 3);
  client_create (self->a);
  propose_add (self, self->a, self->b, NULL);
  fail_unless_mls (
      mls_group_commit (self->a->group, &commit, &welcome), MLS_OK);
  fail_unless_mls (client_join (self->b, welcome), MLS_OK);
  fail_unless_mls (mls_group_process (self->a->group, commit), MLS_OK);
  check_same_group (self->a, self->b);
}

static void
trio_clear (Trio *self)
{
  client_free (self->a);
  client_free (self->b);
  client_free (self->c);
  gateway_clear (&self->gateway);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Trio, trio_clear)

/* What official clients send, field by field. */
GST_START_TEST (key_package)
{
  static const guint8 capabilities[] = { 2, 0, 1, 2, 0, 2, 0, 0, 2, 0, 1,
    /* source */ 1, /* lifetime */ 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff,
    /* extensions */ 0 };
  g_auto (Gateway) gateway;
  g_autoptr (Client) client = NULL;
  MlsKeyPackage key_package;
  MlsReader reader;
  guint64 user_id;

  gateway_init (&gateway);
  client = client_new (&gateway, G_GUINT64_CONSTANT (158049329150427136));
  mls_reader_init (&reader, client_key_package (client));
  mls_key_package_read (&reader, &key_package);
  fail_unless_mls (mls_reader_finish (&reader), MLS_OK);
  fail_unless_mls (
      mls_key_package_check (gateway.crypto, &key_package), MLS_OK);
  fail_unless (key_package.encoded.length < 400);
  fail_unless_equals_int (key_package.extensions.length, 0);
  fail_unless_bytes (key_package.leaf.signature_key,
      MLS_BYTES_OF (client->signature_key.public_key));
  fail_unless_mls (
      mls_credential_user_id (&key_package.leaf.credential, &user_id), MLS_OK);
  fail_unless_equals_uint64 (user_id, client->user_id);
  fail_unless_bytes (
      mls_bytes (key_package.leaf.to_be_signed.data
              + key_package.leaf.to_be_signed.length - sizeof capabilities,
          sizeof capabilities),
      MLS_BYTES_OF (capabilities));
}
GST_END_TEST;

/* Keys that do not belong to the key package. */
GST_START_TEST (key_package_load)
{
  g_auto (Gateway) gateway;
  g_autoptr (Client) client = NULL;
  g_autoptr (Client) other = NULL;
  g_auto (MlsOwnKeyPackage) loaded = MLS_OWN_KEY_PACKAGE_INIT;
  MlsBytes init, leaf;

  gateway_init (&gateway);
  client = client_new (&gateway, 1);
  other = client_new (&gateway, 2);
  init = MLS_SECRET_BYTES (&client->key_package.init.private_key);
  leaf = MLS_SECRET_BYTES (&client->key_package.leaf.private_key);
  fail_unless_mls (mls_own_key_package_load (gateway.crypto,
                       client_key_package (client), init, init, &loaded),
      MLS_ERROR_KEY_PACKAGE);
  fail_unless_mls (mls_own_key_package_load (gateway.crypto,
                       client_key_package (other), init, leaf, &loaded),
      MLS_ERROR_KEY_PACKAGE);
  init.length--;
  fail_unless_mls (mls_own_key_package_load (gateway.crypto,
                       client_key_package (client), init, leaf, &loaded),
      MLS_ERROR_KEY);
  init.length++;
  fail_unless_mls (mls_own_key_package_load (gateway.crypto,
                       client_key_package (client), init, leaf, &loaded),
      MLS_OK);
}
GST_END_TEST;

GST_START_TEST (founding)
{
  g_auto (Gateway) gateway;
  g_autoptr (Client) client = NULL;
  MlsGroupConfig config;
  MlsGroup *group = NULL;
  MlsBytes commit, welcome;
  guint32 position = 0;
  MlsMember member;

  gateway_init (&gateway);
  client = client_new (&gateway, 7);
  client_create (client);
  fail_unless_equals_uint64 (mls_group_epoch (client->group), 0);
  fail_unless_equals_int (mls_group_own_leaf (client->group), 0);
  fail_unless_equals_int (mls_group_n_members (client->group), 1);
  fail_unless (mls_group_next_member (client->group, &position, &member));
  fail_unless_equals_uint64 (member.user_id, 7);
  fail_unless_bytes (
      member.signature_key, MLS_BYTES_OF (client->signature_key.public_key));
  fail_unless_mls (mls_group_commit (client->group, &commit, &welcome),
      MLS_ERROR_NO_PROPOSALS);

  config = (MlsGroupConfig){ gateway.crypto, 1, 7, MLS_NO_BYTES,
    &client->signature_key };
  fail_unless_mls (
      mls_group_create (&config, &group), MLS_ERROR_EXTERNAL_SENDER);
  config.external_sender = mls_bytes (gateway.external_sender.data, 20);
  fail_unless_mls (mls_group_create (&config, &group), MLS_ERROR_PARSE);
}
GST_END_TEST;

/* A commit changes nothing until it is announced, and never if another is. */
GST_START_TEST (race)
{
  g_auto (Trio) self;
  g_autofree guint8 *commit_copy = NULL;
  g_autofree guint8 *welcome_copy = NULL;
  g_auto (MlsWriter) messages = MLS_WRITER_INIT;
  MlsBytes commit_a, commit_b, welcome_a, welcome_b;
  guint64 epoch;

  trio_init (&self);
  epoch = mls_group_epoch (self.a->group);
  gateway_propose_add (
      &self.gateway, epoch, client_key_package (self.c), &messages, NULL);
  fail_unless_mls (gateway_append (self.a->group, &messages), MLS_OK);
  fail_unless_mls (gateway_append (self.b->group, &messages), MLS_OK);
  fail_unless_mls (
      mls_group_commit (self.a->group, &commit_a, &welcome_a), MLS_OK);
  fail_unless_mls (
      mls_group_commit (self.b->group, &commit_b, &welcome_b), MLS_OK);
  fail_unless (!mls_bytes_equal (commit_a, commit_b));
  fail_unless_equals_uint64 (mls_group_epoch (self.a->group), epoch);
  check_same_group (self.a, self.b);

  commit_copy = mls_bytes_dup (commit_b);
  commit_b.data = commit_copy;
  welcome_copy = mls_bytes_dup (welcome_b);
  welcome_b.data = welcome_copy;
  fail_unless_mls (mls_group_process (self.a->group, commit_b), MLS_OK);
  fail_unless_mls (mls_group_process (self.b->group, commit_b), MLS_OK);
  fail_unless_mls (client_join (self.c, welcome_b), MLS_OK);
  fail_unless_equals_uint64 (mls_group_epoch (self.a->group), epoch + 1);
  check_same_group (self.a, self.b);
  check_same_group (self.a, self.c);
  fail_unless_equals_int (mls_group_n_proposals (self.a->group), 0);

  /* Announced again. */
  fail_unless_mls (
      mls_group_process (self.a->group, commit_b), MLS_ERROR_EPOCH);
  fail_unless_mls (
      mls_group_process (self.b->group, commit_b), MLS_ERROR_EPOCH);
}
GST_END_TEST;

/* A commit from our leaf that is not the one we prepared. */
GST_START_TEST (own_commit_replaced)
{
  g_auto (Trio) self;
  g_autofree guint8 *copy = NULL;
  MlsBytes first, second, welcome;

  trio_init (&self);
  propose_add (&self, self.a, self.c, NULL);
  fail_unless_mls (mls_group_commit (self.a->group, &first, &welcome), MLS_OK);
  copy = mls_bytes_dup (first);
  first.data = copy;
  fail_unless_mls (mls_group_commit (self.a->group, &second, &welcome), MLS_OK);
  fail_unless_mls (mls_group_process (self.a->group, first), MLS_ERROR_SENDER);
  fail_unless_mls (mls_group_process (self.a->group, second), MLS_OK);
}
GST_END_TEST;

/* A gateway that proposes to all pending members to add all of them: both make
 * a group without their own Add, and one of the groups wins. */
GST_START_TEST (founders_own_add)
{
  g_auto (Gateway) gateway;
  g_autoptr (Client) a = NULL;
  g_autoptr (Client) b = NULL;
  g_auto (MlsWriter) messages = MLS_WRITER_INIT;
  guint8 own[MLS_HASH_SIZE];
  MlsBytes commit, welcome;

  gateway_init (&gateway);
  a = client_new (&gateway, 1);
  b = client_new (&gateway, 2);
  client_create (a);
  client_create (b);
  gateway_propose_add (&gateway, 0, client_key_package (a), &messages, own);
  fail_unless_mls (gateway_append (a->group, &messages), MLS_OK);
  fail_unless_equals_int (mls_group_n_proposals (a->group), 0);
  fail_if (mls_group_commit_is_due (a->group));
  fail_unless_mls (gateway_revoke (a->group, own), MLS_OK);

  gateway_propose_add (&gateway, 0, client_key_package (b), &messages, NULL);
  fail_unless_mls (gateway_append (a->group, &messages), MLS_OK);
  fail_unless_mls (gateway_append (b->group, &messages), MLS_OK);
  fail_unless_equals_int (mls_group_n_proposals (a->group), 1);
  fail_unless_equals_int (mls_group_n_proposals (b->group), 1);
  fail_unless_mls (mls_group_commit (b->group, &commit, &welcome), MLS_OK);
  fail_unless_mls (mls_group_commit (a->group, &commit, &welcome), MLS_OK);
  fail_unless_mls (client_join (b, welcome), MLS_OK);
  fail_unless_mls (mls_group_process (a->group, commit), MLS_OK);
  fail_unless_equals_int (mls_group_n_members (a->group), 2);
  check_same_group (a, b);
}
GST_END_TEST;

/* What is proposed again needs no other commit; what is new or gone does. */
GST_START_TEST (commit_due)
{
  g_auto (Trio) self;
  g_auto (MlsWriter) messages = MLS_WRITER_INIT;
  guint8 remove[MLS_HASH_SIZE];
  MlsBytes commit, welcome;

  trio_init (&self);
  fail_if (mls_group_commit_is_due (self.a->group));
  gateway_propose_add (
      &self.gateway, 1, client_key_package (self.c), &messages, NULL);
  fail_unless_mls (gateway_append (self.a->group, &messages), MLS_OK);
  fail_unless (mls_group_commit_is_due (self.a->group));
  fail_unless_mls (mls_group_commit (self.a->group, &commit, &welcome), MLS_OK);
  fail_unless_mls (gateway_append (self.a->group, &messages), MLS_OK);
  fail_if (mls_group_commit_is_due (self.a->group));
  fail_unless (mls_group_is_own_commit (self.a->group, commit));

  gateway_propose_remove (&self.gateway, 1, 1, &messages, remove);
  fail_unless_mls (gateway_append (self.a->group, &messages), MLS_OK);
  fail_unless (mls_group_commit_is_due (self.a->group));
  fail_unless_mls (mls_group_commit (self.a->group, &commit, &welcome), MLS_OK);
  fail_unless_mls (gateway_revoke (self.a->group, remove), MLS_OK);
  fail_unless (mls_group_commit_is_due (self.a->group));
  fail_unless_mls (mls_group_commit (self.a->group, &commit, &welcome), MLS_OK);
  fail_unless_mls (mls_group_process (self.a->group, commit), MLS_OK);
  fail_if (mls_group_commit_is_due (self.a->group));
}
GST_END_TEST;

GST_START_TEST (proposals_once)
{
  g_auto (Trio) self;
  g_auto (MlsWriter) messages = MLS_WRITER_INIT;

  trio_init (&self);
  gateway_propose_add (
      &self.gateway, 1, client_key_package (self.c), &messages, NULL);
  fail_unless_mls (gateway_append (self.a->group, &messages), MLS_OK);
  fail_unless_mls (gateway_append (self.a->group, &messages), MLS_OK);
  fail_unless_equals_int (mls_group_n_proposals (self.a->group), 1);
}
GST_END_TEST;

GST_START_TEST (revocation)
{
  g_auto (Trio) self;
  guint8 add[MLS_HASH_SIZE], remove[MLS_HASH_SIZE];
  g_auto (MlsWriter) messages = MLS_WRITER_INIT;
  g_autofree guint8 *copy = NULL;
  MlsBytes commit, welcome;

  trio_init (&self);
  propose_add (&self, self.a, self.c, add);
  gateway_propose_remove (&self.gateway, 1, 1, &messages, remove);
  fail_unless_mls (
      gateway_revoke (self.a->group, remove), MLS_ERROR_UNKNOWN_PROPOSAL);
  fail_unless_mls (gateway_append (self.a->group, &messages), MLS_OK);
  fail_unless_equals_int (mls_group_n_proposals (self.a->group), 2);
  fail_unless_mls (gateway_revoke (self.a->group, add), MLS_OK);
  fail_unless_mls (
      gateway_revoke (self.a->group, add), MLS_ERROR_UNKNOWN_PROPOSAL);
  fail_unless_equals_int (mls_group_n_proposals (self.a->group), 1);

  /* Without the Add nobody is welcomed; without anything the commit is gone. */
  fail_unless_mls (mls_group_commit (self.a->group, &commit, &welcome), MLS_OK);
  fail_unless_equals_int (welcome.length, 0);
  copy = mls_bytes_dup (commit);
  commit.data = copy;
  fail_unless_mls (gateway_revoke (self.a->group, remove), MLS_OK);
  fail_unless_equals_int (mls_group_n_proposals (self.a->group), 0);
  fail_unless_mls (mls_group_process (self.a->group, commit), MLS_ERROR_SENDER);
}
GST_END_TEST;

/* The Add of somebody who is still there waits for the Remove. */
GST_START_TEST (returning_user)
{
  g_auto (Trio) self;
  g_auto (MlsWriter) messages = MLS_WRITER_INIT;
  MlsBytes commit, welcome;

  trio_init (&self);
  client_renew (self.b);
  propose_add (&self, self.a, self.b, NULL);
  fail_unless_mls (
      mls_group_commit (self.a->group, &commit, &welcome), MLS_ERROR_DUPLICATE);

  gateway_propose_remove (&self.gateway, 1, 1, &messages, NULL);
  fail_unless_mls (gateway_append (self.a->group, &messages), MLS_OK);
  fail_unless_mls (mls_group_commit (self.a->group, &commit, &welcome), MLS_OK);
  fail_unless_mls (client_join (self.b, welcome), MLS_OK);
  fail_unless_mls (mls_group_process (self.a->group, commit), MLS_OK);
  check_same_group (self.a, self.b);
}
GST_END_TEST;

/* Two Removes of one leaf are two proposals, but no commit. */
GST_START_TEST (removed_twice)
{
  g_auto (Trio) self;
  g_auto (MlsWriter) messages = MLS_WRITER_INIT;
  MlsBytes commit, welcome;

  trio_init (&self);
  gateway_propose_remove (&self.gateway, 1, 1, &messages, NULL);
  gateway_propose_remove (&self.gateway, 1, 1, &messages, NULL);
  fail_unless_mls (gateway_append (self.a->group, &messages), MLS_OK);
  fail_unless_mls (
      mls_group_commit (self.a->group, &commit, &welcome), MLS_ERROR_DUPLICATE);
}
GST_END_TEST;

GST_START_TEST (too_many_proposals)
{
  g_auto (Trio) self;
  g_auto (MlsWriter) messages = MLS_WRITER_INIT;
  g_auto (MlsWriter) one_more = MLS_WRITER_INIT;

  trio_init (&self);
  for (guint i = 0; i < MLS_MAX_PROPOSALS; i++)
    gateway_propose_remove (&self.gateway, 1, 1, &messages, NULL);
  fail_unless_mls (gateway_append (self.a->group, &messages), MLS_OK);
  gateway_propose_remove (&self.gateway, 1, 1, &one_more, NULL);
  fail_unless_mls (gateway_append (self.a->group, &one_more), MLS_ERROR_LIMIT);
  fail_unless_equals_int (
      mls_group_n_proposals (self.a->group), MLS_MAX_PROPOSALS);
}
GST_END_TEST;

/* The Welcome of one group cannot be used with the identity of another. */
GST_START_TEST (wrong_identity)
{
  g_auto (Trio) self;
  MlsBytes commit, welcome;
  MlsKeyPair key;

  trio_init (&self);
  propose_add (&self, self.a, self.c, NULL);
  fail_unless_mls (mls_group_commit (self.a->group, &commit, &welcome), MLS_OK);
  self.c->user_id++;
  fail_unless_mls (client_join (self.c, welcome), MLS_ERROR_STATE);
  self.c->user_id--;
  key = self.c->signature_key;
  fail_unless_mls (
      mls_key_pair_generate (self.gateway.crypto, &self.c->signature_key),
      MLS_OK);
  fail_unless_mls (client_join (self.c, welcome), MLS_ERROR_STATE);
  self.c->signature_key = key;
  fail_unless_mls (client_join (self.c, welcome), MLS_OK);
}
GST_END_TEST;

GST_START_TEST (exporters_differ)
{
  g_auto (Trio) self;
  guint8 a[MLS_SENDER_SECRET_SIZE], b[MLS_SENDER_SECRET_SIZE];
  static const guint8 context[] = { 1, 0, 0, 0, 0, 0, 0, 0 };

  trio_init (&self);
  fail_unless_mls (mls_group_sender_secret (self.a->group, 1, a), MLS_OK);
  fail_unless_mls (mls_group_sender_secret (self.a->group, 2, b), MLS_OK);
  fail_unless (memcmp (a, b, sizeof a) != 0);
  fail_unless_mls (mls_group_export (self.b->group, "Discord Secure Frames v0",
                       MLS_BYTES_OF (context), b, sizeof b),
      MLS_OK);
  fail_unless_bytes (MLS_BYTES_OF (a), MLS_BYTES_OF (b));
  fail_unless_mls (mls_group_export (self.b->group, "Other",
                       MLS_BYTES_OF (context), b, sizeof b),
      MLS_OK);
  fail_unless (memcmp (a, b, sizeof a) != 0);
}
GST_END_TEST;

static Suite *
mlsgroup_suite (void)
{
  Suite *suite = suite_create ("mlsgroup");
  TCase *tc = tcase_create ("all");

  tcase_add_test (tc, key_package);
  tcase_add_test (tc, key_package_load);
  tcase_add_test (tc, founding);
  tcase_add_test (tc, race);
  tcase_add_test (tc, own_commit_replaced);
  tcase_add_test (tc, founders_own_add);
  tcase_add_test (tc, commit_due);
  tcase_add_test (tc, proposals_once);
  tcase_add_test (tc, revocation);
  tcase_add_test (tc, returning_user);
  tcase_add_test (tc, removed_twice);
  tcase_add_test (tc, too_many_proposals);
  tcase_add_test (tc, wrong_identity);
  tcase_add_test (tc, exporters_differ);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (mlsgroup);
