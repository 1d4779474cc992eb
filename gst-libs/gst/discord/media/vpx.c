/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "frame.h"

#define VP8_KEYFRAME_HEADER 10
#define VP8_SIZE_MASK 0x3fff /* above it is the scaling */

static uint16_t
read_le16 (const uint8_t *data)
{
  return (uint16_t) (data[0] | data[1] << 8);
}

/* RFC 6386, 9.1 */
MediaFrameResult
media_vp8_parse (MediaFrame *self, const uint8_t *data, size_t length)
{
  self->keyframe = (data[0] & 1) == 0;
  if (!self->keyframe)
    return MEDIA_FRAME_OK;
  if (length < VP8_KEYFRAME_HEADER || data[3] != 0x9d || data[4] != 0x01
      || data[5] != 0x2a)
    return MEDIA_FRAME_MALFORMED;
  self->width = read_le16 (data + 6) & VP8_SIZE_MASK;
  self->height = read_le16 (data + 8) & VP8_SIZE_MASK;
  return MEDIA_FRAME_OK;
}

/* The bits of an uncompressed header; behind the end they are 0. */
typedef struct
{
  const uint8_t *data;
  size_t length;
  size_t at;
} Bits;

static uint32_t
take (Bits *bits, unsigned n)
{
  uint32_t value = 0;

  for (; n > 0; n--, bits->at++) {
    size_t byte = bits->at / 8;
    unsigned bit = 0;

    if (byte < bits->length)
      bit = bits->data[byte] >> (7 - bits->at % 8) & 1;
    value = value << 1 | bit;
  }
  return value;
}

#define VP9_FRAME_MARKER 2
#define VP9_SYNC_CODE 0x498342
#define VP9_COLOR_SPACE_RGB 7

/* VP9 bitstream specification, 7.2.2; only how long it is matters here. */
static void
skip_color_config (Bits *bits, unsigned profile)
{
  if (profile >= 2)
    take (bits, 1);
  if (take (bits, 3) != VP9_COLOR_SPACE_RGB) {
    take (bits, 1);
    if (profile == 1 || profile == 3)
      take (bits, 3);
  } else if (profile == 1 || profile == 3) {
    take (bits, 1);
  }
}

/* VP9 bitstream specification, 6.2. What cannot be read is sent as predicted
 * (media-transport 6.5). */
MediaFrameResult
media_vp9_parse (MediaFrame *self, const uint8_t *data, size_t length)
{
  Bits bits = { data, length, 0 };
  unsigned profile;

  self->inter_predicted = true;
  if (take (&bits, 2) != VP9_FRAME_MARKER)
    return MEDIA_FRAME_OK;
  profile = take (&bits, 1);
  profile |= take (&bits, 1) << 1;
  if (profile == 3)
    take (&bits, 1);
  if (take (&bits, 1) != 0) /* show_existing_frame */
    return MEDIA_FRAME_OK;
  if (take (&bits, 1) != 0) /* frame_type: not a keyframe */
    return MEDIA_FRAME_OK;
  take (&bits, 2); /* show_frame, error_resilient_mode */
  if (take (&bits, 24) != VP9_SYNC_CODE)
    return MEDIA_FRAME_OK;
  skip_color_config (&bits, profile);

  self->keyframe = true;
  self->inter_predicted = false;
  self->width = (uint16_t) (take (&bits, 16) + 1);
  self->height = (uint16_t) (take (&bits, 16) + 1);
  return MEDIA_FRAME_OK;
}
