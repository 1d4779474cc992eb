/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in's media server: forwarding and strictness. The packets
 * are encrypted here with the plugin's cipher and there with another. */
#include "loopback-client.h"

GST_START_TEST (test_forward)
{
  static const char *const modes[] = { GCM, XCHACHA };
  Pair pair = pair_new (modes[__i__ / 2], modes[__i__ % 2]);
  LoopbackMedia media;

  member_speak (pair.alice, 1);
  member_speak (pair.bob, 1);
  member_send_opus (pair.alice, 1, "from alice");
  member_expect_payload (pair.bob, "from alice", pair.alice->ssrc);
  member_send_opus (pair.bob, 1, "from bob");
  member_expect_payload (pair.alice, "from bob", pair.bob->ssrc);
  loopback_get_media (pair.loopback, pair.alice->user_id, &media);
  ck_assert_uint_eq (media.rtp_in, 1);
  ck_assert_uint_eq (media.rtp_out, 1);
  ck_assert_uint_eq (loopback_count_violations (pair.loopback), 0);
  pair_free (&pair);
}
GST_END_TEST;

/* Those in another channel hear nothing; a second pair shows that the path was
 * alive meanwhile. */
GST_START_TEST (test_channels_are_apart)
{
  Pair pair = pair_new (GCM, GCM);
  Member *carol = member_new (pair.loopback, "carol");
  guint8 packet[2048];

  member_connect (carol, OTHER_CHANNEL, 9, GCM);
  member_speak (pair.alice, 1);
  member_send_opus (pair.alice, 1, "for bob");
  member_expect_payload (pair.bob, "for bob", pair.alice->ssrc);
  ck_assert_uint_eq (member_receive_raw (carol, packet, sizeof packet, 0), 0);
  ck_assert_uint_eq (
      member_receive_raw (pair.alice, packet, sizeof packet, 0), 0);
  ck_assert_uint_eq (
      loopback_count (pair.loopback, "rtp-out", carol->user_id), 0);
  member_free (carol);
  pair_free (&pair);
}
GST_END_TEST;

static const guint8 extension_block[] = { 0xbe, 0xde, 0, 4, 0x10, 0x97, 0x32, 6,
  0, 0, 0x90, 2, 0xa4, 'a', 'u', 'd', 'i', 'o', 0, 0 };

/* A packet of alice's with parts chosen freely. */
static gsize
build_rtp (guint8 *packet, const Member *m, guint8 first, guint8 second,
    const guint8 *rest, gsize length)
{
  guint32 ssrc = GUINT32_TO_BE (m->ssrc);

  memset (packet, 0, 12);
  packet[0] = first;
  packet[1] = second;
  packet[3] = 1;
  memcpy (packet + 8, &ssrc, 4);
  memcpy (packet + 12, rest, length);
  return 12 + length;
}

GST_START_TEST (test_extension_passes)
{
  Pair pair = pair_new (GCM, GCM);
  guint8 packet[2048], rest[64];
  TransportPlain plain;

  memcpy (rest, extension_block, sizeof extension_block);
  memcpy (rest + sizeof extension_block, "opus", 4);
  member_speak (pair.alice, 1);
  member_send_packet (pair.alice, TRANSPORT_PACKET_RTP, packet,
      build_rtp (
          packet, pair.alice, 0x90, 120, rest, sizeof extension_block + 4));
  ck_assert_uint_eq (
      member_receive (pair.bob, packet, sizeof packet, &plain), 36);
  ck_assert_uint_eq (plain.extension_length, 16);
  fail_unless (
      memcmp (packet + 12, extension_block, sizeof extension_block) == 0);
  ck_assert_uint_eq (loopback_count_violations (pair.loopback), 0);
  pair_free (&pair);
}
GST_END_TEST;

#define BYTES(text) text, sizeof text - 1

/* Plain RTP that is refused; header bytes and what follows the SSRC. */
static const struct
{
  guint8 first;
  guint8 second;
  const char *rest;
  gsize length;
  const char *violation;
} bad_rtp[] = {
  { 0x80, 111, BYTES ("opus"), "payload-type" },
  { 0x80, 120, BYTES (""), "rtp-empty" },
  { 0xa0, 120, BYTES ("opus\x00"), "rtp-padding" },
  { 0xa0, 120, BYTES ("opus\x63"), "rtp-padding" },
  { 0x90, 120, BYTES ("\x10\x00\x00\x01\x10\x01\x00\x00opus"),
      "extension-profile" },
  { 0x90, 120, BYTES ("\xbe\xde\x00\x10\x10\x97\x00\x00opus"),
      "extension-size" },
  { 0x90, 120, BYTES ("\xbe\xde\x00\x01\x11\x97\x00\x00opus"),
      "extension-length" },
  { 0x90, 120, BYTES ("\xbe\xde\x00\x01\xd0\x97\x00\x00opus"), "extension-id" },
  { 0x90, 120, BYTES ("\xbe\xde\x00\x01\xa7\x97\x00\x00opus"),
      "extension-overrun" },
};

GST_START_TEST (test_bad_rtp)
{
  Pair pair = pair_new (GCM, GCM);
  guint8 packet[2048];

  member_speak (pair.alice, 1);
  member_send_packet (pair.alice, TRANSPORT_PACKET_RTP, packet,
      build_rtp (packet, pair.alice, bad_rtp[__i__].first,
          bad_rtp[__i__].second, (const guint8 *) bad_rtp[__i__].rest,
          bad_rtp[__i__].length));
  wait_for (pair.loopback, bad_rtp[__i__].violation, pair.alice->user_id, 1);
  ck_assert_uint_eq (loopback_count (pair.loopback, "rtp-out", 0), 0);
  ck_assert_uint_eq (loopback_count (pair.loopback, "media-refused", 0), 1);
  pair_free (&pair);
}
GST_END_TEST;

static gsize
build_rtcp (guint8 *packet, const Member *m, guint8 first, guint8 type,
    guint words, gsize length)
{
  guint32 ssrc = GUINT32_TO_BE (m->ssrc);

  memset (packet, 0, length);
  packet[0] = first;
  packet[1] = type;
  packet[3] = (guint8) words;
  memcpy (packet + 4, &ssrc, 4);
  return length;
}

GST_START_TEST (test_rtcp)
{
  Pair pair = pair_new (GCM, XCHACHA);
  guint8 packet[2048];
  TransportPlain plain;

  /* The empty RR ends here, the SR is for everybody. */
  member_send_packet (pair.alice, TRANSPORT_PACKET_RTCP, packet,
      build_rtcp (packet, pair.alice, 0x80, 201, 1, 8));
  member_send_packet (pair.alice, TRANSPORT_PACKET_RTCP, packet,
      build_rtcp (packet, pair.alice, 0x80, 200, 6, 28));
  ck_assert_uint_eq (
      member_receive (pair.bob, packet, sizeof packet, &plain), 28);
  ck_assert_uint_eq (packet[1], 200);
  ck_assert_uint_eq (loopback_count (pair.loopback, "rtcp-in", 0), 2);
  ck_assert_uint_eq (loopback_count (pair.loopback, "rtcp-out", 0), 1);
  ck_assert_uint_eq (loopback_count_violations (pair.loopback), 0);
  pair_free (&pair);
}
GST_END_TEST;

static const struct
{
  guint8 first;
  guint8 type;
  guint words;
  gsize length;
  const char *violation;
} bad_rtcp[] = {
  { 0x81, 200, 6, 28, "rtcp-sr" },
  { 0x80, 200, 6, 36, "rtcp-compound" },
  { 0x80, 200, 7, 28, "rtcp-length" },
  { 0x81, 201, 1, 8, "rtcp-rr" },
  { 0x80, 202, 2, 12, "rtcp-type" },
  { 0x81, 206, 1, 8, "rtcp-feedback" },
};

GST_START_TEST (test_bad_rtcp)
{
  Pair pair = pair_new (GCM, GCM);
  guint8 packet[2048];

  member_send_packet (pair.alice, TRANSPORT_PACKET_RTCP, packet,
      build_rtcp (packet, pair.alice, bad_rtcp[__i__].first,
          bad_rtcp[__i__].type, bad_rtcp[__i__].words, bad_rtcp[__i__].length));
  wait_for (pair.loopback, bad_rtcp[__i__].violation, pair.alice->user_id, 1);
  pair_free (&pair);
}
GST_END_TEST;

GST_START_TEST (test_nonce_reuse)
{
  Pair pair = pair_new (__i__ == 0 ? GCM : XCHACHA, GCM);
  guint8 packet[2048];
  gsize length =
      build_rtp (packet, pair.alice, 0x80, 120, (const guint8 *) "opus", 4);

  member_speak (pair.alice, 1);
  for (guint i = 0; i < 5000; i++)
    member_send_packet (pair.alice, TRANSPORT_PACKET_RTP, packet, length);
  ck_assert_uint_eq (violations (pair.loopback, "nonce-reuse"), 0);
  transport_cipher_free (pair.alice->cipher);
  pair.alice->cipher = transport_cipher_new (
      pair.alice->mode, pair.alice->key, 0x80000000u + 1000);
  member_send_packet (pair.alice, TRANSPORT_PACKET_RTP, packet, length);
  wait_for (pair.loopback, "nonce-reuse", pair.alice->user_id, 1);
  /* Not a reason for Discord to close, and it cannot know. */
  ck_assert_uint_eq (loopback_count (pair.loopback, "voice-close", 0), 0);
  pair_free (&pair);
}
GST_END_TEST;

GST_START_TEST (test_speaking_first)
{
  Pair pair = pair_new (GCM, GCM);

  set (pair.loopback, "speaking-grace", "20");
  if (__i__ == 0) {
    member_send_opus (pair.alice, 1, "opus");
    ws_expect_close (pair.alice->voice, 4020);
    ck_assert_uint_eq (violations (pair.loopback, "media-before-speaking"), 1);
  } else {
    /* The first op 5 of a call is often a 0: announced, but not speaking. */
    member_speak (pair.alice, 0);
    set (pair.loopback, "speaking-grace", "0");
    member_send_opus (pair.alice, 1, "opus");
    wait_for (pair.loopback, "speaking-zero", pair.alice->user_id, 1);
    ck_assert_uint_eq (loopback_count (pair.loopback, "voice-close", 0), 0);
  }
  pair_free (&pair);
}
GST_END_TEST;

/* Op 5 overtaken by the audio it announces is fine, and so is silence after
 * the flags were cleared. */
GST_START_TEST (test_speaking_races)
{
  Pair pair = pair_new (GCM, GCM);

  set (pair.loopback, "speaking-grace", "60000");
  member_send_opus (pair.alice, 1, "opus");
  wait_for (pair.loopback, "rtp-in", pair.alice->user_id, 1);
  member_speak (pair.alice, 1);
  member_speak (pair.alice, 0);
  set (pair.loopback, "speaking-grace", "0");
  member_send_opus (pair.alice, 2, "\xf8\xff\xfe");
  wait_for (pair.loopback, "rtp-in", pair.alice->user_id, 2);
  ck_assert_uint_eq (loopback_count_violations (pair.loopback), 0);
  pair_free (&pair);
}
GST_END_TEST;

GST_START_TEST (test_foreign_ssrc)
{
  Pair pair = pair_new (GCM, GCM);

  member_speak (pair.alice, 1);
  pair.alice->ssrc = pair.bob->ssrc;
  member_send_opus (pair.alice, 1, "opus");
  ws_expect_close (pair.alice->voice, 4020);
  ck_assert_uint_eq (violations (pair.loopback, "ssrc-not-owned"), 1);
  pair_free (&pair);
}
GST_END_TEST;

GST_START_TEST (test_undecryptable)
{
  Pair pair = pair_new (GCM, GCM);

  member_speak (pair.alice, 1);
  pair.alice->key[0] ^= 1;
  transport_cipher_free (pair.alice->cipher);
  pair.alice->cipher =
      transport_cipher_new (pair.alice->mode, pair.alice->key, 1);
  member_send_opus (pair.alice, 1, "opus");
  wait_for (pair.loopback, "undecryptable", pair.alice->user_id, 1);
  pair_free (&pair);
}
GST_END_TEST;

/* From a port that was not selected: not a client. */
GST_START_TEST (test_stranger_is_ignored)
{
  Pair pair = pair_new (GCM, GCM);
  Member *mallory = member_new (pair.loopback, "mallory");

  mallory->server = pair.alice->server;
  mallory->ssrc = pair.alice->ssrc;
  mallory->cipher = transport_cipher_new (pair.alice->mode, pair.alice->key, 5);
  member_send_opus (mallory, 1, "opus");
  wait_for (pair.loopback, "stranger", pair.alice->user_id, 1);
  ck_assert_uint_eq (loopback_count (pair.loopback, "rtp-in", 0), 0);
  member_free (mallory);
  pair_free (&pair);
}
GST_END_TEST;

GST_START_TEST (test_control)
{
  Pair pair = pair_new (GCM, GCM);
  static const guint8 ping[8] = { 0x13, 0x37, 0xca, 0xfe, 1, 2, 3, 4 };
  static const guint8 pong[8] = { 0x13, 0x37, 0xf0, 0x0d, 1, 2, 3, 4 };
  static const guint8 keepalive[8] = { 0x80, 1 };
  guint8 answer[64];

  member_send_raw (pair.alice, keepalive, sizeof keepalive);
  member_send_raw (pair.alice, ping, sizeof ping);
  ck_assert_uint_eq (
      member_receive_raw (pair.alice, answer, sizeof answer, PATIENCE_MS), 8);
  fail_unless (memcmp (answer, pong, 8) == 0);
  ck_assert_uint_eq (loopback_count (pair.loopback, "keepalive", 0), 1);
  ck_assert_uint_eq (loopback_count_violations (pair.loopback), 0);
  member_send_raw (pair.alice, (const guint8 *) "something else", 14);
  wait_for (pair.loopback, "unknown-datagram", 0, 1);
  pair_free (&pair);
}
GST_END_TEST;

GST_START_TEST (test_silent_discovery)
{
  g_autoptr (Loopback) loopback =
      start_loopback ("silent-discovery", NULL, NULL);
  Member *m = member_new (loopback, "alice");
  guint8 request[74] = { 0, 1, 0, 70 };
  guint32 ssrc;

  member_join (m, CHANNEL);
  member_open_voice (m, 9);
  member_send_voice_identify (m, 9);
  member_read_ready (m);
  ssrc = GUINT32_TO_BE (m->ssrc);
  memcpy (request + 4, &ssrc, 4);
  member_send_raw (m, request, sizeof request);
  wait_for (loopback, "discovery", m->user_id, 1);
  set (loopback, "silent-discovery", "off");
  /* The one answer that comes is that of the second request. */
  member_discover (m);
  ck_assert_uint_eq (member_receive_raw (m, request, sizeof request, 0), 0);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_freeze_udp)
{
  Pair pair = pair_new (GCM, GCM);

  member_speak (pair.alice, 1);
  act (pair.loopback, "freeze-udp:%s:on", pair.bob->user);
  member_send_opus (pair.alice, 1, "lost");
  wait_for (pair.loopback, "rtp-in", pair.alice->user_id, 1);
  act (pair.loopback, "freeze-udp:%s:off", pair.bob->user);
  member_send_opus (pair.alice, 2, "heard");
  member_expect_payload (pair.bob, "heard", pair.alice->ssrc);
  pair_free (&pair);
}
GST_END_TEST;

GST_START_TEST (test_muted_and_deaf)
{
  const char *silencer = __i__ == 0 ? "server-mute" : "suppress";
  Pair pair = pair_new (GCM, GCM);

  member_speak (pair.alice, 1);
  act (pair.loopback, "%s:%s:on", silencer, pair.alice->user);
  member_send_opus (pair.alice, 1, "silenced");
  wait_for (pair.loopback, "rtp-in", pair.alice->user_id, 1);
  act (pair.loopback, "%s:%s:off", silencer, pair.alice->user);
  act (pair.loopback, "server-deaf:%s:on", pair.bob->user);
  set (pair.loopback, "deaf-drops", NULL);
  member_send_opus (pair.alice, 2, "deaf");
  wait_for (pair.loopback, "rtp-in", pair.alice->user_id, 2);
  set (pair.loopback, "deaf-drops", "off");
  member_send_opus (pair.alice, 3, "heard");
  member_expect_payload (pair.bob, "heard", pair.alice->ssrc);
  pair_free (&pair);
}
GST_END_TEST;

GST_START_TEST (test_new_key)
{
  Pair pair = pair_new (GCM, GCM);
  TransportCipher *old = pair.alice->cipher;

  member_speak (pair.alice, 1);
  pair.alice->cipher = NULL;
  act (pair.loopback, "rekey:%s", pair.alice->user);
  member_take_key (pair.alice, ws_expect (pair.alice->voice, 4));
  /* What was under way with the old key still counts. */
  member_send_opus (pair.alice, 1, "new");
  member_expect_payload (pair.bob, "new", pair.alice->ssrc);
  transport_cipher_free (pair.alice->cipher);
  pair.alice->cipher = old;
  member_send_opus (pair.alice, 2, "old");
  member_expect_payload (pair.bob, "old", pair.alice->ssrc);
  pair_free (&pair);
}
GST_END_TEST;

GST_START_TEST (test_echo)
{
  g_autoptr (Loopback) loopback = start_loopback ("echo", NULL, NULL);
  Member *m = member_new (loopback, "alice");
  JsonObject *d;
  guint32 ssrc;

  if (__i__ == 1)
    set (loopback, "echo-delay", "10");
  member_connect (m, CHANNEL, 9, GCM);
  ws_expect (m->voice, 11);
  d = json_object_get_object_member (ws_expect (m->voice, 5), "d");
  ssrc = (guint32) json_object_get_int_member (d, "ssrc");
  ck_assert_uint_ne (ssrc, m->ssrc);
  member_speak (m, 1);
  member_send_opus (m, 7, "hello");
  member_expect_payload (m, "hello", ssrc);
  member_send_opus (m, 8, "again");
  member_expect_payload (m, "again", ssrc);
  ck_assert_uint_eq (loopback_count_violations (loopback), 0);
  member_free (m);
}
GST_END_TEST;

static void
on_tap (guint64 user_id, const guint8 *packet, gsize length, gpointer user_data)
{
  g_async_queue_push (user_data, g_bytes_new (packet, length));
}

GST_START_TEST (test_tap)
{
  g_autoptr (Loopback) loopback = loopback_new ();
  g_autoptr (GAsyncQueue) queue =
      g_async_queue_new_full ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GBytes) bytes = NULL;
  Member *m;

  loopback_set_tap (loopback, on_tap, queue);
  fail_unless (loopback_start (loopback, NULL));
  m = member_new (loopback, "alice");
  member_connect (m, CHANNEL, 9, XCHACHA);
  member_speak (m, 1);
  member_send_opus (m, 1, "opus");
  bytes = g_async_queue_pop (queue);
  ck_assert_uint_eq (g_bytes_get_size (bytes), 16);
  fail_unless (
      memcmp ((guint8 *) g_bytes_get_data (bytes, NULL) + 12, "opus", 4) == 0);
  member_free (m);
}
GST_END_TEST;

static Suite *
loopback_media_suite (void)
{
  Suite *s = suite_create ("loopback-media");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 60);
  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_forward, 0, 4);
  tcase_add_test (tc, test_channels_are_apart);
  tcase_add_test (tc, test_extension_passes);
  tcase_add_loop_test (tc, test_bad_rtp, 0, G_N_ELEMENTS (bad_rtp));
  tcase_add_test (tc, test_rtcp);
  tcase_add_loop_test (tc, test_bad_rtcp, 0, G_N_ELEMENTS (bad_rtcp));
  tcase_add_loop_test (tc, test_nonce_reuse, 0, 2);
  tcase_add_loop_test (tc, test_speaking_first, 0, 2);
  tcase_add_test (tc, test_speaking_races);
  tcase_add_test (tc, test_foreign_ssrc);
  tcase_add_test (tc, test_undecryptable);
  tcase_add_test (tc, test_stranger_is_ignored);
  tcase_add_test (tc, test_control);
  tcase_add_test (tc, test_silent_discovery);
  tcase_add_test (tc, test_freeze_udp);
  tcase_add_loop_test (tc, test_muted_and_deaf, 0, 2);
  tcase_add_test (tc, test_new_key);
  tcase_add_loop_test (tc, test_echo, 0, 2);
  tcase_add_test (tc, test_tap);
  return s;
}

GST_CHECK_MAIN (loopback_media);
