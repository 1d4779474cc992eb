/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties that the source and the sink have in common. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordsettings-private.h"

#define READY_FLAGS (G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)
#define READWRITE (G_PARAM_READWRITE | READY_FLAGS)
#define RUNNING                                                                \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING)
#define SECRET (G_PARAM_WRITABLE | READY_FLAGS)

static void
install_account (GParamSpec **specs)
{
  specs[GST_DISCORD_SETTING_TOKEN] = g_param_spec_string ("token", "Token",
      "Token of the account; before token-file and token-env", NULL, SECRET);
  specs[GST_DISCORD_SETTING_TOKEN_ENV] = g_param_spec_string ("token-env",
      "Token variable", "Environment variable that holds the token",
      DEFAULT_TOKEN_ENV, READWRITE);
  specs[GST_DISCORD_SETTING_TOKEN_FILE] =
      g_param_spec_string ("token-file", "Token file",
          "File that holds the token; before token-env", NULL, READWRITE);
  specs[GST_DISCORD_SETTING_ACCOUNT_TYPE] = g_param_spec_enum ("account-type",
      "Account type", "Kind of account the token belongs to",
      GST_TYPE_DISCORD_ACCOUNT_TYPE, GST_DISCORD_ACCOUNT_TYPE_BOT, READWRITE);
  specs[GST_DISCORD_SETTING_SESSION_ID] = g_param_spec_string ("session-id",
      "Session ID",
      "Main gateway session, for callers with an own gateway; together with "
      "voice-token, endpoint and user-id",
      NULL, SECRET);
  specs[GST_DISCORD_SETTING_VOICE_TOKEN] =
      g_param_spec_string ("voice-token", "Voice token",
          "Token of the voice server update of an own gateway", NULL, SECRET);
  specs[GST_DISCORD_SETTING_ENDPOINT] =
      g_param_spec_string ("endpoint", "Endpoint",
          "Voice server as host:port, from an own gateway", NULL, READWRITE);
  specs[GST_DISCORD_SETTING_USER_ID] = g_param_spec_uint64 ("user-id",
      "User ID", "Our user, as an own gateway knows it (0 = not given)", 0,
      G_MAXUINT64, 0, READWRITE);
}

static void
install_place (GParamSpec **specs)
{
  specs[GST_DISCORD_SETTING_GUILD_ID] = g_param_spec_uint64 ("guild-id",
      "Guild ID", "Guild of the voice channel (0 = a private or group call)", 0,
      G_MAXUINT64, 0, READWRITE);
  specs[GST_DISCORD_SETTING_CHANNEL_ID] =
      g_param_spec_uint64 ("channel-id", "Channel ID",
          "Voice channel; changing it while running moves to another one", 0,
          G_MAXUINT64, 0, RUNNING);
  specs[GST_DISCORD_SETTING_GATEWAY_URL] = g_param_spec_string ("gateway-url",
      "Gateway URL",
      "Main gateway (NULL = ask Discord); ws:// for loopback addresses only",
      NULL, READWRITE);
  specs[GST_DISCORD_SETTING_API_URL] = g_param_spec_string ("api-url",
      "API URL", "Base of the REST API (NULL = Discord's, or the stand-in's)",
      NULL, READWRITE);
  specs[GST_DISCORD_SETTING_TLS_CA_FILE] =
      g_param_spec_string ("tls-ca-file", "TLS CA file",
          "PEM file of the authorities to trust (NULL = the system's)", NULL,
          READWRITE);
  specs[GST_DISCORD_SETTING_TLS_DATABASE] = g_param_spec_object ("tls-database",
      "TLS database", "Authorities to trust; before tls-ca-file",
      G_TYPE_TLS_DATABASE, READWRITE);
  specs[GST_DISCORD_SETTING_CONNECTION] = g_param_spec_object ("connection",
      "Connection",
      "Connection to use instead of one made of the properties; from READY on "
      "the one in use",
      GST_TYPE_DISCORD_CONNECTION, READWRITE);
  specs[GST_DISCORD_SETTING_SIGNALLER] = g_param_spec_object ("signaller",
      "Signaller", "The application's own main gateway; no token needed then",
      GST_TYPE_DISCORD_SIGNALLER, READWRITE);
}

static void
install_behaviour (GParamSpec **specs)
{
  specs[GST_DISCORD_SETTING_SELF_MUTE] = g_param_spec_boolean (
      "self-mute", "Self mute", "Show our microphone as muted", FALSE, RUNNING);
  specs[GST_DISCORD_SETTING_SELF_DEAF] = g_param_spec_boolean ("self-deaf",
      "Self deaf", "Show ourselves as deafened; nothing is received then",
      FALSE, RUNNING);
  specs[GST_DISCORD_SETTING_TIMEOUT] = g_param_spec_uint ("timeout", "Timeout",
      "Longest wait for Discord to answer a join, in seconds", 1, 3600,
      DEFAULT_TIMEOUT, READWRITE);
  specs[GST_DISCORD_SETTING_RECONNECT] = g_param_spec_boolean ("reconnect",
      "Reconnect", "Join again after a lost session", TRUE, READWRITE);
  specs[GST_DISCORD_SETTING_MAX_RECONNECTS] =
      g_param_spec_uint ("max-reconnects", "Max reconnects",
          "Failed attempts to join again before giving up", 0, G_MAXUINT,
          DEFAULT_MAX_RECONNECTS, READWRITE);
  specs[GST_DISCORD_SETTING_GATEWAY_VERSION] = g_param_spec_uint (
      "gateway-version", "Gateway version", "Version of the voice gateway", 8,
      9, DEFAULT_GATEWAY_VERSION, READWRITE);
  specs[GST_DISCORD_SETTING_ENCRYPTION_MODES] =
      gst_param_spec_array ("encryption-modes", "Encryption modes",
          "Transport encryption modes to accept, preferred first (empty = all)",
          g_param_spec_string ("mode", "Mode", "Name of a mode", NULL,
              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS),
          READWRITE);
  specs[GST_DISCORD_SETTING_UDP_QOS] = g_param_spec_boolean ("udp-qos",
      "UDP QoS", "Mark media packets with DSCP CS5", FALSE, READWRITE);
  specs[GST_DISCORD_SETTING_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "Counters of the connection and of this element", GST_TYPE_STRUCTURE,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
install_video (GParamSpec **specs)
{
  specs[GST_DISCORD_SETTING_CODECS] = g_param_spec_boxed ("codecs", "Codecs",
      "Codecs to tell the voice server of, the preferred first, as caps such as "
      "audio/x-opus;video/x-vp8 (NULL = what is installed)",
      GST_TYPE_CAPS, READWRITE);
  specs[GST_DISCORD_SETTING_RTX] = g_param_spec_boolean ("rtx", "RTX",
      "Send lost packets of video again, in both directions", TRUE, READWRITE);
  specs[GST_DISCORD_SETTING_VIDEO_CODEC] =
      g_param_spec_string ("video-codec", "Video codec",
          "Codec in which video is to be sent now, such as H264 (NULL = not "
          "agreed)",
          NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
install_e2ee (GParamSpec **specs)
{
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  specs[GST_DISCORD_SETTING_E2EE] = g_param_spec_enum ("e2ee",
      "End-to-end encryption", "Whether media is end-to-end encrypted",
      GST_TYPE_DISCORD_E2EE, GST_DISCORD_E2EE_REQUIRED, READWRITE);
  specs[GST_DISCORD_SETTING_IDENTITY_KEY_FILE] =
      g_param_spec_string ("identity-key-file", "Identity key file",
          "File that keeps the key we are known by, made when it does not "
          "exist (NULL = a new key in each process)",
          NULL, READWRITE);
  specs[GST_DISCORD_SETTING_E2EE_STATE] = g_param_spec_enum ("e2ee-state",
      "E2EE state", "Where the end-to-end encryption stands",
      GST_TYPE_DISCORD_E2EE_STATE, GST_DISCORD_E2EE_STATE_NONE, readable);
  specs[GST_DISCORD_SETTING_VOICE_PRIVACY_CODE] =
      g_param_spec_string ("voice-privacy-code", "Voice privacy code",
          "30 digits that all members of the encrypted group share (NULL = no "
          "group)",
          NULL, readable);
}

void
gst_discord_settings_install (GObjectClass *klass, guint first_id)
{
  GParamSpec *specs[GST_DISCORD_N_SETTINGS] = { NULL };

  install_account (specs);
  install_place (specs);
  install_behaviour (specs);
  install_e2ee (specs);
  install_video (specs);
  for (guint i = 0; i < GST_DISCORD_N_SETTINGS; i++)
    g_object_class_install_property (klass, first_id + i, specs[i]);

  gst_type_mark_as_plugin_api (GST_TYPE_DISCORD_ACCOUNT_TYPE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_DISCORD_E2EE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_DISCORD_E2EE_STATE, 0);
}
