/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* SignWithLabel and VerifyWithLabel (RFC 9420, section 5.1.2): ECDSA on P-256
 * with SHA-256, DER encoded. */

#include "p256.h"

#define MLS_SIGNATURE_MAX_SIZE 72
#define MLS_SIGN_MAX_PARTS 6

/* The content is given in parts, one behind the other. */
MlsResult mls_sign_with_label (MlsCrypto *crypto, const MlsKeyPair *key,
    const char *label, const MlsBytes *parts, size_t n_parts,
    uint8_t out[MLS_SIGNATURE_MAX_SIZE], size_t *length);

/* MLS_ERROR_KEY when @public_key is none, MLS_ERROR_SIGNATURE when @signature is
 * not of that key and content. */
MlsResult mls_verify_with_label (MlsCrypto *crypto, MlsBytes public_key,
    const char *label, const MlsBytes *parts, size_t n_parts,
    MlsBytes signature);
