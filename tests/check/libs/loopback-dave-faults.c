/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in's delivery service, going wrong on demand: the group recovers,
 * and who was not meant goes on. */
#include "loopback-e2ee.h"

#define N_TAKERS 3

typedef struct
{
  Loopback *loopback;
  Taker *takers[N_TAKERS];
} Call;

static const char *const names[N_TAKERS] = { "alice", "bob", "carol" };

/* Alice and bob are in a group, carol is about to come. */
static Call
call_new (Loopback *loopback)
{
  Call call = { loopback, { NULL } };

  for (guint i = 0; i < N_TAKERS; i++)
    call.takers[i] = taker_new (loopback, names[i]);
  taker_connect (call.takers[0]);
  taker_connect (call.takers[1]);
  takers_wait_group (call.takers, 2);
  return call;
}

static void
call_free (Call *call)
{
  for (guint i = 0; i < N_TAKERS; i++)
    taker_free (call->takers[i]);
  loopback_free (call->loopback);
}

static void
arm (const Call *call, guint taker, const char *message, const char *how)
{
  act (call->loopback, "dave-fault:%s:%s:%s", call->takers[taker]->member->user,
      message, how);
}

static void
check_no_violations (const Call *call)
{
  g_auto (GStrv) lines = loopback_dup_violations (call->loopback);

  fail_unless (lines[0] == NULL, "%s", lines[0]);
}

/* Bob cannot take a commit: he is removed and added again, in one commit or in
 * two. */
GST_START_TEST (test_corrupt_commit)
{
  gboolean together = __i__ == 1;
  Call call = call_new (
      start_loopback ("dave-recover-together", together ? "on" : "off", NULL));

  arm (&call, 1, "commit", "corrupt");
  taker_connect (call.takers[2]);
  wait_for (call.loopback, "dave-invalid", call.takers[1]->member->user_id, 1);
  takers_wait_group (call.takers, 3);
  ck_assert_uint_eq (call.takers[1]->n_invalid, 1);
  /* The founding one, carol's, and the recovery's. */
  ck_assert_uint_eq (
      loopback_count (call.loopback, "dave-commit", 0), together ? 3 : 4);
  check_no_violations (&call);
  call_free (&call);
}
GST_END_TEST;

static gboolean
arm_welcome (Taker *self, guint op, GByteArray *payload)
{
  if (op == 26 && self->n_invalid == 0)
    act (self->member->loopback, "dave-fault:%s:welcome:corrupt",
        self->member->user);
  return TRUE;
}

/* Carol is not let in the first time. */
GST_START_TEST (test_corrupt_welcome)
{
  Call call = call_new (start_loopback (
      "dave-recover-together", __i__ == 1 ? "on" : "off", NULL));

  call.takers[2]->filter = arm_welcome;
  taker_connect (call.takers[2]);
  wait_for (call.loopback, "dave-invalid", call.takers[2]->member->user_id, 1);
  takers_wait_group (call.takers, 3);
  ck_assert_uint_eq (call.takers[2]->n_invalid, 1);
  check_no_violations (&call);
  call_free (&call);
}
GST_END_TEST;

static gboolean
no_commit (Taker *self, guint op, GByteArray *payload)
{
  return op != 28;
}

static gboolean
one_commit (Taker *self, guint op, GByteArray *payload)
{
  if (op == 28)
    self->filter = no_commit;
  return TRUE;
}

/* Alice's commit reaches nobody, and she leaves: the group has no member any
 * more, and those who wait to be added found another. */
GST_START_TEST (test_nobody_left)
{
  Call call = call_new (start_loopback (NULL, NULL));

  call.takers[0]->filter = one_commit;
  call.takers[1]->filter = no_commit;
  call.takers[2]->filter = arm_welcome;
  arm (&call, 1, "commit", "corrupt");
  taker_connect (call.takers[2]);
  wait_for (call.loopback, "dave-invalid", 0, 2);
  wait_for (call.loopback, "dave-key-package", 0, 5);
  call.takers[1]->filter = NULL;
  taker_leave (call.takers[0]);
  takers_wait_group (call.takers + 1, 2);
  ck_assert_uint_eq (taker_epoch (call.takers[1]), 1);
  check_no_violations (&call);
  call_free (&call);
}
GST_END_TEST;

/* What happens to a message for one, and the group comes together all the same.
 * Who has not got the proposals cannot take the commit and recovers. */
typedef struct
{
  const char *message;
  const char *how;
} Fault;

static const Fault faults[] = {
  { "proposals", "forge" },
  { "proposals", "duplicate" },
  { "proposals", "corrupt" },
  { "proposals", "drop" },
  { "proposals", "delay=30" },
  { "execute", "duplicate" },
  { "execute", "delay=30" },
  { "commit", "delay=30" },
};

GST_START_TEST (test_survived)
{
  Call call = call_new (start_loopback (NULL, NULL));
  const Fault *fault = &faults[__i__];

  arm (&call, 0, fault->message, fault->how);
  taker_connect (call.takers[2]);
  takers_wait_group (call.takers, 3);
  ck_assert_uint_eq (loopback_count (call.loopback, "dave-fault", 0), 1);
  check_no_violations (&call);
  call_free (&call);
}
GST_END_TEST;

/* A welcome that comes late, or never: carol cannot send, the others switch
 * when they have waited long enough. */
GST_START_TEST (test_slow_welcome)
{
  Call call =
      call_new (start_loopback ("dave-transition-timeout", "100", NULL));

  call.takers[2]->deaf_to = 30;
  taker_connect (call.takers[2]);
  wait_for (call.loopback, "dave-transition-timeout", 0, 1);
  wait_for (call.loopback, "dave-executed", 0, 1);
  taker_wait_epoch (call.takers[0], 2);
  taker_wait_epoch (call.takers[1], 2);
  fail_if (call.takers[2]->sends);
  ck_assert_uint_eq (taker_epoch (call.takers[2]), 0);
  check_no_violations (&call);
  call_free (&call);
}
GST_END_TEST;

/* An op 22 that never comes: alice goes on with what she had. */
GST_START_TEST (test_lost_execute)
{
  Call call = call_new (start_loopback (NULL, NULL));
  guint8 before[MLS_SENDER_SECRET_SIZE];

  memcpy (before, call.takers[0]->secret, sizeof before);
  arm (&call, 0, "execute", "drop");
  taker_connect (call.takers[2]);
  wait_for (call.loopback, "dave-executed", 0, 1);
  taker_wait_state (call.takers[2], DAVE_SESSION_ENCRYPTED);
  ck_assert_uint_eq (taker_epoch (call.takers[0]), 2);
  fail_unless (memcmp (before, call.takers[0]->secret, sizeof before) == 0);
  taker_leave (call.takers[2]);
  takers_wait_group (call.takers, 2);
  check_no_violations (&call);
  call_free (&call);
}
GST_END_TEST;

/* Ids that nobody prepared, and an external sender that is none. */
GST_START_TEST (test_nonsense)
{
  Call call = call_new (start_loopback (NULL, NULL));
  guint64 epoch = taker_epoch (call.takers[0]);

  act (call.loopback, "dave-execute:*:0");
  act (call.loopback, "dave-execute:*:65535");
  act (call.loopback, "dave-foreign-sender:*");
  taker_connect (call.takers[2]);
  takers_wait_group (call.takers, 3);
  ck_assert_uint_eq (taker_epoch (call.takers[0]), epoch + 1);
  check_no_violations (&call);
  call_free (&call);
}
GST_END_TEST;

static const char *const bad_actions[] = {
  "dave-fault:*:proposals",
  "dave-fault:*:proposals:explode",
  "dave-fault:*:nothing:drop",
  "dave-fault:*:execute:corrupt",
  "dave-fault:*:commit:forge",
  "dave-fault:*:commit:delay=",
  "dave-fault:*:commit:delay=x",
  "dave-execute:*:65536",
  "dave-execute:*",
};

GST_START_TEST (test_bad_actions)
{
  Call call = call_new (start_loopback (NULL, NULL));
  g_autoptr (GError) error = NULL;

  fail_if (loopback_act (call.loopback, &error, "%s", bad_actions[__i__]));
  fail_unless (g_error_matches (error, LOOPBACK_ERROR, LOOPBACK_ERROR_ACTION));
  g_clear_error (&error);
  fail_if (loopback_act (call.loopback, &error, "dave-new-group:12"));
  fail_unless (g_error_matches (error, LOOPBACK_ERROR, LOOPBACK_ERROR_TARGET));
  call_free (&call);
}
GST_END_TEST;

static Suite *
loopback_dave_faults_suite (void)
{
  Suite *s = suite_create ("loopback-dave-faults");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 120);
  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_corrupt_commit, 0, 2);
  tcase_add_loop_test (tc, test_corrupt_welcome, 0, 2);
  tcase_add_test (tc, test_nobody_left);
  tcase_add_loop_test (tc, test_survived, 0, G_N_ELEMENTS (faults));
  tcase_add_test (tc, test_slow_welcome);
  tcase_add_test (tc, test_lost_execute);
  tcase_add_test (tc, test_nonsense);
  tcase_add_loop_test (tc, test_bad_actions, 0, G_N_ELEMENTS (bad_actions));
  return s;
}

GST_CHECK_MAIN (loopback_dave_faults);
