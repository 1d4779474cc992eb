/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "packetqueue.h"

#include <gst/base/gstqueuearray.h>

struct _GstDiscordPacketQueue
{
  guint max_packets;

  /* Guards everything below; a leaf: buffers are released under it, nothing
   * else is called. */
  GMutex lock;
  GCond cond;
  GstQueueArray *packets;
  gboolean flushing;
  gboolean open;
  guint64 dropped;

  GCond consumed_cond;
  guint64 queued; /* ever */
  guint64 consumed; /* of them, dropped ones included */
  guint popped; /* not consumed yet: the consumer is at them */
};

static void
clear_packet (GstDiscordPacket *packet)
{
  gst_buffer_unref (packet->buffer);
}

GstDiscordPacketQueue *
gst_discord_packet_queue_new (guint max_packets)
{
  GstDiscordPacketQueue *self = g_new0 (GstDiscordPacketQueue, 1);

  self->max_packets = max_packets;
  self->flushing = TRUE;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_cond_init (&self->consumed_cond);
  self->packets =
      gst_queue_array_new_for_struct (sizeof (GstDiscordPacket), 64);
  gst_queue_array_set_clear_func (self->packets, (GDestroyNotify) clear_packet);
  return self;
}

void
gst_discord_packet_queue_free (GstDiscordPacketQueue *self)
{
  gst_queue_array_free (self->packets);
  g_cond_clear (&self->consumed_cond);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static void
drop_oldest_unlocked (GstDiscordPacketQueue *self)
{
  GstDiscordPacket *oldest = gst_queue_array_pop_head_struct (self->packets);

  gst_buffer_unref (oldest->buffer);
  self->dropped++;
  self->consumed++;
}

static void
consume_unlocked (GstDiscordPacketQueue *self, guint count)
{
  self->consumed += count;
  g_cond_broadcast (&self->consumed_cond);
}

static void
clear_unlocked (GstDiscordPacketQueue *self)
{
  guint count = gst_queue_array_get_length (self->packets);

  gst_queue_array_clear (self->packets);
  consume_unlocked (self, count);
}

void
gst_discord_packet_queue_push (GstDiscordPacketQueue *self, gboolean rtcp,
    GstBuffer *const *buffers, guint n_buffers)
{
  g_mutex_lock (&self->lock);
  if (!self->open || self->flushing) {
    g_mutex_unlock (&self->lock);
    return;
  }
  for (guint i = 0; i < n_buffers; i++) {
    GstDiscordPacket packet = { gst_buffer_ref (buffers[i]), rtcp };

    if (gst_queue_array_get_length (self->packets) >= self->max_packets)
      drop_oldest_unlocked (self);
    gst_queue_array_push_tail_struct (self->packets, &packet);
    self->queued++;
  }
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

guint
gst_discord_packet_queue_pop (
    GstDiscordPacketQueue *self, GstDiscordPacket *packets, guint max)
{
  guint n = 0;

  g_mutex_lock (&self->lock);
  consume_unlocked (self, self->popped);
  self->popped = 0;
  while (!self->flushing && gst_queue_array_is_empty (self->packets))
    g_cond_wait (&self->cond, &self->lock);
  while (
      !self->flushing && n < max && !gst_queue_array_is_empty (self->packets)) {
    GstDiscordPacket *packet = gst_queue_array_pop_head_struct (self->packets);

    packets[n++] = *packet;
  }
  self->popped = n;
  g_mutex_unlock (&self->lock);
  return n;
}

void
gst_discord_packet_queue_wait_consumed (GstDiscordPacketQueue *self)
{
  guint64 last;

  g_mutex_lock (&self->lock);
  last = self->queued;
  while (!self->flushing && self->consumed < last)
    g_cond_wait (&self->consumed_cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

void
gst_discord_packet_queue_set_flushing (
    GstDiscordPacketQueue *self, gboolean flushing)
{
  g_mutex_lock (&self->lock);
  self->flushing = flushing;
  clear_unlocked (self);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

void
gst_discord_packet_queue_set_open (GstDiscordPacketQueue *self, gboolean open)
{
  g_mutex_lock (&self->lock);
  self->open = open;
  if (!open)
    clear_unlocked (self);
  g_mutex_unlock (&self->lock);
}

guint64
gst_discord_packet_queue_get_dropped (GstDiscordPacketQueue *self)
{
  guint64 dropped;

  g_mutex_lock (&self->lock);
  dropped = self->dropped;
  g_mutex_unlock (&self->lock);
  return dropped;
}
