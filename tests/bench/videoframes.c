/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "videoframes.h"

#include "common.h"

#include <gst/app/gstappsink.h>
#include <stdio.h>
#include <string.h>

/* Coarse noise takes the bits that a camera's picture does. The way through our
 * payloader gives frames the start codes that receivers make. */
#define SOURCE                                                                 \
  "videotestsrc pattern=snow num-buffers=%u ! "                                \
  "video/x-raw, format=I420, width=112, height=64, framerate=30/1 ! "          \
  "videoscale ! video/x-raw, width=1920, height=1080 ! %s ! "                  \
  "discordrtpvideopay ! discordrtpvideodepay ! appsink name=out sync=false"

#define FILE_TYPE "a(bay)" /* keyframe, bytes */

/* The number of a frame and its place in the loop, as text: no zero byte that
 * would have to be escaped. */
#define MARK_FORMAT "%08x%08x"
#define MARK_SIZE 16

/* Around the mark an H.264 message that nobody knows (ITU-T H.264 D.1.7): start
 * code, SEI, user data, its size and UUID, and the stop bit behind it. */
static const guint8 sei_begin[] = "\0\0\0\1\x06\x05\x20gst-discord mark";
static const guint8 sei_end[] = { 0x80 };
#define SEI_BEGIN_SIZE (sizeof sei_begin - 1)
#define SEI_SIZE (SEI_BEGIN_SIZE + MARK_SIZE + sizeof sei_end)

typedef struct
{
  const char *name;
  const char *encoder;
  const char *bitrate_property;
  guint bitrate_unit;
  const char *caps;
  const char *decoder;
  gsize mark_size; /* before the frame for H264, behind it for VP8, whose
                      decoders ignore what they do not need */
} Codec;

#define MARK_IN_FRONT(codec) ((codec)->mark_size == SEI_SIZE)

static const Codec codecs[] = {
  { "H264",
      "x264enc name=encoder speed-preset=superfast tune=zerolatency "
      "threads=1 key-int-max=9999 vbv-buf-capacity=100 ! "
      "video/x-h264, profile=constrained-baseline",
      "bitrate", 1000,
      "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au",
      "h264parse ! avdec_h264", SEI_SIZE },
  { "VP8",
      "vp8enc name=encoder deadline=1 cpu-used=8 threads=2 overshoot=15 "
      "keyframe-max-dist=9999",
      "target-bitrate", 1, "video/x-vp8", "vp8dec", MARK_SIZE },
};

struct _BenchVideoFrames
{
  const Codec *codec;
  GPtrArray *memories; /* (element-type GstMemory) */
  gsize size; /* of all together */
};

static const Codec *
find_codec (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++) {
    if (g_str_equal (codecs[i].name, name))
      return &codecs[i];
  }
  bench_fail ("no frames of codec %s", name);
}

/* Making them */

static GstElement *
make_encoder (const Codec *codec, guint n, guint bitrate)
{
  g_autofree char *line = g_strdup_printf (SOURCE, n, codec->encoder);
  g_autofree char *rate = g_strdup_printf ("%u", bitrate / codec->bitrate_unit);
  g_autoptr (GstElement) encoder = NULL;
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error);

  if (error != NULL)
    bench_fail ("%s", error->message);
  encoder = gst_bin_get_by_name (GST_BIN (pipeline), "encoder");
  gst_util_set_object_arg (G_OBJECT (encoder), codec->bitrate_property, rate);
  return pipeline;
}

static void
add_frame (GVariantBuilder *builder, GstBuffer *frame, gboolean key)
{
  GstMapInfo map;

  if (key == GST_BUFFER_FLAG_IS_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT))
    bench_fail ("the first frame, and no other, has to be a keyframe");
  if (!gst_buffer_map (frame, &map, GST_MAP_READ))
    bench_fail ("cannot map a frame");
  g_variant_builder_add (builder, "(b@ay)", key,
      g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, map.data, map.size, 1));
  gst_buffer_unmap (frame, &map);
}

static guint
add_frames (GVariantBuilder *builder, GstAppSink *sink)
{
  GstSample *sample;
  guint n = 0;

  while ((sample = gst_app_sink_pull_sample (sink)) != NULL) {
    add_frame (builder, gst_sample_get_buffer (sample), n == 0);
    gst_sample_unref (sample);
    n++;
  }
  return n;
}

void
bench_video_frames_make (
    const char *path, const char *codec, guint n, guint bitrate)
{
  GstElement *pipeline = make_encoder (find_codec (codec), n, bitrate);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  g_autoptr (GVariant) all = NULL;
  g_autoptr (GError) error = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE (FILE_TYPE));
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  if (add_frames (&builder, GST_APP_SINK (sink)) != n)
    bench_fail ("%s: not all of %u frames", codec, n);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  all = g_variant_ref_sink (g_variant_builder_end (&builder));
  if (!g_file_set_contents (path, g_variant_get_data (all),
          (gssize) g_variant_get_size (all), &error))
    bench_fail ("%s", error->message);
}

/* Using them */

static void
unref_variant (gpointer data)
{
  g_variant_unref (data);
}

static GstMemory *
wrap_bytes (GVariant *bytes)
{
  gsize size;
  gconstpointer data = g_variant_get_fixed_array (bytes, &size, 1);

  return gst_memory_new_wrapped (GST_MEMORY_FLAG_READONLY, (gpointer) data,
      size, 0, size, bytes, unref_variant);
}

BenchVideoFrames *
bench_video_frames_load (const char *path, const char *codec)
{
  BenchVideoFrames *self = g_new0 (BenchVideoFrames, 1);
  g_autoptr (GVariant) all = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  char *data;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, &error))
    bench_fail ("%s", error->message);
  bytes = g_bytes_new_take (data, size);
  all = g_variant_ref_sink (
      g_variant_new_from_bytes (G_VARIANT_TYPE (FILE_TYPE), bytes, FALSE));
  self->codec = find_codec (codec);
  self->memories =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_memory_unref);
  for (gsize i = 0; i < g_variant_n_children (all); i++) {
    GVariant *frame;

    g_variant_get_child (all, i, "(b@ay)", NULL, &frame);
    g_ptr_array_add (self->memories, wrap_bytes (frame));
    self->size += gst_memory_get_sizes (
        g_ptr_array_index (self->memories, i), NULL, NULL);
  }
  if (self->memories->len == 0)
    bench_fail ("%s: no frames", path);
  return self;
}

void
bench_video_frames_free (BenchVideoFrames *self)
{
  g_ptr_array_unref (self->memories);
  g_free (self);
}

GstCaps *
bench_video_frames_get_caps (const BenchVideoFrames *self)
{
  return gst_caps_from_string (self->codec->caps);
}

double
bench_video_frames_get_bitrate (const BenchVideoFrames *self)
{
  return (double) self->size * 8 * BENCH_VIDEO_RATE / self->memories->len;
}

const char *
bench_video_frames_get_decoder (const BenchVideoFrames *self)
{
  return self->codec->decoder;
}

static GstMemory *
make_mark (const Codec *codec, guint index, guint32 number)
{
  GstMemory *memory = gst_allocator_alloc (NULL, codec->mark_size, NULL);
  char text[MARK_SIZE + 1];
  GstMapInfo map;

  g_snprintf (text, sizeof text, MARK_FORMAT, number, index);
  gst_memory_map (memory, &map, GST_MAP_WRITE);
  if (MARK_IN_FRONT (codec)) {
    memcpy (map.data, sei_begin, SEI_BEGIN_SIZE);
    memcpy (map.data + SEI_BEGIN_SIZE, text, MARK_SIZE);
    memcpy (map.data + SEI_BEGIN_SIZE + MARK_SIZE, sei_end, sizeof sei_end);
  } else {
    memcpy (map.data, text, MARK_SIZE);
  }
  gst_memory_unmap (memory, &map);
  return memory;
}

GstBuffer *
bench_video_frames_get (
    const BenchVideoFrames *self, guint index, guint32 number)
{
  GstBuffer *frame = gst_buffer_new ();
  GstMemory *mark;

  index %= self->memories->len;
  mark = make_mark (self->codec, index, number);
  if (MARK_IN_FRONT (self->codec))
    gst_buffer_append_memory (frame, mark);
  gst_buffer_append_memory (
      frame, gst_memory_ref (g_ptr_array_index (self->memories, index)));
  if (!MARK_IN_FRONT (self->codec))
    gst_buffer_append_memory (frame, mark);
  if (index > 0)
    GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT);
  return frame;
}

static void
read_mark (const BenchVideoFrames *self, GstBuffer *frame, guint32 *number,
    guint *index)
{
  gsize size = gst_buffer_get_size (frame);
  gsize offset =
      MARK_IN_FRONT (self->codec) ? SEI_BEGIN_SIZE : size - MARK_SIZE;
  char text[MARK_SIZE + 1] = "";

  if (size <= self->codec->mark_size
      || gst_buffer_extract (frame, offset, text, MARK_SIZE) != MARK_SIZE
      || sscanf (text, MARK_FORMAT, number, index) != 2
      || *index >= self->memories->len)
    bench_fail ("a frame of %" G_GSIZE_FORMAT " bytes without a mark", size);
}

guint32
bench_video_frames_read (const BenchVideoFrames *self, GstBuffer *frame)
{
  guint32 number;
  guint index;

  read_mark (self, frame, &number, &index);
  return number;
}

guint32
bench_video_frames_check (const BenchVideoFrames *self, GstBuffer *frame)
{
  g_autoptr (GstBuffer) made = NULL;
  guint32 number;
  GstMapInfo map;
  guint index;

  read_mark (self, frame, &number, &index);
  made = bench_video_frames_get (self, index, number);
  gst_buffer_map (made, &map, GST_MAP_READ);
  if (gst_buffer_get_size (frame) != map.size
      || gst_buffer_memcmp (frame, 0, map.data, map.size) != 0)
    bench_fail ("frame %u is not as it was made", number);
  gst_buffer_unmap (made, &map);
  return number;
}
