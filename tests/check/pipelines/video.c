/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pictures of real encoders, in RTP packets and out again: decoded, they are the
 * same as those that took no such way. */

#include <gst/check/gstcheck.h>

#define N_FRAMES 30
#define SOURCE                                                                 \
  "videotestsrc num-buffers=30 pattern=ball ! "                                \
  "video/x-raw, format=I420, width=176, height=144, framerate=30/1 ! "

typedef struct
{
  const gchar *encoder;
  const gchar *way; /* behind the encoder */
  const gchar *decoder;
} Case;

#define OURS "discordrtpvideopay ! discordrtpvideodepay"
#define H264_DECODER "h264parse ! openh264dec"
#define H265_DECODER "h265parse ! avdec_h265"

static const Case cases[] = {
  { "x264enc tune=zerolatency key-int-max=10 ! "
    "video/x-h264, profile=constrained-baseline",
      OURS, H264_DECODER },
  /* Six slices. */
  { "x264enc tune=zerolatency threads=6 sliced-threads=true bitrate=4096 ! "
    "video/x-h264, profile=constrained-baseline",
      OURS, H264_DECODER },
  { "openh264enc ! h264parse", OURS, H264_DECODER },
  { "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=10", OURS,
      H265_DECODER },
  { "vp8enc deadline=1 keyframe-max-dist=10", OURS, "vp8dec" },
  { "vp9enc deadline=1 cpu-used=8 keyframe-max-dist=10", OURS, "vp9dec" },
  { "av1enc usage-profile=realtime cpu-used=8 ! av1parse", OURS, "av1dec" },

  /* With GStreamer's own. */
  { "x264enc tune=zerolatency threads=6 sliced-threads=true ! "
    "video/x-h264, profile=constrained-baseline",
      "discordrtpvideopay ! rtph264depay", H264_DECODER },
  { "x264enc tune=zerolatency threads=6 sliced-threads=true ! "
    "video/x-h264, profile=constrained-baseline",
      "rtph264pay ! discordrtpvideodepay", H264_DECODER },
  { "x265enc tune=zerolatency speed-preset=ultrafast",
      "discordrtpvideopay ! rtph265depay ! "
      "video/x-h265, stream-format=byte-stream",
      H265_DECODER },
  { "x265enc tune=zerolatency speed-preset=ultrafast",
      "rtph265pay ! discordrtpvideodepay", H265_DECODER },
  { "vp8enc deadline=1", "discordrtpvideopay ! rtpvp8depay", "vp8dec" },
  { "vp8enc deadline=1", "rtpvp8pay ! discordrtpvideodepay", "vp8dec" },
  { "vp9enc deadline=1 cpu-used=8", "discordrtpvideopay ! rtpvp9depay",
      "vp9dec" },
  { "vp9enc deadline=1 cpu-used=8", "rtpvp9pay ! discordrtpvideodepay",
      "vp9dec" },
};

/* One checksum a picture. */
static void
on_picture (
    GstElement *sink, GstBuffer *picture, GstPad *pad, GPtrArray *checksums)
{
  GstMapInfo map;

  fail_unless (gst_buffer_map (picture, &map, GST_MAP_READ));
  g_ptr_array_add (checksums,
      g_compute_checksum_for_data (G_CHECKSUM_SHA256, map.data, map.size));
  gst_buffer_unmap (picture, &map);
}

static GPtrArray *
watch (GstElement *pipeline, const gchar *name)
{
  GPtrArray *checksums = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), name);

  g_object_set (sink, "signal-handoffs", TRUE, "sync", FALSE, NULL);
  g_signal_connect (sink, "handoff", G_CALLBACK (on_picture), checksums);
  return checksums;
}

static void
play_to_end (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessage *message;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

GST_START_TEST (test_same_pictures)
{
  const Case *c = &cases[__i__];
  g_autofree gchar *line = g_strdup_printf (SOURCE
      "%s ! tee name=t "
      "t. ! queue max-size-buffers=0 max-size-bytes=0 ! %s ! "
      "fakesink name=direct "
      "t. ! queue max-size-buffers=0 max-size-bytes=0 ! %s ! %s ! "
      "fakesink name=through",
      c->encoder, c->decoder, c->way, c->decoder);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, &error);
  g_autoptr (GPtrArray) direct = NULL;
  g_autoptr (GPtrArray) through = NULL;

  fail_unless (error == NULL, "%s: %s", line, error ? error->message : "");
  direct = watch (pipeline, "direct");
  through = watch (pipeline, "through");
  play_to_end (pipeline);
  fail_unless (direct->len == N_FRAMES, "%s: %u pictures", line, direct->len);
  fail_unless (through->len == N_FRAMES, "%s: %u pictures", line, through->len);
  for (guint i = 0; i < N_FRAMES; i++)
    fail_unless (
        g_str_equal (direct->pdata[i], through->pdata[i]), "%s: %u", line, i);
}
GST_END_TEST;

static Suite *
video_suite (void)
{
  Suite *s = suite_create ("video");
  TCase *tc = tcase_create ("video");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_same_pictures, 0, G_N_ELEMENTS (cases));
  return s;
}

GST_CHECK_MAIN (video);
