/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A real encoder's 1080p30, made once and then sent again and again: a keyframe
 * and frames that depend on it, in the form in which they come out of a
 * depayloader. Each carries a number that no decoder looks at. */

#include <gst/gst.h>

G_BEGIN_DECLS

#define BENCH_VIDEO_RATE 30

typedef struct _BenchVideoFrames BenchVideoFrames;

/* @codec: "H264" or "VP8". Encodes into @path, for other processes too. */
void bench_video_frames_make (
    const char *path, const char *codec, guint n, guint bitrate);

/* Of such a file. */
BenchVideoFrames *bench_video_frames_load (const char *path, const char *codec);
void bench_video_frames_free (BenchVideoFrames *self);

/* In the form of an element's property. */
GstCaps *bench_video_frames_get_caps (const BenchVideoFrames *self);
/* bit/s, without the numbers. */
double bench_video_frames_get_bitrate (const BenchVideoFrames *self);
/* What makes pictures of it. */
const char *bench_video_frames_get_decoder (const BenchVideoFrames *self);

/* Frame @index, modulo how many there are, marked with @number. No copy. */
GstBuffer *bench_video_frames_get (
    const BenchVideoFrames *self, guint index, guint32 number);
/* Reads the mark, and fails when there is none. */
guint32 bench_video_frames_read (
    const BenchVideoFrames *self, GstBuffer *frame);
/* The same, and fails unless the frame is byte for byte what was made. */
guint32 bench_video_frames_check (
    const BenchVideoFrames *self, GstBuffer *frame);

G_END_DECLS
