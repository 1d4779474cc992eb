/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "videohelper.h"

#include <gst/video/video.h>

#define SSRC 8
#define PAD "recv_rtp_src_0_8"

static GstElement *pipeline;
static GstElement *bin;
static GstDiscordConnection *connection;
static GstPad *network;
static Outlets outlets;
static Tap feedback;

static void
setup (void)
{
  connection = fake_connection_new ();
  bin = gst_element_factory_make ("discordrtpbin", NULL);
  fail_unless (bin != NULL);
  g_object_set (bin, "connection", connection, "receive", TRUE, "receive-video",
      TRUE, NULL);
  outlets_init (&outlets, bin);
  tap_init (&feedback, find_transport_pad (bin, "rtcp_sink_"));
  pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (pipeline), bin);
}

/* Not a fixture, see discordrtpbin.c. */
static void
finish (void)
{
  gst_clear_object (&network);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  tap_clear (&feedback);
  gst_object_unref (pipeline);
  outlets_clear (&outlets);
  g_object_unref (connection);
}

static void
play (void)
{
  fail_unless (gst_element_set_state (pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE);
  network = open_transport (bin);
}

static void
push_video (guint16 sequence)
{
  gst_pad_push (
      network, make_packet (VP8_PT, sequence, SSRC, 5, sequence * GST_MSECOND));
}

/* A jitter buffer lets the first packet wait for its whole depth, so that comes
 * after it. */
static Outlet *
begin (guint latency)
{
  Outlet *outlet;

  g_object_set (bin, "video-latency", 0, NULL);
  push_video (1);
  outlet = outlets_wait_pad (&outlets, PAD);
  outlet_wait_buffers (outlet, 1);
  g_object_set (bin, "video-latency", latency, NULL);
  return outlet;
}

static guint64
get_counter (guint ssrc, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  const GValue *sources;
  guint64 value = 0;

  g_object_get (bin, "stats", &stats, NULL);
  sources = gst_structure_get_value (stats, "sources");
  for (guint i = 0; i < gst_value_array_get_size (sources); i++) {
    const GstStructure *source =
        gst_value_get_structure (gst_value_array_get_value (sources, i));
    guint found;

    gst_structure_get_uint (source, "ssrc", &found);
    if (found == ssrc)
      fail_unless (gst_structure_get_uint64 (source, name, &value));
  }
  return value;
}

static void
check_caps (Outlet *outlet, const gchar *encoding_name, gint payload)
{
  const GstStructure *structure = gst_caps_get_structure (outlet->caps, 0);
  gint rate, pt;

  fail_unless_equals_string (
      gst_structure_get_string (structure, "media"), "video");
  fail_unless_equals_string (
      gst_structure_get_string (structure, "encoding-name"), encoding_name);
  fail_unless (gst_structure_get_int (structure, "clock-rate", &rate));
  fail_unless_equals_int (rate, 90000);
  fail_unless (gst_structure_get_int (structure, "payload", &pt));
  fail_unless_equals_int (pt, payload);
}

GST_START_TEST (test_pad_and_caps)
{
  const struct
  {
    guint8 pt;
    const gchar *name;
  } cases[] = { { 101, "AV1" }, { 103, "H265" }, { 105, "H264" },
    { 107, "VP8" }, { 109, "VP9" } };

  g_object_set (bin, "video-latency", 0, NULL);
  play ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *name = g_strdup_printf ("recv_rtp_src_0_%u", 100 + i);
    Outlet *outlet;

    gst_pad_push (network, make_packet (cases[i].pt, 1, 100 + i, 5 + i, FRAME));
    outlet = outlets_wait_pad (&outlets, name);
    outlet_wait_buffers (outlet, 1);
    check_caps (outlet, cases[i].name, cases[i].pt);
  }
  finish ();
}
GST_END_TEST;

/* One pad for all codecs of a stream, there and back. */
GST_START_TEST (test_codec_changes)
{
  const guint8 pts[] = { VP8_PT, VP8_PT, H264_PT, VP8_PT, H264_PT };
  Outlet *outlet = NULL;

  g_object_set (bin, "video-latency", 0, NULL);
  play ();
  for (guint i = 0; i < G_N_ELEMENTS (pts); i++) {
    gst_pad_push (
        network, make_packet (pts[i], (guint16) (i + 1), SSRC, 5, i * FRAME));
    outlet = outlets_wait_pad (&outlets, PAD);
    outlet_wait_buffers (outlet, i + 1);
    check_caps (outlet, pts[i] == VP8_PT ? "VP8" : "H264", pts[i]);
  }
  fail_unless_equals_int (outlets.pads->len, 1);
  finish ();
}
GST_END_TEST;

/* Sound and picture of a user, in two layers, are three streams. */
GST_START_TEST (test_streams_of_one_user)
{
  play ();
  g_object_set (bin, "latency", 0, "video-latency", 0, NULL);
  push_packet (network, 1, 7, 5, FRAME);
  push_video (1);
  gst_pad_push (network, make_packet (VP8_PT, 1, 10, 5, FRAME));
  push_packet (network, 2, 7, 5, 2 * FRAME);
  push_video (2);
  outlet_wait_buffers (outlets_wait_pad (&outlets, "recv_rtp_src_0_7"), 2);
  outlet_wait_buffers (outlets_wait_pad (&outlets, PAD), 2);
  outlet_wait_buffers (outlets_wait_pad (&outlets, "recv_rtp_src_0_10"), 1);

  /* Another microphone takes the place of the one before, and of nothing else. */
  push_packet (network, 1, 11, 5, 3 * FRAME);
  outlet_wait_buffers (outlets_wait_pad (&outlets, "recv_rtp_src_0_11"), 1);
  push_video (3);
  outlet_wait_buffers (outlets_wait_pad (&outlets, PAD), 3);
  fail_if (outlets_wait_pad (&outlets, "recv_rtp_src_0_10")->eos);
  finish ();
}
GST_END_TEST;

/* pain row 8: no packet of video gets into a stream of sound, nor the other way
 * round. */
GST_START_TEST (pain_08_media_are_kept_apart)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 unknown = 0;
  Outlet *outlet;

  play ();
  g_object_set (bin, "latency", 0, "video-latency", 0, NULL);
  push_packet (network, 1, 7, 5, FRAME);
  gst_pad_push (network, make_packet (VP8_PT, 2, 7, 5, FRAME));
  push_video (1);
  push_packet (network, 2, SSRC, 5, FRAME);
  push_video (2);
  outlet_wait_buffers (outlets_wait_pad (&outlets, PAD), 2);
  outlet = outlets_wait_pad (&outlets, "recv_rtp_src_0_7");
  outlet_wait_buffers (outlet, 1);
  g_object_get (bin, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (
      stats, "packets-unknown-payload-type", &unknown));
  fail_unless_equals_uint64 (unknown, 2);
  fail_unless_equals_int (outlet->buffers->len, 1);
  finish ();
}
GST_END_TEST;

GST_START_TEST (pain_13_asks_for_first_keyframe)
{
  guint index = 0;
  Rtcp pli;

  play ();
  push_video (1);
  tap_wait_rtcp (&feedback, &index, RTCP_PAYLOAD_FEEDBACK, RTCP_PSFB_PLI, &pli);
  fail_unless_equals_int (pli.packet.length, RTCP_PLI_SIZE);
  fail_unless_equals_int (GST_READ_UINT32_BE (pli.packet.data + 8), SSRC);
  rtcp_unmap (&pli);
  finish ();
}
GST_END_TEST;

static gboolean
ask_downstream (GstPad *pad)
{
  return gst_pad_send_event (pad,
      gst_video_event_new_upstream_force_key_unit (
          GST_CLOCK_TIME_NONE, TRUE, 1));
}

/* A decoder's requests, however many, are one PLI when it is time. */
GST_START_TEST (pain_13_asks_when_downstream_does)
{
  guint index = 0;
  Outlet *outlet;
  Rtcp pli;

  g_object_set (bin, "video-latency", 0, NULL);
  play ();
  push_video (1);
  outlet = outlets_wait_pad (&outlets, PAD);
  outlet_wait_buffers (outlet, 1);
  tap_wait_rtcp (&feedback, &index, RTCP_PAYLOAD_FEEDBACK, RTCP_PSFB_PLI, &pli);
  rtcp_unmap (&pli);
  for (guint i = 0; i < 10; i++)
    ask_downstream (outlet->src);
  tap_wait_rtcp (&feedback, &index, RTCP_PAYLOAD_FEEDBACK, RTCP_PSFB_PLI, &pli);
  rtcp_unmap (&pli);
  fail_unless_equals_uint64 (get_counter (SSRC, "plis-sent"), 2);
  finish ();
}
GST_END_TEST;

GST_START_TEST (pain_14_lost_packet_comes_again)
{
  const guint16 expected[] = { 1, 2, 3, 4, 5 };
  guint index = 0;
  RtcpFeedback nack;
  RtcpNackIter iter;
  guint16 sequence;
  Outlet *outlet;
  Rtcp rtcp;

  play ();
  outlet = begin (10000);
  push_video (2);
  push_video (4);
  tap_wait_rtcp (&feedback, &index, RTCP_RTP_FEEDBACK, RTCP_RTPFB_NACK, &rtcp);
  fail_unless (rtcp_packet_feedback (&rtcp.packet, &nack));
  fail_unless_equals_int (nack.media, SSRC);
  rtcp_nack_iter_init (&iter, &nack);
  fail_unless (rtcp_nack_iter_next (&iter, &sequence));
  fail_unless_equals_int (sequence, 3);
  fail_if (rtcp_nack_iter_next (&iter, &sequence));
  rtcp_unmap (&rtcp);

  gst_pad_push (network, make_rtx (3, SSRC, 5 * GST_MSECOND));
  push_video (5);
  outlet_wait_buffers (outlet, 5);
  for (guint i = 0; i < 5; i++)
    fail_unless_equals_int (
        packet_number (g_ptr_array_index (outlet->buffers, i)), expected[i]);
  fail_unless_equals_uint64 (get_counter (SSRC, "packets-restored"), 1);
  fail_unless_equals_uint64 (get_counter (SSRC, "packets-lost"), 0);
  finish ();
}
GST_END_TEST;

/* Without RTX nobody is asked, and what comes all the same goes no further. */
GST_START_TEST (test_without_rtx)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 unknown = 0;
  guint index = 0;
  Rtcp rtcp;

  g_object_set (connection, "rtx", FALSE, NULL);
  play ();
  outlet_wait_buffers (begin (0), 1);
  push_video (2);
  push_video (4);
  gst_pad_push (network, make_rtx (3, SSRC, 5 * GST_MSECOND));
  push_video (5);
  /* In one round the NACKs come first. */
  tap_wait_rtcp (&feedback, &index, RTCP_RECEIVER_REPORT, 1, &rtcp);
  rtcp_unmap (&rtcp);
  fail_unless_equals_uint64 (get_counter (SSRC, "nacks-sent"), 0);
  fail_unless_equals_uint64 (get_counter (SSRC, "packets-requested"), 0);
  fail_unless_equals_uint64 (get_counter (SSRC, "packets-restored"), 0);
  fail_unless_equals_uint64 (get_counter (SSRC, "packets-received"), 4);
  g_object_get (bin, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (
      stats, "packets-unknown-payload-type", &unknown));
  fail_unless_equals_uint64 (unknown, 1);
  finish ();
}
GST_END_TEST;

/* Asked for again until it comes, by the same stream. */
GST_START_TEST (test_retries)
{
  guint index = 0;
  Rtcp rtcp;

  g_object_set (bin, "video-latency", 10000, NULL);
  play ();
  push_video (1);
  push_video (3);
  for (guint i = 0; i < 3; i++) {
    tap_wait_rtcp (
        &feedback, &index, RTCP_RTP_FEEDBACK, RTCP_RTPFB_NACK, &rtcp);
    rtcp_unmap (&rtcp);
  }
  fail_unless (get_counter (SSRC, "packets-requested") >= 3);
  finish ();
}
GST_END_TEST;

/* More than can be asked for: a keyframe instead. */
GST_START_TEST (test_overflow_asks_for_keyframe)
{
  const guint16 sequences[] = { 1, 5000 };
  guint index = 0;
  Rtcp rtcp;

  play ();
  for (guint i = 0; i < G_N_ELEMENTS (sequences); i++) {
    push_video (sequences[i]);
    tap_wait_rtcp (
        &feedback, &index, RTCP_PAYLOAD_FEEDBACK, RTCP_PSFB_PLI, &rtcp);
    rtcp_unmap (&rtcp);
  }
  fail_unless_equals_uint64 (get_counter (SSRC, "nacks-sent"), 0);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_receiver_report)
{
  guint index = 0;
  RtcpReportBlock block;
  Rtcp rtcp;

  play ();
  push_video (1);
  push_video (2);
  push_video (4);
  tap_wait_rtcp (&feedback, &index, RTCP_RECEIVER_REPORT, 1, &rtcp);
  fail_unless_equals_int (rtcp.map.size, RTCP_RECEIVER_REPORT_SIZE);
  fail_unless (rtcp_packet_report_block (&rtcp.packet, 0, &block));
  fail_unless_equals_int (block.ssrc, SSRC);
  fail_unless_equals_int (block.packets_lost, 1);
  fail_unless_equals_int (block.fraction_lost, 64);
  fail_unless_equals_int (block.highest_sequence, 4);
  rtcp_unmap (&rtcp);
  finish ();
}
GST_END_TEST;

/* A server that loses one packet of ten, of retransmissions as well. */
typedef struct
{
  GRand *random;
  gboolean missing[2000];
  guint n_missing;
  guint n_lost;
  guint index; /* of our feedback */
} LossyServer;

static gboolean
loses (LossyServer *self)
{
  return g_rand_int_range (self->random, 0, 10) == 0;
}

static void
lossy_send (LossyServer *self, guint16 sequence)
{
  if (!loses (self)) {
    push_video (sequence);
    return;
  }
  self->missing[sequence] = TRUE;
  self->n_missing++;
  self->n_lost++;
}

/* Answers one NACK. */
static void
lossy_answer (LossyServer *self)
{
  RtcpFeedback nack;
  RtcpNackIter iter;
  guint16 sequence;
  Rtcp rtcp;

  tap_wait_rtcp (
      &feedback, &self->index, RTCP_RTP_FEEDBACK, RTCP_RTPFB_NACK, &rtcp);
  fail_unless (rtcp_packet_feedback (&rtcp.packet, &nack));
  rtcp_nack_iter_init (&iter, &nack);
  while (rtcp_nack_iter_next (&iter, &sequence)) {
    fail_unless (sequence < G_N_ELEMENTS (self->missing));
    if (!self->missing[sequence] || loses (self))
      continue;
    gst_pad_push (network, make_rtx (sequence, SSRC, sequence * GST_MSECOND));
    self->missing[sequence] = FALSE;
    self->n_missing--;
  }
  rtcp_unmap (&rtcp);
}

GST_START_TEST (pain_14_all_packets_arrive)
{
  LossyServer server = { .random = g_rand_new_with_seed (9) };
  const guint count = 1501;
  Outlet *outlet;

  play ();
  outlet = begin (60000);
  for (guint16 i = 2; i < count; i++)
    lossy_send (&server, i);
  push_video (count);
  while (server.n_missing > 0)
    lossy_answer (&server);
  fail_unless (server.n_lost > 100);
  outlet_wait_buffers (outlet, count);
  for (guint i = 0; i < count; i++)
    fail_unless_equals_int (
        packet_number (g_ptr_array_index (outlet->buffers, i)), i + 1);
  fail_unless_equals_uint64 (get_counter (SSRC, "packets-lost"), 0);
  g_rand_free (server.random);
  finish ();
}
GST_END_TEST;

/* A packet of a picture, 30 of which are sent in a second. */
static void
push_part (guint16 sequence, guint picture, gboolean restored)
{
  GstClockTime arrival = sequence * GST_MSECOND;
  GstBuffer *packet = restored
      ? make_rtx (sequence, SSRC, arrival)
      : make_packet (VP8_PT, sequence, SSRC, 5, arrival);
  guint8 timestamp[4];

  GST_WRITE_UINT32_BE (timestamp, 1000 + SAMPLES + 3000 * picture);
  gst_buffer_fill (packet, 4, timestamp, sizeof (timestamp));
  gst_pad_push (network, packet);
}

/* Retransmissions come behind more packets than a jitter buffer takes for possible
 * as long as it knows little of their rate: to us, or to the server, and it passes
 * them on like all others. */
GST_START_TEST (pain_14_first_pictures_are_repaired)
{
  static const guint16 lost[] = { 2, 12, 13, 32, 34 };
  gboolean to_us = __i__ == 0;
  Outlet *outlet;
  guint n_lost = 0;

  play ();
  outlet = begin (60000);
  for (guint16 i = 2; i <= 60; i++) {
    if (n_lost < G_N_ELEMENTS (lost) && lost[n_lost] == i)
      n_lost++;
    else
      push_part (i, i / 31, FALSE);
  }
  for (guint i = 0; i < n_lost; i++)
    push_part (lost[i], lost[i] / 31, to_us);
  outlet_wait_buffers (outlet, 60);
  for (guint i = 0; i < 60; i++)
    fail_unless_equals_int (
        packet_number (g_ptr_array_index (outlet->buffers, i)), i + 1);
  fail_unless_equals_uint64 (get_counter (SSRC, "packets-lost"), 0);
  finish ();
}
GST_END_TEST;

/* A sender that starts anew on its SSRC is told from one whose packets come late,
 * also while retransmissions of before come. */
GST_START_TEST (test_sequence_starts_anew)
{
  const guint16 first = 5000, again = 1000;
  const guint count = 200;
  Outlet *outlet;

  play ();
  g_object_set (bin, "video-latency", 0, NULL);
  for (guint i = 0; i < count; i++)
    push_part (first + i, i / 10, FALSE);
  outlet = outlets_wait_pad (&outlets, PAD);
  outlet_wait_buffers (outlet, count);
  push_part (first + 50, 5, TRUE);
  for (guint i = 0; i < count; i++)
    push_part (again + i, (count + i) / 10, FALSE);
  outlet_wait_buffers (outlet, 2 * count);
  for (guint i = 0; i < count; i++)
    fail_unless_equals_int (
        packet_number (g_ptr_array_index (outlet->buffers, count + i)),
        again + i);
  finish ();
}
GST_END_TEST;

static GstClockTime
query_latency (GstPad *pad)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  GstClockTime min;

  fail_unless (gst_pad_query (pad, query));
  gst_query_parse_latency (query, NULL, &min, NULL);
  return min;
}

GST_START_TEST (test_latencies)
{
  Outlet *audio, *video;

  g_object_set (bin, "latency", 0, "video-latency", 0, NULL);
  play ();
  push_packet (network, 1, 7, 5, FRAME);
  push_video (1);
  audio = outlets_wait_pad (&outlets, "recv_rtp_src_0_7");
  video = outlets_wait_pad (&outlets, PAD);
  outlet_wait_buffers (video, 1);
  g_object_set (bin, "video-latency", 150, NULL);
  fail_unless_equals_uint64 (query_latency (video->src), 150 * GST_MSECOND);
  fail_unless_equals_uint64 (query_latency (audio->src), 0);
  g_object_set (bin, "latency", 40, NULL);
  fail_unless_equals_uint64 (query_latency (video->src), 150 * GST_MSECOND);
  fail_unless_equals_uint64 (query_latency (audio->src), 40 * GST_MSECOND);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_default_latency)
{
  g_autoptr (GstElement) fresh =
      gst_element_factory_make ("discordrtpbin", NULL);
  guint latency;

  g_object_get (fresh, "video-latency", &latency, NULL);
  fail_unless_equals_int (latency, 200);
  finish ();
}
GST_END_TEST;

/* pain row 11: reports of one user get one name, so that rtpbin plays sound and
 * picture in step. */
GST_START_TEST (pain_11_reports_get_names)
{
  static const guint8 expected[] = { 0x81, 202, 0, 4, 0, 0, 0, SSRC, 1, 9, '5',
    '@', 'd', 'i', 's', 'c', 'o', 'r', 'd', 0 };
  guint8 report[28] = { 0x80, 200, 0, 6, 0, 0, 0, SSRC, 0xe0 };
  g_autoptr (GstElement) rtpbin = gst_bin_get_by_name (GST_BIN (bin), "rtpbin");
  g_autoptr (GstPad) rtcp = NULL;
  GstBuffer *named;
  Tap tap;

  g_object_set (bin, "video-latency", 0, NULL);
  play ();
  rtcp = open_rtcp (bin);
  tap_init (&tap, gst_element_get_static_pad (rtpbin, "recv_rtcp_sink_0"));
  push_video (1);
  outlet_wait_buffers (outlets_wait_pad (&outlets, PAD), 1);
  gst_pad_push (rtcp, gst_buffer_new_memdup (report, sizeof (report)));
  named = tap_wait (&tap, 0);
  fail_unless_equals_int (
      gst_buffer_get_size (named), sizeof (report) + sizeof (expected));
  fail_unless (gst_buffer_memcmp (named, 0, report, sizeof (report)) == 0);
  fail_unless (
      gst_buffer_memcmp (named, sizeof (report), expected, sizeof (expected))
      == 0);
  gst_buffer_unref (named);
  tap_clear (&tap);
  finish ();
}
GST_END_TEST;

/* Nothing of a stop is left for the next start. */
GST_START_TEST (test_starts_again)
{
  guint index = 0;
  Rtcp pli;

  for (guint round = 0; round < 3; round++) {
    play ();
    push_video (1);
    tap_wait_rtcp (
        &feedback, &index, RTCP_PAYLOAD_FEEDBACK, RTCP_PSFB_PLI, &pli);
    rtcp_unmap (&pli);
    gst_clear_object (&network);
    fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
        GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (GST_ELEMENT (bin)->numsrcpads, 0);
    /* also without and with video */
    g_object_set (bin, "receive-video", round != 0, NULL);
    fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PAUSED),
        GST_STATE_CHANGE_NO_PREROLL);
    fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_READY),
        GST_STATE_CHANGE_SUCCESS);
    g_object_set (bin, "receive-video", TRUE, NULL);
  }
  finish ();
}
GST_END_TEST;

static Suite *
discordrtpbin_video_suite (void)
{
  Suite *suite = suite_create ("discordrtpbin-video");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, NULL);
  tcase_add_test (tc, test_pad_and_caps);
  tcase_add_test (tc, test_codec_changes);
  tcase_add_test (tc, test_streams_of_one_user);
  tcase_add_test (tc, pain_08_media_are_kept_apart);
  tcase_add_test (tc, pain_13_asks_for_first_keyframe);
  tcase_add_test (tc, pain_13_asks_when_downstream_does);
  tcase_add_test (tc, pain_14_lost_packet_comes_again);
  tcase_add_test (tc, test_without_rtx);
  tcase_add_test (tc, test_retries);
  tcase_add_test (tc, test_overflow_asks_for_keyframe);
  tcase_add_test (tc, test_receiver_report);
  tcase_add_test (tc, pain_14_all_packets_arrive);
  tcase_add_loop_test (tc, pain_14_first_pictures_are_repaired, 0, 2);
  tcase_add_test (tc, test_sequence_starts_anew);
  tcase_add_test (tc, test_latencies);
  tcase_add_test (tc, test_default_latency);
  tcase_add_test (tc, pain_11_reports_get_names);
  tcase_add_test (tc, test_starts_again);
  return suite;
}

GST_CHECK_MAIN (discordrtpbin_video);
