/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Proposals of the current epoch that no commit has taken yet. */

#include "framing.h"

typedef struct
{
  uint8_t reference[MLS_HASH_SIZE];
  MlsProposal proposal;
  uint8_t encoded[]; /* what @proposal is a view of */
} MlsQueuedProposal;

typedef struct _MlsProposalQueue MlsProposalQueue;

MlsProposalQueue *mls_proposal_queue_new (void);
void mls_proposal_queue_free (MlsProposalQueue *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MlsProposalQueue, mls_proposal_queue_free)

unsigned mls_proposal_queue_length (const MlsProposalQueue *self);
const MlsQueuedProposal *mls_proposal_queue_get (
    const MlsProposalQueue *self, unsigned i);
/* NULL when there is none. */
const MlsQueuedProposal *mls_proposal_queue_find (
    const MlsProposalQueue *self, MlsBytes reference);

/* Behind the others; once only. @proposal must have been checked.
 * MLS_ERROR_LIMIT. */
MlsResult mls_proposal_queue_add (MlsProposalQueue *self,
    const MlsProposal *proposal, const uint8_t reference[MLS_HASH_SIZE]);
/* False when there is none. */
bool mls_proposal_queue_remove (MlsProposalQueue *self, MlsBytes reference);
/* With the same entries, for changes that must happen as a whole. */
MlsProposalQueue *mls_proposal_queue_copy (const MlsProposalQueue *self);
/* Whether both have the same proposals in the same order. */
bool mls_proposal_queue_equal (
    const MlsProposalQueue *a, const MlsProposalQueue *b);
