/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One AEAD call on an OpenSSL context that lives as long as its key. For this
 * folder and dave/mls. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#define EVP_AEAD_IV_SIZE 12
#define EVP_AEAD_TAG_SIZE 16

/* @name: of an AEAD cipher with a 12-byte IV. @key: NULL when every call brings
 * its own. NULL when OpenSSL fails. A context serves one direction and one
 * thread at a time; free it with EVP_CIPHER_CTX_free(), which wipes the key. */
EVP_CIPHER_CTX *evp_aead_new (
    const char *name, const uint8_t *key, bool encrypt);

/* Encrypts @message in place and writes the tag behind it. @key: NULL for the
 * key of evp_aead_new(). */
bool evp_aead_seal (EVP_CIPHER_CTX *context, const uint8_t *key,
    const uint8_t iv[EVP_AEAD_IV_SIZE], const uint8_t *aad, size_t aad_length,
    uint8_t *message, size_t length);

/* Decrypts @message in place; the tag is expected behind it. When it does not
 * match, false, and the message is garbage. */
bool evp_aead_open (EVP_CIPHER_CTX *context, const uint8_t *key,
    const uint8_t iv[EVP_AEAD_IV_SIZE], const uint8_t *aad, size_t aad_length,
    uint8_t *message, size_t length);
