/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receivewatchdog.h"

gboolean
receive_watchdog_update (ReceiveWatchdog *self, guint64 received,
    guint64 pings_sent, guint64 pings_lost)
{
  /* One ping may be under way, so only the one after it counts. */
  guint64 answered = pings_sent > pings_lost ? pings_sent - pings_lost - 1 : 0;

  if (received != self->received || answered > self->answered
      || pings_lost < self->lost) {
    self->received = received;
    self->answered = answered;
    self->lost = pings_lost;
    self->stalled = FALSE;
    return FALSE;
  }
  if (self->stalled || pings_lost - self->lost < RECEIVE_WATCHDOG_LOST_PINGS)
    return FALSE;
  self->stalled = TRUE;
  return TRUE;
}
