/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "commit.h"
#include "proposal.h"
#include "tree.h"

/* A group as the delivery service knows it: members, epoch, what is proposed,
 * and which commit may come next. Before the first commit there are as many
 * groups as pending members, each with its founder on leaf 0. */
typedef struct
{
  guint64 group_id;
  guint64 epoch; /* 0: nobody founded it yet */
  LbTree *tree; /* of the established group */
  GPtrArray *proposals; /* LbProposal, of this epoch */
  guint batch; /* op 27s of this epoch so far */
  GHashTable *former; /* references of earlier epochs, as GBytes */
} LbGroup;

LbGroup *lb_group_new (guint64 group_id);
void lb_group_free (LbGroup *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LbGroup, lb_group_free)
/* Nobody is in it any more. */
void lb_group_reset (LbGroup *self);

/* All of one op 27; takes the proposals, which stay valid in @self. */
void lb_group_propose (LbGroup *self, const GPtrArray *proposals);
void lb_group_revoke (LbGroup *self, LbProposal *proposal);
gboolean lb_group_has_outstanding (const LbGroup *self);
/* Outstanding ones; NULL: none. */
LbProposal *lb_group_find_add (const LbGroup *self, guint32 ssrc);
LbProposal *lb_group_find_remove (const LbGroup *self, guint32 leaf);

typedef enum
{
  LB_COMMIT_TAKEN,
  LB_COMMIT_LATE, /* another one was faster, or the proposals changed */
  LB_COMMIT_MALFORMED,
  LB_COMMIT_WRONG,
} LbVerdict;

typedef struct
{
  LbBytes payload; /* op 28 */
  guint32 ssrc; /* of the session that sent it */
  const LbKeyPackage *founder; /* its key package, before a group exists */
} LbCommitCall;

/* What a commit does; the members added are to get their part of @welcome. */
typedef struct
{
  LbBytes message; /* into the payload */
  GPtrArray *added; /* LbProposal, taken out of the group */
  LbWelcome welcome;
  const char *wrong; /* a violation's name */
} LbCommitResult;

/* The first valid commit of an epoch begins the next one. Neither the
 * membership tag nor the commit's signature can be judged: their keys and the
 * transcript begin with secrets of the founder (RFC 9420 section 8.2). */
LbVerdict lb_group_commit (
    LbGroup *self, const LbCommitCall *call, LbCommitResult *result);
void lb_commit_result_clear (LbCommitResult *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LbCommitResult, lb_commit_result_clear)
