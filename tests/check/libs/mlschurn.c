/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "mlsgateway.h"

/* Groups that grow, lose members and get others, with every member simulated. */

#define SEED 20

typedef struct
{
  Gateway gateway;
  GRand *rand;
  GPtrArray *members; /* Client */
  GPtrArray *joiners;
  GPtrArray *leavers;
  guint64 next_user_id;
} Channel;

static void
channel_init (Channel *self)
{
  *self = (Channel){ .next_user_id = 1000 };
  gateway_init (&self->gateway);
  self->rand = g_rand_new_with_seed (SEED);
  self->members = g_ptr_array_new_with_free_func ((GDestroyNotify) client_free);
  self->joiners = g_ptr_array_new_with_free_func ((GDestroyNotify) client_free);
  self->leavers = g_ptr_array_new_with_free_func ((GDestroyNotify) client_free);
}

static void
channel_clear (Channel *self)
{
  g_ptr_array_unref (self->members);
  g_ptr_array_unref (self->joiners);
  g_ptr_array_unref (self->leavers);
  g_rand_free (self->rand);
  gateway_clear (&self->gateway);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Channel, channel_clear)

static void
add_joiner (Channel *self)
{
  g_ptr_array_add (
      self->joiners, client_new (&self->gateway, self->next_user_id++));
}

static void
pick_leaver (Channel *self)
{
  guint i = g_rand_int_range (self->rand, 0, self->members->len);

  g_ptr_array_add (
      self->leavers, g_ptr_array_steal_index_fast (self->members, i));
}

/* One op 27 with everything that is due. */
static void
write_proposals (Channel *self, MlsWriter *messages)
{
  const Client *any = self->members->pdata[0];
  guint64 epoch = mls_group_epoch (any->group);

  for (guint i = 0; i < self->leavers->len; i++) {
    const Client *leaver = self->leavers->pdata[i];

    gateway_propose_remove (&self->gateway, epoch,
        mls_group_own_leaf (leaver->group), messages, NULL);
  }
  for (guint i = 0; i < self->joiners->len; i++)
    gateway_propose_add (&self->gateway, epoch,
        client_key_package (self->joiners->pdata[i]), messages, NULL);
}

/* Two members race; the first one's commit is announced. */
static void
commit (Channel *self, MlsWriter *announced, MlsWriter *welcome)
{
  guint first = g_rand_int_range (self->rand, 0, self->members->len);
  guint second = g_rand_int_range (self->rand, 0, self->members->len);
  const Client *winner = self->members->pdata[first];
  const Client *loser = self->members->pdata[second];
  MlsBytes commit_bytes, welcome_bytes;

  if (loser != winner)
    fail_unless_mls (
        mls_group_commit (loser->group, &commit_bytes, &welcome_bytes), MLS_OK);
  fail_unless_mls (
      mls_group_commit (winner->group, &commit_bytes, &welcome_bytes), MLS_OK);
  fail_unless ((welcome_bytes.length > 0) == (self->joiners->len > 0));
  mls_write_fixed (announced, commit_bytes);
  mls_write_fixed (welcome, welcome_bytes);
}

static void
check_left (Client *leaver, MlsBytes announced)
{
  guint64 epoch = mls_group_epoch (leaver->group);

  fail_unless_mls (
      mls_group_process (leaver->group, announced), MLS_ERROR_UNKNOWN_PROPOSAL);
  fail_unless_equals_uint64 (mls_group_epoch (leaver->group), epoch);
}

static void
announce (Channel *self, const MlsWriter *announced, const MlsWriter *welcome)
{
  const Client *witness = self->members->pdata[0];

  for (guint i = 0; i < self->members->len; i++) {
    Client *member = self->members->pdata[i];

    fail_unless_mls (
        mls_group_process (member->group, mls_writer_bytes (announced)),
        MLS_OK);
    check_same_group (witness, member);
  }
  for (guint i = 0; i < self->leavers->len; i++)
    check_left (self->leavers->pdata[i], mls_writer_bytes (announced));
  while (self->joiners->len > 0) {
    Client *joiner = g_ptr_array_steal_index (self->joiners, 0);

    fail_unless_mls (client_join (joiner, mls_writer_bytes (welcome)), MLS_OK);
    check_same_group (witness, joiner);
    g_ptr_array_add (self->members, joiner);
  }
  fail_unless_equals_int (
      mls_group_n_members (witness->group), self->members->len);
}

/* Some who left come back, with the same identity and a new key package. */
static void
settle_leavers (Channel *self)
{
  while (self->leavers->len > 0) {
    Client *leaver = g_ptr_array_steal_index (self->leavers, 0);

    if (g_rand_boolean (self->rand)) {
      client_renew (leaver);
      g_ptr_array_add (self->joiners, leaver);
    } else {
      client_free (leaver);
    }
  }
}

static void
change (Channel *self)
{
  g_auto (MlsWriter) messages = MLS_WRITER_INIT;
  g_auto (MlsWriter) announced = MLS_WRITER_INIT;
  g_auto (MlsWriter) welcome = MLS_WRITER_INIT;

  write_proposals (self, &messages);
  for (guint i = 0; i < self->members->len; i++) {
    Client *member = self->members->pdata[i];

    fail_unless_mls (gateway_append (member->group, &messages), MLS_OK);
  }
  for (guint i = 0; i < self->leavers->len; i++) {
    Client *leaver = self->leavers->pdata[i];

    fail_unless_mls (
        gateway_append (leaver->group, &messages), MLS_ERROR_REMOVES_US);
  }
  commit (self, &announced, &welcome);
  announce (self, &announced, &welcome);
  settle_leavers (self);
}

static void
grow (Channel *self, guint n_members, guint batch)
{
  Client *founder = client_new (&self->gateway, self->next_user_id++);

  client_create (founder);
  g_ptr_array_add (self->members, founder);
  while (self->members->len < n_members) {
    guint n = MIN (batch, n_members - self->members->len);

    for (guint i = 0; i < n; i++)
      add_joiner (self);
    change (self);
  }
}

/* About @n_members stay, who leave and come in all combinations. */
static void
churn (guint n_members, guint batch, guint n_steps)
{
  g_auto (Channel) self;
  guint max_change = MAX (1, n_members / 10);

  channel_init (&self);
  grow (&self, n_members, batch);
  for (guint i = 0; i < n_steps; i++) {
    guint n_leave = g_rand_int_range (self.rand, 0, max_change + 1);
    guint n_join = g_rand_int_range (self.rand, 0, max_change + 1);

    for (guint j = 0; j < n_leave && self.members->len > 1; j++)
      pick_leaver (&self);
    for (guint j = 0; j < n_join; j++)
      add_joiner (&self);
    if (self.leavers->len + self.joiners->len > 0)
      change (&self);
  }
}

GST_START_TEST (members_2)
{
  churn (2, 1, 40);
}
GST_END_TEST;

GST_START_TEST (members_10)
{
  churn (10, 1, 40);
}
GST_END_TEST;

GST_START_TEST (members_50)
{
  churn (50, 13, 6);
}
GST_END_TEST;

GST_START_TEST (members_100)
{
  churn (100, 40, 3);
}
GST_END_TEST;

/* Down to one, member by member, and up again. */
GST_START_TEST (everybody_leaves)
{
  g_auto (Channel) self;
  const Client *last;

  channel_init (&self);
  grow (&self, 9, 3);
  while (self.members->len > 1) {
    pick_leaver (&self);
    change (&self);
    g_ptr_array_set_size (self.joiners, 0); /* nobody comes back */
  }
  last = self.members->pdata[0];
  fail_unless_equals_int (mls_group_n_members (last->group), 1);
  for (guint i = 0; i < 3; i++)
    add_joiner (&self);
  change (&self);
  fail_unless_equals_int (self.members->len, 4);
}
GST_END_TEST;

static Suite *
mlschurn_suite (void)
{
  Suite *suite = suite_create ("mlschurn");
  TCase *tc = tcase_create ("all");

  tcase_add_test (tc, members_2);
  tcase_add_test (tc, members_10);
  tcase_add_test (tc, members_50);
  tcase_add_test (tc, members_100);
  tcase_add_test (tc, everybody_leaves);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (mlschurn);
