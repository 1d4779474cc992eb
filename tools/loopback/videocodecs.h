/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "json.h"

/* What a client declared in select protocol or op 14, and what follows from it
 * (voice gateway 2.4, media-transport 4.1). */
#define LB_MAX_CODECS 16

typedef struct
{
  char name[16];
  int priority; /* lower wins */
  guint pt;
  guint rtx_pt; /* 0: none */
  gboolean encode;
  gboolean decode;
} LbCodec;

typedef struct
{
  guint opus_pt;
  guint n; /* video only */
  LbCodec video[LB_MAX_CODECS];
} LbCodecs;

/* FALSE: not as Discord wants it; @codecs is then undefined. */
gboolean lb_codecs_read (JsonArray *array, LbCodecs *codecs);

/* NULL: not among them. */
const LbCodec *lb_codecs_find (const LbCodecs *codecs, const char *name);
/* By its own or its retransmissions' payload type. */
const LbCodec *lb_codecs_find_pt (const LbCodecs *codecs, guint pt);
gboolean lb_codecs_can_decode (const LbCodecs *codecs, const char *name);
/* Whether it decodes any video at all. */
gboolean lb_codecs_decode_any (const LbCodecs *codecs);
/* What the owner of @ours is to send so that all @others (LbCodecs, those with
 * video) can decode it; else its best; "H264" without any. */
const char *lb_codecs_choose (const LbCodecs *ours, const GPtrArray *others);
