/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Header extension elements, one by one; the whole block is in
 * discordrtpopuspay.c. */
#include "gstdiscordhdrext.h"

#include <gst/audio/audio.h>
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>
#include <json-glib/json-glib.h>

#include "vectors.h"

static GstRTPHeaderExtension *
make (const gchar *factory, guint id)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  fail_unless (element != NULL, "no element %s", factory);
  gst_object_ref_sink (element);
  gst_rtp_header_extension_set_id (GST_RTP_HEADER_EXTENSION (element), id);
  return GST_RTP_HEADER_EXTENSION (element);
}

static gssize
write_extension (
    GstRTPHeaderExtension *extension, GstBuffer *input, guint8 *data)
{
  g_autoptr (GstBuffer) output = gst_buffer_new ();

  return gst_rtp_header_extension_write (
      extension, input, GST_RTP_HEADER_EXTENSION_ONE_BYTE, output, data, 16);
}

GST_START_TEST (test_speaker_vectors)
{
  g_autoptr (GstRTPHeaderExtension) extension =
      make ("discordhdrextspeaker", 9);
  g_autoptr (GstBuffer) input = gst_buffer_new ();
  g_autoptr (JsonParser) parser = vectors_load ();
  JsonArray *rows = json_object_get_array_member (
      json_object_get_object_member (vectors_root (parser), "extensions"),
      "speaking_send");

  fail_unless_equals_int (json_array_get_length (rows), 8);
  for (guint i = 0; i < json_array_get_length (rows); i++) {
    JsonObject *row = json_array_get_object_element (rows, i);
    guint flags = json_object_get_int_member (row, "flags");
    guint element = g_ascii_strtoull (
        json_object_get_string_member (row, "element"), NULL, 16);
    guint8 data[16];

    g_object_set (extension, "speaking", flags, NULL);
    fail_unless_equals_int (write_extension (extension, input, data), 1);
    fail_unless_equals_int (data[0], element);
  }
}
GST_END_TEST;

GST_START_TEST (test_send_time_vectors)
{
  g_autoptr (JsonParser) parser = vectors_load ();
  JsonArray *rows = json_object_get_array_member (
      json_object_get_object_member (vectors_root (parser), "extensions"),
      "abs_send_time");

  fail_unless (json_array_get_length (rows) > 0);
  for (guint i = 0; i < json_array_get_length (rows); i++) {
    JsonObject *row = json_array_get_object_element (rows, i);
    gdouble seconds = json_object_get_double_member (row, "unix_seconds");
    guint64 time = (guint64) (seconds * G_USEC_PER_SEC + 0.5);
    guint element = g_ascii_strtoull (
        json_object_get_string_member (row, "element"), NULL, 16);
    guint8 data[3];

    discord_hdrext_write_send_time (data, time);
    fail_unless_equals_int (data[0] << 16 | data[1] << 8 | data[2], element);
  }
}
GST_END_TEST;

GST_START_TEST (test_send_time_comes_back)
{
  /* Around both ends of the 64 s, and half of them away. */
  static const gint64 distances[] = { 0, 1000, -1000, 31, -31 };
  const guint64 now = G_GUINT64_CONSTANT (1721000000) * G_USEC_PER_SEC;

  for (guint turn = 0; turn < 64; turn++)
    for (guint i = 0; i < G_N_ELEMENTS (distances); i++) {
      gint64 distance = distances[i];
      guint64 here = now + turn * G_USEC_PER_SEC, time, back;
      guint8 data[3];

      if (ABS (distance) < 32)
        distance *= G_USEC_PER_SEC;
      time = here + distance;
      discord_hdrext_write_send_time (data, time);
      back = discord_hdrext_read_send_time (data, here);
      fail_unless (back <= time && time - back < 8,
          "%" G_GUINT64_FORMAT " came back as %" G_GUINT64_FORMAT, time, back);
    }
}
GST_END_TEST;

GST_START_TEST (test_send_time_is_now)
{
  g_autoptr (GstRTPHeaderExtension) extension =
      make ("discordhdrextabssendtime", 3);
  g_autoptr (GstBuffer) input = gst_buffer_new ();
  guint64 before = g_get_real_time (), written;
  guint8 data[16];

  fail_unless_equals_int (write_extension (extension, input, data), 3);
  written = discord_hdrext_read_send_time (data, before);
  /* 2^-18 s are 3.8 us. */
  fail_unless (written + 4 >= before);
  fail_unless (written <= (guint64) g_get_real_time ());
}
GST_END_TEST;

typedef struct
{
  gint level; /* of the meta; -1: none */
  guint speaking;
  guint8 expected;
} LevelCase;

/* media-transport 3.2: without a meta "loudest", and the voice bit whenever
 * anything is announced. 1.22.0 puts levels beyond 127 into the meta. */
static const LevelCase level_cases[] = {
  { -1, 1, 0x80 },
  { -1, 0, 0x00 },
  { 23, 1, 0x97 },
  { 23, 2, 0x97 },
  { 23, 4, 0x97 },
  { 23, 0, 0x17 },
  { 127, 1, 0xFF },
  { 200, 1, 0xFF },
};

GST_START_TEST (test_level)
{
  const LevelCase *c = &level_cases[__i__];
  g_autoptr (GstRTPHeaderExtension) extension =
      make ("discordhdrextaudiolevel", 1);
  g_autoptr (GstBuffer) input = gst_buffer_new ();
  guint8 data[16];

  if (c->level >= 0)
    gst_buffer_add_audio_level_meta (input, c->level, FALSE);
  g_object_set (extension, "speaking", c->speaking, NULL);
  fail_unless_equals_int (write_extension (extension, input, data), 1);
  fail_unless_equals_int (data[0], c->expected);
}
GST_END_TEST;

GST_START_TEST (test_mid)
{
  g_autoptr (GstRTPHeaderExtension) extension = make ("discordhdrextmid", 10);
  g_autoptr (GstBuffer) input = gst_buffer_new ();
  g_autofree gchar *mid = NULL;
  guint8 data[16];

  fail_unless_equals_int (write_extension (extension, input, data), 5);
  fail_unless (memcmp (data, "audio", 5) == 0);
  g_object_set (extension, "mid", "screen", NULL);
  fail_unless_equals_int (write_extension (extension, input, data), 6);
  fail_unless (memcmp (data, "screen", 6) == 0);
  g_object_set (extension, "mid", "more than sixteen characters", NULL);
  fail_unless_equals_int (write_extension (extension, input, data), 16);
  g_object_get (extension, "mid", &mid, NULL);
  fail_unless_equals_string (mid, "more than sixtee");
}
GST_END_TEST;

typedef struct
{
  const gchar *factory;
  guint id;
  guint8 expected[16];
  gssize size;
} DefaultCase;

/* What media-transport 3 has clients send. */
static const DefaultCase default_cases[] = {
  { "discordhdrexttoffset", DISCORD_HDREXT_ID_TOFFSET, { 0 }, 3 },
  { "discordhdrextorientation", DISCORD_HDREXT_ID_ORIENTATION, { 0 }, 1 },
  { "discordhdrextplayoutdelay", DISCORD_HDREXT_ID_PLAYOUT_DELAY, { 0 }, 3 },
  { "discordhdrextcontenttype", DISCORD_HDREXT_ID_CONTENT_TYPE, { 0 }, 1 },
  { "discordhdrextvideotiming", DISCORD_HDREXT_ID_VIDEO_TIMING, { 0 }, 13 },
};

GST_START_TEST (test_video_defaults)
{
  const DefaultCase *c = &default_cases[__i__];
  g_autoptr (GstRTPHeaderExtension) extension = make (c->factory, c->id);
  g_autoptr (GstBuffer) input = gst_buffer_new ();
  guint8 data[16];

  memset (data, 0xff, sizeof data);
  fail_unless_equals_int (write_extension (extension, input, data), c->size);
  fail_unless (memcmp (data, c->expected, c->size) == 0);
  fail_unless_equals_int (
      gst_rtp_header_extension_get_max_size (extension, input), c->size);
  for (gssize room = 0; room < c->size; room++)
    fail_unless_equals_int (
        gst_rtp_header_extension_write (extension, input,
            GST_RTP_HEADER_EXTENSION_ONE_BYTE, input, data, room),
        -1);
}
GST_END_TEST;

typedef struct
{
  guint min, max;
  guint8 expected[3];
} DelayCase;

static const DelayCase delay_cases[] = {
  { 0, 100, { 0x00, 0x00, 0x0a } },
  { 160, 40950, { 0x01, 0x0f, 0xff } },
  { 40950, 40950, { 0xff, 0xff, 0xff } },
  /* Steps of 10 ms, and no maximum below the minimum. */
  { 19, 29, { 0x00, 0x10, 0x02 } },
  { 160, 0, { 0x01, 0x00, 0x10 } },
};

GST_START_TEST (test_playout_delay)
{
  const DelayCase *c = &delay_cases[__i__];
  g_autoptr (GstRTPHeaderExtension) extension =
      make ("discordhdrextplayoutdelay", DISCORD_HDREXT_ID_PLAYOUT_DELAY);
  g_autoptr (GstBuffer) input = gst_buffer_new ();
  guint8 data[16];

  g_object_set (extension, "min-delay", c->min, "max-delay", c->max, NULL);
  fail_unless_equals_int (write_extension (extension, input, data), 3);
  fail_unless (memcmp (data, c->expected, 3) == 0);
}
GST_END_TEST;

GST_START_TEST (test_content_type)
{
  g_autoptr (GstRTPHeaderExtension) extension =
      make ("discordhdrextcontenttype", DISCORD_HDREXT_ID_CONTENT_TYPE);
  g_autoptr (GstBuffer) input = gst_buffer_new ();
  guint8 data[16];

  g_object_set (extension, "screen", TRUE, NULL);
  fail_unless_equals_int (write_extension (extension, input, data), 1);
  fail_unless_equals_int (data[0], 1);
}
GST_END_TEST;

static void
count_notify (GObject *object, GParamSpec *pspec, guint *count)
{
  (*count)++;
}

/* The low three bits of the element are the turn; what GStreamer makes of the
 * tag with the same turn is the judge. */
GST_START_TEST (test_orientation)
{
  guint8 byte = __i__;
  g_autoptr (GstRTPHeaderExtension) extension =
      make ("discordhdrextorientation", DISCORD_HDREXT_ID_ORIENTATION);
  g_autofree gchar *name = g_strdup_printf (
      "%srotate-%u", (byte & 4) ? "flip-" : "", (byte & 3) * 90);
  g_autoptr (GstTagList) tags =
      gst_tag_list_new (GST_TAG_IMAGE_ORIENTATION, name, NULL);
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  GstVideoOrientationMethod expected, direction;
  const guint8 other = byte ^ 1, noisy = byte | 0xf8;
  guint count = 0;
  guint8 data[16];

  fail_unless (gst_video_orientation_from_tag (tags, &expected));
  g_object_set (extension, "video-direction", expected, NULL);
  fail_unless_equals_int (write_extension (extension, buffer, data), 1);
  fail_unless_equals_int (data[0], byte);

  g_signal_connect (
      extension, "notify::video-direction", G_CALLBACK (count_notify), &count);
  gst_rtp_header_extension_read (
      extension, GST_RTP_HEADER_EXTENSION_ONE_BYTE, &other, 1, buffer);
  fail_unless_equals_int (count, 1);
  for (guint i = 0; i < 2; i++)
    gst_rtp_header_extension_read (
        extension, GST_RTP_HEADER_EXTENSION_ONE_BYTE, &noisy, 1, buffer);
  fail_unless_equals_int (count, 2);
  g_object_get (extension, "video-direction", &direction, NULL);
  fail_unless_equals_int (direction, expected);
}
GST_END_TEST;

GST_START_TEST (test_orientation_that_cannot_be_said)
{
  g_autoptr (GstRTPHeaderExtension) extension =
      make ("discordhdrextorientation", DISCORD_HDREXT_ID_ORIENTATION);
  g_autoptr (GstBuffer) input = gst_buffer_new ();
  guint8 data[16];

  g_object_set (extension, "video-direction", GST_VIDEO_ORIENTATION_AUTO, NULL);
  fail_unless_equals_int (write_extension (extension, input, data), 1);
  fail_unless_equals_int (data[0], 0);
}
GST_END_TEST;

/* Through a stock payloader and depayloader, found by their URIs. */
GST_START_TEST (test_between_stock_elements)
{
  GstHarness *h = gst_harness_new_parse (
      "rtpvp8pay ! capsfilter caps=\"application/x-rtp,"
      "extmap-2=(string)" DISCORD_HDREXT_URI_TOFFSET ","
      "extmap-4=(string)" DISCORD_HDREXT_URI_ORIENTATION ","
      "extmap-6=(string)" DISCORD_HDREXT_URI_PLAYOUT_DELAY ","
      "extmap-7=(string)" DISCORD_HDREXT_URI_CONTENT_TYPE ","
      "extmap-8=(string)" DISCORD_HDREXT_URI_VIDEO_TIMING "\"");
  /* A key frame of 16x16. */
  static const guint8 frame[] = { 0x30, 0x01, 0x00, 0x9d, 0x01, 0x2a, 0x10,
    0x00, 0x10, 0x00, 0x00, 0x47, 0x08, 0x85, 0x85, 0x88, 0x85, 0x84, 0x88,
    0x02, 0x02, 0x00, 0x06, 0x5b, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00 };
  static const guint sizes[][2] = { { 2, 3 }, { 4, 1 }, { 6, 3 }, { 7, 1 },
    { 8, 13 } };
  g_autoptr (GstBuffer) packet = NULL;
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

  gst_harness_set_src_caps_str (h, "video/x-vp8,width=16,height=16");
  gst_harness_push (h, gst_buffer_new_memdup (frame, sizeof frame));
  packet = gst_harness_pull (h);
  fail_unless (gst_rtp_buffer_map (packet, GST_MAP_READ, &rtp));
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    gpointer data;
    guint size;

    fail_unless (gst_rtp_buffer_get_extension_onebyte_header (
        &rtp, sizes[i][0], 0, &data, &size));
    fail_unless_equals_int (size, sizes[i][1]);
  }
  gst_rtp_buffer_unmap (&rtp);
  gst_harness_teardown (h);
}
GST_END_TEST;

static const gchar *const factories[] = {
  "discordhdrextaudiolevel",
  "discordhdrextabssendtime",
  "discordhdrextspeaker",
  "discordhdrextmid",
  "discordhdrexttoffset",
  "discordhdrextorientation",
  "discordhdrextplayoutdelay",
  "discordhdrextcontenttype",
  "discordhdrextvideotiming",
};

/* FALSE leaves a 1.22 depayloader locked for ever. */
GST_START_TEST (test_read_never_fails)
{
  g_autoptr (GstRTPHeaderExtension) extension = make (factories[__i__], 1);
  const guint8 data[16] = { 0xFF, 0xFF, 0xFF, 0xFF };

  for (gsize size = 1; size <= sizeof data; size++) {
    g_autoptr (GstBuffer) buffer = gst_buffer_new ();

    fail_unless (gst_rtp_header_extension_read (
        extension, GST_RTP_HEADER_EXTENSION_ONE_BYTE, data, size, buffer));
  }
}
GST_END_TEST;

GST_START_TEST (test_read_adds_metas)
{
  g_autoptr (GstRTPHeaderExtension) level = make (factories[0], 1);
  g_autoptr (GstRTPHeaderExtension) time = make (factories[1], 3);
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  guint64 now = g_get_real_time ();
  const guint8 data[1] = { 0x97 };
  GstReferenceTimestampMeta *reference;
  GstAudioLevelMeta *meta;
  guint8 stamp[3];

  discord_hdrext_write_send_time (stamp, now);
  gst_rtp_header_extension_read (
      level, GST_RTP_HEADER_EXTENSION_ONE_BYTE, data, 1, buffer);
  gst_rtp_header_extension_read (
      time, GST_RTP_HEADER_EXTENSION_ONE_BYTE, stamp, 3, buffer);
  meta = gst_buffer_get_audio_level_meta (buffer);
  fail_unless (meta != NULL);
  fail_unless_equals_int (meta->level, 23);
  fail_unless (meta->voice_activity);
  reference = gst_buffer_get_reference_timestamp_meta (buffer, NULL);
  fail_unless (reference != NULL);
  fail_unless (reference->timestamp <= now * GST_USECOND
      && reference->timestamp + 8 * GST_USECOND > now * GST_USECOND);
}
GST_END_TEST;

static Suite *
discordhdrext_suite (void)
{
  Suite *suite = suite_create ("discordhdrext");
  TCase *tcase = tcase_create ("elements");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_speaker_vectors);
  tcase_add_test (tcase, test_send_time_vectors);
  tcase_add_test (tcase, test_send_time_comes_back);
  tcase_add_test (tcase, test_send_time_is_now);
  tcase_add_loop_test (tcase, test_level, 0, G_N_ELEMENTS (level_cases));
  tcase_add_test (tcase, test_mid);
  tcase_add_loop_test (
      tcase, test_video_defaults, 0, G_N_ELEMENTS (default_cases));
  tcase_add_loop_test (
      tcase, test_playout_delay, 0, G_N_ELEMENTS (delay_cases));
  tcase_add_test (tcase, test_content_type);
  tcase_add_loop_test (tcase, test_orientation, 0, 8);
  tcase_add_test (tcase, test_orientation_that_cannot_be_said);
  tcase_add_test (tcase, test_between_stock_elements);
  tcase_add_loop_test (
      tcase, test_read_never_fails, 0, G_N_ELEMENTS (factories));
  tcase_add_test (tcase, test_read_adds_metas);
  return suite;
}

GST_CHECK_MAIN (discordhdrext);
