/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../voiceserver.h"
#include "group.h"
#include "transitions.h"

struct _LbDave
{
  LbRoom *room;
  LbCore *core;
  LbSigner *signer;
  GBytes *external_sender; /* payload of op 25 */
  LbGroup *group;
  LbTransitions *transitions;
  guint version; /* in force, or as soon as all prepared transitions are */
  gboolean flowing; /* media, while the next group is founded */
  gint64 clear_until; /* media in clear has an excuse until then */
};

/* In the room, and able to take part. */
gboolean lb_dave_takes_part (LbDave *self, const LbVoiceSession *session);
LbVoiceSession *lb_dave_find (LbDave *self, guint32 ssrc);
/* It does not hold its leaf any more. */
void lb_dave_vacate (LbDave *self, const LbVoiceSession *session);
gboolean lb_dave_is_member (LbDave *self, const LbVoiceSession *session);
/* Does what is due now. */
void lb_dave_step (LbDave *self);
LbProposer lb_dave_proposer (LbDave *self);

/* propose.c */
void lb_dave_propose (LbDave *self);
/* Is sent op 27, and may answer with op 28. */
gboolean lb_dave_hears_proposals (LbDave *self, const LbVoiceSession *session);
void lb_dave_revoke (LbDave *self, LbProposal *proposal);

/* send.c: through the session's faults. */
void lb_dave_send_sender (LbDave *self, LbVoiceSession *session);
void lb_dave_send_prepare (LbVoiceSession *session, guint16 id, guint version);
void lb_dave_send_epoch (LbVoiceSession *session, guint version);
void lb_dave_send_commit (LbVoiceSession *session, guint16 id, LbBytes commit);
void lb_dave_send_welcome (
    LbVoiceSession *session, guint16 id, GBytes *welcome);
/* Op 27; of the proposals (LbProposal) without its own Add. */
void lb_dave_send_proposals (
    LbDave *self, LbVoiceSession *session, const GPtrArray *proposals);
void lb_dave_send_revocation (
    LbVoiceSession *session, const LbProposal *proposal);
