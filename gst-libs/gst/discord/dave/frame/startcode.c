/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "startcode.h"

#include <string.h>

/* Every byte of H264 and H265 is looked at twice, as plain and as cipher text,
 * so that the search has to be far faster than the cipher. GCC's vectors become
 * SSE2 or NEON without a line of either. */
typedef uint8_t Vector __attribute__ ((vector_size (16)));
#define STRIDE (4 * sizeof (Vector))

static Vector
load (const uint8_t *p)
{
  Vector v;

  memcpy (&v, p, sizeof v);
  return v;
}

/* All ones where two zero bytes begin. */
static Vector
zero_pairs (const uint8_t *p)
{
  return (Vector) ((load (p) | load (p + 1)) == 0);
}

/* Whether two zero bytes begin in the STRIDE bytes at @p; reads one more. */
static bool
has_zero_pair (const uint8_t *p)
{
  Vector pairs = zero_pairs (p) | zero_pairs (p + 16) | zero_pairs (p + 32)
      | zero_pairs (p + 48);
  uint64_t halves[2];

  memcpy (halves, &pairs, sizeof halves);
  return (halves[0] | halves[1]) != 0;
}

/* The start of a code in [@from, @to) of @data, where three bytes from each may
 * be read; @to when there is none. */
static size_t
find_slowly (const uint8_t *data, size_t from, size_t to)
{
  while (from < to) {
    if (data[from + 2] > 1)
      from += 3;
    else if (data[from] == 0 && data[from + 1] == 0 && data[from + 2] == 1)
      return from;
    else
      from++;
  }
  return to;
}

static size_t
find (const uint8_t *data, size_t length)
{
  size_t starts, at = 0;

  if (length < DAVE_START_CODE_SIZE)
    return length;
  starts = length - (DAVE_START_CODE_SIZE - 1);
  while (starts - at >= STRIDE) {
    if (has_zero_pair (data + at)) {
      size_t found = find_slowly (data, at, at + STRIDE);

      if (found < at + STRIDE)
        return found;
    }
    at += STRIDE;
  }
  at = find_slowly (data, at, starts);
  return at < starts ? at : length;
}

static bool
is_start_code (const DaveView *view, size_t offset)
{
  uint8_t bytes[DAVE_START_CODE_SIZE];

  return dave_view_read (view, offset, bytes, sizeof bytes) && bytes[0] == 0
      && bytes[1] == 0 && bytes[2] == 1;
}

size_t
dave_find_start_code (const DaveView *view, size_t from, size_t to)
{
  DaveView searched = dave_view_prefix (view, to);

  while (from < to) {
    uint8_t *data;
    size_t length = dave_view_span (&searched, from, &data);
    size_t found = find (data, length);

    if (found < length)
      return from + found;

    /* A code that begins in the last two bytes goes on in the next segment. */
    for (size_t tail = length < 2 ? length : 2; tail > 0; tail--)
      if (is_start_code (&searched, from + length - tail))
        return from + length - tail;
    from += length;
  }
  return to;
}
