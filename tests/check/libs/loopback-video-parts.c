/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in's video: what it makes of bytes. */
#include "video.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define BYTES(text) text, sizeof text - 1

static const struct
{
  const char *codec;
  const char *payload;
  gsize length;
  gboolean starts;
} pictures[] = {
  { "H264", BYTES ("\x65\x88"), TRUE },
  { "H264", BYTES ("\x67\x42"), TRUE },
  { "H264", BYTES ("\x68\xce"), FALSE },
  { "H264", BYTES ("\x41\x9a"), FALSE },
  { "H264", BYTES ("\x7c\x85"), TRUE }, /* FU-A, start of an IDR */
  { "H264", BYTES ("\x7c\x05"), FALSE }, /* its middle */
  { "H264", BYTES ("\x7c\x81"), FALSE },
  { "H264", BYTES ("\x7c"), FALSE },
  { "H264", BYTES ("\x78\x00\x02\x09\x10\x00\x02\x67\x42"), TRUE },
  { "H264", BYTES ("\x78\x00\x02\x09\x10\x00\x02\x41\x9a"), FALSE },
  { "H264", BYTES ("\x78\xff\xff\x09"), FALSE },
  { "h264", BYTES ("\x65"), TRUE },
  { "H265", BYTES ("\x40\x01"), TRUE }, /* VPS */
  { "H265", BYTES ("\x26\x01"), TRUE }, /* IDR_W_RADL */
  { "H265", BYTES ("\x02\x01"), FALSE },
  { "H265", BYTES ("\x62\x01\x93"), TRUE }, /* FU, start of an IDR */
  { "H265", BYTES ("\x62\x01\x13"), FALSE },
  { "H265", BYTES ("\x62\x01\x81"), FALSE },
  { "H265", BYTES ("\x60\x01\x00\x02\x46\x01\x00\x02\x40\x01"), TRUE },
  { "H265", BYTES ("\x60\x01\x00\x02\x46\x01\x00\x02\x02\x01"), FALSE },
  { "VP8", BYTES ("\x10\x00"), TRUE },
  { "VP8", BYTES ("\x10\x01"), FALSE },
  { "VP8", BYTES ("\x00\x00"), FALSE }, /* not the first */
  { "VP8", BYTES ("\x11\x00"), FALSE }, /* another partition */
  { "VP8", BYTES ("\x90\x80\x80\x01\x00"), TRUE },
  { "VP8", BYTES ("\x90\x80\x80\x00\x01"), FALSE },
  { "VP8", BYTES ("\x90\x80\x01\x00"), TRUE }, /* id of seven bits */
  { "VP8", BYTES ("\x90\xe0\x81\x01\x01\x01\x00"), TRUE },
  { "VP8", BYTES ("\x90\x80\x80\x01"), FALSE },
  { "VP8", BYTES ("\x90"), FALSE },
  { "VP9", BYTES ("\x0a\x18"), TRUE },
  { "VP9", BYTES ("\x48"), FALSE }, /* predicted */
  { "VP9", BYTES ("\x02"), FALSE }, /* not the first */
  { "AV1", BYTES ("\x18\x0a"), TRUE },
  { "AV1", BYTES ("\x10\x32"), FALSE },
  { "AV1", BYTES (""), FALSE },
};

GST_START_TEST (test_keyframes)
{
  for (guint i = 0; i < G_N_ELEMENTS (pictures); i++) {
    /* Of the very size, for the sanitizer. */
    g_autofree guint8 *payload =
        g_memdup2 (pictures[i].payload, pictures[i].length);

    fail_unless (lb_video_starts_keyframe (
                     pictures[i].codec, payload, pictures[i].length)
            == pictures[i].starts,
        "%u: %s", i, pictures[i].codec);
  }
}
GST_END_TEST;

GST_START_TEST (test_keyframes_of_garbage)
{
  static const char *const codecs[] = { "H264", "H265", "VP8", "VP9", "AV1" };
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);
  guint starts = 0;

  for (guint i = 0; i < 20000; i++) {
    gsize length = (gsize) g_rand_int_range (rand, 0, 12);
    g_autofree guint8 *payload = g_malloc (length);

    for (gsize k = 0; k < length; k++)
      payload[k] = (guint8) g_rand_int (rand);
    starts += lb_video_starts_keyframe (
        codecs[i % G_N_ELEMENTS (codecs)], payload, length);
  }
  ck_assert_uint_gt (starts, 1000);
  ck_assert_uint_lt (starts, 19000);
}
GST_END_TEST;

static void
build (guint8 *packet, guint16 seq, guint8 timestamp)
{
  memset (packet, 0, 12);
  packet[0] = 0x80;
  packet[2] = (guint8) (seq >> 8);
  packet[3] = (guint8) seq;
  packet[7] = timestamp;
}

GST_START_TEST (test_cache)
{
  LbPacketCache *cache = lb_packet_cache_new ();
  guint8 packet[12];

  build (packet, 7, 1);
  fail_unless (lb_packet_cache_get (cache, 7) == NULL);
  fail_unless (lb_packet_cache_put (cache, packet, sizeof packet));
  fail_if (lb_packet_cache_put (cache, packet, sizeof packet));
  fail_unless (lb_packet_cache_get (cache, 7) != NULL);
  /* A stream that began anew. */
  build (packet, 7, 2);
  fail_unless (lb_packet_cache_put (cache, packet, sizeof packet));
  /* The place is taken by a later one. */
  build (packet, 7 + 4096, 2);
  fail_unless (lb_packet_cache_put (cache, packet, sizeof packet));
  fail_unless (lb_packet_cache_get (cache, 7) == NULL);
  fail_unless (lb_packet_cache_get (cache, 7 + 4096) != NULL);
  lb_packet_cache_free (cache);
}
GST_END_TEST;

static void
note_frame (guint16 first, guint n, gpointer user_data)
{
  g_string_append_printf (user_data, "%u+%u ", first, n);
}

/* A frame is its packets in a row with one timestamp; across the wrap too. */
GST_START_TEST (test_frames)
{
  LbFrames *frames = lb_frames_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  lb_frames_sent (frames, 65534, 10, 100);
  lb_frames_sent (frames, 65535, 10, 101);
  lb_frames_sent (frames, 0, 10, 102);
  lb_frames_sent (frames, 1, 20, 200);
  lb_frames_sent (frames, 2, 30, 300);
  lb_frames_judge (frames, 99, note_frame, text);
  ck_assert_str_eq (text->str, "");
  lb_frames_judge (frames, 200, note_frame, text);
  ck_assert_str_eq (text->str, "65534+3 1+1 ");
  fail_if (lb_frames_is_empty (frames));
  lb_frames_judge (frames, 300, note_frame, text);
  ck_assert_str_eq (text->str, "65534+3 1+1 2+1 ");
  fail_unless (lb_frames_is_empty (frames));
  lb_frames_free (frames);
}
GST_END_TEST;

GST_START_TEST (test_fates)
{
  LbArrivals *arrivals = lb_arrivals_new ();

  for (guint16 seq = 0; seq < 5; seq++)
    lb_arrivals_expect (arrivals, seq, seq != 4);
  lb_arrivals_came (arrivals, 0, FALSE);
  lb_arrivals_came (arrivals, 1, TRUE);
  lb_arrivals_came (arrivals, 1, FALSE);
  lb_arrivals_came (arrivals, 4, FALSE);
  ck_assert_int_eq (lb_arrivals_fate (arrivals, 0, 1), LB_FRAME_INTACT);
  ck_assert_int_eq (lb_arrivals_fate (arrivals, 0, 2), LB_FRAME_REPAIRED);
  ck_assert_int_eq (lb_arrivals_fate (arrivals, 1, 2), LB_FRAME_LOST);
  ck_assert_int_eq (lb_arrivals_fate (arrivals, 3, 2), LB_FRAME_NOT_MEANT);
  lb_arrivals_give_up (arrivals);
  ck_assert_int_eq (lb_arrivals_fate (arrivals, 0, 2), LB_FRAME_REPAIRED);
  ck_assert_int_eq (lb_arrivals_fate (arrivals, 1, 2), LB_FRAME_NOT_MEANT);
  lb_arrivals_free (arrivals);
}
GST_END_TEST;

static guint
u16 (const guint8 *from)
{
  return (guint) from[0] << 8 | from[1];
}

/* Deltas of one byte, of two, and below zero; then what came too late. */
GST_START_TEST (test_transport_feedback)
{
  LbArrivalLog *log = lb_arrival_log_new ();
  guint8 packet[1200];
  gsize length;

  ck_assert_uint_eq (lb_arrival_log_build (log, 9, packet, sizeof packet), 0);
  lb_arrival_log_add (log, 65535, 64000 * 5 + 1000);
  lb_arrival_log_add (log, 1, 64000 * 5 + 1000 + 100000);
  lb_arrival_log_add (log, 0, 64000 * 5 + 1000 + 150000);
  lb_arrival_log_add (log, 0, 64000 * 9);
  length = lb_arrival_log_build (log, 9, packet, sizeof packet);
  ck_assert_uint_eq (length, 28);
  ck_assert_uint_eq (packet[0], 0xaf);
  ck_assert_uint_eq (packet[1], 205);
  ck_assert_uint_eq (u16 (packet + 2), 6);
  ck_assert_uint_eq (packet[11], 9);
  ck_assert_uint_eq (u16 (packet + 12), 65535);
  ck_assert_uint_eq (u16 (packet + 14), 3);
  ck_assert_uint_eq (packet[18], 5);
  ck_assert_uint_eq (packet[19], 0);
  /* Small, large, large. */
  ck_assert_uint_eq (u16 (packet + 20), 0xda00);
  ck_assert_uint_eq (packet[22], 4);
  ck_assert_uint_eq (u16 (packet + 23), 600);
  ck_assert_int_eq ((gint16) u16 (packet + 25), -200);
  ck_assert_uint_eq (packet[27], 1); /* of padding */
  lb_arrival_log_add (log, 1, 64000 * 9);
  ck_assert_uint_eq (lb_arrival_log_build (log, 9, packet, sizeof packet), 0);
  lb_arrival_log_add (log, 4, 64000 * 9);
  lb_arrival_log_build (log, 9, packet, sizeof packet);
  ck_assert_uint_eq (u16 (packet + 12), 2);
  ck_assert_uint_eq (u16 (packet + 14), 3);
  ck_assert_uint_eq (u16 (packet + 20), 0xc100);
  ck_assert_uint_eq (packet[19], 1);
  lb_arrival_log_free (log);
}
GST_END_TEST;

/* More than one packet can tell: the rest is told next. */
GST_START_TEST (test_transport_feedback_is_bounded)
{
  LbArrivalLog *log = lb_arrival_log_new ();
  guint8 packet[1200];
  guint told = 0;

  for (guint i = 0; i < 1000; i++)
    lb_arrival_log_add (log, (guint16) (i * 3), i * 20000);
  /* A silence that no delta spans, and a gap that no packet does. */
  lb_arrival_log_add (log, 3000, G_USEC_PER_SEC * 1000);
  lb_arrival_log_add (log, 9000, G_USEC_PER_SEC * 1001);
  for (gsize length = 1; length > 0;) {
    length = lb_arrival_log_build (log, 9, packet, sizeof packet);
    ck_assert_uint_le (length, sizeof packet);
    for (guint i = 0; length > 0 && i < u16 (packet + 14); i++) {
      guint chunk = u16 (packet + 20 + i / 7 * 2);

      told += ((chunk >> (2 * (6 - i % 7))) & 3) != 0;
    }
  }
  ck_assert_uint_eq (told, 1002);
  lb_arrival_log_free (log);
}
GST_END_TEST;

static Suite *
loopback_video_parts_suite (void)
{
  Suite *s = suite_create ("loopback-video-parts");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_keyframes);
  tcase_add_test (tc, test_keyframes_of_garbage);
  tcase_add_test (tc, test_cache);
  tcase_add_test (tc, test_frames);
  tcase_add_test (tc, test_fates);
  tcase_add_test (tc, test_transport_feedback);
  tcase_add_test (tc, test_transport_feedback_is_bounded);
  return s;
}

GST_CHECK_MAIN (loopback_video_parts);
