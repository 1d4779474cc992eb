/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "udpsocket.h"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/socket.h>

#include <gst/discord/gstdiscorderror.h>

#include "udptransport-private.h"

#define GST_CAT_DEFAULT discord_udp_debug_category ()

#define SOCKET_BUFFER_SIZE (4 * 1024 * 1024)
/* DSCP 40 (CS5) in the upper six bits (media-transport 1). */
#define QOS_TRAFFIC_CLASS 0xA0

static void
set_buffer_size (
    GSocket *socket, const gchar *what, gint option, gint force_option)
{
  gint size = 0;

  /* Beyond net.core.?mem_max only with CAP_NET_ADMIN; else as much as goes. */
  if (!g_socket_set_option (
          socket, SOL_SOCKET, force_option, SOCKET_BUFFER_SIZE, NULL))
    g_socket_set_option (socket, SOL_SOCKET, option, SOCKET_BUFFER_SIZE, NULL);
  g_socket_get_option (socket, SOL_SOCKET, option, &size, NULL);
  GST_DEBUG ("%s buffer: %d bytes", what, size);
}

static void
set_traffic_class (GSocket *socket)
{
  g_autoptr (GError) error = NULL;
  gboolean done;

  if (g_socket_get_family (socket) == G_SOCKET_FAMILY_IPV6)
    done = g_socket_set_option (
        socket, IPPROTO_IPV6, IPV6_TCLASS, QOS_TRAFFIC_CLASS, &error);
  else
    done = g_socket_set_option (
        socket, IPPROTO_IP, IP_TOS, QOS_TRAFFIC_CLASS, &error);
  if (!done)
    GST_INFO ("packets go unmarked: %s", error->message);
}

static GSocket *
open_connected (GInetAddress *address, guint16 port, GError **error)
{
  g_autoptr (GSocketAddress) peer = g_inet_socket_address_new (address, port);
  g_autoptr (GSocket) socket =
      g_socket_new (g_inet_address_get_family (address), G_SOCKET_TYPE_DATAGRAM,
          G_SOCKET_PROTOCOL_UDP, error);

  if (!socket)
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  if (!g_socket_connect (socket, peer, NULL, error))
    return NULL;
  return g_steal_pointer (&socket);
}

GInetAddress *
discord_nat64_address (GInetAddress *ipv4)
{
  guint8 bytes[16] = { 0x00, 0x64, 0xff, 0x9b };

  if (g_inet_address_get_family (ipv4) != G_SOCKET_FAMILY_IPV4)
    return NULL;
  memcpy (bytes + 12, g_inet_address_to_bytes (ipv4), 4);
  return g_inet_address_new_from_bytes (bytes, G_SOCKET_FAMILY_IPV6);
}

/* Ready carries IPv4 literals: without an IPv4 route (connect() says so, no
 * packet is sent) the network's translator is the way, if it has one. */
static GSocket *
open_through_nat64 (GInetAddress *address, guint16 port)
{
  g_autoptr (GInetAddress) translated = discord_nat64_address (address);
  GSocket *socket;

  if (!translated)
    return NULL;
  socket = open_connected (translated, port, NULL);
  if (socket)
    GST_INFO ("no IPv4 route: trying NAT64");
  return socket;
}

static gboolean
is_unroutable (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE);
}

GSocket *
discord_udp_socket_new (
    const gchar *ip, guint16 port, gboolean qos, GError **error)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (ip);
  g_autoptr (GError) socket_error = NULL;
  g_autoptr (GSocket) socket = NULL;

  if (!address || port == 0) {
    g_set_error_literal (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_PROTOCOL,
        "The voice server announced an unusable media address");
    return NULL;
  }
  socket = open_connected (address, port, &socket_error);
  if (!socket && is_unroutable (socket_error))
    socket = open_through_nat64 (address, port);
  if (!socket) {
    g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_UNREACHABLE,
        "Could not open a UDP socket to the voice server: %s",
        socket_error->message);
    return NULL;
  }
  set_buffer_size (socket, "receive", SO_RCVBUF, SO_RCVBUFFORCE);
  set_buffer_size (socket, "send", SO_SNDBUF, SO_SNDBUFFORCE);
  if (qos)
    set_traffic_class (socket);
  return g_steal_pointer (&socket);
}
