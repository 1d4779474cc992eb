/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "davepair.h"

/* A session's answer to descriptions, users and messages of MLS, in each
 * situation. */

GST_START_TEST (description)
{
  g_autoptr (Peer) peer = peer_new (ID_A, PEER_GROUP_ID, NULL);

  fail_unless_equals_int (
      dave_session_state (peer->session), DAVE_SESSION_NONE);
  dave_session_description (peer->session, 1);
  peer_check (peer, "key-package state:alone");
  fail_unless_equals_int (dave_session_version (peer->session), 1);
  fail_unless (dave_session_group (peer->session) == NULL);

  /* Another transport key. */
  dave_session_description (peer->session, 1);
  peer_check (peer, "");
}
GST_END_TEST;

GST_START_TEST (description_without_encryption)
{
  g_autoptr (Peer) peer = peer_new (ID_A, PEER_GROUP_ID, NULL);

  dave_session_description (peer->session, 0);
  peer_check (peer, "allow-clear sender:none state:clear");
  dave_session_description (peer->session, 0);
  peer_check (peer, "");
  dave_session_description (peer->session, 1);
  peer_check (peer, "retire-clear sender:none key-package state:alone");
}
GST_END_TEST;

GST_START_TEST (description_drops_the_group)
{
  g_auto (Pair) self;

  pair_init (&self);
  found (&self);
  dave_session_description (self.a->session, 1);
  peer_check (self.a, "");
  check_media (self.a, self.b);
  dave_session_description (self.a->session, 0);
  peer_check (self.a, "no-group allow-clear sender:none state:clear");
  fail_unless (dave_session_group (self.a->session) == NULL);
}
GST_END_TEST;

/* Version 0 ends before anybody noticed: the group that was begun is kept. */
GST_START_TEST (description_during_upgrade)
{
  g_autoptr (Peer) peer = peer_new (ID_A, PEER_GROUP_ID, NULL);

  dave_session_description (peer->session, 0);
  forget (peer);
  dave_session_prepare_epoch (peer->session, 1, 1);
  peer_check (peer, "key-package");
  dave_session_description (peer->session, 0);
  peer_check (peer, "");
  dave_session_description (peer->session, 1);
  peer_check (peer, "retire-clear sender:none state:alone");
}
GST_END_TEST;

GST_START_TEST (unknown_versions)
{
  g_auto (Pair) self;
  g_autoptr (Peer) peer = peer_new (ID_A, PEER_GROUP_ID, NULL);

  dave_session_description (peer->session, 2);
  peer_check (peer, "refused:4");
  fail_unless_equals_int (peer->refused, MLS_ERROR_VERSION);
  fail_unless_equals_int (
      dave_session_state (peer->session), DAVE_SESSION_NONE);

  pair_init (&self);
  found (&self);
  dave_session_description (self.a->session, G_MAXUINT);
  peer_check (self.a, "refused:4");
  dave_session_prepare_transition (self.a->session, 5, 2);
  peer_check (self.a, "refused:21");
  fail_unless_equals_int (self.a->refused, MLS_ERROR_VERSION);
  dave_session_execute_transition (self.a->session, 5);
  dave_session_prepare_transition (self.a->session, 0, 2);
  peer_check (self.a, "refused:21");
  dave_session_prepare_epoch (self.a->session, 1, 2);
  peer_check (self.a, "refused:24");
  dave_session_prepare_epoch (self.a->session, 1, 0);
  peer_check (self.a, "refused:24");
  check_media (self.a, self.b);
}
GST_END_TEST;

GST_START_TEST (before_description)
{
  static const guint8 two_bytes[] = { 0, 1 };
  g_autoptr (Peer) peer = peer_new (ID_A, PEER_GROUP_ID, NULL);
  MlsBytes payload = MLS_BYTES_OF (two_bytes);

  dave_session_prepare_transition (peer->session, 0, 0);
  peer_check (peer, "refused:21");
  fail_unless_equals_int (peer->refused, MLS_ERROR_STATE);
  dave_session_prepare_transition (peer->session, 3, 1);
  peer_check (peer, "refused:21");
  dave_session_execute_transition (peer->session, 3);
  peer_check (peer, "");
  dave_session_prepare_epoch (peer->session, 1, 1);
  peer_check (peer, "refused:24");
  dave_session_binary (peer->session, DAVE_OP_PROPOSALS, payload);
  dave_session_binary (peer->session, DAVE_OP_ANNOUNCE_COMMIT, payload);
  peer_check (peer, "");
  dave_session_binary (peer->session, DAVE_OP_WELCOME, payload);
  peer_check (peer, "refused:30");
}
GST_END_TEST;

GST_START_TEST (expected_users)
{
  static const guint64 both[] = { ID_B, ID_A, ID_B, ID_C };
  g_autoptr (Peer) peer = peer_new (ID_A, PEER_GROUP_ID, NULL);

  dave_session_users_joined (peer->session, both + 1, 1);
  dave_session_description (peer->session, 1);
  peer_check (peer, "key-package state:alone");
  dave_session_users_joined (peer->session, both, G_N_ELEMENTS (both));
  peer_check (peer, "state:pending");
  dave_session_user_left (peer->session, ID_B);
  dave_session_user_left (peer->session, ID_A);
  dave_session_user_left (peer->session, 7);
  peer_check (peer, "");
  dave_session_user_left (peer->session, ID_C);
  peer_check (peer, "state:alone");
}
GST_END_TEST;

GST_START_TEST (expected_users_bounded)
{
  g_autoptr (Peer) peer = peer_new (ID_A, PEER_GROUP_ID, NULL);
  guint64 id;

  /* From both ends, as they are kept in order. */
  for (guint i = 0; i < DAVE_EXPECTED_USERS_MAX; i++) {
    id = i % 2 ? 100000 + i : 100000 - i;
    dave_session_users_joined (peer->session, &id, 1);
    dave_session_users_joined (peer->session, &id, 1);
  }
  peer_check (peer, "");
  fail_unless_equals_int (dave_expected_users_count (&peer->session->expected),
      DAVE_EXPECTED_USERS_MAX);
  id = 5;
  dave_session_users_joined (peer->session, &id, 1);
  peer_check (peer, "refused:11");
  fail_unless_equals_int (peer->refused, MLS_ERROR_LIMIT);
  for (guint i = 0; i < DAVE_EXPECTED_USERS_MAX; i++) {
    id = i % 2 ? 100000 + i : 100000 - i;
    fail_unless (dave_expected_users_contain (&peer->session->expected, id));
    dave_session_user_left (peer->session, id);
    fail_unless (!dave_expected_users_contain (&peer->session->expected, id));
  }
}
GST_END_TEST;

GST_START_TEST (external_sender)
{
  static const guint8 bad[] = { 1, 2, 3 };
  g_auto (Pair) self;
  g_autoptr (Peer) late = peer_new (ID_C, PEER_GROUP_ID, NULL);
  const MlsGroup *group;

  /* Before or after the description; both lead to a group of our own. */
  pair_init (&self);
  fail_unless (self.a->session->group != NULL);
  fail_unless (dave_session_group (self.a->session) == NULL);
  dave_session_description (late->session, 1);
  fail_unless (late->session->group == NULL);
  peer_take (late, DAVE_OP_EXTERNAL_SENDER, self.gateway.external_sender);
  fail_unless (late->session->group != NULL);
  peer_check (late, "key-package state:alone");

  dave_session_binary (
      late->session, DAVE_OP_EXTERNAL_SENDER, MLS_BYTES_OF (bad));
  peer_check (late, "refused:25");
  fail_unless (late->session->group != NULL);

  /* Ignored in a group. */
  found (&self);
  group = dave_session_group (self.a->session);
  peer_take (self.a, DAVE_OP_EXTERNAL_SENDER, self.gateway.external_sender);
  dave_session_binary (
      self.a->session, DAVE_OP_EXTERNAL_SENDER, MLS_BYTES_OF (bad));
  peer_check (self.a, "");
  fail_unless (dave_session_group (self.a->session) == group);
}
GST_END_TEST;

/* One that is no key is noticed when a group shall have it. */
GST_START_TEST (external_sender_without_version)
{
  g_auto (Pair) self;
  g_autoptr (Peer) peer = peer_new (ID_C, PEER_GROUP_ID, NULL);

  pair_init (&self);
  dave_session_description (peer->session, 0);
  forget (peer);
  peer_take (peer, DAVE_OP_EXTERNAL_SENDER, self.gateway.external_sender);
  peer_check (peer, "");
  fail_unless (peer->session->group == NULL);
  dave_session_prepare_epoch (peer->session, 1, 1);
  peer_check (peer, "key-package");
  fail_unless (peer->session->group != NULL);
}
GST_END_TEST;

GST_START_TEST (first_group_at_once)
{
  g_auto (Pair) self;
  g_auto (DaveGatewayCommit) message = { 0 };

  pair_init (&self);
  create (&self, &message);
  give_with_id (self.a, DAVE_OP_ANNOUNCE_COMMIT, 0, message.commit);
  peer_check (self.a, "receivers:1 group sender:key state:encrypted");
  /* Lost the race: not ours, and not for us. */
  give_with_id (self.b, DAVE_OP_ANNOUNCE_COMMIT, 0, message.commit);
  peer_check (self.b, "");
  give_with_id (self.b, DAVE_OP_WELCOME, 0, message.welcome);
  peer_check (self.b, "receivers:1 group sender:key state:encrypted");
  /* Its key package is used up. */
  fail_unless (self.b->session->key_package.encoded == NULL);
  check_media (self.a, self.b);
  check_media (self.b, self.a);
}
GST_END_TEST;

GST_START_TEST (first_group_with_transition)
{
  g_auto (Pair) self;
  g_auto (DaveGatewayCommit) message = { 0 };
  Frame frame;

  pair_init (&self);
  create (&self, &message);
  give_with_id (self.a, DAVE_OP_ANNOUNCE_COMMIT, 7, message.commit);
  peer_check (self.a, "receivers:1 group ready:7");
  give_with_id (self.b, DAVE_OP_WELCOME, 7, message.welcome);
  peer_check (self.b, "receivers:1 group ready:7");
  fail_unless (!peer_send (self.a, 1, &frame));

  dave_session_execute_transition (self.a->session, 8);
  peer_check (self.a, "");
  dave_session_execute_transition (self.a->session, 7);
  peer_check (self.a, "sender:key state:encrypted");
  check_media (self.a, self.b);
  dave_session_execute_transition (self.a->session, 7);
  peer_check (self.a, "");
}
GST_END_TEST;

GST_START_TEST (refused_proposals)
{
  g_auto (Pair) self;
  g_autoptr (Peer) stranger = NULL;
  g_autoptr (GByteArray) payload = NULL;

  pair_init (&self);
  found (&self);
  stranger = arrive (&self.gateway, 77, ID_A);
  dave_gateway_propose_add (&self.gateway, 77, stranger->key_package);
  propose_to (&self, self.a);
  peer_check (self.a, "refused:27");
  fail_unless_equals_int (self.a->refused, MLS_ERROR_UNEXPECTED_USER);

  /* In a group of its own, of another epoch. */
  payload = dave_gateway_append (&self.gateway, 0, 0);
  peer_take (stranger, DAVE_OP_PROPOSALS, payload);
  peer_check (stranger, "refused:27");
  fail_unless_equals_int (stranger->refused, MLS_ERROR_EPOCH);

  /* Ourselves: somebody else commits that. */
  g_ptr_array_set_size (self.gateway.proposals, 0);
  dave_gateway_propose_remove (&self.gateway, ID_A);
  propose_to (&self, self.a);
  peer_check (self.a, "refused:27");
  fail_unless_equals_int (self.a->refused, MLS_ERROR_REMOVES_US);
  fail_unless (dave_session_group (self.a->session) != NULL);
  check_media (self.a, self.b);
}
GST_END_TEST;

/* Before there is a group everybody may be proposed, which includes us, who are
 * in our own already. What is proposed again makes no other commit: the gateway
 * may have taken the first one by now. */
GST_START_TEST (proposal_of_ourselves)
{
  g_auto (Pair) self;
  g_autoptr (GByteArray) ourselves = NULL;
  g_autoptr (GByteArray) other = NULL;
  g_autoptr (GByteArray) revocation = NULL;

  pair_init (&self);
  dave_gateway_propose_add (&self.gateway, ID_A, self.a->key_package);
  ourselves = dave_gateway_append (&self.gateway, 0, 0);
  peer_take (self.a, DAVE_OP_PROPOSALS, ourselves);
  peer_check (self.a, "");
  dave_gateway_propose_add (&self.gateway, ID_B, self.b->key_package);
  other = dave_gateway_append (&self.gateway, 1, 0);
  peer_take (self.a, DAVE_OP_PROPOSALS, other);
  peer_check (self.a, "commit");
  peer_take (self.a, DAVE_OP_PROPOSALS, ourselves);
  peer_take (self.a, DAVE_OP_PROPOSALS, other);
  peer_check (self.a, "");
  revocation = dave_gateway_revoke_last (&self.gateway);
  peer_take (self.a, DAVE_OP_PROPOSALS, revocation);
  peer_check (self.a, "");
}
GST_END_TEST;

/* A second proposal makes a second commit, over both; a revocation a third; when
 * nothing is left there is none. */
GST_START_TEST (commit_over_all)
{
  static const guint64 ids[] = { ID_C, ID_C + 1 };
  g_auto (Pair) self;
  g_auto (DaveGatewayCommit) message = { 0 };
  g_autoptr (GByteArray) second = NULL;
  g_autoptr (GByteArray) revocation = NULL;
  g_autoptr (GByteArray) last = NULL;
  g_autoptr (Peer) c = NULL;
  g_autoptr (Peer) d = NULL;

  pair_init (&self);
  found (&self);
  c = arrive (&self.gateway, ids[0], ID_A);
  d = arrive (&self.gateway, ids[1], ID_A);
  dave_session_users_joined (self.a->session, ids, 2);
  dave_gateway_propose_add (&self.gateway, ids[0], c->key_package);
  propose_to (&self, self.a);
  peer_check (self.a, "commit");
  dave_gateway_propose_add (&self.gateway, ids[1], d->key_package);
  fail_unless (
      !dave_gateway_accept (&self.gateway, ID_A, self.a->commit, &message));
  second = dave_gateway_append (&self.gateway, 1, 0);
  peer_take (self.a, DAVE_OP_PROPOSALS, second);
  peer_check (self.a, "commit");

  revocation = dave_gateway_revoke_last (&self.gateway);
  peer_take (self.a, DAVE_OP_PROPOSALS, revocation);
  peer_check (self.a, "commit");
  last = dave_gateway_revoke_last (&self.gateway);
  peer_take (self.a, DAVE_OP_PROPOSALS, last);
  peer_check (self.a, "");
  peer_take (self.a, DAVE_OP_PROPOSALS, last);
  peer_check (self.a, "refused:27");
  fail_unless_equals_int (self.a->refused, MLS_ERROR_UNKNOWN_PROPOSAL);
}
GST_END_TEST;

/* B cannot follow, tells so, and wants to come back with a new key package. */
GST_START_TEST (bad_commit)
{
  g_auto (Pair) self;
  g_auto (DaveGatewayCommit) message = { 0 };

  pair_init (&self);
  found (&self);
  add_c (&self, &message);
  give_with_id (self.a, DAVE_OP_ANNOUNCE_COMMIT, 9, message.commit);
  forget (self.a);
  message.commit->data[message.commit->len - 1] ^= 1;
  give_with_id (self.b, DAVE_OP_ANNOUNCE_COMMIT, 9, message.commit);
  peer_check (self.b, "refused:29 invalid:9 no-group key-package");
  fail_unless_equals_int (self.b->refused, MLS_ERROR_MEMBERSHIP_TAG);
  dave_session_execute_transition (self.b->session, 9);
  peer_check (self.b, "");
  check_media (self.b, self.a);
}
GST_END_TEST;

/* And comes back. */
GST_START_TEST (recovery)
{
  g_auto (Pair) self;
  g_auto (DaveGatewayCommit) message = { 0 };
  g_auto (DaveGatewayCommit) recovery = { 0 };
  g_autoptr (GByteArray) payload = NULL;

  pair_init (&self);
  found (&self);
  add_c (&self, &message);
  give_with_id (self.a, DAVE_OP_ANNOUNCE_COMMIT, 9, message.commit);
  g_byte_array_set_size (message.commit, message.commit->len - 1);
  give_with_id (self.b, DAVE_OP_ANNOUNCE_COMMIT, 9, message.commit);
  peer_check (self.b, "refused:29 invalid:9 no-group key-package");
  fail_unless_equals_int (self.b->refused, MLS_ERROR_PARSE);
  dave_session_execute_transition (self.a->session, 9);
  forget (self.a);

  dave_gateway_propose_remove (&self.gateway, ID_B);
  dave_gateway_propose_add (&self.gateway, ID_B, self.b->key_package);
  payload = dave_gateway_append (&self.gateway, 0, 0);
  peer_take (self.a, DAVE_OP_PROPOSALS, payload);
  /* Seen by B in its own group, too. */
  peer_take (self.b, DAVE_OP_PROPOSALS, payload);
  peer_check (self.b, "refused:27");
  accept_of (&self, self.a, &recovery);
  give_with_id (self.a, DAVE_OP_ANNOUNCE_COMMIT, 10, recovery.commit);
  peer_check (self.a, "commit receivers:2 group ready:10");
  give_with_id (self.b, DAVE_OP_WELCOME, 10, recovery.welcome);
  peer_check (self.b, "receivers:2 group ready:10");
  dave_session_execute_transition (self.a->session, 10);
  dave_session_execute_transition (self.b->session, 10);
  check_media (self.a, self.b);
  check_media (self.b, self.a);
}
GST_END_TEST;

GST_START_TEST (commit_of_unknown_proposal)
{
  g_auto (Pair) self;
  g_auto (DaveGatewayCommit) message = { 0 };

  pair_init (&self);
  found (&self);
  dave_gateway_propose_remove (&self.gateway, ID_B);
  propose_to (&self, self.a);
  accept_of (&self, self.a, &message);
  give_with_id (self.b, DAVE_OP_ANNOUNCE_COMMIT, 4, message.commit);
  peer_check (self.b, "refused:29 invalid:4 no-group key-package");
  fail_unless_equals_int (self.b->refused, MLS_ERROR_UNKNOWN_PROPOSAL);
}
GST_END_TEST;

GST_START_TEST (commit_of_another_group)
{
  g_auto (Pair) self;
  g_auto (Pair) other;
  g_auto (DaveGatewayCommit) message = { 0 };

  pair_init (&self);
  found (&self);
  pair_init (&other);
  dave_gateway_clear (&other.gateway);
  dave_gateway_init (&other.gateway, 5);
  dave_session_set_group_id (other.a->session, 5);
  peer_take (other.a, DAVE_OP_EXTERNAL_SENDER, other.gateway.external_sender);
  create (&other, &message);
  give_with_id (self.a, DAVE_OP_ANNOUNCE_COMMIT, 4, message.commit);
  peer_check (self.a, "refused:29");
  fail_unless_equals_int (self.a->refused, MLS_ERROR_GROUP_ID);
  check_media (self.a, self.b);
}
GST_END_TEST;

/* Moved: where there is no group yet, the next one is another. */
GST_START_TEST (group_id)
{
  g_auto (Pair) self;
  g_auto (DaveGatewayCommit) message = { 0 };

  pair_init (&self);
  dave_session_set_group_id (self.a->session, PEER_GROUP_ID + 1);
  dave_session_set_group_id (self.b->session, PEER_GROUP_ID + 1);
  self.gateway.group_id = PEER_GROUP_ID + 1;
  found (&self);
  check_media (self.a, self.b);

  /* The one we are in stays what it is. */
  dave_session_set_group_id (self.a->session, PEER_GROUP_ID);
  dave_session_set_group_id (self.b->session, PEER_GROUP_ID);
  peer_check (self.a, "");
  add_c (&self, &message);
  give_with_id (self.b, DAVE_OP_ANNOUNCE_COMMIT, 4, message.commit);
  peer_check (self.b, "receivers:2 group ready:4");
}
GST_END_TEST;

GST_START_TEST (bad_welcome)
{
  g_auto (Pair) self;
  g_auto (DaveGatewayCommit) message = { 0 };

  pair_init (&self);
  create (&self, &message);
  message.welcome->data[message.welcome->len - 1] ^= 1;
  give_with_id (self.b, DAVE_OP_WELCOME, 3, message.welcome);
  peer_check (self.b, "refused:30 invalid:3 key-package");
  fail_unless_equals_int (self.b->refused, MLS_ERROR_DECRYPT);
  message.welcome->data[message.welcome->len - 1] ^= 1;

  /* Good, but for the key package before. */
  give_with_id (self.b, DAVE_OP_WELCOME, 3, message.welcome);
  peer_check (self.b, "refused:30 invalid:3 key-package");
  fail_unless_equals_int (self.b->refused, MLS_ERROR_NOT_FOR_US);
}
GST_END_TEST;

GST_START_TEST (welcome_again)
{
  g_auto (Pair) self;
  g_auto (DaveGatewayCommit) message = { 0 };

  pair_init (&self);
  create (&self, &message);
  give_with_id (self.b, DAVE_OP_WELCOME, 0, message.welcome);
  forget (self.b);
  give_with_id (self.b, DAVE_OP_WELCOME, 0, message.welcome);
  peer_check (self.b, "refused:30 invalid:0 no-group key-package");
  fail_unless_equals_int (self.b->refused, MLS_ERROR_STATE);
}
GST_END_TEST;

GST_START_TEST (welcome_without_external_sender)
{
  g_auto (Pair) self;
  g_auto (DaveGatewayCommit) message = { 0 };
  g_autoptr (Peer) peer = peer_new (ID_B, PEER_GROUP_ID, NULL);

  pair_init (&self);
  dave_session_description (peer->session, 1);
  forget (peer);
  dave_gateway_propose_add (&self.gateway, ID_B, peer->key_package);
  propose_to (&self, self.a);
  accept_of (&self, self.a, &message);
  give_with_id (peer, DAVE_OP_WELCOME, 3, message.welcome);
  peer_check (peer, "refused:30 invalid:3 key-package");
  fail_unless_equals_int (peer->refused, MLS_ERROR_EXTERNAL_SENDER);
}
GST_END_TEST;

/* Everything cut off everywhere: refused, and nothing worse. */
GST_START_TEST (truncated)
{
  g_auto (Pair) self;
  g_autoptr (GByteArray) payload = NULL;

  pair_init (&self);
  found (&self);
  for (guint opcode = DAVE_OP_PROPOSALS; opcode <= DAVE_OP_WELCOME; opcode++)
    for (guint length = 0; length < 2; length++) {
      if (opcode == DAVE_OP_COMMIT_WELCOME)
        continue;
      dave_session_binary (self.a->session, opcode, mls_bytes ("\0\1", length));
      fail_unless (g_str_has_prefix (self.a->log->str, "refused:"));
      fail_unless_equals_int (self.a->refused, MLS_ERROR_PARSE);
      forget (self.a);
    }
  dave_session_binary (self.a->session, 99, MLS_NO_BYTES);
  peer_check (self.a, "refused:99");

  dave_gateway_propose_remove (&self.gateway, ID_B);
  payload = dave_gateway_append (&self.gateway, 0, 0);
  for (guint length = 0; length < payload->len; length++) {
    guint8 *copy = g_memdup2 (payload->data, length);

    dave_session_binary (
        self.a->session, DAVE_OP_PROPOSALS, mls_bytes (copy, length));
    peer_check (self.a, "refused:27");
    g_free (copy);
  }
  check_media (self.a, self.b);
}
GST_END_TEST;

static Suite *
davesession_suite (void)
{
  Suite *suite = suite_create ("davesession");
  TCase *tc = tcase_create ("all");

  tcase_add_test (tc, description);
  tcase_add_test (tc, description_without_encryption);
  tcase_add_test (tc, description_drops_the_group);
  tcase_add_test (tc, description_during_upgrade);
  tcase_add_test (tc, unknown_versions);
  tcase_add_test (tc, before_description);
  tcase_add_test (tc, expected_users);
  tcase_add_test (tc, expected_users_bounded);
  tcase_add_test (tc, external_sender);
  tcase_add_test (tc, external_sender_without_version);
  tcase_add_test (tc, first_group_at_once);
  tcase_add_test (tc, first_group_with_transition);
  tcase_add_test (tc, refused_proposals);
  tcase_add_test (tc, proposal_of_ourselves);
  tcase_add_test (tc, commit_over_all);
  tcase_add_test (tc, bad_commit);
  tcase_add_test (tc, recovery);
  tcase_add_test (tc, commit_of_unknown_proposal);
  tcase_add_test (tc, commit_of_another_group);
  tcase_add_test (tc, group_id);
  tcase_add_test (tc, bad_welcome);
  tcase_add_test (tc, welcome_again);
  tcase_add_test (tc, welcome_without_external_sender);
  tcase_add_test (tc, truncated);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (davesession);
