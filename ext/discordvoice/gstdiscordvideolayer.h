/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Internal: what one video pad of the sink leads to. Pacing, end-to-end
 * encryption and RTP of one encoding of the picture. Pads `sink` and `src`
 * (RTP). */

#include "gstdiscordvideoplayer.h"

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_VIDEO_LAYER (gst_discord_video_layer_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordVideoLayer, gst_discord_video_layer, GST,
    DISCORD_VIDEO_LAYER, GstBin)

GstDiscordVideoLayer *gst_discord_video_layer_new (const gchar *rid);

/* FALSE: an element is missing; the message says which. */
gboolean gst_discord_video_layer_check (
    GstDiscordVideoLayer *self, gchar **missing);

const gchar *gst_discord_video_layer_get_rid (GstDiscordVideoLayer *self);
/* Borrowed, as long as the layer lives. */
GstDiscordVideoPlayer *gst_discord_video_layer_get_player (
    GstDiscordVideoLayer *self);

/* For the ghost pads that lead to a layer's `sink`. */
void gst_discord_video_layer_keep_caps_order (GstPad *ghost);

/* Below PAUSED only. */
void gst_discord_video_layer_set_connection (
    GstDiscordVideoLayer *self, GstDiscordConnection *connection);
/* Whether PAUSED waits for a frame, as it does for a sink. */
void gst_discord_video_layer_set_async (
    GstDiscordVideoLayer *self, gboolean async);
/* @screen: what they say is shown (golive 4). */
void gst_discord_video_layer_set_header_extensions (
    GstDiscordVideoLayer *self, gboolean enabled, gboolean screen);

/* Once, before there is a pad. */
void gst_discord_video_layer_set_timeline (
    GstDiscordVideoLayer *self, DiscordTimeline *timeline);

/* Any time. */
void gst_discord_video_layer_set_e2ee_timeout (
    GstDiscordVideoLayer *self, guint timeout);
/* What is kept for viewers when upstream makes no keyframes: how many frames
 * behind the last one, 0 for none. */
void gst_discord_video_layer_set_keyframe_replay (
    GstDiscordVideoLayer *self, guint limit);
/* Of the RTP bin behind us. */
void gst_discord_video_layer_set_rtx_ssrc (
    GstDiscordVideoLayer *self, guint32 ssrc);
/* (transfer full) */
GstStructure *gst_discord_video_layer_get_stats (GstDiscordVideoLayer *self);

G_END_DECLS
