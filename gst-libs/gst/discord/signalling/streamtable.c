/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "streamtable.h"

#include <gst/discord/gstdiscordstreaminfo-private.h>
#include <sodium.h>
#include <string.h>

/* Far above what anybody watches, or a gateway session can see: a peer cannot
 * make us grow without end. */
#define MAX_STREAMS 1024
#define MAX_LIVE 65536

typedef struct
{
  GstDiscordStreamKey key; /* first: it is the hash key */
  GstDiscordStreamInfo *info;
  gboolean created; /* STREAM_CREATE came, and no outage since */
  gchar *token; /* nullable, wiped */
  gchar *endpoint; /* nullable */
} Entry;

struct _DiscordStreamTable
{
  GHashTable *entries; /* set of Entry by key */
  GHashTable *live; /* set of GstDiscordStreamKey by guild and owner */
};

static void
entry_forget_server (Entry *entry)
{
  if (entry->token != NULL)
    sodium_memzero (entry->token, strlen (entry->token));
  g_clear_pointer (&entry->token, g_free);
  g_clear_pointer (&entry->endpoint, g_free);
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  entry_forget_server (entry);
  gst_discord_stream_info_free (entry->info);
  g_free (entry);
}

/* A user is live in one channel of a guild at most. */
static guint
live_hash (gconstpointer key)
{
  const GstDiscordStreamKey *live = key;

  return g_int64_hash (&live->guild_id) * 31 + g_int64_hash (&live->owner_id);
}

static gboolean
live_equal (gconstpointer a, gconstpointer b)
{
  const GstDiscordStreamKey *x = a, *y = b;

  return x->guild_id == y->guild_id && x->owner_id == y->owner_id;
}

DiscordStreamTable *
discord_stream_table_new (void)
{
  DiscordStreamTable *self = g_new0 (DiscordStreamTable, 1);

  self->entries =
      g_hash_table_new_full ((GHashFunc) gst_discord_stream_key_hash,
          (GEqualFunc) gst_discord_stream_key_equal, entry_free, NULL);
  self->live = g_hash_table_new_full (live_hash, live_equal, g_free, NULL);
  return self;
}

void
discord_stream_table_free (DiscordStreamTable *self)
{
  g_hash_table_unref (self->entries);
  g_hash_table_unref (self->live);
  g_free (self);
}

static Entry *
table_find (DiscordStreamTable *self, const GstDiscordStreamKey *key)
{
  return g_hash_table_lookup (self->entries, key);
}

/* A server for a stream that never was is of no use to anybody. */
static gboolean
is_orphan (gpointer key, gpointer value, gpointer user_data)
{
  Entry *entry = key;

  return gst_discord_stream_info_get_rtc_server_id (entry->info) == 0;
}

/* NULL: there are too many. */
static Entry *
table_get (DiscordStreamTable *self, const GstDiscordStreamKey *key)
{
  Entry *entry = table_find (self, key);

  if (entry != NULL)
    return entry;
  if (g_hash_table_size (self->entries) >= MAX_STREAMS)
    g_hash_table_foreach_remove (self->entries, is_orphan, NULL);
  if (g_hash_table_size (self->entries) >= MAX_STREAMS)
    return NULL;
  entry = g_new0 (Entry, 1);
  entry->key = *key;
  entry->info = gst_discord_stream_info_new_for_key (key);
  g_hash_table_add (self->entries, entry);
  return entry;
}

GstDiscordStreamInfo *
discord_stream_table_created (
    DiscordStreamTable *self, const GstDiscordStreamInfo *info)
{
  Entry *entry;

  if (gst_discord_stream_info_get_rtc_server_id (info) == 0)
    return NULL;
  entry = table_get (self, gst_discord_stream_info_get_key (info));
  if (entry == NULL)
    return NULL;
  /* These two belong together: a channel of another server is none. */
  gst_discord_stream_info_forget_server (entry->info);
  gst_discord_stream_info_merge (entry->info, info);
  entry->created = TRUE;
  return gst_discord_stream_info_copy (entry->info);
}

GstDiscordStreamInfo *
discord_stream_table_updated (
    DiscordStreamTable *self, const GstDiscordStreamInfo *info)
{
  Entry *entry = table_find (self, gst_discord_stream_info_get_key (info));
  g_autoptr (GstDiscordStreamInfo) update = NULL;

  if (entry == NULL
      || gst_discord_stream_info_get_rtc_server_id (entry->info) == 0)
    return NULL;
  /* It has no say in these. */
  update = gst_discord_stream_info_copy (info);
  gst_discord_stream_info_forget_server (update);
  gst_discord_stream_info_merge (entry->info, update);
  return gst_discord_stream_info_copy (entry->info);
}

gboolean
discord_stream_table_server (DiscordStreamTable *self,
    const GstDiscordStreamKey *key, const gchar *token, const gchar *endpoint)
{
  Entry *entry = table_get (self, key);

  if (entry == NULL)
    return FALSE;
  entry_forget_server (entry);
  entry->token = g_strdup (token);
  entry->endpoint = g_strdup (endpoint);
  return TRUE;
}

void
discord_stream_table_deleted (DiscordStreamTable *self,
    const GstDiscordStreamKey *key, gboolean unavailable)
{
  Entry *entry = table_find (self, key);

  if (entry == NULL)
    return;
  if (!unavailable) {
    g_hash_table_remove (self->entries, key);
    return;
  }
  /* Golive section 5: only a server that is named from now on counts. */
  entry->created = FALSE;
  entry_forget_server (entry);
}

GstDiscordStreamInfo *
discord_stream_table_dup_info (
    DiscordStreamTable *self, const GstDiscordStreamKey *key)
{
  Entry *entry = table_find (self, key);

  if (entry == NULL
      || gst_discord_stream_info_get_rtc_server_id (entry->info) == 0)
    return NULL;
  return gst_discord_stream_info_copy (entry->info);
}

gboolean
discord_stream_table_is_available (
    DiscordStreamTable *self, const GstDiscordStreamKey *key)
{
  Entry *entry = table_find (self, key);

  return entry != NULL && entry->created;
}

gboolean
discord_stream_table_get_server (DiscordStreamTable *self,
    const GstDiscordStreamKey *key, const gchar **token, const gchar **endpoint)
{
  Entry *entry = table_find (self, key);

  if (entry == NULL || !entry->created || entry->token == NULL
      || entry->endpoint == NULL)
    return FALSE;
  *token = entry->token;
  *endpoint = entry->endpoint;
  return TRUE;
}

static void
add_key (GPtrArray *keys, const GstDiscordStreamKey *key)
{
  g_ptr_array_add (keys, gst_discord_stream_key_to_string (key));
}

static gchar **
finish_keys (GPtrArray *keys)
{
  g_ptr_array_add (keys, NULL);
  return (gchar **) g_ptr_array_free (keys, FALSE);
}

gchar **
discord_stream_table_dup_keys (DiscordStreamTable *self)
{
  GPtrArray *keys = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer entry;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &entry, NULL)) {
    if (gst_discord_stream_info_get_rtc_server_id (((Entry *) entry)->info)
        != 0)
      add_key (keys, &((Entry *) entry)->key);
  }
  return finish_keys (keys);
}

gchar **
discord_stream_table_dup_live_keys (DiscordStreamTable *self)
{
  GPtrArray *keys = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->live);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    add_key (keys, key);
  return finish_keys (keys);
}

void
discord_stream_table_set_live (DiscordStreamTable *self, guint64 guild_id,
    guint64 channel_id, guint64 user_id, gboolean live,
    DiscordLiveChange *change)
{
  const GstDiscordStreamKey key = { guild_id, channel_id, user_id };
  const GstDiscordStreamKey *before = g_hash_table_lookup (self->live, &key);

  *change = (DiscordLiveChange){ 0 };
  live = live && channel_id != 0;
  if (before != NULL) {
    if (live && gst_discord_stream_key_equal (before, &key))
      return;
    change->ended = TRUE;
    change->ended_key = *before;
    g_hash_table_remove (self->live, &key);
  }
  if (!live || g_hash_table_size (self->live) >= MAX_LIVE)
    return;
  g_hash_table_add (self->live, gst_discord_stream_key_copy (&key));
  change->began = TRUE;
  change->began_key = key;
}

void
discord_stream_table_clear (DiscordStreamTable *self)
{
  g_hash_table_remove_all (self->entries);
  g_hash_table_remove_all (self->live);
}
