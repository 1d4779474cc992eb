/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordgolivesink-private.h"
#include "gstdiscordmediasink.h"

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

static GstDiscordPreviewMode
get_preview_mode (GstDiscordGoLiveSink *self)
{
  GstDiscordPreviewMode mode;

  GST_OBJECT_LOCK (self->element);
  mode = self->preview_mode;
  GST_OBJECT_UNLOCK (self->element);
  return mode;
}

static gboolean
is_live (GObject *stream, gpointer user_data)
{
  GstDiscordSendState send;

  if (get_preview_mode (user_data) == GST_DISCORD_PREVIEW_MODE_OFF)
    return FALSE;
  gst_discord_connection_get_send_state (
      GST_DISCORD_CONNECTION (stream), &send);
  return send.stream_state == GST_DISCORD_STREAM_STATE_CONNECTED;
}

static GstSample *
get_picture (GstElement *element, gpointer user_data)
{
  GstDiscordGoLiveSink *self = user_data;
  g_autoptr (GstDiscordConnection) connection = ref_connection (self);
  GstDiscordSendState send;

  if (connection == NULL)
    return NULL;
  gst_discord_connection_get_send_state (connection, &send);
  if (send.paused)
    return NULL;
  return gst_discord_preview_input_get_picture (
      self->input, get_preview_mode (self) == GST_DISCORD_PREVIEW_MODE_AUTO);
}

static void
upload_preview (GObject *stream, GBytes *image, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  gst_discord_connection_upload_preview_async (
      GST_DISCORD_CONNECTION (stream), image, cancellable, callback, user_data);
}

static gboolean
finish_upload (GObject *stream, GAsyncResult *result, GError **error)
{
  return gst_discord_connection_upload_preview_finish (
      GST_DISCORD_CONNECTION (stream), result, error);
}

static gchar *
dup_stream_key (GstDiscordConnection *stream)
{
  gchar *key;

  g_object_get (stream, "stream-key", &key, NULL);
  return key;
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
  key = dup_stream_key (connection);
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
  key = dup_stream_key (connection);
  post (element,
      gst_structure_new (PREVIEW_FAILED_MESSAGE, "stream-key", G_TYPE_STRING,
          key, "error", G_TYPE_ERROR, error, "final", G_TYPE_BOOLEAN, final,
          NULL));
}

static const GstDiscordPreviewFuncs preview_funcs = {
  .is_live = is_live,
  .get_picture = get_picture,
  .upload = upload_preview,
  .upload_finish = finish_upload,
  .uploaded = on_preview_uploaded,
  .failed = on_preview_failed,
};

/* The stream */

/* Who was stopped meanwhile, and maybe started again, has nothing to end. */
static void
send_eos (GstElement *element, gpointer user_data)
{
  if (gst_discord_media_sink_is_over (GST_DISCORD_MEDIA_SINK (element)))
    gst_pad_send_event (GST_BASE_SINK_PAD (element), gst_event_new_eos ());
}

static void
end_sink (const GValue *item, gpointer user_data)
{
  GstElement *element = g_value_get_object (item);
  GstIterator *sinks;

  if (GST_IS_BIN (element)) {
    sinks = gst_bin_iterate_sinks (GST_BIN (element));
    gst_iterator_foreach (sinks, end_sink, NULL);
    gst_iterator_free (sinks);
  } else if (GST_IS_DISCORD_MEDIA_SINK (element)) {
    /* It waits for what the streaming thread does, and maybe for PLAYING. */
    gst_element_call_async (element, send_eos, NULL, NULL);
  }
}

/* The streaming threads end with GST_FLOW_EOS, but what
 * comes of that does not pass queues, and nothing comes where nothing flows: so
 * each sink gets the event from here. */
void
gst_discord_go_live_sink_ended (GstDiscordGoLiveSink *self)
{
  GstIterator *sinks = gst_bin_iterate_sinks (GST_BIN (self->element));

  GST_INFO_OBJECT (self->element, "the stream was ended");
  gst_iterator_foreach (sinks, end_sink, NULL);
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
  gst_discord_preview_changed (self->preview);
}

/* Also one that an application made and gave us. */
static gboolean
is_stream (GstDiscordConnection *connection)
{
  g_autoptr (GstDiscordConnection) parent = NULL;

  g_object_get (connection, "parent", &parent, NULL);
  return parent != NULL;
}

void
gst_discord_go_live_sink_start (
    GstDiscordGoLiveSink *self, GstDiscordConnection *connection)
{
  gboolean go_live, paused;
  GstDiscordSendState send;

  if (!is_stream (connection))
    return;
  GST_OBJECT_LOCK (self->element);
  go_live = self->go_live.go_live;
  paused = self->paused;
  self->connection = g_object_ref (connection);
  GST_OBJECT_UNLOCK (self->element);

  /* The application's own is as the application has it. */
  if (go_live || paused)
    g_object_set (connection, "paused", paused, NULL);
  /* Also without previews: they may be switched on. */
  gst_discord_preview_input_set_active (self->input, TRUE);
  gst_discord_preview_start (self->preview, G_OBJECT (connection));
  /* Of a stream from before, where there was one. */
  gst_discord_connection_get_send_state (connection, &send);
  self->state = send.stream_state;
  self->watch =
      gst_discord_connection_add_send_watch (connection, on_send_state, self);
  gst_discord_preview_changed (self->preview);
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
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_settings_ref_connection (self->settings);
  gboolean go_live;

  GST_OBJECT_LOCK (self->element);
  go_live = self->go_live.go_live;
  GST_OBJECT_UNLOCK (self->element);
  return go_live || (connection != NULL && is_stream (connection));
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
