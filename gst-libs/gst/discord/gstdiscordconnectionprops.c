/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordconnection-internal.h"

#include <math.h>

static void
connection_install_settings (GParamSpec **props)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  /**
   * GstDiscordConnection:signaller:
   *
   * Our way to the main gateway.
   *
   * Since: 0.1
   */
  props[PROP_SIGNALLER] = g_param_spec_object ("signaller", "Signaller",
      "Our way to the main gateway", GST_TYPE_DISCORD_SIGNALLER,
      flags | G_PARAM_CONSTRUCT_ONLY);
  /**
   * GstDiscordConnection:guild-id:
   *
   * The guild (server), 0 for a private or group call.
   *
   * Since: 0.1
   */
  props[PROP_GUILD_ID] = g_param_spec_uint64 ("guild-id", "Guild",
      "Guild (server), 0 for a private or group call", 0, G_MAXUINT64, 0,
      flags | G_PARAM_CONSTRUCT_ONLY);
  /**
   * GstDiscordConnection:channel-id:
   *
   * The voice channel. Setting it while joined moves; being moved by somebody
   * else changes it.
   *
   * Since: 0.1
   */
  props[PROP_CHANNEL_ID] = g_param_spec_uint64 ("channel-id", "Channel",
      "Voice channel; setting it while joined moves", 0, G_MAXUINT64, 0,
      flags | G_PARAM_CONSTRUCT);
  /**
   * GstDiscordConnection:tls-database:
   *
   * Certificates to trust instead of the system's.
   *
   * Since: 0.1
   */
  props[PROP_TLS_DATABASE] = g_param_spec_object ("tls-database",
      "TLS database", "Certificates to trust instead of the system's",
      G_TYPE_TLS_DATABASE, flags | G_PARAM_CONSTRUCT_ONLY);
  /**
   * GstDiscordConnection:self-mute:
   *
   * Whether others see us muted.
   *
   * Since: 0.1
   */
  props[PROP_SELF_MUTE] = g_param_spec_boolean (
      "self-mute", "Self mute", "Show ourselves as muted", FALSE, flags);
  /**
   * GstDiscordConnection:self-deaf:
   *
   * Whether others see us deafened; received audio is dropped then.
   *
   * Since: 0.1
   */
  props[PROP_SELF_DEAF] = g_param_spec_boolean ("self-deaf", "Self deaf",
      "Show ourselves as deafened and drop received audio", FALSE, flags);
  /**
   * GstDiscordConnection:self-video:
   *
   * Whether others see our camera as on. `discordvoicesink` sets it while it
   * has video, unless its `announce-camera` is off. A signaller without
   * update_voice_state_full() tells nobody.
   *
   * Since: 0.1
   */
  props[PROP_SELF_VIDEO] = g_param_spec_boolean (
      "self-video", "Self video", "Show our camera as on", FALSE, flags);
  /**
   * GstDiscordConnection:timeout:
   *
   * How long a join or a move may take, in seconds.
   *
   * Since: 0.1
   */
  props[PROP_TIMEOUT] = g_param_spec_uint ("timeout", "Timeout",
      "How long a join or a move may take, in seconds", 1, 3600,
      DISCORD_CONNECTION_TIMEOUT, flags | G_PARAM_CONSTRUCT);
  /**
   * GstDiscordConnection:reconnect:
   *
   * Whether to join again after the session was lost. A resume is always
   * tried.
   *
   * Since: 0.1
   */
  props[PROP_RECONNECT] = g_param_spec_boolean ("reconnect", "Reconnect",
      "Join again after the session was lost", DISCORD_CONNECTION_RECONNECT,
      flags | G_PARAM_CONSTRUCT);
  /**
   * GstDiscordConnection:max-reconnects:
   *
   * How often in a row, without a minute of being connected between.
   *
   * Since: 0.1
   */
  props[PROP_MAX_RECONNECTS] = g_param_spec_uint ("max-reconnects",
      "Max reconnects",
      "How often to join again without a connected minute between", 0,
      G_MAXUINT, DISCORD_CONNECTION_MAX_RECONNECTS, flags | G_PARAM_CONSTRUCT);
  /**
   * GstDiscordConnection:gateway-version:
   *
   * Version of the voice gateway, 8 or 9.
   *
   * Since: 0.1
   */
  props[PROP_GATEWAY_VERSION] = g_param_spec_uint ("gateway-version",
      "Gateway version", "Version of the voice gateway", 8, 9,
      DISCORD_CONNECTION_GATEWAY_VERSION, flags | G_PARAM_CONSTRUCT);
  /**
   * GstDiscordConnection:encryption-modes:
   *
   * Transport encryption modes, the preferred first; %NULL for all.
   *
   * Since: 0.1
   */
  props[PROP_ENCRYPTION_MODES] =
      g_param_spec_boxed ("encryption-modes", "Encryption modes",
          "Transport encryption modes, the preferred first; none for all",
          G_TYPE_STRV, flags | G_PARAM_CONSTRUCT);
  /**
   * GstDiscordConnection:udp-qos:
   *
   * Whether packets are marked DSCP 40 (CS5).
   *
   * Since: 0.1
   */
  props[PROP_UDP_QOS] = g_param_spec_boolean ("udp-qos", "UDP QoS",
      "Mark packets DSCP 40 (CS5)", FALSE, flags | G_PARAM_CONSTRUCT);
  /**
   * GstDiscordConnection:e2ee:
   *
   * How end-to-end encryption (DAVE) is used; a new value counts from the next
   * join on.
   *
   * Since: 0.1
   */
  props[PROP_E2EE] = g_param_spec_enum ("e2ee", "End-to-end encryption",
      "How end-to-end encryption (DAVE) is used", GST_TYPE_DISCORD_E2EE,
      DISCORD_CONNECTION_E2EE, flags | G_PARAM_CONSTRUCT);
  /**
   * GstDiscordConnection:identity-key-file:
   *
   * File with the private key by which others know us in end-to-end
   * encryption, so that verification codes stay the same. It is made when there
   * is none, and refused when somebody else can read it. %NULL is a new key for
   * as long as the account has a connection in this process.
   *
   * Since: 0.1
   */
  props[PROP_IDENTITY_KEY_FILE] = g_param_spec_string ("identity-key-file",
      "Identity key file",
      "File with our private key of end-to-end encryption, made when missing; "
      "none for a new key",
      NULL, flags | G_PARAM_CONSTRUCT);
}

static void
connection_install_readings (GParamSpec **props)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * GstDiscordConnection:state:
   *
   * Where the connection stands.
   *
   * Since: 0.1
   */
  props[PROP_STATE] = g_param_spec_enum ("state", "State",
      "Where the connection stands", GST_TYPE_DISCORD_CONNECTION_STATE,
      GST_DISCORD_CONNECTION_STATE_IDLE, flags);
  /**
   * GstDiscordConnection:latency:
   *
   * Round trip of the last heartbeat in seconds, infinite before the first.
   *
   * Since: 0.1
   */
  props[PROP_LATENCY] = g_param_spec_double ("latency", "Latency",
      "Round trip of the last heartbeat in seconds", 0, INFINITY, INFINITY,
      flags);
  /**
   * GstDiscordConnection:average-latency:
   *
   * Mean round trip of the last 20 heartbeats in seconds.
   *
   * Since: 0.1
   */
  props[PROP_AVERAGE_LATENCY] = g_param_spec_double ("average-latency",
      "Average latency", "Mean round trip of the last 20 heartbeats in seconds",
      0, INFINITY, INFINITY, flags);
  /**
   * GstDiscordConnection:endpoint:
   *
   * Host and port of the voice server, %NULL before it is known.
   *
   * Since: 0.1
   */
  props[PROP_ENDPOINT] = g_param_spec_string (
      "endpoint", "Endpoint", "Host and port of the voice server", NULL, flags);
  /**
   * GstDiscordConnection:session-id:
   *
   * Id of the voice session, %NULL before it is known.
   *
   * Since: 0.1
   */
  props[PROP_SESSION_ID] = g_param_spec_string (
      "session-id", "Session id", "Id of the voice session", NULL, flags);
  /**
   * GstDiscordConnection:user-id:
   *
   * Ourselves, 0 before it is known.
   *
   * Since: 0.1
   */
  props[PROP_USER_ID] = g_param_spec_uint64 (
      "user-id", "User id", "Ourselves", 0, G_MAXUINT64, 0, flags);
  /**
   * GstDiscordConnection:users: (type GLib.Array(guint64))
   *
   * The other users in the channel.
   *
   * Since: 0.1
   */
  props[PROP_USERS] = g_param_spec_boxed (
      "users", "Users", "The other users in the channel", G_TYPE_ARRAY, flags);
  /**
   * GstDiscordConnection:e2ee-state:
   *
   * Where the end-to-end encryption stands.
   *
   * Since: 0.1
   */
  props[PROP_E2EE_STATE] = g_param_spec_enum ("e2ee-state", "E2EE state",
      "Where the end-to-end encryption stands", GST_TYPE_DISCORD_E2EE_STATE,
      GST_DISCORD_E2EE_STATE_NONE, flags);
  /**
   * GstDiscordConnection:voice-privacy-code:
   *
   * 30 digits that are the same for all members of the encrypted group, and
   * others after every change of it; %NULL without a group. Members who compare
   * them know that nobody sits in between.
   *
   * Since: 0.1
   */
  props[PROP_VOICE_PRIVACY_CODE] =
      g_param_spec_string ("voice-privacy-code", "Voice privacy code",
          "30 digits that all members of the encrypted group share, none "
          "without a group",
          NULL, flags);
  /**
   * GstDiscordConnection:stats:
   *
   * Counters and readings, as gst_discord_connection_get_stats() gives them.
   *
   * Since: 0.1
   */
  props[PROP_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "Counters and readings", GST_TYPE_STRUCTURE, flags);
}

static void
connection_install_signals (GObjectClass *klass, guint *signals)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  /**
   * GstDiscordConnection::user-joined:
   * @self: the connection
   * @user_id: who
   *
   * Somebody is in the channel: also emitted for those who were there first.
   *
   * Since: 0.1
   */
  signals[SIGNAL_USER_JOINED] = g_signal_new ("user-joined", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);
  /**
   * GstDiscordConnection::user-left:
   * @self: the connection
   * @user_id: who
   *
   * Somebody left the channel, or we did.
   *
   * Since: 0.1
   */
  signals[SIGNAL_USER_LEFT] = g_signal_new ("user-left", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);
  /**
   * GstDiscordConnection::speaking:
   * @self: the connection
   * @user_id: who
   * @ssrc: SSRC of that user's audio
   * @flags: in which mode the user speaks
   *
   * Voice gateway op 5: a mode and an SSRC, not voice activity.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SPEAKING] = g_signal_new ("speaking", type, G_SIGNAL_RUN_LAST,
      0, NULL, NULL, NULL, G_TYPE_NONE, 3, G_TYPE_UINT64, G_TYPE_UINT,
      GST_TYPE_DISCORD_SPEAKING_FLAGS);
  /**
   * GstDiscordConnection::client-flags:
   * @self: the connection
   * @user_id: whose
   * @flags: what that user's client says of itself, -1 for nothing
   *
   * Voice gateway op 18.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CLIENT_FLAGS] =
      g_signal_new ("client-flags", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
          NULL, G_TYPE_NONE, 2, G_TYPE_UINT64, G_TYPE_INT64);
  /**
   * GstDiscordConnection::client-platform:
   * @self: the connection
   * @user_id: whose
   * @platform: 0 desktop, 1 mobile, 2 Xbox, 3 PlayStation, -1 not told
   *
   * Voice gateway op 20.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CLIENT_PLATFORM] =
      g_signal_new ("client-platform", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
          NULL, G_TYPE_NONE, 2, G_TYPE_UINT64, G_TYPE_INT64);
  /**
   * GstDiscordConnection::moved:
   * @self: the connection
   * @channel_id: where we are now
   *
   * We are in another channel, by our own wish or somebody else's.
   *
   * Since: 0.1
   */
  signals[SIGNAL_MOVED] = g_signal_new ("moved", type, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);
  /**
   * GstDiscordConnection::move-timeout:
   * @self: the connection
   * @channel_id: where we wanted to go
   *
   * A move was not answered in time; we are where we were, and it may still
   * happen.
   *
   * Since: 0.1
   */
  signals[SIGNAL_MOVE_TIMEOUT] = g_signal_new ("move-timeout", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);
  /**
   * GstDiscordConnection::resumed:
   * @self: the connection
   *
   * The voice session goes on after its websocket was lost.
   *
   * Since: 0.1
   */
  signals[SIGNAL_RESUMED] = g_signal_new (
      "resumed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  /**
   * GstDiscordConnection::privacy-code-changed:
   * @self: the connection
   * @code: (nullable): the new code, %NULL when there is no group any more
   *
   * The encrypted group changed, and with it
   * #GstDiscordConnection:voice-privacy-code.
   *
   * Since: 0.1
   */
  signals[SIGNAL_PRIVACY_CODE_CHANGED] =
      g_signal_new ("privacy-code-changed", type, G_SIGNAL_RUN_LAST, 0, NULL,
          NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  /**
   * GstDiscordConnection::error:
   * @self: the connection
   * @error: why
   *
   * The connection gave up.
   *
   * Since: 0.1
   */
  signals[SIGNAL_ERROR] = g_signal_new ("error", type, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

void
gst_discord_connection_install (
    GObjectClass *klass, GParamSpec **props, guint *signals)
{
  connection_install_settings (props);
  connection_install_readings (props);
  gst_discord_connection_install_video (klass, props, signals);
  gst_discord_connection_install_streams (klass, props, signals);
  g_object_class_install_properties (klass, N_PROPS, props);
  connection_install_signals (klass, signals);
}
