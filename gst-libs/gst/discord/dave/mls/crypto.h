/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The symmetric primitives of ciphersuite 2,
 * MLS_128_DHKEMP256_AES128GCM_SHA256_P256, on libcrypto. */

#include "wire.h"

#define MLS_CIPHERSUITE 2
#define MLS_HASH_SIZE 32 /* SHA-256; KDF.Nh */
#define MLS_AEAD_KEY_SIZE 16
#define MLS_AEAD_NONCE_SIZE 12
#define MLS_AEAD_TAG_SIZE 16

/* What libcrypto wants to have looked up once. Belongs to one thread at a time,
 * with everything that was given it. */
typedef struct _MlsCrypto MlsCrypto;

/* NULL when libcrypto lacks an algorithm or memory. */
MlsCrypto *mls_crypto_new (void);
void mls_crypto_free (MlsCrypto *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MlsCrypto, mls_crypto_free)

/* A secret of the key schedule or a private key. */
typedef struct
{
  uint8_t data[MLS_HASH_SIZE];
} MlsSecret;

void mls_secret_clear (MlsSecret *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MlsSecret, mls_secret_clear)
#define MLS_SECRET_BYTES(secret) MLS_BYTES_OF ((secret)->data)

/* The commit_secret of a commit without path, and DAVE's psk_secret. */
#define MLS_SECRET_ZERO                                                        \
  {                                                                            \
    {                                                                          \
      0                                                                        \
    }                                                                          \
  }

MlsResult mls_random (uint8_t *out, size_t length);

/* Of the parts, one behind the other. */
MlsResult mls_hash (MlsCrypto *self, const MlsBytes *parts, size_t n_parts,
    uint8_t out[MLS_HASH_SIZE]);
MlsResult mls_hmac (MlsCrypto *self, MlsBytes key, const MlsBytes *parts,
    size_t n_parts, uint8_t out[MLS_HASH_SIZE]);

#define MLS_EXPAND_MAX_PARTS 6
/* HKDF (RFC 5869) with SHA-256. @prk may have any length. */
MlsResult mls_extract (MlsCrypto *self, MlsBytes salt, const MlsBytes *parts,
    size_t n_parts, MlsSecret *out);
MlsResult mls_expand (MlsCrypto *self, MlsBytes prk, const MlsBytes *parts,
    size_t n_parts, uint8_t *out, size_t length);

/* AES-128-GCM in place. The tag is behind the
 * message: written, or expected. */
MlsResult mls_aead_seal (const uint8_t key[MLS_AEAD_KEY_SIZE],
    const uint8_t nonce[MLS_AEAD_NONCE_SIZE], MlsBytes aad, uint8_t *message,
    size_t length);
MlsResult mls_aead_open (const uint8_t key[MLS_AEAD_KEY_SIZE],
    const uint8_t nonce[MLS_AEAD_NONCE_SIZE], MlsBytes aad, uint8_t *message,
    size_t length);
