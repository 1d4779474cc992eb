/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstdiscordhdrext.h"

#include <gst/audio/audio.h>
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/rtp/rtp.h>

#include "vectors.h"

#define MS GST_MSECOND
#define FRAME 960 /* RTP ticks of 20 ms */

static const guint8 opus[] = { 0xFC, 1, 2, 3, 4, 5, 6, 7 };

static GstHarness *
pay_new (const gchar *properties)
{
  g_autofree gchar *line = g_strdup_printf ("discordrtpopuspay %s", properties);
  GstHarness *h = gst_harness_new_parse (line);

  gst_harness_set_src_caps_str (h, "audio/x-opus, channel-mapping-family=0");
  return h;
}

static GstBuffer *
frame_at (GstClockTime pts)
{
  GstBuffer *buffer = gst_buffer_new_memdup (opus, sizeof opus);

  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = 20 * MS;
  return buffer;
}

typedef struct
{
  guint16 seqnum;
  guint32 timestamp;
  guint32 ssrc;
} Header;

static Header
send_at (GstHarness *h, GstClockTime pts)
{
  g_autoptr (GstBuffer) packet = gst_harness_push_and_pull (h, frame_at (pts));
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  Header header;

  fail_unless (packet != NULL);
  fail_unless (gst_rtp_buffer_map (packet, GST_MAP_READ, &rtp));
  header.seqnum = gst_rtp_buffer_get_seq (&rtp);
  header.timestamp = gst_rtp_buffer_get_timestamp (&rtp);
  header.ssrc = gst_rtp_buffer_get_ssrc (&rtp);
  gst_rtp_buffer_unmap (&rtp);
  return header;
}

static void
start_session (GstHarness *h, guint32 ssrc)
{
  fail_unless (gst_harness_push_event (h,
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
          gst_structure_new (
              "discord-session", "ssrc", G_TYPE_UINT, ssrc, NULL))));
}

static guint
ssrc_in_caps (GstHarness *h)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (h->sinkpad);
  guint ssrc;

  fail_unless (caps != NULL);
  fail_unless (
      gst_structure_get_uint (gst_caps_get_structure (caps, 0), "ssrc", &ssrc));
  return ssrc;
}

GST_START_TEST (test_packet)
{
  GstHarness *h = pay_new ("ssrc=99999 seqnum-offset=7 timestamp-offset=6720");
  const guint8 header[] = { 0x80, 0x78, 0x00, 0x07, 0x00, 0x00, 0x1A, 0x40,
    0x00, 0x01, 0x86, 0x9F };
  g_autoptr (GstBuffer) input = frame_at (0);
  g_autoptr (GstMemory) memory = gst_buffer_get_memory (input, 0);
  g_autoptr (GstBuffer) packet = NULL;

  packet = gst_harness_push_and_pull (h, g_steal_pointer (&input));
  fail_unless_equals_int (
      gst_buffer_get_size (packet), sizeof header + sizeof opus);
  fail_unless (gst_buffer_memcmp (packet, 0, header, sizeof header) == 0);
  fail_unless (
      gst_buffer_memcmp (packet, sizeof header, opus, sizeof opus) == 0);
  /* Not copied. */
  fail_unless (gst_buffer_peek_memory (packet, 1) == memory);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (packet), 0);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (packet), 20 * MS);
  gst_harness_teardown (h);
}
GST_END_TEST;

/* Sequence counts packets, time stands for elapsed time, both wrap. */
GST_START_TEST (test_counting)
{
  GstHarness *h =
      pay_new ("ssrc=1 seqnum-offset=65535 timestamp-offset=4294966336");
  Header a = send_at (h, 0);
  Header b = send_at (h, 20 * MS);
  Header c = send_at (h, 520 * MS);

  fail_unless_equals_int (a.seqnum, 65535);
  fail_unless_equals_int (b.seqnum, 0);
  fail_unless_equals_int (c.seqnum, 1);
  fail_unless_equals_int64 (a.timestamp, G_MAXUINT32 - FRAME + 1);
  fail_unless_equals_int64 (b.timestamp, 0);
  fail_unless_equals_int64 (c.timestamp, 25 * FRAME);
  gst_harness_teardown (h);
}
GST_END_TEST;

/* Receivers freeze when RTP time goes back. */
GST_START_TEST (test_time_never_goes_back)
{
  GstHarness *h = pay_new ("ssrc=1 timestamp-offset=0");
  GstSegment segment;

  send_at (h, 0);
  fail_unless_equals_int (send_at (h, GST_SECOND).timestamp, 48000);
  fail_unless_equals_int (send_at (h, GST_SECOND).timestamp, 48960);
  fail_unless_equals_int (send_at (h, GST_SECOND + 20 * MS).timestamp, 49920);

  /* A seek: running time starts over. */
  gst_harness_push_event (h, gst_event_new_flush_start ());
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  fail_unless_equals_int (send_at (h, 0).timestamp, 50880);
  fail_unless_equals_int (send_at (h, 20 * MS).timestamp, 51840);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_without_timestamps)
{
  GstHarness *h = pay_new ("ssrc=1 timestamp-offset=100");

  fail_unless_equals_int (send_at (h, GST_CLOCK_TIME_NONE).timestamp, 100);
  fail_unless_equals_int (send_at (h, GST_CLOCK_TIME_NONE).timestamp, 1060);
  gst_harness_teardown (h);
}
GST_END_TEST;

/* voice-gateway 5.4: a new identify is a new RTP stream. */
GST_START_TEST (test_new_session)
{
  GstHarness *h = pay_new ("");
  guint different = 0;
  Header before, after;

  start_session (h, 4711);
  before = send_at (h, 0);
  fail_unless_equals_int64 (before.ssrc, 4711);
  fail_unless_equals_int64 (ssrc_in_caps (h), 4711);

  /* Random starts may be equal once, not always. */
  for (guint i = 1; i <= 4; i++) {
    start_session (h, 4711 + i);
    after = send_at (h, i * 20 * MS);
    fail_unless_equals_int64 (after.ssrc, 4711 + i);
    fail_unless_equals_int64 (ssrc_in_caps (h), 4711 + i);
    different += after.seqnum != (guint16) (before.seqnum + 1)
        && after.timestamp != before.timestamp + FRAME;
    before = after;
  }
  fail_unless (different > 0);
  gst_harness_teardown (h);
}
GST_END_TEST;

static void
continue_session (GstHarness *h, guint32 ssrc, guint seqnum, guint timestamp)
{
  fail_unless (gst_harness_push_event (h,
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
          gst_structure_new ("discord-session", "ssrc", G_TYPE_UINT, ssrc,
              "seqnum", G_TYPE_UINT, seqnum, "timestamp", G_TYPE_UINT,
              timestamp, NULL))));
}

static void
expect_header (Header header, guint16 seqnum, guint32 timestamp)
{
  fail_unless_equals_int (header.seqnum, seqnum);
  fail_unless_equals_int64 (header.timestamp, timestamp);
}

/* Where somebody else has sent on our SSRC (RFC 3550 5.1); what the properties
 * say is where a stream begins. */
GST_START_TEST (test_session_goes_on)
{
  GstHarness *h = pay_new ("seqnum-offset=1 timestamp-offset=2");

  continue_session (h, 4711, 65535, G_MAXUINT32 - FRAME + 1);
  expect_header (send_at (h, 7 * GST_SECOND), 65535, G_MAXUINT32 - FRAME + 1);
  fail_unless_equals_int64 (ssrc_in_caps (h), 4711);
  expect_header (send_at (h, 7 * GST_SECOND + 20 * MS), 0, 0);
  /* Time stands for elapsed time from there on. */
  expect_header (send_at (h, 8 * GST_SECOND), 1, 48000 - FRAME);

  continue_session (h, 4711, 9, 100000);
  expect_header (send_at (h, 9 * GST_SECOND), 9, 100000);
  start_session (h, 4712);
  expect_header (send_at (h, 10 * GST_SECOND), 1, 2 + 10 * 48000);
  gst_harness_teardown (h);
}
GST_END_TEST;

/* Half of where to go on is nowhere. */
GST_START_TEST (test_session_goes_on_by_both)
{
  GstHarness *h = pay_new ("seqnum-offset=1 timestamp-offset=2");

  fail_unless (gst_harness_push_event (h,
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
          gst_structure_new ("discord-session", "ssrc", G_TYPE_UINT, 4711,
              "seqnum", G_TYPE_UINT, 9, NULL))));
  expect_header (send_at (h, 0), 1, 2);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_session_goes_on_without_timestamps)
{
  GstHarness *h = pay_new ("");

  continue_session (h, 4711, 9, 100000);
  expect_header (send_at (h, GST_CLOCK_TIME_NONE), 9, 100000);
  expect_header (send_at (h, GST_CLOCK_TIME_NONE), 10, 100000 + FRAME);
  expect_header (send_at (h, 5 * GST_SECOND), 11, 100000 + 2 * FRAME);
  expect_header (send_at (h, 6 * GST_SECOND), 12, 100000 + 2 * FRAME + 48000);
  gst_harness_teardown (h);
}
GST_END_TEST;

/* What downstream suggests is often the SSRC of the session before. */
GST_START_TEST (test_session_beats_peer)
{
  GstHarness *h = pay_new ("");

  gst_harness_set_sink_caps_str (
      h, "application/x-rtp, ssrc=(uint)1; application/x-rtp");
  start_session (h, 2);
  fail_unless_equals_int64 (send_at (h, 0).ssrc, 2);
  gst_harness_push_upstream_event (h, gst_event_new_reconfigure ());
  fail_unless_equals_int64 (send_at (h, 20 * MS).ssrc, 2);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_peer_beats_property)
{
  GstHarness *h = gst_harness_new_parse ("discordrtpopuspay ssrc=3");

  gst_harness_set_sink_caps_str (h, "application/x-rtp, ssrc=(uint)1");
  gst_harness_set_src_caps_str (h, "audio/x-opus");
  fail_unless_equals_int64 (send_at (h, 0).ssrc, 1);
  gst_harness_set_sink_caps_str (h, "application/x-rtp, ssrc=(uint)2");
  gst_harness_push_upstream_event (h, gst_event_new_reconfigure ());
  fail_unless_equals_int64 (send_at (h, 20 * MS).ssrc, 2);
  gst_harness_teardown (h);
}
GST_END_TEST;

static void
add_extension (GstHarness *h, const gchar *factory, guint id)
{
  GstElement *extension = gst_element_factory_make (factory, NULL);

  gst_object_ref_sink (extension);
  gst_rtp_header_extension_set_id (GST_RTP_HEADER_EXTENSION (extension), id);
  g_signal_emit_by_name (h->element, "add-extension", extension);
  gst_object_unref (extension);
}

static GstHarness *
pay_with_extensions (void)
{
  GstHarness *h = gst_harness_new ("discordrtpopuspay");

  add_extension (h, "discordhdrextaudiolevel", 1);
  add_extension (h, "discordhdrextabssendtime", 3);
  add_extension (h, "discordhdrextspeaker", 9);
  add_extension (h, "discordhdrextmid", 10);
  gst_harness_set_src_caps_str (h, "audio/x-opus");
  return h;
}

/* The block of tests/vectors/transport.json; the send time is now instead. */
GST_START_TEST (test_audio_block)
{
  g_autoptr (JsonParser) parser = vectors_load ();
  JsonObject *block = json_object_get_object_member (
      json_object_get_object_member (vectors_root (parser), "extensions"),
      "audio_block");
  g_auto (Bytes) expected = vector_bytes (block, "body");
  GstHarness *h = pay_with_extensions ();
  GstBuffer *frame = frame_at (0);
  g_autoptr (GstBuffer) packet = NULL;
  GstMapInfo map;

  gst_buffer_add_audio_level_meta (
      frame, json_object_get_int_member (block, "level"), FALSE);
  packet = gst_harness_push_and_pull (h, frame);
  fail_unless (gst_buffer_map (packet, &map, GST_MAP_READ));
  fail_unless_equals_int (map.size, 12 + 4 + expected.length + sizeof opus);
  fail_unless_equals_int (map.data[0], 0x90);
  fail_unless_equals_int (map.data[12] << 8 | map.data[13], 0xBEDE);
  fail_unless_equals_int (
      map.data[14] << 8 | map.data[15], expected.length / 4);
  memcpy (expected.data + 3, map.data + 16 + 3, 3);
  fail_unless (memcmp (map.data + 16, expected.data, expected.length) == 0);
  fail_unless (
      memcmp (map.data + 16 + expected.length, opus, sizeof opus) == 0);
  gst_buffer_unmap (packet, &map);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_extensions_in_caps)
{
  GstHarness *h = pay_with_extensions ();
  g_autoptr (GstCaps) caps = NULL;
  GstStructure *structure;

  send_at (h, 0);
  caps = gst_pad_get_current_caps (h->sinkpad);
  structure = gst_caps_get_structure (caps, 0);
  fail_unless (gst_structure_has_field (structure, "extmap-1"));
  fail_unless_equals_string (gst_structure_get_string (structure, "extmap-3"),
      DISCORD_HDREXT_URI_ABS_SEND_TIME);
  fail_unless_equals_string (gst_structure_get_string (structure, "extmap-9"),
      DISCORD_HDREXT_URI_SPEAKER);
  fail_unless_equals_string (gst_structure_get_string (structure, "extmap-10"),
      DISCORD_HDREXT_URI_MID);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_extensions_cleared)
{
  GstHarness *h = pay_with_extensions ();
  g_autoptr (GstBuffer) packet = NULL;

  send_at (h, 0);
  g_signal_emit_by_name (h->element, "clear-extensions");
  packet = gst_harness_push_and_pull (h, frame_at (20 * MS));
  fail_unless_equals_int (gst_buffer_get_size (packet), 12 + sizeof opus);
  gst_harness_teardown (h);
}
GST_END_TEST;

/* A stock depayloader takes it, extensions and all, and does not hang. */
GST_START_TEST (test_stock_depayloader)
{
  GstHarness *h = pay_with_extensions ();
  GstHarness *depay = gst_harness_new ("rtpopusdepay");
  g_autoptr (GstCaps) caps = NULL;

  send_at (h, 0);
  caps = gst_pad_get_current_caps (h->sinkpad);
  gst_harness_set_src_caps (depay, gst_caps_copy (caps));
  for (guint i = 1; i <= 10; i++) {
    GstBuffer *packet = gst_harness_push_and_pull (h, frame_at (i * 20 * MS));
    g_autoptr (GstBuffer) frame = gst_harness_push_and_pull (depay, packet);

    fail_unless_equals_int (gst_buffer_get_size (frame), sizeof opus);
    fail_unless (gst_buffer_memcmp (frame, 0, opus, sizeof opus) == 0);
    fail_unless (gst_buffer_get_audio_level_meta (frame) != NULL);
  }
  gst_harness_teardown (depay);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_no_caps)
{
  GstHarness *h = gst_harness_new_parse ("discordrtpopuspay");
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_stream_start ("x"));
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  fail_unless_equals_int (
      gst_harness_push (h, frame_at (0)), GST_FLOW_NOT_NEGOTIATED);
  gst_harness_teardown (h);
}
GST_END_TEST;

static Suite *
discordrtpopuspay_suite (void)
{
  Suite *suite = suite_create ("discordrtpopuspay");
  TCase *tcase = tcase_create ("packets");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_packet);
  tcase_add_test (tcase, test_counting);
  tcase_add_test (tcase, test_time_never_goes_back);
  tcase_add_test (tcase, test_without_timestamps);
  tcase_add_test (tcase, test_new_session);
  tcase_add_test (tcase, test_session_goes_on);
  tcase_add_test (tcase, test_session_goes_on_by_both);
  tcase_add_test (tcase, test_session_goes_on_without_timestamps);
  tcase_add_test (tcase, test_session_beats_peer);
  tcase_add_test (tcase, test_peer_beats_property);
  tcase_add_test (tcase, test_audio_block);
  tcase_add_test (tcase, test_extensions_in_caps);
  tcase_add_test (tcase, test_extensions_cleared);
  tcase_add_test (tcase, test_stock_depayloader);
  tcase_add_test (tcase, test_no_caps);
  return suite;
}

GST_CHECK_MAIN (discordrtpopuspay);
