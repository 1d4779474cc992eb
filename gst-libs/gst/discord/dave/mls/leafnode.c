/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "leafnode.h"

#include "signature.h"

static const char leaf_node_label[] = "LeafNodeTBS";

static const uint8_t versions[] = { 0, MLS_VERSION_10 };
static const uint8_t cipher_suites[] = { 0, MLS_CIPHERSUITE };
static const uint8_t credentials[] = { 0, MLS_CREDENTIAL_BASIC };

const MlsCapabilities mls_capabilities_dave = {
  .versions = MLS_BYTES_INIT (versions),
  .cipher_suites = MLS_BYTES_INIT (cipher_suites),
  .credentials = MLS_BYTES_INIT (credentials),
};

static MlsBytes
read_numbers (MlsReader *reader)
{
  MlsBytes numbers = mls_read_vector (reader);

  if (numbers.length % 2 != 0)
    mls_reader_fail (reader, MLS_ERROR_PARSE);
  return numbers;
}

static void
read_capabilities (MlsReader *reader, MlsCapabilities *out)
{
  out->versions = read_numbers (reader);
  out->cipher_suites = read_numbers (reader);
  out->extensions = read_numbers (reader);
  out->proposals = read_numbers (reader);
  out->credentials = read_numbers (reader);
}

static void
read_source (MlsReader *reader, MlsLeafNode *out)
{
  out->source = mls_read_u8 (reader);
  switch (out->source) {
    case MLS_LEAF_KEY_PACKAGE:
      out->not_before = mls_read_u64 (reader);
      out->not_after = mls_read_u64 (reader);
      break;
    case MLS_LEAF_UPDATE:
      break;
    case MLS_LEAF_COMMIT:
      out->parent_hash = mls_read_vector (reader);
      break;
    default:
      mls_reader_fail (reader, MLS_ERROR_LEAF_NODE);
      break;
  }
}

void
mls_leaf_node_read (MlsReader *reader, MlsLeafNode *out)
{
  const uint8_t *start = reader->data;

  *out = (MlsLeafNode){ 0 };
  out->encryption_key = mls_read_vector (reader);
  out->signature_key = mls_read_vector (reader);
  mls_credential_read (reader, &out->credential);
  read_capabilities (reader, &out->capabilities);
  read_source (reader, out);
  out->extensions = mls_extensions_read (reader);
  out->to_be_signed = mls_reader_since (reader, start);
  out->signature = mls_read_vector (reader);
  out->encoded = mls_reader_since (reader, start);
}

static bool
lists (MlsBytes numbers, uint16_t number)
{
  for (size_t i = 0; i + 1 < numbers.length; i += 2)
    if ((numbers.data[i] << 8 | numbers.data[i + 1]) == number)
      return true;
  return false;
}

static MlsResult
check_capabilities (const MlsLeafNode *leaf)
{
  const MlsCapabilities *capabilities = &leaf->capabilities;
  MlsReader reader;

  if (!lists (capabilities->versions, MLS_VERSION_10)
      || !lists (capabilities->cipher_suites, MLS_CIPHERSUITE)
      || !lists (capabilities->credentials, MLS_CREDENTIAL_BASIC))
    return MLS_ERROR_CAPABILITIES;

  MLS_TRY (mls_extensions_check (leaf->extensions));
  mls_reader_init (&reader, leaf->extensions);
  while (mls_reader_more (&reader)) {
    uint16_t type = mls_extension_next (&reader).type;

    if (type > MLS_EXTENSION_LAST_DEFAULT
        && !lists (capabilities->extensions, type))
      return MLS_ERROR_CAPABILITIES;
  }
  return MLS_OK;
}

/* LeafNodeTBS: what is in the leaf and, unless it is a key package's, where. */
typedef struct
{
  MlsBytes parts[4];
  size_t n_parts;
  uint8_t header[MLS_LENGTH_MAX_SIZE];
  uint8_t index[4];
} Signed;

static void
signed_init (Signed *self, MlsBytes content, MlsLeafSource source,
    const MlsLeafPlace *place)
{
  self->parts[0] = content;
  self->n_parts = 1;
  if (source == MLS_LEAF_KEY_PACKAGE)
    return;

  self->parts[1] = mls_bytes (self->header,
      mls_length_encode ((uint32_t) place->group_id.length, self->header));
  self->parts[2] = place->group_id;
  for (unsigned i = 0; i < sizeof self->index; i++)
    self->index[i] = (uint8_t) (place->leaf_index >> (24 - 8 * i));
  self->parts[3] = MLS_BYTES_OF (self->index);
  self->n_parts = 4;
}

MlsResult
mls_leaf_node_check (
    MlsCrypto *crypto, const MlsLeafNode *leaf, const MlsLeafPlace *place)
{
  Signed content;

  if (leaf->credential.type != MLS_CREDENTIAL_BASIC)
    return MLS_ERROR_CREDENTIAL;
  MLS_TRY (check_capabilities (leaf));
  MLS_TRY (mls_public_key_check (crypto, leaf->encryption_key));
  signed_init (&content, leaf->to_be_signed, leaf->source, place);
  return mls_verify_with_label (crypto, leaf->signature_key, leaf_node_label,
      content.parts, content.n_parts, leaf->signature);
}

static void
write_content (MlsWriter *writer, const MlsLeafNode *leaf)
{
  mls_write_vector (writer, leaf->encryption_key);
  mls_write_vector (writer, leaf->signature_key);
  mls_credential_write (writer, &leaf->credential);
  mls_write_vector (writer, leaf->capabilities.versions);
  mls_write_vector (writer, leaf->capabilities.cipher_suites);
  mls_write_vector (writer, leaf->capabilities.extensions);
  mls_write_vector (writer, leaf->capabilities.proposals);
  mls_write_vector (writer, leaf->capabilities.credentials);
  mls_write_u8 (writer, (uint8_t) leaf->source);
  if (leaf->source == MLS_LEAF_KEY_PACKAGE) {
    mls_write_u64 (writer, leaf->not_before);
    mls_write_u64 (writer, leaf->not_after);
  } else if (leaf->source == MLS_LEAF_COMMIT) {
    mls_write_vector (writer, leaf->parent_hash);
  }
  mls_write_vector (writer, leaf->extensions);
}

MlsResult
mls_leaf_node_write (MlsWriter *writer, MlsCrypto *crypto,
    const MlsLeafNode *leaf, const MlsLeafPlace *place, const MlsKeyPair *key)
{
  size_t start = writer->length;
  uint8_t signature[MLS_SIGNATURE_MAX_SIZE];
  size_t length;
  Signed content;

  write_content (writer, leaf);
  signed_init (&content,
      mls_bytes (writer->data + start, writer->length - start), leaf->source,
      place);
  MLS_TRY (mls_sign_with_label (crypto, key, leaf_node_label, content.parts,
      content.n_parts, signature, &length));
  mls_write_vector (writer, mls_bytes (signature, length));
  return MLS_OK;
}
