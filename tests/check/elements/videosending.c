/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the pacing sink does with single frames of video, with a connection and a
 * clock that do what they are told to. */
#include "gstdiscordvideoplayer.h"

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#define SSRC 4711
#define FRAME (100 * GST_MSECOND)
#define VP8 "video/x-vp8"
#define H264                                                                   \
  "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au"

static struct
{
  GstClockTime now;
  GstDiscordSendState send;
  GstDiscordVideoDecision decision;
} fake;

static GstDiscordConnection *connection;
static DiscordTimeline *timeline;
static GstHarness *h;

/* In the place of GLib's, for the limits that are ones of real time. The library
 * has it too, and waits with it for its thread at process exit: decades ahead of
 * the real one, so that this takes as long as it has to. */
gint64
g_get_monotonic_time (void)
{
  return (G_GINT64_CONSTANT (1) << 50) + (gint64) (fake.now / GST_USECOND);
}

/* A clock on which nobody has to wait. */
typedef GstClock FakeClock;
typedef GstClockClass FakeClockClass;
static GType fake_clock_get_type (void);
G_DEFINE_TYPE (FakeClock, fake_clock, GST_TYPE_CLOCK);

static GstClockTime
fake_clock_get_internal_time (GstClock *clock)
{
  return fake.now;
}

static GstClockReturn
fake_clock_wait (
    GstClock *clock, GstClockEntry *entry, GstClockTimeDiff *jitter)
{
  *jitter = GST_CLOCK_DIFF (GST_CLOCK_ENTRY_TIME (entry), fake.now);
  return *jitter > 0 ? GST_CLOCK_EARLY : GST_CLOCK_OK;
}

static void
fake_clock_class_init (FakeClockClass *klass)
{
  klass->get_internal_time = fake_clock_get_internal_time;
  klass->wait = fake_clock_wait;
}

static void
fake_clock_init (FakeClock *self)
{
}

void
gst_discord_connection_get_send_state (
    GstDiscordConnection *self, GstDiscordSendState *state)
{
  *state = fake.send;
}

guint
gst_discord_connection_add_send_watch (GstDiscordConnection *self,
    GstDiscordSendStateFunc func, gpointer user_data)
{
  func (self, &fake.send, user_data);
  return 1;
}

void
gst_discord_connection_remove_send_watch (GstDiscordConnection *self, guint id)
{
}

void
gst_discord_connection_get_video_state (
    GstDiscordConnection *self, GstDiscordVideoState *state)
{
  *state = (GstDiscordVideoState){ .codec = fake.decision.codec };
}

/* Every change of the input is answered at once. */
static void
decide (gpointer user_data)
{
  gst_discord_video_player_decide (user_data, &fake.decision, FALSE);
}

static void
setup (void)
{
  GstDiscordConnectionConfig config = { .session_id = "session",
    .voice_token = "token",
    .endpoint = "127.0.0.1:9",
    .user_id = 1,
    .guild_id = 2,
    .channel_id = 3,
    .timeout = 30,
    .gateway_version = 9 };

  connection = gst_discord_connection_acquire (&config, NULL);
  fail_unless (connection != NULL);
  fake.send = (GstDiscordSendState){
    .state = GST_DISCORD_CONNECTION_STATE_CONNECTED,
    .can_send = TRUE,
    .generation = 1,
    .e2ee = GST_DISCORD_E2EE_STATE_CLEAR,
  };
  fake.decision = (GstDiscordVideoDecision){
    .generation = 1,
    .ssrc = SSRC,
    .selected = TRUE,
    .codec = GST_DISCORD_CODEC_VP8,
  };
}

/* Not in the fixture: what is decided before counts. */
static void
begin (const gchar *caps)
{
  g_autoptr (GstClock) clock =
      gst_object_ref_sink (g_object_new (fake_clock_get_type (), NULL));
  GstElement *player =
      gst_object_ref_sink (g_object_new (GST_TYPE_DISCORD_VIDEO_PLAYER, NULL));

  timeline = discord_timeline_new ();
  gst_discord_media_sink_set_timeline (
      GST_DISCORD_MEDIA_SINK (player), timeline);
  gst_base_sink_set_async_enabled (GST_BASE_SINK (player), FALSE);
  gst_discord_media_sink_set_connection (
      GST_DISCORD_MEDIA_SINK (player), connection);
  gst_discord_video_player_set_changed_func (
      GST_DISCORD_VIDEO_PLAYER (player), decide, player);
  h = gst_harness_new_with_element (player, "sink", "src");
  gst_object_unref (player);
  gst_element_set_clock (h->element, clock);
  gst_harness_set_src_caps_str (h, caps);
}

static void
finish (void)
{
  GstElement *player = gst_object_ref (h->element);

  gst_harness_teardown (h);
  gst_discord_media_sink_set_connection (GST_DISCORD_MEDIA_SINK (player), NULL);
  gst_object_unref (player);
  gst_discord_connection_release (connection);
  g_clear_pointer (&timeline, discord_timeline_unref);
}

static GstBuffer *
make_frame (guint number, gboolean key)
{
  GstBuffer *frame = gst_buffer_new_allocate (NULL, 100, NULL);

  GST_BUFFER_PTS (frame) = number * FRAME;
  GST_BUFFER_DURATION (frame) = FRAME;
  if (!key)
    GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT);
  return frame;
}

/* When it is due. */
static GstFlowReturn
push (guint number, gboolean key)
{
  fake.now = number * FRAME;
  return gst_harness_push (h, make_frame (number, key));
}

static guint64
get_stat (const gchar *name)
{
  g_autoptr (GstStructure) stats = gst_structure_new_empty ("stats");
  guint64 value;

  gst_discord_video_player_add_stats (
      GST_DISCORD_VIDEO_PLAYER (h->element), stats);
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "no %s", name);
  return value;
}

/* What went upstream since the last look: so many events called @name. */
static guint
take_events (const gchar *name)
{
  guint n = 0;
  GstEvent *event;

  while ((event = gst_harness_try_pull_upstream_event (h)) != NULL) {
    const GstStructure *structure = gst_event_get_structure (event);

    n += g_str_equal (GST_EVENT_TYPE_NAME (event), name)
        || (structure != NULL && gst_structure_has_name (structure, name));
    gst_event_unref (event);
  }
  return n;
}

#define KEY_UNIT "GstForceKeyUnit"

/* Upstream is asked so that each keyframe comes in time; @interval in frames. */
static void
expect_interval (guint interval)
{
  begin (VP8);
  for (guint i = 0; i < 3 * interval; i++) {
    fail_unless_equals_int (push (i, i % interval == 0), GST_FLOW_OK);
    fail_unless (take_events (KEY_UNIT) == (i % interval == interval - 1),
        "at frame %u", i);
  }
  fail_unless_equals_uint64 (get_stat ("frames-sent"), 3 * interval);
  finish ();
}

GST_START_TEST (test_interval_as_told)
{
  fake.decision.keyframe_interval = 1000;
  expect_interval (10);
}
GST_END_TEST;

GST_START_TEST (test_interval_not_told)
{
  expect_interval (20);
}
GST_END_TEST;

/* What comes by itself counts as well. */
GST_START_TEST (test_interval_from_last_keyframe)
{
  fake.decision.keyframe_interval = 1000;
  begin (VP8);
  for (guint i = 0; i < 16; i++) {
    push (i, i == 0 || i == 7);
    fail_unless_equals_int (take_events (KEY_UNIT), 0);
  }
  push (16, FALSE);
  fail_unless_equals_int (take_events (KEY_UNIT), 1);
  finish ();
}
GST_END_TEST;

/* A file cannot make keyframes; it is sent all the same. */
GST_START_TEST (test_interval_without_answer)
{
  guint asked = 0;

  fake.decision.keyframe_interval = 1000;
  begin (VP8);
  for (guint i = 0; i < 40; i++) {
    push (i, i == 0);
    asked += take_events (KEY_UNIT);
  }
  fail_unless_equals_int (asked, 4);
  fail_unless_equals_uint64 (get_stat ("frames-sent"), 40);
  finish ();
}
GST_END_TEST;

/* Receivers ask by way of the pad behind. */
GST_START_TEST (test_request_goes_upstream)
{
  begin (VP8);
  push (0, TRUE);
  take_events (KEY_UNIT);
  gst_harness_push_upstream_event (h,
      gst_video_event_new_upstream_force_key_unit (
          GST_CLOCK_TIME_NONE, TRUE, 0));
  fail_unless_equals_int (take_events (KEY_UNIT), 1);
  finish ();
}
GST_END_TEST;

static GstClockTimeDiff
take_jitter (void)
{
  GstClockTimeDiff jitter = 0;
  GstEvent *event;

  while ((event = gst_harness_try_pull_upstream_event (h)) != NULL) {
    if (GST_EVENT_TYPE (event) == GST_EVENT_QOS)
      gst_event_parse_qos (event, NULL, NULL, &jitter, NULL);
    gst_event_unref (event);
  }
  return jitter;
}

/* Who makes the frames is told how late they are. What depends on a frame that
 * is left out is left out too, and a keyframe asked for, not more often than
 * anybody can answer. */
GST_START_TEST (test_late_frames)
{
  const GstClockTime late = 3 * FRAME;
  GstBuffer *frame;

  begin (VP8);
  push (0, TRUE);
  take_jitter ();
  fake.now = 1 * FRAME + late;
  gst_harness_push (h, make_frame (1, FALSE));
  fail_unless_equals_uint64 (get_stat ("dropped-late"), 1);
  fail_unless_equals_int64 (take_jitter (), late);

  for (guint i = 5; i < 10; i++)
    push (i, FALSE);
  fail_unless_equals_uint64 (get_stat ("dropped-no-keyframe"), 5);
  fail_unless_equals_int (take_events (KEY_UNIT), 1);
  push (10, FALSE);
  fail_unless_equals_int (take_events (KEY_UNIT), 1);

  push (11, TRUE);
  push (12, FALSE);
  fail_unless_equals_uint64 (get_stat ("frames-sent"), 3);
  gst_buffer_unref (gst_harness_pull (h));
  frame = gst_harness_pull (h);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (frame), 11 * FRAME);
  gst_buffer_unref (frame);
  finish ();
}
GST_END_TEST;

/* @number comes when @now says. */
static void
push_late (guint number, GstClockTime now)
{
  fake.now = now;
  fail_unless_equals_int (
      gst_harness_push (h, make_frame (number, FALSE)), GST_FLOW_OK);
}

static GstClockTime
take_pts (void)
{
  g_autoptr (GstBuffer) frame = gst_harness_pull (h);

  return GST_BUFFER_PTS (frame);
}

/* 11: a file whose audio was held up shows its video as much later. */
GST_START_TEST (test_pain_11_video_follows_audio)
{
  begin (VP8);
  gst_harness_set_live (h, FALSE);
  push (0, TRUE);
  discord_timeline_raise (timeline, 20 * FRAME);
  push_late (1, 21 * FRAME);
  fail_unless_equals_uint64 (get_stat ("frames-sent"), 2);
  fail_unless_equals_uint64 (get_stat ("restarts"), 0);
  fail_unless_equals_uint64 (take_pts (), 0);
  fail_unless_equals_uint64 (take_pts (), 21 * FRAME);
  finish ();
}
GST_END_TEST;

/* 11: and a file that stood still loses nothing, and takes all pads along. */
GST_START_TEST (test_pain_11_file_stood_still)
{
  begin (VP8);
  gst_harness_set_live (h, FALSE);
  push (0, TRUE);
  push_late (1, 21 * FRAME);
  push_late (2, 22 * FRAME);
  fail_unless_equals_uint64 (get_stat ("frames-sent"), 3);
  fail_unless_equals_uint64 (get_stat ("restarts"), 1);
  fail_unless_equals_int64 (discord_timeline_get_offset (timeline), 20 * FRAME);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_file_a_little_late)
{
  begin (VP8);
  gst_harness_set_live (h, FALSE);
  push (0, TRUE);
  push_late (1, 2 * FRAME + FRAME / 2);
  fail_unless_equals_uint64 (get_stat ("dropped-late"), 1);
  fail_unless_equals_int64 (discord_timeline_get_offset (timeline), 0);
  finish ();
}
GST_END_TEST;

/* Live input makes up for its own latency, whatever a file beside it does. */
GST_START_TEST (test_live_has_its_own_timeline)
{
  begin (VP8);
  push (0, TRUE);
  discord_timeline_raise (timeline, 20 * FRAME);
  push (1, FALSE);
  fail_unless_equals_uint64 (take_pts (), 0);
  fail_unless_equals_uint64 (take_pts (), 1 * FRAME);
  finish ();
}
GST_END_TEST;

/* What is sent although it is late, and by how much. */
GST_START_TEST (test_lateness)
{
  const GstClockTime lateness[] = { GST_MSECOND - 1, GST_MSECOND,
    20 * GST_MSECOND, 10 * GST_MSECOND };

  begin (VP8);
  push (0, TRUE);
  fail_unless_equals_uint64 (get_stat ("frames-late"), 0);
  for (guint i = 0; i < G_N_ELEMENTS (lateness); i++) {
    fake.now = (i + 1) * FRAME + lateness[i];
    gst_harness_push (h, make_frame (i + 1, FALSE));
  }
  fail_unless_equals_uint64 (get_stat ("frames-sent"), 5);
  fail_unless_equals_uint64 (get_stat ("frames-late"), 3);
  fail_unless_equals_uint64 (get_stat ("lateness-max"), 20 * GST_MSECOND);

  fake.now = 5 * FRAME + 3 * FRAME;
  gst_harness_push (h, make_frame (5, FALSE));
  fail_unless_equals_uint64 (get_stat ("dropped-late"), 1);
  fail_unless_equals_uint64 (get_stat ("frames-late"), 3);
  finish ();
}
GST_END_TEST;

/* It can be seen only in the order of what comes, and is said once. */
GST_START_TEST (test_b_frames)
{
  const guint order[] = { 0, 3, 1, 2, 6, 4, 5 };
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;

  fake.decision.codec = GST_DISCORD_CODEC_H264;
  begin (H264);
  gst_element_set_bus (h->element, bus);
  for (guint i = 0; i < G_N_ELEMENTS (order); i++) {
    if (i == 2)
      fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING) == NULL);
    push (order[i], i == 0);
  }
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
  fail_unless (message != NULL);
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING) == NULL);
  gst_element_set_bus (h->element, NULL);
  finish ();
}
GST_END_TEST;

/* Upstream that has more than one codec. */
static gboolean
answer_caps (GstPad *pad, GstObject *parent, GstQuery *query)
{
  g_autoptr (GstCaps) all = NULL;
  g_autoptr (GstCaps) caps = NULL;
  GstCaps *filter;

  if (GST_QUERY_TYPE (query) != GST_QUERY_CAPS)
    return gst_pad_query_default (pad, parent, query);
  gst_query_parse_caps (query, &filter);
  all = gst_caps_from_string (VP8 "; " H264);
  caps = filter != NULL ? gst_caps_intersect (filter, all) : gst_caps_ref (all);
  gst_query_set_caps_result (query, caps);
  return TRUE;
}

static void
change_codec (GstDiscordCodec codec)
{
  fake.decision.codec = codec;
  decide (h->element);
}

GST_START_TEST (test_codec_changes)
{
  begin (VP8);
  gst_pad_set_query_function (h->srcpad, answer_caps);
  /* Whether it is live is known with the first frame. */
  push (0, TRUE);
  push (1, FALSE);
  take_events ("reconfigure");

  change_codec (GST_DISCORD_CODEC_H264);
  for (guint i = 2; i < 6; i++)
    fail_unless_equals_int (push (i, FALSE), GST_FLOW_OK);
  fail_unless_equals_int (take_events ("reconfigure"), 1);
  fail_unless_equals_uint64 (get_stat ("dropped-wrong-codec"), 4);
  fail_unless_equals_uint64 (get_stat ("frames-sent"), 2);

  gst_harness_set_src_caps_str (h, H264);
  fail_unless_equals_int (push (6, FALSE), GST_FLOW_OK);
  fail_unless_equals_uint64 (get_stat ("frames-sent"), 2);
  fail_unless_equals_int (take_events (KEY_UNIT), 1);
  fail_unless_equals_int (push (7, TRUE), GST_FLOW_OK);
  fail_unless_equals_uint64 (get_stat ("frames-sent"), 3);
  finish ();
}
GST_END_TEST;

/* Pushes frames from @number on until one is refused; returns its number. */
static guint
push_until_refused (guint number)
{
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  gst_element_set_bus (h->element, bus);
  while (push (number, FALSE) == GST_FLOW_OK)
    number++;
  gst_element_set_bus (h->element, NULL);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION));
  fail_unless (strstr (error->message, "VP8") != NULL);
  fail_unless (strstr (error->message, "H264") != NULL);
  return number;
}

/* What can only be VP8 is not waited for. */
GST_START_TEST (test_codec_cannot_change)
{
  begin (VP8);
  push (0, TRUE);
  change_codec (GST_DISCORD_CODEC_H264);
  fail_unless_equals_int (push_until_refused (1), 1);
  finish ();
}
GST_END_TEST;

/* What could change has two seconds for it. */
GST_START_TEST (test_codec_does_not_change)
{
  begin (VP8);
  gst_pad_set_query_function (h->srcpad, answer_caps);
  push (0, TRUE);
  change_codec (GST_DISCORD_CODEC_H264);
  fail_unless_equals_int (push_until_refused (1), 21);
  fail_unless_equals_uint64 (get_stat ("frames-sent"), 1);
  finish ();
}
GST_END_TEST;

static Suite *
video_sending_suite (void)
{
  Suite *suite = suite_create ("videosending");
  TCase *tcase = tcase_create ("player");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, NULL);
  tcase_add_test (tcase, test_interval_as_told);
  tcase_add_test (tcase, test_interval_not_told);
  tcase_add_test (tcase, test_interval_from_last_keyframe);
  tcase_add_test (tcase, test_interval_without_answer);
  tcase_add_test (tcase, test_request_goes_upstream);
  tcase_add_test (tcase, test_late_frames);
  tcase_add_test (tcase, test_lateness);
  tcase_add_test (tcase, test_pain_11_video_follows_audio);
  tcase_add_test (tcase, test_pain_11_file_stood_still);
  tcase_add_test (tcase, test_file_a_little_late);
  tcase_add_test (tcase, test_live_has_its_own_timeline);
  tcase_add_test (tcase, test_b_frames);
  tcase_add_test (tcase, test_codec_changes);
  tcase_add_test (tcase, test_codec_cannot_change);
  tcase_add_test (tcase, test_codec_does_not_change);
  return suite;
}

GST_CHECK_MAIN (video_sending);
