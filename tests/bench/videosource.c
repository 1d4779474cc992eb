/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "videosource.h"

#include <gst/base/gstpushsrc.h>
#include <gst/video/video.h>

#define BENCH_TYPE_VIDEO_SOURCE (bench_video_source_get_type ())
G_DECLARE_FINAL_TYPE (
    BenchVideoSource, bench_video_source, BENCH, VIDEO_SOURCE, GstPushSrc)

struct _BenchVideoSource
{
  GstPushSrc parent;

  const BenchVideoFrames *frames; /* borrowed */
  /* Streaming thread */
  guint32 number;
  guint index;
  gint begin; /* atomic: with the keyframe */
};

G_DEFINE_FINAL_TYPE (BenchVideoSource, bench_video_source, GST_TYPE_PUSH_SRC)

static GstStaticPadTemplate source_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static GstFlowReturn
bench_video_source_create (GstPushSrc *source, GstBuffer **buffer)
{
  BenchVideoSource *self = BENCH_VIDEO_SOURCE (source);

  if (g_atomic_int_compare_and_exchange (&self->begin, TRUE, FALSE))
    self->index = 0;
  *buffer = bench_video_frames_get (self->frames, self->index, self->number);
  GST_BUFFER_PTS (*buffer) =
      gst_util_uint64_scale (self->number, GST_SECOND, BENCH_VIDEO_RATE);
  GST_BUFFER_DURATION (*buffer) = GST_SECOND / BENCH_VIDEO_RATE;
  self->index++;
  self->number++;
  return GST_FLOW_OK;
}

static gboolean
bench_video_source_event (GstBaseSrc *source, GstEvent *event)
{
  if (gst_video_event_is_force_key_unit (event))
    g_atomic_int_set (&BENCH_VIDEO_SOURCE (source)->begin, TRUE);
  return GST_BASE_SRC_CLASS (bench_video_source_parent_class)
      ->event (source, event);
}

static GstCaps *
bench_video_source_get_caps (GstBaseSrc *source, GstCaps *filter)
{
  GstCaps *caps =
      bench_video_frames_get_caps (BENCH_VIDEO_SOURCE (source)->frames);
  GstCaps *both;

  if (filter == NULL)
    return caps;
  both = gst_caps_intersect (filter, caps);
  gst_caps_unref (caps);
  return both;
}

static void
bench_video_source_class_init (BenchVideoSourceClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_PUSH_SRC_CLASS (klass)->create = bench_video_source_create;
  GST_BASE_SRC_CLASS (klass)->event = bench_video_source_event;
  GST_BASE_SRC_CLASS (klass)->get_caps = bench_video_source_get_caps;
  gst_element_class_add_static_pad_template (element_class, &source_template);
  gst_element_class_set_static_metadata (element_class,
      "Video benchmark source", "Source/Video", "Repeats frames of a file",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
bench_video_source_init (BenchVideoSource *self)
{
  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_TIME);
}

GstElement *
bench_video_source_new (const BenchVideoFrames *frames)
{
  BenchVideoSource *self = g_object_new (BENCH_TYPE_VIDEO_SOURCE, NULL);

  self->frames = frames;
  return GST_ELEMENT (self);
}
