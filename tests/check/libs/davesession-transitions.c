/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "davepair.h"

/* Which keys a session sends with, and when: transitions in every order,
 * downgrades and upgrades, the last member. */

typedef guint8 Secret[MLS_SENDER_SECRET_SIZE];

/* B's group changes twice, and so does A's; nothing is executed yet. What B
 * shall send with then and then. */
static void
prepare_two (Pair *self, guint16 first_id, guint16 second_id, Secret secrets[2])
{
  g_auto (DaveGatewayCommit) first = { 0 };
  g_auto (DaveGatewayCommit) second = { 0 };

  found (self);
  add_c (self, &first);
  give_with_id (self->a, DAVE_OP_ANNOUNCE_COMMIT, first_id, first.commit);
  give_with_id (self->b, DAVE_OP_ANNOUNCE_COMMIT, first_id, first.commit);
  own_secret (self->b, secrets[0]);
  forget (self->a);
  forget (self->b);
  remove_c (self, &second);
  give_with_id (self->a, DAVE_OP_ANNOUNCE_COMMIT, second_id, second.commit);
  give_with_id (self->b, DAVE_OP_ANNOUNCE_COMMIT, second_id, second.commit);
  own_secret (self->b, secrets[1]);
  fail_unless_equals_int (self->b->ready, second_id);
  forget (self->b);
}

/* Each sends under what its transition was prepared with. */
GST_START_TEST (transitions_in_flight)
{
  g_auto (Pair) self;
  Secret secrets[2];

  pair_init (&self);
  prepare_two (&self, 1, 2, secrets);
  check_media (self.b, self.a);
  dave_session_execute_transition (self.b->session, 1);
  peer_check (self.b, "sender:key");
  check_secret (self.b, secrets[0]);
  check_media (self.b, self.a);
  dave_session_execute_transition (self.b->session, 2);
  peer_check (self.b, "sender:key");
  check_secret (self.b, secrets[1]);
  check_media (self.b, self.a);
}
GST_END_TEST;

/* Not back to an older epoch. */
GST_START_TEST (transitions_out_of_order)
{
  g_auto (Pair) self;
  Secret secrets[2];

  pair_init (&self);
  prepare_two (&self, 1, 2, secrets);
  dave_session_execute_transition (self.b->session, 2);
  peer_check (self.b, "sender:key");
  /* Nor is its secret kept. */
  fail_unless_equals_int (self.b->session->transitions.n_entries, 0);
  dave_session_execute_transition (self.b->session, 1);
  peer_check (self.b, "");
  check_secret (self.b, secrets[1]);
}
GST_END_TEST;

GST_START_TEST (transition_id_again)
{
  g_auto (Pair) self;
  Secret secrets[2];

  pair_init (&self);
  prepare_two (&self, 65535, 65535, secrets);
  dave_session_execute_transition (self.b->session, 65535);
  peer_check (self.b, "sender:key");
  check_secret (self.b, secrets[1]);
  dave_session_execute_transition (self.b->session, 65535);
  peer_check (self.b, "");
}
GST_END_TEST;

/* To the version that is in force anyway: the nonce counter must go on. */
GST_START_TEST (transition_to_same_version)
{
  g_auto (Pair) self;

  pair_init (&self);
  found (&self);
  dave_session_prepare_transition (self.a->session, 0, 1);
  peer_check (self.a, "");
  dave_session_prepare_transition (self.a->session, 9, 1);
  peer_check (self.a, "ready:9");
  dave_session_execute_transition (self.a->session, 9);
  peer_check (self.a, "");
  check_media (self.a, self.b);
}
GST_END_TEST;

/* Whatever the gateway does with ids: no key is used from its start again. */
GST_START_TEST (no_key_twice)
{
  g_auto (Pair) self;
  g_auto (DaveGatewayCommit) message = { 0 };
  Frame frame;

  pair_init (&self);
  create (&self, &message);
  give_with_id (self.a, DAVE_OP_ANNOUNCE_COMMIT, 5, message.commit);
  dave_session_prepare_transition (self.a->session, 6, 1);
  dave_session_prepare_transition (self.a->session, 7, 0);
  dave_session_prepare_transition (self.a->session, 8, 1);
  peer_check (
      self.a, "receivers:1 group ready:5 ready:6 allow-clear ready:7 ready:8");
  dave_session_execute_transition (self.a->session, 5);
  peer_check (self.a, "retire-clear sender:key state:encrypted");
  dave_session_execute_transition (self.a->session, 6);
  peer_check (self.a, "");
  dave_session_execute_transition (self.a->session, 7);
  peer_check (self.a, "no-group allow-clear sender:none state:clear");
  dave_session_execute_transition (self.a->session, 8);
  peer_check (self.a, "retire-clear sender:none state:pending");
  fail_unless (!peer_send (self.a, 1, &frame));
}
GST_END_TEST;

GST_START_TEST (transitions_bounded)
{
  g_auto (Pair) self;

  pair_init (&self);
  found (&self);
  dave_session_prepare_transition (self.a->session, 1, 0);
  for (guint i = 2; i <= DAVE_TRANSITIONS_MAX + 1; i++)
    dave_session_prepare_transition (self.a->session, i, 1);
  forget (self.a);
  dave_session_execute_transition (self.a->session, 1);
  peer_check (self.a, "");
  dave_session_execute_transition (self.a->session, 2);
  peer_check (self.a, "retire-clear");
  fail_unless_equals_int (
      self.a->session->transitions.n_entries, DAVE_TRANSITIONS_MAX - 1);
}
GST_END_TEST;

GST_START_TEST (transitions_wiped)
{
  static const DaveTransition zero;
  DaveTransitions transitions = { 0 };
  DaveTransition entry = { .id = 3, .version = 1, .key = { 1, { 7 } } };

  dave_transitions_add (&transitions, &entry);
  entry.id = 4;
  entry.key.epoch = 2;
  dave_transitions_add (&transitions, &entry);
  dave_transitions_forget_before (&transitions, 2);
  fail_unless_equals_int (transitions.n_entries, 1);
  fail_unless (!dave_transitions_take (&transitions, 3, &entry));
  fail_unless (dave_transitions_take (&transitions, 4, &entry));
  for (guint i = 0; i < 2; i++)
    fail_unless (memcmp (&transitions.entries[i], &zero, sizeof zero) == 0);
}
GST_END_TEST;

GST_START_TEST (downgrade)
{
  g_auto (Pair) self;
  g_auto (DaveGatewayCommit) message = { 0 };

  pair_init (&self);
  found (&self);
  dave_session_prepare_transition (self.a->session, 12, 0);
  peer_check (self.a, "allow-clear ready:12");
  fail_unless_equals_int (dave_session_version (self.a->session), 1);
  check_media (self.a, self.b);
  dave_session_execute_transition (self.a->session, 12);
  peer_check (self.a, "no-group sender:none state:clear");
  fail_unless_equals_int (dave_session_version (self.a->session), 0);

  /* No group, hence no business with MLS. */
  dave_gateway_propose_remove (&self.gateway, ID_B);
  propose_to (&self, self.a);
  peer_check (self.a, "");
  dave_gateway_reset (&self.gateway);
  dave_session_prepare_epoch (self.b->session, 1, 1);
  dave_gateway_propose_add (&self.gateway, ID_A, self.a->key_package);
  propose_to (&self, self.b);
  accept_of (&self, self.b, &message);
  give_with_id (self.a, DAVE_OP_ANNOUNCE_COMMIT, 13, message.commit);
  peer_check (self.a, "");
  give_with_id (self.a, DAVE_OP_WELCOME, 13, message.welcome);
  peer_check (self.a, "refused:30");
  fail_unless_equals_int (self.a->refused, MLS_ERROR_STATE);
}
GST_END_TEST;

GST_START_TEST (downgrade_at_once)
{
  g_auto (Pair) self;

  pair_init (&self);
  found (&self);
  dave_session_prepare_transition (self.a->session, 0, 0);
  peer_check (self.a, "allow-clear no-group sender:none state:clear");
}
GST_END_TEST;

GST_START_TEST (upgrade)
{
  g_auto (Pair) self;
  g_auto (DaveGatewayCommit) message = { 0 };
  guint64 external = ID_C;

  pair_init (&self);
  found (&self);
  dave_session_users_joined (self.a->session, &external, 1);
  dave_session_prepare_transition (self.a->session, 0, 0);
  dave_session_prepare_transition (self.b->session, 0, 0);
  check_media (self.a, self.b);
  forget (self.a);
  dave_gateway_reset (&self.gateway);
  dave_session_user_left (self.a->session, external);
  dave_session_prepare_epoch (self.a->session, 1, 1);
  dave_session_prepare_epoch (self.b->session, 1, 1);
  peer_check (self.a, "key-package");
  fail_unless_equals_int (dave_session_version (self.a->session), 0);
  check_media (self.a, self.b);
  create (&self, &message);
  give_with_id (self.a, DAVE_OP_ANNOUNCE_COMMIT, 3, message.commit);
  peer_check (self.a, "receivers:1 group ready:3");
  check_media (self.a, self.b);
  give_with_id (self.b, DAVE_OP_WELCOME, 3, message.welcome);
  dave_session_execute_transition (self.a->session, 3);
  peer_check (self.a, "retire-clear sender:key state:encrypted");
  fail_unless_equals_int (dave_session_version (self.a->session), 1);
  check_media (self.a, self.b);
}
GST_END_TEST;

/* The gateway is ahead: the group for the upgrade is not the one to drop. */
GST_START_TEST (downgrade_after_new_group)
{
  g_auto (Pair) self;

  pair_init (&self);
  found (&self);
  dave_session_prepare_transition (self.a->session, 12, 0);
  dave_session_prepare_epoch (self.a->session, 1, 1);
  forget (self.a);
  dave_session_execute_transition (self.a->session, 12);
  peer_check (self.a, "sender:none state:clear");
  fail_unless (self.a->session->group != NULL);
  fail_unless (self.a->session->running);
}
GST_END_TEST;

GST_START_TEST (sole_member)
{
  g_auto (Pair) self;
  g_auto (DaveGatewayCommit) message = { 0 };
  Frame frame;
  guint64 id = ID_B;

  pair_init (&self);
  found (&self);
  dave_session_user_left (self.a->session, ID_B);
  peer_check (self.a, "state:alone");
  dave_session_prepare_epoch (self.a->session, 1, 1);
  peer_check (self.a, "no-group key-package");
  fail_unless (peer_send (self.a, 1, &frame));
  dave_session_prepare_transition (self.a->session, 0, 1);
  peer_check (self.a, "sender:none");
  fail_unless (!peer_send (self.a, 1, &frame));

  dave_session_users_joined (self.a->session, &id, 1);
  peer_check (self.a, "state:pending");
  dave_gateway_reset (&self.gateway);
  peer_free (self.b);
  self.b = arrive (&self.gateway, ID_B, ID_A);
  create (&self, &message);
  give_with_id (self.a, DAVE_OP_ANNOUNCE_COMMIT, 0, message.commit);
  peer_check (self.a, "receivers:1 group sender:key state:encrypted");
}
GST_END_TEST;

GST_START_TEST (sole_member_in_clear)
{
  g_auto (Pair) self;
  g_auto (DaveGatewayCommit) message = { 0 };
  guint64 id = ID_B;

  pair_init (&self);
  found (&self);
  dave_session_user_left (self.a->session, ID_B);
  dave_session_prepare_epoch (self.a->session, 1, 1);
  forget (self.a);
  dave_session_prepare_transition (self.a->session, 0, 0);
  peer_check (self.a, "allow-clear sender:none state:clear");

  /* Which is no reason not to be ready for the next. */
  dave_session_users_joined (self.a->session, &id, 1);
  dave_gateway_reset (&self.gateway);
  peer_free (self.b);
  self.b = arrive (&self.gateway, ID_B, ID_A);
  create (&self, &message);
  give_with_id (self.a, DAVE_OP_ANNOUNCE_COMMIT, 0, message.commit);
  peer_check (
      self.a, "receivers:1 group retire-clear sender:key state:encrypted");
}
GST_END_TEST;

GST_START_TEST (prepare_other_epoch)
{
  g_auto (Pair) self;

  pair_init (&self);
  found (&self);
  dave_session_prepare_epoch (self.a->session, 2, 1);
  dave_session_prepare_epoch (self.a->session, 0, 1);
  dave_session_prepare_epoch (self.a->session, G_MAXUINT64, 1);
  peer_check (self.a, "");
  check_media (self.a, self.b);
}
GST_END_TEST;

static Suite *
davesession_transitions_suite (void)
{
  Suite *suite = suite_create ("davesession-transitions");
  TCase *tc = tcase_create ("all");

  tcase_add_test (tc, transitions_in_flight);
  tcase_add_test (tc, transitions_out_of_order);
  tcase_add_test (tc, transition_id_again);
  tcase_add_test (tc, transition_to_same_version);
  tcase_add_test (tc, no_key_twice);
  tcase_add_test (tc, transitions_bounded);
  tcase_add_test (tc, transitions_wiped);
  tcase_add_test (tc, downgrade);
  tcase_add_test (tc, downgrade_at_once);
  tcase_add_test (tc, upgrade);
  tcase_add_test (tc, downgrade_after_new_group);
  tcase_add_test (tc, sole_member);
  tcase_add_test (tc, sole_member_in_clear);
  tcase_add_test (tc, prepare_other_epoch);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (davesession_transitions);
