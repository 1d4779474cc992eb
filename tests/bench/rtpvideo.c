/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What it costs to cut video frames into RTP packets and to put them together
 * again, beside GStreamer's own elements on the same frames. The frames have
 * the size of 1080p at 8 Mbit/s. Exits with 1 when a row is missing. */

#include "common.h"

#include <gst/gst.h>
#include <json-glib/json-glib.h>
#include <stdio.h>

#define FRAME_SIZE 33000
#define BATCH 20
#define ROUNDS 150
#define WARM_UP 10

typedef struct
{
  const char *codec;
  const char *caps;
  const char *vector; /* begins like this frame of the vectors */
  const char *stock_pay; /* NULL: GStreamer 1.22 has none */
  const char *stock_depay;
} Case;

static const Case cases[] = {
  { "H264",
      "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au",
      "h264-one-slice", "rtph264pay", "rtph264depay" },
  { "H265",
      "video/x-h265, stream-format=(string)byte-stream, alignment=(string)au",
      "h265-one-slice", "rtph265pay", "rtph265depay" },
  { "VP8", "video/x-vp8", "vp8-large-0", "rtpvp8pay", "rtpvp8depay" },
  { "VP9", "video/x-vp9", "vp9-large-0", "rtpvp9pay", "rtpvp9depay" },
  { "AV1",
      "video/x-av1, stream-format=(string)obu-stream, alignment=(string)tu",
      "av1-large-1", NULL, NULL },
};

/* An element between two pads of ours; what it makes is in @out. */
typedef struct
{
  GstElement *element;
  GstPad *source;
  GstPad *sink;
  GQueue out; /* GstBuffer */
} Stage;

typedef struct
{
  const char *name;
  Stage pay;
  Stage depay;
  guint64 n_frames;
  BenchSamples pay_ns;
  BenchSamples depay_ns;
} Contender;

static GstFlowReturn
collect (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  Stage *stage = gst_pad_get_element_private (pad);

  g_queue_push_tail (&stage->out, buffer);
  return GST_FLOW_OK;
}

static gboolean
collect_from_list (GstBuffer **buffer, guint index, gpointer user_data)
{
  Stage *stage = user_data;

  g_queue_push_tail (&stage->out, gst_buffer_ref (*buffer));
  return TRUE;
}

static GstFlowReturn
collect_list (GstPad *pad, GstObject *parent, GstBufferList *list)
{
  gst_buffer_list_foreach (
      list, collect_from_list, gst_pad_get_element_private (pad));
  gst_buffer_list_unref (list);
  return GST_FLOW_OK;
}

/* Of stages that were told: downstream takes these caps and nothing else. */
static gboolean
answer_caps (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstCaps *caps = g_object_get_data (G_OBJECT (pad), "caps");

  if (GST_QUERY_TYPE (query) != GST_QUERY_CAPS || caps == NULL)
    return gst_pad_query_default (pad, parent, query);
  gst_query_set_caps_result (query, caps);
  return TRUE;
}

static void
link_or_fail (GstPad *source, GstPad *sink)
{
  if (gst_pad_link (source, sink) != GST_PAD_LINK_OK)
    bench_fail ("%s cannot be linked", GST_OBJECT_NAME (source));
}

static void
stage_init (Stage *stage, const char *factory, GstCaps *caps, GstCaps *taken)
{
  g_autoptr (GstPad) element_sink = NULL;
  g_autoptr (GstPad) element_source = NULL;
  GstSegment segment;

  stage->element = gst_element_factory_make (factory, NULL);
  if (stage->element == NULL)
    bench_fail ("no element %s", factory);
  gst_object_ref_sink (stage->element);
  g_queue_init (&stage->out);
  stage->source = gst_pad_new ("source", GST_PAD_SRC);
  stage->sink = gst_pad_new ("sink", GST_PAD_SINK);
  gst_pad_set_element_private (stage->sink, stage);
  gst_pad_set_chain_function (stage->sink, collect);
  gst_pad_set_chain_list_function (stage->sink, collect_list);
  gst_pad_set_query_function (stage->sink, answer_caps);
  if (taken != NULL)
    g_object_set_data_full (G_OBJECT (stage->sink), "caps",
        gst_caps_ref (taken), (GDestroyNotify) gst_caps_unref);
  element_sink = gst_element_get_static_pad (stage->element, "sink");
  element_source = gst_element_get_static_pad (stage->element, "src");
  link_or_fail (stage->source, element_sink);
  link_or_fail (element_source, stage->sink);
  gst_pad_set_active (stage->sink, TRUE);
  gst_pad_set_active (stage->source, TRUE);
  gst_element_set_state (stage->element, GST_STATE_PLAYING);

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (stage->source, gst_event_new_stream_start ("bench"));
  if (!gst_pad_set_caps (stage->source, caps))
    bench_fail ("%s refuses its caps", factory);
  gst_pad_push_event (stage->source, gst_event_new_segment (&segment));
}

static void
stage_clear (Stage *stage)
{
  gst_element_set_state (stage->element, GST_STATE_NULL);
  gst_pad_set_active (stage->source, FALSE);
  gst_pad_set_active (stage->sink, FALSE);
  gst_object_unref (stage->element);
  gst_object_unref (stage->source);
  gst_object_unref (stage->sink);
}

static void
contender_init (Contender *self, const char *name, const Case *c,
    const char *pay, const char *depay)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (c->caps);
  g_autoptr (GstCaps) rtp = NULL;

  self->name = name;
  self->n_frames = 0;
  bench_samples_init (&self->pay_ns);
  bench_samples_init (&self->depay_ns);
  stage_init (&self->pay, pay, caps, NULL);
  rtp = gst_pad_get_current_caps (self->pay.sink);
  if (rtp == NULL) /* some wait for a frame */
    rtp = gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING,
        "video", "payload", G_TYPE_INT, 96, "clock-rate", G_TYPE_INT, 90000,
        "encoding-name", G_TYPE_STRING, c->codec, NULL);
  stage_init (&self->depay, depay, rtp, caps);
}

static void
contender_clear (Contender *self)
{
  stage_clear (&self->pay);
  stage_clear (&self->depay);
  bench_samples_clear (&self->pay_ns);
  bench_samples_clear (&self->depay_ns);
}

/* Fails unless downstream took it. */
static void
push (Stage *stage, GstBuffer *buffer)
{
  if (gst_pad_push (stage->source, buffer) != GST_FLOW_OK)
    bench_fail ("%s fails", GST_OBJECT_NAME (stage->element));
}

static void
drop_frames (Contender *self, gsize size)
{
  GstBuffer *frame;
  guint n = 0;

  while ((frame = g_queue_pop_head (&self->depay.out)) != NULL) {
    /* AV1 gets a temporal delimiter. */
    if (gst_buffer_get_size (frame) < size)
      bench_fail ("%s: a frame got shorter", self->name);
    gst_buffer_unref (frame);
    n++;
  }
  if (n != BATCH)
    bench_fail ("%s: %u frames of %u came back", self->name, n, BATCH);
}

static void
run_round (Contender *self, GstMemory *memory, gboolean count)
{
  GstBuffer *frames[BATCH];
  GstBuffer *packet;
  gint64 start, packetised, end;

  for (guint i = 0; i < BATCH; i++) {
    frames[i] = gst_buffer_new ();
    gst_buffer_append_memory (frames[i], gst_memory_ref (memory));
    GST_BUFFER_PTS (frames[i]) = self->n_frames++ * GST_SECOND / 30;
    GST_BUFFER_DURATION (frames[i]) = GST_SECOND / 30;
  }
  start = bench_now ();
  for (guint i = 0; i < BATCH; i++)
    push (&self->pay, frames[i]);
  packetised = bench_now ();
  while ((packet = g_queue_pop_head (&self->pay.out)) != NULL)
    push (&self->depay, packet);
  end = bench_now ();
  drop_frames (self, FRAME_SIZE);
  if (!count)
    return;
  bench_samples_add (&self->pay_ns, (packetised - start) / BATCH);
  bench_samples_add (&self->depay_ns, (end - packetised) / BATCH);
}

static double
print_row (
    const Case *c, const Contender *contender, const char *operation, gint64 ns)
{
  g_autofree char *name =
      g_strdup_printf ("%s %s: %s", c->codec, operation, contender->name);
  BenchRow *row = bench_row_new ("rtpvideo", name);

  bench_row_add_int (row, "size", FRAME_SIZE);
  bench_row_add_number (row, "us", (double) ns / 1000);
  bench_row_add_number (row, "gbit_s", FRAME_SIZE * 8.0 / (double) ns);
  bench_row_finish (row);
  return (double) ns;
}

/* Per frame: to packets, back, and both. */
static void
print_rows (const Case *c, Contender *contenders, guint n)
{
  double both[2] = { 0, 0 };

  for (guint i = 0; i < n; i++) {
    Contender *contender = &contenders[i];
    gint64 pay, depay;

    bench_samples_sort (&contender->pay_ns);
    bench_samples_sort (&contender->depay_ns);
    pay = bench_samples_quantile (&contender->pay_ns, 0.5);
    depay = bench_samples_quantile (&contender->depay_ns, 0.5);
    print_row (c, contender, "to packets", pay);
    print_row (c, contender, "to frames", depay);
    both[i] = print_row (c, contender, "both", pay + depay);
  }
  if (n == 2) {
    g_autofree char *name =
        g_strdup_printf ("%s both: gst-discord / stock", c->codec);
    BenchRow *row = bench_row_new ("rtpvideo", name);

    bench_row_add_number (row, "ratio", both[0] / both[1]);
    bench_row_finish (row);
  }
}

/* The frame of the vectors, filled up with what cannot be mistaken. */
static GstMemory *
make_frame (JsonParser *vectors, const Case *c)
{
  JsonArray *frames = json_object_get_array_member (
      json_node_get_object (json_parser_get_root (vectors)), "frames");
  guint8 *data = g_malloc (FRAME_SIZE);

  for (gsize i = 0; i < FRAME_SIZE; i++)
    data[i] = (guint8) (i * 7 % 253 + 2);
  for (guint i = 0; i < json_array_get_length (frames); i++) {
    JsonObject *frame = json_array_get_object_element (frames, i);
    const char *hex = json_object_get_string_member (frame, "frame");

    if (!g_str_equal (json_object_get_string_member (frame, "id"), c->vector))
      continue;
    for (gsize j = 0; hex[2 * j] != '\0' && j < FRAME_SIZE; j++)
      data[j] = (guint8) (g_ascii_xdigit_value (hex[2 * j]) << 4
          | g_ascii_xdigit_value (hex[2 * j + 1]));
    return gst_memory_new_wrapped (GST_MEMORY_FLAG_READONLY, data, FRAME_SIZE,
        0, FRAME_SIZE, data, g_free);
  }
  bench_fail ("no frame %s", c->vector);
}

static void
measure (JsonParser *vectors, const Case *c)
{
  GstMemory *memory = make_frame (vectors, c);
  Contender contenders[2];
  guint n = 1;

  contender_init (&contenders[0], "gst-discord", c, "discordrtpvideopay",
      "discordrtpvideodepay");
  if (c->stock_pay != NULL)
    contender_init (&contenders[n++], "stock", c, c->stock_pay, c->stock_depay);
  /* In turns, so that whatever slows the machine slows all. */
  for (guint round = 0; round < WARM_UP + ROUNDS; round++)
    for (guint i = 0; i < n; i++)
      run_round (&contenders[i], memory, round >= WARM_UP);
  print_rows (c, contenders, n);
  fflush (stdout);
  for (guint i = 0; i < n; i++)
    contender_clear (&contenders[i]);
  gst_memory_unref (memory);
}

int
main (int argc, char **argv)
{
  g_autoptr (JsonParser) vectors = json_parser_new ();
  g_autoptr (GError) error = NULL;

  gst_init (&argc, &argv);
  if (!json_parser_load_from_file (vectors, RTP_VECTORS, &error))
    bench_fail ("%s", error->message);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    measure (vectors, &cases[i]);
  return 0;
}
