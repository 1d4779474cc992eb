/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "davegroup.h"

#include <string.h>

static void
group_clear (gpointer data)
{
  DiscordDaveGroup *self = data;

  g_free (self->members);
}

DiscordDaveGroup *
discord_dave_group_new (const MlsGroup *group, guint64 own_user_id)
{
  DiscordDaveGroup *self = g_atomic_rc_box_new0 (DiscordDaveGroup);
  guint n = mls_group_n_members (group);
  guint32 position = 0;
  MlsMember member;

  self->own_user_id = own_user_id;
  dave_privacy_code (
      mls_group_epoch_authenticator (group).data, self->privacy_code);
  self->members = g_new0 (DiscordDaveMember, n);
  while (self->n_members < n
      && mls_group_next_member (group, &position, &member)) {
    DiscordDaveMember *copy = &self->members[self->n_members];

    if (member.signature_key.length != sizeof copy->signature_key)
      continue;
    copy->user_id = member.user_id;
    memcpy (copy->signature_key, member.signature_key.data,
        sizeof copy->signature_key);
    self->n_members++;
  }
  return self;
}

DiscordDaveGroup *
discord_dave_group_ref (DiscordDaveGroup *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
discord_dave_group_unref (DiscordDaveGroup *self)
{
  g_atomic_rc_box_release_full (self, group_clear);
}

static const DiscordDaveMember *
group_find (const DiscordDaveGroup *self, guint64 user_id)
{
  for (guint i = 0; i < self->n_members; i++) {
    if (self->members[i].user_id == user_id)
      return &self->members[i];
  }
  return NULL;
}

GArray *
discord_dave_group_get_user_ids (const DiscordDaveGroup *self)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (guint i = 0; i < self->n_members; i++) {
    if (self->members[i].user_id != self->own_user_id)
      g_array_append_val (ids, self->members[i].user_id);
  }
  return ids;
}

gboolean
discord_dave_group_has (const DiscordDaveGroup *self, guint64 user_id)
{
  return user_id != self->own_user_id && group_find (self, user_id) != NULL;
}

gboolean
discord_dave_group_fingerprint (const DiscordDaveGroup *self, guint64 user_id,
    guint8 fingerprint[DAVE_FINGERPRINT_SIZE])
{
  const DiscordDaveMember *own = group_find (self, self->own_user_id);
  const DiscordDaveMember *other = group_find (self, user_id);

  return own != NULL && other != NULL
      && dave_pairwise_fingerprint (own->user_id, own->signature_key,
          sizeof own->signature_key, other->user_id, other->signature_key,
          sizeof other->signature_key, fingerprint);
}
