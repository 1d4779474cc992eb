/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* AV1 aggregation header (RTP payload format for AV1 1.0, 4.4) */

#define AV1_CONTINUES 0x80 /* Z: the first element */
#define AV1_GOES_ON 0x40 /* Y: the last element */
#define AV1_COUNT_SHIFT 4 /* W */
#define AV1_COUNT(header) (((header) >> AV1_COUNT_SHIFT) & 3u)
#define AV1_COUNT_MAX 3
#define AV1_NEW_SEQUENCE 0x08 /* N */

#define AV1_OBU_HAS_SIZE 0x02
