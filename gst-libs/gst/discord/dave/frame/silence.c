/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "silence.h"

bool
dave_is_silence (const DaveView *frame)
{
  uint8_t bytes[DAVE_SILENCE_SIZE];

  return frame->length == DAVE_SILENCE_SIZE
      && dave_view_read (frame, 0, bytes, sizeof bytes) && bytes[0] == 0xf8
      && bytes[1] == 0xff && bytes[2] == 0xfe;
}
