/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordgolivesink-private.h"

#include <gst/discord/gstdiscorderror.h>

GST_DEBUG_CATEGORY_EXTERN (discord_voice_sink_debug);
#define GST_CAT_DEFAULT discord_voice_sink_debug

#define PREVIEW_UPLOADED_MESSAGE "discord-preview-uploaded"
#define PREVIEW_FAILED_MESSAGE "discord-preview-failed"

/* (transfer full) (nullable) */
static GstDiscordConnection *
ref_connection (GstDiscordGoLiveSink *self)
{
  GstDiscordConnection *connection = NULL;

  GST_OBJECT_LOCK (self->element);
  if (self->connection != NULL)
    connection = g_object_ref (self->connection);
  GST_OBJECT_UNLOCK (self->element);
  return connection;
}

/* Previews: what follows is called from their thread. */

static GstSample *
get_picture (GstElement *element, gpointer user_data)
{
  GstDiscordGoLiveSink *self = user_data;
  g_autoptr (GstDiscordConnection) connection = ref_connection (self);
  GstDiscordPreviewMode mode;
  GstDiscordSendState send;

  GST_OBJECT_LOCK (element);
  mode = self->preview_mode;
  GST_OBJECT_UNLOCK (element);
  if (connection == NULL || mode == GST_DISCORD_PREVIEW_MODE_OFF)
    return NULL;
  gst_discord_connection_get_send_state (connection, &send);
  if (send.paused)
    return NULL;
  return gst_discord_preview_input_get_picture (
      self->input, mode == GST_DISCORD_PREVIEW_MODE_AUTO);
}

static gchar *
dup_stream_key (GObject *stream)
{
  gchar *key;

  g_object_get (stream, "stream-key", &key, NULL);
  return key;
}

static void
upload_preview (GObject *stream, GBytes *image, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GstDiscordSignaller) signaller = NULL;
  g_autofree gchar *key = dup_stream_key (stream);

  g_object_get (stream, "signaller", &signaller, NULL);
  if (signaller != NULL && key != NULL)
    gst_discord_signaller_upload_stream_preview_async (
        signaller, key, image, cancellable, callback, user_data);
  else
    g_task_report_new_error (stream, callback, user_data, upload_preview,
        GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_CONNECTED,
        "There is no stream to show a preview of");
}

static gboolean
finish_upload (GObject *stream, GAsyncResult *result, GError **error)
{
  g_autoptr (GObject) source = g_async_result_get_source_object (result);

  if (source == stream)
    return g_task_propagate_boolean (G_TASK (result), error);
  return gst_discord_signaller_upload_stream_preview_finish (
      GST_DISCORD_SIGNALLER (source), result, error);
}

static void
post (GstElement *element, GstStructure *structure)
{
  gst_element_post_message (
      element, gst_message_new_element (GST_OBJECT (element), structure));
}

static void
on_preview_uploaded (GstElement *element, GBytes *image, gpointer user_data)
{
  GstDiscordGoLiveSink *self = user_data;
  g_autoptr (GstDiscordConnection) connection = ref_connection (self);
  g_autofree gchar *key = NULL;

  if (connection == NULL)
    return;
  key = dup_stream_key (G_OBJECT (connection));
  post (element,
      gst_structure_new (PREVIEW_UPLOADED_MESSAGE, "stream-key", G_TYPE_STRING,
          key, "size", G_TYPE_UINT64, (guint64) g_bytes_get_size (image),
          NULL));
  g_signal_emit_by_name (element, DISCORD_PREVIEW_UPLOADED, key, image);
}

static void
on_preview_failed (GstElement *element, const GError *error, gboolean final,
    gpointer user_data)
{
  GstDiscordGoLiveSink *self = user_data;
  g_autoptr (GstDiscordConnection) connection = ref_connection (self);
  g_autofree gchar *key = NULL;

  if (connection == NULL)
    return;
  key = dup_stream_key (G_OBJECT (connection));
  post (element,
      gst_structure_new (PREVIEW_FAILED_MESSAGE, "stream-key", G_TYPE_STRING,
          key, "error", G_TYPE_ERROR, error, "final", G_TYPE_BOOLEAN, final,
          NULL));
}

static const GstDiscordPreviewFuncs preview_funcs = {
  .get_picture = get_picture,
  .upload = upload_preview,
  .upload_finish = finish_upload,
  .uploaded = on_preview_uploaded,
  .failed = on_preview_failed,
};

/* The stream */

static void
post_eos (const GValue *item, gpointer user_data)
{
  GstElement *element = g_value_get_object (item);
  GstIterator *children;

  if (GST_IS_BIN (element)) {
    children = gst_bin_iterate_sinks (GST_BIN (element));
    gst_iterator_foreach (children, post_eos, NULL);
    gst_iterator_free (children);
  } else {
    gst_element_post_message (
        element, gst_message_new_eos (GST_OBJECT (element)));
  }
}

/* Over without an error: the streaming threads end with GST_FLOW_EOS, but what
 * comes of that reaches no sink behind a queue, or where nothing flows. */
static void
end (GstDiscordGoLiveSink *self)
{
  GstIterator *sinks = gst_bin_iterate_sinks (GST_BIN (self->element));

  GST_INFO_OBJECT (self->element, "the stream was ended");
  gst_iterator_foreach (sinks, post_eos, NULL);
  gst_iterator_free (sinks);
}

static gboolean
is_created (GstDiscordStreamState before, GstDiscordStreamState now)
{
  if (before == GST_DISCORD_STREAM_STATE_UNAVAILABLE)
    return now != GST_DISCORD_STREAM_STATE_ENDED;
  return now == GST_DISCORD_STREAM_STATE_SIGNALLED;
}

static void
on_send_state (GstDiscordConnection *connection,
    const GstDiscordSendState *state, gpointer user_data)
{
  GstDiscordGoLiveSink *self = user_data;
  GstDiscordStreamState before = self->state;

  if (state->stream_state == before)
    return;
  self->state = state->stream_state;
  if (is_created (before, self->state))
    gst_discord_preview_created (self->preview);
  gst_discord_preview_set_live (
      self->preview, self->state == GST_DISCORD_STREAM_STATE_CONNECTED);
  if (self->state == GST_DISCORD_STREAM_STATE_ENDED
      && state->state != GST_DISCORD_CONNECTION_STATE_FAILED)
    end (self);
}

void
gst_discord_go_live_sink_start (
    GstDiscordGoLiveSink *self, GstDiscordConnection *connection)
{
  gboolean paused, preview;

  GST_OBJECT_LOCK (self->element);
  paused = self->paused;
  preview = self->preview_mode != GST_DISCORD_PREVIEW_MODE_OFF;
  if (self->go_live.go_live)
    self->connection = g_object_ref (connection);
  GST_OBJECT_UNLOCK (self->element);
  if (self->connection == NULL)
    return;

  g_object_set (connection, "paused", paused, NULL);
  gst_discord_preview_input_set_active (self->input, preview);
  if (preview)
    gst_discord_preview_start (self->preview, G_OBJECT (connection));
  self->state = GST_DISCORD_STREAM_STATE_IDLE;
  self->watch =
      gst_discord_connection_add_send_watch (connection, on_send_state, self);
}

void
gst_discord_go_live_sink_stop (GstDiscordGoLiveSink *self)
{
  GstDiscordConnection *connection;

  if (self->connection == NULL)
    return;
  gst_discord_connection_remove_send_watch (self->connection, self->watch);
  gst_discord_preview_stop (self->preview);
  gst_discord_preview_input_set_active (self->input, FALSE);
  GST_OBJECT_LOCK (self->element);
  connection = g_steal_pointer (&self->connection);
  GST_OBJECT_UNLOCK (self->element);
  g_object_unref (connection);
}

gboolean
gst_discord_go_live_sink_is_enabled (GstDiscordGoLiveSink *self)
{
  gboolean enabled;

  GST_OBJECT_LOCK (self->element);
  enabled = self->go_live.go_live;
  GST_OBJECT_UNLOCK (self->element);
  return enabled;
}

GstDiscordPreviewInput *
gst_discord_go_live_sink_get_input (GstDiscordGoLiveSink *self)
{
  return self->input;
}

void
gst_discord_go_live_sink_add_stats (
    GstDiscordGoLiveSink *self, GstStructure *stats)
{
  gst_discord_preview_add_stats (self->preview, stats);
}

GstDiscordGoLiveSink *
gst_discord_go_live_sink_new (GstElement *element, GstDiscordSettings *settings)
{
  GstDiscordGoLiveSink *self = g_new0 (GstDiscordGoLiveSink, 1);

  self->element = element;
  self->settings = settings;
  self->input = gst_discord_preview_input_new ();
  self->preview = gst_discord_preview_new (element, &preview_funcs, self);
  gst_discord_go_live_sink_init_properties (self);
  return self;
}

void
gst_discord_go_live_sink_free (GstDiscordGoLiveSink *self)
{
  gst_discord_go_live_sink_stop (self);
  gst_discord_preview_free (self->preview);
  gst_discord_preview_input_free (self->input);
  gst_discord_go_live_clear (&self->go_live);
  g_free (self);
}
