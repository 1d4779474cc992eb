/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a discordrtpbin tells the server about the video it receives: NACKs for
 * what is missing, receiver reports, requests for keyframes (media-transport 8
 * and 9.2). Thread-safe. */

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstDiscordRtpFeedback GstDiscordRtpFeedback;

/* Called from a thread of the feedback, no lock held. */
typedef struct
{
  /* The SSRC that feedback comes from, our audio SSRC; 0: none yet. */
  guint32 (*get_sender) (gpointer user_data);
  /* To the server, in microseconds; -1 while unknown. */
  gint64 (*get_round_trip) (gpointer user_data);
  /* @packet (transfer full): one RTCP packet. */
  void (*send) (GstBuffer *packet, gpointer user_data);
} GstDiscordRtpFeedbackFuncs;

GstDiscordRtpFeedback *gst_discord_rtp_feedback_new (
    const GstDiscordRtpFeedbackFuncs *funcs, gpointer user_data);
void gst_discord_rtp_feedback_free (GstDiscordRtpFeedback *self);

/* @nacks: what is missing can be asked for (media-transport 9.2). */
void gst_discord_rtp_feedback_start (
    GstDiscordRtpFeedback *self, gboolean nacks);
/* Forgets all streams. */
void gst_discord_rtp_feedback_stop (GstDiscordRtpFeedback *self);

/* How long a missing packet is of use, in microseconds. */
void gst_discord_rtp_feedback_set_patience (
    GstDiscordRtpFeedback *self, gint64 patience);

/* A packet of @ssrc arrived, @restored from a retransmission or not. The first
 * one begins a stream and asks for a keyframe. */
void gst_discord_rtp_feedback_packet (GstDiscordRtpFeedback *self, guint32 ssrc,
    guint16 sequence, guint32 timestamp, gboolean restored);
void gst_discord_rtp_feedback_sender_report (
    GstDiscordRtpFeedback *self, guint32 ssrc, guint64 ntp);
/* The jitter buffer does not wait for @sequence any more. */
void gst_discord_rtp_feedback_passed (
    GstDiscordRtpFeedback *self, guint32 ssrc, guint16 sequence);
/* At most one request leaves in 500 ms. */
void gst_discord_rtp_feedback_request_key_unit (
    GstDiscordRtpFeedback *self, guint32 ssrc);
void gst_discord_rtp_feedback_forget (
    GstDiscordRtpFeedback *self, guint32 ssrc);

/* Adds what is known of @ssrc; nothing when it is no video. */
void gst_discord_rtp_feedback_add_stats (
    GstDiscordRtpFeedback *self, guint32 ssrc, GstStructure *stats);

G_END_DECLS
