/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "voicestatequeue.h"

#define PACE G_TIME_SPAN_SECOND

typedef struct
{
  guint64 guild_id;
  gboolean leave_waits; /* goes before the join */
  gboolean join_waits;
  DiscordVoiceStateUpdate join;
  gint64 sent_at; /* of @sent, -1: none */
  DiscordVoiceStateUpdate sent;
} Entry;

struct _DiscordVoiceStateQueue
{
  GPtrArray *entries; /* Entry, one a guild; few */
};

DiscordVoiceStateQueue *
discord_voice_state_queue_new (void)
{
  DiscordVoiceStateQueue *self = g_new0 (DiscordVoiceStateQueue, 1);

  self->entries = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
discord_voice_state_queue_free (DiscordVoiceStateQueue *self)
{
  g_ptr_array_unref (self->entries);
  g_free (self);
}

static Entry *
get_entry (DiscordVoiceStateQueue *self, guint64 guild_id)
{
  Entry *entry;

  for (guint i = 0; i < self->entries->len; i++) {
    entry = g_ptr_array_index (self->entries, i);
    if (entry->guild_id == guild_id)
      return entry;
  }
  entry = g_new0 (Entry, 1);
  entry->guild_id = guild_id;
  entry->sent_at = -1;
  g_ptr_array_add (self->entries, entry);
  return entry;
}

void
discord_voice_state_queue_push (
    DiscordVoiceStateQueue *self, const DiscordVoiceStateUpdate *update)
{
  Entry *entry = get_entry (self, update->guild_id);

  if (update->channel_id == 0) {
    entry->leave_waits = TRUE;
    entry->join_waits = FALSE;
  } else {
    entry->join_waits = TRUE;
    entry->join = *update;
  }
}

/* -1: nothing waits. */
static gint64
entry_get_wait (const Entry *entry, gint64 now)
{
  if (!entry->leave_waits && !entry->join_waits)
    return -1;
  return entry->sent_at < 0 ? 0 : MAX (entry->sent_at + PACE - now, 0);
}

gint64
discord_voice_state_queue_get_wait (DiscordVoiceStateQueue *self, gint64 now)
{
  gint64 least = -1;

  for (guint i = 0; i < self->entries->len; i++) {
    gint64 wait = entry_get_wait (g_ptr_array_index (self->entries, i), now);

    if (wait >= 0 && (least < 0 || wait < least))
      least = wait;
  }
  return least;
}

static void
entry_take (Entry *entry, DiscordVoiceStateUpdate *update)
{
  if (entry->leave_waits) {
    entry->leave_waits = FALSE;
    *update = (DiscordVoiceStateUpdate){ .guild_id = entry->guild_id };
  } else {
    entry->join_waits = FALSE;
    *update = entry->join;
  }
}

gboolean
discord_voice_state_queue_pop (
    DiscordVoiceStateQueue *self, gint64 now, DiscordVoiceStateUpdate *update)
{
  for (guint i = 0; i < self->entries->len; i++) {
    Entry *entry = g_ptr_array_index (self->entries, i);

    if (entry_get_wait (entry, now) != 0)
      continue;
    entry_take (entry, update);
    entry->sent = *update;
    entry->sent_at = now;
    return TRUE;
  }
  return FALSE;
}

gboolean
discord_voice_state_queue_pop_leave (
    DiscordVoiceStateQueue *self, DiscordVoiceStateUpdate *update)
{
  for (guint i = 0; i < self->entries->len; i++) {
    Entry *entry = g_ptr_array_index (self->entries, i);

    if (!entry->leave_waits)
      continue;
    entry_take (entry, update);
    return TRUE;
  }
  return FALSE;
}

void
discord_voice_state_queue_repeat (DiscordVoiceStateQueue *self, gint64 since)
{
  for (guint i = 0; i < self->entries->len; i++) {
    Entry *entry = g_ptr_array_index (self->entries, i);

    if (entry->sent_at < 0 || entry->sent_at < since)
      continue;
    if (entry->sent.channel_id == 0)
      entry->leave_waits = TRUE;
    else if (!entry->leave_waits && !entry->join_waits)
      discord_voice_state_queue_push (self, &entry->sent);
  }
}

void
discord_voice_state_queue_forget_sent (DiscordVoiceStateQueue *self)
{
  for (guint i = 0; i < self->entries->len; i++) {
    Entry *entry = g_ptr_array_index (self->entries, i);

    entry->sent_at = -1;
    entry->leave_waits = FALSE;
  }
}
