/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordgateway-private.h>

#include "signalling/gatewaycore.h"

G_BEGIN_DECLS

/* gstdiscordgatewaystreams.c: the functions for Go Live */
void gst_discord_gateway_init_streams (GstDiscordSignallerInterface *iface);

/* gstdiscordgateway.c */
DiscordGatewayCore *gst_discord_gateway_get_core (GstDiscordGateway *self);

G_END_DECLS
