/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "keypackage.h"

#include "labels.h"
#include "signature.h"

static const char key_package_label[] = "KeyPackageTBS";

void
mls_key_package_read (MlsReader *reader, MlsKeyPackage *out)
{
  const uint8_t *start = reader->data;

  out->version = mls_read_u16 (reader);
  out->cipher_suite = mls_read_u16 (reader);
  out->init_key = mls_read_vector (reader);
  mls_leaf_node_read (reader, &out->leaf);
  out->extensions = mls_extensions_read (reader);
  out->to_be_signed = mls_reader_since (reader, start);
  out->signature = mls_read_vector (reader);
  out->encoded = mls_reader_since (reader, start);
}

MlsResult
mls_key_package_check (MlsCrypto *crypto, const MlsKeyPackage *key_package)
{
  if (key_package->version != MLS_VERSION_10)
    return MLS_ERROR_VERSION;
  if (key_package->cipher_suite != MLS_CIPHERSUITE)
    return MLS_ERROR_SUITE;
  if (key_package->leaf.source != MLS_LEAF_KEY_PACKAGE)
    return MLS_ERROR_LEAF_NODE;
  if (mls_bytes_equal (key_package->init_key, key_package->leaf.encryption_key))
    return MLS_ERROR_KEY_PACKAGE;
  MLS_TRY (mls_public_key_check (crypto, key_package->init_key));
  MLS_TRY (mls_extensions_check (key_package->extensions));
  MLS_TRY (mls_leaf_node_check (crypto, &key_package->leaf, NULL));
  return mls_verify_with_label (crypto, key_package->leaf.signature_key,
      key_package_label, &key_package->to_be_signed, 1, key_package->signature);
}

MlsResult
mls_key_package_ref (
    MlsCrypto *crypto, MlsBytes encoded, uint8_t out[MLS_HASH_SIZE])
{
  return mls_ref_hash (crypto, MLS_KEY_PACKAGE_REF_LABEL, &encoded, 1, out);
}

MlsResult
mls_own_key_package_make (MlsCrypto *crypto, MlsBytes identity,
    const MlsKeyPair *signature_key, MlsOwnKeyPackage *out)
{
  g_auto (MlsWriter) writer = MLS_WRITER_INIT;
  uint8_t signature[MLS_SIGNATURE_MAX_SIZE];
  size_t length;
  MlsBytes content;
  MlsLeafNode leaf = {
    .encryption_key = MLS_BYTES_OF (out->leaf.public_key),
    .signature_key = MLS_BYTES_OF (signature_key->public_key),
    .credential = { MLS_CREDENTIAL_BASIC, identity },
    .capabilities = mls_capabilities_dave,
    .source = MLS_LEAF_KEY_PACKAGE,
    .not_before = 0,
    .not_after = UINT64_MAX,
  };

  MLS_TRY (mls_key_pair_generate (crypto, &out->init));
  MLS_TRY (mls_key_pair_generate (crypto, &out->leaf));

  mls_write_u16 (&writer, MLS_VERSION_10);
  mls_write_u16 (&writer, MLS_CIPHERSUITE);
  mls_write_vector (&writer, MLS_BYTES_OF (out->init.public_key));
  MLS_TRY (mls_leaf_node_write (&writer, crypto, &leaf, NULL, signature_key));
  mls_write_vector (&writer, MLS_NO_BYTES); /* extensions */

  content = mls_writer_bytes (&writer);
  MLS_TRY (mls_sign_with_label (crypto, signature_key, key_package_label,
      &content, 1, signature, &length));
  mls_write_vector (&writer, mls_bytes (signature, length));
  out->encoded = mls_writer_steal (&writer, &out->length);
  return MLS_OK;
}

MlsResult
mls_own_key_package_load (MlsCrypto *crypto, MlsBytes encoded,
    MlsBytes init_private, MlsBytes leaf_private, MlsOwnKeyPackage *out)
{
  MlsKeyPackage key_package;
  MlsReader reader;

  mls_reader_init (&reader, encoded);
  mls_key_package_read (&reader, &key_package);
  MLS_TRY (mls_reader_finish (&reader));
  MLS_TRY (mls_key_pair_from_private (crypto, init_private, &out->init));
  MLS_TRY (mls_key_pair_from_private (crypto, leaf_private, &out->leaf));
  if (!mls_bytes_equal (
          key_package.init_key, MLS_BYTES_OF (out->init.public_key))
      || !mls_bytes_equal (
          key_package.leaf.encryption_key, MLS_BYTES_OF (out->leaf.public_key)))
    return MLS_ERROR_KEY_PACKAGE;
  out->encoded = mls_bytes_dup (encoded);
  out->length = encoded.length;
  return MLS_OK;
}

void
mls_own_key_package_clear (MlsOwnKeyPackage *self)
{
  g_free (self->encoded);
  self->encoded = NULL;
  self->length = 0;
  mls_key_pair_clear (&self->init);
  mls_key_pair_clear (&self->leaf);
}

MlsBytes
mls_own_key_package_bytes (const MlsOwnKeyPackage *self)
{
  return mls_bytes (self->encoded, self->length);
}
