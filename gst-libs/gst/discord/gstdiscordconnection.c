/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:gstdiscordconnection
 * @title: GstDiscordConnection
 * @short_description: One stay in a voice channel
 *
 * What `discordvoicesrc` and `discordvoicesink` share when they are in the same
 * channel: one voice session, one UDP socket, one key. Elements make it by
 * themselves; an application makes one to see who is in the channel, to join
 * before it has a pipeline, or to give it to elements through their
 * `connection` property.
 *
 * Calls are end-to-end encrypted (DAVE) unless #GstDiscordConnection:e2ee is
 * off; #GstDiscordConnection:e2ee-state tells where that stands. Nobody between
 * the members can listen if all of them see the same
 * #GstDiscordConnection:voice-privacy-code; two of them know each other again by
 * gst_discord_connection_get_verification_code_async().
 *
 * Go Live streams are connections too, with the voice connection of their channel
 * as their #GstDiscordConnection:parent:
 * gst_discord_connection_create_stream_async() makes one of our own,
 * gst_discord_connection_watch_stream_async() one of somebody else's. They end
 * with their parent, and otherwise live a life of their own, on another voice
 * server.
 *
 * All functions may be called from any thread. Signals, notify included, are
 * emitted in the library's signalling thread: handlers must not block.
 *
 * The channel is left when the last element that uses the connection is in
 * READY or below and the application disconnected, or when the last reference
 * goes.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordconnection-internal.h"

#include "gstdiscorderror.h"
#include "gstdiscordgateway-private.h"

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (
    GstDiscordConnection, gst_discord_connection, G_TYPE_OBJECT)

/* What the inside tells, on the signalling thread. It outlives the object, so
 * it knows it by a weak reference only. */

static void
on_state_changed (GstDiscordConnectionState state, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) self = g_weak_ref_get (user_data);

  if (self == NULL)
    return;
  if (state == GST_DISCORD_CONNECTION_STATE_CONNECTED)
    discord_connection_calls_connected (self->calls);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

static void
on_changed (DiscordRtcChange what, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) self = g_weak_ref_get (user_data);

  if (self == NULL)
    return;
  if (what & DISCORD_RTC_ENDPOINT)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ENDPOINT]);
  if (what & DISCORD_RTC_SESSION) {
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SESSION_ID]);
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_USER_ID]);
  }
  if (what & DISCORD_RTC_LATENCY) {
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LATENCY]);
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_AVERAGE_LATENCY]);
  }
  if (what & DISCORD_RTC_CHANNEL)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CHANNEL_ID]);
  if (what & DISCORD_RTC_USERS)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_USERS]);
  if (what & DISCORD_RTC_E2EE_STATE)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_E2EE_STATE]);
  if (what & DISCORD_RTC_VIDEO_CODEC)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_VIDEO_CODEC]);
  if (what & DISCORD_RTC_VIDEO_STREAMS)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_VIDEO_STREAMS]);
  if (what & DISCORD_RTC_STREAM_KEY)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STREAM_KEY]);
  if (what & DISCORD_RTC_STREAM_INFO) {
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_VIEWERS]);
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_REGION]);
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PAUSED]);
  }
  if (what & DISCORD_RTC_STREAMS)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STREAMS]);
}

static void
on_stream_state (GstDiscordStreamState state,
    GstDiscordStreamDeleteReason reason, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) self = g_weak_ref_get (user_data);

  if (self == NULL)
    return;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STREAM_STATE]);
  g_object_notify_by_pspec (
      G_OBJECT (self->voice), props[PROP_STREAM_CONNECTIONS]);
  g_signal_emit (self, signals[SIGNAL_STREAM_STATE_CHANGED], 0, state, reason);
}

static void
on_stream_live (const gchar *key, gboolean live, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) self = g_weak_ref_get (user_data);
  guint signal = live ? SIGNAL_STREAM_ADDED : SIGNAL_STREAM_REMOVED;

  if (self != NULL)
    g_signal_emit (self, signals[signal], 0, key);
}

static void
on_resumed (gpointer user_data)
{
  g_autoptr (GstDiscordConnection) self = g_weak_ref_get (user_data);

  if (self != NULL)
    g_signal_emit (self, signals[SIGNAL_RESUMED], 0);
}

static void
on_privacy_code (const gchar *code, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) self = g_weak_ref_get (user_data);

  if (self == NULL)
    return;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_VOICE_PRIVACY_CODE]);
  g_signal_emit (self, signals[SIGNAL_PRIVACY_CODE_CHANGED], 0, code);
}

static void
on_moved (guint64 channel_id, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) self = g_weak_ref_get (user_data);

  if (self == NULL)
    return;
  discord_connection_calls_moved (self->calls, channel_id);
  g_signal_emit (self, signals[SIGNAL_MOVED], 0, channel_id);
}

static void
on_move_timeout (guint64 channel_id, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) self = g_weak_ref_get (user_data);

  if (self == NULL)
    return;
  discord_connection_calls_move_timeout (self->calls, channel_id);
  g_signal_emit (self, signals[SIGNAL_MOVE_TIMEOUT], 0, channel_id);
}

static void
on_user_joined (guint64 user_id, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) self = g_weak_ref_get (user_data);

  if (self != NULL)
    g_signal_emit (self, signals[SIGNAL_USER_JOINED], 0, user_id);
}

static void
on_user_left (guint64 user_id, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) self = g_weak_ref_get (user_data);

  if (self != NULL)
    g_signal_emit (self, signals[SIGNAL_USER_LEFT], 0, user_id);
}

static void
on_speaking (guint64 user_id, guint32 ssrc, guint flags, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) self = g_weak_ref_get (user_data);

  if (self != NULL)
    g_signal_emit (self, signals[SIGNAL_SPEAKING], 0, user_id, ssrc, flags);
}

static void
on_user_streams (guint64 user_id, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) self = g_weak_ref_get (user_data);

  if (self != NULL)
    g_signal_emit (self, signals[SIGNAL_USER_STREAMS_CHANGED], 0, user_id);
}

static void
on_wants (const GstDiscordMediaSinkWants *wants, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) self = g_weak_ref_get (user_data);

  if (self != NULL)
    g_signal_emit (self, signals[SIGNAL_MEDIA_SINK_WANTS], 0, wants);
}

static void
on_client_flags (guint64 user_id, gint64 flags, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) self = g_weak_ref_get (user_data);

  if (self != NULL)
    g_signal_emit (self, signals[SIGNAL_CLIENT_FLAGS], 0, user_id, flags);
}

static void
on_client_platform (guint64 user_id, gint64 platform, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) self = g_weak_ref_get (user_data);

  if (self != NULL)
    g_signal_emit (self, signals[SIGNAL_CLIENT_PLATFORM], 0, user_id, platform);
}

static void
on_ended (const GError *error, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) self = g_weak_ref_get (user_data);

  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  g_clear_error (&self->error);
  if (error != NULL)
    self->error = g_error_copy (error);
  g_mutex_unlock (&self->lock);

  discord_connection_calls_ended (self->calls, error);
  if (error != NULL
      && !g_error_matches (
          error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_STREAM_ENDED))
    g_signal_emit (self, signals[SIGNAL_ERROR], 0, error);
}

static const DiscordRtcCallbacks rtc_callbacks = {
  .state_changed = on_state_changed,
  .changed = on_changed,
  .resumed = on_resumed,
  .privacy_code = on_privacy_code,
  .moved = on_moved,
  .move_timeout = on_move_timeout,
  .user_joined = on_user_joined,
  .user_left = on_user_left,
  .speaking = on_speaking,
  .user_streams = on_user_streams,
  .wants = on_wants,
  .client_flags = on_client_flags,
  .client_platform = on_client_platform,
  .stream_state = on_stream_state,
  .stream_live = on_stream_live,
  .ended = on_ended,
};

static void
weak_ref_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static void
gst_discord_connection_constructed (GObject *object)
{
  GstDiscordConnection *self = GST_DISCORD_CONNECTION (object);
  GWeakRef *ref = g_new (GWeakRef, 1);

  G_OBJECT_CLASS (gst_discord_connection_parent_class)->constructed (object);

  gst_discord_connection_adopt_parent (self);
  g_return_if_fail (self->signaller != NULL);
  if (GST_IS_DISCORD_GATEWAY (self->signaller)) {
    GstDiscordGateway *gateway = GST_DISCORD_GATEWAY (self->signaller);

    self->config.session.insecure = gst_discord_gateway_is_insecure (gateway);
    if (self->tls_database == NULL)
      self->tls_database = gst_discord_gateway_dup_tls_database (gateway);
  }
  g_weak_ref_init (ref, self);
  self->rtc = discord_rtc_new (self->signaller, self->tls_database,
      self->voice != NULL ? self->voice->rtc : NULL, &self->config,
      &rtc_callbacks, ref, weak_ref_free);
  self->calls = discord_connection_calls_new ();
}

static void
gst_discord_connection_finalize (GObject *object)
{
  GstDiscordConnection *self = GST_DISCORD_CONNECTION (object);

  g_clear_pointer (&self->rtc, discord_rtc_release);
  gst_discord_connection_leave_parent (self);
  if (self->voice != NULL && self->opens > 0)
    gst_discord_connection_close (self->voice);
  g_clear_object (&self->voice);
  g_free (self->stream_key);
  g_clear_pointer (&self->calls, discord_connection_calls_free);
  g_clear_object (&self->signaller);
  g_clear_object (&self->tls_database);
  g_clear_error (&self->error);
  g_mutex_clear (&self->settings_lock);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_discord_connection_parent_class)->finalize (object);
}

/* Known names in the order given, each once. */
static void
config_set_modes (DiscordVoiceSessionConfig *config, const gchar *const *names)
{
  config->n_modes = 0;
  for (guint i = 0; names != NULL && names[i] != NULL; i++) {
    TransportMode mode;
    gboolean known = transport_mode_from_name (names[i], &mode);

    if (!known) {
      g_warning ("unknown transport encryption mode '%s'", names[i]);
      continue;
    }
    if (config->n_modes == 1 && config->modes[0] == mode)
      continue;
    if (config->n_modes < G_N_ELEMENTS (config->modes))
      config->modes[config->n_modes++] = mode;
  }
  if (config->n_modes > 0)
    return;
  /* Voice gateway 2.4. */
  config->modes[0] = TRANSPORT_MODE_AES256_GCM;
  config->modes[1] = TRANSPORT_MODE_XCHACHA20_POLY1305;
  config->n_modes = 2;
}

static gchar **
config_dup_modes (const DiscordVoiceSessionConfig *config)
{
  gchar **names = g_new0 (gchar *, config->n_modes + 1);

  for (guint i = 0; i < config->n_modes; i++)
    names[i] = g_strdup (transport_mode_name (config->modes[i]));
  return names;
}

/* Called with the lock held. TRUE: @id is one of the settings. */
static gboolean
connection_set_unlocked (
    GstDiscordConnection *self, guint id, const GValue *value)
{
  DiscordVoiceSessionConfig *config = &self->config.session;

  switch (id) {
    case PROP_GUILD_ID:
      config->guild_id = g_value_get_uint64 (value);
      return TRUE;
    case PROP_CHANNEL_ID:
      config->channel_id = g_value_get_uint64 (value);
      return TRUE;
    case PROP_SELF_MUTE:
      config->self_mute = g_value_get_boolean (value);
      return TRUE;
    case PROP_SELF_DEAF:
      config->self_deaf = g_value_get_boolean (value);
      return TRUE;
    case PROP_SELF_VIDEO:
      config->self_video = g_value_get_boolean (value);
      return TRUE;
    case PROP_TIMEOUT:
      config->timeout = g_value_get_uint (value);
      return TRUE;
    case PROP_RECONNECT:
      config->reconnect = g_value_get_boolean (value);
      return TRUE;
    case PROP_MAX_RECONNECTS:
      config->max_reconnects = g_value_get_uint (value);
      return TRUE;
    case PROP_GATEWAY_VERSION:
      config->gateway_version = g_value_get_uint (value);
      return TRUE;
    case PROP_ENCRYPTION_MODES:
      config_set_modes (config, g_value_get_boxed (value));
      return TRUE;
    case PROP_UDP_QOS:
      self->config.udp_qos = g_value_get_boolean (value);
      return TRUE;
    case PROP_E2EE:
      self->config.e2ee = g_value_get_enum (value);
      return TRUE;
    case PROP_IDENTITY_KEY_FILE:
      /* Copies of the configuration share it. */
      self->config.identity_key_file =
          g_intern_string (g_value_get_string (value));
      return TRUE;
    case PROP_PREFERRED_REGION:
      self->config.preferred_region =
          g_intern_string (g_value_get_string (value));
      return TRUE;
    default:
      return gst_discord_connection_set_video_property_unlocked (
          self, id, value);
  }
}

/* What a running session takes at once. */
static void
connection_apply (
    GstDiscordConnection *self, guint id, const DiscordRtcConfig *config)
{
  discord_rtc_configure (self->rtc, config);
  if (id == PROP_CHANNEL_ID)
    discord_rtc_move (self->rtc, config->session.channel_id);
  else if (id == PROP_SELF_MUTE || id == PROP_SELF_DEAF
      || id == PROP_SELF_VIDEO)
    discord_rtc_set_self_state (self->rtc, config->session.self_mute,
        config->session.self_deaf, config->session.self_video);
}

static void
gst_discord_connection_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordConnection *self = GST_DISCORD_CONNECTION (object);
  DiscordRtcConfig config;
  gboolean known;

  if (id == PROP_SIGNALLER) {
    self->signaller = g_value_dup_object (value);
    return;
  }
  if (id == PROP_TLS_DATABASE) {
    self->tls_database = g_value_dup_object (value);
    return;
  }
  if (gst_discord_connection_set_stream_property (self, id, value))
    return;
  if (id == PROP_CHANNEL_ID && self->voice != NULL && self->rtc != NULL) {
    g_warning ("a stream stays in the channel of its owner");
    return;
  }

  g_mutex_lock (&self->settings_lock);
  g_mutex_lock (&self->lock);
  known = connection_set_unlocked (self, id, value);
  config = self->config;
  g_mutex_unlock (&self->lock);
  if (known && self->rtc != NULL)
    connection_apply (self, id, &config);
  g_mutex_unlock (&self->settings_lock);

  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_discord_connection_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstDiscordConnection *self = GST_DISCORD_CONNECTION (object);
  GstDiscordSendState send_state;
  gdouble latency, average;
  DiscordRtcConfig config;

  g_mutex_lock (&self->lock);
  config = self->config;
  g_mutex_unlock (&self->lock);
  discord_rtc_get_latency (self->rtc, &latency, &average);

  switch (id) {
    case PROP_SIGNALLER:
      g_value_set_object (value, self->signaller);
      break;
    case PROP_TLS_DATABASE:
      g_value_set_object (value, self->tls_database);
      break;
    case PROP_GUILD_ID:
      g_value_set_uint64 (value, config.session.guild_id);
      break;
    case PROP_CHANNEL_ID:
      g_value_set_uint64 (value, discord_rtc_get_channel_id (self->rtc));
      break;
    case PROP_SELF_MUTE:
      g_value_set_boolean (value, config.session.self_mute);
      break;
    case PROP_SELF_DEAF:
      g_value_set_boolean (value, config.session.self_deaf);
      break;
    case PROP_SELF_VIDEO:
      g_value_set_boolean (value, config.session.self_video);
      break;
    case PROP_TIMEOUT:
      g_value_set_uint (value, config.session.timeout);
      break;
    case PROP_RECONNECT:
      g_value_set_boolean (value, config.session.reconnect);
      break;
    case PROP_MAX_RECONNECTS:
      g_value_set_uint (value, config.session.max_reconnects);
      break;
    case PROP_GATEWAY_VERSION:
      g_value_set_uint (value, config.session.gateway_version);
      break;
    case PROP_ENCRYPTION_MODES:
      g_value_take_boxed (value, config_dup_modes (&config.session));
      break;
    case PROP_UDP_QOS:
      g_value_set_boolean (value, config.udp_qos);
      break;
    case PROP_E2EE:
      g_value_set_enum (value, config.e2ee);
      break;
    case PROP_IDENTITY_KEY_FILE:
      g_value_set_string (value, config.identity_key_file);
      break;
    case PROP_STATE:
      discord_rtc_get_send_state (self->rtc, &send_state);
      g_value_set_enum (value, send_state.state);
      break;
    case PROP_LATENCY:
      g_value_set_double (value, latency);
      break;
    case PROP_AVERAGE_LATENCY:
      g_value_set_double (value, average);
      break;
    case PROP_ENDPOINT:
      g_value_take_string (value, discord_rtc_dup_endpoint (self->rtc));
      break;
    case PROP_SESSION_ID:
      g_value_take_string (value, discord_rtc_dup_session_id (self->rtc));
      break;
    case PROP_USER_ID:
      g_value_set_uint64 (value, discord_rtc_get_user_id (self->rtc));
      break;
    case PROP_USERS:
      g_value_take_boxed (value, discord_rtc_get_users (self->rtc));
      break;
    case PROP_E2EE_STATE:
      discord_rtc_get_send_state (self->rtc, &send_state);
      g_value_set_enum (value, send_state.e2ee);
      break;
    case PROP_VOICE_PRIVACY_CODE:
      g_value_take_string (value, discord_rtc_dup_privacy_code (self->rtc));
      break;
    case PROP_STATS:
      g_value_take_boxed (value, discord_rtc_get_stats (self->rtc));
      break;
    default:
      if (!gst_discord_connection_get_video_property (self, &config, id, value)
          && !gst_discord_connection_get_stream_property (
              self, &config, id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
gst_discord_connection_class_init (GstDiscordConnectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = gst_discord_connection_constructed;
  object_class->finalize = gst_discord_connection_finalize;
  object_class->set_property = gst_discord_connection_set_property;
  object_class->get_property = gst_discord_connection_get_property;

  gst_discord_connection_install (object_class, props, signals);
}

static void
gst_discord_connection_init (GstDiscordConnection *self)
{
  g_mutex_init (&self->settings_lock);
  g_mutex_init (&self->lock);
  config_set_modes (&self->config.session, NULL);
}
