/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../dave/mls/p256.h"

/* By what others know an account in end-to-end encryption: a signature key. All
 * connections of one account that are open together share one (DAVE whitepaper,
 * "Identity"). */
typedef struct _DiscordIdentity DiscordIdentity;

/* The identity of @user_id: the one in use, or from @path, or when that is NULL
 * a new one. GST_DISCORD_ERROR_CONFLICT when the one in use came from elsewhere,
 * GST_DISCORD_ERROR_SETTINGS when the file is refused. Blocks on the file
 * system. */
DiscordIdentity *discord_identity_acquire (
    guint64 user_id, const gchar *path, GError **error);
/* The last one wipes the key. */
void discord_identity_release (DiscordIdentity *self);

const MlsKeyPair *discord_identity_get_key (const DiscordIdentity *self);
