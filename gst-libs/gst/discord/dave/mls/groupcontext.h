/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the members of an epoch agree on (RFC 9420, section 8.1). */

#include "crypto.h"

typedef struct
{
  MlsBytes group_id;
  uint64_t epoch;
  MlsBytes tree_hash;
  MlsBytes confirmed_transcript_hash; /* empty in epoch 0 */
  MlsBytes extensions; /* without the length */
} MlsGroupContext;

/* Fails for another version or ciphersuite than ours. */
void mls_group_context_read (MlsReader *reader, MlsGroupContext *out);
void mls_group_context_write (
    MlsWriter *writer, const MlsGroupContext *context);
