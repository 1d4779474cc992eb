/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* Why a websocket or a request never reached its server, as a
 * GST_DISCORD_ERROR with a sentence for people. @what names the server, @error
 * is what GIO or libsoup said, NULL when it said nothing. *@fatal: trying again
 * cannot help. */
GError *discord_link_error_new (
    const gchar *what, const GError *error, gboolean *fatal);
