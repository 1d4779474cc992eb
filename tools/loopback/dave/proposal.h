/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "keypackage.h"

/* What the gateway proposes to a group, as its external sender. */
typedef struct
{
  LbKeyPackage *added; /* NULL: a Remove */
  guint32 ssrc; /* of the session to be added */
  guint32 removed; /* leaf index */
  guint batch; /* which op 27 of the epoch brought it */
  guint revoked; /* which revoked it; 0: none */
  GBytes *message; /* MLSMessage */
  guint8 ref[LB_REF];
} LbProposal;

typedef struct
{
  const LbSigner *signer;
  guint64 group_id;
  guint64 epoch;
} LbProposer;

/* ExternalSender, the payload of op 25. */
GBytes *lb_external_sender (const LbSigner *signer);

LbProposal *lb_proposal_add (
    const LbProposer *by, const LbKeyPackage *key_package, guint32 ssrc);
LbProposal *lb_proposal_remove (const LbProposer *by, guint32 leaf);
/* The same proposal signed by somebody else: another message and reference. */
GBytes *lb_proposal_forge (const LbProposal *self, const LbProposer *by);
void lb_proposal_free (LbProposal *self);
