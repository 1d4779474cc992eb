/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The UDP socket of one voice connection: discovery, ping, packet encryption,
 * batched receive on the process-wide I/O pool, one way out (media-transport
 * 1, 2 and 10). */

#include <gio/gio.h>
#include <gst/gst.h>

#include "../crypto/transportcipher.h"

typedef struct _DiscordUdpTransport DiscordUdpTransport;

typedef struct
{
  /* Decrypted, padding stripped; borrowed. Writable until somebody takes
   * a reference, so metas are added here. Pooled: do not keep it for long. */
  GstBuffer *buffer;
  TransportPacketKind kind;
  TransportPlain plain;
  gint64 arrival_ns; /* CLOCK_MONOTONIC */
} DiscordReceivedPacket;

/* All from an I/O pool thread, without a lock of the transport. */
typedef struct
{
  /* IP discovery ended: our address as the server sees it, or an error
   * (GST_DISCORD_ERROR_UDP_BLOCKED after ten tries 500 ms apart). */
  void (*discovered) (const gchar *address, guint16 port, const GError *error,
      gpointer user_data);
  /* What authenticated, in order of arrival. A packet that is nothing but
   * padding has the flag GAP: a probe, whose sequence number is one of its
   * stream's all the same. */
  void (*received) (const DiscordReceivedPacket *packets, guint n_packets,
      gpointer user_data);
} DiscordUdpTransportCallbacks;

/* Makes, connects and registers the socket, starts discovery. Callbacks may
 * come before it returns. GST_DISCORD_ERROR_PROTOCOL: not an address;
 * GST_DISCORD_ERROR_UNREACHABLE: no route. Nothing blocks, nothing is
 * resolved. */
DiscordUdpTransport *discord_udp_transport_new (const gchar *ip, guint16 port,
    guint32 ssrc, gboolean qos, const DiscordUdpTransportCallbacks *callbacks,
    gpointer user_data, GError **error);

/* After this returns no callback runs or will run. From a callback it aborts. Not
 * while another thread is in a function of @self. */
void discord_udp_transport_free (DiscordUdpTransport *self);

/* Installs the key of a session description; the one before stays valid for
 * receiving for 5 s. Nothing is sent or passed on before the first. The current
 * key once more changes nothing; an earlier key of this socket continues its
 * nonce counter. FALSE when out of memory, or after 64 different keys: then only
 * a new socket helps. */
gboolean discord_udp_transport_set_key (DiscordUdpTransport *self,
    TransportMode mode, const guint8 key[TRANSPORT_KEY_SIZE]);

/* Encrypts and sends; any thread, one lock. Returns how many the kernel took.
 * A full socket is waited for 50 ms in all, then the rest is dropped.
 * @deadline_ns (CLOCK_MONOTONIC, or -1) is when each is due: the seam of the
 * pacer; today the caller has waited for it and it is not looked at. */
typedef struct
{
  GstBuffer *buffer; /* borrowed, plain, any memory layout */
  TransportPacketKind kind;
  gint64 deadline_ns;
} DiscordSendPacket;

guint discord_udp_transport_send (DiscordUdpTransport *self,
    const DiscordSendPacket *packets, guint n_packets);

/* An empty receiver report from @ssrc: the first packet after the key. */
void discord_udp_transport_send_empty_report (DiscordUdpTransport *self);

/* The current key is out of nonces: nothing is sent until another one. */
gboolean discord_udp_transport_is_key_exhausted (DiscordUdpTransport *self);

typedef struct
{
  guint64 packets_sent, bytes_sent; /* media and RTCP, datagram bytes */
  guint64 rtp_sent, rtcp_sent;
  guint64 send_dropped; /* would block too long, or too long a packet */
  guint64 send_errors; /* also ICMP errors a send got to hear of */
  guint64 send_no_key; /* before the first key, or it is exhausted */
  /* Authenticated media and RTCP, empty ones too; datagram bytes. */
  guint64 packets_received, bytes_received;
  guint64 rtp_received, rtcp_received;
  guint64 padded;
  guint64 empty;
  guint64 receive_errors; /* ICMP errors; they never end the socket */
  guint64 drop_kind; /* neither media nor our control */
  guint64 drop_long; /* over DISCORD_MAX_DATAGRAM */
  guint64 drop_no_key;
  guint64 drop_short, drop_parse, drop_auth, drop_padding, drop_extension;
  guint64 pings_sent, pings_lost;
  gdouble rtt; /* seconds, < 0 before the first reply */
} DiscordUdpTransportStats;

void discord_udp_transport_get_stats (
    DiscordUdpTransport *self, DiscordUdpTransportStats *stats);
