/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* HPKE (RFC 9180) in base mode, single shot, with DHKEM(P-256, HKDF-SHA256),
 * HKDF-SHA256 and AES-128-GCM; and EncryptWithLabel on it (RFC 9420, section
 * 5.1.3). */

#include "p256.h"

#define MLS_KEM_OUTPUT_SIZE MLS_PUBLIC_KEY_SIZE

/* DeriveKeyPair (RFC 9180, section 7.1.3). */
MlsResult mls_hpke_derive_key_pair (
    MlsCrypto *crypto, MlsBytes ikm, MlsKeyPair *out);

#define MLS_HPKE_MAX_INFO_PARTS 3
/* What is sealed, and how: the info is given in parts. */
typedef struct
{
  MlsBytes info[MLS_HPKE_MAX_INFO_PARTS];
  size_t n_info;
  MlsBytes aad;
} MlsHpkeContext;

/* SealBase in place: @message of @length bytes has room for the tag behind it.
 * The KEM output is the public key of @ephemeral, which must be fresh. */
MlsResult mls_hpke_seal (MlsCrypto *crypto, MlsBytes public_key,
    const MlsKeyPair *ephemeral, const MlsHpkeContext *context,
    uint8_t *message, size_t length);
/* OpenBase in place: the tag is behind @message of @length bytes. */
MlsResult mls_hpke_open (MlsCrypto *crypto, const MlsKeyPair *key,
    MlsBytes kem_output, const MlsHpkeContext *context, uint8_t *message,
    size_t length);

typedef struct
{
  MlsBytes kem_output;
  MlsBytes ciphertext;
} MlsHpkeCiphertext;

MlsHpkeCiphertext mls_hpke_ciphertext_read (MlsReader *reader);

/* Appends an HPKECiphertext to @out. */
MlsResult mls_encrypt_with_label (MlsCrypto *crypto, MlsBytes public_key,
    const char *label, MlsBytes context, MlsBytes plaintext, MlsWriter *out);
/* Appends the plaintext to @out, which wipes it when it is cleared. */
MlsResult mls_decrypt_with_label (MlsCrypto *crypto, const MlsKeyPair *key,
    const char *label, MlsBytes context, const MlsHpkeCiphertext *ciphertext,
    MlsWriter *out);
