/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Previews of a Go Live stream, against a stand-in that takes, refuses or delays
 * them. */
#include "golive-sink.h"

#include <stdlib.h>
#include <unistd.h>

#define PICTURE                                                                \
  "videotestsrc is-live=true ! video/x-raw, width=176, height=144 ! "          \
  "vp8enc deadline=1 keyframe-max-dist=10 ! sink.video "

static Live *
live_with_preview (const gchar *description, const gchar *mode)
{
  Live *live = live_new ("streamer", description);

  gst_util_set_object_arg (G_OBJECT (live->sink), "preview-mode", mode);
  g_object_set (
      live->sink, "preview-start-delay", 0, "preview-retry-interval", 10, NULL);
  return live;
}

/* What was uploaded, by the signal. */
typedef struct
{
  GMutex lock;
  GBytes *image; /* the last one; lock */
} Uploaded;

static void
on_uploaded (GstElement *sink, const gchar *stream_key, GBytes *image,
    Uploaded *uploaded)
{
  g_mutex_lock (&uploaded->lock);
  g_clear_pointer (&uploaded->image, g_bytes_unref);
  uploaded->image = g_bytes_ref (image);
  g_mutex_unlock (&uploaded->lock);
}

static void
uploaded_watch (Uploaded *uploaded, Live *live)
{
  g_mutex_init (&uploaded->lock);
  uploaded->image = NULL;
  g_signal_connect (
      live->sink, "preview-uploaded", G_CALLBACK (on_uploaded), uploaded);
}

static void
uploaded_clear (Uploaded *uploaded)
{
  g_bytes_unref (uploaded->image);
  g_mutex_clear (&uploaded->lock);
}

/* Made of the video, one after the other. */
GST_START_TEST (test_of_video)
{
  Live *live = live_with_preview (PICTURE, "auto");
  const GstStructure *told;
  guint64 size;
  Uploaded uploaded;
  const guint8 *data;

  uploaded_watch (&uploaded, live);
  g_object_set (live->sink, "preview-interval", 10, NULL);
  live_play (live);
  wait_event ("preview", live->user_id, 3);
  live_wait_stat (live, "previews-uploaded", 3);
  told = live_wait_message (live, "discord-preview-uploaded");
  fail_unless_equals_string (
      gst_structure_get_string (told, "stream-key"), live->key);
  fail_unless (gst_structure_get_uint64 (told, "size", &size));
  fail_unless (size > 0);
  live_stop (live);
  data = g_bytes_get_data (uploaded.image, NULL);
  fail_unless (data[0] == 0xff && data[1] == 0xd8 && data[2] == 0xff);
  fail_unless_equals_uint64 (live_stat (live, "previews-failed"), 0);
  uploaded_clear (&uploaded);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* A JPEG of the pad goes as it is, with picture or only with sound. */
static const gchar *const given[] = {
  "videotestsrc num-buffers=1 pattern=snow ! video/x-raw,width=64,height=36 ! "
  "jpegenc ! tee name=j j. ! sink.preview j. ! fakesink name=given "
  "sync=false async=false " PICTURE,
  "videotestsrc num-buffers=1 pattern=snow ! video/x-raw,width=64,height=36 ! "
  "jpegenc ! tee name=j j. ! sink.preview j. ! fakesink name=given "
  "sync=false async=false " LIVE_SOUND,
};

GST_START_TEST (test_of_pad)
{
  Live *live = live_with_preview (given[__i__], "auto");
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (live->pipeline), "given");
  g_autoptr (GstSample) sample = NULL;
  Uploaded uploaded;

  uploaded_watch (&uploaded, live);
  live_play (live);
  live_wait_stat (live, "previews-uploaded", 1);
  g_object_get (sink, "last-sample", &sample, NULL);
  live_stop (live);
  gst_check_buffer_data (gst_sample_get_buffer (sample),
      g_bytes_get_data (uploaded.image, NULL),
      g_bytes_get_size (uploaded.image));
  fail_unless_equals_uint64 (
      loopback_count (loopback, "preview", live->user_id), 1);
  uploaded_clear (&uploaded);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* Raw video of the pad is made into one. */
GST_START_TEST (test_of_raw_pad)
{
  Live *live = live_with_preview (
      "videotestsrc is-live=true ! video/x-raw,width=1920,height=1080,"
      "framerate=5/1 ! sink.preview " PICTURE,
      "pad");

  live_play (live);
  wait_event ("preview", live->user_id, 1);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* Nothing that could be shown, and nothing that may be: each is skipped, and the
 * next in time tried again. */
static const struct
{
  const gchar *description;
  const gchar *mode;
  gboolean paused;
} skipped[] = {
  { PICTURE, "pad", FALSE },
  { PICTURE, "auto", TRUE },
  { LIVE_SOUND, "auto", FALSE },
  { "appsrc is-live=true caps=image/jpeg ! sink.preview " PICTURE, "auto",
      FALSE },
};

GST_START_TEST (test_skipped)
{
  Live *live =
      live_with_preview (skipped[__i__].description, skipped[__i__].mode);

  g_object_set (live->sink, "paused", skipped[__i__].paused, NULL);
  live_play (live);
  live_wait_stat (live, "previews-skipped", 3);
  live_expect_going_on (live);
  live_stop (live);
  fail_unless_equals_uint64 (live_stat (live, "previews-uploaded"), 0);
  fail_unless_equals_uint64 (live_stat (live, "previews-failed"), 0);
  fail_unless_equals_uint64 (loopback_count (loopback, "rest", 0), 0);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

GST_START_TEST (test_off)
{
  Live *live = live_with_preview (PICTURE LIVE_SOUND, "off");

  live_play (live);
  live_wait_stat (live, "audio-dropped-alone", N_PICTURES);
  live_stop (live);
  fail_unless_equals_uint64 (live_stat (live, "previews-skipped"), 0);
  fail_unless_equals_uint64 (loopback_count (loopback, "rest", 0), 0);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* At any time; what is under way then may still be on its way. */
GST_START_TEST (test_switched)
{
  Live *live = live_with_preview (PICTURE LIVE_SOUND, "off");
  guint64 n, dropped;

  g_object_set (live->sink, "preview-interval", 10, NULL);
  live_play (live);
  live_wait_state (live, GST_DISCORD_STREAM_STATE_CONNECTED);
  gst_util_set_object_arg (G_OBJECT (live->sink), "preview-mode", "auto");
  wait_event ("preview", live->user_id, 3);

  gst_util_set_object_arg (G_OBJECT (live->sink), "preview-mode", "off");
  n = loopback_count (loopback, "preview", live->user_id);
  dropped = live_stat (live, "audio-dropped-alone");
  live_wait_stat (live, "audio-dropped-alone", dropped + N_PICTURES);
  fail_unless (loopback_count (loopback, "preview", live->user_id) <= n + 1);

  gst_util_set_object_arg (G_OBJECT (live->sink), "preview-mode", "auto");
  wait_event ("preview", live->user_id, n + 3);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* What is no picture costs a preview, and nothing else. */
GST_START_TEST (test_garbage)
{
  static const gchar words[] = "this is no image, whatever the caps say";
  Live *live = live_with_preview (
      "appsrc name=source is-live=true caps=image/jpeg ! sink.preview " PICTURE,
      "auto");
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (live->pipeline), "source");
  g_autoptr (GstBuffer) buffer = gst_buffer_new_memdup (words, sizeof (words));
  const GstStructure *told;
  GstFlowReturn flow;
  gboolean final;

  live_play (live);
  g_signal_emit_by_name (source, "push-buffer", buffer, &flow);
  live_wait_stat (live, "previews-failed", 2);
  told = live_wait_message (live, "discord-preview-failed");
  fail_unless (gst_structure_get_boolean (told, "final", &final));
  fail_if (final);
  live_expect_going_on (live);
  live_stop (live);
  fail_unless_equals_uint64 (loopback_count (loopback, "rest", 0), 0);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

static void
wait_failed (Live *live, GstDiscordError code, gboolean expected)
{
  const GstStructure *told = live_wait_message (live, "discord-preview-failed");
  const GValue *error = gst_structure_get_value (told, "error");
  gboolean final;

  fail_unless (
      g_error_matches (g_value_get_boxed (error), GST_DISCORD_ERROR, code));
  fail_unless (gst_structure_get_boolean (told, "final", &final));
  fail_unless_equals_int (final, expected);
}

/* Gone, or not ours: the next stream is another matter. */
static const gchar *const gone[] = { "403", "404" };

GST_START_TEST (test_gone)
{
  Live *live = live_with_preview (PICTURE, "auto");

  set ("rest-status", gone[__i__]);
  live_play (live);
  wait_failed (live, GST_DISCORD_ERROR_STREAM_GONE, TRUE);
  set ("rest-status", "0");
  act ("stream-outage:%" G_GUINT64_FORMAT, live->user_id);
  live_wait_state (live, GST_DISCORD_STREAM_STATE_UNAVAILABLE);
  fail_unless_equals_uint64 (loopback_count (loopback, "rest", 0), 1);
  act ("stream-return:%" G_GUINT64_FORMAT, live->user_id);
  wait_event ("preview", live->user_id, 1);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* A token that is refused is not offered again. */
GST_START_TEST (test_refused)
{
  Live *live = live_with_preview (PICTURE, "auto");

  set ("rest-status", "401");
  live_play (live);
  wait_failed (live, GST_DISCORD_ERROR_NOT_AUTHORIZED, TRUE);
  set ("rest-status", "0");
  act ("stream-outage:%" G_GUINT64_FORMAT, live->user_id);
  live_wait_state (live, GST_DISCORD_STREAM_STATE_UNAVAILABLE);
  act ("stream-return:%" G_GUINT64_FORMAT, live->user_id);
  live_wait_state (live, GST_DISCORD_STREAM_STATE_CONNECTED);
  live_stop (live);
  fail_unless_equals_uint64 (loopback_count (loopback, "rest", 0), 1);
  fail_unless_equals_uint64 (live_stat (live, "previews-failed"), 1);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* Asked to wait, it waits. */
GST_START_TEST (test_limited)
{
  Live *live = live_with_preview (PICTURE, "auto");

  set ("rest-limited", "2");
  live_play (live);
  wait_event ("preview", live->user_id, 1);
  live_wait_stat (live, "previews-uploaded", 1);
  live_stop (live);
  fail_unless_equals_uint64 (live_stat (live, "previews-failed"), 0);
  fail_unless_equals_uint64 (loopback_count (loopback, "rest", 0), 3);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* A server that takes its time holds up neither the stream nor its end. */
GST_START_TEST (test_slow)
{
  Live *live = live_with_preview (LIVE, "auto");
  Viewer *viewer = viewer_new ("viewer", live->user_id);

  set ("rest-delay", "3600000");
  live_play (live);
  wait_event ("rest", 0, 1);
  viewer_play (viewer);
  viewer_wait_pictures (viewer, N_PICTURES);
  live_expect_going_on (live);
  viewer_free (viewer);
  live_stop (live);
  fail_unless_equals_uint64 (live_stat (live, "previews-uploaded"), 0);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

static guint64 leaver;

static void
behind_exit_hooks (void)
{
  _exit (loopback_count (loopback, "left", leaver) == 1 ? 0 : 1);
}

/* A process that ends at once has left the channel and the stream. */
GST_START_TEST (test_exit_while_uploading)
{
  Live *live = live_with_preview (LIVE, "auto");

  atexit (behind_exit_hooks);
  leaver = live->user_id;
  set ("rest-delay", "3600000");
  live_play (live);
  wait_event ("rest", 0, 1);
  live_free (live);
  exit (0);
}
GST_END_TEST;

static Suite *
golive_preview_suite (void)
{
  Suite *suite = suite_create ("golive-preview");
  TCase *tc = tcase_create ("pipelines");

  tcase_set_timeout (tc, 120);
  tcase_add_checked_fixture (tc, start_loopback, stop_loopback);
  tcase_add_test (tc, test_of_video);
  tcase_add_loop_test (tc, test_of_pad, 0, G_N_ELEMENTS (given));
  tcase_add_test (tc, test_of_raw_pad);
  tcase_add_loop_test (tc, test_skipped, 0, G_N_ELEMENTS (skipped));
  tcase_add_test (tc, test_off);
  tcase_add_test (tc, test_switched);
  tcase_add_test (tc, test_garbage);
  tcase_add_loop_test (tc, test_gone, 0, G_N_ELEMENTS (gone));
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_limited);
  tcase_add_test (tc, test_slow);
  tcase_add_exit_test (tc, test_exit_while_uploading, 0);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (golive_preview);
