/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "keypackage.h"

/* What op 28 carries: a Commit and, if members were added, a Welcome. */
typedef struct
{
  LbBytes message; /* the commit's MLSMessage */
  LbBytes rest; /* the Welcome, or nothing */
  guint64 group_id; /* 0: not of eight bytes */
  guint64 epoch;
  gboolean from_member;
  guint32 sender; /* leaf index */
  GArray *refs; /* LbBytes */
  gboolean has_inline; /* proposals by value */
  gboolean has_path;
  LbLeafNode leaf; /* of the path */
  GArray *path_sizes; /* guint, ciphertexts of each node */
} LbCommit;

/* FALSE: it is no MLSMessage with a Commit of a member. Points into @payload;
 * to be cleared either way. */
gboolean lb_commit_read (LbBytes payload, LbCommit *commit);
void lb_commit_clear (LbCommit *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LbCommit, lb_commit_clear)

typedef struct
{
  LbBytes ref; /* of the key package */
  LbBytes entry; /* EncryptedGroupSecrets as a whole */
} LbWelcomeEntry;

typedef struct
{
  GArray *entries; /* LbWelcomeEntry */
  LbBytes group_info; /* encrypted */
} LbWelcome;

gboolean lb_welcome_read (LbBytes bytes, LbWelcome *welcome);
void lb_welcome_clear (LbWelcome *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LbWelcome, lb_welcome_clear)
/* The Welcome of one joiner; NULL: there is no entry for it. */
GBytes *lb_welcome_extract (const LbWelcome *self, const guint8 ref[LB_REF]);
