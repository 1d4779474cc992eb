/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sends the frames of a file again and again, 30 in a second, as fast as they are
 * taken; from the keyframe on when somebody downstream asks for one. */

#include "videoframes.h"

G_BEGIN_DECLS

/* @frames: borrowed. */
GstElement *bench_video_source_new (const BenchVideoFrames *frames);

G_END_DECLS
