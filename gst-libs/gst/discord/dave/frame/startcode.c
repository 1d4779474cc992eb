/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "startcode.h"

#include "scan.h"

/* Of the codes that begin in [@from, @to) the first; @length when there is
 * none. */
static size_t
find_between (const uint8_t *data, size_t length, size_t from, size_t to)
{
  size_t starts = length - (DAVE_START_CODE_SIZE - 1);

  to = to < starts ? to : starts;
  while (from < to) {
    if (data[from + 2] > 1)
      from += 3;
    else if (data[from] == 0 && data[from + 1] == 0 && data[from + 2] == 1)
      return from;
    else
      from++;
  }
  return length;
}

/* Those a pair of which lies in the stride at @at: it can be the second and third
 * byte, and the last byte has none. */
static size_t
find_in_stride (const uint8_t *data, size_t length, size_t at)
{
  return find_between (
      data, length, at > 0 ? at - 1 : 0, at + DAVE_SCAN_STRIDE - 1);
}

static size_t
find (const uint8_t *data, size_t length)
{
  DaveScanFunc scan = dave_scan_func ();
  size_t at = 0, last, found;

  if (length < DAVE_START_CODE_SIZE)
    return length;
  if (length < DAVE_SCAN_STRIDE)
    return find_between (data, length, 0, length);

  last = length - DAVE_SCAN_STRIDE;
  while ((at = scan (data, at, length)) <= last) {
    found = find_in_stride (data, length, at);
    if (found < length)
      return found;
    at += DAVE_SCAN_STRIDE;
  }
  /* The rest, with what is before it to make it a stride. */
  if (at == length || scan (data, last, length) > last)
    return length;
  return find_in_stride (data, length, last);
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
    if (length == to - from)
      break;

    /* A code that begins in the last two bytes goes on in the next segment. */
    for (size_t tail = length < 2 ? length : 2; tail > 0; tail--)
      if (is_start_code (&searched, from + length - tail))
        return from + length - tail;
    from += length;
  }
  return to;
}
