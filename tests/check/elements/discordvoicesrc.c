/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The source as an element, and its mix. */
#include "voicesrc-helper.h"

static gboolean
has_error (void)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);

  return message != NULL;
}

/* Time goes on while nothing is said, or muxers would wait for ever. */
GST_START_TEST (pain_06_pauses_become_gaps)
{
  Outlet *outlet;
  GstClockTime from, duration;
  GstBuffer *last;

  play ();
  push_packet (network, 1, 7, ALICE, now ());
  outlet = outlets_wait_pad (&outlets, "audio_7");
  outlets_wait (&outlets, outlet_count_events (outlet, GST_EVENT_GAP) >= 2);
  g_mutex_lock (&outlets.lock);
  last = g_ptr_array_index (outlet->buffers, 0);
  for (guint i = 0; i < outlet->events->len; i++) {
    GstEvent *event = g_ptr_array_index (outlet->events, i);

    if (GST_EVENT_TYPE (event) != GST_EVENT_GAP)
      continue;
    gst_event_parse_gap (event, &from, &duration);
    fail_unless_equals_uint64 (
        from, GST_BUFFER_PTS (last) + GST_BUFFER_DURATION (last));
    break;
  }
  g_mutex_unlock (&outlets.lock);
  finish ();
}
GST_END_TEST;

GST_START_TEST (pain_20_pads_are_independent)
{
  Outlet *alice, *bob;

  play ();
  push_packet (network, 1, 7, ALICE, FRAME);
  push_packet (network, 1, 8, BOB, FRAME);
  alice = outlets_wait_pad (&outlets, "audio_7");
  bob = outlets_wait_pad (&outlets, "audio_8");
  outlet_wait_buffers (alice, 1);
  outlet_wait_buffers (bob, 1);
  g_mutex_lock (&outlets.lock);
  alice->flow = GST_FLOW_ERROR;
  g_mutex_unlock (&outlets.lock);
  for (guint i = 2; i < 8; i++) {
    push_packet (network, i, 7, ALICE, i * FRAME);
    push_packet (network, i, 8, BOB, i * FRAME);
  }
  outlet_wait_buffers (bob, 7);
  /* what erred keeps being fed: it may recover, and the mix hears it */
  outlet_wait_buffers (alice, 7);
  fail_if (has_error ());
  finish ();
}
GST_END_TEST;

static Outlet *
request_mix (void)
{
  GstPad *pad = gst_element_request_pad_simple (src, "mix");

  fail_unless (pad != NULL);
  gst_object_unref (pad);
  return outlets_wait_pad (&outlets, "mix");
}

static void
check_continuous (Outlet *outlet, guint count)
{
  outlet_wait_buffers (outlet, count);
  g_mutex_lock (&outlets.lock);
  for (guint i = 1; i < count; i++) {
    GstBuffer *before = g_ptr_array_index (outlet->buffers, i - 1);
    GstBuffer *buffer = g_ptr_array_index (outlet->buffers, i);

    fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer),
        GST_BUFFER_PTS (before) + GST_BUFFER_DURATION (before));
    fail_unless_equals_int (
        gst_buffer_get_size (buffer), gst_buffer_get_size (before));
  }
  g_mutex_unlock (&outlets.lock);
}

/* From the start on, whoever comes and goes. */
GST_START_TEST (pain_06_mix_is_continuous)
{
  g_autoptr (GstCaps) expected = gst_caps_from_string (
      "audio/x-raw, format=S16LE, rate=48000, channels=2, layout=interleaved");
  Outlet *mix = request_mix ();

  play ();
  outlet_wait_buffers (mix, 3);
  fail_unless (gst_caps_can_intersect (mix->caps, expected));
  for (guint round = 0; round < 3; round++) {
    Outlet *outlet;

    push_packet (network, 1, 7, ALICE, now ());
    push_packet (network, 1, 8, BOB, now ());
    outlet = outlets_wait_pad (&outlets, "audio_8");
    outlet_wait_buffers (outlet, 1);
    push_packet (network, 2, 8, BOB, now ());
    g_signal_emit_by_name (connection, "user-left", ALICE);
    g_signal_emit_by_name (connection, "user-left", BOB);
    outlets_wait (&outlets, outlet->removed);
    outlet_wait_buffers (mix, 10 * (round + 1));
    g_signal_emit_by_name (
        connection, "speaking", ALICE, 7, GST_DISCORD_SPEAKING_VOICE);
  }
  check_continuous (mix, 30);
  fail_if (has_error ());
  finish ();
}
GST_END_TEST;

/* One decoder per user, whatever the SSRC. */
GST_START_TEST (pain_05_mix_goes_on_under_another_ssrc)
{
  Outlet *mix = request_mix ();
  Outlet *outlet;

  play ();
  push_packet (network, 1, 7, ALICE, now ());
  outlet = outlets_wait_pad (&outlets, "audio_7");
  for (guint ssrc = 8; ssrc < 12; ssrc++) {
    tell_ssrc (ALICE, ssrc);
    push_packet (network, 1, ssrc, ALICE, now ());
    check_goes_on (outlet, ssrc - 6, ssrc);
  }
  check_continuous (mix, 20);
  fail_if (has_error ());
  finish ();
}
GST_END_TEST;

/* Nor does a sender of garbage end the mix (pain 8). */
GST_START_TEST (pain_08_damaged_packets_do_not_end_the_mix)
{
  Outlet *mix = request_mix ();

  play ();
  for (guint i = 1; i < 40; i++)
    push_packet (network, i, 7, ALICE, now ());
  outlet_wait_buffers (outlets_wait_pad (&outlets, "audio_7"), 39);
  check_continuous (mix, 20);
  fail_if (has_error ());
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_mix_in_each_state)
{
  const GstState states[] = { GST_STATE_NULL, GST_STATE_READY, GST_STATE_PAUSED,
    GST_STATE_PLAYING };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++) {
    Outlet *mix;

    gst_element_set_state (pipeline, states[i]);
    mix = request_mix ();
    if (states[i] == GST_STATE_PLAYING)
      outlet_wait_buffers (mix, 1);
    gst_element_release_request_pad (src, mix->src);
    fail_unless (mix->removed);
    fail_unless_equals_int (GST_ELEMENT (src)->numsrcpads, 0);
  }
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_mix_released_while_somebody_speaks)
{
  Outlet *mix, *alice;

  play ();
  push_packet (network, 1, 7, ALICE, now ());
  alice = outlets_wait_pad (&outlets, "audio_7");
  for (guint round = 0; round < 5; round++) {
    mix = request_mix ();
    push_packet (network, 2 + 2 * round, 7, ALICE, now ());
    outlet_wait_buffers (mix, 2);
    push_packet (network, 3 + 2 * round, 7, ALICE, now ());
    gst_element_release_request_pad (src, mix->src);
  }
  outlet_wait_buffers (alice, 11);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_eos_event_ends_all_pads)
{
  Outlet *mix = request_mix ();
  Outlet *alice;

  play ();
  push_packet (network, 1, 7, ALICE, FRAME);
  alice = outlets_wait_pad (&outlets, "audio_7");
  outlet_wait_buffers (alice, 1);
  fail_unless (gst_element_send_event (src, gst_event_new_eos ()));
  outlets_wait (&outlets, alice->eos && mix->eos);
  finish ();
}
GST_END_TEST;

static GstPadProbeReturn
note_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_async_queue_push (user_data, pad);
  return GST_PAD_PROBE_OK;
}

/* As by a Ctrl-C while the channel is being joined: nothing of the mix has come
 * yet, and nothing does, but what is downstream can make an empty file of it. */
GST_START_TEST (test_eos_event_before_the_mix_began)
{
  g_autoptr (GAsyncQueue) buffers = g_async_queue_new ();
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  GstElement *convert = gst_element_factory_make ("audioconvert", NULL);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");

  g_signal_handlers_disconnect_by_data (src, &outlets);
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, note_buffer, buffers, NULL);
  gst_bin_add_many (GST_BIN (pipeline), convert, sink, NULL);
  fail_unless (gst_element_link_pads (src, "mix", convert, "sink"));
  fail_unless (gst_element_link (convert, sink));
  for (guint round = 0; round < 2; round++) {
    g_autoptr (GstMessage) message = NULL;
    g_autoptr (GstEvent) caps = NULL;
    g_autoptr (GstEvent) segment = NULL;

    fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PAUSED),
        GST_STATE_CHANGE_NO_PREROLL);
    fail_unless (gst_element_send_event (src, gst_event_new_eos ()));
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    message = pop_message (GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
    caps = gst_pad_get_sticky_event (pad, GST_EVENT_CAPS, 0);
    segment = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
    fail_unless (caps != NULL && segment != NULL);
    fail_unless_equals_int (g_async_queue_length (buffers), 0);
    fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_READY),
        GST_STATE_CHANGE_SUCCESS);
  }

  /* The next time it is to be heard. */
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_async_queue_pop (buffers);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_latency_query)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  Outlet *outlet;
  GstClockTime min;
  gboolean live;

  g_object_set (src, "latency", 45, NULL);
  play ();
  push_packet (network, 1, 7, ALICE, FRAME);
  outlet = outlets_wait_pad (&outlets, "audio_7");
  outlet_wait_buffers (outlet, 1);
  fail_unless (gst_pad_query (outlet->src, query));
  gst_query_parse_latency (query, &live, &min, NULL);
  fail_unless (live);
  fail_unless_equals_uint64 (min, 45 * GST_MSECOND);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_lifecycle)
{
  Outlet *mix = request_mix ();

  for (guint round = 0; round < 10; round++) {
    play ();
    push_packet (network, 1, 7, ALICE, FRAME);
    push_packet (network, 1, 8, 0, FRAME);
    if (round % 2 == 0)
      g_signal_emit_by_name (connection, "user-left", ALICE);
    gst_clear_object (&network);
    fail_unless_equals_int (
        gst_element_set_state (
            pipeline, round % 3 == 0 ? GST_STATE_READY : GST_STATE_NULL),
        GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (GST_ELEMENT (src)->numsrcpads, 1);
  }
  fail_if (mix->removed);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_missing_settings)
{
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  g_object_set (src, "connection", NULL, "token-env", "NO_SUCH_VARIABLE",
      "channel-id", (guint64) 2, NULL);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_READY),
      GST_STATE_CHANGE_FAILURE);
  message = pop_message (GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_uri)
{
  g_autoptr (GstElement) made = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *uri = NULL;
  guint64 guild_id, channel_id;

  made =
      gst_element_make_from_uri (GST_URI_SRC, "discord://11/22", NULL, &error);
  fail_unless (made != NULL);
  gst_object_ref_sink (made);
  g_object_get (made, "guild-id", &guild_id, "channel-id", &channel_id, NULL);
  fail_unless_equals_uint64 (guild_id, 11);
  fail_unless_equals_uint64 (channel_id, 22);
  uri = gst_uri_handler_get_uri (GST_URI_HANDLER (made));
  fail_unless_equals_string (uri, "discord://11/22");
  fail_if (gst_uri_handler_set_uri (
      GST_URI_HANDLER (made), "discord://x/22?token=1", &error));
  fail_unless (g_error_matches (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI));

  g_clear_error (&error);
  play ();
  fail_if (
      gst_uri_handler_set_uri (GST_URI_HANDLER (src), "discord://1/2", &error));
  fail_unless (g_error_matches (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE));
  finish ();
}
GST_END_TEST;

GST_START_TEST (pain_25_stats)
{
  g_autoptr (GstStructure) stats = NULL;
  guint streams;

  play ();
  push_packet (network, 1, 7, ALICE, FRAME);
  outlet_wait_buffers (outlets_wait_pad (&outlets, "audio_7"), 1);
  g_object_get (src, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint (stats, "streams", &streams));
  fail_unless_equals_int (streams, 1);
  fail_unless (gst_structure_has_field (stats, "sources"));
  fail_unless (gst_structure_has_field (stats, "packets-received"));
  fail_if (gst_structure_has_field (stats, "connection"));
  finish ();
}
GST_END_TEST;

static Suite *
discordvoicesrc_suite (void)
{
  Suite *suite = suite_create ("discordvoicesrc");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, NULL);
  tcase_add_test (tc, pain_05_mix_goes_on_under_another_ssrc);
  tcase_add_test (tc, pain_06_pauses_become_gaps);
  tcase_add_test (tc, pain_20_pads_are_independent);
  tcase_add_test (tc, pain_06_mix_is_continuous);
  tcase_add_test (tc, pain_08_damaged_packets_do_not_end_the_mix);
  tcase_add_test (tc, test_mix_in_each_state);
  tcase_add_test (tc, test_mix_released_while_somebody_speaks);
  tcase_add_test (tc, test_eos_event_ends_all_pads);
  tcase_add_test (tc, test_eos_event_before_the_mix_began);
  tcase_add_test (tc, test_latency_query);
  tcase_add_test (tc, test_lifecycle);
  tcase_add_test (tc, test_missing_settings);
  tcase_add_test (tc, test_uri);
  tcase_add_test (tc, pain_25_stats);
  return suite;
}

GST_CHECK_MAIN (discordvoicesrc);
