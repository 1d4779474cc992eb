/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordgateway.h>

G_BEGIN_DECLS

/* Whether the gateway URL is ws:// on a loopback address: voice endpoints are
 * then plain websockets, too. */
GST_DISCORD_API
gboolean gst_discord_gateway_is_insecure (GstDiscordGateway *self);

/* (transfer full) (nullable): for the voice gateway. */
GST_DISCORD_API
GTlsDatabase *gst_discord_gateway_dup_tls_database (GstDiscordGateway *self);

G_END_DECLS
