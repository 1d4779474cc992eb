/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gst/discord/gstdiscordenums.h>

#include "scheduler.h"

#define DISCORD_DEFAULT_GATEWAY_URL "wss://gateway.discord.gg"

/* The one REST request signalling needs: where the main gateway is
 * (voice-gateway 1.1). Lives on the signalling thread. */
typedef struct _DiscordRest DiscordRest;

/* Exactly one of @url and @error is set. @fatal: trying again cannot help. */
typedef void (*DiscordRestFunc) (
    const gchar *url, const GError *error, gboolean fatal, gpointer user_data);

/* @api_url: (nullable): Discord's when NULL; http:// only to a loopback
 * address. @token: bare; sent for bots only. */
DiscordRest *discord_rest_new (const gchar *api_url,
    GstDiscordAccountType account_type, const gchar *token,
    GTlsDatabase *tls_database, DiscordScheduler *scheduler);

/* Cancels; no callback comes after this call. */
void discord_rest_free (DiscordRest *self);

/* GET /gateway/bot for bots, /gateway for others. Waits as long as a 429 says,
 * within reason. When Discord's own API cannot be reached, its well-known
 * gateway is the answer. Nothing when a request is under way. @func never comes
 * from inside this call. */
void discord_rest_find_gateway (
    DiscordRest *self, DiscordRestFunc func, gpointer user_data);

/* The "url" of an answer's body, NULL when there is none that could be used. */
gchar *discord_rest_parse_gateway (
    const gchar *body, gsize length, gboolean *identifies_used_up);
