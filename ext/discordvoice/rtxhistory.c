/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtxhistory.h"

typedef struct
{
  GstBuffer *packet; /* owned; NULL: none */
  gint64 sent;
  gint64 resent; /* 0: never */
} Slot;

struct _RtxHistory
{
  Slot *slots; /* by sequence number modulo RTX_HISTORY_MAX_PACKETS */
  guint16 oldest; /* slots from here to next may hold packets */
  guint16 next;
  guint packets;
  gsize bytes;
};

RtxHistory *
rtx_history_new (void)
{
  RtxHistory *self = g_new0 (RtxHistory, 1);

  self->slots = g_new0 (Slot, RTX_HISTORY_MAX_PACKETS);
  return self;
}

static Slot *
get_slot (RtxHistory *self, guint16 sequence)
{
  return &self->slots[sequence % RTX_HISTORY_MAX_PACKETS];
}

static void
drop_oldest (RtxHistory *self)
{
  Slot *slot = get_slot (self, self->oldest++);

  if (slot->packet == NULL)
    return;
  self->packets--;
  self->bytes -= gst_buffer_get_size (slot->packet);
  gst_clear_buffer (&slot->packet);
}

void
rtx_history_clear (RtxHistory *self)
{
  while (self->oldest != self->next)
    drop_oldest (self);
}

void
rtx_history_free (RtxHistory *self)
{
  rtx_history_clear (self);
  g_free (self->slots);
  g_free (self);
}

static gboolean
is_too_old (RtxHistory *self, gint64 now)
{
  const Slot *slot = get_slot (self, self->oldest);

  return slot->packet == NULL || now - slot->sent > RTX_HISTORY_MAX_AGE;
}

static void
expire (RtxHistory *self, gint64 now)
{
  while (self->oldest != self->next
      && (self->bytes > RTX_HISTORY_MAX_BYTES || is_too_old (self, now)))
    drop_oldest (self);
}

void
rtx_history_add (
    RtxHistory *self, guint16 sequence, GstBuffer *packet, gint64 now)
{
  guint16 ahead = sequence - self->next;
  Slot *slot;

  if (ahead >= RTX_HISTORY_MAX_PACKETS) {
    rtx_history_clear (self);
    self->oldest = self->next = sequence;
  }
  self->next = sequence + 1;
  while ((guint16) (self->next - self->oldest) > RTX_HISTORY_MAX_PACKETS)
    drop_oldest (self);

  slot = get_slot (self, sequence);
  slot->packet = gst_buffer_ref (packet);
  slot->sent = now;
  slot->resent = 0;
  self->packets++;
  self->bytes += gst_buffer_get_size (packet);
  expire (self, now);
}

RtxHistoryResult
rtx_history_take (RtxHistory *self, guint16 sequence, gint64 now, gint64 guard,
    GstBuffer **packet)
{
  Slot *slot;

  expire (self, now);
  if ((guint16) (sequence - self->oldest)
      >= (guint16) (self->next - self->oldest))
    return RTX_HISTORY_UNKNOWN;
  slot = get_slot (self, sequence);
  if (slot->packet == NULL)
    return RTX_HISTORY_UNKNOWN;
  if (slot->resent != 0 && now - slot->resent < guard)
    return RTX_HISTORY_TOO_SOON;
  slot->resent = now;
  *packet = gst_buffer_ref (slot->packet);
  return RTX_HISTORY_FOUND;
}

guint
rtx_history_get_packets (const RtxHistory *self)
{
  return self->packets;
}

gsize
rtx_history_get_bytes (const RtxHistory *self)
{
  return self->bytes;
}
