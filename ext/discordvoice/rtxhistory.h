/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The packets of one sent stream, kept for a while so that they can be sent
 * again (media-transport 9.3). No lock of its own; times are in microseconds. */

#include <gst/gst.h>

G_BEGIN_DECLS

/* Bounds; what is over the first one reached goes, the oldest first. */
#define RTX_HISTORY_MAX_PACKETS 4096
#define RTX_HISTORY_MAX_BYTES (4 * 1024 * 1024)
#define RTX_HISTORY_MAX_AGE (2 * G_USEC_PER_SEC)

typedef struct _RtxHistory RtxHistory;

typedef enum
{
  RTX_HISTORY_FOUND,
  RTX_HISTORY_UNKNOWN, /* not sent, or not any more here */
  RTX_HISTORY_TOO_SOON, /* sent again only just now */
} RtxHistoryResult;

RtxHistory *rtx_history_new (void);
void rtx_history_free (RtxHistory *self);
void rtx_history_clear (RtxHistory *self);

/* Keeps a reference of @packet. Sequence numbers go up; what goes far back
 * starts a new history. */
void rtx_history_add (
    RtxHistory *self, guint16 sequence, GstBuffer *packet, gint64 now);

/* *@packet (out) (transfer full): to be sent again. It is not again within
 * @guard of this. */
RtxHistoryResult rtx_history_take (RtxHistory *self, guint16 sequence,
    gint64 now, gint64 guard, GstBuffer **packet);

guint rtx_history_get_packets (const RtxHistory *self);
gsize rtx_history_get_bytes (const RtxHistory *self);

G_END_DECLS
