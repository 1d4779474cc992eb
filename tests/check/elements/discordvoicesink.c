/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pads and properties of the sink, in each state and while audio flows. */
#include "sinkfixture.h"

static void
add_source (GstElement *pipeline, GstElement *sink, const gchar *description)
{
  GstElement *source = gst_parse_bin_from_description (description, TRUE, NULL);

  fail_unless (source != NULL);
  gst_bin_add (GST_BIN (pipeline), source);
  fail_unless (gst_element_link (source, sink));
}

/* Fed by a file, by something live, by nothing. */
static GstElement *
make_pipeline (Fixture *f, guint kind, GstElement **sink)
{
  GstElement *pipeline;

  if (kind == 0)
    return file_pipeline (f, 200, sink);
  pipeline = gst_pipeline_new (NULL);
  *sink = fixture_make_sink (f);
  gst_bin_add (GST_BIN (pipeline), *sink);
  if (kind == 1)
    add_source (pipeline, *sink, "audiotestsrc is-live=true ! opusenc");
  return pipeline;
}

static GstPad *
request (GstElement *sink)
{
  GstElementClass *klass = GST_ELEMENT_GET_CLASS (sink);

  return gst_element_request_pad (
      sink, gst_element_class_get_pad_template (klass, "audio"), NULL, NULL);
}

static void
request_and_release (GstElement *sink)
{
  GstPad *pad = request (sink);

  fail_unless (pad != NULL);
  fail_unless_equals_string (GST_PAD_NAME (pad), "audio");
  fail_unless (request (sink) == NULL);
  gst_element_release_request_pad (sink, pad);
  gst_object_unref (pad);
}

GST_START_TEST (test_pads_in_each_state)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink, *pipeline = make_pipeline (f, 2, &sink);
  GstState state;

  for (state = GST_STATE_NULL; state <= GST_STATE_PLAYING; state++) {
    gst_element_set_state (pipeline, state);
    request_and_release (sink);
    request_and_release (sink);
  }
  for (state = GST_STATE_PAUSED; state >= GST_STATE_NULL; state--) {
    gst_element_set_state (pipeline, state);
    request_and_release (sink);
  }
  gst_object_unref (pipeline);
  fixture_free (f);
}
GST_END_TEST;

static GstPad *
linked_pad (GstElement *sink)
{
  GstPad *pad = gst_element_get_static_pad (sink, "audio");

  fail_unless (pad != NULL);
  return pad;
}

static void
unlink_and_release (GstElement *sink)
{
  g_autoptr (GstPad) pad = linked_pad (sink);
  g_autoptr (GstPad) peer = gst_pad_get_peer (pad);

  gst_pad_unlink (peer, pad);
  gst_element_release_request_pad (sink, pad);
}

/* While it plays; while its data waits for a server that does not answer. */
GST_START_TEST (test_release_while_busy)
{
  Fixture *f = __i__ == 0 ? fixture_new (NULL, NULL)
                          : fixture_new ("voice-silent", "on", NULL);
  GstElement *sink, *pipeline = make_pipeline (f, 0, &sink);

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  if (__i__ == 0)
    fixture_wait_packets (f, 5);
  else
    fixture_wait_event (f, "voice-opened", 1);
  unlink_and_release (sink);
  if (__i__ == 0) {
    fixture_wait_event (f, "speaking-stopped", 2);
    fixture_expect_silence (f, fixture_count (f) - 5);
  }
  pipeline_free (pipeline);
  fixture_expect_no_violation (f);
  fixture_free (f);
}
GST_END_TEST;

/* Release, request, and the new pad plays. */
GST_START_TEST (test_new_pad_while_playing)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink, *pipeline = make_pipeline (f, 1, &sink);
  GstElement *source;
  guint count;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  fixture_wait_packets (f, 5);
  unlink_and_release (sink);
  fixture_wait_event (f, "speaking-stopped", 2);
  count = fixture_count (f);

  source = gst_parse_bin_from_description (
      "audiotestsrc is-live=true ! opusenc", TRUE, NULL);
  gst_bin_add (GST_BIN (pipeline), source);
  fail_unless (gst_element_link (source, sink));
  gst_element_sync_state_with_parent (source);
  fixture_wait_packets (f, count + 5);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

static void
set_everything (GstElement *sink)
{
  guint n;
  g_autofree GParamSpec **specs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (sink), &n);

  for (guint i = 0; i < n; i++) {
    g_auto (GValue) value = G_VALUE_INIT;

    /* Those of the parent classes are not ours to try. */
    if (specs[i]->owner_type != G_OBJECT_TYPE (sink))
      continue;
    g_value_init (&value, specs[i]->value_type);
    if (specs[i]->flags & G_PARAM_READABLE)
      g_object_get_property (G_OBJECT (sink), specs[i]->name, &value);
    if ((specs[i]->flags & (G_PARAM_READABLE | G_PARAM_WRITABLE))
        == (G_PARAM_READABLE | G_PARAM_WRITABLE))
      g_object_set_property (G_OBJECT (sink), specs[i]->name, &value);
  }
}

GST_START_TEST (test_properties_in_each_state)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink, *pipeline = make_pipeline (f, 2, &sink);
  GstState state;

  for (state = GST_STATE_NULL; state <= GST_STATE_PLAYING; state++) {
    gst_element_set_state (pipeline, state);
    set_everything (sink);
    g_object_set (sink, "token", TOKEN, NULL);
  }
  fixture_wait_event (f, "voice-joined", 1);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

/* Push-to-talk: with speaking none nothing is sent. */
GST_START_TEST (test_push_to_talk)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink, *pipeline = make_pipeline (f, 1, &sink);
  guint count;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  fixture_wait_packets (f, 5);
  gst_util_set_object_arg (G_OBJECT (sink), "speaking", "0");
  fixture_wait_event (f, "speaking-stopped", 2);
  count = sink_stat (sink, "rtp-packets-sent");
  fixture_wait_packets (f, count);
  fixture_expect_silence (f, count - 5);
  while (sink_stat (sink, "audio-dropped-muted") < 3)
    g_thread_yield ();
  fail_unless_equals_uint64 (sink_stat (sink, "rtp-packets-sent"), count);

  gst_util_set_object_arg (G_OBJECT (sink), "speaking", "voice+priority");
  fixture_wait_event (f, "speaking", 2);
  fixture_wait_packets (f, count + 5);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_header_extensions_off_and_on)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink, *pipeline = make_pipeline (f, 1, &sink);
  const guint8 *block;
  Packet packet;
  gsize size;
  guint count;

  g_object_set (sink, "header-extensions", FALSE, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  fixture_wait_packets (f, 3);
  fail_unless (fixture_packet (f, 0).extensions == NULL);
  gst_element_set_state (pipeline, GST_STATE_READY);
  count = fixture_count (f);

  g_object_set (sink, "header-extensions", TRUE, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  fixture_wait_packets (f, count + 3);
  packet = fixture_packet (f, fixture_count (f) - 1);
  block = g_bytes_get_data (packet.extensions, &size);
  fail_unless_equals_int (size, 16);
  /* Level 0 with the voice bit, since encoded audio has no level. */
  fail_unless_equals_int (block[0], 0x10);
  fail_unless_equals_int (block[1], packet.silence ? 0xFF : 0x80);
  fail_unless_equals_int (block[2], 0x32);
  fail_unless (memcmp (block + 6,
                   "\x90\x02\xa4"
                   "audio\0\0",
                   10)
      == 0);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

/* Measured before the encoder: a sine of amplitude 0.8 has -4.95 dBov, which
 * the element level cuts. */
GST_START_TEST (test_level_of_raw_audio)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *sink = fixture_make_sink (f);
  const guint8 *block;

  gst_bin_add (GST_BIN (pipeline), sink);
  add_source (pipeline, sink,
      "audiotestsrc num-buffers=30 blocksize=1920 ! "
      "audio/x-raw, rate=48000, channels=2, "
      "format=S16LE");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  wait_eos (pipeline);
  fixture_wait_packets (f, 15);
  block = g_bytes_get_data (fixture_packet (f, 5).extensions, NULL);
  fail_unless_equals_int (block[1], 0x80 | 4);
  /* Ours say silence. */
  block = g_bytes_get_data (
      fixture_packet (f, fixture_count (f) - 1).extensions, NULL);
  fail_unless_equals_int (block[1], 0xFF);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

/* Raw, then Opus, then raw again on one pad. */
GST_START_TEST (test_caps_change)
{
  static const gchar *const kinds[] = {
    "audiotestsrc num-buffers=20 blocksize=1920 ! audio/x-raw, rate=48000, "
    "channels=2, format=S16LE",
    "audiotestsrc num-buffers=20 blocksize=1920 ! audio/x-raw, rate=48000, "
    "channels=2, format=S16LE ! opusenc",
  };
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *sink = fixture_make_sink (f);
  GstElement *concat = gst_element_factory_make ("concat", NULL);
  guint frames;

  gst_bin_add_many (GST_BIN (pipeline), concat, sink, NULL);
  for (guint i = 0; i < 3; i++)
    add_source (pipeline, concat, kinds[i % 2]);
  fail_unless (gst_element_link (concat, sink));
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  wait_eos (pipeline);
  frames = sink_stat (sink, "audio-frames-sent");
  fail_unless (frames >= 30, "%u frames", frames);
  fail_unless_equals_uint64 (sink_stat (sink, "audio-refused"), 0);
  fixture_wait_packets (f, frames + 5);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

/* DOT dumps hold every readable property. */
GST_START_TEST (test_no_secret_in_dot)
{
  static const gchar *const secrets[] = { "secret-of-token",
    "secret-of-session", "secret-of-voice" };
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *sink = gst_element_factory_make ("discordvoicesink", NULL);
  g_autofree gchar *dot = NULL;

  g_object_set (sink, "token", secrets[0], "session-id", secrets[1],
      "voice-token", secrets[2], "endpoint", "127.0.0.1:1", "user-id",
      G_GUINT64_CONSTANT (7), "channel-id", CHANNEL, "gateway-url",
      "ws://127.0.0.1:1", NULL);
  gst_bin_add (GST_BIN (pipeline), sink);
  add_source (pipeline, sink, "audiotestsrc is-live=true");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  dot = gst_debug_bin_to_dot_data (GST_BIN (pipeline),
      GST_DEBUG_GRAPH_SHOW_ALL | GST_DEBUG_GRAPH_SHOW_FULL_PARAMS);
  fail_unless (strstr (dot, "discordvoicesink") != NULL);
  for (guint i = 0; i < G_N_ELEMENTS (secrets); i++)
    fail_unless (strstr (dot, secrets[i]) == NULL, "%s", secrets[i]);
  pipeline_free (pipeline);
}
GST_END_TEST;

/* 17: many connections. They share threads instead of having some each. */
static guint
count_threads (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  guint count = 0;

  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

GST_START_TEST (test_pain_17_connections_share_threads)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sinks[20];
  guint before = 0;

  for (guint i = 0; i < G_N_ELEMENTS (sinks); i++) {
    g_autofree gchar *token = g_strdup_printf ("token-%u", i);

    sinks[i] = fixture_make_sink (f);
    g_object_set (sinks[i], "token", token, NULL);
    gst_element_set_state (sinks[i], GST_STATE_PAUSED);
    fixture_wait_event (f, "voice-joined", i + 1);
    if (i == 0)
      before = count_threads ();
  }
  /* GLib's pools come and go: fewer than one thread for two connections. */
  fail_unless (count_threads () < before + G_N_ELEMENTS (sinks) / 2,
      "%u threads instead of %u", count_threads (), before);
  for (guint i = 0; i < G_N_ELEMENTS (sinks); i++) {
    gst_element_set_state (sinks[i], GST_STATE_NULL);
    gst_object_unref (sinks[i]);
  }
  fixture_free (f);
}
GST_END_TEST;

static Suite *
discordvoicesink_suite (void)
{
  Suite *suite = suite_create ("discordvoicesink");
  TCase *tcase = tcase_create ("pads and properties");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_pads_in_each_state);
  tcase_add_loop_test (tcase, test_release_while_busy, 0, 2);
  tcase_add_test (tcase, test_new_pad_while_playing);
  tcase_add_test (tcase, test_properties_in_each_state);
  tcase_add_test (tcase, test_push_to_talk);
  tcase_add_test (tcase, test_header_extensions_off_and_on);
  tcase_add_test (tcase, test_level_of_raw_audio);
  tcase_add_test (tcase, test_caps_change);
  tcase_add_test (tcase, test_no_secret_in_dot);
  tcase_add_test (tcase, test_pain_17_connections_share_threads);
  return suite;
}

GST_CHECK_MAIN (discordvoicesink);
