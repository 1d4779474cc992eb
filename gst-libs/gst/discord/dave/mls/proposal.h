/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The proposals of DAVE (RFC 9420, sections 12.1.1 and 12.1.3). */

#include "keypackage.h"

typedef enum
{
  MLS_PROPOSAL_ADD = 1,
  MLS_PROPOSAL_REMOVE = 3,
} MlsProposalType;

typedef struct
{
  MlsBytes encoded;
  MlsProposalType type;
  MlsKeyPackage key_package; /* to add */
  uint32_t removed; /* leaf index */
} MlsProposal;

/* Fails for proposals of other types. */
void mls_proposal_read (MlsReader *reader, MlsProposal *out);

void mls_add_proposal_write (MlsWriter *writer, MlsBytes key_package);
void mls_remove_proposal_write (MlsWriter *writer, uint32_t leaf_index);
