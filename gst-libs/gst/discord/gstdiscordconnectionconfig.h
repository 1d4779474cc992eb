/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordstreamkey.h>

#include "gstdiscordconnection-private.h"

/* What the settings by which elements acquire a connection mean. */

/* FALSE with GST_DISCORD_ERROR_SETTINGS: without the account and the channel, and
 * with them. */
gboolean discord_connection_config_check_settings (
    const GstDiscordConnectionConfig *config, GError **error);
gboolean discord_connection_config_check (
    const GstDiscordConnectionConfig *config, GError **error);

gboolean discord_connection_config_is_stream (
    const GstDiscordConnectionConfig *config);
/* Which stream, and where; our own has no owner. */
gboolean discord_connection_config_find_stream (
    const GstDiscordConnectionConfig *config, GstDiscordStreamKey *key,
    GError **error);

/* Gateway, account, and guild or call. */
gchar *discord_connection_config_key (const GstDiscordConnectionConfig *config);
/* As text, to compare. */
gchar *discord_connection_config_modes (
    const GstDiscordConnectionConfig *config);
/* (transfer full) */
GstDiscordSignaller *discord_connection_config_make_signaller (
    const GstDiscordConnectionConfig *config, GError **error);
