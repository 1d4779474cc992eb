/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole calls, end-to-end encrypted, on a network that loses packets both ways
 * and retransmissions among them. */
#include "video-camera.h"

/* Encoder, decoder. Noise makes frames of several packets, most of which are as
 * long as packets get. */
#define CAMERA                                                                 \
  "videotestsrc is-live=true pattern=snow ! "                                  \
  "video/x-raw, format=I420, width=176, height=144, framerate=30/1 ! "         \
  "%s ! tee name=t "                                                           \
  "t. ! queue ! %s ! fakesink name=pictures "                                  \
  "t. ! queue ! sink.video "                                                   \
  "discordvoicesink name=sink"

/* Milliseconds: time enough for many tries, and for a machine with other work. */
#define LATENCY 4000

static void
start (Camera *camera, const Case *c)
{
  g_autofree gchar *line = g_strdup_printf (CAMERA, c->encoder, c->decoder);

  camera_start (camera, line, c);
}

/* What became of the packets of the camera. */
static GstStructure *
viewer_get_source (Viewer *self)
{
  g_autoptr (GstStructure) stats = NULL;
  const GValue *sources;

  g_object_get (self->src, "stats", &stats, NULL);
  sources = gst_structure_get_value (stats, "sources");
  for (guint i = 0; i < gst_value_array_get_size (sources); i++) {
    const GstStructure *source =
        gst_value_get_structure (gst_value_array_get_value (sources, i));

    if (gst_structure_has_field (source, "packets-lost"))
      return gst_structure_copy (source);
  }
  fail ("nothing came");
  return NULL;
}

static guint64
get_count (const GstStructure *source, const gchar *name)
{
  guint64 count;

  fail_unless (gst_structure_get_uint64 (source, name, &count), "%s", name);
  return count;
}

/* All that the camera sent, in the end. */
static void
expect_repaired (Camera *camera, Viewer *viewer)
{
  g_autoptr (GstStructure) source = viewer_get_source (viewer);
  LoopbackMedia in, out;

  fail_unless_equals_uint64 (get_count (source, "packets-lost"), 0);
  fail_unless (get_count (source, "packets-restored") > 0);
  loopback_get_media (loopback, camera->user_id, &in);
  loopback_get_media (loopback, viewer->user_id, &out);
  fail_unless (in.frames_in_repaired > 0);
  fail_unless (out.frames_out_repaired > 0);
  fail_unless (in.rtp_in > 2 * in.frames_in, "frames of one packet only");
}

/* VP8 and H264, the first two cases: nothing is missing, and nothing wrong. */
GST_START_TEST (pain_14_loss_is_repaired)
{
  const Case *c = &cases[__i__];
  Camera camera;
  Viewer viewer = { 0 };

  set ("video-loss-to-server", "0.1");
  set ("video-loss-to-client", "0.1");
  viewer_join (&viewer, c->decoder);
  g_object_set (viewer.src, "video-latency", LATENCY, NULL);
  start (&camera, c);
  pictures_wait (&viewer.pictures, 2 * N_PICTURES);
  expect_repaired (&camera, &viewer);
  gst_element_set_state (viewer.pipeline, GST_STATE_READY);
  pictures_expect_each_in (&viewer.pictures, &camera.pictures);
  camera_stop (&camera);
  viewer_leave (&viewer);
  check_no_violations ();
}
GST_END_TEST;

static Suite *
video_loss_suite (void)
{
  Suite *suite = suite_create ("video-loss");
  TCase *tcase = tcase_create ("pipelines");

  tcase_set_timeout (tcase, 90);
  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, start_loopback, stop_loopback);
  tcase_add_loop_test (tcase, pain_14_loss_is_repaired, 0, 2);
  return suite;
}

GST_CHECK_MAIN (video_loss);
