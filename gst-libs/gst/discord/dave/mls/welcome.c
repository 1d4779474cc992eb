/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "welcome.h"

#include <openssl/crypto.h>

#include "credential.h"
#include "labels.h"
#include "signature.h"

static const char group_info_label[] = "GroupInfoTBS";
static const char welcome_label[] = "Welcome";

void
mls_welcome_read (MlsReader *reader, MlsWelcome *out)
{
  out->cipher_suite = mls_read_u16 (reader);
  out->secrets = mls_read_vector (reader);
  out->encrypted_group_info = mls_read_vector (reader);
}

void
mls_encrypted_group_secrets_read (
    MlsReader *reader, MlsEncryptedGroupSecrets *out)
{
  out->new_member = mls_read_vector (reader);
  out->ciphertext = mls_hpke_ciphertext_read (reader);
}

void
mls_group_secrets_read (MlsReader *reader, MlsGroupSecrets *out)
{
  out->joiner_secret = mls_read_vector (reader);
  out->has_path_secret = mls_read_optional (reader);
  out->path_secret =
      out->has_path_secret ? mls_read_vector (reader) : MLS_NO_BYTES;
  out->psks = mls_read_vector (reader);
}

void
mls_group_secrets_write (MlsWriter *writer, const MlsGroupSecrets *secrets)
{
  mls_write_vector (writer, secrets->joiner_secret);
  mls_write_u8 (writer, secrets->has_path_secret);
  if (secrets->has_path_secret)
    mls_write_vector (writer, secrets->path_secret);
  mls_write_vector (writer, secrets->psks);
}

void
mls_group_info_read (MlsReader *reader, MlsGroupInfo *out)
{
  const uint8_t *start = reader->data;

  mls_group_context_read (reader, &out->context);
  out->encoded_context = mls_reader_since (reader, start);
  out->extensions = mls_extensions_read (reader);
  out->confirmation_tag = mls_read_vector (reader);
  out->signer = mls_read_u32 (reader);
  out->to_be_signed = mls_reader_since (reader, start);
  out->signature = mls_read_vector (reader);
}

MlsResult
mls_group_info_write (MlsWriter *writer, MlsCrypto *crypto,
    const MlsGroupInfo *info, const MlsKeyPair *key)
{
  size_t start = writer->length;
  uint8_t signature[MLS_SIGNATURE_MAX_SIZE];
  size_t length;
  MlsBytes content;

  mls_write_fixed (writer, info->encoded_context);
  mls_write_vector (writer, info->extensions);
  mls_write_vector (writer, info->confirmation_tag);
  mls_write_u32 (writer, info->signer);
  content = mls_bytes (writer->data + start, writer->length - start);
  MLS_TRY (mls_sign_with_label (
      crypto, key, group_info_label, &content, 1, signature, &length));
  mls_write_vector (writer, mls_bytes (signature, length));
  return MLS_OK;
}

MlsResult
mls_group_info_verify (
    MlsCrypto *crypto, const MlsGroupInfo *info, MlsBytes public_key)
{
  return mls_verify_with_label (crypto, public_key, group_info_label,
      &info->to_be_signed, 1, info->signature);
}

MlsResult
mls_group_secrets_encrypt (MlsCrypto *crypto, const MlsGroupSecrets *secrets,
    MlsBytes init_key, MlsBytes encrypted_group_info, MlsWriter *out)
{
  g_auto (MlsWriter) plain = MLS_WRITER_INIT;

  mls_group_secrets_write (&plain, secrets);
  return mls_encrypt_with_label (crypto, init_key, welcome_label,
      encrypted_group_info, mls_writer_bytes (&plain), out);
}

MlsResult
mls_group_secrets_decrypt (MlsCrypto *crypto, const MlsKeyPair *init,
    const MlsWelcome *welcome, const MlsHpkeCiphertext *ciphertext,
    MlsWriter *out)
{
  return mls_decrypt_with_label (crypto, init, welcome_label,
      welcome->encrypted_group_info, ciphertext, out);
}

typedef struct
{
  uint8_t key[MLS_AEAD_KEY_SIZE];
  uint8_t nonce[MLS_AEAD_NONCE_SIZE];
} WelcomeKey;

static void
welcome_key_clear (WelcomeKey *key)
{
  OPENSSL_cleanse (key, sizeof *key);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WelcomeKey, welcome_key_clear)

static MlsResult
derive_welcome_key (
    MlsCrypto *crypto, const MlsSecret *welcome_secret, WelcomeKey *out)
{
  MLS_TRY (mls_expand_with_label (crypto, MLS_SECRET_BYTES (welcome_secret),
      "key", MLS_NO_BYTES, out->key, sizeof out->key));
  return mls_expand_with_label (crypto, MLS_SECRET_BYTES (welcome_secret),
      "nonce", MLS_NO_BYTES, out->nonce, sizeof out->nonce);
}

MlsResult
mls_group_info_seal (MlsCrypto *crypto, const MlsSecret *welcome_secret,
    uint8_t *info, size_t length)
{
  g_auto (WelcomeKey) key = { 0 };

  MLS_TRY (derive_welcome_key (crypto, welcome_secret, &key));
  return mls_aead_seal (key.key, key.nonce, MLS_NO_BYTES, info, length);
}

MlsResult
mls_group_info_open (MlsCrypto *crypto, const MlsSecret *welcome_secret,
    uint8_t *info, size_t length)
{
  g_auto (WelcomeKey) key = { 0 };

  MLS_TRY (derive_welcome_key (crypto, welcome_secret, &key));
  return mls_aead_open (key.key, key.nonce, MLS_NO_BYTES, info, length);
}
