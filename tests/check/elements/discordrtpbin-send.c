/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "videohelper.h"

#include "../../../gst-libs/gst/discord/transport/bytes.h"
#include "../../../gst-libs/gst/discord/transport/rtpheader.h"
#include "../../../gst-libs/gst/discord/transport/rtppacket.h"

#include <gst/video/video.h>

#define OURS 0x11223344u
#define SSRC 100000u
#define RTX_SSRC 777u
#define OPUS_PT 120

static GstElement *pipeline;
static GstElement *bin;
static GstDiscordConnection *connection;
static GstPad *camera; /* what is sent is pushed from here */
static GstPad *send_pad;
static GstPad *rtcp;
static Tap retransmissions;

/* Keyframes asked for. */
static GMutex lock;
static GCond cond;
static guint key_units;

static gboolean
camera_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  if (gst_video_event_is_force_key_unit (event)) {
    gboolean all_headers = FALSE;

    gst_video_event_parse_upstream_force_key_unit (
        event, NULL, &all_headers, NULL);
    fail_unless (all_headers);
    g_mutex_lock (&lock);
    key_units++;
    g_cond_broadcast (&cond);
    g_mutex_unlock (&lock);
  }
  gst_event_unref (event);
  return TRUE;
}

static void
wait_key_units (guint count)
{
  g_mutex_lock (&lock);
  while (key_units < count)
    g_cond_wait (&cond, &lock);
  g_mutex_unlock (&lock);
}

static void
setup (void)
{
  key_units = 0;
  connection = fake_connection_new ();
  bin = gst_element_factory_make ("discordrtpbin", NULL);
  fail_unless (bin != NULL);
  g_object_set (bin, "connection", connection, NULL);
  /* Before others are requested: that of retransmissions. */
  tap_init (&retransmissions, find_transport_pad (bin, "rtp_sink_"));
  pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (pipeline), bin);

  send_pad = gst_element_request_pad_simple (bin, "send_rtp_sink_1");
  fail_unless (send_pad != NULL);
  camera = gst_pad_new ("camera", GST_PAD_SRC);
  gst_pad_set_event_function (camera, camera_event);
  fail_unless_equals_int (gst_pad_link (camera, send_pad), GST_PAD_LINK_OK);
}

static void
finish (void)
{
  gst_clear_object (&rtcp);
  gst_pad_set_active (camera, FALSE);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  tap_clear (&retransmissions);
  gst_pad_unlink (camera, send_pad);
  gst_element_release_request_pad (bin, send_pad);
  gst_object_unref (send_pad);
  gst_object_unref (camera);
  gst_object_unref (pipeline);
  g_object_unref (connection);
}

static void
play (void)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "application/x-rtp, media=(string)video, clock-rate=(int)90000, "
      "encoding-name=(string)VP8, payload=(int)107, ssrc=(uint)100000");
  GstSegment segment;

  fail_unless (gst_element_set_state (pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE);
  gst_pad_set_active (camera, TRUE);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (camera, gst_event_new_stream_start ("camera"));
  gst_pad_push_event (camera, gst_event_new_caps (caps));
  gst_pad_push_event (camera, gst_event_new_segment (&segment));
  rtcp = open_rtcp (bin);
}

/* With send time, transport-wide sequence and RID. */
static GstBuffer *
make_video (guint16 sequence, guint8 pt)
{
  guint8 packet[] = { 0x90, pt, 0, 0, 0, 0, 0, 1, 0x00, 0x01, 0x86, 0xa0, 0xbe,
    0xde, 0, 3, 0x32, 0, 0, 0, 0x51, 0, 0, 0xb2, '1', '0', '0', 0, 'v', 'p', 0,
    0 };
  GstBuffer *buffer;

  GST_WRITE_UINT16_BE (packet + 2, sequence);
  GST_WRITE_UINT16_BE (packet + 30, sequence);
  buffer = gst_buffer_new_memdup (packet, 28);
  gst_buffer_append (buffer, gst_buffer_new_memdup (packet + 28, 4));
  GST_BUFFER_PTS (buffer) = sequence * GST_MSECOND;
  return buffer;
}

static void
send_video (guint16 first, guint16 last)
{
  for (guint i = first; i <= last; i++)
    fail_unless_equals_int (
        gst_pad_push (camera, make_video ((guint16) i, VP8_PT)), GST_FLOW_OK);
}

static void
receive_rtcp (const guint8 *packet, gsize size)
{
  gst_pad_push (rtcp, gst_buffer_new_memdup (packet, size));
}

static void
receive_nack (guint32 ssrc, const guint16 *sequences, gsize n_sequences)
{
  guint8 nack[RTCP_NACK_MAX_SIZE];

  receive_rtcp (
      nack, rtcp_write_nack (nack, OURS, ssrc, sequences, n_sequences));
}

static void
receive_pli (void)
{
  guint8 pli[RTCP_PLI_SIZE];

  rtcp_write_pli (pli, OURS, SSRC);
  receive_rtcp (pli, sizeof (pli));
}

static GstStructure *
get_stats (void)
{
  GstStructure *stats;

  g_object_get (bin, "stats", &stats, NULL);
  return stats;
}

/* Of the one pad there is. */
static GstStructure *
get_sender (void)
{
  g_autoptr (GstStructure) stats = get_stats ();
  const GValue *senders = gst_structure_get_value (stats, "senders");

  fail_unless_equals_int (gst_value_array_get_size (senders), 1);
  return gst_structure_copy (
      gst_value_get_structure (gst_value_array_get_value (senders, 0)));
}

static guint64
get_counter (const gchar *name)
{
  g_autoptr (GstStructure) sender = get_sender ();
  guint64 value = 0;

  fail_unless (gst_structure_get_uint64 (sender, name, &value), "no %s", name);
  return value;
}

static guint
get_number (const gchar *name)
{
  g_autoptr (GstStructure) sender = get_sender ();
  guint value = 0;

  fail_unless (gst_structure_get_uint (sender, name, &value), "no %s", name);
  return value;
}

typedef struct
{
  RtpHeader header;
  guint16 original;
  guint16 number; /* transport-wide */
  guint32 send_time;
  gchar rid[4];
  guint16 payload;
} Rtx;

static Rtx
wait_rtx (guint index)
{
  GstBuffer *buffer = tap_wait (&retransmissions, index);
  Rtx rtx = { .payload = 0 };
  RtpExtension element;
  RtpExtensionIter iter;
  GstMapInfo map;

  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  fail_unless (rtp_header_parse (map.data, map.size, &rtx.header));
  fail_unless_equals_int (map.size - rtx.header.size, 2 + 4);
  rtx.original = bytes_read_u16 (map.data + rtx.header.size);
  rtx.payload = bytes_read_u16 (map.data + map.size - 2);
  rtp_extension_iter_init (&iter, rtx.header.extension_profile,
      map.data + rtx.header.extension_offset, rtx.header.extension_length);
  while (rtp_extension_iter_next (&iter, &element)) {
    if (element.id == RTP_EXTENSION_REPAIRED_RID)
      memcpy (rtx.rid, element.data, MIN (element.length, 3));
    else if (element.id == RTP_EXTENSION_TRANSPORT_SEQUENCE)
      rtx.number = bytes_read_u16 (element.data);
    else if (element.id == RTP_EXTENSION_ABS_SEND_TIME)
      rtx.send_time = GST_READ_UINT24_BE (element.data);
    fail_if (element.id == RTP_EXTENSION_RID);
  }
  gst_buffer_unmap (buffer, &map);
  gst_buffer_unref (buffer);
  return rtx;
}

GST_START_TEST (pain_14_nack_is_answered)
{
  const guint16 lost[] = { 65533, 65535, 2 };
  guint16 number = 0;

  g_object_set (send_pad, "rtx-ssrc", RTX_SSRC, NULL);
  play ();
  send_video (65530, 65535);
  send_video (0, 5);
  receive_nack (SSRC, lost, G_N_ELEMENTS (lost));
  for (guint i = 0; i < G_N_ELEMENTS (lost); i++) {
    Rtx rtx = wait_rtx (i);

    fail_unless_equals_int (rtx.header.payload_type, VP8_RTX_PT);
    fail_unless_equals_int (rtx.header.ssrc, RTX_SSRC);
    fail_unless_equals_int (rtx.header.sequence, 1 + i);
    fail_unless_equals_int (rtx.header.timestamp, 1);
    fail_unless_equals_int (rtx.original, lost[i]);
    fail_unless_equals_int (rtx.payload, lost[i]);
    fail_unless_equals_string (rtx.rid, "100");
    fail_unless (rtx.send_time != 0);
    if (i > 0)
      fail_unless_equals_int (rtx.number, (guint16) (number + 1));
    number = rtx.number;
  }
  fail_unless_equals_uint64 (get_counter ("packets-retransmitted"), 3);
  fail_unless_equals_uint64 (get_counter ("nacks-received"), 1);
  finish ();
}
GST_END_TEST;

/* Without an announced SSRC it is the next one; nothing goes out twice at once,
 * and what was not sent is not made up. */
GST_START_TEST (test_nack_repeated_and_unknown)
{
  const guint16 lost[] = { 3, 500 };

  play ();
  send_video (1, 5);
  for (guint i = 0; i < 4; i++)
    receive_nack (SSRC, lost, G_N_ELEMENTS (lost));
  receive_nack (SSRC + 5, lost, G_N_ELEMENTS (lost));
  fail_unless_equals_int (wait_rtx (0).header.ssrc, SSRC + 1);
  fail_unless_equals_int (get_number ("rtx-ssrc"), SSRC + 1);
  fail_unless_equals_uint64 (get_counter ("packets-retransmitted"), 1);
  fail_unless_equals_uint64 (get_counter ("retransmissions-suppressed"), 3);
  fail_unless_equals_uint64 (get_counter ("retransmissions-unknown"), 4);
  finish ();
}
GST_END_TEST;

/* All of one NACK after the other, for everything there is: the queue is
 * bounded. */
GST_START_TEST (test_nack_flood)
{
  guint64 retransmitted, suppressed, overflowed;

  play ();
  send_video (1, 3000);
  for (guint16 first = 1; first <= 3000; first += 100) {
    guint16 sequences[100];

    for (guint i = 0; i < 100; i++)
      sequences[i] = first + i;
    for (guint i = 0; i < 3; i++)
      receive_nack (SSRC, sequences, 100);
  }
  retransmitted = get_counter ("packets-retransmitted");
  suppressed = get_counter ("retransmissions-suppressed");
  overflowed = get_counter ("retransmissions-overflowed");
  fail_unless (retransmitted >= 2048 && retransmitted <= 9000);
  fail_unless_equals_uint64 (retransmitted + suppressed + overflowed
          + get_counter ("retransmissions-unknown"),
      9000);
  finish ();
}
GST_END_TEST;

/* Opus has no retransmissions: nothing is kept. */
GST_START_TEST (test_no_retransmissions_of_audio)
{
  const guint16 lost[] = { 1 };
  g_autoptr (GstStructure) stats = NULL;

  play ();
  gst_pad_push (camera, make_video (1, OPUS_PT));
  receive_nack (SSRC, lost, 1);
  fail_unless_equals_uint64 (get_counter ("history-bytes"), 0);
  fail_unless_equals_uint64 (get_counter ("packets-retransmitted"), 0);
  finish ();
}
GST_END_TEST;

/* Without RTX nothing is kept, and nothing is sent on an SSRC that nobody
 * announced. */
GST_START_TEST (test_without_rtx)
{
  const guint16 lost[] = { 3, 4 };

  g_object_set (connection, "rtx", FALSE, NULL);
  g_object_set (send_pad, "rtx-ssrc", __i__ == 0 ? RTX_SSRC : 0, NULL);
  play ();
  send_video (1, 5);
  receive_nack (SSRC, lost, G_N_ELEMENTS (lost));
  fail_unless_equals_uint64 (get_counter ("nacks-received"), 1);
  fail_unless_equals_uint64 (get_counter ("retransmissions-unknown"), 2);
  fail_unless_equals_uint64 (get_counter ("packets-retransmitted"), 0);
  fail_unless_equals_uint64 (get_counter ("history-bytes"), 0);
  fail_unless_equals_int (get_number ("rtx-ssrc"), 0);
  finish ();
}
GST_END_TEST;

/* A new session: what was sent in the one before is not sent again. */
GST_START_TEST (test_new_ssrc)
{
  const guint16 lost[] = { 2, 11 };
  const guint8 other[] = { 0x00, 0x01, 0x86, 0xb0 };
  GstBuffer *packet;

  play ();
  send_video (1, 5);
  packet = make_video (11, VP8_PT);
  gst_buffer_fill (packet, 8, other, sizeof (other));
  gst_pad_push (camera, packet);
  receive_nack (SSRC, lost, G_N_ELEMENTS (lost));
  receive_nack (SSRC + 16, lost, G_N_ELEMENTS (lost));
  fail_unless_equals_int (wait_rtx (0).original, 11);
  fail_unless_equals_uint64 (get_counter ("nacks-received"), 1);
  fail_unless_equals_uint64 (get_counter ("packets-retransmitted"), 1);
  finish ();
}
GST_END_TEST;

GST_START_TEST (pain_13_pli_and_fir_ask_upstream)
{
  static const guint8 fir[] = { 0x84, 206, 0, 6, 0x11, 0x22, 0x33, 0x44, 0, 0,
    0, 0, 0, 0, 0, 9, 1, 0, 0, 0, 0x00, 0x01, 0x86, 0xa0, 1, 0, 0, 0 };

  play ();
  send_video (1, 1);
  receive_pli ();
  wait_key_units (1);
  /* Ten more are one, half a second later. */
  for (guint i = 0; i < 9; i++)
    receive_pli ();
  receive_rtcp (fir, sizeof (fir));
  wait_key_units (2);
  fail_unless_equals_uint64 (get_counter ("key-unit-requests"), 2);
  fail_unless_equals_uint64 (get_counter ("plis-received"), 10);
  fail_unless_equals_uint64 (get_counter ("firs-received"), 1);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_foreign_pli)
{
  guint8 pli[RTCP_PLI_SIZE];

  play ();
  send_video (1, 1);
  rtcp_write_pli (pli, OURS, SSRC + 1);
  receive_rtcp (pli, sizeof (pli));
  rtcp_write_pli (pli, OURS, 0);
  receive_rtcp (pli, sizeof (pli));
  receive_pli ();
  wait_key_units (1);
  fail_unless_equals_uint64 (get_counter ("plis-received"), 1);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_bandwidth_feedback_in_stats)
{
  static const guint8 remb[] = { 0x8f, 206, 0, 5, 0x11, 0x22, 0x33, 0x44, 0, 0,
    0, 0, 'R', 'E', 'M', 'B', 1, 0x17, 0xd0, 0x90, 0, 1, 0x86, 0xa0 };
  static const guint8 twcc[] = { 0x8f, 205, 0, 5, 0x11, 0x22, 0x33, 0x44, 0, 1,
    0x86, 0xa0, 0, 1, 0, 4, 0, 0, 0, 1, 0xb0, 0x00, 4, 4 };
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = 0;

  play ();
  send_video (1, 1);
  receive_rtcp (remb, sizeof (remb));
  receive_rtcp (twcc, sizeof (twcc));
  stats = get_stats ();
  fail_unless (gst_structure_get_uint64 (stats, "remb-bitrate", &value));
  fail_unless_equals_uint64 (value, 8000000);
  fail_unless (
      gst_structure_get_uint64 (stats, "twcc-packets-received", &value));
  fail_unless_equals_uint64 (value, 2);
  fail_unless (gst_structure_get_uint64 (stats, "twcc-packets-lost", &value));
  fail_unless_equals_uint64 (value, 2);
  finish ();
}
GST_END_TEST;

/* What the server says of pictures and of sound. */
GST_START_TEST (test_reports_in_stats)
{
  const guint32 ssrcs[] = { SSRC + 1, SSRC };

  play ();
  gst_pad_push (camera, make_video (1, __i__ == 0 ? VP8_PT : OPUS_PT));
  for (guint i = 0; i < G_N_ELEMENTS (ssrcs); i++) {
    const RtcpReportBlock block = { .ssrc = ssrcs[i],
      .highest_sequence = 0x10005 };
    g_autoptr (GstStructure) sender = NULL;
    guint8 rr[RTCP_RECEIVER_REPORT_SIZE];

    rtcp_write_receiver_report (rr, OURS, &block);
    receive_rtcp (rr, sizeof (rr));
    sender = get_sender ();
    fail_unless (
        gst_structure_has_field (sender, "remote-ssrc") == (ssrcs[i] == SSRC));
  }
  fail_unless_equals_int (get_number ("remote-ssrc"), OURS);
  fail_unless_equals_int (get_number ("remote-highest-seqnum"), 0x10005);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_sent_packets_in_stats)
{
  guint number;

  play ();
  fail_unless_equals_int (get_number ("ssrc"), 0);
  send_video (1, 4);
  number = get_number ("last-transport-seqnum");
  send_video (5, 5);
  fail_unless_equals_int (get_number ("ssrc"), SSRC);
  fail_unless_equals_uint64 (get_counter ("packets-sent"), 5);
  fail_unless_equals_uint64 (get_counter ("octets-sent"), 5 * 4);
  fail_unless_equals_int (get_number ("last-seqnum"), 5);
  fail_unless_equals_int (
      get_number ("last-transport-seqnum"), (guint16) (number + 1));
  finish ();
}
GST_END_TEST;

/* Sound is counted, and has no keyframes. */
GST_START_TEST (test_sent_sound_in_stats)
{
  g_autoptr (GstStructure) sender = NULL;

  play ();
  gst_pad_push (camera, make_video (7, OPUS_PT));
  receive_pli ();
  sender = get_sender ();
  fail_if (gst_structure_has_field (sender, "last-transport-seqnum"));
  fail_unless_equals_int (get_number ("ssrc"), SSRC);
  fail_unless_equals_uint64 (get_counter ("packets-sent"), 1);
  fail_unless_equals_int (get_number ("last-seqnum"), 7);
  fail_unless_equals_uint64 (get_counter ("plis-received"), 0);
  finish ();
}
GST_END_TEST;

/* Lengths that lie, in every packet that is read. */
GST_START_TEST (test_malformed_rtcp)
{
  static const guint8 packets[][16] = {
    { 0x81, 205, 0, 3, 0, 0, 0, 1, 0x00, 0x01, 0x86, 0xa0, 0, 1, 0, 0 },
    { 0x84, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0x00, 0x01, 0x86, 0xa0 },
    { 0x8f, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B' },
    { 0x8f, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0xff, 0xff },
    { 0x9f, 201, 0, 3, 0, 0, 0, 1, 0x00, 0x01, 0x86, 0xa0, 0, 0, 0, 0 },
  };

  play ();
  send_video (2, 2);
  for (guint i = 0; i < G_N_ELEMENTS (packets); i++)
    for (gsize size = 1; size <= 16; size++)
      receive_rtcp (packets[i], size);
  fail_unless_equals_uint64 (get_counter ("packets-retransmitted"), 0);
  fail_unless_equals_uint64 (get_counter ("key-unit-requests"), 0);
  fail_unless_equals_uint64 (get_counter ("firs-received"), 0);
  receive_pli ();
  wait_key_units (1);
  finish ();
}
GST_END_TEST;

/* One number after the other over all that is sent. */
GST_START_TEST (test_transport_sequence)
{
  g_autoptr (GstElement) transport =
      gst_bin_get_by_name (GST_BIN (bin), "transport");
  g_autoptr (GstPad) peer = NULL;
  g_autoptr (GstElement) rtpbin = gst_bin_get_by_name (GST_BIN (bin), "rtpbin");
  g_autoptr (GstPad) src =
      gst_element_get_static_pad (rtpbin, "send_rtp_src_1");
  guint16 before = 0;
  Tap tap;

  peer = gst_pad_get_peer (src);
  tap_init (&tap, g_steal_pointer (&peer));
  play ();
  send_video (1, 20);
  for (guint i = 0; i < 20; i++) {
    GstBuffer *buffer = tap_wait (&tap, i);
    guint8 number[2];

    gst_buffer_extract (buffer, 21, number, 2);
    if (i > 0)
      fail_unless_equals_int (
          GST_READ_UINT16_BE (number), (guint16) (before + 1));
    before = GST_READ_UINT16_BE (number);
    /* nothing else was touched */
    fail_unless (gst_buffer_memcmp (buffer, 23,
                     "\xb2"
                     "100",
                     4)
        == 0);
    gst_buffer_unref (buffer);
  }
  tap_clear (&tap);
  finish ();
}
GST_END_TEST;

/* A new session has a new SSRC in its caps. */
GST_START_TEST (test_caps_change)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "application/x-rtp, media=(string)video, clock-rate=(int)90000, "
      "encoding-name=(string)VP8, payload=(int)107, ssrc=(uint)5");

  play ();
  send_video (1, 1);
  fail_unless (gst_pad_push_event (camera, gst_event_new_caps (caps)));
  send_video (2, 2);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_pads)
{
  GstPad *pads[4];

  for (guint round = 0; round < 3; round++) {
    /* 0, 2, 3, 4 */
    for (guint i = 0; i < 4; i++) {
      g_autofree gchar *name =
          g_strdup_printf ("send_rtp_sink_%u", i == 0 ? 0 : i + 1);

      pads[i] = gst_element_request_pad_simple (bin, "send_rtp_sink_%u");
      fail_unless (pads[i] != NULL);
      fail_unless_equals_string (GST_PAD_NAME (pads[i]), name);
    }
    for (guint i = 0; i < 4; i++) {
      gst_element_release_request_pad (bin, pads[i]);
      gst_object_unref (pads[i]);
    }
    fail_unless_equals_int (GST_ELEMENT (bin)->numsinkpads, 1);
    gst_element_set_state (
        pipeline, round == 0 ? GST_STATE_PAUSED : GST_STATE_PLAYING);
  }
  finish ();
}
GST_END_TEST;

static Suite *
discordrtpbin_send_suite (void)
{
  Suite *suite = suite_create ("discordrtpbin-send");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, NULL);
  tcase_add_test (tc, pain_14_nack_is_answered);
  tcase_add_test (tc, test_nack_repeated_and_unknown);
  tcase_add_test (tc, test_nack_flood);
  tcase_add_test (tc, test_no_retransmissions_of_audio);
  tcase_add_loop_test (tc, test_without_rtx, 0, 2);
  tcase_add_test (tc, test_new_ssrc);
  tcase_add_test (tc, pain_13_pli_and_fir_ask_upstream);
  tcase_add_test (tc, test_foreign_pli);
  tcase_add_test (tc, test_bandwidth_feedback_in_stats);
  tcase_add_loop_test (tc, test_reports_in_stats, 0, 2);
  tcase_add_test (tc, test_sent_packets_in_stats);
  tcase_add_test (tc, test_sent_sound_in_stats);
  tcase_add_test (tc, test_malformed_rtcp);
  tcase_add_test (tc, test_transport_sequence);
  tcase_add_test (tc, test_caps_change);
  tcase_add_test (tc, test_pads);
  return suite;
}

GST_CHECK_MAIN (discordrtpbin_send);
