/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "decryptor.h"

#include "silence.h"

#include <stdlib.h>
#include <string.h>

#define NEVER INT64_MAX

typedef struct
{
  DaveReceiver *receiver;
  int64_t expires;
} Key;

struct _DaveDecryptor
{
  size_t n_keys;
  Key keys[DAVE_DECRYPTOR_KEYS_MAX]; /* newest first */
  bool clear_allowed;
  int64_t clear_until;
};

/* One frame on its way. @in and @out are the same when in place. */
typedef struct
{
  const DaveView *in;
  const DaveView *out;
  bool in_place;
  DaveTrailer trailer;
} Job;

DaveDecryptor *
dave_decryptor_new (void)
{
  return calloc (1, sizeof (DaveDecryptor));
}

void
dave_decryptor_free (DaveDecryptor *self)
{
  if (self == NULL)
    return;
  for (size_t i = 0; i < self->n_keys; i++)
    dave_receiver_free (self->keys[i].receiver);
  free (self);
}

void
dave_decryptor_retire_keys (DaveDecryptor *self, int64_t now)
{
  for (size_t i = 0; i < self->n_keys; i++)
    if (self->keys[i].expires == NEVER)
      self->keys[i].expires = now + DAVE_RETENTION;
}

/* Keys expire in the order in which they came. */
size_t
dave_decryptor_expire_keys (DaveDecryptor *self, int64_t now)
{
  while (self->n_keys > 0 && now >= self->keys[self->n_keys - 1].expires)
    dave_receiver_free (self->keys[--self->n_keys].receiver);
  return self->n_keys;
}

bool
dave_decryptor_add_key (DaveDecryptor *self,
    const uint8_t base_secret[DAVE_BASE_SECRET_SIZE], int64_t epoch_start,
    int64_t now)
{
  DaveReceiver *receiver = dave_receiver_new (base_secret, epoch_start);

  if (receiver == NULL)
    return false;
  dave_decryptor_retire_keys (self, now);
  if (dave_decryptor_expire_keys (self, now) == DAVE_DECRYPTOR_KEYS_MAX)
    dave_receiver_free (self->keys[--self->n_keys].receiver);
  memmove (self->keys + 1, self->keys, self->n_keys * sizeof self->keys[0]);
  self->keys[0] = (Key){ receiver, NEVER };
  self->n_keys++;
  return true;
}

void
dave_decryptor_allow_clear (DaveDecryptor *self)
{
  self->clear_allowed = true;
  self->clear_until = NEVER;
}

void
dave_decryptor_retire_clear (DaveDecryptor *self, int64_t now)
{
  if (self->clear_allowed && self->clear_until == NEVER)
    self->clear_until = now + DAVE_RETENTION;
}

static bool
takes_clear (DaveDecryptor *self, int64_t now)
{
  if (self->clear_allowed && now >= self->clear_until)
    self->clear_allowed = false;
  return self->clear_allowed;
}

typedef bool (*PartFunc) (
    DaveCipher *cipher, const Job *job, size_t offset, size_t length);

/* Calls @func for each stretch between the clear ranges. */
static bool
each_encrypted (DaveCipher *cipher, const Job *job, PartFunc func)
{
  const DaveTrailer *trailer = &job->trailer;
  size_t at = 0;

  for (size_t i = 0; i < trailer->n_ranges; i++) {
    const DaveRange *range = &trailer->ranges[i];

    if (!func (cipher, job, at, range->offset - at))
      return false;
    at = range->offset + range->size;
  }
  return func (cipher, job, at, trailer->media_length - at);
}

static bool
apply_keystream (
    DaveCipher *cipher, const Job *job, size_t offset, size_t length)
{
  return dave_cipher_encrypted_part (
      cipher, job->out, offset, job->in, offset, length);
}

static bool
wipe (DaveCipher *cipher, const Job *job, size_t offset, size_t length)
{
  dave_view_wipe (job->out, offset, length);
  return true;
}

static bool
open_frame (DaveCipher *cipher, const Job *job)
{
  const DaveTrailer *trailer = &job->trailer;

  for (size_t i = 0; i < trailer->n_ranges; i++)
    if (!dave_cipher_clear_part (cipher, job->in, trailer->ranges[i].offset,
            trailer->ranges[i].size))
      return false;
  return each_encrypted (cipher, job, apply_keystream)
      && dave_cipher_verify (cipher, trailer->tag);
}

/* What is not authentic does not leave here: in place it becomes again what it
 * was, so that another key can be tried. */
static bool
undo (DaveCipher *cipher, const Job *job)
{
  if (!job->in_place)
    return each_encrypted (cipher, job, wipe);
  return dave_cipher_begin (cipher, job->trailer.nonce)
      && each_encrypted (cipher, job, apply_keystream);
}

static DaveFrameResult
try_key (DaveReceiver *receiver, int64_t now, const Job *job)
{
  DaveCipher *cipher;
  uint64_t nonce;
  DaveFrameResult result = dave_receiver_prepare (
      receiver, now, job->trailer.nonce, &cipher, &nonce);

  if (result != DAVE_FRAME_OK)
    return result;
  if (!dave_cipher_begin (cipher, job->trailer.nonce))
    return DAVE_FRAME_LIBRARY;
  if (!open_frame (cipher, job))
    return undo (cipher, job) ? DAVE_FRAME_AUTH : DAVE_FRAME_LIBRARY;
  dave_receiver_accept (receiver, now, nonce);
  return DAVE_FRAME_OK;
}

/* Of several reasons the one of the latest name in the list says most: a key
 * that was tried more than one that was not. */
static DaveFrameResult
try_keys (DaveDecryptor *self, int64_t now, const Job *job)
{
  DaveFrameResult reason = DAVE_FRAME_NO_KEY;

  for (size_t i = 0; i < self->n_keys; i++) {
    DaveFrameResult result = try_key (self->keys[i].receiver, now, job);

    if (result == DAVE_FRAME_OK || result == DAVE_FRAME_LIBRARY)
      return result;
    if (result > reason)
      reason = result;
  }
  return reason;
}

static void
copy_clear (const Job *job)
{
  const DaveTrailer *trailer = &job->trailer;

  for (size_t i = 0; i < trailer->n_ranges; i++)
    dave_view_copy (job->out, trailer->ranges[i].offset, job->in,
        trailer->ranges[i].offset, trailer->ranges[i].size);
}

static DaveFrameResult
decrypt (DaveDecryptor *self, int64_t now, const Job *job, DavePlain *plain)
{
  DaveFrameResult result;

  if (job->in->length > DAVE_FRAME_SIZE_MAX + DAVE_TRAILER_MAX)
    return DAVE_FRAME_TOO_LARGE;
  if (job->trailer.media_length > job->out->length)
    return DAVE_FRAME_NO_SPACE;
  result = try_keys (self, now, job);
  if (result != DAVE_FRAME_OK)
    return result;
  if (!job->in_place)
    copy_clear (job);
  *plain = (DavePlain){ job->trailer.media_length, DAVE_PLAIN_DECRYPTED };
  return DAVE_FRAME_OK;
}

static DaveFrameResult
pass (const Job *job, DavePlainKind kind, DavePlain *plain)
{
  size_t length = job->in->length;

  if (length > job->out->length)
    return DAVE_FRAME_NO_SPACE;
  if (!job->in_place)
    dave_view_copy (job->out, 0, job->in, 0, length);
  *plain = (DavePlain){ length, kind };
  return DAVE_FRAME_OK;
}

static DaveFrameResult
receive (DaveDecryptor *self, DaveMedia media, int64_t now, Job *job,
    DavePlain *plain)
{
  dave_decryptor_expire_keys (self, now);
  if (media == DAVE_MEDIA_AUDIO && dave_is_silence (job->in))
    return pass (job, DAVE_PLAIN_SILENCE, plain);
  if (dave_trailer_read (&job->trailer, job->in))
    return decrypt (self, now, job, plain);
  if (takes_clear (self, now))
    return pass (job, DAVE_PLAIN_PASSED, plain);
  return DAVE_FRAME_NOT_ENCRYPTED;
}

DaveFrameResult
dave_decryptor_decrypt (DaveDecryptor *self, DaveMedia media, int64_t now,
    const DaveView *frame, const DaveView *out, DavePlain *plain)
{
  Job job;

  job.in = frame;
  job.out = out;
  job.in_place = false;
  return receive (self, media, now, &job, plain);
}

DaveFrameResult
dave_decryptor_decrypt_in_place (DaveDecryptor *self, DaveMedia media,
    int64_t now, const DaveView *frame, DavePlain *plain)
{
  Job job;

  job.in = job.out = frame;
  job.in_place = true;
  return receive (self, media, now, &job, plain);
}
