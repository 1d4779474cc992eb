/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../dave/mls/p256.h"

/* Our signature key in a file of its own: PEM as OpenSSL writes it, or the 32
 * bytes of the scalar. Errors are GST_DISCORD_ERROR_SETTINGS, with the path and
 * without anything of the content. They block on the file system. */

/* Reads the key; makes a new one, readable by its owner only, when there is no
 * file. Refuses what is no regular file, belongs to somebody else, can be read
 * or written by anybody else, or holds no private key on P-256. */
gboolean discord_identity_file_load (
    const gchar *path, MlsKeyPair *key, GError **error);

/* Whether discord_identity_file_load() would take it as it is now. */
gboolean discord_identity_file_check (const gchar *path, GError **error);
