/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordframe-private.h"

#include "dave/frame/obu.h"
#include "media/codec.h"
#include "media/frame.h"

#include <string.h>

#define START_CODE_SIZE 4

GstDiscordCodec
gst_discord_codec_from_caps (const GstCaps *caps)
{
  static const struct
  {
    const gchar *name;
    GstDiscordCodec codec;
  } names[] = {
    { "audio/x-opus", GST_DISCORD_CODEC_OPUS },
    { "video/x-vp8", GST_DISCORD_CODEC_VP8 },
    { "video/x-vp9", GST_DISCORD_CODEC_VP9 },
    { "video/x-h264", GST_DISCORD_CODEC_H264 },
    { "video/x-h265", GST_DISCORD_CODEC_H265 },
    { "video/x-av1", GST_DISCORD_CODEC_AV1 },
  };
  const GstStructure *structure;
  const gchar *name;

  g_return_val_if_fail (GST_IS_CAPS (caps), GST_DISCORD_CODEC_UNKNOWN);
  if (gst_caps_get_size (caps) == 0)
    return GST_DISCORD_CODEC_UNKNOWN;
  structure = gst_caps_get_structure (caps, 0);
  name = gst_structure_get_name (structure);
  if (g_str_equal (name, "application/x-dave"))
    name = gst_structure_get_string (structure, "original-media-type");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (name, names[i].name) == 0)
      return names[i].codec;
  return GST_DISCORD_CODEC_UNKNOWN;
}

static void
record_units (
    GstDiscordFrameMeta *meta, const MediaFrame *media, gsize frame_size)
{
  GstDiscordFrameUnit units[MEDIA_UNITS_MAX];
  gboolean prefix_is_in_unit =
      media_frame_prefix_is_in_unit (media_codec_of (meta->codec));
  guint32 at = 0;

  for (gsize i = 0; i < media->n_units; i++) {
    const MediaUnit *unit = &media->units[i];
    guint32 outside = prefix_is_in_unit ? 0 : unit->n_prefix;
    guint32 size = unit->n_prefix + unit->length;

    units[i] = (GstDiscordFrameUnit){ at + outside, size - outside };
    at += size;
  }
  gst_discord_frame_meta_set_units (meta, frame_size, units, media->n_units);
}

static void
record (GstBuffer *frame, GstDiscordCodec codec, const MediaFrame *media)
{
  GstDiscordFrameMeta *meta = gst_buffer_get_discord_frame_meta (frame);

  if (meta == NULL)
    meta = gst_buffer_add_discord_frame_meta (frame);
  meta->codec = codec;
  meta->keyframe = media->keyframe;
  meta->inter_predicted = media->inter_predicted;
  meta->width = media->width;
  meta->height = media->height;
  record_units (meta, media, gst_buffer_get_size (frame));
  if (media->keyframe)
    GST_BUFFER_FLAG_UNSET (frame, GST_BUFFER_FLAG_DELTA_UNIT);
  else if (codec != GST_DISCORD_CODEC_OPUS)
    GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT);
}

static GstBuffer *
rewrite (GstBuffer *frame, const MediaFrame *media, const GstMapInfo *map)
{
  gsize size = media_frame_size (media, map->size);
  guint8 *data = g_malloc (size);
  GstBuffer *copy;

  media_frame_write (media, map->data, map->size, data);
  copy = gst_buffer_new_wrapped (data, size);
  gst_buffer_copy_into (copy, frame, GST_BUFFER_COPY_METADATA, 0, -1);
  return copy;
}

GstBuffer *
gst_discord_frame_canonicalise (
    GstDiscordCodec codec, GstBuffer *frame, const gchar **reason)
{
  MediaFrame media;
  MediaFrameResult result;
  GstBuffer *copy = NULL;
  GstMapInfo map;

  g_return_val_if_fail (GST_IS_BUFFER (frame), NULL);

  if (!gst_buffer_map (frame, &map, GST_MAP_READ)) {
    if (reason != NULL)
      *reason = "not-readable";
    gst_buffer_unref (frame);
    return NULL;
  }
  result =
      media_frame_parse (&media, media_codec_of (codec), map.data, map.size);
  if (result == MEDIA_FRAME_OK
      && !media_frame_is_canonical (&media, map.data, map.size))
    copy = rewrite (frame, &media, &map);
  gst_buffer_unmap (frame, &map);

  if (result != MEDIA_FRAME_OK) {
    if (reason != NULL)
      *reason = media_frame_result_name (result);
    gst_buffer_unref (frame);
    return NULL;
  }
  if (copy != NULL)
    gst_buffer_unref (frame);
  else
    copy = gst_buffer_make_writable (frame);
  record (copy, codec, &media);
  return copy;
}

GstBuffer *
gst_discord_frame_make_decodable (GstDiscordCodec codec, GstBuffer *frame)
{
  g_autoptr (GstBuffer) input = frame;
  g_autofree guint8 *data = NULL;
  GstBuffer *unit;
  GstMapInfo map;
  gsize size;

  g_return_val_if_fail (GST_IS_BUFFER (frame), NULL);

  if (codec != GST_DISCORD_CODEC_AV1)
    return g_steal_pointer (&input);
  if (!gst_buffer_map (input, &map, GST_MAP_READ))
    return NULL;
  data = g_malloc (map.size + MEDIA_TEMPORAL_UNIT_GROWTH);
  size = media_av1_write_temporal_unit (map.data, map.size, data);
  gst_buffer_unmap (input, &map);
  if (size == 0)
    return NULL;
  unit = gst_buffer_new_wrapped (g_steal_pointer (&data), size);
  gst_buffer_copy_into (unit, input, GST_BUFFER_COPY_METADATA, 0, -1);
  return unit;
}

/* How much of a unit packetisers read: of H.264 and H.265 the header behind the
 * start code, of an OBU all that stands before the payload. */
static gsize
head_size (GstDiscordCodec codec, const guint8 *unit, gsize size)
{
  DaveObu obu;

  if (codec == GST_DISCORD_CODEC_AV1)
    return dave_obu_read (&obu, unit, size) ? obu.payload : size;
  return MIN (size, codec == GST_DISCORD_CODEC_H265 ? 2 : 1);
}

static gboolean
unit_is_clear (GstDiscordCodec codec, const GstDiscordFrameUnit *unit,
    const GstMapInfo *clear, const GstMapInfo *encrypted)
{
  gsize before = codec == GST_DISCORD_CODEC_AV1 ? 0 : START_CODE_SIZE;
  gsize from = unit->offset - before;
  gsize size =
      before + head_size (codec, clear->data + unit->offset, unit->size);

  return memcmp (clear->data + from, encrypted->data + from, size) == 0;
}

static gboolean
units_are_clear (
    const GstDiscordFrameMeta *meta, GstBuffer *clear, GstBuffer *encrypted)
{
  GstMapInfo a, b;
  gboolean ok = TRUE;

  if (!gst_buffer_map (clear, &a, GST_MAP_READ))
    return FALSE;
  if (!gst_buffer_map (encrypted, &b, GST_MAP_READ)) {
    gst_buffer_unmap (clear, &a);
    return FALSE;
  }
  for (guint i = 0; ok && i < meta->n_units; i++)
    ok = unit_is_clear (meta->codec, &meta->units[i], &a, &b);
  gst_buffer_unmap (encrypted, &b);
  gst_buffer_unmap (clear, &a);
  return ok;
}

gboolean
gst_discord_frame_set_encrypted (GstBuffer *encrypted, GstBuffer *clear)
{
  GstMetaTransformCopy whole = { FALSE, 0, -1 };
  GstDiscordFrameMeta *meta = gst_buffer_get_discord_frame_meta (clear);
  gsize size = gst_buffer_get_size (encrypted);
  GstDiscordFrameMeta *copy;

  g_return_val_if_fail (gst_buffer_is_writable (encrypted), FALSE);

  if (meta == NULL || meta->size != gst_buffer_get_size (clear)
      || size < meta->size || !units_are_clear (meta, clear, encrypted))
    return FALSE;
  if (!meta->meta.info->transform_func (
          encrypted, (GstMeta *) meta, clear, _gst_meta_transform_copy, &whole))
    return FALSE;
  /* The trailer becomes part of the last unit. */
  copy = gst_buffer_get_discord_frame_meta (encrypted);
  copy->size = size;
  if (copy->n_units > 0)
    copy->units[copy->n_units - 1].size += (guint32) (size - meta->size);
  return TRUE;
}
