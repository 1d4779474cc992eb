/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cipher.h"

#include <limits.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

#define GCM_TAG_SIZE 16

void
dave_cipher_init (DaveCipher *self, bool encrypt)
{
  self->context = NULL;
  self->encrypt = encrypt;
}

void
dave_cipher_clear (DaveCipher *self)
{
  EVP_CIPHER_CTX_free (self->context); /* wipes the key */
  self->context = NULL;
}

static bool
set_key (DaveCipher *self, const uint8_t key[DAVE_KEY_SIZE])
{
  EVP_CIPHER *cipher;
  bool ok;

  if (self->context != NULL)
    return EVP_CipherInit_ex2 (
               self->context, NULL, key, NULL, self->encrypt, NULL)
        == 1;

  cipher = EVP_CIPHER_fetch (NULL, "AES-128-GCM", NULL);
  self->context = EVP_CIPHER_CTX_new ();
  ok = cipher != NULL && self->context != NULL
      && EVP_CipherInit_ex2 (
             self->context, cipher, key, NULL, self->encrypt, NULL)
          == 1;
  EVP_CIPHER_free (cipher); /* the context has its own reference */
  return ok;
}

bool
dave_cipher_set_key (DaveCipher *self, const DaveRatchet *ratchet)
{
  uint8_t key[DAVE_KEY_SIZE];
  bool ok = dave_ratchet_key (ratchet, key) && set_key (self, key);

  OPENSSL_cleanse (key, sizeof key);
  return ok;
}

/* The counter is little-endian and at the end. */
void
dave_cipher_iv (uint32_t nonce, uint8_t iv[DAVE_IV_SIZE])
{
  memset (iv, 0, DAVE_IV_SIZE);
  iv[8] = (uint8_t) nonce;
  iv[9] = (uint8_t) (nonce >> 8);
  iv[10] = (uint8_t) (nonce >> 16);
  iv[11] = (uint8_t) (nonce >> 24);
}

bool
dave_cipher_begin (DaveCipher *self, uint32_t nonce)
{
  uint8_t iv[DAVE_IV_SIZE];

  dave_cipher_iv (nonce, iv);
  return EVP_CipherInit_ex2 (self->context, NULL, NULL, iv, self->encrypt, NULL)
      == 1;
}

bool
dave_cipher_clear_part (
    DaveCipher *self, const DaveView *view, size_t offset, size_t length)
{
  while (length > 0) {
    uint8_t *data;
    size_t n = dave_view_span (view, offset, &data);
    int written;

    n = n < length ? n : length;
    if (n == 0 || n > INT_MAX
        || EVP_CipherUpdate (self->context, NULL, &written, data, (int) n) != 1)
      return false;
    offset += n;
    length -= n;
  }
  return true;
}

bool
dave_cipher_encrypted_part (DaveCipher *self, const DaveView *to,
    size_t to_offset, const DaveView *from, size_t from_offset, size_t length)
{
  while (length > 0) {
    uint8_t *out, *in;
    size_t n_out = dave_view_span (to, to_offset, &out);
    size_t n = dave_view_span (from, from_offset, &in);
    int written;

    n = n < n_out ? n : n_out;
    n = n < length ? n : length;
    if (n == 0 || n > INT_MAX
        || EVP_CipherUpdate (self->context, out, &written, in, (int) n) != 1)
      return false;
    to_offset += n;
    from_offset += n;
    length -= n;
  }
  return true;
}

/* The first bytes of GCM's 16. */
bool
dave_cipher_tag (DaveCipher *self, uint8_t tag[DAVE_TAG_SIZE])
{
  OSSL_PARAM params[] = { OSSL_PARAM_construct_octet_string (
                              OSSL_CIPHER_PARAM_AEAD_TAG, tag, DAVE_TAG_SIZE),
    OSSL_PARAM_construct_end () };
  uint8_t none[GCM_TAG_SIZE];
  int written;

  return EVP_CipherFinal_ex (self->context, none, &written) == 1
      && EVP_CIPHER_CTX_get_params (self->context, params) == 1;
}

bool
dave_cipher_verify (DaveCipher *self, const uint8_t tag[DAVE_TAG_SIZE])
{
  uint8_t expected[DAVE_TAG_SIZE];
  OSSL_PARAM params[] = { OSSL_PARAM_construct_octet_string (
                              OSSL_CIPHER_PARAM_AEAD_TAG, expected,
                              DAVE_TAG_SIZE),
    OSSL_PARAM_construct_end () };
  uint8_t none[GCM_TAG_SIZE];
  int written;

  memcpy (expected, tag, sizeof expected);
  return EVP_CIPHER_CTX_set_params (self->context, params) == 1
      && EVP_CipherFinal_ex (self->context, none, &written) == 1;
}
