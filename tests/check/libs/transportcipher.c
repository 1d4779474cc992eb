/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/crypto/transportcipher.h"

#include "vectors.h"

static const guint8 key[TRANSPORT_KEY_SIZE] = "a key of thirty-two plain bytes";
static const TransportMode modes[] = { TRANSPORT_MODE_AES256_GCM,
  TRANSPORT_MODE_XCHACHA20_POLY1305 };

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TransportCipher, transport_cipher_free)

/* Loops over both modes, see the suite. */
static TransportCipher *
new_cipher (gint mode, guint32 first_nonce)
{
  TransportCipher *cipher =
      transport_cipher_new (modes[mode], key, first_nonce);

  fail_unless (cipher != NULL);
  return cipher;
}

static TransportCipher *
vector_cipher (JsonObject *vector, guint32 first_nonce)
{
  g_auto (Bytes) secret = vector_bytes (vector, "key");
  TransportMode mode;
  TransportCipher *cipher;

  fail_unless (transport_mode_from_name (
      json_object_get_string_member (vector, "mode"), &mode));
  fail_unless_equals_int (secret.length, TRANSPORT_KEY_SIZE);
  cipher = transport_cipher_new (mode, secret.data, first_nonce);
  fail_unless (cipher != NULL);
  fail_unless_equals_int (transport_cipher_mode (cipher), mode);
  return cipher;
}

/* The four bytes on the wire decide; as a little-endian number they are the
 * counter of ours that gives them, whatever the generator's order was. */
static void
check_protect (JsonObject *vector, TransportPacketKind kind)
{
  const gchar *id = json_object_get_string_member (vector, "id");
  g_auto (Bytes) plain = vector_bytes (vector, "plaintext");
  g_auto (Bytes) expected = vector_bytes (vector, "datagram");
  g_auto (Bytes) wire = vector_bytes (vector, "nonce_wire");
  g_auto (Bytes) packet =
      bytes_copy (plain.data, plain.length, TRANSPORT_OVERHEAD);
  guint32 counter = GST_READ_UINT32_LE (wire.data);
  g_autoptr (TransportCipher) cipher = vector_cipher (vector, counter);
  gsize length = 0;

  if (g_str_equal (
          json_object_get_string_member (vector, "nonce_order"), "little"))
    fail_unless (
        counter == json_object_get_int_member (vector, "nonce_counter"));

  fail_unless (transport_cipher_protect (cipher, kind, packet.data,
                   plain.length, plain.length + TRANSPORT_OVERHEAD, &length)
          == TRANSPORT_OK,
      "%s", id);
  fail_unless (length == expected.length, "%s", id);
  fail_unless (memcmp (packet.data, expected.data, length) == 0, "%s", id);
}

static void
check_rtp (JsonObject *vector)
{
  const gchar *id = json_object_get_string_member (vector, "id");
  JsonObject *fields = json_object_get_object_member (vector, "fields");
  gsize padding = json_object_get_int_member (fields, "padding");
  gboolean extended = !json_object_get_null_member (fields, "extension");
  gsize clear = json_object_get_int_member (vector, "aad_len");
  g_autoptr (TransportCipher) cipher = vector_cipher (vector, 0);
  g_auto (Bytes) datagram = vector_bytes (vector, "datagram");
  g_auto (Bytes) expected = vector_bytes (vector, "plaintext");
  g_auto (Bytes) payload = vector_bytes (vector, "payload");
  TransportPlain plain;
  TransportResult result;

  check_protect (vector, TRANSPORT_PACKET_RTP);

  result = transport_cipher_unprotect (
      cipher, TRANSPORT_PACKET_RTP, datagram.data, datagram.length, &plain);
  fail_unless (result == (payload.length > 0 ? TRANSPORT_OK : TRANSPORT_EMPTY),
      "%s", id);
  fail_unless_equals_int (plain.length, expected.length - padding);
  fail_unless_equals_int (plain.padded, padding > 0);
  if (padding > 0)
    expected.data[0] &= ~0x20;
  fail_unless (
      memcmp (datagram.data, expected.data, plain.length) == 0, "%s", id);
  fail_unless_equals_int (plain.length - plain.payload_offset, payload.length);
  fail_unless (memcmp (datagram.data + plain.payload_offset, payload.data,
                   payload.length)
          == 0,
      "%s", id);

  if (extended) {
    JsonObject *extension = json_object_get_object_member (fields, "extension");
    gsize words = json_object_get_int_member (extension, "words");

    fail_unless_equals_int (plain.extension_profile,
        json_object_get_int_member (extension, "profile"));
    fail_unless_equals_int (plain.extension_offset, clear);
    fail_unless_equals_int (plain.extension_length, 4 * words);
  } else {
    fail_unless_equals_int (plain.extension_offset, 0);
    fail_unless_equals_int (plain.extension_length, 0);
  }
}

static void
check_rtcp (JsonObject *vector)
{
  const gchar *id = json_object_get_string_member (vector, "id");
  g_autoptr (TransportCipher) cipher = vector_cipher (vector, 0);
  g_auto (Bytes) datagram = vector_bytes (vector, "datagram");
  g_auto (Bytes) expected = vector_bytes (vector, "plaintext");
  TransportPlain plain;

  check_protect (vector, TRANSPORT_PACKET_RTCP);

  fail_unless (transport_cipher_unprotect (cipher, TRANSPORT_PACKET_RTCP,
                   datagram.data, datagram.length, &plain)
          == TRANSPORT_OK,
      "%s", id);
  fail_unless_equals_int (plain.length, expected.length);
  fail_unless (
      memcmp (datagram.data, expected.data, plain.length) == 0, "%s", id);
}

GST_START_TEST (test_vectors)
{
  g_autoptr (JsonParser) parser = vectors_load ();

  vectors_each (vectors_root (parser), "rtp", 62, check_rtp);
  vectors_each (vectors_root (parser), "rtcp", 30, check_rtcp);
}
GST_END_TEST;

static TransportResult
unprotect_copy (TransportCipher *cipher, TransportPacketKind kind,
    const Bytes *datagram, gsize length)
{
  g_auto (Bytes) copy = bytes_copy (datagram->data, length, 0);
  TransportPlain plain;

  return transport_cipher_unprotect (
      cipher, kind, copy.data, copy.length, &plain);
}

static void
check_negative (JsonObject *vector)
{
  const gchar *id = json_object_get_string_member (vector, "id");
  const gchar *stage = json_object_get_string_member (vector, "reject_at");
  gboolean rtcp =
      g_str_equal (json_object_get_string_member (vector, "kind"), "rtcp");
  TransportPacketKind kind =
      rtcp ? TRANSPORT_PACKET_RTCP : TRANSPORT_PACKET_RTP;
  g_autoptr (TransportCipher) cipher = vector_cipher (vector, 0);
  g_auto (Bytes) datagram = vector_bytes (vector, "datagram");
  TransportResult result =
      unprotect_copy (cipher, kind, &datagram, datagram.length);

  if (g_str_equal (stage, "parse")) {
    fail_unless (
        result == TRANSPORT_SHORT || result == TRANSPORT_PARSE, "%s", id);
  } else if (g_str_equal (stage, "auth")) {
    fail_unless (result == TRANSPORT_AUTH, "%s", id);
  } else {
    fail_unless_equals_string (stage, "format");
    if (rtcp)
      fail_unless (result == TRANSPORT_PARSE, "%s", id);
    else
      fail_unless (result == TRANSPORT_PADDING || result == TRANSPORT_EXTENSION,
          "%s", id);
    /* Authenticity comes first: nothing of a forged packet is looked at. */
    datagram.data[datagram.length - 5] ^= 1;
    fail_unless_equals_int (
        unprotect_copy (cipher, kind, &datagram, datagram.length),
        TRANSPORT_AUTH);
  }
}

GST_START_TEST (test_negative_vectors)
{
  g_autoptr (JsonParser) parser = vectors_load ();

  vectors_each (vectors_root (parser), "negative", 88, check_negative);
}
GST_END_TEST;

static void
check_every_cut_and_bit (JsonObject *vector)
{
  gboolean rtcp = json_object_get_int_member (vector, "aad_len") == 8;
  TransportPacketKind kind =
      rtcp ? TRANSPORT_PACKET_RTCP : TRANSPORT_PACKET_RTP;
  g_autoptr (TransportCipher) cipher = vector_cipher (vector, 0);
  g_auto (Bytes) datagram = vector_bytes (vector, "datagram");

  if (datagram.length > 100)
    return;
  for (gsize length = 0; length < datagram.length; length++) {
    TransportResult result = unprotect_copy (cipher, kind, &datagram, length);

    fail_unless (result == TRANSPORT_SHORT || result == TRANSPORT_PARSE
        || result == TRANSPORT_AUTH);
  }
  for (gsize bit = 0; bit < datagram.length * 8; bit++) {
    TransportResult result;

    datagram.data[bit / 8] ^= 1 << bit % 8;
    result = unprotect_copy (cipher, kind, &datagram, datagram.length);
    fail_unless (result == TRANSPORT_PARSE || result == TRANSPORT_AUTH);
    datagram.data[bit / 8] ^= 1 << bit % 8;
  }
}

GST_START_TEST (test_every_cut_and_bit)
{
  g_autoptr (JsonParser) parser = vectors_load ();

  vectors_each (vectors_root (parser), "rtp", 62, check_every_cut_and_bit);
  vectors_each (vectors_root (parser), "rtcp", 30, check_every_cut_and_bit);
}
GST_END_TEST;

GST_START_TEST (test_mode_names)
{
  const gchar *const retired[] = { "", "xsalsa20_poly1305",
    "xsalsa20_poly1305_lite_rtpsize", "aead_aes256_gcm",
    "aead_aes256_gcm_rtpsize2", "AEAD_AES256_GCM_RTPSIZE" };
  TransportMode mode;

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
    fail_unless (
        transport_mode_from_name (transport_mode_name (modes[i]), &mode));
    fail_unless_equals_int (mode, modes[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (retired); i++)
    fail_if (transport_mode_from_name (retired[i], &mode));
  fail_unless (transport_mode_name ((TransportMode) 2) == NULL);
  fail_unless (transport_cipher_new ((TransportMode) 2, key, 0) == NULL);
}
GST_END_TEST;

static const guint8 opus[] = { 0x80, 120, 0, 1, 0, 0, 3, 0xc0, 0, 1, 0x86, 0x9f,
  0xf8, 0xff, 0xfe };

/* Protects the frame above and returns the nonce on the wire. */
static TransportResult
protect_one (TransportCipher *cipher, guint8 wire[4])
{
  guint8 packet[sizeof opus + TRANSPORT_OVERHEAD];
  gsize length;
  TransportResult result;

  memcpy (packet, opus, sizeof opus);
  result = transport_cipher_protect (cipher, TRANSPORT_PACKET_RTP, packet,
      sizeof opus, sizeof packet, &length);
  if (result == TRANSPORT_OK)
    memcpy (wire, packet + length - TRANSPORT_NONCE_SUFFIX_SIZE,
        TRANSPORT_NONCE_SUFFIX_SIZE);
  return result;
}

static gint64 wrap_counter;

static void
check_wrap (JsonObject *vector)
{
  g_auto (Bytes) expected = vector_bytes (vector, "wire_little");

  fail_unless (
      (guint32) wrap_counter == json_object_get_int_member (vector, "counter"));
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
    g_autoptr (TransportCipher) cipher = new_cipher (i, 0xfffffffe);
    guint8 wire[4];

    /* The counter that goes on, not one that starts there. */
    for (gint64 skip = 0xfffffffe; skip <= wrap_counter; skip++)
      fail_unless_equals_int (protect_one (cipher, wire), TRANSPORT_OK);
    fail_unless (memcmp (wire, expected.data, 4) == 0);
  }
  wrap_counter++;
}

GST_START_TEST (test_nonce_wrap_vectors)
{
  g_autoptr (JsonParser) parser = vectors_load ();

  wrap_counter = 0xfffffffe;
  vectors_each (vectors_root (parser), "nonce_wrap", 3, check_wrap);
}
GST_END_TEST;

GST_START_TEST (test_nonce_sequence)
{
  g_autoptr (TransportCipher) cipher =
      new_cipher (__i__, TRANSPORT_FIRST_NONCE);
  guint8 packet[sizeof opus + TRANSPORT_OVERHEAD];
  guint8 wire[4];
  gsize length;

  for (guint32 i = 0; i < 1000; i++) {
    fail_unless_equals_int (protect_one (cipher, wire), TRANSPORT_OK);
    fail_unless (GST_READ_UINT32_LE (wire) == 0x80000000 + i);
    fail_unless_equals_uint64 (
        transport_cipher_packets_protected (cipher), i + 1);
  }

  /* What cannot be protected takes no nonce and is left as it was. */
  memcpy (packet, opus, sizeof opus);
  fail_unless_equals_int (
      transport_cipher_protect (
          cipher, TRANSPORT_PACKET_RTP, packet, 11, sizeof packet, &length),
      TRANSPORT_SHORT);
  fail_unless_equals_int (
      transport_cipher_protect (
          cipher, TRANSPORT_PACKET_RTCP, packet, 7, sizeof packet, &length),
      TRANSPORT_SHORT);
  fail_unless_equals_int (
      transport_cipher_protect (cipher, TRANSPORT_PACKET_RTP, packet,
          sizeof opus, sizeof packet - 1, &length),
      TRANSPORT_NO_SPACE);
  fail_unless_equals_int (
      transport_cipher_protect (
          cipher, TRANSPORT_PACKET_RTP, packet, sizeof opus, 0, &length),
      TRANSPORT_NO_SPACE);
  packet[0] = 0x40;
  fail_unless_equals_int (
      transport_cipher_protect (cipher, TRANSPORT_PACKET_RTP, packet,
          sizeof opus, sizeof packet, &length),
      TRANSPORT_PARSE);
  packet[0] = 0x8f;
  fail_unless_equals_int (
      transport_cipher_protect (cipher, TRANSPORT_PACKET_RTP, packet,
          sizeof opus, sizeof packet, &length),
      TRANSPORT_PARSE);
  packet[0] = opus[0];
  fail_unless (memcmp (packet, opus, sizeof opus) == 0);
  fail_unless_equals_int (protect_one (cipher, wire), TRANSPORT_OK);
  fail_unless (GST_READ_UINT32_LE (wire) == 0x80000000 + 1000);
}
GST_END_TEST;

/* 2^32 - 2^16 packets after 0x80000000 the counter stands at 0x7fff0000. */
GST_START_TEST (test_nonce_exhaustion)
{
  g_autoptr (TransportCipher) cipher = new_cipher (__i__, 0x7fff0000 - 3);
  g_autoptr (TransportCipher) spent = new_cipher (__i__, 0x7fffffff);
  guint8 wire[4];

  for (guint32 i = 0; i < 3; i++) {
    fail_unless_equals_int (protect_one (cipher, wire), TRANSPORT_OK);
    fail_unless (GST_READ_UINT32_LE (wire) == 0x7fff0000 - 3 + i);
  }
  for (guint i = 0; i < 3; i++)
    fail_unless_equals_int (
        protect_one (cipher, wire), TRANSPORT_NONCE_EXHAUSTED);
  fail_unless_equals_uint64 (transport_cipher_packets_protected (cipher), 3);
  fail_unless_equals_int (protect_one (spent, wire), TRANSPORT_NONCE_EXHAUSTED);
}
GST_END_TEST;

/* Protects @plain, opens it again in a block of exactly its size. */
static TransportResult
round_trip (gint mode, const guint8 *data, gsize length, TransportPlain *plain)
{
  g_autoptr (TransportCipher) cipher = new_cipher (mode, TRANSPORT_FIRST_NONCE);
  g_auto (Bytes) packet = bytes_copy (data, length, TRANSPORT_OVERHEAD);
  gsize protected_length;

  fail_unless_equals_int (
      transport_cipher_protect (cipher, TRANSPORT_PACKET_RTP, packet.data,
          length, length + TRANSPORT_OVERHEAD, &protected_length),
      TRANSPORT_OK);
  return transport_cipher_unprotect (
      cipher, TRANSPORT_PACKET_RTP, packet.data, protected_length, plain);
}

/* Padding left on the payload is heard as loss behind end-to-end encryption. */
GST_START_TEST (test_padding)
{
  const struct
  {
    gboolean extended;
    const gchar *body; /* behind the clear header */
    gsize length;
    TransportResult result;
    gsize payload;
  } cases[] = {
    { FALSE, "opus\x01", 5, TRANSPORT_OK, 4 },
    { FALSE, "opus\0\0\0\x04", 8, TRANSPORT_OK, 4 },
    /* all of it: a probe */
    { FALSE, "\0\0\0\x04", 4, TRANSPORT_EMPTY, 0 },
    { FALSE, "\x01", 1, TRANSPORT_EMPTY, 0 },
    { FALSE, "opus\0", 5, TRANSPORT_PADDING, 0 },
    { FALSE, "opus\x06", 5, TRANSPORT_PADDING, 0 },
    { FALSE, "opus\xff", 5, TRANSPORT_PADDING, 0 },
    { FALSE, "", 0, TRANSPORT_PADDING, 0 },
    /* one word of extension */
    { TRUE, "\x10\x7f\0\0opus\x01", 9, TRANSPORT_OK, 4 },
    { TRUE, "\x10\x7f\0\0\x01", 5, TRANSPORT_EMPTY, 0 },
    /* the padding reaches into the extension */
    { TRUE, "\x10\x7f\0\0opus\x06", 9, TRANSPORT_EXTENSION, 0 },
    { TRUE, "\x10\x7f\0\0opus\x0a", 9, TRANSPORT_PADDING, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint8 data[64] = { 0xa0, 120, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xbe, 0xde, 0,
      1 };
    gsize clear = cases[i].extended ? 16 : 12;
    TransportPlain plain;

    if (cases[i].extended)
      data[0] |= 0x10;
    memcpy (data + clear, cases[i].body, cases[i].length);
    fail_unless_equals_int (
        round_trip (__i__, data, clear + cases[i].length, &plain),
        cases[i].result);
    if (cases[i].result == TRANSPORT_OK || cases[i].result == TRANSPORT_EMPTY) {
      fail_unless (plain.padded);
      fail_unless_equals_int (
          plain.length - plain.payload_offset, cases[i].payload);
    }
  }
}
GST_END_TEST;

static Suite *
transportcipher_suite (void)
{
  Suite *suite = suite_create ("transportcipher");
  TCase *tcase = tcase_create ("transportcipher");
  const gint n_modes = G_N_ELEMENTS (modes);

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_vectors);
  tcase_add_test (tcase, test_negative_vectors);
  tcase_add_test (tcase, test_every_cut_and_bit);
  tcase_add_test (tcase, test_mode_names);
  tcase_add_test (tcase, test_nonce_wrap_vectors);
  tcase_add_loop_test (tcase, test_nonce_sequence, 0, n_modes);
  tcase_add_loop_test (tcase, test_nonce_exhaustion, 0, n_modes);
  tcase_add_loop_test (tcase, test_padding, 0, n_modes);
  return suite;
}

GST_CHECK_MAIN (transportcipher);
