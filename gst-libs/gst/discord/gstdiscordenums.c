/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordenums.h"

GType
gst_discord_account_type_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_DISCORD_ACCOUNT_TYPE_BOT, "Bot account", "bot" },
    { GST_DISCORD_ACCOUNT_TYPE_USER, "User account", "user" },
    { GST_DISCORD_ACCOUNT_TYPE_BEARER, "OAuth2 access token", "bearer" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstDiscordAccountType", values));
  return type;
}

GType
gst_discord_connection_state_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_DISCORD_CONNECTION_STATE_IDLE, "Not joined", "idle" },
    { GST_DISCORD_CONNECTION_STATE_SIGNALLING, "Waiting for a voice server",
        "signalling" },
    { GST_DISCORD_CONNECTION_STATE_OPENING, "Opening the voice gateway",
        "opening" },
    { GST_DISCORD_CONNECTION_STATE_IDENTIFYING, "Waiting for Ready",
        "identifying" },
    { GST_DISCORD_CONNECTION_STATE_DISCOVERING, "IP discovery", "discovering" },
    { GST_DISCORD_CONNECTION_STATE_SELECTING,
        "Waiting for the session description", "selecting" },
    { GST_DISCORD_CONNECTION_STATE_CONNECTED, "Connected", "connected" },
    { GST_DISCORD_CONNECTION_STATE_RESUMING, "Resuming", "resuming" },
    { GST_DISCORD_CONNECTION_STATE_WAITING, "Waiting for a new voice server",
        "waiting" },
    { GST_DISCORD_CONNECTION_STATE_FAILED, "Gave up", "failed" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstDiscordConnectionState", values));
  return type;
}

GType
gst_discord_speaking_flags_get_type (void)
{
  static gsize type = 0;
  static const GFlagsValue values[] = {
    { GST_DISCORD_SPEAKING_VOICE, "Microphone", "voice" },
    { GST_DISCORD_SPEAKING_SOUNDSHARE, "Shared sound", "soundshare" },
    { GST_DISCORD_SPEAKING_PRIORITY, "Priority speaker", "priority" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_flags_register_static ("GstDiscordSpeakingFlags", values));
  return type;
}

GType
gst_discord_e2ee_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_DISCORD_E2EE_REQUIRED, "Never in clear unless the server wants it so",
        "required" },
    { GST_DISCORD_E2EE_ALLOWED, "Plays what others send in clear", "allowed" },
    { GST_DISCORD_E2EE_OFF, "Not announced", "off" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstDiscordE2ee", values));
  return type;
}

GType
gst_discord_e2ee_state_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_DISCORD_E2EE_STATE_NONE, "Nothing agreed", "none" },
    { GST_DISCORD_E2EE_STATE_CLEAR, "In clear", "clear" },
    { GST_DISCORD_E2EE_STATE_ALONE, "Nobody else is here", "alone" },
    { GST_DISCORD_E2EE_STATE_PENDING, "Waiting for a group", "pending" },
    { GST_DISCORD_E2EE_STATE_ENCRYPTED, "Encrypted", "encrypted" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstDiscordE2eeState", values));
  return type;
}

GType
gst_discord_codec_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_DISCORD_CODEC_UNKNOWN, "Unknown", "unknown" },
    { GST_DISCORD_CODEC_OPUS, "Opus", "opus" },
    { GST_DISCORD_CODEC_VP8, "VP8", "vp8" },
    { GST_DISCORD_CODEC_VP9, "VP9", "vp9" },
    { GST_DISCORD_CODEC_H264, "H.264", "h264" },
    { GST_DISCORD_CODEC_H265, "H.265", "h265" },
    { GST_DISCORD_CODEC_AV1, "AV1", "av1" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstDiscordCodec", values));
  return type;
}

GType
gst_discord_stream_delete_reason_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_DISCORD_STREAM_DELETE_REASON_UNKNOWN, "Unknown", "unknown" },
    { GST_DISCORD_STREAM_DELETE_REASON_USER_REQUESTED, "We asked for it",
        "user-requested" },
    { GST_DISCORD_STREAM_DELETE_REASON_STREAM_ENDED, "Its owner ended it",
        "stream-ended" },
    { GST_DISCORD_STREAM_DELETE_REASON_STREAM_FULL, "No room for a viewer",
        "stream-full" },
    { GST_DISCORD_STREAM_DELETE_REASON_UNAUTHORIZED, "Not allowed",
        "unauthorized" },
    { GST_DISCORD_STREAM_DELETE_REASON_SAFETY_GUILD_RATE_LIMITED,
        "Too many streams in the guild", "safety-guild-rate-limited" },
    { GST_DISCORD_STREAM_DELETE_REASON_PARSE_FAILED, "Key not understood",
        "parse-failed" },
    { GST_DISCORD_STREAM_DELETE_REASON_INVALID_CHANNEL, "Not in that channel",
        "invalid-channel" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstDiscordStreamDeleteReason", values));
  return type;
}

GType
gst_discord_stream_state_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_DISCORD_STREAM_STATE_IDLE, "Not asked for", "idle" },
    { GST_DISCORD_STREAM_STATE_REQUESTED, "Asked for", "requested" },
    { GST_DISCORD_STREAM_STATE_SIGNALLED, "Voice server known", "signalled" },
    { GST_DISCORD_STREAM_STATE_CONNECTING, "Connecting", "connecting" },
    { GST_DISCORD_STREAM_STATE_CONNECTED, "Connected", "connected" },
    { GST_DISCORD_STREAM_STATE_WAITING, "Waiting for a new voice server",
        "waiting" },
    { GST_DISCORD_STREAM_STATE_UNAVAILABLE, "Out of order", "unavailable" },
    { GST_DISCORD_STREAM_STATE_ENDED, "Over", "ended" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstDiscordStreamState", values));
  return type;
}
