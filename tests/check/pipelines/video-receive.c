/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole calls with video: a real encoder, end-to-end encryption, the stand-in,
 * discordvoicesrc and a decoder. What is seen is what the encoder made. */
#include "video-members.h"

/* Size, encoder, number twice, decoder, and the number to the end. */
#define LAYER                                                                  \
  "videotestsrc is-live=true pattern=ball ! "                                  \
  "video/x-raw, format=I420, width=%u, height=%u, framerate=30/1 ! %s ! "      \
  "tee name=t%u "                                                              \
  "t%u. ! queue ! %s ! fakesink name=pictures%u "                              \
  "t%u. ! queue ! discorddaveenc name=enc%u ! "                                \
  "discordrtpvideopay name=pay%u ! rtp.send_rtp_sink_%u "

#define MAX_LAYERS 3
/* Of which no line has padding. */
static const guint sizes[MAX_LAYERS][2] = { { 176, 144 }, { 128, 96 },
  { 64, 48 } };
static const gchar *const offers[MAX_LAYERS + 1] = { NULL,
  "video, rid=(string)100, active=true", NULL,
  "video, rid=(string)100, active=true; video, rid=(string)50, active=true; "
  "video, rid=(string)25, active=true" };

/* Who sends. */
typedef struct
{
  Member member;
  GstElement *pipeline;
  Pictures pictures;
} Camera;

static void
camera_join (Camera *self, const Case *c, guint n_layers)
{
  g_autoptr (GstCaps) codecs = gst_caps_from_string (c->caps);
  g_autoptr (GstCaps) offer = gst_caps_from_string (offers[n_layers]);
  GstDiscordConnectionConfig config = { .token = "camera",
    .gateway_url = gateway_url,
    .api_url = api_url,
    .guild_id = GUILD,
    .channel_id = CHANNEL,
    .timeout = 30,
    .reconnect = TRUE,
    .max_reconnects = 10,
    .gateway_version = 9,
    .codecs = codecs,
    .video_streams = offer };
  g_autoptr (GError) error = NULL;
  Member *member = &self->member;

  g_mutex_init (&member->lock);
  g_cond_init (&member->cond);
  member->user_id = loopback_user_for_token ("camera");
  member->connection = gst_discord_connection_acquire (&config, &error);
  fail_unless (
      member->connection != NULL, "%s", error != NULL ? error->message : "");
  member->watch = gst_discord_connection_add_send_watch (
      member->connection, on_send_state, member);
  gst_discord_connection_open (member->connection);
  member_wait_session (member, 1);
}

/* Until others are in the group, and the codec is agreed. */
static void
camera_wait_encrypted (Camera *self, const Case *c)
{
  GstDiscordVideoState state;
  GstDiscordSendState sending;

  do {
    g_thread_yield ();
    gst_discord_connection_get_send_state (self->member.connection, &sending);
    gst_discord_connection_get_video_state (self->member.connection, &state);
  } while (sending.e2ee != GST_DISCORD_E2EE_STATE_ENCRYPTED
      || state.codec != c->codec);
}

static void
set_on (GstElement *bin, const gchar *element, guint number,
    const gchar *property, gpointer value)
{
  g_autofree gchar *name = g_strdup_printf ("%s%u", element, number);
  g_autoptr (GstElement) found = gst_bin_get_by_name (GST_BIN (bin), name);

  g_object_set (found, property, value, NULL);
}

static void
add_layer (GString *line, const Case *c, guint i)
{
  g_string_append_printf (line, LAYER, sizes[i][0], sizes[i][1], c->encoder, i,
      i, c->decoder, i, i, i, i, i + 1);
}

/* Tells what it sends, all that was offered. */
static void
camera_announce (Camera *self, const GstDiscordVideoState *state)
{
  const GstDiscordVoiceStream *layers[MAX_LAYERS];

  for (guint i = 0; i < state->streams.n_streams; i++)
    layers[i] = &state->streams.streams[i];
  gst_discord_connection_set_video (
      self->member.connection, layers, state->streams.n_streams);
  wait_event ("video", self->member.user_id, 2);
}

static void
camera_play (Camera *self, const Case *c)
{
  g_autoptr (GString) line = g_string_new ("discordrtpbin name=rtp ");
  g_autoptr (GstElement) rtp = NULL;
  g_autoptr (GError) error = NULL;
  GstDiscordVideoState state;

  gst_discord_connection_get_video_state (self->member.connection, &state);
  camera_announce (self, &state);
  for (guint i = 0; i < state.streams.n_streams; i++)
    add_layer (line, c, i);
  self->pipeline = gst_parse_launch (line->str, &error);
  fail_unless (error == NULL, "%s: %s", line->str, error ? error->message : "");
  pictures_init (&self->pictures);
  rtp = gst_bin_get_by_name (GST_BIN (self->pipeline), "rtp");
  g_object_set (rtp, "connection", self->member.connection, NULL);
  for (guint i = 0; i < state.streams.n_streams; i++) {
    g_autofree gchar *name = g_strdup_printf ("pictures%u", i);

    pictures_watch (&self->pictures, self->pipeline, name);
    set_on (self->pipeline, "enc", i, "connection", self->member.connection);
    set_on (self->pipeline, "pay", i, "ssrc",
        GUINT_TO_POINTER (state.streams.streams[i].ssrc));
  }
  fail_unless (gst_element_set_state (self->pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE);
}

static void
camera_leave (Camera *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_object_unref (self->pipeline);
  gst_discord_connection_remove_send_watch (
      self->member.connection, self->member.watch);
  gst_discord_connection_close (self->member.connection);
  wait_event ("left", self->member.user_id, 1);
  gst_discord_connection_release (self->member.connection);
  pictures_clear (&self->pictures);
  g_cond_clear (&self->member.cond);
  g_mutex_clear (&self->member.lock);
}

GST_START_TEST (pain_15_same_pictures)
{
  const Case *c = &cases[__i__];
  Camera camera = { 0 };
  Viewer viewer = { 0 };

  camera_join (&camera, c, 1);
  viewer_join (&viewer, c->decoder);
  camera_wait_encrypted (&camera, c);
  camera_play (&camera, c);
  pictures_wait (&viewer.pictures, N_PICTURES);
  gst_element_set_state (viewer.pipeline, GST_STATE_READY);
  pictures_expect_part_of (&viewer.pictures, &camera.pictures);
  expect_stat (viewer.src, "e2ee-receive-not-encrypted", 0);
  viewer_leave (&viewer);
  camera_leave (&camera);
  check_no_violations ();
}
GST_END_TEST;

static guint32
ssrc_of (GstPad *pad)
{
  guint ssrc;

  g_object_get (pad, "ssrc", &ssrc, NULL);
  return ssrc;
}

/* Every picture is one of a layer, whole, while the layer changes again and
 * again. */
GST_START_TEST (test_wants_change)
{
  static const gint qualities[] = { 50, 25, 100, 25, 50, 100 };
  const Case *c = &cases[0];
  Camera camera = { 0 };
  Viewer viewer = { 0 };

  camera_join (&camera, c, 3);
  viewer_join (&viewer, c->decoder);
  camera_wait_encrypted (&camera, c);
  camera_play (&camera, c);
  pictures_wait (&viewer.pictures, 5);
  for (guint i = 0; i < G_N_ELEMENTS (qualities); i++) {
    guint32 before = ssrc_of (viewer.pad);

    g_object_set (viewer.pad, "quality", qualities[i], NULL);
    while (ssrc_of (viewer.pad) == before)
      g_thread_yield ();
    pictures_wait (&viewer.pictures, viewer.pictures.checksums->len + 10);
  }
  gst_element_set_state (viewer.pipeline, GST_STATE_READY);
  expect_stat (viewer.src, "video-layer-switches", G_N_ELEMENTS (qualities));
  pictures_expect_each_in (&viewer.pictures, &camera.pictures);
  viewer_leave (&viewer);
  camera_leave (&camera);
  check_no_violations ();
}
GST_END_TEST;

static void
on_player_pad (GstElement *player, GstPad *pad, GstElement *sink)
{
  g_autoptr (GstPad) sinkpad = gst_element_get_static_pad (sink, "sink");

  /* Nobody speaks. */
  fail_unless_equals_int (gst_pad_link (pad, sinkpad), GST_PAD_LINK_OK);
}

/* What players are made of takes it as it is. */
GST_START_TEST (test_players)
{
  static const gchar *const players[] = { "uridecodebin", "uridecodebin3" };
  const Case *c = &cases[0];
  g_autofree gchar *uri = g_strdup_printf (
      "discord://%u/%u?gateway-url=%s", GUILD, CHANNEL, gateway_url);
  Camera camera = { 0 };
  Pictures pictures;
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *player = gst_element_factory_make (players[__i__], NULL);
  GstElement *sink = gst_element_factory_make ("fakesink", "pictures");

  g_setenv ("DISCORD_TOKEN", "viewer", TRUE);
  pictures_init (&pictures);
  gst_bin_add_many (GST_BIN (pipeline), player, sink, NULL);
  pictures_watch (&pictures, pipeline, "pictures");
  g_object_set (player, "uri", uri, NULL);
  g_signal_connect (player, "pad-added", G_CALLBACK (on_player_pad), sink);
  camera_join (&camera, c, 1);
  fail_unless (gst_element_set_state (pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE);
  camera_wait_encrypted (&camera, c);
  camera_play (&camera, c);
  pictures_wait (&pictures, N_PICTURES);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  pictures_expect_part_of (&pictures, &camera.pictures);
  gst_object_unref (pipeline);
  pictures_clear (&pictures);
  camera_leave (&camera);
}
GST_END_TEST;

/* A whole player, with nothing said of caps: the URI is all it gets. */
GST_START_TEST (test_playbin3)
{
  const Case *c = &cases[0];
  g_autofree gchar *uri = g_strdup_printf (
      "discord://%u/%u?gateway-url=%s", GUILD, CHANNEL, gateway_url);
  Camera camera = { 0 };
  Pictures pictures;
  GstElement *player = gst_element_factory_make ("playbin3", NULL);
  GstElement *sink = gst_parse_bin_from_description (
      "videoconvert ! video/x-raw, format=I420 ! fakesink name=pictures", TRUE,
      NULL);

  g_setenv ("DISCORD_TOKEN", "viewer", TRUE);
  pictures_init (&pictures);
  pictures_watch (&pictures, sink, "pictures");
  g_object_set (player, "uri", uri, "video-sink", sink, NULL);
  camera_join (&camera, c, 1);
  fail_unless (gst_element_set_state (player, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE);
  camera_wait_encrypted (&camera, c);
  camera_play (&camera, c);
  pictures_wait (&pictures, N_PICTURES);
  gst_element_set_state (player, GST_STATE_NULL);
  pictures_expect_part_of (&pictures, &camera.pictures);
  gst_object_unref (player);
  pictures_clear (&pictures);
  camera_leave (&camera);
}
GST_END_TEST;

/* Nobody looks: the server is told, and sends nothing any more. */
GST_START_TEST (test_nobody_looks)
{
  const Case *c = &cases[0];
  Camera camera = { 0 };
  Listener *listener = listener_new ("listener");
  LoopbackMedia before, media;

  g_signal_handlers_disconnect_by_data (listener->src, &listener->outlets);
  camera_join (&camera, c, 1);
  listener_play (listener);
  camera_wait_encrypted (&camera, c);
  camera_play (&camera, c);
  while (GST_ELEMENT (listener->src)->numsrcpads == 0)
    g_thread_yield ();
  /* The first tells that everything is wanted. */
  fail_unless (loopback_wait (loopback, "wants", listener->user_id, 2, 30000));
  loopback_get_media (loopback, listener->user_id, &before);
  pictures_wait (&camera.pictures, camera.pictures.checksums->len + N_PICTURES);
  loopback_get_media (loopback, listener->user_id, &media);
  fail_unless_equals_uint64 (media.rtp_out, before.rtp_out);
  listener_free (listener);
  camera_leave (&camera);
  check_no_violations ();
}
GST_END_TEST;

static Suite *
video_receive_suite (void)
{
  Suite *suite = suite_create ("video-receive");
  TCase *tcase = tcase_create ("pipelines");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, start_loopback, stop_loopback);
  tcase_add_loop_test (tcase, pain_15_same_pictures, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tcase, test_wants_change);
  tcase_add_loop_test (tcase, test_players, 0, 2);
  tcase_add_test (tcase, test_playbin3);
  tcase_add_test (tcase, test_nobody_looks);
  return suite;
}

GST_CHECK_MAIN (video_receive);
