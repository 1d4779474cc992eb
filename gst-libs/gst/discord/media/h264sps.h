/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The sequence parameter sets of H.264. Receivers that are WebRTC rewrite one
 * that does not say that pictures come in order, and then it is not what the
 * sender encrypted (media-transport 6.1). So it says so before. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A longer one stays as it is. */
#define MEDIA_SPS_MAX 256
/* The most by which one can grow: all of a VUI, and emulation prevention. */
#define MEDIA_SPS_ROOM (2 * MEDIA_SPS_MAX)

/* Rewrites the NAL unit @sps to @out, which has room for MEDIA_SPS_ROOM bytes,
 * and returns its new size. 0 when it is fine as it is, or cannot be read. */
size_t media_h264_sps_rewrite (const uint8_t *sps, size_t length, uint8_t *out);
