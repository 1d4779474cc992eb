/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Timing of things that take nanoseconds to milliseconds. */

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Nanoseconds. */
static inline gint64
timing_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static inline int
timing_compare (const void *a, const void *b)
{
  const gdouble x = *(const gdouble *) a, y = *(const gdouble *) b;

  return (x > y) - (x < y);
}

/* Sorts them. */
static inline gdouble
timing_median (gdouble *values, guint n)
{
  qsort (values, n, sizeof *values, timing_compare);
  return values[n / 2];
}
