/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dave-helper.h"

static GType
type_of (gint i)
{
  return i == 0 ? GST_TYPE_DISCORD_DAVE_ENC : GST_TYPE_DISCORD_DAVE_DEC;
}

GST_START_TEST (test_without_a_connection_frames_pass)
{
  GstHarness *h = harness_new (type_of (__i__), FALSE, OPUS);
  GstBuffer *frame = make_frame (0);
  GstBuffer *out;

  push (h, gst_buffer_ref (frame));
  out = gst_harness_pull (h);
  fail_unless (out == frame, "a copy was made");
  expect_caps (h, OPUS);
  fail_unless_equals_int (fake.asked, 0);
  expect_stat (h, "frames-clear", 1);
  gst_buffer_unref (out);
  gst_buffer_unref (frame);
  harness_free (h);
}
GST_END_TEST;

GST_START_TEST (test_encrypted_and_back)
{
  GstHarness *enc = encrypter ();
  GstHarness *dec = decrypter ();

  for (guint n = 0; n < 3; n++) {
    GstBuffer *out;

    push (enc, make_frame (n));
    out = gst_harness_pull (enc);
    expect_metadata (out, n);
    fail_unless_equals_int (
        gst_buffer_get_size (out), sizeof frame_data + TRAILER);
    fail_if (gst_buffer_memcmp (out, 0, frame_data, sizeof frame_data) == 0);

    push (dec, out);
    out = gst_harness_pull (dec);
    expect_metadata (out, n);
    gst_check_buffer_data (out, frame_data, sizeof frame_data);
    gst_buffer_unref (out);
  }
  expect_caps (enc, DAVE_OPUS);
  expect_caps (dec, OPUS);
  fail_unless_equals_uint64 (fake.user_id, USER);
  fail_if (fake.video);
  expect_stat (enc, "frames-encrypted", 3);
  expect_stat (dec, "frames-decrypted", 3);
  harness_free (enc);
  harness_free (dec);
}
GST_END_TEST;

/* What describes the clear stream does not describe ciphertext. */
GST_START_TEST (test_caps_lose_what_a_decoder_would_want)
{
  GstHarness *h = encrypter ();

  gst_harness_set_src_caps_str (
      h, OPUS ", streamheader=(buffer)<00, 01>, codec_data=(buffer)02");
  push (h, make_frame (0));
  gst_buffer_unref (gst_harness_pull (h));
  expect_caps (h, DAVE_OPUS);
  harness_free (h);
}
GST_END_TEST;

GST_START_TEST (test_pain_24_silence_stays_in_clear)
{
  GstHarness *h = encrypter ();
  GstBuffer *out;

  push (h, make_frame (0));
  gst_buffer_unref (gst_harness_pull (h));
  fake.asked = 0;
  push (h, make_silence (1));
  out = gst_harness_pull (h);
  gst_check_buffer_data (out, silence_data, sizeof silence_data);
  gst_buffer_unref (out);
  fail_unless_equals_int (fake.asked, 0);
  expect_caps (h, DAVE_OPUS);

  /* It ends a talk spurt when there is no group any more, too. */
  fake.result = GST_DISCORD_FRAME_NO_KEY;
  push (h, make_silence (2));
  gst_buffer_unref (gst_harness_pull (h));
  harness_free (h);
}
GST_END_TEST;

/* The server goes to version 0 and back; silence in between is in neither. */
GST_START_TEST (test_caps_follow_the_version)
{
  GstHarness *enc = encrypter ();
  GstHarness *dec = decrypter ();
  static const struct
  {
    GstDiscordFrameResult result;
    const gchar *caps;
  } steps[] = {
    { GST_DISCORD_FRAME_DONE, DAVE_OPUS },
    { GST_DISCORD_FRAME_CLEAR, OPUS },
    { GST_DISCORD_FRAME_CLEAR, OPUS },
    { GST_DISCORD_FRAME_DONE, DAVE_OPUS },
    { GST_DISCORD_FRAME_DONE, DAVE_OPUS },
  };

  for (guint n = 0; n < G_N_ELEMENTS (steps); n++) {
    GstBuffer *out;

    fake.result = steps[n].result;
    push (enc, make_frame (n));
    expect_caps (enc, steps[n].caps);
    push (dec, gst_harness_pull (enc));
    out = gst_harness_pull (dec);
    gst_check_buffer_data (out, frame_data, sizeof frame_data);
    expect_metadata (out, n);
    gst_buffer_unref (out);
    push (enc, make_silence (n));
    expect_caps (enc, steps[n].caps);
    gst_buffer_unref (gst_harness_pull (enc));
  }
  expect_caps (dec, OPUS);
  expect_stat (enc, "frames-encrypted", 3);
  expect_stat (enc, "frames-clear", 2 + G_N_ELEMENTS (steps));
  harness_free (enc);
  harness_free (dec);
}
GST_END_TEST;

/* The caps that are there before the first frame are those it will have. */
GST_START_TEST (test_first_caps_are_a_good_guess)
{
  static const struct
  {
    GstDiscordE2eeState state;
    const gchar *caps;
  } rows[] = {
    { GST_DISCORD_E2EE_STATE_CLEAR, OPUS },
    { GST_DISCORD_E2EE_STATE_NONE, DAVE_OPUS },
    { GST_DISCORD_E2EE_STATE_PENDING, DAVE_OPUS },
    { GST_DISCORD_E2EE_STATE_ENCRYPTED, DAVE_OPUS },
  };
  GstHarness *h = harness_new (GST_TYPE_DISCORD_DAVE_ENC, TRUE, NULL);

  fake.state = rows[__i__].state;
  gst_harness_set_src_caps_str (h, OPUS);
  expect_caps (h, rows[__i__].caps);
  harness_free (h);
}
GST_END_TEST;

GST_START_TEST (test_without_a_key_nothing_goes_out)
{
  GstHarness *h = encrypter ();
  GstBuffer *out;

  fake.result = GST_DISCORD_FRAME_NO_KEY;
  push (h, make_frame (0));
  push (h, make_frame (1));
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  expect_stat (h, "dropped-no-key", 2);
  expect_warnings (h, 0, 0);

  fake.result = GST_DISCORD_FRAME_DONE;
  push (h, make_frame (2));
  out = gst_harness_pull (h);
  fail_unless (GST_BUFFER_IS_DISCONT (out));
  gst_buffer_unref (out);
  push (h, make_frame (3));
  out = gst_harness_pull (h);
  fail_if (GST_BUFFER_IS_DISCONT (out));
  gst_buffer_unref (out);
  harness_free (h);
}
GST_END_TEST;

GST_START_TEST (test_upstream_of_ours_is_told)
{
  GstHarness *h = encrypter ();

  gst_discord_dave_enc_set_tells_no_key (
      GST_DISCORD_DAVE_ENC (h->element), TRUE);
  fake.result = GST_DISCORD_FRAME_NO_KEY;
  fail_unless_equals_int (
      gst_harness_push (h, make_frame (0)), GST_DISCORD_DAVE_FLOW_NO_KEY);
  fake.result = GST_DISCORD_FRAME_DONE;
  push (h, make_frame (0));
  harness_free (h);
}
GST_END_TEST;

GST_START_TEST (test_a_frame_that_is_refused)
{
  GstHarness *h = encrypter ();

  fake.result = GST_DISCORD_FRAME_REFUSED;
  for (guint n = 0; n < 5; n++)
    push (h, make_frame (n));
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  expect_stat (h, "refused", 5);
  expect_warnings (h, 1, GST_STREAM_ERROR_ENCODE);
  harness_free (h);
}
GST_END_TEST;

/* Downstream that only knows Opus gets neither ciphertext nor what is in clear
 * although it must not be. */
GST_START_TEST (test_downstream_without_dave)
{
  GstHarness *h = harness_new (GST_TYPE_DISCORD_DAVE_ENC, TRUE, NULL);

  fake.state = GST_DISCORD_E2EE_STATE_CLEAR;
  fake.result = GST_DISCORD_FRAME_CLEAR;
  gst_harness_set_sink_caps_str (h, "audio/x-opus");
  gst_harness_set_src_caps_str (h, OPUS);
  push (h, make_frame (0));
  fake.result = GST_DISCORD_FRAME_DONE;
  fail_unless_equals_int (
      gst_harness_push (h, make_frame (1)), GST_FLOW_NOT_NEGOTIATED);
  fail_unless_equals_int (gst_harness_buffers_received (h), 1);
  harness_free (h);
}
GST_END_TEST;

static void
expect_accepted (GstHarness *h, const gchar *text, gboolean expected)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  g_autoptr (GstPad) sink = gst_element_get_static_pad (h->element, "sink");

  fail_unless (gst_pad_query_accept_caps (sink, caps) == expected, "%s", text);
}

GST_START_TEST (test_what_is_taken_depends_on_downstream)
{
  GstHarness *enc = harness_new (GST_TYPE_DISCORD_DAVE_ENC, TRUE, NULL);
  GstHarness *dec = harness_new (GST_TYPE_DISCORD_DAVE_DEC, TRUE, NULL);

  gst_harness_set_sink_caps_str (
      enc, "application/x-dave, original-media-type=(string)audio/x-opus");
  expect_accepted (enc, OPUS, TRUE);
  expect_accepted (enc, "video/x-vp8", FALSE);
  gst_harness_set_sink_caps_str (enc, "application/x-dave");
  expect_accepted (enc, "video/x-vp8", TRUE);
  expect_accepted (enc, DAVE_OPUS, FALSE);

  gst_harness_set_sink_caps_str (dec, "video/x-vp8");
  expect_accepted (dec, OPUS, FALSE);
  expect_accepted (dec, DAVE_OPUS, FALSE);
  expect_accepted (dec, "video/x-vp8", TRUE);
  expect_accepted (
      dec, "application/x-dave, original-media-type=(string)video/x-vp8", TRUE);
  harness_free (enc);
  harness_free (dec);
}
GST_END_TEST;

GST_START_TEST (test_flush)
{
  GstHarness *h = encrypter ();
  GstSegment segment;
  GstBuffer *out;

  fake.result = GST_DISCORD_FRAME_NO_KEY;
  push (h, make_frame (0));
  gst_harness_push_event (h, gst_event_new_flush_start ());
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  fake.result = GST_DISCORD_FRAME_DONE;
  push (h, make_frame (1));
  out = gst_harness_pull (h);
  fail_if (GST_BUFFER_IS_DISCONT (out));
  gst_buffer_unref (out);
  expect_caps (h, DAVE_OPUS);
  harness_free (h);
}
GST_END_TEST;

GST_START_TEST (test_states_and_connections_come_and_go)
{
  GstHarness *h = harness_new (GST_TYPE_DISCORD_DAVE_ENC, FALSE, OPUS);

  fake.state = GST_DISCORD_E2EE_STATE_ENCRYPTED;
  fake.result = GST_DISCORD_FRAME_DONE;
  for (guint n = 0; n < 20; n++) {
    push (h, make_frame (n));
    expect_caps (h, OPUS);
    g_object_set (h->element, "connection", connection, NULL);
    push (h, make_frame (n));
    expect_caps (h, DAVE_OPUS);
    g_object_set (h->element, "connection", NULL, NULL);

    fail_unless_equals_int (gst_element_set_state (h->element, GST_STATE_NULL),
        GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (
        gst_element_set_state (h->element, GST_STATE_PLAYING),
        GST_STATE_CHANGE_SUCCESS);
  }
  fail_unless_equals_int (gst_harness_buffers_received (h), 40);
  harness_free (h);
}
GST_END_TEST;

/* A keyframe of VP8, 16x16 (RFC 6386 9.1), as far as it is read. */
static const guint8 vp8_frame[] = { 0x10, 0x00, 0x00, 0x9d, 0x01, 0x2a, 16, 0,
  16, 0, 1, 2, 3, 4 };

GST_START_TEST (test_video_carries_what_a_packetiser_needs)
{
  GstHarness *enc = encrypter ();
  GstHarness *dec = decrypter ();
  GstDiscordFrameMeta *meta;
  GstBuffer *out;

  gst_harness_set_src_caps_str (enc, "video/x-vp8, width=16, height=16");
  gst_harness_set_src_caps_str (dec,
      "application/x-dave, original-media-type=(string)video/x-vp8, "
      "width=16, height=16");
  push (enc, gst_buffer_new_memdup (vp8_frame, sizeof vp8_frame));
  expect_caps (enc,
      "application/x-dave, original-media-type=(string)video/x-vp8, "
      "width=16, height=16");
  out = gst_harness_pull (enc);
  meta = gst_buffer_get_discord_frame_meta (out);
  fail_unless (meta != NULL);
  fail_unless (meta->codec == GST_DISCORD_CODEC_VP8 && meta->keyframe);

  push (dec, out);
  out = gst_harness_pull (dec);
  gst_check_buffer_data (out, vp8_frame, sizeof vp8_frame);
  expect_caps (dec, "video/x-vp8, width=16, height=16");
  fail_unless (fake.video);
  gst_buffer_unref (out);

  /* Not what the caps say. */
  push (enc, gst_buffer_new_memdup (vp8_frame, 1));
  fail_unless_equals_int (gst_harness_buffers_received (enc), 1);
  expect_stat (enc, "refused", 1);
  harness_free (enc);
  harness_free (dec);
}
GST_END_TEST;

static Suite *
dave_suite (void)
{
  Suite *suite = suite_create ("discorddave");
  TCase *tcase = tcase_create ("elements");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_loop_test (tcase, test_without_a_connection_frames_pass, 0, 2);
  tcase_add_test (tcase, test_encrypted_and_back);
  tcase_add_test (tcase, test_caps_lose_what_a_decoder_would_want);
  tcase_add_test (tcase, test_pain_24_silence_stays_in_clear);
  tcase_add_test (tcase, test_caps_follow_the_version);
  tcase_add_loop_test (tcase, test_first_caps_are_a_good_guess, 0, 4);
  tcase_add_test (tcase, test_without_a_key_nothing_goes_out);
  tcase_add_test (tcase, test_upstream_of_ours_is_told);
  tcase_add_test (tcase, test_a_frame_that_is_refused);
  tcase_add_test (tcase, test_downstream_without_dave);
  tcase_add_test (tcase, test_what_is_taken_depends_on_downstream);
  tcase_add_test (tcase, test_flush);
  tcase_add_test (tcase, test_states_and_connections_come_and_go);
  tcase_add_test (tcase, test_video_carries_what_a_packetiser_needs);
  return suite;
}

GST_CHECK_MAIN (dave);
