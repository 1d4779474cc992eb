/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fakescheduler.h"

#include <gst/check/gstcheck.h>

typedef struct
{
  guint id;
  gint64 due;
  DiscordTimerFunc func;
  gpointer user_data;
} FakeTimer;

static gint64
fake_now (DiscordScheduler *scheduler)
{
  return ((FakeScheduler *) scheduler)->now;
}

static gint
compare_timers (gconstpointer a, gconstpointer b)
{
  const FakeTimer *first = a, *second = b;

  if (first->due != second->due)
    return first->due < second->due ? -1 : 1;
  return first->id < second->id ? -1 : 1;
}

static guint
fake_add (DiscordScheduler *scheduler, guint delay_ms, DiscordTimerFunc func,
    gpointer user_data)
{
  FakeScheduler *self = (FakeScheduler *) scheduler;
  FakeTimer *timer = g_new0 (FakeTimer, 1);

  timer->id = ++self->last_id;
  timer->due = self->now + delay_ms * G_TIME_SPAN_MILLISECOND;
  timer->func = func;
  timer->user_data = user_data;
  self->timers = g_list_insert_sorted (self->timers, timer, compare_timers);
  return timer->id;
}

static void
fake_remove (DiscordScheduler *scheduler, guint id)
{
  FakeScheduler *self = (FakeScheduler *) scheduler;

  for (GList *l = self->timers; l != NULL; l = l->next) {
    FakeTimer *timer = l->data;

    if (timer->id != id)
      continue;
    self->timers = g_list_delete_link (self->timers, l);
    g_free (timer);
    return;
  }
  fail ("timer %u removed, but there is none", id);
}

static gdouble
fake_random (DiscordScheduler *scheduler)
{
  return ((FakeScheduler *) scheduler)->random;
}

FakeScheduler *
fake_scheduler_new (void)
{
  static const DiscordSchedulerVTable vtable = {
    fake_now,
    fake_add,
    fake_remove,
    fake_random,
  };
  FakeScheduler *self = g_new0 (FakeScheduler, 1);

  self->parent.vtable = &vtable;
  self->now = 1000 * G_TIME_SPAN_SECOND;
  self->random = 0.5;
  return self;
}

void
fake_scheduler_free (FakeScheduler *self)
{
  fail_unless_equals_int (fake_scheduler_count (self), 0);
  g_free (self);
}

void
fake_scheduler_advance (FakeScheduler *self, guint ms)
{
  gint64 end = self->now + ms * G_TIME_SPAN_MILLISECOND;

  while (self->timers != NULL) {
    FakeTimer *timer = self->timers->data;

    if (timer->due > end)
      break;
    self->timers = g_list_delete_link (self->timers, self->timers);
    self->now = MAX (self->now, timer->due);
    timer->func (timer->user_data);
    g_free (timer);
  }
  self->now = end;
}

guint
fake_scheduler_count (FakeScheduler *self)
{
  return g_list_length (self->timers);
}
