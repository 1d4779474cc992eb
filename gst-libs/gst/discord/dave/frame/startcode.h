/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The 00 00 01 in front of every NAL unit of H264 and H265 (Rec. ITU-T H.264
 * and H.265, Annex B). */

#include "view.h"

#define DAVE_START_CODE_SIZE 3

/* The first that lies in [@from, @to) as a whole; @to when there is none.
 * @to is at most the length of @view. */
size_t dave_find_start_code (const DaveView *view, size_t from, size_t to);
