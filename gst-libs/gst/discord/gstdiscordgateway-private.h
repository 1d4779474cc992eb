/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordgateway.h>

G_BEGIN_DECLS

/* The gateway url is ws:// on a loopback address: voice servers are too. */
gboolean gst_discord_gateway_is_insecure (GstDiscordGateway *self);

/* (nullable): NULL trusts the system's certificates. */
GTlsDatabase *gst_discord_gateway_dup_tls_database (GstDiscordGateway *self);

G_END_DECLS
