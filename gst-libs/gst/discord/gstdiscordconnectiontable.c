/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements that mean the same voice connection find each other here: Discord
 * allows one per account and guild. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordconnection-internal.h"

#include "crypto/transportcipher.h"
#include "gstdiscordgateway.h"
#include "gstdiscordstaticsignaller.h"
#include "session/identityfile.h"

#include <gst/discord/gstdiscorderror.h>

#include <string.h>

typedef struct
{
  gchar *key;
  GstDiscordConnection *connection;
  guint users;
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

static gboolean
config_is_own_gateway (const GstDiscordConnectionConfig *config)
{
  return config->session_id != NULL || config->voice_token != NULL
      || config->endpoint != NULL || config->user_id != 0;
}

static gboolean
config_check_video (const GstDiscordConnectionConfig *config, GError **error)
{
  g_autoptr (GPtrArray) codecs = NULL;
  g_autoptr (GPtrArray) streams = NULL;

  if (config->codecs != NULL) {
    codecs = gst_discord_voice_codec_list_from_caps (config->codecs, error);
    if (codecs == NULL)
      return FALSE;
  }
  if (config->video_streams != NULL) {
    streams =
        gst_discord_voice_stream_list_from_caps (config->video_streams, error);
    if (streams == NULL)
      return FALSE;
  }
  return TRUE;
}

static gboolean
config_check (const GstDiscordConnectionConfig *config, GError **error)
{
  const gchar *missing = NULL;
  TransportMode mode;

  if (config->channel_id == 0) {
    missing = "channel-id";
  } else if (config->signaller == NULL && config_is_own_gateway (config)) {
    if (config->session_id == NULL)
      missing = "session-id";
    else if (config->voice_token == NULL)
      missing = "voice-token";
    else if (config->endpoint == NULL)
      missing = "endpoint";
    else if (config->user_id == 0)
      missing = "user-id";
  } else if (config->signaller == NULL
      && (config->token == NULL || *config->token == '\0')) {
    missing = "token";
  }
  if (missing != NULL) {
    g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "The setting \"%s\" is missing.", missing);
    return FALSE;
  }

  if (config->gateway_version < 8 || config->gateway_version > 9) {
    g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "Voice gateway version %u is not known; 8 and 9 are.",
        config->gateway_version);
    return FALSE;
  }
  for (guint i = 0;
       config->encryption_modes != NULL && config->encryption_modes[i] != NULL;
       i++) {
    if (transport_mode_from_name (config->encryption_modes[i], &mode))
      continue;
    g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "Transport encryption mode \"%s\" is not known; %s and %s are.",
        config->encryption_modes[i],
        transport_mode_name (TRANSPORT_MODE_AES256_GCM),
        transport_mode_name (TRANSPORT_MODE_XCHACHA20_POLY1305));
    return FALSE;
  }
  if (!config_check_video (config, error))
    return FALSE;
  if (config->e2ee != GST_DISCORD_E2EE_OFF && config->identity_key_file != NULL)
    return discord_identity_file_check (config->identity_key_file, error);
  return TRUE;
}

/* Gateway, account, and guild or call. The account is named by a digest: keys
 * are no place for tokens. */
static gchar *
config_key (const GstDiscordConnectionConfig *config)
{
  g_autofree gchar *account = NULL;

  if (config->signaller != NULL) {
    account = g_strdup_printf ("signaller/%p", config->signaller);
  } else if (config_is_own_gateway (config)) {
    account = g_strdup_printf ("user/%" G_GUINT64_FORMAT, config->user_id);
  } else {
    g_autofree gchar *digest =
        g_compute_checksum_for_string (G_CHECKSUM_SHA256, config->token, -1);

    account = g_strdup_printf ("token/%d/%s", config->account_type, digest);
  }
  return g_strdup_printf ("%s/%s/%s/%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT,
      config->gateway_url != NULL ? config->gateway_url : "",
      config->api_url != NULL ? config->api_url : "", account, config->guild_id,
      config->guild_id == 0 ? config->channel_id : 0);
}

static gchar *
config_modes (const GstDiscordConnectionConfig *config)
{
  if (config->encryption_modes == NULL)
    return g_strdup ("");
  return g_strjoinv (",", (gchar **) config->encryption_modes);
}

static GstDiscordSignaller *
config_make_signaller (const GstDiscordConnectionConfig *config, GError **error)
{
  g_autofree gchar *endpoint = NULL;

  if (config->signaller != NULL)
    return g_object_ref (config->signaller);
  if (!config_is_own_gateway (config))
    return (GstDiscordSignaller *) gst_discord_gateway_get (config->token,
        config->account_type, config->gateway_url, config->api_url,
        config->tls_database, error);

  /* A ws:// gateway makes voice endpoints ws:// too. */
  if (config->gateway_url != NULL
      && g_str_has_prefix (config->gateway_url, "ws://")
      && strstr (config->endpoint, "://") == NULL)
    endpoint = g_strconcat ("ws://", config->endpoint, NULL);
  return gst_discord_static_signaller_new (config->user_id, config->session_id,
      config->voice_token, endpoint != NULL ? endpoint : config->endpoint);
}

static Entry *
entry_new (
    const GstDiscordConnectionConfig *config, const gchar *key, GError **error)
{
  g_autoptr (GstDiscordSignaller) signaller =
      config_make_signaller (config, error);
  Entry *entry;

  if (signaller == NULL)
    return NULL;
  entry = g_new0 (Entry, 1);
  entry->key = g_strdup (key);
  entry->connection = g_object_new (GST_TYPE_DISCORD_CONNECTION, "signaller",
      signaller, "tls-database", config->tls_database, "guild-id",
      config->guild_id, "channel-id", config->channel_id, "self-mute",
      config->self_mute, "self-deaf", config->self_deaf, "timeout",
      config->timeout, "reconnect", config->reconnect, "max-reconnects",
      config->max_reconnects, "gateway-version", config->gateway_version,
      "encryption-modes", config->encryption_modes, "udp-qos", config->udp_qos,
      "e2ee", config->e2ee, "identity-key-file", config->identity_key_file,
      "codecs", config->codecs, "rtx", !config->no_rtx, "video", config->video,
      "video-streams", config->video_streams, NULL);
  entry->channel_id = config->channel_id;
  entry->self_mute = config->self_mute;
  entry->self_deaf = config->self_deaf;
  entry->reconnect = config->reconnect;
  entry->udp_qos = config->udp_qos;
  entry->gateway_version = config->gateway_version;
  entry->modes = config_modes (config);
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

/* What @config wants otherwise than those before it, or NULL. */
static const gchar *
entry_conflict (const Entry *entry, const GstDiscordConnectionConfig *config)
{
  g_autofree gchar *modes = config_modes (config);

  if (entry->channel_id != config->channel_id)
    return "channel-id";
  if (entry->self_mute != config->self_mute)
    return "self-mute";
  if (entry->self_deaf != config->self_deaf)
    return "self-deaf";
  if (entry->reconnect != config->reconnect)
    return "reconnect";
  if (entry->udp_qos != config->udp_qos)
    return "udp-qos";
  if (entry->gateway_version != config->gateway_version)
    return "gateway-version";
  if (g_strcmp0 (entry->modes, modes) != 0)
    return "encryption-modes";
  if (entry->e2ee != config->e2ee)
    return "e2ee";
  if (g_strcmp0 (entry->identity_key_file, config->identity_key_file) != 0)
    return "identity-key-file";
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

GstDiscordConnection *
gst_discord_connection_acquire (
    const GstDiscordConnectionConfig *config, GError **error)
{
  g_autofree gchar *key = NULL;
  const gchar *conflict = NULL;
  GstDiscordConnection *connection = NULL;
  Entry *entry, *made = NULL;
  gboolean video = FALSE, streams = FALSE;

  if (!config_check (config, error))
    return NULL;
  key = config_key (config);

  g_mutex_lock (&table_lock);
  entry = table_find_unlocked (key, NULL);
  if (entry != NULL) {
    entry_refresh (entry, entry->connection);
    conflict = entry_conflict (entry, config);
  } else {
    entry = made = entry_new (config, key, error);
    if (made != NULL)
      table = g_list_prepend (table, made);
  }
  if (entry != NULL && conflict == NULL) {
    entry->users++;
    connection = entry->connection;
    entry_add_video (entry, config, &video, &streams);
  }
  g_mutex_unlock (&table_lock);

  if (video)
    g_object_set (connection, "video", TRUE, NULL);
  if (streams)
    g_object_set (connection, "video-streams", config->video_streams, NULL);

  if (conflict != NULL)
    g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_CONFLICT,
        "Another element is in this guild with the same account and another "
        "value of \"%s\".",
        conflict);
  return connection;
}

GstDiscordConnection *
gst_discord_connection_acquire_existing (GstDiscordConnection *connection)
{
  Entry *entry;

  g_mutex_lock (&table_lock);
  entry = table_find_unlocked (NULL, connection);
  if (entry != NULL)
    entry->users++;
  g_mutex_unlock (&table_lock);
  return entry != NULL ? connection : g_object_ref (connection);
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
  Entry *gone = NULL;
  gboolean last;

  g_mutex_lock (&table_lock);
  gone = table_find_unlocked (NULL, self);
  last = gone == NULL || --gone->users == 0;
  if (gone != NULL && last)
    table = g_list_remove (table, gone);
  g_mutex_unlock (&table_lock);

  if (!last)
    return;
  if (gone != NULL)
    entry_free (gone);
  g_object_unref (self);
}
