/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in's own packet encryption against the vectors, and its memory for
 * nonces. */
#include "nonces.h"
#include "packetkey.h"
#include "rtpcheck.h"

#include <gst/check/gstcheck.h>
#include <json-glib/json-glib.h>
#include <string.h>

static GBytes *
from_hex (const char *hex)
{
  gsize length = strlen (hex) / 2;
  guint8 *data = g_malloc (length);

  for (gsize i = 0; i < length; i++)
    data[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4
        | g_ascii_xdigit_value (hex[2 * i + 1]));
  return g_bytes_new_take (data, length);
}

static void
check_vector (JsonObject *vector)
{
  const char *id = json_object_get_string_member (vector, "id");
  g_autoptr (GBytes) key =
      from_hex (json_object_get_string_member (vector, "key"));
  g_autoptr (GBytes) plain =
      from_hex (json_object_get_string_member (vector, "plaintext"));
  g_autoptr (GBytes) datagram =
      from_hex (json_object_get_string_member (vector, "datagram"));
  gsize length, plain_length;
  const guint8 *data = g_bytes_get_data (datagram, &length);
  const guint8 *expected = g_bytes_get_data (plain, &plain_length);
  gsize clear = lb_rtp_clear_size (data, length);
  guint8 opened[2048], sealed[2048];
  LbCipher cipher;
  LbKey *lb_key;

  fail_unless (lb_cipher_from_name (
      json_object_get_string_member (vector, "mode"), &cipher));
  ck_assert_uint_eq (
      clear, (gsize) json_object_get_int_member (vector, "aad_len"));
  lb_key = lb_key_new (cipher, g_bytes_get_data (key, NULL));
  fail_unless (lb_key_open (lb_key, data, length, clear, opened), "%s", id);
  ck_assert_uint_eq (length - LB_OVERHEAD, plain_length);
  fail_unless (memcmp (opened, expected, plain_length) == 0, "%s", id);
  /* What it seals it opens, and a flipped bit it does not. */
  fail_unless (lb_key_seal (lb_key, expected, plain_length, clear, sealed));
  fail_unless (lb_key_open (lb_key, sealed, length, clear, opened));
  fail_unless (memcmp (opened, expected, plain_length) == 0, "%s", id);
  sealed[length - 5] ^= 1;
  fail_if (lb_key_open (lb_key, sealed, length, clear, opened));
  lb_key_free (lb_key);
}

GST_START_TEST (test_vectors)
{
  static const char *const groups[] = { "rtp", "rtcp" };
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *vectors;

  fail_unless (json_parser_load_from_file (
      parser, TEST_VECTORS_DIR "/transport.json", NULL));
  vectors = json_object_get_array_member (
      json_node_get_object (json_parser_get_root (parser)), groups[__i__]);
  fail_unless (json_array_get_length (vectors) > 0);
  for (guint i = 0; i < json_array_get_length (vectors); i++)
    check_vector (json_array_get_object_element (vectors, i));
}
GST_END_TEST;

static void
put (guint8 nonce[4], guint32 value, gboolean little)
{
  value = little ? GUINT32_TO_LE (value) : GUINT32_TO_BE (value);
  memcpy (nonce, &value, 4);
}

/* Counting from 2^31 little-endian, from 1 big-endian, and over the wrap. */
GST_START_TEST (test_nonces_counted)
{
  static const guint32 starts[] = { 0x80000000u, 1, 0xffffff00u };
  LbNonces *nonces = lb_nonces_new ();
  guint8 nonce[4];

  for (guint i = 0; i < 100000; i++) {
    put (nonce, starts[__i__] + i, __i__ == 0);
    fail_unless (lb_nonces_add (nonces, nonce));
  }
  for (guint i = 0; i < 100000; i++) {
    put (nonce, starts[__i__] + i, __i__ == 0);
    fail_if (lb_nonces_add (nonces, nonce));
  }
  put (nonce, starts[__i__] + 100000, __i__ == 0);
  fail_unless (lb_nonces_add (nonces, nonce));
  lb_nonces_free (nonces);
}
GST_END_TEST;

GST_START_TEST (test_nonces_first_again)
{
  LbNonces *nonces = lb_nonces_new ();
  static const guint8 first[4] = { 1, 2, 3, 4 };
  static const guint8 second[4] = { 4, 3, 2, 1 };

  fail_unless (lb_nonces_add (nonces, first));
  fail_if (lb_nonces_add (nonces, first));
  fail_unless (lb_nonces_add (nonces, second));
  fail_if (lb_nonces_add (nonces, second));
  fail_if (lb_nonces_add (nonces, first));
  lb_nonces_free (nonces);
}
GST_END_TEST;

static Suite *
loopback_crypto_suite (void)
{
  Suite *s = suite_create ("loopback-crypto");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_vectors, 0, 2);
  tcase_add_loop_test (tc, test_nonces_counted, 0, 3);
  tcase_add_test (tc, test_nonces_first_again);
  return s;
}

GST_CHECK_MAIN (loopback_crypto);
