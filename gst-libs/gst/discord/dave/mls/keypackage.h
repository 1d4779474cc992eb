/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Key packages (RFC 9420, section 10). */

#include "leafnode.h"

typedef struct
{
  MlsBytes encoded;
  MlsBytes to_be_signed; /* what is before the signature */
  uint16_t version;
  uint16_t cipher_suite;
  MlsBytes init_key;
  MlsLeafNode leaf;
  MlsBytes extensions;
  MlsBytes signature;
} MlsKeyPackage;

void mls_key_package_read (MlsReader *reader, MlsKeyPackage *out);
/* Version, suite, both signatures, keys (RFC 9420, section 10.1). */
MlsResult mls_key_package_check (
    MlsCrypto *crypto, const MlsKeyPackage *key_package);
/* KeyPackageRef. */
MlsResult mls_key_package_ref (
    MlsCrypto *crypto, MlsBytes encoded, uint8_t out[MLS_HASH_SIZE]);

/* One of ours, with what decrypts a Welcome for it. Used once. */
typedef struct
{
  uint8_t *encoded;
  size_t length;
  MlsKeyPair init;
  MlsKeyPair leaf; /* of the leaf's encryption key */
} MlsOwnKeyPackage;

#define MLS_OWN_KEY_PACKAGE_INIT                                               \
  {                                                                            \
    NULL, 0, MLS_KEY_PAIR_INIT, MLS_KEY_PAIR_INIT                              \
  }

/* Fresh keys for @identity, signed with @signature_key. Valid for ever: the
 * gateway wants a lifetime of 0 to 2^64 - 1, nobody looks at it (DAVE
 * whitepaper). @out: must be cleared when this fails, too. */
MlsResult mls_own_key_package_make (MlsCrypto *crypto, MlsBytes identity,
    const MlsKeyPair *signature_key, MlsOwnKeyPackage *out);
/* MLS_ERROR_KEY_PACKAGE when the keys are not those in @encoded. */
MlsResult mls_own_key_package_load (MlsCrypto *crypto, MlsBytes encoded,
    MlsBytes init_private, MlsBytes leaf_private, MlsOwnKeyPackage *out);
void mls_own_key_package_clear (MlsOwnKeyPackage *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MlsOwnKeyPackage, mls_own_key_package_clear)

MlsBytes mls_own_key_package_bytes (const MlsOwnKeyPackage *self);
