/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/signalling/scheduler.h>

/* A DiscordScheduler whose time only passes in fake_scheduler_advance(). */
typedef struct
{
  DiscordScheduler parent;

  gint64 now; /* microseconds */
  guint last_id;
  GList *timers; /* by due time, then by age */
  gdouble random; /* what random() answers */
} FakeScheduler;

FakeScheduler *fake_scheduler_new (void);

/* Fails the test when a timer is left: its owner is gone by now. */
void fake_scheduler_free (FakeScheduler *self);

/* Lets @ms pass; timers fire at their time, in order. */
void fake_scheduler_advance (FakeScheduler *self, guint ms);

guint fake_scheduler_count (FakeScheduler *self);
