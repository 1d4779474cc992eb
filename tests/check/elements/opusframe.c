/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opusframe.h"

#include <gst/check/gstcheck.h>

typedef struct
{
  guint8 data[2];
  gsize size;
  guint microseconds; /* 0: no Opus packet */
} Case;

/* RFC 6716 table 2 and section 3.2: configuration, stereo bit, frame count. */
static const Case cases[] = {
  { { 0 << 3 | 0 }, 1, 10000 },
  { { 3 << 3 | 0 }, 1, 60000 },
  { { 7 << 3 | 1 }, 1, 120000 },
  { { 11 << 3 | 4 | 2 }, 1, 120000 },
  { { 12 << 3 | 0 }, 1, 10000 },
  { { 13 << 3 | 0 }, 1, 20000 },
  { { 14 << 3 | 1 }, 1, 20000 },
  { { 15 << 3 | 0 }, 1, 20000 },
  { { 16 << 3 | 0 }, 1, 2500 },
  { { 17 << 3 | 0 }, 1, 5000 },
  { { 30 << 3 | 0 }, 1, 10000 },
  { { 31 << 3 | 0 }, 1, 20000 },
  { { 0xF8 }, 1, 20000 },
  { { 16 << 3 | 3, 3 }, 2, 7500 },
  { { 31 << 3 | 3, 0x80 | 0x40 | 3 }, 2, 60000 },
  { { 31 << 3 | 3, 0 }, 2, 0 },
  { { 31 << 3 | 3 }, 1, 0 },
  { { 0 }, 0, 0 },
};

GST_START_TEST (test_duration)
{
  const Case *c = &cases[__i__];
  GstClockTime expected =
      c->microseconds > 0 ? c->microseconds * GST_USECOND : GST_CLOCK_TIME_NONE;

  fail_unless_equals_uint64 (opus_frame_duration (c->data, c->size), expected);
}
GST_END_TEST;

GST_START_TEST (test_silence)
{
  const guint8 longer[] = { 0xF8, 0xFF, 0xFE, 0x00 };
  const guint8 other[] = { 0xF8, 0xFF, 0xFF };

  fail_unless (opus_frame_is_silence (opus_silence, OPUS_SILENCE_SIZE));
  fail_if (opus_frame_is_silence (opus_silence, 2));
  fail_if (opus_frame_is_silence (longer, sizeof longer));
  fail_if (opus_frame_is_silence (other, sizeof other));
  fail_unless_equals_uint64 (
      opus_frame_duration (opus_silence, OPUS_SILENCE_SIZE),
      OPUS_SILENCE_DURATION);
}
GST_END_TEST;

GST_START_TEST (test_headers)
{
  fail_unless (opus_frame_is_header ((const guint8 *) "OpusHead\1", 9));
  fail_unless (opus_frame_is_header ((const guint8 *) "OpusTags", 8));
  fail_if (opus_frame_is_header ((const guint8 *) "OpusTag", 7));
  fail_if (opus_frame_is_header ((const guint8 *) "OpusFoos", 8));
}
GST_END_TEST;

static Suite *
opusframe_suite (void)
{
  Suite *suite = suite_create ("opusframe");
  TCase *tcase = tcase_create ("bytes");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_duration, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tcase, test_silence);
  tcase_add_test (tcase, test_headers);
  return suite;
}

GST_CHECK_MAIN (opusframe);
