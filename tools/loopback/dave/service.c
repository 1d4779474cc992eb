/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who takes part, and under which version of the protocol. */
#include "../streams.h"
#include "dave-private.h"

LbProposer
lb_dave_proposer (LbDave *self)
{
  return (
      LbProposer){ self->signer, self->group->group_id, self->group->epoch };
}

LbVoiceSession *
lb_dave_find (LbDave *self, guint32 ssrc)
{
  for (guint i = 0; i < self->room->members->len; i++) {
    LbVoiceSession *session = self->room->members->pdata[i];

    if (session->ssrc == ssrc)
      return session;
  }
  return NULL;
}

gboolean
lb_dave_takes_part (LbDave *self, const LbVoiceSession *session)
{
  return self->version > 0 && session->dave.max_version >= self->version;
}

gboolean
lb_dave_is_member (LbDave *self, const LbVoiceSession *session)
{
  guint32 leaf;

  return lb_tree_find_ssrc (self->group->tree, session->ssrc, &leaf);
}

void
lb_dave_vacate (LbDave *self, const LbVoiceSession *session)
{
  guint32 leaf;

  if (lb_tree_find_ssrc (self->group->tree, session->ssrc, &leaf))
    lb_tree_leaf (self->group->tree, leaf)->ssrc = 0;
}

/* Members of our own have no client; where encryption is a must they are just
 * not understood. */
static gboolean
counts (LbDave *self, const LbVoiceSession *session)
{
  return !session->built_in || !self->core->settings->dave_required;
}

/* What all who are here, and @newcomer, can do. */
static guint
common_version (LbDave *self, const LbVoiceSession *newcomer)
{
  guint version = (guint) self->core->settings->dave;

  if (newcomer != NULL && counts (self, newcomer))
    version = MIN (version, newcomer->dave.max_version);
  for (guint i = 0; i < self->room->members->len; i++) {
    const LbVoiceSession *member = self->room->members->pdata[i];

    if (counts (self, member))
      version = MIN (version, member->dave.max_version);
  }
  return version;
}

static gboolean
is_alone (LbDave *self, const LbVoiceSession *session)
{
  const GPtrArray *members = self->room->members;

  return members->len == 0
      || (members->len == 1 && members->pdata[0] == session);
}

/* An upgrade is not over with a session description: it begins with op 24. */
guint
lb_dave_version_for (LbDave *self, LbVoiceSession *session)
{
  guint version = common_version (self, session);

  return is_alone (self, session) ? version : MIN (version, self->version);
}

/* Later media in clear has no excuse but having been under way. */
static void
encrypted_from_now (LbDave *self)
{
  if (self->clear_until == G_MAXINT64)
    self->clear_until = g_get_monotonic_time ()
        + self->core->settings->clear_grace * G_GINT64_CONSTANT (1000);
}

gboolean
lb_dave_forbids_clear (LbDave *self)
{
  return self->version > 0 && g_get_monotonic_time () >= self->clear_until;
}

static void
on_execute (
    gpointer user_data, guint16 id, guint version, GHashTable *recipients)
{
  LbDave *self = user_data;

  lb_report_event (
      self->core->report, "dave-executed", 0, "%u v%u", id, version);
  for (guint i = 0; i < self->room->members->len; i++) {
    LbVoiceSession *member = self->room->members->pdata[i];

    if (g_hash_table_contains (recipients, GUINT_TO_POINTER (member->ssrc)))
      lb_dave_send_execute (member, id);
  }
  if (version > 0 && self->version > 0) {
    self->flowing = FALSE;
    encrypted_from_now (self);
  }
  lb_dave_step (self);
}

/* The channel's, or that of a stream's media session: its server's less one. */
static guint64
get_group_id (const LbRoom *room)
{
  LbStreams *streams = lb_world_get_streams (room->server->core->world);

  return lb_streams_has_server (streams, room->server_id) ? room->server_id - 1
                                                          : room->channel_id;
}

LbDave *
lb_dave_new (LbRoom *room)
{
  LbDave *self = g_new0 (LbDave, 1);

  self->room = room;
  self->core = room->server->core;
  self->signer = lb_signer_new ();
  self->external_sender = lb_external_sender (self->signer);
  self->group = lb_group_new (get_group_id (room));
  self->transitions = lb_transitions_new (self->core, on_execute, self);
  return self;
}

void
lb_dave_free (LbDave *self)
{
  lb_transitions_free (self->transitions);
  lb_group_free (self->group);
  g_bytes_unref (self->external_sender);
  lb_signer_free (self->signer);
  g_free (self);
}

static void
forget_key_packages (LbDave *self)
{
  for (guint i = 0; i < self->room->members->len; i++) {
    LbVoiceSession *member = self->room->members->pdata[i];

    g_clear_pointer (&member->dave.key_package, lb_key_package_free);
    member->dave.recovering = FALSE;
  }
}

/* Op 24 with epoch 1: the next group is a new one. The only one there is has
 * nothing to wait for and switches at once. */
void
lb_dave_renew (LbDave *self)
{
  const GPtrArray *members = self->room->members;

  if (self->version == 0)
    return;
  self->flowing = members->len > 1;
  lb_group_reset (self->group);
  lb_transitions_clear (self->transitions);
  forget_key_packages (self);
  for (guint i = 0; i < members->len; i++) {
    LbVoiceSession *member = members->pdata[i];

    if (!lb_dave_takes_part (self, member))
      continue;
    lb_dave_send_epoch (member, self->version);
    if (!member->dave.has_sender)
      lb_dave_send_sender (self, member);
    if (members->len == 1)
      lb_dave_send_prepare (
          member, 0, (guint) self->core->settings->dave_sole_version);
  }
  if (members->len == 1)
    encrypted_from_now (self);
  lb_report_event (self->core->report, "dave-new-group", 0, NULL);
}

static void
upgrade (LbDave *self)
{
  guint version = common_version (self, NULL);

  /* Clients go by the last they were told: op 24 must come after op 22. */
  if (version == 0 || self->room->members->len == 0
      || lb_transitions_pending (self->transitions))
    return;
  self->version = version;
  lb_report_event (self->core->report, "dave-upgrade", 0, "v%u", version);
  lb_dave_renew (self);
}

static void
downgrade (LbDave *self, const LbVoiceSession *newcomer)
{
  g_autoptr (GArray) ssrcs = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint16 id = lb_transitions_next_id (self->transitions);

  for (guint i = 0; i < self->room->members->len; i++) {
    LbVoiceSession *member = self->room->members->pdata[i];

    if (member == newcomer || !lb_dave_takes_part (self, member))
      continue;
    g_array_append_val (ssrcs, member->ssrc);
    lb_dave_send_prepare (member, id, 0);
  }
  self->version = 0;
  self->flowing = FALSE;
  self->clear_until = G_MAXINT64;
  lb_group_reset (self->group);
  forget_key_packages (self);
  lb_report_event (self->core->report, "dave-downgrade", 0, "%u", id);
  lb_transitions_begin (self->transitions, id, 0, ssrcs);
}

void
lb_dave_greet (LbDave *self, LbVoiceSession *session)
{
  if (self->core->settings->dave_sender_first
      && lb_dave_version_for (self, session) > 0)
    lb_dave_send_sender (self, session);
}

/* The first to come decides; nothing is said about versions to it but op 4. */
static void
begin (LbDave *self, LbVoiceSession *session)
{
  lb_group_reset (self->group);
  lb_transitions_clear (self->transitions);
  self->version = common_version (self, NULL);
  self->flowing = FALSE;
  self->clear_until = self->version > 0 ? 0 : G_MAXINT64;
}

void
lb_dave_joined (LbDave *self, LbVoiceSession *session)
{
  if (is_alone (self, session))
    begin (self, session);
  else if (self->version > 0 && common_version (self, NULL) == 0)
    downgrade (self, session);
  if (!lb_dave_takes_part (self, session))
    return;
  if (!session->dave.has_sender)
    lb_dave_send_sender (self, session);
}

/* DAVE whitepaper, "Sole member reset". */
static gboolean
needs_sole_reset (LbDave *self)
{
  const GPtrArray *members = self->room->members;

  return self->version > 0 && members->len == 1
      && (self->group->epoch > 0 || self->group->proposals->len > 0);
}

void
lb_dave_left (LbDave *self, LbVoiceSession *session)
{
  LbProposal *add = lb_group_find_add (self->group, session->ssrc);

  lb_dave_vacate (self, session);
  g_clear_pointer (&session->dave.key_package, lb_key_package_free);
  session->dave.has_sender = FALSE;
  if (needs_sole_reset (self)) {
    lb_dave_renew (self);
    return;
  }
  if (add != NULL)
    lb_dave_revoke (self, add);
  lb_transitions_forget (self->transitions, session->ssrc);
  lb_dave_step (self);
}

void
lb_dave_step (LbDave *self)
{
  if (self->version == 0)
    upgrade (self);
  else
    lb_dave_propose (self);
}
