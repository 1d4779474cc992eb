/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sequence parameter sets that say that pictures come in order. The expected
 * ones were written by another program. */

#include "gst/discord/media/frame.h"

#include "dave-frame-helper.h"

typedef struct
{
  const gchar *name;
  const gchar *input;
  const gchar *expected; /* NULL: it stays */
} Vector;

static const Vector vectors[] = {
  { "no VUI", "6742c01eda0280f640", "6742c01eda0280f6806d044235" },
  { "no VUI, cropped, order count 1", "6742c01ed08da2940a03de4a40",
      "6742c01ed08da2940a03de4a806d044232c0" },
  { "no VUI, high profile with a scaling list",
      "6764c01eadb4d34d34d34d00ca40280f64",
      "6764c01eadb4d34d34d34d00ca40280f6806d0442324" },
  { "VUI without restriction",
      "6742c01edb0280f6ffc0010000fd404040750000030001000003003cd11803e9003e8801f4801f457bdf144600fa400fa2007d2007d15ef7c280",
      "6742c01edb0280f6ffc0010000fd404040750000030001000003003cd11803e9003e8801f4801f457bdf144600fa400fa2007d2007d15ef7c3b41108dc" },
  { "pictures out of order",
      "6742c01ed940a03dbff00040003f5010101d40000003004000000f27c60c6580",
      "6742c01ed940a03dbff00040003f5010101d40000003004000000f27c60c96" },
  { "a buffer larger than needed", "6742c01eda0280f680f8a1508c",
      "6742c01eda0280f680f8a155" },
  { "in order",
      "6742c01ed940a03dbff00040003f5010101d40000003004000000f344600fa400fa2007d2007d15ef7c511803e9003e8801f4801f457bdf0f8c197",
      NULL },
  { "smaller buffer", "6742c01edb0280f680ed044235", NULL },

  /* Not one, or not a whole one. */
  { "nothing", "", NULL },
  { "header only", "67", NULL },
  { "cut off", "6742c01ed08da294", NULL },
  { "number too large", "6742c01e0000000000", NULL },
  { "too many reference frames", "6742c01ed8480a03d9", NULL },
};

GST_START_TEST (test_vectors)
{
  const Vector *v = &vectors[__i__];
  g_auto (Bytes) input = bytes_from_hex (v->input);
  guint8 out[MEDIA_SPS_ROOM];
  gsize size = media_h264_sps_rewrite (input.data, input.length, out);
  g_auto (Bytes) expected = { 0 };

  if (v->expected == NULL) {
    fail_unless (size == 0, "%s", v->name);
    return;
  }
  expected = bytes_from_hex (v->expected);
  fail_unless (
      size == expected.length && memcmp (out, expected.data, size) == 0, "%s",
      v->name);
  /* Then nobody has a reason to touch it again. */
  fail_unless_equals_uint64 (
      media_h264_sps_rewrite (expected.data, expected.length, out), 0);
}
GST_END_TEST;

/* Whatever is left of one: no byte too far, and never rewritten twice. */
GST_START_TEST (test_damaged)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint i = 0; i < 20000; i++) {
    const Vector *v = &vectors[i % 8];
    g_auto (Bytes) whole = bytes_from_hex (v->input);
    gsize length = g_rand_int_range (rand, 1, whole.length + 1);
    g_auto (Bytes) input = bytes_copy (whole.data, length, 0);
    guint8 out[MEDIA_SPS_ROOM], again[MEDIA_SPS_ROOM];
    gsize size;

    input.data[g_rand_int_range (rand, 0, length)] ^= 1
        << g_rand_int_range (rand, 0, 8);
    size = media_h264_sps_rewrite (input.data, input.length, out);
    fail_unless (size <= sizeof out);
    if (size > 0)
      fail_unless_equals_uint64 (media_h264_sps_rewrite (out, size, again), 0);
  }
}
GST_END_TEST;

/* In a frame. */
GST_START_TEST (test_frame)
{
  static const guint8 slice[] = { 0, 0, 1, 0x65, 0x88, 0x84 };
  g_auto (Bytes) input = bytes_from_hex (vectors[0].input);
  g_auto (Bytes) expected = bytes_from_hex (vectors[0].expected);
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  g_autofree MediaFrame *media = g_new (MediaFrame, 1);
  guint8 out[64];

  g_byte_array_append (frame, (const guint8[]){ 0, 0, 0, 1 }, 4);
  g_byte_array_append (frame, input.data, input.length);
  g_byte_array_append (frame, slice, sizeof slice);
  fail_unless_equals_int (
      media_frame_parse (media, DAVE_CODEC_H264, frame->data, frame->len),
      MEDIA_FRAME_OK);
  fail_if (media_frame_is_canonical (media, frame->data, frame->len));
  fail_unless_equals_uint64 (media_frame_size (media, frame->len),
      4 + expected.length + 4 + sizeof slice - 3);
  media_frame_write (media, frame->data, frame->len, out);
  fail_unless (memcmp (out + 4, expected.data, expected.length) == 0);
  fail_unless (
      memcmp (out + 4 + expected.length + 4, slice + 3, sizeof slice - 3) == 0);
}
GST_END_TEST;

static Suite *
h264sps_suite (void)
{
  Suite *s = suite_create ("h264sps");
  TCase *tc = tcase_create ("h264sps");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_vectors, 0, G_N_ELEMENTS (vectors));
  tcase_add_test (tc, test_damaged);
  tcase_add_test (tc, test_frame);
  return s;
}

GST_CHECK_MAIN (h264sps);
