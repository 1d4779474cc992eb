/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "commit.h"

#define KIND_PROPOSAL 1
#define KIND_REFERENCE 2

/* Counts and checks them; they are read again when they are needed. */
static MlsBytes
read_ciphertexts (MlsReader *reader)
{
  MlsBytes ciphertexts = mls_read_vector (reader);
  MlsReader inner;

  mls_reader_init (&inner, ciphertexts);
  while (mls_reader_more (&inner))
    mls_hpke_ciphertext_read (&inner);
  if (mls_reader_finish (&inner) != MLS_OK)
    mls_reader_fail (reader, mls_reader_finish (&inner));
  return ciphertexts;
}

void
mls_update_path_read (MlsReader *reader, MlsUpdatePath *out)
{
  MlsReader nodes;

  out->n_nodes = 0;
  mls_leaf_node_read (reader, &out->leaf);
  mls_reader_init (&nodes, mls_read_vector (reader));
  while (mls_reader_more (&nodes)) {
    MlsUpdatePathNode *node = &out->nodes[out->n_nodes];

    if (out->n_nodes == G_N_ELEMENTS (out->nodes)) {
      mls_reader_fail (reader, MLS_ERROR_LIMIT);
      return;
    }
    node->encryption_key = mls_read_vector (&nodes);
    node->ciphertexts = read_ciphertexts (&nodes);
    out->n_nodes++;
  }
  if (mls_reader_finish (&nodes) != MLS_OK)
    mls_reader_fail (reader, mls_reader_finish (&nodes));
}

void
mls_proposal_or_ref_read (MlsReader *reader, MlsProposalOrRef *out)
{
  uint8_t kind = mls_read_u8 (reader);

  out->by_reference = kind == KIND_REFERENCE;
  if (kind == KIND_REFERENCE)
    out->reference = mls_read_vector (reader);
  else if (kind == KIND_PROPOSAL)
    mls_proposal_read (reader, &out->proposal);
  else
    mls_reader_fail (reader, MLS_ERROR_PARSE);
}

void
mls_proposal_ref_write (MlsWriter *writer, MlsBytes reference)
{
  mls_write_u8 (writer, KIND_REFERENCE);
  mls_write_vector (writer, reference);
}

void
mls_commit_read (MlsReader *reader, MlsCommit *out)
{
  MlsReader proposals;

  out->n_proposals = 0;
  out->proposals = mls_read_vector (reader);
  mls_reader_init (&proposals, out->proposals);
  while (mls_reader_more (&proposals)) {
    MlsProposalOrRef ignored;

    mls_proposal_or_ref_read (&proposals, &ignored);
    if (++out->n_proposals > MLS_MAX_PROPOSALS)
      mls_reader_fail (&proposals, MLS_ERROR_LIMIT);
  }
  if (mls_reader_finish (&proposals) != MLS_OK)
    mls_reader_fail (reader, mls_reader_finish (&proposals));

  out->has_path = mls_read_optional (reader);
  if (out->has_path)
    mls_update_path_read (reader, &out->path);
}
