/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec.h"
#include "uleb128.h"

#include <string.h>

/* AV1 specification, 5.3.2 and 6.2.2 */
#define OBU_TYPE(header) (((header) >> 3) & 0xf)
#define OBU_EXTENSION 0x04
#define OBU_HAS_SIZE 0x02
enum
{
  OBU_TEMPORAL_DELIMITER = 2,
  OBU_TILE_LIST = 8,
  OBU_PADDING = 15,
};

#define OBU_HEADER_MAX 2

typedef struct
{
  uint8_t header[OBU_HEADER_MAX];
  size_t header_size;
  size_t payload;
  size_t payload_size;
} Obu;

static bool
read_size (const DaveView *frame, Obu *obu)
{
  uint8_t bytes[DAVE_ULEB128_MAX];
  size_t left = frame->length - obu->payload;
  size_t n = left < sizeof bytes ? left : sizeof bytes;
  uint64_t size;

  if (!dave_view_read (frame, obu->payload, bytes, n))
    return false;
  n = dave_uleb128_read (bytes, n, &size);
  if (n == 0 || size > left - n)
    return false;
  obu->payload += n;
  obu->payload_size = (size_t) size;
  return true;
}

/* The OBU at @offset; false when it is cut off. */
static bool
read_obu (const DaveView *frame, size_t offset, Obu *obu)
{
  if (!dave_view_read (frame, offset, obu->header, 1))
    return false;
  obu->header_size = (obu->header[0] & OBU_EXTENSION) != 0 ? 2 : 1;
  obu->payload = offset + obu->header_size;
  if (obu->payload >= frame->length
      || !dave_view_read (frame, offset, obu->header, obu->header_size))
    return false;
  if ((obu->header[0] & OBU_HAS_SIZE) != 0)
    return read_size (frame, obu);
  obu->payload_size = frame->length - obu->payload;
  return true;
}

/* What an RTP stream does not carry (AV1 RTP payload format, section 5) and
 * receivers would miss. */
static bool
is_dropped (const Obu *obu)
{
  switch (OBU_TYPE (obu->header[0])) {
    case OBU_TEMPORAL_DELIMITER:
    case OBU_TILE_LIST:
    case OBU_PADDING:
      return true;
    default:
      return false;
  }
}

/* The trailer becomes part of the last OBU, which can therefore not tell its
 * size; the others tell it in the shortest form. */
static void
add_obu (const Obu *obu, bool is_last, DaveLayout *layout)
{
  uint8_t bytes[DAVE_LITERAL_MAX];
  size_t size = obu->header_size;

  memcpy (bytes, obu->header, obu->header_size);
  if (is_last)
    bytes[0] &= (uint8_t) ~OBU_HAS_SIZE;
  else
    size += dave_uleb128_write (bytes + size, obu->payload_size);
  dave_layout_add_literal (layout, bytes, size);
  dave_layout_add (layout, obu->payload, obu->payload_size, false);
}

bool
dave_av1_plan (const DaveView *frame, DaveLayout *layout)
{
  Obu obu, kept;
  bool has_kept = false;

  for (size_t at = 0; at < frame->length; at = obu.payload + obu.payload_size) {
    if (!read_obu (frame, at, &obu))
      return false;
    if (is_dropped (&obu))
      continue;
    if (has_kept)
      add_obu (&kept, false, layout);
    kept = obu;
    has_kept = true;
  }
  if (has_kept)
    add_obu (&kept, true, layout);
  return true;
}
