/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoicesinkpad.h"

enum
{
  PROP_0,
  PROP_RID,
  PROP_QUALITY,
  PROP_MAX_BITRATE,
  PROP_STATS,
};

struct _GstDiscordVoiceSinkPad
{
  GstGhostPad parent;

  GstDiscordVideoLayer *layer; /* owned, constant */

  /* The object lock guards the fields below. */
  guint quality;
  guint max_bitrate;
};

G_DEFINE_FINAL_TYPE (
    GstDiscordVoiceSinkPad, gst_discord_voice_sink_pad, GST_TYPE_GHOST_PAD);

GstDiscordVideoLayer *
gst_discord_voice_sink_pad_get_layer (GstDiscordVoiceSinkPad *self)
{
  return self->layer;
}

static void
gst_discord_voice_sink_pad_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordVoiceSinkPad *self = GST_DISCORD_VOICE_SINK_PAD (object);

  switch (id) {
    case PROP_QUALITY:
      GST_OBJECT_LOCK (self);
      self->quality = g_value_get_uint (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_MAX_BITRATE:
      GST_OBJECT_LOCK (self);
      self->max_bitrate = g_value_get_uint (value);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
gst_discord_voice_sink_pad_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstDiscordVoiceSinkPad *self = GST_DISCORD_VOICE_SINK_PAD (object);

  switch (id) {
    case PROP_RID:
      g_value_set_string (value, gst_discord_video_layer_get_rid (self->layer));
      break;
    case PROP_QUALITY:
      GST_OBJECT_LOCK (self);
      g_value_set_uint (value, self->quality);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_MAX_BITRATE:
      GST_OBJECT_LOCK (self);
      g_value_set_uint (value, self->max_bitrate);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_STATS:
      g_value_take_boxed (
          value, gst_discord_video_layer_get_stats (self->layer));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
gst_discord_voice_sink_pad_finalize (GObject *object)
{
  gst_clear_object (&GST_DISCORD_VOICE_SINK_PAD (object)->layer);
  G_OBJECT_CLASS (gst_discord_voice_sink_pad_parent_class)->finalize (object);
}

static void
gst_discord_voice_sink_pad_class_init (GstDiscordVoiceSinkPadClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = gst_discord_voice_sink_pad_set_property;
  object_class->get_property = gst_discord_voice_sink_pad_get_property;
  object_class->finalize = gst_discord_voice_sink_pad_finalize;

  /**
   * GstDiscordVoiceSinkPad:rid:
   *
   * The name of the layer, from the name of the pad; 100 for the pad `video`.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_RID,
      g_param_spec_string ("rid", "RID", "Name of the layer", NULL,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  /**
   * GstDiscordVoiceSinkPad:quality:
   *
   * How good the layer is among the others, 100 for the best one. Default: what
   * the RID says where that is a number from 1 to 100, else 100.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_QUALITY,
      g_param_spec_uint ("quality", "Quality",
          "How good the layer is among the others", 1, 100, 100,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_READY));
  /**
   * GstDiscordVoiceSinkPad:max-bitrate:
   *
   * The bit rate that the server is told of the layer, in bit/s; it limits
   * nothing here. Default 0: 4 or 8 Mbit/s, by size and frame rate, for
   * quality 100, a quarter of that for others.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_MAX_BITRATE,
      g_param_spec_uint ("max-bitrate", "Maximum bit rate",
          "Bit rate to tell the server, in bit/s (0 = the usual one)", 0,
          G_MAXUINT, 0,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));
  /**
   * GstDiscordVoiceSinkPad:stats:
   *
   * The entry of this layer in `video-layers` of the element's statistics.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics", "Counters of this layer",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
gst_discord_voice_sink_pad_init (GstDiscordVoiceSinkPad *self)
{
  self->quality = 100;
}

GstPad *
gst_discord_voice_sink_pad_new (const gchar *name, GstPadTemplate *template,
    GstDiscordVideoLayer *layer, guint quality)
{
  g_autoptr (GstPad) target =
      gst_element_get_static_pad (GST_ELEMENT (layer), "sink");
  GstDiscordVoiceSinkPad *self = g_object_new (GST_TYPE_DISCORD_VOICE_SINK_PAD,
      "name", name, "direction", GST_PAD_SINK, "template", template, NULL);

  self->layer = gst_object_ref (layer);
  self->quality = quality;
  gst_ghost_pad_set_target (GST_GHOST_PAD (self), target);
  gst_discord_video_layer_keep_caps_order (GST_PAD (self));
  return GST_PAD (self);
}
