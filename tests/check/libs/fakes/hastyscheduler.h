/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/signalling/scheduler.h>

/* A DiscordScheduler without patience, for what also waits for real sockets:
 * timers fire as soon as the default main context runs, and its clock goes on by
 * what they should have taken. Only the 10 s of a request's time-out never come
 * by themselves. */
typedef struct
{
  DiscordScheduler parent;

  DiscordScheduler *real;
  gint64 now; /* microseconds */
  GString *waits; /* milliseconds, a space behind each; no time-outs */
  GHashTable *timers; /* by id */
} HastyScheduler;

HastyScheduler *hasty_scheduler_new (void);

/* Fails the test when a timer is left: its owner is gone by now. */
void hasty_scheduler_free (HastyScheduler *self);

/* The time-out of the one request there is. */
void hasty_scheduler_time_out (HastyScheduler *self);
