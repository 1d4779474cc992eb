/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times and order of what the sink sends, on a clock that the test turns. The
 * session is the stand-in's and runs in real time. */
#include "sinkfixture.h"

#include <gst/check/gsttestclock.h>

#define MS GST_MSECOND
#define TICKS 48 /* of a millisecond */

typedef struct
{
  Fixture *f;
  GstElement *pipeline;
  GstElement *sink;
  GstTestClock *clock;
  GstPad *pad;
  gboolean live;
} Player;

static gboolean
answer_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  Player *self = pad->querydata;

  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return gst_pad_query_default (pad, parent, query);
  gst_query_set_latency (query, self->live, 0, GST_CLOCK_TIME_NONE);
  return TRUE;
}

static void
start_stream (Player *self)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string ("audio/x-opus");
  g_autoptr (GstPad) peer =
      gst_element_request_pad_simple (self->sink, "audio");
  GstSegment segment;

  self->pad = gst_pad_new ("src", GST_PAD_SRC);
  gst_pad_set_query_function_full (self->pad, answer_query, self, NULL);
  fail_unless_equals_int (gst_pad_link (self->pad, peer), GST_PAD_LINK_OK);
  gst_pad_set_active (self->pad, TRUE);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (self->pad, gst_event_new_stream_start ("test"));
  gst_pad_push_event (self->pad, gst_event_new_caps (caps));
  gst_pad_push_event (self->pad, gst_event_new_segment (&segment));
}

static Player *
player_new (gboolean live, const gchar *setting, const gchar *value)
{
  Player *self = g_new0 (Player, 1);

  self->f = fixture_new (setting, value, NULL);
  self->live = live;
  self->clock = GST_TEST_CLOCK (gst_test_clock_new ());
  self->pipeline = gst_pipeline_new (NULL);
  gst_pipeline_use_clock (
      GST_PIPELINE (self->pipeline), GST_CLOCK (self->clock));
  self->sink = fixture_make_sink (self->f);
  gst_bin_add (GST_BIN (self->pipeline), self->sink);
  start_stream (self);
  /* Live input would be dropped before. */
  if (setting == NULL) {
    fixture_wait_event (self->f, "voice-joined", 1);
    while (sink_stat (self->sink, "ssrc") == 0
        || loopback_count (self->f->server, "video", 0) == 0)
      g_thread_yield ();
  }
  return self;
}

static void
player_free (Player *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_pad_set_active (self->pad, FALSE);
  gst_object_unref (self->pad);
  gst_object_unref (self->pipeline);
  gst_object_unref (self->clock);
  fixture_expect_no_violation (self->f);
  fixture_free (self->f);
  g_free (self);
}

/* Pushing waits for the clock, so it has a thread, and the test lets pass what
 * is due. */

typedef struct
{
  Player *player;
  GstBuffer *buffer;
  GstEvent *event;
  GstFlowReturn ret;
} Push;

static gpointer
do_push (gpointer data)
{
  Push *work = data;

  if (work->buffer != NULL)
    work->ret = gst_pad_push (work->player->pad, work->buffer);
  else if (!gst_pad_push_event (work->player->pad, work->event))
    work->ret = GST_FLOW_ERROR;
  return NULL;
}

/* Processes what is due by now, until what waits for @due was among it. */
static void
let_pass (Player *self, GstClockTime due)
{
  GstClockTime now = gst_clock_get_time (GST_CLOCK (self->clock)), time;

  do {
    GstClockID id;

    gst_test_clock_wait_for_next_pending_id (self->clock, &id);
    time = gst_clock_id_get_time (id);
    gst_clock_id_unref (id);
    if (time > now) {
      /* That is the timer of a later pause; ours is not there yet. */
      g_thread_yield ();
      continue;
    }
    id = gst_test_clock_process_next_clock_id (self->clock);
    gst_clock_id_unref (id);
  } while (time != due);
}

static GstFlowReturn
push_due (Player *self, GstBuffer *buffer, GstEvent *event, GstClockTime due)
{
  Push work = { self, buffer, event, GST_FLOW_OK };
  GThread *thread = g_thread_new ("push", do_push, &work);

  if (GST_CLOCK_TIME_IS_VALID (due))
    let_pass (self, due);
  g_thread_join (thread);
  return work.ret;
}

/* Due by its timestamp, which has come. */
static void
push (Player *self, GstBuffer *buffer)
{
  GstClockTime due = GST_BUFFER_PTS (buffer);

  fail_unless_equals_int (push_due (self, buffer, NULL, due), GST_FLOW_OK);
}

static void
push_frame (Player *self, gint number, GstClockTime pts)
{
  push (self, numbered_frame (number, pts));
}

static void
push_gap (Player *self, GstClockTime start, GstClockTime duration)
{
  fail_unless_equals_int (
      push_due (self, NULL, gst_event_new_gap (start, duration), start),
      GST_FLOW_OK);
}

/* When the sink wants to be woken next. */
static GstClockTime
next_wake (Player *self)
{
  GstClockTime time;
  GstClockID id;

  gst_test_clock_wait_for_next_pending_id (self->clock, &id);
  time = gst_clock_id_get_time (id);
  gst_clock_id_unref (id);
  return time;
}

static void
expect_wake (Player *self, GstClockTime time)
{
  fail_unless_equals_uint64 (next_wake (self), time);
  fail_unless (gst_test_clock_crank (self->clock));
}

/* Packets @first.. are five silence frames, the first sent at @start, each
 * 20 ms behind the other. */
static void
expect_trail (Player *self, guint first, GstClockTime start, gboolean started)
{
  guint stops = loopback_count (self->f->server, "speaking", 0) + 1;

  for (guint i = 0; i < 5; i++) {
    if (i > 0 || !started)
      expect_wake (self, start + i * 20 * MS);
    fixture_wait_packets (self->f, first + i + 1);
  }
  fixture_expect_silence (self->f, first);
  fixture_wait_event (self->f, "speaking-stopped", stops);
}

static guint32
elapsed (Player *self, guint from, guint to)
{
  return fixture_packet (self->f, to).timestamp
      - fixture_packet (self->f, from).timestamp;
}

GST_START_TEST (test_pause_of_100_ms)
{
  Player *self = player_new (TRUE, NULL, NULL);

  push_frame (self, 0, 0);
  fixture_wait_packets (self->f, 1);
  expect_trail (self, 1, 100 * MS, FALSE);
  /* RTP time stands for elapsed time. */
  for (guint i = 0; i < 5; i++)
    fail_unless_equals_int (elapsed (self, 0, 1 + i), (100 + 20 * i) * TICKS);
  fail_unless_equals_int (gst_test_clock_peek_id_count (self->clock), 0);

  /* As well as the end that was announced at the beginning. */
  fail_unless (
      loopback_wait (self->f->server, "speaking-stopped", 0, 2, 20000));
  gst_test_clock_set_time (self->clock, GST_SECOND);
  push_frame (self, 1, GST_SECOND);
  fixture_wait_packets (self->f, 7);
  fail_unless_equals_int (elapsed (self, 0, 6), 1000 * TICKS);
  /* Op 5 was handed to the websocket; the server hears it a moment later. */
  fail_unless (loopback_wait (self->f->server, "speaking", 0, 2, 20000));
  player_free (self);
}
GST_END_TEST;

/* One wake-up for many frames, not one each. */
GST_START_TEST (test_one_timer_for_many_frames)
{
  Player *self = player_new (TRUE, NULL, NULL);

  for (guint i = 0; i < 5; i++) {
    gst_test_clock_set_time (self->clock, i * 20 * MS);
    push_frame (self, i, i * 20 * MS);
    fail_unless_equals_int (gst_test_clock_peek_id_count (self->clock), 1);
    fail_unless_equals_uint64 (next_wake (self), 100 * MS);
  }
  expect_wake (self, 100 * MS);
  /* 80 ms was the last frame. */
  expect_trail (self, 5, 180 * MS, FALSE);
  fixture_expect_run (self->f, 0, 0, 5, 0);
  player_free (self);
}
GST_END_TEST;

GST_START_TEST (test_frame_breaks_the_trail)
{
  Player *self = player_new (TRUE, NULL, NULL);

  push_frame (self, 0, 0);
  expect_wake (self, 100 * MS);
  expect_wake (self, 120 * MS);
  fixture_wait_packets (self->f, 3);
  fail_unless_equals_uint64 (next_wake (self), 140 * MS);
  gst_test_clock_set_time (self->clock, 130 * MS);
  push_frame (self, 1, 130 * MS);
  fixture_wait_packets (self->f, 4);
  fail_unless_equals_int (fixture_packet (self->f, 3).number, 1);
  /* Speaking went on, so it is not announced again. */
  fail_unless_equals_uint64 (
      loopback_count (self->f->server, "speaking", 0), 1);
  /* The timer of the old trail finds nothing to do. */
  expect_wake (self, 140 * MS);
  expect_trail (self, 4, 230 * MS, FALSE);
  player_free (self);
}
GST_END_TEST;

/* 24: a gap of some length is the end of speech without waiting for a pause. */
GST_START_TEST (test_pain_24_silence_at_gap)
{
  Player *self = player_new (TRUE, NULL, NULL);

  push_frame (self, 0, 0);
  gst_test_clock_set_time (self->clock, 20 * MS);
  push_gap (self, 20 * MS, 500 * MS);
  expect_trail (self, 1, 20 * MS, TRUE);
  for (guint i = 0; i < 5; i++)
    fail_unless_equals_int (elapsed (self, 0, 1 + i), (20 + 20 * i) * TICKS);
  player_free (self);
}
GST_END_TEST;

/* One lost frame is not the end of speech. */
GST_START_TEST (test_short_gap_is_nothing)
{
  Player *self = player_new (TRUE, NULL, NULL);

  push_frame (self, 0, 0);
  gst_test_clock_set_time (self->clock, 20 * MS);
  push_gap (self, 20 * MS, 20 * MS);
  gst_test_clock_set_time (self->clock, 40 * MS);
  push_frame (self, 1, 40 * MS);
  fixture_wait_packets (self->f, 2);
  fail_unless_equals_int (fixture_packet (self->f, 1).number, 1);
  fail_unless_equals_int (elapsed (self, 0, 1), 40 * TICKS);
  player_free (self);
}
GST_END_TEST;

static gpointer
push_eos (gpointer data)
{
  return GINT_TO_POINTER (
      gst_pad_push_event (((Player *) data)->pad, gst_event_new_eos ()));
}

GST_START_TEST (test_eos_after_the_trail)
{
  Player *self = player_new (TRUE, NULL, NULL);
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  GThread *thread;

  push_frame (self, 0, 0);
  thread = g_thread_new ("eos", push_eos, self);
  /* First the end of the frame, and there the first silence frame. */
  while (next_wake (self) != 20 * MS)
    g_thread_yield ();
  gst_test_clock_set_time (self->clock, 20 * MS);
  fail_unless (gst_test_clock_crank (self->clock));
  fixture_wait_packets (self->f, 2);
  for (guint i = 1; i < 5; i++) {
    fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_EOS) == NULL);
    expect_wake (self, (20 + 20 * i) * MS);
    fixture_wait_packets (self->f, 2 + i);
  }
  fail_unless (g_thread_join (thread));
  wait_eos (self->pipeline);
  fixture_expect_silence (self->f, 1);
  fixture_wait_event (self->f, "speaking-stopped", 2);
  player_free (self);
}
GST_END_TEST;

GST_START_TEST (test_live_drops_before_the_join)
{
  Player *self = player_new (TRUE, "no-session-description", "on");

  for (guint i = 0; i < 5; i++) {
    gst_test_clock_set_time (self->clock, i * 20 * MS);
    push_frame (self, i, i * 20 * MS);
  }
  fail_unless_equals_uint64 (
      sink_stat (self->sink, "audio-dropped-not-ready"), 5);
  fail_unless_equals_uint64 (sink_stat (self->sink, "audio-frames-sent"), 0);
  player_free (self);
}
GST_END_TEST;

/* 10: after a stall live input loses what is late, and no burst leaves. */
GST_START_TEST (test_pain_10_live_stall)
{
  Player *self = player_new (TRUE, NULL, NULL);
  GstMessage *message;

  push_frame (self, 0, 0);
  gst_test_clock_set_time (self->clock, 500 * MS);
  for (guint i = 1; i <= 25; i++)
    push_frame (self, i, i * 20 * MS);
  /* 440 ms and later are tolerated. */
  fail_unless_equals_uint64 (sink_stat (self->sink, "audio-dropped-late"), 21);
  fail_unless_equals_uint64 (sink_stat (self->sink, "audio-frames-sent"), 5);
  fail_unless_equals_uint64 (sink_stat (self->sink, "audio-restarts"), 0);
  message = wait_message (self->pipeline, GST_MESSAGE_QOS);
  gst_message_unref (message);
  player_free (self);
}
GST_END_TEST;

typedef struct
{
  Player *player;
  guint first;
  guint count;
  GstClockTime start; /* NONE: frames have no timestamps */
} Burst;

static gpointer
push_burst (gpointer data)
{
  Burst *burst = data;

  for (guint i = 0; i < burst->count; i++) {
    GstClockTime pts = GST_CLOCK_TIME_IS_VALID (burst->start)
        ? burst->start + i * 20 * MS
        : GST_CLOCK_TIME_NONE;

    fail_unless_equals_int (gst_pad_push (burst->player->pad,
                                numbered_frame (burst->first + i, pts)),
        GST_FLOW_OK);
  }
  return NULL;
}

/* Each frame waits for exactly @start + 20 ms * n. */
static void
expect_pace (Player *self, GstClockTime start, guint count)
{
  for (guint i = 0; i < count; i++) {
    gst_test_clock_set_time (self->clock, start + i * 20 * MS);
    let_pass (self, start + i * 20 * MS);
  }
}

/* 10: a file that was late goes on from there at its pace. */
GST_START_TEST (test_pain_10_file_stall)
{
  Player *self = player_new (FALSE, NULL, NULL);
  Burst burst = { self, 1, 3, 20 * MS };
  GThread *thread;

  push_frame (self, 0, 0);
  gst_test_clock_set_time (self->clock, 90 * MS);
  thread = g_thread_new ("burst", push_burst, &burst);
  let_pass (self, 20 * MS);
  fixture_wait_packets (self->f, 2);
  expect_pace (self, 110 * MS, 2);
  g_thread_join (thread);
  fixture_wait_packets (self->f, 4);
  fail_unless_equals_int (fixture_packet (self->f, 3).number, 3);
  fail_unless_equals_int (elapsed (self, 0, 1), 90 * TICKS);
  fail_unless_equals_int (elapsed (self, 1, 3), 40 * TICKS);
  fail_unless_equals_uint64 (sink_stat (self->sink, "audio-restarts"), 1);
  player_free (self);
}
GST_END_TEST;

GST_START_TEST (test_frames_without_timestamps)
{
  Player *self = player_new (FALSE, NULL, NULL);
  Burst burst = { self, 0, 3, GST_CLOCK_TIME_NONE };
  GThread *thread = g_thread_new ("burst", push_burst, &burst);

  expect_pace (self, 0, 3);
  g_thread_join (thread);
  fixture_wait_packets (self->f, 3);
  fixture_expect_run (self->f, 0, 0, 3, 0);
  player_free (self);
}
GST_END_TEST;

static GstBuffer *
bytes_at (const guint8 *data, gsize size, GstClockTime pts)
{
  GstBuffer *buffer = gst_buffer_new_memdup (data, size);

  GST_BUFFER_PTS (buffer) = pts;
  return buffer;
}

/* What is no audio of at most 60 ms and 1200 bytes is counted, and one warning
 * says so. */
GST_START_TEST (test_refused)
{
  Player *self = player_new (TRUE, NULL, NULL);
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  const guint8 of_120_ms[] = { 31 << 3 | 3, 6, 0 };
  g_autofree guint8 *large = g_malloc0 (1201);
  GstMessage *message;

  large[0] = 0xFF; /* says how many frames there are in a byte that is not */
  push (self, bytes_at (large, 1, 0));
  large[0] = 0xFC;
  push (self, bytes_at (of_120_ms, sizeof of_120_ms, 0));
  push (self, bytes_at (large, 1201, 0));
  fail_unless_equals_uint64 (sink_stat (self->sink, "audio-refused"), 3);
  message = wait_message (self->pipeline, GST_MESSAGE_WARNING);
  gst_message_unref (message);
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING) == NULL);
  push (self, bytes_at (large, 1200, 0));
  fixture_wait_packets (self->f, 1);
  fail_unless_equals_int (fixture_packet (self->f, 0).payload_size, 1200);
  player_free (self);
}
GST_END_TEST;

/* Header packets of an Ogg stream take no time and are not sent. */
GST_START_TEST (test_ogg_headers)
{
  Player *self = player_new (TRUE, NULL, NULL);

  push (self,
      bytes_at ((const guint8 *) "OpusHead\1\2", 10, GST_CLOCK_TIME_NONE));
  push (self, bytes_at ((const guint8 *) "OpusTags\0", 9, GST_CLOCK_TIME_NONE));
  push_frame (self, 0, 0);
  fixture_wait_packets (self->f, 1);
  fail_unless_equals_int (fixture_packet (self->f, 0).number, 0);
  fail_unless_equals_uint64 (sink_stat (self->sink, "audio-refused"), 0);
  player_free (self);
}
GST_END_TEST;

/* Silence of upstream is audio, with the level of silence. */
GST_START_TEST (test_silence_from_upstream)
{
  Player *self = player_new (TRUE, NULL, NULL);
  const guint8 silence[] = { 0xF8, 0xFF, 0xFE };
  const guint8 *block;

  push (self, bytes_at (silence, sizeof silence, 0));
  fixture_wait_packets (self->f, 1);
  block = g_bytes_get_data (fixture_packet (self->f, 0).extensions, NULL);
  fail_unless_equals_int (block[1], 0xFF);
  fail_unless_equals_uint64 (sink_stat (self->sink, "audio-frames-sent"), 1);
  expect_trail (self, 1, 100 * MS, FALSE);
  player_free (self);
}
GST_END_TEST;

/* After a flushing seek running time starts over, RTP time does not. */
GST_START_TEST (test_flush)
{
  Player *self = player_new (TRUE, NULL, NULL);
  GstSegment segment;

  push_frame (self, 0, 0);
  fixture_wait_packets (self->f, 1);
  gst_pad_push_event (self->pad, gst_event_new_flush_start ());
  gst_pad_push_event (self->pad, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (self->pad, gst_event_new_segment (&segment));
  push_frame (self, 1, 0);
  fixture_wait_packets (self->f, 2);
  fail_unless_equals_int (elapsed (self, 0, 1), 20 * TICKS);
  player_free (self);
}
GST_END_TEST;

GST_START_TEST (test_surround_is_refused)
{
  Player *self = player_new (TRUE, NULL, NULL);
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "audio/x-opus, channels=6, channel-mapping-family=1, stream-count=4");
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  gst_pad_push_event (self->pad, gst_event_new_caps (caps));
  fail_unless_equals_int (
      gst_pad_push (self->pad, numbered_frame (0, 0)), GST_FLOW_NOT_NEGOTIATED);
  message = wait_message (self->pipeline, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION));
  fail_unless (strstr (error->message, "two channels") != NULL);
  player_free (self);
}
GST_END_TEST;

/* Twice as fast, every other frame; there are no more than 50 in a second. */
GST_START_TEST (test_rate)
{
  Player *self = player_new (TRUE, NULL, NULL);
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = 2.0;
  gst_pad_push_event (self->pad, gst_event_new_segment (&segment));
  for (guint i = 0; i < 6; i++) {
    gst_test_clock_set_time (self->clock, i * 10 * MS);
    fail_unless_equals_int (
        push_due (self, numbered_frame (i, i * 20 * MS), NULL, i * 10 * MS),
        GST_FLOW_OK);
  }
  fixture_wait_packets (self->f, 3);
  for (guint i = 0; i < 3; i++)
    fail_unless_equals_int (fixture_packet (self->f, i).number, 2 * i);
  fail_unless_equals_int (elapsed (self, 0, 2), 40 * TICKS);
  fail_unless_equals_uint64 (sink_stat (self->sink, "audio-dropped-fast"), 3);
  player_free (self);
}
GST_END_TEST;

static Suite *
discordmediasink_suite (void)
{
  Suite *suite = suite_create ("discordmediasink");
  TCase *tcase = tcase_create ("times");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_pause_of_100_ms);
  tcase_add_test (tcase, test_one_timer_for_many_frames);
  tcase_add_test (tcase, test_frame_breaks_the_trail);
  tcase_add_test (tcase, test_pain_24_silence_at_gap);
  tcase_add_test (tcase, test_short_gap_is_nothing);
  tcase_add_test (tcase, test_eos_after_the_trail);
  tcase_add_test (tcase, test_live_drops_before_the_join);
  tcase_add_test (tcase, test_pain_10_live_stall);
  tcase_add_test (tcase, test_pain_10_file_stall);
  tcase_add_test (tcase, test_frames_without_timestamps);
  tcase_add_test (tcase, test_refused);
  tcase_add_test (tcase, test_ogg_headers);
  tcase_add_test (tcase, test_silence_from_upstream);
  tcase_add_test (tcase, test_flush);
  tcase_add_test (tcase, test_surround_is_refused);
  tcase_add_test (tcase, test_rate);
  return suite;
}

GST_CHECK_MAIN (discordmediasink);
