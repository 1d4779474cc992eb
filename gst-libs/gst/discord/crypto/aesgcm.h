/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* AES-256-GCM in place, by whichever library is faster for the size. Private to
 * this folder. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <sodium.h>

#define AES_GCM_KEY_SIZE 32
#define AES_GCM_NONCE_SIZE 12
#define AES_GCM_TAG_SIZE 16

typedef struct
{
  /* libsodium's expanded key in locked memory that stays out of core dumps and
   * is wiped at free; read only; NULL when OpenSSL does it all. */
  crypto_aead_aes256gcm_state *schedule;
  /* These hold the key too. OpenSSL has them in its own heap, where it can be
   * neither locked nor kept out of core dumps, and wipes them at free. */
  EVP_CIPHER_CTX *seal;
  EVP_CIPHER_CTX *open;
} AesGcm;

/* @use_sodium: only where crypto_aead_aes256gcm_is_available(). False when out
 * of memory or OpenSSL fails. Clear @self in either case. */
bool aes_gcm_init (
    AesGcm *self, const uint8_t key[AES_GCM_KEY_SIZE], bool use_sodium);
void aes_gcm_clear (AesGcm *self);

/* The tag goes behind the message. */
bool aes_gcm_seal (AesGcm *self, const uint8_t nonce[AES_GCM_NONCE_SIZE],
    const uint8_t *aad, size_t aad_length, uint8_t *message, size_t length);

/* Expects the tag behind the message. May run beside aes_gcm_seal(). */
bool aes_gcm_open (AesGcm *self, const uint8_t nonce[AES_GCM_NONCE_SIZE],
    const uint8_t *aad, size_t aad_length, uint8_t *message, size_t length);
