/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our video payloader and depayloader with GStreamer's own, both ways, with the
 * frames of tests/vectors/rtp-payload.json. */

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include "vectors.h"

typedef struct
{
  const gchar *codec;
  const gchar *caps;
  const gchar *pay; /* GStreamer 1.22 has none for AV1; see tests/interop */
  const gchar *depay;
} Stock;

static const Stock stock[] = {
  { "H264",
      "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au",
      "rtph264pay", "rtph264depay" },
  { "H264",
      "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au",
      "rtph264pay aggregate-mode=max-stap mtu=500", "rtph264depay" },
  { "H265",
      "video/x-h265, stream-format=(string)byte-stream, alignment=(string)au",
      "rtph265pay", "rtph265depay" },
  { "H265",
      "video/x-h265, stream-format=(string)byte-stream, alignment=(string)au",
      "rtph265pay mtu=300", "rtph265depay" },
  { "VP8", "video/x-vp8", "rtpvp8pay", "rtpvp8depay" },
  { "VP8", "video/x-vp8", "rtpvp8pay picture-id-mode=7-bit mtu=300",
      "rtpvp8depay" },
  { "VP9", "video/x-vp9", "rtpvp9pay", "rtpvp9depay" },
  { "VP9", "video/x-vp9", "rtpvp9pay picture-id-mode=15-bit mtu=500",
      "rtpvp9depay" },
};

/* Frames of an encoder, in its order. */
static GPtrArray *
load_frames (JsonParser *parser, const gchar *codec)
{
  JsonArray *array =
      json_object_get_array_member (vectors_root (parser), "frames");
  GPtrArray *frames =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);

  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonObject *frame = json_array_get_object_element (array, i);
    g_auto (Bytes) data = { 0 };
    GstBuffer *buffer;

    if (!g_str_equal (json_object_get_string_member (frame, "codec"), codec)
        || !g_str_equal (
            json_object_get_string_member (frame, "kind"), "encoder"))
      continue;
    data = vector_bytes (frame, "frame");
    buffer = gst_buffer_new_memdup (data.data, data.length);
    GST_BUFFER_PTS (buffer) = frames->len * GST_SECOND / 30;
    GST_BUFFER_DURATION (buffer) = GST_SECOND / 30;
    g_ptr_array_add (frames, buffer);
  }
  fail_unless_equals_int (frames->len, 6);
  return frames;
}

static JsonParser *
load (void)
{
  JsonParser *parser = json_parser_new ();

  fail_unless (json_parser_load_from_file (
      parser, TEST_VECTORS_DIR "/rtp-payload.json", NULL));
  return parser;
}

static void
check_through (const Stock *s, const gchar *pay, const gchar *depay)
{
  g_autoptr (JsonParser) parser = load ();
  g_autoptr (GPtrArray) frames = load_frames (parser, s->codec);
  g_autofree gchar *line = g_strdup_printf ("%s ! %s", pay, depay);
  GstHarness *h = gst_harness_new_parse (line);

  gst_harness_set_sink_caps_str (h, s->caps);
  gst_harness_set_src_caps_str (h, s->caps);
  for (guint i = 0; i < frames->len; i++) {
    GstBuffer *frame = g_ptr_array_index (frames, i);
    g_autoptr (GstBuffer) out = NULL;
    GstMapInfo map;

    fail_unless_equals_int (
        gst_harness_push (h, gst_buffer_ref (frame)), GST_FLOW_OK);
    out = gst_harness_try_pull (h);
    fail_unless (out != NULL, "%s: frame %u", line, i);
    gst_buffer_map (frame, &map, GST_MAP_READ);
    gst_check_buffer_data (out, map.data, map.size);
    gst_buffer_unmap (frame, &map);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (out), GST_BUFFER_PTS (frame));
  }
  fail_unless (gst_harness_try_pull (h) == NULL);
  gst_harness_teardown (h);
}

GST_START_TEST (test_to_stock)
{
  check_through (&stock[__i__], "discordrtpvideopay", stock[__i__].depay);
}
GST_END_TEST;

GST_START_TEST (test_from_stock)
{
  check_through (&stock[__i__], stock[__i__].pay, "discordrtpvideodepay");
}
GST_END_TEST;

static Suite *
discordrtpvideostock_suite (void)
{
  Suite *suite = suite_create ("discordrtpvideostock");
  TCase *tcase = tcase_create ("frames");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_to_stock, 0, G_N_ELEMENTS (stock));
  tcase_add_loop_test (tcase, test_from_stock, 0, G_N_ELEMENTS (stock));
  return suite;
}

GST_CHECK_MAIN (discordrtpvideostock);
