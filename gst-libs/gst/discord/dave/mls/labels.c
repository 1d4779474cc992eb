/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "labels.h"

#include <string.h>

static const char prefix[] = "MLS 1.0 ";
#define PREFIX_LENGTH (sizeof prefix - 1)

size_t
mls_label_encode (const char *label, uint8_t out[MLS_LABEL_MAX_SIZE])
{
  size_t length = strlen (label);
  size_t size;

  g_assert (length <= MLS_MAX_LABEL);
  size = mls_length_encode ((uint32_t) (PREFIX_LENGTH + length), out);
  memcpy (out + size, prefix, PREFIX_LENGTH);
  memcpy (out + size + PREFIX_LENGTH, label, length);
  return size + PREFIX_LENGTH + length;
}

MlsResult
mls_expand_with_label (MlsCrypto *crypto, MlsBytes secret, const char *label,
    MlsBytes context, uint8_t *out, size_t length)
{
  const uint8_t size[] = { (uint8_t) (length >> 8), (uint8_t) length };
  uint8_t encoded_label[MLS_LABEL_MAX_SIZE];
  size_t label_size = mls_label_encode (label, encoded_label);
  uint8_t header[MLS_LENGTH_MAX_SIZE];
  size_t header_size = mls_length_encode ((uint32_t) context.length, header);
  const MlsBytes info[] = { MLS_BYTES_OF (size),
    mls_bytes (encoded_label, label_size), mls_bytes (header, header_size),
    context };

  return mls_expand (crypto, secret, info, G_N_ELEMENTS (info), out, length);
}

MlsResult
mls_derive_secret (
    MlsCrypto *crypto, MlsBytes secret, const char *label, MlsSecret *out)
{
  return mls_expand_with_label (
      crypto, secret, label, MLS_NO_BYTES, out->data, sizeof out->data);
}

MlsResult
mls_derive_tree_secret (MlsCrypto *crypto, MlsBytes secret, const char *label,
    uint32_t generation, uint8_t *out, size_t length)
{
  const uint8_t context[] = { (uint8_t) (generation >> 24),
    (uint8_t) (generation >> 16), (uint8_t) (generation >> 8),
    (uint8_t) generation };

  return mls_expand_with_label (
      crypto, secret, label, MLS_BYTES_OF (context), out, length);
}

MlsResult
mls_ref_hash (MlsCrypto *crypto, const char *label, const MlsBytes *parts,
    size_t n_parts, uint8_t out[MLS_HASH_SIZE])
{
  uint8_t label_header[MLS_LENGTH_MAX_SIZE], value_header[MLS_LENGTH_MAX_SIZE];
  MlsBytes label_bytes = mls_bytes_text (label);
  MlsBytes input[3 + MLS_REF_MAX_PARTS];
  size_t length = 0;

  g_assert (n_parts <= MLS_REF_MAX_PARTS);
  for (size_t i = 0; i < n_parts; i++) {
    input[3 + i] = parts[i];
    length += parts[i].length;
  }
  input[0] = mls_bytes (label_header,
      mls_length_encode ((uint32_t) label_bytes.length, label_header));
  input[1] = label_bytes;
  input[2] = mls_bytes (
      value_header, mls_length_encode ((uint32_t) length, value_header));
  return mls_hash (crypto, input, 3 + n_parts, out);
}
