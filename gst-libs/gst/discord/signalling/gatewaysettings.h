/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gst/discord/gstdiscordenums.h>

/* What a person may write into token, gateway-url and api-url. Errors are
 * GST_DISCORD_ERROR_SETTINGS and never quote a token. */

/* The bare token: white space around it goes (token files end in a newline),
 * and so does "Bot " or "Bearer " in front where it fits @account_type.
 * NULL when it is empty or has a character no token has. Free with
 * discord_token_free(). */
gchar *discord_token_normalize (
    const gchar *token, GstDiscordAccountType account_type, GError **error);

/* What HTTP wants in front of a token: "Bot ", "Bearer " or nothing. */
const gchar *discord_token_get_scheme (GstDiscordAccountType account_type);

/* Wipes. */
void discord_token_free (gchar *token);

/* wss://, or ws:// to a loopback address; NULL is fine. */
gboolean discord_gateway_url_check (const gchar *url, GError **error);
/* Whether @url asks for plain websockets. */
gboolean discord_gateway_url_is_insecure (const gchar *url);

/* https://, or http:// to a loopback address; NULL is fine. */
gboolean discord_api_url_check (const gchar *url, GError **error);

/* (transfer full) (nullable): the API that goes with a gateway when none is
 * named. A gateway on loopback is a stand-in, and what it is told must not reach
 * Discord; NULL is Discord's. */
gchar *discord_api_url_for_gateway (const gchar *gateway_url);

/* Whether both accept the same certificates, as far as we can tell. */
gboolean discord_tls_database_equal (GTlsDatabase *a, GTlsDatabase *b);
