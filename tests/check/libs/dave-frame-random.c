/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What holds for any frame: it comes back, wherever its bytes are; changed in
 * any way it does not. */

#include "dave-frame-helper.h"

#define SEED 11
#define FRAMES 400
#define CODECS (DAVE_CODEC_AV1 + 1)

static const guint8 secret[DAVE_BASE_SECRET_SIZE] = "sixteen bytes, R";

static void
append_random (GByteArray *array, GRand *rand, gsize length, guint values)
{
  for (gsize i = 0; i < length; i++) {
    guint8 byte = (guint8) (g_rand_int (rand) % values);

    g_byte_array_append (array, &byte, 1);
  }
}

static void
append_annexb (GByteArray *array, GRand *rand)
{
  guint n = g_rand_int (rand) % 6;

  append_random (array, rand, g_rand_int (rand) % 3, 1);
  for (guint i = 0; i < n; i++) {
    g_byte_array_append (array, (const guint8 *) "\0\0\0\1", 4);
    if (g_rand_boolean (rand))
      g_byte_array_remove_index (array, array->len - 2);
    append_random (array, rand, 1 + g_rand_int (rand) % 3, 256);
    append_random (array, rand, g_rand_int (rand) % 90,
        g_rand_int (rand) % 8 == 0 ? 4 : 256);
  }
}

static void
append_obus (GByteArray *array, GRand *rand)
{
  guint n = g_rand_int (rand) % 6;

  for (guint i = 0; i < n; i++) {
    guint8 size[DAVE_ULEB128_MAX];
    gsize payload = g_rand_int (rand) % 200;
    guint8 header = (guint8) (g_rand_int (rand) & 0x7c);

    if (i + 1 < n || g_rand_boolean (rand))
      header |= 2;
    g_byte_array_append (array, &header, 1);
    append_random (array, rand, (header & 4) != 0 ? 1 : 0, 256);
    if ((header & 2) != 0)
      g_byte_array_append (
          array, size, (guint) dave_uleb128_write (size, payload));
    append_random (array, rand, payload, 256);
  }
}

/* Mostly what the codec looks like, at times anything. */
static Bytes
random_frame (GRand *rand, DaveCodec codec)
{
  g_autoptr (GByteArray) array = g_byte_array_new ();

  if (g_rand_int (rand) % 8 == 0)
    append_random (array, rand, g_rand_int (rand) % 300, 256);
  else if (dave_codec_has_start_codes (codec))
    append_annexb (array, rand);
  else if (codec == DAVE_CODEC_AV1)
    append_obus (array, rand);
  else
    append_random (array, rand, g_rand_int (rand) % 300, 256);
  return bytes_copy (array->data, array->len, 0);
}

/* The media that receivers should get, put together from the plan. */
static Bytes
expected_media (const DaveLayout *layout, const Bytes *frame)
{
  Bytes media = { malloc (layout->length), layout->length };
  gsize at = 0;

  for (gsize i = 0; i < layout->n_pieces; i++) {
    const DavePiece *piece = &layout->pieces[i];

    memcpy (media.data + at,
        piece->n_literal > 0 ? piece->literal : frame->data + piece->source,
        piece->length);
    at += piece->length;
  }
  return media;
}

typedef struct
{
  GRand *rand;
  DaveEncryptor *encryptor;
  DaveCodec codec;
  Bytes media; /* of the frame sent last */
  Bytes sent;
} Sender;

static gboolean
send_random (Sender *self)
{
  g_auto (Bytes) frame = random_frame (self->rand, self->codec);
  gsize capacity = dave_encryptor_size_max (self->codec, frame.length);
  gboolean in_place = g_rand_boolean (self->rand);
  g_autoptr (Frame) in =
      frame_new (frame.data, frame.length, frame.length, self->rand);
  g_autoptr (Frame) out = frame_new (frame.data, in_place ? frame.length : 0,
      capacity, g_rand_boolean (self->rand) ? self->rand : NULL);
  gsize length;
  DaveFrameResult result;

  if (in_place)
    result = dave_encryptor_encrypt_in_place (
        self->encryptor, self->codec, &out->view, frame.length, &length);
  else
    result = dave_encryptor_encrypt (
        self->encryptor, self->codec, &in->view, &out->view, &length);
  if (result == DAVE_FRAME_NOTHING)
    return FALSE;
  fail_unless_equals_int (result, DAVE_FRAME_OK);
  bytes_clear (&self->media);
  bytes_clear (&self->sent);
  self->media =
      expected_media (dave_encryptor_layout (self->encryptor), &frame);
  self->sent = frame_bytes (out, length);
  return TRUE;
}

static Sender
sender_new (gint codec)
{
  return (Sender){ .rand = g_rand_new_with_seed (SEED + codec),
    .encryptor = dave_encryptor_new (secret, 0),
    .codec = (DaveCodec) codec };
}

static void
sender_clear (Sender *self)
{
  g_rand_free (self->rand);
  dave_encryptor_free (self->encryptor);
  bytes_clear (&self->media);
  bytes_clear (&self->sent);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sender, sender_clear)

static DaveDecryptor *
receiver_new (void)
{
  DaveDecryptor *self = dave_decryptor_new ();

  fail_unless (dave_decryptor_add_key (self, secret, 0, 0));
  return self;
}

static DaveFrameResult
receive (DaveDecryptor *decryptor, const Bytes *sent, GRand *rand,
    Frame **plain_frame, DavePlain *plain)
{
  g_autoptr (Frame) frame = frame_new (sent->data, sent->length, sent->length,
      g_rand_boolean (rand) ? rand : NULL);
  DaveFrameResult result;

  if (g_rand_boolean (rand)) {
    result = dave_decryptor_decrypt_in_place (
        decryptor, DAVE_MEDIA_VIDEO, 0, &frame->view, plain);
    if (result != DAVE_FRAME_OK)
      assert_frame_equals (
          frame, sent->length, sent->data, sent->length, "refused");
    *plain_frame = g_steal_pointer (&frame);
    return result;
  }
  *plain_frame = frame_new (NULL, 0, sent->length, rand);
  return dave_decryptor_decrypt (decryptor, DAVE_MEDIA_VIDEO, 0, &frame->view,
      &(*plain_frame)->view, plain);
}

GST_START_TEST (test_round_trip)
{
  g_auto (Sender) sender = sender_new (__i__);
  g_autoptr (DaveDecryptor) decryptor = receiver_new ();
  guint n_sent = 0;

  for (guint i = 0; i < FRAMES; i++) {
    g_autoptr (Frame) frame = NULL;
    DavePlain plain = { 0 };

    if (!send_random (&sender))
      continue;
    n_sent++;
    fail_unless_equals_int (
        receive (decryptor, &sender.sent, sender.rand, &frame, &plain),
        DAVE_FRAME_OK);
    fail_unless_equals_int (plain.kind, DAVE_PLAIN_DECRYPTED);
    assert_frame_equals (frame, plain.length, sender.media.data,
        sender.media.length, "round trip");
  }
  fail_unless (n_sent > FRAMES / 2);
}
GST_END_TEST;

static gboolean
is_in_range (const DaveLayout *layout, gsize offset)
{
  for (gsize i = 0; i < layout->n_ranges; i++)
    if (offset >= layout->ranges[i].offset
        && offset < layout->ranges[i].offset + layout->ranges[i].size)
      return TRUE;
  return FALSE;
}

/* A code comes up by chance in one frame of 4000, and never leaves. */
GST_START_TEST (test_no_start_codes)
{
  DaveCodec codec = __i__ == 0 ? DAVE_CODEC_H264 : DAVE_CODEC_H265;
  const guint n_frames = 10000;
  const gsize size = 4096;
  g_autoptr (DaveEncryptor) encryptor = dave_encryptor_new (secret, 0);
  const DaveLayout *layout = dave_encryptor_layout (encryptor);
  g_autoptr (Frame) frame = frame_new (NULL, 0, size, NULL);
  g_autoptr (Frame) out =
      frame_new (NULL, 0, dave_encryptor_size_max (codec, size), NULL);
  const guint8 *data = out->segments[0].data;
  gsize length;

  /* One picture in two slices. */
  for (gsize at = 0; at < size; at += size / 2)
    fail_unless (dave_view_write (
        &frame->view, at, (const guint8 *) "\0\0\0\1\x02\x88\x84", 7));
  for (guint i = 0; i < n_frames; i++) {
    fail_unless_equals_int (dave_encryptor_encrypt (encryptor, codec,
                                &frame->view, &out->view, &length),
        DAVE_FRAME_OK);
    fail_unless_equals_uint64 (layout->n_ranges, 2);
    for (gsize at = 0; at + 3 <= length; at++) {
      if (data[at] != 0 || data[at + 1] != 0 || data[at + 2] != 1)
        continue;
      for (gsize j = at; j < at + 3; j++)
        fail_unless (is_in_range (layout, j));
    }
  }
  /* Some had to be encrypted again, else this would show nothing. */
  fail_unless (dave_encryptor_last_nonce (encryptor) > n_frames);
}
GST_END_TEST;

/* The largest frame has a start code in two of three attempts; with nonces 255 to
 * 264 and this key in each, as a search for such ten has shown. */
GST_START_TEST (test_attempts_are_bounded)
{
  const gsize size = DAVE_FRAME_SIZE_MAX;
  const guint64 last_nonce = 254;
  g_autoptr (DaveEncryptor) encryptor = dave_encryptor_new (secret, last_nonce);
  g_autoptr (Frame) frame = frame_new (
      NULL, 0, dave_encryptor_size_max (DAVE_CODEC_H264, size), NULL);
  gsize length;

  memset (frame->segments[0].data, 0xab, size);
  memcpy (frame->segments[0].data, "\0\0\0\1\2", 5);
  fail_unless_equals_int (dave_encryptor_encrypt_in_place (encryptor,
                              DAVE_CODEC_H264, &frame->view, size, &length),
      DAVE_FRAME_START_CODE);
  fail_unless_equals_uint64 (
      dave_encryptor_last_nonce (encryptor), last_nonce + 10);
  /* In place each attempt is taken back. */
  fail_unless_equals_int (memcmp (frame->segments[0].data, "\0\0\0\1\2", 5), 0);
  for (gsize i = 5; i < size; i++)
    if (frame->segments[0].data[i] != 0xab)
      fail ("byte %" G_GSIZE_FORMAT, i);
}
GST_END_TEST;

static gboolean
mutate (Bytes *bytes, GRand *rand)
{
  gsize at = g_rand_int (rand) % bytes->length;
  guint8 before = bytes->data[at];

  switch (g_rand_int (rand) % 4) {
    case 0: /* cut */
      bytes->length = at;
      return TRUE;
    case 1: /* a byte out of the middle */
      memmove (bytes->data + at, bytes->data + at + 1, bytes->length - at - 1);
      bytes->length--;
      return TRUE;
    case 2:
      bytes->data[at] = (guint8) g_rand_int (rand);
      return bytes->data[at] != before;
    default:
      bytes->data[at] ^= (guint8) (1 << g_rand_int (rand) % 8);
      return TRUE;
  }
}

static gsize
clear_bytes (const DaveTrailer *trailer, guint8 *is_clear)
{
  gsize n = 0;

  memset (is_clear, 0, trailer->media_length);
  for (gsize i = 0; i < trailer->n_ranges; i++) {
    memset (is_clear + trailer->ranges[i].offset, 1, trailer->ranges[i].size);
    n += trailer->ranges[i].size;
  }
  return n;
}

/* Numbers in longer form and ranges in other pieces, which are not
 * authenticated, can say the same. Such a frame is the frame. */
static gboolean
means_the_same (const Bytes *a, const Bytes *b)
{
  g_autoptr (Frame) frame_a = frame_new (a->data, a->length, a->length, NULL);
  g_autoptr (Frame) frame_b = frame_new (b->data, b->length, b->length, NULL);
  g_autofree guint8 *clear_a = g_malloc (a->length + 1);
  g_autofree guint8 *clear_b = g_malloc (b->length + 1);
  DaveTrailer ta, tb;

  return dave_trailer_read (&ta, &frame_a->view)
      && dave_trailer_read (&tb, &frame_b->view) && ta.nonce == tb.nonce
      && ta.media_length == tb.media_length
      && memcmp (a->data, b->data, ta.media_length + DAVE_TAG_SIZE) == 0
      && clear_bytes (&ta, clear_a) == clear_bytes (&tb, clear_b)
      && memcmp (clear_a, clear_b, ta.media_length) == 0;
}

GST_START_TEST (test_mutations_are_refused)
{
  g_auto (Sender) sender = sender_new (__i__);
  guint n_refused = 0;

  for (guint i = 0; i < FRAMES; i++) {
    g_autoptr (DaveDecryptor) decryptor = receiver_new ();
    g_autoptr (Frame) untouched = NULL;
    DavePlain plain = { 0 };

    if (!send_random (&sender))
      continue;
    for (guint j = 0; j < 20; j++) {
      g_auto (Bytes) sent =
          bytes_copy (sender.sent.data, sender.sent.length, 0);
      g_auto (Bytes) exact = { NULL, 0 };
      g_autoptr (Frame) frame = NULL;

      if (!mutate (&sent, sender.rand))
        continue;
      if (g_rand_boolean (sender.rand) && sent.length > 0)
        mutate (&sent, sender.rand);
      exact = bytes_copy (sent.data, sent.length, 0);
      if (exact.length == sender.sent.length
          && memcmp (exact.data, sender.sent.data, exact.length) == 0)
        continue;
      if (means_the_same (&exact, &sender.sent))
        continue;
      fail_unless (receive (decryptor, &exact, sender.rand, &frame, &plain)
          != DAVE_FRAME_OK);
      n_refused++;
    }
    /* None of them used up the nonce. */
    fail_unless_equals_int (
        receive (decryptor, &sender.sent, sender.rand, &untouched, &plain),
        DAVE_FRAME_OK);
  }
  fail_unless (n_refused > 10 * FRAMES / 2);
}
GST_END_TEST;

/* Loss and disorder on the way: each that arrives comes out once. */
GST_START_TEST (test_reordered)
{
  g_auto (Sender) sender = sender_new (DAVE_CODEC_OPUS);
  g_autoptr (DaveDecryptor) decryptor = receiver_new ();
  Bytes waiting[32] = { { NULL, 0 } };
  guint n_received = 0, n_sent = 0;

  /* Those before the first are refused: it goes first. */
  fail_unless (send_random (&sender));
  for (guint i = 0; i < 3000; i++) {
    gsize slot = g_rand_int (sender.rand) % G_N_ELEMENTS (waiting);
    g_auto (Bytes) sent = waiting[slot];
    g_autoptr (Frame) frame = NULL;
    g_autoptr (Frame) again = NULL;
    DavePlain plain;

    waiting[slot] = i == 0
        ? (Bytes){ NULL, 0 }
        : bytes_copy (sender.sent.data, sender.sent.length, 0);
    if (i == 0) {
      bytes_clear (&sent);
      sent = bytes_copy (sender.sent.data, sender.sent.length, 0);
    }
    fail_unless (send_random (&sender));
    n_sent++;
    if (sent.data == NULL || g_rand_int (sender.rand) % 10 == 0)
      continue;
    fail_unless_equals_int (
        receive (decryptor, &sent, sender.rand, &frame, &plain), DAVE_FRAME_OK);
    fail_unless_equals_int (
        receive (decryptor, &sent, sender.rand, &again, &plain),
        DAVE_FRAME_REPLAY);
    n_received++;
  }
  fail_unless (n_received > n_sent / 2);
  for (gsize i = 0; i < G_N_ELEMENTS (waiting); i++)
    bytes_clear (&waiting[i]);
}
GST_END_TEST;

static Suite *
dave_frame_random_suite (void)
{
  Suite *suite = suite_create ("dave-frame-random");
  TCase *tcase = tcase_create ("dave-frame-random");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_round_trip, 0, CODECS);
  tcase_add_loop_test (tcase, test_no_start_codes, 0, 2);
  tcase_add_test (tcase, test_attempts_are_bounded);
  tcase_add_loop_test (tcase, test_mutations_are_refused, 0, CODECS);
  tcase_add_test (tcase, test_reordered);
  return suite;
}

GST_CHECK_MAIN (dave_frame_random);
