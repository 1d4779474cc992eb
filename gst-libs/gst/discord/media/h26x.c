/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "frame.h"

#include "../dave/frame/annexb.h"

/* Rec. ITU-T H.264 table 7-1 and H.265 table 7-1. What RTP has uses of its own
 * for, or none at all (RFC 6184 5.2, RFC 7798 4.4), cannot be sent. */
#define H264_TYPE(header) ((header) &0x1f)
#define H264_FIRST 1
#define H264_IDR 5
#define H264_SPS 7
#define H264_FILLER 12
#define H264_LAST 23
#define H264_HEADER 1

#define H265_TYPE(header) (((header) >> 1) & 0x3f)
#define H265_IRAP_FIRST 16
#define H265_IRAP_LAST 23
#define H265_FILLER 38
#define H265_LAST 47
#define H265_HEADER 2

typedef struct
{
  size_t header_size;
  bool (*is_sent) (uint8_t header);
  bool (*is_keyframe) (uint8_t header);
  bool (*is_sps) (uint8_t header); /* of those to be rewritten; may be NULL */
} Codec;

static bool
h264_is_sent (uint8_t header)
{
  unsigned type = H264_TYPE (header);

  return type >= H264_FIRST && type <= H264_LAST && type != H264_FILLER;
}

static bool
h264_is_keyframe (uint8_t header)
{
  return H264_TYPE (header) == H264_IDR;
}

static bool
h264_is_sps (uint8_t header)
{
  return H264_TYPE (header) == H264_SPS;
}

static bool
h265_is_sent (uint8_t header)
{
  return H265_TYPE (header) <= H265_LAST && H265_TYPE (header) != H265_FILLER;
}

static bool
h265_is_keyframe (uint8_t header)
{
  return H265_TYPE (header) >= H265_IRAP_FIRST
      && H265_TYPE (header) <= H265_IRAP_LAST;
}

/* A NAL unit ends in a byte that is not zero; what follows is padding of the
 * byte stream (trailing_zero_8bits, Annex B). */
static size_t
trim (const uint8_t *data, size_t start, size_t end)
{
  while (end > start && data[end - 1] == 0)
    end--;
  return end;
}

/* False when there are too many. */
static bool
rewrite_sps (MediaFrame *self, const uint8_t *data, MediaUnit *unit)
{
  size_t size;

  if (MEDIA_REWRITTEN_MAX - self->n_rewritten < MEDIA_SPS_ROOM)
    return false;
  size = media_h264_sps_rewrite (
      data + unit->source, unit->length, self->rewritten + self->n_rewritten);
  if (size == 0)
    return true;
  unit->is_rewritten = true;
  unit->source = (uint32_t) self->n_rewritten;
  unit->length = (uint32_t) size;
  self->n_rewritten += size;
  return true;
}

static MediaFrameResult
parse (MediaFrame *self, const Codec *codec, const uint8_t *data, size_t length)
{
  static const uint8_t start_code[] = { 0, 0, 0, 1 };
  DaveSegment segment = { (uint8_t *) data, length };
  DaveView view = { &segment, 1, length };
  DaveAnnexb annexb;
  DaveNal nal;

  if (!dave_annexb_begin (&annexb, &view, codec->header_size))
    return MEDIA_FRAME_MALFORMED;
  while (dave_annexb_next (&annexb, &nal)) {
    uint8_t header = data[nal.start];
    size_t size = trim (data, nal.start, nal.end) - nal.start;

    if (size < codec->header_size || !codec->is_sent (header))
      continue;
    if (!media_frame_add_unit (
            self, nal.start, size, start_code, sizeof start_code))
      return MEDIA_FRAME_TOO_COMPLEX;
    if (codec->is_sps != NULL && codec->is_sps (header)
        && !rewrite_sps (self, data, &self->units[self->n_units - 1]))
      return MEDIA_FRAME_TOO_COMPLEX;
    self->keyframe |= codec->is_keyframe (header);
  }

  /* dave_annexb_next() skips a last NAL unit of one byte; trimming can make
   * one. */
  while (self->n_units > 0 && self->units[self->n_units - 1].length == 1)
    self->n_units--;
  return self->n_units > 0 ? MEDIA_FRAME_OK : MEDIA_FRAME_NOTHING;
}

MediaFrameResult
media_h264_parse (MediaFrame *self, const uint8_t *data, size_t length)
{
  static const Codec codec = { H264_HEADER, h264_is_sent, h264_is_keyframe,
    h264_is_sps };

  return parse (self, &codec, data, length);
}

MediaFrameResult
media_h265_parse (MediaFrame *self, const uint8_t *data, size_t length)
{
  static const Codec codec = { H265_HEADER, h265_is_sent, h265_is_keyframe,
    NULL };

  return parse (self, &codec, data, length);
}
