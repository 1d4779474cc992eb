/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "frame.h"

#include <string.h>

const char *
media_frame_result_name (MediaFrameResult result)
{
  switch (result) {
    case MEDIA_FRAME_OK:
      return "ok";
    case MEDIA_FRAME_MALFORMED:
      return "malformed";
    case MEDIA_FRAME_NOTHING:
      return "nothing-to-send";
    case MEDIA_FRAME_TOO_COMPLEX:
      return "too-many-units";
  }
  return "unknown";
}

static MediaFrameResult
parse (MediaFrame *self, DaveCodec codec, const uint8_t *data, size_t length)
{
  switch (codec) {
    case DAVE_CODEC_VP8:
      return media_vp8_parse (self, data, length);
    case DAVE_CODEC_VP9:
      return media_vp9_parse (self, data, length);
    case DAVE_CODEC_H264:
      return media_h264_parse (self, data, length);
    case DAVE_CODEC_H265:
      return media_h265_parse (self, data, length);
    case DAVE_CODEC_AV1:
      return media_av1_parse (self, data, length);
    case DAVE_CODEC_OPUS:
    case DAVE_CODEC_UNKNOWN:
      break;
  }
  return MEDIA_FRAME_OK;
}

MediaFrameResult
media_frame_parse (
    MediaFrame *self, DaveCodec codec, const uint8_t *data, size_t length)
{
  self->keyframe = false;
  self->inter_predicted = false;
  self->width = 0;
  self->height = 0;
  self->n_units = 0;
  self->n_rewritten = 0;
  if (length == 0)
    return MEDIA_FRAME_NOTHING;
  if (length > DAVE_FRAME_SIZE_MAX)
    return MEDIA_FRAME_MALFORMED;
  return parse (self, codec, data, length);
}

bool
media_frame_add_unit (MediaFrame *self, size_t source, size_t length,
    const uint8_t *prefix, size_t n_prefix)
{
  MediaUnit *unit;

  if (self->n_units == MEDIA_UNITS_MAX)
    return false;
  unit = &self->units[self->n_units++];
  unit->source = (uint32_t) source;
  unit->length = (uint32_t) length;
  unit->is_rewritten = false;
  unit->n_prefix = (uint8_t) n_prefix;
  memcpy (unit->prefix, prefix, n_prefix);
  return true;
}

size_t
media_frame_size (const MediaFrame *self, size_t length)
{
  size_t size = 0;

  if (self->n_units == 0)
    return length;
  for (size_t i = 0; i < self->n_units; i++)
    size += self->units[i].n_prefix + self->units[i].length;
  return size;
}

bool
media_frame_is_canonical (
    const MediaFrame *self, const uint8_t *data, size_t length)
{
  size_t at = 0;

  for (size_t i = 0; i < self->n_units; i++) {
    const MediaUnit *unit = &self->units[i];

    if (unit->is_rewritten || unit->source != at + unit->n_prefix
        || memcmp (data + at, unit->prefix, unit->n_prefix) != 0)
      return false;
    at = (size_t) unit->source + unit->length;
  }
  return self->n_units == 0 || at == length;
}

void
media_frame_write (
    const MediaFrame *self, const uint8_t *data, size_t length, uint8_t *out)
{
  if (self->n_units == 0)
    memcpy (out, data, length);
  for (size_t i = 0; i < self->n_units; i++) {
    const MediaUnit *unit = &self->units[i];
    const uint8_t *from = unit->is_rewritten ? self->rewritten : data;

    memcpy (out, unit->prefix, unit->n_prefix);
    out += unit->n_prefix;
    memcpy (out, from + unit->source, unit->length);
    out += unit->length;
  }
}

bool
media_frame_prefix_is_in_unit (DaveCodec codec)
{
  return codec == DAVE_CODEC_AV1;
}
