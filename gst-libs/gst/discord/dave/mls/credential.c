/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "credential.h"

#define CREDENTIAL_X509 2
/* DAVE has one extension in a group and in a GroupInfo. */
#define MAX_EXTENSIONS 64

void
mls_credential_read (MlsReader *reader, MlsCredential *out)
{
  out->type = mls_read_u16 (reader);
  if (out->type != MLS_CREDENTIAL_BASIC && out->type != CREDENTIAL_X509)
    mls_reader_fail (reader, MLS_ERROR_CREDENTIAL);
  out->identity = mls_read_vector (reader);
}

void
mls_credential_write (MlsWriter *writer, const MlsCredential *credential)
{
  mls_write_u16 (writer, credential->type);
  mls_write_vector (writer, credential->identity);
}

bool
mls_credential_equal (const MlsCredential *a, const MlsCredential *b)
{
  return a->type == b->type && mls_bytes_equal (a->identity, b->identity);
}

MlsResult
mls_credential_user_id (const MlsCredential *credential, uint64_t *user_id)
{
  MlsReader reader;

  if (credential->type != MLS_CREDENTIAL_BASIC
      || credential->identity.length != MLS_USER_ID_SIZE)
    return MLS_ERROR_CREDENTIAL;
  mls_reader_init (&reader, credential->identity);
  *user_id = mls_read_u64 (&reader);
  return MLS_OK;
}

void
mls_user_id_encode (uint64_t user_id, uint8_t out[MLS_USER_ID_SIZE])
{
  for (int i = MLS_USER_ID_SIZE - 1; i >= 0; i--) {
    out[i] = (uint8_t) user_id;
    user_id >>= 8;
  }
}

MlsExtension
mls_extension_next (MlsReader *reader)
{
  MlsExtension extension;

  extension.type = mls_read_u16 (reader);
  extension.data = mls_read_vector (reader);
  return extension;
}

MlsBytes
mls_extensions_read (MlsReader *reader)
{
  MlsBytes extensions = mls_read_vector (reader);
  MlsReader inner;
  unsigned n = 0;

  mls_reader_init (&inner, extensions);
  while (mls_reader_more (&inner)) {
    mls_extension_next (&inner);
    if (++n > MAX_EXTENSIONS)
      mls_reader_fail (&inner, MLS_ERROR_LIMIT);
  }
  if (mls_reader_finish (&inner) != MLS_OK)
    mls_reader_fail (reader, mls_reader_finish (&inner));
  return extensions;
}

void
mls_extension_write (MlsWriter *writer, uint16_t type, MlsBytes extension_data)
{
  mls_write_u16 (writer, type);
  mls_write_vector (writer, extension_data);
}

MlsResult
mls_extensions_check (MlsBytes extensions)
{
  MlsReader reader, rest;

  mls_reader_init (&reader, extensions);
  while (mls_reader_more (&reader)) {
    uint16_t type = mls_extension_next (&reader).type;

    rest = reader;
    while (mls_reader_more (&rest))
      if (mls_extension_next (&rest).type == type)
        return MLS_ERROR_EXTENSION;
  }
  return mls_reader_finish (&reader);
}

bool
mls_extensions_find (MlsBytes extensions, uint16_t type, MlsBytes *data)
{
  MlsReader reader;

  mls_reader_init (&reader, extensions);
  while (mls_reader_more (&reader)) {
    MlsExtension extension = mls_extension_next (&reader);

    if (extension.type == type) {
      *data = extension.data;
      return true;
    }
  }
  return false;
}

static void
external_sender_read (MlsReader *reader, MlsExternalSender *out)
{
  out->signature_key = mls_read_vector (reader);
  mls_credential_read (reader, &out->credential);
}

MlsResult
mls_external_sender_parse (MlsBytes bytes, MlsExternalSender *out)
{
  MlsReader reader;

  mls_reader_init (&reader, bytes);
  external_sender_read (&reader, out);
  return mls_reader_finish (&reader);
}

MlsResult
mls_external_sender_find (
    MlsBytes group_extensions, uint32_t index, MlsExternalSender *out)
{
  MlsBytes data;
  MlsReader reader, senders;

  if (!mls_extensions_find (
          group_extensions, MLS_EXTENSION_EXTERNAL_SENDERS, &data))
    return MLS_ERROR_EXTERNAL_SENDER;
  mls_reader_init (&reader, data);
  mls_reader_init (&senders, mls_read_vector (&reader));
  MLS_TRY (mls_reader_finish (&reader));

  for (uint32_t i = 0; mls_reader_more (&senders); i++) {
    external_sender_read (&senders, out);
    if (senders.result != MLS_OK)
      return senders.result;
    if (i == index)
      return MLS_OK;
  }
  return MLS_ERROR_EXTERNAL_SENDER;
}

void
mls_external_senders_write (MlsWriter *writer, MlsBytes sender)
{
  size_t begin;

  mls_write_u16 (writer, MLS_EXTENSION_EXTERNAL_SENDERS);
  begin = mls_write_vector_begin (writer);
  mls_write_vector (writer, sender);
  mls_write_vector_end (writer, begin);
}
