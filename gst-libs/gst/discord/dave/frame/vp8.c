/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec.h"

/* RFC 6386 section 9.1: frame tag, start code and dimensions of a key frame, of
 * which the first bit is 0. */
#define KEY_FRAME_HEADER 10
#define INTER_FRAME_HEADER 1
#define INTER_FRAME 0x01

bool
dave_vp8_plan (const DaveView *frame, DaveLayout *layout)
{
  uint8_t first;
  size_t clear;

  if (!dave_view_read (frame, 0, &first, 1))
    return false;
  clear = (first & INTER_FRAME) != 0 ? INTER_FRAME_HEADER : KEY_FRAME_HEADER;
  if (frame->length < clear)
    return false;
  dave_layout_add (layout, 0, clear, true);
  dave_layout_add (layout, clear, frame->length - clear, false);
  return true;
}
