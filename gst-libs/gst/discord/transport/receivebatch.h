/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reads datagrams many at a time straight into pooled buffers. A batch belongs
 * to a thread, not to a connection: an idle connection costs no memory, and no
 * packet costs an allocation once the pool has grown to what is in use. */

#include <gst/gst.h>

#include "packet.h"

#define DISCORD_RECEIVE_BATCH 32

typedef struct _DiscordReceiveBatch DiscordReceiveBatch;

typedef struct
{
  guint8 *data; /* DISCORD_MAX_DATAGRAM bytes of room */
  gsize length;
  gboolean truncated; /* the datagram was longer */
} DiscordDatagram;

/* Of the calling thread; freed when it ends. */
DiscordReceiveBatch *discord_receive_batch_get (void);

/* One recvmmsg(). Returns how many came, 0 for none, or -errno. The datagrams
 * of the call before are gone. */
gint discord_receive_batch_receive (DiscordReceiveBatch *self, gint fd);

DiscordDatagram *discord_receive_batch_get_datagram (
    DiscordReceiveBatch *self, guint index);

/* The buffer that holds datagram @index, cut to its first @length bytes; once.
 * It returns to the pool with its last reference, from any thread. */
GstBuffer *discord_receive_batch_take (
    DiscordReceiveBatch *self, guint index, gsize length);

/* DISCORD_MAX_DATAGRAM bytes for a copy. */
guint8 *discord_receive_batch_get_scratch (DiscordReceiveBatch *self);
