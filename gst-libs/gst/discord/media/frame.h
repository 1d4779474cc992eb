/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What there is to know of an encoded video frame in clear before it is sent,
 * and what has to be changed so that a receiver puts the same bytes together
 * again (media-transport 6.1). Bytes in, facts out. */

#include "../dave/frame/codec.h"
#include "../dave/frame/uleb128.h"
#include "h264sps.h"

/* A bound of ours: what can be sent end-to-end encrypted has far fewer. */
#define MEDIA_UNITS_MAX 1024
/* Start code, or header and size of an OBU. */
#define MEDIA_PREFIX_MAX DAVE_LITERAL_MAX

/* Two parameter sets in a frame are already rare. */
#define MEDIA_REWRITTEN_MAX (2 * MEDIA_SPS_ROOM)

/* A NAL unit or an OBU: @prefix, then @length bytes of the frame, or of what was
 * rewritten, from @source on. */
typedef struct
{
  uint32_t source;
  uint32_t length;
  bool is_rewritten;
  uint8_t n_prefix;
  uint8_t prefix[MEDIA_PREFIX_MAX];
} MediaUnit;

typedef struct
{
  bool keyframe;
  bool inter_predicted; /* VP9 */
  uint16_t width; /* of VP8 and VP9 keyframes */
  uint16_t height;

  /* The frame is its units and nothing else; one without any (VP8, VP9) stays
   * as it is. */
  size_t n_units;
  MediaUnit units[MEDIA_UNITS_MAX];
  size_t n_rewritten;
  uint8_t rewritten[MEDIA_REWRITTEN_MAX];
} MediaFrame;

typedef enum
{
  MEDIA_FRAME_OK,
  MEDIA_FRAME_MALFORMED, /* not what the codec promises */
  MEDIA_FRAME_NOTHING, /* no unit is left to send */
  MEDIA_FRAME_TOO_COMPLEX, /* more than MEDIA_UNITS_MAX units */
} MediaFrameResult;

/* In lower-case-with-dashes, for logs. */
const char *media_frame_result_name (MediaFrameResult result);

/* @length is at most DAVE_FRAME_SIZE_MAX. */
MediaFrameResult media_frame_parse (
    MediaFrame *self, DaveCodec codec, const uint8_t *data, size_t length);

/* Of the canonical form. */
size_t media_frame_size (const MediaFrame *self, size_t length);
/* Whether @data is it already. */
bool media_frame_is_canonical (
    const MediaFrame *self, const uint8_t *data, size_t length);
/* Writes it; @out has room for media_frame_size(). */
void media_frame_write (
    const MediaFrame *self, const uint8_t *data, size_t length, uint8_t *out);

/* Whether the unit itself begins with its prefix: an OBU does, a NAL unit begins
 * behind its start code. */
bool media_frame_prefix_is_in_unit (DaveCodec codec);

/* The most by which a temporal unit is larger than the frame it is of: its
 * delimiter and the size of the last OBU. */
#define MEDIA_TEMPORAL_UNIT_GROWTH (2 + DAVE_ULEB128_MAX)

/* The temporal unit of a frame of AV1, as decoders want it: the other way from
 * the canonical form. Its size, or 0 when the frame is malformed. @out has room
 * for @length and MEDIA_TEMPORAL_UNIT_GROWTH bytes. */
size_t media_av1_write_temporal_unit (
    const uint8_t *data, size_t length, uint8_t *out);

/* For the parsers: false when there are too many. */
bool media_frame_add_unit (MediaFrame *self, size_t source, size_t length,
    const uint8_t *prefix, size_t n_prefix);

MediaFrameResult media_vp8_parse (
    MediaFrame *self, const uint8_t *data, size_t length);
MediaFrameResult media_vp9_parse (
    MediaFrame *self, const uint8_t *data, size_t length);
MediaFrameResult media_h264_parse (
    MediaFrame *self, const uint8_t *data, size_t length);
MediaFrameResult media_h265_parse (
    MediaFrame *self, const uint8_t *data, size_t length);
MediaFrameResult media_av1_parse (
    MediaFrame *self, const uint8_t *data, size_t length);
