/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Packets on their way from an I/O pool thread to a streaming thread. The
 * producer never waits: a full queue loses its oldest packet. */

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstDiscordPacketQueue GstDiscordPacketQueue;

typedef struct
{
  GstBuffer *buffer;
  gboolean rtcp;
} GstDiscordPacket;

GstDiscordPacketQueue *gst_discord_packet_queue_new (guint max_packets);
void gst_discord_packet_queue_free (GstDiscordPacketQueue *self);

/* Takes references of its own. Nothing is queued unless the queue is open. */
void gst_discord_packet_queue_push (GstDiscordPacketQueue *self, gboolean rtcp,
    GstBuffer *const *buffers, guint n_buffers);

/* Waits for packets and moves up to @max of them to @packets; 0 when flushing. */
guint gst_discord_packet_queue_pop (
    GstDiscordPacketQueue *self, GstDiscordPacket *packets, guint max);

/* Waits until the consumer has come back for more after the last packet that is
 * queued now, or there is none to wait for any more. */
void gst_discord_packet_queue_wait_consumed (GstDiscordPacketQueue *self);

/* A flushing queue lets nobody wait. A closed one takes nothing; closing and
 * flushing drop what is queued. */
void gst_discord_packet_queue_set_flushing (
    GstDiscordPacketQueue *self, gboolean flushing);
void gst_discord_packet_queue_set_open (
    GstDiscordPacketQueue *self, gboolean open);

/* How many packets were lost because the queue was full. */
guint64 gst_discord_packet_queue_get_dropped (GstDiscordPacketQueue *self);

G_END_DECLS
