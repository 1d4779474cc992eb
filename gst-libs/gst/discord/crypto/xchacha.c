/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xchacha.h"

#include <string.h>

#include <sodium.h>

#include "evpaead.h"

/* libsodium's ChaCha20 takes 512 bytes at a time, then 256, and the rest in
 * 64-byte blocks at a quarter of that speed, so that its cost is a saw; OpenSSL
 * has a fixed cost of about 600 ns and a flatter line. OpenSSL wins from
 * OPENSSL_MIN on where libsodium has much of the slow kind left, and from
 * OPENSSL_ALWAYS_MIN on with anything. Measured with libsodium 1.0.18 and
 * OpenSSL 3.0 on Sapphire Rapids, in ns, libsodium first: 840 bytes 938 and 935,
 * 960 bytes 1034 and 846, 1032 bytes 900 and 1044, 1200 bytes 1105 and 1195,
 * 1256 bytes 1232 and 1150. */
#define OPENSSL_MIN 864
#define OPENSSL_ALWAYS_MIN 1344
#define SODIUM_STRIDE 512
#define SODIUM_HALF_STRIDE 256
#define SLOW_BEHIND_STRIDE 192
#define SLOW_BEHIND_HALF_STRIDE 96

/* HChaCha20 takes the first 16 bytes of the nonce, ChaCha20 the last 8 behind
 * four zero bytes (draft-irtf-cfrg-xchacha-03, 2.3). */
#define HCHACHA_INPUT_SIZE 16

bool
xchacha_init (XChaCha *self, const uint8_t key[XCHACHA_KEY_SIZE])
{
  self->key = sodium_malloc (XCHACHA_KEY_SIZE);
  self->seal = evp_aead_new ("ChaCha20-Poly1305", NULL, true);
  self->open = evp_aead_new ("ChaCha20-Poly1305", NULL, false);
  if (self->key == NULL || self->seal == NULL || self->open == NULL)
    return false;
  memcpy (self->key, key, XCHACHA_KEY_SIZE);
  return true;
}

void
xchacha_clear (XChaCha *self)
{
  EVP_CIPHER_CTX_free (self->seal);
  EVP_CIPHER_CTX_free (self->open);
  sodium_free (self->key);
}

static bool
openssl_is_faster (size_t length)
{
  const size_t left = length % SODIUM_STRIDE;

  if (length < OPENSSL_MIN || length >= OPENSSL_ALWAYS_MIN)
    return length >= OPENSSL_MIN;
  if (left < SODIUM_HALF_STRIDE)
    return left >= SLOW_BEHIND_STRIDE;
  return left - SODIUM_HALF_STRIDE >= SLOW_BEHIND_HALF_STRIDE;
}

static void
derive (const XChaCha *self, const uint8_t nonce[XCHACHA_NONCE_SIZE],
    uint8_t subkey[XCHACHA_KEY_SIZE], uint8_t iv[EVP_AEAD_IV_SIZE])
{
  const size_t tail = XCHACHA_NONCE_SIZE - HCHACHA_INPUT_SIZE;

  crypto_core_hchacha20 (subkey, nonce, self->key, NULL);
  memset (iv, 0, EVP_AEAD_IV_SIZE);
  memcpy (iv + EVP_AEAD_IV_SIZE - tail, nonce + HCHACHA_INPUT_SIZE, tail);
}

bool
xchacha_seal (XChaCha *self, const uint8_t nonce[XCHACHA_NONCE_SIZE],
    const uint8_t *aad, size_t aad_length, uint8_t *message, size_t length)
{
  uint8_t subkey[XCHACHA_KEY_SIZE];
  uint8_t iv[EVP_AEAD_IV_SIZE];
  bool sealed;

  if (!openssl_is_faster (length))
    return crypto_aead_xchacha20poly1305_ietf_encrypt_detached (message,
               message + length, NULL, message, length, aad, aad_length, NULL,
               nonce, self->key)
        == 0;

  derive (self, nonce, subkey, iv);
  sealed =
      evp_aead_seal (self->seal, subkey, iv, aad, aad_length, message, length);
  sodium_memzero (subkey, sizeof subkey);
  return sealed;
}

bool
xchacha_open (XChaCha *self, const uint8_t nonce[XCHACHA_NONCE_SIZE],
    const uint8_t *aad, size_t aad_length, uint8_t *message, size_t length)
{
  uint8_t subkey[XCHACHA_KEY_SIZE];
  uint8_t iv[EVP_AEAD_IV_SIZE];
  bool opened;

  if (!openssl_is_faster (length))
    return crypto_aead_xchacha20poly1305_ietf_decrypt_detached (message, NULL,
               message, length, message + length, aad, aad_length, nonce,
               self->key)
        == 0;

  derive (self, nonce, subkey, iv);
  opened =
      evp_aead_open (self->open, subkey, iv, aad, aad_length, message, length);
  sodium_memzero (subkey, sizeof subkey);
  return opened;
}
