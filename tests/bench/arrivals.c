/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arrivals.h"

#include "common.h"

typedef struct
{
  guint32 stream;
  BenchArrival arrival;
} Entry;

struct _BenchArrivals
{
  /* Guards the fields below. A leaf. */
  GMutex lock;
  guint64 count;
  GArray *entries; /* NULL: times are not kept */
};

BenchArrivals *
bench_arrivals_new (void)
{
  BenchArrivals *self = g_new0 (BenchArrivals, 1);

  g_mutex_init (&self->lock);
  return self;
}

void
bench_arrivals_free (BenchArrivals *self)
{
  if (self->entries != NULL)
    g_array_unref (self->entries);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
bench_arrivals_add (BenchArrivals *self, const guint8 *packet, gsize size)
{
  Entry entry = { 0, { 0, bench_now () } };

  g_mutex_lock (&self->lock);
  self->count++;
  if (self->entries != NULL
      && bench_rtp_read (packet, size, &entry.stream, &entry.arrival.index))
    g_array_append_val (self->entries, entry);
  g_mutex_unlock (&self->lock);
}

guint64
bench_arrivals_get_count (BenchArrivals *self)
{
  guint64 count;

  g_mutex_lock (&self->lock);
  count = self->count;
  g_mutex_unlock (&self->lock);
  return count;
}

void
bench_arrivals_record (BenchArrivals *self)
{
  g_mutex_lock (&self->lock);
  if (self->entries == NULL)
    self->entries = g_array_sized_new (FALSE, FALSE, sizeof (Entry), 100000);
  g_mutex_unlock (&self->lock);
}

char *
bench_arrivals_dup_text (BenchArrivals *self, guint32 stream)
{
  GString *text = g_string_new (NULL);

  g_mutex_lock (&self->lock);
  for (guint i = 0; self->entries != NULL && i < self->entries->len; i++) {
    const Entry *entry = &g_array_index (self->entries, Entry, i);

    if (entry->stream == stream)
      g_string_append_printf (text,
          "%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " ", entry->arrival.index,
          entry->arrival.time_ns);
  }
  g_mutex_unlock (&self->lock);
  return g_string_free (text, FALSE);
}

GArray *
bench_arrivals_parse (const char *text)
{
  GArray *arrivals = g_array_new (FALSE, FALSE, sizeof (BenchArrival));

  while (*text != '\0') {
    BenchArrival arrival;
    char *end;

    arrival.index = g_ascii_strtoull (text, &end, 10);
    arrival.time_ns = g_ascii_strtoll (end, &end, 10);
    g_array_append_val (arrivals, arrival);
    text = end + 1;
  }
  return arrivals;
}
