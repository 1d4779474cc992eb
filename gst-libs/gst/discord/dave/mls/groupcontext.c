/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "groupcontext.h"

#include "credential.h"

void
mls_group_context_read (MlsReader *reader, MlsGroupContext *out)
{
  if (mls_read_u16 (reader) != MLS_VERSION_10)
    mls_reader_fail (reader, MLS_ERROR_VERSION);
  if (mls_read_u16 (reader) != MLS_CIPHERSUITE)
    mls_reader_fail (reader, MLS_ERROR_SUITE);
  out->group_id = mls_read_vector (reader);
  out->epoch = mls_read_u64 (reader);
  out->tree_hash = mls_read_vector (reader);
  out->confirmed_transcript_hash = mls_read_vector (reader);
  out->extensions = mls_extensions_read (reader);
}

void
mls_group_context_write (MlsWriter *writer, const MlsGroupContext *context)
{
  mls_write_u16 (writer, MLS_VERSION_10);
  mls_write_u16 (writer, MLS_CIPHERSUITE);
  mls_write_vector (writer, context->group_id);
  mls_write_u64 (writer, context->epoch);
  mls_write_vector (writer, context->tree_hash);
  mls_write_vector (writer, context->confirmed_transcript_hash);
  mls_write_vector (writer, context->extensions);
}
