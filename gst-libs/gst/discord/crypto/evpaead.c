/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "evpaead.h"

#include <limits.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

EVP_CIPHER_CTX *
evp_aead_new (const char *name, const uint8_t *key, bool encrypt)
{
  EVP_CIPHER *cipher = EVP_CIPHER_fetch (NULL, name, NULL);
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new ();

  if (cipher != NULL && context != NULL
      && EVP_CipherInit_ex (context, cipher, NULL, key, NULL, encrypt) == 1) {
    EVP_CIPHER_free (cipher); /* the context has its own reference */
    return context;
  }

  EVP_CIPHER_CTX_free (context);
  EVP_CIPHER_free (cipher);
  return NULL;
}

/* OpenSSL takes an update without output as more AAD, and an empty message has
 * nothing to update with. */
static bool
update (EVP_CIPHER_CTX *context, uint8_t *out, const uint8_t *in, size_t length)
{
  int written = 0;

  if (length == 0)
    return true;
  if (length > INT_MAX)
    return false;
  return EVP_CipherUpdate (context, out, &written, in, (int) length) == 1;
}

/* The tag goes through parameters: EVP_CIPHER_CTX_ctrl() makes the same of its
 * arguments first. */
static OSSL_PARAM
tag_param (uint8_t *tag)
{
  return OSSL_PARAM_construct_octet_string (
      OSSL_CIPHER_PARAM_AEAD_TAG, tag, EVP_AEAD_TAG_SIZE);
}

bool
evp_aead_seal (EVP_CIPHER_CTX *context, const uint8_t *key,
    const uint8_t iv[EVP_AEAD_IV_SIZE], const uint8_t *aad, size_t aad_length,
    uint8_t *message, size_t length)
{
  uint8_t *tag = message + length;
  OSSL_PARAM params[] = { tag_param (tag), OSSL_PARAM_construct_end () };
  int written = 0;

  return EVP_EncryptInit_ex2 (context, NULL, key, iv, NULL) == 1
      && update (context, NULL, aad, aad_length)
      && update (context, message, message, length)
      && EVP_EncryptFinal_ex (context, tag, &written) == 1
      && EVP_CIPHER_CTX_get_params (context, params) == 1;
}

bool
evp_aead_open (EVP_CIPHER_CTX *context, const uint8_t *key,
    const uint8_t iv[EVP_AEAD_IV_SIZE], const uint8_t *aad, size_t aad_length,
    uint8_t *message, size_t length)
{
  uint8_t *tag = message + length;
  OSSL_PARAM params[] = { tag_param (tag), OSSL_PARAM_construct_end () };
  int written = 0;

  return EVP_DecryptInit_ex2 (context, NULL, key, iv, params) == 1
      && update (context, NULL, aad, aad_length)
      && update (context, message, message, length)
      && EVP_DecryptFinal_ex (context, tag, &written) == 1;
}
