/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What is taken when: epochs, generations, retention, frames in clear. The clock
 * is a number. */

#include "dave-frame-helper.h"

#define SECOND G_GINT64_CONSTANT (1000000)

/* A generation takes a sender this long at least, in microseconds. */
#define GENERATION_TIME ((gint64) (DAVE_GENERATION_SIZE / 170 + 1) * SECOND)

static const guint8 secret_a[DAVE_BASE_SECRET_SIZE] = "sixteen bytes, A";
static const guint8 secret_b[DAVE_BASE_SECRET_SIZE] = "sixteen bytes, B";
static const guint8 clear_frame[] = { 0x78, 1, 2, 3 };
static const guint8 silence[] = { 0xf8, 0xff, 0xfe };

/* A frame with @nonce. */
static Frame *
sealed (const guint8 *secret, guint64 nonce)
{
  g_autoptr (DaveEncryptor) encryptor = dave_encryptor_new (secret, nonce - 1);
  Frame *frame = frame_new (clear_frame, sizeof clear_frame, 64, NULL);
  gsize length;

  fail_unless_equals_int (
      dave_encryptor_encrypt_in_place (encryptor, DAVE_CODEC_OPUS, &frame->view,
          sizeof clear_frame, &length),
      DAVE_FRAME_OK);
  frame->view.length = length;
  return frame;
}

static DaveFrameResult
receive (DaveDecryptor *self, const guint8 *secret, guint64 nonce, gint64 now)
{
  g_autoptr (Frame) frame = sealed (secret, nonce);
  gsize length = frame->view.length;
  g_auto (Bytes) before = frame_bytes (frame, length);
  DavePlain plain = { 0 };
  DaveFrameResult result = dave_decryptor_decrypt_in_place (
      self, DAVE_MEDIA_AUDIO, now, &frame->view, &plain);

  if (result == DAVE_FRAME_OK) {
    fail_unless_equals_int (plain.kind, DAVE_PLAIN_DECRYPTED);
    assert_frame_equals (
        frame, plain.length, clear_frame, sizeof clear_frame, "decrypted");
  } else {
    assert_frame_equals (frame, length, before.data, length, "refused");
  }
  return result;
}

static DaveFrameResult
receive_clear (DaveDecryptor *self, DaveMedia media, const guint8 *data,
    gsize length, gint64 now, DavePlainKind *kind)
{
  g_autoptr (Frame) frame = frame_new (data, length, length, NULL);
  DavePlain plain = { 0 };
  DaveFrameResult result =
      dave_decryptor_decrypt_in_place (self, media, now, &frame->view, &plain);

  if (result == DAVE_FRAME_OK) {
    assert_frame_equals (frame, plain.length, data, length, "clear");
    *kind = plain.kind;
  }
  return result;
}

static DaveDecryptor *
decryptor_with (const guint8 *secret, gint64 epoch_start, gint64 now)
{
  DaveDecryptor *self = dave_decryptor_new ();

  fail_unless (self != NULL);
  fail_unless (dave_decryptor_add_key (self, secret, epoch_start, now));
  return self;
}

#define assert_result(call, expected)                                          \
  fail_unless_equals_string (                                                  \
      dave_frame_result_name (call), dave_frame_result_name (expected))

GST_START_TEST (test_key_retention)
{
  g_autoptr (DaveDecryptor) self = decryptor_with (secret_a, 0, 0);

  assert_result (receive (self, secret_a, 1, 100), DAVE_FRAME_OK);
  assert_result (receive (self, secret_b, 2, 100), DAVE_FRAME_AUTH);
  fail_unless (dave_decryptor_add_key (self, secret_b, 100, 100));
  assert_result (receive (self, secret_b, 1, 100), DAVE_FRAME_OK);
  assert_result (
      receive (self, secret_a, 2, 100 + DAVE_RETENTION - 1), DAVE_FRAME_OK);
  assert_result (
      receive (self, secret_a, 3, 100 + DAVE_RETENTION), DAVE_FRAME_AUTH);
  assert_result (
      receive (self, secret_b, 2, 100 + DAVE_RETENTION), DAVE_FRAME_OK);
  /* The newest stays. */
  assert_result (receive (self, secret_b, 3, 3600 * SECOND), DAVE_FRAME_OK);
}
GST_END_TEST;

/* A newer epoch does not make an older one last longer. */
GST_START_TEST (test_key_retention_is_not_prolonged)
{
  g_autoptr (DaveDecryptor) self = decryptor_with (secret_a, 0, 0);

  fail_unless (dave_decryptor_add_key (self, secret_b, 0, 0));
  for (gint64 now = SECOND; now < DAVE_RETENTION; now += SECOND) {
    guint8 other[DAVE_BASE_SECRET_SIZE] = { (guint8) (now / SECOND) };

    fail_unless (dave_decryptor_add_key (self, other, 0, now));
  }
  assert_result (
      receive (self, secret_a, 1, DAVE_RETENTION - 1), DAVE_FRAME_OK);
  assert_result (receive (self, secret_a, 2, DAVE_RETENTION), DAVE_FRAME_AUTH);
  assert_result (receive (self, secret_b, 1, DAVE_RETENTION), DAVE_FRAME_OK);
  assert_result (
      receive (self, secret_b, 2, DAVE_RETENTION + SECOND), DAVE_FRAME_AUTH);
}
GST_END_TEST;

GST_START_TEST (test_leaver)
{
  g_autoptr (DaveDecryptor) self = decryptor_with (secret_a, 0, 0);

  fail_unless_equals_uint64 (dave_decryptor_expire_keys (self, 0), 1);
  dave_decryptor_retire_keys (self, SECOND);
  dave_decryptor_retire_keys (self, 5 * SECOND);
  fail_unless_equals_uint64 (
      dave_decryptor_expire_keys (self, SECOND + DAVE_RETENTION - 1), 1);
  assert_result (
      receive (self, secret_a, 1, SECOND + DAVE_RETENTION - 1), DAVE_FRAME_OK);
  fail_unless_equals_uint64 (
      dave_decryptor_expire_keys (self, SECOND + DAVE_RETENTION), 0);
  assert_result (
      receive (self, secret_a, 2, SECOND + DAVE_RETENTION), DAVE_FRAME_NO_KEY);
}
GST_END_TEST;

GST_START_TEST (test_number_of_keys_is_bounded)
{
  g_autoptr (DaveDecryptor) self = decryptor_with (secret_a, 0, 0);

  for (guint i = 1; i < DAVE_DECRYPTOR_KEYS_MAX; i++) {
    guint8 other[DAVE_BASE_SECRET_SIZE] = { (guint8) i };

    fail_unless (dave_decryptor_add_key (self, other, 0, i));
  }
  assert_result (receive (self, secret_a, 1, 100), DAVE_FRAME_OK);
  fail_unless_equals_uint64 (
      dave_decryptor_expire_keys (self, 100), DAVE_DECRYPTOR_KEYS_MAX);
  fail_unless (dave_decryptor_add_key (self, secret_b, 0, 100));
  fail_unless_equals_uint64 (
      dave_decryptor_expire_keys (self, 100), DAVE_DECRYPTOR_KEYS_MAX);
  assert_result (receive (self, secret_a, 2, 100), DAVE_FRAME_AUTH);
  assert_result (receive (self, secret_b, 1, 100), DAVE_FRAME_OK);
}
GST_END_TEST;

/* What is said of a frame that no key took: the most that was found out. */
GST_START_TEST (test_reasons)
{
  g_autoptr (DaveDecryptor) self = dave_decryptor_new ();

  assert_result (receive (self, secret_a, 1, 0), DAVE_FRAME_NO_KEY);
  fail_unless (dave_decryptor_add_key (self, secret_a, 0, 0));
  assert_result (receive (self, secret_a, 1, 0), DAVE_FRAME_OK);
  assert_result (receive (self, secret_a, 1, 0), DAVE_FRAME_REPLAY);
  assert_result (
      receive (self, secret_a, full_nonce (1, 0), 0), DAVE_FRAME_GENERATION);
  /* The new key is tried as well. */
  fail_unless (dave_decryptor_add_key (self, secret_b, 0, 0));
  assert_result (receive (self, secret_a, 1, 0), DAVE_FRAME_AUTH);
  assert_result (receive (self, secret_b, 1, 0), DAVE_FRAME_OK);
  assert_result (receive (self, secret_b, 1, 0), DAVE_FRAME_REPLAY);
}
GST_END_TEST;

/* Before a sender can be there, no key is derived for a generation. */
GST_START_TEST (test_generation_needs_time)
{
  const gint64 start = 5 * SECOND;
  g_autoptr (DaveDecryptor) self = decryptor_with (secret_a, start, start);
  const gint64 earliest = start + GENERATION_TIME;

  assert_result (receive (self, secret_a, full_nonce (1, 0), start),
      DAVE_FRAME_GENERATION);
  assert_result (
      receive (self, secret_a, full_nonce (1, 0), 0), DAVE_FRAME_GENERATION);
  assert_result (
      receive (self, secret_a, full_nonce (1, 0), earliest - 2 * SECOND),
      DAVE_FRAME_GENERATION);
  assert_result (
      receive (self, secret_a, full_nonce (1, 0), earliest), DAVE_FRAME_OK);
  assert_result (receive (self, secret_a, full_nonce (2, 0), earliest),
      DAVE_FRAME_GENERATION);
}
GST_END_TEST;

GST_START_TEST (test_generation_gap)
{
  g_autoptr (DaveDecryptor) self = decryptor_with (secret_a, LONG_AGO, 0);

  assert_result (
      receive (self, secret_a, full_nonce (251, 0), 0), DAVE_FRAME_GENERATION);
  assert_result (
      receive (self, secret_a, full_nonce (250, 0), 0), DAVE_FRAME_OK);
  assert_result (
      receive (self, secret_a, full_nonce (255, 0), 0), DAVE_FRAME_OK);
}
GST_END_TEST;

/* The key of the last generation goes ten seconds after the first frame of the
 * next. */
GST_START_TEST (test_generation_retention)
{
  g_autoptr (DaveDecryptor) self = decryptor_with (secret_a, LONG_AGO, 0);
  const guint64 last = full_nonce (0, 0xfffffff0);

  assert_result (receive (self, secret_a, last, 0), DAVE_FRAME_OK);
  assert_result (
      receive (self, secret_a, full_nonce (1, 3), SECOND), DAVE_FRAME_OK);
  assert_result (receive (self, secret_a, last + 1, 2 * SECOND), DAVE_FRAME_OK);
  assert_result (
      receive (self, secret_a, full_nonce (1, 1), 3 * SECOND), DAVE_FRAME_OK);
  assert_result (
      receive (self, secret_a, last + 2, SECOND + DAVE_RETENTION - 1),
      DAVE_FRAME_OK);

  /* Top byte 0 now is generation 256, too far away. */
  assert_result (receive (self, secret_a, last + 3, SECOND + DAVE_RETENTION),
      DAVE_FRAME_GENERATION);
  assert_result (
      receive (self, secret_a, full_nonce (1, 2), 20 * SECOND), DAVE_FRAME_OK);
  assert_result (receive (self, secret_a, full_nonce (1, 2), 20 * SECOND),
      DAVE_FRAME_REPLAY);
}
GST_END_TEST;

/* A third generation within ten seconds takes the first away at once. */
GST_START_TEST (test_two_generations_at_once)
{
  g_autoptr (DaveDecryptor) self = decryptor_with (secret_a, LONG_AGO, 0);

  assert_result (receive (self, secret_a, 1, 0), DAVE_FRAME_OK);
  assert_result (receive (self, secret_a, full_nonce (1, 0), 0), DAVE_FRAME_OK);
  assert_result (
      receive (self, secret_a, full_nonce (2, 5), SECOND), DAVE_FRAME_OK);
  assert_result (receive (self, secret_a, 10, SECOND), DAVE_FRAME_GENERATION);
  assert_result (
      receive (self, secret_a, full_nonce (2, 2), SECOND), DAVE_FRAME_OK);
  assert_result (
      receive (self, secret_a, full_nonce (2, 6), SECOND + DAVE_RETENTION),
      DAVE_FRAME_OK);
  assert_result (
      receive (self, secret_a, full_nonce (1, 9), SECOND + DAVE_RETENTION),
      DAVE_FRAME_GENERATION);
}
GST_END_TEST;

/* Frames of keys that do not exist leave those that do as they are. */
GST_START_TEST (test_forged_generations)
{
  g_autoptr (DaveDecryptor) self = decryptor_with (secret_a, LONG_AGO, 0);

  assert_result (receive (self, secret_a, full_nonce (3, 1), 0), DAVE_FRAME_OK);
  for (guint64 i = 4; i < 250; i++) {
    assert_result (
        receive (self, secret_b, full_nonce (i, i + 10), 0), DAVE_FRAME_AUTH);
    assert_result (
        receive (self, secret_a, full_nonce (3, i), 0), DAVE_FRAME_OK);
  }
  assert_result (receive (self, secret_a, full_nonce (4, 1), 0), DAVE_FRAME_OK);
}
GST_END_TEST;

GST_START_TEST (test_clear_frames)
{
  g_autoptr (DaveDecryptor) self = decryptor_with (secret_a, 0, 0);
  DavePlainKind kind;

  assert_result (receive_clear (self, DAVE_MEDIA_AUDIO, clear_frame,
                     sizeof clear_frame, 0, &kind),
      DAVE_FRAME_NOT_ENCRYPTED);
  /* What was never allowed does not end. */
  dave_decryptor_retire_clear (self, 0);
  assert_result (receive_clear (self, DAVE_MEDIA_AUDIO, clear_frame,
                     sizeof clear_frame, 1, &kind),
      DAVE_FRAME_NOT_ENCRYPTED);

  dave_decryptor_allow_clear (self);
  assert_result (receive_clear (self, DAVE_MEDIA_VIDEO, clear_frame,
                     sizeof clear_frame, 3600 * SECOND, &kind),
      DAVE_FRAME_OK);
  fail_unless_equals_int (kind, DAVE_PLAIN_PASSED);
  assert_result (receive (self, secret_a, 1, 0), DAVE_FRAME_OK);
  assert_result (receive (self, secret_b, 2, 0), DAVE_FRAME_AUTH);

  dave_decryptor_retire_clear (self, 0);
  dave_decryptor_retire_clear (self, 5 * SECOND);
  assert_result (receive_clear (self, DAVE_MEDIA_AUDIO, clear_frame,
                     sizeof clear_frame, DAVE_RETENTION - 1, &kind),
      DAVE_FRAME_OK);
  assert_result (receive_clear (self, DAVE_MEDIA_AUDIO, clear_frame,
                     sizeof clear_frame, DAVE_RETENTION, &kind),
      DAVE_FRAME_NOT_ENCRYPTED);

  /* The next downgrade. */
  dave_decryptor_allow_clear (self);
  assert_result (receive_clear (self, DAVE_MEDIA_AUDIO, clear_frame,
                     sizeof clear_frame, 3600 * SECOND, &kind),
      DAVE_FRAME_OK);
}
GST_END_TEST;

/* An upgrade that is taken back before clear frames ended. */
GST_START_TEST (test_clear_frames_allowed_again)
{
  g_autoptr (DaveDecryptor) self = dave_decryptor_new ();
  DavePlainKind kind;

  dave_decryptor_allow_clear (self);
  dave_decryptor_retire_clear (self, 0);
  dave_decryptor_allow_clear (self);
  assert_result (receive_clear (self, DAVE_MEDIA_AUDIO, clear_frame,
                     sizeof clear_frame, 3600 * SECOND, &kind),
      DAVE_FRAME_OK);
}
GST_END_TEST;

GST_START_TEST (test_silence)
{
  g_autoptr (DaveDecryptor) self = dave_decryptor_new ();
  DavePlainKind kind;

  assert_result (
      receive_clear (self, DAVE_MEDIA_AUDIO, silence, sizeof silence, 0, &kind),
      DAVE_FRAME_OK);
  fail_unless_equals_int (kind, DAVE_PLAIN_SILENCE);
  assert_result (
      receive_clear (self, DAVE_MEDIA_VIDEO, silence, sizeof silence, 0, &kind),
      DAVE_FRAME_NOT_ENCRYPTED);
  assert_result (receive_clear (self, DAVE_MEDIA_AUDIO, silence, 2, 0, &kind),
      DAVE_FRAME_NOT_ENCRYPTED);
  assert_result (receive_clear (self, DAVE_MEDIA_AUDIO, NULL, 0, 0, &kind),
      DAVE_FRAME_NOT_ENCRYPTED);
  dave_decryptor_allow_clear (self);
  assert_result (
      receive_clear (self, DAVE_MEDIA_VIDEO, silence, sizeof silence, 0, &kind),
      DAVE_FRAME_OK);
  fail_unless_equals_int (kind, DAVE_PLAIN_PASSED);
}
GST_END_TEST;

/* Another buffer must have the room; a frame that does not pass leaves nothing
 * that was deciphered in it. */
GST_START_TEST (test_other_buffer)
{
  g_autoptr (DaveDecryptor) self = decryptor_with (secret_a, 0, 0);
  g_autoptr (Frame) frame = sealed (secret_a, 1);
  g_autoptr (Frame) forged = sealed (secret_b, 1);
  g_autoptr (Frame) small = frame_new (NULL, 0, sizeof clear_frame - 1, NULL);
  g_autoptr (Frame) out = frame_new (NULL, 0, sizeof clear_frame, NULL);
  const guint8 wiped[sizeof clear_frame] = { 0 };
  DavePlain plain;

  assert_result (dave_decryptor_decrypt (self, DAVE_MEDIA_AUDIO, 0,
                     &frame->view, &small->view, &plain),
      DAVE_FRAME_NO_SPACE);
  assert_result (dave_decryptor_decrypt (self, DAVE_MEDIA_AUDIO, 0,
                     &forged->view, &out->view, &plain),
      DAVE_FRAME_AUTH);
  assert_frame_equals (out, sizeof wiped, wiped, sizeof wiped, "wiped");
  assert_result (dave_decryptor_decrypt (self, DAVE_MEDIA_AUDIO, 0,
                     &frame->view, &out->view, &plain),
      DAVE_FRAME_OK);
  assert_frame_equals (
      out, plain.length, clear_frame, sizeof clear_frame, "decrypted");

  dave_decryptor_allow_clear (self);
  fail_unless (
      dave_view_write (&forged->view, forged->view.length - 1, silence, 1));
  assert_result (dave_decryptor_decrypt (self, DAVE_MEDIA_AUDIO, 0,
                     &forged->view, &out->view, &plain),
      DAVE_FRAME_NO_SPACE);
}
GST_END_TEST;

/* The end of the count is the end of the key. */
GST_START_TEST (test_nonces_run_out)
{
  const guint64 last = full_nonce (UINT32_MAX, 0xffffff);

  fail_unless (dave_encryptor_new (secret_a, last + 1) == NULL);
  fail_unless (dave_encryptor_new (secret_a, G_MAXUINT64) == NULL);
}
GST_END_TEST;

static Suite *
dave_frame_decryptor_suite (void)
{
  Suite *suite = suite_create ("dave-frame-decryptor");
  TCase *tcase = tcase_create ("dave-frame-decryptor");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_key_retention);
  tcase_add_test (tcase, test_key_retention_is_not_prolonged);
  tcase_add_test (tcase, test_leaver);
  tcase_add_test (tcase, test_number_of_keys_is_bounded);
  tcase_add_test (tcase, test_reasons);
  tcase_add_test (tcase, test_generation_needs_time);
  tcase_add_test (tcase, test_generation_gap);
  tcase_add_test (tcase, test_generation_retention);
  tcase_add_test (tcase, test_two_generations_at_once);
  tcase_add_test (tcase, test_forged_generations);
  tcase_add_test (tcase, test_clear_frames);
  tcase_add_test (tcase, test_clear_frames_allowed_again);
  tcase_add_test (tcase, test_silence);
  tcase_add_test (tcase, test_other_buffer);
  tcase_add_test (tcase, test_nonces_run_out);
  return suite;
}

GST_CHECK_MAIN (dave_frame_decryptor);
