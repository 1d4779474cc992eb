/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Internal: paces the encoded frames of one video layer. Which layers are sent
 * is decided elsewhere, for all of them together. */

#include "gstdiscordmediasink.h"

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_VIDEO_PLAYER (gst_discord_video_player_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordVideoPlayer, gst_discord_video_player, GST,
    DISCORD_VIDEO_PLAYER, GstDiscordMediaSink)

/* What is to be done with the frames of one session. */
typedef struct
{
  guint generation; /* of GstDiscordSendState */
  guint32 ssrc; /* 0: the server did not take the layer */
  gboolean selected;
  GstDiscordCodec codec; /* to be sent; UNKNOWN: any */
  guint keyframe_interval; /* ms, at most; 0: not told */
  guint video_sent; /* of GstDiscordSendState: the op 12 that comes before */
} GstDiscordVideoDecision;

/* What comes in. */
typedef struct
{
  gboolean active; /* frames came, and not EOS or PAUSED since */
  guint width, height; /* 0 while unknown */
  gdouble framerate; /* 0 while unknown */
} GstDiscordVideoInput;

/* What comes in changed. Any thread, no lock held but PREROLL_LOCK. */
typedef void (*GstDiscordVideoChangedFunc) (gpointer user_data);

/* Below PAUSED. */
void gst_discord_video_player_set_changed_func (GstDiscordVideoPlayer *self,
    GstDiscordVideoChangedFunc func, gpointer user_data);

/* Any thread. */
void gst_discord_video_player_get_input (
    GstDiscordVideoPlayer *self, GstDiscordVideoInput *input);
/* @started: nothing of the stream was sent before, so it begins with a keyframe,
 * which upstream is asked for. */
void gst_discord_video_player_decide (GstDiscordVideoPlayer *self,
    const GstDiscordVideoDecision *decision, gboolean started);

void gst_discord_video_player_add_stats (
    GstDiscordVideoPlayer *self, GstStructure *stats);

G_END_DECLS
