/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The video that comes out of a discordvoicesrc: pads for what others announce,
 * what is asked of the server on their behalf, and the elements behind them. */

#include <gst/discord/gstdiscordconnection.h>
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstDiscordVideoOutputs GstDiscordVideoOutputs;

/* What there is a pad for. */
typedef enum
{
  GST_DISCORD_VIDEO_PADS_NONE,
  GST_DISCORD_VIDEO_PADS_PER_STREAM,
  GST_DISCORD_VIDEO_PADS_PER_USER,
} GstDiscordVideoPads;

/* Ids of our properties, counted from the first. */
enum
{
  GST_DISCORD_VIDEO_PROP_PADS,
  GST_DISCORD_VIDEO_PROP_QUALITY,
  GST_DISCORD_VIDEO_PROP_LATENCY,
  GST_DISCORD_VIDEO_PROP_WAIT_FOR_KEYFRAME,
  GST_DISCORD_N_VIDEO_PROPS,
};

void gst_discord_video_outputs_install (GObjectClass *klass, guint first_id);

/* @bin owns the outputs and contains their elements and @rtp, a discordrtpbin.
 * @streams_changed: there are other streams than before; streaming thread. */
GstDiscordVideoOutputs *gst_discord_video_outputs_new (GstBin *bin,
    GstElement *rtp, GstPadTemplate *template, guint group_id, guint first_id,
    void (*streams_changed) (GstBin *bin));
/* To be called when the bin is disposed of. */
void gst_discord_video_outputs_free (GstDiscordVideoOutputs *self);

/* FALSE: @id is none of ours. */
gboolean gst_discord_video_outputs_set_property (
    GstDiscordVideoOutputs *self, guint id, const GValue *value);
gboolean gst_discord_video_outputs_get_property (
    GstDiscordVideoOutputs *self, guint id, GValue *value);

/* Whether there will be pads; before the bin changes to READY or PAUSED. */
gboolean gst_discord_video_outputs_are_wanted (GstDiscordVideoOutputs *self);

/* READY->PAUSED; PAUSED->READY before and after the children. What there are
 * pads for is told by @connection. */
void gst_discord_video_outputs_start (
    GstDiscordVideoOutputs *self, GstDiscordConnection *connection);
void gst_discord_video_outputs_stop (GstDiscordVideoOutputs *self);
void gst_discord_video_outputs_finish (GstDiscordVideoOutputs *self);

/* @rtp_src: pad of the discordrtpbin for @ssrc, which is video. */
void gst_discord_video_outputs_add (GstDiscordVideoOutputs *self,
    GstPad *rtp_src, guint32 ssrc, guint64 user_id);
/* When that pad is gone. */
void gst_discord_video_outputs_remove (
    GstDiscordVideoOutputs *self, guint32 ssrc);
void gst_discord_video_outputs_set_user (
    GstDiscordVideoOutputs *self, guint32 ssrc, guint64 user_id);
void gst_discord_video_outputs_user_left (
    GstDiscordVideoOutputs *self, guint64 user_id);

/* EOS on every pad there is now, from threads that may wait for downstream.
 * FALSE when there is none. */
gboolean gst_discord_video_outputs_send_eos (GstDiscordVideoOutputs *self);

void gst_discord_video_outputs_add_streams (
    GstDiscordVideoOutputs *self, GstStreamCollection *collection);
void gst_discord_video_outputs_add_stats (
    GstDiscordVideoOutputs *self, GstStructure *stats);

G_END_DECLS
