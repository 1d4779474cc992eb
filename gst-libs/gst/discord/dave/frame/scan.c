/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "scan.h"

#include <stdbool.h>
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

/* GCC's vectors become SSE2 or NEON without a line of either. */
typedef uint8_t Bytes __attribute__ ((vector_size (16)));
typedef uint16_t Pairs __attribute__ ((vector_size (16)));

/* All ones in pairs that are 00 00 or 00 01. */
static inline Pairs
suspects (const uint8_t *p)
{
  const Bytes mask = { 0xff, 0xfe, 0xff, 0xfe, 0xff, 0xfe, 0xff, 0xfe, 0xff,
    0xfe, 0xff, 0xfe, 0xff, 0xfe, 0xff, 0xfe };
  Bytes bytes;

  memcpy (&bytes, p, sizeof bytes);
  return (Pairs) ((Pairs) (bytes & mask) == 0);
}

static inline bool
is_suspect (const uint8_t *p)
{
  Pairs found =
      suspects (p) | suspects (p + 16) | suspects (p + 32) | suspects (p + 48);
  uint64_t halves[2];

  memcpy (halves, &found, sizeof halves);
  return (halves[0] | halves[1]) != 0;
}

size_t
dave_scan_portable (const uint8_t *data, size_t at, size_t length)
{
  while (length - at >= DAVE_SCAN_STRIDE && !is_suspect (data + at))
    at += DAVE_SCAN_STRIDE;
  return at;
}

#ifdef __x86_64__

/* Two strides at a time, each vector twice as wide: where one of two pairs is a
 * suspect, the smaller one is. */
#define WIDE (2 * DAVE_SCAN_STRIDE)

__attribute__ ((target ("avx2"))) static inline __m256i
load_pairs (const uint8_t *p)
{
  return _mm256_and_si256 (
      _mm256_loadu_si256 ((const __m256i *) (const void *) p),
      _mm256_set1_epi16 ((short) 0xfeff));
}

__attribute__ ((target ("avx2"))) static inline __m256i
least_pairs (const uint8_t *stride)
{
  return _mm256_min_epu16 (load_pairs (stride), load_pairs (stride + 32));
}

__attribute__ ((target ("avx2"))) static inline bool
has_zero (__m256i pairs)
{
  __m256i found = _mm256_cmpeq_epi16 (pairs, _mm256_setzero_si256 ());

  return _mm256_movemask_epi8 (found) != 0;
}

__attribute__ ((target ("avx2"))) static size_t
scan_avx2 (const uint8_t *data, size_t at, size_t length)
{
  for (; length - at >= WIDE; at += WIDE) {
    __m256i first = least_pairs (data + at);
    __m256i second = least_pairs (data + at + DAVE_SCAN_STRIDE);

    if (has_zero (_mm256_min_epu16 (first, second)))
      return has_zero (first) ? at : at + DAVE_SCAN_STRIDE;
  }
  if (length - at >= DAVE_SCAN_STRIDE && !has_zero (least_pairs (data + at)))
    at += DAVE_SCAN_STRIDE;
  return at;
}

DaveScanFunc
dave_scan_func (void)
{
  return __builtin_cpu_supports ("avx2") ? scan_avx2 : dave_scan_portable;
}

#else

DaveScanFunc
dave_scan_func (void)
{
  return dave_scan_portable;
}

#endif
