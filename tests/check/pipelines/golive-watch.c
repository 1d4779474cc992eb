/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Go Live watched by discordvoicesrc: a streamer and viewers, each with an
 * account of its own, end-to-end encrypted, through whatever happens to the
 * stream. */
#include "golive-members.h"

#include <glib/gstdio.h>

static void
expect_only_watched (Viewer *viewer)
{
  LoopbackMedia media;

  loopback_get_media (loopback, viewer->user_id, &media);
  fail_unless_equals_uint64 (media.rtp_in, 0);
}

static void
set_user (Viewer *viewer, Streamer *streamer)
{
  g_object_set (viewer->src, "stream-user", streamer->user_id, NULL);
}

static void
set_key (Viewer *viewer, Streamer *streamer)
{
  g_object_set (viewer->src, "guild-id", G_GUINT64_CONSTANT (0), "channel-id",
      G_GUINT64_CONSTANT (0), "stream-key", streamer->key, NULL);
}

static void
set_uri (Viewer *viewer, Streamer *streamer)
{
  g_autofree gchar *uri =
      g_strdup_printf ("discord://%u/%u/%" G_GUINT64_FORMAT "?gateway-url=%s",
          GUILD, CHANNEL, streamer->user_id, gateway_url);
  g_autoptr (GError) error = NULL;

  g_object_set (
      viewer->src, "account-type", GST_DISCORD_ACCOUNT_TYPE_BOT, NULL);
  fail_unless (
      gst_uri_handler_set_uri (GST_URI_HANDLER (viewer->src), uri, &error),
      "%s", error != NULL ? error->message : "");
}

/* Three see and hear the same, with loss; each is told of the stream in another
 * way. */
GST_START_TEST (test_three_viewers)
{
  static void (*const tell[]) (
      Viewer * viewer, Streamer * streamer) = { set_user, set_key, set_uri };
  static const gchar *const tokens[] = { "viewer-0", "viewer-1", "viewer-2" };
  Viewer *viewers[G_N_ELEMENTS (tell)];
  Streamer *streamer;

  set ("video-loss-to-client", "0.03");
  streamer = streamer_new ("streamer");
  for (guint i = 0; i < G_N_ELEMENTS (viewers); i++) {
    viewers[i] = viewer_new (tokens[i], 0);
    tell[i](viewers[i], streamer);
    /* Time enough for several tries. */
    g_object_set (viewers[i]->src, "video-latency", 2000, NULL);
    viewer_play (viewers[i]);
  }
  streamer_play (streamer);
  for (guint i = 0; i < G_N_ELEMENTS (viewers); i++) {
    viewer_wait_pictures (viewers[i], N_PICTURES);
    viewer_wait_sounds (viewers[i], N_PICTURES);
  }
  for (guint i = 0; i < G_N_ELEMENTS (viewers); i++) {
    GstDiscordE2eeState e2ee;

    g_object_get (viewers[i]->src, "e2ee-state", &e2ee, NULL);
    fail_unless_equals_int (e2ee, GST_DISCORD_E2EE_STATE_ENCRYPTED);
    viewer_expect_going_on (viewers[i]);
    expect_only_watched (viewers[i]);
    viewer_stop (viewers[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (viewers); i++) {
    pictures_expect_each_in (&viewers[i]->pictures, &streamer->pictures);
    viewer_free (viewers[i]);
  }
  streamer_free (streamer);
  check_no_violations ();
}
GST_END_TEST;

/* Coming and going is nobody else's business. */
GST_START_TEST (test_come_and_go)
{
  Streamer *streamer = streamer_new ("streamer");
  Viewer *first = viewer_new ("viewer-0", streamer->user_id);
  Viewer *late = viewer_new ("viewer-1", streamer->user_id);

  viewer_play (first);
  streamer_play (streamer);
  viewer_wait_pictures (first, N_PICTURES);
  viewer_play (late);
  viewer_wait_pictures (late, N_PICTURES);
  viewer_wait_pictures (first, N_PICTURES);
  viewer_stop (late);
  wait_event ("left", late->user_id, 1);
  viewer_wait_pictures (first, N_PICTURES);
  viewer_expect_going_on (first);
  /* And once more. */
  viewer_play (late);
  viewer_wait_pictures (late, N_PICTURES);
  viewer_wait_pictures (first, N_PICTURES);
  viewer_expect_going_on (first);
  viewer_free (late);
  viewer_free (first);
  streamer_free (streamer);
  check_no_violations ();
}
GST_END_TEST;

/* Each viewer gets the layer that he asks for, whole, however often he changes
 * his mind. */
GST_START_TEST (test_layers)
{
  Streamer *streamer = streamer_new_with_layers ("streamer", TWO_LAYERS);
  Viewer *viewer = viewer_new ("viewer", streamer->user_id);
  Viewer *other = viewer_new ("other", streamer->user_id);
  guint caps;

  viewer_play (viewer);
  viewer_play (other);
  streamer_play_line (streamer, LAYERS);
  pictures_watch (&streamer->pictures, streamer->pipeline, "small");
  viewer_wait_pictures (viewer, N_PICTURES);
  viewer_wait_pictures (other, N_PICTURES);
  for (guint i = 0; i < 4; i++) {
    caps = viewer_get (viewer, &viewer->n_caps);
    g_object_set (viewer->video, "quality", i % 2 == 0 ? 50 : 100, NULL);
    while (viewer_get (viewer, &viewer->n_caps) == caps)
      viewer_wait_pictures (viewer, 1);
    viewer_wait_pictures (viewer, N_PICTURES / 2);
  }
  fail_unless_equals_int (viewer_get (viewer, &viewer->n_video_pads), 1);
  viewer_wait_pictures (other, N_PICTURES);
  viewer_wait_sounds (other, 1);
  viewer_expect_going_on (other);
  viewer_stop (viewer);
  viewer_stop (other);
  pictures_expect_each_in (&viewer->pictures, &streamer->pictures);
  pictures_expect_each_in (&other->pictures, &streamer->pictures);
  viewer_free (other);
  viewer_free (viewer);
  streamer_free (streamer);
  check_no_violations ();
}
GST_END_TEST;

static void
on_player_pad (GstElement *player, GstPad *pad, Viewer *viewer)
{
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  const gchar *media =
      gst_structure_get_name (gst_caps_get_structure (caps, 0));

  if (g_str_has_prefix (media, "video/"))
    link_behind (viewer, pad, "fakesink name=pictures");
  else
    link_behind (viewer, pad, "fakesink sync=false async=false");
}

/* What players are made of takes it as it is, and finds the token itself. */
GST_START_TEST (test_players)
{
  static const gchar *const players[] = { "uridecodebin", "uridecodebin3" };
  Streamer *streamer = streamer_new ("streamer");
  g_autofree gchar *uri =
      g_strdup_printf ("discord://%u/%u/%" G_GUINT64_FORMAT "?gateway-url=%s",
          GUILD, CHANNEL, streamer->user_id, gateway_url);
  Viewer *viewer = g_new0 (Viewer, 1);
  GstElement *player = gst_element_factory_make (players[__i__], NULL);

  g_setenv ("DISCORD_TOKEN", "viewer", TRUE);
  g_mutex_init (&viewer->lock);
  viewer->messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_message_unref);
  pictures_init (&viewer->pictures);
  viewer->pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (viewer->pipeline), player);
  g_object_set (player, "uri", uri, NULL);
  g_signal_connect (player, "pad-added", G_CALLBACK (on_player_pad), viewer);
  viewer_play (viewer);
  streamer_play (streamer);
  viewer_wait_pictures (viewer, N_PICTURES);
  act ("stream-end:%" G_GUINT64_FORMAT, streamer->user_id);
  viewer_wait_eos (viewer);
  viewer_stop (viewer);
  pictures_expect_each_in (&viewer->pictures, &streamer->pictures);
  viewer_free (viewer);
  streamer_free (streamer);
}
GST_END_TEST;

/* Who waits for somebody to go live sees it from the beginning. */
GST_START_TEST (test_wait_for_live)
{
  Viewer *viewer = viewer_new ("viewer", loopback_user_for_token ("streamer"));
  Streamer *streamer;

  viewer_play (viewer);
  wait_event ("joined", viewer->user_id, 1);
  streamer = streamer_new ("streamer");
  streamer_play (streamer);
  viewer_wait_pictures (viewer, N_PICTURES);
  viewer_expect_going_on (viewer);
  viewer_free (viewer);
  streamer_free (streamer);
  check_no_violations ();
}
GST_END_TEST;

/* A stream that is over is EOS, whoever made an end of it. */
static const gchar *const ends[] = {
  "stream-end:%" G_GUINT64_FORMAT,
  "stream-end:%" G_GUINT64_FORMAT ":no_such_reason",
  "kick:%" G_GUINT64_FORMAT, /* the owner out of the channel */
  "move:%" G_GUINT64_FORMAT ":223",
};

GST_START_TEST (test_over)
{
  Streamer *streamer = streamer_new ("streamer");
  Viewer *viewer = viewer_new ("viewer", streamer->user_id);
  GstDiscordStreamDeleteReason reason =
      GST_DISCORD_STREAM_DELETE_REASON_UNKNOWN;
  g_autofree gchar *action = NULL;

  action = g_strdup_printf (ends[__i__], streamer->user_id);
  viewer_play (viewer);
  streamer_play (streamer);
  viewer_wait_pictures (viewer, N_PICTURES);
  viewer_wait_sounds (viewer, 1);
  viewer_expect_going_on (viewer);
  act ("%s", action);
  viewer_wait_eos (viewer);
  fail_unless_equals_int (
      viewer_count_states (viewer, GST_DISCORD_STREAM_STATE_CONNECTED, NULL),
      1);
  fail_unless_equals_int (
      viewer_count_states (viewer, GST_DISCORD_STREAM_STATE_ENDED, &reason), 1);
  if (__i__ == 0)
    fail_unless_equals_int (
        reason, GST_DISCORD_STREAM_DELETE_REASON_STREAM_ENDED);
  viewer_free (viewer);
  streamer_free (streamer);
}
GST_END_TEST;

/* The viewer's voice connection is moved to another channel. */
GST_START_TEST (test_parent_moved)
{
  Streamer *streamer = streamer_new ("streamer");
  Viewer *viewer = viewer_new ("viewer", streamer->user_id);
  Viewer *other = viewer_new ("other", streamer->user_id);

  viewer_play (viewer);
  viewer_play (other);
  streamer_play (streamer);
  viewer_wait_pictures (viewer, N_PICTURES);
  viewer_wait_pictures (other, N_PICTURES);
  viewer_wait_sounds (viewer, 1);
  act ("move:%" G_GUINT64_FORMAT ":%u", viewer->user_id, OTHER_CHANNEL);
  viewer_wait_eos (viewer);
  viewer_wait_pictures (other, N_PICTURES);
  viewer_expect_going_on (other);
  viewer_free (other);
  viewer_free (viewer);
  streamer_free (streamer);
}
GST_END_TEST;

/* The recording of a stream that ends is whole. */
GST_START_TEST (test_recording)
{
  Streamer *streamer = streamer_new ("streamer");
  g_autofree gchar *folder = g_dir_make_tmp ("gst-discord-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "stream.mkv", NULL);
  g_autofree gchar *line = g_strdup_printf (
      "discordvoicesrc name=src token=viewer gateway-url=%s api-url=%s "
      "account-type=user stream-key=%s matroskamux name=mux ! filesink "
      "location=%s src. ! video/x-vp8 ! queue ! mux. "
      "src. ! audio/x-opus ! queue ! opusparse ! mux.",
      gateway_url, api_url, streamer->key, path);
  g_autofree gchar *play = g_strdup_printf (
      "filesrc location=%s ! matroskademux ! vp8dec ! fakesink name=pictures "
      "sync=false",
      path);
  g_autoptr (GError) error = NULL;
  Viewer *viewer = g_new0 (Viewer, 1);
  GstElement *player;
  Pictures pictures;

  g_mutex_init (&viewer->lock);
  viewer->messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_message_unref);
  pictures_init (&viewer->pictures);
  viewer->pipeline = gst_parse_launch (line, &error);
  fail_unless (error == NULL, "%s", error != NULL ? error->message : "");
  viewer_play (viewer);
  streamer_play (streamer);
  pictures_wait (&streamer->pictures, 3 * N_PICTURES);
  wait_event ("voice-joined", loopback_user_for_token ("viewer"), 2);
  pictures_wait (
      &streamer->pictures, streamer->pictures.checksums->len + 3 * N_PICTURES);
  act ("stream-end:%" G_GUINT64_FORMAT, streamer->user_id);
  viewer_wait_eos (viewer);
  viewer_stop (viewer);

  pictures_init (&pictures);
  player = gst_parse_launch (play, NULL);
  pictures_watch (&pictures, player, "pictures");
  gst_object_unref (viewer->pipeline);
  viewer->pipeline = player;
  viewer_play (viewer);
  viewer_wait_eos (viewer);
  fail_unless (pictures.checksums->len > 0);
  pictures_expect_part_of (&pictures, &streamer->pictures);
  pictures_clear (&pictures);
  viewer_free (viewer);
  streamer_free (streamer);
  g_unlink (path);
  g_rmdir (folder);
}
GST_END_TEST;

static Suite *
golive_watch_suite (void)
{
  Suite *suite = suite_create ("golive-watch");
  TCase *tcase = tcase_create ("pipelines");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, start_loopback, stop_loopback);
  tcase_add_test (tcase, test_three_viewers);
  tcase_add_test (tcase, test_come_and_go);
  tcase_add_test (tcase, test_layers);
  tcase_add_loop_test (tcase, test_players, 0, 2);
  tcase_add_test (tcase, test_wait_for_live);
  tcase_add_loop_test (tcase, test_over, 0, G_N_ELEMENTS (ends));
  tcase_add_test (tcase, test_parent_moved);
  tcase_add_test (tcase, test_recording);
  return suite;
}

GST_CHECK_MAIN (golive_watch);
