/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hpke.h"

#include <string.h>

#include <openssl/crypto.h>

#include "labels.h"

/* RFC 9180, sections 4.1 and 5.1: "KEM" and the KEM's number; "HPKE" and those
 * of KEM, KDF and AEAD. */
static const uint8_t kem_suite[] = { 'K', 'E', 'M', 0x00, 0x10 };
static const uint8_t hpke_suite[] = { 'H', 'P', 'K', 'E', 0x00, 0x10, 0x00,
  0x01, 0x00, 0x01 };

#define KEM_SUITE MLS_BYTES_OF (kem_suite)
#define HPKE_SUITE MLS_BYTES_OF (hpke_suite)
#define MODE_BASE 0x00

typedef struct
{
  uint8_t key[MLS_AEAD_KEY_SIZE];
  uint8_t nonce[MLS_AEAD_NONCE_SIZE];
} AeadKey;

static void
aead_key_clear (AeadKey *key)
{
  OPENSSL_cleanse (key, sizeof *key);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AeadKey, aead_key_clear)

static MlsResult
labeled_extract (MlsCrypto *crypto, MlsBytes suite, MlsBytes salt,
    const char *label, const MlsBytes *ikm, size_t n_ikm, MlsSecret *out)
{
  MlsBytes parts[3 + MLS_HPKE_MAX_INFO_PARTS] = { mls_bytes_text ("HPKE-v1"),
    suite, mls_bytes_text (label) };

  g_assert (n_ikm <= MLS_HPKE_MAX_INFO_PARTS);
  if (n_ikm > 0)
    memcpy (parts + 3, ikm, n_ikm * sizeof *ikm);
  return mls_extract (crypto, salt, parts, 3 + n_ikm, out);
}

static MlsResult
labeled_expand (MlsCrypto *crypto, MlsBytes suite, const MlsSecret *prk,
    const char *label, MlsBytes info, MlsBytes more_info, uint8_t *out,
    size_t length)
{
  const uint8_t size[] = { (uint8_t) (length >> 8), (uint8_t) length };
  const MlsBytes parts[] = { MLS_BYTES_OF (size), mls_bytes_text ("HPKE-v1"),
    suite, mls_bytes_text (label), info, more_info };

  return mls_expand (
      crypto, MLS_SECRET_BYTES (prk), parts, G_N_ELEMENTS (parts), out, length);
}

MlsResult
mls_hpke_derive_key_pair (MlsCrypto *crypto, MlsBytes ikm, MlsKeyPair *out)
{
  g_auto (MlsSecret) prk = MLS_SECRET_ZERO;
  g_auto (MlsSecret) candidate = MLS_SECRET_ZERO;

  MLS_TRY (labeled_extract (
      crypto, KEM_SUITE, MLS_NO_BYTES, "dkp_prk", &ikm, 1, &prk));
  for (unsigned i = 0; i <= 255; i++) {
    uint8_t counter = (uint8_t) i;
    MlsResult result;

    MLS_TRY (labeled_expand (crypto, KEM_SUITE, &prk, "candidate",
        mls_bytes (&counter, 1), MLS_NO_BYTES, candidate.data,
        sizeof candidate.data));
    result =
        mls_key_pair_from_private (crypto, MLS_SECRET_BYTES (&candidate), out);
    if (result != MLS_ERROR_KEY)
      return result;
  }
  return MLS_ERROR_KEY;
}

/* The KEM's ExtractAndExpand; kem_context is @kem_output and @public_key. */
static MlsResult
shared_secret (MlsCrypto *crypto, const MlsSecret *private_key, MlsBytes peer,
    MlsBytes kem_output, MlsBytes public_key, MlsSecret *out)
{
  g_auto (MlsSecret) dh = MLS_SECRET_ZERO;
  g_auto (MlsSecret) prk = MLS_SECRET_ZERO;
  MlsBytes ikm = MLS_SECRET_BYTES (&dh);

  MLS_TRY (mls_p256_ecdh (crypto, private_key, peer, &dh));
  MLS_TRY (labeled_extract (
      crypto, KEM_SUITE, MLS_NO_BYTES, "eae_prk", &ikm, 1, &prk));
  return labeled_expand (crypto, KEM_SUITE, &prk, "shared_secret", kem_output,
      public_key, out->data, sizeof out->data);
}

/* KeyScheduleS and KeyScheduleR (RFC 9180, section 5.1): for a single message
 * the nonce is the base nonce. */
static MlsResult
key_schedule (MlsCrypto *crypto, const MlsSecret *shared,
    const MlsHpkeContext *context, AeadKey *out)
{
  uint8_t schedule_context[1 + 2 * MLS_HASH_SIZE] = { MODE_BASE };
  MlsSecret psk_id_hash, info_hash;
  g_auto (MlsSecret) secret = MLS_SECRET_ZERO;

  MLS_TRY (labeled_extract (
      crypto, HPKE_SUITE, MLS_NO_BYTES, "psk_id_hash", NULL, 0, &psk_id_hash));
  MLS_TRY (labeled_extract (crypto, HPKE_SUITE, MLS_NO_BYTES, "info_hash",
      context->info, context->n_info, &info_hash));
  memcpy (schedule_context + 1, psk_id_hash.data, MLS_HASH_SIZE);
  memcpy (schedule_context + 1 + MLS_HASH_SIZE, info_hash.data, MLS_HASH_SIZE);

  MLS_TRY (labeled_extract (crypto, HPKE_SUITE, MLS_SECRET_BYTES (shared),
      "secret", NULL, 0, &secret));
  MLS_TRY (labeled_expand (crypto, HPKE_SUITE, &secret, "key",
      MLS_BYTES_OF (schedule_context), MLS_NO_BYTES, out->key,
      sizeof out->key));
  return labeled_expand (crypto, HPKE_SUITE, &secret, "base_nonce",
      MLS_BYTES_OF (schedule_context), MLS_NO_BYTES, out->nonce,
      sizeof out->nonce);
}

MlsResult
mls_hpke_seal (MlsCrypto *crypto, MlsBytes public_key,
    const MlsKeyPair *ephemeral, const MlsHpkeContext *context,
    uint8_t *message, size_t length)
{
  g_auto (MlsSecret) shared = MLS_SECRET_ZERO;
  g_auto (AeadKey) key = { 0 };

  MLS_TRY (shared_secret (crypto, &ephemeral->private_key, public_key,
      MLS_BYTES_OF (ephemeral->public_key), public_key, &shared));
  MLS_TRY (key_schedule (crypto, &shared, context, &key));
  return mls_aead_seal (key.key, key.nonce, context->aad, message, length);
}

MlsResult
mls_hpke_open (MlsCrypto *crypto, const MlsKeyPair *key, MlsBytes kem_output,
    const MlsHpkeContext *context, uint8_t *message, size_t length)
{
  g_auto (MlsSecret) shared = MLS_SECRET_ZERO;
  g_auto (AeadKey) aead_key = { 0 };

  MLS_TRY (shared_secret (crypto, &key->private_key, kem_output, kem_output,
      MLS_BYTES_OF (key->public_key), &shared));
  MLS_TRY (key_schedule (crypto, &shared, context, &aead_key));
  return mls_aead_open (
      aead_key.key, aead_key.nonce, context->aad, message, length);
}

MlsHpkeCiphertext
mls_hpke_ciphertext_read (MlsReader *reader)
{
  MlsHpkeCiphertext ciphertext;

  ciphertext.kem_output = mls_read_vector (reader);
  ciphertext.ciphertext = mls_read_vector (reader);
  return ciphertext;
}

/* EncryptContext: label and context, both opaque<V>. */
typedef struct
{
  uint8_t label[MLS_LABEL_MAX_SIZE];
  uint8_t header[MLS_LENGTH_MAX_SIZE];
  MlsHpkeContext hpke;
} LabelledContext;

static void
labelled_context_init (
    LabelledContext *self, const char *label, MlsBytes context)
{
  size_t label_size = mls_label_encode (label, self->label);
  size_t size = mls_length_encode ((uint32_t) context.length, self->header);

  self->hpke.info[0] = mls_bytes (self->label, label_size);
  self->hpke.info[1] = mls_bytes (self->header, size);
  self->hpke.info[2] = context;
  self->hpke.n_info = 3;
  self->hpke.aad = MLS_NO_BYTES;
}

MlsResult
mls_encrypt_with_label (MlsCrypto *crypto, MlsBytes public_key,
    const char *label, MlsBytes context, MlsBytes plaintext, MlsWriter *out)
{
  g_auto (MlsKeyPair) ephemeral = MLS_KEY_PAIR_INIT;
  LabelledContext labelled;
  uint8_t *message;

  labelled_context_init (&labelled, label, context);
  MLS_TRY (mls_key_pair_generate (crypto, &ephemeral));
  mls_write_vector (out, MLS_BYTES_OF (ephemeral.public_key));

  {
    uint8_t header[MLS_LENGTH_MAX_SIZE];
    size_t size = mls_length_encode (
        (uint32_t) (plaintext.length + MLS_AEAD_TAG_SIZE), header);

    mls_write_fixed (out, mls_bytes (header, size));
  }
  message = mls_write_space (out, plaintext.length + MLS_AEAD_TAG_SIZE);
  if (plaintext.length > 0)
    memcpy (message, plaintext.data, plaintext.length);
  return mls_hpke_seal (crypto, public_key, &ephemeral, &labelled.hpke, message,
      plaintext.length);
}

MlsResult
mls_decrypt_with_label (MlsCrypto *crypto, const MlsKeyPair *key,
    const char *label, MlsBytes context, const MlsHpkeCiphertext *ciphertext,
    MlsWriter *out)
{
  LabelledContext labelled;
  size_t length;
  uint8_t *message;

  if (ciphertext->ciphertext.length < MLS_AEAD_TAG_SIZE)
    return MLS_ERROR_DECRYPT;
  length = ciphertext->ciphertext.length - MLS_AEAD_TAG_SIZE;
  labelled_context_init (&labelled, label, context);
  message = mls_write_space (out, ciphertext->ciphertext.length);
  memcpy (message, ciphertext->ciphertext.data, ciphertext->ciphertext.length);
  MLS_TRY (mls_hpke_open (
      crypto, key, ciphertext->kem_output, &labelled.hpke, message, length));
  out->length -= MLS_AEAD_TAG_SIZE;
  return MLS_OK;
}
