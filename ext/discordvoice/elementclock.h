/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The time by which an element waits: that of the pipeline's clock, so that it
 * can be another one than the system's. */

#include <gst/gst.h>

G_BEGIN_DECLS

/* Never fails: before there is a clock it is the system's. Any thread. */
static inline GstClockTime
discord_element_now (GstElement *element)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (element);

  if (clock == NULL)
    return g_get_monotonic_time () * GST_USECOND;
  return gst_clock_get_time (clock);
}

/* Something that is done at most once in an interval. Pure state. */
typedef struct
{
  gboolean any; /* it was done */
  GstClockTime last;
} DiscordInterval;

/* Whether it is done at @now. A clock that goes back is another one. */
static inline gboolean
discord_interval_take (
    DiscordInterval *self, GstClockTime now, GstClockTime interval)
{
  if (self->any && now >= self->last && now - self->last < interval)
    return FALSE;
  *self = (DiscordInterval){ .any = TRUE, .last = now };
  return TRUE;
}

G_END_DECLS
