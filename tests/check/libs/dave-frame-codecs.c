/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What stays clear of odd frames, which the vectors do not have. */

#include "dave-frame-helper.h"

/* One frame and its plan: the media, in which a bar stands for each change
 * between clear and encrypted, beginning clear. */
typedef struct
{
  const gchar *name;
  DaveCodec codec;
  const gchar *frame;
  DaveFrameResult result;
  const gchar *media;
} Case;

static const Case cases[] = {
  { "VP8 of nothing", DAVE_CODEC_VP8, "", DAVE_FRAME_OK, "|" },
  { "VP8 inter frame", DAVE_CODEC_VP8, "31aabb", DAVE_FRAME_OK, "31|aabb" },
  { "VP8 key frame, one byte short", DAVE_CODEC_VP8, "1002009d012a600050",
      DAVE_FRAME_OK, "|1002009d012a600050" },
  { "H264 of nothing", DAVE_CODEC_H264, "", DAVE_FRAME_OK, "|" },
  { "H264 all zero", DAVE_CODEC_H264, "0000000000000000", DAVE_FRAME_OK,
      "|0000000000000000" },
  { "H264 after something else", DAVE_CODEC_H264, "ff00000106aabb",
      DAVE_FRAME_OK, "|ff00000106aabb" },
  { "H264 start code at the end", DAVE_CODEC_H264, "00000106aa000001",
      DAVE_FRAME_OK, "0000000106aa000001" },
  { "H264 empty unit between", DAVE_CODEC_H264, "00000106aa00000100000106bb",
      DAVE_FRAME_OK, "0000000106aa0000000106bb" },
  { "H264 empty unit, long start codes", DAVE_CODEC_H264,
      "0000000106aa000000010000000106bb", DAVE_FRAME_OK,
      "0000000106aa0000000106bb" },
  { "H264 empty unit first", DAVE_CODEC_H264, "00000100000106bb", DAVE_FRAME_OK,
      "0000000106bb" },
  { "H264 last unit of one byte only", DAVE_CODEC_H264, "0000000106",
      DAVE_FRAME_NOTHING, NULL },
  { "H264 of empty units", DAVE_CODEC_H264, "00000100000106",
      DAVE_FRAME_NOTHING, NULL },
  { "H264 trailing zeros stay", DAVE_CODEC_H264, "0000000106aa000000",
      DAVE_FRAME_OK, "0000000106aa000000" },
  { "H264 SVC slice", DAVE_CODEC_H264, "0000000174aabbccddee", DAVE_FRAME_OK,
      "0000000174aabbcc|ddee" },
  { "H264 depth slice of four bytes", DAVE_CODEC_H264, "0000000175aabbcc",
      DAVE_FRAME_OK, "0000000175aabbcc" },
  { "H264 depth slice cut off", DAVE_CODEC_H264, "0000000175aabb",
      DAVE_FRAME_OK, "|0000000175aabb" },
  { "H264 auxiliary slice", DAVE_CODEC_H264, "0000000113aabb", DAVE_FRAME_OK,
      "0000000113|aabb" },
  { "H264 slice with a type only", DAVE_CODEC_H264, "000000016500000001650088",
      DAVE_FRAME_OK, "|000000016500000001650088" },
  { "H265 of four bytes", DAVE_CODEC_H265, "00000140", DAVE_FRAME_OK,
      "|00000140" },
  { "H265 last unit of one byte", DAVE_CODEC_H265, "0000014001aa00000102",
      DAVE_FRAME_OK, "000000014001aa" },
  { "H265 one byte that is no picture", DAVE_CODEC_H265,
      "000001400000010201aabb", DAVE_FRAME_OK, "0000000140000000010201|aabb" },
  { "AV1 of nothing", DAVE_CODEC_AV1, "", DAVE_FRAME_NOTHING, NULL },
  { "AV1 without sizes", DAVE_CODEC_AV1, "30aabb", DAVE_FRAME_OK, "30|aabb" },
  { "AV1 size cut off", DAVE_CODEC_AV1, "3280", DAVE_FRAME_OK, "|3280" },
  { "AV1 extension cut off", DAVE_CODEC_AV1, "3402", DAVE_FRAME_OK, "|3402" },
  { "AV1 extension and payload", DAVE_CODEC_AV1, "3408aa", DAVE_FRAME_OK,
      "3408|aa" },
  { "AV1 only padding", DAVE_CODEC_AV1, "7a0100", DAVE_FRAME_NOTHING, NULL },
  { "AV1 empty OBU before the last", DAVE_CODEC_AV1, "2a00320155",
      DAVE_FRAME_OK, "2a0030|55" },
  { "AV1 size of 2^64-1", DAVE_CODEC_AV1, "32ffffffffffffffffff01",
      DAVE_FRAME_OK, "|32ffffffffffffffffff01" },
  { "Opus", DAVE_CODEC_OPUS, "f8aa", DAVE_FRAME_OK, "|f8aa" },
  { "unknown", DAVE_CODEC_UNKNOWN, "00000165", DAVE_FRAME_OK, "|00000165" },
};

static void
append_hex (GString *string, const guint8 *data, gsize length)
{
  for (gsize i = 0; i < length; i++)
    g_string_append_printf (string, "%02x", data[i]);
}

/* From the pieces; that the ranges say the same is checked beside. */
static gchar *
describe (const DaveLayout *layout, const Bytes *frame)
{
  GString *string = g_string_new (NULL);
  gboolean clear = TRUE;
  gsize at = 0, n_clear = 0, in_ranges = 0;

  if (layout->n_pieces == 0)
    g_string_append_c (string, '|');
  for (gsize i = 0; i < layout->n_pieces; i++) {
    const DavePiece *piece = &layout->pieces[i];

    if (piece->clear != clear)
      g_string_append_c (string, '|');
    clear = piece->clear;
    n_clear += clear ? piece->length : 0;
    if (piece->n_literal > 0)
      append_hex (string, piece->literal, piece->length);
    else
      append_hex (string, frame->data + piece->source, piece->length);
    at += piece->length;
  }
  fail_unless_equals_uint64 (at, layout->length);
  for (gsize i = 0; i < layout->n_ranges; i++)
    in_ranges += layout->ranges[i].size;
  fail_unless_equals_uint64 (in_ranges, n_clear);
  return g_string_free (string, FALSE);
}

GST_START_TEST (test_plan)
{
  const Case *expected = &cases[__i__];
  g_auto (Bytes) bytes = bytes_from_hex (expected->frame);
  g_autoptr (Frame) frame =
      frame_new (bytes.data, bytes.length, bytes.length, NULL);
  g_autofree DaveLayout *layout = g_new (DaveLayout, 1);
  g_autofree gchar *media = NULL;

  fail_unless (dave_codec_plan (expected->codec, &frame->view, layout)
          == expected->result,
      "%s", expected->name);
  if (expected->result != DAVE_FRAME_OK)
    return;
  media = describe (layout, &bytes);
  fail_unless (g_str_equal (media, expected->media), "%s: %s, not %s",
      expected->name, media, expected->media);
}
GST_END_TEST;

/* As many NAL units as have room in the list of pieces, and more. */
static DaveFrameResult
plan_units (gsize n, DaveLayout *layout)
{
  const guint8 unit[] = { 0, 0, 1, 6, 0xaa };
  g_auto (Bytes) bytes = { malloc (n * sizeof unit), n * sizeof unit };
  g_autoptr (Frame) frame = NULL;

  for (gsize i = 0; i < n; i++)
    memcpy (bytes.data + i * sizeof unit, unit, sizeof unit);
  frame = frame_new (bytes.data, bytes.length, bytes.length, NULL);
  return dave_codec_plan (DAVE_CODEC_H264, &frame->view, layout);
}

GST_START_TEST (test_too_many_units)
{
  g_autofree DaveLayout *layout = g_new (DaveLayout, 1);

  fail_unless_equals_int (
      plan_units (DAVE_PIECES_MAX / 2, layout), DAVE_FRAME_OK);
  fail_unless_equals_uint64 (layout->n_ranges, 1);
  fail_unless_equals_int (
      plan_units (DAVE_PIECES_MAX / 2 + 1, layout), DAVE_FRAME_TOO_COMPLEX);
}
GST_END_TEST;

/* As many slices as the trailer can tell of with a short nonce, and one more; in
 * no more room than any frame needs. */
static DaveFrameResult
encrypt_slices (gsize n, guint64 last_nonce, gsize *length)
{
  const guint8 key[DAVE_BASE_SECRET_SIZE] = { 1 };
  const guint8 slice[] = { 0, 0, 0, 1, 2, 0xaa };
  g_autoptr (DaveEncryptor) encryptor = dave_encryptor_new (key, last_nonce);
  gsize size = n * sizeof slice;
  g_autoptr (Frame) frame = frame_new (
      NULL, 0, dave_encryptor_size_max (DAVE_CODEC_H264, size), NULL);

  for (gsize i = 0; i < n; i++)
    fail_unless (
        dave_view_write (&frame->view, i * sizeof slice, slice, sizeof slice));
  return dave_encryptor_encrypt_in_place (
      encryptor, DAVE_CODEC_H264, &frame->view, size, length);
}

/* Ranges of 22 slices take 2 bytes, of those behind 3: 12 + 44 + 66 * 3 = 254. */
GST_START_TEST (test_too_many_ranges)
{
  const gsize most = 22 + 66;
  gsize length = 0;

  fail_unless_equals_int (encrypt_slices (most, 0, &length), DAVE_FRAME_OK);
  fail_unless_equals_uint64 (length, most * 6 + 254);
  fail_unless_equals_int (encrypt_slices (most, 127, &length), DAVE_FRAME_OK);
  fail_unless_equals_uint64 (length, most * 6 + 255);
  fail_unless_equals_int (
      encrypt_slices (most, 16383, &length), DAVE_FRAME_TOO_COMPLEX);
  fail_unless_equals_int (
      encrypt_slices (most + 1, 0, &length), DAVE_FRAME_TOO_COMPLEX);
}
GST_END_TEST;

/* Frames as dense as they can be stay within what is promised. */
GST_START_TEST (test_growth)
{
  g_autofree DaveLayout *layout = g_new (DaveLayout, 1);

  for (gsize n = 1; n < 300; n++) {
    g_auto (Bytes) bytes = { malloc (4 * n + 1), 4 * n + 1 };
    g_autoptr (Frame) frame = NULL;

    for (gsize i = 0; i < n; i++)
      memcpy (bytes.data + 4 * i, "\0\0\1\6", 4);
    bytes.data[4 * n] = 0xaa;
    frame = frame_new (bytes.data, bytes.length, bytes.length, NULL);
    fail_unless_equals_int (
        dave_codec_plan (DAVE_CODEC_H264, &frame->view, layout), DAVE_FRAME_OK);
    fail_unless_equals_uint64 (layout->length, bytes.length + n);
    fail_unless (layout->length - bytes.length
        <= dave_codec_growth_max (DAVE_CODEC_H264, bytes.length));
  }
}
GST_END_TEST;

GST_START_TEST (test_too_large)
{
  guint8 key[DAVE_BASE_SECRET_SIZE] = { 1 };
  g_autoptr (DaveEncryptor) encryptor = dave_encryptor_new (key, 0);
  g_autoptr (DaveDecryptor) decryptor = dave_decryptor_new ();
  g_autoptr (Frame) frame =
      frame_new (NULL, 0, DAVE_FRAME_SIZE_MAX + 2 * DAVE_TRAILER_MAX, NULL);
  DavePlain plain;
  gsize length;

  fail_unless_equals_int (
      dave_encryptor_encrypt_in_place (encryptor, DAVE_CODEC_VP9, &frame->view,
          DAVE_FRAME_SIZE_MAX + 1, &length),
      DAVE_FRAME_TOO_LARGE);
  fail_unless_equals_uint64 (dave_encryptor_last_nonce (encryptor), 0);
  fail_unless_equals_int (
      dave_encryptor_encrypt_in_place (encryptor, DAVE_CODEC_VP9, &frame->view,
          DAVE_FRAME_SIZE_MAX, &length),
      DAVE_FRAME_OK);

  fail_unless (dave_decryptor_add_key (decryptor, key, 0, 0));
  fail_unless (dave_view_write (&frame->view, frame->view.length - 12,
      (const guint8 *) "12345678\1\14\372\372", 12));
  fail_unless_equals_int (dave_decryptor_decrypt_in_place (decryptor,
                              DAVE_MEDIA_VIDEO, 0, &frame->view, &plain),
      DAVE_FRAME_TOO_LARGE);
  frame->view.length = length;
  fail_unless_equals_int (dave_decryptor_decrypt_in_place (decryptor,
                              DAVE_MEDIA_VIDEO, 0, &frame->view, &plain),
      DAVE_FRAME_OK);
  fail_unless_equals_uint64 (plain.length, DAVE_FRAME_SIZE_MAX);
}
GST_END_TEST;

static Suite *
dave_frame_codecs_suite (void)
{
  Suite *suite = suite_create ("dave-frame-codecs");
  TCase *tcase = tcase_create ("dave-frame-codecs");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_plan, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tcase, test_too_many_units);
  tcase_add_test (tcase, test_too_many_ranges);
  tcase_add_test (tcase, test_growth);
  tcase_add_test (tcase, test_too_large);
  return suite;
}

GST_CHECK_MAIN (dave_frame_codecs);
