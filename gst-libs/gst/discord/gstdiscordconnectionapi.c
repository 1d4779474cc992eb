/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordconnection-internal.h"

#include "dave/frame/encryptor.h"
#include "session/identityfile.h"

/**
 * gst_discord_connection_new:
 * @signaller: our way to the main gateway
 * @guild_id: the guild, 0 for a private or group call
 * @channel_id: the voice channel
 *
 * Nothing is joined yet.
 *
 * Returns: (transfer full): a connection
 *
 * Since: 0.1
 */
GstDiscordConnection *
gst_discord_connection_new (
    GstDiscordSignaller *signaller, guint64 guild_id, guint64 channel_id)
{
  g_return_val_if_fail (GST_IS_DISCORD_SIGNALLER (signaller), NULL);

  return g_object_new (GST_TYPE_DISCORD_CONNECTION, "signaller", signaller,
      "guild-id", guild_id, "channel-id", channel_id, NULL);
}

void
gst_discord_connection_open (GstDiscordConnection *self)
{
  gboolean first;

  g_mutex_lock (&self->lock);
  first = self->opens++ == 0;
  if (first)
    g_clear_error (&self->error);
  g_mutex_unlock (&self->lock);
  if (!first)
    return;
  if (self->voice != NULL)
    gst_discord_connection_open (self->voice);
  discord_rtc_start (self->rtc);
}

/* The last user is gone: a stream's parent is not needed by it any more. */
static void
connection_let_go (GstDiscordConnection *self)
{
  if (self->voice != NULL)
    gst_discord_connection_close (self->voice);
}

void
gst_discord_connection_close (GstDiscordConnection *self)
{
  gboolean last;

  g_mutex_lock (&self->lock);
  last = --self->opens == 0;
  g_mutex_unlock (&self->lock);
  if (!last)
    return;
  discord_rtc_stop (self->rtc, FALSE);
  connection_let_go (self);
}

/* The application counts as one user, however often it connects. */
static void
connection_application_open (GstDiscordConnection *self)
{
  gboolean was_open;

  g_mutex_lock (&self->lock);
  was_open = self->application_open;
  self->application_open = TRUE;
  g_clear_error (&self->error);
  g_mutex_unlock (&self->lock);

  if (!was_open)
    gst_discord_connection_open (self);
  /* Also after it gave up, or left while elements still hold it. */
  discord_rtc_start (self->rtc);
}

/* TRUE: it was the last. */
static gboolean
connection_application_close (GstDiscordConnection *self)
{
  gboolean was_open, last;

  g_mutex_lock (&self->lock);
  was_open = self->application_open;
  self->application_open = FALSE;
  if (was_open)
    self->opens--;
  last = was_open && self->opens == 0;
  g_mutex_unlock (&self->lock);
  return last;
}

/* A key file that is refused is better known before the channel is joined. */
static gboolean
connection_check_identity (GstDiscordConnection *self, GError **error)
{
  DiscordRtcConfig config;

  g_mutex_lock (&self->lock);
  config = self->config;
  g_mutex_unlock (&self->lock);
  if (config.e2ee == GST_DISCORD_E2EE_OFF || config.identity_key_file == NULL)
    return TRUE;
  return discord_identity_file_check (config.identity_key_file, error);
}

static gboolean
connection_is_connected (GstDiscordConnection *self)
{
  GstDiscordSendState state;

  discord_rtc_get_send_state (self->rtc, &state);
  return state.state == GST_DISCORD_CONNECTION_STATE_CONNECTED
      || state.state == GST_DISCORD_CONNECTION_STATE_RESUMING;
}

/**
 * gst_discord_connection_connect_async:
 * @self: a connection
 * @cancellable: (nullable): stops waiting; the join itself goes on until
 *     gst_discord_connection_disconnect_async()
 * @callback: (scope async): called when media flows, or with what went wrong
 * @user_data: for @callback
 *
 * Joins the channel, unless that was done already.
 *
 * Since: 0.1
 */
void
gst_discord_connection_connect_async (GstDiscordConnection *self,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GError *error = NULL;
  GTask *task;

  g_return_if_fail (GST_IS_DISCORD_CONNECTION (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, gst_discord_connection_connect_async);
  if (g_task_return_error_if_cancelled (task)) {
    g_object_unref (task);
    return;
  }
  if (!connection_check_identity (self, &error)) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  discord_connection_calls_add (self->calls, DISCORD_CALL_CONNECT, 0, task);
  connection_application_open (self);
  /* It may have been connected before the call was in the list. */
  if (connection_is_connected (self))
    discord_connection_calls_connected (self->calls);
}

/**
 * gst_discord_connection_connect_finish:
 * @self: a connection
 * @result: what the callback got
 * @error: why not
 *
 * Returns: whether the channel is joined
 *
 * Since: 0.1
 */
gboolean
gst_discord_connection_connect_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * gst_discord_connection_disconnect_async:
 * @self: a connection
 * @force: do not wait for the server to confirm
 * @cancellable: (nullable): stops waiting; the channel is left all the same
 * @callback: (scope async): called when the channel was left
 * @user_data: for @callback
 *
 * Leaves the channel, or ends or stops watching a stream, also for elements that use this connection: they wait or
 * drop until somebody connects again.
 *
 * Since: 0.1
 */
void
gst_discord_connection_disconnect_async (GstDiscordConnection *self,
    gboolean force, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data)
{
  gboolean last;
  GTask *task;

  g_return_if_fail (GST_IS_DISCORD_CONNECTION (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, gst_discord_connection_disconnect_async);
  discord_connection_calls_add (self->calls, DISCORD_CALL_DISCONNECT, 0, task);
  last = connection_application_close (self);
  discord_rtc_stop (self->rtc, force);
  if (last)
    connection_let_go (self);
}

/**
 * gst_discord_connection_disconnect_finish:
 * @self: a connection
 * @result: what the callback got
 * @error: why not
 *
 * Returns: whether the channel was left
 *
 * Since: 0.1
 */
gboolean
gst_discord_connection_disconnect_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * gst_discord_connection_move_async:
 * @self: a connection
 * @channel_id: where to go
 * @cancellable: (nullable): stops waiting; the move may still happen
 * @callback: (scope async): called when we are there, or with
 *     %GST_DISCORD_ERROR_MOVE_TIMEOUT
 * @user_data: for @callback
 *
 * Goes to another channel of the guild.
 *
 * Since: 0.1
 */
void
gst_discord_connection_move_async (GstDiscordConnection *self,
    guint64 channel_id, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  g_return_if_fail (GST_IS_DISCORD_CONNECTION (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, gst_discord_connection_move_async);
  if (!gst_discord_connection_check_voice (self, &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (channel_id == 0 || !connection_is_connected (self)) {
    g_task_return_new_error (task, GST_DISCORD_ERROR,
        GST_DISCORD_ERROR_NOT_CONNECTED,
        "Only a joined connection can move, and only to a channel.");
    return;
  }
  if (channel_id == discord_rtc_get_channel_id (self->rtc)) {
    g_task_return_boolean (task, TRUE);
    return;
  }
  discord_connection_calls_add (
      self->calls, DISCORD_CALL_MOVE, channel_id, g_steal_pointer (&task));
  g_object_set (self, "channel-id", channel_id, NULL);
}

/**
 * gst_discord_connection_move_finish:
 * @self: a connection
 * @result: what the callback got
 * @error: why not
 *
 * Returns: whether we are there
 *
 * Since: 0.1
 */
gboolean
gst_discord_connection_move_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * gst_discord_connection_set_speaking:
 * @self: a connection
 * @flags: in which mode we speak
 *
 * Sends op 5 (voice gateway 2.9), also again after the session was lost.
 * Elements do that by themselves.
 *
 * Since: 0.1
 */
void
gst_discord_connection_set_speaking (
    GstDiscordConnection *self, GstDiscordSpeakingFlags flags)
{
  g_return_if_fail (GST_IS_DISCORD_CONNECTION (self));

  discord_rtc_set_speaking (self->rtc, flags);
}

/**
 * gst_discord_connection_get_users:
 * @self: a connection
 *
 * Returns: (transfer full) (element-type guint64): the other users in the
 *     channel
 *
 * Since: 0.1
 */
GArray *
gst_discord_connection_get_users (GstDiscordConnection *self)
{
  g_return_val_if_fail (GST_IS_DISCORD_CONNECTION (self), NULL);

  return discord_rtc_get_users (self->rtc);
}

/**
 * gst_discord_connection_get_user_for_ssrc:
 * @self: a connection
 * @ssrc: an SSRC
 *
 * Returns: who sends with @ssrc, 0 while that is not known
 *
 * Since: 0.1
 */
guint64
gst_discord_connection_get_user_for_ssrc (
    GstDiscordConnection *self, guint32 ssrc)
{
  g_return_val_if_fail (GST_IS_DISCORD_CONNECTION (self), 0);

  return discord_rtc_get_user_for_ssrc (self->rtc, ssrc);
}

/**
 * gst_discord_connection_get_stats:
 * @self: a connection
 *
 * Counters since the connection was made, over all its sessions; they keep
 * their values after it left. Counters are #guint64 unless noted:
 *
 * - `state` (#GstDiscordConnectionState), `ssrc` (uint, ours), `sessions`,
 *   `resumes`, `rejoins` (uint)
 * - `packets-sent`, `bytes-sent`, `rtp-packets-sent`, `rtcp-packets-sent`,
 *   `send-dropped`, `send-errors`, `send-no-key`
 * - `packets-received`, `bytes-received`, `rtp-packets-received`,
 *   `rtcp-packets-received`, `padded`, `empty`
 * - dropped on arrival: `dropped-kind` (neither media nor control),
 *   `dropped-too-long`, `dropped-no-key`, `dropped-short`, `dropped-parse`,
 *   `dropped-authentication`, `dropped-padding`, `dropped-extension`,
 *   `dropped-deafened`
 * - not sent: `dropped-foreign-ssrc`, `dropped-not-connected`, and RTP of a
 *   viewer and of a paused stream: `dropped-viewer`, `dropped-paused`
 * - `messages-received`, `messages-invalid`, `messages-unknown`,
 *   `messages-repeated` (by a resume): of the voice gateway
 * - end-to-end encryption: `e2ee-state` (#GstDiscordE2eeState), `e2ee-epochs`
 *   and `e2ee-messages-refused` (uint); frames sent: `e2ee-encrypted`,
 *   `e2ee-sent-clear` (version 0, or silence); received: `e2ee-decrypted`,
 *   `e2ee-received-clear`, `e2ee-received-silence`; dropped:
 *   `e2ee-send-` and `e2ee-receive-` with `no-key`, `too-large`, `no-space`,
 *   `library`, on sending also `nothing`, `too-complex`, `start-code`,
 *   `exhausted`, on receiving also `not-encrypted`, `generation`, `replay`,
 *   `auth`; and `e2ee-unmapped`
 * - `pings-sent`, `pings-lost`, and once known `round-trip-time`,
 *   `heartbeat-latency`, `heartbeat-latency-average` (double, seconds)
 *
 * Returns: (transfer full): the statistics
 *
 * Since: 0.1
 */
GstStructure *
gst_discord_connection_get_stats (GstDiscordConnection *self)
{
  g_return_val_if_fail (GST_IS_DISCORD_CONNECTION (self), NULL);

  return discord_rtc_get_stats (self->rtc);
}

guint
gst_discord_connection_subscribe (GstDiscordConnection *self,
    GstDiscordSubscribeFlags flags, GstDiscordPacketsFunc func,
    gpointer user_data)
{
  return discord_rtc_subscribe (self->rtc, flags, func, user_data);
}

void
gst_discord_connection_unsubscribe (GstDiscordConnection *self, guint id)
{
  discord_rtc_remove_listener (self->rtc, id);
}

guint
gst_discord_connection_send (GstDiscordConnection *self,
    const GstDiscordOutPacket *packets, guint n_packets)
{
  return discord_rtc_send (self->rtc, packets, n_packets);
}

gboolean
gst_discord_connection_get_rtp_position (GstDiscordConnection *self,
    guint32 ssrc, guint16 *seqnum, guint32 *timestamp)
{
  return discord_rtc_get_rtp_position (self->rtc, ssrc, seqnum, timestamp);
}

gboolean
gst_discord_connection_get_picture_id (
    GstDiscordConnection *self, guint32 ssrc, guint16 *picture_id)
{
  return discord_rtc_get_picture_id (self->rtc, ssrc, picture_id);
}

gsize
gst_discord_connection_encrypted_size_max (GstDiscordCodec codec, gsize length)
{
  return dave_encryptor_size_max ((DaveCodec) codec, length);
}

GstDiscordFrameResult
gst_discord_connection_encrypt (GstDiscordConnection *self,
    GstDiscordCodec codec, GstBuffer *frame, GstBuffer *out, gsize *size,
    const gchar **reason)
{
  return discord_rtc_encrypt (self->rtc, codec, frame, out, size, reason);
}

GstDiscordFrameResult
gst_discord_connection_decrypt (GstDiscordConnection *self, guint64 user_id,
    gboolean video, GstBuffer *frame, GstBuffer *out, gsize *size,
    const gchar **reason)
{
  return discord_rtc_decrypt (
      self->rtc, user_id, video, frame, out, size, reason);
}

void
gst_discord_connection_get_send_state (
    GstDiscordConnection *self, GstDiscordSendState *state)
{
  discord_rtc_get_send_state (self->rtc, state);
}

guint
gst_discord_connection_add_send_watch (GstDiscordConnection *self,
    GstDiscordSendStateFunc func, gpointer user_data)
{
  return discord_rtc_add_send_watch (self->rtc, func, self, user_data);
}

void
gst_discord_connection_remove_send_watch (GstDiscordConnection *self, guint id)
{
  discord_rtc_remove_listener (self->rtc, id);
}

GError *
gst_discord_connection_dup_error (GstDiscordConnection *self)
{
  GError *error = NULL;

  g_mutex_lock (&self->lock);
  if (self->error != NULL)
    error = g_error_copy (self->error);
  g_mutex_unlock (&self->lock);
  return error;
}
