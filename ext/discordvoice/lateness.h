/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What becomes of frames that come late (media-transport 10): never a burst.
 * What is not live is played later from then on, nothing is lost. Live input
 * loses what is late instead of building up latency, unless all of it is late
 * for a while: then it takes longer than it said, and waiting is right. */

#include <gst/gst.h>

G_BEGIN_DECLS

/* Three frames; less than that is scheduling noise and may be caught up. */
#define LATENESS_TOLERANCE (60 * GST_MSECOND)
/* A file that is later than this stood still, and goes on from where it is. */
#define LATENESS_STALL (200 * GST_MSECOND)
/* How long live input is late without a break before it is believed. */
#define LATENESS_PATIENCE GST_SECOND

typedef struct
{
  GstClockTime since; /* when the run of late frames began */
  GstClockTime least; /* least lateness in it */
  gboolean running; /* inside a run of late frames */
} Lateness;

void lateness_init (Lateness *self);

/* For a frame due at @due when it is @now, both on one clock. TRUE: send it and
 * play everything @shift later than before; FALSE: drop it. @exact: it was held
 * up by us, so that there is nothing to tolerate. */
gboolean lateness_check (Lateness *self, gboolean live, gboolean exact,
    GstClockTime due, GstClockTime now, GstClockTime *shift);

G_END_DECLS
