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
};
