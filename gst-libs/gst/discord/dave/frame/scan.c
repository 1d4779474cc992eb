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

/* Twice as wide. */
__attribute__ ((target ("avx2"))) static size_t
scan_avx2 (const uint8_t *data, size_t at, size_t length)
{
  const __m256i mask = _mm256_set1_epi16 ((short) 0xfeff);
  const __m256i zero = _mm256_setzero_si256 ();

  for (; length - at >= DAVE_SCAN_STRIDE; at += DAVE_SCAN_STRIDE) {
    const __m256i *p = (const __m256i *) (const void *) (data + at);
    __m256i a = _mm256_and_si256 (_mm256_loadu_si256 (p), mask);
    __m256i b = _mm256_and_si256 (_mm256_loadu_si256 (p + 1), mask);
    __m256i found = _mm256_or_si256 (
        _mm256_cmpeq_epi16 (a, zero), _mm256_cmpeq_epi16 (b, zero));

    if (_mm256_movemask_epi8 (found) != 0)
      break;
  }
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
