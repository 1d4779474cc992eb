/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What stands behind the media of an encrypted frame (DAVE whitepaper, "Payload
 * Format"): tag 8 | nonce ULEB128 | { offset, size ULEB128 }* | size u8 | FA FA */

#include "view.h"

/* A bound of ours: far above what can be sent as RTP, and its offsets fit into
 * 32 bits. */
#define DAVE_FRAME_SIZE_MAX ((size_t) 16 << 20)

#define DAVE_TAG_SIZE 8
/* The size byte counts the whole trailer. */
#define DAVE_TRAILER_MAX 255
/* A range takes two bytes at least, tag, nonce, size and marker twelve. */
#define DAVE_RANGES_MAX ((DAVE_TRAILER_MAX - 12) / 2)

/* Bytes of the media that are not encrypted. */
typedef struct
{
  size_t offset;
  size_t size;
} DaveRange;

typedef struct
{
  uint8_t tag[DAVE_TAG_SIZE];
  uint32_t nonce;
  size_t media_length;
  size_t n_ranges;
  DaveRange ranges[DAVE_RANGES_MAX]; /* ascending, disjoint, in the media */
} DaveTrailer;

/* May be more than DAVE_TRAILER_MAX: such a frame cannot be sent. */
size_t dave_trailer_size (
    uint32_t nonce, const DaveRange *ranges, size_t n_ranges);

/* Only where dave_trailer_size() is at most DAVE_TRAILER_MAX; returns it. */
size_t dave_trailer_write (uint8_t out[DAVE_TRAILER_MAX],
    const uint8_t tag[DAVE_TAG_SIZE], uint32_t nonce, const DaveRange *ranges,
    size_t n_ranges);

/* The protocol frame check: false when @frame has no trailer, hence is not an
 * encrypted frame. */
bool dave_trailer_read (DaveTrailer *self, const DaveView *frame);
