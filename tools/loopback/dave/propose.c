/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the group is to do next, so that it holds those who are here. */
#include "dave-private.h"

/* Who is to hear of proposals: the group's members, or all who could found
 * one. */
gboolean
lb_dave_hears_proposals (LbDave *self, const LbVoiceSession *session)
{
  if (!lb_dave_takes_part (self, session))
    return FALSE;
  if (self->group->epoch == 0)
    return session->dave.key_package != NULL;
  return lb_dave_is_member (self, session)
      || (self->core->settings->dave_tell_pending
          && session->dave.key_package != NULL);
}

void
lb_dave_revoke (LbDave *self, LbProposal *proposal)
{
  lb_group_revoke (self->group, proposal);
  lb_report_event (self->core->report, "dave-revoked", 0, NULL);
  for (guint i = 0; i < self->room->members->len; i++) {
    LbVoiceSession *member = self->room->members->pdata[i];

    if (lb_dave_hears_proposals (self, member)
        && member->ssrc != proposal->ssrc)
      lb_dave_send_revocation (member, proposal);
  }
}

static gboolean
is_recovering (LbDave *self, guint64 user_id)
{
  for (guint i = 0; i < self->room->members->len; i++) {
    const LbVoiceSession *member = self->room->members->pdata[i];

    if (member->user_id == user_id && member->dave.recovering)
      return TRUE;
  }
  return FALSE;
}

static const LbVoiceSession *
find_candidate (LbDave *self, guint64 user_id)
{
  for (guint i = 0; i < self->room->members->len; i++) {
    const LbVoiceSession *member = self->room->members->pdata[i];

    if (member->user_id == user_id && member->dave.key_package != NULL)
      return member;
  }
  return NULL;
}

/* Leaves nobody holds any more. With recovery in one commit the Remove waits
 * for the new key package. */
static void
collect_removes (LbDave *self, GPtrArray *proposals)
{
  const LbProposer proposer = lb_dave_proposer (self);
  const LbTree *tree = self->group->tree;
  gboolean together = self->core->settings->dave_recover_together;

  for (guint32 i = 0; i < lb_tree_n_leaves (tree); i++) {
    const LbLeaf *leaf = lb_tree_leaf (tree, i);

    if (leaf == NULL || leaf->ssrc != 0
        || lb_group_find_remove (self->group, i) != NULL)
      continue;
    if (together && is_recovering (self, leaf->user_id)
        && find_candidate (self, leaf->user_id) == NULL)
      continue;
    g_ptr_array_add (proposals, lb_proposal_remove (&proposer, i));
  }
}

static gboolean
has_remove (LbDave *self, const GPtrArray *proposals, guint32 leaf)
{
  for (guint i = 0; i < proposals->len; i++) {
    const LbProposal *proposal = proposals->pdata[i];

    if (proposal->added == NULL && proposal->removed == leaf)
      return TRUE;
  }
  return lb_group_find_remove (self->group, leaf) != NULL;
}

/* A group has every user once: a former leaf must go in the same commit, or,
 * with recovery in two, have gone. */
static gboolean
may_add (
    LbDave *self, const LbVoiceSession *session, const GPtrArray *proposals)
{
  guint32 leaf;

  if (!lb_dave_takes_part (self, session) || session->dave.key_package == NULL
      || lb_dave_is_member (self, session)
      || lb_group_find_add (self->group, session->ssrc) != NULL)
    return FALSE;
  if (!lb_tree_find_user (self->group->tree, session->user_id, &leaf))
    return TRUE;
  if (session->dave.recovering && !self->core->settings->dave_recover_together)
    return FALSE;
  return has_remove (self, proposals, leaf);
}

static void
collect_adds (LbDave *self, GPtrArray *proposals)
{
  const LbProposer proposer = lb_dave_proposer (self);

  for (guint i = 0; i < self->room->members->len; i++) {
    const LbVoiceSession *member = self->room->members->pdata[i];

    if (may_add (self, member, proposals))
      g_ptr_array_add (proposals,
          lb_proposal_add (&proposer, member->dave.key_package, member->ssrc));
  }
}

static void
append (LbDave *self, const GPtrArray *proposals)
{
  if (proposals->len == 0)
    return;
  lb_group_propose (self->group, proposals);
  lb_report_event (self->core->report, "dave-proposals", 0,
      "%u in epoch %" G_GUINT64_FORMAT, proposals->len, self->group->epoch);
  for (guint i = 0; i < self->room->members->len; i++) {
    LbVoiceSession *member = self->room->members->pdata[i];

    if (lb_dave_hears_proposals (self, member))
      lb_dave_send_proposals (self, member, proposals);
  }
}

/* The fault: Adds that are taken back and come again under other references. */
static void
change_mind (LbDave *self, const GPtrArray *proposals)
{
  g_autoptr (GPtrArray) again = g_ptr_array_new ();

  for (guint i = 0; i < proposals->len; i++) {
    LbProposal *proposal = proposals->pdata[i];

    if (proposal->added == NULL
        || !lb_core_chance (self->core, self->core->settings->dave_revoke))
      continue;
    lb_dave_revoke (self, proposal);
  }
  collect_adds (self, again);
  append (self, again);
}

static guint
count_founders (LbDave *self)
{
  guint count = 0;

  for (guint i = 0; i < self->room->members->len; i++)
    count += lb_dave_hears_proposals (self, self->room->members->pdata[i]);
  return count;
}

static gboolean
has_live_member (LbDave *self)
{
  for (guint32 i = 0; i < lb_tree_n_leaves (self->group->tree); i++) {
    const LbLeaf *leaf = lb_tree_leaf (self->group->tree, i);

    if (leaf != NULL && leaf->ssrc != 0)
      return TRUE;
  }
  return FALSE;
}

void
lb_dave_propose (LbDave *self)
{
  const LbSettings *settings = self->core->settings;
  g_autoptr (GPtrArray) proposals = NULL;

  /* Those who wait to be added have groups of their own at epoch 0. */
  if (self->group->epoch > 0 && !has_live_member (self)) {
    lb_transitions_clear (self->transitions);
    lb_group_reset (self->group);
  }
  if (lb_group_has_outstanding (self->group)
      && !settings->dave_several_proposals)
    return;
  if (lb_transitions_pending (self->transitions) && !settings->dave_overlap)
    return;
  if (self->group->epoch == 0 && count_founders (self) < 2)
    return;
  proposals = g_ptr_array_new ();
  if (self->group->epoch > 0)
    collect_removes (self, proposals);
  collect_adds (self, proposals);
  append (self, proposals);
  change_mind (self, proposals);
}
