/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Go Live on any GstDiscordSignaller: what is told of streams, and what that
 * adds up to. It is kept beside the object, so that whoever implements the
 * interface gets it without a word. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordsignaller-private.h"

#include <sodium.h>
#include <string.h>

#include "gstdiscorderror.h"
#include "gstdiscordstreamkey-private.h"
#include "signalling/log.h"
#include "signalling/streamreason.h"
#include "signalling/streamtable.h"

enum
{
  SIGNAL_STREAM_CREATED,
  SIGNAL_STREAM_UPDATED,
  SIGNAL_STREAM_SERVER,
  SIGNAL_STREAM_DELETED,
  SIGNAL_STREAM_UNAVAILABLE,
  SIGNAL_STREAM_LIVE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];
static GQuark streams_quark; /* set with the signals */

typedef struct
{
  /* Guards all of it. A leaf: signals are emitted after it was released. */
  GMutex lock;
  DiscordStreamTable *table;
  GHashTable *places; /* guild, 0 for calls -> channel we are in; guint64 */
  GHashTable *deletes; /* key -> how many op 19 have no answer yet */
  guint64 user_id; /* ourselves, 0: not known */
  gchar *session_id; /* nullable */
} Streams;

static Streams *
streams_new (void)
{
  Streams *self = g_new0 (Streams, 1);

  g_mutex_init (&self->lock);
  self->table = discord_stream_table_new ();
  self->places =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  self->deletes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

static void
streams_free (gpointer data)
{
  Streams *self = data;

  discord_stream_table_free (self->table);
  g_hash_table_unref (self->places);
  g_hash_table_unref (self->deletes);
  g_free (self->session_id);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static Streams *
get_streams (GstDiscordSignaller *signaller)
{
  Streams *self, *made;

  self = g_object_get_qdata (G_OBJECT (signaller), streams_quark);
  if (self != NULL)
    return self;
  made = streams_new ();
  if (g_object_replace_qdata (
          G_OBJECT (signaller), streams_quark, NULL, made, streams_free, NULL))
    return made;
  /* Another thread was first. */
  streams_free (made);
  return g_object_get_qdata (G_OBJECT (signaller), streams_quark);
}

void
gst_discord_signaller_init_stream_signals (void)
{
  streams_quark = g_quark_from_static_string ("gst-discord-signaller-streams");

  /**
   * GstDiscordSignaller::stream-created:
   * @self: the signaller
   * @info: what is known of the stream
   *
   * A stream we asked for exists, or is back after an outage.
   *
   * Since: 0.1
   */
  signals[SIGNAL_STREAM_CREATED] = g_signal_new ("stream-created",
      GST_TYPE_DISCORD_SIGNALLER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 1, GST_TYPE_DISCORD_STREAM_INFO);

  /**
   * GstDiscordSignaller::stream-updated:
   * @self: the signaller
   * @info: what is known of the stream
   *
   * Viewers, region or pause of a stream changed.
   *
   * Since: 0.1
   */
  signals[SIGNAL_STREAM_UPDATED] = g_signal_new ("stream-updated",
      GST_TYPE_DISCORD_SIGNALLER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 1, GST_TYPE_DISCORD_STREAM_INFO);

  /**
   * GstDiscordSignaller::stream-server:
   * @self: the signaller
   * @stream_key: the stream
   * @token: (nullable): the token of the stream's voice connection
   * @endpoint: (nullable): host and port; %NULL when the server went away
   *
   * Where the stream's voice server is, before or after
   * #GstDiscordSignaller::stream-created; a second one is a move.
   *
   * Since: 0.1
   */
  signals[SIGNAL_STREAM_SERVER] = g_signal_new ("stream-server",
      GST_TYPE_DISCORD_SIGNALLER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);

  /**
   * GstDiscordSignaller::stream-deleted:
   * @self: the signaller
   * @stream_key: the stream
   * @reason: why
   *
   * The stream is over, or was refused.
   *
   * Since: 0.1
   */
  signals[SIGNAL_STREAM_DELETED] = g_signal_new ("stream-deleted",
      GST_TYPE_DISCORD_SIGNALLER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 2, G_TYPE_STRING, GST_TYPE_DISCORD_STREAM_DELETE_REASON);

  /**
   * GstDiscordSignaller::stream-unavailable:
   * @self: the signaller
   * @stream_key: the stream
   *
   * The stream's server is out of order. #GstDiscordSignaller::stream-created
   * tells when the stream is back.
   *
   * Since: 0.1
   */
  signals[SIGNAL_STREAM_UNAVAILABLE] = g_signal_new ("stream-unavailable",
      GST_TYPE_DISCORD_SIGNALLER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 1, G_TYPE_STRING);

  /**
   * GstDiscordSignaller::stream-live:
   * @self: the signaller
   * @stream_key: the stream
   * @live: whether it began
   *
   * Somebody whose voice state we see went live, or ended that.
   *
   * Since: 0.1
   */
  signals[SIGNAL_STREAM_LIVE] = g_signal_new ("stream-live",
      GST_TYPE_DISCORD_SIGNALLER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
}

void
gst_discord_signaller_note_voice_state (GstDiscordSignaller *self,
    guint64 guild_id, guint64 channel_id, guint64 user_id,
    const gchar *session_id)
{
  Streams *streams = get_streams (self);

  g_mutex_lock (&streams->lock);
  streams->user_id = user_id;
  if (session_id != NULL) {
    g_free (streams->session_id);
    streams->session_id = g_strdup (session_id);
  }
  if (channel_id != 0)
    g_hash_table_insert (streams->places,
        g_memdup2 (&guild_id, sizeof (guild_id)),
        g_memdup2 (&channel_id, sizeof (channel_id)));
  else
    g_hash_table_remove (streams->places, &guild_id);
  g_mutex_unlock (&streams->lock);
}

void
gst_discord_signaller_forget_session (GstDiscordSignaller *self)
{
  Streams *streams = get_streams (self);
  g_auto (GStrv) live = NULL;

  g_mutex_lock (&streams->lock);
  live = discord_stream_table_dup_live_keys (streams->table);
  discord_stream_table_clear (streams->table);
  g_hash_table_remove_all (streams->places);
  g_hash_table_remove_all (streams->deletes);
  g_clear_pointer (&streams->session_id, g_free);
  g_mutex_unlock (&streams->lock);
  for (guint i = 0; live[i] != NULL; i++)
    g_signal_emit (self, signals[SIGNAL_STREAM_LIVE], 0, live[i], FALSE);
}

gboolean
gst_discord_signaller_is_in (
    GstDiscordSignaller *self, guint64 guild_id, guint64 channel_id)
{
  Streams *streams = get_streams (self);
  const guint64 *place;
  gboolean there;

  g_mutex_lock (&streams->lock);
  place = g_hash_table_lookup (streams->places, &guild_id);
  there = place != NULL && *place == channel_id;
  g_mutex_unlock (&streams->lock);
  return there;
}

gboolean
gst_discord_signaller_is_self (GstDiscordSignaller *self, guint64 user_id)
{
  Streams *streams = get_streams (self);
  gboolean same;

  g_mutex_lock (&streams->lock);
  same = streams->user_id == user_id;
  g_mutex_unlock (&streams->lock);
  return same;
}

gchar *
gst_discord_signaller_dup_session_id (
    GstDiscordSignaller *self, guint64 *user_id)
{
  Streams *streams = get_streams (self);
  gchar *session_id;

  g_mutex_lock (&streams->lock);
  *user_id = streams->user_id;
  session_id = g_strdup (streams->session_id);
  g_mutex_unlock (&streams->lock);
  return session_id;
}

static guint
count_deletes_unlocked (Streams *streams, const gchar *stream_key)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (streams->deletes, stream_key));
}

static void
set_deletes_unlocked (Streams *streams, const gchar *stream_key, guint count)
{
  if (count > 0)
    g_hash_table_insert (
        streams->deletes, g_strdup (stream_key), GUINT_TO_POINTER (count));
  else
    g_hash_table_remove (streams->deletes, stream_key);
}

void
gst_discord_signaller_note_stream_delete (
    GstDiscordSignaller *self, const gchar *stream_key)
{
  Streams *streams = get_streams (self);

  g_mutex_lock (&streams->lock);
  set_deletes_unlocked (
      streams, stream_key, count_deletes_unlocked (streams, stream_key) + 1);
  g_mutex_unlock (&streams->lock);
}

guint
gst_discord_signaller_count_stream_deletes (
    GstDiscordSignaller *self, const gchar *stream_key)
{
  Streams *streams = get_streams (self);
  guint count;

  g_mutex_lock (&streams->lock);
  count = count_deletes_unlocked (streams, stream_key);
  g_mutex_unlock (&streams->lock);
  return count;
}

/* What an implementation tells */

/* A name the implementation made up, or got from a hostile peer. */
static gboolean
scan_told_key (const gchar *stream_key, GstDiscordStreamKey *key)
{
  if (gst_discord_stream_key_scan (stream_key, key))
    return TRUE;
  GST_WARNING ("ignoring news of a stream: its key is none");
  return FALSE;
}

/**
 * gst_discord_signaller_stream_created:
 * @self: a signaller
 * @info: what STREAM_CREATE carries
 *
 * Tells that STREAM_CREATE arrived. Without a server id it is ignored.
 *
 * Since: 0.1
 */
void
gst_discord_signaller_stream_created (
    GstDiscordSignaller *self, const GstDiscordStreamInfo *info)
{
  Streams *streams;
  g_autoptr (GstDiscordStreamInfo) known = NULL;

  g_return_if_fail (GST_IS_DISCORD_SIGNALLER (self));
  g_return_if_fail (info != NULL);

  streams = get_streams (self);
  g_mutex_lock (&streams->lock);
  known = discord_stream_table_created (streams->table, info);
  g_mutex_unlock (&streams->lock);
  if (known == NULL)
    GST_WARNING ("ignoring a stream without a server id, or one too many");
  else
    g_signal_emit (self, signals[SIGNAL_STREAM_CREATED], 0, known);
}

/**
 * gst_discord_signaller_stream_updated:
 * @self: a signaller
 * @info: what STREAM_UPDATE carries
 *
 * Tells that STREAM_UPDATE arrived. What it does not tell stays as it was, and
 * so do the ids of the stream's server.
 *
 * Since: 0.1
 */
void
gst_discord_signaller_stream_updated (
    GstDiscordSignaller *self, const GstDiscordStreamInfo *info)
{
  Streams *streams;
  g_autoptr (GstDiscordStreamInfo) known = NULL;

  g_return_if_fail (GST_IS_DISCORD_SIGNALLER (self));
  g_return_if_fail (info != NULL);

  streams = get_streams (self);
  g_mutex_lock (&streams->lock);
  known = discord_stream_table_updated (streams->table, info);
  g_mutex_unlock (&streams->lock);
  if (known != NULL)
    g_signal_emit (self, signals[SIGNAL_STREAM_UPDATED], 0, known);
}

/**
 * gst_discord_signaller_stream_server:
 * @self: a signaller
 * @stream_key: the stream
 * @token: (nullable): the token of the stream's voice connection
 * @endpoint: (nullable): host and port; %NULL when the server went away and
 *     another one will follow
 *
 * Tells that STREAM_SERVER_UPDATE arrived.
 *
 * Since: 0.1
 */
void
gst_discord_signaller_stream_server (GstDiscordSignaller *self,
    const gchar *stream_key, const gchar *token, const gchar *endpoint)
{
  Streams *streams;
  GstDiscordStreamKey key;
  g_autofree gchar *text = NULL;
  gboolean taken;

  g_return_if_fail (GST_IS_DISCORD_SIGNALLER (self));
  g_return_if_fail (stream_key != NULL);

  if (!scan_told_key (stream_key, &key))
    return;
  text = gst_discord_stream_key_to_string (&key);
  streams = get_streams (self);
  g_mutex_lock (&streams->lock);
  taken = discord_stream_table_server (streams->table, &key, token, endpoint);
  g_mutex_unlock (&streams->lock);
  if (taken)
    g_signal_emit (
        self, signals[SIGNAL_STREAM_SERVER], 0, text, token, endpoint);
  else
    GST_WARNING ("ignoring the server of one stream too many");
}

/**
 * gst_discord_signaller_stream_deleted:
 * @self: a signaller
 * @stream_key: the stream
 * @reason: (nullable): the word STREAM_DELETE has for it, "stream_full" for
 *     instance
 * @unavailable: whether this is an outage and no end
 *
 * Tells that STREAM_DELETE arrived.
 *
 * Since: 0.1
 */
void
gst_discord_signaller_stream_deleted (GstDiscordSignaller *self,
    const gchar *stream_key, const gchar *reason, gboolean unavailable)
{
  GstDiscordStreamDeleteReason parsed =
      discord_stream_delete_reason_parse (reason);
  Streams *streams;
  GstDiscordStreamKey key;
  g_autofree gchar *text = NULL;

  g_return_if_fail (GST_IS_DISCORD_SIGNALLER (self));
  g_return_if_fail (stream_key != NULL);

  if (!scan_told_key (stream_key, &key))
    return;
  text = gst_discord_stream_key_to_string (&key);
  streams = get_streams (self);
  g_mutex_lock (&streams->lock);
  discord_stream_table_deleted (streams->table, &key, unavailable);
  if (!unavailable && count_deletes_unlocked (streams, text) > 0)
    set_deletes_unlocked (
        streams, text, count_deletes_unlocked (streams, text) - 1);
  g_mutex_unlock (&streams->lock);
  if (unavailable) {
    g_signal_emit (self, signals[SIGNAL_STREAM_UNAVAILABLE], 0, text);
    return;
  }
  if (parsed == GST_DISCORD_STREAM_DELETE_REASON_UNKNOWN)
    GST_INFO ("a stream ended for a reason we do not know");
  g_signal_emit (self, signals[SIGNAL_STREAM_DELETED], 0, text, parsed);
}

/**
 * gst_discord_signaller_member_live:
 * @self: a signaller
 * @guild_id: the guild, 0 for a call
 * @channel_id: where the member is now, 0 for nowhere
 * @user_id: the member
 * @live: the member's self_stream
 *
 * Tells what a VOICE_STATE_UPDATE says of Go Live. Optional: it only lets an
 * application find the streams there are.
 *
 * Since: 0.1
 */
void
gst_discord_signaller_member_live (GstDiscordSignaller *self, guint64 guild_id,
    guint64 channel_id, guint64 user_id, gboolean live)
{
  Streams *streams;
  DiscordLiveChange change;
  g_autofree gchar *ended = NULL;
  g_autofree gchar *began = NULL;

  g_return_if_fail (GST_IS_DISCORD_SIGNALLER (self));
  g_return_if_fail (user_id != 0);

  streams = get_streams (self);
  g_mutex_lock (&streams->lock);
  discord_stream_table_set_live (
      streams->table, guild_id, channel_id, user_id, live, &change);
  g_mutex_unlock (&streams->lock);
  if (change.ended) {
    ended = gst_discord_stream_key_to_string (&change.ended_key);
    g_signal_emit (self, signals[SIGNAL_STREAM_LIVE], 0, ended, FALSE);
  }
  if (change.began) {
    began = gst_discord_stream_key_to_string (&change.began_key);
    g_signal_emit (self, signals[SIGNAL_STREAM_LIVE], 0, began, TRUE);
  }
}

/* What is known */

/**
 * gst_discord_signaller_get_stream:
 * @self: a signaller
 * @stream_key: the stream
 *
 * What is known of a stream that we made or watch.
 *
 * Returns: (nullable) (transfer full): the info, %NULL when it is none of these
 *
 * Since: 0.1
 */
GstDiscordStreamInfo *
gst_discord_signaller_get_stream (
    GstDiscordSignaller *self, const gchar *stream_key)
{
  Streams *streams;
  GstDiscordStreamKey key;
  GstDiscordStreamInfo *info;

  g_return_val_if_fail (GST_IS_DISCORD_SIGNALLER (self), NULL);
  g_return_val_if_fail (stream_key != NULL, NULL);

  if (!gst_discord_stream_key_scan (stream_key, &key))
    return NULL;
  streams = get_streams (self);
  g_mutex_lock (&streams->lock);
  info = discord_stream_table_dup_info (streams->table, &key);
  g_mutex_unlock (&streams->lock);
  return info;
}

static gchar **
dup_keys (GstDiscordSignaller *self, gchar **(*func) (DiscordStreamTable *) )
{
  Streams *streams = get_streams (self);
  gchar **keys;

  g_mutex_lock (&streams->lock);
  keys = func (streams->table);
  g_mutex_unlock (&streams->lock);
  return keys;
}

/**
 * gst_discord_signaller_get_streams:
 * @self: a signaller
 *
 * The streams that we made or watch, out of order or not.
 *
 * Returns: (transfer full): their keys
 *
 * Since: 0.1
 */
gchar **
gst_discord_signaller_get_streams (GstDiscordSignaller *self)
{
  g_return_val_if_fail (GST_IS_DISCORD_SIGNALLER (self), NULL);

  return dup_keys (self, discord_stream_table_dup_keys);
}

/**
 * gst_discord_signaller_get_live_streams:
 * @self: a signaller
 *
 * The streams of everybody whose voice state we see and who is live.
 *
 * Returns: (transfer full): their keys
 *
 * Since: 0.1
 */
gchar **
gst_discord_signaller_get_live_streams (GstDiscordSignaller *self)
{
  g_return_val_if_fail (GST_IS_DISCORD_SIGNALLER (self), NULL);

  return dup_keys (self, discord_stream_table_dup_live_keys);
}

static gboolean
fill_server (Streams *streams, const GstDiscordStreamKey *key,
    GstDiscordStreamServer *server)
{
  g_autoptr (GstDiscordStreamInfo) info = NULL;
  const gchar *token, *endpoint;

  if (streams->session_id == NULL
      || !discord_stream_table_get_server (
          streams->table, key, &token, &endpoint))
    return FALSE;
  info = discord_stream_table_dup_info (streams->table, key);
  server->rtc_server_id = gst_discord_stream_info_get_rtc_server_id (info);
  server->rtc_channel_id = gst_discord_stream_info_get_rtc_channel_id (info);
  server->user_id = streams->user_id;
  server->session_id = g_strdup (streams->session_id);
  server->token = g_strdup (token);
  server->endpoint = g_strdup (endpoint);
  return TRUE;
}

gboolean
gst_discord_signaller_get_stream_server (GstDiscordSignaller *self,
    const gchar *stream_key, GstDiscordStreamServer *server)
{
  Streams *streams = get_streams (self);
  GstDiscordStreamKey key;
  gboolean there;

  *server = (GstDiscordStreamServer){ 0 };
  if (!gst_discord_stream_key_scan (stream_key, &key))
    return FALSE;
  g_mutex_lock (&streams->lock);
  there = fill_server (streams, &key, server);
  g_mutex_unlock (&streams->lock);
  return there;
}

void
gst_discord_stream_server_clear (GstDiscordStreamServer *server)
{
  if (server->token != NULL)
    sodium_memzero (server->token, strlen (server->token));
  g_clear_pointer (&server->token, g_free);
  g_clear_pointer (&server->session_id, g_free);
  g_clear_pointer (&server->endpoint, g_free);
}
