/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:gstdiscordframemeta
 * @title: GstDiscordFrameMeta
 * @short_description: What a packetiser has to know of an encrypted frame
 *
 * Made by the element that saw the frame in clear, for those that see it
 * end-to-end encrypted. The units are the NAL units of H.264 and H.265, without
 * start codes, and the OBUs of AV1.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordframe-private.h"

#include <string.h>

GType
gst_discord_frame_meta_api_get_type (void)
{
  static gsize type = 0;
  /* No tags: elements drop a tagged meta when they touch what it names. */
  static const gchar *tags[] = { NULL };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, gst_meta_api_type_register ("GstDiscordFrameMetaAPI", tags));
  return type;
}

static gboolean
gst_discord_frame_meta_init (GstMeta *meta, gpointer params, GstBuffer *buffer)
{
  GstDiscordFrameMeta *self = (GstDiscordFrameMeta *) meta;

  memset ((guint8 *) self + sizeof (GstMeta), 0,
      sizeof (GstDiscordFrameMeta) - sizeof (GstMeta));
  return TRUE;
}

static void
gst_discord_frame_meta_free (GstMeta *meta, GstBuffer *buffer)
{
  g_free (((GstDiscordFrameMeta *) meta)->units);
}

/* Offsets are of the whole frame; the rest holds for a part as well. */
static gboolean
is_region (GQuark type, gpointer data)
{
  return GST_META_TRANSFORM_IS_COPY (type) && data != NULL
      && ((GstMetaTransformCopy *) data)->region;
}

static gboolean
gst_discord_frame_meta_transform (GstBuffer *dest, GstMeta *meta,
    GstBuffer *buffer, GQuark type, gpointer data)
{
  const GstDiscordFrameMeta *self = (const GstDiscordFrameMeta *) meta;
  GstDiscordFrameMeta *copy = gst_buffer_get_discord_frame_meta (dest);

  if (copy == NULL)
    copy = gst_buffer_add_discord_frame_meta (dest);
  if (copy == NULL)
    return FALSE;
  copy->codec = self->codec;
  copy->keyframe = self->keyframe;
  copy->inter_predicted = self->inter_predicted;
  copy->width = self->width;
  copy->height = self->height;
  if (is_region (type, data))
    gst_discord_frame_meta_set_units (copy, 0, NULL, 0);
  else
    gst_discord_frame_meta_set_units (
        copy, self->size, self->units, self->n_units);
  return TRUE;
}

const GstMetaInfo *
gst_discord_frame_meta_get_info (void)
{
  static const GstMetaInfo *info = NULL;

  if (g_once_init_enter ((GstMetaInfo **) &info)) {
    const GstMetaInfo *mi = gst_meta_register (GST_DISCORD_FRAME_META_API_TYPE,
        "GstDiscordFrameMeta", sizeof (GstDiscordFrameMeta),
        gst_discord_frame_meta_init, gst_discord_frame_meta_free,
        gst_discord_frame_meta_transform);
    g_once_init_leave ((GstMetaInfo **) &info, (GstMetaInfo *) mi);
  }
  return info;
}

void
gst_discord_frame_meta_set_units (GstDiscordFrameMeta *meta, gsize size,
    const GstDiscordFrameUnit *units, guint n_units)
{
  GstDiscordFrameUnit *old = meta->units;

  meta->size = size;
  meta->n_units = n_units;
  meta->units =
      n_units > 0 ? g_memdup2 (units, n_units * sizeof (*units)) : NULL;
  g_free (old);
}

/**
 * gst_buffer_add_discord_frame_meta: (skip)
 * @buffer: a writable buffer
 *
 * Adds an empty meta: nothing known.
 *
 * Returns: (transfer none): the meta
 *
 * Since: 0.1
 */
GstDiscordFrameMeta *
gst_buffer_add_discord_frame_meta (GstBuffer *buffer)
{
  g_return_val_if_fail (GST_IS_BUFFER (buffer), NULL);

  return (GstDiscordFrameMeta *) gst_buffer_add_meta (
      buffer, GST_DISCORD_FRAME_META_INFO, NULL);
}

/**
 * gst_buffer_get_discord_frame_meta:
 * @buffer: a buffer
 *
 * Returns: (transfer none) (nullable): what is known of the frame in @buffer
 *
 * Since: 0.1
 */
GstDiscordFrameMeta *
gst_buffer_get_discord_frame_meta (GstBuffer *buffer)
{
  g_return_val_if_fail (GST_IS_BUFFER (buffer), NULL);

  return (GstDiscordFrameMeta *) gst_buffer_get_meta (
      buffer, GST_DISCORD_FRAME_META_API_TYPE);
}

/**
 * gst_discord_frame_meta_get_codec:
 * @meta: a meta
 *
 * Returns: what the frame is encoded with
 *
 * Since: 0.1
 */
GstDiscordCodec
gst_discord_frame_meta_get_codec (const GstDiscordFrameMeta *meta)
{
  return meta->codec;
}

/**
 * gst_discord_frame_meta_is_keyframe:
 * @meta: a meta
 *
 * Returns: whether a decoder can begin with the frame
 *
 * Since: 0.1
 */
gboolean
gst_discord_frame_meta_is_keyframe (const GstDiscordFrameMeta *meta)
{
  return meta->keyframe;
}

/**
 * gst_discord_frame_meta_get_n_units:
 * @meta: a meta
 *
 * Returns: the number of NAL units or OBUs, 0 for codecs without and in a meta
 *     of a part of the frame
 *
 * Since: 0.1
 */
guint
gst_discord_frame_meta_get_n_units (const GstDiscordFrameMeta *meta)
{
  return meta->n_units;
}

/**
 * gst_discord_frame_meta_get_unit:
 * @meta: a meta
 * @index: of the unit
 * @offset: (out): where it begins in the frame, in bytes
 * @size: (out): its size in bytes
 *
 * Where a NAL unit or OBU lies in the frame.
 *
 * Returns: whether there is such a unit
 *
 * Since: 0.1
 */
gboolean
gst_discord_frame_meta_get_unit (
    const GstDiscordFrameMeta *meta, guint index, gsize *offset, gsize *size)
{
  *offset = 0;
  *size = 0;
  if (index >= meta->n_units)
    return FALSE;
  *offset = meta->units[index].offset;
  *size = meta->units[index].size;
  return TRUE;
}
