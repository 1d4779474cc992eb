/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What libFuzzer, or driver.c in its place, calls; and what the targets use. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Unlike assert() not affected by NDEBUG. */
#define FUZZ_CHECK(condition)                                                  \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf (stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);         \
      abort ();                                                                \
    }                                                                          \
  } while (0)

/* A copy in a heap block of exactly @size + @room, for AddressSanitizer. */
static inline uint8_t *
fuzz_copy (const uint8_t *data, size_t size, size_t room)
{
  uint8_t *copy = malloc (size + room > 0 ? size + room : 1);

  FUZZ_CHECK (copy != NULL);
  if (size > 0)
    memcpy (copy, data, size);
  return copy;
}
