/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From buffers to datagrams on the wire: what the server decrypts is what was
 * handed over, and no nonce is used twice. */

#include "udptransport-peer.h"

#include <gst/discord/transport/udpsender.h>

static const TransportMode modes[] = {
  TRANSPORT_MODE_AES256_GCM,
  TRANSPORT_MODE_XCHACHA20_POLY1305,
};

static GstBuffer *
rtp_buffer (guint16 sequence, gsize payload_size)
{
  guint8 packet[DISCORD_MAX_DATAGRAM];
  gsize length = make_rtp (packet, sequence, payload_size);

  return gst_buffer_new_memdup (packet, length);
}

/* Takes @buffer. */
static guint
send_buffer (Client *client, TransportPacketKind kind, GstBuffer *buffer)
{
  const DiscordSendPacket packet = { buffer, kind, -1 };
  guint n_sent = discord_udp_transport_send (client->transport, &packet, 1);

  gst_buffer_unref (buffer);
  return n_sent;
}

static guint
send_rtp (Client *client, guint16 sequence, gsize payload_size)
{
  return send_buffer (
      client, TRANSPORT_PACKET_RTP, rtp_buffer (sequence, payload_size));
}

static guint32
nonce_of (const guint8 *datagram, gsize length)
{
  return get_le32 (datagram + length - TRANSPORT_NONCE_SUFFIX_SIZE);
}

/* The next datagram decrypts to @plain; returns its nonce. */
static guint32
expect_plain (Peer *peer, TransportCipher *cipher, TransportPacketKind kind,
    const guint8 *plain, gsize plain_length)
{
  guint8 datagram[DISCORD_MAX_DATAGRAM];
  gsize length = peer_receive (peer, datagram);
  guint32 nonce = nonce_of (datagram, length);
  TransportPlain found;

  fail_unless_equals_int (length, plain_length + TRANSPORT_OVERHEAD);
  fail_unless_equals_int (
      transport_cipher_unprotect (cipher, kind, datagram, length, &found),
      TRANSPORT_OK);
  fail_unless_equals_int (found.length, plain_length);
  fail_unless (memcmp (datagram, plain, plain_length) == 0);
  return nonce;
}

static guint32
expect_rtp (
    Peer *peer, TransportCipher *cipher, guint16 sequence, gsize payload_size)
{
  guint8 plain[DISCORD_MAX_DATAGRAM];
  gsize length = make_rtp (plain, sequence, payload_size);

  return expect_plain (peer, cipher, TRANSPORT_PACKET_RTP, plain, length);
}

/* A client with a key and the server's cipher for it. */
typedef struct
{
  Client client;
  Peer peer;
  TransportCipher *cipher;
} Fixture;

static void
setup (Fixture *fixture, TransportMode mode)
{
  DiscordUdpParams params = quiet_params ();

  connect_client (&fixture->client, &fixture->peer, &params);
  client_set_key (&fixture->client, mode, 1);
  fixture->cipher = make_cipher (mode, 1, 0);
}

static void
teardown (Fixture *fixture)
{
  client_clear (&fixture->client);
  peer_clear (&fixture->peer);
  transport_cipher_free (fixture->cipher);
}

GST_START_TEST (test_one_by_one)
{
  /* The last is a retransmission of the longest video packet. */
  const gsize sizes[] = { 1, 3, 160, 4 + 44 + 2 + 1200 };
  DiscordUdpTransportStats stats;
  Fixture fixture;
  gsize bytes = 0;
  guint i;

  setup (&fixture, modes[__i__]);
  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    fail_unless_equals_int (send_rtp (&fixture.client, i, sizes[i]), 1);
    fail_unless_equals_uint64 (
        expect_rtp (&fixture.peer, fixture.cipher, i, sizes[i]),
        0x80000000u + i);
    bytes += 12 + sizes[i] + TRANSPORT_OVERHEAD;
  }
  stats = client_stats (&fixture.client);
  fail_unless_equals_uint64 (stats.packets_sent, G_N_ELEMENTS (sizes));
  fail_unless_equals_uint64 (stats.rtp_sent, G_N_ELEMENTS (sizes));
  fail_unless_equals_uint64 (stats.rtcp_sent, 0);
  fail_unless_equals_uint64 (stats.bytes_sent, bytes);
  fail_unless_equals_uint64 (
      stats.send_dropped + stats.send_errors + stats.send_no_key, 0);
  teardown (&fixture);
}

GST_END_TEST

GST_START_TEST (test_empty_report)
{
  const guint8 report[] = { 0x80, 201, 0, 1, 1, 2, 3, 4 };
  Fixture fixture;

  setup (&fixture, modes[__i__]);
  discord_udp_transport_send_empty_report (fixture.client.transport);
  fail_unless_equals_uint64 (expect_plain (&fixture.peer, fixture.cipher,
                                 TRANSPORT_PACKET_RTCP, report, sizeof report),
      0x80000000u);
  fail_unless_equals_uint64 (client_stats (&fixture.client).rtcp_sent, 1);
  fail_unless_equals_uint64 (client_stats (&fixture.client).bytes_sent, 28);
  teardown (&fixture);
}

GST_END_TEST

/* Header, extension and payload as a payloader leaves them, one part empty. */
GST_START_TEST (test_buffer_of_several_memories)
{
  guint8 plain[DISCORD_MAX_DATAGRAM];
  gsize length = make_rtp (plain, 9, 300);
  const gsize cuts[] = { 0, 12, 12, 77, 200, length };
  Fixture fixture;
  GstBuffer *buffer = gst_buffer_new ();
  guint i;

  for (i = 1; i < G_N_ELEMENTS (cuts); i++)
    gst_buffer_append_memory (buffer,
        gst_memory_new_wrapped (GST_MEMORY_FLAG_READONLY, plain, length,
            cuts[i - 1], cuts[i] - cuts[i - 1], NULL, NULL));
  fail_unless_equals_int (gst_buffer_n_memory (buffer), 5);

  setup (&fixture, modes[__i__]);
  gst_buffer_ref (buffer);
  fail_unless_equals_int (
      send_buffer (&fixture.client, TRANSPORT_PACKET_RTP, buffer), 1);
  expect_rtp (&fixture.peer, fixture.cipher, 9, 300);
  /* Still plain and in parts: others may hold it too. */
  fail_unless_equals_int (gst_buffer_n_memory (buffer), 5);
  fail_unless (gst_buffer_memcmp (buffer, 0, plain, length) == 0);
  gst_buffer_unref (buffer);
  teardown (&fixture);
}

GST_END_TEST

/* Several batches in one call, RTP and RTCP mixed, too long ones between. */
GST_START_TEST (test_batches)
{
  enum
  {
    N = 3 * DISCORD_SEND_BATCH + 5
  };
  const guint8 report[] = { 0x80, 201, 0, 1, 1, 2, 3, 4 };
  DiscordSendPacket packets[N];
  DiscordUdpTransportStats stats;
  guint n_long = 0, n_rtcp = 0;
  guint32 nonce = 0x80000000u;
  Fixture fixture;
  guint i;

  for (i = 0; i < N; i++) {
    packets[i].deadline_ns = -1;
    packets[i].kind =
        i % 10 == 3 ? TRANSPORT_PACKET_RTCP : TRANSPORT_PACKET_RTP;
    if (packets[i].kind == TRANSPORT_PACKET_RTCP)
      packets[i].buffer = gst_buffer_new_memdup (report, sizeof report);
    else
      packets[i].buffer = rtp_buffer (i, i % 10 == 7 ? 1251 : 100 + i);
  }
  setup (&fixture, modes[__i__]);
  fail_unless_equals_int (
      discord_udp_transport_send (fixture.client.transport, packets, N),
      N - N / 10);
  for (i = 0; i < N; i++) {
    if (i % 10 == 7) {
      n_long++;
      continue;
    }
    if (i % 10 == 3) {
      n_rtcp++;
      fail_unless_equals_uint64 (
          expect_plain (&fixture.peer, fixture.cipher, TRANSPORT_PACKET_RTCP,
              report, sizeof report),
          nonce++);
      continue;
    }
    fail_unless_equals_uint64 (
        expect_rtp (&fixture.peer, fixture.cipher, i, 100 + i), nonce++);
  }
  stats = client_stats (&fixture.client);
  fail_unless_equals_uint64 (stats.packets_sent, N - n_long);
  fail_unless_equals_uint64 (stats.rtcp_sent, n_rtcp);
  fail_unless_equals_uint64 (stats.rtp_sent, N - n_long - n_rtcp);
  fail_unless_equals_uint64 (stats.send_dropped, n_long);
  teardown (&fixture);
  for (i = 0; i < N; i++)
    gst_buffer_unref (packets[i].buffer);
}

GST_END_TEST

GST_START_TEST (test_nothing_before_the_key)
{
  DiscordUdpParams params = quiet_params ();
  Fixture fixture;

  connect_client (&fixture.client, &fixture.peer, &params);
  fail_unless_equals_int (send_rtp (&fixture.client, 1, 100), 0);
  discord_udp_transport_send_empty_report (fixture.client.transport);
  fail_unless_equals_uint64 (client_stats (&fixture.client).send_no_key, 2);
  fail_if (discord_udp_transport_is_key_exhausted (fixture.client.transport));

  client_set_key (&fixture.client, TRANSPORT_MODE_AES256_GCM, 1);
  fixture.cipher = make_cipher (TRANSPORT_MODE_AES256_GCM, 1, 0);
  fail_unless_equals_int (send_rtp (&fixture.client, 2, 100), 1);
  expect_rtp (&fixture.peer, fixture.cipher, 2, 100);
  teardown (&fixture);
}

GST_END_TEST

/* What is not RTP is not sent, and does not take the rest of the batch along. */
GST_START_TEST (test_bad_packets)
{
  DiscordSendPacket packets[4];
  Fixture fixture;
  guint i;

  packets[0].buffer = gst_buffer_new ();
  packets[1].buffer = gst_buffer_new_memdup ("\x80\x78\0\1\0\0", 6);
  packets[2].buffer = gst_buffer_new_allocate (NULL, 100, NULL);
  gst_buffer_memset (packets[2].buffer, 0, 0, 100);
  packets[3].buffer = rtp_buffer (5, 50);
  for (i = 0; i < 4; i++) {
    packets[i].kind = TRANSPORT_PACKET_RTP;
    packets[i].deadline_ns = -1;
  }
  setup (&fixture, TRANSPORT_MODE_AES256_GCM);
  fail_unless_equals_int (
      discord_udp_transport_send (fixture.client.transport, packets, 4), 1);
  expect_rtp (&fixture.peer, fixture.cipher, 5, 50);
  fail_unless_equals_uint64 (client_stats (&fixture.client).send_errors, 3);
  teardown (&fixture);
  for (i = 0; i < 4; i++)
    gst_buffer_unref (packets[i].buffer);
}

GST_END_TEST

/* The session description once more, then another key, then the first again:
 * each key's nonces go on where they were. */
GST_START_TEST (test_nonces_survive_key_changes)
{
  const TransportMode mode = modes[__i__];
  TransportCipher *other = make_cipher (mode, 2, 0);
  Fixture fixture;

  setup (&fixture, mode);
  send_rtp (&fixture.client, 1, 10);
  fail_unless_equals_uint64 (
      expect_rtp (&fixture.peer, fixture.cipher, 1, 10), 0x80000000u);
  client_set_key (&fixture.client, mode, 1);
  send_rtp (&fixture.client, 2, 10);
  fail_unless_equals_uint64 (
      expect_rtp (&fixture.peer, fixture.cipher, 2, 10), 0x80000001u);
  client_set_key (&fixture.client, mode, 2);
  send_rtp (&fixture.client, 3, 10);
  fail_unless_equals_uint64 (
      expect_rtp (&fixture.peer, other, 3, 10), 0x80000000u);
  client_set_key (&fixture.client, mode, 1);
  send_rtp (&fixture.client, 4, 10);
  fail_unless_equals_uint64 (
      expect_rtp (&fixture.peer, fixture.cipher, 4, 10), 0x80000002u);
  transport_cipher_free (other);
  teardown (&fixture);
}

GST_END_TEST

GST_START_TEST (test_key_exhausted)
{
  const TransportMode mode = modes[__i__];
  DiscordUdpParams params = quiet_params ();
  DiscordSendPacket packets[5];
  Fixture fixture;
  guint i;

  for (i = 0; i < 5; i++) {
    packets[i].buffer = rtp_buffer (i, 10);
    packets[i].kind = TRANSPORT_PACKET_RTP;
    packets[i].deadline_ns = -1;
  }
  /* Two short of 2^32 - 2^16 (media-transport 2.3). */
  params.first_nonce = TRANSPORT_FIRST_NONCE - (1 << 16) - 2;
  connect_client (&fixture.client, &fixture.peer, &params);
  client_set_key (&fixture.client, mode, 1);
  fixture.cipher = make_cipher (mode, 1, 0);
  fail_if (discord_udp_transport_is_key_exhausted (fixture.client.transport));
  fail_unless_equals_int (
      discord_udp_transport_send (fixture.client.transport, packets, 5), 2);
  fail_unless (
      discord_udp_transport_is_key_exhausted (fixture.client.transport));
  fail_unless_equals_int (
      discord_udp_transport_send (fixture.client.transport, packets, 5), 0);
  fail_unless_equals_uint64 (client_stats (&fixture.client).send_no_key, 8);
  expect_rtp (&fixture.peer, fixture.cipher, 0, 10);
  expect_rtp (&fixture.peer, fixture.cipher, 1, 10);

  /* Still good for receiving, and no way round by the same key again. */
  client_set_key (&fixture.client, mode, 1);
  fail_unless (
      discord_udp_transport_is_key_exhausted (fixture.client.transport));
  client_set_key (&fixture.client, mode, 2);
  fail_if (discord_udp_transport_is_key_exhausted (fixture.client.transport));
  fail_unless_equals_int (send_rtp (&fixture.client, 3, 10), 1);
  client_set_key (&fixture.client, mode, 1);
  fail_unless (
      discord_udp_transport_is_key_exhausted (fixture.client.transport));
  teardown (&fixture);
  for (i = 0; i < 5; i++)
    gst_buffer_unref (packets[i].buffer);
}

GST_END_TEST

/* The server's port is closed: every other send hears of it from ICMP, and the
 * packet at hand still goes out. */
GST_START_TEST (test_refused_is_not_the_end)
{
  DiscordUdpTransportStats stats;
  Fixture fixture;
  guint i;

  setup (&fixture, TRANSPORT_MODE_AES256_GCM);
  peer_stop_listening (&fixture.peer);
  for (i = 0; i < 50; i++)
    fail_unless_equals_int (send_rtp (&fixture.client, i, 10), 1);
  stats = client_stats (&fixture.client);
  fail_unless_equals_uint64 (stats.packets_sent, 50);
  fail_unless_equals_uint64 (stats.send_dropped, 0);
  do {
    g_thread_yield ();
    stats = client_stats (&fixture.client);
  } while (stats.send_errors + stats.receive_errors == 0);
  teardown (&fixture);
}

GST_END_TEST

/* A local datagram socket fills up for sure, which UDP on loopback does not. */
GST_START_TEST (test_full_socket)
{
  TransportCipher *cipher = make_cipher (modes[0], 1, TRANSPORT_FIRST_NONCE);
  TransportCipher *check = make_cipher (modes[0], 1, 0);
  DiscordSendPacket packets[DISCORD_SEND_BATCH];
  DiscordUdpSendResult result;
  DiscordUdpSender *sender;
  Peer peer = { 0 };
  guint n_sent = 0, n_filled;
  gint fds[2];
  guint i;

  for (i = 0; i < DISCORD_SEND_BATCH; i++) {
    packets[i].buffer = rtp_buffer (i, 1000);
    packets[i].kind = TRANSPORT_PACKET_RTP;
    packets[i].deadline_ns = -1;
  }
  fail_unless (socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds) == 0);
  peer.fd = fds[1];
  sender = discord_udp_sender_new (fds[0], 2 * NS_PER_MS);
  do {
    discord_udp_sender_send (
        sender, cipher, packets, DISCORD_SEND_BATCH, &result);
    n_sent += result.rtp;
    fail_unless_equals_int (result.rtp + result.dropped, DISCORD_SEND_BATCH);
  } while (!result.blocked);
  fail_unless (result.dropped > 0);
  fail_unless_equals_int (result.errors, 0);

  /* What was sent is whole, and the next one after it gets through. */
  n_filled = n_sent;
  for (i = 0; i < n_filled; i++)
    expect_rtp (&peer, check, i % DISCORD_SEND_BATCH, 1000);
  discord_udp_sender_send (sender, cipher, packets, 1, &result);
  fail_unless_equals_int (result.rtp, 1);
  fail_if (result.blocked);
  expect_rtp (&peer, check, 0, 1000);

  discord_udp_sender_free (sender);
  transport_cipher_free (cipher);
  transport_cipher_free (check);
  close (fds[0]);
  close (fds[1]);
  for (i = 0; i < DISCORD_SEND_BATCH; i++)
    gst_buffer_unref (packets[i].buffer);
}

GST_END_TEST

#define N_SENDERS 4
#define N_PER_SENDER 50000
#define N_TOTAL (N_SENDERS * N_PER_SENDER)
/* Not more than any system's socket buffer holds. */
#define WINDOW 64

typedef struct
{
  Client *client;
  guint index;
  gint *n_started; /* atomic */
  gint *n_received; /* atomic */
} Sender;

static gpointer
sender_thread (gpointer data)
{
  Sender *sender = data;
  DiscordSendPacket packets[4];
  guint n_sent = 0;
  guint i, n;

  for (i = 0; i < G_N_ELEMENTS (packets); i++) {
    packets[i].buffer = rtp_buffer (sender->index, 20);
    packets[i].kind = TRANSPORT_PACKET_RTP;
    packets[i].deadline_ns = -1;
  }
  /* One to four at a time, a different rhythm for each thread. */
  for (n = 0; n_sent < N_PER_SENDER; n++) {
    guint size = MIN (1 + (n + sender->index) % 4, N_PER_SENDER - n_sent);

    g_atomic_int_add (sender->n_started, size);
    while (g_atomic_int_get (sender->n_started)
            - g_atomic_int_get (sender->n_received)
        > WINDOW)
      g_thread_yield ();
    fail_unless_equals_int (
        discord_udp_transport_send (sender->client->transport, packets, size),
        size);
    n_sent += size;
  }
  for (i = 0; i < G_N_ELEMENTS (packets); i++)
    gst_buffer_unref (packets[i].buffer);
  return NULL;
}

/* media-transport 15.8. All arrive, so the set of nonces is exactly known; the
 * key is set again meanwhile, as a repeated session description does. */
GST_START_TEST (test_nonces_unique_across_threads)
{
  g_autofree guint8 *seen = g_malloc0 (N_TOTAL);
  gint n_started = 0, n_received = 0;
  GThread *threads[N_SENDERS];
  Sender senders[N_SENDERS];
  Fixture fixture;
  gint i;

  setup (&fixture, modes[0]);
  for (i = 0; i < N_SENDERS; i++) {
    senders[i] = (Sender){ &fixture.client, i, &n_started, &n_received };
    threads[i] = g_thread_new ("sender", sender_thread, &senders[i]);
  }
  for (i = 0; i < N_TOTAL; i++) {
    guint8 datagram[DISCORD_MAX_DATAGRAM];
    gsize length = peer_receive (&fixture.peer, datagram);
    guint32 number = nonce_of (datagram, length) - 0x80000000u;

    fail_unless_equals_int (length, 12 + 20 + TRANSPORT_OVERHEAD);
    fail_unless (number < N_TOTAL);
    fail_unless (!seen[number], "nonce %u twice", number);
    seen[number] = TRUE;
    g_atomic_int_inc (&n_received);
    if (i % 1000 == 0)
      client_set_key (&fixture.client, modes[0], 1);
  }
  for (i = 0; i < N_SENDERS; i++)
    g_thread_join (threads[i]);
  fail_unless_equals_uint64 (
      client_stats (&fixture.client).packets_sent, N_TOTAL);
  teardown (&fixture);
}

GST_END_TEST

static Suite *
udptransport_send_suite (void)
{
  Suite *suite = suite_create ("udptransport-send");
  TCase *tcase = tcase_create ("general");
  const gint n_modes = G_N_ELEMENTS (modes);

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_one_by_one, 0, n_modes);
  tcase_add_loop_test (tcase, test_empty_report, 0, n_modes);
  tcase_add_loop_test (tcase, test_buffer_of_several_memories, 0, n_modes);
  tcase_add_loop_test (tcase, test_batches, 0, n_modes);
  tcase_add_test (tcase, test_nothing_before_the_key);
  tcase_add_test (tcase, test_bad_packets);
  tcase_add_loop_test (tcase, test_nonces_survive_key_changes, 0, n_modes);
  tcase_add_loop_test (tcase, test_key_exhausted, 0, n_modes);
  tcase_add_test (tcase, test_refused_is_not_the_end);
  tcase_add_test (tcase, test_full_socket);
  tcase_add_test (tcase, test_nonces_unique_across_threads);
  return suite;
}

GST_CHECK_MAIN (udptransport_send);
