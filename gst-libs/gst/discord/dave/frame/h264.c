/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "annexb.h"
#include "codec.h"

/* Rec. ITU-T H.264, table 7-1 */
#define NAL_TYPE_MASK 0x1f
enum
{
  NAL_SLICE = 1,
  NAL_PARTITION_A = 2,
  NAL_PARTITION_B = 3,
  NAL_PARTITION_C = 4,
  NAL_IDR_SLICE = 5,
  NAL_AUXILIARY_SLICE = 19,
  NAL_SLICE_EXTENSION = 20,
  NAL_DEPTH_SLICE_EXTENSION = 21,
};

#define HEADER_SIZE 1
/* nal_unit_header_svc_extension() and the like */
#define EXTENDED_HEADER_SIZE 4

/* first_mb_in_slice, slice_type, pps_id: what packetisers may look at. */
#define SLICE_HEADER_VALUES 3
/* Of an Exp-Golomb code, by the limit of libdave. */
#define LEADING_ZEROS_MAX 31
/* Three codes of 63 bits, and an emulation prevention byte before each of their
 * bytes at worst. */
#define SLICE_HEADER_MAX 64

static bool
bit_is_set (const uint8_t *bytes, size_t bit)
{
  return (bytes[bit / 8] & 0x80 >> bit % 8) != 0;
}

static bool
is_emulation_prevention (const uint8_t *bytes, size_t bit)
{
  size_t i = bit / 8;

  return bit % 8 == 0 && i >= 2 && bytes[i] == 3 && bytes[i - 1] == 0
      && bytes[i - 2] == 0;
}

/* The bytes from @bytes on up to and with pps_id; 0 when there are fewer. One
 * more than needed when pps_id ends a byte: all senders do so, and it is not for
 * receivers to find out. */
static size_t
slice_header_size (const uint8_t *bytes, size_t length)
{
  size_t bit = 0, zeros = 0, values = 0, size;

  while (bit < 8 * length && values < SLICE_HEADER_VALUES) {
    if (is_emulation_prevention (bytes, bit)) {
      bit += 8;
    } else if (bit_is_set (bytes, bit)) {
      values++;
      bit += 1 + zeros;
      zeros = 0;
    } else {
      bit++;
      if (++zeros > LEADING_ZEROS_MAX)
        return 0;
    }
  }
  size = bit / 8 + 1;
  return values == SLICE_HEADER_VALUES && size <= length ? size : 0;
}

static bool
slice_clear_size (
    const DaveView *frame, size_t start, size_t end, size_t *clear)
{
  uint8_t bytes[SLICE_HEADER_MAX];
  size_t behind = start + HEADER_SIZE;
  size_t length = end - behind;
  size_t size;

  length = length < sizeof bytes ? length : sizeof bytes;
  if (!dave_view_read (frame, behind, bytes, length))
    return false;
  size = slice_header_size (bytes, length);
  *clear = HEADER_SIZE + size;
  return size > 0;
}

/* How much of the NAL unit stays clear; false when it is cut off. The extension
 * slices and partitions, which libdave leaves clear, are pictures as well. */
static bool
clear_size (const DaveView *frame, size_t start, size_t end, size_t *clear)
{
  uint8_t header;

  if (!dave_view_read (frame, start, &header, 1))
    return false;
  switch (header & NAL_TYPE_MASK) {
    case NAL_SLICE:
    case NAL_IDR_SLICE:
      return slice_clear_size (frame, start, end, clear);
    case NAL_PARTITION_A:
    case NAL_PARTITION_B:
    case NAL_PARTITION_C:
    case NAL_AUXILIARY_SLICE:
      *clear = HEADER_SIZE;
      return true;
    case NAL_SLICE_EXTENSION:
    case NAL_DEPTH_SLICE_EXTENSION:
      *clear = EXTENDED_HEADER_SIZE;
      return end - start >= EXTENDED_HEADER_SIZE;
    default:
      *clear = end - start;
      return true;
  }
}

static bool
plan_nal (const DaveView *frame, size_t start, size_t end, DaveLayout *layout)
{
  size_t clear;

  if (!clear_size (frame, start, end, &clear))
    return false;
  dave_layout_add (layout, start, clear, true);
  dave_layout_add (layout, start + clear, end - start - clear, false);
  return true;
}

bool
dave_h264_plan (const DaveView *frame, DaveLayout *layout)
{
  return dave_annexb_plan (frame, HEADER_SIZE, plan_nal, layout);
}
