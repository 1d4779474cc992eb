/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The NAL units of a frame in the byte stream format of Annex B. */

#include "layout.h"

/* [@start, @end) without start code; empty NAL units never come up. */
typedef bool (*DaveNalFunc) (
    const DaveView *frame, size_t start, size_t end, DaveLayout *layout);

/* Has @plan add each NAL unit of @frame, with a start code of four bytes before
 * it: what depacketisers make. False when @plan is, or when the frame is not a
 * byte stream. */
bool dave_annexb_plan (const DaveView *frame, size_t header_size,
    DaveNalFunc plan, DaveLayout *layout);
