/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvideosrcpad.h"

#define QUALITY_STANDARD (-1)
#define QUALITY_MAX 100

enum
{
  PROP_0,
  PROP_QUALITY,
  PROP_PIXEL_COUNT,
};

struct _GstDiscordVideoSrcPad
{
  GstDiscordVoiceSrcPad parent;

  /* Object lock */
  gint quality;
  guint pixel_count;
};

G_DEFINE_FINAL_TYPE (GstDiscordVideoSrcPad, gst_discord_video_src_pad,
    GST_TYPE_DISCORD_VOICE_SRC_PAD);

/* What downstream insists on: decoders pass on what behind them has one size. A
 * range is only what can be done. */
static guint64
ask_downstream (GstPad *pad)
{
  g_autoptr (GstCaps) caps = gst_pad_peer_query_caps (pad, NULL);
  const GstStructure *structure;
  gint width, height;

  if (caps == NULL || gst_caps_is_any (caps) || gst_caps_is_empty (caps))
    return 0;
  structure = gst_caps_get_structure (caps, 0);
  if (!gst_structure_get_int (structure, "width", &width)
      || !gst_structure_get_int (structure, "height", &height) || width <= 0
      || height <= 0)
    return 0;
  return (guint64) width * (guint64) height;
}

guint
gst_discord_video_src_pad_get_wish (
    GstDiscordVideoSrcPad *self, guint standard, guint64 *pixel_count)
{
  gint quality;

  GST_OBJECT_LOCK (self);
  quality = self->quality;
  *pixel_count = self->pixel_count;
  GST_OBJECT_UNLOCK (self);
  if (!gst_pad_is_linked (GST_PAD (self)))
    return 0;
  if (*pixel_count == 0)
    *pixel_count = ask_downstream (GST_PAD (self));
  return quality == QUALITY_STANDARD ? standard : (guint) quality;
}

static void
gst_discord_video_src_pad_set_property (
    GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordVideoSrcPad *self = GST_DISCORD_VIDEO_SRC_PAD (object);

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_QUALITY:
      self->quality = g_value_get_int (value);
      break;
    case PROP_PIXEL_COUNT:
      self->pixel_count = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_discord_video_src_pad_get_property (
    GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  GstDiscordVideoSrcPad *self = GST_DISCORD_VIDEO_SRC_PAD (object);

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_QUALITY:
      g_value_set_int (value, self->quality);
      break;
    case PROP_PIXEL_COUNT:
      g_value_set_uint (value, self->pixel_count);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_discord_video_src_pad_class_init (GstDiscordVideoSrcPadClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

  object_class->set_property = gst_discord_video_src_pad_set_property;
  object_class->get_property = gst_discord_video_src_pad_get_property;

  /**
   * GstDiscordVideoSrcPad:quality:
   *
   * How well the stream is wanted, from 1 to 100, the best; 0 asks for nothing.
   * It chooses among the simulcast layers of the sender: the best that is not
   * above it, else the least. A pad that is not linked asks for nothing,
   * whatever this says. Default: -1, what the element's
   * #GstDiscordVoiceSrc:default-video-quality says.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_QUALITY,
      g_param_spec_int ("quality", "Quality",
          "How well the stream is wanted, up to 100 (0 = not at all, -1 = as "
          "the element says)",
          QUALITY_STANDARD, QUALITY_MAX, QUALITY_STANDARD, flags));
  /**
   * GstDiscordVideoSrcPad:pixel-count:
   *
   * Width times height of what shows the stream: the smallest layer that fills
   * it is chosen. Default: 0, what downstream caps insist on, if they do.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_PIXEL_COUNT,
      g_param_spec_uint ("pixel-count", "Pixel count",
          "Width times height of what shows the stream (0 = by downstream "
          "caps)",
          0, G_MAXUINT, 0, flags));
}

static void
gst_discord_video_src_pad_init (GstDiscordVideoSrcPad *self)
{
  self->quality = QUALITY_STANDARD;
}

GstPad *
gst_discord_video_src_pad_new (const gchar *name, GstPad *target,
    GstPadTemplate *template, guint32 ssrc, guint64 user_id)
{
  GstDiscordVoiceSrcPad *self = g_object_new (GST_TYPE_DISCORD_VIDEO_SRC_PAD,
      "name", name, "direction", GST_PAD_SRC, "template", template, NULL);

  gst_discord_voice_src_pad_set_ssrc (self, ssrc);
  gst_discord_voice_src_pad_set_user (self, user_id);
  gst_ghost_pad_set_target (GST_GHOST_PAD (self), target);
  return GST_PAD (self);
}
