/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ssrctable.h"

/* A peer decides how many SSRCs and users it announces. */
#define MAX_SSRCS 65536
#define MAX_USERS 65536

struct _DiscordSsrcTable
{
  GHashTable *owners; /* SSRC -> DiscordSsrcOwner */
  GHashTable *users; /* guint64 set */
  GHashTable *streams; /* guint64 -> DiscordVoiceStreams, of those with video */
};

DiscordSsrcTable *
discord_ssrc_table_new (void)
{
  DiscordSsrcTable *self = g_new0 (DiscordSsrcTable, 1);

  self->owners = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->users =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->streams =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  return self;
}

void
discord_ssrc_table_free (DiscordSsrcTable *self)
{
  g_hash_table_unref (self->owners);
  g_hash_table_unref (self->users);
  g_hash_table_unref (self->streams);
  g_free (self);
}

void
discord_ssrc_table_clear (DiscordSsrcTable *self)
{
  g_hash_table_remove_all (self->owners);
  g_hash_table_remove_all (self->users);
  g_hash_table_remove_all (self->streams);
}

static void
ssrc_table_remove (
    DiscordSsrcTable *self, guint64 user_id, gboolean audio, gboolean video)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->owners);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const DiscordSsrcOwner *owner = value;
    gboolean is_audio = owner->kind == DISCORD_SSRC_AUDIO;

    if (owner->user_id == user_id && (is_audio ? audio : video))
      g_hash_table_iter_remove (&iter);
  }
}

static void
ssrc_table_add (DiscordSsrcTable *self, guint32 ssrc, guint64 user_id,
    DiscordSsrcKind kind, guint32 pair)
{
  DiscordSsrcOwner *owner;

  if (ssrc == 0 || g_hash_table_size (self->owners) >= MAX_SSRCS)
    return;
  owner = g_new (DiscordSsrcOwner, 1);
  *owner = (DiscordSsrcOwner){ user_id, kind, pair };
  g_hash_table_replace (self->owners, GUINT_TO_POINTER (ssrc), owner);
}

void
discord_ssrc_table_set_audio (
    DiscordSsrcTable *self, guint64 user_id, guint32 ssrc)
{
  if (ssrc == 0 || user_id == 0)
    return;
  ssrc_table_remove (self, user_id, TRUE, FALSE);
  ssrc_table_add (self, ssrc, user_id, DISCORD_SSRC_AUDIO, 0);
}

/* TRUE when that changed anything. */
static gboolean
ssrc_table_update_streams (DiscordSsrcTable *self, guint64 user_id,
    const GstDiscordVoiceStream *update, guint n_update,
    DiscordVoiceStreams *streams)
{
  DiscordVoiceStreams before;

  discord_ssrc_table_get_streams (self, user_id, &before);
  *streams = before;
  discord_voice_streams_update (streams, update, n_update);
  if (streams->n_streams == 0)
    g_hash_table_remove (self->streams, &user_id);
  else if (g_hash_table_size (self->streams) < MAX_USERS)
    g_hash_table_replace (self->streams, g_memdup2 (&user_id, sizeof user_id),
        g_memdup2 (streams, sizeof *streams));
  return !discord_voice_streams_equal (&before, streams);
}

gboolean
discord_ssrc_table_set_video (DiscordSsrcTable *self, guint64 user_id,
    guint32 audio_ssrc, guint32 video_ssrc, const GstDiscordVoiceStream *update,
    guint n_update)
{
  DiscordVoiceStreams streams;
  gboolean changed;

  if (user_id == 0)
    return FALSE;
  changed =
      ssrc_table_update_streams (self, user_id, update, n_update, &streams);
  ssrc_table_remove (self, user_id, FALSE, TRUE);
  discord_ssrc_table_set_audio (self, user_id, audio_ssrc);
  ssrc_table_add (self, video_ssrc, user_id, DISCORD_SSRC_VIDEO, 0);
  for (guint i = 0; i < streams.n_streams; i++) {
    guint32 ssrc = streams.streams[i].ssrc;
    guint32 rtx = gst_discord_voice_stream_get_rtx_ssrc (&streams.streams[i]);

    if (ssrc == 0)
      continue;
    ssrc_table_add (self, ssrc, user_id, DISCORD_SSRC_VIDEO, rtx);
    ssrc_table_add (self, rtx, user_id, DISCORD_SSRC_RTX, ssrc);
  }
  return changed;
}

void
discord_ssrc_table_get_streams (
    DiscordSsrcTable *self, guint64 user_id, DiscordVoiceStreams *streams)
{
  const DiscordVoiceStreams *known =
      g_hash_table_lookup (self->streams, &user_id);

  if (known != NULL)
    *streams = *known;
  else
    streams->n_streams = 0;
}

gboolean
discord_ssrc_table_add_user (DiscordSsrcTable *self, guint64 user_id)
{
  if (user_id == 0 || g_hash_table_contains (self->users, &user_id)
      || g_hash_table_size (self->users) >= MAX_USERS)
    return FALSE;
  return g_hash_table_add (self->users, g_memdup2 (&user_id, sizeof user_id));
}

gboolean
discord_ssrc_table_remove_user (DiscordSsrcTable *self, guint64 user_id)
{
  ssrc_table_remove (self, user_id, TRUE, TRUE);
  g_hash_table_remove (self->streams, &user_id);
  return g_hash_table_remove (self->users, &user_id);
}

gboolean
discord_ssrc_table_lookup (
    DiscordSsrcTable *self, guint32 ssrc, DiscordSsrcOwner *owner)
{
  const DiscordSsrcOwner *found =
      g_hash_table_lookup (self->owners, GUINT_TO_POINTER (ssrc));

  if (found == NULL) {
    *owner = (DiscordSsrcOwner){ .kind = DISCORD_SSRC_UNKNOWN };
    return FALSE;
  }
  *owner = *found;
  return TRUE;
}

guint32
discord_ssrc_table_get_audio (DiscordSsrcTable *self, guint64 user_id)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->owners);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    const DiscordSsrcOwner *owner = value;

    if (owner->user_id == user_id && owner->kind == DISCORD_SSRC_AUDIO)
      return GPOINTER_TO_UINT (key);
  }
  return 0;
}

GArray *
discord_ssrc_table_get_users (DiscordSsrcTable *self)
{
  GArray *users = g_array_sized_new (
      FALSE, FALSE, sizeof (guint64), g_hash_table_size (self->users));
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->users);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_array_append_vals (users, key, 1);
  return users;
}
