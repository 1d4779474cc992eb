/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Go Live needs of Discord's REST API, on any GstDiscordSignaller. Each
 * request is a GTask that the implementation returns. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscorderror.h"
#include "gstdiscordsignaller.h"
#include "gstdiscordstreamkey-private.h"

typedef enum
{
  TASK_UPLOAD_PREVIEW,
  TASK_FETCH_PREVIEW,
  TASK_SET_REGION,
  TASK_NOTIFY,
} TaskKind;

static const gchar *const task_names[] = { "upload_stream_preview",
  "fetch_stream_preview", "set_stream_region", "notify_stream" };

/* (transfer full): for the implementation to return; its data is the one way to
 * write @stream_key. NULL: it has returned an error. */
static GTask *
begin_task (GstDiscordSignaller *self, TaskKind kind, const gchar *stream_key,
    gboolean supported, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GstDiscordStreamKey) key = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, GINT_TO_POINTER (kind + 1));
  g_task_set_name (task, task_names[kind]);
  if (g_task_return_error_if_cancelled (task))
    return NULL;
  key = gst_discord_stream_key_parse (stream_key, &error);
  if (key == NULL) {
    g_task_return_error (task, error);
    return NULL;
  }
  if (!supported) {
    g_task_return_new_error (task, GST_DISCORD_ERROR,
        GST_DISCORD_ERROR_NOT_SUPPORTED,
        "This signaller knows no REST API for Go Live");
    return NULL;
  }
  g_task_set_task_data (task, gst_discord_stream_key_to_string (key), g_free);
  return g_steal_pointer (&task);
}

static gboolean
finish_boolean (GstDiscordSignaller *self, GAsyncResult *result, TaskKind kind,
    GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (
      g_task_get_source_tag (G_TASK (result)) == GINT_TO_POINTER (kind + 1),
      FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * gst_discord_signaller_upload_stream_preview_async:
 * @self: a signaller
 * @stream_key: our stream
 * @image: a JPEG, PNG, GIF or WebP image
 * @cancellable: (nullable): to cancel
 * @callback: called when done
 * @user_data: its data
 *
 * Shows an image for our stream where it is offered to others. When Discord
 * asks for a short wait, the upload waits and goes on.
 *
 * Since: 0.1
 */
void
gst_discord_signaller_upload_stream_preview_async (GstDiscordSignaller *self,
    const gchar *stream_key, GBytes *image, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  GstDiscordSignallerInterface *iface;
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (GST_IS_DISCORD_SIGNALLER (self));
  g_return_if_fail (stream_key != NULL);
  g_return_if_fail (image != NULL);

  iface = GST_DISCORD_SIGNALLER_GET_IFACE (self);
  task = begin_task (self, TASK_UPLOAD_PREVIEW, stream_key,
      iface->upload_stream_preview != NULL, cancellable, callback, user_data);
  if (task != NULL)
    iface->upload_stream_preview (
        self, g_task_get_task_data (task), image, task);
}

/**
 * gst_discord_signaller_upload_stream_preview_finish:
 * @self: a signaller
 * @result: what the callback got
 * @error: return location for an error
 *
 * The result of gst_discord_signaller_upload_stream_preview_async():
 * %GST_DISCORD_ERROR_NOT_AUTHORIZED for a bad token,
 * %GST_DISCORD_ERROR_STREAM_GONE when the stream is gone or not ours,
 * %GST_DISCORD_ERROR_RATE_LIMITED, %GST_DISCORD_ERROR_SETTINGS when @image is
 * none, and others.
 *
 * Returns: %TRUE when it is shown
 *
 * Since: 0.1
 */
gboolean
gst_discord_signaller_upload_stream_preview_finish (
    GstDiscordSignaller *self, GAsyncResult *result, GError **error)
{
  return finish_boolean (self, result, TASK_UPLOAD_PREVIEW, error);
}

/**
 * gst_discord_signaller_fetch_stream_preview_async:
 * @self: a signaller
 * @stream_key: a stream
 * @cancellable: (nullable): to cancel
 * @callback: called when done
 * @user_data: its data
 *
 * Asks where a stream's preview image is.
 *
 * Since: 0.1
 */
void
gst_discord_signaller_fetch_stream_preview_async (GstDiscordSignaller *self,
    const gchar *stream_key, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  GstDiscordSignallerInterface *iface;
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (GST_IS_DISCORD_SIGNALLER (self));
  g_return_if_fail (stream_key != NULL);

  iface = GST_DISCORD_SIGNALLER_GET_IFACE (self);
  task = begin_task (self, TASK_FETCH_PREVIEW, stream_key,
      iface->fetch_stream_preview != NULL, cancellable, callback, user_data);
  if (task != NULL)
    iface->fetch_stream_preview (self, g_task_get_task_data (task), task);
}

/**
 * gst_discord_signaller_fetch_stream_preview_finish:
 * @self: a signaller
 * @result: what the callback got
 * @error: return location for an error
 *
 * The result of gst_discord_signaller_fetch_stream_preview_async().
 *
 * Returns: (transfer full): the image's URL, or %NULL with an error
 *
 * Since: 0.1
 */
gchar *
gst_discord_signaller_fetch_stream_preview_finish (
    GstDiscordSignaller *self, GAsyncResult *result, GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result))
          == GINT_TO_POINTER (TASK_FETCH_PREVIEW + 1),
      NULL);

  if (!g_task_propagate_value (G_TASK (result), &value, error))
    return NULL;
  if (!G_VALUE_HOLDS_STRING (&value) || g_value_get_string (&value) == NULL) {
    g_set_error_literal (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_PROTOCOL,
        "The signaller named no URL");
    return NULL;
  }
  return g_value_dup_string (&value);
}

/**
 * gst_discord_signaller_set_stream_region_async:
 * @self: a signaller
 * @stream_key: our stream
 * @region: a voice region, "rotterdam" for instance
 * @cancellable: (nullable): to cancel
 * @callback: called when done
 * @user_data: its data
 *
 * Moves our stream to another voice region. The new server comes with
 * #GstDiscordSignaller::stream-server.
 *
 * Since: 0.1
 */
void
gst_discord_signaller_set_stream_region_async (GstDiscordSignaller *self,
    const gchar *stream_key, const gchar *region, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  GstDiscordSignallerInterface *iface;
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (GST_IS_DISCORD_SIGNALLER (self));
  g_return_if_fail (stream_key != NULL);
  g_return_if_fail (region != NULL);

  iface = GST_DISCORD_SIGNALLER_GET_IFACE (self);
  task = begin_task (self, TASK_SET_REGION, stream_key,
      iface->set_stream_region != NULL, cancellable, callback, user_data);
  if (task != NULL)
    iface->set_stream_region (self, g_task_get_task_data (task), region, task);
}

/**
 * gst_discord_signaller_set_stream_region_finish:
 * @self: a signaller
 * @result: what the callback got
 * @error: return location for an error
 *
 * The result of gst_discord_signaller_set_stream_region_async().
 *
 * Returns: %TRUE when it was accepted
 *
 * Since: 0.1
 */
gboolean
gst_discord_signaller_set_stream_region_finish (
    GstDiscordSignaller *self, GAsyncResult *result, GError **error)
{
  return finish_boolean (self, result, TASK_SET_REGION, error);
}

/**
 * gst_discord_signaller_notify_stream_async:
 * @self: a signaller
 * @stream_key: our stream
 * @cancellable: (nullable): to cancel
 * @callback: called when done
 * @user_data: its data
 *
 * Tells friends in a small guild that we are live.
 *
 * Since: 0.1
 */
void
gst_discord_signaller_notify_stream_async (GstDiscordSignaller *self,
    const gchar *stream_key, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  GstDiscordSignallerInterface *iface;
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (GST_IS_DISCORD_SIGNALLER (self));
  g_return_if_fail (stream_key != NULL);

  iface = GST_DISCORD_SIGNALLER_GET_IFACE (self);
  task = begin_task (self, TASK_NOTIFY, stream_key,
      iface->notify_stream != NULL, cancellable, callback, user_data);
  if (task != NULL)
    iface->notify_stream (self, g_task_get_task_data (task), task);
}

/**
 * gst_discord_signaller_notify_stream_finish:
 * @self: a signaller
 * @result: what the callback got
 * @error: return location for an error
 *
 * The result of gst_discord_signaller_notify_stream_async().
 *
 * Returns: %TRUE when it was accepted
 *
 * Since: 0.1
 */
gboolean
gst_discord_signaller_notify_stream_finish (
    GstDiscordSignaller *self, GAsyncResult *result, GError **error)
{
  return finish_boolean (self, result, TASK_NOTIFY, error);
}
