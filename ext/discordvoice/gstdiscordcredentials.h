/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the token and the trusted authorities come from. */

#include <gio/gio.h>

G_BEGIN_DECLS

/* Wipes before it frees; NULL is fine. */
void gst_discord_secret_free (gchar *secret);

/* The token: @token itself, else what @file holds, else the variable @env. A
 * newline at the end is dropped. GST_DISCORD_ERROR_SETTINGS when there is none
 * or it cannot be one. Free with gst_discord_secret_free(). */
gchar *gst_discord_token_resolve (
    const gchar *token, const gchar *file, const gchar *env, GError **error);

/* The authorities in @path. While somebody holds it, the same object again, so
 * that elements with equal settings agree on their connection. */
GTlsDatabase *gst_discord_tls_database_get (const gchar *path, GError **error);

G_END_DECLS
