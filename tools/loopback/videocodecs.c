/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "videocodecs.h"

#include <string.h>

#define FALLBACK "H264"
/* Voice gateway 2.4: 96 is for probes, 66-95 collide with RTCP. */
#define MIN_PT 97
#define MAX_PT 127

/* Priorities: multiples of 1000, unique per type. Payload types: unique. */
static gboolean
is_new (GHashTable *seen, const char *type, gint64 priority,
    gint64 payload_type, gint64 rtx)
{
  return priority % 1000 == 0
      && g_hash_table_add (
          seen, g_strdup_printf ("%s %d", type, (int) priority))
      && g_hash_table_add (seen, g_strdup_printf ("%d", (int) payload_type))
      && (rtx == 0
          || g_hash_table_add (seen, g_strdup_printf ("%d", (int) rtx)));
}

static gboolean
read_codec (JsonObject *object, GHashTable *seen, LbCodecs *codecs)
{
  LbCodec codec = { .encode = TRUE, .decode = TRUE };
  const char *name, *type;
  gint64 priority, payload_type, rtx = 0;

  if (lb_json_get_string (object, "name", &name) != LB_FIELD_OK
      || lb_json_get_string (object, "type", &type) != LB_FIELD_OK
      || lb_json_get_int (object, "priority", 1, G_MAXINT32, &priority)
          != LB_FIELD_OK
      || lb_json_get_int (object, "payload_type", MIN_PT, MAX_PT, &payload_type)
          != LB_FIELD_OK
      || lb_json_get_int (object, "rtx_payload_type", MIN_PT, MAX_PT, &rtx)
          == LB_FIELD_BAD
      || !lb_optional (lb_json_get_bool (object, "encode", &codec.encode))
      || !lb_optional (lb_json_get_bool (object, "decode", &codec.decode))
      || strlen (name) >= sizeof codec.name
      || !is_new (seen, type, priority, payload_type, rtx))
    return FALSE;
  if (g_str_equal (type, "audio")) {
    if (g_ascii_strcasecmp (name, "opus") == 0)
      codecs->opus_pt = (guint) payload_type;
    return TRUE;
  }
  if (!g_str_equal (type, "video") || codecs->n == LB_MAX_CODECS)
    return FALSE;
  g_strlcpy (codec.name, name, sizeof codec.name);
  codec.priority = (int) priority;
  codec.pt = (guint) payload_type;
  codec.rtx_pt = (guint) rtx;
  codecs->video[codecs->n++] = codec;
  return TRUE;
}

gboolean
lb_codecs_read (JsonArray *array, LbCodecs *codecs)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  memset (codecs, 0, sizeof *codecs);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *node = json_array_get_element (array, i);

    if (!JSON_NODE_HOLDS_OBJECT (node)
        || !read_codec (json_node_get_object (node), seen, codecs))
      return FALSE;
  }
  return codecs->opus_pt != 0;
}

const LbCodec *
lb_codecs_find (const LbCodecs *codecs, const char *name)
{
  for (guint i = 0; i < codecs->n; i++) {
    if (g_ascii_strcasecmp (codecs->video[i].name, name) == 0)
      return &codecs->video[i];
  }
  return NULL;
}

const LbCodec *
lb_codecs_find_pt (const LbCodecs *codecs, guint pt)
{
  for (guint i = 0; i < codecs->n; i++) {
    const LbCodec *codec = &codecs->video[i];

    if (codec->pt == pt || (codec->rtx_pt != 0 && codec->rtx_pt == pt))
      return codec;
  }
  return NULL;
}

gboolean
lb_codecs_can_decode (const LbCodecs *codecs, const char *name)
{
  const LbCodec *codec = lb_codecs_find (codecs, name);

  return codec != NULL && codec->decode;
}

gboolean
lb_codecs_decode_any (const LbCodecs *codecs)
{
  for (guint i = 0; i < codecs->n; i++) {
    if (codecs->video[i].decode)
      return TRUE;
  }
  return FALSE;
}

static gboolean
all_can_decode (const GPtrArray *others, const char *name)
{
  for (guint i = 0; i < others->len; i++) {
    if (!lb_codecs_can_decode (others->pdata[i], name))
      return FALSE;
  }
  return TRUE;
}

const char *
lb_codecs_choose (const LbCodecs *ours, const GPtrArray *others)
{
  const LbCodec *best = NULL, *common = NULL;

  for (guint i = 0; i < ours->n; i++) {
    const LbCodec *codec = &ours->video[i];

    if (!codec->encode)
      continue;
    if (best == NULL || codec->priority < best->priority)
      best = codec;
    if ((common == NULL || codec->priority < common->priority)
        && all_can_decode (others, codec->name))
      common = codec;
  }
  if (common != NULL)
    return common->name;
  return best != NULL ? best->name : FALLBACK;
}
