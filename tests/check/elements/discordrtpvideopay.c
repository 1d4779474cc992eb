/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtpvideo-helper.h"

#include <gst/discord/gstdiscordframe-private.h>

#define H264                                                                   \
  "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au"
#define DAVE(original)                                                         \
  "application/x-dave, original-media-type=(string)" original
#define FRAME (GST_SECOND / 30)

static Fixture
pay_new (const gchar *properties, const gchar *caps)
{
  g_autofree gchar *line =
      g_strdup_printf ("discordrtpvideopay %s", properties);

  return fixture_new (line, NULL, caps);
}

/* A parameter set and a slice of @size bytes. */
static GstBuffer *
h264_frame (guint index, guint size)
{
  static const guint8 head[] = { 0, 0, 0, 1, 0x67, 1, 2, 3, 0, 0, 0, 1, 0x65,
    0x88 };
  GstBuffer *frame =
      gst_buffer_new_allocate (NULL, sizeof head - 2 + size, NULL);

  gst_buffer_memset (frame, 0, 0x55, -1);
  gst_buffer_fill (frame, 0, head, sizeof head);
  GST_BUFFER_PTS (frame) = index * FRAME;
  GST_BUFFER_DURATION (frame) = FRAME;
  return frame;
}

typedef struct
{
  guint16 seqnum;
  guint32 timestamp;
  guint32 ssrc;
  guint pt;
  gboolean marker;
  gboolean extended;
  GByteArray *payload;
} Header;

static Header
read_packet (GstBuffer *packet)
{
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  Header header;

  fail_unless (packet != NULL);
  fail_unless (gst_rtp_buffer_map (packet, GST_MAP_READ, &rtp));
  header.seqnum = gst_rtp_buffer_get_seq (&rtp);
  header.timestamp = gst_rtp_buffer_get_timestamp (&rtp);
  header.ssrc = gst_rtp_buffer_get_ssrc (&rtp);
  header.pt = gst_rtp_buffer_get_payload_type (&rtp);
  header.marker = gst_rtp_buffer_get_marker (&rtp);
  header.extended = gst_rtp_buffer_get_extension (&rtp);
  header.payload = g_byte_array_new ();
  g_byte_array_append (header.payload, gst_rtp_buffer_get_payload (&rtp),
      gst_rtp_buffer_get_payload_len (&rtp));
  gst_rtp_buffer_unmap (&rtp);
  return header;
}

static Header
pull (Fixture *f)
{
  g_autoptr (GstBuffer) packet = gst_harness_pull (f->harness);

  return read_packet (packet);
}

static void
push (Fixture *f, GstBuffer *frame)
{
  fail_unless_equals_int (gst_harness_push (f->harness, frame), GST_FLOW_OK);
}

static void
start_session (Fixture *f, guint32 ssrc)
{
  fail_unless (gst_harness_push_event (f->harness,
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
          gst_structure_new (
              "discord-session", "ssrc", G_TYPE_UINT, ssrc, NULL))));
}

static GstPadProbeReturn
count_lists (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  (*(guint *) user_data)++;
  return GST_PAD_PROBE_OK;
}

/* A parameter set, then fragments of 1198, 1198 and 604 bytes. */
GST_START_TEST (test_packets)
{
  static const guint sizes[] = { 4, 1200, 1200, 605 };
  static const guint8 heads[][2] = { { 0x67, 1 }, { 0x7c, 0x85 },
    { 0x7c, 0x05 }, { 0x7c, 0x45 } };
  Fixture f =
      pay_new ("ssrc=7 seqnum-offset=65534 timestamp-offset=9000", H264);
  g_autoptr (GstPad) pad =
      gst_element_get_static_pad (f.harness->element, "src");
  guint n_lists = 0;

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER_LIST, count_lists, &n_lists, NULL);
  for (guint i = 0; i < 2; i++) {
    push (&f, h264_frame (i, 3000));
    for (guint j = 0; j < G_N_ELEMENTS (sizes); j++) {
      Header header = pull (&f);

      fail_unless_equals_int (header.seqnum, (guint16) (65534 + i * 4 + j));
      fail_unless_equals_int (header.timestamp, 9000 + i * 3000);
      fail_unless_equals_int (header.ssrc, 7);
      fail_unless_equals_int (header.pt, 105);
      fail_unless_equals_int (header.marker, j == 3);
      fail_if (header.extended);
      fail_unless_equals_int (header.payload->len, sizes[j]);
      fail_unless (memcmp (header.payload->data, heads[j], 2) == 0);
      g_byte_array_unref (header.payload);
    }
  }
  fail_unless_equals_int (n_lists, 2);
  fixture_clear (&f);
}
GST_END_TEST;

/* The bytes of a packet are the bytes of the frame. */
GST_START_TEST (test_no_copy)
{
  Fixture f = pay_new ("", H264);
  GstBuffer *frame = h264_frame (0, 3000);
  g_autoptr (GstMemory) memory = gst_buffer_get_memory (frame, 0);

  push (&f, frame);
  for (guint i = 0; i < 4; i++) {
    g_autoptr (GstBuffer) packet = gst_harness_pull (f.harness);

    fail_unless_equals_int (gst_buffer_n_memory (packet), 2);
    fail_unless (gst_buffer_peek_memory (packet, 1)->parent == memory);
  }
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_caps)
{
  static const struct
  {
    const gchar *caps;
    const gchar *encoding_name;
    gint pt;
  } cases[] = {
    { "video/x-av1, stream-format=(string)obu-stream, alignment=(string)tu",
        "AV1", 101 },
    { "video/x-h265, stream-format=(string)byte-stream, alignment=(string)au",
        "H265", 103 },
    { H264, "H264", 105 },
    { "video/x-vp8", "VP8", 107 },
    { "video/x-vp9", "VP9", 109 },
    { DAVE ("video/x-vp9"), "VP9", 109 },
    { DAVE ("video/x-av1"), "AV1", 101 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Fixture f = pay_new ("", cases[i].caps);
    g_autoptr (GstCaps) caps = NULL;
    const GstStructure *structure;
    gint pt, rate;

    caps = gst_pad_get_current_caps (f.harness->sinkpad);
    fail_unless (caps != NULL, "%s", cases[i].caps);
    structure = gst_caps_get_structure (caps, 0);
    fail_unless_equals_string (
        gst_structure_get_string (structure, "encoding-name"),
        cases[i].encoding_name);
    fail_unless (gst_structure_get_int (structure, "payload", &pt));
    fail_unless_equals_int (pt, cases[i].pt);
    fail_unless (gst_structure_get_int (structure, "clock-rate", &rate));
    fail_unless_equals_int (rate, 90000);
    fixture_clear (&f);
  }
}
GST_END_TEST;

static GstBuffer *
vp8_frame (guint index)
{
  static const guint8 data[] = { 0x31, 1, 2, 3 };
  GstBuffer *frame = gst_buffer_new_memdup (data, sizeof data);

  GST_BUFFER_PTS (frame) = index * FRAME;
  return frame;
}

/* A new identify is a new RTP stream, picture ids included. */
GST_START_TEST (test_new_session)
{
  Fixture f = pay_new ("", "video/x-vp8");

  start_session (&f, 4711);
  for (guint i = 0; i < 3; i++) {
    Header header;

    push (&f, vp8_frame (i));
    header = pull (&f);
    fail_unless_equals_int (header.ssrc, 4711);
    fail_unless_equals_int (header.payload->data[3], i);
    g_byte_array_unref (header.payload);
  }
  start_session (&f, 4712);
  for (guint i = 0; i < 2; i++) {
    Header header;

    push (&f, vp8_frame (3 + i));
    header = pull (&f);
    fail_unless_equals_int (header.ssrc, 4712);
    fail_unless_equals_int (header.payload->data[3], i);
    g_byte_array_unref (header.payload);
  }
  fixture_clear (&f);
}
GST_END_TEST;

/* Time goes on where stamps stand still, and behind frames without any. */
GST_START_TEST (test_time)
{
  Fixture f = pay_new ("timestamp-offset=0", "video/x-vp8");
  static const GstClockTime stamps[] = { 0, FRAME, FRAME, GST_CLOCK_TIME_NONE,
    5 * FRAME };
  guint32 last = 0;

  for (guint i = 0; i < G_N_ELEMENTS (stamps); i++) {
    GstBuffer *frame = vp8_frame (0);
    Header header;

    GST_BUFFER_PTS (frame) = stamps[i];
    push (&f, frame);
    header = pull (&f);
    if (i > 0)
      fail_unless (header.timestamp > last);
    last = header.timestamp;
    g_byte_array_unref (header.payload);
  }
  fail_unless_equals_int (last, 15000);
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_extensions)
{
  Fixture f = pay_new ("", H264);
  GstElement *extension =
      gst_element_factory_make ("discordhdrextabssendtime", NULL);
  g_autoptr (GstElement) pay =
      gst_harness_find_element (f.harness, "discordrtpvideopay");

  gst_object_ref_sink (extension);
  gst_rtp_header_extension_set_id (GST_RTP_HEADER_EXTENSION (extension), 3);
  g_signal_emit_by_name (pay, "add-extension", extension);
  gst_object_unref (extension);
  push (&f, h264_frame (0, 3000));
  for (guint i = 0; i < 4; i++) {
    g_autoptr (GstBuffer) packet = gst_harness_pull (f.harness);
    GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
    gpointer data;
    guint size;

    fail_unless (gst_rtp_buffer_map (packet, GST_MAP_READ, &rtp));
    fail_unless (
        gst_rtp_buffer_get_extension_onebyte_header (&rtp, 3, 0, &data, &size));
    fail_unless_equals_int (size, 3);
    gst_rtp_buffer_unmap (&rtp);
  }
  fixture_clear (&f);
}
GST_END_TEST;

/* Who sent a frame that is passed on stays known; the record ends here. */
GST_START_TEST (test_metas)
{
  Fixture f = pay_new ("", H264);
  GstBuffer *frame = h264_frame (0, 3000);

  gst_buffer_add_discord_media_meta (frame)->user_id = 99;
  push (&f, frame);
  for (guint i = 0; i < 4; i++) {
    g_autoptr (GstBuffer) packet = gst_harness_pull (f.harness);

    fail_unless_equals_uint64 (
        gst_buffer_get_discord_media_meta (packet)->user_id, 99);
    fail_unless (gst_buffer_get_discord_frame_meta (packet) == NULL);
  }
  fixture_clear (&f);
}
GST_END_TEST;

/* An encoder that stumbles does not end the call. */
GST_START_TEST (test_malformed_frames)
{
  Fixture f = pay_new ("", H264);
  g_autoptr (GstBuffer) packet = NULL;

  push (&f, gst_buffer_new_memdup ("garbage", 7));
  push (&f, gst_buffer_new ());
  fail_unless_equals_int (count_warnings (&f), 1);
  push (&f, h264_frame (2, 100));
  fail_unless_equals_int (gst_harness_buffers_received (f.harness), 2);
  packet = gst_harness_pull (f.harness);
  fail_unless (GST_BUFFER_IS_DISCONT (packet));
  gst_clear_buffer (&packet);
  packet = gst_harness_pull (f.harness);
  fail_if (GST_BUFFER_IS_DISCONT (packet));
  fixture_clear (&f);
}
GST_END_TEST;

/* As an encryptor leaves it: bytes behind the header are not what they were. */
static GstBuffer *
encrypted_frame (guint index, guint size)
{
  GstBuffer *clear = gst_discord_frame_canonicalise (
      GST_DISCORD_CODEC_H264, h264_frame (index, size), NULL);
  GstBuffer *encrypted = gst_buffer_copy_deep (clear);
  guint8 trailer[16];

  memset (trailer, 0, sizeof trailer);
  gst_buffer_memset (encrypted, 14, 0, 40);
  encrypted = gst_buffer_append (
      encrypted, gst_buffer_new_memdup (trailer, sizeof trailer));
  fail_unless (gst_discord_frame_set_encrypted (encrypted, clear));
  gst_buffer_unref (clear);
  return encrypted;
}

/* Start codes and zeros in ciphertext mean nothing. */
GST_START_TEST (test_encrypted)
{
  Fixture f = pay_new ("", DAVE ("video/x-h264"));
  Header header;

  push (&f, encrypted_frame (0, 1300));
  fail_unless_equals_int (gst_harness_buffers_received (f.harness), 3);
  header = pull (&f);
  fail_unless_equals_int (header.payload->len, 4);
  g_byte_array_unref (header.payload);
  header = pull (&f);
  fail_unless_equals_int (header.payload->len, 1200);
  fail_unless_equals_int (header.payload->data[3], 0);
  g_byte_array_unref (header.payload);
  header = pull (&f);
  fail_unless (header.marker);
  fail_unless_equals_int (header.payload->len, 2 + 1300 - 1 - 1198 + 16);
  g_byte_array_unref (header.payload);
  fail_unless_equals_int (count_warnings (&f), 0);
  fixture_clear (&f);
}
GST_END_TEST;

/* Without its record, or with that of another frame, it cannot be sent. */
GST_START_TEST (test_encrypted_without_record)
{
  Fixture f = pay_new ("", DAVE ("video/x-h264"));
  GstBuffer *other = encrypted_frame (1, 100);

  push (&f, h264_frame (0, 100));
  fail_unless_equals_int (count_warnings (&f), 1);
  other = gst_buffer_append (other, gst_buffer_new_memdup ("x", 1));
  push (&f, other);
  other = encrypted_frame (2, 100);
  gst_buffer_get_discord_frame_meta (other)->codec = GST_DISCORD_CODEC_H265;
  push (&f, other);
  fail_unless_equals_int (gst_harness_buffers_received (f.harness), 0);
  push (&f, encrypted_frame (3, 100));
  fail_unless_equals_int (gst_harness_buffers_received (f.harness), 2);
  fixture_clear (&f);
}
GST_END_TEST;

/* Caps of frames and parsers change in a stream. */
GST_START_TEST (test_new_caps)
{
  Fixture f = pay_new ("timestamp-offset=0", "video/x-vp8");
  Header header;

  push (&f, vp8_frame (0));
  header = pull (&f);
  fail_unless_equals_int (header.pt, 107);
  g_byte_array_unref (header.payload);
  gst_harness_set_src_caps_str (f.harness, H264);
  push (&f, h264_frame (1, 100));
  header = pull (&f);
  fail_unless_equals_int (header.pt, 105);
  fail_unless_equals_int (header.timestamp, 3000);
  g_byte_array_unref (header.payload);
  fixture_clear (&f);
}
GST_END_TEST;

static Suite *
discordrtpvideopay_suite (void)
{
  Suite *suite = suite_create ("discordrtpvideopay");
  TCase *tcase = tcase_create ("packets");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_packets);
  tcase_add_test (tcase, test_no_copy);
  tcase_add_test (tcase, test_caps);
  tcase_add_test (tcase, test_new_session);
  tcase_add_test (tcase, test_time);
  tcase_add_test (tcase, test_extensions);
  tcase_add_test (tcase, test_metas);
  tcase_add_test (tcase, test_malformed_frames);
  tcase_add_test (tcase, test_encrypted);
  tcase_add_test (tcase, test_encrypted_without_record);
  tcase_add_test (tcase, test_new_caps);
  return suite;
}

GST_CHECK_MAIN (discordrtpvideopay);
