/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The voice server's end of a UDP transport, in-process, and a recorder of what
 * the transport reports. Nothing here measures time: the time-outs only end a
 * test that would hang. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gst/check/gstcheck.h>

#include <gst/discord/gstdiscorderror.h>
#include <gst/discord/transport/udptransport-private.h>

#define PATIENCE (60 * G_TIME_SPAN_SECOND)
#define PEER_SSRC 0x01020304u
#define NS_PER_MS G_GINT64_CONSTANT (1000000)
#define NS_PER_HOUR (3600 * 1000 * NS_PER_MS)

typedef struct
{
  gint fd;
  guint16 port;
  struct sockaddr_storage client; /* who sent last */
  socklen_t client_length;
} Peer;

/* Byte by byte: packets on the stack are not aligned. */
static inline void
put_be (guint8 *data, guint n_bytes, guint32 value)
{
  for (; n_bytes > 0; value >>= 8)
    data[--n_bytes] = value & 0xff;
}

static inline guint32
get_be (const guint8 *data, guint n_bytes)
{
  guint32 value = 0;

  while (n_bytes-- > 0)
    value = value << 8 | *data++;
  return value;
}

static inline guint32
get_le32 (const guint8 *data)
{
  return GUINT32_SWAP_LE_BE (get_be (data, 4));
}

static inline void
peer_init_family (Peer *peer, gint family)
{
  struct sockaddr_storage storage = { .ss_family = family };
  struct sockaddr_in *ipv4 = (struct sockaddr_in *) &storage;
  struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *) &storage;
  socklen_t length = family == AF_INET6 ? sizeof *ipv6 : sizeof *ipv4;
  struct timeval patience = { .tv_sec = PATIENCE / G_TIME_SPAN_SECOND };

  memset (peer, 0, sizeof *peer);
  peer->fd = socket (family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  fail_unless (peer->fd >= 0);
  if (family == AF_INET6)
    ipv6->sin6_addr = in6addr_loopback;
  else
    ipv4->sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  fail_unless (bind (peer->fd, (struct sockaddr *) &storage, length) == 0);
  fail_unless (
      getsockname (peer->fd, (struct sockaddr *) &storage, &length) == 0);
  peer->port = ntohs (family == AF_INET6 ? ipv6->sin6_port : ipv4->sin_port);
  setsockopt (peer->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

static inline void
peer_init (Peer *peer)
{
  peer_init_family (peer, AF_INET);
}

static inline void
peer_clear (Peer *peer)
{
  close (peer->fd);
}

/* The port answers as if it was closed, but nobody else can take it: connected
 * elsewhere, the socket matches nothing that comes. */
static inline void
peer_stop_listening (Peer *peer)
{
  struct sockaddr_in elsewhere = { .sin_family = AF_INET };

  elsewhere.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  elsewhere.sin_port = htons (9);
  fail_unless (
      connect (peer->fd, (struct sockaddr *) &elsewhere, sizeof elsewhere)
      == 0);
}

static inline gsize
peer_receive (Peer *peer, guint8 data[DISCORD_MAX_DATAGRAM])
{
  gssize length;

  peer->client_length = sizeof peer->client;
  length = recvfrom (peer->fd, data, DISCORD_MAX_DATAGRAM, 0,
      (struct sockaddr *) &peer->client, &peer->client_length);
  fail_unless (length >= 0, "nothing came: %s", g_strerror (errno));
  return length;
}

static inline void
peer_send (Peer *peer, gconstpointer data, gsize length)
{
  fail_unless_equals_int (
      sendto (peer->fd, data, length, 0, (struct sockaddr *) &peer->client,
          peer->client_length),
      length);
}

static inline void
peer_make_response (guint8 response[DISCORD_DISCOVERY_SIZE], guint32 ssrc,
    const gchar *address, guint16 port)
{
  memset (response, 0, DISCORD_DISCOVERY_SIZE);
  put_be (response, 2, 2);
  put_be (response + 2, 2, 70);
  put_be (response + 4, 4, ssrc);
  memcpy (response + 8, address, MIN (strlen (address), 64));
  put_be (response + 72, 2, port);
}

static inline void
peer_expect_discovery (Peer *peer)
{
  guint8 data[DISCORD_MAX_DATAGRAM];
  guint8 rest[66] = { 0 };

  fail_unless_equals_int (peer_receive (peer, data), 74);
  fail_unless_equals_int (get_be (data, 2), 1);
  fail_unless_equals_int (get_be (data + 2, 2), 70);
  fail_unless_equals_uint64 (get_be (data + 4, 4), PEER_SSRC);
  fail_unless (memcmp (data + 8, rest, sizeof rest) == 0);
}

static inline void
peer_answer_discovery (Peer *peer)
{
  guint8 response[DISCORD_DISCOVERY_SIZE];

  peer_make_response (response, PEER_SSRC, "203.0.113.7", 51413);
  peer_send (peer, response, sizeof response);
}

/* What the transport reported; received packets are held. */
typedef struct
{
  DiscordUdpTransport *transport;

  /* Guards what follows. */
  GMutex lock;
  GCond cond;
  guint n_discovered;
  gchar *address;
  guint16 port;
  GError *error;
  GPtrArray *buffers;
  GArray *packets; /* DiscordReceivedPacket, buffer in buffers */
  gboolean discard; /* only count */
  guint n_received;
} Client;

static inline void
client_discovered (
    const gchar *address, guint16 port, const GError *error, gpointer user_data)
{
  Client *client = user_data;

  g_mutex_lock (&client->lock);
  client->n_discovered++;
  client->address = g_strdup (address);
  client->port = port;
  client->error = error ? g_error_copy (error) : NULL;
  g_cond_broadcast (&client->cond);
  g_mutex_unlock (&client->lock);
}

static inline void
client_received (
    const DiscordReceivedPacket *packets, guint n_packets, gpointer user_data)
{
  Client *client = user_data;
  guint i;

  g_mutex_lock (&client->lock);
  client->n_received += n_packets;
  for (i = 0; i < n_packets && !client->discard; i++) {
    g_ptr_array_add (client->buffers, gst_buffer_ref (packets[i].buffer));
    g_array_append_val (client->packets, packets[i]);
  }
  g_cond_broadcast (&client->cond);
  g_mutex_unlock (&client->lock);
}

static const DiscordUdpTransportCallbacks client_callbacks = {
  client_discovered,
  client_received,
};

static inline void
client_init (Client *client)
{
  memset (client, 0, sizeof *client);
  g_mutex_init (&client->lock);
  g_cond_init (&client->cond);
  client->buffers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  client->packets = g_array_new (FALSE, FALSE, sizeof (DiscordReceivedPacket));
}

static inline void
client_open (Client *client, const gchar *ip, guint16 port,
    const DiscordUdpParams *params)
{
  g_autoptr (GError) error = NULL;

  client->transport = discord_udp_transport_new_with_params (
      ip, port, PEER_SSRC, FALSE, params, &client_callbacks, client, &error);
  g_assert_no_error (error);
  fail_unless (client->transport != NULL);
}

static inline void
client_clear (Client *client)
{
  g_clear_pointer (&client->transport, discord_udp_transport_free);
  g_ptr_array_unref (client->buffers);
  g_array_unref (client->packets);
  g_free (client->address);
  g_clear_error (&client->error);
  g_mutex_clear (&client->lock);
  g_cond_clear (&client->cond);
}

static inline void
client_wait (Client *client, const guint *counter, guint wanted)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  g_mutex_lock (&client->lock);
  while (*counter < wanted)
    fail_unless (g_cond_wait_until (&client->cond, &client->lock, end),
        "%u of %u came", *counter, wanted);
  g_mutex_unlock (&client->lock);
}

/* No timer but those a test wants. */
static inline DiscordUdpParams
quiet_params (void)
{
  DiscordUdpParams params = discord_udp_params;

  params.control.ping_first_ns = NS_PER_HOUR;
  params.control.discovery_interval_ns = NS_PER_HOUR;
  return params;
}

/* A transport past discovery. */
static inline void
connect_client (Client *client, Peer *peer, const DiscordUdpParams *params)
{
  peer_init (peer);
  client_init (client);
  client_open (client, "127.0.0.1", peer->port, params);
  peer_expect_discovery (peer);
  peer_answer_discovery (peer);
  client_wait (client, &client->n_discovered, 1);
  g_assert_no_error (client->error);
}

static inline DiscordUdpTransportStats
client_stats (Client *client)
{
  DiscordUdpTransportStats stats;

  discord_udp_transport_get_stats (client->transport, &stats);
  return stats;
}

static inline void
fill_key (guint8 key[TRANSPORT_KEY_SIZE], guint8 first)
{
  guint i;

  for (i = 0; i < TRANSPORT_KEY_SIZE; i++)
    key[i] = first + i;
}

static inline void
client_set_key (Client *client, TransportMode mode, guint8 first)
{
  guint8 key[TRANSPORT_KEY_SIZE];

  fill_key (key, first);
  fail_unless (discord_udp_transport_set_key (client->transport, mode, key));
}

static inline TransportCipher *
make_cipher (TransportMode mode, guint8 first, guint32 nonce)
{
  guint8 key[TRANSPORT_KEY_SIZE];
  TransportCipher *cipher;

  fill_key (key, first);
  cipher = transport_cipher_new (mode, key, nonce);
  fail_unless (cipher != NULL);
  return cipher;
}

/* An RTP packet of @payload_size bytes that all are (guint8) @sequence. */
static inline gsize
make_rtp (guint8 *packet, guint16 sequence, gsize payload_size)
{
  const guint8 header[12] = { 0x80, 120, sequence >> 8, sequence & 0xff, 0, 0,
    3, 0xc0, 0xca, 0xfe, 0xba, 0xbe };

  memcpy (packet, header, sizeof header);
  memset (packet + sizeof header, sequence & 0xff, payload_size);
  return sizeof header + payload_size;
}
