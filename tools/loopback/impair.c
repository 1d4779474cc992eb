/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "impair.h"

#include <string.h>

/* How long an overtaken datagram is held: longer than the next two of a 20 ms
 * stream take, shorter than anybody's patience. */
#define REORDER_MS 45

typedef struct
{
  gint64 due;
  guint64 order;
  LbParcel parcel;
  guint8 data[];
} Held;

struct _LbImpair
{
  LbCore *core;
  const LbPath *path;
  LbImpairCallbacks callbacks;
  gpointer owner;
  GSequence *held; /* Held by due time, then arrival */
  guint64 order;
  GSource *timer;
};

LbImpair *
lb_impair_new (LbCore *core, const LbPath *path,
    const LbImpairCallbacks *callbacks, gpointer owner)
{
  LbImpair *self = g_new0 (LbImpair, 1);

  self->core = core;
  self->path = path;
  self->callbacks = *callbacks;
  self->owner = owner;
  self->held = g_sequence_new (g_free);
  return self;
}

void
lb_impair_free (LbImpair *self)
{
  lb_source_clear (&self->timer);
  g_sequence_free (self->held);
  g_free (self);
}

static gint
compare_held (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Held *x = a, *y = b;

  if (x->due != y->due)
    return x->due < y->due ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

static gboolean
release_due (gpointer user_data)
{
  LbImpair *self = user_data;
  gint64 now = g_get_monotonic_time ();

  while (!g_sequence_is_empty (self->held)) {
    GSequenceIter *iter = g_sequence_get_begin_iter (self->held);
    Held *first = g_sequence_get (iter);
    LbParcel parcel;
    g_autofree guint8 *data = NULL;

    if (first->due > now)
      break;
    parcel = first->parcel;
    data = g_memdup2 (first->data, parcel.length);
    parcel.data = data;
    g_sequence_remove (iter);
    self->callbacks.deliver (&parcel, self->owner);
  }
  if (g_sequence_is_empty (self->held))
    g_source_set_ready_time (self->timer, -1);
  else
    g_source_set_ready_time (self->timer,
        ((Held *) g_sequence_get (g_sequence_get_begin_iter (self->held)))
            ->due);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_timer (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static void
arm (LbImpair *self, gint64 due)
{
  static GSourceFuncs funcs = { .dispatch = dispatch_timer };

  if (self->timer == NULL) {
    self->timer = g_source_new (&funcs, sizeof (GSource));
    g_source_set_callback (self->timer, release_due, self, NULL);
    g_source_attach (self->timer, self->core->context);
  }
  if (g_source_get_ready_time (self->timer) < 0
      || due < g_source_get_ready_time (self->timer))
    g_source_set_ready_time (self->timer, due);
}

void
lb_impair_hold (LbImpair *self, const LbParcel *parcel, guint ms)
{
  Held *held = g_malloc (sizeof (Held) + parcel->length);

  held->due = g_get_monotonic_time () + ms * G_GINT64_CONSTANT (1000);
  held->order = self->order++;
  held->parcel = *parcel;
  memcpy (held->data, parcel->data, parcel->length);
  g_sequence_insert_sorted (self->held, held, compare_held, NULL);
  arm (self, held->due);
}

static void
pass_late (LbImpair *self, const LbParcel *parcel)
{
  const LbPath *path = self->path;
  guint ms = (guint) path->delay;

  if (path->jitter > 0)
    ms += (guint) g_rand_int_range (self->core->rand, 0, path->jitter + 1);
  if (lb_core_chance (self->core, path->reorder))
    ms += REORDER_MS;
  if (ms > 0)
    lb_impair_hold (self, parcel, ms);
  else
    self->callbacks.deliver (parcel, self->owner);
}

static void
pass_damaged (LbImpair *self, const LbParcel *parcel)
{
  g_autofree guint8 *data = g_memdup2 (parcel->data, parcel->length);
  LbParcel damaged = *parcel;
  guint bit;

  if (parcel->length == 0)
    return;
  bit = (guint) g_rand_int_range (
      self->core->rand, 0, (gint32) parcel->length * 8);
  data[bit / 8] ^= (guint8) (1u << (bit % 8));
  damaged.data = data;
  damaged.damaged = TRUE;
  pass_late (self, &damaged);
}

void
lb_impair_pass (LbImpair *self, const LbParcel *parcel)
{
  const LbPath *path = self->path;

  if (lb_core_chance (self->core, path->loss)) {
    self->callbacks.lost (parcel, self->owner);
    return;
  }
  if (lb_core_chance (self->core, path->corrupt)) {
    /* What was decrypted already would not have passed the tag. */
    if (parcel->ssrc != 0)
      self->callbacks.lost (parcel, self->owner);
    else
      pass_damaged (self, parcel);
    return;
  }
  pass_late (self, parcel);
  if (lb_core_chance (self->core, path->duplicate))
    pass_late (self, parcel);
}
