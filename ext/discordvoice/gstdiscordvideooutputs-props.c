/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a discordvoicesrc can be told about video. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvideooutputs-private.h"

#define DEFAULT_PADS GST_DISCORD_VIDEO_PADS_PER_USER
#define DEFAULT_QUALITY 100
#define DEFAULT_LATENCY 200
#define DEFAULT_WAIT_FOR_KEYFRAME TRUE

#define GST_TYPE_DISCORD_VIDEO_PADS (gst_discord_video_pads_get_type ())

static GType
gst_discord_video_pads_get_type (void)
{
  static const GEnumValue values[] = {
    { GST_DISCORD_VIDEO_PADS_NONE, "No video is asked for", "none" },
    { GST_DISCORD_VIDEO_PADS_PER_STREAM, "One pad for each simulcast layer",
        "per-stream" },
    { GST_DISCORD_VIDEO_PADS_PER_USER, "One pad for each user", "per-user" },
    { 0, NULL, NULL },
  };
  static gsize type;

  if (g_once_init_enter (&type)) {
    GType registered = g_enum_register_static ("GstDiscordVideoPads", values);

    g_once_init_leave (&type, registered);
  }
  return type;
}

void
gst_discord_video_outputs_install (GObjectClass *klass, guint first_id)
{
  const GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

  /**
   * GstDiscordVoiceSrc:video-pads:
   *
   * What there is a video pad for: each user with a camera, whose pad goes from
   * one simulcast layer to another at keyframes, or each of the layers. With
   * `none` the voice server is not even told that we could show video; otherwise
   * #GstDiscordConnection:video is set on a connection of the application.
   * Default: `per-user`.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass,
      first_id + GST_DISCORD_VIDEO_PROP_PADS,
      g_param_spec_enum ("video-pads", "Video pads",
          "What there is a video pad for", GST_TYPE_DISCORD_VIDEO_PADS,
          DEFAULT_PADS,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_READY));
  /**
   * GstDiscordVoiceSrc:default-video-quality:
   *
   * How well the video of a linked pad is wanted that does not say it itself,
   * from 1 to 100, the best; 0 asks for nothing. See
   * #GstDiscordVideoSrcPad:quality. Default: 100.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass,
      first_id + GST_DISCORD_VIDEO_PROP_QUALITY,
      g_param_spec_uint ("default-video-quality", "Default video quality",
          "How well video is wanted by pads that do not say it, up to 100 "
          "(0 = not at all)",
          0, 100, DEFAULT_QUALITY, flags));
  /**
   * GstDiscordVoiceSrc:video-latency:
   *
   * Depth of the jitter buffers of video in milliseconds: how long a lost packet
   * may take to come again. 0 passes packets on as they come and asks for none
   * again. Changing it posts a latency message. Default: 200.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass,
      first_id + GST_DISCORD_VIDEO_PROP_LATENCY,
      g_param_spec_uint ("video-latency", "Video latency",
          "Depth of the jitter buffers of video in milliseconds (0 = none)", 0,
          G_MAXUINT, DEFAULT_LATENCY, flags));
  /**
   * GstDiscordVoiceSrc:wait-for-keyframe:
   *
   * Whether the frames behind a lost one are left out until the keyframe comes
   * that was asked for. Otherwise it is the decoder that makes the best of them.
   * Default: %TRUE.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass,
      first_id + GST_DISCORD_VIDEO_PROP_WAIT_FOR_KEYFRAME,
      g_param_spec_boolean ("wait-for-keyframe", "Wait for keyframe",
          "Leave frames out behind a lost one until a keyframe comes",
          DEFAULT_WAIT_FOR_KEYFRAME, flags));
  gst_type_mark_as_plugin_api (GST_TYPE_DISCORD_VIDEO_PADS, 0);
}

static void
set_latency (GstDiscordVideoOutputs *self, guint latency)
{
  g_autoptr (GPtrArray) outputs = gst_discord_video_outputs_ref_outputs (self);

  g_mutex_lock (&self->lock);
  self->latency = latency;
  g_mutex_unlock (&self->lock);
  g_object_set (self->rtp, "video-latency", latency, NULL);
  for (guint i = 0; i < outputs->len; i++) {
    GstDiscordVideoOutput *output = g_ptr_array_index (outputs, i);

    gst_discord_video_stream_set_latency (
        GST_DISCORD_VIDEO_STREAM (output->stream), latency * GST_MSECOND);
  }
}

static void
set_wait_for_keyframe (GstDiscordVideoOutputs *self, gboolean wait)
{
  g_autoptr (GPtrArray) inputs = gst_discord_video_outputs_ref_inputs (self);

  g_mutex_lock (&self->lock);
  self->wait_for_keyframe = wait;
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < inputs->len; i++) {
    GstDiscordVideoInput *input = g_ptr_array_index (inputs, i);

    gst_discord_video_gate_set_wait_for_keyframe (
        GST_DISCORD_VIDEO_GATE (input->gate), wait);
  }
}

gboolean
gst_discord_video_outputs_set_property (
    GstDiscordVideoOutputs *self, guint id, const GValue *value)
{
  switch ((gint) (id - self->first_id)) {
    case GST_DISCORD_VIDEO_PROP_PADS:
      g_mutex_lock (&self->lock);
      self->pads = g_value_get_enum (value);
      g_mutex_unlock (&self->lock);
      return TRUE;
    case GST_DISCORD_VIDEO_PROP_QUALITY:
      g_mutex_lock (&self->lock);
      self->quality = g_value_get_uint (value);
      g_mutex_unlock (&self->lock);
      gst_discord_video_outputs_reconsider (self);
      return TRUE;
    case GST_DISCORD_VIDEO_PROP_LATENCY:
      set_latency (self, g_value_get_uint (value));
      return TRUE;
    case GST_DISCORD_VIDEO_PROP_WAIT_FOR_KEYFRAME:
      set_wait_for_keyframe (self, g_value_get_boolean (value));
      return TRUE;
    default:
      return FALSE;
  }
}

gboolean
gst_discord_video_outputs_get_property (
    GstDiscordVideoOutputs *self, guint id, GValue *value)
{
  gboolean ours = TRUE;

  g_mutex_lock (&self->lock);
  switch ((gint) (id - self->first_id)) {
    case GST_DISCORD_VIDEO_PROP_PADS:
      g_value_set_enum (value, self->pads);
      break;
    case GST_DISCORD_VIDEO_PROP_QUALITY:
      g_value_set_uint (value, self->quality);
      break;
    case GST_DISCORD_VIDEO_PROP_LATENCY:
      g_value_set_uint (value, self->latency);
      break;
    case GST_DISCORD_VIDEO_PROP_WAIT_FOR_KEYFRAME:
      g_value_set_boolean (value, self->wait_for_keyframe);
      break;
    default:
      ours = FALSE;
      break;
  }
  g_mutex_unlock (&self->lock);
  return ours;
}

gboolean
gst_discord_video_outputs_are_wanted (GstDiscordVideoOutputs *self)
{
  gboolean wanted;

  g_mutex_lock (&self->lock);
  wanted = self->pads != GST_DISCORD_VIDEO_PADS_NONE;
  g_mutex_unlock (&self->lock);
  return wanted;
}

GstDiscordVideoOutputs *
gst_discord_video_outputs_new (GstBin *bin, GstElement *rtp,
    GstPadTemplate *template, guint group_id, guint first_id,
    void (*streams_changed) (GstBin *bin))
{
  GstDiscordVideoOutputs *self = g_new0 (GstDiscordVideoOutputs, 1);

  self->bin = bin;
  self->rtp = rtp;
  self->template = template;
  self->group_id = group_id;
  self->first_id = first_id;
  self->streams_changed = streams_changed;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_queue_init (&self->changes);
  self->pads = DEFAULT_PADS;
  self->quality = DEFAULT_QUALITY;
  self->wait_for_keyframe = DEFAULT_WAIT_FOR_KEYFRAME;
  self->inputs = g_ptr_array_new_with_free_func (gst_discord_video_input_unref);
  self->outputs =
      g_ptr_array_new_with_free_func (gst_discord_video_output_unref);
  set_latency (self, DEFAULT_LATENCY);
  return self;
}

void
gst_discord_video_outputs_free (GstDiscordVideoOutputs *self)
{
  g_ptr_array_unref (self->inputs);
  g_ptr_array_unref (self->outputs);
  g_queue_clear_full (&self->changes, g_free);
  g_clear_object (&self->connection);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  g_free (self);
}
