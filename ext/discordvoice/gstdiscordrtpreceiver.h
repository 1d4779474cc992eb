/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The receiving half of a discordrtpbin: which packets get to rtpbin, whose
 * streams they are, and how a stream ends. */

#include "gstdiscordrtpfeedback.h"
#include "gstdiscordvideosenders.h"

#include <gst/discord/gstdiscordconnection-private.h>

G_BEGIN_DECLS

/* For max-misorder-time, which is multiplied by a rate in 32 bits: modulo 2^32
 * it still makes more than all sequence numbers. Where no rate is known, in the
 * first picture, it is 100 packets whatever the time. */
#define GST_DISCORD_RTP_ANY_ORDER ((guint) G_MAXINT)

typedef struct _GstDiscordRtpReceiver GstDiscordRtpReceiver;

/* Any thread, no lock held. */
typedef struct
{
  /* The user of @ssrc became known or changed. */
  void (*ssrc_user) (GstElement *element, guint32 ssrc, guint64 user_id);
  /* The stream of @ssrc is about to go and nothing flows in it any more: its
   * pad has to go before, since rtpbin holds a lock when it removes its own. */
  void (*stream_ended) (GstElement *element, guint32 ssrc);
} GstDiscordRtpReceiverFuncs;

/* @element contains @rtpbin and @transport and owns the receiver, @feedback and
 * @senders, the last two for longer. */
GstDiscordRtpReceiver *gst_discord_rtp_receiver_new (GstElement *element,
    GstElement *rtpbin, GstElement *transport, GstDiscordRtpFeedback *feedback,
    GstDiscordVideoSenders *senders, const GstDiscordRtpReceiverFuncs *funcs);
/* To be called when the element is disposed of. */
void gst_discord_rtp_receiver_free (GstDiscordRtpReceiver *self);

/* Up to READY: @src feeds rtpbin. */
void gst_discord_rtp_receiver_set_source (
    GstDiscordRtpReceiver *self, GstPad *src);

/* READY->PAUSED, before the children: follows what @connection (nullable) tells
 * about users. @video: its packets are wanted as well. */
void gst_discord_rtp_receiver_start (GstDiscordRtpReceiver *self,
    GstDiscordConnection *connection, gboolean video);
/* PAUSED->READY, before the children: no stream is taken down any more. */
void gst_discord_rtp_receiver_stop (GstDiscordRtpReceiver *self);
/* PAUSED->READY, after the children: the next start finds no stream of this
 * one. */
void gst_discord_rtp_receiver_finish (GstDiscordRtpReceiver *self);

/* Of the jitter buffers of video, in milliseconds; any thread. */
void gst_discord_rtp_receiver_set_video_latency (
    GstDiscordRtpReceiver *self, guint latency);
/* After rtpbin set one of its own on all. */
void gst_discord_rtp_receiver_update_latency (GstDiscordRtpReceiver *self);

/* 0 while unknown. */
guint64 gst_discord_rtp_receiver_get_user (
    GstDiscordRtpReceiver *self, guint32 ssrc);

/* (transfer full): `stats` of the discordrtpbin, without the connection's. */
GstStructure *gst_discord_rtp_receiver_get_stats (GstDiscordRtpReceiver *self);

G_END_DECLS
