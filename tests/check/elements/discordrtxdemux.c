/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/discord/discord.h>
#include <gst/rtp/rtp.h>

#include <string.h>

#define MEDIA_SSRC 100000u
#define RTX_SSRC 200000u
#define VP8_PT 107
#define VP8_RTX_PT 108
#define TIMESTAMP 90000u

static GstHarness *harness;

static void
setup (void)
{
  harness = gst_harness_new ("discordrtxdemux");
  gst_harness_set_src_caps_str (harness, "application/x-rtp");
}

static void
teardown (void)
{
  gst_harness_teardown (harness);
}

static guint64
get_counter (const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = 0;

  gst_harness_get (harness, "discordrtxdemux", "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value));
  return value;
}

static void
set_ssrc_map (const gchar *text)
{
  g_autoptr (GstStructure) map = gst_structure_from_string (text, NULL);

  fail_unless (map != NULL);
  gst_harness_set (harness, "discordrtxdemux", "ssrc-map", map, NULL);
}

/* Without CSRCs and extension. */
static GstBuffer *
make_packet (guint8 pt, gboolean marker, guint16 sequence, guint32 ssrc,
    const void *payload, gsize size)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 12 + size, NULL);
  guint8 header[12] = { 0x80, pt | (marker ? 0x80 : 0) };

  GST_WRITE_UINT16_BE (header + 2, sequence);
  GST_WRITE_UINT32_BE (header + 4, TIMESTAMP);
  GST_WRITE_UINT32_BE (header + 8, ssrc);
  gst_buffer_fill (buffer, 0, header, sizeof header);
  gst_buffer_fill (buffer, 12, payload, size);
  GST_BUFFER_PTS (buffer) = 5 * GST_SECOND;
  return buffer;
}

static void
push_media (guint16 sequence)
{
  GstBuffer *out,
      *in = make_packet (VP8_PT, FALSE, sequence, MEDIA_SSRC, "x", 1);

  out = gst_harness_push_and_pull (harness, in);
  fail_unless (out == in);
  gst_buffer_unref (out);
}

/* Nothing comes out. */
static void
push_dropped (GstBuffer *buffer)
{
  fail_unless_equals_int (gst_harness_push (harness, buffer), GST_FLOW_OK);
  fail_unless (gst_harness_try_pull (harness) == NULL);
}

static void
check_bytes (GstBuffer *buffer, const void *expected, gsize size)
{
  fail_unless_equals_int (gst_buffer_get_size (buffer), size);
  fail_unless (gst_buffer_memcmp (buffer, 0, expected, size) == 0);
}

GST_START_TEST (test_restores_announced_pair)
{
  static const guint8 expected[] = { 0x80, VP8_PT | 0x80, 0xab, 0xcd, 0x00,
    0x01, 0x5f, 0x90, 0x00, 0x01, 0x86, 0xa0, 'f', 'r', 'a', 'm', 'e' };
  GstBuffer *out;

  set_ssrc_map ("application/x-rtp-ssrc-map, 100000=(uint)200000");
  out = gst_harness_push_and_pull (harness,
      make_packet (VP8_RTX_PT, TRUE, 7, RTX_SSRC,
          "\xab\xcd"
          "frame",
          7));
  check_bytes (out, expected, sizeof expected);
  fail_unless (
      GST_BUFFER_FLAG_IS_SET (out, GST_RTP_BUFFER_FLAG_RETRANSMISSION));
  fail_unless_equals_uint64 (GST_BUFFER_PTS (out), 5 * GST_SECOND);
  fail_unless_equals_uint64 (get_counter ("packets-restored"), 1);
  gst_buffer_unref (out);
}
GST_END_TEST;

/* Every codec Discord has retransmissions for. */
GST_START_TEST (test_payload_types)
{
  set_ssrc_map ("application/x-rtp-ssrc-map, 100000=(uint)200000");
  for (guint8 rtx = 102; rtx <= 110; rtx += 2) {
    GstBuffer *out = gst_harness_push_and_pull (
        harness, make_packet (rtx, FALSE, 7, RTX_SSRC, "\0\1x", 3));
    guint8 pt;

    gst_buffer_extract (out, 1, &pt, 1);
    fail_unless_equals_int (pt, rtx - 1);
    gst_buffer_unref (out);
  }
}
GST_END_TEST;

GST_START_TEST (test_media_passes_as_it_is)
{
  GstBuffer *audio = make_packet (120, FALSE, 1, RTX_SSRC, "opus", 4);
  GstBuffer *out;

  set_ssrc_map ("application/x-rtp-ssrc-map, 100000=(uint)200000");
  push_media (1);
  gst_buffer_ref (audio);
  out = gst_harness_push_and_pull (harness, audio);
  fail_unless (out == audio);
  gst_buffer_unref (out);
  gst_buffer_unref (audio);

  /* Too short to be RTP: whoever is behind decides. */
  out = gst_harness_push_and_pull (
      harness, gst_buffer_new_memdup ("\x80\x6c\0\1", 4));
  fail_unless_equals_int (gst_buffer_get_size (out), 4);
  gst_buffer_unref (out);
  fail_unless_equals_uint64 (get_counter ("packets-malformed"), 0);
}
GST_END_TEST;

GST_START_TEST (test_falls_back_to_the_ssrc_before)
{
  GstBuffer *out;
  guint8 ssrc[4];

  /* Not while no media of it was seen. */
  push_dropped (make_packet (VP8_RTX_PT, FALSE, 1, MEDIA_SSRC + 1, "\0\1x", 3));
  fail_unless_equals_uint64 (get_counter ("packets-unknown"), 1);
  push_media (2);
  out = gst_harness_push_and_pull (
      harness, make_packet (VP8_RTX_PT, FALSE, 2, MEDIA_SSRC + 1, "\0\1x", 3));
  gst_buffer_extract (out, 8, ssrc, 4);
  fail_unless_equals_int (GST_READ_UINT32_BE (ssrc), MEDIA_SSRC);
  gst_buffer_unref (out);
  push_dropped (make_packet (VP8_RTX_PT, FALSE, 3, MEDIA_SSRC + 2, "\0\1x", 3));
  fail_unless_equals_uint64 (get_counter ("packets-unknown"), 2);
  fail_unless_equals_uint64 (get_counter ("packets-restored"), 1);
}
GST_END_TEST;

/* Somebody's audio has no retransmissions. */
GST_START_TEST (test_audio_is_no_media_to_fall_back_to)
{
  GstBuffer *out = gst_harness_push_and_pull (
      harness, make_packet (120, FALSE, 1, MEDIA_SSRC, "opus", 4));

  gst_buffer_unref (out);
  push_dropped (make_packet (VP8_RTX_PT, FALSE, 1, MEDIA_SSRC + 1, "\0\1x", 3));
  fail_unless_equals_uint64 (get_counter ("packets-unknown"), 1);
}
GST_END_TEST;

GST_START_TEST (test_announced_pair_wins)
{
  GstBuffer *out;
  guint8 ssrc[4];

  push_media (1);
  set_ssrc_map ("application/x-rtp-ssrc-map, 5=(uint)100001");
  out = gst_harness_push_and_pull (
      harness, make_packet (VP8_RTX_PT, FALSE, 2, MEDIA_SSRC + 1, "\0\1x", 3));
  gst_buffer_extract (out, 8, ssrc, 4);
  fail_unless_equals_int (GST_READ_UINT32_BE (ssrc), 5);
  gst_buffer_unref (out);

  /* A later table replaces the one before. */
  set_ssrc_map ("application/x-rtp-ssrc-map, 6=(uint)100009");
  out = gst_harness_push_and_pull (
      harness, make_packet (VP8_RTX_PT, FALSE, 3, MEDIA_SSRC + 1, "\0\1x", 3));
  gst_buffer_extract (out, 8, ssrc, 4);
  fail_unless_equals_int (GST_READ_UINT32_BE (ssrc), MEDIA_SSRC);
  gst_buffer_unref (out);
}
GST_END_TEST;

GST_START_TEST (test_probes_are_ignored)
{
  set_ssrc_map ("application/x-rtp-ssrc-map, 100000=(uint)200000");
  push_dropped (make_packet (VP8_RTX_PT, FALSE, 1, RTX_SSRC, "", 0));
  push_dropped (make_packet (VP8_RTX_PT, FALSE, 2, RTX_SSRC, "\0", 1));
  push_dropped (make_packet (VP8_RTX_PT, FALSE, 3, RTX_SSRC, "\0\1", 2));
  fail_unless_equals_uint64 (get_counter ("packets-probing"), 3);
  fail_unless_equals_uint64 (get_counter ("packets-restored"), 0);
}
GST_END_TEST;

/* Padding is no payload, and does not go on. */
GST_START_TEST (test_padding)
{
  GstBuffer *packet =
      make_packet (VP8_RTX_PT, FALSE, 1, RTX_SSRC, "\0\1x\0\0\0\4", 7);
  GstBuffer *probe =
      make_packet (VP8_RTX_PT, FALSE, 1, RTX_SSRC, "\0\1\0\0\0\4", 6);
  GstBuffer *out;
  guint8 flags = 0xa0;

  set_ssrc_map ("application/x-rtp-ssrc-map, 100000=(uint)200000");
  gst_buffer_fill (packet, 0, &flags, 1);
  out = gst_harness_push_and_pull (harness, packet);
  fail_unless_equals_int (gst_buffer_get_size (out), 13);
  gst_buffer_extract (out, 0, &flags, 1);
  fail_unless_equals_int (flags, 0x80);
  gst_buffer_unref (out);

  flags = 0xa0;
  gst_buffer_fill (probe, 0, &flags, 1);
  push_dropped (probe);
  fail_unless_equals_uint64 (get_counter ("packets-probing"), 1);
}
GST_END_TEST;

GST_START_TEST (test_malformed)
{
  static const guint8 firsts[] = { 0x8f, 0x90, 0xa0, 0x00 };

  set_ssrc_map ("application/x-rtp-ssrc-map, 100000=(uint)200000");
  for (guint i = 0; i < G_N_ELEMENTS (firsts); i++) {
    /* CSRCs, an extension, padding that are not there; another version */
    GstBuffer *packet =
        make_packet (VP8_RTX_PT, FALSE, 1, RTX_SSRC, "\xff\xff\xff\xff\xff", 5);

    gst_buffer_fill (packet, 0, firsts + i, 1);
    push_dropped (packet);
  }
  fail_unless_equals_uint64 (get_counter ("packets-malformed"), 4);
}
GST_END_TEST;

/* Extension 12 becomes 11, in the packet and in the meta. */
GST_START_TEST (test_extension_and_meta)
{
  static const guint8 rtx[] = { 0x90, VP8_RTX_PT, 0, 9, 0, 0, 0, 1, 0x00, 0x03,
    0x0d, 0x40, 0xbe, 0xde, 0, 1, 0xc1, '1', '0', 0, 0x01, 0x02, 'z' };
  static const guint8 expected[] = { 0x90, VP8_PT, 1, 2, 0, 0, 0, 1, 0x00, 0x01,
    0x86, 0xa0, 0xbe, 0xde, 0, 1, 0xb1, '1', '0', 0, 'z' };
  GstBuffer *buffer = gst_buffer_new_memdup (rtx, sizeof rtx);
  GstDiscordMediaMeta *meta = gst_buffer_add_discord_media_meta (buffer);
  g_autoptr (GBytes) rid = NULL;

  meta->user_id = 5;
  meta->ssrc = RTX_SSRC;
  meta->seqnum = 9;
  meta->payload_type = VP8_RTX_PT;
  meta->sender_time = 1;
  meta->extension_profile = 0xbede;
  meta->extension_length = 4;
  memcpy (meta->extensions, rtx + 16, 4);
  set_ssrc_map ("application/x-rtp-ssrc-map, 100000=(uint)200000");

  buffer = gst_harness_push_and_pull (harness, buffer);
  check_bytes (buffer, expected, sizeof expected);
  meta = gst_buffer_get_discord_media_meta (buffer);
  fail_unless_equals_uint64 (meta->user_id, 5);
  fail_unless_equals_int (meta->ssrc, MEDIA_SSRC);
  fail_unless_equals_int (meta->seqnum, 0x102);
  fail_unless_equals_int (meta->payload_type, VP8_PT);
  fail_unless_equals_int (meta->rtx_ssrc, RTX_SSRC);
  fail_unless_equals_int (meta->rtx_payload_type, VP8_RTX_PT);
  fail_unless_equals_uint64 (meta->sender_time, GST_CLOCK_TIME_NONE);
  rid = gst_discord_media_meta_get_extension (meta, 11);
  fail_unless (
      rid != NULL && memcmp (g_bytes_get_data (rid, NULL), "10", 2) == 0);
  gst_buffer_unref (buffer);
}
GST_END_TEST;

/* The payload of a large packet is shared, not copied. */
GST_START_TEST (test_no_copy)
{
  guint8 payload[1202] = { 0, 1 };
  GstBuffer *packet =
      make_packet (VP8_RTX_PT, FALSE, 1, RTX_SSRC, payload, sizeof payload);
  GstMemory *memory = gst_buffer_get_memory (packet, 0);
  GstMapInfo in, out;
  GstBuffer *restored;

  set_ssrc_map ("application/x-rtp-ssrc-map, 100000=(uint)200000");
  fail_unless (gst_memory_map (memory, &in, GST_MAP_READ));
  restored = gst_harness_push_and_pull (harness, packet);
  fail_unless_equals_int (gst_buffer_get_size (restored), 12 + 1200);
  fail_unless (gst_buffer_map_range (restored, 1, 1, &out, GST_MAP_READ));
  fail_unless (out.data == in.data + 12 + 2);
  gst_buffer_unmap (restored, &out);
  gst_memory_unmap (memory, &in);
  gst_memory_unref (memory);
  gst_buffer_unref (restored);
}
GST_END_TEST;

/* Bad entries are left out, good ones work. */
GST_START_TEST (test_maps_with_nonsense)
{
  g_autoptr (GstStructure) pts = gst_structure_from_string (
      "application/x-rtp-pt-map, 128=(uint)1, x=(uint)2, 0=(uint)3, "
      "96=(uint)97, 98=(uint)0, 99=(uint)128, 100=(int)5, 95=(uint)97",
      NULL);
  g_autoptr (GstStructure) read = NULL;
  GstBuffer *out;

  gst_harness_set (harness, "discordrtxdemux", "payload-type-map", pts, NULL);
  set_ssrc_map ("application/x-rtp-ssrc-map, 4294967296=(uint)7, "
                "100000=(uint)200000, 5=(string)6");
  out = gst_harness_push_and_pull (
      harness, make_packet (97, FALSE, 1, RTX_SSRC, "\0\1x", 3));
  gst_buffer_unref (out);
  fail_unless_equals_uint64 (get_counter ("packets-restored"), 1);
  /* Discord's are not in effect. */
  out = gst_harness_push_and_pull (
      harness, make_packet (VP8_RTX_PT, FALSE, 1, RTX_SSRC, "\0\1x", 3));
  gst_buffer_unref (out);
  fail_unless_equals_uint64 (get_counter ("packets-restored"), 1);

  /* Until they are asked for. */
  gst_harness_set (harness, "discordrtxdemux", "payload-type-map", NULL, NULL);
  gst_harness_get (harness, "discordrtxdemux", "payload-type-map", &read, NULL);
  fail_unless_equals_int (gst_structure_n_fields (read), 5);
  out = gst_harness_push_and_pull (
      harness, make_packet (VP8_RTX_PT, FALSE, 1, RTX_SSRC, "\0\1x", 3));
  gst_buffer_unref (out);
  fail_unless_equals_uint64 (get_counter ("packets-restored"), 2);
}
GST_END_TEST;

/* A peer that makes up SSRCs does not make us keep them all, and those in use
 * are known again with their next packet. */
GST_START_TEST (test_many_ssrcs)
{
  GstBuffer *out;

  gst_harness_set_drop_buffers (harness, TRUE);
  for (guint i = 0; i < 10000; i++)
    fail_unless_equals_int (
        gst_harness_push (
            harness, make_packet (VP8_PT, FALSE, 1, 1000000 + 2 * i, "x", 1)),
        GST_FLOW_OK);
  gst_harness_set_drop_buffers (harness, FALSE);
  push_media (1);
  out = gst_harness_push_and_pull (
      harness, make_packet (VP8_RTX_PT, FALSE, 2, MEDIA_SSRC + 1, "\0\1x", 3));
  gst_buffer_unref (out);
}
GST_END_TEST;

GST_START_TEST (test_forgets_in_ready)
{
  push_media (1);
  fail_unless_equals_int (
      gst_element_set_state (harness->element, GST_STATE_READY),
      GST_STATE_CHANGE_SUCCESS);
  gst_harness_play (harness);
  gst_harness_set_src_caps_str (harness, "application/x-rtp");
  push_dropped (make_packet (VP8_RTX_PT, FALSE, 1, MEDIA_SSRC + 1, "\0\1x", 3));
}
GST_END_TEST;

static Suite *
discordrtxdemux_suite (void)
{
  Suite *suite = suite_create ("discordrtxdemux");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_restores_announced_pair);
  tcase_add_test (tc, test_payload_types);
  tcase_add_test (tc, test_media_passes_as_it_is);
  tcase_add_test (tc, test_falls_back_to_the_ssrc_before);
  tcase_add_test (tc, test_audio_is_no_media_to_fall_back_to);
  tcase_add_test (tc, test_announced_pair_wins);
  tcase_add_test (tc, test_probes_are_ignored);
  tcase_add_test (tc, test_padding);
  tcase_add_test (tc, test_malformed);
  tcase_add_test (tc, test_extension_and_meta);
  tcase_add_test (tc, test_no_copy);
  tcase_add_test (tc, test_maps_with_nonsense);
  tcase_add_test (tc, test_many_ssrcs);
  tcase_add_test (tc, test_forgets_in_ready);
  return suite;
}

GST_CHECK_MAIN (discordrtxdemux);
