/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* When the preview of a Go Live stream is uploaded (golive 8). Pure state; times
 * are in microseconds. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gint64 start_delay; /* from the start to the first */
  gint64 interval; /* from one that went well to the next */
  gint64 retry_interval; /* after any other */
} PreviewTimes;

typedef enum
{
  PREVIEW_UPLOADED,
  PREVIEW_SKIPPED, /* there is no picture, or the stream is paused */
  PREVIEW_FAILED,
  PREVIEW_GONE, /* HTTP 403, 404: no more of this stream */
  PREVIEW_REFUSED, /* HTTP 401: no more with this token */
} PreviewOutcome;

typedef struct
{
  PreviewTimes times;
  gboolean running; /* the stream has a session */
  gboolean busy; /* one is under way */
  gboolean gone;
  gboolean refused;
  gint64 since; /* what the next one is reckoned from */
  PreviewOutcome last;
  gboolean first; /* none was tried since the start */
} PreviewSchedule;

/* For a token and a stream that nothing is known of. */
void preview_schedule_init (PreviewSchedule *self, const PreviewTimes *times);
/* Counts from what happened last, also when it is due earlier then. */
void preview_schedule_set_times (
    PreviewSchedule *self, const PreviewTimes *times);

/* STREAM_CREATE came: what was gone is there again. */
void preview_schedule_created (PreviewSchedule *self);
/* The stream has a session, or none any more; one under way is forgotten. */
void preview_schedule_start (PreviewSchedule *self, gint64 now);
void preview_schedule_stop (PreviewSchedule *self);

/* When the next one is due; G_MAXINT64 when none is. */
gint64 preview_schedule_due (const PreviewSchedule *self);
/* Whether one begins at @now; then preview_schedule_done() has to follow. */
gboolean preview_schedule_take (PreviewSchedule *self, gint64 now);
void preview_schedule_done (
    PreviewSchedule *self, PreviewOutcome outcome, gint64 now);

G_END_DECLS
