/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Derivations and hashes with a label (RFC 9420, sections 5.2, 8 and 9). */

#include "crypto.h"

/* Longest label, without the prefix "MLS 1.0 ". */
#define MLS_MAX_LABEL 128
/* Its encoding with the prefix. */
#define MLS_LABEL_MAX_SIZE (MLS_LENGTH_MAX_SIZE + 8 + MLS_MAX_LABEL)

/* "MLS 1.0 " and @label as opaque<V>; returns the size. */
size_t mls_label_encode (const char *label, uint8_t out[MLS_LABEL_MAX_SIZE]);

MlsResult mls_expand_with_label (MlsCrypto *crypto, MlsBytes secret,
    const char *label, MlsBytes context, uint8_t *out, size_t length);
MlsResult mls_derive_secret (
    MlsCrypto *crypto, MlsBytes secret, const char *label, MlsSecret *out);
MlsResult mls_derive_tree_secret (MlsCrypto *crypto, MlsBytes secret,
    const char *label, uint32_t generation, uint8_t *out, size_t length);

#define MLS_KEY_PACKAGE_REF_LABEL "MLS 1.0 KeyPackage Reference"
#define MLS_PROPOSAL_REF_LABEL "MLS 1.0 Proposal Reference"
/* RefHash: of @label as it stands and of the parts of one value. */
#define MLS_REF_MAX_PARTS 4
MlsResult mls_ref_hash (MlsCrypto *crypto, const char *label,
    const MlsBytes *parts, size_t n_parts, uint8_t out[MLS_HASH_SIZE]);
