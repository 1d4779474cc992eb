/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json.h"

#include <string.h>

gboolean
lb_parse_id (const char *text, guint64 *id)
{
  gsize length = strlen (text);

  if (length == 0 || length > 20 || text[0] == '0')
    return FALSE;
  if (strspn (text, "0123456789") != length)
    return FALSE;
  return g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT64, id, NULL);
}

static LbField
get_value (JsonObject *object, const char *name, GType type, JsonNode **node)
{
  *node = json_object_get_member (object, name);
  if (*node == NULL)
    return LB_FIELD_ABSENT;
  if (JSON_NODE_HOLDS_NULL (*node))
    return LB_FIELD_NULL;
  if (!JSON_NODE_HOLDS_VALUE (*node)
      || json_node_get_value_type (*node) != type)
    return LB_FIELD_BAD;
  return LB_FIELD_OK;
}

LbField
lb_json_get_id (JsonObject *object, const char *name, guint64 *id)
{
  JsonNode *node;
  LbField field = get_value (object, name, G_TYPE_STRING, &node);

  if (field != LB_FIELD_OK)
    return field;
  return lb_parse_id (json_node_get_string (node), id) ? LB_FIELD_OK
                                                       : LB_FIELD_BAD;
}

LbField
lb_json_get_int (
    JsonObject *object, const char *name, gint64 min, gint64 max, gint64 *value)
{
  JsonNode *node;
  LbField field = get_value (object, name, G_TYPE_INT64, &node);
  gint64 found;

  if (field != LB_FIELD_OK)
    return field;
  found = json_node_get_int (node);
  if (found < min || found > max)
    return LB_FIELD_BAD;
  *value = found;
  return LB_FIELD_OK;
}

LbField
lb_json_get_bool (JsonObject *object, const char *name, gboolean *value)
{
  JsonNode *node;
  LbField field = get_value (object, name, G_TYPE_BOOLEAN, &node);

  if (field == LB_FIELD_OK)
    *value = json_node_get_boolean (node);
  return field;
}

LbField
lb_json_get_string (JsonObject *object, const char *name, const char **value)
{
  JsonNode *node;
  LbField field = get_value (object, name, G_TYPE_STRING, &node);

  if (field == LB_FIELD_OK)
    *value = json_node_get_string (node);
  return field;
}

LbField
lb_json_get_object (JsonObject *object, const char *name, JsonObject **value)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL)
    return LB_FIELD_ABSENT;
  if (JSON_NODE_HOLDS_NULL (node))
    return LB_FIELD_NULL;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return LB_FIELD_BAD;
  *value = json_node_get_object (node);
  return LB_FIELD_OK;
}

LbField
lb_json_get_array (JsonObject *object, const char *name, JsonArray **value)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL)
    return LB_FIELD_ABSENT;
  if (JSON_NODE_HOLDS_NULL (node))
    return LB_FIELD_NULL;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return LB_FIELD_BAD;
  *value = json_node_get_array (node);
  return LB_FIELD_OK;
}

void
lb_json_set_id (JsonObject *object, const char *name, guint64 id)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, id);

  if (id == 0)
    json_object_set_null_member (object, name);
  else
    json_object_set_string_member (object, name, text);
}

JsonObject *
lb_json_message (gint64 op, JsonObject *d)
{
  JsonObject *message = json_object_new ();

  json_object_set_int_member (message, "op", op);
  if (d != NULL)
    json_object_set_object_member (message, "d", d);
  else
    json_object_set_null_member (message, "d");
  return message;
}

char *
lb_json_to_text (JsonObject *object)
{
  g_autoptr (JsonNode) node =
      json_node_init_object (json_node_alloc (), object);

  return json_to_string (node, FALSE);
}
