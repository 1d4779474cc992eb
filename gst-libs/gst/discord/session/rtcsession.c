/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "rtc-private.h"

#include <string.h>

/* How long after a new session the users of the old one are taken as present,
 * until op 11 has told who is. */
#define STALE_USERS_MS 2000

/* The voice session's callbacks, on the signalling thread. */

static void
on_update_voice_state (
    const DiscordVoiceStateUpdate *update, gpointer user_data)
{
  DiscordRtc *self = user_data;

  gst_discord_signaller_update_voice_state_full (self->signaller,
      update->guild_id, update->channel_id, update->self_mute,
      update->self_deaf, update->self_video);
}

static gboolean
on_transport_open (const gchar *ip, guint16 port, guint32 ssrc,
    gpointer user_data, GError **error)
{
  DiscordRtc *self = user_data;
  DiscordRtcTransport *transport = g_atomic_rc_box_new0 (DiscordRtcTransport);
  gboolean qos, closing;

  transport->rtc = discord_rtc_ref (self);
  transport->generation = ++self->transport_generation;

  g_mutex_lock (&self->lock);
  qos = self->config.udp_qos;
  g_mutex_unlock (&self->lock);
  transport->udp = discord_udp_transport_new (
      ip, port, ssrc, qos, &discord_rtc_udp_callbacks, transport, error);
  if (transport->udp == NULL) {
    discord_rtc_transport_unref (transport);
    return FALSE;
  }

  g_mutex_lock (&self->lock);
  closing = self->closing;
  if (!closing)
    self->transport = transport;
  self->key_exhausted = FALSE;
  g_mutex_unlock (&self->lock);
  if (closing) {
    discord_rtc_transport_unref (transport);
    g_set_error_literal (error, GST_DISCORD_ERROR,
        GST_DISCORD_ERROR_NOT_CONNECTED, "The channel is being left.");
  }
  return !closing;
}

static gboolean
on_transport_set_key (TransportMode mode, const guint8 key[TRANSPORT_KEY_SIZE],
    gpointer user_data)
{
  DiscordRtc *self = user_data;
  DiscordRtcTransport *transport = discord_rtc_dup_transport (self);
  GstDiscordSendState state;
  gboolean done;

  if (transport == NULL)
    return FALSE;
  done = discord_udp_transport_set_key (transport->udp, mode, key);
  /* media-transport 8: the first packet of a session, not of a later key. */
  discord_rtc_get_send_state (self, &state);
  if (done && state.state == GST_DISCORD_CONNECTION_STATE_SELECTING)
    discord_udp_transport_send_empty_report (transport->udp);
  discord_rtc_transport_unref (transport);
  return done;
}

static void
on_transport_close (gpointer user_data)
{
  DiscordRtc *self = user_data;
  DiscordRtcTransport *transport;

  g_mutex_lock (&self->lock);
  transport = discord_rtc_steal_transport_unlocked (self);
  g_mutex_unlock (&self->lock);
  if (transport != NULL)
    discord_rtc_transport_close (transport);
  discord_rtc_dave_end (self);
}

void
discord_rtc_update_identity (DiscordRtc *self)
{
  const gchar *endpoint = discord_voice_session_get_endpoint (self->session);
  const gchar *session_id =
      discord_voice_session_get_session_id (self->session);
  DiscordRtcChange what = 0;

  g_mutex_lock (&self->lock);
  if (endpoint != NULL && g_strcmp0 (endpoint, self->endpoint) != 0) {
    g_free (self->endpoint);
    self->endpoint = g_strdup (endpoint);
    what |= DISCORD_RTC_ENDPOINT;
  }
  if (session_id != NULL && g_strcmp0 (session_id, self->session_id) != 0) {
    g_free (self->session_id);
    self->session_id = g_strdup (session_id);
    what |= DISCORD_RTC_SESSION;
  }
  if (discord_voice_session_get_user_id (self->session) != 0)
    self->user_id = discord_voice_session_get_user_id (self->session);
  self->rejoins = discord_voice_session_get_rejoins (self->session);
  discord_voice_session_get_gateway_stats (self->session, &self->gateway_stats);
  g_mutex_unlock (&self->lock);

  if (what != 0)
    self->callbacks->changed (what, self->user_data);
}

static void
on_state_changed (GstDiscordConnectionState state, gpointer user_data)
{
  DiscordRtc *self = user_data;

  discord_rtc_update_identity (self);
  g_mutex_lock (&self->lock);
  self->send_state.state = state;
  g_mutex_unlock (&self->lock);
  discord_rtc_notify_send_state (self);
  self->callbacks->state_changed (state, self->user_data);
  if (state == GST_DISCORD_CONNECTION_STATE_CONNECTED)
    discord_rtc_streams_parent_connected (self);
}

static void
on_can_send_changed (gboolean can_send, gpointer user_data)
{
  DiscordRtc *self = user_data;

  g_mutex_lock (&self->lock);
  self->send_state.can_send = can_send;
  g_mutex_unlock (&self->lock);
  discord_rtc_notify_send_state (self);
}

static void
on_stale_users_due (gpointer user_data)
{
  DiscordRtc *self = user_data;
  GHashTableIter iter;
  gpointer key;

  self->stale_timer = 0;
  g_hash_table_iter_init (&iter, self->stale_users);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    guint64 user_id = *(guint64 *) key;

    g_hash_table_iter_remove (&iter);
    self->callbacks->user_left (user_id, self->user_data);
  }
  self->callbacks->changed (DISCORD_RTC_USERS, self->user_data);
}

/* media-transport 12: Ready forgets every mapping. Who was here is taken to be
 * still here until told otherwise, so that a server move is not everybody
 * leaving and joining. */
static void
on_ready (guint32 ssrc, const DiscordVoiceStreams *streams, gpointer user_data)
{
  DiscordRtc *self = user_data;
  g_autoptr (GArray) users = NULL;

  g_mutex_lock (&self->lock);
  self->send_state.generation++;
  self->send_state.ssrc = ssrc;
  self->send_state.speaking_sent = 0;
  discord_rtc_set_own_streams_unlocked (self, ssrc, streams);
  users = discord_ssrc_table_get_users (self->ssrcs);
  discord_ssrc_table_clear (self->ssrcs);
  g_hash_table_remove_all (self->sender_reports);
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < users->len; i++)
    g_hash_table_add (self->stale_users,
        g_memdup2 (&g_array_index (users, guint64, i), sizeof (guint64)));
  discord_scheduler_clear (self->scheduler, &self->stale_timer);
  if (g_hash_table_size (self->stale_users) > 0)
    self->stale_timer = discord_scheduler_add (
        self->scheduler, STALE_USERS_MS, on_stale_users_due, self);
  discord_rtc_dave_begin (self);
  discord_rtc_notify_send_state (self);
  self->callbacks->changed (DISCORD_RTC_VIDEO_STREAMS, self->user_data);
}

static void
on_resumed (gpointer user_data)
{
  DiscordRtc *self = user_data;

  g_mutex_lock (&self->lock);
  self->resumes++;
  g_mutex_unlock (&self->lock);
  self->callbacks->resumed (self->user_data);
}

static void
on_moved (guint64 channel_id, gpointer user_data)
{
  DiscordRtc *self = user_data;

  g_mutex_lock (&self->lock);
  self->channel_id = channel_id;
  g_mutex_unlock (&self->lock);
  discord_rtc_dave_moved (self, channel_id);
  discord_rtc_streams_parent_gone (self, NULL);
  self->callbacks->changed (DISCORD_RTC_CHANNEL, self->user_data);
  self->callbacks->moved (channel_id, self->user_data);
  discord_rtc_update_live (self);
}

static void
on_move_timeout (guint64 channel_id, gpointer user_data)
{
  DiscordRtc *self = user_data;

  self->callbacks->move_timeout (channel_id, self->user_data);
}

static void
on_speaking_sent (guint flags, gpointer user_data)
{
  DiscordRtc *self = user_data;

  g_mutex_lock (&self->lock);
  self->send_state.speaking_sent = flags;
  g_mutex_unlock (&self->lock);
  discord_rtc_notify_send_state (self);
}

static void
on_latency (gdouble last, gdouble average, gpointer user_data)
{
  DiscordRtc *self = user_data;

  g_mutex_lock (&self->lock);
  self->latency = last;
  self->average_latency = average;
  discord_voice_session_get_gateway_stats (self->session, &self->gateway_stats);
  g_mutex_unlock (&self->lock);
  self->callbacks->changed (DISCORD_RTC_LATENCY, self->user_data);
}

static void
on_speaking (guint64 user_id, guint32 ssrc, guint flags, gpointer user_data)
{
  DiscordRtc *self = user_data;

  g_mutex_lock (&self->lock);
  discord_ssrc_table_set_audio (self->ssrcs, user_id, ssrc);
  g_mutex_unlock (&self->lock);
  self->callbacks->speaking (user_id, ssrc, flags, self->user_data);
}

static void
on_clients_connect (
    const guint64 *user_ids, guint n_user_ids, gpointer user_data)
{
  DiscordRtc *self = user_data;

  discord_rtc_dave_users_joined (self, user_ids, n_user_ids);
  for (guint i = 0; i < n_user_ids; i++) {
    gboolean is_new, was_here;

    g_mutex_lock (&self->lock);
    is_new = user_ids[i] != self->user_id
        && discord_ssrc_table_add_user (self->ssrcs, user_ids[i]);
    g_mutex_unlock (&self->lock);
    was_here = g_hash_table_remove (self->stale_users, &user_ids[i]);
    if (is_new && !was_here)
      self->callbacks->user_joined (user_ids[i], self->user_data);
  }
  self->callbacks->changed (DISCORD_RTC_USERS, self->user_data);
}

void
discord_rtc_remove_user (DiscordRtc *self, guint64 user_id)
{
  gboolean was_here;

  g_mutex_lock (&self->lock);
  was_here = discord_ssrc_table_remove_user (self->ssrcs, user_id);
  g_mutex_unlock (&self->lock);
  was_here |= g_hash_table_remove (self->stale_users, &user_id);
  if (!was_here)
    return;
  self->callbacks->user_left (user_id, self->user_data);
  self->callbacks->changed (DISCORD_RTC_USERS, self->user_data);
}

static void
on_client_disconnect (guint64 user_id, gpointer user_data)
{
  discord_rtc_dave_user_left (user_data, user_id);
  discord_rtc_remove_user (user_data, user_id);
}

static void
on_client_flags (guint64 user_id, gint64 flags, gpointer user_data)
{
  DiscordRtc *self = user_data;

  self->callbacks->client_flags (user_id, flags, self->user_data);
}

static void
on_client_platform (guint64 user_id, gint64 platform, gpointer user_data)
{
  DiscordRtc *self = user_data;

  self->callbacks->client_platform (user_id, platform, self->user_data);
}

/* Everybody who was here is gone for us. */
static void
rtc_forget_users (DiscordRtc *self)
{
  g_autoptr (GArray) users = NULL;
  gboolean stale = self->stale_timer != 0;

  discord_scheduler_clear (self->scheduler, &self->stale_timer);
  if (stale)
    on_stale_users_due (self);
  g_mutex_lock (&self->lock);
  users = discord_ssrc_table_get_users (self->ssrcs);
  discord_ssrc_table_clear (self->ssrcs);
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < users->len; i++)
    self->callbacks->user_left (
        g_array_index (users, guint64, i), self->user_data);
  if (users->len > 0)
    self->callbacks->changed (DISCORD_RTC_USERS, self->user_data);
}

static void
on_ended (const GError *error, gpointer user_data)
{
  DiscordRtc *self = user_data;

  discord_rtc_dave_end (self);
  rtc_forget_users (self);
  /* Streams that wait for it to come back were not in what has ended. */
  if (!discord_voice_session_starts_again (self->session))
    discord_rtc_streams_parent_gone (self, error);
  self->callbacks->ended (error, self->user_data);
  discord_rtc_invoke_close (self);
}

const DiscordVoiceSessionCallbacks discord_rtc_session_callbacks = {
  .update_voice_state = on_update_voice_state,
  .stream_op = discord_rtc_stream_op,
  .stream_state = discord_rtc_on_stream_state,
  .transport_open = on_transport_open,
  .transport_set_key = on_transport_set_key,
  .transport_close = on_transport_close,
  .state_changed = on_state_changed,
  .can_send_changed = on_can_send_changed,
  .ready = on_ready,
  .media = discord_rtc_on_media,
  .wants = discord_rtc_on_wants,
  .dave_version = discord_rtc_dave_version,
  .dave = discord_rtc_dave_message,
  .resumed = on_resumed,
  .moved = on_moved,
  .move_timeout = on_move_timeout,
  .speaking_sent = on_speaking_sent,
  .latency = on_latency,
  .speaking = on_speaking,
  .video = discord_rtc_on_video,
  .clients_connect = on_clients_connect,
  .client_disconnect = on_client_disconnect,
  .client_flags = on_client_flags,
  .client_platform = on_client_platform,
  .ended = on_ended,
};
