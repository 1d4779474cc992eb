/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/discord/discord.h>

#include "gstdiscordusergate.h"

static GstElement *gate;
static GstHarness *harness;
static GArray *routes; /* (element-type guint64) */

static void
on_route (GstElement *element, guint64 user_id, gpointer user_data)
{
  g_array_append_val (routes, user_id);
}

static void
setup_user (guint64 user_id)
{
  routes = g_array_new (FALSE, FALSE, sizeof (guint64));
  gate = gst_object_ref_sink (gst_discord_user_gate_new (user_id));
  g_signal_connect (gate, "route", G_CALLBACK (on_route), NULL);
  harness = gst_harness_new_with_element (gate, "sink", "src");
  gst_harness_use_testclock (harness);
  gst_harness_set_src_caps_str (harness, "audio/x-opus");
}

static void
finish (void)
{
  gst_harness_teardown (harness);
  gst_object_unref (gate);
  g_array_unref (routes);
}

static gpointer
push (gpointer user_id)
{
  GstBuffer *buffer = gst_buffer_new_memdup ("\xfc\x01", 2);
  GstDiscordMediaMeta *meta = gst_buffer_add_discord_media_meta (buffer);

  meta->user_id = GPOINTER_TO_UINT (user_id);
  return GINT_TO_POINTER (gst_harness_push (harness, buffer));
}

static void
push_now (guint user_id)
{
  fail_unless_equals_int (
      GPOINTER_TO_INT (push (GUINT_TO_POINTER (user_id))), GST_FLOW_OK);
}

static void
check_routes (guint count, guint64 last)
{
  fail_unless_equals_int (routes->len, count);
  fail_unless_equals_uint64 (
      g_array_index (routes, guint64, routes->len - 1), last);
}

GST_START_TEST (test_known_user_passes_at_once)
{
  setup_user (5);
  push_now (0);
  check_routes (1, 5);
  push_now (5);
  check_routes (1, 5);
  fail_unless_equals_int (gst_harness_buffers_in_queue (harness), 2);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_packet_tells_the_user)
{
  setup_user (0);
  push_now (6);
  check_routes (1, 6);
  finish ();
}
GST_END_TEST;

/* Nothing is lost while it is not known who speaks. */
GST_START_TEST (pain_09_first_words_wait_for_their_user)
{
  g_autoptr (GstTestClock) clock = NULL;
  GThread *thread;

  setup_user (0);
  thread = g_thread_new ("stream", push, NULL);
  clock = gst_harness_get_testclock (harness);
  gst_test_clock_wait_for_next_pending_id (clock, NULL);
  fail_unless_equals_int (gst_harness_buffers_in_queue (harness), 0);
  gst_discord_user_gate_set_user (GST_DISCORD_USER_GATE (gate), 5);
  g_thread_join (thread);
  fail_unless_equals_int (gst_harness_buffers_in_queue (harness), 1);
  check_routes (1, 5);
  finish ();
}
GST_END_TEST;

GST_START_TEST (pain_09_but_not_for_ever)
{
  g_autoptr (GstTestClock) clock = NULL;
  GThread *thread;

  setup_user (0);
  clock = gst_harness_get_testclock (harness);
  thread = g_thread_new ("stream", push, NULL);
  fail_unless (gst_harness_crank_single_clock_wait (harness));
  g_thread_join (thread);
  fail_unless_equals_uint64 (
      gst_clock_get_time (GST_CLOCK (clock)), 200 * GST_MSECOND);
  check_routes (1, 0);

  /* Asked again when it is known, and only then. */
  push_now (0);
  check_routes (1, 0);
  gst_discord_user_gate_set_user (GST_DISCORD_USER_GATE (gate), 5);
  push_now (0);
  check_routes (2, 5);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_stop_while_waiting_for_the_user)
{
  g_autoptr (GstTestClock) clock = NULL;
  GThread *thread;

  setup_user (0);
  clock = gst_harness_get_testclock (harness);
  thread = g_thread_new ("stream", push, NULL);
  gst_test_clock_wait_for_next_pending_id (clock, NULL);
  fail_unless_equals_int (
      gst_element_set_state (gate, GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int (
      GPOINTER_TO_INT (g_thread_join (thread)), GST_FLOW_FLUSHING);
  fail_unless_equals_int (routes->len, 0);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_first_user_stays)
{
  setup_user (0);
  gst_discord_user_gate_set_user (GST_DISCORD_USER_GATE (gate), 5);
  gst_discord_user_gate_set_user (GST_DISCORD_USER_GATE (gate), 6);
  push_now (7);
  check_routes (1, 5);
  finish ();
}
GST_END_TEST;

static Suite *
discordusergate_suite (void)
{
  Suite *suite = suite_create ("discordusergate");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_known_user_passes_at_once);
  tcase_add_test (tc, test_packet_tells_the_user);
  tcase_add_test (tc, pain_09_first_words_wait_for_their_user);
  tcase_add_test (tc, pain_09_but_not_for_ever);
  tcase_add_test (tc, test_stop_while_waiting_for_the_user);
  tcase_add_test (tc, test_first_user_stays);
  return suite;
}

GST_CHECK_MAIN (discordusergate);
