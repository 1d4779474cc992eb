/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The NAL units of a frame in the byte stream format of Annex B. */

#include "layout.h"

typedef struct
{
  size_t code; /* of the 00 00 01 */
  size_t start; /* of the NAL unit behind it, which has a byte at least */
  size_t end;
  size_t behind; /* the end of the NAL unit before */
} DaveNal;

typedef struct
{
  const DaveView *frame;
  size_t code;
  size_t behind;
} DaveAnnexb;

/* False when @frame is not a byte stream of NAL units with headers of
 * @header_size. */
bool dave_annexb_begin (
    DaveAnnexb *self, const DaveView *frame, size_t header_size);
/* False at the end. */
bool dave_annexb_next (DaveAnnexb *self, DaveNal *nal);

/* [@start, @end) without start code; empty NAL units never come up. */
typedef bool (*DaveNalFunc) (
    const DaveView *frame, size_t start, size_t end, DaveLayout *layout);

/* Has @plan add each NAL unit of @frame, with a start code of four bytes before
 * it: what depacketisers make. False when @plan is, or when the frame is not a
 * byte stream. */
bool dave_annexb_plan (const DaveView *frame, size_t header_size,
    DaveNalFunc plan, DaveLayout *layout);
