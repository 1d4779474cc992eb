/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From datagrams to decrypted buffers, and everything that must not become
 * one. A last good packet marks the end of each sequence: loopback keeps order,
 * and what was counted before it was delivered is visible after. */

#include "udptransport-peer.h"

#include <gst/discord/transport/receivebatch.h>

static const TransportMode modes[] = {
  TRANSPORT_MODE_AES256_GCM,
  TRANSPORT_MODE_XCHACHA20_POLY1305,
};

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

static gsize
protect (TransportCipher *cipher, TransportPacketKind kind, guint8 *packet,
    gsize length)
{
  gsize protected_length = 0;

  fail_unless_equals_int (transport_cipher_protect (cipher, kind, packet,
                              length, DISCORD_MAX_DATAGRAM, &protected_length),
      TRANSPORT_OK);
  return protected_length;
}

static void
send_packet (Fixture *fixture, TransportCipher *cipher,
    TransportPacketKind kind, const guint8 *plain, gsize length)
{
  guint8 packet[DISCORD_MAX_DATAGRAM];

  memcpy (packet, plain, length);
  length = protect (cipher, kind, packet, length);
  peer_send (&fixture->peer, packet, length);
}

static void
send_rtp (Fixture *fixture, guint16 sequence, gsize payload_size)
{
  guint8 packet[DISCORD_MAX_DATAGRAM];
  gsize length = make_rtp (packet, sequence, payload_size);

  send_packet (fixture, fixture->cipher, TRANSPORT_PACKET_RTP, packet, length);
}

static void
expect_buffer (Fixture *fixture, guint index, const guint8 *plain, gsize length)
{
  GstBuffer *buffer = g_ptr_array_index (fixture->client.buffers, index);

  fail_unless_equals_int (gst_buffer_get_size (buffer), length);
  fail_unless (gst_buffer_memcmp (buffer, 0, plain, length) == 0);
}

static void
expect_rtp (Fixture *fixture, guint index, guint16 sequence, gsize payload_size)
{
  guint8 packet[DISCORD_MAX_DATAGRAM];
  gsize length = make_rtp (packet, sequence, payload_size);
  const DiscordReceivedPacket *received =
      &g_array_index (fixture->client.packets, DiscordReceivedPacket, index);

  expect_buffer (fixture, index, packet, length);
  fail_unless_equals_int (received->kind, TRANSPORT_PACKET_RTP);
  fail_unless_equals_int (received->plain.length, length);
  fail_unless_equals_int (received->plain.payload_offset, 12);
}

static void
expect_gap (Fixture *fixture, guint index, gboolean gap)
{
  const DiscordReceivedPacket *received =
      &g_array_index (fixture->client.packets, DiscordReceivedPacket, index);

  fail_unless_equals_int (
      GST_BUFFER_FLAG_IS_SET (received->buffer, GST_BUFFER_FLAG_GAP), gap);
}

static void
wait_received (Fixture *fixture, guint wanted)
{
  client_wait (&fixture->client, &fixture->client.n_received, wanted);
  fail_unless_equals_int (fixture->client.n_received, wanted);
}

GST_START_TEST (test_rtp)
{
  const gsize sizes[] = { 1, 3, 160, 1200, DISCORD_MAX_DATAGRAM - 32 };
  DiscordUdpTransportStats stats;
  const DiscordReceivedPacket *packets;
  gsize bytes = 0;
  Fixture fixture;
  guint i;

  setup (&fixture, modes[__i__]);
  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    send_rtp (&fixture, 100 + i, sizes[i]);
    bytes += 12 + sizes[i] + TRANSPORT_OVERHEAD;
  }
  wait_received (&fixture, G_N_ELEMENTS (sizes));
  packets = (gpointer) fixture.client.packets->data;
  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    expect_rtp (&fixture, i, 100 + i, sizes[i]);
    fail_unless (packets[i].arrival_ns > 0);
    fail_unless (i == 0 || packets[i].arrival_ns >= packets[i - 1].arrival_ns);
  }
  stats = client_stats (&fixture.client);
  fail_unless_equals_uint64 (stats.packets_received, G_N_ELEMENTS (sizes));
  fail_unless_equals_uint64 (stats.rtp_received, G_N_ELEMENTS (sizes));
  fail_unless_equals_uint64 (stats.rtcp_received, 0);
  fail_unless_equals_uint64 (stats.bytes_received, bytes);
  teardown (&fixture);
}

GST_END_TEST

GST_START_TEST (test_rtcp)
{
  /* An empty receiver report, and one followed by a BYE. */
  const guint8 report[] = { 0x80, 201, 0, 1, 1, 2, 3, 4, /* */
    0x81, 203, 0, 1, 1, 2, 3, 4 };
  const DiscordReceivedPacket *packets;
  Fixture fixture;

  setup (&fixture, modes[__i__]);
  send_packet (&fixture, fixture.cipher, TRANSPORT_PACKET_RTCP, report, 8);
  send_packet (&fixture, fixture.cipher, TRANSPORT_PACKET_RTCP, report, 16);
  wait_received (&fixture, 2);
  packets = (gpointer) fixture.client.packets->data;
  fail_unless_equals_int (packets[0].kind, TRANSPORT_PACKET_RTCP);
  fail_unless_equals_int (packets[1].kind, TRANSPORT_PACKET_RTCP);
  expect_buffer (&fixture, 0, report, 8);
  expect_buffer (&fixture, 1, report, 16);
  fail_unless_equals_uint64 (client_stats (&fixture.client).rtcp_received, 2);
  fail_unless_equals_uint64 (client_stats (&fixture.client).rtp_received, 0);
  teardown (&fixture);
}

GST_END_TEST

GST_START_TEST (test_pain_1_padding_is_stripped)
{
  guint8 packet[12 + 100 + 7], expected[12 + 100];
  const DiscordReceivedPacket *received;
  Fixture fixture;

  setup (&fixture, modes[__i__]);
  make_rtp (expected, 5, 100);
  memset (packet, 0xee, sizeof packet);
  make_rtp (packet, 5, 100);
  packet[0] |= 0x20;
  packet[sizeof packet - 1] = 7;
  send_packet (
      &fixture, fixture.cipher, TRANSPORT_PACKET_RTP, packet, sizeof packet);
  wait_received (&fixture, 1);
  expect_buffer (&fixture, 0, expected, sizeof expected);
  received = &g_array_index (fixture.client.packets, DiscordReceivedPacket, 0);
  fail_unless (received->plain.padded);
  fail_unless_equals_uint64 (client_stats (&fixture.client).padded, 1);
  teardown (&fixture);
}

GST_END_TEST

/* Each kind of drop once, then a good packet: none harms what follows. */
GST_START_TEST (test_drops_are_counted_by_kind)
{
  guint8 packet[DISCORD_MAX_DATAGRAM + 100] = { 0 };
  DiscordUdpTransportStats stats;
  Fixture fixture;
  gsize length;

  setup (&fixture, modes[__i__]);

  /* Nothing after the header, which makes it a probe. */
  length = make_rtp (packet, 1, 0);
  send_packet (&fixture, fixture.cipher, TRANSPORT_PACKET_RTP, packet, length);
  /* Padding of more than there is. */
  length = make_rtp (packet, 0xffff, 4);
  packet[0] |= 0x20;
  send_packet (&fixture, fixture.cipher, TRANSPORT_PACKET_RTP, packet, length);
  /* An extension of 1000 words. */
  length = make_rtp (packet, 3, 20);
  packet[0] |= 0x10;
  memcpy (packet + 12, "\xbe\xde\x03\xe8", 4);
  send_packet (&fixture, fixture.cipher, TRANSPORT_PACKET_RTP, packet, length);
  /* Corrupt by one bit. */
  length = make_rtp (packet, 4, 50);
  length = protect (fixture.cipher, TRANSPORT_PACKET_RTP, packet, length);
  packet[40] ^= 1;
  peer_send (&fixture.peer, packet, length);
  /* Shorter than header, tag and nonce. */
  make_rtp (packet, 5, 50);
  peer_send (&fixture.peer, packet, 31);
  /* Fifteen CSRCs in 40 bytes. */
  make_rtp (packet, 6, 50);
  packet[0] |= 0x0f;
  peer_send (&fixture.peer, packet, 40);
  /* Neither media nor control. */
  memset (packet, 0, sizeof packet);
  peer_send (&fixture.peer, packet, 100);
  peer_send (&fixture.peer, packet, 0);
  /* One byte too long, though it starts like a good one. */
  length = make_rtp (packet, 7, DISCORD_MAX_DATAGRAM - 32);
  length = protect (fixture.cipher, TRANSPORT_PACKET_RTP, packet, length);
  peer_send (&fixture.peer, packet, length + 1);

  send_rtp (&fixture, 8, 160);
  wait_received (&fixture, 2);
  expect_rtp (&fixture, 0, 1, 0);
  expect_rtp (&fixture, 1, 8, 160);
  expect_gap (&fixture, 0, TRUE);
  expect_gap (&fixture, 1, FALSE);

  stats = client_stats (&fixture.client);
  fail_unless_equals_uint64 (stats.empty, 1);
  fail_unless_equals_uint64 (stats.drop_padding, 1);
  fail_unless_equals_uint64 (stats.drop_extension, 1);
  fail_unless_equals_uint64 (stats.drop_auth, 1);
  fail_unless_equals_uint64 (stats.drop_short, 1);
  fail_unless_equals_uint64 (stats.drop_parse, 1);
  fail_unless_equals_uint64 (stats.drop_kind, 2);
  fail_unless_equals_uint64 (stats.drop_long, 1);
  fail_unless_equals_uint64 (stats.drop_no_key, 0);
  fail_unless_equals_uint64 (stats.packets_received, 2);
  teardown (&fixture);
}

GST_END_TEST

GST_START_TEST (test_nothing_before_the_key)
{
  DiscordUdpParams params = quiet_params ();
  Fixture fixture;

  connect_client (&fixture.client, &fixture.peer, &params);
  fixture.cipher = make_cipher (TRANSPORT_MODE_AES256_GCM, 1, 0);
  send_rtp (&fixture, 1, 100);
  send_rtp (&fixture, 2, 100);
  while (client_stats (&fixture.client).drop_no_key < 2)
    g_thread_yield ();
  client_set_key (&fixture.client, TRANSPORT_MODE_AES256_GCM, 1);
  send_rtp (&fixture, 3, 100);
  wait_received (&fixture, 1);
  expect_rtp (&fixture, 0, 3, 100);
  fail_unless_equals_uint64 (client_stats (&fixture.client).drop_no_key, 2);
  teardown (&fixture);
}

GST_END_TEST

/* A stranger who knows address, port and even the key. */
GST_START_TEST (test_strangers_are_not_heard)
{
  guint8 packet[DISCORD_MAX_DATAGRAM];
  DiscordUdpTransportStats stats;
  Fixture fixture;
  Peer stranger;
  gsize length;

  setup (&fixture, TRANSPORT_MODE_AES256_GCM);
  peer_init (&stranger);
  memcpy (&stranger.client, &fixture.peer.client, sizeof stranger.client);
  stranger.client_length = fixture.peer.client_length;
  length = make_rtp (packet, 1, 100);
  length = protect (fixture.cipher, TRANSPORT_PACKET_RTP, packet, length);
  peer_send (&stranger, packet, length);
  peer_answer_discovery (&stranger);
  memset (packet, 0, 100);
  peer_send (&stranger, packet, 100);
  send_rtp (&fixture, 2, 100);
  wait_received (&fixture, 1);
  expect_rtp (&fixture, 0, 2, 100);
  stats = client_stats (&fixture.client);
  fail_unless_equals_uint64 (stats.packets_received, 1);
  fail_unless_equals_uint64 (stats.drop_kind, 0);
  peer_clear (&stranger);
  teardown (&fixture);
}

GST_END_TEST

/* Both keys, in both orders of modes, until the old one's time is over. */
GST_START_TEST (test_old_key_stays_valid)
{
  const TransportMode old_mode = modes[__i__], new_mode = modes[1 - __i__];
  DiscordUdpParams params = quiet_params ();
  TransportCipher *new_cipher = make_cipher (new_mode, 2, 0);
  guint8 packet[DISCORD_MAX_DATAGRAM];
  Fixture fixture;
  gsize length;

  params.key_overlap_ns = NS_PER_HOUR;
  connect_client (&fixture.client, &fixture.peer, &params);
  client_set_key (&fixture.client, old_mode, 1);
  fixture.cipher = make_cipher (old_mode, 1, 0);
  send_rtp (&fixture, 1, 300);
  wait_received (&fixture, 1);

  client_set_key (&fixture.client, new_mode, 2);
  send_rtp (&fixture, 2, 300);
  length = make_rtp (packet, 3, 300);
  send_packet (&fixture, new_cipher, TRANSPORT_PACKET_RTP, packet, length);
  send_rtp (&fixture, 4, 300);
  /* With neither: one drop, not two. */
  length = protect (new_cipher, TRANSPORT_PACKET_RTP, packet, length);
  packet[20] ^= 1;
  peer_send (&fixture.peer, packet, length);
  send_rtp (&fixture, 5, 1200);
  wait_received (&fixture, 5);
  expect_rtp (&fixture, 1, 2, 300);
  expect_rtp (&fixture, 2, 3, 300);
  expect_rtp (&fixture, 3, 4, 300);
  expect_rtp (&fixture, 4, 5, 1200);
  fail_unless_equals_uint64 (client_stats (&fixture.client).drop_auth, 1);
  transport_cipher_free (new_cipher);
  teardown (&fixture);
}

GST_END_TEST

GST_START_TEST (test_old_key_ends)
{
  DiscordUdpParams params = quiet_params ();
  TransportCipher *new_cipher = make_cipher (TRANSPORT_MODE_AES256_GCM, 2, 0);
  guint8 packet[DISCORD_MAX_DATAGRAM];
  Fixture fixture;
  gsize length;

  params.key_overlap_ns = 0;
  connect_client (&fixture.client, &fixture.peer, &params);
  client_set_key (&fixture.client, TRANSPORT_MODE_AES256_GCM, 1);
  client_set_key (&fixture.client, TRANSPORT_MODE_AES256_GCM, 2);
  fixture.cipher = make_cipher (TRANSPORT_MODE_AES256_GCM, 1, 0);
  send_rtp (&fixture, 1, 300);
  length = make_rtp (packet, 2, 300);
  send_packet (&fixture, new_cipher, TRANSPORT_PACKET_RTP, packet, length);
  wait_received (&fixture, 1);
  expect_rtp (&fixture, 0, 2, 300);
  fail_unless_equals_uint64 (client_stats (&fixture.client).drop_auth, 1);
  transport_cipher_free (new_cipher);
  teardown (&fixture);
}

GST_END_TEST

/* More than fits one batch, waiting in the socket when the pool gets to it:
 * all come, in order. */
GST_START_TEST (test_batches_keep_order)
{
  const guint n_packets = 5 * DISCORD_RECEIVE_BATCH + 3;
  Fixture fixture;
  guint i;

  setup (&fixture, modes[__i__]);
  /* Holds the I/O thread in the callback of the first. */
  g_mutex_lock (&fixture.client.lock);
  for (i = 0; i < n_packets; i++)
    send_rtp (&fixture, i, 100 + i % 7);
  g_mutex_unlock (&fixture.client.lock);
  wait_received (&fixture, n_packets);
  for (i = 0; i < n_packets; i++)
    expect_rtp (&fixture, i, i, 100 + i % 7);
  fail_unless_equals_uint64 (
      client_stats (&fixture.client).packets_received, n_packets);
  teardown (&fixture);
}

GST_END_TEST

typedef struct
{
  gint n_new; /* atomic: buffers seen for the first time */
  gint n_freed; /* atomic: of those, given back to the system */
  gint n_seen; /* atomic */
  GstCaps *reference;
} PoolWatch;

static void
note_freed (gpointer data)
{
  gint *n_freed = data;

  g_atomic_int_inc (n_freed);
}

static void
watch_received (
    const DiscordReceivedPacket *packets, guint n_packets, gpointer user_data)
{
  const GQuark quark = g_quark_from_static_string ("pool-watch");
  PoolWatch *watch = user_data;
  guint i;

  for (i = 0; i < n_packets; i++) {
    GstMiniObject *object = GST_MINI_OBJECT (packets[i].buffer);

    fail_unless (gst_buffer_is_writable (packets[i].buffer));
    if (!gst_mini_object_get_qdata (object, quark)) {
      g_atomic_int_inc (&watch->n_new);
      gst_mini_object_set_qdata (object, quark, &watch->n_freed, note_freed);
    }
    /* As an element would: pooled buffers come back without it. */
    fail_unless (
        gst_buffer_get_reference_timestamp_meta (packets[i].buffer, NULL)
        == NULL);
    gst_buffer_add_reference_timestamp_meta (
        packets[i].buffer, watch->reference, 1, 1);
  }
  g_atomic_int_add (&watch->n_seen, n_packets);
}

static void
ignore_discovered (
    const gchar *address, guint16 port, const GError *error, gpointer user_data)
{
}

/* No allocation per packet: the same buffers come round, none is freed. */
GST_START_TEST (test_pain_16_buffers_come_round)
{
  const DiscordUdpTransportCallbacks callbacks = { ignore_discovered,
    watch_received };
  const DiscordUdpParams params = quiet_params ();
  const gint n_packets = 10000;
  g_autoptr (GstCaps) reference =
      gst_caps_new_empty_simple ("timestamp/x-unix");
  PoolWatch watch = { .reference = reference };
  Fixture fixture;
  gint i;

  peer_init (&fixture.peer);
  client_init (&fixture.client);
  fixture.client.transport = discord_udp_transport_new_with_params ("127.0.0.1",
      fixture.peer.port, PEER_SSRC, FALSE, &params, &callbacks, &watch, NULL);
  peer_expect_discovery (&fixture.peer);
  client_set_key (&fixture.client, TRANSPORT_MODE_AES256_GCM, 1);
  fixture.cipher = make_cipher (TRANSPORT_MODE_AES256_GCM, 1, 0);
  for (i = 0; i < n_packets; i++) {
    send_rtp (&fixture, i, 20 + i % 1000);
    /* Not more than any system's socket buffer holds. */
    while (i - g_atomic_int_get (&watch.n_seen) > 40)
      g_thread_yield ();
  }
  while (g_atomic_int_get (&watch.n_seen) < n_packets)
    g_thread_yield ();
  fail_unless_equals_int (g_atomic_int_get (&watch.n_freed), 0);
  fail_unless (g_atomic_int_get (&watch.n_new) <= 2 * DISCORD_RECEIVE_BATCH,
      "%d buffers", watch.n_new);
  teardown (&fixture);
  fail_unless_equals_int (
      g_atomic_int_get (&watch.n_freed), g_atomic_int_get (&watch.n_new));
}

GST_END_TEST

/* Buffers may outlive the transport, and the thread whose pool they are of. */
GST_START_TEST (test_buffers_outlive_the_transport)
{
  Fixture fixture;
  guint i;

  setup (&fixture, TRANSPORT_MODE_AES256_GCM);
  for (i = 0; i < 100; i++)
    send_rtp (&fixture, i, 500);
  wait_received (&fixture, 100);
  g_clear_pointer (&fixture.client.transport, discord_udp_transport_free);
  for (i = 0; i < 100; i++)
    expect_rtp (&fixture, i, i, 500);
  teardown (&fixture);
}

GST_END_TEST

static Suite *
udptransport_receive_suite (void)
{
  Suite *suite = suite_create ("udptransport-receive");
  TCase *tcase = tcase_create ("general");
  const gint n_modes = G_N_ELEMENTS (modes);

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_rtp, 0, n_modes);
  tcase_add_loop_test (tcase, test_rtcp, 0, n_modes);
  tcase_add_loop_test (tcase, test_pain_1_padding_is_stripped, 0, n_modes);
  tcase_add_loop_test (tcase, test_drops_are_counted_by_kind, 0, n_modes);
  tcase_add_test (tcase, test_nothing_before_the_key);
  tcase_add_test (tcase, test_strangers_are_not_heard);
  tcase_add_loop_test (tcase, test_old_key_stays_valid, 0, n_modes);
  tcase_add_test (tcase, test_old_key_ends);
  tcase_add_loop_test (tcase, test_batches_keep_order, 0, n_modes);
  tcase_add_test (tcase, test_pain_16_buffers_come_round);
  tcase_add_test (tcase, test_buffers_outlive_the_transport);
  return suite;
}

GST_CHECK_MAIN (udptransport_receive);
