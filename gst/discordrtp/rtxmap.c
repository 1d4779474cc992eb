/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "rtxmap.h"

typedef struct
{
  GHashTable *map;
  guint max;
} Parse;

static gboolean
parse_entry (GQuark field, const GValue *value, gpointer user_data)
{
  const gchar *name = g_quark_to_string (field);
  Parse *parse = user_data;
  guint64 media;
  guint rtx;

  if (!g_ascii_string_to_unsigned (name, 10, 1, parse->max, &media, NULL)
      || !G_VALUE_HOLDS_UINT (value)) {
    GST_WARNING ("%s is no number from 1 to %u with a uint", name, parse->max);
    return TRUE;
  }
  rtx = g_value_get_uint (value);
  if (rtx == 0 || rtx > parse->max
      || g_hash_table_contains (parse->map, GUINT_TO_POINTER (rtx))) {
    GST_WARNING ("%u cannot be the retransmission of %s", rtx, name);
    return TRUE;
  }
  g_hash_table_insert (
      parse->map, GUINT_TO_POINTER (rtx), GUINT_TO_POINTER ((guint) media));
  return TRUE;
}

GHashTable *
discord_rtx_map_parse (const GstStructure *structure, guint max)
{
  Parse parse = { g_hash_table_new (NULL, NULL), max };

  if (structure != NULL)
    gst_structure_foreach (structure, parse_entry, &parse);
  return parse.map;
}

guint
discord_rtx_map_media (GHashTable *map, guint rtx)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (map, GUINT_TO_POINTER (rtx)));
}

static gboolean
is_media (gpointer rtx, gpointer media, gpointer wanted)
{
  return media == wanted;
}

gboolean
discord_rtx_map_has_media (GHashTable *map, guint media)
{
  return g_hash_table_find (map, is_media, GUINT_TO_POINTER (media)) != NULL;
}
