/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How the media of an encrypted frame is put together: pieces of the plain frame
 * and bytes that were not there, in order, each clear or encrypted. */

#include "trailer.h"

/* The longest: header and size of an AV1 OBU. */
#define DAVE_LITERAL_MAX 8
/* A bound of ours. Frames in canonical form need two pieces a range; 3-byte
 * start codes two more for each NAL unit. */
#define DAVE_PIECES_MAX 1024

typedef struct
{
  uint32_t source; /* in the plain frame */
  uint32_t length;
  bool clear;
  uint8_t n_literal; /* not 0: these bytes instead, clear */
  uint8_t literal[DAVE_LITERAL_MAX];
} DavePiece;

typedef struct
{
  size_t length; /* of the media */
  bool overflow; /* more than fits here, or into a trailer */
  size_t n_ranges;
  DaveRange ranges[DAVE_RANGES_MAX]; /* the clear ones, in the media */
  size_t n_pieces;
  DavePiece pieces[DAVE_PIECES_MAX];
} DaveLayout;

void dave_layout_reset (DaveLayout *self);

/* Appends @length bytes of the plain frame from @source on. */
void dave_layout_add (
    DaveLayout *self, size_t source, size_t length, bool clear);
/* Appends bytes that the plain frame does not have. */
void dave_layout_add_literal (
    DaveLayout *self, const uint8_t *bytes, size_t length);

/* The clear bytes of @plain, as they will be sent, into @out. */
void dave_layout_copy_clear (
    const DaveLayout *self, const DaveView *plain, const DaveView *out);

/* Makes of the plain frame at the start of @buffer, in place, the media before
 * encryption. @buffer has room for it. */
void dave_layout_rearrange (const DaveLayout *self, const DaveView *buffer);
