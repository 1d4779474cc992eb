/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordhdrextorientation
 * @title: discordhdrextorientation
 * @short_description: RTP header extension with how a video has to be turned
 *
 * Coordination of video orientation (3GPP TS 26.114 section 7.4.5): how a
 * receiver has to turn and mirror the picture. It is written from the property
 * `video-direction` of #GstVideoDirection, and reading sets that property, so
 * that it can be bound to the one of a videoflip. In the #GstDiscordMediaMeta of
 * received buffers it is what
 * gst_discord_media_meta_get_image_orientation() returns.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=30 ! vp8enc ! rtpvp8pay ! 'application/x-rtp,extmap-4=(string)urn:3gpp:video-orientation' ! fakesink
 * ]| Says in every packet that the picture stands upright.
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=30 ! vp8enc ! rtpvp8pay ! 'application/x-rtp,extmap-4=(string)urn:3gpp:video-orientation' ! rtpvp8depay ! vp8dec ! fakesink
 * ]| Reads it again behind the packets.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordhdrext.h"

#include <gst/video/video.h>

#define FLIP_BIT 0x04
#define ROTATION_BITS 0x03

enum
{
  PROP_0,
  PROP_VIDEO_DIRECTION,
};

struct _GstDiscordHdrextOrientation
{
  GstDiscordHdrextBase parent;

  gint direction; /* GstVideoOrientationMethod; atomic */
};

/* By the three low bits: mirrored left to right, then turned clockwise by so many
 * quarters. The standard does not say which comes first; this is how
 * GST_TAG_IMAGE_ORIENTATION means it. */
static const GstVideoOrientationMethod directions[] = {
  GST_VIDEO_ORIENTATION_IDENTITY,
  GST_VIDEO_ORIENTATION_90R,
  GST_VIDEO_ORIENTATION_180,
  GST_VIDEO_ORIENTATION_90L,
  GST_VIDEO_ORIENTATION_HORIZ,
  GST_VIDEO_ORIENTATION_UR_LL,
  GST_VIDEO_ORIENTATION_VERT,
  GST_VIDEO_ORIENTATION_UL_LR,
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordHdrextOrientation,
    gst_discord_hdrext_orientation, GST_TYPE_DISCORD_HDREXT_BASE,
    G_IMPLEMENT_INTERFACE (GST_TYPE_VIDEO_DIRECTION, NULL));
GST_ELEMENT_REGISTER_DEFINE (discordhdrextorientation,
    "discordhdrextorientation", GST_RANK_MARGINAL,
    GST_TYPE_DISCORD_HDREXT_ORIENTATION);

/* What the element cannot say, as "auto", is said as upright. */
static void
orientation_write (GstDiscordHdrextBase *base, guint8 *data)
{
  GstDiscordHdrextOrientation *self = GST_DISCORD_HDREXT_ORIENTATION (base);
  GstVideoOrientationMethod direction = g_atomic_int_get (&self->direction);

  for (guint i = 0; i < G_N_ELEMENTS (directions); i++)
    if (directions[i] == direction)
      data[0] = i;
}

static void
orientation_read (
    GstDiscordHdrextBase *base, const guint8 *data, GstBuffer *buffer)
{
  GstDiscordHdrextOrientation *self = GST_DISCORD_HDREXT_ORIENTATION (base);
  GstVideoOrientationMethod direction =
      directions[data[0] & (FLIP_BIT | ROTATION_BITS)];

  if (g_atomic_int_get (&self->direction) == (gint) direction)
    return;
  g_atomic_int_set (&self->direction, (gint) direction);
  g_object_notify (G_OBJECT (self), "video-direction");
}

static void
gst_discord_hdrext_orientation_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordHdrextOrientation *self = GST_DISCORD_HDREXT_ORIENTATION (object);

  if (id == PROP_VIDEO_DIRECTION)
    g_atomic_int_set (&self->direction, g_value_get_enum (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_discord_hdrext_orientation_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstDiscordHdrextOrientation *self = GST_DISCORD_HDREXT_ORIENTATION (object);

  if (id == PROP_VIDEO_DIRECTION)
    g_value_set_enum (value, g_atomic_int_get (&self->direction));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_discord_hdrext_orientation_class_init (
    GstDiscordHdrextOrientationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstDiscordHdrextBaseClass *base_class = GST_DISCORD_HDREXT_BASE_CLASS (klass);

  object_class->set_property = gst_discord_hdrext_orientation_set_property;
  object_class->get_property = gst_discord_hdrext_orientation_get_property;
  base_class->write_value = orientation_write;
  base_class->read_value = orientation_read;
  g_object_class_override_property (
      object_class, PROP_VIDEO_DIRECTION, "video-direction");

  gst_discord_hdrext_base_class_describe (base_class,
      DISCORD_HDREXT_URI_ORIENTATION, 1, "Video orientation extension",
      "Tells in RTP packets how a receiver has to turn the picture");
}

static void
gst_discord_hdrext_orientation_init (GstDiscordHdrextOrientation *self)
{
}
