/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_TRANSPORT (gst_discord_transport_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordTransport, gst_discord_transport, GST,
    DISCORD_TRANSPORT, GstElement)

GST_ELEMENT_REGISTER_DECLARE (discordtransport);

G_END_DECLS
