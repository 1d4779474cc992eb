/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtpvideo-helper.h"

#include <gst/video/video-event.h>

#define RTP(name)                                                              \
  "application/x-rtp, media=(string)video, payload=(int)107, "                 \
  "clock-rate=(int)90000, encoding-name=(string)" name

#define KEY "10000000009d012a"
#define DELTA "1001"

static Fixture
depay_new (const gchar *rtp, const gchar *downstream)
{
  return fixture_new ("discordrtpvideodepay", downstream, rtp);
}

/* Frame @ts, at 30 frames a second. */
static void
push (Fixture *f, guint16 seqnum, guint32 ts, gboolean marker, const gchar *hex)
{
  gsize size = strlen (hex) / 2;
  GstBuffer *packet = gst_rtp_buffer_new_allocate (size, 0, 0);
  GstDiscordMediaMeta *meta = gst_buffer_add_discord_media_meta (packet);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  guint8 *payload;

  gst_rtp_buffer_map (packet, GST_MAP_READWRITE, &rtp);
  gst_rtp_buffer_set_payload_type (&rtp, 107);
  gst_rtp_buffer_set_seq (&rtp, seqnum);
  gst_rtp_buffer_set_timestamp (&rtp, 3000 * ts);
  gst_rtp_buffer_set_marker (&rtp, marker);
  payload = gst_rtp_buffer_get_payload (&rtp);
  for (gsize i = 0; i < size; i++)
    payload[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4
        | g_ascii_xdigit_value (hex[2 * i + 1]));
  gst_rtp_buffer_unmap (&rtp);
  meta->user_id = 99;
  meta->seqnum = seqnum;
  GST_BUFFER_PTS (packet) = ts * GST_SECOND / 30;
  fail_unless_equals_int (gst_harness_push (f->harness, packet), GST_FLOW_OK);
}

static guint
count_requests (Fixture *f)
{
  GstEvent *event;
  guint n = 0;

  while ((event = gst_harness_try_pull_upstream_event (f->harness))) {
    gboolean all_headers = FALSE;

    if (gst_video_event_is_force_key_unit (event)) {
      fail_unless (gst_video_event_parse_upstream_force_key_unit (
          event, NULL, &all_headers, NULL));
      fail_unless (all_headers);
      n++;
    }
    gst_event_unref (event);
  }
  return n;
}

static guint64
get_stat (Fixture *f, const gchar *name)
{
  g_autoptr (GstElement) depay =
      gst_harness_find_element (f->harness, "discordrtpvideodepay");
  g_autoptr (GstStructure) stats = NULL;
  guint64 value;

  g_object_get (depay, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value));
  return value;
}

static void
expect (Fixture *f, guint32 ts, gboolean is_delta, gboolean is_discont)
{
  g_autoptr (GstBuffer) frame = gst_harness_try_pull (f->harness);

  fail_unless (frame != NULL);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (frame), ts * GST_SECOND / 30);
  fail_unless_equals_int (
      GST_BUFFER_FLAG_IS_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT) != 0,
      is_delta);
  fail_unless_equals_int (GST_BUFFER_IS_DISCONT (frame) != 0, is_discont);
}

static void
expect_nothing (Fixture *f)
{
  fail_unless (gst_harness_try_pull (f->harness) == NULL);
}

/* A keyframe in two packets, then a frame in one. */
GST_START_TEST (test_frames)
{
  Fixture f = depay_new (RTP ("VP8"), "video/x-vp8");
  g_autoptr (GstBuffer) frame = NULL;
  GstDiscordMediaMeta *meta;

  push (&f, 65535, 0, FALSE, KEY);
  expect_nothing (&f);
  push (&f, 0, 0, TRUE, "00aabb");
  frame = gst_harness_try_pull (f.harness);
  gst_check_buffer_data (frame, "\x00\x00\x00\x00\x9d\x01\x2a\xaa\xbb", 9);
  meta = gst_buffer_get_discord_media_meta (frame);
  fail_unless_equals_uint64 (meta->user_id, 99);
  fail_unless_equals_int (meta->seqnum, 0);
  fail_if (GST_BUFFER_FLAG_IS_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT));
  push (&f, 1, 1, TRUE, DELTA);
  expect (&f, 1, TRUE, FALSE);
  fail_unless_equals_int (count_requests (&f), 0);
  fail_unless_equals_uint64 (get_stat (&f, "frames"), 2);
  fixture_clear (&f);
}
GST_END_TEST;

/* The picture has to begin some time. */
GST_START_TEST (test_starts_without_keyframe)
{
  Fixture f = depay_new (RTP ("VP8"), "video/x-vp8");

  push (&f, 0, 0, TRUE, DELTA);
  expect (&f, 0, TRUE, TRUE);
  push (&f, 1, 1, TRUE, DELTA);
  expect (&f, 1, TRUE, FALSE);
  fail_unless_equals_int (count_requests (&f), 1);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_gaps)
{
  Fixture f = depay_new (RTP ("VP8"), "video/x-vp8");

  push (&f, 0, 0, TRUE, KEY);
  expect (&f, 0, FALSE, TRUE);

  /* In the middle of a frame. */
  push (&f, 1, 1, FALSE, DELTA);
  push (&f, 3, 1, FALSE, "00aa");
  push (&f, 4, 1, TRUE, "00aa");
  expect_nothing (&f);
  fail_unless_equals_int (count_requests (&f), 1);
  push (&f, 5, 2, TRUE, DELTA);
  expect (&f, 2, TRUE, TRUE);

  /* The end of a frame and the start of the next are one gap. */
  push (&f, 6, 3, FALSE, DELTA);
  push (&f, 9, 4, TRUE, "00aa");
  expect_nothing (&f);
  fail_unless_equals_int (count_requests (&f), 1);
  push (&f, 10, 5, TRUE, DELTA);
  expect (&f, 5, TRUE, TRUE);

  /* Whole frames. */
  push (&f, 13, 8, TRUE, DELTA);
  expect (&f, 8, TRUE, TRUE);
  fail_unless_equals_int (count_requests (&f), 1);

  /* No marker, though nothing is missing. */
  push (&f, 14, 9, FALSE, DELTA);
  push (&f, 15, 10, TRUE, DELTA);
  expect (&f, 10, TRUE, TRUE);
  fail_unless_equals_int (count_requests (&f), 1);
  fail_unless_equals_uint64 (get_stat (&f, "frames-lost"), 4);
  fail_unless_equals_uint64 (get_stat (&f, "keyframe-requests"), 4);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_late_and_double)
{
  Fixture f = depay_new (RTP ("VP8"), "video/x-vp8");

  push (&f, 10, 0, TRUE, KEY);
  expect (&f, 0, FALSE, TRUE);
  push (&f, 10, 0, TRUE, KEY);
  push (&f, 9, 0, FALSE, KEY);
  push (&f, 11, 1, TRUE, DELTA);
  push (&f, 11, 1, TRUE, DELTA);
  expect (&f, 1, TRUE, FALSE);
  expect_nothing (&f);
  fail_unless_equals_int (count_requests (&f), 0);
  fixture_clear (&f);
}
GST_END_TEST;

#define ENCRYPTED "10ffffff0102030405060708010cfafa"

/* One that looks for it gets all, whatever they are. */
GST_START_TEST (test_downstream_takes_encrypted)
{
  static const gchar *const downstream[] = {
    "application/x-dave",
    "application/x-dave; video/x-vp8",
    "video/x-vp8; application/x-dave",
    "ANY",
  };

  for (guint i = 0; i < G_N_ELEMENTS (downstream); i++) {
    Fixture f = depay_new (RTP ("VP8"), downstream[i]);
    g_autoptr (GstCaps) caps = NULL;
    const GstStructure *structure;

    push (&f, 0, 0, TRUE, KEY);
    push (&f, 1, 1, TRUE, ENCRYPTED);
    fail_unless_equals_int (gst_harness_buffers_received (f.harness), 2);
    caps = gst_pad_get_current_caps (f.harness->sinkpad);
    structure = gst_caps_get_structure (caps, 0);
    fail_unless (gst_structure_has_name (structure, "application/x-dave"));
    fail_unless_equals_string (
        gst_structure_get_string (structure, "original-media-type"),
        "video/x-vp8");
    fixture_clear (&f);
  }
}
GST_END_TEST;

GST_START_TEST (test_downstream_takes_clear_only)
{
  Fixture f = depay_new (RTP ("VP8"), "video/x-vp8");

  push (&f, 0, 0, TRUE, KEY);
  expect (&f, 0, FALSE, TRUE);
  push (&f, 1, 1, TRUE, ENCRYPTED);
  push (&f, 2, 2, TRUE, ENCRYPTED);
  expect_nothing (&f);
  fail_unless_equals_int (count_warnings (&f), 1);
  fail_unless_equals_uint64 (get_stat (&f, "frames-refused"), 2);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_caps)
{
  static const struct
  {
    const gchar *rtp;
    const gchar *expected;
  } cases[] = {
    { RTP ("H264"),
        "video/x-h264, stream-format=(string)byte-stream, "
        "alignment=(string)au" },
    { RTP ("H265"),
        "video/x-h265, stream-format=(string)byte-stream, "
        "alignment=(string)au" },
    { RTP ("VP8"), "video/x-vp8" },
    { RTP ("VP9"), "video/x-vp9, alignment=(string)super-frame" },
    { RTP ("AV1"),
        "video/x-av1, stream-format=(string)obu-stream, "
        "alignment=(string)tu" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Fixture f = depay_new (cases[i].rtp,
        "video/x-h264; video/x-h265; video/x-vp8; video/x-vp9; video/x-av1");
    g_autoptr (GstCaps) expected = gst_caps_from_string (cases[i].expected);
    g_autoptr (GstCaps) caps = gst_pad_get_current_caps (f.harness->sinkpad);

    fail_unless (caps != NULL);
    gst_check_caps_equal (caps, expected);
    fixture_clear (&f);
  }
}
GST_END_TEST;

/* Decoders want temporal units, decryptors the bytes that were sent. */
GST_START_TEST (test_av1)
{
  static const guint8 sent[] = { 0x0a, 2, 0, 1, 0x30, 0x10, 5 };
  static const guint8 unit[] = { 0x12, 0, 0x0a, 2, 0, 1, 0x32, 2, 0x10, 5 };
  Fixture f = depay_new (RTP ("AV1"), "video/x-av1");
  Fixture g = depay_new (RTP ("AV1"), "application/x-dave");
  g_autoptr (GstBuffer) a = NULL;
  g_autoptr (GstBuffer) b = NULL;

  push (&f, 0, 0, TRUE, "2803080001301005");
  a = gst_harness_try_pull (f.harness);
  gst_check_buffer_data (a, unit, sizeof unit);
  fail_if (GST_BUFFER_FLAG_IS_SET (a, GST_BUFFER_FLAG_DELTA_UNIT));
  push (&g, 0, 0, TRUE, "2803080001301005");
  b = gst_harness_try_pull (g.harness);
  gst_check_buffer_data (b, sent, sizeof sent);
  fixture_clear (&f);
  fixture_clear (&g);
}
GST_END_TEST;

/* The same through the decryptor, which sees the frame as it was sent. */
GST_START_TEST (test_av1_behind_decryptor)
{
  static const guint8 unit[] = { 0x12, 0, 0x0a, 2, 0, 1, 0x32, 2, 0x10, 5 };
  Fixture f = fixture_new (
      "discordrtpvideodepay ! discorddavedec", "video/x-av1", RTP ("AV1"));
  g_autoptr (GstBuffer) frame = NULL;

  push (&f, 0, 0, TRUE, "2803080001301005");
  frame = gst_harness_try_pull (f.harness);
  gst_check_buffer_data (frame, unit, sizeof unit);
  fixture_clear (&f);
}
GST_END_TEST;

/* Another sender's packets do not go on where this one's ended. */
GST_START_TEST (test_new_ssrc)
{
  Fixture f = depay_new (RTP ("VP8") ", ssrc=(uint)1", "video/x-vp8");

  push (&f, 0, 0, TRUE, KEY);
  expect (&f, 0, FALSE, TRUE);
  push (&f, 1, 1, FALSE, DELTA);
  gst_harness_set_src_caps_str (f.harness, RTP ("VP8") ", ssrc=(uint)2");
  push (&f, 2, 1, TRUE, "00aa");
  expect_nothing (&f);
  push (&f, 3, 2, TRUE, KEY);
  expect (&f, 2, FALSE, TRUE);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_flush)
{
  Fixture f = depay_new (RTP ("VP8"), "video/x-vp8");
  GstSegment segment;

  push (&f, 0, 0, TRUE, KEY);
  expect (&f, 0, FALSE, TRUE);
  push (&f, 1, 1, FALSE, DELTA);
  gst_harness_push_event (f.harness, gst_event_new_flush_start ());
  gst_harness_push_event (f.harness, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (f.harness, gst_event_new_segment (&segment));
  push (&f, 2, 1, TRUE, "00aa");
  expect_nothing (&f);
  push (&f, 3, 2, TRUE, DELTA);
  expect (&f, 2, TRUE, TRUE);
  fixture_clear (&f);
}
GST_END_TEST;

static Suite *
discordrtpvideodepay_suite (void)
{
  Suite *suite = suite_create ("discordrtpvideodepay");
  TCase *tcase = tcase_create ("frames");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_frames);
  tcase_add_test (tcase, test_starts_without_keyframe);
  tcase_add_test (tcase, test_gaps);
  tcase_add_test (tcase, test_late_and_double);
  tcase_add_test (tcase, test_downstream_takes_encrypted);
  tcase_add_test (tcase, test_downstream_takes_clear_only);
  tcase_add_test (tcase, test_caps);
  tcase_add_test (tcase, test_av1);
  tcase_add_test (tcase, test_av1_behind_decryptor);
  tcase_add_test (tcase, test_new_ssrc);
  tcase_add_test (tcase, test_flush);
  return suite;
}

GST_CHECK_MAIN (discordrtpvideodepay);
