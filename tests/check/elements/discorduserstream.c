/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/audio/audio.h>
#include <gst/discord/discord.h>

#include "gstdiscorduserstream.h"

#define FRAME (20 * GST_MSECOND)

static GstElement *stream;
static GstPad *sink;
static GstHarness *harness;

static void
setup_user (guint64 user_id)
{
  stream = gst_object_ref_sink (gst_discord_user_stream_new (77, 5));
  gst_discord_user_stream_set_user (GST_DISCORD_USER_STREAM (stream), user_id);
  sink = gst_discord_user_stream_add_sink (GST_DISCORD_USER_STREAM (stream));
  harness = gst_harness_new_with_element (stream, GST_PAD_NAME (sink), "src");
  gst_harness_set_src_caps_str (harness, "audio/x-opus, channels=2");
}

static void
finish (void)
{
  gst_harness_teardown (harness);
  gst_clear_object (&sink);
  gst_object_unref (stream);
}

/* 20 ms of stereo (RFC 6716 section 3.1), or as many frames as @toc says */
static GstBuffer *
make_opus (GstClockTime pts, guint64 user_id)
{
  static const guint8 packet[] = { 0xfc, 1, 2, 3 };
  GstBuffer *buffer = gst_buffer_new_memdup (packet, sizeof (packet));
  GstDiscordMediaMeta *meta = gst_buffer_add_discord_media_meta (buffer);

  meta->user_id = user_id;
  meta->ssrc = 77;
  meta->audio_level = 23;
  meta->voice_activity = TRUE;
  meta->sender_time = 1700000000 * GST_SECOND;
  GST_BUFFER_PTS (buffer) = pts;
  return buffer;
}

static void
push (GstClockTime pts, guint64 user_id)
{
  fail_unless_equals_int (
      gst_harness_push (harness, make_opus (pts, user_id)), GST_FLOW_OK);
}

static GstEvent *
pull_event (GstEventType type)
{
  GstEvent *event;

  while ((event = gst_harness_pull_event (harness)) != NULL
      && GST_EVENT_TYPE (event) != type)
    gst_event_unref (event);
  fail_unless (event != NULL, "no %s event", gst_event_type_get_name (type));
  return event;
}

static guint
count_events (GstEventType type)
{
  GstEvent *event;
  guint count = 0;

  while ((event = gst_harness_try_pull_event (harness)) != NULL) {
    count += GST_EVENT_TYPE (event) == type ? 1 : 0;
    gst_event_unref (event);
  }
  return count;
}

static void
check_stream_id (const gchar *suffix)
{
  g_autoptr (GstEvent) event = pull_event (GST_EVENT_STREAM_START);
  const gchar *stream_id;
  guint group_id;

  gst_event_parse_stream_start (event, &stream_id);
  fail_unless (g_str_has_suffix (stream_id, suffix), "%s", stream_id);
  fail_unless (gst_event_parse_group_id (event, &group_id));
  fail_unless_equals_int (group_id, 5);
}

static void
check_tag (const gchar *expected)
{
  g_autoptr (GstEvent) event = pull_event (GST_EVENT_TAG);
  g_autofree gchar *comment = NULL;
  GstTagList *tags;

  gst_event_parse_tag (event, &tags);
  fail_unless (
      gst_tag_list_get_string (tags, GST_TAG_EXTENDED_COMMENT, &comment));
  fail_unless_equals_string (comment, expected);
}

static void
check_gap (GstClockTime from, GstClockTime duration)
{
  g_autoptr (GstEvent) event = pull_event (GST_EVENT_GAP);
  GstClockTime start, length;

  gst_event_parse_gap (event, &start, &length);
  fail_unless_equals_uint64 (start, from);
  fail_unless_equals_uint64 (length, duration);
}

GST_START_TEST (pain_21_stream_is_named_after_its_user)
{
  g_autoptr (GstEvent) caps_event = NULL;
  g_autoptr (GstCaps) expected = gst_caps_from_string (
      "audio/x-opus, rate=48000, channels=2, channel-mapping-family=0");
  GstCaps *caps;

  setup_user (290926798999357250);
  push (0, 0);
  check_stream_id ("/290926798999357250/audio");
  caps_event = pull_event (GST_EVENT_CAPS);
  gst_event_parse_caps (caps_event, &caps);
  fail_unless (gst_caps_is_strictly_equal (caps, expected));
  check_tag ("discord-user-id=290926798999357250");
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_metadata)
{
  g_autoptr (GstBuffer) buffer = NULL;
  GstReferenceTimestampMeta *reference;
  GstAudioLevelMeta *level;

  setup_user (5);
  push (3 * FRAME, 0);
  buffer = gst_harness_pull (harness);
  fail_unless_equals_uint64 (
      gst_buffer_get_discord_media_meta (buffer)->user_id, 5);
  level = gst_buffer_get_audio_level_meta (buffer);
  fail_unless (level != NULL);
  fail_unless_equals_int (level->level, 23);
  fail_unless (level->voice_activity);
  reference = gst_buffer_get_reference_timestamp_meta (buffer, NULL);
  fail_unless (reference != NULL);
  fail_unless_equals_uint64 (reference->timestamp, 1700000000 * GST_SECOND);
  fail_unless (gst_structure_has_name (
      gst_caps_get_structure (reference->reference, 0), "timestamp/x-unix"));
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), 3 * FRAME);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (buffer), FRAME);
  fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT));
  finish ();
}
GST_END_TEST;

/* The same stream, with tags and metas. */
GST_START_TEST (pain_09_user_becomes_known_later)
{
  g_autoptr (GstBuffer) buffer = NULL;

  setup_user (0);
  push (0, 0);
  check_stream_id ("/ssrc-77/audio");
  buffer = gst_harness_pull (harness);
  fail_unless_equals_uint64 (
      gst_buffer_get_discord_media_meta (buffer)->user_id, 0);

  gst_discord_user_stream_set_user (GST_DISCORD_USER_STREAM (stream), 5);
  push (FRAME, 0);
  check_tag ("discord-user-id=5");
  fail_unless_equals_int (count_events (GST_EVENT_STREAM_START), 0);
  gst_clear_buffer (&buffer);
  buffer = gst_harness_pull (harness);
  fail_unless_equals_uint64 (
      gst_buffer_get_discord_media_meta (buffer)->user_id, 5);
  finish ();
}
GST_END_TEST;

/* Another RTP stream of the user. */
static GstHarness *
add_successor (void)
{
  g_autoptr (GstPad) pad =
      gst_discord_user_stream_add_sink (GST_DISCORD_USER_STREAM (stream));

  return gst_harness_new_with_element (stream, GST_PAD_NAME (pad), NULL);
}

GST_START_TEST (pain_05_stream_goes_on_under_another_ssrc)
{
  g_autoptr (GstBuffer) first = NULL;
  g_autoptr (GstBuffer) second = NULL;
  GstHarness *successor;

  setup_user (5);
  push (2 * FRAME, 0);
  fail_unless (gst_harness_push_event (harness, gst_event_new_eos ()));
  first = gst_harness_pull (harness);
  fail_unless_equals_int (count_events (GST_EVENT_EOS), 0);
  successor = add_successor ();
  gst_harness_set_src_caps_str (successor, "audio/x-opus, channels=2");
  /* Its clock starts anew; time does not go back. */
  fail_unless_equals_int (
      gst_harness_push (successor, make_opus (FRAME, 0)), GST_FLOW_OK);
  second = gst_harness_pull (harness);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (second), 3 * FRAME);
  fail_unless (GST_BUFFER_FLAG_IS_SET (second, GST_BUFFER_FLAG_DISCONT));
  /* neither EOS nor stream-start, caps or segment once more */
  fail_unless (gst_harness_try_pull_event (harness) == NULL);
  gst_harness_teardown (successor);
  finish ();
}
GST_END_TEST;

/* Its segment waits for the turn, too. */
static gpointer
push_successor (gpointer data)
{
  gst_harness_set_src_caps_str (data, "audio/x-opus, channels=2");
  return GINT_TO_POINTER (gst_harness_push (data, make_opus (4 * FRAME, 0)));
}

/* What the one before had buffered comes first, however late. */
GST_START_TEST (test_successor_waits_for_its_turn)
{
  g_autoptr (GstBuffer) first = NULL;
  g_autoptr (GstBuffer) second = NULL;
  GstHarness *successor;
  GThread *thread;

  setup_user (5);
  successor = add_successor ();
  thread = g_thread_new ("successor", push_successor, successor);
  push (0, 0);
  push (FRAME, 0);
  first = gst_harness_pull (harness);
  second = gst_harness_pull (harness);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (second), FRAME);
  fail_unless_equals_int (gst_harness_buffers_in_queue (harness), 0);
  fail_unless (gst_harness_push_event (harness, gst_event_new_eos ()));
  fail_unless_equals_int (
      GPOINTER_TO_INT (g_thread_join (thread)), GST_FLOW_OK);
  gst_clear_buffer (&second);
  second = gst_harness_pull (harness);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (second), 4 * FRAME);
  gst_harness_teardown (successor);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_stop_while_waiting_for_the_turn)
{
  GstHarness *successor;
  GThread *thread;

  setup_user (5);
  successor = add_successor ();
  thread = g_thread_new ("successor", push_successor, successor);
  fail_unless_equals_int (
      gst_element_set_state (stream, GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int (
      GPOINTER_TO_INT (g_thread_join (thread)), GST_FLOW_FLUSHING);
  gst_harness_teardown (successor);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_end_of_the_last)
{
  GstHarness *successor;

  setup_user (5);
  push (0, 0);
  successor = add_successor ();
  gst_discord_user_stream_set_last (GST_DISCORD_USER_STREAM (stream));
  fail_unless (gst_harness_push_event (harness, gst_event_new_eos ()));
  fail_unless_equals_int (count_events (GST_EVENT_EOS), 0);
  gst_harness_set_src_caps_str (successor, "audio/x-opus, channels=2");
  fail_unless (gst_harness_push_event (successor, gst_event_new_eos ()));
  fail_unless_equals_int (count_events (GST_EVENT_EOS), 1);
  gst_harness_teardown (successor);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_end_now)
{
  setup_user (5);
  push (0, 0);
  fail_unless (gst_harness_push_event (harness, gst_event_new_eos ()));
  fail_unless_equals_int (count_events (GST_EVENT_EOS), 0);
  gst_discord_user_stream_end (GST_DISCORD_USER_STREAM (stream));
  gst_discord_user_stream_end (GST_DISCORD_USER_STREAM (stream));
  fail_unless_equals_int (count_events (GST_EVENT_EOS), 1);
  finish ();
}
GST_END_TEST;

static gpointer
end_now (gpointer data)
{
  gst_discord_user_stream_end (data);
  return NULL;
}

/* What is stopped before its end comes through begins anew. */
GST_START_TEST (test_end_while_stopping)
{
  g_autoptr (GstPad) src = NULL;

  setup_user (5);
  src = gst_element_get_static_pad (stream, "src");
  for (guint i = 0; i < 200; i++) {
    GThread *thread;

    GST_PAD_STREAM_LOCK (src);
    thread = g_thread_new ("end", end_now, stream);
    g_thread_yield ();
    gst_element_set_state (stream, GST_STATE_READY);
    GST_PAD_STREAM_UNLOCK (src);
    g_thread_join (thread);
    count_events (GST_EVENT_EOS);
    gst_element_set_state (stream, GST_STATE_PLAYING);
    gst_discord_user_stream_end (GST_DISCORD_USER_STREAM (stream));
    fail_unless_equals_int (count_events (GST_EVENT_EOS), 1);
  }
  finish ();
}
GST_END_TEST;

/* Nobody could tell that it goes on. */
GST_START_TEST (test_stranger_ends_with_the_ssrc)
{
  setup_user (0);
  push (0, 0);
  fail_unless (gst_harness_push_event (harness, gst_event_new_eos ()));
  fail_unless_equals_int (count_events (GST_EVENT_EOS), 1);
  finish ();
}
GST_END_TEST;

/* Time goes on in pauses, and never back. */
GST_START_TEST (pain_06_pauses_become_gaps)
{
  g_autoptr (GstBuffer) buffer = NULL;

  setup_user (5);
  push (0, 0);
  gst_discord_user_stream_fill_gap (
      GST_DISCORD_USER_STREAM (stream), FRAME + 39 * GST_MSECOND);
  gst_discord_user_stream_fill_gap (
      GST_DISCORD_USER_STREAM (stream), FRAME + 100 * GST_MSECOND);
  check_gap (FRAME, 100 * GST_MSECOND);
  gst_buffer_unref (gst_harness_pull (harness));

  /* A packet of the time that is over follows the gap. */
  push (FRAME + 90 * GST_MSECOND, 0);
  buffer = gst_harness_pull (harness);
  fail_unless_equals_uint64 (
      GST_BUFFER_PTS (buffer), FRAME + 100 * GST_MSECOND);
  fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT));
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_no_gap_before_the_first_packet_or_after_eos)
{
  setup_user (5);
  gst_discord_user_stream_fill_gap (
      GST_DISCORD_USER_STREAM (stream), GST_SECOND);
  push (0, 0);
  gst_discord_user_stream_end (GST_DISCORD_USER_STREAM (stream));
  gst_discord_user_stream_fill_gap (
      GST_DISCORD_USER_STREAM (stream), 2 * GST_SECOND);
  fail_unless_equals_int (count_events (GST_EVENT_GAP), 0);
  fail_unless_equals_int (
      gst_harness_push (harness, make_opus (FRAME, 5)), GST_FLOW_EOS);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_lost_packet_becomes_a_gap)
{
  g_autoptr (GstBuffer) buffer = NULL;

  setup_user (5);
  push (0, 0);
  fail_unless (
      gst_harness_push_event (harness, gst_event_new_gap (FRAME, FRAME)));
  check_gap (FRAME, FRAME);
  /* what was told already is not told again */
  fail_unless (
      gst_harness_push_event (harness, gst_event_new_gap (FRAME, 2 * FRAME)));
  check_gap (2 * FRAME, FRAME);
  fail_unless (
      gst_harness_push_event (harness, gst_event_new_gap (FRAME, FRAME)));
  fail_unless_equals_int (count_events (GST_EVENT_GAP), 0);
  gst_buffer_unref (gst_harness_pull (harness));
  push (3 * FRAME, 0);
  buffer = gst_harness_pull (harness);
  fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT));
  finish ();
}
GST_END_TEST;

/* Whoever comes first is told of a user who leaves without a word, too. */
GST_START_TEST (test_eos_without_a_packet)
{
  setup_user (5);
  gst_discord_user_stream_set_last (GST_DISCORD_USER_STREAM (stream));
  fail_unless (gst_harness_push_event (harness, gst_event_new_eos ()));
  check_stream_id ("/5/audio");
  gst_event_unref (pull_event (GST_EVENT_EOS));
  finish ();
}
GST_END_TEST;

static Suite *
discorduserstream_suite (void)
{
  Suite *suite = suite_create ("discorduserstream");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, pain_21_stream_is_named_after_its_user);
  tcase_add_test (tc, test_metadata);
  tcase_add_test (tc, pain_09_user_becomes_known_later);
  tcase_add_test (tc, pain_05_stream_goes_on_under_another_ssrc);
  tcase_add_test (tc, test_successor_waits_for_its_turn);
  tcase_add_test (tc, test_stop_while_waiting_for_the_turn);
  tcase_add_test (tc, test_end_of_the_last);
  tcase_add_test (tc, test_end_now);
  tcase_add_test (tc, test_end_while_stopping);
  tcase_add_test (tc, test_stranger_ends_with_the_ssrc);
  tcase_add_test (tc, pain_06_pauses_become_gaps);
  tcase_add_test (tc, test_no_gap_before_the_first_packet_or_after_eos);
  tcase_add_test (tc, test_lost_packet_becomes_a_gap);
  tcase_add_test (tc, test_eos_without_a_packet);
  return suite;
}

GST_CHECK_MAIN (discorduserstream);
