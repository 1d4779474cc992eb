/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "view.h"

#include <openssl/crypto.h>

static size_t
min (size_t a, size_t b)
{
  return a < b ? a : b;
}

bool
dave_view_init (DaveView *self, const DaveSegment *segments, size_t n_segments)
{
  self->segments = segments;
  self->n_segments = n_segments;
  self->length = 0;
  for (size_t i = 0; i < n_segments; i++)
    if (__builtin_add_overflow (
            self->length, segments[i].length, &self->length))
      return false;
  return true;
}

size_t
dave_view_span_pieces (const DaveView *self, size_t offset, uint8_t **data)
{
  size_t left;

  *data = NULL;
  if (offset >= self->length)
    return 0;
  left = self->length - offset;
  for (size_t i = 0; i < self->n_segments; i++) {
    const DaveSegment *segment = &self->segments[i];

    if (offset < segment->length) {
      *data = segment->data + offset;
      return min (segment->length - offset, left);
    }
    offset -= segment->length;
  }
  return 0;
}

/* The bytes before @end that lie in one piece. */
static size_t
span_before (const DaveView *self, size_t end, uint8_t **data)
{
  size_t start = 0;

  *data = NULL;
  for (size_t i = 0; i < self->n_segments; i++) {
    size_t length = self->segments[i].length;

    if (end - start <= length) {
      *data = self->segments[i].data;
      return end - start;
    }
    start += length;
  }
  return 0;
}

static bool
has (const DaveView *self, size_t offset, size_t length)
{
  return offset <= self->length && length <= self->length - offset;
}

bool
dave_view_read_pieces (
    const DaveView *self, size_t offset, uint8_t *out, size_t length)
{
  if (!has (self, offset, length))
    return false;
  while (length > 0) {
    uint8_t *data;
    size_t n = min (dave_view_span (self, offset, &data), length);

    memcpy (out, data, n);
    out += n;
    offset += n;
    length -= n;
  }
  return true;
}

bool
dave_view_write_pieces (
    const DaveView *self, size_t offset, const uint8_t *data, size_t length)
{
  if (!has (self, offset, length))
    return false;
  while (length > 0) {
    uint8_t *out;
    size_t n = min (dave_view_span (self, offset, &out), length);

    memcpy (out, data, n);
    data += n;
    offset += n;
    length -= n;
  }
  return true;
}

void
dave_view_copy (const DaveView *to, size_t to_offset, const DaveView *from,
    size_t from_offset, size_t length)
{
  while (length > 0) {
    uint8_t *in;
    size_t n = min (dave_view_span (from, from_offset, &in), length);

    dave_view_write (to, to_offset, in, n);
    to_offset += n;
    from_offset += n;
    length -= n;
  }
}

static void
move_down (const DaveView *self, size_t to, size_t from, size_t length)
{
  while (length > 0) {
    uint8_t *out, *in;
    size_t n = min (dave_view_span (self, to, &out), length);

    n = min (dave_view_span (self, from, &in), n);
    memmove (out, in, n);
    to += n;
    from += n;
    length -= n;
  }
}

static void
move_up (const DaveView *self, size_t to, size_t from, size_t length)
{
  while (length > 0) {
    uint8_t *out, *in;
    size_t n_out = span_before (self, to + length, &out);
    size_t n_in = span_before (self, from + length, &in);
    size_t n = min (min (n_out, n_in), length);

    memmove (out + n_out - n, in + n_in - n, n);
    length -= n;
  }
}

void
dave_view_move (const DaveView *self, size_t to, size_t from, size_t length)
{
  if (to < from)
    move_down (self, to, from, length);
  else if (to > from)
    move_up (self, to, from, length);
}

void
dave_view_wipe (const DaveView *self, size_t offset, size_t length)
{
  while (length > 0) {
    uint8_t *data;
    size_t n = min (dave_view_span (self, offset, &data), length);

    OPENSSL_cleanse (data, n);
    offset += n;
    length -= n;
  }
}
