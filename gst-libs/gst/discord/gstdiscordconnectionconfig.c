/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordconnectionconfig.h"

#include "crypto/transportcipher.h"
#include "gstdiscordgateway.h"
#include "gstdiscordstaticsignaller.h"
#include "session/identityfile.h"

#include <gst/discord/gstdiscorderror.h>

#include <string.h>

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

/* Golive section 0. A bot is told of no streams: it would wait for one for ever. */
static gboolean
config_check_go_live (const GstDiscordConnectionConfig *config, GError **error)
{
  if (!discord_connection_config_is_stream (config) || config->signaller != NULL
      || config_is_own_gateway (config)
      || config->account_type != GST_DISCORD_ACCOUNT_TYPE_BOT)
    return TRUE;
  g_set_error_literal (error, GST_DISCORD_ERROR,
      GST_DISCORD_ERROR_NOT_SUPPORTED,
      "Go Live needs a user account, or an OAuth2 token with the voice scope: "
      "account-type is bot.");
  return FALSE;
}

static gboolean
config_check_account (const GstDiscordConnectionConfig *config, GError **error)
{
  const gchar *missing = NULL;

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
  return config_check_go_live (config, error);
}

gboolean
discord_connection_config_check_settings (
    const GstDiscordConnectionConfig *config, GError **error)
{
  TransportMode mode;

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

gboolean
discord_connection_config_check (
    const GstDiscordConnectionConfig *config, GError **error)
{
  return config_check_account (config, error)
      && discord_connection_config_check_settings (config, error);
}

/* Gateway, account, and guild or call. The account is named by a digest: keys
 * are no place for tokens. */
gchar *
discord_connection_config_key (const GstDiscordConnectionConfig *config)
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

gchar *
discord_connection_config_modes (const GstDiscordConnectionConfig *config)
{
  if (config->encryption_modes == NULL)
    return g_strdup ("");
  return g_strjoinv (",", (gchar **) config->encryption_modes);
}

GstDiscordSignaller *
discord_connection_config_make_signaller (
    const GstDiscordConnectionConfig *config, GError **error)
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

gboolean
discord_connection_config_is_stream (const GstDiscordConnectionConfig *config)
{
  return config->stream_key != NULL || config->stream_user != 0
      || config->go_live;
}

static void
set_bad_stream (const gchar *message, GError **error)
{
  g_set_error_literal (
      error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS, message);
}

/* Which stream, and where; @key: its place, of our own without an owner. */
gboolean
discord_connection_config_find_stream (const GstDiscordConnectionConfig *config,
    GstDiscordStreamKey *key, GError **error)
{
  g_autoptr (GstDiscordStreamKey) parsed = NULL;
  guint n = (config->stream_key != NULL) + (config->stream_user != 0)
      + (config->go_live != FALSE);

  if (n > 1) {
    set_bad_stream ("Only one stream can be meant: \"stream-key\", "
                    "\"stream-user\" or \"go-live\".",
        error);
    return FALSE;
  }
  *key = (GstDiscordStreamKey){ .guild_id = config->guild_id,
    .channel_id = config->channel_id,
    .owner_id = config->stream_user };
  if (config->parent != NULL)
    g_object_get (config->parent, "guild-id", &key->guild_id, "channel-id",
        &key->channel_id, NULL);
  if (config->stream_key == NULL)
    return TRUE;

  parsed = gst_discord_stream_key_parse (config->stream_key, error);
  if (parsed == NULL)
    return FALSE;
  if (key->channel_id != 0
      && (key->channel_id != parsed->channel_id
          || key->guild_id != parsed->guild_id)) {
    set_bad_stream ("The stream is in another channel.", error);
    return FALSE;
  }
  *key = *parsed;
  return TRUE;
}
