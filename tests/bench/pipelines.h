/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Pipelines as the benchmarks build them. */

#include <gst/gst.h>

G_BEGIN_DECLS

#define BENCH_GUILD G_GUINT64_CONSTANT (290926798626357000)
#define BENCH_CHANNEL G_GUINT64_CONSTANT (290926798999357000)

/* Pre-encoded Opus as from a file: not live, as fast as it is taken, with
 * timestamps 20 ms apart. @frames: how many before EOS, 0 for no end. */
GstElement *bench_opus_source_new (guint32 stream, guint64 frames);

/* Fails unless the factory exists. */
GstElement *bench_make (const char *factory);

/* An empty pipeline whose first error message ends the benchmark. */
GstElement *bench_pipeline_new (void);
/* Fails unless PLAYING is reached. Live pipelines have it at once. */
void bench_pipeline_wait (GstElement *pipeline);
void bench_pipeline_free (GstElement *pipeline);

#define BENCH_TOKEN_FORMAT "bench-token-%u"

/* discordvoicesink or discordvoicesrc for a member of the stand-in. One token
 * has one connection a guild. */
GstElement *bench_discord_new (const char *factory, const char *url,
    guint token, guint64 guild, guint64 channel);

/* Adds a fakesink that waits for nothing behind @pad, and counts what it got. */
GstElement *bench_sink_new (GstElement *pipeline, GstPad *pad);
guint64 bench_sink_get_count (GstElement *sink);

G_END_DECLS
