/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The frames of one SSRC, in clear, from the first on that a decoder can begin
 * with, and again from such a one on after a loss; asks for it. Not registered
 * as a feature. */

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_VIDEO_GATE (gst_discord_video_gate_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordVideoGate, gst_discord_video_gate, GST,
    DISCORD_VIDEO_GATE, GstElement)

/* (transfer floating) Pads: `sink` and `src`. Keyframes of VP8 and VP9 leave with
 * a GstDiscordFrameMeta. What becomes of a frame downstream does not concern
 * upstream. */
GstElement *gst_discord_video_gate_new (void);

/* Whether frames behind a lost one wait for a keyframe; any thread. */
void gst_discord_video_gate_set_wait_for_keyframe (
    GstDiscordVideoGate *self, gboolean wait);

typedef struct
{
  guint64 passed;
  guint64 dropped; /* because no decoder could make a picture of them */
  guint64 requests; /* of a keyframe */
} GstDiscordVideoGateStats;

/* Any thread. */
void gst_discord_video_gate_get_stats (
    GstDiscordVideoGate *self, GstDiscordVideoGateStats *stats);

G_END_DECLS
