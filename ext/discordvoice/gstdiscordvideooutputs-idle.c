/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pads whose video ended while their user is still there. Cameras go off and on
 * again, and an application would rather not plug a decoder each time: the pad
 * stays for a while (golive 7.1), told by a GAP. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "elementclock.h"
#include "gstdiscordvideooutputs-private.h"

#define PATIENCE (10 * GST_SECOND)

typedef struct
{
  GWeakRef element;
  GstDiscordVideoOutputs *outputs; /* of the element */
} Watch;

static void
watch_free (gpointer data)
{
  Watch *watch = data;

  g_weak_ref_clear (&watch->element);
  g_free (watch);
}

/* The clock's thread: nothing here waits. */
static gboolean
on_timer (GstClock *clock, GstClockTime time, GstClockID id, gpointer data)
{
  Watch *watch = data;
  g_autoptr (GstElement) element = g_weak_ref_get (&watch->element);

  if (element != NULL)
    gst_discord_video_outputs_look_at_idle (watch->outputs);
  return TRUE;
}

static GstClockID
timer_new (GstDiscordVideoOutputs *self, GstClockTime due)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (GST_ELEMENT (self->bin));
  Watch *watch = g_new0 (Watch, 1);
  GstClockID timer;

  if (clock == NULL)
    clock = gst_system_clock_obtain ();
  g_weak_ref_init (&watch->element, self->bin);
  watch->outputs = self;
  timer = gst_clock_new_single_shot_id (clock, due);
  gst_clock_id_wait_async (timer, on_timer, watch, watch_free);
  return timer;
}

static void
set_timer (GstDiscordVideoOutputs *self, GstClockTime due)
{
  GstClockID timer =
      GST_CLOCK_TIME_IS_VALID (due) ? timer_new (self, due) : NULL;

  gst_discord_video_outputs_stop_idle_timer (self);
  g_mutex_lock (&self->lock);
  self->idle_timer = timer;
  g_mutex_unlock (&self->lock);
}

void
gst_discord_video_outputs_stop_idle_timer (GstDiscordVideoOutputs *self)
{
  GstClockID timer;

  g_mutex_lock (&self->lock);
  timer = g_steal_pointer (&self->idle_timer);
  g_mutex_unlock (&self->lock);
  if (timer == NULL)
    return;
  gst_clock_id_unschedule (timer);
  gst_clock_id_unref (timer);
}

/* (transfer full) (nullable): one whose time is over. @next (out): when that of
 * the others is, or NONE. */
static GstDiscordVideoOutput *
ref_due (GstDiscordVideoOutputs *self, GstClockTime now, GstClockTime *next)
{
  GstDiscordVideoOutput *due = NULL;

  *next = GST_CLOCK_TIME_NONE;
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->outputs->len && due == NULL; i++) {
    GstDiscordVideoOutput *output = g_ptr_array_index (self->outputs, i);

    if (!GST_CLOCK_TIME_IS_VALID (output->idle_until))
      continue;
    if (now >= output->idle_until)
      due = gst_discord_video_output_ref (output);
    else
      *next = MIN (*next, output->idle_until);
  }
  g_mutex_unlock (&self->lock);
  return due;
}

void
gst_discord_video_outputs_end_idle (GstDiscordVideoOutputs *self)
{
  GstClockTime now = discord_element_now (GST_ELEMENT (self->bin));
  GstDiscordVideoOutput *output;
  GstClockTime next;

  while ((output = ref_due (self, now, &next)) != NULL) {
    gst_discord_video_outputs_end_output (self, output);
    gst_discord_video_output_unref (output);
  }
  set_timer (self, next);
}

void
gst_discord_video_outputs_set_idle (
    GstDiscordVideoOutputs *self, GstDiscordVideoOutput *output)
{
  GstClockTime now = discord_element_now (GST_ELEMENT (self->bin));
  gboolean idle;

  g_mutex_lock (&self->lock);
  idle = GST_CLOCK_TIME_IS_VALID (output->idle_until);
  if (!idle)
    output->idle_until = now + PATIENCE;
  output->layers.n_streams = 0;
  g_mutex_unlock (&self->lock);
  if (idle)
    return;
  gst_discord_video_stream_pause (GST_DISCORD_VIDEO_STREAM (output->stream));
  gst_discord_video_outputs_end_idle (self);
}
