/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscorddave-private.h"

#include "dave/frame/trailer.h"

static gboolean
is_encrypted (const GstStructure *structure)
{
  return gst_structure_has_name (structure, GST_DISCORD_DAVE_CAPS);
}

gboolean
gst_discord_caps_is_encrypted (const GstCaps *caps)
{
  return gst_caps_get_size (caps) > 0
      && is_encrypted (gst_caps_get_structure (caps, 0));
}

/* Parameters of a decoder are in the frames; those of the caps could be said to
 * be older, or of another stream. */
static GstStructure *
encrypt_structure (const GstStructure *clear)
{
  GstStructure *structure = gst_structure_copy (clear);

  gst_structure_remove_fields (structure, "streamheader", "codec_data", NULL);
  gst_structure_set (structure, GST_DISCORD_DAVE_ORIGINAL, G_TYPE_STRING,
      gst_structure_get_name (clear), NULL);
  gst_structure_set_name (structure, GST_DISCORD_DAVE_CAPS);
  return structure;
}

static GstStructure *
clear_structure (const GstStructure *encrypted, const gchar *media_type)
{
  GstStructure *structure = gst_structure_copy (encrypted);

  gst_structure_remove_field (structure, GST_DISCORD_DAVE_ORIGINAL);
  gst_structure_set_name (structure, media_type);
  return structure;
}

/* Encrypted caps may name several media types: one structure for each. */
static void
append_clear (GstCaps *caps, const GstStructure *encrypted)
{
  const GValue *types =
      gst_structure_get_value (encrypted, GST_DISCORD_DAVE_ORIGINAL);
  guint n = 0;

  if (types != NULL && G_VALUE_HOLDS_STRING (types))
    n = 1;
  else if (types != NULL && GST_VALUE_HOLDS_LIST (types))
    n = gst_value_list_get_size (types);
  for (guint i = 0; i < n; i++) {
    const GValue *type = GST_VALUE_HOLDS_LIST (types)
        ? gst_value_list_get_value (types, i)
        : types;

    if (G_VALUE_HOLDS_STRING (type) && g_value_get_string (type) != NULL)
      gst_caps_append_structure (
          caps, clear_structure (encrypted, g_value_get_string (type)));
  }
}

GstCaps *
gst_discord_caps_clear (const GstCaps *caps)
{
  GstCaps *result = gst_caps_new_empty ();

  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    const GstStructure *structure = gst_caps_get_structure (caps, i);

    if (is_encrypted (structure))
      append_clear (result, structure);
    else
      gst_caps_append_structure (result, gst_structure_copy (structure));
  }
  return result;
}

GstCaps *
gst_discord_caps_encrypted (const GstCaps *caps)
{
  GstCaps *result = gst_caps_new_empty ();

  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    const GstStructure *structure = gst_caps_get_structure (caps, i);

    if (is_encrypted (structure))
      gst_caps_append_structure (result, gst_structure_copy (structure));
    else
      gst_caps_append_structure (result, encrypt_structure (structure));
  }
  return result;
}

gboolean
gst_discord_buffer_is_encrypted (GstBuffer *buffer)
{
  DaveSegment segment;
  DaveTrailer trailer;
  DaveView view;
  GstMapInfo map;
  gboolean encrypted;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return FALSE;
  segment = (DaveSegment){ .data = map.data, .length = map.size };
  encrypted = dave_view_init (&view, &segment, 1)
      && dave_trailer_read (&trailer, &view);
  gst_buffer_unmap (buffer, &map);
  return encrypted;
}
