/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Processes that send and that see end-to-end encrypted 1080p30, one each in the
 * channel, made of the frames of a file (videoframes.h). Those are numbered from
 * 0 in the order in which they are made. */

#include "common.h"
#include "peer.h"

G_BEGIN_DECLS

/* discordvoicesink, which begins a keyframe when it is asked for one. Arguments:
 * gateway URL, file, codec. Requests:
 *   start      plays, answers when it sends
 *   pid        of the process
 *   bitrate    bit/s of the frames
 *   sent A B   how many of the frames from A on and before B left
 *   usage      what the process used so far, see BenchWorkerUsage */
#define BENCH_ROLE_SEND_VIDEO "send-video"

/* discordvoicesrc, which fails when a frame is not what was sent. Arguments:
 * gateway URL, file, codec. Requests:
 *   start          plays
 *   wait N         until frame N came, or a later one; answers with the last
 *   delivered A B  how many of those came
 *   left-out A B   how many, that came between these two, a keyframe was
 *                  missing for
 *   decode         what came from the beginning on: frames, pictures, errors */
#define BENCH_ROLE_SEE_VIDEO "see-video"

#define BENCH_VIDEO_ROLES                                                      \
  { BENCH_ROLE_SEND_VIDEO, bench_send_video_main },                            \
  {                                                                            \
    BENCH_ROLE_SEE_VIDEO, bench_see_video_main                                 \
  }

int bench_send_video_main (int argc, char **argv);
int bench_see_video_main (int argc, char **argv);

/* For those who ask: a number in an answer to "NAME A B". */
gint64 bench_video_ask_range (
    BenchPeer *worker, const char *request, gint64 from, gint64 to);

G_END_DECLS
