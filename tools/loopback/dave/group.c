/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "group.h"

#include <string.h>

LbGroup *
lb_group_new (guint64 group_id)
{
  LbGroup *self = g_new0 (LbGroup, 1);

  self->group_id = group_id;
  self->tree = lb_tree_new ();
  self->proposals =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lb_proposal_free);
  self->former = g_hash_table_new_full (
      g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  return self;
}

void
lb_group_free (LbGroup *self)
{
  lb_tree_free (self->tree);
  g_ptr_array_unref (self->proposals);
  g_hash_table_unref (self->former);
  g_free (self);
}

static void
end_epoch (LbGroup *self)
{
  for (guint i = 0; i < self->proposals->len; i++) {
    const LbProposal *proposal = self->proposals->pdata[i];

    g_hash_table_add (self->former, g_bytes_new (proposal->ref, LB_REF));
  }
  g_ptr_array_set_size (self->proposals, 0);
  self->batch = 0;
}

void
lb_group_reset (LbGroup *self)
{
  end_epoch (self);
  lb_tree_free (self->tree);
  self->tree = lb_tree_new ();
  self->epoch = 0;
}

void
lb_group_propose (LbGroup *self, const GPtrArray *proposals)
{
  self->batch++;
  for (guint i = 0; i < proposals->len; i++) {
    LbProposal *proposal = proposals->pdata[i];

    proposal->batch = self->batch;
    g_ptr_array_add (self->proposals, proposal);
  }
}

void
lb_group_revoke (LbGroup *self, LbProposal *proposal)
{
  proposal->revoked = ++self->batch;
}

gboolean
lb_group_has_outstanding (const LbGroup *self)
{
  for (guint i = 0; i < self->proposals->len; i++) {
    if (((LbProposal *) self->proposals->pdata[i])->revoked == 0)
      return TRUE;
  }
  return FALSE;
}

LbProposal *
lb_group_find_add (const LbGroup *self, guint32 ssrc)
{
  for (guint i = 0; i < self->proposals->len; i++) {
    LbProposal *proposal = self->proposals->pdata[i];

    if (proposal->added != NULL && proposal->ssrc == ssrc
        && proposal->revoked == 0)
      return proposal;
  }
  return NULL;
}

LbProposal *
lb_group_find_remove (const LbGroup *self, guint32 leaf)
{
  for (guint i = 0; i < self->proposals->len; i++) {
    LbProposal *proposal = self->proposals->pdata[i];

    if (proposal->added == NULL && proposal->removed == leaf
        && proposal->revoked == 0)
      return proposal;
  }
  return NULL;
}

static LbProposal *
find_ref (const LbGroup *self, LbBytes ref)
{
  for (guint i = 0; i < self->proposals->len; i++) {
    LbProposal *proposal = self->proposals->pdata[i];

    if (lb_bytes_equal (ref, (LbBytes){ proposal->ref, LB_REF }))
      return proposal;
  }
  return NULL;
}

static gboolean
commit_has_ref (const LbCommit *commit, const LbProposal *proposal)
{
  for (guint i = 0; i < commit->refs->len; i++) {
    if (lb_bytes_equal (g_array_index (commit->refs, LbBytes, i),
            (LbBytes){ proposal->ref, LB_REF }))
      return TRUE;
  }
  return FALSE;
}

/* Whether the commit has all proposals, and only those, that stood after op 27
 * number @batch. A founder gets no Add of itself. */
static gboolean
is_complete (
    const LbGroup *self, const LbCommit *commit, guint32 ssrc, guint batch)
{
  guint expected = 0;

  for (guint i = 0; i < self->proposals->len; i++) {
    const LbProposal *proposal = self->proposals->pdata[i];
    gboolean stood = proposal->batch <= batch
        && (proposal->revoked == 0 || proposal->revoked > batch)
        && !(self->epoch == 0 && proposal->ssrc == ssrc);

    if (stood != commit_has_ref (commit, proposal))
      return FALSE;
    expected += stood;
  }
  return expected == commit->refs->len;
}

static LbVerdict
wrong (LbCommitResult *result, const char *name)
{
  result->wrong = name;
  return LB_COMMIT_WRONG;
}

/* Whether it was made for an earlier epoch, of this group or a former one. */
static gboolean
is_former (const LbGroup *self, const LbCommit *commit)
{
  for (guint i = 0; i < commit->refs->len; i++) {
    LbBytes ref = g_array_index (commit->refs, LbBytes, i);
    g_autoptr (GBytes) key = g_bytes_new (ref.data, ref.length);

    if (g_hash_table_contains (self->former, key))
      return TRUE;
  }
  return commit->epoch < self->epoch;
}

static LbVerdict
judge_references (const LbGroup *self, const LbCommit *commit,
    const LbCommitCall *call, LbCommitResult *result)
{
  for (guint i = 0; i < commit->refs->len; i++) {
    if (find_ref (self, g_array_index (commit->refs, LbBytes, i)) == NULL)
      return wrong (result, "commit-unknown-reference");
  }
  if (is_complete (self, commit, call->ssrc, self->batch))
    return LB_COMMIT_TAKEN;
  /* It crossed with a later op 27. */
  for (guint batch = 1; batch < self->batch; batch++) {
    if (is_complete (self, commit, call->ssrc, batch))
      return LB_COMMIT_LATE;
  }
  return wrong (result, "commit-incomplete");
}

static gboolean
may_commit (
    const LbGroup *self, const LbCommit *commit, const LbCommitCall *call)
{
  const LbLeaf *leaf;

  if (self->epoch == 0)
    return call->founder != NULL && commit->sender == 0;
  leaf = lb_tree_leaf (self->tree, commit->sender);
  return leaf != NULL && leaf->ssrc == call->ssrc;
}

/* Who may commit, to what, and when. */
static LbVerdict
judge_framing (const LbGroup *self, const LbCommit *commit,
    const LbCommitCall *call, LbCommitResult *result)
{
  if (commit->group_id != self->group_id)
    return wrong (result, "commit-group");
  if (commit->has_inline)
    return wrong (result, "commit-inline");
  if (commit->refs->len == 0)
    return wrong (result, "commit-empty");
  if (is_former (self, commit))
    return LB_COMMIT_LATE;
  if (commit->epoch > self->epoch)
    return wrong (result, "commit-epoch");
  if (!may_commit (self, commit, call))
    return wrong (result, "commit-sender");
  return judge_references (self, commit, call, result);
}

/* RFC 9420 section 12.3: removals, then additions in the order of the list. */
static LbTree *
apply_proposals (const LbGroup *self, const LbCommit *commit, GArray *added,
    gboolean *removes)
{
  LbTree *tree = lb_tree_copy (self->tree);
  const LbProposal *proposal;

  *removes = FALSE;
  for (guint i = 0; i < commit->refs->len; i++) {
    proposal = find_ref (self, g_array_index (commit->refs, LbBytes, i));
    if (proposal->added != NULL)
      continue;
    lb_tree_remove (tree, proposal->removed);
    *removes = TRUE;
  }
  for (guint i = 0; i < commit->refs->len; i++) {
    guint32 leaf;

    proposal = find_ref (self, g_array_index (commit->refs, LbBytes, i));
    if (proposal->added == NULL)
      continue;
    leaf = lb_tree_add (tree, proposal->added, proposal->ssrc);
    g_array_append_val (added, leaf);
  }
  return tree;
}

/* LeafNodeTBS of a commit goes on with where it is. */
static gboolean
is_leaf_signed (const LbCommit *commit)
{
  g_autoptr (GByteArray) group_id = g_byte_array_new ();
  g_autoptr (GByteArray) text = g_byte_array_new ();

  lb_write_uint (group_id, commit->group_id, 8);
  lb_write_fixed (text, commit->leaf.signed_part);
  lb_write_vector (text, lb_written (group_id));
  lb_write_uint (text, commit->sender, 4);
  return lb_verify (commit->leaf.signature_key, "LeafNodeTBS",
      lb_written (text), commit->leaf.signature);
}

static const char *
judge_path (const LbTree *tree, const LbCommit *commit, const GArray *added)
{
  const LbLeaf *leaf = lb_tree_leaf (tree, commit->sender);
  g_autoptr (GArray) sizes = NULL;

  if (leaf == NULL)
    return "commit-removes-itself";
  if (!commit->has_path)
    return NULL;
  if (commit->leaf.source != LB_LEAF_COMMIT
      || lb_identity_user (commit->leaf.identity) != leaf->user_id
      || !lb_bytes_equal (commit->leaf.signature_key,
          (LbBytes){ leaf->signature_key, LB_PUBLIC_KEY }))
    return "commit-path-credential";
  if (!lb_is_public_key (commit->leaf.encryption_key)
      || lb_bytes_equal (commit->leaf.encryption_key,
          (LbBytes){ leaf->encryption_key, LB_PUBLIC_KEY }))
    return "commit-path-key";
  if (!is_leaf_signed (commit))
    return "commit-path-signature";
  sizes = lb_tree_path_sizes (tree, commit->sender, added);
  if (sizes->len != commit->path_sizes->len
      || (sizes->len > 0
          && memcmp (sizes->data, commit->path_sizes->data,
                 sizes->len * sizeof (guint))
              != 0))
    return "commit-path-size";
  return NULL;
}

/* Exactly those who were added are welcomed. */
static const char *
judge_welcome (const LbGroup *self, const LbCommit *commit, guint n_added,
    LbWelcome *welcome)
{
  if (n_added == 0)
    return commit->rest.length == 0 ? NULL : "welcome-unexpected";
  if (commit->rest.length == 0)
    return "welcome-missing";
  if (!lb_welcome_read (commit->rest, welcome))
    return "welcome-malformed";
  if (welcome->entries->len != n_added)
    return "welcome-members";
  for (guint i = 0; i < commit->refs->len; i++) {
    const LbProposal *proposal =
        find_ref (self, g_array_index (commit->refs, LbBytes, i));
    g_autoptr (GBytes) part = NULL;

    if (proposal->added == NULL)
      continue;
    part = lb_welcome_extract (welcome, proposal->added->ref);
    if (part == NULL)
      return "welcome-members";
  }
  return NULL;
}

static void
keep_added (LbGroup *self, const LbCommit *commit, GPtrArray *added)
{
  for (guint i = self->proposals->len; i-- > 0;) {
    LbProposal *proposal = self->proposals->pdata[i];

    if (proposal->added == NULL || !commit_has_ref (commit, proposal))
      continue;
    g_hash_table_add (self->former, g_bytes_new (proposal->ref, LB_REF));
    g_ptr_array_add (added, g_ptr_array_steal_index (self->proposals, i));
  }
}

static LbVerdict
judge (LbGroup *self, const LbCommit *commit, const LbCommitCall *call,
    LbCommitResult *result)
{
  LbVerdict verdict = judge_framing (self, commit, call, result);
  g_autoptr (GArray) added = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (LbTree) tree = NULL;
  gboolean removes;

  if (verdict != LB_COMMIT_TAKEN)
    return verdict;
  if (self->epoch == 0)
    lb_tree_add (self->tree, call->founder, call->ssrc);
  tree = apply_proposals (self, commit, added, &removes);
  if (removes && !commit->has_path)
    result->wrong = "commit-path-missing";
  else
    result->wrong = judge_path (tree, commit, added);
  if (result->wrong == NULL)
    result->wrong = judge_welcome (self, commit, added->len, &result->welcome);
  if (result->wrong != NULL) {
    if (self->epoch == 0)
      lb_tree_remove (self->tree, 0);
    return LB_COMMIT_WRONG;
  }
  if (commit->has_path)
    lb_tree_merge_path (tree, commit->sender, commit->leaf.encryption_key);
  lb_tree_free (self->tree);
  self->tree = g_steal_pointer (&tree);
  keep_added (self, commit, result->added);
  end_epoch (self);
  self->epoch++;
  result->message = commit->message;
  return LB_COMMIT_TAKEN;
}

LbVerdict
lb_group_commit (
    LbGroup *self, const LbCommitCall *call, LbCommitResult *result)
{
  g_auto (LbCommit) commit = { 0 };

  *result = (LbCommitResult){ 0 };
  result->added =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lb_proposal_free);
  if (!lb_commit_read (call->payload, &commit))
    return LB_COMMIT_MALFORMED;
  return judge (self, &commit, call, result);
}

void
lb_commit_result_clear (LbCommitResult *self)
{
  g_clear_pointer (&self->added, g_ptr_array_unref);
  lb_welcome_clear (&self->welcome);
}
