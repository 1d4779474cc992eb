/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The streams that a discordrtpbin sends and what the server says about them:
 * NACKs are answered by retransmissions, PLI and FIR become requests for a
 * keyframe upstream (media-transport 8 and 9.3). Thread-safe. */

#include "../../gst-libs/gst/discord/transport/rtcp.h"

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstDiscordVideoSenders GstDiscordVideoSenders;

/* No lock held. */
typedef struct
{
  /* To the server, in microseconds; -1 while unknown. */
  gint64 (*get_round_trip) (gpointer user_data);
  /* Of the next packet of @ssrc, one of our streams, where packets of it were
   * sent in this session, by whomever; else FALSE. */
  gboolean (*get_sequence) (
      guint32 ssrc, guint16 *sequence, gpointer user_data);
  /* @packets (transfer full): RTP, to be sent at once. */
  void (*send) (GstBufferList *packets, gpointer user_data);
} GstDiscordVideoSendersFuncs;

GstDiscordVideoSenders *gst_discord_video_senders_new (
    const GstDiscordVideoSendersFuncs *funcs, gpointer user_data);
void gst_discord_video_senders_free (GstDiscordVideoSenders *self);

/* @rtx: what is asked for is sent again. */
void gst_discord_video_senders_start (
    GstDiscordVideoSenders *self, gboolean rtx);
/* Forgets what was sent. */
void gst_discord_video_senders_stop (GstDiscordVideoSenders *self);

/* What comes in at @pad is a stream of its own. */
void gst_discord_video_senders_add (GstDiscordVideoSenders *self, GstPad *pad);
void gst_discord_video_senders_remove (
    GstDiscordVideoSenders *self, GstPad *pad);

/* @packet (transfer full), which came in at @pad, goes out: (transfer full) with
 * its transport-wide sequence number. @rtx_ssrc: of its retransmissions; 0: the
 * one after its own. */
GstBuffer *gst_discord_video_senders_packet (GstDiscordVideoSenders *self,
    GstPad *pad, guint32 rtx_ssrc, GstBuffer *packet);

/* A packet from the server. */
void gst_discord_video_senders_rtcp (
    GstDiscordVideoSenders *self, const RtcpPacket *packet);

/* Adds `senders`, and what is known of all together. */
void gst_discord_video_senders_add_stats (
    GstDiscordVideoSenders *self, GstStructure *stats);

G_END_DECLS
