/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define FRAME_TOC 0xfc /* CELT, full band, 20 ms, stereo, one frame */
#define RTP_HEADER_SIZE 12

void
bench_fail (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  fprintf (stderr, "bench: %s\n", text);
  fflush (NULL);
  /* Other threads may be anywhere: no handlers, no destructors. */
  _exit (1);
}

void
bench_parse_options (
    int *argc, char ***argv, const GOptionEntry *entries, const char *summary)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    bench_fail ("%s", error->message);
  if (*argc > 1)
    bench_fail ("unexpected argument %s", (*argv)[1]);
}

void
bench_check_seconds (double seconds)
{
  if (!(seconds >= 1 && seconds <= 86400))
    bench_fail ("%g: not between a second and a day", seconds);
}

struct _BenchRow
{
  GString *text;
};

static void
append_string (GString *text, const char *value)
{
  g_string_append_c (text, '"');
  for (; *value != '\0'; value++) {
    if (*value == '"' || *value == '\\')
      g_string_append_c (text, '\\');
    g_string_append_c (text, *value);
  }
  g_string_append_c (text, '"');
}

static void
append_key (BenchRow *row, const char *key)
{
  g_string_append_c (row->text, ',');
  append_string (row->text, key);
  g_string_append_c (row->text, ':');
}

BenchRow *
bench_row_new (const char *bench, const char *name)
{
  BenchRow *row = g_new0 (BenchRow, 1);

  row->text = g_string_new ("{\"bench\":");
  append_string (row->text, bench);
  bench_row_add_text (row, "case", name);
  return row;
}

void
bench_row_add_int (BenchRow *row, const char *key, gint64 value)
{
  append_key (row, key);
  g_string_append_printf (row->text, "%" G_GINT64_FORMAT, value);
}

void
bench_row_add_number (BenchRow *row, const char *key, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  append_key (row, key);
  g_ascii_formatd (
      number, sizeof number, fabs (value) < 100 ? "%.3g" : "%.0f", value);
  g_string_append (row->text, number);
}

void
bench_row_add_text (BenchRow *row, const char *key, const char *value)
{
  append_key (row, key);
  append_string (row->text, value);
}

void
bench_row_finish (BenchRow *row)
{
  printf ("%s}\n", row->text->str);
  fflush (stdout);
  g_string_free (row->text, TRUE);
  g_free (row);
}

static gint64
to_us (struct timeval time)
{
  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_usec;
}

static gint64
read_status (const char *status, const char *name)
{
  const char *line = strstr (status, name);

  if (line == NULL)
    bench_fail ("no %s in /proc/self/status", name);
  return g_ascii_strtoll (line + strlen (name), NULL, 10);
}

void
bench_usage_read (BenchUsage *usage)
{
  g_autofree char *status = NULL;
  struct rusage resources;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL)
      || getrusage (RUSAGE_SELF, &resources) != 0)
    bench_fail ("cannot read what this process used");
  usage->cpu_us = to_us (resources.ru_utime) + to_us (resources.ru_stime);
  usage->switches = resources.ru_nvcsw;
  usage->rss_kib = read_status (status, "\nVmRSS:");
  usage->threads = read_status (status, "\nThreads:");
}

void
bench_prepare_process (void)
{
  struct rlimit limit;

  /* A sender needs about twenty descriptors. */
  if (getrlimit (RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
  }
}

gint64
bench_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

void
bench_sleep_until (gint64 ns)
{
  struct timespec until = { ns / 1000000000, ns % 1000000000 };

  while (
      clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
    continue;
}

void
bench_samples_init (BenchSamples *samples)
{
  samples->values = g_array_new (FALSE, FALSE, sizeof (gint64));
}

void
bench_samples_clear (BenchSamples *samples)
{
  g_array_unref (samples->values);
}

void
bench_samples_add (BenchSamples *samples, gint64 value)
{
  g_array_append_val (samples->values, value);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return x < y ? -1 : x > y;
}

void
bench_samples_sort (BenchSamples *samples)
{
  if (samples->values->len == 0)
    bench_fail ("nothing was measured");
  g_array_sort (samples->values, compare);
}

gint64
bench_samples_quantile (const BenchSamples *samples, double share)
{
  guint n = samples->values->len;
  guint rank = (guint) ceil (share * n);

  return g_array_index (samples->values, gint64, CLAMP (rank, 1, n) - 1);
}

double
bench_samples_within (const BenchSamples *samples, gint64 centre, gint64 limit)
{
  guint n = 0;

  for (guint i = 0; i < samples->values->len; i++) {
    gint64 value = g_array_index (samples->values, gint64, i);

    n += ABS (value - centre) <= limit;
  }
  return 100.0 * n / samples->values->len;
}

void
bench_frame_write (
    guint8 frame[BENCH_FRAME_SIZE], guint32 stream, guint64 index)
{
  stream = GUINT32_TO_BE (stream);
  index = GUINT64_TO_BE (index);
  memset (frame, 0x5a, BENCH_FRAME_SIZE);
  frame[0] = FRAME_TOC;
  memcpy (frame + 1, &stream, 4);
  memcpy (frame + 5, &index, 8);
}

gboolean
bench_frame_read (
    const guint8 *frame, gsize size, guint32 *stream, guint64 *index)
{
  if (size != BENCH_FRAME_SIZE || frame[0] != FRAME_TOC)
    return FALSE;
  memcpy (stream, frame + 1, 4);
  memcpy (index, frame + 5, 8);
  *stream = GUINT32_FROM_BE (*stream);
  *index = GUINT64_FROM_BE (*index);
  return TRUE;
}

gboolean
bench_rtp_read (
    const guint8 *packet, gsize size, guint32 *stream, guint64 *index)
{
  gsize offset = RTP_HEADER_SIZE;

  if (size < offset)
    return FALSE;
  offset += 4u * (packet[0] & 0x0f);
  if (packet[0] & 0x10) {
    if (size < offset + 4)
      return FALSE;
    offset += 4 + 4u * (packet[offset + 2] << 8 | packet[offset + 3]);
  }
  return size >= offset
      && bench_frame_read (packet + offset, size - offset, stream, index);
}
