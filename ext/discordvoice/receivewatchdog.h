/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tells that nothing at all comes from the voice server any more. Activity of
 * others says nothing, they may be silent; but our pings are answered
 * (media-transport 1.2). Pure state. */

#include <glib.h>

/* Five seconds apart and five seconds to answer: about 15 s of silence. */
#define RECEIVE_WATCHDOG_LOST_PINGS 3

typedef struct
{
  guint64 received; /* at the last sign of life */
  guint64 answered;
  guint64 lost;
  gboolean stalled;
} ReceiveWatchdog;

/* Feeds counters that only grow. True when that makes it stalled; once until
 * something is received again. */
gboolean receive_watchdog_update (ReceiveWatchdog *self, guint64 received,
    guint64 pings_sent, guint64 pings_lost);
