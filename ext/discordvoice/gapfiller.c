/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gapfiller.h"

#define INTERVAL (100 * GST_MSECOND)

typedef struct
{
  GstDiscordUserStream *stream; /* owned */
  GstPad *pad; /* owned */
  gulong linked_handler;
} Entry;

/* Counted, because the clock's thread and the handlers of pads hold on to it. */
struct _GstDiscordGapFiller
{
  GWeakRef element;

  /* Guards the fields below; a leaf, nothing is called while it is held but
   * functions of GstClock on @timer. */
  GMutex lock;
  GPtrArray *entries; /* (element-type Entry) */
  GstClockTime delay;
  gboolean running;
  GstClockID timer; /* owned; NULL when none is pending */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_clear_signal_handler (&entry->linked_handler, entry->pad);
  gst_object_unref (entry->pad);
  gst_object_unref (entry->stream);
  g_free (entry);
}

static void
filler_clear (gpointer data)
{
  GstDiscordGapFiller *self = data;

  g_ptr_array_unref (self->entries);
  g_weak_ref_clear (&self->element);
  g_mutex_clear (&self->lock);
}

static void
filler_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, filler_clear);
}

static void
closure_unref (gpointer data, GClosure *closure)
{
  filler_unref (data);
}

static gboolean
any_linked_unlocked (GstDiscordGapFiller *self)
{
  for (guint i = 0; i < self->entries->len; i++) {
    Entry *entry = g_ptr_array_index (self->entries, i);

    if (gst_pad_is_linked (entry->pad))
      return TRUE;
  }
  return FALSE;
}

static gboolean on_timer (
    GstClock *clock, GstClockTime time, GstClockID id, gpointer user_data);

static void
schedule (GstDiscordGapFiller *self)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  g_autoptr (GstClock) clock = NULL;
  GstClockTime now;

  if (element == NULL)
    return;
  clock = gst_element_get_clock (element);
  if (clock == NULL)
    return;
  now = gst_clock_get_time (clock);

  g_mutex_lock (&self->lock);
  if (self->running && self->timer == NULL && any_linked_unlocked (self)) {
    self->timer = gst_clock_new_single_shot_id (clock, now + INTERVAL);
    gst_clock_id_wait_async (
        self->timer, on_timer, g_atomic_rc_box_acquire (self), filler_unref);
  }
  g_mutex_unlock (&self->lock);
}

static GPtrArray *
ref_linked_streams (GstDiscordGapFiller *self)
{
  GPtrArray *streams = g_ptr_array_new_with_free_func (gst_object_unref);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->entries->len; i++) {
    Entry *entry = g_ptr_array_index (self->entries, i);

    if (gst_pad_is_linked (entry->pad))
      g_ptr_array_add (streams, gst_object_ref (entry->stream));
  }
  g_mutex_unlock (&self->lock);
  return streams;
}

/* The clock's thread: nothing here waits. */
static gboolean
on_timer (GstClock *clock, GstClockTime time, GstClockID id, gpointer user_data)
{
  GstDiscordGapFiller *self = user_data;
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  g_autoptr (GPtrArray) streams = NULL;
  GstClockTime base_time, now, delay;
  gboolean ours;

  g_mutex_lock (&self->lock);
  ours = self->timer == id;
  if (ours)
    g_clear_pointer (&self->timer, gst_clock_id_unref);
  delay = self->delay;
  g_mutex_unlock (&self->lock);
  if (!ours || element == NULL)
    return TRUE;

  base_time = gst_element_get_base_time (element);
  now = gst_clock_get_time (clock);
  if (now > base_time + delay) {
    streams = ref_linked_streams (self);
    for (guint i = 0; i < streams->len; i++)
      gst_discord_user_stream_fill_gap (
          g_ptr_array_index (streams, i), now - base_time - delay);
  }
  schedule (self);
  return TRUE;
}

static void
on_linked (GstPad *pad, GstPad *peer, GstDiscordGapFiller *self)
{
  schedule (self);
}

GstDiscordGapFiller *
gst_discord_gap_filler_new (GstElement *element)
{
  GstDiscordGapFiller *self = g_atomic_rc_box_new0 (GstDiscordGapFiller);

  g_weak_ref_init (&self->element, element);
  g_mutex_init (&self->lock);
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  return self;
}

void
gst_discord_gap_filler_free (GstDiscordGapFiller *self)
{
  g_autoptr (GPtrArray) old = NULL;

  gst_discord_gap_filler_stop (self);
  g_mutex_lock (&self->lock);
  old = self->entries;
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  g_mutex_unlock (&self->lock);
  filler_unref (self);
}

void
gst_discord_gap_filler_add (
    GstDiscordGapFiller *self, GstDiscordUserStream *stream, GstPad *pad)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->stream = gst_object_ref (stream);
  entry->pad = gst_object_ref (pad);
  entry->linked_handler = g_signal_connect_data (pad, "linked",
      G_CALLBACK (on_linked), g_atomic_rc_box_acquire (self), closure_unref, 0);
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->entries, entry);
  g_mutex_unlock (&self->lock);
  schedule (self);
}

void
gst_discord_gap_filler_remove (
    GstDiscordGapFiller *self, GstDiscordUserStream *stream)
{
  Entry *found = NULL;

  g_mutex_lock (&self->lock);
  for (guint i = 0; found == NULL && i < self->entries->len; i++) {
    Entry *entry = g_ptr_array_index (self->entries, i);

    if (entry->stream == stream)
      found = g_ptr_array_steal_index_fast (self->entries, i);
  }
  g_mutex_unlock (&self->lock);
  if (found != NULL)
    entry_free (found);
}

void
gst_discord_gap_filler_set_delay (GstDiscordGapFiller *self, GstClockTime delay)
{
  g_mutex_lock (&self->lock);
  self->delay = delay;
  g_mutex_unlock (&self->lock);
}

void
gst_discord_gap_filler_start (GstDiscordGapFiller *self)
{
  g_mutex_lock (&self->lock);
  self->running = TRUE;
  g_mutex_unlock (&self->lock);
  schedule (self);
}

void
gst_discord_gap_filler_stop (GstDiscordGapFiller *self)
{
  GstClockID timer;

  g_mutex_lock (&self->lock);
  self->running = FALSE;
  timer = g_steal_pointer (&self->timer);
  g_mutex_unlock (&self->lock);
  if (timer == NULL)
    return;
  gst_clock_id_unschedule (timer);
  gst_clock_id_unref (timer);
}
