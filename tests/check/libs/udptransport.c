/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Socket, discovery, ping and lifetime of the UDP transport. */

#include "udptransport-peer.h"

#include <netinet/ip.h>

#include <gst/discord/transport/udpsocket.h>

static void
expect_discovered (Client *client)
{
  client_wait (client, &client->n_discovered, 1);
  g_assert_no_error (client->error);
  fail_unless_equals_string (client->address, "203.0.113.7");
  fail_unless_equals_int (client->port, 51413);
}

static void
expect_blocked (Client *client)
{
  client_wait (client, &client->n_discovered, 1);
  fail_unless (client->address == NULL);
  fail_unless (g_error_matches (
      client->error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_UDP_BLOCKED));
}

GST_START_TEST (test_discovery)
{
  DiscordUdpParams params = quiet_params ();
  Client client;
  Peer peer;

  connect_client (&client, &peer, &params);
  expect_discovered (&client);
  fail_unless_equals_int (client_stats (&client).drop_kind, 0);
  fail_unless (client_stats (&client).rtt < 0);
  client_clear (&client);
  peer_clear (&peer);
}

GST_END_TEST

/* The default numbers and the public constructor. */
GST_START_TEST (test_discovery_public)
{
  Client client;
  Peer peer;

  peer_init (&peer);
  client_init (&client);
  client.transport = discord_udp_transport_new ("127.0.0.1", peer.port,
      PEER_SSRC, TRUE, &client_callbacks, &client, NULL);
  fail_unless (client.transport != NULL);
  peer_expect_discovery (&peer);
  peer_answer_discovery (&peer);
  expect_discovered (&client);
  client_clear (&client);
  peer_clear (&peer);
}

GST_END_TEST

GST_START_TEST (test_discovery_ipv6)
{
  DiscordUdpParams params = quiet_params ();
  Client client;
  Peer peer;

  peer_init_family (&peer, AF_INET6);
  client_init (&client);
  client_open (&client, "::1", peer.port, &params);
  peer_expect_discovery (&peer);
  peer_answer_discovery (&peer);
  expect_discovered (&client);
  client_clear (&client);
  peer_clear (&peer);
}

GST_END_TEST

/* Lost requests and lost responses look the same: nothing comes back. */
GST_START_TEST (test_pain_22_discovery_retries)
{
  DiscordUdpParams params = quiet_params ();
  Client client;
  Peer peer;
  guint i;

  params.control.discovery_interval_ns = 5 * NS_PER_MS;
  params.control.discovery_tries = G_MAXUINT;
  peer_init (&peer);
  client_init (&client);
  client_open (&client, "127.0.0.1", peer.port, &params);
  for (i = 0; i < 4; i++)
    peer_expect_discovery (&peer);
  fail_unless_equals_int (client.n_discovered, 0);
  peer_answer_discovery (&peer);
  expect_discovered (&client);
  client_clear (&client);
  fail_unless_equals_int (client.n_discovered, 1);
  peer_clear (&peer);
}

GST_END_TEST

GST_START_TEST (test_pain_22_discovery_skips_garbage)
{
  DiscordUdpParams params = quiet_params ();
  guint8 response[DISCORD_DISCOVERY_SIZE];
  guint8 garbage[200];
  Client client;
  Peer peer;

  peer_init (&peer);
  client_init (&client);
  client_open (&client, "127.0.0.1", peer.port, &params);
  peer_expect_discovery (&peer);

  memset (garbage, 0, sizeof garbage);
  peer_send (&peer, garbage, 0);
  peer_send (&peer, garbage, 1);
  peer_send (&peer, garbage, sizeof garbage);
  peer_make_response (response, PEER_SSRC + 1, "192.0.2.1", 1);
  peer_send (&peer, response, sizeof response);
  peer_make_response (response, PEER_SSRC, "\xff\xfe\x01", 1);
  peer_send (&peer, response, sizeof response);
  peer_make_response (response, PEER_SSRC, "192.0.2.1", 0);
  peer_send (&peer, response, sizeof response);
  peer_make_response (response, PEER_SSRC, "192.0.2.1", 1);
  peer_send (&peer, response, sizeof response - 1);
  make_rtp (garbage, 1, 100);
  peer_send (&peer, garbage, 112);
  peer_answer_discovery (&peer);

  expect_discovered (&client);
  client_clear (&client);
  peer_clear (&peer);
}

GST_END_TEST

/* As above, counted: a response comes once discovery is over. */
GST_START_TEST (test_control_of_others_is_counted)
{
  DiscordUdpParams params = quiet_params ();
  guint8 response[DISCORD_DISCOVERY_SIZE];
  const guint8 pong[8] = { 0x13, 0x37, 0xf0, 0x0d, 1, 0, 0, 0 };
  TransportCipher *cipher;
  guint8 packet[100];
  gsize length;
  Client client;
  Peer peer;

  connect_client (&client, &peer, &params);
  peer_answer_discovery (&peer);
  peer_make_response (response, PEER_SSRC + 1, "192.0.2.1", 1);
  peer_send (&peer, response, sizeof response);
  peer_send (&peer, pong, sizeof pong);
  peer_send (&peer, "\x80", 1);

  client_set_key (&client, TRANSPORT_MODE_AES256_GCM, 1);
  cipher = make_cipher (TRANSPORT_MODE_AES256_GCM, 1, 0);
  length = make_rtp (packet, 1, 10);
  transport_cipher_protect (
      cipher, TRANSPORT_PACKET_RTP, packet, length, sizeof packet, &length);
  peer_send (&peer, packet, length);
  client_wait (&client, &client.n_received, 1);
  fail_unless_equals_int (client_stats (&client).drop_kind, 3);
  fail_unless_equals_int (client.n_discovered, 1);
  transport_cipher_free (cipher);
  client_clear (&client);
  peer_clear (&peer);
}

GST_END_TEST

GST_START_TEST (test_pain_22_discovery_blocked)
{
  DiscordUdpParams params = quiet_params ();
  guint8 byte;
  Client client;
  Peer peer;
  guint i;

  params.control.discovery_interval_ns = NS_PER_MS;
  peer_init (&peer);
  client_init (&client);
  client_open (&client, "127.0.0.1", peer.port, &params);
  for (i = 0; i < 10; i++)
    peer_expect_discovery (&peer);
  expect_blocked (&client);
  /* Nothing more, not even to a late answer. */
  peer_answer_discovery (&peer);
  client_clear (&client);
  fail_unless_equals_int (client.n_discovered, 1);
  fail_unless (recv (peer.fd, &byte, 1, MSG_DONTWAIT) < 0);
  peer_clear (&peer);
}

GST_END_TEST

/* Does not listen yet, on a port that survives peer_listen(): it was asked for
 * by number. */
static void
peer_init_closed (Peer *peer)
{
  const gint reuse = 1;
  struct sockaddr_in address = { .sin_family = AF_INET };
  Peer holder;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  peer_init (&holder);
  memset (peer, 0, sizeof *peer);
  peer->fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  peer->port = holder.port;
  setsockopt (holder.fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  setsockopt (peer->fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  address.sin_port = htons (peer->port);
  fail_unless (
      bind (peer->fd, (struct sockaddr *) &address, sizeof address) == 0);
  peer_stop_listening (peer);
  peer_clear (&holder);
}

static void
peer_listen (Peer *peer)
{
  struct sockaddr nobody = { .sa_family = AF_UNSPEC };

  fail_unless (connect (peer->fd, &nobody, sizeof nobody) == 0);
}

static gboolean
client_had_errors (Client *client)
{
  DiscordUdpTransportStats stats = client_stats (client);

  return stats.receive_errors + stats.send_errors > 0;
}

/* Nobody listens: ICMP says so each time, and that ends nothing. */
GST_START_TEST (test_discovery_refused)
{
  DiscordUdpParams params = quiet_params ();
  Client client;
  Peer peer;

  params.control.discovery_interval_ns = 2 * NS_PER_MS;
  peer_init_closed (&peer);
  client_init (&client);
  client_open (&client, "127.0.0.1", peer.port, &params);
  expect_blocked (&client);
  fail_unless (client_had_errors (&client));
  client_clear (&client);
  peer_clear (&peer);
}

GST_END_TEST

/* The server is restarted: a closed port first, then an answer. */
GST_START_TEST (test_discovery_survives_refusal)
{
  DiscordUdpParams params = quiet_params ();
  Client client;
  Peer peer;

  params.control.discovery_interval_ns = 2 * NS_PER_MS;
  params.control.discovery_tries = G_MAXUINT;
  peer_init_closed (&peer);
  client_init (&client);
  client_open (&client, "127.0.0.1", peer.port, &params);
  while (!client_had_errors (&client))
    g_thread_yield ();
  peer_listen (&peer);
  peer_expect_discovery (&peer);
  peer_answer_discovery (&peer);
  expect_discovered (&client);
  client_clear (&client);
  peer_clear (&peer);
}

GST_END_TEST

static void
expect_refused (const gchar *ip, guint16 port)
{
  g_autoptr (GError) error = NULL;
  Client client;

  client_init (&client);
  fail_unless (discord_udp_transport_new (ip, port, PEER_SSRC, FALSE,
                   &client_callbacks, &client, &error)
      == NULL);
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_PROTOCOL));
  client_clear (&client);
}

GST_START_TEST (test_bad_addresses)
{
  expect_refused ("", 50000);
  expect_refused ("voice.example", 50000);
  expect_refused ("127.0.0.1.1", 50000);
  expect_refused ("127.0.0.1", 0);
}

GST_END_TEST

/* RFC 6052 2.4, the row of the well-known prefix. */
GST_START_TEST (test_pain_22_nat64_address)
{
  g_autoptr (GInetAddress) ipv4 = g_inet_address_new_from_string ("192.0.2.33");
  g_autoptr (GInetAddress) expected =
      g_inet_address_new_from_string ("64:ff9b::192.0.2.33");
  g_autoptr (GInetAddress) translated = discord_nat64_address (ipv4);

  fail_unless (translated != NULL);
  fail_unless (g_inet_address_equal (translated, expected));
  fail_unless (discord_nat64_address (expected) == NULL);
}

GST_END_TEST

static gint
get_option (GSocket *socket, gint level, gint option)
{
  gint value = -1;

  fail_unless (g_socket_get_option (socket, level, option, &value, NULL));
  return value;
}

GST_START_TEST (test_socket_options)
{
  g_autoptr (GSocket) plain =
      discord_udp_socket_new ("127.0.0.1", 50000, FALSE, NULL);
  g_autoptr (GSocket) marked =
      discord_udp_socket_new ("127.0.0.1", 50000, TRUE, NULL);
  g_autoptr (GSocket) marked6 =
      discord_udp_socket_new ("::1", 50000, TRUE, NULL);
  gint untouched = socket (AF_INET, SOCK_DGRAM, 0);
  gint size = 0;
  socklen_t length = sizeof size;

  fail_unless_equals_int (get_option (plain, IPPROTO_IP, IP_TOS), 0);
  fail_unless_equals_int (get_option (marked, IPPROTO_IP, IP_TOS), 0xa0);
  fail_unless_equals_int (
      get_option (marked6, IPPROTO_IPV6, IPV6_TCLASS), 0xa0);
  fail_if (g_socket_get_blocking (plain));

  /* How much more than the default depends on the system's limit. */
  getsockopt (untouched, SOL_SOCKET, SO_RCVBUF, &size, &length);
  fail_unless (get_option (plain, SOL_SOCKET, SO_RCVBUF) >= size);
  getsockopt (untouched, SOL_SOCKET, SO_SNDBUF, &size, &length);
  fail_unless (get_option (plain, SOL_SOCKET, SO_SNDBUF) >= size);
  close (untouched);
}

GST_END_TEST

static void
expect_ping (Peer *peer, guint32 sequence)
{
  guint8 data[DISCORD_MAX_DATAGRAM];

  fail_unless_equals_int (peer_receive (peer, data), 8);
  fail_unless_equals_uint64 (get_be (data, 4), 0x1337CAFE);
  fail_unless_equals_uint64 (get_le32 (data + 4), sequence);
}

/* Discovery's next try would be an hour away: the ping does not wait for it. */
GST_START_TEST (test_ping_and_rtt)
{
  DiscordUdpParams params = quiet_params ();
  guint8 pong[8] = { 0x13, 0x37, 0xf0, 0x0d, 1, 0, 0, 0 };
  Client client;
  Peer peer;

  params.control.ping_first_ns = NS_PER_MS;
  params.control.ping_interval_ns = NS_PER_HOUR;
  connect_client (&client, &peer, &params);
  expect_ping (&peer, 1);
  peer_send (&peer, pong, sizeof pong);
  while (client_stats (&client).rtt < 0)
    g_thread_yield ();
  fail_unless_equals_uint64 (client_stats (&client).pings_sent, 1);
  fail_unless_equals_uint64 (client_stats (&client).pings_lost, 0);
  client_clear (&client);
  peer_clear (&peer);
}

GST_END_TEST

GST_START_TEST (test_pings_lost)
{
  DiscordUdpParams params = quiet_params ();
  DiscordUdpTransportStats stats;
  Client client;
  Peer peer;
  guint i;

  params.control.ping_first_ns = NS_PER_MS;
  params.control.ping_interval_ns = NS_PER_MS;
  connect_client (&client, &peer, &params);
  for (i = 1; i <= 5; i++)
    expect_ping (&peer, i);
  /* The numbers are published after the ping went out. */
  do
    stats = client_stats (&client);
  while (stats.pings_sent < 5);
  fail_unless_equals_uint64 (stats.pings_lost, stats.pings_sent - 1);
  fail_unless (stats.rtt < 0);
  client_clear (&client);
  peer_clear (&peer);
}

GST_END_TEST

GST_START_TEST (test_free_at_any_time)
{
  DiscordUdpParams params = quiet_params ();
  Client client;
  Peer peer;
  guint i;

  params.control.discovery_interval_ns = NS_PER_MS;
  params.control.ping_first_ns = 0;
  params.control.ping_interval_ns = NS_PER_MS;
  peer_init (&peer);
  for (i = 0; i < 100; i++) {
    client_init (&client);
    client_open (&client, "127.0.0.1", peer.port, &params);
    if (i % 4 > 0) {
      guint8 data[DISCORD_MAX_DATAGRAM];

      /* May be a ping of the client before. */
      peer_receive (&peer, data);
      peer_answer_discovery (&peer);
    }
    client_clear (&client);
  }
  peer_clear (&peer);
}

GST_END_TEST

typedef struct
{
  Peer peer;
  gint stop; /* atomic */
} Flood;

static gpointer
flood_thread (gpointer data)
{
  Flood *flood = data;
  guint8 packet[200];

  make_rtp (packet, 1, sizeof packet - 12);
  while (!g_atomic_int_get (&flood->stop)) {
    peer_send (&flood->peer, packet, sizeof packet);
    g_thread_yield ();
  }
  return NULL;
}

GST_START_TEST (test_free_during_traffic)
{
  DiscordUdpParams params = quiet_params ();
  GThread *thread;
  Client client;
  Flood flood = { 0 };

  connect_client (&client, &flood.peer, &params);
  client_set_key (&client, TRANSPORT_MODE_XCHACHA20_POLY1305, 1);
  thread = g_thread_new ("flood", flood_thread, &flood);
  while (client_stats (&client).drop_auth < 1000)
    g_thread_yield ();
  client_clear (&client);
  fail_unless_equals_int (client.n_received, 0);
  g_atomic_int_set (&flood.stop, TRUE);
  g_thread_join (thread);
  peer_clear (&flood.peer);
}

GST_END_TEST

static Suite *
udptransport_suite (void)
{
  Suite *suite = suite_create ("udptransport");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_discovery);
  tcase_add_test (tcase, test_discovery_public);
  tcase_add_test (tcase, test_discovery_ipv6);
  tcase_add_test (tcase, test_pain_22_discovery_retries);
  tcase_add_test (tcase, test_pain_22_discovery_skips_garbage);
  tcase_add_test (tcase, test_control_of_others_is_counted);
  tcase_add_test (tcase, test_pain_22_discovery_blocked);
  tcase_add_test (tcase, test_discovery_refused);
  tcase_add_test (tcase, test_discovery_survives_refusal);
  tcase_add_test (tcase, test_bad_addresses);
  tcase_add_test (tcase, test_pain_22_nat64_address);
  tcase_add_test (tcase, test_socket_options);
  tcase_add_test (tcase, test_ping_and_rtt);
  tcase_add_test (tcase, test_pings_lost);
  tcase_add_test (tcase, test_free_at_any_time);
  tcase_add_test (tcase, test_free_during_traffic);
  return suite;
}

GST_CHECK_MAIN (udptransport);
