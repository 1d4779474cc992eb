/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties of a discordvoicesink that are about Go Live. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordgolivesink-private.h"

#define DEFAULT_PREVIEW_INTERVAL 300000
#define DEFAULT_PREVIEW_RETRY_INTERVAL 60000
#define DEFAULT_PREVIEW_START_DELAY 500

#define READWRITE (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)

GType
gst_discord_preview_mode_get_type (void)
{
  static gsize type;
  static const GEnumValue values[] = {
    { GST_DISCORD_PREVIEW_MODE_AUTO, "The pad, else a picture of the video",
        "auto" },
    { GST_DISCORD_PREVIEW_MODE_PAD, "The pad only", "pad" },
    { GST_DISCORD_PREVIEW_MODE_OFF, "None", "off" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstDiscordPreviewMode", values));
  return type;
}

static void
install_stream (GObjectClass *klass, guint first_id)
{
  /**
   * GstDiscordVoiceSink:go-live:
   *
   * Whether what is sent is a Go Live stream in the voice channel, and not our
   * microphone and camera. For user accounts. The channel is joined, muted and
   * deafened unless other elements are in it too; a connection that is given is
   * the voice connection of that channel. Default FALSE.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass,
      first_id + GST_DISCORD_GO_LIVE_SINK_PROP_GO_LIVE,
      g_param_spec_boolean ("go-live", "Go Live",
          "Make a Go Live stream in the voice channel", FALSE,
          READWRITE | GST_PARAM_MUTABLE_READY));
  /**
   * GstDiscordVoiceSink:paused:
   *
   * Whether our stream is paused: viewers are told so, and nothing is sent.
   * Independent of the element's state; what comes in meanwhile is lost. Default
   * FALSE.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass,
      first_id + GST_DISCORD_GO_LIVE_SINK_PROP_PAUSED,
      g_param_spec_boolean ("paused", "Paused",
          "Whether the Go Live stream is paused", FALSE,
          READWRITE | GST_PARAM_MUTABLE_PLAYING));
  /**
   * GstDiscordVoiceSink:preferred-region:
   *
   * Voice region to ask for, for our stream, such as rotterdam. Default NULL:
   * Discord chooses.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass,
      first_id + GST_DISCORD_GO_LIVE_SINK_PROP_PREFERRED_REGION,
      g_param_spec_string ("preferred-region", "Preferred region",
          "Voice region to ask for, for the Go Live stream (NULL = Discord "
          "chooses)",
          NULL, READWRITE | GST_PARAM_MUTABLE_READY));
}

static void
install_preview (GObjectClass *klass, guint first_id)
{
  /**
   * GstDiscordVoiceSink:preview-mode:
   *
   * Where the preview of our stream comes from. With auto, the default, from the
   * pad `preview` where it is linked, else from the newest keyframe of the best
   * video pad, which is decoded when a preview is due. With off there are none;
   * while live they begin and end with it, after preview-start-delay.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass,
      first_id + GST_DISCORD_GO_LIVE_SINK_PROP_PREVIEW_MODE,
      g_param_spec_enum ("preview-mode", "Preview mode",
          "Where the preview of the Go Live stream comes from",
          GST_TYPE_DISCORD_PREVIEW_MODE, GST_DISCORD_PREVIEW_MODE_AUTO,
          READWRITE | GST_PARAM_MUTABLE_PLAYING));
  /**
   * GstDiscordVoiceSink:preview-interval:
   *
   * Time from one preview to the next, in milliseconds. Default 300000.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass,
      first_id + GST_DISCORD_GO_LIVE_SINK_PROP_PREVIEW_INTERVAL,
      g_param_spec_uint ("preview-interval", "Preview interval",
          "Time from one preview to the next, in milliseconds", 0, G_MAXUINT,
          DEFAULT_PREVIEW_INTERVAL, READWRITE | GST_PARAM_MUTABLE_PLAYING));
  /**
   * GstDiscordVoiceSink:preview-retry-interval:
   *
   * Time to the next preview where there was no picture, where the stream was
   * paused or where it could not be uploaded, in milliseconds. Default 60000.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass,
      first_id + GST_DISCORD_GO_LIVE_SINK_PROP_PREVIEW_RETRY_INTERVAL,
      g_param_spec_uint ("preview-retry-interval", "Preview retry interval",
          "Time from a preview that failed to the next, in milliseconds", 0,
          G_MAXUINT, DEFAULT_PREVIEW_RETRY_INTERVAL,
          READWRITE | GST_PARAM_MUTABLE_PLAYING));
  /**
   * GstDiscordVoiceSink:preview-start-delay:
   *
   * Time from the start of our stream to the first preview, in milliseconds.
   * Default 500.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass,
      first_id + GST_DISCORD_GO_LIVE_SINK_PROP_PREVIEW_START_DELAY,
      g_param_spec_uint ("preview-start-delay", "Preview start delay",
          "Time from the start of the stream to the first preview, in "
          "milliseconds",
          0, G_MAXUINT, DEFAULT_PREVIEW_START_DELAY,
          READWRITE | GST_PARAM_MUTABLE_PLAYING));
}

void
gst_discord_go_live_sink_install (GObjectClass *klass, guint first_id)
{
  install_stream (klass, first_id);
  install_preview (klass, first_id);
  /**
   * GstDiscordVoiceSink::preview-uploaded:
   * @self: the element
   * @stream_key: our stream
   * @image: (type GBytes): the preview
   *
   * A preview of our stream is shown now. Emitted from a thread of its own.
   *
   * Since: 0.1
   */
  g_signal_new (DISCORD_PREVIEW_UPLOADED, G_OBJECT_CLASS_TYPE (klass),
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING,
      G_TYPE_BYTES);
  gst_type_mark_as_plugin_api (GST_TYPE_DISCORD_PREVIEW_MODE, 0);
}

static void
tell_settings (GstDiscordGoLiveSink *self)
{
  g_auto (GstDiscordGoLive) go_live = { .stream_key = NULL };

  GST_OBJECT_LOCK (self->element);
  gst_discord_go_live_copy (&go_live, &self->go_live);
  GST_OBJECT_UNLOCK (self->element);
  gst_discord_settings_set_go_live (self->settings, &go_live);
}

static void
tell_preview (GstDiscordGoLiveSink *self)
{
  PreviewTimes times;

  GST_OBJECT_LOCK (self->element);
  times.interval = self->preview_interval * G_TIME_SPAN_MILLISECOND;
  times.retry_interval = self->preview_retry_interval * G_TIME_SPAN_MILLISECOND;
  times.start_delay = self->preview_start_delay * G_TIME_SPAN_MILLISECOND;
  GST_OBJECT_UNLOCK (self->element);
  gst_discord_preview_set_times (self->preview, &times);
}

static void
set_region (GstDiscordGoLiveSink *self, gchar *region)
{
  g_autofree gchar *old = NULL;

  GST_OBJECT_LOCK (self->element);
  old = self->go_live.preferred_region;
  self->go_live.preferred_region = region;
  GST_OBJECT_UNLOCK (self->element);
  tell_settings (self);
}

static void
set_go_live (GstDiscordGoLiveSink *self, gboolean go_live)
{
  GST_OBJECT_LOCK (self->element);
  self->go_live.go_live = go_live;
  GST_OBJECT_UNLOCK (self->element);
  tell_settings (self);
}

static void
set_paused (GstDiscordGoLiveSink *self, gboolean paused)
{
  g_autoptr (GstDiscordConnection) connection = NULL;

  GST_OBJECT_LOCK (self->element);
  self->paused = paused;
  if (self->connection != NULL)
    connection = g_object_ref (self->connection);
  GST_OBJECT_UNLOCK (self->element);
  if (connection != NULL)
    g_object_set (connection, "paused", paused, NULL);
}

static void
set_milliseconds (GstDiscordGoLiveSink *self, guint *field, const GValue *value)
{
  GST_OBJECT_LOCK (self->element);
  *field = g_value_get_uint (value);
  GST_OBJECT_UNLOCK (self->element);
  tell_preview (self);
}

gboolean
gst_discord_go_live_sink_set_property (
    GstDiscordGoLiveSink *self, guint prop, const GValue *value)
{
  switch (prop) {
    case GST_DISCORD_GO_LIVE_SINK_PROP_GO_LIVE:
      set_go_live (self, g_value_get_boolean (value));
      return TRUE;
    case GST_DISCORD_GO_LIVE_SINK_PROP_PAUSED:
      set_paused (self, g_value_get_boolean (value));
      return TRUE;
    case GST_DISCORD_GO_LIVE_SINK_PROP_PREFERRED_REGION:
      set_region (self, g_value_dup_string (value));
      return TRUE;
    case GST_DISCORD_GO_LIVE_SINK_PROP_PREVIEW_MODE:
      GST_OBJECT_LOCK (self->element);
      self->preview_mode = g_value_get_enum (value);
      GST_OBJECT_UNLOCK (self->element);
      gst_discord_preview_changed (self->preview);
      return TRUE;
    case GST_DISCORD_GO_LIVE_SINK_PROP_PREVIEW_INTERVAL:
      set_milliseconds (self, &self->preview_interval, value);
      return TRUE;
    case GST_DISCORD_GO_LIVE_SINK_PROP_PREVIEW_RETRY_INTERVAL:
      set_milliseconds (self, &self->preview_retry_interval, value);
      return TRUE;
    case GST_DISCORD_GO_LIVE_SINK_PROP_PREVIEW_START_DELAY:
      set_milliseconds (self, &self->preview_start_delay, value);
      return TRUE;
    default:
      return FALSE;
  }
}

gboolean
gst_discord_go_live_sink_get_property (
    GstDiscordGoLiveSink *self, guint prop, GValue *value)
{
  gboolean ours = TRUE;

  GST_OBJECT_LOCK (self->element);
  switch (prop) {
    case GST_DISCORD_GO_LIVE_SINK_PROP_GO_LIVE:
      g_value_set_boolean (value, self->go_live.go_live);
      break;
    case GST_DISCORD_GO_LIVE_SINK_PROP_PAUSED:
      g_value_set_boolean (value, self->paused);
      break;
    case GST_DISCORD_GO_LIVE_SINK_PROP_PREFERRED_REGION:
      g_value_set_string (value, self->go_live.preferred_region);
      break;
    case GST_DISCORD_GO_LIVE_SINK_PROP_PREVIEW_MODE:
      g_value_set_enum (value, self->preview_mode);
      break;
    case GST_DISCORD_GO_LIVE_SINK_PROP_PREVIEW_INTERVAL:
      g_value_set_uint (value, self->preview_interval);
      break;
    case GST_DISCORD_GO_LIVE_SINK_PROP_PREVIEW_RETRY_INTERVAL:
      g_value_set_uint (value, self->preview_retry_interval);
      break;
    case GST_DISCORD_GO_LIVE_SINK_PROP_PREVIEW_START_DELAY:
      g_value_set_uint (value, self->preview_start_delay);
      break;
    default:
      ours = FALSE;
      break;
  }
  GST_OBJECT_UNLOCK (self->element);
  return ours;
}

void
gst_discord_go_live_sink_init_properties (GstDiscordGoLiveSink *self)
{
  self->preview_mode = GST_DISCORD_PREVIEW_MODE_AUTO;
  self->preview_interval = DEFAULT_PREVIEW_INTERVAL;
  self->preview_retry_interval = DEFAULT_PREVIEW_RETRY_INTERVAL;
  self->preview_start_delay = DEFAULT_PREVIEW_START_DELAY;
  tell_preview (self);
}
