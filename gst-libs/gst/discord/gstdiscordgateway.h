/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordenums.h>
#include <gst/discord/gstdiscordsignaller.h>
#include <gio/gio.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_GATEWAY (gst_discord_gateway_get_type ())
GST_DISCORD_API
G_DECLARE_FINAL_TYPE (
    GstDiscordGateway, gst_discord_gateway, GST, DISCORD_GATEWAY, GObject)

GST_DISCORD_API
GstDiscordGateway *gst_discord_gateway_get (const gchar *token,
    GstDiscordAccountType account_type, const gchar *gateway_url,
    const gchar *api_url, GTlsDatabase *tls_database, GError **error);

G_END_DECLS
