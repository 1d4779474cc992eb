/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of the sink: states, and stops in every phase of the join. That state changes do not wait for the network shows in that they come
 * back while the server never answers. */
#include "sinkfixture.h"

/* How a join can get stuck, and the event that says it is there. */
static const struct
{
  const gchar *setting;
  const gchar *value;
  const gchar *reached;
} phases[] = {
  { "hello-delay", "60000", "main-opened" },
  { "full-channel", "290926798999357250", "identify" },
  { "null-endpoint-first", "60000", "joined" },
  { "voice-silent", "on", "voice-opened" },
  { "silent-discovery", "on", "voice-identify" },
  { "no-session-description", "on", "select-protocol" },
};

static void
add_source (GstElement *pipeline, GstElement *sink, const gchar *description)
{
  GstElement *source = gst_parse_bin_from_description (description, TRUE, NULL);

  fail_unless (source != NULL);
  gst_bin_add (GST_BIN (pipeline), source);
  fail_unless (gst_element_link (source, sink));
}

/* Everything that is running when it is stopped: file, live, nothing at all. */
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

GST_START_TEST (test_stop_in_each_phase)
{
  guint phase = __i__ % G_N_ELEMENTS (phases);
  guint kind = __i__ / G_N_ELEMENTS (phases);
  Fixture *f = fixture_new (phases[phase].setting, phases[phase].value, NULL);
  GstElement *sink, *pipeline = make_pipeline (f, kind, &sink);

  fail_if (gst_element_set_state (pipeline, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE);
  fixture_wait_event (f, phases[phase].reached, 1);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_READY),
      GST_STATE_CHANGE_SUCCESS);
  fail_if (gst_element_set_state (pipeline, GST_STATE_PAUSED)
      == GST_STATE_CHANGE_FAILURE);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int (fixture_count (f), 0);
  gst_object_unref (pipeline);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_unreachable)
{
  GstElement *sink = gst_element_factory_make ("discordvoicesink", NULL);

  /* A port that nobody listens on. */
  g_object_set (sink, "token", TOKEN, "gateway-url", "ws://127.0.0.1:1",
      "channel-id", CHANNEL, NULL);
  for (guint i = 0; i < 3; i++) {
    fail_unless_equals_int (gst_element_set_state (sink, GST_STATE_PLAYING),
        GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (
        gst_element_set_state (sink, GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
  }
  gst_object_unref (sink);
}
GST_END_TEST;

GST_START_TEST (test_up_and_down)
{
  static const GstState states[] = {
    GST_STATE_READY,
    GST_STATE_PAUSED,
    GST_STATE_PLAYING,
    GST_STATE_PAUSED,
    GST_STATE_READY,
    GST_STATE_PAUSED,
    GST_STATE_READY,
    GST_STATE_NULL,
    GST_STATE_PLAYING,
    GST_STATE_NULL,
  };
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink, *pipeline = make_pipeline (f, __i__, &sink);

  for (guint round = 0; round < 3; round++)
    for (guint i = 0; i < G_N_ELEMENTS (states); i++)
      fail_if (gst_element_set_state (pipeline, states[i])
          == GST_STATE_CHANGE_FAILURE);
  gst_object_unref (pipeline);
  fixture_expect_no_violation (f);
  fixture_free (f);
}
GST_END_TEST;

/* Stopping while audio really flows, and starting again. */
GST_START_TEST (test_play_again)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink, *pipeline = make_pipeline (f, 1, &sink);
  guint count = 0;

  for (guint round = 0; round < 2; round++) {
    fail_if (gst_element_set_state (pipeline, GST_STATE_PLAYING)
        == GST_STATE_CHANGE_FAILURE);
    fixture_wait_packets (f, count + 5);
    gst_element_set_state (
        pipeline, round == 0 ? GST_STATE_READY : GST_STATE_NULL);
    count = fixture_count (f);
  }
  gst_object_unref (pipeline);
  fixture_expect_no_violation (f);
  fixture_free (f);
}
GST_END_TEST;

/* Without a pad it only joins: PAUSED is reached, people see us. */
GST_START_TEST (test_no_pad_joins)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink, *pipeline = make_pipeline (f, 2, &sink);
  GstProgressType type = GST_PROGRESS_TYPE_START;
  guint starts = 0;

  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PAUSED),
      GST_STATE_CHANGE_SUCCESS);
  fixture_wait_event (f, "voice-joined", 1);
  /* gst-launch-1.0 stays in PAUSED until this ends. */
  while (type != GST_PROGRESS_TYPE_COMPLETE) {
    GstMessage *message = wait_message (pipeline, GST_MESSAGE_PROGRESS);

    gst_message_parse_progress (message, &type, NULL, NULL);
    starts += type == GST_PROGRESS_TYPE_START;
    gst_message_unref (message);
  }
  fail_unless_equals_int (starts, 1);
  pipeline_free (pipeline);
  fixture_wait_event (f, "left", 1);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_progress_is_cancelled)
{
  Fixture *f = fixture_new ("voice-silent", "on", NULL);
  GstElement *sink, *pipeline = make_pipeline (f, 2, &sink);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstProgressType last = GST_PROGRESS_TYPE_START;
  GstMessage *message;

  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  fixture_wait_event (f, "voice-opened", 1);
  gst_element_set_state (pipeline, GST_STATE_READY);
  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_PROGRESS))) {
    gst_message_parse_progress (message, &last, NULL, NULL);
    gst_message_unref (message);
  }
  fail_unless_equals_int (last, GST_PROGRESS_TYPE_CANCELED);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_second_on_a_joined_connection)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *first, *pipeline = make_pipeline (f, 2, &first);
  GstElement *second, *other = make_pipeline (f, 2, &second);
  GstProgressType type = GST_PROGRESS_TYPE_START;

  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  fixture_wait_event (f, "voice-joined", 1);
  gst_element_set_state (other, GST_STATE_PAUSED);
  while (type != GST_PROGRESS_TYPE_COMPLETE) {
    GstMessage *message = wait_message (other, GST_MESSAGE_PROGRESS);

    gst_message_parse_progress (message, &type, NULL, NULL);
    gst_message_unref (message);
  }
  /* One session for both; it stays until the second is gone. */
  pipeline_free (pipeline);
  fail_unless_equals_uint64 (loopback_count (f->server, "left", 0), 0);
  pipeline_free (other);
  fixture_wait_event (f, "left", 1);
  fail_unless_equals_uint64 (loopback_count (f->server, "joined", 0), 1);
  fixture_free (f);
}
GST_END_TEST;

static Suite *
discordvoicesink_life_suite (void)
{
  Suite *suite = suite_create ("discordvoicesink-life");
  TCase *tcase = tcase_create ("states");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (
      tcase, test_stop_in_each_phase, 0, 3 * G_N_ELEMENTS (phases));
  tcase_add_test (tcase, test_unreachable);
  tcase_add_loop_test (tcase, test_up_and_down, 0, 3);
  tcase_add_test (tcase, test_play_again);
  tcase_add_test (tcase, test_no_pad_joins);
  tcase_add_test (tcase, test_progress_is_cancelled);
  tcase_add_test (tcase, test_second_on_a_joined_connection);
  return suite;
}

GST_CHECK_MAIN (discordvoicesink_life);
