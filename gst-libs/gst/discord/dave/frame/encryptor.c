/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "encryptor.h"

#include "cipher.h"
#include "silence.h"
#include "startcode.h"
#include "uleb128.h"

#include <stdlib.h>

/* Each uses up a nonce (libdave's limit). For random bytes the second of them
 * comes in one frame of 170 at 100 kB. */
#define ATTEMPTS_MAX 10

struct _DaveEncryptor
{
  DaveRatchet ratchet;
  DaveCipher cipher;
  bool has_key; /* the cipher has that of the ratchet's generation */
  uint64_t last_nonce;
  DaveLayout layout;
};

/* One frame on its way. @in and @out are the same when in place. */
typedef struct
{
  const DaveView *in;
  const DaveView *out;
  bool in_place;
  bool without_start_codes;
  size_t trailer_size; /* but for the nonce */
} Job;

DaveEncryptor *
dave_encryptor_new (
    const uint8_t base_secret[DAVE_BASE_SECRET_SIZE], uint64_t last_nonce)
{
  DaveEncryptor *self;

  if (last_nonce >> DAVE_GENERATION_BITS > UINT32_MAX)
    return NULL;
  self = calloc (1, sizeof *self);
  if (self == NULL)
    return NULL;
  dave_ratchet_init (&self->ratchet, base_secret);
  dave_cipher_init (&self->cipher, true);
  self->last_nonce = last_nonce;
  self->has_key = dave_ratchet_advance (&self->ratchet,
                      (uint32_t) (last_nonce >> DAVE_GENERATION_BITS))
      && dave_cipher_set_key (&self->cipher, &self->ratchet);
  if (self->has_key)
    return self;
  dave_encryptor_free (self);
  return NULL;
}

void
dave_encryptor_free (DaveEncryptor *self)
{
  if (self == NULL)
    return;
  dave_cipher_clear (&self->cipher);
  dave_ratchet_clear (&self->ratchet);
  free (self);
}

uint64_t
dave_encryptor_last_nonce (const DaveEncryptor *self)
{
  return self->last_nonce;
}

const DaveLayout *
dave_encryptor_layout (const DaveEncryptor *self)
{
  return &self->layout;
}

size_t
dave_encryptor_size_max (DaveCodec codec, size_t length)
{
  return length + dave_codec_growth_max (codec, length) + DAVE_TRAILER_MAX;
}

static bool
next_key (DaveEncryptor *self, uint32_t generation)
{
  if (self->has_key && self->ratchet.generation == generation)
    return true;
  self->has_key = dave_ratchet_advance (&self->ratchet, generation)
      && dave_cipher_set_key (&self->cipher, &self->ratchet);
  return self->has_key;
}

static DaveFrameResult
take_nonce (DaveEncryptor *self, uint32_t *nonce)
{
  uint64_t next = self->last_nonce + 1;

  if (next >> DAVE_GENERATION_BITS > UINT32_MAX)
    return DAVE_FRAME_EXHAUSTED;
  if (!next_key (self, (uint32_t) (next >> DAVE_GENERATION_BITS)))
    return DAVE_FRAME_LIBRARY;
  self->last_nonce = next;
  *nonce = (uint32_t) next;
  return DAVE_FRAME_OK;
}

/* Encrypts; or decrypts what is there already, as counter mode does with the
 * same nonce. */
static bool
apply_keystream (DaveEncryptor *self, const Job *job)
{
  const DaveLayout *layout = &self->layout;
  size_t at = 0;

  for (size_t i = 0; i < layout->n_pieces; i++) {
    const DavePiece *piece = &layout->pieces[i];

    if (!piece->clear
        && !dave_cipher_encrypted_part (&self->cipher, job->out, at, job->in,
            job->in_place ? at : piece->source, piece->length))
      return false;
    at += piece->length;
  }
  return true;
}

static bool
seal (DaveEncryptor *self, const Job *job, uint32_t nonce,
    uint8_t tag[DAVE_TAG_SIZE])
{
  const DaveLayout *layout = &self->layout;

  if (!dave_cipher_begin (&self->cipher, nonce))
    return false;
  for (size_t i = 0; i < layout->n_ranges; i++)
    if (!dave_cipher_clear_part (&self->cipher, job->out,
            layout->ranges[i].offset, layout->ranges[i].size))
      return false;
  return apply_keystream (self, job) && dave_cipher_tag (&self->cipher, tag);
}

/* The plain text is gone when a frame in place needs another attempt. What this
 * computes on the way is a tag that nobody asks for. */
static bool
unseal (DaveEncryptor *self, const Job *job, uint32_t nonce)
{
  return !job->in_place
      || (dave_cipher_begin (&self->cipher, nonce)
          && apply_keystream (self, job));
}

/* A start code with a byte of [@from, @to) in it. */
static bool
touches_start_code (const DaveView *frame, size_t from, size_t to)
{
  const size_t overlap = DAVE_START_CODE_SIZE - 1;
  size_t limit = to < frame->length - overlap ? to + overlap : frame->length;

  return dave_find_start_code (
             frame, from > overlap ? from - overlap : 0, limit)
      < limit;
}

/* Packetisers would split there. Those in clear parts are meant. */
static bool
has_start_code (const DaveLayout *layout, const DaveView *frame)
{
  size_t from = 0;

  for (size_t i = 0; i < layout->n_ranges; i++) {
    const DaveRange *range = &layout->ranges[i];

    if (range->offset > from && touches_start_code (frame, from, range->offset))
      return true;
    from = range->offset + range->size;
  }
  return touches_start_code (frame, from, frame->length);
}

/* Seals with the next nonce. */
static DaveFrameResult
attempt (DaveEncryptor *self, const Job *job, size_t *out_length)
{
  const DaveLayout *layout = &self->layout;
  uint8_t trailer[DAVE_TRAILER_MAX], tag[DAVE_TAG_SIZE];
  DaveFrameResult result;
  DaveView sealed;
  uint32_t nonce;
  size_t size;

  result = take_nonce (self, &nonce);
  if (result != DAVE_FRAME_OK)
    return result;
  size = job->trailer_size + dave_uleb128_size (nonce);
  if (size > DAVE_TRAILER_MAX)
    return DAVE_FRAME_TOO_COMPLEX;
  if (!seal (self, job, nonce, tag))
    return DAVE_FRAME_LIBRARY;
  dave_trailer_write (trailer, tag, nonce, layout->ranges, layout->n_ranges);
  if (!dave_view_write (job->out, layout->length, trailer, size))
    return DAVE_FRAME_NO_SPACE;

  *out_length = layout->length + size;
  sealed = dave_view_prefix (job->out, *out_length);
  if (!job->without_start_codes || !has_start_code (layout, &sealed))
    return DAVE_FRAME_OK;
  return unseal (self, job, nonce) ? DAVE_FRAME_START_CODE : DAVE_FRAME_LIBRARY;
}

/* Which nonce the frame will have is not known yet; a longer trailer than
 * DAVE_TRAILER_MAX cannot be sent. */
static bool
has_room (const DaveLayout *layout, size_t trailer_size, size_t capacity)
{
  size_t largest = trailer_size + dave_uleb128_size (UINT32_MAX);

  largest = largest < DAVE_TRAILER_MAX ? largest : DAVE_TRAILER_MAX;
  return capacity >= layout->length + largest;
}

static DaveFrameResult
plan (DaveEncryptor *self, DaveCodec codec, const DaveView *frame, Job *job)
{
  const DaveLayout *layout = &self->layout;
  size_t smallest;
  DaveFrameResult result;

  if (frame->length > DAVE_FRAME_SIZE_MAX)
    return DAVE_FRAME_TOO_LARGE;
  result = dave_codec_plan (codec, frame, &self->layout);
  if (result != DAVE_FRAME_OK)
    return result;
  smallest = dave_trailer_size (0, layout->ranges, layout->n_ranges);
  if (smallest > DAVE_TRAILER_MAX)
    return DAVE_FRAME_TOO_COMPLEX;
  job->trailer_size = smallest - dave_uleb128_size (0);
  if (!has_room (layout, job->trailer_size, job->out->length))
    return DAVE_FRAME_NO_SPACE;
  return DAVE_FRAME_OK;
}

static DaveFrameResult
encrypt (DaveEncryptor *self, const Job *job, size_t *out_length)
{
  DaveFrameResult result = DAVE_FRAME_START_CODE;

  for (int i = 0; i < ATTEMPTS_MAX && result == DAVE_FRAME_START_CODE; i++)
    result = attempt (self, job, out_length);
  return result;
}

static bool
stays_clear (DaveCodec codec, const DaveView *frame)
{
  return codec == DAVE_CODEC_OPUS && dave_is_silence (frame);
}

static void
plan_clear (DaveEncryptor *self, const DaveView *frame)
{
  dave_layout_reset (&self->layout);
  dave_layout_add (&self->layout, 0, frame->length, true);
}

DaveFrameResult
dave_encryptor_encrypt (DaveEncryptor *self, DaveCodec codec,
    const DaveView *frame, const DaveView *out, size_t *out_length)
{
  Job job = { frame, out, false, dave_codec_has_start_codes (codec), 0 };
  DaveFrameResult result;

  if (stays_clear (codec, frame)) {
    if (out->length < frame->length)
      return DAVE_FRAME_NO_SPACE;
    plan_clear (self, frame);
    dave_layout_copy_clear (&self->layout, frame, out);
    *out_length = frame->length;
    return DAVE_FRAME_OK;
  }
  result = plan (self, codec, frame, &job);
  if (result != DAVE_FRAME_OK)
    return result;
  dave_layout_copy_clear (&self->layout, frame, out);
  return encrypt (self, &job, out_length);
}

DaveFrameResult
dave_encryptor_encrypt_in_place (DaveEncryptor *self, DaveCodec codec,
    const DaveView *buffer, size_t length, size_t *out_length)
{
  Job job = { buffer, buffer, true, dave_codec_has_start_codes (codec), 0 };
  DaveView frame = dave_view_prefix (buffer, length);
  DaveFrameResult result;

  if (stays_clear (codec, &frame)) {
    plan_clear (self, &frame);
    *out_length = length;
    return DAVE_FRAME_OK;
  }
  result = plan (self, codec, &frame, &job);
  if (result != DAVE_FRAME_OK)
    return result;
  dave_layout_rearrange (&self->layout, buffer);
  return encrypt (self, &job, out_length);
}
