/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The video of one pad of discordvoicesrc: names the stream, goes from one
 * simulcast layer to another at a keyframe, tells caps and completes metadata.
 * Not registered as a feature. */

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_VIDEO_STREAM (gst_discord_video_stream_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordVideoStream, gst_discord_video_stream, GST,
    DISCORD_VIDEO_STREAM, GstElement)

/* (transfer floating) A pad `src`. */
GstElement *gst_discord_video_stream_new (guint64 user_id, guint group_id);

/* (transfer full): a pad for the frames of @ssrc, from a keyframe on. */
GstPad *gst_discord_video_stream_add_sink (
    GstDiscordVideoStream *self, guint32 ssrc);
/* Once nothing flows in @sink any more. */
void gst_discord_video_stream_remove_sink (
    GstDiscordVideoStream *self, GstPad *sink);

/* The layer to show, as soon as there is a keyframe of it; the one before goes
 * on until then. 0: nothing. Any thread. */
void gst_discord_video_stream_set_target (
    GstDiscordVideoStream *self, guint32 ssrc);
/* The layer being shown; 0: none. Any thread. */
guint32 gst_discord_video_stream_get_current (GstDiscordVideoStream *self);
/* How often it changed. */
guint64 gst_discord_video_stream_get_switches (GstDiscordVideoStream *self);

/* What is answered before there is a stream to ask. */
void gst_discord_video_stream_set_latency (
    GstDiscordVideoStream *self, GstClockTime latency);

/* Nothing comes for a while: a GAP. What comes then begins with a keyframe. Waits
 * for downstream. */
void gst_discord_video_stream_pause (GstDiscordVideoStream *self);
/* Ends it now. Waits for downstream. */
void gst_discord_video_stream_end (GstDiscordVideoStream *self);

/* (transfer full) (nullable): what the last stream-start announced. */
GstStream *gst_discord_video_stream_ref_stream (GstDiscordVideoStream *self);

/* Signals, from the streaming thread: `stream-changed` (): ref_stream() has
 * another answer; `switched` (): another layer is shown; `reconfigured` ():
 * downstream is another, or wants something else. */

G_END_DECLS
