/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "lateness.h"

void
lateness_init (Lateness *self)
{
  self->running = FALSE;
  self->since = GST_CLOCK_TIME_NONE;
  self->least = GST_CLOCK_TIME_NONE;
}

static gboolean
check_live (
    Lateness *self, GstClockTime late, GstClockTime now, GstClockTime *shift)
{
  if (!self->running) {
    self->running = TRUE;
    self->since = now;
    self->least = late;
    return FALSE;
  }
  self->least = MIN (self->least, late);
  if (now - self->since < LATENESS_PATIENCE)
    return FALSE;
  *shift = self->least;
  lateness_init (self);
  return TRUE;
}

gboolean
lateness_check (Lateness *self, gboolean live, gboolean exact, GstClockTime due,
    GstClockTime now, GstClockTime *shift)
{
  GstClockTime late = now > due ? now - due : 0;

  *shift = 0;
  if (late <= LATENESS_TOLERANCE && !(exact && !live)) {
    lateness_init (self);
    return TRUE;
  }
  if (live)
    return check_live (self, late, now, shift);
  *shift = late;
  return TRUE;
}
