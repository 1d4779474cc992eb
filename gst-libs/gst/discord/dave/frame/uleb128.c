/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "uleb128.h"

size_t
dave_uleb128_write (uint8_t *out, uint64_t value)
{
  size_t size = 0;

  while (value >= 0x80) {
    out[size++] = (uint8_t) (0x80 | (value & 0x7f));
    value >>= 7;
  }
  out[size++] = (uint8_t) value;
  return size;
}

size_t
dave_uleb128_read (const uint8_t *data, size_t length, uint64_t *value)
{
  uint64_t result = 0;

  for (size_t i = 0; i < length && i < DAVE_ULEB128_MAX; i++) {
    /* 63 bits are taken: room for one, and none may follow. */
    if (i == DAVE_ULEB128_MAX - 1 && data[i] > 1)
      return 0;
    result |= (uint64_t) (data[i] & 0x7f) << (7 * i);
    if ((data[i] & 0x80) == 0) {
      *value = result;
      return i + 1;
    }
  }
  return 0;
}
