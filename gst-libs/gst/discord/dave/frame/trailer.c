/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "trailer.h"

#include "uleb128.h"

#include <string.h>

/* The size byte and the marker. */
#define END_SIZE 3
#define MARKER 0xfa

size_t
dave_trailer_size (uint32_t nonce, const DaveRange *ranges, size_t n_ranges)
{
  size_t size = DAVE_TAG_SIZE + dave_uleb128_size (nonce) + END_SIZE;

  for (size_t i = 0; i < n_ranges; i++)
    size += dave_uleb128_size (ranges[i].offset)
        + dave_uleb128_size (ranges[i].size);
  return size;
}

size_t
dave_trailer_write (uint8_t out[DAVE_TRAILER_MAX],
    const uint8_t tag[DAVE_TAG_SIZE], uint32_t nonce, const DaveRange *ranges,
    size_t n_ranges)
{
  size_t at = DAVE_TAG_SIZE;

  memcpy (out, tag, DAVE_TAG_SIZE);
  at += dave_uleb128_write (out + at, nonce);
  for (size_t i = 0; i < n_ranges; i++) {
    at += dave_uleb128_write (out + at, ranges[i].offset);
    at += dave_uleb128_write (out + at, ranges[i].size);
  }
  out[at] = (uint8_t) (at + END_SIZE);
  out[at + 1] = out[at + 2] = MARKER;
  return at + END_SIZE;
}

/* Reads the next number of @data and goes on behind it. */
static bool
next_number (const uint8_t *data, size_t length, size_t *at, uint64_t *value)
{
  size_t size = dave_uleb128_read (data + *at, length - *at, value);

  *at += size;
  return size > 0;
}

static bool
add_range (DaveTrailer *self, uint64_t offset, uint64_t size)
{
  const DaveRange *last =
      self->n_ranges > 0 ? &self->ranges[self->n_ranges - 1] : NULL;

  if (self->n_ranges == DAVE_RANGES_MAX)
    return false;
  if (last != NULL && offset < last->offset + last->size)
    return false;
  if (offset > self->media_length || size > self->media_length - offset)
    return false;
  self->ranges[self->n_ranges++] =
      (DaveRange){ (size_t) offset, (size_t) size };
  return true;
}

/* @data: what stands between tag and size byte. */
static bool
read_numbers (DaveTrailer *self, const uint8_t *data, size_t length)
{
  uint64_t nonce, offset, size;
  size_t at = 0;

  if (!next_number (data, length, &at, &nonce) || nonce > UINT32_MAX)
    return false;
  self->nonce = (uint32_t) nonce;
  self->n_ranges = 0;
  while (at < length)
    if (!next_number (data, length, &at, &offset)
        || !next_number (data, length, &at, &size)
        || !add_range (self, offset, size))
      return false;
  return true;
}

bool
dave_trailer_read (DaveTrailer *self, const DaveView *frame)
{
  uint8_t trailer[DAVE_TRAILER_MAX];
  uint8_t end[END_SIZE];
  size_t size;

  if (frame->length < DAVE_TAG_SIZE + END_SIZE
      || !dave_view_read (frame, frame->length - END_SIZE, end, END_SIZE)
      || end[1] != MARKER || end[2] != MARKER)
    return false;
  size = end[0];
  if (size < DAVE_TAG_SIZE + END_SIZE || size > frame->length)
    return false;

  self->media_length = frame->length - size;
  if (!dave_view_read (frame, self->media_length, trailer, size))
    return false;
  memcpy (self->tag, trailer, DAVE_TAG_SIZE);
  return read_numbers (
      self, trailer + DAVE_TAG_SIZE, size - DAVE_TAG_SIZE - END_SIZE);
}
