/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) in place, by whichever library
 * is faster for the size. Private to this folder. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#define XCHACHA_KEY_SIZE 32
#define XCHACHA_NONCE_SIZE 24
#define XCHACHA_TAG_SIZE 16

typedef struct
{
  /* In locked memory that stays out of core dumps and is wiped at free; read
   * only. */
  uint8_t *key;
  /* These hold only the subkey of the last nonce they were used for. */
  EVP_CIPHER_CTX *seal;
  EVP_CIPHER_CTX *open;
} XChaCha;

/* False when out of memory or OpenSSL fails. Clear @self in either case. */
bool xchacha_init (XChaCha *self, const uint8_t key[XCHACHA_KEY_SIZE]);
void xchacha_clear (XChaCha *self);

/* The tag goes behind the message. */
bool xchacha_seal (XChaCha *self, const uint8_t nonce[XCHACHA_NONCE_SIZE],
    const uint8_t *aad, size_t aad_length, uint8_t *message, size_t length);

/* Expects the tag behind the message. May run beside xchacha_seal(). */
bool xchacha_open (XChaCha *self, const uint8_t nonce[XCHACHA_NONCE_SIZE],
    const uint8_t *aad, size_t aad_length, uint8_t *message, size_t length);
