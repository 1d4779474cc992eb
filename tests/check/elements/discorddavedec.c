/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dave-helper.h"

/* A counted warning once in a while, never an error. */
GST_START_TEST (test_undecryptable)
{
  GstHarness *h = decrypter ();
  GstBuffer *out;

  fake.result = GST_DISCORD_FRAME_REFUSED;
  for (guint n = 0; n < 5; n++)
    push (h, make_encrypted (n));
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  expect_stat (h, "dropped-undecryptable", 5);
  expect_warnings (h, 1, GST_STREAM_ERROR_DECRYPT);

  fake.result = GST_DISCORD_FRAME_DONE;
  push (h, make_encrypted (5));
  out = gst_harness_pull (h);
  fail_unless (GST_BUFFER_IS_DISCONT (out));
  gst_check_buffer_data (out, frame_data, sizeof frame_data);
  gst_buffer_unref (out);
  push (h, make_encrypted (6));
  out = gst_harness_pull (h);
  fail_if (GST_BUFFER_IS_DISCONT (out));
  gst_buffer_unref (out);
  harness_free (h);
}
GST_END_TEST;

/* The first frames after a join come before the group: nobody's fault. */
GST_START_TEST (test_a_missing_key_is_told_once_we_have_ours)
{
  GstHarness *h = decrypter ();

  fake.result = GST_DISCORD_FRAME_NO_KEY;
  fake.state = GST_DISCORD_E2EE_STATE_PENDING;
  push (h, make_encrypted (0));
  expect_warnings (h, 0, 0);
  fake.state = GST_DISCORD_E2EE_STATE_ENCRYPTED;
  push (h, make_encrypted (1));
  push (h, make_encrypted (2));
  expect_warnings (h, 1, GST_STREAM_ERROR_DECRYPT_NOKEY);
  expect_stat (h, "dropped-no-key", 3);
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  harness_free (h);
}
GST_END_TEST;

/* What was sent to the group before ours is no reason for a warning, either. */
GST_START_TEST (test_frames_from_before_the_join)
{
  GstHarness *h = decrypter ();

  fake.result = GST_DISCORD_FRAME_EARLIER;
  push (h, make_encrypted (0));
  push (h, make_encrypted (1));
  expect_warnings (h, 0, 0);
  expect_stat (h, "dropped-no-key", 2);
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  harness_free (h);
}
GST_END_TEST;

/* Nothing to decrypt it for, and labelled as in clear: ciphertext stays in. */
GST_START_TEST (test_ciphertext_never_passes)
{
  GstHarness *h = harness_new (
      GST_TYPE_DISCORD_DAVE_DEC, FALSE, __i__ == 0 ? DAVE_OPUS : OPUS);

  push (h, make_encrypted (0));
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  expect_warnings (h, 1, GST_STREAM_ERROR_DECRYPT_NOKEY);
  push (h, make_frame (1));
  gst_buffer_unref (gst_harness_pull (h));
  expect_caps (h, OPUS);
  expect_stat (h, "dropped-no-key", 1);
  harness_free (h);
}
GST_END_TEST;

GST_START_TEST (test_the_user_of_a_frame)
{
  GstHarness *h = decrypter ();
  GstBuffer *buffer = make_encrypted (0);

  gst_buffer_get_discord_media_meta (buffer)->user_id = 7;
  push (h, buffer);
  fail_unless_equals_uint64 (fake.user_id, 7);

  /* Not known when the packet arrived, but now. */
  buffer = make_encrypted (1);
  gst_buffer_get_discord_media_meta (buffer)->user_id = 0;
  push (h, buffer);
  fail_unless_equals_uint64 (fake.user_id, USER);

  buffer = make_encrypted (2);
  gst_buffer_remove_meta (
      buffer, (GstMeta *) gst_buffer_get_discord_media_meta (buffer));
  push (h, buffer);
  fail_unless_equals_uint64 (fake.user_id, 0);
  harness_free (h);
}
GST_END_TEST;

static Suite *
davedec_suite (void)
{
  Suite *suite = suite_create ("discorddavedec");
  TCase *tcase = tcase_create ("elements");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, test_undecryptable);
  tcase_add_test (tcase, test_a_missing_key_is_told_once_we_have_ours);
  tcase_add_test (tcase, test_frames_from_before_the_join);
  tcase_add_loop_test (tcase, test_ciphertext_never_passes, 0, 2);
  tcase_add_test (tcase, test_the_user_of_a_frame);
  return suite;
}

GST_CHECK_MAIN (davedec);
