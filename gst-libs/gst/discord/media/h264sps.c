/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "h264sps.h"

#include <string.h>

/* Rec. ITU-T H.264, 7.3.2.1.1 and E.1. Counts beyond these are not valid. */
#define EXTENDED_SAR 255
#define REF_FRAMES_IN_CYCLE_MAX 255
#define CPB_COUNT_MAX 32
#define REF_FRAMES_MAX 16
#define SCALING_LISTS 8
#define SCALING_LISTS_444 12

/* The bits of a NAL unit without emulation prevention. */
typedef struct
{
  uint8_t data[MEDIA_SPS_ROOM];
  size_t n_bits;
  size_t at;
  bool failed; /* read beyond the end, or what cannot be */
} Bits;

static void
load (Bits *bits, const uint8_t *nal, size_t length)
{
  size_t n = 0, zeros = 0;

  memset (bits, 0, sizeof *bits);
  for (size_t i = 0; i < length; i++) {
    if (zeros >= 2 && nal[i] == 3) {
      zeros = 0;
      continue;
    }
    zeros = nal[i] == 0 ? zeros + 1 : 0;
    bits->data[n++] = nal[i];
  }
  bits->n_bits = 8 * n;
}

static unsigned
take_bit (Bits *bits)
{
  if (bits->at >= bits->n_bits) {
    bits->failed = true;
    return 0;
  }
  bits->at++;
  return bits->data[(bits->at - 1) / 8] >> (7 - (bits->at - 1) % 8) & 1;
}

static uint32_t
take (Bits *bits, unsigned n)
{
  uint32_t value = 0;

  while (n-- > 0)
    value = value << 1 | take_bit (bits);
  return value;
}

/* ue(v); where it stands for se(v) only its length matters here. */
static uint32_t
take_ue (Bits *bits)
{
  unsigned zeros = 0;

  while (!bits->failed && take_bit (bits) == 0)
    if (++zeros == 32)
      bits->failed = true;
  if (bits->failed)
    return 0;
  return ((UINT32_C (1) << zeros) - 1) + take (bits, zeros);
}

static int32_t
take_se (Bits *bits)
{
  uint32_t code = take_ue (bits);

  return code % 2 != 0 ? (int32_t) (code / 2 + 1) : -(int32_t) (code / 2);
}

static void
skip_ues (Bits *bits, unsigned n)
{
  while (n-- > 0)
    take_ue (bits);
}

/* 7.3.2.1.1.1 */
static void
skip_scaling_list (Bits *bits, unsigned size)
{
  int32_t last = 8, next = 8;

  for (unsigned i = 0; i < size && !bits->failed; i++) {
    if (next != 0)
      next = (last + take_se (bits) % 256 + 256) % 256;
    if (next != 0)
      last = next;
  }
}

static void
skip_scaling_matrix (Bits *bits, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    if (take_bit (bits) != 0)
      skip_scaling_list (bits, i < 6 ? 16 : 64);
}

static bool
has_chroma_format (uint32_t profile)
{
  static const uint8_t profiles[] = { 100, 110, 122, 244, 44, 83, 86, 118, 128,
    138, 139, 134, 135 };

  return memchr (profiles, (int) profile, sizeof profiles) != NULL;
}

static void
skip_chroma_format (Bits *bits)
{
  uint32_t format = take_ue (bits);

  if (format == 3)
    take_bit (bits);
  skip_ues (bits, 2);
  take_bit (bits);
  if (take_bit (bits) != 0)
    skip_scaling_matrix (bits, format == 3 ? SCALING_LISTS_444 : SCALING_LISTS);
}

static void
skip_order_count (Bits *bits)
{
  uint32_t type = take_ue (bits), n;

  if (type == 0)
    take_ue (bits);
  if (type != 1)
    return;
  take_bit (bits);
  skip_ues (bits, 2);
  n = take_ue (bits);
  if (n > REF_FRAMES_IN_CYCLE_MAX)
    bits->failed = true;
  else
    skip_ues (bits, n);
}

/* All up to vui_parameters_present_flag; returns max_num_ref_frames. */
static uint32_t
skip_to_vui (Bits *bits)
{
  uint32_t profile, ref_frames;

  take (bits, 8); /* NAL unit header */
  profile = take (bits, 8);
  take (bits, 16);
  take_ue (bits);
  if (has_chroma_format (profile))
    skip_chroma_format (bits);
  take_ue (bits);
  skip_order_count (bits);
  ref_frames = take_ue (bits);
  take_bit (bits);
  skip_ues (bits, 2); /* width and height */
  if (take_bit (bits) == 0)
    take_bit (bits);
  take_bit (bits);
  if (take_bit (bits) != 0)
    skip_ues (bits, 4); /* cropping */
  if (ref_frames > REF_FRAMES_MAX)
    bits->failed = true;
  return ref_frames;
}

/* E.1.2; whether it is there. */
static bool
skip_hrd (Bits *bits)
{
  uint32_t n;

  if (take_bit (bits) == 0)
    return false;
  n = take_ue (bits) + 1;
  if (n > CPB_COUNT_MAX) {
    bits->failed = true;
    return true;
  }
  take (bits, 8);
  while (n-- > 0) {
    skip_ues (bits, 2);
    take_bit (bits);
  }
  take (bits, 20);
  return true;
}

/* E.1.1, up to bitstream_restriction_flag */
static void
skip_to_restriction (Bits *bits)
{
  bool nal_hrd, vcl_hrd;

  if (take_bit (bits) != 0 && take (bits, 8) == EXTENDED_SAR)
    take (bits, 32);
  if (take_bit (bits) != 0)
    take_bit (bits);
  if (take_bit (bits) != 0) {
    take (bits, 4);
    if (take_bit (bits) != 0)
      take (bits, 24);
  }
  if (take_bit (bits) != 0)
    skip_ues (bits, 2);
  if (take_bit (bits) != 0) {
    take (bits, 32);
    take (bits, 32);
    take_bit (bits);
  }
  nal_hrd = skip_hrd (bits);
  vcl_hrd = skip_hrd (bits);
  if (nal_hrd || vcl_hrd)
    take_bit (bits);
  take_bit (bits);
}

static void
put (Bits *bits, uint32_t value, unsigned n)
{
  while (n-- > 0) {
    uint8_t mask = (uint8_t) (0x80 >> bits->at % 8);

    if ((value >> n & 1) != 0)
      bits->data[bits->at / 8] |= mask;
    else
      bits->data[bits->at / 8] &= (uint8_t) ~mask;
    bits->at++;
  }
}

static void
put_ue (Bits *bits, uint32_t value)
{
  unsigned n = 0;

  while (value + 1 >= UINT32_C (2) << n)
    n++;
  put (bits, 0, n);
  put (bits, value + 1, n + 1);
}

/* max_num_reorder_frames, max_dec_frame_buffering, the stop bit. */
static void
put_order (Bits *bits, uint32_t ref_frames)
{
  put_ue (bits, 0);
  put_ue (bits, ref_frames);
  put (bits, 1, 1);
  while (bits->at % 8 != 0)
    put (bits, 0, 1);
}

/* With what is inferred where there is no restriction (E.2.1). */
static void
put_restriction (Bits *bits, uint32_t ref_frames)
{
  put (bits, 1, 1);
  put (bits, 1, 1); /* motion_vectors_over_pic_boundaries_flag */
  put_ue (bits, 2); /* max_bytes_per_pic_denom */
  put_ue (bits, 1); /* max_bits_per_mb_denom */
  put_ue (bits, 16); /* log2_max_mv_length_horizontal */
  put_ue (bits, 16);
  put_order (bits, ref_frames);
}

/* From the first bit on that has to be another. False when none has. */
static bool
rewrite (Bits *bits)
{
  uint32_t ref_frames = skip_to_vui (bits);
  size_t at = bits->at;
  bool is_there = take_bit (bits) != 0;

  if (bits->failed)
    return false;
  if (!is_there) {
    bits->at = at;
    put (bits, 1, 1);
    put (bits, 0, 8); /* nothing else in it */
    put_restriction (bits, ref_frames);
    return true;
  }
  skip_to_restriction (bits);
  at = bits->at;
  is_there = take_bit (bits) != 0;
  if (bits->failed)
    return false;
  if (!is_there) {
    bits->at = at;
    put_restriction (bits, ref_frames);
    return true;
  }
  take_bit (bits);
  skip_ues (bits, 4);
  at = bits->at;
  if (take_ue (bits) == 0 && take_ue (bits) <= ref_frames)
    return false;
  if (bits->failed)
    return false;
  bits->at = at;
  put_order (bits, ref_frames);
  return true;
}

/* 7.4.1: emulation prevention */
static size_t
store (const Bits *bits, uint8_t *out)
{
  size_t n = 0, zeros = 0;

  for (size_t i = 0; i < bits->at / 8; i++) {
    if (zeros == 2 && bits->data[i] <= 3) {
      out[n++] = 3;
      zeros = 0;
    }
    zeros = bits->data[i] == 0 ? zeros + 1 : 0;
    out[n++] = bits->data[i];
  }
  return n;
}

size_t
media_h264_sps_rewrite (const uint8_t *sps, size_t length, uint8_t *out)
{
  Bits bits;

  if (length > MEDIA_SPS_MAX)
    return 0;
  load (&bits, sps, length);
  return rewrite (&bits) ? store (&bits, out) : 0;
}
