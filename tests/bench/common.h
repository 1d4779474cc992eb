/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the benchmarks share: rows, figures of a process, samples of a
 * distribution, and the Opus frames that all contenders send. */

#include <glib.h>

G_BEGIN_DECLS

/* Says why on stderr and ends the process with 1: a run that did not do what
 * its row says must not leave a row. Any thread. */
void bench_fail (const char *format, ...) G_GNUC_PRINTF (1, 2) G_NORETURN;

/* Parses @entries or fails. */
void bench_parse_options (
    int *argc, char ***argv, const GOptionEntry *entries, const char *summary);

/* Fails unless something can be measured in that time. */
void bench_check_seconds (double seconds);

/* One JSON object on a line of stdout. */
typedef struct _BenchRow BenchRow;

BenchRow *bench_row_new (const char *bench, const char *name);
void bench_row_add_int (BenchRow *row, const char *key, gint64 value);
/* Three significant digits, or as many as the integer part has. */
void bench_row_add_number (BenchRow *row, const char *key, double value);
void bench_row_add_text (BenchRow *row, const char *key, const char *value);
/* Prints and frees. */
void bench_row_finish (BenchRow *row);

/* Of the calling process. */
typedef struct
{
  gint64 cpu_us; /* user and system */
  gint64 switches; /* voluntary: how often a thread went to sleep */
  gint64 rss_kib;
  gint64 threads;
} BenchUsage;

void bench_usage_read (BenchUsage *usage);
/* As many descriptors as allowed. */
void bench_prepare_process (void);

/* CLOCK_MONOTONIC in nanoseconds, what GStreamer's system clock counts too. */
gint64 bench_now (void);
void bench_sleep_until (gint64 ns);

/* Values of a distribution, in nanoseconds. */
typedef struct
{
  GArray *values; /* gint64 */
} BenchSamples;

void bench_samples_init (BenchSamples *samples);
void bench_samples_clear (BenchSamples *samples);
void bench_samples_add (BenchSamples *samples, gint64 value);
/* To be called before any of the below. */
void bench_samples_sort (BenchSamples *samples);
/* The smallest value that @share of all do not exceed. */
gint64 bench_samples_quantile (const BenchSamples *samples, double share);
/* How many are at most @limit away from @centre, in percent. */
double bench_samples_within (
    const BenchSamples *samples, gint64 centre, gint64 limit);

/* The input of every contender: stereo CELT frames of 20 ms at 64 kbit/s, made
 * up but for the first byte (RFC 6716 3.1). Nobody decodes them; they name the
 * stream and the position they are from. */
#define BENCH_FRAME_SIZE 160
#define BENCH_FRAME_NS (20 * G_GINT64_CONSTANT (1000000))
#define BENCH_FRAMES_PER_SECOND 50

void bench_frame_write (
    guint8 frame[BENCH_FRAME_SIZE], guint32 stream, guint64 index);
/* FALSE when it is another one, of silence for instance. */
gboolean bench_frame_read (
    const guint8 *frame, gsize size, guint32 *stream, guint64 *index);

/* The same from a plain RTP packet. */
gboolean bench_rtp_read (
    const guint8 *packet, gsize size, guint32 *stream, guint64 *index);

G_END_DECLS
