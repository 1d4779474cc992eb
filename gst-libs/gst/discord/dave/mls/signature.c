/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "signature.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "crypto-private.h"
#include "labels.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIGNUM, BN_clear_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_PARAM, OSSL_PARAM_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)

static MlsResult
hash_content (MlsCrypto *crypto, const char *label, const MlsBytes *parts,
    size_t n_parts, uint8_t out[MLS_HASH_SIZE])
{
  uint8_t encoded_label[MLS_LABEL_MAX_SIZE];
  uint8_t header[MLS_LENGTH_MAX_SIZE];
  MlsBytes input[2 + MLS_SIGN_MAX_PARTS];
  size_t length = 0;

  g_assert (n_parts <= MLS_SIGN_MAX_PARTS);
  for (size_t i = 0; i < n_parts; i++) {
    input[2 + i] = parts[i];
    length += parts[i].length;
  }
  input[0] = mls_bytes (encoded_label, mls_label_encode (label, encoded_label));
  input[1] = mls_bytes (header, mls_length_encode ((uint32_t) length, header));
  return mls_hash (crypto, input, 2 + n_parts, out);
}

/* libcrypto wipes the private key's BIGNUM with the parameters only when it is
 * flagged as secure; what the builder copies is freed with a wipe then. */
static EVP_PKEY *
signing_key_new (const MlsKeyPair *key)
{
  g_autoptr (OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new ();
  g_autoptr (BIGNUM) scalar = BN_secure_new ();
  g_autoptr (EVP_PKEY_CTX) context =
      EVP_PKEY_CTX_new_from_name (NULL, "EC", NULL);
  g_autoptr (OSSL_PARAM) params = NULL;
  EVP_PKEY *pkey = NULL;

  if (builder == NULL || scalar == NULL || context == NULL
      || BN_bin2bn (key->private_key.data, sizeof key->private_key.data, scalar)
          == NULL
      || OSSL_PARAM_BLD_push_utf8_string (
             builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0)
          != 1
      || OSSL_PARAM_BLD_push_octet_string (builder, OSSL_PKEY_PARAM_PUB_KEY,
             key->public_key, sizeof key->public_key)
          != 1
      || OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_PRIV_KEY, scalar)
          != 1)
    return NULL;
  params = OSSL_PARAM_BLD_to_param (builder);
  if (params == NULL || EVP_PKEY_fromdata_init (context) != 1
      || EVP_PKEY_fromdata (context, &pkey, EVP_PKEY_KEYPAIR, params) != 1)
    return NULL;
  return pkey;
}

MlsResult
mls_sign_with_label (MlsCrypto *crypto, const MlsKeyPair *key,
    const char *label, const MlsBytes *parts, size_t n_parts,
    uint8_t out[MLS_SIGNATURE_MAX_SIZE], size_t *length)
{
  uint8_t digest[MLS_HASH_SIZE];
  g_autoptr (EVP_PKEY) pkey = NULL;
  g_autoptr (EVP_PKEY_CTX) context = NULL;

  MLS_TRY (hash_content (crypto, label, parts, n_parts, digest));
  pkey = signing_key_new (key);
  if (pkey == NULL)
    return MLS_ERROR_CRYPTO;
  context = EVP_PKEY_CTX_new_from_pkey (NULL, pkey, NULL);
  *length = MLS_SIGNATURE_MAX_SIZE;
  if (context == NULL || EVP_PKEY_sign_init (context) != 1
      || EVP_PKEY_sign (context, out, length, digest, sizeof digest) != 1)
    return MLS_ERROR_CRYPTO;
  return MLS_OK;
}

MlsResult
mls_verify_with_label (MlsCrypto *crypto, MlsBytes public_key,
    const char *label, const MlsBytes *parts, size_t n_parts,
    MlsBytes signature)
{
  uint8_t digest[MLS_HASH_SIZE];
  g_autoptr (EVP_PKEY) pkey = NULL;
  g_autoptr (EVP_PKEY_CTX) context = NULL;

  if (signature.length == 0 || signature.length > MLS_SIGNATURE_MAX_SIZE)
    return MLS_ERROR_SIGNATURE;
  /* libcrypto takes compressed points as well. */
  MLS_TRY (mls_public_key_check (crypto, public_key));
  MLS_TRY (hash_content (crypto, label, parts, n_parts, digest));

  /* Copying a key and replacing its point takes a quarter of the time of
   * EVP_PKEY_fromdata(). */
  pkey = EVP_PKEY_dup (crypto->any_key);
  if (pkey == NULL
      || EVP_PKEY_set1_encoded_public_key (
             pkey, public_key.data, public_key.length)
          != 1)
    return MLS_ERROR_CRYPTO;
  context = EVP_PKEY_CTX_new_from_pkey (NULL, pkey, NULL);
  if (context == NULL || EVP_PKEY_verify_init (context) != 1)
    return MLS_ERROR_CRYPTO;
  if (EVP_PKEY_verify (
          context, signature.data, signature.length, digest, sizeof digest)
      != 1)
    return MLS_ERROR_SIGNATURE;
  return MLS_OK;
}
