/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From one epoch's secrets to the next (RFC 9420, section 8), and the
 * transcript they are bound to (section 8.2). */

#include "crypto.h"

/* What DAVE needs of an epoch. */
typedef struct
{
  MlsSecret exporter;
  MlsSecret confirmation_key;
  MlsSecret membership_key;
  MlsSecret authenticator;
  MlsSecret init; /* for the next epoch */
} MlsEpochSecrets;

#define MLS_EPOCH_SECRETS_INIT                                                 \
  {                                                                            \
    MLS_SECRET_ZERO, MLS_SECRET_ZERO, MLS_SECRET_ZERO, MLS_SECRET_ZERO,        \
        MLS_SECRET_ZERO                                                        \
  }

void mls_epoch_secrets_clear (MlsEpochSecrets *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MlsEpochSecrets, mls_epoch_secrets_clear)

/* @group_context: encoded, of the new epoch. */
MlsResult mls_joiner_secret (MlsCrypto *crypto, const MlsSecret *init_secret,
    const MlsSecret *commit_secret, MlsBytes group_context, MlsSecret *out);
/* @psk_secret: zero in DAVE. */
MlsResult mls_welcome_secret (MlsCrypto *crypto, const MlsSecret *joiner_secret,
    const MlsSecret *psk_secret, MlsSecret *out);
MlsResult mls_epoch_secret (MlsCrypto *crypto, const MlsSecret *joiner_secret,
    const MlsSecret *psk_secret, MlsBytes group_context, MlsSecret *out);
MlsResult mls_epoch_secrets_derive (
    MlsCrypto *crypto, const MlsSecret *epoch_secret, MlsEpochSecrets *out);

/* MLS-Exporter (section 8.5). */
MlsResult mls_exporter (MlsCrypto *crypto, const MlsSecret *exporter_secret,
    const char *label, MlsBytes context, uint8_t *out, size_t length);

/* @content: FramedContent of the commit. */
MlsResult mls_confirmed_transcript_hash (MlsCrypto *crypto,
    const uint8_t interim_before[MLS_HASH_SIZE], MlsBytes content,
    MlsBytes signature, uint8_t out[MLS_HASH_SIZE]);
MlsResult mls_interim_transcript_hash (MlsCrypto *crypto, MlsBytes confirmed,
    MlsBytes confirmation_tag, uint8_t out[MLS_HASH_SIZE]);
MlsResult mls_confirmation_tag (MlsCrypto *crypto,
    const MlsSecret *confirmation_key, MlsBytes confirmed,
    uint8_t out[MLS_HASH_SIZE]);
