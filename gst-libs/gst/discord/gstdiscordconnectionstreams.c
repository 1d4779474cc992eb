/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Go Live: what a voice connection tells of the streams in its channel, and what
 * the connection of a stream tells of that. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordconnection-internal.h"

#include <gst/discord/gstdiscorderror.h>
#include <gst/discord/gstdiscordstreamkey.h>
#include <string.h>

static void
install_stream (GParamSpec **props)
{
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const GParamFlags flags = readable | G_PARAM_WRITABLE;

  /**
   * GstDiscordConnection:parent:
   *
   * The voice connection of the stream's channel, which makes this the
   * connection of a stream there: the one of #GstDiscordConnection:stream-key, or
   * our own without it. %NULL: this is a voice connection itself.
   *
   * #GstDiscordConnection:signaller, #GstDiscordConnection:guild-id,
   * #GstDiscordConnection:channel-id and #GstDiscordConnection:tls-database are
   * the parent's, and so is each setting that has its default when the object is
   * made.
   *
   * Since: 0.1
   */
  props[PROP_PARENT] = g_param_spec_object ("parent", "Parent",
      "Voice connection of the stream's channel, none for a voice connection",
      GST_TYPE_DISCORD_CONNECTION, flags | G_PARAM_CONSTRUCT_ONLY);
  /**
   * GstDiscordConnection:stream-key:
   *
   * The stream this is the connection of. That of our own stream is known once
   * the parent was connected.
   *
   * Since: 0.1
   */
  props[PROP_STREAM_KEY] = g_param_spec_string ("stream-key", "Stream key",
      "Stream this is the connection of", NULL, flags | G_PARAM_CONSTRUCT_ONLY);
  /**
   * GstDiscordConnection:preferred-region:
   *
   * The voice region that our own stream asks for when it begins, %NULL leaves it
   * to Discord.
   *
   * Since: 0.1
   */
  props[PROP_PREFERRED_REGION] = g_param_spec_string ("preferred-region",
      "Preferred region", "Voice region our own stream asks for", NULL,
      flags | G_PARAM_CONSTRUCT);
  /**
   * GstDiscordConnection:paused:
   *
   * Whether the stream is paused by its owner. Ours is paused and resumed by
   * setting it: while paused no media leaves, and viewers are told.
   *
   * Since: 0.1
   */
  props[PROP_PAUSED] = g_param_spec_boolean ("paused", "Paused",
      "Whether the stream is paused", FALSE, flags | G_PARAM_EXPLICIT_NOTIFY);
  /**
   * GstDiscordConnection:stream-state:
   *
   * Where the stream stands.
   *
   * Since: 0.1
   */
  props[PROP_STREAM_STATE] = g_param_spec_enum ("stream-state", "Stream state",
      "Where the stream stands", GST_TYPE_DISCORD_STREAM_STATE,
      GST_DISCORD_STREAM_STATE_IDLE, readable);
  /**
   * GstDiscordConnection:viewers: (type GLib.Array(guint64))
   *
   * Who watches the stream.
   *
   * Since: 0.1
   */
  props[PROP_VIEWERS] = g_param_spec_boxed (
      "viewers", "Viewers", "Who watches the stream", G_TYPE_ARRAY, readable);
  /**
   * GstDiscordConnection:region:
   *
   * The voice region of the stream, %NULL before it is known.
   *
   * Since: 0.1
   */
  props[PROP_REGION] = g_param_spec_string (
      "region", "Region", "Voice region of the stream", NULL, readable);
}

static void
install_streams (GParamSpec **props)
{
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * GstDiscordConnection:streams:
   *
   * The keys of those who are live in the channel.
   *
   * Since: 0.1
   */
  props[PROP_STREAMS] = g_param_spec_boxed ("streams", "Streams",
      "Keys of those who are live in the channel", G_TYPE_STRV, readable);
  /**
   * GstDiscordConnection:stream-connections: (type GLib.PtrArray(GstDiscord.Connection))
   *
   * The connections of streams that have this one as their parent and are in
   * use. Bindings that make nothing of the array have
   * gst_discord_connection_get_stream_connections().
   *
   * Since: 0.1
   */
  props[PROP_STREAM_CONNECTIONS] =
      g_param_spec_boxed ("stream-connections", "Stream connections",
          "Connections of streams that are in use", G_TYPE_PTR_ARRAY, readable);
}

void
gst_discord_connection_install_streams (
    GObjectClass *klass, GParamSpec **props, guint *signals)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  install_stream (props);
  install_streams (props);

  /**
   * GstDiscordConnection::stream-added:
   * @self: the voice connection
   * @stream_key: the stream
   *
   * Somebody in the channel went live.
   *
   * Since: 0.1
   */
  signals[SIGNAL_STREAM_ADDED] = g_signal_new ("stream-added", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  /**
   * GstDiscordConnection::stream-removed:
   * @self: the voice connection
   * @stream_key: the stream
   *
   * Somebody in the channel is not live any more.
   *
   * Since: 0.1
   */
  signals[SIGNAL_STREAM_REMOVED] = g_signal_new ("stream-removed", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  /**
   * GstDiscordConnection::stream-state-changed:
   * @self: the connection of a stream
   * @state: where it stands now
   * @reason: why it ended, %GST_DISCORD_STREAM_DELETE_REASON_UNKNOWN in other
   *     states and when no STREAM_DELETE told
   *
   * #GstDiscordConnection:stream-state changed.
   *
   * Since: 0.1
   */
  signals[SIGNAL_STREAM_STATE_CHANGED] = g_signal_new ("stream-state-changed",
      type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
      GST_TYPE_DISCORD_STREAM_STATE, GST_TYPE_DISCORD_STREAM_DELETE_REASON);
}

/* Settings */

static gboolean
has_default_modes (const DiscordVoiceSessionConfig *config)
{
  return config->n_modes == 2 && config->modes[0] == TRANSPORT_MODE_AES256_GCM
      && config->modes[1] == TRANSPORT_MODE_XCHACHA20_POLY1305;
}

/* What nobody set is as the parent has it. */
static void
inherit (DiscordRtcConfig *own, const DiscordRtcConfig *from)
{
  DiscordVoiceSessionConfig *session = &own->session;

  if (session->timeout == DISCORD_CONNECTION_TIMEOUT)
    session->timeout = from->session.timeout;
  if (session->reconnect == DISCORD_CONNECTION_RECONNECT)
    session->reconnect = from->session.reconnect;
  if (session->max_reconnects == DISCORD_CONNECTION_MAX_RECONNECTS)
    session->max_reconnects = from->session.max_reconnects;
  if (session->gateway_version == DISCORD_CONNECTION_GATEWAY_VERSION)
    session->gateway_version = from->session.gateway_version;
  if (has_default_modes (session)) {
    memcpy (session->modes, from->session.modes, sizeof session->modes);
    session->n_modes = from->session.n_modes;
  }
  if (session->rtx == DISCORD_CONNECTION_RTX)
    session->rtx = from->session.rtx;
  if (!own->own_codecs) {
    own->own_codecs = from->own_codecs;
    session->codecs = from->session.codecs;
  }
  own->udp_qos |= from->udp_qos;
  if (own->e2ee == DISCORD_CONNECTION_E2EE)
    own->e2ee = from->e2ee;
  if (own->identity_key_file == NULL)
    own->identity_key_file = from->identity_key_file;
}

/* Which stream: that of the key, or our own in the parent's channel. */
static void
choose_stream (GstDiscordConnection *self)
{
  DiscordVoiceSessionConfig *config = &self->config.session;
  g_autoptr (GstDiscordStreamKey) key = NULL;
  g_autoptr (GError) error = NULL;
  guint64 guild_id, channel_id;

  g_object_get (
      self->voice, "guild-id", &guild_id, "channel-id", &channel_id, NULL);
  config->guild_id = guild_id;
  config->channel_id = channel_id;
  config->join = DISCORD_JOIN_GO_LIVE;
  if (self->stream_key == NULL)
    return;
  config->join = DISCORD_JOIN_WATCH;
  key = gst_discord_stream_key_parse (self->stream_key, &error);
  if (key == NULL) {
    g_warning ("%s", error->message);
    return;
  }
  config->guild_id = key->guild_id;
  config->channel_id = key->channel_id;
  self->config.stream_owner = key->owner_id;
}

static void
add_child (GstDiscordConnection *self, GstDiscordConnection *stream)
{
  GWeakRef *ref = g_new (GWeakRef, 1);

  g_weak_ref_init (ref, stream);
  stream->place_in_parent = ref;
  g_mutex_lock (&self->lock);
  self->streams = g_list_append (self->streams, ref);
  g_mutex_unlock (&self->lock);
}

void
gst_discord_connection_adopt_parent (GstDiscordConnection *self)
{
  GstDiscordConnection *parent = self->voice;
  DiscordRtcConfig from;

  if (parent == NULL)
    return;
  g_set_object (&self->signaller, parent->signaller);
  if (self->tls_database == NULL)
    g_set_object (&self->tls_database, parent->tls_database);
  g_mutex_lock (&parent->lock);
  from = parent->config;
  g_mutex_unlock (&parent->lock);
  inherit (&self->config, &from);
  self->config.session.insecure = from.session.insecure;
  choose_stream (self);
  add_child (parent, self);
}

void
gst_discord_connection_leave_parent (GstDiscordConnection *self)
{
  GWeakRef *ref = self->place_in_parent;

  if (ref == NULL)
    return;
  g_mutex_lock (&self->voice->lock);
  self->voice->streams = g_list_remove (self->voice->streams, ref);
  g_mutex_unlock (&self->voice->lock);
  g_weak_ref_clear (ref);
  g_free (ref);
}

void
gst_discord_connection_await_live (GstDiscordConnection *self)
{
  DiscordRtcConfig config;

  g_mutex_lock (&self->lock);
  self->config.session.await_live = TRUE;
  config = self->config;
  g_mutex_unlock (&self->lock);
  discord_rtc_configure (self->rtc, &config);
}

/* Properties */

static gboolean
is_own_stream (GstDiscordConnection *self)
{
  return self->voice != NULL && self->stream_key == NULL;
}

gboolean
gst_discord_connection_set_stream_property (
    GstDiscordConnection *self, guint id, const GValue *value)
{
  switch (id) {
    case PROP_PARENT:
      self->voice = g_value_dup_object (value);
      /* A stream has no streams. */
      if (self->voice != NULL && self->voice->voice != NULL)
        g_set_object (&self->voice, self->voice->voice);
      return TRUE;
    case PROP_STREAM_KEY:
      self->stream_key = g_value_dup_string (value);
      return TRUE;
    case PROP_PAUSED:
      if (is_own_stream (self))
        discord_rtc_set_paused (self->rtc, g_value_get_boolean (value));
      else
        g_warning ("only its owner can pause a stream");
      return TRUE;
    default:
      return FALSE;
  }
}

static GArray *
dup_viewers (const GstDiscordStreamInfo *info)
{
  GArray *viewers = g_array_new (FALSE, FALSE, sizeof (guint64));
  const guint64 *ids;
  gsize n_ids;

  if (info == NULL)
    return viewers;
  ids = gst_discord_stream_info_get_viewers (info, &n_ids);
  if (n_ids > 0)
    g_array_append_vals (viewers, ids, n_ids);
  return viewers;
}

static gboolean
get_info_property (GstDiscordConnection *self, guint id, GValue *value)
{
  g_autoptr (GstDiscordStreamInfo) info =
      discord_rtc_dup_stream_info (self->rtc);

  switch (id) {
    case PROP_PAUSED:
      g_value_set_boolean (value,
          is_own_stream (self)
              ? discord_rtc_get_paused (self->rtc)
              : info != NULL && gst_discord_stream_info_get_paused (info));
      return TRUE;
    case PROP_VIEWERS:
      g_value_take_boxed (value, dup_viewers (info));
      return TRUE;
    case PROP_REGION:
      g_value_set_string (value,
          info != NULL ? gst_discord_stream_info_get_region (info) : NULL);
      return TRUE;
    default:
      return FALSE;
  }
}

gboolean
gst_discord_connection_get_stream_property (GstDiscordConnection *self,
    const DiscordRtcConfig *config, guint id, GValue *value)
{
  GstDiscordSendState state;

  switch (id) {
    case PROP_PARENT:
      g_value_set_object (value, self->voice);
      return TRUE;
    case PROP_STREAM_KEY:
      g_value_take_string (value, discord_rtc_dup_stream_key (self->rtc));
      return TRUE;
    case PROP_PREFERRED_REGION:
      g_value_set_string (value, config->preferred_region);
      return TRUE;
    case PROP_STREAM_STATE:
      discord_rtc_get_send_state (self->rtc, &state);
      g_value_set_enum (value, state.stream_state);
      return TRUE;
    case PROP_STREAMS:
      g_value_take_boxed (value, gst_discord_connection_get_streams (self));
      return TRUE;
    case PROP_STREAM_CONNECTIONS:
      g_value_take_boxed (
          value, gst_discord_connection_get_stream_connections (self));
      return TRUE;
    default:
      return get_info_property (self, id, value);
  }
}

/**
 * gst_discord_connection_get_streams:
 * @self: a voice connection
 *
 * Returns: (transfer full): the keys of those who are live in the channel
 *
 * Since: 0.1
 */
gchar **
gst_discord_connection_get_streams (GstDiscordConnection *self)
{
  g_return_val_if_fail (GST_IS_DISCORD_CONNECTION (self), NULL);

  return discord_rtc_dup_live_streams (self->rtc);
}

/**
 * gst_discord_connection_get_stream_key:
 * @self: a voice connection
 * @owner: a user
 *
 * Returns: (transfer full) (nullable): the key of the stream of @owner, %NULL
 *     when he is not live in the channel
 *
 * Since: 0.1
 */
gchar *
gst_discord_connection_get_stream_key (
    GstDiscordConnection *self, guint64 owner)
{
  g_auto (GStrv) live = NULL;

  g_return_val_if_fail (GST_IS_DISCORD_CONNECTION (self), NULL);

  live = discord_rtc_dup_live_streams (self->rtc);
  for (guint i = 0; live[i] != NULL; i++) {
    g_autoptr (GstDiscordStreamKey) key =
        gst_discord_stream_key_parse (live[i], NULL);

    if (key != NULL && key->owner_id == owner)
      return g_strdup (live[i]);
  }
  return NULL;
}

static gboolean
is_in_use (GstDiscordConnection *self)
{
  GstDiscordSendState state;

  discord_rtc_get_send_state (self->rtc, &state);
  return state.state != GST_DISCORD_CONNECTION_STATE_IDLE
      && state.state != GST_DISCORD_CONNECTION_STATE_FAILED;
}

/**
 * gst_discord_connection_get_stream_connections:
 * @self: a voice connection
 *
 * Returns: (transfer container) (element-type GstDiscordConnection): the connections
 *     of streams that have @self as their parent and are in use
 *
 * Since: 0.1
 */
GPtrArray *
gst_discord_connection_get_stream_connections (GstDiscordConnection *self)
{
  GPtrArray *streams;
  g_autoptr (GPtrArray) all = NULL;

  g_return_val_if_fail (GST_IS_DISCORD_CONNECTION (self), NULL);

  streams = g_ptr_array_new_with_free_func (g_object_unref);
  all = g_ptr_array_new_with_free_func (g_object_unref);
  g_mutex_lock (&self->lock);
  for (GList *l = self->streams; l != NULL; l = l->next) {
    GstDiscordConnection *stream = g_weak_ref_get (l->data);

    if (stream != NULL)
      g_ptr_array_add (all, stream);
  }
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < all->len; i++) {
    if (is_in_use (all->pdata[i]))
      g_ptr_array_add (streams, g_object_ref (all->pdata[i]));
  }
  return streams;
}
