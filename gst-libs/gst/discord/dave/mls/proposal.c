/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proposal.h"

void
mls_proposal_read (MlsReader *reader, MlsProposal *out)
{
  const uint8_t *start = reader->data;

  *out = (MlsProposal){ 0 };
  out->type = mls_read_u16 (reader);
  switch (out->type) {
    case MLS_PROPOSAL_ADD:
      mls_key_package_read (reader, &out->key_package);
      break;
    case MLS_PROPOSAL_REMOVE:
      out->removed = mls_read_u32 (reader);
      break;
    default:
      mls_reader_fail (reader, MLS_ERROR_PROPOSAL_TYPE);
      break;
  }
  out->encoded = mls_reader_since (reader, start);
}

void
mls_add_proposal_write (MlsWriter *writer, MlsBytes key_package)
{
  mls_write_u16 (writer, MLS_PROPOSAL_ADD);
  mls_write_fixed (writer, key_package);
}

void
mls_remove_proposal_write (MlsWriter *writer, uint32_t leaf_index)
{
  mls_write_u16 (writer, MLS_PROPOSAL_REMOVE);
  mls_write_u32 (writer, leaf_index);
}
