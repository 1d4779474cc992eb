/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the files of the UDP transport, and by its tests. */

#include "udpcontrol.h"
#include "udptransport.h"

typedef struct
{
  DiscordUdpControlTiming control;
  gint64 key_overlap_ns; /* how long the old key decrypts */
  gint64 send_wait_ns; /* how long a full socket may hold up sending */
  guint32 first_nonce;
} DiscordUdpParams;

/* Those of the protocol (media-transport 1, 1.1, 1.2, 2.3 and 2.4). */
extern const DiscordUdpParams discord_udp_params;

/* discord_udp_transport_new() with other numbers. */
DiscordUdpTransport *discord_udp_transport_new_with_params (const gchar *ip,
    guint16 port, guint32 ssrc, gboolean qos, const DiscordUdpParams *params,
    const DiscordUdpTransportCallbacks *callbacks, gpointer user_data,
    GError **error);

/* "discordudp", made on first use. */
GstDebugCategory *discord_udp_debug_category (void);
