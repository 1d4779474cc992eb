/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pipelines.h"

#include "common.h"

#include <gst/base/gstpushsrc.h>

#define STATE_TIMEOUT (120 * GST_SECOND)

#define BENCH_TYPE_OPUS_SOURCE (bench_opus_source_get_type ())
G_DECLARE_FINAL_TYPE (
    BenchOpusSource, bench_opus_source, BENCH, OPUS_SOURCE, GstPushSrc)

struct _BenchOpusSource
{
  GstPushSrc parent;

  guint32 stream;
  guint64 frames;
  guint64 next;
};

G_DEFINE_FINAL_TYPE (BenchOpusSource, bench_opus_source, GST_TYPE_PUSH_SRC)

static GstStaticPadTemplate source_template =
    GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-opus, rate=(int)48000, channels=(int)2, "
                     "channel-mapping-family=(int)0"));

static GstFlowReturn
bench_opus_source_create (GstPushSrc *source, GstBuffer **buffer)
{
  BenchOpusSource *self = BENCH_OPUS_SOURCE (source);
  guint8 frame[BENCH_FRAME_SIZE];

  if (self->frames != 0 && self->next == self->frames)
    return GST_FLOW_EOS;
  bench_frame_write (frame, self->stream, self->next);
  *buffer = gst_buffer_new_memdup (frame, sizeof frame);
  GST_BUFFER_PTS (*buffer) = self->next * BENCH_FRAME_NS;
  GST_BUFFER_DURATION (*buffer) = BENCH_FRAME_NS;
  self->next++;
  return GST_FLOW_OK;
}

static void
bench_opus_source_class_init (BenchOpusSourceClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_PUSH_SRC_CLASS (klass)->create = bench_opus_source_create;
  gst_element_class_add_static_pad_template (element_class, &source_template);
  gst_element_class_set_static_metadata (element_class, "Opus benchmark source",
      "Source/Audio", "Makes up Opus frames",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
bench_opus_source_init (BenchOpusSource *self)
{
  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_TIME);
}

GstElement *
bench_opus_source_new (guint32 stream, guint64 frames)
{
  BenchOpusSource *self = g_object_new (BENCH_TYPE_OPUS_SOURCE, NULL);

  self->stream = stream;
  self->frames = frames;
  return GST_ELEMENT (self);
}

GstElement *
bench_make (const char *factory)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  if (element == NULL)
    bench_fail ("the element %s is not installed", factory);
  return element;
}

/* Nobody runs a main loop here, and messages would pile up. */
static GstBusSyncReply
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *details = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, &details);
    bench_fail ("%s: %s (%s)", GST_MESSAGE_SRC_NAME (message), error->message,
        details != NULL ? details : "");
  }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

GstElement *
bench_pipeline_new (void)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);

  gst_bus_set_sync_handler (bus, on_message, NULL, NULL);
  return pipeline;
}

void
bench_pipeline_wait (GstElement *pipeline)
{
  GstState state;
  GstStateChangeReturn ret =
      gst_element_get_state (pipeline, &state, NULL, STATE_TIMEOUT);

  if (ret == GST_STATE_CHANGE_FAILURE || ret == GST_STATE_CHANGE_ASYNC
      || state != GST_STATE_PLAYING)
    bench_fail ("%s does not play", GST_OBJECT_NAME (pipeline));
}

void
bench_pipeline_free (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

GstElement *
bench_discord_new (const char *factory, const char *url, guint token,
    guint64 guild, guint64 channel)
{
  GstElement *element = bench_make (factory);
  g_autofree char *text = g_strdup_printf (BENCH_TOKEN_FORMAT, token);

  g_object_set (element, "gateway-url", url, "token", text, "guild-id", guild,
      "channel-id", channel, NULL);
  /* Senders are alone, to whom nothing would be encrypted and sent. What it
   * costs to encrypt a frame has rows of its own. */
  gst_util_set_object_arg (G_OBJECT (element), "e2ee", "off");
  return element;
}

GstElement *
bench_sink_new (GstElement *pipeline, GstPad *pad)
{
  GstElement *sink = bench_make ("fakesink");
  g_autoptr (GstPad) sink_pad = gst_element_get_static_pad (sink, "sink");

  g_object_set (sink, "sync", FALSE, "async", FALSE, NULL);
  gst_bin_add (GST_BIN (pipeline), sink);
  gst_element_sync_state_with_parent (sink);
  if (GST_PAD_LINK_FAILED (gst_pad_link (pad, sink_pad)))
    bench_fail ("%s cannot be linked", GST_OBJECT_NAME (pad));
  return sink;
}

guint64
bench_sink_get_count (GstElement *sink)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 count = 0;

  g_object_get (sink, "stats", &stats, NULL);
  if (!gst_structure_get_uint64 (stats, "rendered", &count))
    bench_fail ("fakesink tells no count");
  return count;
}
