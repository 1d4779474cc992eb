/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements that mean the same connection find each other here: Discord allows
 * one per account and guild, and one per stream. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordconnection-internal.h"

#include "gstdiscordconnectionconfig.h"

#include <gst/discord/gstdiscorderror.h>

#include <string.h>

typedef struct
{
  gchar *key;
  GstDiscordConnection *connection;
  guint users;
  guint for_streams; /* users that are but streams in the channel */
  GstDiscordConnection *parent; /* acquired; of a stream, else NULL */
  /* What later users must agree with. */
  guint64 channel_id;
  gboolean self_mute, self_deaf, reconnect, udp_qos;
  guint gateway_version;
  gchar *modes;
  GstDiscordE2ee e2ee;
  gchar *identity_key_file;
  GstCaps *codecs; /* NULL: what the registry has */
  gboolean no_rtx;
  gboolean video;
  GstCaps *streams; /* NULL: nobody offers any */
} Entry;

/* Guards the list and its entries; nothing is called while it is held that
 * could take a lock of ours or block. */
static GMutex table_lock;
static GList *table;

static void
entry_free (Entry *entry)
{
  g_free (entry->key);
  g_free (entry->modes);
  g_free (entry->identity_key_file);
  gst_caps_replace (&entry->codecs, NULL);
  gst_caps_replace (&entry->streams, NULL);
  g_free (entry);
}

static Entry *
table_find_unlocked (const gchar *key, GstDiscordConnection *connection)
{
  for (GList *l = table; l != NULL; l = l->next) {
    Entry *entry = l->data;

    if (connection != NULL ? entry->connection == connection
                           : g_strcmp0 (entry->key, key) == 0)
      return entry;
  }
  return NULL;
}

/* @parent: (nullable) (transfer full): what makes it a stream's */
static Entry *
entry_new (const GstDiscordConnectionConfig *config, const gchar *key,
    GstDiscordConnection *parent, GError **error)
{
  g_autoptr (GstDiscordSignaller) signaller = parent != NULL
      ? NULL
      : discord_connection_config_make_signaller (config, error);
  Entry *entry;

  if (parent == NULL && signaller == NULL)
    return NULL;
  entry = g_new0 (Entry, 1);
  entry->key = g_strdup (key);
  entry->parent = parent;
  entry->connection = g_object_new (GST_TYPE_DISCORD_CONNECTION, "signaller",
      signaller, "tls-database", config->tls_database, "guild-id",
      config->guild_id, "channel-id", config->channel_id, "self-mute",
      config->self_mute, "self-deaf", config->self_deaf, "parent", parent,
      "stream-key", config->stream_key, "preferred-region",
      config->preferred_region, "timeout", config->timeout, "reconnect",
      config->reconnect, "max-reconnects", config->max_reconnects,
      "gateway-version", config->gateway_version, "encryption-modes",
      config->encryption_modes, "udp-qos", config->udp_qos, "e2ee",
      config->e2ee, "identity-key-file", config->identity_key_file, "codecs",
      config->codecs, "rtx", !config->no_rtx, "video", config->video,
      "video-streams", config->video_streams, NULL);
  entry->channel_id = config->channel_id;
  entry->self_mute = config->self_mute;
  entry->self_deaf = config->self_deaf;
  entry->reconnect = config->reconnect;
  entry->udp_qos = config->udp_qos;
  entry->gateway_version = config->gateway_version;
  entry->modes = discord_connection_config_modes (config);
  entry->e2ee = config->e2ee;
  entry->identity_key_file = g_strdup (config->identity_key_file);
  gst_caps_replace (&entry->codecs, (GstCaps *) config->codecs);
  entry->no_rtx = config->no_rtx;
  entry->video = config->video;
  gst_caps_replace (&entry->streams, (GstCaps *) config->video_streams);
  return entry;
}

static gboolean
same_caps (const GstCaps *a, const GstCaps *b)
{
  return a == b
      || (a != NULL && b != NULL && gst_caps_is_strictly_equal (a, b));
}

/* Nobody uses the connection for voice: its streams do not care how it is. */
static gboolean
entry_serves_streams (const Entry *entry)
{
  return entry->for_streams > 0 && entry->for_streams == entry->users;
}

/* Who has no video of its own goes with what others offer. */
static const gchar *
entry_video_conflict (
    const Entry *entry, const GstDiscordConnectionConfig *config)
{
  if (!same_caps (entry->codecs, config->codecs))
    return "codecs";
  if (entry->no_rtx != config->no_rtx)
    return "rtx";
  if (entry->streams != NULL && config->video_streams != NULL
      && !same_caps (entry->streams, config->video_streams))
    return "video-streams";
  return NULL;
}

/* What @config adds to what those before it wanted. */
static void
entry_add_video (Entry *entry, const GstDiscordConnectionConfig *config,
    gboolean *video, gboolean *streams)
{
  *video = config->video && !entry->video;
  *streams = config->video_streams != NULL && entry->streams == NULL;
  entry->video |= config->video;
  if (*streams)
    gst_caps_replace (&entry->streams, (GstCaps *) config->video_streams);
}

/* Of what cannot change while joined. */
static const gchar *
entry_fixed_conflict (
    const Entry *entry, const GstDiscordConnectionConfig *config)
{
  g_autofree gchar *modes = discord_connection_config_modes (config);

  if (entry->channel_id != config->channel_id)
    return "channel-id";
  if (entry->gateway_version != config->gateway_version)
    return "gateway-version";
  if (g_strcmp0 (entry->modes, modes) != 0)
    return "encryption-modes";
  if (entry->e2ee != config->e2ee)
    return "e2ee";
  if (g_strcmp0 (entry->identity_key_file, config->identity_key_file) != 0)
    return "identity-key-file";
  return NULL;
}

/* What @config wants otherwise than those before it, or NULL. */
static const gchar *
entry_conflict (const Entry *entry, const GstDiscordConnectionConfig *config)
{
  const gchar *fixed = entry_fixed_conflict (entry, config);

  if (fixed != NULL || entry_serves_streams (entry))
    return fixed;
  if (entry->self_mute != config->self_mute)
    return "self-mute";
  if (entry->self_deaf != config->self_deaf)
    return "self-deaf";
  if (entry->reconnect != config->reconnect)
    return "reconnect";
  if (entry->udp_qos != config->udp_qos)
    return "udp-qos";
  return entry_video_conflict (entry, config);
}

/* Brings what may change while in use up to date. */
static void
entry_refresh (Entry *entry, GstDiscordConnection *connection)
{
  guint64 channel_id;
  gboolean mute, deaf;

  g_object_get (connection, "channel-id", &channel_id, "self-mute", &mute,
      "self-deaf", &deaf, NULL);
  entry->channel_id = channel_id;
  entry->self_mute = mute;
  entry->self_deaf = deaf;
}

/* The first to use for voice what was joined for streams. */
static void
entry_take_over (Entry *entry, const GstDiscordConnectionConfig *config)
{
  entry->reconnect = config->reconnect;
  entry->udp_qos = config->udp_qos;
  gst_caps_replace (&entry->codecs, (GstCaps *) config->codecs);
  entry->no_rtx = config->no_rtx;
}

static void
connection_take_over (
    GstDiscordConnection *connection, const GstDiscordConnectionConfig *config)
{
  g_object_set (connection, "self-mute", config->self_mute, "self-deaf",
      config->self_deaf, "reconnect", config->reconnect, "udp-qos",
      config->udp_qos, "codecs", config->codecs, "rtx", !config->no_rtx, NULL);
}

static void
set_conflict (const gchar *what, GError **error)
{
  g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_CONFLICT,
      "Another element is in this guild with the same account and another "
      "value of \"%s\".",
      what);
}

/* For a user of voice. */
static GstDiscordConnection *
acquire_voice (const GstDiscordConnectionConfig *config, GError **error)
{
  g_autofree gchar *key = discord_connection_config_key (config);
  const gchar *conflict = NULL;
  GstDiscordConnection *connection = NULL;
  gboolean video = FALSE, streams = FALSE, takes_over = FALSE;
  Entry *entry;

  g_mutex_lock (&table_lock);
  entry = table_find_unlocked (key, NULL);
  if (entry != NULL) {
    entry_refresh (entry, entry->connection);
    conflict = entry_conflict (entry, config);
  } else {
    entry = entry_new (config, key, NULL, error);
    if (entry != NULL)
      table = g_list_prepend (table, entry);
  }
  if (entry != NULL && conflict == NULL) {
    takes_over = entry_serves_streams (entry);
    if (takes_over)
      entry_take_over (entry, config);
    entry->users++;
    connection = entry->connection;
    entry_add_video (entry, config, &video, &streams);
  }
  g_mutex_unlock (&table_lock);

  if (takes_over)
    connection_take_over (connection, config);
  if (video)
    g_object_set (connection, "video", TRUE, NULL);
  if (streams)
    g_object_set (connection, "video-streams", config->video_streams, NULL);
  if (conflict != NULL)
    set_conflict (conflict, error);
  return connection;
}

/* For a stream in the channel; however voice is used there. */
static GstDiscordConnection *
acquire_parent (const GstDiscordConnectionConfig *config, GError **error)
{
  GstDiscordConnectionConfig own = *config;
  g_autofree gchar *key = discord_connection_config_key (config);
  GstDiscordConnection *connection = NULL;
  gboolean elsewhere = FALSE;
  Entry *entry;

  own.stream_key = NULL;
  own.preferred_region = NULL;
  own.self_mute = own.self_deaf = TRUE;
  own.codecs = own.video_streams = NULL;
  own.no_rtx = own.video = FALSE;

  g_mutex_lock (&table_lock);
  entry = table_find_unlocked (key, NULL);
  if (entry != NULL) {
    entry_refresh (entry, entry->connection);
    elsewhere = entry->channel_id != config->channel_id;
  } else {
    entry = entry_new (&own, key, NULL, error);
    if (entry != NULL)
      table = g_list_prepend (table, entry);
  }
  if (entry != NULL && !elsewhere) {
    entry->users++;
    entry->for_streams++;
    connection = entry->connection;
  }
  g_mutex_unlock (&table_lock);

  if (elsewhere)
    set_conflict ("channel-id", error);
  return connection;
}

static GstDiscordConnection *
acquire_existing (GstDiscordConnection *connection, gboolean stream)
{
  Entry *entry;

  g_mutex_lock (&table_lock);
  entry = table_find_unlocked (NULL, connection);
  if (entry != NULL) {
    entry->users++;
    entry->for_streams += stream ? 1 : 0;
  }
  g_mutex_unlock (&table_lock);
  return entry != NULL ? connection : g_object_ref (connection);
}

GstDiscordConnection *
gst_discord_connection_acquire_existing (GstDiscordConnection *connection)
{
  return acquire_existing (connection, FALSE);
}

static void release (GstDiscordConnection *self, gboolean stream);

/* Takes @parent. */
static GstDiscordConnection *
acquire_stream (const GstDiscordConnectionConfig *config,
    GstDiscordConnection *parent, GError **error)
{
  g_autofree gchar *key = g_strdup_printf ("stream/%p/%s", parent,
      config->stream_key != NULL ? config->stream_key : "");
  const gchar *conflict = NULL;
  GstDiscordConnection *connection = NULL;
  gboolean is_new;
  Entry *entry;

  g_mutex_lock (&table_lock);
  entry = table_find_unlocked (key, NULL);
  is_new = entry == NULL;
  if (is_new) {
    entry = entry_new (config, key, parent, error);
    table = g_list_prepend (table, entry);
  } else {
    entry_refresh (entry, entry->connection);
    conflict = entry_conflict (entry, config);
  }
  if (conflict == NULL) {
    entry->users++;
    connection = entry->connection;
  }
  g_mutex_unlock (&table_lock);

  if (is_new && config->stream_user != 0)
    gst_discord_connection_await_live (connection);
  /* The entry holds it once. */
  if (!is_new)
    release (parent, TRUE);
  if (conflict != NULL)
    set_conflict (conflict, error);
  return connection;
}

static GstDiscordConnection *
acquire_stream_and_parent (
    const GstDiscordConnectionConfig *config, GError **error)
{
  GstDiscordConnectionConfig own = *config;
  g_autofree gchar *text = NULL;
  GstDiscordConnection *parent;
  GstDiscordStreamKey key;

  if (!discord_connection_config_find_stream (config, &key, error))
    return NULL;
  own.guild_id = key.guild_id;
  own.channel_id = key.channel_id;
  own.self_mute = own.self_deaf = FALSE;
  if (key.owner_id != 0)
    own.stream_key = text = gst_discord_stream_key_to_string (&key);
  if (config->parent != NULL
          ? !discord_connection_config_check_settings (&own, error)
          : !discord_connection_config_check (&own, error))
    return NULL;

  parent = config->parent != NULL ? acquire_existing (config->parent, TRUE)
                                  : acquire_parent (&own, error);
  return parent != NULL ? acquire_stream (&own, parent, error) : NULL;
}

GstDiscordConnection *
gst_discord_connection_acquire (
    const GstDiscordConnectionConfig *config, GError **error)
{
  if (discord_connection_config_is_stream (config))
    return acquire_stream_and_parent (config, error);
  return discord_connection_config_check (config, error)
      ? acquire_voice (config, error)
      : NULL;
}

/* @stream: what was used by a stream in the channel. */
static void
release (GstDiscordConnection *self, gboolean stream)
{
  GstDiscordConnection *parent = NULL;
  Entry *entry;
  gboolean last, mute = FALSE;

  g_mutex_lock (&table_lock);
  entry = table_find_unlocked (NULL, self);
  last = entry == NULL || --entry->users == 0;
  if (entry != NULL && stream && entry->for_streams > 0)
    entry->for_streams--;
  if (entry != NULL && last)
    table = g_list_remove (table, entry);
  else if (entry != NULL)
    mute = !stream && entry_serves_streams (entry);
  g_mutex_unlock (&table_lock);

  /* Nobody hears or speaks any more. */
  if (mute)
    g_object_set (self, "self-mute", TRUE, "self-deaf", TRUE, NULL);
  if (!last)
    return;
  if (entry != NULL) {
    parent = entry->parent;
    entry_free (entry);
  }
  g_object_unref (self);
  if (parent != NULL)
    release (parent, TRUE);
}

void
gst_discord_connection_offer (
    GstDiscordConnection *self, const GstCaps *streams)
{
  Entry *entry;

  g_mutex_lock (&table_lock);
  entry = table_find_unlocked (NULL, self);
  if (entry != NULL)
    gst_caps_replace (&entry->streams, (GstCaps *) streams);
  g_mutex_unlock (&table_lock);
  gst_discord_connection_begin_offer (self, streams);
}

void
gst_discord_connection_release (GstDiscordConnection *self)
{
  release (self, FALSE);
}
