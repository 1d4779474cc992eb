/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Going live and watching, and what an owner can do with a stream: asynchronous,
 * over the signaller. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordconnection-internal.h"

#include <gst/discord/gstdiscorderror.h>
#include <gst/discord/gstdiscordstreamkey.h>

gboolean
gst_discord_connection_check_voice (GstDiscordConnection *self, GError **error)
{
  if (self->voice == NULL)
    return TRUE;
  g_set_error_literal (error, GST_DISCORD_ERROR,
      GST_DISCORD_ERROR_NOT_SUPPORTED,
      "This is a stream's connection, not a voice channel connection.");
  return FALSE;
}

static gboolean
check_joined (GstDiscordConnection *self, GError **error)
{
  GstDiscordSendState state;

  if (!gst_discord_connection_check_voice (self, error))
    return FALSE;
  discord_rtc_get_send_state (self->rtc, &state);
  if (state.state == GST_DISCORD_CONNECTION_STATE_CONNECTED
      || state.state == GST_DISCORD_CONNECTION_STATE_RESUMING)
    return TRUE;
  g_set_error_literal (error, GST_DISCORD_ERROR,
      GST_DISCORD_ERROR_NOT_CONNECTED,
      "Go Live needs a joined voice connection.");
  return FALSE;
}

static void
on_stream_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (gst_discord_connection_connect_finish (
          GST_DISCORD_CONNECTION (source), result, &error))
    g_task_return_pointer (task, g_object_ref (source), g_object_unref);
  else
    g_task_return_error (task, error);
}

/* Takes @task. It keeps @stream until it is there; a stream that failed goes
 * with its last reference. */
static void
connect_stream (GTask *task, GstDiscordConnection *stream)
{
  g_task_set_task_data (task, g_object_ref (stream), g_object_unref);
  gst_discord_connection_connect_async (
      stream, g_task_get_cancellable (task), on_stream_connected, task);
}

/**
 * gst_discord_connection_create_stream_async:
 * @self: a joined voice connection
 * @preferred_region: (nullable): a voice region, %NULL leaves it to Discord
 * @cancellable: (nullable): gives the stream up
 * @callback: (scope async): called when media may flow, or with what went wrong
 * @user_data: for @callback
 *
 * Goes live in the channel. The stream is a connection of its own, with @self as
 * its #GstDiscordConnection:parent; gst_discord_connection_disconnect_async() ends
 * it.
 *
 * Since: 0.1
 */
void
gst_discord_connection_create_stream_async (GstDiscordConnection *self,
    const gchar *preferred_region, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) stream = NULL;
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  g_return_if_fail (GST_IS_DISCORD_CONNECTION (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, gst_discord_connection_create_stream_async);
  if (!check_joined (self, &error)) {
    g_task_return_error (task, error);
    return;
  }
  stream = g_object_new (GST_TYPE_DISCORD_CONNECTION, "parent", self,
      "preferred-region", preferred_region, NULL);
  connect_stream (g_steal_pointer (&task), stream);
}

/**
 * gst_discord_connection_create_stream_finish:
 * @self: a voice connection
 * @result: what the callback got
 * @error: why not: that Discord refused is %GST_DISCORD_ERROR_STREAM_REFUSED or
 *     %GST_DISCORD_ERROR_RATE_LIMITED, that it said nothing
 *     %GST_DISCORD_ERROR_JOIN_TIMEOUT
 *
 * Returns: (transfer full): the stream's connection
 *
 * Since: 0.1
 */
GstDiscordConnection *
gst_discord_connection_create_stream_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* The connection of that stream that is in use already, or NULL. */
static GstDiscordConnection *
find_stream (GstDiscordConnection *self, const GstDiscordStreamKey *key)
{
  g_autoptr (GPtrArray) streams =
      gst_discord_connection_get_stream_connections (self);
  g_autofree gchar *text = gst_discord_stream_key_to_string (key);

  for (guint i = 0; i < streams->len; i++) {
    GstDiscordConnection *stream = streams->pdata[i];
    g_autofree gchar *other = discord_rtc_dup_stream_key (stream->rtc);

    if (g_strcmp0 (other, text) == 0)
      return g_object_ref (stream);
  }
  return NULL;
}

/**
 * gst_discord_connection_watch_stream_async:
 * @self: a joined voice connection
 * @stream_key: somebody's stream in its channel
 * @cancellable: (nullable): stops watching
 * @callback: (scope async): called when media flows, or with what went wrong
 * @user_data: for @callback
 *
 * Watches a stream. It is a connection of its own, with @self as its
 * #GstDiscordConnection:parent; gst_discord_connection_disconnect_async() ends
 * that. Several streams can be watched at once.
 *
 * Since: 0.1
 */
void
gst_discord_connection_watch_stream_async (GstDiscordConnection *self,
    const gchar *stream_key, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GstDiscordStreamKey) key = NULL;
  g_autoptr (GstDiscordConnection) stream = NULL;
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  g_return_if_fail (GST_IS_DISCORD_CONNECTION (self));
  g_return_if_fail (stream_key != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, gst_discord_connection_watch_stream_async);
  key = gst_discord_stream_key_parse (stream_key, &error);
  if (key == NULL || !check_joined (self, &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (key->owner_id == discord_rtc_get_user_id (self->rtc)) {
    g_task_return_new_error (task, GST_DISCORD_ERROR,
        GST_DISCORD_ERROR_SETTINGS, "Nobody can watch their own stream.");
    return;
  }
  stream = find_stream (self, key);
  if (stream == NULL)
    stream = g_object_new (GST_TYPE_DISCORD_CONNECTION, "parent", self,
        "stream-key", stream_key, NULL);
  connect_stream (g_steal_pointer (&task), stream);
}

/**
 * gst_discord_connection_watch_stream_finish:
 * @self: a voice connection
 * @result: what the callback got
 * @error: why not: %GST_DISCORD_ERROR_SETTINGS when the key is none or our own,
 *     %GST_DISCORD_ERROR_NOT_CONNECTED when we are not in the stream's channel,
 *     %GST_DISCORD_ERROR_STREAM_FULL, %GST_DISCORD_ERROR_STREAM_REFUSED,
 *     %GST_DISCORD_ERROR_STREAM_ENDED, or %GST_DISCORD_ERROR_JOIN_TIMEOUT
 *
 * Returns: (transfer full): the stream's connection; the one there was, if the
 *     stream was watched already
 *
 * Since: 0.1
 */
GstDiscordConnection *
gst_discord_connection_watch_stream_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* What goes through the REST API */

/* The key of the stream, or NULL with @task answered. */
static gchar *
take_key (GstDiscordConnection *self, GTask *task)
{
  gchar *key = discord_rtc_dup_stream_key (self->rtc);

  if (key == NULL)
    g_task_return_new_error (task, GST_DISCORD_ERROR,
        GST_DISCORD_ERROR_NOT_CONNECTED,
        "This is not the connection of a stream.");
  return key;
}

static void
return_boolean (GTask *task, gboolean done, GError *error)
{
  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
  g_object_unref (task);
}

static void
on_uploaded (GObject *source, GAsyncResult *result, gpointer task)
{
  GError *error = NULL;
  gboolean done = gst_discord_signaller_upload_stream_preview_finish (
      GST_DISCORD_SIGNALLER (source), result, &error);

  return_boolean (task, done, error);
}

/**
 * gst_discord_connection_upload_preview_async:
 * @self: the connection of our stream
 * @image: a JPEG, PNG, GIF or WebP image
 * @cancellable: (nullable): stops waiting
 * @callback: (scope async): called when it was accepted, or not
 * @user_data: for @callback
 *
 * Shows an image for our stream, as
 * gst_discord_signaller_upload_stream_preview_async() does.
 *
 * Since: 0.1
 */
void
gst_discord_connection_upload_preview_async (GstDiscordConnection *self,
    GBytes *image, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autofree gchar *key = NULL;

  g_return_if_fail (GST_IS_DISCORD_CONNECTION (self));
  g_return_if_fail (image != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, gst_discord_connection_upload_preview_async);
  key = take_key (self, task);
  if (key != NULL)
    gst_discord_signaller_upload_stream_preview_async (self->signaller, key,
        image, cancellable, on_uploaded, g_steal_pointer (&task));
}

/**
 * gst_discord_connection_upload_preview_finish:
 * @self: the connection of our stream
 * @result: what the callback got
 * @error: why not
 *
 * Returns: whether the image was accepted
 *
 * Since: 0.1
 */
gboolean
gst_discord_connection_upload_preview_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  gchar *url = gst_discord_signaller_fetch_stream_preview_finish (
      GST_DISCORD_SIGNALLER (source), result, &error);

  if (url != NULL)
    g_task_return_pointer (task, url, g_free);
  else
    g_task_return_error (task, error);
}

/**
 * gst_discord_connection_fetch_preview_async:
 * @self: the connection of a stream
 * @cancellable: (nullable): stops waiting
 * @callback: (scope async): called when the answer is there
 * @user_data: for @callback
 *
 * Asks where the preview of the stream is.
 *
 * Since: 0.1
 */
void
gst_discord_connection_fetch_preview_async (GstDiscordConnection *self,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autofree gchar *key = NULL;

  g_return_if_fail (GST_IS_DISCORD_CONNECTION (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, gst_discord_connection_fetch_preview_async);
  key = take_key (self, task);
  if (key != NULL)
    gst_discord_signaller_fetch_stream_preview_async (
        self->signaller, key, cancellable, on_fetched, g_steal_pointer (&task));
}

/**
 * gst_discord_connection_fetch_preview_finish:
 * @self: the connection of a stream
 * @result: what the callback got
 * @error: why not
 *
 * Returns: (transfer full): the URL of the image
 *
 * Since: 0.1
 */
gchar *
gst_discord_connection_fetch_preview_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
on_region_set (GObject *source, GAsyncResult *result, gpointer task)
{
  GError *error = NULL;
  gboolean done = gst_discord_signaller_set_stream_region_finish (
      GST_DISCORD_SIGNALLER (source), result, &error);

  return_boolean (task, done, error);
}

/**
 * gst_discord_connection_set_region_async:
 * @self: the connection of our stream
 * @region: a voice region
 * @cancellable: (nullable): stops waiting
 * @callback: (scope async): called when it was accepted, or not
 * @user_data: for @callback
 *
 * Moves our stream to another voice region. Its server then changes.
 *
 * Since: 0.1
 */
void
gst_discord_connection_set_region_async (GstDiscordConnection *self,
    const gchar *region, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autofree gchar *key = NULL;

  g_return_if_fail (GST_IS_DISCORD_CONNECTION (self));
  g_return_if_fail (region != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, gst_discord_connection_set_region_async);
  key = take_key (self, task);
  if (key != NULL)
    gst_discord_signaller_set_stream_region_async (self->signaller, key, region,
        cancellable, on_region_set, g_steal_pointer (&task));
}

/**
 * gst_discord_connection_set_region_finish:
 * @self: the connection of our stream
 * @result: what the callback got
 * @error: why not
 *
 * Returns: whether the region was accepted
 *
 * Since: 0.1
 */
gboolean
gst_discord_connection_set_region_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_notified (GObject *source, GAsyncResult *result, gpointer task)
{
  GError *error = NULL;
  gboolean done = gst_discord_signaller_notify_stream_finish (
      GST_DISCORD_SIGNALLER (source), result, &error);

  return_boolean (task, done, error);
}

/**
 * gst_discord_connection_notify_stream_async:
 * @self: the connection of our stream
 * @cancellable: (nullable): stops waiting
 * @callback: (scope async): called when it was accepted, or not
 * @user_data: for @callback
 *
 * Tells friends that we are live.
 *
 * Since: 0.1
 */
void
gst_discord_connection_notify_stream_async (GstDiscordConnection *self,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autofree gchar *key = NULL;

  g_return_if_fail (GST_IS_DISCORD_CONNECTION (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, gst_discord_connection_notify_stream_async);
  key = take_key (self, task);
  if (key != NULL)
    gst_discord_signaller_notify_stream_async (self->signaller, key,
        cancellable, on_notified, g_steal_pointer (&task));
}

/**
 * gst_discord_connection_notify_stream_finish:
 * @self: the connection of our stream
 * @result: what the callback got
 * @error: why not
 *
 * Returns: whether it was accepted
 *
 * Since: 0.1
 */
gboolean
gst_discord_connection_notify_stream_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
