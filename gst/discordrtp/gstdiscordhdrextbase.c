/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordhdrextbase.h"

#include <string.h>

GST_DEBUG_CATEGORY_STATIC (discord_hdrext_base_debug);
#define GST_CAT_DEFAULT discord_hdrext_base_debug

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstDiscordHdrextBase, gst_discord_hdrext_base,
    GST_TYPE_RTP_HEADER_EXTENSION,
    GST_DEBUG_CATEGORY_INIT (discord_hdrext_base_debug, "discordhdrext", 0,
        "Discord RTP header extensions"));

static GstRTPHeaderExtensionFlags
base_get_supported_flags (GstRTPHeaderExtension *ext)
{
  return GST_RTP_HEADER_EXTENSION_ONE_BYTE | GST_RTP_HEADER_EXTENSION_TWO_BYTE;
}

static gsize
base_get_max_size (GstRTPHeaderExtension *ext, const GstBuffer *input)
{
  return GST_DISCORD_HDREXT_BASE_GET_CLASS (ext)->size;
}

static gssize
base_write (GstRTPHeaderExtension *ext, const GstBuffer *input,
    GstRTPHeaderExtensionFlags flags, GstBuffer *output, guint8 *data,
    gsize size)
{
  GstDiscordHdrextBaseClass *klass = GST_DISCORD_HDREXT_BASE_GET_CLASS (ext);

  if (size < klass->size)
    return -1;
  memset (data, 0, klass->size);
  if (klass->write_value != NULL)
    klass->write_value (GST_DISCORD_HDREXT_BASE (ext), data);
  return klass->size;
}

static gboolean
base_read (GstRTPHeaderExtension *ext, GstRTPHeaderExtensionFlags flags,
    const guint8 *data, gsize size, GstBuffer *buffer)
{
  GstDiscordHdrextBaseClass *klass = GST_DISCORD_HDREXT_BASE_GET_CLASS (ext);

  if (size != klass->size)
    GST_DEBUG_OBJECT (ext, "%" G_GSIZE_FORMAT " bytes ignored", size);
  else if (klass->read_value != NULL)
    klass->read_value (GST_DISCORD_HDREXT_BASE (ext), data, buffer);
  return TRUE;
}

void
gst_discord_hdrext_base_class_describe (GstDiscordHdrextBaseClass *klass,
    const gchar *uri, gsize size, const gchar *name, const gchar *description)
{
  klass->size = size;
  gst_rtp_header_extension_class_set_uri (
      GST_RTP_HEADER_EXTENSION_CLASS (klass), uri);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass), name,
      GST_RTP_HDREXT_ELEMENT_CLASS, description,
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
gst_discord_hdrext_base_class_init (GstDiscordHdrextBaseClass *klass)
{
  GstRTPHeaderExtensionClass *ext_class =
      GST_RTP_HEADER_EXTENSION_CLASS (klass);

  ext_class->get_supported_flags = base_get_supported_flags;
  ext_class->get_max_size = base_get_max_size;
  ext_class->write = base_write;
  ext_class->read = base_read;
}

static void
gst_discord_hdrext_base_init (GstDiscordHdrextBase *self)
{
}
