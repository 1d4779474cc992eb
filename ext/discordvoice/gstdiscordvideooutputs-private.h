/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Between the files of GstDiscordVideoOutputs. */

#include "gstdiscordvideooutput.h"
#include "gstdiscordvideooutputs.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 passed;
  guint64 dropped;
  guint64 requests;
  guint64 switches;
} GstDiscordVideoTotals;

struct _GstDiscordVideoOutputs
{
  GstBin *bin; /* borrowed: it owns us */
  GstElement *rtp; /* borrowed: the bin's */
  GstPadTemplate *template; /* borrowed from the class */
  guint group_id;
  guint first_id;
  void (*streams_changed) (GstBin *bin);

  /* State changes only */
  gulong streams_handler;

  /* Guards the fields below and those of outputs and inputs that say so; a leaf,
   * nothing is called while it is held. */
  GMutex lock;
  GCond cond;
  GstDiscordVideoPads pads;
  guint quality;
  guint latency; /* ms */
  gboolean wait_for_keyframe;
  GstDiscordConnection *connection; /* owned; NULL: there are no pads */
  GPtrArray *outputs; /* (element-type GstDiscordVideoOutput) */
  GPtrArray *inputs; /* (element-type GstDiscordVideoInput) */
  gboolean stopping;
  GQueue changes; /* Change, owned: to be acted on */
  gboolean working; /* a thread does, one at a time */
  GstDiscordVideoTotals totals; /* of what is gone */
  GstClockID idle_timer; /* owned; NULL when none is pending */
};

/* (transfer full) (element-type GstDiscordVideoOutput): all there are now */
GPtrArray *gst_discord_video_outputs_ref_outputs (GstDiscordVideoOutputs *self);
/* (transfer full) (element-type GstDiscordVideoInput) */
GPtrArray *gst_discord_video_outputs_ref_inputs (GstDiscordVideoOutputs *self);
/* (transfer full) (nullable) */
GstDiscordConnection *gst_discord_video_outputs_ref_connection (
    GstDiscordVideoOutputs *self);

/* Looks at what pads want again, in a while; any thread. */
void gst_discord_video_outputs_reconsider (GstDiscordVideoOutputs *self);

/* The one thread: chooses the layers, tells the server. */
void gst_discord_video_outputs_tell_wants (GstDiscordVideoOutputs *self);

/* The one thread. Ends the stream and takes the pad away; waits for downstream. */
void gst_discord_video_outputs_end_output (
    GstDiscordVideoOutputs *self, GstDiscordVideoOutput *output);

/* gstdiscordvideooutputs-idle.c: the one thread, but for the timer. */

/* Nothing comes any more; that is its end unless there is video again soon. */
void gst_discord_video_outputs_set_idle (
    GstDiscordVideoOutputs *self, GstDiscordVideoOutput *output);
/* Ends those that were idle for long. */
void gst_discord_video_outputs_end_idle (GstDiscordVideoOutputs *self);
void gst_discord_video_outputs_stop_idle_timer (GstDiscordVideoOutputs *self);
/* Makes the one thread look at them, in a while; any thread. */
void gst_discord_video_outputs_look_at_idle (GstDiscordVideoOutputs *self);

/* Adds the counters of what goes. */
void gst_discord_video_outputs_keep_input_stats (
    GstDiscordVideoOutputs *self, GstDiscordVideoInput *input);
void gst_discord_video_outputs_keep_output_stats (
    GstDiscordVideoOutputs *self, GstDiscordVideoOutput *output);

G_END_DECLS
