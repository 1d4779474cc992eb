/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A frame in memory that need not be in one piece, by offset. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct
{
  uint8_t *data;
  size_t length;
} DaveSegment;

/* The first @length bytes of the segments. Does not own anything. */
typedef struct
{
  const DaveSegment *segments;
  size_t n_segments;
  size_t length;
} DaveView;

/* All of @segments; false when their lengths overflow. */
bool dave_view_init (
    DaveView *self, const DaveSegment *segments, size_t n_segments);

/* The start of @view; @length is at most its length. */
static inline DaveView
dave_view_prefix (const DaveView *view, size_t length)
{
  return (DaveView){ view->segments, view->n_segments, length };
}

/* Memory in several pieces; for the functions below. */
size_t dave_view_span_pieces (
    const DaveView *self, size_t offset, uint8_t **data);
bool dave_view_read_pieces (
    const DaveView *self, size_t offset, uint8_t *out, size_t length);
bool dave_view_write_pieces (
    const DaveView *self, size_t offset, const uint8_t *data, size_t length);

/* How much of the view is in its first segment, mostly all. */
static inline size_t
dave_view_first_length (const DaveView *self)
{
  size_t first = self->n_segments > 0 ? self->segments[0].length : 0;

  return first < self->length ? first : self->length;
}

/* The bytes at @offset that lie in one piece: their number, 0 at the end. */
static inline size_t
dave_view_span (const DaveView *self, size_t offset, uint8_t **data)
{
  size_t first = dave_view_first_length (self);

  if (offset >= first)
    return dave_view_span_pieces (self, offset, data);
  *data = self->segments[0].data + offset;
  return first - offset;
}

/* Not for no bytes: there may be no address to copy them from. */
static inline bool
dave_view_first_has (const DaveView *self, size_t offset, size_t length)
{
  size_t first = dave_view_first_length (self);

  return length > 0 && offset < first && length <= first - offset;
}

/* False when the view has fewer bytes. */
static inline bool
dave_view_read (
    const DaveView *self, size_t offset, uint8_t *out, size_t length)
{
  if (!dave_view_first_has (self, offset, length))
    return dave_view_read_pieces (self, offset, out, length);
  memcpy (out, self->segments[0].data + offset, length);
  return true;
}

static inline bool
dave_view_write (
    const DaveView *self, size_t offset, const uint8_t *data, size_t length)
{
  if (!dave_view_first_has (self, offset, length))
    return dave_view_write_pieces (self, offset, data, length);
  memcpy (self->segments[0].data + offset, data, length);
  return true;
}

/* Ranges must lie inside the views. dave_view_copy() wants them disjoint, those
 * of dave_view_move() may overlap. */
void dave_view_copy (const DaveView *to, size_t to_offset, const DaveView *from,
    size_t from_offset, size_t length);
void dave_view_move (
    const DaveView *self, size_t to, size_t from, size_t length);

/* As OPENSSL_cleanse(). */
void dave_view_wipe (const DaveView *self, size_t offset, size_t length);
