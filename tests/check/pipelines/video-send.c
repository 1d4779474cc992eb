/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole pipelines that send video, against the stand-in: what arrives there, and
 * that it finds nothing to complain about (op 12 before media, layers that are
 * inactive, the codec, SSRC ownership: it closes the session on most of those). */
#include "video-sender.h"

#include <gst/video/video.h>

#define FRAMES 30

/* Frames of packets with @ssrc, told apart by their timestamps. */
static guint
count_frames (Fixture *f, guint32 ssrc)
{
  guint32 before = 0;
  guint frames = 0;

  for (guint i = 0; i < fixture_count (f); i++) {
    Packet packet = fixture_packet (f, i);

    if (packet.ssrc != ssrc || (frames > 0 && packet.timestamp == before))
      continue;
    before = packet.timestamp;
    frames++;
  }
  return frames;
}

#define SOURCE                                                                 \
  "videotestsrc num-buffers=30 pattern=ball ! "                                \
  "video/x-raw,width=320,height=240,framerate=30/1 ! "

GST_START_TEST (test_file_arrives_whole)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink,
      *pipeline =
          make_pipeline (f, SOURCE "vp8enc deadline=1 name=best", &sink);
  g_autoptr (GstPad) pad = link_layer (pipeline, "best", sink, "video");
  g_autofree gchar *codec = NULL;
  guint32 ssrc;

  play (pipeline);
  wait_eos (pipeline);
  ssrc = layer_ssrc (pad);
  fail_unless_equals_uint64 (layer_stat (pad, "frames-sent"), FRAMES);
  fixture_wait_packets (f, sink_stat (sink, "rtp-packets-sent"));
  fail_unless_equals_int (count_frames (f, ssrc), FRAMES);
  g_object_get (sink, "video-codec", &codec, NULL);
  fail_unless_equals_string (codec, "VP8");
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

typedef struct
{
  GMutex lock; /* guards frames */
  GCond cond;
  guint frames;
} Progress;

static GstPadProbeReturn
count_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Progress *progress = data;

  g_mutex_lock (&progress->lock);
  progress->frames++;
  g_cond_broadcast (&progress->cond);
  g_mutex_unlock (&progress->lock);
  return GST_PAD_PROBE_OK;
}

/* Stands still for most of a second of the video. */
static GstPadProbeReturn
hold_up (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Progress *progress = data;

  if (GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info)) < 100 * GST_MSECOND)
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&progress->lock);
  while (progress->frames < 25)
    g_cond_wait (&progress->cond, &progress->lock);
  g_mutex_unlock (&progress->lock);
  return GST_PAD_PROBE_REMOVE;
}

static gint
is_of_type (gconstpointer value, gconstpointer type_name)
{
  const GValue *item = value;

  return g_strcmp0 (G_OBJECT_TYPE_NAME (g_value_get_object (item)), type_name);
}

static gint64
get_offset (GstElement *sink, const gchar *type_name)
{
  GstIterator *children = gst_bin_iterate_recurse (GST_BIN (sink));
  GValue item = G_VALUE_INIT;
  gint64 offset;

  fail_unless (gst_iterator_find_custom (
      children, is_of_type, &item, (gpointer) type_name));
  g_object_get (g_value_get_object (&item), "ts-offset", &offset, NULL);
  g_value_unset (&item);
  gst_iterator_free (children);
  return offset;
}

/* 11: audio of a file that is held up once does not play on behind its video. */
GST_START_TEST (test_pain_11_file_stays_in_step)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink,
      *pipeline = make_pipeline (f,
          "videotestsrc num-buffers=90 ! "
          "video/x-raw,width=160,height=120,framerate=30/1 ! "
          "vp8enc deadline=1 cpu-used=8 name=best "
          "audiotestsrc num-buffers=100 samplesperbuffer=960 ! "
          "audio/x-raw,rate=48000,channels=2 ! opusenc name=tone",
          &sink);
  g_autoptr (GstPad) video = link_layer (pipeline, "best", sink, "video");
  g_autoptr (GstPad) audio = link_layer (pipeline, "tone", sink, "audio");
  Progress progress = { .frames = 0 };

  g_mutex_init (&progress.lock);
  g_cond_init (&progress.cond);
  gst_pad_add_probe (
      video, GST_PAD_PROBE_TYPE_BUFFER, count_frame, &progress, NULL);
  gst_pad_add_probe (
      audio, GST_PAD_PROBE_TYPE_BUFFER, hold_up, &progress, NULL);
  play (pipeline);
  wait_eos (pipeline);
  fail_unless (
      get_offset (sink, "GstDiscordAudioPlayer") > 500 * (gint64) GST_MSECOND);
  /* The video goes on for longer, and may be held up again. */
  fail_unless (get_offset (sink, "GstDiscordVideoPlayer")
      >= get_offset (sink, "GstDiscordAudioPlayer"));
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  g_cond_clear (&progress.cond);
  g_mutex_clear (&progress.lock);
  fixture_free (f);
}
GST_END_TEST;

/* What comes in is not what the session agreed on. */
GST_START_TEST (test_wrong_codec_names_both)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink,
      *pipeline = make_pipeline (f,
          SOURCE "openh264enc ! video/x-h264,profile=constrained-baseline ! "
                 "h264parse name=best",
          &sink);
  g_autoptr (GstPad) pad = link_layer (pipeline, "best", sink, "video");
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  play (pipeline);
  message = wait_message (pipeline, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION));
  fail_unless (strstr (error->message, "VP8") != NULL);
  fail_unless (strstr (error->message, "H264") != NULL);
  fail_unless_equals_uint64 (layer_stat (pad, "frames-sent"), 0);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

/* Without anybody who asks for it a lower layer costs nothing. */
GST_START_TEST (test_layer_that_nobody_wants)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink,
      *pipeline = make_pipeline (f,
          SOURCE "tee name=t t. ! queue ! vp8enc deadline=1 name=best "
                 "t. ! queue ! vp8enc deadline=1 name=half",
          &sink);
  g_autoptr (GstPad) best = link_layer (pipeline, "best", sink, "video_100");
  g_autoptr (GstPad) half = link_layer (pipeline, "half", sink, "video_50");
  guint32 ssrc;

  play (pipeline);
  wait_eos (pipeline);
  ssrc = layer_ssrc (half);
  fail_unless (ssrc != 0);
  fail_unless_equals_uint64 (layer_stat (best, "frames-sent"), FRAMES);
  fail_unless_equals_uint64 (layer_stat (half, "frames-sent"), 0);
  fail_unless_equals_uint64 (layer_stat (half, "dropped-unwanted"), FRAMES);
  fixture_wait_packets (f, sink_stat (sink, "rtp-packets-sent"));
  fail_unless_equals_int (count_frames (f, ssrc), 0);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

static void
wait_frames (Fixture *f, guint32 ssrc, guint count)
{
  while (count_frames (f, ssrc) < count)
    fixture_wait_packets (f, fixture_count (f) + 1);
}

/* Waits for the message that layer @rid is wanted that well; its SSRC. */
static guint32
wait_wanted (GstElement *pipeline, const gchar *rid, gint quality)
{
  for (;;) {
    g_autoptr (GstMessage) message =
        wait_message (pipeline, GST_MESSAGE_ELEMENT);
    const GstStructure *told = gst_message_get_structure (message);
    guint ssrc;
    gint value;

    if (gst_structure_has_name (told, "discord-media-wants")
        && g_str_equal (gst_structure_get_string (told, "rid"), rid)
        && gst_structure_get (told, "quality", G_TYPE_INT, &value, "ssrc",
            G_TYPE_UINT, &ssrc, NULL)
        && value == quality)
      return ssrc;
  }
}

/* The server says which layer is wanted, each time another one. Nothing of
 * a layer is sent before a keyframe, and the encoders make none unasked. */
GST_START_TEST (test_layers_by_wants)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink,
      *pipeline = make_pipeline (f,
          "videotestsrc is-live=true ! "
          "video/x-raw,width=160,height=120,framerate=30/1 ! tee name=t "
          "t. ! queue ! vp8enc deadline=1 keyframe-max-dist=9999 name=best "
          "t. ! queue ! vp8enc deadline=1 keyframe-max-dist=9999 name=half",
          &sink);
  g_autoptr (GstPad) best = link_layer (pipeline, "best", sink, "video_100");
  g_autoptr (GstPad) half = link_layer (pipeline, "half", sink, "video_50");
  GstDiscordConnection *viewer;
  guint32 ssrc;

  play (pipeline);
  /* Nobody is there. */
  ssrc = wait_wanted (pipeline, "50", 0);
  fixture_wait_event (f, "camera-on", 1);
  viewer = make_viewer (f);
  for (guint i = 1; i <= 2; i++) {
    want (viewer, ssrc);
    wait_wanted (pipeline, "50", 100);
    wait_frames (f, ssrc, 5 * i);
    want (viewer, layer_ssrc (best));
    wait_wanted (pipeline, "50", 0);
    /* Op 12 tells that it rests, and the next round that it does not. */
    fixture_wait_event (f, "layer-inactive", i);
  }
  fail_unless (layer_stat (half, "dropped-unwanted") > 0);
  fixture_expect_no_violation (f);
  fail_unless_equals_uint64 (loopback_count (f->server, "camera-off", 0), 0);
  pipeline_free (pipeline);
  fixture_wait_event (f, "camera-off", 1);
  g_object_unref (viewer);
  fixture_free (f);
}
GST_END_TEST;

static GstPadProbeReturn
drop_key_requests (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  return gst_video_event_is_force_key_unit (GST_PAD_PROBE_INFO_EVENT (info))
      ? GST_PAD_PROBE_DROP
      : GST_PAD_PROBE_OK;
}

/* Somebody comes when the only keyframe there will ever be is long gone. */
GST_START_TEST (test_keyframe_replay)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink,
      *pipeline = make_pipeline (f,
          "videotestsrc is-live=true ! "
          "video/x-raw,width=160,height=120,framerate=10/1 ! "
          "vp8enc deadline=1 keyframe-max-dist=9999 name=best",
          &sink);
  g_autoptr (GstPad) best = link_layer (pipeline, "best", sink, "video");
  GstDiscordConnection *viewer;
  guint32 ssrc;
  guint before;

  g_object_set (sink, "always-send-top", FALSE, "keyframe-replay", 600, NULL);
  gst_pad_add_probe (
      best, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, drop_key_requests, NULL, NULL);
  play (pipeline);
  ssrc = wait_wanted (pipeline, "100", 0);
  while (layer_stat (best, "dropped-unwanted") == 0)
    g_thread_yield ();
  fixture_wait_packets (f, sink_stat (sink, "rtp-packets-sent"));
  before = fixture_count (f);
  viewer = make_viewer (f);
  want (viewer, ssrc);
  fixture_wait_packets (f, before + 1);
  fail_unless_equals_uint64 (layer_stat (best, "keyframe-replays"), 1);
  fail_unless (layer_stat (best, "keyframes-requested") > 0);
  wait_frames (f, ssrc, count_frames (f, ssrc) + 10);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  g_object_unref (viewer);
  fixture_free (f);
}
GST_END_TEST;

static Suite *
video_send_suite (void)
{
  Suite *suite = suite_create ("video-send");
  TCase *tc = tcase_create ("pipelines");

  tcase_set_timeout (tc, 90);
  tcase_add_test (tc, test_file_arrives_whole);
  tcase_add_test (tc, test_pain_11_file_stays_in_step);
  tcase_add_test (tc, test_wrong_codec_names_both);
  tcase_add_test (tc, test_layer_that_nobody_wants);
  tcase_add_test (tc, test_layers_by_wants);
  tcase_add_test (tc, test_keyframe_replay);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (video_send);
