/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All video layers of a sink together: which of them are sent (golive 6.5), what
 * the server is told of them (op 12), what upstream is told of what others want
 * (op 15). Thread-safe. */

#include "gstdiscordvideolayer.h"

G_BEGIN_DECLS

typedef struct _GstDiscordVideoLayers GstDiscordVideoLayers;

/* @element is not referenced: it posts our messages, owns us and outlives us. */
GstDiscordVideoLayers *gst_discord_video_layers_new (GstElement *element);
void gst_discord_video_layers_free (GstDiscordVideoLayers *self);

/* FALSE: one with that RID is there, or there are too many. @quality: 1 to
 * 100. */
gboolean gst_discord_video_layers_add (
    GstDiscordVideoLayers *self, GstDiscordVideoLayer *layer, guint quality);
/* FALSE when it is not there. Its player does nothing any more. */
gboolean gst_discord_video_layers_remove (
    GstDiscordVideoLayers *self, GstDiscordVideoLayer *layer);
void gst_discord_video_layers_set_quality (
    GstDiscordVideoLayers *self, GstDiscordVideoLayer *layer, guint quality);
/* In bit/s; 0: the usual one of its size. */
void gst_discord_video_layers_set_max_bitrate (GstDiscordVideoLayers *self,
    GstDiscordVideoLayer *layer, guint max_bitrate);

/* (transfer full) (element-type GstDiscordVideoLayer) */
GPtrArray *gst_discord_video_layers_list (GstDiscordVideoLayers *self);
/* (transfer full) (nullable): to offer; see
 * gst_discord_voice_stream_list_to_caps(). */
GstCaps *gst_discord_video_layers_get_offer (GstDiscordVideoLayers *self);

void gst_discord_video_layers_set_always_send_top (
    GstDiscordVideoLayers *self, gboolean always);

/* Whether others see the camera as on while there is video (golive 1). */
void gst_discord_video_layers_set_announce_camera (
    GstDiscordVideoLayers *self, gboolean announce);

/* While PAUSED or PLAYING. */
void gst_discord_video_layers_start (
    GstDiscordVideoLayers *self, GstDiscordConnection *connection);
/* Tells the server that our video is over. */
void gst_discord_video_layers_stop (GstDiscordVideoLayers *self);

/* Adds `video-layers`, an array of structures. */
void gst_discord_video_layers_add_stats (
    GstDiscordVideoLayers *self, GstStructure *stats);

G_END_DECLS
