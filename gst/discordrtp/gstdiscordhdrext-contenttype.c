/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordhdrextcontenttype
 * @title: discordhdrextcontenttype
 * @short_description: RTP header extension with what a video shows
 *
 * Says whether a video is a camera's or a shared screen (media-transport 3). What
 * others send is in the #GstDiscordMediaMeta of received buffers
 * (gst_discord_media_meta_is_screen()); reading adds nothing.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=30 ! vp8enc ! rtpvp8pay ! 'application/x-rtp,extmap-7=(string)http://www.webrtc.org/experiments/rtp-hdrext/video-content-type' ! fakesink
 * ]| Says in every packet that this is a camera.
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=30 ! vp8enc ! rtpvp8pay ! 'application/x-rtp,extmap-7=(string)http://www.webrtc.org/experiments/rtp-hdrext/video-content-type' ! rtpvp8depay ! vp8dec ! fakesink
 * ]| Reads it again behind the packets.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordhdrext.h"

#define CONTENT_CAMERA 0
#define CONTENT_SCREEN 1

enum
{
  PROP_0,
  PROP_SCREEN,
};

struct _GstDiscordHdrextContentType
{
  GstDiscordHdrextBase parent;

  gint screen; /* atomic */
};

G_DEFINE_FINAL_TYPE (GstDiscordHdrextContentType,
    gst_discord_hdrext_content_type, GST_TYPE_DISCORD_HDREXT_BASE);
GST_ELEMENT_REGISTER_DEFINE (discordhdrextcontenttype,
    "discordhdrextcontenttype", GST_RANK_MARGINAL,
    GST_TYPE_DISCORD_HDREXT_CONTENT_TYPE);

static void
content_type_write (GstDiscordHdrextBase *base, guint8 *data)
{
  GstDiscordHdrextContentType *self = GST_DISCORD_HDREXT_CONTENT_TYPE (base);

  data[0] = g_atomic_int_get (&self->screen) ? CONTENT_SCREEN : CONTENT_CAMERA;
}

static void
gst_discord_hdrext_content_type_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordHdrextContentType *self = GST_DISCORD_HDREXT_CONTENT_TYPE (object);

  if (id == PROP_SCREEN)
    g_atomic_int_set (&self->screen, g_value_get_boolean (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_discord_hdrext_content_type_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstDiscordHdrextContentType *self = GST_DISCORD_HDREXT_CONTENT_TYPE (object);

  if (id == PROP_SCREEN)
    g_value_set_boolean (value, g_atomic_int_get (&self->screen));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_discord_hdrext_content_type_class_init (
    GstDiscordHdrextContentTypeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstDiscordHdrextBaseClass *base_class = GST_DISCORD_HDREXT_BASE_CLASS (klass);

  object_class->set_property = gst_discord_hdrext_content_type_set_property;
  object_class->get_property = gst_discord_hdrext_content_type_get_property;
  base_class->write_value = content_type_write;
  /**
   * GstDiscordHdrextContentType:screen:
   *
   * Whether the video is a shared screen.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_SCREEN,
      g_param_spec_boolean ("screen", "Screen",
          "Whether the video is a shared screen, not a camera's", FALSE,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));

  gst_discord_hdrext_base_class_describe (base_class,
      DISCORD_HDREXT_URI_CONTENT_TYPE, 1, "Video content type extension",
      "Says in RTP packets whether a video is a camera's or a screen");
}

static void
gst_discord_hdrext_content_type_init (GstDiscordHdrextContentType *self)
{
}
