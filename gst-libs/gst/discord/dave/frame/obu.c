/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "obu.h"

#include <string.h>

#define OBU_EXTENSION 0x04
#define OBU_HAS_SIZE 0x02

bool
dave_obu_read (DaveObu *self, const uint8_t *bytes, size_t left)
{
  size_t there, n;
  uint64_t size;

  if (left == 0)
    return false;
  self->header_size = (bytes[0] & OBU_EXTENSION) != 0 ? 2 : 1;
  self->payload = self->header_size;
  if (self->payload >= left)
    return false;
  memcpy (self->header, bytes, self->header_size);
  self->payload_size = left - self->payload;
  if ((bytes[0] & OBU_HAS_SIZE) == 0)
    return true;

  there = self->payload_size < DAVE_ULEB128_MAX ? self->payload_size
                                                : DAVE_ULEB128_MAX;
  n = dave_uleb128_read (bytes + self->payload, there, &size);
  if (n == 0 || size > self->payload_size - n)
    return false;
  self->payload += n;
  self->payload_size = (size_t) size;
  return true;
}

bool
dave_obu_is_sent (uint8_t header)
{
  switch (DAVE_OBU_TYPE (header)) {
    case DAVE_OBU_TEMPORAL_DELIMITER:
    case DAVE_OBU_TILE_LIST:
    case DAVE_OBU_PADDING:
      return false;
    default:
      return true;
  }
}
