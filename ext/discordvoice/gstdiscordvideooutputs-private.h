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

/* Adds the counters of what goes. */
void gst_discord_video_outputs_keep_input_stats (
    GstDiscordVideoOutputs *self, GstDiscordVideoInput *input);
void gst_discord_video_outputs_keep_output_stats (
    GstDiscordVideoOutputs *self, GstDiscordVideoOutput *output);

G_END_DECLS
