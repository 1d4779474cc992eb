/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "departures.h"

typedef struct
{
  GstDiscordConnection *connection; /* owned */
  guint64 user_id;
  guint generation;
  GstClockTime due;
} Entry;

/* Counted, because the clock's thread holds on to it. */
struct _GstDiscordDepartures
{
  GWeakRef element;
  GstDiscordDepartedFunc departed;
  GstClock *clock; /* owned: that of the system, pipelines may stand still */

  /* Guards the fields below; a leaf, nothing is called while it is held but
   * functions of GstClock on @timer. */
  GMutex lock;
  GQueue entries; /* Entry, owned; the first to be due at the head */
  GstClockID timer; /* owned; NULL when none is pending */
};

GstDiscordDeparture
gst_discord_departure_judge (
    const GstDiscordSendState *now, guint generation, gboolean is_here)
{
  if (is_here)
    return GST_DISCORD_DEPARTURE_REVOKED;
  if (now->generation == 0)
    return GST_DISCORD_DEPARTURE_FINAL; /* no session that could go on */
  switch (now->state) {
    case GST_DISCORD_CONNECTION_STATE_IDLE:
    case GST_DISCORD_CONNECTION_STATE_FAILED:
      return GST_DISCORD_DEPARTURE_FINAL;
    case GST_DISCORD_CONNECTION_STATE_CONNECTED:
      return now->generation == generation ? GST_DISCORD_DEPARTURE_FINAL
                                           : GST_DISCORD_DEPARTURE_OPEN;
    default:
      return GST_DISCORD_DEPARTURE_OPEN;
  }
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_object_unref (entry->connection);
  g_free (entry);
}

static void
departures_finalize (gpointer data)
{
  GstDiscordDepartures *self = data;

  g_queue_clear_full (&self->entries, entry_free);
  gst_object_unref (self->clock);
  g_weak_ref_clear (&self->element);
  g_mutex_clear (&self->lock);
}

static void
departures_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, departures_finalize);
}

static gboolean
is_here (GstDiscordConnection *connection, guint64 user_id)
{
  g_autoptr (GArray) users = gst_discord_connection_get_users (connection);

  for (guint i = 0; i < users->len; i++) {
    if (g_array_index (users, guint64, i) == user_id)
      return TRUE;
  }
  return FALSE;
}

static gboolean on_timer (
    GstClock *clock, GstClockTime time, GstClockID id, gpointer user_data);

static void
schedule_unlocked (GstDiscordDepartures *self)
{
  Entry *first = g_queue_peek_head (&self->entries);

  if (first == NULL || self->timer != NULL)
    return;
  self->timer = gst_clock_new_single_shot_id (self->clock, first->due);
  gst_clock_id_wait_async (
      self->timer, on_timer, g_atomic_rc_box_acquire (self), departures_unref);
}

static void
await (GstDiscordDepartures *self, Entry *entry, guint generation)
{
  entry->generation = generation;
  entry->due = gst_clock_get_time (self->clock) + GST_DISCORD_DEPARTURE_TIME;
  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->entries, entry);
  schedule_unlocked (self);
  g_mutex_unlock (&self->lock);
}

static void
look_again (GstDiscordDepartures *self, GstElement *element, Entry *entry)
{
  GstDiscordSendState now;
  GstDiscordDeparture departure;

  gst_discord_connection_get_send_state (entry->connection, &now);
  departure = gst_discord_departure_judge (
      &now, entry->generation, is_here (entry->connection, entry->user_id));
  if (departure == GST_DISCORD_DEPARTURE_OPEN) {
    await (self, entry, now.generation);
    return;
  }
  if (departure == GST_DISCORD_DEPARTURE_FINAL)
    self->departed (element, entry->user_id);
  entry_free (entry);
}

static Entry *
take_due (GstDiscordDepartures *self, GstClockTime now)
{
  Entry *entry;

  g_mutex_lock (&self->lock);
  entry = g_queue_peek_head (&self->entries);
  if (entry != NULL && entry->due <= now)
    g_queue_pop_head (&self->entries);
  else
    entry = NULL;
  g_mutex_unlock (&self->lock);
  return entry;
}

/* The clock's thread: nothing here waits. */
static gboolean
on_timer (GstClock *clock, GstClockTime time, GstClockID id, gpointer user_data)
{
  GstDiscordDepartures *self = user_data;
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  Entry *entry;
  gboolean ours;

  g_mutex_lock (&self->lock);
  ours = self->timer == id;
  if (ours)
    g_clear_pointer (&self->timer, gst_clock_id_unref);
  g_mutex_unlock (&self->lock);
  if (!ours || element == NULL)
    return TRUE;

  while ((entry = take_due (self, gst_clock_get_time (clock))) != NULL)
    look_again (self, element, entry);
  g_mutex_lock (&self->lock);
  schedule_unlocked (self);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

GstDiscordDepartures *
gst_discord_departures_new (
    GstElement *element, GstDiscordDepartedFunc departed)
{
  GstDiscordDepartures *self = g_atomic_rc_box_new0 (GstDiscordDepartures);

  g_weak_ref_init (&self->element, element);
  self->departed = departed;
  self->clock = gst_system_clock_obtain ();
  g_mutex_init (&self->lock);
  g_queue_init (&self->entries);
  return self;
}

void
gst_discord_departures_free (GstDiscordDepartures *self)
{
  gst_discord_departures_clear (self);
  departures_unref (self);
}

void
gst_discord_departures_add (GstDiscordDepartures *self,
    GstDiscordConnection *connection, guint64 user_id)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  GstDiscordSendState now;
  Entry *entry;

  if (element == NULL)
    return;
  gst_discord_connection_get_send_state (connection, &now);
  /* Without a session there is none to turn up in. */
  if (now.generation == 0 || now.state == GST_DISCORD_CONNECTION_STATE_IDLE
      || now.state == GST_DISCORD_CONNECTION_STATE_FAILED) {
    self->departed (element, user_id);
    return;
  }
  entry = g_new0 (Entry, 1);
  entry->connection = g_object_ref (connection);
  entry->user_id = user_id;
  await (self, entry, now.generation);
}

void
gst_discord_departures_clear (GstDiscordDepartures *self)
{
  GQueue old = G_QUEUE_INIT;
  GstClockID timer;

  g_mutex_lock (&self->lock);
  old = self->entries;
  g_queue_init (&self->entries);
  timer = g_steal_pointer (&self->timer);
  g_mutex_unlock (&self->lock);
  g_queue_clear_full (&old, entry_free);
  if (timer == NULL)
    return;
  gst_clock_id_unschedule (timer);
  gst_clock_id_unref (timer);
}
