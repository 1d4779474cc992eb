/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What codec handling keeps in clear for packetisers, and what it encrypts (DAVE
 * whitepaper, "Codec Handling"). Receivers need none of it. */

#include "layout.h"
#include "result.h"

typedef enum
{
  DAVE_CODEC_UNKNOWN,
  DAVE_CODEC_OPUS,
  DAVE_CODEC_VP8,
  DAVE_CODEC_VP9,
  DAVE_CODEC_H264,
  DAVE_CODEC_H265,
  DAVE_CODEC_AV1,
} DaveCodec;

/* Plans how @frame, of at most DAVE_FRAME_SIZE_MAX bytes, is sent. A frame that
 * is not what @codec promises is encrypted whole. DAVE_FRAME_NOTHING or
 * DAVE_FRAME_TOO_COMPLEX when it cannot be sent. */
DaveFrameResult dave_codec_plan (
    DaveCodec codec, const DaveView *frame, DaveLayout *layout);

/* How much a frame of @length bytes can grow by what dave_codec_plan() does. */
size_t dave_codec_growth_max (DaveCodec codec, size_t length);

/* Whether the encrypted frame must not hold start codes. */
bool dave_codec_has_start_codes (DaveCodec codec);

/* One codec each; they add to @layout and are false when the frame is not what
 * the codec promises. For dave_codec_plan(). */
bool dave_vp8_plan (const DaveView *frame, DaveLayout *layout);
bool dave_h264_plan (const DaveView *frame, DaveLayout *layout);
bool dave_h265_plan (const DaveView *frame, DaveLayout *layout);
bool dave_av1_plan (const DaveView *frame, DaveLayout *layout);
