/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "crypto-private.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "gst/discord/crypto/evpaead.h"

static const uint8_t no_key[MLS_HASH_SIZE];

static EVP_MAC_CTX *
hmac_new (void)
{
  EVP_MAC *mac = EVP_MAC_fetch (NULL, OSSL_MAC_NAME_HMAC, NULL);
  EVP_MAC_CTX *context = mac != NULL ? EVP_MAC_CTX_new (mac) : NULL;
  char digest[] = "SHA256";
  OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string (
                              OSSL_MAC_PARAM_DIGEST, digest, 0),
    OSSL_PARAM_construct_end () };

  EVP_MAC_free (mac); /* the context has its own reference */
  if (context != NULL
      && EVP_MAC_init (context, no_key, sizeof no_key, params) == 1)
    return context;
  EVP_MAC_CTX_free (context);
  return NULL;
}

MlsCrypto *
mls_crypto_new (void)
{
  g_autoptr (MlsCrypto) self = g_new0 (MlsCrypto, 1);

  self->sha256 = EVP_MD_fetch (NULL, "SHA256", NULL);
  self->hash = EVP_MD_CTX_new ();
  self->hmac = hmac_new ();
  self->curve = EC_GROUP_new_by_curve_name (NID_X9_62_prime256v1);
  self->any_key = EVP_EC_gen ("P-256");
  if (self->sha256 == NULL || self->hash == NULL || self->hmac == NULL
      || self->curve == NULL || self->any_key == NULL)
    return NULL;
  return g_steal_pointer (&self);
}

void
mls_crypto_free (MlsCrypto *self)
{
  if (self == NULL)
    return;
  EVP_PKEY_free (self->any_key);
  EC_GROUP_free (self->curve);
  EVP_MAC_CTX_free (self->hmac);
  EVP_MD_CTX_free (self->hash);
  EVP_MD_free (self->sha256);
  g_free (self);
}

void
mls_secret_clear (MlsSecret *self)
{
  OPENSSL_cleanse (self->data, sizeof self->data);
}

MlsResult
mls_random (uint8_t *out, size_t length)
{
  g_assert (length <= INT_MAX);
  return RAND_priv_bytes (out, (int) length) == 1 ? MLS_OK : MLS_ERROR_CRYPTO;
}

MlsResult
mls_hash (MlsCrypto *self, const MlsBytes *parts, size_t n_parts,
    uint8_t out[MLS_HASH_SIZE])
{
  bool good = EVP_DigestInit_ex2 (self->hash, self->sha256, NULL) == 1;

  for (size_t i = 0; good && i < n_parts; i++)
    if (parts[i].length > 0)
      good = EVP_DigestUpdate (self->hash, parts[i].data, parts[i].length) == 1;
  good = good && EVP_DigestFinal_ex (self->hash, out, NULL) == 1;
  return good ? MLS_OK : MLS_ERROR_CRYPTO;
}

MlsResult
mls_hmac (MlsCrypto *self, MlsBytes key, const MlsBytes *parts, size_t n_parts,
    uint8_t out[MLS_HASH_SIZE])
{
  size_t written = 0;
  bool good;

  /* An empty key is one of zeros (RFC 2104), but libcrypto takes none for "as
   * before". */
  if (key.length == 0)
    key = MLS_BYTES_OF (no_key);
  good = EVP_MAC_init (self->hmac, key.data, key.length, NULL) == 1;
  for (size_t i = 0; good && i < n_parts; i++)
    if (parts[i].length > 0)
      good = EVP_MAC_update (self->hmac, parts[i].data, parts[i].length) == 1;
  good = good && EVP_MAC_final (self->hmac, out, &written, MLS_HASH_SIZE) == 1;

  /* Overwrites what is left of the key. */
  good = EVP_MAC_init (self->hmac, no_key, sizeof no_key, NULL) == 1 && good;
  return good ? MLS_OK : MLS_ERROR_CRYPTO;
}

MlsResult
mls_extract (MlsCrypto *self, MlsBytes salt, const MlsBytes *parts,
    size_t n_parts, MlsSecret *out)
{
  return mls_hmac (self, salt, parts, n_parts, out->data);
}

MlsResult
mls_expand (MlsCrypto *self, MlsBytes prk, const MlsBytes *parts,
    size_t n_parts, uint8_t *out, size_t length)
{
  g_auto (MlsSecret) block = MLS_SECRET_ZERO;
  MlsBytes input[MLS_EXPAND_MAX_PARTS + 2] = { MLS_NO_BYTES };
  uint8_t counter = 0;

  g_assert (n_parts <= MLS_EXPAND_MAX_PARTS);
  g_assert (length <= 255 * MLS_HASH_SIZE);
  if (n_parts > 0)
    memcpy (input + 1, parts, n_parts * sizeof *parts);
  input[n_parts + 1] = mls_bytes (&counter, 1);

  while (length > 0) {
    size_t size = MIN (length, MLS_HASH_SIZE);

    counter++;
    MLS_TRY (mls_hmac (self, prk, input, n_parts + 2, block.data));
    memcpy (out, block.data, size);
    input[0] = MLS_SECRET_BYTES (&block);
    out += size;
    length -= size;
  }
  return MLS_OK;
}

MlsResult
mls_aead_seal (const uint8_t key[MLS_AEAD_KEY_SIZE],
    const uint8_t nonce[MLS_AEAD_NONCE_SIZE], MlsBytes aad, uint8_t *message,
    size_t length)
{
  EVP_CIPHER_CTX *context = evp_aead_new ("AES-128-GCM", key, true);
  bool good = context != NULL
      && evp_aead_seal (
          context, NULL, nonce, aad.data, aad.length, message, length);

  EVP_CIPHER_CTX_free (context);
  return good ? MLS_OK : MLS_ERROR_CRYPTO;
}

MlsResult
mls_aead_open (const uint8_t key[MLS_AEAD_KEY_SIZE],
    const uint8_t nonce[MLS_AEAD_NONCE_SIZE], MlsBytes aad, uint8_t *message,
    size_t length)
{
  EVP_CIPHER_CTX *context = evp_aead_new ("AES-128-GCM", key, false);
  bool good;

  if (context == NULL)
    return MLS_ERROR_CRYPTO;
  good = evp_aead_open (
      context, NULL, nonce, aad.data, aad.length, message, length);
  EVP_CIPHER_CTX_free (context);
  return good ? MLS_OK : MLS_ERROR_DECRYPT;
}
