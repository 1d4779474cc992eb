/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Welcome, GroupSecrets and GroupInfo (RFC 9420, sections 12.4.3 and
 * 12.4.3.1). */

#include "groupcontext.h"
#include "hpke.h"
#include "keyschedule.h"

typedef struct
{
  uint16_t cipher_suite;
  MlsBytes secrets; /* EncryptedGroupSecrets, one behind the other */
  MlsBytes encrypted_group_info;
} MlsWelcome;

void mls_welcome_read (MlsReader *reader, MlsWelcome *out);

typedef struct
{
  MlsBytes new_member; /* KeyPackageRef */
  MlsHpkeCiphertext ciphertext;
} MlsEncryptedGroupSecrets;

/* @reader: over MlsWelcome.secrets. */
void mls_encrypted_group_secrets_read (
    MlsReader *reader, MlsEncryptedGroupSecrets *out);

typedef struct
{
  MlsBytes joiner_secret;
  bool has_path_secret;
  MlsBytes path_secret;
  MlsBytes psks;
} MlsGroupSecrets;

void mls_group_secrets_read (MlsReader *reader, MlsGroupSecrets *out);
void mls_group_secrets_write (
    MlsWriter *writer, const MlsGroupSecrets *secrets);

typedef struct
{
  MlsBytes to_be_signed; /* what is before the signature */
  MlsBytes encoded_context;
  MlsGroupContext context;
  MlsBytes extensions;
  MlsBytes confirmation_tag;
  uint32_t signer; /* leaf index */
  MlsBytes signature;
} MlsGroupInfo;

void mls_group_info_read (MlsReader *reader, MlsGroupInfo *out);
/* Everything but to_be_signed, context and signature of @info; signed with
 * @key. */
MlsResult mls_group_info_write (MlsWriter *writer, MlsCrypto *crypto,
    const MlsGroupInfo *info, const MlsKeyPair *key);
MlsResult mls_group_info_verify (
    MlsCrypto *crypto, const MlsGroupInfo *info, MlsBytes public_key);

/* EncryptWithLabel with the joiner's init key, bound to the GroupInfo. */
MlsResult mls_group_secrets_encrypt (MlsCrypto *crypto,
    const MlsGroupSecrets *secrets, MlsBytes init_key,
    MlsBytes encrypted_group_info, MlsWriter *out);
MlsResult mls_group_secrets_decrypt (MlsCrypto *crypto, const MlsKeyPair *init,
    const MlsWelcome *welcome, const MlsHpkeCiphertext *ciphertext,
    MlsWriter *out);

/* In place, with the tag behind @info; under the welcome secret. */
MlsResult mls_group_info_seal (MlsCrypto *crypto,
    const MlsSecret *welcome_secret, uint8_t *info, size_t length);
MlsResult mls_group_info_open (MlsCrypto *crypto,
    const MlsSecret *welcome_secret, uint8_t *info, size_t length);
