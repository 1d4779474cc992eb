/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "frame.h"

#include "../dave/frame/obu.h"

#include <string.h>

#define OBU_HAS_SIZE 0x02
/* AV1 specification 5.5.1 and 5.9.2: in the first byte of the payload. */
#define SEQUENCE_REDUCED 0x08
#define FRAME_SHOW_EXISTING 0x80
#define FRAME_TYPE(byte) (((byte) >> 5) & 3)
#define FRAME_TYPE_KEY 0

/* What the frame is told by the sequence header and the first frame header. */
typedef struct
{
  bool has_sequence;
  bool is_reduced; /* every frame is a keyframe */
  bool has_frame;
} Facts;

static void
look_at (MediaFrame *self, Facts *facts, unsigned type, uint8_t byte)
{
  if (type == DAVE_OBU_SEQUENCE_HEADER) {
    facts->has_sequence = true;
    facts->is_reduced = (byte & SEQUENCE_REDUCED) != 0;
    return;
  }
  if (type != DAVE_OBU_FRAME && type != DAVE_OBU_FRAME_HEADER)
    return;
  if (!facts->has_frame && facts->has_sequence)
    self->keyframe = facts->is_reduced
        || ((byte & FRAME_SHOW_EXISTING) == 0
            && FRAME_TYPE (byte) == FRAME_TYPE_KEY);
  facts->has_frame = true;
}

/* A size in its shortest form. The last OBU will have none. */
static bool
add_obu (MediaFrame *self, const DaveObu *obu, size_t at)
{
  uint8_t bytes[MEDIA_PREFIX_MAX];
  size_t n = obu->header_size;

  memcpy (bytes, obu->header, n);
  bytes[0] |= OBU_HAS_SIZE;
  n += dave_uleb128_write (bytes + n, obu->payload_size);
  return media_frame_add_unit (
      self, at + obu->payload, obu->payload_size, bytes, n);
}

static void
strip_size (MediaUnit *unit)
{
  unit->n_prefix -= (uint8_t) dave_uleb128_size (unit->length);
  unit->prefix[0] &= (uint8_t) ~OBU_HAS_SIZE;
}

MediaFrameResult
media_av1_parse (MediaFrame *self, const uint8_t *data, size_t length)
{
  Facts facts = { 0 };
  DaveObu obu;

  for (size_t at = 0; at < length; at += obu.payload + obu.payload_size) {
    if (!dave_obu_read (&obu, data + at, length - at))
      return MEDIA_FRAME_MALFORMED;
    /* Nothing else is empty (5.3.1), and the last one must not be: it would be
     * a header without anything behind. */
    if (!dave_obu_is_sent (obu.header[0]) || obu.payload_size == 0)
      continue;
    if (!add_obu (self, &obu, at))
      return MEDIA_FRAME_TOO_COMPLEX;
    look_at (
        self, &facts, DAVE_OBU_TYPE (obu.header[0]), data[at + obu.payload]);
  }
  if (self->n_units == 0)
    return MEDIA_FRAME_NOTHING;
  strip_size (&self->units[self->n_units - 1]);
  return MEDIA_FRAME_OK;
}

size_t
media_av1_write_temporal_unit (const uint8_t *data, size_t length, uint8_t *out)
{
  static const uint8_t delimiter[] = {
    DAVE_OBU_TEMPORAL_DELIMITER << 3 | OBU_HAS_SIZE, 0
  };
  MediaFrame frame;
  MediaUnit *last;

  if (media_frame_parse (&frame, DAVE_CODEC_AV1, data, length)
      != MEDIA_FRAME_OK)
    return 0;
  last = &frame.units[frame.n_units - 1];
  last->prefix[0] |= OBU_HAS_SIZE;
  last->n_prefix += (uint8_t) dave_uleb128_write (
      last->prefix + last->n_prefix, last->length);
  memcpy (out, delimiter, sizeof delimiter);
  media_frame_write (&frame, data, length, out + sizeof delimiter);
  return sizeof delimiter + media_frame_size (&frame, length);
}
