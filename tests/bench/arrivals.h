/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* When which frame of which stream arrived, kept at the receiving end and asked
 * for from outside. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BenchArrivals BenchArrivals;

BenchArrivals *bench_arrivals_new (void);
void bench_arrivals_free (BenchArrivals *self);

/* One RTP packet that is here now; what is not of ours counts only. */
void bench_arrivals_add (BenchArrivals *self, const guint8 *packet, gsize size);
/* All packets so far. */
guint64 bench_arrivals_get_count (BenchArrivals *self);
/* From now on times are kept. */
void bench_arrivals_record (BenchArrivals *self);

/* "index time" of each recorded frame of @stream on one line. */
char *bench_arrivals_dup_text (BenchArrivals *self, guint32 stream);

typedef struct
{
  guint64 index;
  gint64 time_ns; /* CLOCK_MONOTONIC */
} BenchArrival;

/* The reverse, an array of BenchArrival. */
GArray *bench_arrivals_parse (const char *text);

G_END_DECLS
