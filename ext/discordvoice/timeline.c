/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "timeline.h"

struct _DiscordTimeline
{
  GMutex lock; /* guards the rest; nothing is called while it is held */
  GstClockTimeDiff offset;
};

DiscordTimeline *
discord_timeline_new (void)
{
  DiscordTimeline *self = g_atomic_rc_box_new0 (DiscordTimeline);

  g_mutex_init (&self->lock);
  return self;
}

DiscordTimeline *
discord_timeline_ref (DiscordTimeline *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  DiscordTimeline *self = data;

  g_mutex_clear (&self->lock);
}

void
discord_timeline_unref (DiscordTimeline *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

void
discord_timeline_reset (DiscordTimeline *self)
{
  g_mutex_lock (&self->lock);
  self->offset = 0;
  g_mutex_unlock (&self->lock);
}

GstClockTimeDiff
discord_timeline_get_offset (DiscordTimeline *self)
{
  GstClockTimeDiff offset;

  g_mutex_lock (&self->lock);
  offset = self->offset;
  g_mutex_unlock (&self->lock);
  return offset;
}

void
discord_timeline_raise (DiscordTimeline *self, GstClockTimeDiff offset)
{
  g_mutex_lock (&self->lock);
  self->offset = MAX (self->offset, offset);
  g_mutex_unlock (&self->lock);
}
