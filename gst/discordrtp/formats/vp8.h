/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* VP8 payload descriptor (RFC 7741, 4.2) */

#define VP8_EXTENDED 0x80
#define VP8_START 0x10
#define VP8_PARTITION_MASK 0x07

#define VP8_PICTURE_ID 0x80
#define VP8_TL0PICIDX 0x40
#define VP8_TID 0x20
#define VP8_KEYIDX 0x10

#define VP8_PICTURE_ID_LONG 0x80

/* RFC 6386, 9.1 */
#define VP8_FRAME_IS_DELTA 0x01
