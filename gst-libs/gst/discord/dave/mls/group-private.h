/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "epochstate.h"
#include "group.h"

struct _MlsGroup
{
  MlsEpochState *state;
  MlsKeyPair signature_key;
  MlsProposalQueue *queue;
  MlsStagedCommit staged; /* ours, not announced yet */
  MlsProposalQueue *committed; /* what it covers, NULL without one */
};

/* Those of the queue that our commit is to cover. */
MlsProposalQueue *mls_group_due_proposals (const MlsGroup *self);
void mls_group_forget_commit (MlsGroup *self);
