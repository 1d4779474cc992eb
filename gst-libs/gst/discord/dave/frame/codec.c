/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec.h"

/* 00 00 01 and a byte: the smallest NAL unit that grows. */
#define NAL_MIN 4

static bool
plan (DaveCodec codec, const DaveView *frame, DaveLayout *layout)
{
  switch (codec) {
    case DAVE_CODEC_VP8:
      return dave_vp8_plan (frame, layout);
    case DAVE_CODEC_H264:
      return dave_h264_plan (frame, layout);
    case DAVE_CODEC_H265:
      return dave_h265_plan (frame, layout);
    case DAVE_CODEC_AV1:
      return dave_av1_plan (frame, layout);
    case DAVE_CODEC_OPUS:
    case DAVE_CODEC_VP9:
    case DAVE_CODEC_UNKNOWN:
      break;
  }
  return false;
}

DaveFrameResult
dave_codec_plan (DaveCodec codec, const DaveView *frame, DaveLayout *layout)
{
  dave_layout_reset (layout);
  if (!plan (codec, frame, layout)) {
    dave_layout_reset (layout);
    dave_layout_add (layout, 0, frame->length, false);
    return DAVE_FRAME_OK;
  }
  if (layout->overflow)
    return DAVE_FRAME_TOO_COMPLEX;
  return layout->length > 0 ? DAVE_FRAME_OK : DAVE_FRAME_NOTHING;
}

bool
dave_codec_has_start_codes (DaveCodec codec)
{
  return codec == DAVE_CODEC_H264 || codec == DAVE_CODEC_H265;
}

size_t
dave_codec_growth_max (DaveCodec codec, size_t length)
{
  return dave_codec_has_start_codes (codec) ? length / NAL_MIN : 0;
}
