/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receive-helper.h"

#include <gst/check/gstharness.h>

static GstElement *transport;
static GstDiscordConnection *connection;

static void
setup (void)
{
  connection = fake_connection_new ();
  transport = gst_element_factory_make ("discordtransport", NULL);
  fail_unless (transport != NULL);
  gst_object_ref_sink (transport);
  g_object_set (transport, "connection", connection, NULL);
}

static void
finish (void)
{
  fail_unless_equals_int (gst_element_set_state (transport, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  gst_object_unref (transport);
  g_object_unref (connection);
}

static GstPad *
link_src (const gchar *name)
{
  g_autoptr (GstPad) src = gst_element_get_static_pad (transport, name);
  GstPad *sink = gst_pad_new (NULL, GST_PAD_SINK);

  gst_pad_set_active (sink, TRUE);
  fail_unless_equals_int (gst_pad_link (src, sink), GST_PAD_LINK_OK);
  return sink;
}

/* It is a live source for who wants RTP, and for nobody else. */
GST_START_TEST (test_live_with_rtp_only)
{
  static const struct
  {
    const gchar *pad;
    GstStateChangeReturn expected;
  } cases[] = {
    { "rtp_src", GST_STATE_CHANGE_NO_PREROLL },
    { "rtcp_src", GST_STATE_CHANGE_SUCCESS },
    { NULL, GST_STATE_CHANGE_SUCCESS },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GstPad) sink =
        cases[i].pad != NULL ? link_src (cases[i].pad) : NULL;

    fail_unless_equals_int (
        gst_element_set_state (transport, GST_STATE_PAUSED), cases[i].expected);
    fail_unless_equals_int (
        gst_element_set_state (transport, GST_STATE_PLAYING),
        GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (
        gst_element_set_state (transport, GST_STATE_PAUSED), cases[i].expected);
    fail_unless_equals_int (gst_element_set_state (transport, GST_STATE_READY),
        GST_STATE_CHANGE_SUCCESS);
    if (sink != NULL) {
      g_autoptr (GstPad) src = gst_pad_get_peer (sink);

      gst_pad_unlink (src, sink);
    }
  }
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_latency)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  g_autoptr (GstPad) sink = link_src ("rtp_src");
  GstClockTime min, max;
  gboolean live;

  gst_element_set_state (transport, GST_STATE_PLAYING);
  fail_unless (gst_pad_peer_query (sink, query));
  gst_query_parse_latency (query, &live, &min, &max);
  fail_unless (live);
  fail_unless_equals_uint64 (min, 0);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_no_connection)
{
  g_object_set (transport, "connection", NULL, NULL);
  fail_unless_equals_int (gst_element_set_state (transport, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  finish ();
}
GST_END_TEST;

/* What cannot be sent is dropped, however much of it and however wrong; the
 * element in front is not told, for it cannot do anything about it. */
GST_START_TEST (test_sink_pads_take_everything)
{
  GstHarness *rtp = gst_harness_new_with_element (transport, "rtp_sink", NULL);
  GstHarness *rtcp =
      gst_harness_new_with_element (transport, "rtcp_sink", NULL);
  GstBufferList *list = gst_buffer_list_new ();
  static const guint8 report[] = { 0x80, 200, 0, 6, 0, 0, 0, 7, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

  gst_harness_set_src_caps_str (rtp, "application/x-rtp");
  gst_harness_set_src_caps_str (rtcp, "application/x-rtcp");
  for (guint i = 0; i < 100; i++)
    gst_buffer_list_add (list, make_packet (120, i, 7, 0, i * FRAME));
  fail_unless_equals_int (gst_pad_push_list (rtp->srcpad, list), GST_FLOW_OK);
  fail_unless_equals_int (
      gst_harness_push (rtp, make_packet (120, 1, 7, 0, 0)), GST_FLOW_OK);
  for (gsize size = 1; size <= sizeof (report); size++)
    fail_unless_equals_int (
        gst_harness_push (rtcp, gst_buffer_new_memdup (report, size)),
        GST_FLOW_OK);
  /* the end of one direction is not the end of the other */
  fail_unless (gst_harness_push_event (rtp, gst_event_new_eos ()));

  gst_harness_teardown (rtp);
  gst_harness_teardown (rtcp);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_property_in_each_state)
{
  const GstState states[] = { GST_STATE_NULL, GST_STATE_READY, GST_STATE_PAUSED,
    GST_STATE_PLAYING };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++) {
    g_autoptr (GstDiscordConnection) other = fake_connection_new ();
    g_autoptr (GstDiscordConnection) got = NULL;
    g_autoptr (GstStructure) stats = NULL;

    gst_element_set_state (transport, states[i]);
    g_object_set (transport, "connection", other, NULL);
    g_object_get (transport, "connection", &got, "stats", &stats, NULL);
    fail_unless (got == other);
    fail_unless (gst_structure_has_field (stats, "packets-dropped"));
  }
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_lifecycle)
{
  g_autoptr (GstPad) rtp = link_src ("rtp_src");
  g_autoptr (GstPad) rtcp = link_src ("rtcp_src");

  for (guint i = 0; i < 50; i++) {
    gst_element_set_state (transport, GST_STATE_PLAYING);
    gst_element_set_state (
        transport, i % 2 == 0 ? GST_STATE_READY : GST_STATE_NULL);
  }
  finish ();
}
GST_END_TEST;

static Suite *
discordtransport_suite (void)
{
  Suite *suite = suite_create ("discordtransport");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, NULL);
  tcase_add_test (tc, test_live_with_rtp_only);
  tcase_add_test (tc, test_latency);
  tcase_add_test (tc, test_no_connection);
  tcase_add_test (tc, test_sink_pads_take_everything);
  tcase_add_test (tc, test_property_in_each_state);
  tcase_add_test (tc, test_lifecycle);
  return suite;
}

GST_CHECK_MAIN (discordtransport);
