/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* Strict reading of what clients send, and the few shapes that are written. */
typedef enum
{
  LB_FIELD_OK,
  LB_FIELD_ABSENT,
  LB_FIELD_NULL,
  LB_FIELD_BAD, /* there, but not of that type or range */
} LbField;

/* A snowflake: a decimal string of a non-zero 64-bit number. */
gboolean lb_parse_id (const char *text, guint64 *id);
LbField lb_json_get_id (JsonObject *object, const char *name, guint64 *id);
LbField lb_json_get_int (JsonObject *object, const char *name, gint64 min,
    gint64 max, gint64 *value);
LbField lb_json_get_bool (
    JsonObject *object, const char *name, gboolean *value);
LbField lb_json_get_string (
    JsonObject *object, const char *name, const char **value);
LbField lb_json_get_object (
    JsonObject *object, const char *name, JsonObject **value);
LbField lb_json_get_array (
    JsonObject *object, const char *name, JsonArray **value);

static inline gboolean
lb_optional (LbField field)
{
  return field == LB_FIELD_OK || field == LB_FIELD_ABSENT;
}

void lb_json_set_id (JsonObject *object, const char *name, guint64 id);

/* {"op": @op, "d": @d}; takes @d, NULL becomes null. */
JsonObject *lb_json_message (gint64 op, JsonObject *d);
char *lb_json_to_text (JsonObject *object);
