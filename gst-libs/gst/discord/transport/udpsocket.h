/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The connected, non-blocking UDP socket of a connection (media-transport 1)
 * and the NAT64 way to an IPv4 server from a host that has IPv6 only. */

#include <gio/gio.h>

/* @ip is an address, not a name: nothing is resolved. @qos marks the packets
 * for expedited delivery where the system lets us. */
GSocket *discord_udp_socket_new (
    const gchar *ip, guint16 port, gboolean qos, GError **error);

/* @ipv4 behind the well-known prefix 64:ff9b::/96 (RFC 6052 2.1), or NULL when
 * it is not an IPv4 address. */
GInetAddress *discord_nat64_address (GInetAddress *ipv4);
