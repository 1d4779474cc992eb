/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Encoded video as decoders get it. */

#define DISCORD_VIDEO_CAPS                                                     \
  "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au; "    \
  "video/x-h265, stream-format=(string)byte-stream, alignment=(string)au; "    \
  "video/x-vp8; "                                                              \
  "video/x-vp9, alignment=(string)super-frame; "                               \
  "video/x-av1, stream-format=(string)obu-stream, alignment=(string)tu"
