/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All codecs, and somebody who looks at what others send. */

#include "e2ee-members.h"
#include "pictures.h"

typedef struct
{
  const gchar *caps; /* what we tell that we can send */
  GstDiscordCodec codec;
  const gchar *encoder;
  const gchar *decoder;
} Case;

static const Case cases[] = {
  { "video/x-vp8", GST_DISCORD_CODEC_VP8,
      "vp8enc deadline=1 keyframe-max-dist=1000", "vp8dec" },
  { "video/x-h264", GST_DISCORD_CODEC_H264,
      "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=1000 "
      "threads=1 ! "
      "video/x-h264, profile=constrained-baseline, stream-format=byte-stream",
      "h264parse ! openh264dec" },
  { "video/x-h265", GST_DISCORD_CODEC_H265,
      "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=1000 ! "
      "h265parse config-interval=-1 ! "
      "video/x-h265, stream-format=byte-stream, alignment=au",
      "h265parse ! avdec_h265" },
  { "video/x-vp9", GST_DISCORD_CODEC_VP9,
      "vp9enc deadline=1 cpu-used=8 keyframe-max-dist=1000 ! vp9parse ! "
      "video/x-vp9, alignment=super-frame",
      "vp9dec" },
  { "video/x-av1", GST_DISCORD_CODEC_AV1,
      "av1enc usage-profile=realtime cpu-used=8 lag-in-frames=0 ! av1parse",
      "av1dec" },
};

/* Who looks: a decoder behind each video pad. */
typedef struct
{
  GstElement *pipeline;
  GstElement *src;
  guint64 user_id;
  const gchar *decoder;
  GstPad *pad; /* the last one, owned */
  Pictures pictures;
} Viewer;

static inline void
on_video_pad (GstElement *src, GstPad *pad, Viewer *self)
{
  g_autofree gchar *line =
      g_strdup_printf ("%s ! fakesink name=pictures", self->decoder);
  g_autoptr (GstPad) sink = NULL;
  GstElement *bin;

  if (!g_str_has_prefix (GST_PAD_NAME (pad), "video_"))
    return;
  gst_object_replace ((GstObject **) &self->pad, GST_OBJECT (pad));
  bin = gst_parse_bin_from_description (line, TRUE, NULL);
  pictures_watch (&self->pictures, bin, "pictures");
  gst_bin_add (GST_BIN (self->pipeline), bin);
  gst_element_sync_state_with_parent (bin);
  sink = gst_element_get_static_pad (bin, "sink");
  fail_unless_equals_int (gst_pad_link (pad, sink), GST_PAD_LINK_OK);
}

static inline void
viewer_join (Viewer *self, const gchar *decoder)
{
  self->decoder = decoder;
  pictures_init (&self->pictures);
  self->src = make_src ("viewer");
  self->user_id = loopback_user_for_token ("viewer");
  g_signal_connect (self->src, "pad-added", G_CALLBACK (on_video_pad), self);
  self->pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (self->pipeline), self->src);
  fail_unless_equals_int (
      gst_element_set_state (self->pipeline, GST_STATE_PLAYING),
      GST_STATE_CHANGE_SUCCESS);
  wait_event ("voice-joined", self->user_id, 1);
}

static inline void
viewer_leave (Viewer *self)
{
  fail_unless_equals_int (
      gst_element_set_state (self->pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  gst_object_unref (self->pipeline);
  gst_clear_object (&self->pad);
  pictures_clear (&self->pictures);
}

#define N_PICTURES 30
