/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Go Live with discordvoicesink: a pipeline that is a stream, end-to-end
 * encrypted, seen by those who watch it, through whatever happens to it. */
#include "golive-sink.h"

#include <gst/discord/discord.h>

/* What arrives says that it is a screen, and its sound (golive 4). */
typedef struct
{
  gint screens; /* atomic */
  gint sounds; /* atomic */
  gint wrong; /* atomic */
} Marks;

static GstPadProbeReturn
on_marked (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  gboolean video = g_str_has_prefix (GST_PAD_NAME (pad), "video_");
  GstDiscordMediaMeta *meta =
      gst_buffer_get_discord_media_meta (GST_PAD_PROBE_INFO_BUFFER (info));
  Marks *marks = user_data;
  gboolean right;

  fail_unless (meta != NULL);
  /* The voice gateway may tell of its sound later than it comes. */
  if (!video && meta->speaking_flags == GST_DISCORD_SPEAKING_NONE)
    return GST_PAD_PROBE_OK;
  right = video ? gst_discord_media_meta_is_screen (meta)
                : meta->speaking_flags == GST_DISCORD_SPEAKING_SOUNDSHARE;
  if (!right)
    g_atomic_int_inc (&marks->wrong);
  g_atomic_int_inc (video ? &marks->screens : &marks->sounds);
  return GST_PAD_PROBE_OK;
}

static void
marks_wait (Marks *marks, gint n)
{
  gint64 end = g_get_monotonic_time () + PICTURE_PATIENCE;

  while ((g_atomic_int_get (&marks->screens) < n
             || g_atomic_int_get (&marks->sounds) < n)
      && g_get_monotonic_time () < end)
    g_usleep (1000);
  fail_unless (g_atomic_int_get (&marks->screens) >= n);
  fail_unless (g_atomic_int_get (&marks->sounds) >= n);
}

static void
on_pad_to_mark (GstElement *src, GstPad *pad, gpointer user_data)
{
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, on_marked, user_data, NULL);
}

static void
wait_viewers (Live *live, guint n)
{
  guint n_told;

  do {
    const GstStructure *told =
        live_wait_message (live, "discord-stream-viewers");
    const GValue *viewers = gst_structure_get_value (told, "viewers");

    fail_unless (viewers != NULL && GST_VALUE_HOLDS_ARRAY (viewers));
    fail_unless_equals_string (
        gst_structure_get_string (told, "stream-key"), live->key);
    n_told = gst_value_array_get_size (viewers);
  } while (n_told != n);
}

/* Two see and hear it, with loss. */
GST_START_TEST (pain_12_streamer_and_viewers)
{
  Viewer *viewers[2];
  Live *live;
  Marks marks = { 0, 0, 0 };
  GstDiscordE2eeState e2ee;

  set ("video-loss-to-client", "0.03");
  set ("video-loss-to-server", "0.03");
  live = live_new ("streamer", LIVE);
  live_play (live);
  live_wait_state (live, GST_DISCORD_STREAM_STATE_CONNECTED);
  for (guint i = 0; i < G_N_ELEMENTS (viewers); i++) {
    g_autofree gchar *token = g_strdup_printf ("viewer-%u", i);

    viewers[i] = viewer_new (token, live->user_id);
    g_signal_connect (
        viewers[i]->src, "pad-added", G_CALLBACK (on_pad_to_mark), &marks);
    viewer_play (viewers[i]);
    wait_viewers (live, i + 1);
  }
  for (guint i = 0; i < G_N_ELEMENTS (viewers); i++) {
    viewer_wait_pictures (viewers[i], N_PICTURES);
    viewer_wait_sounds (viewers[i], N_PICTURES);
  }
  marks_wait (&marks, 2 * N_PICTURES);
  g_object_get (live->sink, "e2ee-state", &e2ee, NULL);
  fail_unless_equals_int (e2ee, GST_DISCORD_E2EE_STATE_ENCRYPTED);
  live_expect_going_on (live);
  for (guint i = 0; i < G_N_ELEMENTS (viewers); i++)
    viewer_stop (viewers[i]);
  wait_viewers (live, 0);
  pictures_wait (&live->pictures, live->pictures.checksums->len + N_PICTURES);
  for (guint i = 0; i < G_N_ELEMENTS (viewers); i++) {
    pictures_expect_each_in (&viewers[i]->pictures, &live->pictures);
    viewer_free (viewers[i]);
  }
  fail_unless_equals_int (g_atomic_int_get (&marks.wrong), 0);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

#define SIMULCAST                                                              \
  "videotestsrc is-live=true pattern=ball ! "                                  \
  "video/x-raw, format=I420, width=176, height=144, framerate=30/1 ! "         \
  "tee name=t "                                                                \
  "t. ! queue ! vp8enc deadline=1 keyframe-max-dist=1000 ! sink.video_100 "    \
  "t. ! queue ! vp8enc deadline=1 keyframe-max-dist=1000 ! sink.video_50 "

static void
set_quality (Viewer *viewer, guint quality)
{
  g_autoptr (GstPad) pad = NULL;

  g_mutex_lock (&viewer->lock);
  pad = gst_object_ref (viewer->video);
  g_mutex_unlock (&viewer->lock);
  g_object_set (pad, "quality", quality, NULL);
}

static GstPad *
get_layer (Live *live, const gchar *name)
{
  GstPad *pad = gst_element_get_static_pad (live->sink, name);

  fail_unless (pad != NULL);
  return pad;
}

static guint64
layer_frames (GstPad *pad)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 frames;

  g_object_get (pad, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, "frames-sent", &frames));
  return frames;
}

/* A viewer gets the lower layer when it asks for less, whatever is lost. */
GST_START_TEST (test_layers_and_loss)
{
  Viewer *viewer;
  Live *live;
  g_autoptr (GstPad) half = NULL;
  guint64 before;

  set ("video-loss-to-client", "0.05");
  set ("video-loss-to-server", "0.05");
  live = live_new ("streamer", SIMULCAST);
  viewer = viewer_new ("viewer", live->user_id);
  live_play (live);
  viewer_play (viewer);
  viewer_wait_pictures (viewer, N_PICTURES);
  half = get_layer (live, "video_50");
  before = layer_frames (half);
  set_quality (viewer, 50);
  while (layer_frames (half) < before + N_PICTURES)
    viewer_wait_pictures (viewer, 1);
  viewer_wait_pictures (viewer, N_PICTURES);
  live_expect_going_on (live);
  viewer_free (viewer);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* Paused, nothing leaves but a word of it; resumed, a keyframe comes first. */
GST_START_TEST (test_pause)
{
  Live *live = live_new ("streamer", LIVE);
  Viewer *viewer = viewer_new ("viewer", live->user_id);
  guint64 frames, sounds, paused;
  g_autoptr (GstPad) pad = get_layer (live, "video");

  live_play (live);
  viewer_play (viewer);
  viewer_wait_pictures (viewer, N_PICTURES);
  viewer_wait_sounds (viewer, 1);
  for (guint i = 0; i < 2; i++) {
    paused = live_stat (live, "audio-dropped-paused");
    g_object_set (live->sink, "paused", TRUE, NULL);
    live_wait_stat (live, "audio-dropped-paused", paused + N_PICTURES);
    frames = layer_frames (pad);
    sounds = live_stat (live, "audio-frames-sent");
    paused = live_stat (live, "audio-dropped-paused");
    live_wait_stat (live, "audio-dropped-paused", paused + N_PICTURES);
    fail_unless_equals_uint64 (layer_frames (pad), frames);
    fail_unless_equals_uint64 (live_stat (live, "audio-frames-sent"), sounds);
    g_object_set (live->sink, "paused", FALSE, NULL);
    viewer_wait_pictures (viewer, N_PICTURES);
    viewer_wait_sounds (viewer, 1);
  }
  live_expect_going_on (live);
  viewer_stop (viewer);
  pictures_wait (&live->pictures, live->pictures.checksums->len + N_PICTURES);
  pictures_expect_each_in (&viewer->pictures, &live->pictures);
  viewer_free (viewer);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* Begun paused, it is so until told otherwise. */
GST_START_TEST (test_begins_paused)
{
  Live *live = live_new ("streamer", LIVE);
  Viewer *viewer = viewer_new ("viewer", live->user_id);

  g_object_set (live->sink, "paused", TRUE, NULL);
  live_play (live);
  live_wait_stat (live, "audio-dropped-paused", N_PICTURES);
  viewer_play (viewer);
  wait_viewers (live, 1);
  fail_unless_equals_uint64 (live_stat (live, "audio-frames-sent"), 0);
  g_object_set (live->sink, "paused", FALSE, NULL);
  viewer_wait_pictures (viewer, N_PICTURES);
  viewer_free (viewer);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* Whatever happens to the stream's server, the picture comes back. */
static const struct
{
  const gchar *actions[2]; /* the second after the state that follows */
  GstDiscordStreamState state;
} failures[] = {
  { { "stream-move:USER", NULL }, GST_DISCORD_STREAM_STATE_CONNECTING },
  { { "stream-null-endpoint:USER:50", NULL },
      GST_DISCORD_STREAM_STATE_WAITING },
  { { "stream-outage:USER", "stream-return:USER" },
      GST_DISCORD_STREAM_STATE_UNAVAILABLE },
  { { "stream-outage:USER", "stream-return:USER:server" },
      GST_DISCORD_STREAM_STATE_UNAVAILABLE },
};

/* @action with USER for who is live. */
static void
act_on (Live *live, const gchar *action)
{
  g_auto (GStrv) parts = g_strsplit (action, "USER", 2);
  g_autofree gchar *user =
      g_strdup_printf ("%" G_GUINT64_FORMAT, live->user_id);
  g_autofree gchar *text = g_strjoinv (user, parts);

  act ("%s", text);
}

GST_START_TEST (test_failure_of_server)
{
  Live *live = live_new ("streamer", LIVE);
  Viewer *viewer = viewer_new ("viewer", live->user_id);

  live_play (live);
  viewer_play (viewer);
  viewer_wait_pictures (viewer, N_PICTURES);
  live_wait_state (live, GST_DISCORD_STREAM_STATE_CONNECTED);
  act_on (live, failures[__i__].actions[0]);
  live_wait_state (live, failures[__i__].state);
  if (failures[__i__].actions[1] != NULL)
    act_on (live, failures[__i__].actions[1]);
  live_wait_state (live, GST_DISCORD_STREAM_STATE_CONNECTED);
  viewer_wait_pictures (viewer, N_PICTURES);
  viewer_wait_sounds (viewer, 1);
  live_expect_going_on (live);
  viewer_stop (viewer);
  pictures_wait (&live->pictures, live->pictures.checksums->len + N_PICTURES);
  pictures_expect_each_in (&viewer->pictures, &live->pictures);
  viewer_free (viewer);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* A file is played to its end, and nothing of it is lost. */
#define FILE_PICTURES 45
#define RECORDED                                                               \
  "videotestsrc num-buffers=45 pattern=ball ! "                                \
  "video/x-raw, format=I420, width=176, height=144, framerate=30/1 ! "         \
  "vp8enc deadline=1 keyframe-max-dist=1000 ! tee name=t "                     \
  "t. ! queue ! vp8dec ! fakesink name=pictures "                              \
  "t. ! queue ! sink.video "                                                   \
  "audiotestsrc num-buffers=75 samplesperbuffer=960 ! queue ! sink.audio "

GST_START_TEST (test_file)
{
  Live *live = live_new ("streamer", RECORDED);
  g_autoptr (GstPad) pad = get_layer (live, "video");

  live_play (live);
  live_wait_eos (live);
  /* Alone, it was played to nobody. */
  fail_unless_equals_uint64 (layer_frames (pad), 0);
  fail_unless (live_stat (live, "audio-dropped-alone") > 0);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* A stream that others end is EOS, also for what sits behind queues, and for
 * branches that know nothing of it. */
static const gchar *const ends[] = {
  "stream-end:USER",
  "stream-end:USER:user_requested",
  "stream-end:USER:no_such_reason",
  "kick:USER",
  "move:USER:223",
};

GST_START_TEST (test_over)
{
  Live *live = live_new ("streamer", LIVE);

  live_play (live);
  live_wait_state (live, GST_DISCORD_STREAM_STATE_CONNECTED);
  act_on (live, ends[__i__]);
  live_wait_eos (live);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* The same while nothing flows yet, or the input is one that waits. */
static const gchar *const inputs[] = {
  "appsrc is-live=true caps=video/x-vp8 ! sink.video ",
  "videotestsrc ! video/x-raw,width=176,height=144 ! vp8enc deadline=1 ! "
  "sink.video ",
};

GST_START_TEST (test_over_whatever_comes_in)
{
  Live *live = live_new ("streamer", inputs[__i__]);

  live_play (live);
  live_wait_state (live, GST_DISCORD_STREAM_STATE_CONNECTED);
  act_on (live, ends[0]);
  live_wait_eos (live);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* After its end it can be made again. */
GST_START_TEST (test_again)
{
  Live *live = live_new ("streamer", LIVE);
  Viewer *viewer = viewer_new ("viewer", live->user_id);

  for (guint i = 0; i < 2; i++) {
    live_play (live);
    live_wait_state (live, GST_DISCORD_STREAM_STATE_CONNECTED);
    act_on (live, ends[0]);
    live_wait_eos (live);
    fail_unless_equals_int (
        gst_element_set_state (live->pipeline, GST_STATE_READY),
        GST_STATE_CHANGE_SUCCESS);
  }
  live_play (live);
  viewer_play (viewer);
  viewer_wait_pictures (viewer, N_PICTURES);
  viewer_free (viewer);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

static const struct
{
  const gchar *reason;
  GstDiscordError error;
} refusals[] = {
  { "unauthorized", GST_DISCORD_ERROR_STREAM_REFUSED },
  { "invalid_channel", GST_DISCORD_ERROR_STREAM_REFUSED },
  { "safety_guild_rate_limited", GST_DISCORD_ERROR_RATE_LIMITED },
};

GST_START_TEST (test_refused)
{
  Live *live = live_new ("streamer", LIVE);

  set ("stream-reject", refusals[__i__].reason);
  live_play (live);
  live_expect_error (live, refusals[__i__].error);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* No permission is no answer. */
GST_START_TEST (pain_12_silence_is_an_error)
{
  Live *live = live_new ("streamer", LIVE);

  set ("stream-silent", NULL);
  g_object_set (live->sink, "timeout", 1, NULL);
  live_play (live);
  live_expect_error (live, GST_DISCORD_ERROR_JOIN_TIMEOUT);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

static void
get_self_flags (Live *live, gboolean *mute, gboolean *deaf)
{
  g_autoptr (GstDiscordConnection) stream = NULL;
  g_autoptr (GstDiscordConnection) parent = NULL;

  g_object_get (live->sink, "connection", &stream, NULL);
  g_object_get (stream, "parent", &parent, NULL);
  fail_unless (parent != NULL);
  g_object_get (parent, "self-mute", mute, "self-deaf", deaf, NULL);
}

/* Nobody speaks or listens who only shows something. */
GST_START_TEST (test_parent_is_silent)
{
  Live *live = live_new ("streamer", LIVE);
  gboolean mute, deaf;

  live_play (live);
  live_wait_state (live, GST_DISCORD_STREAM_STATE_CONNECTED);
  get_self_flags (live, &mute, &deaf);
  fail_unless (mute);
  fail_unless (deaf);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

/* Speaking and showing at once; the call goes on after the stream. */
GST_START_TEST (test_beside_a_call)
{
  Live *live = live_new ("streamer",
      "audiotestsrc is-live=true ! discordvoicesink name=voice " LIVE);
  g_autoptr (GstElement) voice =
      gst_bin_get_by_name (GST_BIN (live->pipeline), "voice");
  Viewer *viewer = viewer_new ("viewer", live->user_id);
  gboolean mute, deaf;
  guint64 before;

  g_object_set (voice, "account-type", GST_DISCORD_ACCOUNT_TYPE_USER, "token",
      "streamer", "gateway-url", gateway_url, "api-url", api_url, "guild-id",
      (guint64) GUILD, "channel-id", (guint64) CHANNEL, "codecs", NULL, NULL);
  live_play (live);
  viewer_play (viewer);
  viewer_wait_pictures (viewer, N_PICTURES);
  get_self_flags (live, &mute, &deaf);
  fail_if (mute);
  fail_if (deaf);
  gst_element_set_locked_state (live->sink, TRUE);
  gst_element_set_state (live->sink, GST_STATE_NULL);
  wait_event ("stream-ended", 0, 1);
  before = get_stat (voice, "rtp-packets-sent");
  while (get_stat (voice, "rtp-packets-sent") < before + N_PICTURES)
    g_usleep (1000);
  viewer_free (viewer);
  live_free (live);
  check_no_violations ();
}
GST_END_TEST;

static Suite *
golive_suite (void)
{
  Suite *suite = suite_create ("golive");
  TCase *tc = tcase_create ("pipelines");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, start_loopback, stop_loopback);
  tcase_add_test (tc, pain_12_streamer_and_viewers);
  tcase_add_test (tc, test_layers_and_loss);
  tcase_add_test (tc, test_pause);
  tcase_add_test (tc, test_begins_paused);
  tcase_add_loop_test (tc, test_failure_of_server, 0, G_N_ELEMENTS (failures));
  tcase_add_test (tc, test_file);
  tcase_add_loop_test (tc, test_over, 0, G_N_ELEMENTS (ends));
  tcase_add_loop_test (
      tc, test_over_whatever_comes_in, 0, G_N_ELEMENTS (inputs));
  tcase_add_test (tc, test_again);
  tcase_add_loop_test (tc, test_refused, 0, G_N_ELEMENTS (refusals));
  tcase_add_test (tc, pain_12_silence_is_an_error);
  tcase_add_test (tc, test_parent_is_silent);
  tcase_add_test (tc, test_beside_a_call);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (golive);
