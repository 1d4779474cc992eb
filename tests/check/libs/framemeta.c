/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/discord/gstdiscordframe-private.h>

static GstBuffer *
new_buffer (const guint8 *data, gsize size)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);

  gst_buffer_fill (buffer, 0, data, size);
  return buffer;
}

#define BUFFER(bytes) new_buffer (bytes, sizeof bytes)

static void
assert_unit (GstDiscordFrameMeta *meta, guint index, gsize offset, gsize size)
{
  gsize o, s;

  fail_unless (gst_discord_frame_meta_get_unit (meta, index, &o, &s));
  fail_unless_equals_uint64 (o, offset);
  fail_unless_equals_uint64 (s, size);
}

/* Two NAL units with start codes of three bytes, zeros behind the first, then
 * filler data, a NAL unit of one byte, an IDR slice. */
static const guint8 h264[] = { 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 0, 0, 1, 0x6c,
  0xff, 0x80, 0, 0, 1, 0x0a, 0, 0, 1, 0x65, 0x88, 0x84, 3, 0 };
static const guint8 h264_canonical[] = { 0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1,
  0x0a, 0, 0, 0, 1, 0x65, 0x88, 0x84, 3 };

GST_START_TEST (test_h264_is_rewritten)
{
  GstBuffer *frame = BUFFER (h264);
  GstDiscordFrameMeta *meta;

  GST_BUFFER_PTS (frame) = 7;
  GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT);
  frame = gst_discord_frame_canonicalise (GST_DISCORD_CODEC_H264, frame, NULL);
  gst_check_buffer_data (frame, h264_canonical, sizeof h264_canonical);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (frame), 7);
  fail_if (GST_BUFFER_FLAG_IS_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT));

  meta = gst_buffer_get_discord_frame_meta (frame);
  fail_unless_equals_int (
      gst_discord_frame_meta_get_codec (meta), GST_DISCORD_CODEC_H264);
  fail_unless (gst_discord_frame_meta_is_keyframe (meta));
  fail_unless_equals_int (gst_discord_frame_meta_get_n_units (meta), 3);
  assert_unit (meta, 0, 4, 3);
  assert_unit (meta, 1, 11, 1);
  assert_unit (meta, 2, 16, 4);
  gst_buffer_unref (frame);
}
GST_END_TEST;

GST_START_TEST (test_canonical_is_not_copied)
{
  GstBuffer *frame = BUFFER (h264_canonical);
  GstMemory *memory = gst_buffer_peek_memory (frame, 0);

  frame = gst_discord_frame_canonicalise (GST_DISCORD_CODEC_H264, frame, NULL);
  fail_unless (gst_buffer_peek_memory (frame, 0) == memory);
  gst_check_buffer_data (frame, h264_canonical, sizeof h264_canonical);
  gst_buffer_unref (frame);
}
GST_END_TEST;

GST_START_TEST (test_h265)
{
  /* A NAL unit that is shorter than its header, filler, a trailing slice. */
  static const guint8 data[] = { 0, 0, 1, 0x40, 0, 0, 0, 1, 0x4c, 0x01, 0xff,
    0x80, 0, 0, 0, 1, 0x02, 0x01, 0xd0, 9 };
  static const guint8 expected[] = { 0, 0, 0, 1, 0x02, 0x01, 0xd0, 9 };
  GstBuffer *frame = gst_discord_frame_canonicalise (
      GST_DISCORD_CODEC_H265, BUFFER (data), NULL);

  gst_check_buffer_data (frame, expected, sizeof expected);
  fail_unless (GST_BUFFER_FLAG_IS_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT));
  assert_unit (gst_buffer_get_discord_frame_meta (frame), 0, 4, 4);
  gst_buffer_unref (frame);
}
GST_END_TEST;

/* Temporal delimiter, sequence header with a size of two bytes, padding, key
 * frame with extension, tile list. */
static const guint8 av1[] = { 0x12, 0, 0x0a, 0x82, 0, 0x00, 1, 0x7a, 1, 0x80,
  0x36, 0x08, 3, 0x10, 5, 6, 0x42, 1, 9 };
static const guint8 av1_canonical[] = { 0x0a, 2, 0x00, 1, 0x34, 0x08, 0x10, 5,
  6 };

GST_START_TEST (test_av1)
{
  GstBuffer *frame = gst_discord_frame_canonicalise (
      GST_DISCORD_CODEC_AV1, BUFFER (av1), NULL);
  GstDiscordFrameMeta *meta = gst_buffer_get_discord_frame_meta (frame);

  gst_check_buffer_data (frame, av1_canonical, sizeof av1_canonical);
  fail_unless (gst_discord_frame_meta_is_keyframe (meta));
  fail_unless_equals_int (gst_discord_frame_meta_get_n_units (meta), 2);
  assert_unit (meta, 0, 0, 4);
  assert_unit (meta, 1, 4, 5);

  /* Nothing more to change. */
  frame = gst_discord_frame_canonicalise (GST_DISCORD_CODEC_AV1, frame, NULL);
  gst_check_buffer_data (frame, av1_canonical, sizeof av1_canonical);
  fail_unless_equals_int (gst_discord_frame_meta_get_n_units (
                              gst_buffer_get_discord_frame_meta (frame)),
      2);
  gst_buffer_unref (frame);
}
GST_END_TEST;

GST_START_TEST (test_av1_delta)
{
  /* Frame: shown again; frame of another type than key. */
  static const guint8 again[] = { 0x0a, 1, 0x00, 0x30, 0x80 };
  static const guint8 inter[] = { 0x0a, 1, 0x00, 0x30, 0x20 };
  static const guint8 without_sequence[] = { 0x30, 0x10 };
  static const guint8 reduced[] = { 0x0a, 1, 0x18, 0x30, 0xf0 };
  GstBuffer *frames[] = { BUFFER (again), BUFFER (inter),
    BUFFER (without_sequence), BUFFER (reduced) };

  for (guint i = 0; i < G_N_ELEMENTS (frames); i++) {
    GstBuffer *frame =
        gst_discord_frame_canonicalise (GST_DISCORD_CODEC_AV1, frames[i], NULL);

    fail_unless_equals_int (gst_discord_frame_meta_is_keyframe (
                                gst_buffer_get_discord_frame_meta (frame)),
        i == 3);
    gst_buffer_unref (frame);
  }
}
GST_END_TEST;

GST_START_TEST (test_vp8)
{
  static const guint8 key[] = { 0x10, 2, 0, 0x9d, 1, 0x2a, 0x40, 0x41, 0x30, 0,
    1 };
  static const guint8 delta[] = { 0x31 };
  GstBuffer *frame = gst_discord_frame_canonicalise (
      GST_DISCORD_CODEC_VP8, BUFFER (key), NULL);
  GstDiscordFrameMeta *meta = gst_buffer_get_discord_frame_meta (frame);

  fail_unless (meta->keyframe);
  fail_unless_equals_int (meta->width, 0x140);
  fail_unless_equals_int (meta->height, 0x30);
  fail_unless_equals_int (gst_discord_frame_meta_get_n_units (meta), 0);
  gst_buffer_unref (frame);

  frame = gst_discord_frame_canonicalise (
      GST_DISCORD_CODEC_VP8, BUFFER (delta), NULL);
  fail_if (gst_buffer_get_discord_frame_meta (frame)->keyframe);
  gst_buffer_unref (frame);
}
GST_END_TEST;

GST_START_TEST (test_vp9)
{
  static const guint8 key[] = { 0x83, 0x49, 0x83, 0x42, 0x20, 0x05, 0xf0, 0x03,
    0xf0, 0x18 };
  /* Keyframe of profile 1, sRGB; shown again; no frame marker. */
  static const guint8 profile1[] = { 0xa2, 0x49, 0x83, 0x42, 0xe0, 0x27, 0xf0,
    0x1d, 0xf0 };
  static const guint8 again[] = { 0x88 };
  static const guint8 other[] = { 0x12, 0x34 };
  static const guint widths[] = { 96, 640, 0, 0 };
  static const guint heights[] = { 64, 480, 0, 0 };
  GstBuffer *frames[] = { BUFFER (key), BUFFER (profile1), BUFFER (again),
    BUFFER (other) };

  for (guint i = 0; i < G_N_ELEMENTS (frames); i++) {
    GstBuffer *frame =
        gst_discord_frame_canonicalise (GST_DISCORD_CODEC_VP9, frames[i], NULL);
    GstDiscordFrameMeta *meta = gst_buffer_get_discord_frame_meta (frame);

    fail_unless_equals_int (meta->keyframe, i < 2);
    fail_unless_equals_int (meta->inter_predicted, i >= 2);
    fail_unless_equals_int (meta->width, widths[i]);
    fail_unless_equals_int (meta->height, heights[i]);
    gst_buffer_unref (frame);
  }
}
GST_END_TEST;

typedef struct
{
  GstDiscordCodec codec;
  const gchar *reason;
  guint size;
  guint8 data[16];
} Refused;

static const Refused refused[] = {
  { GST_DISCORD_CODEC_VP8, "nothing-to-send", 0, { 0 } },
  { GST_DISCORD_CODEC_VP8, "malformed", 9,
      { 0x10, 2, 0, 0x9d, 1, 0x2a, 0x40, 0, 0x30 } },
  { GST_DISCORD_CODEC_VP8, "malformed", 10,
      { 0x10, 2, 0, 0x9d, 1, 0x2b, 0x40, 0, 0x30, 0 } },
  { GST_DISCORD_CODEC_H264, "malformed", 5, { 0x65, 1, 2, 3, 4 } },
  { GST_DISCORD_CODEC_H264, "malformed", 6, { 9, 0, 0, 1, 0x65, 1 } },
  { GST_DISCORD_CODEC_H264, "nothing-to-send", 6,
      { 0, 0, 1, 0x6c, 0xff, 0x80 } },
  { GST_DISCORD_CODEC_H264, "nothing-to-send", 5, { 0, 0, 1, 0x78, 0x80 } },
  { GST_DISCORD_CODEC_H264, "nothing-to-send", 5, { 0, 0, 1, 0x60, 0x80 } },
  { GST_DISCORD_CODEC_H265, "nothing-to-send", 6, { 0, 0, 1, 0x60, 1, 0x80 } },
  { GST_DISCORD_CODEC_H265, "malformed", 4, { 0, 0, 1, 0x40 } },
  { GST_DISCORD_CODEC_AV1, "nothing-to-send", 2, { 0x12, 0 } },
  { GST_DISCORD_CODEC_AV1, "malformed", 3, { 0x0a, 0x05, 1 } },
  { GST_DISCORD_CODEC_AV1, "malformed", 3, { 0x32, 0xff, 0xff } },
  { GST_DISCORD_CODEC_AV1, "malformed", 1, { 0x30 } },
};

GST_START_TEST (test_refused)
{
  const Refused *r = &refused[__i__];
  const gchar *reason = NULL;

  fail_unless (gst_discord_frame_canonicalise (
                   r->codec, new_buffer (r->data, r->size), &reason)
      == NULL);
  assert_equals_string (reason, r->reason);
}
GST_END_TEST;

GST_START_TEST (test_too_many_units)
{
  static const guint8 unit[] = { 0, 0, 1, 0x61, 0x88 };
  GstBuffer *frame = gst_buffer_new_allocate (NULL, 1025 * sizeof unit, NULL);
  const gchar *reason = NULL;

  for (guint i = 0; i < 1025; i++)
    gst_buffer_fill (frame, i * sizeof unit, unit, sizeof unit);
  fail_unless (
      gst_discord_frame_canonicalise (GST_DISCORD_CODEC_H264, frame, &reason)
      == NULL);
  assert_equals_string (reason, "too-many-units");
}
GST_END_TEST;

/* Whoever copies a frame whole takes the record along, a part has no units. */
GST_START_TEST (test_copies)
{
  GstBuffer *frame = gst_discord_frame_canonicalise (
      GST_DISCORD_CODEC_H264, BUFFER (h264_canonical), NULL);
  GstBuffer *copy = gst_buffer_copy_deep (frame);
  GstBuffer *part = gst_buffer_copy_region (frame, GST_BUFFER_COPY_ALL, 4, 3);
  GstDiscordFrameMeta *meta;

  gst_buffer_unref (frame);
  meta = gst_buffer_get_discord_frame_meta (copy);
  fail_unless (meta->keyframe);
  fail_unless_equals_int (gst_discord_frame_meta_get_n_units (meta), 3);
  assert_unit (meta, 2, 16, 4);
  meta = gst_buffer_get_discord_frame_meta (part);
  fail_unless (meta->keyframe);
  fail_unless_equals_int (gst_discord_frame_meta_get_n_units (meta), 0);
  gst_buffer_unref (copy);
  gst_buffer_unref (part);
}
GST_END_TEST;

/* All but the clear part of each unit is something else now. */
static GstBuffer *
scramble (const guint8 *clear, gsize size, const guint8 *opaque)
{
  GstBuffer *encrypted = gst_buffer_new_allocate (NULL, size + 12, NULL);
  GstMapInfo map;

  gst_buffer_map (encrypted, &map, GST_MAP_WRITE);
  memset (map.data, 0xaa, map.size);
  for (gsize i = 0; i < size; i++)
    if (!opaque[i])
      map.data[i] = clear[i];
  gst_buffer_unmap (encrypted, &map);
  return encrypted;
}

GST_START_TEST (test_encrypted)
{
  static const guint8 h264_opaque[sizeof h264_canonical] = {
    [5] = 1, [18] = 1, [19] = 1
  };
  static const guint8 header_opaque[sizeof h264_canonical] = { [16] = 1 };
  static const guint8 code_opaque[sizeof h264_canonical] = { [9] = 1 };
  GstBuffer *clear = gst_discord_frame_canonicalise (
      GST_DISCORD_CODEC_H264, BUFFER (h264_canonical), NULL);
  GstBuffer *encrypted =
      scramble (h264_canonical, sizeof h264_canonical, h264_opaque);
  GstDiscordFrameMeta *meta;

  fail_unless (gst_discord_frame_set_encrypted (encrypted, clear));
  meta = gst_buffer_get_discord_frame_meta (encrypted);
  fail_unless (meta->keyframe);
  assert_unit (meta, 1, 11, 1);
  assert_unit (meta, 2, 16, 4 + 12);
  gst_buffer_unref (encrypted);

  encrypted = scramble (h264_canonical, sizeof h264_canonical, header_opaque);
  fail_if (gst_discord_frame_set_encrypted (encrypted, clear));
  gst_buffer_unref (encrypted);
  encrypted = scramble (h264_canonical, sizeof h264_canonical, code_opaque);
  fail_if (gst_discord_frame_set_encrypted (encrypted, clear));
  gst_buffer_unref (encrypted);
  gst_buffer_unref (clear);
}
GST_END_TEST;

GST_START_TEST (test_encrypted_av1)
{
  static const guint8 opaque[sizeof av1_canonical] = { [2] = 1, [6] = 1 };
  static const guint8 size_opaque[sizeof av1_canonical] = { [1] = 1 };
  static const guint8 extension_opaque[sizeof av1_canonical] = { [5] = 1 };
  GstBuffer *clear = gst_discord_frame_canonicalise (
      GST_DISCORD_CODEC_AV1, BUFFER (av1_canonical), NULL);
  GstBuffer *encrypted = scramble (av1_canonical, sizeof av1_canonical, opaque);

  fail_unless (gst_discord_frame_set_encrypted (encrypted, clear));
  assert_unit (gst_buffer_get_discord_frame_meta (encrypted), 1, 4, 5 + 12);
  gst_buffer_unref (encrypted);
  encrypted = scramble (av1_canonical, sizeof av1_canonical, size_opaque);
  fail_if (gst_discord_frame_set_encrypted (encrypted, clear));
  gst_buffer_unref (encrypted);
  encrypted = scramble (av1_canonical, sizeof av1_canonical, extension_opaque);
  fail_if (gst_discord_frame_set_encrypted (encrypted, clear));
  gst_buffer_unref (encrypted);
  gst_buffer_unref (clear);
}
GST_END_TEST;

GST_START_TEST (test_codec_from_caps)
{
  static const struct
  {
    const gchar *caps;
    GstDiscordCodec codec;
  } cases[] = {
    { "audio/x-opus", GST_DISCORD_CODEC_OPUS },
    { "video/x-vp8, width=(int)1", GST_DISCORD_CODEC_VP8 },
    { "video/x-vp9", GST_DISCORD_CODEC_VP9 },
    { "video/x-h264", GST_DISCORD_CODEC_H264 },
    { "video/x-h265", GST_DISCORD_CODEC_H265 },
    { "video/x-av1", GST_DISCORD_CODEC_AV1 },
    { "application/x-dave, original-media-type=(string)video/x-av1",
        GST_DISCORD_CODEC_AV1 },
    { "application/x-dave", GST_DISCORD_CODEC_UNKNOWN },
    { "video/x-raw", GST_DISCORD_CODEC_UNKNOWN },
    { "EMPTY", GST_DISCORD_CODEC_UNKNOWN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GstCaps) caps = gst_caps_from_string (cases[i].caps);

    fail_unless_equals_int (gst_discord_codec_from_caps (caps), cases[i].codec);
  }
}
GST_END_TEST;

static Suite *
framemeta_suite (void)
{
  Suite *s = suite_create ("framemeta");
  TCase *tc = tcase_create ("framemeta");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_h264_is_rewritten);
  tcase_add_test (tc, test_canonical_is_not_copied);
  tcase_add_test (tc, test_h265);
  tcase_add_test (tc, test_av1);
  tcase_add_test (tc, test_av1_delta);
  tcase_add_test (tc, test_vp8);
  tcase_add_test (tc, test_vp9);
  tcase_add_loop_test (tc, test_refused, 0, G_N_ELEMENTS (refused));
  tcase_add_test (tc, test_too_many_units);
  tcase_add_test (tc, test_copies);
  tcase_add_test (tc, test_encrypted);
  tcase_add_test (tc, test_encrypted_av1);
  tcase_add_test (tc, test_codec_from_caps);
  return s;
}

GST_CHECK_MAIN (framemeta);
