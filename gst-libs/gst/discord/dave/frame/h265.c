/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "annexb.h"
#include "codec.h"

/* Rec. ITU-T H.265, 7.3.1.2 and table 7-1 */
#define HEADER_SIZE 2
#define NAL_TYPE(byte) (((byte) >> 1) & 0x3f)
#define NAL_VPS 32 /* the types below are pictures */

static bool
plan_nal (const DaveView *frame, size_t start, size_t end, DaveLayout *layout)
{
  uint8_t header;

  if (!dave_view_read (frame, start, &header, 1))
    return false;
  if (NAL_TYPE (header) >= NAL_VPS) {
    dave_layout_add (layout, start, end - start, true);
    return true;
  }
  if (end - start < HEADER_SIZE)
    return false;
  dave_layout_add (layout, start, HEADER_SIZE, true);
  dave_layout_add (
      layout, start + HEADER_SIZE, end - start - HEADER_SIZE, false);
  return true;
}

bool
dave_h265_plan (const DaveView *frame, DaveLayout *layout)
{
  return dave_annexb_plan (frame, HEADER_SIZE, plan_nal, layout);
}
