/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Each size takes one of two libraries; here every size is compared with the
 * other one, and with itself from two threads. */

#include "gst/discord/crypto/aesgcm.h"
#include "gst/discord/crypto/transportcipher.h"
#include "gst/discord/crypto/xchacha.h"

#include <stdio.h>

#include <gst/check/gstcheck.h>

#define MAX_MESSAGE 1500
#define MAX_AAD 76

static guint8 key[32];
static guint8 nonce[24];
static guint8 aad[MAX_AAD];
static guint8 message[MAX_MESSAGE];

static void
setup (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20);

  fail_if (sodium_init () < 0);
  for (guint i = 0; i < sizeof key; i++)
    key[i] = g_rand_int (rand);
  for (guint i = 0; i < sizeof nonce; i++)
    nonce[i] = g_rand_int (rand);
  for (guint i = 0; i < sizeof aad; i++)
    aad[i] = g_rand_int (rand);
  for (guint i = 0; i < sizeof message; i++)
    message[i] = g_rand_int (rand);
}

/* Every RTP header size occurs with some message size. */
static gsize
aad_length_for (gsize length)
{
  return length % 16 == 0 ? 8 : 12 + length % 17 * 4;
}

/* A context made for one call, unlike ours. */
static void
reference_gcm (guint8 *out, gsize length, gsize aad_length)
{
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new ();
  int written;

  fail_unless (
      EVP_EncryptInit_ex (context, EVP_aes_256_gcm (), NULL, key, nonce));
  fail_unless (
      EVP_EncryptUpdate (context, NULL, &written, aad, (int) aad_length));
  if (length > 0)
    fail_unless (
        EVP_EncryptUpdate (context, out, &written, message, (int) length));
  fail_unless (EVP_EncryptFinal_ex (context, out + length, &written));
  fail_unless (
      EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_AEAD_GET_TAG, 16, out + length));
  EVP_CIPHER_CTX_free (context);
}

static void
check_gcm (AesGcm *cipher)
{
  for (gsize length = 0; length <= MAX_MESSAGE; length++) {
    gsize aad_length = aad_length_for (length);
    guint8 expected[MAX_MESSAGE + 16], text[MAX_MESSAGE + 16];

    reference_gcm (expected, length, aad_length);
    memcpy (text, message, length);
    fail_unless (aes_gcm_seal (cipher, nonce, aad, aad_length, text, length));
    fail_unless (memcmp (text, expected, length + 16) == 0);
    fail_unless (aes_gcm_open (cipher, nonce, aad, aad_length, text, length));
    fail_unless (memcmp (text, message, length) == 0);
    expected[length] ^= 0x80;
    fail_if (aes_gcm_open (cipher, nonce, aad, aad_length, expected, length));
  }
}

GST_START_TEST (test_gcm_every_size)
{
  AesGcm cipher;

  fail_unless (
      aes_gcm_init (&cipher, key, crypto_aead_aes256gcm_is_available ()));
  check_gcm (&cipher);
  aes_gcm_clear (&cipher);
}
GST_END_TEST;

/* As on a CPU without the instructions libsodium wants. */
GST_START_TEST (test_gcm_without_libsodium)
{
  AesGcm cipher;

  fail_unless (aes_gcm_init (&cipher, key, FALSE));
  check_gcm (&cipher);
  aes_gcm_clear (&cipher);
}
GST_END_TEST;

GST_START_TEST (test_xchacha_every_size)
{
  XChaCha cipher;

  fail_unless (xchacha_init (&cipher, key));
  for (gsize length = 0; length <= MAX_MESSAGE; length++) {
    gsize aad_length = aad_length_for (length);
    guint8 expected[MAX_MESSAGE + 16], text[MAX_MESSAGE + 16];

    crypto_aead_xchacha20poly1305_ietf_encrypt (
        expected, NULL, message, length, aad, aad_length, NULL, nonce, key);
    memcpy (text, message, length);
    fail_unless (xchacha_seal (&cipher, nonce, aad, aad_length, text, length));
    fail_unless (memcmp (text, expected, length + 16) == 0);
    fail_unless (xchacha_open (&cipher, nonce, aad, aad_length, text, length));
    fail_unless (memcmp (text, message, length) == 0);
    expected[length] ^= 0x80;
    fail_if (xchacha_open (&cipher, nonce, aad, aad_length, expected, length));
  }
  xchacha_clear (&cipher);
}
GST_END_TEST;

#define N_PACKETS 2000
#define PACKET_SIZE 1500

static const TransportMode modes[] = { TRANSPORT_MODE_AES256_GCM,
  TRANSPORT_MODE_XCHACHA20_POLY1305 };

static gsize
packet_length (guint i)
{
  return 12 + 1 + i * 37 % 1400;
}

static gpointer
protect_many (gpointer cipher)
{
  for (guint i = 0; i < N_PACKETS; i++) {
    guint8 packet[PACKET_SIZE] = { 0x80, 120 };
    gsize length;

    fail_unless_equals_int (
        transport_cipher_protect (cipher, TRANSPORT_PACKET_RTP, packet,
            packet_length (i), sizeof packet, &length),
        TRANSPORT_OK);
  }
  return NULL;
}

/* One thread sends while another receives with the same key. */
GST_START_TEST (test_protect_beside_unprotect)
{
  TransportCipher *cipher =
      transport_cipher_new (modes[__i__], key, TRANSPORT_FIRST_NONCE);
  TransportCipher *peer = transport_cipher_new (modes[__i__], key, 0);
  g_autoptr (GThread) thread = g_thread_new ("protect", protect_many, cipher);

  for (guint i = 0; i < N_PACKETS; i++) {
    guint8 packet[PACKET_SIZE] = { 0x80, 120 };
    TransportPlain plain;
    gsize length;

    memset (packet + 12, (guint8) i, packet_length (i) - 12);
    fail_unless_equals_int (
        transport_cipher_protect (peer, TRANSPORT_PACKET_RTP, packet,
            packet_length (i), sizeof packet, &length),
        TRANSPORT_OK);
    fail_unless_equals_int (transport_cipher_unprotect (cipher,
                                TRANSPORT_PACKET_RTP, packet, length, &plain),
        TRANSPORT_OK);
    fail_unless_equals_int (plain.length, packet_length (i));
    fail_unless_equals_int (packet[12], (guint8) i);
    fail_unless_equals_int (packet[plain.length - 1], (guint8) i);
  }

  g_thread_join (g_steal_pointer (&thread));
  fail_unless_equals_uint64 (
      transport_cipher_packets_protected (cipher), N_PACKETS);
  transport_cipher_free (cipher);
  transport_cipher_free (peer);
}
GST_END_TEST;

/* proc(5): dd in VmFlags of the mapping is MADV_DONTDUMP. */
static gboolean
stays_out_of_core_dumps (gconstpointer address)
{
  g_autofree gchar *maps = NULL;
  g_auto (GStrv) lines = NULL;
  gboolean inside = FALSE;

  fail_unless (g_file_get_contents ("/proc/self/smaps", &maps, NULL, NULL));
  lines = g_strsplit (maps, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    gsize from, to;

    if (sscanf (lines[i], "%zx-%zx ", &from, &to) == 2)
      inside = (gsize) address >= from && (gsize) address < to;
    else if (inside && g_str_has_prefix (lines[i], "VmFlags:"))
      return strstr (lines[i], " dd") != NULL;
  }
  fail ("%p is not mapped", address);
  return FALSE;
}

GST_START_TEST (test_keys_stay_out_of_core_dumps)
{
  AesGcm gcm;
  XChaCha xchacha;

  fail_if (stays_out_of_core_dumps (key));
  fail_unless (xchacha_init (&xchacha, key));
  fail_unless (stays_out_of_core_dumps (xchacha.key));
  xchacha_clear (&xchacha);

  if (!crypto_aead_aes256gcm_is_available ())
    return;
  fail_unless (aes_gcm_init (&gcm, key, TRUE));
  fail_unless (stays_out_of_core_dumps (gcm.schedule));
  aes_gcm_clear (&gcm);
}
GST_END_TEST;

static Suite *
cipherpaths_suite (void)
{
  Suite *suite = suite_create ("cipherpaths");
  TCase *tcase = tcase_create ("cipherpaths");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, NULL);
  tcase_add_test (tcase, test_gcm_every_size);
  tcase_add_test (tcase, test_gcm_without_libsodium);
  tcase_add_test (tcase, test_xchacha_every_size);
  tcase_add_test (tcase, test_keys_stay_out_of_core_dumps);
  tcase_add_loop_test (
      tcase, test_protect_beside_unprotect, 0, G_N_ELEMENTS (modes));
  return suite;
}

GST_CHECK_MAIN (cipherpaths);
