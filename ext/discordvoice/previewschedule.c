/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "previewschedule.h"

void
preview_schedule_init (PreviewSchedule *self, const PreviewTimes *times)
{
  *self = (PreviewSchedule){ .times = *times };
}

void
preview_schedule_set_times (PreviewSchedule *self, const PreviewTimes *times)
{
  self->times = *times;
}

void
preview_schedule_created (PreviewSchedule *self)
{
  self->gone = FALSE;
}

void
preview_schedule_start (PreviewSchedule *self, gint64 now)
{
  if (self->running)
    return;
  self->running = TRUE;
  self->busy = FALSE;
  self->first = TRUE;
  self->since = now;
}

void
preview_schedule_stop (PreviewSchedule *self)
{
  self->running = FALSE;
  self->busy = FALSE;
}

gint64
preview_schedule_due (const PreviewSchedule *self)
{
  if (!self->running || self->busy || self->gone || self->refused)
    return G_MAXINT64;
  if (self->first)
    return self->since + self->times.start_delay;
  if (self->last == PREVIEW_UPLOADED)
    return self->since + self->times.interval;
  return self->since + self->times.retry_interval;
}

gboolean
preview_schedule_take (PreviewSchedule *self, gint64 now)
{
  if (preview_schedule_due (self) > now)
    return FALSE;
  self->busy = TRUE;
  return TRUE;
}

void
preview_schedule_done (
    PreviewSchedule *self, PreviewOutcome outcome, gint64 now)
{
  /* Else it was forgotten. */
  if (!self->busy)
    return;
  self->refused |= outcome == PREVIEW_REFUSED;
  self->gone |= outcome == PREVIEW_GONE;
  self->busy = FALSE;
  self->first = FALSE;
  self->last = outcome;
  self->since = now;
}
