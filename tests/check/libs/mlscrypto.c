/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/dave/mls/hpke.h"
#include "gst/discord/dave/mls/labels.h"
#include "gst/discord/dave/mls/signature.h"

#include "mlsvectors.h"

static void
check_ref_hash (JsonObject *vector, MlsCrypto *crypto)
{
  g_auto (Bytes) value = vector_bytes (vector, "value");
  const gchar *label = json_object_get_string_member (vector, "label");
  MlsBytes halves[] = { mls_bytes (value.data, 5),
    mls_bytes (value.data + 5, value.length - 5) };
  guint8 out[MLS_HASH_SIZE];

  fail_unless_mls (mls_ref_hash (crypto, label, halves, 2, out), MLS_OK);
  check_member (vector, "out", MLS_BYTES_OF (out));
}

static void
check_expand (JsonObject *vector, MlsCrypto *crypto)
{
  g_auto (Bytes) secret = vector_bytes (vector, "secret");
  g_auto (Bytes) context = vector_bytes (vector, "context");
  gsize length = json_object_get_int_member (vector, "length");
  g_autofree guint8 *out = g_malloc (length);

  fail_unless_mls (mls_expand_with_label (crypto, bytes_view (&secret),
                       json_object_get_string_member (vector, "label"),
                       bytes_view (&context), out, length),
      MLS_OK);
  check_member (vector, "out", mls_bytes (out, length));
}

static void
check_derive (JsonObject *vector, MlsCrypto *crypto)
{
  g_auto (Bytes) secret = vector_bytes (vector, "secret");
  MlsSecret out;

  fail_unless_mls (mls_derive_secret (crypto, bytes_view (&secret),
                       json_object_get_string_member (vector, "label"), &out),
      MLS_OK);
  check_member (vector, "out", MLS_SECRET_BYTES (&out));
}

static void
check_derive_tree (JsonObject *vector, MlsCrypto *crypto)
{
  g_auto (Bytes) secret = vector_bytes (vector, "secret");
  gsize length = json_object_get_int_member (vector, "length");
  g_autofree guint8 *out = g_malloc (length);

  fail_unless_mls (
      mls_derive_tree_secret (crypto, bytes_view (&secret),
          json_object_get_string_member (vector, "label"),
          json_object_get_int_member (vector, "generation"), out, length),
      MLS_OK);
  check_member (vector, "out", mls_bytes (out, length));
}

static void
check_sign (JsonObject *vector, MlsCrypto *crypto)
{
  const gchar *label = json_object_get_string_member (vector, "label");
  MlsKeyPair key = vector_key_pair (vector, "priv", crypto);
  g_auto (Bytes) content = vector_bytes (vector, "content");
  g_auto (Bytes) signature = vector_bytes (vector, "signature");
  MlsBytes view = bytes_view (&content), own;
  MlsBytes public_key = MLS_BYTES_OF (key.public_key);
  guint8 buffer[MLS_SIGNATURE_MAX_SIZE];
  gsize length;

  check_member (vector, "pub", public_key);
  fail_unless_mls (mls_verify_with_label (crypto, public_key, label, &view, 1,
                       bytes_view (&signature)),
      MLS_OK);

  fail_unless_mls (
      mls_sign_with_label (crypto, &key, label, &view, 1, buffer, &length),
      MLS_OK);
  own = mls_bytes (buffer, length);
  fail_unless_mls (
      mls_verify_with_label (crypto, public_key, label, &view, 1, own), MLS_OK);

  fail_unless_mls (
      mls_verify_with_label (crypto, public_key, "Other", &view, 1, own),
      MLS_ERROR_SIGNATURE);
  content.data[0] ^= 1;
  fail_unless_mls (
      mls_verify_with_label (crypto, public_key, label, &view, 1, own),
      MLS_ERROR_SIGNATURE);
  content.data[0] ^= 1;
  for (gsize i = 0; i < length; i++) {
    buffer[i] ^= 1;
    fail_unless_mls (
        mls_verify_with_label (crypto, public_key, label, &view, 1, own),
        MLS_ERROR_SIGNATURE);
    buffer[i] ^= 1;
  }
  own.length--;
  fail_unless_mls (
      mls_verify_with_label (crypto, public_key, label, &view, 1, own),
      MLS_ERROR_SIGNATURE);
}

static void
check_open (MlsCrypto *crypto, const MlsKeyPair *key, const gchar *label,
    MlsBytes context, const MlsHpkeCiphertext *ciphertext, MlsBytes expected)
{
  g_auto (MlsWriter) out = MLS_WRITER_INIT;

  fail_unless_mls (
      mls_decrypt_with_label (crypto, key, label, context, ciphertext, &out),
      MLS_OK);
  fail_unless_bytes (mls_writer_bytes (&out), expected);
}

static void
check_encrypt (JsonObject *vector, MlsCrypto *crypto)
{
  const gchar *label = json_object_get_string_member (vector, "label");
  MlsKeyPair key = vector_key_pair (vector, "priv", crypto);
  MlsKeyPair other;
  g_auto (Bytes) context = vector_bytes (vector, "context");
  g_auto (Bytes) kem_output = vector_bytes (vector, "kem_output");
  g_auto (Bytes) bytes = vector_bytes (vector, "ciphertext");
  g_auto (Bytes) plaintext = vector_bytes (vector, "plaintext");
  MlsHpkeCiphertext ciphertext = { bytes_view (&kem_output),
    bytes_view (&bytes) };
  g_auto (MlsWriter) sealed = MLS_WRITER_INIT;
  g_auto (MlsWriter) out = MLS_WRITER_INIT;
  MlsReader reader;

  check_open (crypto, &key, label, bytes_view (&context), &ciphertext,
      bytes_view (&plaintext));

  fail_unless_mls (mls_key_pair_generate (crypto, &other), MLS_OK);
  fail_unless_mls (mls_decrypt_with_label (crypto, &other, label,
                       bytes_view (&context), &ciphertext, &out),
      MLS_ERROR_DECRYPT);
  bytes.data[bytes.length - 1] ^= 1;
  fail_unless_mls (mls_decrypt_with_label (crypto, &key, label,
                       bytes_view (&context), &ciphertext, &out),
      MLS_ERROR_DECRYPT);
  kem_output.data[10] ^= 1;
  fail_unless_mls (mls_decrypt_with_label (crypto, &key, label,
                       bytes_view (&context), &ciphertext, &out),
      MLS_ERROR_KEY);
  ciphertext.ciphertext.length = MLS_AEAD_TAG_SIZE - 1;
  fail_unless_mls (mls_decrypt_with_label (crypto, &key, label,
                       bytes_view (&context), &ciphertext, &out),
      MLS_ERROR_DECRYPT);

  fail_unless_mls (
      mls_encrypt_with_label (crypto, MLS_BYTES_OF (key.public_key), label,
          bytes_view (&context), bytes_view (&plaintext), &sealed),
      MLS_OK);
  mls_reader_init (&reader, mls_writer_bytes (&sealed));
  ciphertext = mls_hpke_ciphertext_read (&reader);
  fail_unless_mls (mls_reader_finish (&reader), MLS_OK);
  check_open (crypto, &key, label, bytes_view (&context), &ciphertext,
      bytes_view (&plaintext));
}

static void
check_basics (JsonObject *vector, MlsCrypto *crypto)
{
  check_ref_hash (json_object_get_object_member (vector, "ref_hash"), crypto);
  check_expand (
      json_object_get_object_member (vector, "expand_with_label"), crypto);
  check_derive (
      json_object_get_object_member (vector, "derive_secret"), crypto);
  check_derive_tree (
      json_object_get_object_member (vector, "derive_tree_secret"), crypto);
  check_sign (
      json_object_get_object_member (vector, "sign_with_label"), crypto);
  check_encrypt (
      json_object_get_object_member (vector, "encrypt_with_label"), crypto);
}

GST_START_TEST (basics)
{
  mls_vectors_each ("crypto-basics.json", 1, check_basics);
}
GST_END_TEST;

/* RFC 9180, appendix A.3.1: the first encryption. */
static void
check_hpke (JsonObject *vector, MlsCrypto *crypto)
{
  g_auto (Bytes) ikm_e = vector_bytes (vector, "ikmE");
  g_auto (Bytes) ikm_r = vector_bytes (vector, "ikmR");
  g_auto (Bytes) info = vector_bytes (vector, "info");
  g_auto (Bytes) aad = vector_bytes (vector, "aad");
  g_auto (Bytes) plain = vector_bytes (vector, "pt");
  g_auto (Bytes) message =
      bytes_copy (plain.data, plain.length, MLS_AEAD_TAG_SIZE);
  MlsHpkeContext context = {
    .info = { bytes_view (&info) }, .n_info = 1, bytes_view (&aad)
  };
  MlsKeyPair ephemeral, recipient;

  fail_unless_mls (
      mls_hpke_derive_key_pair (crypto, bytes_view (&ikm_e), &ephemeral),
      MLS_OK);
  check_member (vector, "skEm", MLS_SECRET_BYTES (&ephemeral.private_key));
  check_member (vector, "pkEm", MLS_BYTES_OF (ephemeral.public_key));
  fail_unless_mls (
      mls_hpke_derive_key_pair (crypto, bytes_view (&ikm_r), &recipient),
      MLS_OK);
  check_member (vector, "skRm", MLS_SECRET_BYTES (&recipient.private_key));
  check_member (vector, "pkRm", MLS_BYTES_OF (recipient.public_key));

  fail_unless_mls (mls_hpke_seal (crypto, MLS_BYTES_OF (recipient.public_key),
                       &ephemeral, &context, message.data, plain.length),
      MLS_OK);
  check_member (
      vector, "ct", mls_bytes (message.data, plain.length + MLS_AEAD_TAG_SIZE));
  fail_unless_mls (
      mls_hpke_open (crypto, &recipient, MLS_BYTES_OF (ephemeral.public_key),
          &context, message.data, plain.length),
      MLS_OK);
  fail_unless_bytes (
      mls_bytes (message.data, plain.length), bytes_view (&plain));
}

GST_START_TEST (hpke)
{
  mls_vectors_each ("hpke.json", 1, check_hpke);
}
GST_END_TEST;

/* RFC 5869, A.2: more than one block, long inputs. */
GST_START_TEST (hkdf_long)
{
  static const guint8 expected[] = { 0xb1, 0x1e, 0x39, 0x8d, 0xc8, 0x03, 0x27,
    0xa1, 0xc8, 0xe7, 0xf7, 0x8c, 0x59, 0x6a, 0x49, 0x34, 0x4f, 0x01, 0x2e,
    0xda, 0x2d, 0x4e, 0xfa, 0xd8, 0xa0, 0x50, 0xcc, 0x4c, 0x19, 0xaf, 0xa9,
    0x7c, 0x59, 0x04, 0x5a, 0x99, 0xca, 0xc7, 0x82, 0x72, 0x71, 0xcb, 0x41,
    0xc6, 0x5e, 0x59, 0x0e, 0x09, 0xda, 0x32, 0x75, 0x60, 0x0c, 0x2f, 0x09,
    0xb8, 0x36, 0x77, 0x93, 0xa9, 0xac, 0xa3, 0xdb, 0x71, 0xcc, 0x30, 0xc5,
    0x81, 0x79, 0xec, 0x3e, 0x87, 0xc1, 0x4c, 0x01, 0xd5, 0xc1, 0xf3, 0x43,
    0x4f, 0x1d, 0x87 };
  g_autoptr (MlsCrypto) crypto = mls_crypto_new ();
  guint8 input[3][80], out[sizeof expected];
  MlsBytes ikm = MLS_BYTES_OF (input[0]), info = MLS_BYTES_OF (input[2]);
  MlsSecret prk;

  for (guint i = 0; i < 80; i++) {
    input[0][i] = i;
    input[1][i] = 0x60 + i;
    input[2][i] = 0xb0 + i;
  }
  fail_unless_mls (
      mls_extract (crypto, MLS_BYTES_OF (input[1]), &ikm, 1, &prk), MLS_OK);
  fail_unless_mls (
      mls_expand (crypto, MLS_SECRET_BYTES (&prk), &info, 1, out, sizeof out),
      MLS_OK);
  fail_unless_bytes (MLS_BYTES_OF (out), MLS_BYTES_OF (expected));
}
GST_END_TEST;

GST_START_TEST (bad_keys)
{
  static const guint8 order[] = { 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00,
    0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25,
    0x51 };
  static const guint8 zero[32], infinity[1];
  g_autoptr (MlsCrypto) crypto = mls_crypto_new ();
  MlsKeyPair pair;
  MlsBytes point = MLS_BYTES_OF (pair.public_key);

  fail_unless_mls (
      mls_key_pair_from_private (crypto, MLS_BYTES_OF (zero), &pair),
      MLS_ERROR_KEY);
  fail_unless_mls (
      mls_key_pair_from_private (crypto, MLS_BYTES_OF (order), &pair),
      MLS_ERROR_KEY);
  fail_unless_mls (
      mls_key_pair_from_private (crypto, mls_bytes (order, 31), &pair),
      MLS_ERROR_KEY);

  fail_unless_mls (mls_key_pair_generate (crypto, &pair), MLS_OK);
  fail_unless_mls (mls_public_key_check (crypto, point), MLS_OK);
  point.length--;
  fail_unless_mls (mls_public_key_check (crypto, point), MLS_ERROR_KEY);
  point.length++;
  pair.public_key[0] = 0x06; /* the hybrid form, which libcrypto would take */
  fail_unless_mls (mls_public_key_check (crypto, point), MLS_ERROR_KEY);
  pair.public_key[0] = 0x04;
  pair.public_key[64] ^= 1;
  fail_unless_mls (mls_public_key_check (crypto, point), MLS_ERROR_KEY);
  pair.public_key[0] = 0x02;
  fail_unless_mls (
      mls_public_key_check (crypto, mls_bytes (pair.public_key, 33)),
      MLS_ERROR_KEY);
  fail_unless_mls (
      mls_public_key_check (crypto, MLS_BYTES_OF (infinity)), MLS_ERROR_KEY);
  fail_unless_mls (mls_public_key_check (crypto, MLS_NO_BYTES), MLS_ERROR_KEY);
}
GST_END_TEST;

static Suite *
mlscrypto_suite (void)
{
  Suite *suite = suite_create ("mlscrypto");
  TCase *tc = tcase_create ("all");

  tcase_add_test (tc, basics);
  tcase_add_test (tc, hpke);
  tcase_add_test (tc, hkdf_long);
  tcase_add_test (tc, bad_keys);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (mlscrypto);
