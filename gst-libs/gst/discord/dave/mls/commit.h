/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Commits and update paths as they are on the wire (RFC 9420, sections 7.6 and
 * 12.4). */

#include "hpke.h"
#include "proposal.h"
#include "treemath.h"

/* In one commit, and outstanding in a group. */
#define MLS_MAX_PROPOSALS 1024

typedef struct
{
  MlsBytes encryption_key;
  MlsBytes ciphertexts; /* HPKECiphertext, one behind the other */
} MlsUpdatePathNode;

typedef struct
{
  MlsLeafNode leaf;
  MlsUpdatePathNode nodes[MLS_MAX_DEPTH]; /* from below */
  unsigned n_nodes;
} MlsUpdatePath;

void mls_update_path_read (MlsReader *reader, MlsUpdatePath *out);

typedef struct
{
  MlsBytes proposals; /* ProposalOrRef, one behind the other */
  unsigned n_proposals;
  bool has_path;
  MlsUpdatePath path;
} MlsCommit;

void mls_commit_read (MlsReader *reader, MlsCommit *out);

typedef struct
{
  bool by_reference;
  MlsBytes reference;
  MlsProposal proposal;
} MlsProposalOrRef;

/* @reader: over the proposals of a commit. */
void mls_proposal_or_ref_read (MlsReader *reader, MlsProposalOrRef *out);
void mls_proposal_ref_write (MlsWriter *writer, MlsBytes reference);
