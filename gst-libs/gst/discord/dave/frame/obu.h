/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The headers of AV1 OBUs (AV1 specification 5.3, 6.2). */

#include "uleb128.h"

#include <stdbool.h>

#define DAVE_OBU_HEADER_MAX 2
/* Header and size. */
#define DAVE_OBU_HEAD_MAX (DAVE_OBU_HEADER_MAX + DAVE_ULEB128_MAX)

#define DAVE_OBU_TYPE(header) (((header) >> 3) & 0xf)

enum
{
  DAVE_OBU_SEQUENCE_HEADER = 1,
  DAVE_OBU_TEMPORAL_DELIMITER = 2,
  DAVE_OBU_FRAME_HEADER = 3,
  DAVE_OBU_FRAME = 6,
  DAVE_OBU_TILE_LIST = 8,
  DAVE_OBU_PADDING = 15,
};

typedef struct
{
  uint8_t header[DAVE_OBU_HEADER_MAX];
  size_t header_size;
  size_t payload; /* from the start of the OBU */
  size_t payload_size;
} DaveObu;

/* Reads the OBU at @bytes, of whose stream @left bytes are left, and of those
 * DAVE_OBU_HEAD_MAX or all are there. Without a size it reaches to the end. False
 * when it is cut off. */
bool dave_obu_read (DaveObu *self, const uint8_t *bytes, size_t left);

/* Whether RTP carries OBUs that begin with @header (AV1 RTP payload format,
 * section 5); a receiver would miss them otherwise. */
bool dave_obu_is_sent (uint8_t header);
