/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in's UDP faults. */
#include "loopback-client.h"

/* Twice as many fit a socket buffer of the usual size. */
#define N_PACKETS 100

static void
send_many (Pair *pair)
{
  member_speak (pair->alice, 1);
  for (guint i = 1; i <= N_PACKETS; i++)
    member_send_opus (pair->alice, (guint16) i, "opus");
  wait_for (pair->loopback, "rtp-in", pair->alice->user_id, N_PACKETS);
}

/* Same seed, same losses; what is lost is counted. */
GST_START_TEST (test_loss)
{
  guint64 lost[2];

  for (guint i = 0; i < 2; i++) {
    Pair pair = pair_new (GCM, GCM);

    set (pair.loopback, __i__ == 0 ? "loss-to-server" : "loss-to-client",
        "0.25");
    send_many (&pair);
    lost[i] = loopback_count (pair.loopback, "media-lost", 0);
    fail_unless (lost[i] > N_PACKETS / 10 && lost[i] < N_PACKETS / 2);
    pair_free (&pair);
  }
  ck_assert_uint_eq (lost[0], lost[1]);
}
GST_END_TEST;

static guint
drain (Member *m, guint count, guint *n_bad)
{
  guint8 packet[2048];
  guint good = 0;

  *n_bad = 0;
  while (good + *n_bad < count) {
    gsize length = member_receive_raw (m, packet, sizeof packet, PATIENCE_MS);
    TransportPlain plain;
    TransportPacketKind kind = packet[1] >= 194 && packet[1] <= 223
        ? TRANSPORT_PACKET_RTCP
        : TRANSPORT_PACKET_RTP;

    fail_if (length == 0, "only %u of %u", good + *n_bad, count);
    if (transport_cipher_unprotect (m->cipher, kind, packet, length, &plain)
        == TRANSPORT_OK)
      good++;
    else
      (*n_bad)++;
  }
  return good;
}

GST_START_TEST (test_duplicates)
{
  Pair pair = pair_new (GCM, GCM);
  guint bad;

  set (pair.loopback,
      __i__ == 0 ? "duplicate-to-server" : "duplicate-to-client", "1");
  send_many (&pair);
  ck_assert_uint_eq (drain (pair.bob, 2 * N_PACKETS, &bad), 2 * N_PACKETS);
  /* The network doubled them, not the client. */
  ck_assert_uint_eq (violations (pair.loopback, "nonce-reuse"), 0);
  pair_free (&pair);
}
GST_END_TEST;

GST_START_TEST (test_corruption)
{
  Pair pair = pair_new (GCM, GCM);
  guint bad;

  set (pair.loopback, "corrupt-to-client", "1");
  send_many (&pair);
  ck_assert_uint_eq (drain (pair.bob, N_PACKETS, &bad), 0);
  ck_assert_uint_eq (bad, N_PACKETS);
  pair_free (&pair);
}
GST_END_TEST;

static guint16
receive_seq (Member *m)
{
  guint8 packet[2048];
  TransportPlain plain;

  member_receive (m, packet, sizeof packet, &plain);
  return (guint16) (packet[2] << 8 | packet[3]);
}

GST_START_TEST (test_reordering)
{
  Pair pair = pair_new (GCM, GCM);
  gboolean seen[N_PACKETS + 1] = { 0 };
  guint inversions = 0, last = 0;

  set (pair.loopback, __i__ == 0 ? "reorder-to-server" : "reorder-to-client",
      "0.2");
  send_many (&pair);
  for (guint i = 0; i < N_PACKETS; i++) {
    guint seq = receive_seq (pair.bob);

    fail_if (seen[seq]);
    seen[seq] = TRUE;
    inversions += seq < last;
    last = seq;
  }
  ck_assert_uint_gt (inversions, 0);
  pair_free (&pair);
}
GST_END_TEST;

GST_START_TEST (test_delay_keeps_order)
{
  Pair pair = pair_new (GCM, GCM);

  set (pair.loopback, __i__ == 0 ? "delay-to-server" : "delay-to-client", "30");
  send_many (&pair);
  for (guint i = 1; i <= N_PACKETS; i++)
    ck_assert_uint_eq (receive_seq (pair.bob), i);
  pair_free (&pair);
}
GST_END_TEST;

/* Late and out of order, but all of them. */
GST_START_TEST (test_jitter)
{
  Pair pair = pair_new (GCM, GCM);
  guint bad;

  set (pair.loopback, __i__ == 0 ? "jitter-to-server" : "jitter-to-client",
      "30");
  send_many (&pair);
  ck_assert_uint_eq (drain (pair.bob, N_PACKETS, &bad), N_PACKETS);
  pair_free (&pair);
}
GST_END_TEST;

/* Damage on the way to the server is what its tag would find. */
GST_START_TEST (test_corruption_to_server)
{
  Pair pair = pair_new (GCM, GCM);

  set (pair.loopback, "corrupt-to-server", "1");
  send_many (&pair);
  wait_for (pair.loopback, "media-lost", pair.alice->user_id, N_PACKETS);
  ck_assert_uint_eq (loopback_count (pair.loopback, "rtp-out", 0), 0);
  ck_assert_uint_eq (loopback_count_violations (pair.loopback), 0);
  pair_free (&pair);
}
GST_END_TEST;

GST_START_TEST (test_padding)
{
  Pair pair = pair_new (GCM, GCM);
  guint8 packet[2048];
  TransportPlain plain;

  set (pair.loopback, "padding", "1");
  member_speak (pair.alice, 1);
  member_send_opus (pair.alice, 1, "opus");
  ck_assert_uint_eq (
      member_receive (pair.bob, packet, sizeof packet, &plain), 16);
  fail_unless (plain.padded);
  pair_free (&pair);
}
GST_END_TEST;

GST_START_TEST (test_lying)
{
  Pair pair = pair_new (GCM, GCM);
  guint bad;
  guint good;

  set (pair.loopback, "lying", "1");
  send_many (&pair);
  good = drain (pair.bob, 2 * N_PACKETS, &bad);
  /* RTCP whose length lies decrypts: its parser must see through it. */
  ck_assert_uint_ge (good, N_PACKETS);
  ck_assert_uint_gt (bad, N_PACKETS / 2);
  pair_free (&pair);
}
GST_END_TEST;

GST_START_TEST (test_replay)
{
  Pair pair = pair_new (GCM, GCM);

  set (pair.loopback, "replay", "1");
  member_speak (pair.alice, 1);
  member_send_opus (pair.alice, 1, "one");
  member_expect_payload (pair.bob, "one", pair.alice->ssrc);
  member_send_opus (pair.alice, 2, "two");
  member_expect_payload (pair.bob, "two", pair.alice->ssrc);
  member_expect_payload (pair.bob, "one", pair.alice->ssrc);
  pair_free (&pair);
}
GST_END_TEST;

GST_START_TEST (test_stranger_sends)
{
  Pair pair = pair_new (GCM, GCM);
  guint bad;

  set (pair.loopback, "stranger", "1");
  /* This socket is not connected, so it sees both. */
  send_many (&pair);
  ck_assert_uint_eq (drain (pair.bob, 2 * N_PACKETS, &bad), 2 * N_PACKETS);
  pair_free (&pair);
}
GST_END_TEST;

static Suite *
loopback_faults_suite (void)
{
  Suite *s = suite_create ("loopback-faults");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 60);
  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_loss, 0, 2);
  tcase_add_loop_test (tc, test_duplicates, 0, 2);
  tcase_add_test (tc, test_corruption);
  tcase_add_loop_test (tc, test_reordering, 0, 2);
  tcase_add_loop_test (tc, test_delay_keeps_order, 0, 2);
  tcase_add_loop_test (tc, test_jitter, 0, 2);
  tcase_add_test (tc, test_corruption_to_server);
  tcase_add_test (tc, test_padding);
  tcase_add_test (tc, test_lying);
  tcase_add_test (tc, test_replay);
  tcase_add_test (tc, test_stranger_sends);
  return s;
}

GST_CHECK_MAIN (loopback_faults);
