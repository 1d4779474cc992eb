/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole pipelines that send, against the stand-in: what arrives there, and that
 * it finds nothing to complain about (speaking before media, SSRC ownership,
 * nonces: it closes the session on all of those). */
#include "sinkfixture.h"

static void
play (GstElement *pipeline)
{
  fail_if (gst_element_set_state (pipeline, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE);
}

/* Packets @first.. are frames @number.. of one RTP stream; time may jump. */
static void
expect_order (Fixture *f, guint first, gint number, guint count)
{
  Packet before = fixture_packet (f, first);

  fail_unless_equals_int (before.number, number);
  for (guint i = 1; i < count; i++) {
    Packet packet = fixture_packet (f, first + i);

    fail_unless_equals_int (packet.number, number + (gint) i);
    fail_unless_equals_int64 (packet.ssrc, before.ssrc);
    fail_unless_equals_int (packet.seqnum, (guint16) (before.seqnum + 1));
    fail_unless ((gint32) (packet.timestamp - before.timestamp) > 0);
    before = packet;
  }
}

GST_START_TEST (test_file_arrives_whole)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink, *pipeline = file_pipeline (f, 30, &sink);

  play (pipeline);
  wait_eos (pipeline);
  /* EOS came after everything had left. */
  fail_unless_equals_uint64 (sink_stat (sink, "rtp-packets-sent"), 35);
  fail_unless_equals_uint64 (sink_stat (sink, "audio-frames-sent"), 30);
  fail_unless_equals_uint64 (sink_stat (sink, "audio-silence-frames-sent"), 5);
  fixture_wait_packets (f, 35);
  fixture_expect_run (f, 0, 0, 30, sink_stat (sink, "audio-restarts"));
  fixture_expect_silence (f, 30);
  /* Once at the join, once at the end. */
  fixture_wait_event (f, "speaking-stopped", 2);
  fail_unless_equals_uint64 (loopback_count (f->server, "speaking", 0), 1);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fail_unless_equals_int (fixture_count (f), 35);
  fixture_free (f);
}
GST_END_TEST;

/* The server takes its time, and nothing is lost. */
GST_START_TEST (test_nothing_lost_before_the_join)
{
  Fixture *f =
      fixture_new ("voice-hello-delay", "300", "voice-hello-last", "on", NULL);
  GstElement *sink, *pipeline = file_pipeline (f, 10, &sink);

  play (pipeline);
  wait_eos (pipeline);
  fixture_wait_packets (f, 15);
  fixture_expect_run (f, 0, 0, 10, sink_stat (sink, "audio-restarts"));
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_preroll_waits_for_the_session)
{
  Fixture *f = fixture_new ("no-session-description", "on", NULL);
  GstElement *sink, *pipeline = file_pipeline (f, 10, &sink);

  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PAUSED),
      GST_STATE_CHANGE_ASYNC);
  fixture_wait_event (f, "select-protocol", 1);
  fail_unless_equals_int (
      gst_element_get_state (pipeline, NULL, NULL, 0), GST_STATE_CHANGE_ASYNC);
  fail_unless_equals_int (fixture_count (f), 0);
  /* And PLAYING does not wait for it either. */
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PLAYING),
      GST_STATE_CHANGE_ASYNC);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

static void
run_pause (guint pauses)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink, *pipeline = file_pipeline (f, 30, &sink);
  guint seen = 0, frames = 0, runs = 0;

  play (pipeline);
  for (guint i = 0; i < pauses; i++) {
    guint before = sink_stat (sink, "audio-silence-frames-sent");

    fixture_wait_packets (f, seen + 4);
    gst_element_set_state (pipeline, GST_STATE_PAUSED);
    /* One at the join, one for each pause. */
    fixture_wait_event (f, "speaking-stopped", 2 + i);
    fail_unless_equals_uint64 (
        sink_stat (sink, "audio-silence-frames-sent"), before + 5);
    seen = sink_stat (sink, "rtp-packets-sent");
    play (pipeline);
  }
  wait_eos (pipeline);
  fixture_wait_packets (f, 30 + 5 * (pauses + 1));

  for (guint i = 0; i < fixture_count (f);) {
    guint first = i;

    while (!fixture_packet (f, i).silence)
      i++;
    expect_order (f, first, frames, i - first);
    frames += i - first;
    fixture_expect_silence (f, i);
    i += 5;
    runs++;
  }
  fail_unless_equals_int (frames, 30);
  fail_unless_equals_int (runs, pauses + 1);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fixture_free (f);
}

/* 24: silence frames and DTX tails. Whenever audio stops, five frames of
 * silence follow and then the end of speaking; when it goes on, speaking is
 * said again first. */
GST_START_TEST (test_pain_24_silence_and_speaking_at_a_pause)
{
  run_pause (1);
}
GST_END_TEST;

GST_START_TEST (test_pause_often)
{
  run_pause (3);
}
GST_END_TEST;

/* PLAYING->NULL: what is left of the silence goes out at once. */
GST_START_TEST (test_pain_24_silence_at_stop)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink, *pipeline = file_pipeline (f, 500, &sink);

  play (pipeline);
  fixture_wait_packets (f, 5);
  pipeline_free (pipeline);
  fixture_wait_event (f, "speaking-stopped", 2);
  fixture_wait_event (f, "left", 1);
  fixture_wait_packets (f, 10);
  fixture_expect_silence (f, fixture_count (f) - 5);
  fixture_expect_no_violation (f);
  fixture_free (f);
}
GST_END_TEST;

/* 10: stutter on send. Frames go out at their times on the pipeline clock: a
 * file is neither hurried nor slowed down, and a session that is lost for a
 * while moves the timeline instead of causing a burst. Sequence and RTP time
 * tell how they were sent. */
GST_START_TEST (test_pain_10_no_burst_after_a_lost_session)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink, *pipeline = file_pipeline (f, 40, &sink);
  guint restarts, first = 0;
  guint32 ssrc;

  play (pipeline);
  fixture_wait_packets (f, 8);
  fixture_act (f, "close-voice:*:4006");
  wait_eos (pipeline);
  fixture_wait_event (f, "voice-joined", 2);

  /* What was on its way to the dead session is lost; in the new one everything
   * follows, in a new RTP stream with evenly spaced times. */
  ssrc = fixture_packet (f, fixture_count (f) - 1).ssrc;
  while (fixture_packet (f, first).ssrc != ssrc)
    first++;
  fail_unless (first >= 8);
  fixture_wait_packets (f, first + 5);
  restarts = sink_stat (sink, "audio-restarts");
  fail_unless (restarts >= 1);
  fixture_expect_run (f, first, fixture_packet (f, first).number,
      40 - fixture_packet (f, first).number, restarts - 1);
  /* Every frame left, once. */
  fail_unless_equals_uint64 (sink_stat (sink, "audio-frames-sent"), 40);
  fail_unless_equals_uint64 (loopback_count (f->server, "speaking", 0), 2);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

/* A resume keeps SSRC, sequence and time; frames go on meanwhile. */
GST_START_TEST (test_resume_is_not_heard)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink, *pipeline = file_pipeline (f, 40, &sink);

  play (pipeline);
  fixture_wait_packets (f, 8);
  fixture_act (f, "kill-voice:*");
  wait_eos (pipeline);
  fixture_wait_event (f, "voice-resumed", 1);
  fixture_wait_packets (f, 45);
  fixture_expect_run (f, 0, 0, 40, sink_stat (sink, "audio-restarts"));
  fixture_expect_silence (f, 40);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

/* Op 4 is sent once a second, so the move takes as long. */
GST_START_TEST (test_move_while_playing)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink, *pipeline = file_pipeline (f, 100, &sink);
  GstMessage *message;
  guint64 channel = 0;
  guint last;

  play (pipeline);
  fixture_wait_packets (f, 5);
  g_object_set (sink, "channel-id", OTHER_CHANNEL, NULL);
  fixture_wait_event (f, "moved", 1);
  do {
    message = wait_message (pipeline, GST_MESSAGE_ELEMENT);
    if (gst_message_has_name (message, "discord-moved"))
      gst_structure_get_uint64 (
          gst_message_get_structure (message), "channel-id", &channel);
    gst_message_unref (message);
  } while (channel == 0);
  fail_unless_equals_uint64 (channel, OTHER_CHANNEL);
  wait_eos (pipeline);
  fixture_wait_event (f, "voice-joined", 2);
  /* What was on its way to the server that is left behind is lost. */
  last = fixture_wait_number (f, 99);
  fixture_wait_packets (f, last + 6);
  fixture_expect_silence (f, last + 1);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

/* Kicked: one error that says so, no second one, and no way back in. */
GST_START_TEST (test_kick_is_one_error)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink, *pipeline = file_pipeline (f, 500, &sink);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  play (pipeline);
  fixture_wait_packets (f, 5);
  fixture_act (f, "kick:*");
  message = wait_message (pipeline, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (error->domain == GST_RESOURCE_ERROR);
  fail_unless (GST_MESSAGE_SRC (message) == GST_OBJECT (sink));
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_READY);
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR) == NULL);
  fail_unless_equals_uint64 (loopback_count (f->server, "joined", 0), 1);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

static void
run_raw (const gchar *source, const gchar *sink_properties, guint least)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *pipeline = gst_parse_launch (source, NULL);
  GstElement *sink = fixture_make_sink (f);
  GstElement *last = gst_bin_get_by_name (GST_BIN (pipeline), "last");
  guint frames, sent;

  if (sink_properties != NULL) {
    g_autoptr (GstStructure) properties =
        gst_structure_from_string (sink_properties, NULL);

    g_object_set (sink, "audio-encoder-properties", properties, NULL);
  }
  gst_bin_add (GST_BIN (pipeline), sink);
  fail_unless (gst_element_link (last, sink));
  gst_object_unref (last);
  play (pipeline);
  wait_eos (pipeline);
  frames = sink_stat (sink, "audio-frames-sent");
  fail_unless (frames >= least, "%u frames", frames);
  /* And silence, also amid the audio where the machine paused it. */
  sent = sink_stat (sink, "rtp-packets-sent");
  fixture_wait_packets (f, sent);
  fail_unless_equals_int (fixture_count (f), sent);
  fixture_expect_silence (f, sent - 5);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fixture_free (f);
}

/* Any rate, layout and format; 25 frames of 20 ms in half a second. */
GST_START_TEST (test_raw_is_encoded)
{
  static const gchar *const caps[] = {
    "audio/x-raw, format=S16LE, rate=48000, channels=2",
    "audio/x-raw, format=F32LE, rate=44100, channels=1",
    "audio/x-raw, format=S24LE, rate=8000, channels=6, "
    "channel-mask=(bitmask)0x3f",
  };
  g_autofree gchar *source = g_strdup_printf (
      "audiotestsrc num-buffers=50 blocksize=%u ! capsfilter name=last "
      "caps=\"%s\"",
      __i__ == 0       ? 1920
          : __i__ == 1 ? 1764
                       : 1440,
      caps[__i__]);

  run_raw (source, NULL, 25);
}
GST_END_TEST;

/* Frames of another duration pass as they are, up to 60 ms. */
GST_START_TEST (test_other_frame_sizes)
{
  static const struct
  {
    const gchar *properties;
    guint least;
  } rows[] = {
    { "props, frame-size=(string)10, bitrate=32000", 50 },
    { "props, frame-size=(string)60, dtx=true", 8 },
  };

  run_raw ("audiotestsrc num-buffers=50 blocksize=1920 ! capsfilter name=last "
           "caps=\"audio/x-raw, format=S16LE, rate=48000, channels=2\"",
      rows[__i__].properties, rows[__i__].least);
}
GST_END_TEST;

static Suite *
send_suite (void)
{
  Suite *suite = suite_create ("send");
  TCase *tcase = tcase_create ("pipelines");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_file_arrives_whole);
  tcase_add_test (tcase, test_nothing_lost_before_the_join);
  tcase_add_test (tcase, test_preroll_waits_for_the_session);
  tcase_add_test (tcase, test_pain_24_silence_and_speaking_at_a_pause);
  tcase_add_test (tcase, test_pause_often);
  tcase_add_test (tcase, test_pain_24_silence_at_stop);
  tcase_add_test (tcase, test_pain_10_no_burst_after_a_lost_session);
  tcase_add_test (tcase, test_resume_is_not_heard);
  tcase_add_test (tcase, test_move_while_playing);
  tcase_add_test (tcase, test_kick_is_one_error);
  tcase_add_loop_test (tcase, test_raw_is_encoded, 0, 3);
  tcase_add_loop_test (tcase, test_other_frame_sizes, 0, 2);
  return suite;
}

GST_CHECK_MAIN (send);
