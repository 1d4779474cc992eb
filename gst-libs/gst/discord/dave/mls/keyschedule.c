/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "keyschedule.h"

#include <openssl/crypto.h>

#include "framing.h"
#include "labels.h"

void
mls_epoch_secrets_clear (MlsEpochSecrets *self)
{
  OPENSSL_cleanse (self, sizeof *self);
}

MlsResult
mls_joiner_secret (MlsCrypto *crypto, const MlsSecret *init_secret,
    const MlsSecret *commit_secret, MlsBytes group_context, MlsSecret *out)
{
  g_auto (MlsSecret) extracted = MLS_SECRET_ZERO;
  MlsBytes ikm = MLS_SECRET_BYTES (commit_secret);

  MLS_TRY (mls_extract (
      crypto, MLS_SECRET_BYTES (init_secret), &ikm, 1, &extracted));
  return mls_expand_with_label (crypto, MLS_SECRET_BYTES (&extracted), "joiner",
      group_context, out->data, sizeof out->data);
}

/* The secret between joiner and epoch, which has no name in the RFC. */
static MlsResult
member_secret (MlsCrypto *crypto, const MlsSecret *joiner_secret,
    const MlsSecret *psk_secret, MlsSecret *out)
{
  MlsBytes ikm = MLS_SECRET_BYTES (psk_secret);

  return mls_extract (crypto, MLS_SECRET_BYTES (joiner_secret), &ikm, 1, out);
}

MlsResult
mls_welcome_secret (MlsCrypto *crypto, const MlsSecret *joiner_secret,
    const MlsSecret *psk_secret, MlsSecret *out)
{
  g_auto (MlsSecret) member = MLS_SECRET_ZERO;

  MLS_TRY (member_secret (crypto, joiner_secret, psk_secret, &member));
  return mls_derive_secret (crypto, MLS_SECRET_BYTES (&member), "welcome", out);
}

MlsResult
mls_epoch_secret (MlsCrypto *crypto, const MlsSecret *joiner_secret,
    const MlsSecret *psk_secret, MlsBytes group_context, MlsSecret *out)
{
  g_auto (MlsSecret) member = MLS_SECRET_ZERO;

  MLS_TRY (member_secret (crypto, joiner_secret, psk_secret, &member));
  return mls_expand_with_label (crypto, MLS_SECRET_BYTES (&member), "epoch",
      group_context, out->data, sizeof out->data);
}

MlsResult
mls_epoch_secrets_derive (
    MlsCrypto *crypto, const MlsSecret *epoch_secret, MlsEpochSecrets *out)
{
  const struct
  {
    const char *label;
    MlsSecret *secret;
  } wanted[] = {
    { "exporter", &out->exporter },
    { "confirm", &out->confirmation_key },
    { "membership", &out->membership_key },
    { "authentication", &out->authenticator },
    { "init", &out->init },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (wanted); i++)
    MLS_TRY (mls_derive_secret (crypto, MLS_SECRET_BYTES (epoch_secret),
        wanted[i].label, wanted[i].secret));
  return MLS_OK;
}

MlsResult
mls_exporter (MlsCrypto *crypto, const MlsSecret *exporter_secret,
    const char *label, MlsBytes context, uint8_t *out, size_t length)
{
  g_auto (MlsSecret) derived = MLS_SECRET_ZERO;
  uint8_t context_hash[MLS_HASH_SIZE];

  MLS_TRY (mls_derive_secret (
      crypto, MLS_SECRET_BYTES (exporter_secret), label, &derived));
  MLS_TRY (mls_hash (crypto, &context, 1, context_hash));
  return mls_expand_with_label (crypto, MLS_SECRET_BYTES (&derived), "exported",
      MLS_BYTES_OF (context_hash), out, length);
}

MlsResult
mls_confirmed_transcript_hash (MlsCrypto *crypto,
    const uint8_t interim_before[MLS_HASH_SIZE], MlsBytes content,
    MlsBytes signature, uint8_t out[MLS_HASH_SIZE])
{
  static const uint8_t wire_format[] = { 0, MLS_WIRE_FORMAT_PUBLIC_MESSAGE };
  uint8_t header[MLS_LENGTH_MAX_SIZE];
  size_t header_size = mls_length_encode ((uint32_t) signature.length, header);
  const MlsBytes parts[] = { mls_bytes (interim_before, MLS_HASH_SIZE),
    MLS_BYTES_OF (wire_format), content, mls_bytes (header, header_size),
    signature };

  return mls_hash (crypto, parts, G_N_ELEMENTS (parts), out);
}

MlsResult
mls_interim_transcript_hash (MlsCrypto *crypto, MlsBytes confirmed,
    MlsBytes confirmation_tag, uint8_t out[MLS_HASH_SIZE])
{
  uint8_t header[MLS_LENGTH_MAX_SIZE];
  size_t header_size =
      mls_length_encode ((uint32_t) confirmation_tag.length, header);
  const MlsBytes parts[] = { confirmed, mls_bytes (header, header_size),
    confirmation_tag };

  return mls_hash (crypto, parts, G_N_ELEMENTS (parts), out);
}

MlsResult
mls_confirmation_tag (MlsCrypto *crypto, const MlsSecret *confirmation_key,
    MlsBytes confirmed, uint8_t out[MLS_HASH_SIZE])
{
  return mls_hmac (
      crypto, MLS_SECRET_BYTES (confirmation_key), &confirmed, 1, out);
}
