/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "davegateway.h"
#include "davepeer.h"

/* Whole channels: every client a DaveSession, the gateway a delivery service of
 * its own. Whatever changes, frames are understood by all who may. */

#define SEED 3
#define NOT_IN_GROUP G_MAXUINT

typedef struct
{
  Peer *peer;
  guint joined; /* in which change */
  guint sending; /* with the keys of which change */
} Member;

typedef struct
{
  guint16 id;
  guint change;
} Prepared;

typedef struct
{
  Frame frame;
  guint change; /* whose keys it is encrypted with; in clear, who is not in */
} Sent;

typedef struct
{
  DaveGateway gateway;
  GRand *rand;
  GPtrArray *present; /* Member */
  GPtrArray *left; /* proposed for removal next */
  GPtrArray *stale; /* those who refused a commit: user ids of their leaves */
  guint64 next_user_id;
  guint16 transition_id;
  guint change;
  guint8 filling;
  guint n_frames, n_recovered, n_revoked;
} Channel;

static void
member_free (Member *self)
{
  peer_free (self->peer);
  g_free (self);
}

static void
channel_init (Channel *self)
{
  *self = (Channel){ .next_user_id = PEER_GROUP_ID };
  dave_gateway_init (&self->gateway, PEER_GROUP_ID);
  self->rand = g_rand_new_with_seed (SEED);
  self->present = g_ptr_array_new_with_free_func ((GDestroyNotify) member_free);
  self->left = g_ptr_array_new_with_free_func ((GDestroyNotify) member_free);
  self->stale = g_ptr_array_new ();
  /* So that they wrap around soon. */
  self->transition_id = G_MAXUINT16 - 3;
}

static void
channel_clear (Channel *self)
{
  dave_gateway_clear (&self->gateway);
  g_rand_free (self->rand);
  g_ptr_array_unref (self->present);
  g_ptr_array_unref (self->left);
  g_ptr_array_unref (self->stale);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Channel, channel_clear)

static guint
pick (Channel *self, guint n)
{
  return g_rand_int_range (self->rand, 0, n);
}

static Member *
member_at (const Channel *self, guint i)
{
  return self->present->pdata[i];
}

static Member *
random_member (Channel *self)
{
  return member_at (self, pick (self, self->present->len));
}

static void
shuffle (Channel *self)
{
  for (guint i = self->present->len; i > 1; i--) {
    guint j = pick (self, i);
    gpointer swap = self->present->pdata[i - 1];

    self->present->pdata[i - 1] = self->present->pdata[j];
    self->present->pdata[j] = swap;
  }
}

static void
pass_time (Channel *self, gint64 span)
{
  for (guint i = 0; i < self->present->len; i++)
    member_at (self, i)->peer->now += span;
}

static void
join (Channel *self)
{
  Member *joiner = g_new0 (Member, 1);
  guint64 user_id = self->next_user_id++;
  Peer *peer = peer_new (user_id, PEER_GROUP_ID, NULL);
  gboolean sender_first = g_rand_boolean (self->rand);

  joiner->peer = peer;
  joiner->joined = joiner->sending = NOT_IN_GROUP;
  for (guint i = 0; i < self->present->len; i++) {
    Peer *other = member_at (self, i)->peer;

    peer->now = other->now;
    dave_session_users_joined (peer->session, &other->user_id, 1);
    dave_session_users_joined (other->session, &user_id, 1);
  }
  if (sender_first)
    peer_take (peer, DAVE_OP_EXTERNAL_SENDER, self->gateway.external_sender);
  dave_session_description (peer->session, 1);
  if (!sender_first)
    peer_take (peer, DAVE_OP_EXTERNAL_SENDER, self->gateway.external_sender);
  fail_unless (peer->key_package->len > 0);
  g_ptr_array_add (self->present, joiner);
}

static void
leave (Channel *self, guint i)
{
  Member *leaver = g_ptr_array_steal_index_fast (self->present, i);

  for (guint j = 0; j < self->present->len; j++)
    dave_session_user_left (
        member_at (self, j)->peer->session, leaver->peer->user_id);
  g_ptr_array_add (self->left, leaver);
}

/* All proposals from number @first on. */
static void
deliver_proposals (Channel *self, guint first)
{
  shuffle (self);
  for (guint i = 0; i < self->present->len; i++) {
    Member *member = member_at (self, i);
    g_autoptr (GByteArray) payload =
        dave_gateway_append (&self->gateway, first, member->peer->user_id);

    if (first == self->gateway.proposals->len
        || (self->gateway.epoch > 0 && member->joined == NOT_IN_GROUP))
      continue;
    peer_take (member->peer, DAVE_OP_PROPOSALS, payload);
    fail_unless (member->peer->commit->len > 0);
  }
}

/* Somebody who was proposed goes before any commit. */
static void
propose_and_revoke (Channel *self)
{
  const Member *last;
  g_autoptr (GByteArray) revocation = NULL;
  guint first = self->gateway.proposals->len;

  join (self);
  last = member_at (self, self->present->len - 1);
  dave_gateway_propose_add (
      &self->gateway, last->peer->user_id, last->peer->key_package);
  for (guint i = 0; i + 1 < self->present->len; i++) {
    Member *member = member_at (self, i);
    g_autoptr (GByteArray) payload =
        dave_gateway_append (&self->gateway, first, 0);

    if (member->joined != NOT_IN_GROUP)
      peer_take (member->peer, DAVE_OP_PROPOSALS, payload);
  }
  leave (self, self->present->len - 1);
  g_ptr_array_remove_index (self->left, self->left->len - 1);
  revocation = dave_gateway_revoke_last (&self->gateway);
  for (guint i = 0; i < self->present->len; i++) {
    Member *member = member_at (self, i);

    if (member->joined == NOT_IN_GROUP)
      continue;
    g_byte_array_set_size (member->peer->commit, 0);
    peer_take (member->peer, DAVE_OP_PROPOSALS, revocation);
    fail_unless_equals_int (
        member->peer->commit->len > 0, self->gateway.proposals->len > 0);
  }
  self->n_revoked++;
}

/* Removals in one op 27, additions in another. */
static void
propose (Channel *self)
{
  guint first = self->gateway.proposals->len;

  for (guint i = 0; i < self->left->len; i++) {
    const Member *leaver = self->left->pdata[i];

    if (leaver->joined != NOT_IN_GROUP)
      dave_gateway_propose_remove (&self->gateway, leaver->peer->user_id);
  }
  for (guint i = 0; i < self->stale->len; i++) {
    const Member *member = self->stale->pdata[i];

    dave_gateway_propose_remove (&self->gateway, member->peer->user_id);
  }
  g_ptr_array_set_size (self->left, 0);
  g_ptr_array_set_size (self->stale, 0);
  deliver_proposals (self, first);

  first = self->gateway.proposals->len;
  for (guint i = 0; i < self->present->len; i++) {
    const Member *member = member_at (self, i);

    if (member->joined == NOT_IN_GROUP)
      dave_gateway_propose_add (
          &self->gateway, member->peer->user_id, member->peer->key_package);
  }
  deliver_proposals (self, first);
}

/* All who can have sent one; the first that comes wins. */
static Member *
race (Channel *self, DaveGatewayCommit *out)
{
  Member *winner;

  do {
    winner = random_member (self);
  } while (winner->peer->commit->len == 0);
  fail_unless (dave_gateway_accept (
      &self->gateway, winner->peer->user_id, winner->peer->commit, out));
  for (guint i = 0; i < self->present->len; i++) {
    Peer *loser = member_at (self, i)->peer;
    DaveGatewayCommit none;

    if (loser->commit->len > 0)
      fail_unless (!dave_gateway_accept (
          &self->gateway, loser->user_id, loser->commit, &none));
    g_byte_array_set_size (loser->commit, 0);
  }
  return winner;
}

/* What one member gets is not what all others got: it must come back. */
static void
announce_damaged (
    Channel *self, Member *victim, guint16 id, const GByteArray *commit)
{
  g_autoptr (GByteArray) payload = dave_gateway_announcement (id, commit);

  payload->data[payload->len - 1] ^= 1;
  victim->peer->invalid = -1;
  g_byte_array_set_size (victim->peer->key_package, 0);
  peer_take (victim->peer, DAVE_OP_ANNOUNCE_COMMIT, payload);
  fail_unless_equals_int (victim->peer->invalid, id);
  fail_unless (victim->peer->key_package->len > 0);
  fail_unless (dave_session_group (victim->peer->session) == NULL);
  victim->joined = NOT_IN_GROUP;
  g_ptr_array_add (self->stale, victim);
  self->n_recovered++;
}

static void
announce (Channel *self, guint16 id, const DaveGatewayCommit *message,
    const Member *victim)
{
  g_autoptr (GByteArray) commit =
      dave_gateway_announcement (id, message->commit);
  g_autoptr (GByteArray) welcome =
      dave_gateway_announcement (id, message->welcome);

  shuffle (self);
  for (guint i = 0; i < self->present->len; i++) {
    Member *member = member_at (self, i);

    if (member == victim)
      continue;
    member->peer->ready = -1;
    if (member->joined != NOT_IN_GROUP) {
      peer_take (member->peer, DAVE_OP_ANNOUNCE_COMMIT, commit);
    } else {
      peer_take (member->peer, DAVE_OP_WELCOME, welcome);
      member->joined = self->change;
    }
    fail_unless_equals_int (member->peer->ready, id);
    fail_unless (dave_session_group (member->peer->session) != NULL);
  }
}

/* All that is due; not executed yet. */
static Prepared
change (Channel *self, gboolean with_victim, gboolean with_revocation)
{
  g_auto (DaveGatewayCommit) message = { 0 };
  Prepared prepared;
  Member *winner, *victim = NULL;

  propose (self);
  if (with_revocation)
    propose_and_revoke (self);
  winner = race (self, &message);
  if (++self->transition_id == 0)
    self->transition_id++;
  prepared = (Prepared){ self->transition_id, ++self->change };
  for (guint i = 0; with_victim && i < self->present->len; i++)
    if (member_at (self, i) != winner
        && member_at (self, i)->joined != NOT_IN_GROUP)
      victim = member_at (self, i);
  if (victim != NULL)
    announce_damaged (self, victim, prepared.id, message.commit);
  announce (self, prepared.id, &message, victim);
  return prepared;
}

static void
send_frame (Channel *self, Member *member, GArray *sent)
{
  Sent entry = { .change = member->sending };

  if (member->peer->state == DAVE_SESSION_CLEAR)
    entry.change = NOT_IN_GROUP;
  if (peer_send (member->peer, self->filling++, &entry.frame))
    g_array_append_val (sent, entry);
}

/* Each by everybody who was in the group when its keys were made. */
static void
deliver_frames (Channel *self, GArray *sent)
{
  for (guint i = 0; i < sent->len; i++) {
    const Sent *entry = &g_array_index (sent, Sent, i);

    for (guint j = 0; j < self->present->len; j++) {
      Member *member = member_at (self, j);

      if (member->joined > entry->change
          || member->peer->user_id == entry->frame.sender)
        continue;
      fail_unless_equals_int (
          peer_receive (member->peer, &entry->frame), DAVE_FRAME_OK);
      self->n_frames++;
    }
  }
  g_array_set_size (sent, 0);
}

static GArray *
frames_of_all (Channel *self)
{
  GArray *sent = g_array_new (FALSE, FALSE, sizeof (Sent));

  for (guint i = 0; i < self->present->len; i++)
    send_frame (self, member_at (self, i), sent);
  return sent;
}

static void
check_same_epoch (Channel *self)
{
  const MlsGroup *group = NULL;

  for (guint i = 0; i < self->present->len; i++) {
    const Member *member = member_at (self, i);
    const MlsGroup *other = dave_session_group (member->peer->session);

    if (member->joined == NOT_IN_GROUP)
      continue;
    fail_unless (other != NULL);
    if (group == NULL)
      group = other;
    fail_unless_equals_uint64 (mls_group_epoch (other), self->gateway.epoch);
    fail_unless (mls_bytes_equal (mls_group_epoch_authenticator (group),
        mls_group_epoch_authenticator (other)));
  }
}

/* Frames are on their way before, and sent while some have changed already. */
static void
execute (Channel *self, Prepared prepared)
{
  g_autoptr (GArray) sent = frames_of_all (self);

  shuffle (self);
  for (guint i = 0; i < self->present->len; i++) {
    Member *member = member_at (self, i);

    dave_session_execute_transition (member->peer->session, prepared.id);
    if (member->joined <= prepared.change) {
      member->sending = prepared.change;
      fail_unless_equals_int (member->peer->state,
          self->present->len > 1 ? DAVE_SESSION_ENCRYPTED : DAVE_SESSION_ALONE);
    }
    send_frame (self, member, sent);
  }
  deliver_frames (self, sent);
  g_array_unref (sent);
  sent = frames_of_all (self);
  deliver_frames (self, sent);
}

static void
do_change (Channel *self)
{
  execute (self, change (self, FALSE, FALSE));
  check_same_epoch (self);
}

/* Those who are there create a group. A gateway takes the first commit; the
 * others get a welcome, and may see that commit, too. */
static void
found (Channel *self, guint16 id)
{
  g_auto (DaveGatewayCommit) message = { 0 };
  g_autoptr (GByteArray) commit = NULL;
  g_autoptr (GByteArray) welcome = NULL;
  Member *winner;

  propose (self);
  winner = race (self, &message);
  commit = dave_gateway_announcement (id, message.commit);
  welcome = dave_gateway_announcement (id, message.welcome);
  self->change++;
  for (guint i = 0; i < self->present->len; i++) {
    Member *member = member_at (self, i);

    peer_take (member->peer, DAVE_OP_ANNOUNCE_COMMIT, commit);
    if (member != winner)
      peer_take (member->peer, DAVE_OP_WELCOME, welcome);
    member->joined = self->change;
    if (id == 0)
      member->sending = self->change;
  }
  execute (self, (Prepared){ id, self->change });
  check_same_epoch (self);
}

/* Who comes and goes within a step. */
static void
come_and_go (Channel *self, guint max)
{
  guint n_leave = pick (self, max + 1), n_join = pick (self, max + 1);

  for (guint i = 0; i < n_leave && self->present->len > 2; i++)
    leave (self, pick (self, self->present->len));
  for (guint i = 0; i < n_join || self->left->len + i == 0; i++)
    join (self);
}

static gboolean
is_due (const Channel *self)
{
  return self->left->len > 0 || self->stale->len > 0;
}

static void
step (Channel *self, guint max)
{
  gboolean with_victim, with_revocation;
  Prepared first, second;

  come_and_go (self, max);
  with_victim = pick (self, 3) == 0;
  with_revocation = pick (self, 3) == 0;
  first = change (self, with_victim, with_revocation);
  if (!is_due (self) && pick (self, 2) == 0) {
    execute (self, first);
    check_same_epoch (self);
    return;
  }
  /* Two in flight. */
  if (!is_due (self))
    join (self);
  second = change (self, FALSE, FALSE);
  execute (self, first);
  execute (self, second);
  check_same_epoch (self);
}

static void
churn (guint n_members, guint n_steps, Channel *self)
{
  for (guint i = 0; i < n_members; i++)
    join (self);
  found (self, pick (self, 2));
  for (guint i = 0; i < n_steps; i++) {
    step (self, MAX (1, n_members / 10));
    pass_time (self, pick (self, 4) * G_USEC_PER_SEC);
  }
}

static void
churn_alone (guint n_members, guint n_steps)
{
  g_auto (Channel) self;

  channel_init (&self);
  churn (n_members, n_steps, &self);
  fail_unless (self.n_frames >= n_steps * n_members);
}

GST_START_TEST (members_2)
{
  churn_alone (2, 30);
}
GST_END_TEST;

GST_START_TEST (members_10)
{
  g_auto (Channel) self;

  channel_init (&self);
  churn (10, 30, &self);
  fail_unless (self.n_recovered > 3);
  fail_unless (self.n_revoked > 3);
}
GST_END_TEST;

GST_START_TEST (members_50)
{
  churn_alone (50, 3);
}
GST_END_TEST;

GST_START_TEST (members_100)
{
  churn_alone (100, 1);
}
GST_END_TEST;

/* A join or a leave every second for a minute, as far as sessions see it. */
GST_START_TEST (a_change_every_second)
{
  g_auto (Channel) self;

  channel_init (&self);
  for (guint i = 0; i < 3; i++)
    join (&self);
  found (&self, 0);
  for (guint i = 0; i < 60; i++) {
    if (self.present->len > 2 && g_rand_boolean (self.rand))
      leave (&self, pick (&self, self.present->len));
    else
      join (&self);
    do_change (&self);
    pass_time (&self, G_USEC_PER_SEC);
  }
}
GST_END_TEST;

static void
tell_all (Channel *self, guint16 id, unsigned version)
{
  for (guint i = 0; i < self->present->len; i++) {
    Peer *peer = member_at (self, i)->peer;

    peer->ready = -1;
    dave_session_prepare_transition (peer->session, id, version);
    fail_unless_equals_int (peer->ready, id);
  }
}

/* One who cannot do it comes: everything in clear, without a frame lost. */
static void
downgrade (Channel *self, guint64 user_id)
{
  g_autoptr (GArray) sent = NULL;
  guint16 id = ++self->transition_id;

  for (guint i = 0; i < self->present->len; i++)
    dave_session_users_joined (member_at (self, i)->peer->session, &user_id, 1);
  tell_all (self, id, 0);
  sent = frames_of_all (self);
  for (guint i = 0; i < self->present->len; i++) {
    Member *member = member_at (self, i);

    dave_session_execute_transition (member->peer->session, id);
    fail_unless_equals_int (member->peer->state, DAVE_SESSION_CLEAR);
    fail_unless_equals_int (dave_session_version (member->peer->session), 0);
    send_frame (self, member, sent);
  }
  deliver_frames (self, sent);
}

/* It goes. */
static void
upgrade (Channel *self, guint64 user_id, guint16 id)
{
  g_autoptr (GArray) late = NULL;

  dave_gateway_reset (&self->gateway);
  for (guint i = 0; i < self->present->len; i++) {
    Member *member = member_at (self, i);

    dave_session_user_left (member->peer->session, user_id);
    dave_session_prepare_epoch (member->peer->session, 1, 1);
    member->joined = NOT_IN_GROUP;
    fail_unless_equals_int (member->peer->state, DAVE_SESSION_CLEAR);
  }
  late = frames_of_all (self);
  found (self, id);

  /* What was on its way in clear comes through. */
  deliver_frames (self, late);
}

GST_START_TEST (downgrade_and_upgrade)
{
  g_auto (Channel) self;
  Frame clear = { .sender = PEER_GROUP_ID, .length = sizeof clear.plain };

  channel_init (&self);
  churn (5, 3, &self);
  for (guint i = 0; i < 3; i++) {
    downgrade (&self, 1);
    upgrade (&self, 1, i == 0 ? 0 : (guint16) (1000 + i));
    join (&self);
    do_change (&self);
  }
  downgrade (&self, 1);
  upgrade (&self, 1, 0);
  clear.sender = member_at (&self, 0)->peer->user_id;
  fail_unless_equals_int (
      peer_receive (member_at (&self, 1)->peer, &clear), DAVE_FRAME_OK);
  pass_time (&self, DAVE_RETENTION);
  fail_unless_equals_int (peer_receive (member_at (&self, 1)->peer, &clear),
      DAVE_FRAME_NOT_ENCRYPTED);
}
GST_END_TEST;

static Suite *
davesessionchurn_suite (void)
{
  Suite *suite = suite_create ("davesessionchurn");
  TCase *tc = tcase_create ("all");

  tcase_set_timeout (tc, 120);
  tcase_add_test (tc, members_2);
  tcase_add_test (tc, members_10);
  tcase_add_test (tc, members_50);
  tcase_add_test (tc, members_100);
  tcase_add_test (tc, a_change_every_second);
  tcase_add_test (tc, downgrade_and_upgrade);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (davesessionchurn);
