/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Leaf nodes (RFC 9420, section 7.2). */

#include "credential.h"
#include "p256.h"

typedef enum
{
  MLS_LEAF_KEY_PACKAGE = 1,
  MLS_LEAF_UPDATE = 2,
  MLS_LEAF_COMMIT = 3,
} MlsLeafSource;

/* Lists of 16-bit numbers. */
typedef struct
{
  MlsBytes versions;
  MlsBytes cipher_suites;
  MlsBytes extensions;
  MlsBytes proposals;
  MlsBytes credentials;
} MlsCapabilities;

/* All a view of encoded bytes. */
typedef struct
{
  MlsBytes encoded;
  MlsBytes to_be_signed; /* what is before the signature */
  MlsBytes encryption_key;
  MlsBytes signature_key;
  MlsCredential credential;
  MlsCapabilities capabilities;
  MlsLeafSource source;
  uint64_t not_before, not_after; /* of key packages */
  MlsBytes parent_hash; /* of commits */
  MlsBytes extensions;
  MlsBytes signature;
} MlsLeafNode;

/* Where a leaf that does not come from a key package belongs. */
typedef struct
{
  MlsBytes group_id;
  uint32_t leaf_index;
} MlsLeafPlace;

void mls_leaf_node_read (MlsReader *reader, MlsLeafNode *out);

/* Signature, keys, credential and capabilities (RFC 9420, section 7.3). DAVE
 * does not look at lifetimes. @place is not used for key packages. */
MlsResult mls_leaf_node_check (
    MlsCrypto *crypto, const MlsLeafNode *leaf, const MlsLeafPlace *place);

/* Capabilities of a DAVE client: version 1.0, ciphersuite 2, basic
 * credentials. */
extern const MlsCapabilities mls_capabilities_dave;

/* Everything but the signature, which is of @key. */
MlsResult mls_leaf_node_write (MlsWriter *writer, MlsCrypto *crypto,
    const MlsLeafNode *leaf, const MlsLeafPlace *place, const MlsKeyPair *key);
