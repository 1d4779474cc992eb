/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Frames in pieces of memory: views, the search for start codes, rearranging. */

#include "gst/discord/dave/frame/layout.h"
#include "gst/discord/dave/frame/scan.h"
#include "gst/discord/dave/frame/trailer.h"

#include "dave-frame-helper.h"

#define SEED 7

static Bytes
random_bytes (GRand *rand, gsize length, guint8 values)
{
  Bytes bytes = { malloc (length), length };

  for (gsize i = 0; i < length; i++)
    bytes.data[i] = (guint8) (g_rand_int (rand) % (values == 0 ? 256 : values));
  return bytes;
}

GST_START_TEST (test_view_bounds)
{
  GRand *rand = g_rand_new_with_seed (SEED);
  g_autoptr (Frame) frame =
      frame_new ((const guint8 *) "0123456789", 10, 10, rand);
  DaveSegment huge[2] = { { NULL, G_MAXSIZE }, { NULL, 1 } };
  DaveView view;
  guint8 out[11], *data;

  fail_if (dave_view_init (&view, huge, 2));
  fail_unless (dave_view_init (&view, NULL, 0));
  fail_unless_equals_uint64 (dave_view_span (&view, 0, &data), 0);

  fail_unless (dave_view_read (&frame->view, 0, out, 10));
  fail_unless (memcmp (out, "0123456789", 10) == 0);
  fail_unless (dave_view_read (&frame->view, 10, out, 0));
  fail_if (dave_view_read (&frame->view, 0, out, 11));
  fail_if (dave_view_read (&frame->view, 10, out, 1));
  fail_if (dave_view_read (&frame->view, 11, out, 0));
  fail_if (dave_view_read (&frame->view, 1, out, G_MAXSIZE));
  fail_if (dave_view_write (&frame->view, 9, (const guint8 *) "xy", 2));

  view = dave_view_prefix (&frame->view, 4);
  fail_if (dave_view_read (&view, 3, out, 2));
  for (gsize i = 0; i < 4; i++)
    fail_unless (dave_view_span (&view, i, &data) <= 4 - i);
  fail_unless_equals_uint64 (dave_view_span (&view, 4, &data), 0);
  g_rand_free (rand);
}
GST_END_TEST;

/* As memmove(). */
GST_START_TEST (test_view_move)
{
  GRand *rand = g_rand_new_with_seed (SEED);

  for (guint i = 0; i < 3000; i++) {
    gsize size = 1 + g_rand_int (rand) % 60;
    g_auto (Bytes) bytes = random_bytes (rand, size, 0);
    g_autoptr (Frame) frame = frame_new (bytes.data, size, size, rand);
    gsize to = g_rand_int (rand) % size;
    gsize from = g_rand_int (rand) % size;
    gsize length = g_rand_int (rand) % (size - MAX (to, from) + 1);

    dave_view_move (&frame->view, to, from, length);
    memmove (bytes.data + to, bytes.data + from, length);
    assert_frame_equals (frame, size, bytes.data, size, "moved");
  }
  g_rand_free (rand);
}
GST_END_TEST;

GST_START_TEST (test_view_copy_and_wipe)
{
  GRand *rand = g_rand_new_with_seed (SEED);

  for (guint i = 0; i < 1000; i++) {
    gsize size = 1 + g_rand_int (rand) % 60;
    g_auto (Bytes) from_bytes = random_bytes (rand, size, 0);
    g_auto (Bytes) to_bytes = random_bytes (rand, size, 0);
    g_autoptr (Frame) from = frame_new (from_bytes.data, size, size, rand);
    g_autoptr (Frame) to = frame_new (to_bytes.data, size, size, rand);
    gsize a = g_rand_int (rand) % size;
    gsize b = g_rand_int (rand) % size;
    gsize length = g_rand_int (rand) % (size - MAX (a, b) + 1);

    dave_view_copy (&to->view, a, &from->view, b, length);
    memcpy (to_bytes.data + a, from_bytes.data + b, length);
    assert_frame_equals (to, size, to_bytes.data, size, "copied");
    dave_view_wipe (&to->view, a, length);
    memset (to_bytes.data + a, 0, length);
    assert_frame_equals (to, size, to_bytes.data, size, "wiped");
  }
  g_rand_free (rand);
}
GST_END_TEST;

static gsize
find_simply (const Bytes *bytes, gsize from, gsize to)
{
  for (gsize i = from; i + 3 <= to; i++)
    if (memcmp (bytes->data + i, "\0\0\1", 3) == 0)
      return i;
  return to;
}

/* Bytes of 0 to 3 have start codes everywhere, random ones nearly none. */
GST_START_TEST (test_find_start_code)
{
  GRand *rand = g_rand_new_with_seed (SEED);
  guint n_found = 0;

  for (guint i = 0; i < 6000; i++) {
    gsize size = g_rand_int (rand) % 400;
    g_auto (Bytes) bytes = random_bytes (rand, size, i % 3 == 0 ? 4 : 0);
    g_autoptr (Frame) frame = NULL;
    gsize from = size > 0 ? g_rand_int (rand) % size : 0;
    gsize to = from + g_rand_int (rand) % (size - from + 1);
    gsize expected;

    if (i % 3 == 1 && size >= 3)
      memcpy (bytes.data + g_rand_int (rand) % (size - 2), "\0\0\1", 3);
    frame = frame_new (bytes.data, size, size, i % 2 == 0 ? rand : NULL);
    expected = find_simply (&bytes, from, to);
    n_found += expected < to ? 1 : 0;
    fail_unless_equals_uint64 (
        dave_find_start_code (&frame->view, from, to), expected);
  }
  fail_unless (n_found > 1000);
  g_rand_free (rand);
}
GST_END_TEST;

/* At every place, since the search takes bytes in pairs and strides. */
GST_START_TEST (test_find_start_code_anywhere)
{
  for (gsize size = 3; size < 200; size++) {
    g_auto (Bytes) bytes = { malloc (size), size };

    for (gsize at = 0; at + 3 <= size; at++) {
      DaveSegment segment = { bytes.data, size };
      DaveView view;

      memset (bytes.data, 0xff, size);
      memcpy (bytes.data + at, "\0\0\1", 3);
      fail_unless (dave_view_init (&view, &segment, 1));
      fail_unless_equals_uint64 (dave_find_start_code (&view, 0, size), at);
      fail_unless_equals_uint64 (
          dave_find_start_code (&view, at + 1, size), size);
      fail_unless_equals_uint64 (
          dave_find_start_code (&view, 0, at + 2), at + 2);
    }
  }
}
GST_END_TEST;

/* What this processor uses finds what any would. */
GST_START_TEST (test_scan_functions_agree)
{
  GRand *rand = g_rand_new_with_seed (SEED);
  DaveScanFunc scan = dave_scan_func ();
  guint n_found = 0;

  for (guint i = 0; i < 5000; i++) {
    gsize size = g_rand_int (rand) % 1000;
    g_auto (Bytes) bytes = random_bytes (rand, size, 0);
    gsize at = size > 0 ? g_rand_int (rand) % size : 0;
    gsize found;

    if (size >= 2)
      memcpy (bytes.data + g_rand_int (rand) % (size - 1),
          i % 2 == 0 ? "\0\0" : "\0\1", 2);
    found = dave_scan_portable (bytes.data, at, size);
    fail_unless_equals_uint64 (scan (bytes.data, at, size), found);
    n_found += found + DAVE_SCAN_STRIDE <= size ? 1 : 0;
  }
  fail_unless (n_found > 500);
  g_rand_free (rand);
}
GST_END_TEST;

/* Any order of kept, left out and new bytes, put together in place and
 * elsewhere. */
static void
random_layout (GRand *rand, gsize size, DaveLayout *layout)
{
  gsize at = 0;

  dave_layout_reset (layout);
  while (at < size) {
    gsize length = 1 + g_rand_int (rand) % MIN (size - at, 9);

    switch (g_rand_int (rand) % 4) {
      case 0:
        break;
      case 1:
        dave_layout_add_literal (layout, (const guint8 *) "LITERALS",
            1 + g_rand_int (rand) % DAVE_LITERAL_MAX);
        G_GNUC_FALLTHROUGH;
      default:
        dave_layout_add (layout, at, length, TRUE);
        break;
    }
    at += length;
  }
}

GST_START_TEST (test_rearrange)
{
  GRand *rand = g_rand_new_with_seed (SEED);
  g_autofree DaveLayout *layout = g_new (DaveLayout, 1);

  for (guint i = 0; i < 3000; i++) {
    gsize size = 1 + g_rand_int (rand) % 80, capacity;
    g_auto (Bytes) bytes = random_bytes (rand, size, 0);
    g_autoptr (Frame) frame = frame_new (bytes.data, size, size, rand);
    g_autoptr (Frame) out = NULL;
    g_autoptr (Frame) in_place = NULL;
    g_auto (Bytes) expected = { NULL, 0 };

    random_layout (rand, size, layout);
    fail_if (layout->overflow);
    capacity = MAX (layout->length, size);
    out = frame_new (NULL, 0, capacity, rand);
    in_place = frame_new (bytes.data, size, capacity, rand);
    dave_layout_copy_clear (layout, &frame->view, &out->view);
    dave_layout_rearrange (layout, &in_place->view);
    expected = frame_bytes (out, layout->length);
    assert_frame_equals (
        in_place, layout->length, expected.data, expected.length, "rearranged");
    fail_unless_equals_uint64 (layout->n_ranges, layout->length > 0 ? 1 : 0);
  }
  g_rand_free (rand);
}
GST_END_TEST;

GST_START_TEST (test_layout_overflows)
{
  g_autofree DaveLayout *layout = g_new (DaveLayout, 1);
  gsize n;

  dave_layout_reset (layout);
  for (n = 0; n < DAVE_RANGES_MAX; n++) {
    dave_layout_add (layout, 2 * n, 1, TRUE);
    dave_layout_add (layout, 2 * n + 1, 1, FALSE);
  }
  fail_if (layout->overflow);
  fail_unless_equals_uint64 (layout->n_ranges, DAVE_RANGES_MAX);
  dave_layout_add (layout, 2 * n, 1, TRUE);
  fail_unless (layout->overflow);

  dave_layout_reset (layout);
  fail_if (layout->overflow);
  for (n = 0; n < DAVE_PIECES_MAX; n++)
    dave_layout_add (layout, 2 * n, 1, TRUE);
  fail_if (layout->overflow);
  fail_unless_equals_uint64 (layout->n_ranges, 1);
  dave_layout_add (layout, 2 * n, 1, TRUE);
  fail_unless (layout->overflow);

  dave_layout_reset (layout);
  for (n = 0; n < DAVE_PIECES_MAX; n++)
    dave_layout_add_literal (layout, (const guint8 *) "x", 1);
  fail_if (layout->overflow);
  dave_layout_add_literal (layout, (const guint8 *) "x", 1);
  fail_unless (layout->overflow);
}
GST_END_TEST;

/* What is written is read again, from any pieces of memory. */
GST_START_TEST (test_trailer)
{
  GRand *rand = g_rand_new_with_seed (SEED);
  guint n_fitting = 0;

  for (guint i = 0; i < 2000; i++) {
    guint8 tag[DAVE_TAG_SIZE] = { (guint8) i };
    guint8 out[DAVE_TRAILER_MAX];
    DaveRange ranges[DAVE_RANGES_MAX];
    gsize n = g_rand_int (rand) % (DAVE_RANGES_MAX + 1), at = 0, size;
    guint32 nonce = g_rand_int (rand) >> g_rand_int (rand) % 32;
    g_autoptr (Frame) frame = NULL;
    DaveTrailer trailer;

    for (gsize j = 0; j < n; j++) {
      ranges[j].offset = at + g_rand_int (rand) % 3;
      ranges[j].size = g_rand_int (rand) % 3;
      at = ranges[j].offset + ranges[j].size;
    }
    size = dave_trailer_size (nonce, ranges, n);
    if (size > DAVE_TRAILER_MAX)
      continue;
    n_fitting++;
    fail_unless_equals_uint64 (
        dave_trailer_write (out, tag, nonce, ranges, n), size);
    frame = frame_new (NULL, 0, at + size, rand);
    fail_unless (dave_view_write (&frame->view, at, out, size));
    fail_unless (dave_trailer_read (&trailer, &frame->view));
    fail_unless_equals_uint64 (trailer.media_length, at);
    fail_unless_equals_uint64 (trailer.n_ranges, n);
    fail_unless_equals_int (trailer.nonce, nonce);
    fail_unless (memcmp (trailer.tag, tag, sizeof tag) == 0);
    for (gsize j = 0; j < n; j++) {
      fail_unless_equals_uint64 (trailer.ranges[j].offset, ranges[j].offset);
      fail_unless_equals_uint64 (trailer.ranges[j].size, ranges[j].size);
    }
    /* One byte less media: the last range ends behind it. */
    if (n > 0 && ranges[n - 1].size > 0) {
      g_autoptr (Frame) cut = frame_new (NULL, 0, at - 1 + size, rand);

      fail_unless (dave_view_write (&cut->view, at - 1, out, size));
      fail_if (dave_trailer_read (&trailer, &cut->view));
    }
  }
  fail_unless (n_fitting > 500);
  g_rand_free (rand);
}
GST_END_TEST;

static Suite *
dave_frame_memory_suite (void)
{
  Suite *suite = suite_create ("dave-frame-memory");
  TCase *tcase = tcase_create ("dave-frame-memory");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_view_bounds);
  tcase_add_test (tcase, test_view_move);
  tcase_add_test (tcase, test_view_copy_and_wipe);
  tcase_add_test (tcase, test_find_start_code);
  tcase_add_test (tcase, test_find_start_code_anywhere);
  tcase_add_test (tcase, test_scan_functions_agree);
  tcase_add_test (tcase, test_rearrange);
  tcase_add_test (tcase, test_layout_overflows);
  tcase_add_test (tcase, test_trailer);
  return suite;
}

GST_CHECK_MAIN (dave_frame_memory);
