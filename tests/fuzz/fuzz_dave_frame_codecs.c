/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What encoders give us, or do not: the first byte is the codec, the rest the
 * frame. Each is planned, encrypted in place and elsewhere, and decrypted. */

#include "gst/discord/dave/frame/decryptor.h"
#include "gst/discord/dave/frame/encryptor.h"
#include "gst/discord/dave/frame/startcode.h"

#include "fuzz.h"

#define MAX_LENGTH 4096
#define CODECS (DAVE_CODEC_AV1 + 1)

static const uint8_t secret[DAVE_BASE_SECRET_SIZE] = { 1, 2, 3 };

/* The pieces are in the frame, in order, and are what the ranges say. */
static void
check_layout (const DaveLayout *layout, DaveCodec codec, size_t length)
{
  size_t at = 0, source = 0, range = 0;

  for (size_t i = 0; i < layout->n_pieces; i++) {
    const DavePiece *piece = &layout->pieces[i];

    FUZZ_CHECK (piece->length > 0);
    if (piece->n_literal > 0) {
      FUZZ_CHECK (piece->clear && piece->n_literal == piece->length);
    } else {
      FUZZ_CHECK (piece->source >= source);
      source = (size_t) piece->source + piece->length;
      FUZZ_CHECK (source <= length);
    }
    if (piece->clear) {
      const DaveRange *in = &layout->ranges[range];

      FUZZ_CHECK (range < layout->n_ranges);
      FUZZ_CHECK (at >= in->offset);
      FUZZ_CHECK (at + piece->length <= in->offset + in->size);
      if (at + piece->length == in->offset + in->size)
        range++;
    }
    at += piece->length;
  }
  FUZZ_CHECK (range == layout->n_ranges && at == layout->length);
  FUZZ_CHECK (layout->length <= length + dave_codec_growth_max (codec, length));
}

/* A start code of the encrypted frame lies in one clear range. */
static void
check_start_codes (const DaveLayout *layout, const DaveView *frame)
{
  size_t at = 0;

  while (
      (at = dave_find_start_code (frame, at, frame->length)) < frame->length) {
    size_t i = 0;

    while (i < layout->n_ranges
        && at >= layout->ranges[i].offset + layout->ranges[i].size)
      i++;
    FUZZ_CHECK (i < layout->n_ranges);
    FUZZ_CHECK (at >= layout->ranges[i].offset);
    FUZZ_CHECK (at + DAVE_START_CODE_SIZE
        <= layout->ranges[i].offset + layout->ranges[i].size);
    at++;
  }
}

/* What the plan says the media is. */
static uint8_t *
media_of (const DaveLayout *layout, const uint8_t *data)
{
  uint8_t *media = malloc (layout->length > 0 ? layout->length : 1);
  size_t at = 0;

  FUZZ_CHECK (media != NULL);
  for (size_t i = 0; i < layout->n_pieces; i++) {
    const DavePiece *piece = &layout->pieces[i];

    memcpy (media + at,
        piece->n_literal > 0 ? piece->literal : data + piece->source,
        piece->length);
    at += piece->length;
  }
  return media;
}

static void
check_decryption (const DaveView *frame, const uint8_t *media, size_t length)
{
  DaveDecryptor *decryptor = dave_decryptor_new ();
  uint8_t *out = malloc (length > 0 ? length : 1);
  DaveSegment segment = { out, length };
  DaveView view;
  DavePlain plain;

  FUZZ_CHECK (decryptor != NULL && out != NULL);
  FUZZ_CHECK (dave_decryptor_add_key (decryptor, secret, 0, 0));
  FUZZ_CHECK (dave_view_init (&view, &segment, 1));
  FUZZ_CHECK (dave_decryptor_decrypt (
                  decryptor, DAVE_MEDIA_VIDEO, 0, frame, &view, &plain)
      == DAVE_FRAME_OK);
  FUZZ_CHECK (plain.length == length);
  FUZZ_CHECK (length == 0 || memcmp (out, media, length) == 0);
  free (out);
  dave_decryptor_free (decryptor);
}

static bool
is_silence (DaveCodec codec, const uint8_t *data, size_t length)
{
  return codec == DAVE_CODEC_OPUS && length == 3
      && memcmp (data, "\xf8\xff\xfe", 3) == 0;
}

static void
check_encrypted (DaveEncryptor *encryptor, DaveCodec codec, const uint8_t *data,
    const DaveView *frame)
{
  const DaveLayout *layout = dave_encryptor_layout (encryptor);
  uint8_t *media = media_of (layout, data);

  FUZZ_CHECK (frame->length > layout->length);
  if (dave_codec_has_start_codes (codec))
    check_start_codes (layout, frame);
  check_decryption (frame, media, layout->length);
  free (media);
}

static void
check_codec (DaveCodec codec, const uint8_t *data, size_t length)
{
  DaveEncryptor *a = dave_encryptor_new (secret, 0);
  DaveEncryptor *b = dave_encryptor_new (secret, 0);
  size_t capacity = dave_encryptor_size_max (codec, length);
  size_t cut = length / 3;
  uint8_t *plain = fuzz_copy (data, length, 0);
  uint8_t *buffer = fuzz_copy (data, length, capacity - length);
  uint8_t *out = fuzz_copy (NULL, 0, capacity);
  DaveSegment in_segments[2] = { { plain, cut },
    { plain + cut, length - cut } };
  DaveSegment buffer_segments[2] = { { buffer, cut },
    { buffer + cut, capacity - cut } };
  DaveSegment out_segment = { out, capacity };
  DaveView in_view, buffer_view, out_view;
  size_t in_place = 0, elsewhere = 0;
  DaveFrameResult result;

  FUZZ_CHECK (a != NULL && b != NULL);
  FUZZ_CHECK (dave_view_init (&in_view, in_segments, 2));
  FUZZ_CHECK (dave_view_init (&buffer_view, buffer_segments, 2));
  FUZZ_CHECK (dave_view_init (&out_view, &out_segment, 1));
  result = dave_encryptor_encrypt_in_place (
      a, codec, &buffer_view, length, &in_place);
  FUZZ_CHECK (dave_encryptor_encrypt (b, codec, &in_view, &out_view, &elsewhere)
      == result);
  if (result == DAVE_FRAME_OK) {
    FUZZ_CHECK (in_place == elsewhere && memcmp (buffer, out, in_place) == 0);
    out_view.length = elsewhere;
    if (!is_silence (codec, data, length)) {
      check_layout (dave_encryptor_layout (b), codec, length);
      check_encrypted (b, codec, data, &out_view);
    }
  } else {
    /* Headers that end in 00 00 make ten attempts too few now and then. */
    FUZZ_CHECK (result == DAVE_FRAME_NOTHING || result == DAVE_FRAME_TOO_COMPLEX
        || (result == DAVE_FRAME_START_CODE
            && dave_codec_has_start_codes (codec)));
  }

  free (plain);
  free (buffer);
  free (out);
  dave_encryptor_free (a);
  dave_encryptor_free (b);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size < 1 || size - 1 > MAX_LENGTH)
    return 0;
  check_codec ((DaveCodec) (data[0] % CODECS), data + 1, size - 1);
  return 0;
}
