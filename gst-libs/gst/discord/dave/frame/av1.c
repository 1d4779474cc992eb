/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec.h"
#include "obu.h"
#include "uleb128.h"

#include <string.h>

#define OBU_HAS_SIZE 0x02

/* The OBU at @offset; false when it is cut off. */
static bool
read_obu (const DaveView *frame, size_t offset, DaveObu *obu)
{
  uint8_t bytes[DAVE_OBU_HEAD_MAX];
  size_t left = frame->length - offset;
  size_t n = left < sizeof bytes ? left : sizeof bytes;

  return dave_view_read (frame, offset, bytes, n)
      && dave_obu_read (obu, bytes, left);
}

/* The trailer becomes part of the last OBU, which can therefore not tell its
 * size; the others tell it in the shortest form. */
static void
add_obu (const DaveObu *obu, size_t offset, bool is_last, DaveLayout *layout)
{
  uint8_t bytes[DAVE_LITERAL_MAX];
  size_t size = obu->header_size;

  memcpy (bytes, obu->header, obu->header_size);
  if (is_last)
    bytes[0] &= (uint8_t) ~OBU_HAS_SIZE;
  else
    size += dave_uleb128_write (bytes + size, obu->payload_size);
  dave_layout_add_literal (layout, bytes, size);
  dave_layout_add (layout, offset + obu->payload, obu->payload_size, false);
}

bool
dave_av1_plan (const DaveView *frame, DaveLayout *layout)
{
  DaveObu obu, kept;
  size_t kept_at = 0;
  bool has_kept = false;

  for (size_t at = 0; at < frame->length;
       at += obu.payload + obu.payload_size) {
    if (!read_obu (frame, at, &obu))
      return false;
    if (!dave_obu_is_sent (obu.header[0]))
      continue;
    if (has_kept)
      add_obu (&kept, kept_at, false, layout);
    kept = obu;
    kept_at = at;
    has_kept = true;
  }
  if (has_kept)
    add_obu (&kept, kept_at, true, layout);
  return true;
}
