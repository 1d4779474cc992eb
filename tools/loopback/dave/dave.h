/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "keypackage.h"

#include "../core.h"
#include "../json.h"

/* The delivery service of end-to-end encryption in one room (DAVE whitepaper,
 * "Voice gateway"). It holds no secret of the group: what members encrypt, it
 * cannot read. */
typedef struct _LbDave LbDave;
typedef struct _LbRoom LbRoom;

enum
{
  LB_OP_DAVE_PREPARE_TRANSITION = 21,
  LB_OP_DAVE_EXECUTE_TRANSITION = 22,
  LB_OP_DAVE_READY = 23,
  LB_OP_DAVE_PREPARE_EPOCH = 24,
  LB_OP_DAVE_EXTERNAL_SENDER = 25,
  LB_OP_DAVE_KEY_PACKAGE = 26,
  LB_OP_DAVE_PROPOSALS = 27,
  LB_OP_DAVE_COMMIT_WELCOME = 28,
  LB_OP_DAVE_ANNOUNCE_COMMIT = 29,
  LB_OP_DAVE_WELCOME = 30,
  LB_OP_DAVE_INVALID = 31,
};

/* A session's part. */
typedef struct
{
  guint max_version; /* what it announced */
  gboolean has_sender; /* was sent op 25 */
  LbKeyPackage *key_package; /* not used up yet */
  gboolean recovering; /* was a member and said op 31 */
  GQueue faults; /* LbDaveFault, what is to go wrong next */
} LbDaveSide;

void lb_dave_side_clear (LbDaveSide *self);

LbDave *lb_dave_new (LbRoom *room);
void lb_dave_free (LbDave *self);

/* What op 4 tells @session, in the room or about to come. */
guint lb_dave_version_for (LbDave *self, LbVoiceSession *session);
/* Op 25 before the session description, when told to. */
void lb_dave_greet (LbDave *self, LbVoiceSession *session);
/* Right after it came into, or left, the room. */
void lb_dave_joined (LbDave *self, LbVoiceSession *session);
void lb_dave_left (LbDave *self, LbVoiceSession *session);

/* Ops 23 and 31, 26 and 28. FALSE: not of DAVE. */
gboolean lb_dave_message (
    LbDave *self, LbVoiceSession *session, gint64 op, JsonObject *d);
gboolean lb_dave_binary (
    LbDave *self, LbVoiceSession *session, guint op, LbBytes payload);

/* Whether media in clear has no excuse. */
gboolean lb_dave_forbids_clear (LbDave *self);
/* davecheck.c: the frame check of the whitepaper, for audio. */
gboolean lb_dave_is_frame (const guint8 *data, gsize length);

/* Everybody begins anew: op 24 with epoch 1. */
void lb_dave_renew (LbDave *self);

/* send.c. FALSE: no such fault. */
gboolean lb_dave_add_fault (
    LbVoiceSession *session, const char *what, const char *how);
/* An external sender that nobody uses. */
void lb_dave_send_foreign_sender (LbVoiceSession *session);
void lb_dave_send_execute (LbVoiceSession *session, guint16 id);
