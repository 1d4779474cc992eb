/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "../dave/codes.h"
#include "../dave/mls/group.h"

/* What is known of an encrypted group in one epoch, for those who want to verify
 * its members. Never changes; rc-boxed. */

typedef struct
{
  guint64 user_id;
  guint8 signature_key[MLS_PUBLIC_KEY_SIZE];
} DiscordDaveMember;

typedef struct
{
  guint64 own_user_id;
  gchar privacy_code[DAVE_PRIVACY_CODE_LENGTH + 1];
  guint n_members; /* ourselves among them */
  DiscordDaveMember *members;
} DiscordDaveGroup;

DiscordDaveGroup *discord_dave_group_new (
    const MlsGroup *group, guint64 own_user_id);
DiscordDaveGroup *discord_dave_group_ref (DiscordDaveGroup *self);
void discord_dave_group_unref (DiscordDaveGroup *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DiscordDaveGroup, discord_dave_group_unref)

/* The others: guint64. (transfer full) */
GArray *discord_dave_group_get_user_ids (const DiscordDaveGroup *self);

/* Whether @user_id is another member. */
gboolean discord_dave_group_has (const DiscordDaveGroup *self, guint64 user_id);

/* Of ourselves and @user_id, another member; takes 0.1 s (scrypt). */
gboolean discord_dave_group_fingerprint (const DiscordDaveGroup *self,
    guint64 user_id, guint8 fingerprint[DAVE_FINGERPRINT_SIZE]);
