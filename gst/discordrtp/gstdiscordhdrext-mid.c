/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordhdrextmid
 * @title: discordhdrextmid
 * @short_description: RTP header extension with the kind of medium
 *
 * Discord calls it a mid, but on UDP it carries the kind of medium: audio,
 * video or screen (media-transport 3). Reading adds nothing.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! rtpopuspay ! 'application/x-rtp,extmap-10=(string)urn:discord:rtp-hdrext:mid' ! fakesink
 * ]| Puts the kind of medium into every packet.
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! rtpopuspay ! 'application/x-rtp,extmap-10=(string)urn:discord:rtp-hdrext:mid' ! rtpopusdepay ! opusdec ! fakesink
 * ]| Reads it again behind the packets.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordhdrext.h"

#include <string.h>

GST_DEBUG_CATEGORY_STATIC (discord_hdrext_mid_debug);
#define GST_CAT_DEFAULT discord_hdrext_mid_debug

#define DEFAULT_MID "audio"
/* RFC 8285, one-byte header. */
#define MAX_SIZE 16

enum
{
  PROP_0,
  PROP_MID,
};

struct _GstDiscordHdrextMid
{
  GstRTPHeaderExtension parent;

  /* object lock */
  gchar mid[MAX_SIZE + 1];
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordHdrextMid, gst_discord_hdrext_mid,
    GST_TYPE_RTP_HEADER_EXTENSION,
    GST_DEBUG_CATEGORY_INIT (
        discord_hdrext_mid_debug, "discordhdrextmid", 0, "Discord mid"));
GST_ELEMENT_REGISTER_DEFINE (discordhdrextmid, "discordhdrextmid",
    GST_RANK_MARGINAL, GST_TYPE_DISCORD_HDREXT_MID);

static GstRTPHeaderExtensionFlags
mid_get_supported_flags (GstRTPHeaderExtension *ext)
{
  return GST_RTP_HEADER_EXTENSION_ONE_BYTE | GST_RTP_HEADER_EXTENSION_TWO_BYTE;
}

static gsize
mid_get_max_size (GstRTPHeaderExtension *ext, const GstBuffer *input)
{
  GstDiscordHdrextMid *self = GST_DISCORD_HDREXT_MID (ext);
  gsize length;

  GST_OBJECT_LOCK (self);
  length = strlen (self->mid);
  GST_OBJECT_UNLOCK (self);
  return length;
}

static gssize
mid_write (GstRTPHeaderExtension *ext, const GstBuffer *input,
    GstRTPHeaderExtensionFlags flags, GstBuffer *output, guint8 *data,
    gsize size)
{
  GstDiscordHdrextMid *self = GST_DISCORD_HDREXT_MID (ext);
  gssize length;

  GST_OBJECT_LOCK (self);
  length = strlen (self->mid);
  if ((gsize) length <= size)
    memcpy (data, self->mid, length);
  else
    length = -1;
  GST_OBJECT_UNLOCK (self);
  return length;
}

static gboolean
mid_read (GstRTPHeaderExtension *ext, GstRTPHeaderExtensionFlags flags,
    const guint8 *data, gsize size, GstBuffer *buffer)
{
  return TRUE;
}

static void
gst_discord_hdrext_mid_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordHdrextMid *self = GST_DISCORD_HDREXT_MID (object);
  const gchar *mid;

  switch (id) {
    case PROP_MID:
      mid = g_value_get_string (value);
      GST_OBJECT_LOCK (self);
      g_strlcpy (self->mid, mid != NULL ? mid : "", sizeof (self->mid));
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
gst_discord_hdrext_mid_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstDiscordHdrextMid *self = GST_DISCORD_HDREXT_MID (object);

  switch (id) {
    case PROP_MID:
      GST_OBJECT_LOCK (self);
      g_value_set_string (value, self->mid);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
gst_discord_hdrext_mid_class_init (GstDiscordHdrextMidClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstRTPHeaderExtensionClass *ext_class =
      GST_RTP_HEADER_EXTENSION_CLASS (klass);

  object_class->set_property = gst_discord_hdrext_mid_set_property;
  object_class->get_property = gst_discord_hdrext_mid_get_property;
  /**
   * GstDiscordHdrextMid:mid:
   *
   * Text to send, at most 16 characters; nothing is written when it is empty.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_MID,
      g_param_spec_string ("mid", "Mid",
          "Kind of medium: audio, video or screen (at most 16 characters)",
          DEFAULT_MID,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_READY));

  ext_class->get_supported_flags = mid_get_supported_flags;
  ext_class->get_max_size = mid_get_max_size;
  ext_class->write = mid_write;
  ext_class->read = mid_read;
  gst_rtp_header_extension_class_set_uri (ext_class, DISCORD_HDREXT_URI_MID);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Discord mid extension", GST_RTP_HDREXT_ELEMENT_CLASS,
      "Carries the kind of medium in RTP packets",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
gst_discord_hdrext_mid_init (GstDiscordHdrextMid *self)
{
  g_strlcpy (self->mid, DEFAULT_MID, sizeof (self->mid));
}
