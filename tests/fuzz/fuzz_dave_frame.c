/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What the network sends instead of encrypted frames. The first byte says how
 * memory is cut and what is allowed; the second which frame of ours goes before;
 * the rest is the frame. */

#include "gst/discord/dave/frame/decryptor.h"
#include "gst/discord/dave/frame/encryptor.h"

#include "fuzz.h"

#define MAX_LENGTH 4096

enum
{
  FLAG_CLEAR = 0x01,
  FLAG_AUDIO = 0x02,
  FLAG_TWO_KEYS = 0x04,
  FLAG_OLD = 0x08,
};

/* Those of the seeds. */
static const uint8_t secret[DAVE_BASE_SECRET_SIZE] = { 0x15, 0x95, 0x49, 0x44,
  0xa8, 0x98, 0x76, 0xe9, 0x01, 0x33, 0x36, 0x65, 0x86, 0xba, 0xac, 0x75 };
static const uint8_t other[DAVE_BASE_SECRET_SIZE] = { 0x6c, 0xa9, 0xc6, 0xc4,
  0x70, 0xf6, 0xcd, 0x70, 0x27, 0x46, 0xa5, 0x8b, 0x78, 0x11, 0x1a, 0x0c };

/* Two heap blocks of exactly the right size, cut at @cut. */
typedef struct
{
  DaveSegment segments[2];
  DaveView view;
} Frame;

static void
frame_init (Frame *self, const uint8_t *data, size_t length, size_t cut)
{
  cut = cut < length ? cut : length;
  self->segments[0] = (DaveSegment){ fuzz_copy (data, cut, 0), cut };
  self->segments[1] =
      (DaveSegment){ fuzz_copy (data + cut, length - cut, 0), length - cut };
  FUZZ_CHECK (dave_view_init (&self->view, self->segments, 2));
}

static void
frame_clear (Frame *self)
{
  free (self->segments[0].data);
  free (self->segments[1].data);
}

static void
check_equal (const Frame *a, const uint8_t *data, size_t length)
{
  uint8_t read[MAX_LENGTH];

  FUZZ_CHECK (dave_view_read (&a->view, 0, read, length));
  FUZZ_CHECK (length == 0 || memcmp (read, data, length) == 0);
}

static void
check_trailer (const DaveView *frame)
{
  DaveTrailer trailer;
  size_t behind = 0;

  if (!dave_trailer_read (&trailer, frame))
    return;
  FUZZ_CHECK (trailer.media_length + 12 <= frame->length);
  FUZZ_CHECK (trailer.n_ranges <= DAVE_RANGES_MAX);
  for (size_t i = 0; i < trailer.n_ranges; i++) {
    FUZZ_CHECK (trailer.ranges[i].offset >= behind);
    behind = trailer.ranges[i].offset + trailer.ranges[i].size;
    FUZZ_CHECK (behind >= trailer.ranges[i].offset);
    FUZZ_CHECK (behind <= trailer.media_length);
  }
}

static DaveDecryptor *
decryptor_new (uint8_t flags)
{
  DaveDecryptor *self = dave_decryptor_new ();
  int64_t epoch_start = (flags & FLAG_OLD) != 0 ? -INT64_C (50000000000000) : 0;

  FUZZ_CHECK (self != NULL);
  if ((flags & FLAG_TWO_KEYS) != 0)
    FUZZ_CHECK (dave_decryptor_add_key (self, other, epoch_start, 0));
  FUZZ_CHECK (dave_decryptor_add_key (self, secret, epoch_start, 0));
  if ((flags & FLAG_CLEAR) != 0)
    dave_decryptor_allow_clear (self);
  return self;
}

/* In place, elsewhere, and in place again: a refused frame stays what it was, an
 * accepted one is the same everywhere and comes once. */
static void
check_frame (uint8_t flags, const uint8_t *data, size_t length, size_t cut)
{
  DaveMedia media =
      (flags & FLAG_AUDIO) != 0 ? DAVE_MEDIA_AUDIO : DAVE_MEDIA_VIDEO;
  DaveDecryptor *first = decryptor_new (flags);
  DaveDecryptor *second = decryptor_new (flags);
  Frame in_place, in, out;
  DavePlain plain = { 0 }, plain_out = { 0 };
  DaveFrameResult result, result_out;
  uint8_t decrypted[MAX_LENGTH];

  frame_init (&in_place, data, length, cut);
  frame_init (&in, data, length, cut / 2);
  frame_init (&out, data, length, cut / 3);
  check_trailer (&in.view);

  result =
      dave_decryptor_decrypt_in_place (first, media, 0, &in_place.view, &plain);
  result_out = dave_decryptor_decrypt (
      second, media, 0, &in.view, &out.view, &plain_out);
  FUZZ_CHECK (result == result_out);
  check_equal (&in, data, length);
  if (result != DAVE_FRAME_OK) {
    check_equal (&in_place, data, length);
  } else {
    FUZZ_CHECK (
        plain.length == plain_out.length && plain.kind == plain_out.kind);
    FUZZ_CHECK (plain.length <= length);
    FUZZ_CHECK (dave_view_read (&out.view, 0, decrypted, plain.length));
    check_equal (&in_place, decrypted, plain.length);
    if (plain.kind == DAVE_PLAIN_DECRYPTED)
      FUZZ_CHECK (
          dave_decryptor_decrypt_in_place (second, media, 0, &in.view, &plain)
              == DAVE_FRAME_REPLAY
          || (flags & FLAG_TWO_KEYS) != 0);
    else
      check_equal (&in_place, data, length);
  }

  frame_clear (&in_place);
  frame_clear (&in);
  frame_clear (&out);
  dave_decryptor_free (first);
  dave_decryptor_free (second);
}

/* A frame of ours with some bits turned is refused, whatever they were; but for
 * the trailer, which can say the same in other words. */
static void
check_tampered (const uint8_t *data, size_t length, uint8_t at)
{
  DaveEncryptor *encryptor = dave_encryptor_new (secret, at);
  DaveDecryptor *decryptor = decryptor_new (0);
  size_t capacity = dave_encryptor_size_max (DAVE_CODEC_VP9, length);
  uint8_t *memory = fuzz_copy (data, length, capacity - length);
  DaveSegment segment = { memory, capacity };
  DaveView view, frame;
  DavePlain plain;
  size_t sealed;

  FUZZ_CHECK (encryptor != NULL && dave_view_init (&view, &segment, 1));
  FUZZ_CHECK (dave_encryptor_encrypt_in_place (
                  encryptor, DAVE_CODEC_VP9, &view, length, &sealed)
      == DAVE_FRAME_OK);
  frame = dave_view_prefix (&view, sealed);
  memory[at % (length + DAVE_TAG_SIZE)] ^= (uint8_t) (1 << at % 8);
  FUZZ_CHECK (dave_decryptor_decrypt_in_place (
                  decryptor, DAVE_MEDIA_VIDEO, 0, &frame, &plain)
      == DAVE_FRAME_AUTH);
  memory[at % (length + DAVE_TAG_SIZE)] ^= (uint8_t) (1 << at % 8);
  FUZZ_CHECK (dave_decryptor_decrypt_in_place (
                  decryptor, DAVE_MEDIA_VIDEO, 0, &frame, &plain)
      == DAVE_FRAME_OK);
  FUZZ_CHECK (plain.length == length);
  FUZZ_CHECK (length == 0 || memcmp (memory, data, length) == 0);
  free (memory);
  dave_encryptor_free (encryptor);
  dave_decryptor_free (decryptor);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size < 2 || size - 2 > MAX_LENGTH)
    return 0;
  check_frame (data[0], data + 2, size - 2, data[0] >> 4 << 2);
  check_tampered (data + 2, size - 2, data[1]);
  return 0;
}
