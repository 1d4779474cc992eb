/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the gateways are told of the sink's video, the camera and its layers, and
 * what becomes of what they tell. The connection is the application's, so that
 * nobody leaves. */
#include "sinkfixture.h"

#include <gst/discord/discord.h>

typedef struct
{
  Fixture *f;
  GstDiscordConnection *connection;
  GstElement *pipeline;
  GstElement *source;
  GstElement *sink;
  GstPad *pad;
} Sender;

static GstDiscordConnection *
make_connection (Fixture *f, const gchar *token)
{
  g_autofree gchar *url = loopback_dup_gateway_url (f->server);
  g_autoptr (GstDiscordGateway) gateway = gst_discord_gateway_get (
      token, GST_DISCORD_ACCOUNT_TYPE_BOT, url, NULL, NULL, NULL);
  GstDiscordConnection *connection;

  fail_unless (gateway != NULL);
  connection = gst_discord_connection_new (
      GST_DISCORD_SIGNALLER (gateway), GUILD, CHANNEL);
  gst_util_set_object_arg (G_OBJECT (connection), "e2ee", "off");
  gst_util_set_object_arg (
      G_OBJECT (connection), "video-streams", "video,rid=(string)100");
  gst_util_set_object_arg (G_OBJECT (connection), "codecs", "video/x-vp8");
  return connection;
}

static Sender *
sender_new (void)
{
  Sender *self = g_new0 (Sender, 1);
  g_autoptr (GstCaps) caps =
      gst_caps_from_string ("video/x-vp8, width=16, height=16, framerate=30/1");

  self->f = fixture_new (NULL, NULL);
  self->connection = make_connection (self->f, TOKEN);
  self->pipeline = gst_pipeline_new (NULL);
  self->source = gst_element_factory_make ("appsrc", NULL);
  self->sink = gst_element_factory_make ("discordvoicesink", NULL);
  fail_unless (self->source != NULL && self->sink != NULL);
  g_object_set (
      self->source, "caps", caps, "is-live", TRUE, "do-timestamp", TRUE, NULL);
  gst_util_set_object_arg (G_OBJECT (self->source), "format", "time");
  g_object_set (self->sink, "connection", self->connection, NULL);
  gst_bin_add_many (GST_BIN (self->pipeline), self->source, self->sink, NULL);
  self->pad = gst_element_request_pad_simple (self->sink, "video");
  fail_unless (
      gst_element_link_pads (self->source, "src", self->sink, "video"));
  return self;
}

static void
sender_free (Sender *self)
{
  pipeline_free (self->pipeline);
  gst_object_unref (self->pad);
  g_object_unref (self->connection);
  fixture_free (self->f);
  g_free (self);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gboolean *done = user_data;

  fail_unless (gst_discord_connection_connect_finish (
      GST_DISCORD_CONNECTION (source), result, NULL));
  *done = TRUE;
}

static void
join (GstDiscordConnection *connection)
{
  gboolean done = FALSE;

  gst_discord_connection_connect_async (connection, NULL, on_connected, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

static void
join_and_play (Sender *self)
{
  join (self->connection);
  fail_if (gst_element_set_state (self->pipeline, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE);
}

/* A keyframe as far as anybody looks at it. */
static void
push_frame (Sender *self)
{
  static const guint8 frame[] = { 0x10, 0, 0, 0x9d, 0x01, 0x2a, 16, 0, 16, 0 };
  g_autoptr (GstBuffer) buffer = gst_buffer_new_memdup (frame, sizeof frame);
  GstFlowReturn ret;

  g_signal_emit_by_name (self->source, "push-buffer", buffer, &ret);
  fail_unless_equals_int (ret, GST_FLOW_OK);
}

static guint64
count (Sender *self, const gchar *event)
{
  return loopback_count (self->f->server, event, 0);
}

static gboolean
camera_of (Sender *self)
{
  gboolean on;

  g_object_get (self->connection, "self-video", &on, NULL);
  return on;
}

static void
end_by_eos (Sender *self)
{
  GstFlowReturn ret;

  g_signal_emit_by_name (self->source, "end-of-stream", &ret);
  wait_eos (self->pipeline);
}

static void
end_by_release (Sender *self)
{
  gst_element_set_state (self->source, GST_STATE_NULL);
  gst_element_unlink (self->source, self->sink);
  gst_element_release_request_pad (self->sink, self->pad);
}

static void
end_by_pause (Sender *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_PAUSED);
}

static void
end_by_ready (Sender *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_READY);
}

static void
end_by_property (Sender *self)
{
  g_object_set (self->sink, "announce-camera", FALSE, NULL);
}

static void (*const ends[]) (Sender *) = {
  end_by_eos,
  end_by_release,
  end_by_pause,
  end_by_ready,
  end_by_property,
};

GST_START_TEST (test_while_there_is_video)
{
  Sender *self = sender_new ();

  join_and_play (self);
  fail_unless_equals_uint64 (count (self, "camera-on"), 0);
  push_frame (self);
  fixture_wait_event (self->f, "camera-on", 1);
  fail_unless (camera_of (self));
  /* What else is told goes with it. */
  g_object_set (self->connection, "self-mute", TRUE, NULL);
  fixture_wait_event (self->f, "voice-state", 3);

  ends[__i__](self);
  fixture_wait_event (self->f, "camera-off", 1);
  fail_if (camera_of (self));
  fail_unless_equals_uint64 (count (self, "left"), 0);
  fail_unless_equals_uint64 (count (self, "camera-on"), 1);
  fixture_expect_no_violation (self->f);
  sender_free (self);
}

GST_END_TEST;

/* Video goes on with the pipeline, and so does what is seen of it. */
GST_START_TEST (test_on_again)
{
  Sender *self = sender_new ();

  join_and_play (self);
  for (guint i = 1; i <= 2; i++) {
    push_frame (self);
    fixture_wait_event (self->f, "camera-on", i);
    end_by_ready (self);
    fixture_wait_event (self->f, "camera-off", i);
    fail_if (gst_element_set_state (self->pipeline, GST_STATE_PLAYING)
        == GST_STATE_CHANGE_FAILURE);
  }
  fixture_expect_no_violation (self->f);
  sender_free (self);
}

GST_END_TEST;

/* A new session begins with the camera on. */
GST_START_TEST (test_kept_over_a_new_session)
{
  Sender *self = sender_new ();

  join_and_play (self);
  push_frame (self);
  fixture_wait_event (self->f, "camera-on", 1);
  fixture_act (self->f, "invalid-session:*");
  fixture_wait_event (self->f, "camera-on", 2);
  fail_unless (camera_of (self));
  sender_free (self);
}

GST_END_TEST;

GST_START_TEST (test_not_announced)
{
  Sender *self = sender_new ();

  g_object_set (self->sink, "announce-camera", FALSE, NULL);
  join_and_play (self);
  push_frame (self);
  fixture_wait_packets (self->f, 1);
  fail_if (camera_of (self));
  g_object_set (self->sink, "announce-camera", TRUE, NULL);
  fixture_wait_event (self->f, "camera-on", 1);
  sender_free (self);
}

GST_END_TEST;

/* The server takes no layer of it. */
GST_START_TEST (test_refused)
{
  Sender *self = sender_new ();

  fixture_set (self->f, "ready-refuse-rid", "100");
  join_and_play (self);
  push_frame (self);
  gst_message_unref (wait_message (self->pipeline, GST_MESSAGE_WARNING));
  fail_if (camera_of (self));
  sender_free (self);
}

GST_END_TEST;

/* Without video there is no camera, and what the application set stays. */
GST_START_TEST (test_no_video)
{
  Sender *self = sender_new ();

  g_object_set (self->connection, "self-video", __i__ == 1, NULL);
  join_and_play (self);
  end_by_ready (self);
  fail_unless_equals_int (camera_of (self), __i__);
  fail_unless_equals_uint64 (count (self, "camera-on"), __i__);
  sender_free (self);
}

GST_END_TEST;

/* Somebody who is in the channel and says how much it wants to see. */
static GstDiscordConnection *
make_viewer (Sender *self, gint any)
{
  g_autoptr (GstDiscordMediaSinkWants) wants =
      gst_discord_media_sink_wants_new ();
  GstDiscordConnection *viewer = make_connection (self->f, "viewer");

  gst_discord_media_sink_wants_set_any (wants, any);
  g_object_set (viewer, "video-streams", NULL, "video", TRUE, NULL);
  gst_discord_connection_set_wants (viewer, wants);
  join (viewer);
  return viewer;
}

static guint64
pad_stat (Sender *self, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value;

  g_object_get (self->pad, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value));
  return value;
}

/* A camera goes on until something has come of it. */
static void
film_until (Sender *self, const gchar *name, guint64 value)
{
  while (pad_stat (self, name) < value) {
    push_frame (self);
    g_usleep (10 * G_TIME_SPAN_MILLISECOND);
  }
}

typedef struct
{
  GMutex lock;
  GCond cond;
  GPtrArray *events; /* (element-type GstStructure), those upstream got */
  guint seen; /* by the test */
} Encoder;

static GstPadProbeReturn
on_upstream (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Encoder *self = user_data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  if (!gst_event_has_name (event, "discord-media-wants"))
    return GST_PAD_PROBE_OK;
  fail_unless_equals_int (GST_EVENT_TYPE (event), GST_EVENT_CUSTOM_UPSTREAM);
  g_mutex_lock (&self->lock);
  g_ptr_array_add (
      self->events, gst_structure_copy (gst_event_get_structure (event)));
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

/* (transfer full): waits for event @index, which has to be news. */
static GstStructure *
wait_event (Encoder *encoder, guint index)
{
  GstStructure *event;

  g_mutex_lock (&encoder->lock);
  while (encoder->events->len <= index)
    g_cond_wait (&encoder->cond, &encoder->lock);
  event = g_ptr_array_index (encoder->events, index);
  if (index > 0)
    fail_if (gst_structure_is_equal (
        event, g_ptr_array_index (encoder->events, index - 1)));
  event = gst_structure_copy (event);
  g_mutex_unlock (&encoder->lock);
  return event;
}

/* Waits for an event that says this, and for the message that does. Others may be
 * between: a viewer wants everything before it has told. */
static void
expect_wants (Sender *self, Encoder *encoder, gint wanted)
{
  for (;;) {
    g_autoptr (GstStructure) event = wait_event (encoder, encoder->seen++);
    g_autoptr (GstMessage) message = NULL;
    gint quality, any;
    gdouble pixels;
    gboolean selected;
    guint ssrc;

    while (message == NULL
        || !gst_message_has_name (message, "discord-media-wants")) {
      g_clear_pointer (&message, gst_message_unref);
      message = wait_message (self->pipeline, GST_MESSAGE_ELEMENT);
    }
    fail_unless (
        gst_structure_is_equal (gst_message_get_structure (message), event));
    fail_unless (
        gst_structure_get (event, "quality", G_TYPE_INT, &quality, "any",
            G_TYPE_INT, &any, "pixel-count", G_TYPE_DOUBLE, &pixels, "selected",
            G_TYPE_BOOLEAN, &selected, "ssrc", G_TYPE_UINT, &ssrc, NULL));
    fail_unless_equals_string (gst_structure_get_string (event, "rid"), "100");
    fail_unless (ssrc != 0 && selected && any == quality);
    if (quality == wanted)
      return;
  }
}

/* The encoder hears how well its picture is wanted, once each time (golive
 * 6.5). */
GST_START_TEST (test_wants_reach_the_encoder)
{
  Sender *self = sender_new ();
  g_autoptr (GstPad) src = gst_element_get_static_pad (self->source, "src");
  Encoder encoder = { .events = g_ptr_array_new_with_free_func (
                          (GDestroyNotify) gst_structure_free) };
  GstDiscordConnection *viewer;

  g_mutex_init (&encoder.lock);
  g_cond_init (&encoder.cond);
  gst_pad_add_probe (
      src, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, on_upstream, &encoder, NULL);
  join_and_play (self);
  push_frame (self);
  expect_wants (self, &encoder, 0);
  viewer = make_viewer (self, 40);
  expect_wants (self, &encoder, 40);
  g_object_unref (viewer);
  expect_wants (self, &encoder, 0);
  fixture_expect_no_violation (self->f);
  sender_free (self);
  g_ptr_array_unref (encoder.events);
  g_cond_clear (&encoder.cond);
  g_mutex_clear (&encoder.lock);
}

GST_END_TEST;

/* Who sends video and receives none is sent none. */
GST_START_TEST (test_senders_want_nothing)
{
  Sender *self = sender_new ();
  g_autoptr (GstPad) src = gst_element_get_static_pad (self->source, "src");
  GstDiscordConnection *other = make_connection (self->f, "other");
  GstElement *sink = gst_element_factory_make ("discordvoicesink", NULL);
  Encoder encoder = { .events = g_ptr_array_new_with_free_func (
                          (GDestroyNotify) gst_structure_free) };
  GstDiscordConnection *viewer;
  GstPad *pad;

  g_mutex_init (&encoder.lock);
  g_cond_init (&encoder.cond);
  gst_pad_add_probe (
      src, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, on_upstream, &encoder, NULL);
  g_object_set (sink, "connection", other, NULL);
  pad = gst_element_request_pad_simple (sink, "video");
  join (other);
  gst_element_set_state (sink, GST_STATE_PAUSED);
  join_and_play (self);
  push_frame (self);
  viewer = make_viewer (self, 40);
  /* Who wants most counts: only the viewer can be the one. */
  expect_wants (self, &encoder, 40);

  gst_element_set_state (sink, GST_STATE_NULL);
  gst_element_release_request_pad (sink, pad);
  gst_object_unref (pad);
  gst_object_unref (sink);
  g_object_unref (viewer);
  g_object_unref (other);
  fixture_expect_no_violation (self->f);
  sender_free (self);
  g_ptr_array_unref (encoder.events);
  g_cond_clear (&encoder.cond);
  g_mutex_clear (&encoder.lock);
}

GST_END_TEST;

/* Nobody looks: the best layer ends, stays active for others, and is back for
 * the first who does. */
GST_START_TEST (test_top_that_nobody_wants)
{
  Sender *self = sender_new ();
  GstDiscordConnection *viewer;

  g_object_set (self->sink, "always-send-top", FALSE, NULL);
  join_and_play (self);
  film_until (self, "dropped-unwanted", 1);
  viewer = make_viewer (self, 100);
  film_until (self, "frames-sent", pad_stat (self, "frames-sent") + 10);
  fail_unless_equals_uint64 (count (self, "layer-inactive"), 0);
  fail_unless_equals_uint64 (count (self, "camera-off"), 0);
  fixture_expect_no_violation (self->f);
  g_object_unref (viewer);
  fixture_wait_event (self->f, "left", 1);
  sender_free (self);
}

GST_END_TEST;

static Suite *
discordvoicesink_signalling_suite (void)
{
  Suite *suite = suite_create ("discordvoicesink-signalling");
  TCase *tc = tcase_create ("elements");

  tcase_set_timeout (tc, 90);
  tcase_add_loop_test (tc, test_while_there_is_video, 0, G_N_ELEMENTS (ends));
  tcase_add_test (tc, test_on_again);
  tcase_add_test (tc, test_kept_over_a_new_session);
  tcase_add_test (tc, test_not_announced);
  tcase_add_test (tc, test_refused);
  tcase_add_loop_test (tc, test_no_video, 0, 2);
  tcase_add_test (tc, test_wants_reach_the_encoder);
  tcase_add_test (tc, test_senders_want_nothing);
  tcase_add_test (tc, test_top_that_nobody_wants);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (discordvoicesink_signalling);
