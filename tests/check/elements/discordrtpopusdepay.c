/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/discord/gstdiscordmediameta.h>
#include <gst/rtp/rtp.h>

#define RTP                                                                    \
  "application/x-rtp, media=(string)audio, payload=(int)120, "                 \
  "clock-rate=(int)48000, encoding-name=(string)OPUS"
#define FIELDS                                                                 \
  ", rate=(int)48000, channels=(int)2, channel-mapping-family=(int)0"
#define OPUS "audio/x-opus" FIELDS
#define DAVE                                                                   \
  "application/x-dave, original-media-type=(string)audio/x-opus" FIELDS

static const guint8 opus[] = { 0xFC, 1, 2, 3 };
/* As encrypted frames end (DAVE whitepaper, "Payload Format"). */
static const guint8 encrypted[] = { 9, 9, 9, 9, 1, 2, 3, 4, 5, 6, 7, 8, 1, 12,
  0xFA, 0xFA };

static GstHarness *
depay_new (const gchar *downstream)
{
  GstHarness *h = gst_harness_new ("discordrtpopusdepay");
  g_autoptr (GstBus) bus = gst_bus_new ();

  gst_element_set_bus (h->element, bus);
  if (downstream != NULL)
    gst_harness_set_sink_caps_str (h, downstream);
  gst_harness_set_src_caps_str (h, RTP);
  return h;
}

static void
depay_free (GstHarness *h)
{
  gst_element_set_bus (h->element, NULL);
  gst_harness_teardown (h);
}

static GstBuffer *
make_packet (guint16 seqnum, const guint8 *payload, guint size, guint padding)
{
  GstBuffer *packet = gst_rtp_buffer_new_allocate (size, padding, 0);
  GstDiscordMediaMeta *meta = gst_buffer_add_discord_media_meta (packet);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

  gst_rtp_buffer_map (packet, GST_MAP_READWRITE, &rtp);
  gst_rtp_buffer_set_payload_type (&rtp, 120);
  gst_rtp_buffer_set_seq (&rtp, seqnum);
  gst_rtp_buffer_set_timestamp (&rtp, 960 * seqnum);
  gst_rtp_buffer_set_ssrc (&rtp, 4711);
  if (size > 0)
    memcpy (gst_rtp_buffer_get_payload (&rtp), payload, size);
  gst_rtp_buffer_unmap (&rtp);
  meta->user_id = 155149108183695360;
  meta->seqnum = seqnum;
  GST_BUFFER_PTS (packet) = seqnum * 20 * GST_MSECOND;
  return packet;
}

static void
push (GstHarness *h, GstBuffer *packet)
{
  fail_unless_equals_int (gst_harness_push (h, packet), GST_FLOW_OK);
}

static void
expect_frame (GstHarness *h, guint16 seqnum, const guint8 *data, guint size)
{
  g_autoptr (GstBuffer) frame = gst_harness_pull (h);
  GstDiscordMediaMeta *meta = gst_buffer_get_discord_media_meta (frame);

  gst_check_buffer_data (frame, data, size);
  fail_unless (meta != NULL);
  fail_unless_equals_uint64 (meta->user_id, 155149108183695360);
  fail_unless_equals_int (meta->seqnum, seqnum);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (frame), seqnum * 20 * GST_MSECOND);
}

static void
expect_caps (GstHarness *h, const gchar *text)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (h->sinkpad);
  g_autoptr (GstCaps) expected = gst_caps_from_string (text);

  fail_unless (gst_caps_is_equal (caps, expected), "%" GST_PTR_FORMAT, caps);
}

static guint
count_warnings (GstHarness *h)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (h->element);
  GstMessage *message;
  guint count = 0;

  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING)) != NULL) {
    count++;
    gst_message_unref (message);
  }
  return count;
}

/* Downstream that takes encrypted frames gets all under one name. */
GST_START_TEST (test_downstream_that_decrypts)
{
  static const gchar *const downstream[] = { NULL,
    "application/x-dave; audio/x-opus", "audio/x-opus; application/x-dave" };
  GstHarness *h = depay_new (downstream[__i__]);

  push (h, make_packet (0, opus, sizeof opus, 0));
  push (h, make_packet (1, encrypted, sizeof encrypted, 0));
  expect_caps (h, DAVE);
  expect_frame (h, 0, opus, sizeof opus);
  expect_frame (h, 1, encrypted, sizeof encrypted);
  fail_unless_equals_int (count_warnings (h), 0);
  depay_free (h);
}
GST_END_TEST;

/* Other downstream is not handed ciphertext as if it were Opus. */
GST_START_TEST (test_downstream_that_decodes)
{
  GstHarness *h = depay_new ("audio/x-opus");

  push (h, make_packet (0, opus, sizeof opus, 0));
  for (guint i = 1; i < 5; i++)
    push (h, make_packet (i, encrypted, sizeof encrypted, 0));
  push (h, make_packet (5, opus, sizeof opus, 0));
  expect_caps (h, OPUS);
  expect_frame (h, 0, opus, sizeof opus);
  expect_frame (h, 5, opus, sizeof opus);
  fail_unless_equals_int (gst_harness_buffers_in_queue (h), 0);
  fail_unless_equals_int (count_warnings (h), 1);
  depay_free (h);
}
GST_END_TEST;

GST_START_TEST (test_downstream_changes)
{
  GstHarness *h = depay_new ("audio/x-opus");

  push (h, make_packet (0, opus, sizeof opus, 0));
  expect_caps (h, OPUS);
  gst_harness_set_sink_caps_str (h, "application/x-dave");
  gst_harness_push_upstream_event (h, gst_event_new_reconfigure ());
  push (h, make_packet (1, encrypted, sizeof encrypted, 0));
  expect_caps (h, DAVE);
  fail_unless_equals_int (gst_harness_buffers_received (h), 2);
  depay_free (h);
}
GST_END_TEST;

/* 1: padding behind the frame would hide its trailer. */
GST_START_TEST (test_pain_1_padding_is_no_part_of_the_frame)
{
  GstHarness *h = depay_new (NULL);

  for (guint padding = 0; padding < 8; padding++) {
    push (h, make_packet (padding, encrypted, sizeof encrypted, padding));
    expect_frame (h, padding, encrypted, sizeof encrypted);
  }
  depay_free (h);
}
GST_END_TEST;

GST_START_TEST (test_loss_and_empty_packets)
{
  GstHarness *h = depay_new (NULL);
  GstBuffer *frame;

  push (h, make_packet (0, opus, sizeof opus, 0));
  gst_buffer_unref (gst_harness_pull (h));
  push (h, make_packet (1, opus, 0, 0));
  fail_unless_equals_int (gst_harness_buffers_in_queue (h), 0);
  push (h, make_packet (2, opus, sizeof opus, 0));
  frame = gst_harness_pull (h);
  fail_if (GST_BUFFER_IS_DISCONT (frame));
  gst_buffer_unref (frame);
  push (h, make_packet (5, opus, sizeof opus, 0));
  frame = gst_harness_pull (h);
  fail_unless (GST_BUFFER_IS_DISCONT (frame));
  gst_buffer_unref (frame);
  depay_free (h);
}
GST_END_TEST;

/* From our payloader, which takes both, and not copied on the way. */
GST_START_TEST (test_round_trip)
{
  GstHarness *h =
      gst_harness_new_parse ("discordrtpopuspay ! discordrtpopusdepay");
  static const gchar *const caps[] = { OPUS, DAVE };

  for (guint i = 0; i < 6; i++) {
    GstBuffer *frame = i % 2 == 0
        ? gst_buffer_new_memdup (opus, sizeof opus)
        : gst_buffer_new_memdup (encrypted, sizeof encrypted);
    g_autoptr (GstBuffer) kept = gst_buffer_ref (frame);
    g_autoptr (GstBuffer) out = NULL;
    GstMapInfo in_map, out_map;

    gst_harness_set_src_caps_str (h, caps[i % 2]);
    GST_BUFFER_PTS (frame) = i * 20 * GST_MSECOND;
    out = gst_harness_push_and_pull (h, frame);
    gst_buffer_map (kept, &in_map, GST_MAP_READ);
    gst_buffer_map (out, &out_map, GST_MAP_READ);
    fail_unless_equals_int (in_map.size, out_map.size);
    fail_unless (in_map.data == out_map.data, "a copy was made");
    gst_buffer_unmap (out, &out_map);
    gst_buffer_unmap (kept, &in_map);
  }
  gst_harness_teardown (h);
}
GST_END_TEST;

static Suite *
opus_depay_suite (void)
{
  Suite *suite = suite_create ("discordrtpopusdepay");
  TCase *tcase = tcase_create ("elements");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_downstream_that_decrypts, 0, 3);
  tcase_add_test (tcase, test_downstream_that_decodes);
  tcase_add_test (tcase, test_downstream_changes);
  tcase_add_test (tcase, test_pain_1_padding_is_no_part_of_the_frame);
  tcase_add_test (tcase, test_loss_and_empty_packets);
  tcase_add_test (tcase, test_round_trip);
  return suite;
}

GST_CHECK_MAIN (opus_depay);
