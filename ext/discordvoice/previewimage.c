/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "previewimage.h"

#include <gst/video/video.h>
#include <string.h>

/* Nothing that decodes in this time is worth waiting for. */
#define TIMEOUT_MS 10000
/* By way of RGB: from YUV to YUV videoconvert 1.22 forgets the range where the
 * matrix is the same. What JPEG files (JFIF) have are all values of BT.601. */
#define DESCRIPTION                                                            \
  "appsrc name=source format=time ! decodebin ! "                              \
  "videoconvert name=convert ! videoscale ! capsfilter name=filter ! "         \
  "videoconvert ! video/x-raw,format=I420,colorimetry=1:4:0:0 ! jpegenc ! "    \
  "fakesink name=sink sync=false enable-last-sample=true"

struct _PreviewImage
{
  PreviewImageFunc func;
  gpointer user_data;
  GstSample *picture; /* owned */
  GstElement *pipeline; /* owned, nullable */
  GstElement *filter; /* owned by the pipeline */
  GSource *source; /* owned: what happens next */
  GSource *timeout; /* owned, nullable */
};

void
preview_image_fit (gint width, gint height, gint par_n, gint par_d,
    gint *out_width, gint *out_height)
{
  guint64 w = MAX ((guint64) width * par_n, 1);
  guint64 h = MAX ((guint64) height * par_d, 1);

  if (w * PREVIEW_MAX_HEIGHT >= h * PREVIEW_MAX_WIDTH) {
    *out_width = PREVIEW_MAX_WIDTH;
    *out_height = (gint) gst_util_uint64_scale_round (h, PREVIEW_MAX_WIDTH, w);
  } else {
    *out_width = (gint) gst_util_uint64_scale_round (w, PREVIEW_MAX_HEIGHT, h);
    *out_height = PREVIEW_MAX_HEIGHT;
  }
  *out_width = MAX (*out_width & ~1, 2);
  *out_height = MAX (*out_height & ~1, 2);
}

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* Nothing of @self may be used after it: it may be gone. */
static void
report (PreviewImage *self, GBytes *image, const GError *error)
{
  clear_source (&self->source);
  clear_source (&self->timeout);
  self->func (image, error, self->user_data);
}

static void
report_failure (PreviewImage *self, const gchar *message)
{
  g_autoptr (GError) error =
      g_error_new_literal (GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE, message);

  report (self, NULL, error);
}

static GBytes *
bytes_of_sample (GstSample *sample)
{
  GstBuffer *buffer = sample != NULL ? gst_sample_get_buffer (sample) : NULL;
  gpointer data;
  gsize size;

  if (buffer == NULL || gst_buffer_get_size (buffer) == 0)
    return NULL;
  gst_buffer_extract_dup (
      buffer, 0, gst_buffer_get_size (buffer), &data, &size);
  return g_bytes_new_take (data, size);
}

/* (transfer full) (nullable): @picture as it is, where it is fit for that. */
static GBytes *
get_finished (GstSample *picture)
{
  static const guint8 magic[] = { 0xff, 0xd8, 0xff };
  GstCaps *caps = gst_sample_get_caps (picture);
  GstBuffer *buffer = gst_sample_get_buffer (picture);

  if (caps == NULL || buffer == NULL
      || !gst_structure_has_name (
          gst_caps_get_structure (caps, 0), "image/jpeg"))
    return NULL;
  if (gst_buffer_get_size (buffer) > PREVIEW_MAX_BYTES
      || gst_buffer_memcmp (buffer, 0, magic, sizeof (magic)) != 0)
    return NULL;
  return bytes_of_sample (picture);
}

static void
take_result (PreviewImage *self)
{
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (self->pipeline), "sink");
  g_autoptr (GstSample) sample = NULL;
  g_autoptr (GBytes) image = NULL;

  g_object_get (sink, "last-sample", &sample, NULL);
  image = bytes_of_sample (sample);
  if (image == NULL)
    report_failure (self, "There is no picture in it");
  else if (g_bytes_get_size (image) > PREVIEW_MAX_BYTES)
    report_failure (self, "The picture is too large");
  else
    report (self, image, NULL);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  PreviewImage *self = user_data;
  g_autoptr (GError) error = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_EOS:
      take_result (self);
      return G_SOURCE_REMOVE;
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, NULL);
      report (self, NULL, error);
      return G_SOURCE_REMOVE;
    default:
      return G_SOURCE_CONTINUE;
  }
}

static gboolean
on_timeout (gpointer user_data)
{
  report_failure (user_data, "The picture took too long to decode");
  return G_SOURCE_REMOVE;
}

/* The size is known when decoding has begun. */
static GstPadProbeReturn
on_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  PreviewImage *self = user_data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  g_autoptr (GstCaps) wanted = NULL;
  GstVideoInfo video;
  gint width, height;
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  if (!gst_video_info_from_caps (&video, caps))
    return GST_PAD_PROBE_OK;
  preview_image_fit (GST_VIDEO_INFO_WIDTH (&video),
      GST_VIDEO_INFO_HEIGHT (&video), GST_VIDEO_INFO_PAR_N (&video),
      GST_VIDEO_INFO_PAR_D (&video), &width, &height);
  wanted = gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING, "BGRx",
      "width", G_TYPE_INT, width, "height", G_TYPE_INT, height,
      "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1, NULL);
  g_object_set (self->filter, "caps", wanted, NULL);
  return GST_PAD_PROBE_OK;
}

static void
watch_size (PreviewImage *self)
{
  g_autoptr (GstElement) convert =
      gst_bin_get_by_name (GST_BIN (self->pipeline), "convert");
  g_autoptr (GstElement) filter =
      gst_bin_get_by_name (GST_BIN (self->pipeline), "filter");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (convert, "sink");

  self->filter = filter;
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event, self, NULL);
}

static void
push_picture (PreviewImage *self)
{
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (self->pipeline), "source");
  GstFlowReturn ret;

  g_signal_emit_by_name (source, "push-sample", self->picture, &ret);
  g_signal_emit_by_name (source, "end-of-stream", &ret);
}

static GSource *
attach (GSource *source, GSourceFunc func, PreviewImage *self)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, context);
  return source;
}

static gboolean
start_pipeline (PreviewImage *self, GError **error)
{
  g_autoptr (GstBus) bus = NULL;

  self->pipeline = gst_parse_launch_full (
      DESCRIPTION, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
  if (self->pipeline == NULL)
    return FALSE;
  watch_size (self);
  bus = gst_element_get_bus (self->pipeline);
  self->source =
      attach (gst_bus_create_watch (bus), G_SOURCE_FUNC (on_message), self);
  self->timeout = attach (g_timeout_source_new (TIMEOUT_MS), on_timeout, self);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  push_picture (self);
  return TRUE;
}

static gboolean
start (gpointer user_data)
{
  PreviewImage *self = user_data;
  g_autoptr (GBytes) finished = get_finished (self->picture);
  g_autoptr (GError) error = NULL;

  if (finished != NULL) {
    report (self, finished, NULL);
    return G_SOURCE_REMOVE;
  }
  g_clear_pointer (&self->source, g_source_unref);
  if (!start_pipeline (self, &error))
    report (self, NULL, error);
  return G_SOURCE_REMOVE;
}

PreviewImage *
preview_image_new (
    GstSample *picture, PreviewImageFunc func, gpointer user_data)
{
  PreviewImage *self = g_new0 (PreviewImage, 1);

  self->func = func;
  self->user_data = user_data;
  self->picture = gst_sample_ref (picture);
  self->source = attach (g_idle_source_new (), start, self);
  return self;
}

void
preview_image_free (PreviewImage *self)
{
  clear_source (&self->source);
  clear_source (&self->timeout);
  if (self->pipeline != NULL)
    gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_clear_object (&self->pipeline);
  gst_sample_unref (self->picture);
  g_free (self);
}
