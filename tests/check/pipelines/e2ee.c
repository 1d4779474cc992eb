/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole pipelines in one encrypted group: what is sent is what is heard, whoever
 * comes and goes. */
#include "e2ee-members.h"

static gchar *
dup_code (GstElement *element)
{
  gchar *code = NULL;

  g_object_get (element, "voice-privacy-code", &code, NULL);
  return code;
}

static GstDiscordE2eeState
get_state (GstElement *element)
{
  GstDiscordE2eeState state;

  g_object_get (element, "e2ee-state", &state, NULL);
  return state;
}

/* Until the message says so. */
static void
wait_state (GstElement *pipeline, GstDiscordE2eeState wanted)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gint state = -1;

  while (state != (gint) wanted) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
        bus, PATIENCE * GST_USECOND, GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR);

    fail_unless (message != NULL, "state %d does not come", wanted);
    fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_ELEMENT);
    if (gst_message_has_name (message, "discord-e2ee-state"))
      gst_structure_get_enum (gst_message_get_structure (message), "state",
          GST_TYPE_DISCORD_E2EE_STATE, &state);
  }
}

static void
listener_leave (Listener *listener)
{
  guint64 user_id = listener->user_id;
  guint64 left = loopback_count (loopback, "left", user_id);

  listener_free (listener);
  wait_event ("left", user_id, left + 1);
}

static void
expect_nothing_dropped (Sender *sender, guint64 frames)
{
  expect_stat (sender->sink, "audio-frames-sent", frames);
  expect_stat (sender->sink, "audio-dropped-no-key", 0);
  expect_stat (sender->sink, "audio-dropped-alone", 0);
}

GST_START_TEST (test_packet_for_packet)
{
  Listener *listener = listener_new ("listener");
  Sender *sender = sender_new ("sender", 50, FALSE);
  g_autofree gchar *code = NULL;
  g_autofree gchar *listeners_code = NULL;
  Outlet *outlet;

  listener_play (listener);
  sender_play (sender);
  outlet = listener_wait_outlet (listener, 0);
  outlet_wait_number (outlet, 10);
  code = dup_code (sender->sink);
  listeners_code = dup_code (listener->src);
  fail_unless (code != NULL);
  fail_unless_equals_int (strlen (code), 30);
  fail_unless_equals_string (code, listeners_code);
  fail_unless_equals_int (
      get_state (sender->sink), GST_DISCORD_E2EE_STATE_ENCRYPTED);

  sender_wait_eos (sender);
  fail_unless_equals_int (outlet_expect_run (outlet, 49), 0);
  expect_nothing_dropped (sender, 50);
  expect_stat (sender->sink, "e2ee-encrypted", 50);
  expect_stat (sender->sink, "e2ee-sent-clear", 0);
  expect_stat (listener->src, "e2ee-decrypted", 50);
  sender_free (sender);
  listener_free (listener);
  check_no_violations ();
}
GST_END_TEST;

/* 24: the end of a talk spurt is heard, in clear as servers make it. */
GST_START_TEST (test_pain_24_silence_at_the_end)
{
  Listener *listener = listener_new ("listener");
  Sender *sender = sender_new ("sender", 10, FALSE);
  Outlet *outlet;

  listener_play (listener);
  sender_play (sender);
  sender_wait_eos (sender);
  outlet = listener_wait_outlet (listener, 0);
  outlet_wait_buffers (outlet, 15);
  for (guint i = 10; i < 15; i++)
    gst_check_buffer_data (
        g_ptr_array_index (outlet->buffers, i), "\xf8\xff\xfe", 3);
  expect_stat (listener->src, "e2ee-received-silence", 5);
  sender_free (sender);
  listener_free (listener);
  check_no_violations ();
}
GST_END_TEST;

/* 1: padding behind the frame would hide that it is encrypted. */
GST_START_TEST (test_pain_1_padding)
{
  Listener *listener = listener_new ("listener");
  Sender *sender = sender_new ("sender", 50, FALSE);

  set ("padding", "0.5");
  listener_play (listener);
  sender_play (sender);
  sender_wait_eos (sender);
  fail_unless_equals_int (
      outlet_expect_run (listener_wait_outlet (listener, 0), 49), 0);
  fail_unless (get_stat (listener->src, "padded") > 0);
  expect_stat (listener->src, "e2ee-receive-not-encrypted", 0);
  sender_free (sender);
  listener_free (listener);
}
GST_END_TEST;

/* Nobody can hear it: real time passes, nothing is sent, nothing is an error. */
GST_START_TEST (test_alone)
{
  Sender *sender = sender_new ("sender", 20, FALSE);
  LoopbackMedia media;

  sender_play (sender);
  sender_wait_eos (sender);
  fail_unless_equals_int (
      get_state (sender->sink), GST_DISCORD_E2EE_STATE_ALONE);
  fail_unless (dup_code (sender->sink) == NULL);
  expect_stat (sender->sink, "audio-dropped-alone", 20);
  expect_stat (sender->sink, "audio-frames-sent", 0);
  loopback_get_media (loopback, sender->user_id, &media);
  fail_unless_equals_uint64 (media.rtp_in, 0);
  fail_unless_equals_uint64 (
      loopback_count (loopback, "speaking", sender->user_id), 0);
  sender_free (sender);
  check_no_violations ();
}
GST_END_TEST;

/* Somebody else's first transition is slow: a file is kept until then. */
GST_START_TEST (test_file_waits_for_the_group)
{
  Listener *listener = listener_new ("listener");
  Sender *sender = sender_new ("sender", 20, FALSE);

  set ("dave-first-ordinary", NULL);
  set ("dave-ignore-ready", NULL);
  set ("dave-transition-timeout", "600");
  listener_play (listener);
  sender_play (sender);
  sender_wait_eos (sender);
  fail_unless_equals_int (
      outlet_expect_run (listener_wait_outlet (listener, 0), 19), 0);
  expect_nothing_dropped (sender, 20);
  sender_free (sender);
  listener_free (listener);
  check_no_violations ();
}
GST_END_TEST;

/* ... not for ever, and live input not at all. */
GST_START_TEST (test_no_group_drops)
{
  gboolean live = __i__ == 1;
  Listener *listener = listener_new ("listener");
  Sender *sender = sender_new ("sender", 20, live);
  g_autoptr (GstBus) bus = gst_element_get_bus (sender->pipeline);
  GstMessageType type = GST_MESSAGE_UNKNOWN;
  LoopbackMedia media;
  guint warnings = 0;

  set ("dave-first-ordinary", NULL);
  set ("dave-ignore-ready", NULL);
  set ("dave-transition-timeout", "60000");
  if (!live)
    g_object_set (sender->sink, "e2ee-timeout", 100, NULL);
  listener_play (listener);
  if (live) {
    fail_unless (gst_element_set_state (sender->pipeline, GST_STATE_PAUSED)
        != GST_STATE_CHANGE_FAILURE);
    wait_state (sender->pipeline, GST_DISCORD_E2EE_STATE_PENDING);
  }
  sender_play (sender);
  while (type != GST_MESSAGE_EOS) {
    g_autoptr (GstMessage) message =
        sender_pop (sender, GST_MESSAGE_WARNING | GST_MESSAGE_EOS);

    type = GST_MESSAGE_TYPE (message);
    warnings += type == GST_MESSAGE_WARNING;
  }
  fail_unless_equals_int (warnings, live ? 0 : 1);
  expect_stat (sender->sink, "audio-dropped-no-key", 20);
  loopback_get_media (loopback, sender->user_id, &media);
  fail_unless_equals_uint64 (media.rtp_in, 0);
  sender_free (sender);
  listener_free (listener);
  check_no_violations ();
}
GST_END_TEST;

/* 2: who stays loses nothing over the epochs of somebody who comes and goes. */
GST_START_TEST (test_pain_2_a_third_comes_and_goes)
{
  Listener *listener = listener_new ("listener");
  Listener *third = listener_new ("third");
  Sender *sender = sender_new ("sender", 150, FALSE);
  g_autofree gchar *code = NULL;
  g_autofree gchar *later_code = NULL;
  Outlet *outlet;

  listener_play (listener);
  sender_play (sender);
  outlet = listener_wait_outlet (listener, 0);
  outlet_wait_number (outlet, 20);
  code = dup_code (sender->sink);
  listener_play (third);
  outlet_wait_number (listener_wait_outlet (third, 0), 60);
  later_code = dup_code (third->src);
  fail_unless (later_code != NULL && g_strcmp0 (code, later_code) != 0);
  listener_leave (third);
  sender_wait_eos (sender);
  fail_unless_equals_int (outlet_expect_run (outlet, 149), 0);
  expect_nothing_dropped (sender, 150);
  sender_free (sender);
  listener_free (listener);
  check_no_violations ();
}
GST_END_TEST;

/* 2: the channel empties and fills again, under a stream that goes on. */
GST_START_TEST (test_pain_2_everybody_leaves_and_comes_back)
{
  Listener *listener = listener_new ("listener");
  Sender *sender = sender_new ("sender", 150, FALSE);
  guint first;

  listener_play (listener);
  sender_play (sender);
  outlet_wait_number (listener_wait_outlet (listener, 0), 10);
  listener_leave (listener);
  wait_state (sender->pipeline, GST_DISCORD_E2EE_STATE_ALONE);
  listener = listener_new ("listener");
  listener_play (listener);
  sender_wait_eos (sender);
  first = outlet_expect_run (listener_wait_outlet (listener, 0), 149);
  fail_unless (first > 10 && first < 149);
  /* Between the two there is nothing but what nobody was there for. */
  fail_unless (get_stat (sender->sink, "audio-frames-sent")
          + get_stat (sender->sink, "audio-dropped-alone")
      == 150);
  sender_free (sender);
  listener_free (listener);
  check_no_violations ();
}
GST_END_TEST;

/* Version 0 while somebody without encryption is there, and back. */
GST_START_TEST (test_downgrade_and_upgrade)
{
  Listener *listener = listener_new ("listener");
  Listener *old = listener_new ("old");
  Sender *sender = sender_new ("sender", 200, FALSE);
  Outlet *outlet;
  guint clear;

  gst_util_set_object_arg (G_OBJECT (old->src), "e2ee", "off");
  listener_play (listener);
  sender_play (sender);
  outlet = listener_wait_outlet (listener, 0);
  outlet_wait_number (outlet, 10);
  wait_state (sender->pipeline, GST_DISCORD_E2EE_STATE_ENCRYPTED);

  listener_play (old);
  wait_state (sender->pipeline, GST_DISCORD_E2EE_STATE_CLEAR);
  fail_unless (dup_code (sender->sink) == NULL);
  clear = 10 + outlet_expect_run (listener_wait_outlet (old, 0), 0);
  outlet_wait_number (listener_wait_outlet (old, 0), clear);
  listener_leave (old);
  wait_state (sender->pipeline, GST_DISCORD_E2EE_STATE_ENCRYPTED);
  sender_wait_eos (sender);

  fail_unless_equals_int (outlet_expect_run (outlet, 199), 0);
  expect_nothing_dropped (sender, 200);
  fail_unless (get_stat (sender->sink, "e2ee-sent-clear") > 0);
  fail_unless (get_stat (sender->sink, "e2ee-encrypted")
          + get_stat (sender->sink, "e2ee-sent-clear")
      == 200);
  sender_free (sender);
  listener_free (listener);
  check_no_violations ();
}
GST_END_TEST;

/* 3: where it is required, doing without is one clear error and no loop. */
GST_START_TEST (test_pain_3_refused_without)
{
  Sender *sender = sender_new ("sender", 20, FALSE);
  g_autoptr (GstBus) bus = gst_element_get_bus (sender->pipeline);
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  set ("dave-required", NULL);
  gst_util_set_object_arg (G_OBJECT (sender->sink), "e2ee", "off");
  sender_play (sender);
  message = sender_pop (sender, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS),
      "%s", error->message);
  fail_unless (GST_MESSAGE_SRC (message) == GST_OBJECT (sender->sink));
  gst_message_unref (message);
  gst_element_set_state (sender->pipeline, GST_STATE_READY);
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR) == NULL);
  fail_unless_equals_uint64 (
      loopback_count (loopback, "voice-identified", sender->user_id)
          + loopback_count (loopback, "voice-joined", sender->user_id),
      0);
  sender_free (sender);
}
GST_END_TEST;

/* One element that sends and one that receives share a member of the group. */
GST_START_TEST (test_source_and_sink_of_one_account)
{
  Listener *both = listener_new ("both");
  Listener *other = listener_new ("other");
  Sender *of_both = sender_new ("both", 40, FALSE);
  Sender *of_other = sender_new ("other", 40, FALSE);
  g_autofree gchar *code = NULL;
  g_autofree gchar *other_code = NULL;

  listener_play (both);
  listener_play (other);
  sender_play (of_both);
  sender_play (of_other);
  sender_wait_eos (of_both);
  sender_wait_eos (of_other);
  fail_unless_equals_int (
      outlet_expect_run (listener_wait_outlet (both, 0), 39), 0);
  fail_unless_equals_int (
      outlet_expect_run (listener_wait_outlet (other, 0), 39), 0);
  code = dup_code (of_both->sink);
  other_code = dup_code (other->src);
  fail_unless_equals_string (code, other_code);
  sender_free (of_both);
  sender_free (of_other);
  listener_free (both);
  listener_free (other);
  check_no_violations ();
}
GST_END_TEST;

static Suite *
e2ee_suite (void)
{
  Suite *suite = suite_create ("e2ee");
  TCase *tcase = tcase_create ("pipelines");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, start_loopback, stop_loopback);
  tcase_add_test (tcase, test_packet_for_packet);
  tcase_add_test (tcase, test_pain_24_silence_at_the_end);
  tcase_add_test (tcase, test_pain_1_padding);
  tcase_add_test (tcase, test_alone);
  tcase_add_test (tcase, test_file_waits_for_the_group);
  tcase_add_loop_test (tcase, test_no_group_drops, 0, 2);
  tcase_add_test (tcase, test_pain_2_a_third_comes_and_goes);
  tcase_add_test (tcase, test_pain_2_everybody_leaves_and_comes_back);
  tcase_add_test (tcase, test_downgrade_and_upgrade);
  tcase_add_test (tcase, test_pain_3_refused_without);
  tcase_add_test (tcase, test_source_and_sink_of_one_account);
  return suite;
}

GST_CHECK_MAIN (e2ee);
