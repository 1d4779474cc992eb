/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a worker used per packet during a window. */
#include "sendworkers.h"

#include <stdio.h>

#define MOST_PERCENT 105

char *
bench_worker_format_usage (const BenchUsage *before)
{
  BenchUsage now;

  bench_usage_read (&now);
  return g_strdup_printf ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                          " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                          " %" G_GINT64_FORMAT,
      now.cpu_us, now.switches, now.rss_kib, now.threads, before->rss_kib);
}

void
bench_worker_read_usage (BenchPeer *worker, BenchWorkerUsage *usage)
{
  g_autofree char *answer = bench_peer_ask (worker, "usage");

  if (sscanf (answer,
          "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
          " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
          &usage->now.cpu_us, &usage->now.switches, &usage->now.rss_kib,
          &usage->now.threads, &usage->rss_before_kib)
      != 5)
    bench_fail ("not a usage: %s", answer);
}

void
bench_window_measure (
    BenchWindow *window, BenchPeer *worker, BenchPeer *counter, double seconds)
{
  BenchWorkerUsage start;
  gint64 first = bench_peer_ask_number (counter, "count");
  gint64 begin = bench_now ();

  bench_worker_read_usage (worker, &start);
  bench_sleep_until (begin + (gint64) (seconds * 1e9));
  bench_worker_read_usage (worker, &window->end);
  window->packets = bench_peer_ask_number (counter, "count") - first;
  window->seconds = (double) (bench_now () - begin) / 1e9;
  window->cpu_us = (double) (window->end.now.cpu_us - start.now.cpu_us);
  window->switches = (double) (window->end.now.switches - start.now.switches);
}

void
bench_window_print (const BenchWindow *window, const char *bench,
    const char *name, guint streams, double least_percent)
{
  double packets = (double) window->packets;
  double expected = window->seconds * BENCH_FRAMES_PER_SECOND * streams;
  double delivered = 100 * packets / expected;
  const BenchUsage *now = &window->end.now;
  BenchRow *row;

  /* A packet of each stream more or less is where the window begins and ends;
   * after a stall just before it some make up for lost time. */
  if (packets < expected * least_percent / 100 - streams
      || packets > expected * MOST_PERCENT / 100 + streams)
    bench_fail ("%s: %s: %.1f %% of the packets of %u streams came", bench,
        name, delivered, streams);
  row = bench_row_new (bench, name);
  bench_row_add_int (row, "streams", streams);
  bench_row_add_number (row, "us per packet", window->cpu_us / packets);
  bench_row_add_number (
      row, "% of a core", window->cpu_us / window->seconds / 1e4);
  bench_row_add_number (row, "sleeps per packet", window->switches / packets);
  bench_row_add_number (row, "RSS MiB", (double) now->rss_kib / 1024);
  bench_row_add_number (row, "RSS KiB per stream",
      (double) (now->rss_kib - window->end.rss_before_kib) / streams);
  bench_row_add_int (row, "threads", now->threads);
  bench_row_add_number (row, "arrived %", delivered);
  bench_row_finish (row);
}
