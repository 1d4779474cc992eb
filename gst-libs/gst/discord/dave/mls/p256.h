/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Keys on P-256: uncompressed points and 32-byte big-endian scalars. */

#include "crypto.h"

#define MLS_PUBLIC_KEY_SIZE 65

typedef struct
{
  MlsSecret private_key;
  uint8_t public_key[MLS_PUBLIC_KEY_SIZE];
} MlsKeyPair;

#define MLS_KEY_PAIR_INIT                                                      \
  {                                                                            \
    MLS_SECRET_ZERO,                                                           \
    {                                                                          \
      0                                                                        \
    }                                                                          \
  }

void mls_key_pair_clear (MlsKeyPair *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MlsKeyPair, mls_key_pair_clear)

MlsResult mls_key_pair_generate (MlsCrypto *crypto, MlsKeyPair *out);
/* MLS_ERROR_KEY when @private_key is zero or not below the group order. */
MlsResult mls_key_pair_from_private (
    MlsCrypto *crypto, MlsBytes private_key, MlsKeyPair *out);

/* MLS_ERROR_KEY unless @key is an uncompressed point on the curve. */
MlsResult mls_public_key_check (MlsCrypto *crypto, MlsBytes key);

/* The X coordinate of private_key * public_key. */
MlsResult mls_p256_ecdh (MlsCrypto *crypto, const MlsSecret *private_key,
    MlsBytes public_key, MlsSecret *out);
