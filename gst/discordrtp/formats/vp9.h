/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* VP9 payload descriptor (RFC 9628, 4.2) */

#define VP9_PICTURE_ID 0x80
#define VP9_INTER_PREDICTED 0x40
#define VP9_LAYERS 0x20
#define VP9_FLEXIBLE 0x10
#define VP9_BEGIN 0x08
#define VP9_END 0x04
#define VP9_SCALABILITY 0x02

#define VP9_PICTURE_ID_LONG 0x80
#define VP9_REFERENCE_MORE 0x01

#define VP9_SS_SPATIAL_LAYERS(byte) (((byte) >> 5) + 1u)
#define VP9_SS_SIZES 0x10
#define VP9_SS_GROUP 0x08
#define VP9_SS_REFERENCES(byte) (((byte) >> 2) & 3u)
