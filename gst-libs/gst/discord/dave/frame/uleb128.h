/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Numbers of seven bits a byte, low ones first; the top bit says that more
 * follow (DAVE whitepaper "Payload Format"; AV1 specification 4.10.5). */

#include <stddef.h>
#include <stdint.h>

#define DAVE_ULEB128_MAX 10

/* Of the shortest form. */
static inline size_t
dave_uleb128_size (uint64_t value)
{
  size_t size = 1;

  while ((value >>= 7) != 0)
    size++;
  return size;
}

/* Writes the shortest form and returns its size. */
size_t dave_uleb128_write (uint8_t *out, uint64_t value);

/* The number of bytes read; 0 when @data ends before the number does, or when it
 * does not fit into 64 bits. Longer forms than needed are fine. */
size_t dave_uleb128_read (const uint8_t *data, size_t length, uint64_t *value);
