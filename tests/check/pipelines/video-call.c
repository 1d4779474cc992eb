/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole calls between a discordvoicesink that sends picture and sound and
 * a discordvoicesrc, end-to-end encrypted. */
#include "video-camera.h"

#define WIDTH 176
#define HEIGHT 144

/* Size, encoder, decoder. What is decoded beside the sink is what others are to
 * see. */
#define CAMERA                                                                 \
  "videotestsrc is-live=true pattern=ball ! "                                  \
  "video/x-raw, format=I420, width=%u, height=%u, framerate=30/1 ! "           \
  "%s ! tee name=t "                                                           \
  "t. ! queue ! %s ! fakesink name=pictures "                                  \
  "t. ! queue ! sink.video "                                                   \
  "audiotestsrc is-live=true wave=sine volume=0.5 ! sink.audio "               \
  "discordvoicesink name=sink"

/* Louder than what silence decodes to. */
#define LOUD 4096
#define N_SOUNDS 25

static void
start (Camera *camera, const Case *c)
{
  g_autofree gchar *line =
      g_strdup_printf (CAMERA, WIDTH, HEIGHT, c->encoder, c->decoder);

  camera_start (camera, line, c);
}

/* Decoded sound that is none of silence. */
typedef struct
{
  GMutex lock;
  GCond cond;
  guint loud;
} Sounds;

static gboolean
is_loud (const GstMapInfo *map)
{
  for (gsize i = 0; i + 1 < map->size; i += 2)
    if (ABS ((gint16) GST_READ_UINT16_LE (map->data + i)) > LOUD)
      return TRUE;
  return FALSE;
}

static void
on_sound (GstElement *sink, GstBuffer *sound, GstPad *pad, Sounds *self)
{
  GstMapInfo map;

  fail_unless (gst_buffer_map (sound, &map, GST_MAP_READ));
  g_mutex_lock (&self->lock);
  self->loud += is_loud (&map);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  gst_buffer_unmap (sound, &map);
}

static void
on_audio_pad (GstElement *src, GstPad *pad, Sounds *self)
{
  g_autoptr (GstObject) pipeline = gst_element_get_parent (src);
  g_autoptr (GstElement) fakesink = NULL;
  g_autoptr (GstPad) sink = NULL;
  GstElement *bin;

  if (!g_str_has_prefix (GST_PAD_NAME (pad), "audio_"))
    return;
  bin = gst_parse_bin_from_description (
      "opusdec ! audioconvert ! audio/x-raw, format=S16LE ! "
      "fakesink name=sounds sync=false async=false signal-handoffs=true",
      TRUE, NULL);
  fakesink = gst_bin_get_by_name (GST_BIN (bin), "sounds");
  g_signal_connect (fakesink, "handoff", G_CALLBACK (on_sound), self);
  gst_bin_add (GST_BIN (pipeline), bin);
  gst_element_sync_state_with_parent (bin);
  sink = gst_element_get_static_pad (bin, "sink");
  fail_unless_equals_int (gst_pad_link (pad, sink), GST_PAD_LINK_OK);
}

static void
sounds_wait (Sounds *self, guint count)
{
  gint64 until = g_get_monotonic_time () + PATIENCE;
  gboolean in_time = TRUE;

  g_mutex_lock (&self->lock);
  while (in_time && self->loud < count)
    in_time = g_cond_wait_until (&self->cond, &self->lock, until);
  fail_unless (in_time, "only %u sounds", self->loud);
  g_mutex_unlock (&self->lock);
}

static guint64
count_late (Camera *self)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->sink, "video");
  g_autoptr (GstStructure) stats = NULL;
  guint64 late;

  g_object_get (pad, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, "dropped-late", &late));
  return late;
}

/* All in one go; but what is late is not sent. */
static void
expect_pictures (Camera *camera, Viewer *viewer)
{
  if (count_late (camera) == 0)
    pictures_expect_part_of (&viewer->pictures, &camera->pictures);
  else
    pictures_expect_each_in (&viewer->pictures, &camera->pictures);
}

GST_START_TEST (test_picture_and_sound)
{
  const Case *c = &cases[__i__];
  Camera camera;
  Viewer viewer = { 0 };
  Sounds sounds = { 0 };

  viewer_join (&viewer, c->decoder);
  g_signal_connect (
      viewer.src, "pad-added", G_CALLBACK (on_audio_pad), &sounds);
  start (&camera, c);
  pictures_wait (&viewer.pictures, N_PICTURES);
  sounds_wait (&sounds, N_SOUNDS);
  gst_element_set_state (viewer.pipeline, GST_STATE_READY);
  expect_pictures (&camera, &viewer);
  expect_stat (viewer.src, "e2ee-receive-not-encrypted", 0);
  expect_stat (camera.sink, "audio-refused", 0);
  camera_stop (&camera);
  viewer_leave (&viewer);
  check_no_violations ();
}
GST_END_TEST;

/* The sender's session goes, by a loss or a move, and comes again with other SSRCs
 * and another group: the viewer loses time, and sees nothing but pictures. */
GST_START_TEST (test_sender_begins_anew)
{
  static const gchar *const losses[] = { "server-move:%" G_GUINT64_FORMAT,
    "close-voice:%" G_GUINT64_FORMAT ":4006" };
  const guint64 user_id = loopback_user_for_token ("camera");
  const Case *c = &cases[0];
  Camera camera;
  Viewer viewer = { 0 };

  viewer_join (&viewer, c->decoder);
  start (&camera, c);
  pictures_wait (&viewer.pictures, N_PICTURES);
  for (guint i = 0; i < G_N_ELEMENTS (losses); i++) {
    g_autofree gchar *loss = g_strdup_printf (losses[i], user_id);

    act ("%s", loss);
    wait_event ("voice-joined", user_id, i + 2);
    pictures_wait (
        &viewer.pictures, pictures_count (&viewer.pictures) + N_PICTURES);
  }
  gst_element_set_state (viewer.pipeline, GST_STATE_READY);
  pictures_expect_each_in (&viewer.pictures, &camera.pictures);
  camera_stop (&camera);
  viewer_leave (&viewer);
  check_no_violations ();
}
GST_END_TEST;

static Suite *
video_call_suite (void)
{
  Suite *suite = suite_create ("video-call");
  TCase *tcase = tcase_create ("pipelines");

  tcase_set_timeout (tcase, 90);
  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, start_loopback, stop_loopback);
  tcase_add_loop_test (tcase, test_picture_and_sound, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tcase, test_sender_begins_anew);
  return suite;
}

GST_CHECK_MAIN (video_call);
