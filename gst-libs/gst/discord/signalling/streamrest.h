/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gst/discord/gstdiscordenums.h>

#include "scheduler.h"

/* Go Live on the REST API (golive section 8). Waits as long as a 429 says and
 * tries again what may pass, within reason. Lives on the signalling thread. */
typedef struct _DiscordStreamRest DiscordStreamRest;

/* @api_url and @tls_database: as discord_http_new(). @token: bare. */
DiscordStreamRest *discord_stream_rest_new (const gchar *api_url,
    GstDiscordAccountType account_type, const gchar *token,
    GTlsDatabase *tls_database, DiscordScheduler *scheduler);

/* Wipes. Tasks that have not returned do so with G_IO_ERROR_CANCELLED. */
void discord_stream_rest_free (DiscordStreamRest *self);

/* Each of these takes a reference on its task, and heeds its cancellable.
 * @stream_key is a key as text. */

/* Returns a boolean. */
void discord_stream_rest_upload_preview (DiscordStreamRest *self,
    const gchar *stream_key, GBytes *image, GTask *task);
/* Returns a value, a string. */
void discord_stream_rest_fetch_preview (
    DiscordStreamRest *self, const gchar *stream_key, GTask *task);
/* Returns a boolean. */
void discord_stream_rest_set_region (DiscordStreamRest *self,
    const gchar *stream_key, const gchar *region, GTask *task);
/* Returns a boolean. */
void discord_stream_rest_notify (
    DiscordStreamRest *self, const gchar *stream_key, GTask *task);

/* "image/jpeg" and so on by the magic bytes, NULL when it is none that Discord
 * takes. */
const gchar *discord_preview_image_type (GBytes *image);
