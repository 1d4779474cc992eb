/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients say: ops 23, 26, 28 and 31. */
#include "dave-private.h"

static void
violate (LbVoiceSession *session, const char *name, const char *detail)
{
  lb_report_violation (
      session->server->core->report, name, session->user_id, "%s", detail);
}

static gboolean
read_id (LbVoiceSession *session, JsonObject *d, const char *name, guint16 *id)
{
  gint64 value;

  if (lb_json_get_int (d, "transition_id", 0, G_MAXUINT16, &value)
      != LB_FIELD_OK) {
    lb_peer_violate (session->peer, 4002, name, NULL);
    return FALSE;
  }
  *id = (guint16) value;
  return TRUE;
}

static void
handle_ready (LbDave *self, LbVoiceSession *session, JsonObject *d)
{
  guint16 id;

  if (!read_id (session, d, "bad-ready", &id))
    return;
  lb_report_event (
      self->core->report, "dave-ready", session->user_id, "%u", id);
  if (self->core->settings->dave_ignore_ready)
    return;
  if (!lb_transitions_ready (self->transitions, id, session->ssrc))
    violate (session, "unknown-transition", "op 23");
}

/* What was proposed for it is of no use any more. */
static void
drop_proposal (LbDave *self, LbVoiceSession *session)
{
  LbProposal *add = lb_group_find_add (self->group, session->ssrc);

  if (add != NULL)
    lb_dave_revoke (self, add);
}

/* It is out of the group until it has been proposed again. */
static void
take_out (LbDave *self, LbVoiceSession *session)
{
  drop_proposal (self, session);
  lb_dave_vacate (self, session);
  session->dave.recovering = TRUE;
  lb_transitions_forget (self->transitions, session->ssrc);
}

static void
handle_invalid (LbDave *self, LbVoiceSession *session, JsonObject *d)
{
  guint16 id;

  if (!read_id (session, d, "bad-invalid", &id))
    return;
  lb_report_event (
      self->core->report, "dave-invalid", session->user_id, "%u", id);
  g_clear_pointer (&session->dave.key_package, lb_key_package_free);
  take_out (self, session);
  lb_dave_step (self);
}

gboolean
lb_dave_message (
    LbDave *self, LbVoiceSession *session, gint64 op, JsonObject *d)
{
  if (op == LB_OP_DAVE_READY)
    handle_ready (self, session, d);
  else if (op == LB_OP_DAVE_INVALID)
    handle_invalid (self, session, d);
  else
    return FALSE;
  return TRUE;
}

static void
handle_key_package (LbDave *self, LbVoiceSession *session, LbBytes payload)
{
  const char *wrong;
  g_autoptr (LbKeyPackage) key_package =
      lb_key_package_new (payload, session->user_id, &wrong);

  if (key_package == NULL) {
    lb_peer_violate (session->peer, 4002, "bad-key-package", "%s", wrong);
    return;
  }
  lb_report_event (
      self->core->report, "dave-key-package", session->user_id, NULL);
  /* It crossed with a downgrade. */
  if (!lb_dave_takes_part (self, session))
    return;
  if (lb_dave_is_member (self, session)) {
    violate (session, "key-package-unexpected", "member of the group");
    take_out (self, session);
  }
  drop_proposal (self, session);
  g_clear_pointer (&session->dave.key_package, lb_key_package_free);
  session->dave.key_package = g_steal_pointer (&key_package);
  lb_dave_step (self);
}

static gboolean
was_added (const LbCommitResult *result, guint32 ssrc)
{
  for (guint i = 0; i < result->added->len; i++) {
    if (((LbProposal *) result->added->pdata[i])->ssrc == ssrc)
      return TRUE;
  }
  return FALSE;
}

static void
send_welcomes (LbDave *self, const LbCommitResult *result, guint16 id)
{
  for (guint i = 0; i < result->added->len; i++) {
    const LbProposal *proposal = result->added->pdata[i];
    LbVoiceSession *joiner = lb_dave_find (self, proposal->ssrc);
    g_autoptr (GBytes) welcome =
        lb_welcome_extract (&result->welcome, proposal->added->ref);

    lb_dave_send_welcome (joiner, id, welcome);
  }
}

/* To all in the new group: op 29, or op 30 with the own part of the Welcome. */
static void
announce (LbDave *self, const LbCommitResult *result, guint16 id)
{
  g_autoptr (GArray) ssrcs = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < self->room->members->len; i++) {
    LbVoiceSession *member = self->room->members->pdata[i];

    if (!lb_dave_is_member (self, member))
      continue;
    g_array_append_val (ssrcs, member->ssrc);
    g_clear_pointer (&member->dave.key_package, lb_key_package_free);
    member->dave.recovering = FALSE;
    if (!was_added (result, member->ssrc))
      lb_dave_send_commit (member, id, result->message);
  }
  send_welcomes (self, result, id);
  if (id != 0)
    lb_transitions_begin (self->transitions, id, self->version, ssrcs);
}

static guint16
choose_id (LbDave *self)
{
  gboolean first = self->group->epoch == 1;

  if (first && !self->flowing && !self->core->settings->dave_first_ordinary)
    return 0;
  return lb_transitions_next_id (self->transitions);
}

/* The race is decided beforehand. */
static gboolean
has_lost (LbDave *self, const LbVoiceSession *session)
{
  guint64 winner;

  if (!lb_parse_id (self->core->settings->dave_committer, &winner)
      || session->user_id == winner)
    return FALSE;
  for (guint i = 0; i < self->room->members->len; i++) {
    const LbVoiceSession *member = self->room->members->pdata[i];

    if (member->user_id == winner)
      return self->group->epoch == 0 ? lb_dave_hears_proposals (self, member)
                                     : lb_dave_is_member (self, member);
  }
  return FALSE;
}

static void
handle_commit (LbDave *self, LbVoiceSession *session, LbBytes payload)
{
  LbReport *report = self->core->report;
  g_auto (LbCommitResult) result = { 0 };
  const LbCommitCall call = { payload, session->ssrc,
    session->dave.key_package };

  if (has_lost (self, session)) {
    lb_report_event (report, "dave-commit-late", session->user_id, NULL);
    return;
  }
  switch (lb_group_commit (self->group, &call, &result)) {
    case LB_COMMIT_LATE:
      lb_report_event (report, "dave-commit-late", session->user_id, NULL);
      return;
    case LB_COMMIT_MALFORMED:
      lb_peer_violate (session->peer, 4002, "commit-malformed", NULL);
      return;
    case LB_COMMIT_WRONG:
      violate (session, result.wrong, "op 28");
      return;
    case LB_COMMIT_TAKEN:
      break;
  }
  lb_report_event (report, "dave-commit", session->user_id,
      "epoch %" G_GUINT64_FORMAT ", %u added", self->group->epoch,
      result.added->len);
  announce (self, &result, choose_id (self));
  lb_dave_step (self);
}

gboolean
lb_dave_binary (
    LbDave *self, LbVoiceSession *session, guint op, LbBytes payload)
{
  if (op == LB_OP_DAVE_KEY_PACKAGE)
    handle_key_package (self, session, payload);
  else if (op == LB_OP_DAVE_COMMIT_WELCOME)
    handle_commit (self, session, payload);
  else
    return FALSE;
  return TRUE;
}
