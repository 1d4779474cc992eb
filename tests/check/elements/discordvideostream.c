/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two layers of one picture, and what a pad shows of them. */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/discord/discord.h>
#include <gst/video/video.h>

#include "gstdiscordvideostream.h"

#define USER G_GUINT64_CONSTANT (290926798999357250)
#define GROUP 7
#define LOW 10
#define HIGH 20

typedef struct
{
  GstPad *src; /* what feeds it */
  GstPad *sink; /* of the stream */
  guint requests; /* of keyframes */
} Input;

static GstDiscordVideoStream *stream;
static GstHarness *h;
static GstTestClock *test_clock;
static Input low, high;
static guint switches; /* signals */

static gboolean
on_upstream_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  Input *input = gst_pad_get_element_private (pad);

  input->requests += gst_video_event_is_force_key_unit (event);
  gst_event_unref (event);
  return TRUE;
}

static void
set_caps (Input *input, gint width, gint height)
{
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("video/x-vp8", "width",
      G_TYPE_INT, width, "height", G_TYPE_INT, height, NULL);

  fail_unless (gst_pad_push_event (input->src, gst_event_new_caps (caps)));
}

static void
input_init (Input *input, guint32 ssrc)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  *input = (Input){ .src = gst_pad_new (NULL, GST_PAD_SRC),
    .sink = gst_discord_video_stream_add_sink (stream, ssrc) };
  gst_pad_set_element_private (input->src, input);
  gst_pad_set_event_function (input->src, on_upstream_event);
  fail_unless (gst_pad_set_active (input->src, TRUE));
  fail_unless (gst_pad_link (input->src, input->sink) == GST_PAD_LINK_OK);
  gst_pad_push_event (input->src, gst_event_new_stream_start ("layer"));
  set_caps (input, ssrc, ssrc);
  gst_pad_push_event (input->src, gst_event_new_segment (&segment));
}

static void
input_clear (Input *input)
{
  if (input->sink != NULL)
    gst_discord_video_stream_remove_sink (stream, input->sink);
  gst_clear_object (&input->sink);
  gst_clear_object (&input->src);
}

static void
on_switched (GstElement *element, gpointer user_data)
{
  switches++;
}

static void
setup (void)
{
  stream = GST_DISCORD_VIDEO_STREAM (
      gst_object_ref_sink (gst_discord_video_stream_new (USER, GROUP)));
  g_signal_connect (stream, "switched", G_CALLBACK (on_switched), NULL);
  switches = 0;
  h = gst_harness_new_with_element (GST_ELEMENT (stream), NULL, "src");
  gst_harness_use_testclock (h);
  test_clock = gst_harness_get_testclock (h);
  gst_harness_play (h);
  input_init (&low, LOW);
  input_init (&high, HIGH);
}

static void
teardown (void)
{
  input_clear (&low);
  input_clear (&high);
  gst_object_unref (test_clock);
  gst_harness_teardown (h);
  gst_object_unref (stream);
}

/* Frame @number, which is what it is in milliseconds as well. */
static void
push (Input *input, guint number, gboolean keyframe)
{
  GstBuffer *frame = gst_buffer_new_allocate (NULL, 4, NULL);

  GST_BUFFER_PTS (frame) = number * GST_MSECOND;
  GST_BUFFER_OFFSET (frame) = number;
  if (!keyframe)
    GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT);
  /* Upstream does not learn what becomes of it. */
  fail_unless_equals_int (gst_pad_push (input->src, frame), GST_FLOW_OK);
}

/* (transfer full) */
static GstBuffer *
expect_frame (guint number, gboolean discont)
{
  GstBuffer *frame = gst_harness_try_pull (h);

  fail_unless (frame != NULL, "frame %u did not come", number);
  fail_unless_equals_uint64 (GST_BUFFER_OFFSET (frame), number);
  fail_unless_equals_int (GST_BUFFER_IS_DISCONT (frame), discont);
  return frame;
}

static void
expect (guint number, gboolean discont)
{
  gst_buffer_unref (expect_frame (number, discont));
}

static void
expect_nothing (void)
{
  fail_unless_equals_int (gst_harness_buffers_in_queue (h), 0);
}

static void
expect_requests (Input *input, guint n)
{
  fail_unless_equals_int (input->requests, n);
  input->requests = 0;
}

/* (transfer full) (nullable): the next one of @type, those before it are gone. */
static GstEvent *
pull_event (GstEventType type)
{
  GstEvent *event;

  while ((event = gst_harness_try_pull_event (h)) != NULL
      && GST_EVENT_TYPE (event) != type)
    gst_event_unref (event);
  return event;
}

static void
expect_size (gint expected)
{
  g_autoptr (GstEvent) event = pull_event (GST_EVENT_CAPS);
  GstCaps *caps;
  gint width;

  fail_unless (event != NULL);
  gst_event_parse_caps (event, &caps);
  fail_unless (gst_structure_get_int (
      gst_caps_get_structure (caps, 0), "width", &width));
  fail_unless_equals_int (width, expected);
}

/* The first buffer can be decoded, and what names the stream comes before it. */
GST_START_TEST (test_first_buffer)
{
  const gchar *stream_id;
  guint group_id;
  GstEvent *event;

  gst_discord_video_stream_set_target (stream, LOW);
  push (&low, 1, FALSE);
  expect_nothing ();
  fail_unless (gst_harness_try_pull_event (h) == NULL);
  push (&low, 2, TRUE);
  push (&low, 3, FALSE);
  expect (2, TRUE);
  expect (3, FALSE);
  fail_unless_equals_int (switches, 1);
  fail_unless_equals_uint64 (gst_discord_video_stream_get_switches (stream), 0);

  event = gst_harness_pull_event (h);
  fail_unless_equals_int (GST_EVENT_TYPE (event), GST_EVENT_STREAM_START);
  gst_event_parse_stream_start (event, &stream_id);
  fail_unless (g_str_has_suffix (stream_id, "/video"));
  fail_unless (gst_event_parse_group_id (event, &group_id));
  fail_unless_equals_int (group_id, GROUP);
  gst_event_unref (event);
  expect_size (LOW);
}
GST_END_TEST;

/* Without a parser in between, of which there is none for VP8. */
GST_START_TEST (test_caps_for_webm)
{
  g_autoptr (GstElementFactory) muxer = gst_element_factory_find ("webmmux");
  g_autoptr (GstEvent) event = NULL;
  GstCaps *caps;

  fail_unless (muxer != NULL);
  set_caps (&low, 320, 180);
  gst_discord_video_stream_set_target (stream, LOW);
  push (&low, 1, TRUE);
  event = pull_event (GST_EVENT_CAPS);
  fail_unless (event != NULL);
  gst_event_parse_caps (event, &caps);
  fail_unless (gst_element_factory_can_sink_all_caps (muxer, caps));
}
GST_END_TEST;

/* What refuses the caps only says so to us, who has to pass it on; once. */
GST_START_TEST (test_refused_caps)
{
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  gst_element_set_bus (GST_ELEMENT (stream), bus);
  gst_harness_set_sink_caps_str (h, "video/x-vp9");
  gst_discord_video_stream_set_target (stream, LOW);
  push (&low, 1, TRUE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
  fail_unless (message != NULL);
  gst_message_parse_warning (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION));
  fail_unless (strstr (error->message, "video/x-vp8") != NULL);
  push (&low, 2, FALSE);
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING) == NULL);
  gst_element_set_bus (GST_ELEMENT (stream), NULL);
}
GST_END_TEST;

/* Each second while frames come, and no keyframe. */
GST_START_TEST (test_requests)
{
  gst_discord_video_stream_set_target (stream, LOW);
  push (&low, 1, FALSE);
  push (&low, 2, FALSE);
  expect_requests (&low, 1);
  gst_test_clock_advance_time (test_clock, GST_SECOND - 1);
  push (&low, 3, FALSE);
  expect_requests (&low, 0);
  gst_test_clock_advance_time (test_clock, 1);
  push (&low, 4, FALSE);
  expect_requests (&low, 1);
  push (&low, 5, TRUE);
  gst_test_clock_advance_time (test_clock, GST_SECOND);
  push (&low, 6, FALSE);
  expect_requests (&low, 0);
  expect_requests (&high, 0);
}
GST_END_TEST;

/* The layer before goes on until the other has a keyframe, and is over then;
 * though it is the same instant, time goes on. */
GST_START_TEST (test_switch)
{
  GstBuffer *frame;

  gst_discord_video_stream_set_target (stream, LOW);
  push (&low, 1, TRUE);
  expect (1, TRUE);
  expect_size (LOW);

  gst_discord_video_stream_set_target (stream, HIGH);
  push (&high, 11, FALSE);
  expect_requests (&high, 1);
  push (&low, 2, FALSE);
  expect (2, FALSE);
  fail_unless_equals_int (gst_discord_video_stream_get_current (stream), LOW);
  push (&low, 12, FALSE);
  expect (12, FALSE);
  push (&high, 12, TRUE);
  frame = expect_frame (12, TRUE);
  fail_unless (GST_BUFFER_PTS (frame) > 12 * GST_MSECOND);
  fail_unless (GST_BUFFER_PTS (frame) < 13 * GST_MSECOND);
  gst_buffer_unref (frame);
  expect_size (HIGH);
  fail_unless_equals_int (gst_discord_video_stream_get_current (stream), HIGH);
  fail_unless_equals_uint64 (gst_discord_video_stream_get_switches (stream), 1);
  fail_unless_equals_int (switches, 2);

  push (&low, 13, FALSE);
  push (&low, 14, TRUE);
  expect_nothing ();
  expect_requests (&low, 0);
  push (&high, 15, FALSE);
  expect (15, FALSE);

  /* And back. */
  gst_discord_video_stream_set_target (stream, LOW);
  push (&low, 16, FALSE);
  push (&high, 17, TRUE);
  expect (17, FALSE);
  push (&low, 18, TRUE);
  expect (18, TRUE);
  expect_size (LOW);
}
GST_END_TEST;

/* Which layer is wanted changes while the first is still awaited. */
GST_START_TEST (test_any_keyframe_makes_a_picture)
{
  gst_discord_video_stream_set_target (stream, HIGH);
  push (&low, 1, FALSE);
  push (&low, 2, TRUE);
  expect (2, TRUE);
  push (&high, 3, TRUE);
  expect (3, TRUE);
}
GST_END_TEST;

GST_START_TEST (test_hidden)
{
  gst_discord_video_stream_set_target (stream, LOW);
  push (&low, 1, TRUE);
  expect (1, TRUE);
  gst_discord_video_stream_set_target (stream, 0);
  push (&low, 2, FALSE);
  push (&low, 3, TRUE);
  push (&high, 4, TRUE);
  expect_nothing ();
  expect_requests (&low, 0);
  gst_discord_video_stream_set_target (stream, LOW);
  push (&low, 5, FALSE);
  expect_nothing ();
  expect_requests (&low, 1);
  push (&low, 6, TRUE);
  expect (6, TRUE);
}
GST_END_TEST;

/* The SSRC is gone, as it is in a new session. */
GST_START_TEST (test_layer_leaves)
{
  gst_discord_video_stream_set_target (stream, LOW);
  push (&low, 1, TRUE);
  expect (1, TRUE);
  input_clear (&low);
  fail_unless_equals_int (gst_discord_video_stream_get_current (stream), 0);
  push (&high, 2, FALSE);
  expect_nothing ();
  push (&high, 3, TRUE);
  expect (3, TRUE);
}
GST_END_TEST;

/* A layer's end, its losses and its names are not the picture's. */
GST_START_TEST (test_events_of_layers)
{
  GstEvent *event;

  gst_discord_video_stream_set_target (stream, LOW);
  push (&low, 1, TRUE);
  expect (1, TRUE);
  while ((event = gst_harness_try_pull_event (h)) != NULL)
    gst_event_unref (event);
  gst_pad_push_event (low.src, gst_event_new_gap (0, GST_MSECOND));
  gst_pad_push_event (low.src, gst_event_new_stream_start ("another"));
  gst_pad_push_event (high.src, gst_event_new_eos ());
  fail_unless (gst_harness_try_pull_event (h) == NULL);
  push (&low, 2, FALSE);
  expect (2, FALSE);
}
GST_END_TEST;

GST_START_TEST (test_pause)
{
  GstClockTime timestamp;
  GstEvent *event;

  /* Nothing began. */
  gst_discord_video_stream_pause (stream);
  fail_unless (gst_harness_try_pull_event (h) == NULL);

  gst_discord_video_stream_set_target (stream, LOW);
  push (&low, 1, TRUE);
  expect (1, TRUE);
  gst_discord_video_stream_pause (stream);
  event = pull_event (GST_EVENT_GAP);
  fail_unless (event != NULL);
  gst_event_parse_gap (event, &timestamp, NULL);
  fail_unless_equals_uint64 (timestamp, 1 * GST_MSECOND);
  gst_event_unref (event);
  push (&low, 2, FALSE);
  expect_nothing ();
  gst_discord_video_stream_set_target (stream, LOW);
  push (&low, 3, FALSE);
  push (&low, 4, TRUE);
  expect (4, TRUE);
}
GST_END_TEST;

GST_START_TEST (test_end)
{
  GstEvent *event;

  gst_discord_video_stream_set_target (stream, LOW);
  push (&low, 1, TRUE);
  expect (1, TRUE);
  gst_discord_video_stream_end (stream);
  gst_discord_video_stream_end (stream);
  event = pull_event (GST_EVENT_EOS);
  fail_unless (event != NULL);
  gst_event_unref (event);
  fail_unless (pull_event (GST_EVENT_EOS) == NULL);
  push (&low, 2, TRUE);
  expect_nothing ();
}
GST_END_TEST;

static gpointer
end_now (gpointer data)
{
  gst_discord_video_stream_end (data);
  return NULL;
}

/* What is stopped before its end comes through begins anew. */
GST_START_TEST (test_end_while_stopping)
{
  GstElement *element = GST_ELEMENT (stream);
  g_autoptr (GstPad) src = gst_element_get_static_pad (element, "src");

  gst_discord_video_stream_set_target (stream, LOW);
  for (guint i = 0; i < 200; i++) {
    GThread *thread;

    GST_PAD_STREAM_LOCK (src);
    thread = g_thread_new ("end", end_now, stream);
    g_thread_yield ();
    gst_element_set_state (element, GST_STATE_READY);
    GST_PAD_STREAM_UNLOCK (src);
    g_thread_join (thread);
    gst_element_set_state (element, GST_STATE_PLAYING);
    push (&low, i, TRUE);
    expect (i, TRUE);
  }
}
GST_END_TEST;

/* Nothing began, so nothing ends. */
GST_START_TEST (test_end_without_a_picture)
{
  gst_discord_video_stream_end (stream);
  fail_unless (gst_harness_try_pull_event (h) == NULL);
}
GST_END_TEST;

GST_START_TEST (test_downstream_asks_for_a_keyframe)
{
  gst_discord_video_stream_set_target (stream, LOW);
  fail_if (gst_harness_push_upstream_event (h,
      gst_video_event_new_upstream_force_key_unit (
          GST_CLOCK_TIME_NONE, TRUE, 0)));
  push (&low, 1, TRUE);
  expect (1, TRUE);
  fail_unless (gst_harness_push_upstream_event (h,
      gst_video_event_new_upstream_force_key_unit (
          GST_CLOCK_TIME_NONE, TRUE, 1)));
  expect_requests (&low, 1);
  expect_requests (&high, 0);
}
GST_END_TEST;

static Suite *
videostream_suite (void)
{
  Suite *suite = suite_create ("discordvideostream");
  TCase *tcase = tcase_create ("elements");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, test_first_buffer);
  tcase_add_test (tcase, test_caps_for_webm);
  tcase_add_test (tcase, test_refused_caps);
  tcase_add_test (tcase, test_requests);
  tcase_add_test (tcase, test_switch);
  tcase_add_test (tcase, test_any_keyframe_makes_a_picture);
  tcase_add_test (tcase, test_hidden);
  tcase_add_test (tcase, test_layer_leaves);
  tcase_add_test (tcase, test_events_of_layers);
  tcase_add_test (tcase, test_pause);
  tcase_add_test (tcase, test_end);
  tcase_add_test (tcase, test_end_while_stopping);
  tcase_add_test (tcase, test_end_without_a_picture);
  tcase_add_test (tcase, test_downstream_asks_for_a_keyframe);
  return suite;
}

GST_CHECK_MAIN (videostream);
