/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receive-helper.h"

static GstElement *pipeline;
static GstElement *bin;
static GstDiscordConnection *connection;
static GstPad *network;
static Outlets outlets;

static void
setup (void)
{
  connection = fake_connection_new ();
  bin = gst_element_factory_make ("discordrtpbin", NULL);
  fail_unless (bin != NULL);
  g_object_set (
      bin, "connection", connection, "receive", TRUE, "latency", 0, NULL);
  outlets_init (&outlets, bin);
  pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (pipeline), bin);
}

/* At the end of each test and not as a fixture: GstCheck waits for all
 * streaming threads before fixtures are torn down. */
static void
finish (void)
{
  gst_clear_object (&network);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  gst_object_unref (pipeline);
  outlets_clear (&outlets);
  g_object_unref (connection);
}

static void
play (void)
{
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PAUSED),
      GST_STATE_CHANGE_NO_PREROLL);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PLAYING),
      GST_STATE_CHANGE_SUCCESS);
  network = open_transport (bin);
}

static guint64
get_counter (const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = 0;

  g_object_get (bin, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value));
  return value;
}

static void
check_order (Outlet *outlet, const guint16 *expected, guint count)
{
  outlet_wait_buffers (outlet, count);
  for (guint i = 0; i < count; i++)
    fail_unless_equals_int (
        packet_number (g_ptr_array_index (outlet->buffers, i)), expected[i]);
}

GST_START_TEST (test_pad_by_ssrc)
{
  const guint16 expected[] = { 1, 2, 3 };
  Outlet *outlet;

  play ();
  for (guint i = 1; i <= 3; i++)
    push_packet (network, i, 0xfedcba98, 5, i * FRAME);
  outlet = outlets_wait_pad (&outlets, "recv_rtp_src_0_4275878552");
  check_order (outlet, expected, 3);
  fail_unless (
      gst_buffer_get_discord_media_meta (g_ptr_array_index (outlet->buffers, 0))
      != NULL);
  fail_unless_equals_int (outlets.pads->len, 1);

  finish ();
}
GST_END_TEST;

/* Even the first two: rtpsession's probation would wait for consecutive ones. */
GST_START_TEST (test_first_packets_count)
{
  const guint16 expected[] = { 1, 3, 5 };

  play ();
  push_packet (network, 1, 7, 5, FRAME);
  push_packet (network, 3, 7, 5, 3 * FRAME);
  push_packet (network, 5, 7, 5, 5 * FRAME);
  check_order (outlets_wait_pad (&outlets, "recv_rtp_src_0_7"), expected, 3);

  finish ();
}
GST_END_TEST;

GST_START_TEST (test_reordered_within_latency)
{
  const guint16 expected[] = { 1, 2, 3, 4 };

  g_object_set (bin, "latency", 1000, NULL);
  play ();
  push_packet (network, 1, 7, 5, FRAME);
  push_packet (network, 3, 7, 5, 3 * FRAME);
  push_packet (network, 2, 7, 5, 3 * FRAME);
  push_packet (network, 2, 7, 5, 3 * FRAME);
  push_packet (network, 4, 7, 5, 4 * FRAME);
  check_order (outlets_wait_pad (&outlets, "recv_rtp_src_0_7"), expected, 4);

  finish ();
}
GST_END_TEST;

GST_START_TEST (test_lost_packet_is_announced)
{
  Outlet *outlet;

  play ();
  push_packet (network, 1, 7, 5, FRAME);
  push_packet (network, 3, 7, 5, 3 * FRAME);
  outlet = outlets_wait_pad (&outlets, "recv_rtp_src_0_7");
  outlet_wait_buffers (outlet, 2);
  outlets_wait (
      &outlets, outlet_count_events (outlet, GST_EVENT_CUSTOM_DOWNSTREAM) > 0);

  finish ();
}
GST_END_TEST;

/* A camera in the call: its packets are not Opus. */
GST_START_TEST (pain_08_other_payload_types_stay_out)
{
  Outlet *outlet;

  play ();
  gst_pad_push (network, make_packet (105, 1, 8, 5, FRAME));
  gst_pad_push (network, make_packet (96, 2, 7, 5, FRAME));
  push_packet (network, 1, 7, 5, FRAME);
  gst_pad_push (network, make_packet (105, 2, 8, 5, 2 * FRAME));
  push_packet (network, 2, 7, 5, 2 * FRAME);
  outlet = outlets_wait_pad (&outlets, "recv_rtp_src_0_7");
  outlet_wait_buffers (outlet, 2);
  fail_unless_equals_int (outlets.pads->len, 1);
  fail_unless_equals_uint64 (get_counter ("packets-unknown-payload-type"), 3);

  finish ();
}
GST_END_TEST;

GST_START_TEST (test_short_packet)
{
  play ();
  gst_pad_push (network, gst_buffer_new_memdup ("\x80\x78\x00", 3));
  fail_unless_equals_uint64 (get_counter ("packets-invalid"), 1);

  finish ();
}
GST_END_TEST;

/* What is buffered comes out before EOS, and the pad goes after it. */
GST_START_TEST (test_user_leaves)
{
  const guint16 expected[] = { 1, 2, 3 };
  Outlet *outlet, *other;

  g_object_set (bin, "latency", 200, NULL);
  play ();
  push_packet (network, 1, 9, 6, FRAME);
  for (guint i = 1; i <= 3; i++)
    push_packet (network, i, 7, 5, i * FRAME);
  g_signal_emit_by_name (connection, "user-left", (guint64) 5);
  outlet = outlets_wait_seen (&outlets, "recv_rtp_src_0_7");
  check_order (outlet, expected, 3);
  outlets_wait (&outlets, outlet->removed);
  fail_unless (outlet->eos);

  /* Stragglers make no new pad; another user is not concerned. */
  push_packet (network, 4, 7, 0, 4 * FRAME);
  fail_unless_equals_uint64 (get_counter ("packets-straggling"), 1);
  push_packet (network, 2, 9, 6, 2 * FRAME);
  g_signal_emit_by_name (connection, "user-left", (guint64) 6);
  other = outlets_wait_seen (&outlets, "recv_rtp_src_0_9");
  outlet_wait_buffers (other, 2);

  finish ();
}
GST_END_TEST;

GST_START_TEST (test_user_with_another_ssrc)
{
  Outlet *before;

  play ();
  push_packet (network, 1, 7, 5, FRAME);
  before = outlets_wait_pad (&outlets, "recv_rtp_src_0_7");
  outlet_wait_buffers (before, 1);
  g_signal_emit_by_name (
      connection, "speaking", (guint64) 5, 8, GST_DISCORD_SPEAKING_VOICE);
  outlets_wait (&outlets, before->removed);
  fail_unless (before->eos);
  push_packet (network, 1, 8, 5, 2 * FRAME);
  outlet_wait_buffers (outlets_wait_pad (&outlets, "recv_rtp_src_0_8"), 1);

  finish ();
}
GST_END_TEST;

static void
on_ssrc_user (GstElement *element, guint ssrc, guint64 user_id, guint64 *seen)
{
  fail_unless_equals_int (ssrc, 7);
  *seen = user_id;
}

GST_START_TEST (test_user_becomes_known)
{
  guint64 seen = 0;

  g_signal_connect (bin, "ssrc-user", G_CALLBACK (on_ssrc_user), &seen);
  play ();
  push_packet (network, 1, 7, 0, FRAME);
  outlet_wait_buffers (outlets_wait_pad (&outlets, "recv_rtp_src_0_7"), 1);
  fail_unless_equals_uint64 (seen, 0);
  g_signal_emit_by_name (
      connection, "speaking", (guint64) 5, 7, GST_DISCORD_SPEAKING_VOICE);
  fail_unless_equals_uint64 (seen, 5);
  push_packet (network, 2, 7, 6, 2 * FRAME);
  fail_unless_equals_uint64 (seen, 6);

  finish ();
}
GST_END_TEST;

/* An error behind one pad, and a pad nobody wants, stop nothing else. */
GST_START_TEST (test_streams_are_independent)
{
  Outlet *bad, *good;

  play ();
  push_packet (network, 1, 7, 5, FRAME);
  push_packet (network, 1, 8, 6, FRAME);
  bad = outlets_wait_pad (&outlets, "recv_rtp_src_0_7");
  good = outlets_wait_pad (&outlets, "recv_rtp_src_0_8");
  outlet_wait_buffers (bad, 1);
  g_mutex_lock (&outlets.lock);
  bad->flow = GST_FLOW_ERROR;
  g_mutex_unlock (&outlets.lock);
  for (guint i = 2; i < 12; i++) {
    push_packet (network, i, 7, 5, i * FRAME);
    push_packet (network, i, 8, 6, i * FRAME);
  }
  outlet_wait_buffers (good, 11);

  finish ();
}
GST_END_TEST;

GST_START_TEST (test_unlinked_pad_can_be_linked_later)
{
  g_autoptr (GstPad) pad = NULL;
  Outlet *outlet;

  play ();
  push_packet (network, 1, 7, 5, FRAME);
  outlet = outlets_wait_pad (&outlets, "recv_rtp_src_0_7");
  outlet_wait_buffers (outlet, 1);
  pad = gst_object_ref (outlet->src);
  fail_unless (gst_pad_unlink (outlet->src, outlet->sink));
  push_packet (network, 2, 7, 5, 2 * FRAME);
  push_packet (network, 3, 7, 5, 3 * FRAME);
  g_mutex_lock (&outlets.lock);
  outlet->removed = TRUE; /* this one is done with */
  g_mutex_unlock (&outlets.lock);
  outlet = outlets_link (&outlets, pad);
  push_packet (network, 4, 7, 5, 4 * FRAME);
  outlets_wait (&outlets,
      outlet->buffers->len > 0
          && packet_number (
                 g_ptr_array_index (outlet->buffers, outlet->buffers->len - 1))
              == 4);

  finish ();
}
GST_END_TEST;

GST_START_TEST (test_nothing_remains_for_the_next_start)
{
  for (guint round = 0; round < 5; round++) {
    Outlet *outlet;

    play ();
    push_packet (network, 1, 7, 5, FRAME);
    outlet = outlets_wait_pad (&outlets, "recv_rtp_src_0_7");
    outlet_wait_buffers (outlet, 1);
    gst_clear_object (&network);
    fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_READY),
        GST_STATE_CHANGE_SUCCESS);
    fail_unless (outlet->removed);
    fail_unless_equals_int (GST_ELEMENT (bin)->numsrcpads, 0);
    if (round % 2 == 0)
      fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
          GST_STATE_CHANGE_SUCCESS);
  }

  finish ();
}
GST_END_TEST;

/* Streams begin and end while the element stops. */
GST_START_TEST (test_pads_come_while_stopping)
{
  for (guint round = 0; round < 20; round++) {
    play ();
    for (guint ssrc = 1; ssrc <= 8; ssrc++) {
      push_packet (network, 1, ssrc, ssrc, FRAME);
      if (ssrc % 2 == 0)
        g_signal_emit_by_name (connection, "user-left", (guint64) ssrc);
    }
    gst_clear_object (&network);
    fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
        GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (GST_ELEMENT (bin)->numsrcpads, 0);
  }

  finish ();
}
GST_END_TEST;

/* What takes a stream down while the element stops: a thread that holds up the
 * one that clears, until rtpssrcdemux is about to forget the same stream. */
typedef struct
{
  GstPad *sink; /* rtpbin's */
  GMutex lock;
  GCond cond;
  gboolean held;
  gboolean release;
  gboolean released;
} HoldUp;

static gpointer
hold_up (gpointer data)
{
  HoldUp *self = data;
  gint64 end = g_get_monotonic_time () + G_TIME_SPAN_SECOND / 5;

  GST_PAD_STREAM_LOCK (self->sink);
  g_mutex_lock (&self->lock);
  self->held = TRUE;
  g_cond_broadcast (&self->cond);
  /* Nobody says so when the state change waits, as it should. */
  while (!self->release && g_cond_wait_until (&self->cond, &self->lock, end))
    ;
  self->released = TRUE;
  g_mutex_unlock (&self->lock);
  GST_PAD_STREAM_UNLOCK (self->sink);
  return NULL;
}

static void
on_demux_pad_removed (GstElement *demux, GstPad *pad, HoldUp *self)
{
  if (!g_str_has_prefix (GST_PAD_NAME (pad), "rtcp_src_"))
    return;
  g_mutex_lock (&self->lock);
  self->release = TRUE;
  g_cond_broadcast (&self->cond);
  if (!self->released) {
    g_mutex_unlock (&self->lock);
    g_usleep (G_USEC_PER_SEC / 10);
    return;
  }
  g_mutex_unlock (&self->lock);
}

static void
watch_demux (const GValue *item, gpointer user_data)
{
  GstElement *element = g_value_get_object (item);

  if (g_str_has_prefix (GST_OBJECT_NAME (element), "rtpssrcdemux"))
    g_signal_connect (
        element, "pad-removed", G_CALLBACK (on_demux_pad_removed), user_data);
}

GST_START_TEST (test_stream_is_cleared_while_stopping)
{
  HoldUp self = { NULL };
  g_autoptr (GstElement) rtpbin = NULL;
  GstIterator *children;
  Outlet *outlet;
  GThread *thread;

  play ();
  push_packet (network, 1, 7, 5, FRAME);
  outlet = outlets_wait_pad (&outlets, "recv_rtp_src_0_7");
  outlet_wait_buffers (outlet, 1);

  rtpbin = gst_bin_get_by_name (GST_BIN (bin), "rtpbin");
  self.sink = gst_element_get_static_pad (rtpbin, "recv_rtp_sink_0");
  children = gst_bin_iterate_elements (GST_BIN (rtpbin));
  gst_iterator_foreach (children, watch_demux, &self);
  gst_iterator_free (children);
  thread = g_thread_new ("hold-up", hold_up, &self);
  g_mutex_lock (&self.lock);
  while (!self.held)
    g_cond_wait (&self.cond, &self.lock);
  g_mutex_unlock (&self.lock);

  g_signal_emit_by_name (connection, "user-left", (guint64) 5);
  outlets_wait (&outlets, outlet->removed);
  gst_clear_object (&network);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  g_thread_join (thread);
  gst_object_unref (self.sink);

  finish ();
}
GST_END_TEST;

/* What a server can make us allocate is bounded. */
GST_START_TEST (test_too_many_sources)
{
  play ();
  g_signal_handlers_disconnect_by_func (bin, outlets_on_pad_added, &outlets);
  for (guint ssrc = 1; ssrc <= 520; ssrc++)
    push_packet (network, 1, ssrc, 0, FRAME);
  fail_unless_equals_uint64 (get_counter ("packets-of-too-many-sources"), 8);

  finish ();
}
GST_END_TEST;

GST_START_TEST (test_send_pad)
{
  const GstState states[] = { GST_STATE_NULL, GST_STATE_READY, GST_STATE_PAUSED,
    GST_STATE_PLAYING };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++) {
    GstPad *pad;

    gst_element_set_state (pipeline, states[i]);
    pad = gst_element_request_pad_simple (bin, "send_rtp_sink_%u");
    fail_unless (pad != NULL);
    fail_unless_equals_string (GST_PAD_NAME (pad), "send_rtp_sink_0");
    gst_element_release_request_pad (bin, pad);
    gst_object_unref (pad);
    fail_unless_equals_int (GST_ELEMENT (bin)->numsinkpads, 0);
  }

  finish ();
}
GST_END_TEST;

static void
on_own_source (GstElement *rtpbin, guint session, guint ssrc, guint *reporter)
{
  g_mutex_lock (&outlets.lock);
  *reporter = ssrc;
  g_cond_broadcast (&outlets.cond);
  g_mutex_unlock (&outlets.lock);
}

/* Payloaders take what they are asked for: an SSRC that the RTP session made up
 * to report with, before there was anything to send, is no stream of ours. */
GST_START_TEST (pain_19_who_hears_first_is_asked_for_no_ssrc)
{
  g_autoptr (GstElement) rtpbin = gst_bin_get_by_name (GST_BIN (bin), "rtpbin");
  GstPad *pad = gst_element_request_pad_simple (bin, "send_rtp_sink_0");
  g_autoptr (GstCaps) caps = NULL;
  guint reporter = 0;

  g_signal_connect (
      rtpbin, "on-new-sender-ssrc", G_CALLBACK (on_own_source), &reporter);
  play ();
  push_packet (network, 1, 7, 0, FRAME);
  outlets_wait (&outlets, reporter != 0);

  caps = gst_pad_query_caps (pad, NULL);
  fail_if (gst_caps_is_empty (caps));
  for (guint i = 0; i < gst_caps_get_size (caps); i++)
    fail_if (
        gst_structure_has_field (gst_caps_get_structure (caps, i), "ssrc"));

  gst_object_unref (pad);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_sender_only_prerolls)
{
  g_object_set (bin, "receive", FALSE, NULL);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PAUSED),
      GST_STATE_CHANGE_SUCCESS);

  finish ();
}
GST_END_TEST;

GST_START_TEST (test_no_connection)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  g_object_set (bin, "connection", NULL, NULL);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));

  finish ();
}
GST_END_TEST;

GST_START_TEST (test_latency)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  GstClockTime min;
  gboolean live;
  Outlet *outlet;

  g_object_set (bin, "latency", 35, NULL);
  play ();
  push_packet (network, 1, 7, 5, FRAME);
  outlet = outlets_wait_pad (&outlets, "recv_rtp_src_0_7");
  outlet_wait_buffers (outlet, 1);
  fail_unless (gst_pad_query (outlet->src, query));
  gst_query_parse_latency (query, &live, &min, NULL);
  fail_unless (live);
  fail_unless_equals_uint64 (min, 35 * GST_MSECOND);

  gst_bus_set_flushing (bus, TRUE);
  gst_bus_set_flushing (bus, FALSE);
  g_object_set (bin, "latency", 10, NULL);
  message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_LATENCY);
  fail_unless (message != NULL);
  fail_unless (gst_pad_query (outlet->src, query));
  gst_query_parse_latency (query, &live, &min, NULL);
  fail_unless_equals_uint64 (min, 10 * GST_MSECOND);

  finish ();
}
GST_END_TEST;

static const GstStructure *
find_source (const GstStructure *stats, guint ssrc)
{
  const GValue *sources = gst_structure_get_value (stats, "sources");

  for (guint i = 0; i < gst_value_array_get_size (sources); i++) {
    const GstStructure *source =
        gst_value_get_structure (gst_value_array_get_value (sources, i));
    guint found;

    fail_unless (gst_structure_get_uint (source, "ssrc", &found));
    if (found == ssrc)
      return source;
  }
  return NULL;
}

/* Who is heard, and what became of the packets, can be told apart. */
/* Otherwise rtpsession waits for a latency that only sinks are told, and knows
 * the time of no packet. */
GST_START_TEST (test_reports_tell_when_media_was_made)
{
  g_autoptr (GstElement) rtpbin = gst_bin_get_by_name (GST_BIN (bin), "rtpbin");
  gboolean send_time = TRUE;

  g_object_get (rtpbin, "rtcp-sync-send-time", &send_time, NULL);
  fail_if (send_time);
  finish ();
}
GST_END_TEST;

GST_START_TEST (pain_25_stats_per_user)
{
  g_autoptr (GstStructure) stats = NULL;
  const GstStructure *source;
  guint64 user_id = 0, received = 0, lost = 0;
  Outlet *outlet;

  play ();
  push_packet (network, 1, 7, 5, FRAME);
  push_packet (network, 3, 7, 5, 3 * FRAME);
  push_packet (network, 4, 7, 5, 4 * FRAME);
  outlet = outlets_wait_pad (&outlets, "recv_rtp_src_0_7");
  outlet_wait_buffers (outlet, 3);
  g_object_get (bin, "stats", &stats, NULL);
  fail_unless (gst_structure_has_field (stats, "connection"));
  source = find_source (stats, 7);
  fail_unless (source != NULL);
  fail_unless (gst_structure_get_uint64 (source, "user-id", &user_id));
  fail_unless (
      gst_structure_get_uint64 (source, "packets-received", &received));
  fail_unless (gst_structure_get_uint64 (source, "packets-lost", &lost));
  fail_unless_equals_uint64 (user_id, 5);
  fail_unless_equals_uint64 (received, 3);
  fail_unless_equals_uint64 (lost, 1);

  finish ();
}
GST_END_TEST;

static Suite *
discordrtpbin_suite (void)
{
  Suite *suite = suite_create ("discordrtpbin");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, NULL);
  tcase_add_test (tc, test_pad_by_ssrc);
  tcase_add_test (tc, test_first_packets_count);
  tcase_add_test (tc, test_reordered_within_latency);
  tcase_add_test (tc, test_lost_packet_is_announced);
  tcase_add_test (tc, pain_08_other_payload_types_stay_out);
  tcase_add_test (tc, test_short_packet);
  tcase_add_test (tc, test_user_leaves);
  tcase_add_test (tc, test_user_with_another_ssrc);
  tcase_add_test (tc, test_user_becomes_known);
  tcase_add_test (tc, test_streams_are_independent);
  tcase_add_test (tc, test_unlinked_pad_can_be_linked_later);
  tcase_add_test (tc, test_nothing_remains_for_the_next_start);
  tcase_add_test (tc, test_pads_come_while_stopping);
  tcase_add_test (tc, test_stream_is_cleared_while_stopping);
  tcase_add_test (tc, test_too_many_sources);
  tcase_add_test (tc, test_send_pad);
  tcase_add_test (tc, pain_19_who_hears_first_is_asked_for_no_ssrc);
  tcase_add_test (tc, test_sender_only_prerolls);
  tcase_add_test (tc, test_no_connection);
  tcase_add_test (tc, test_latency);
  tcase_add_test (tc, test_reports_tell_when_media_was_made);
  tcase_add_test (tc, pain_25_stats_per_user);
  return suite;
}

GST_CHECK_MAIN (discordrtpbin);
