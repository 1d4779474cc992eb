/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* JSON of both gateways: hostile on the way in, small on the way out. No
 * function here warns about what a peer sent; readers return FALSE when a
 * member is missing, of another type or out of range. What they hand out
 * belongs to the object. */

/* NULL when @text is not one valid JSON object, or nests deeper than any
 * message of Discord's. */
JsonObject *discord_json_parse_object (const gchar *text, gsize length);

gboolean discord_json_get_string (
    JsonObject *object, const gchar *name, const gchar **value);
gboolean discord_json_get_object (
    JsonObject *object, const gchar *name, JsonObject **value);
gboolean discord_json_get_array (
    JsonObject *object, const gchar *name, JsonArray **value);
gboolean discord_json_get_bool (
    JsonObject *object, const gchar *name, gboolean *value);

/* A whole number in [@min, @max]; 41250.0 is one. */
gboolean discord_json_get_int (JsonObject *object, const gchar *name,
    gint64 min, gint64 max, gint64 *value);
gboolean discord_json_node_get_int (
    JsonNode *node, gint64 min, gint64 max, gint64 *value);
/* Milliseconds, from 1 on. Gateways differ in whether they tell fractions, as in
 * 41250.5; these are left out. */
gboolean discord_json_get_interval (
    JsonObject *object, const gchar *name, guint *ms);
gboolean discord_json_get_u32 (
    JsonObject *object, const gchar *name, guint32 *value);
gboolean discord_json_get_u16 (
    JsonObject *object, const gchar *name, guint16 *value);

/* A 64-bit id, never 0. Ids are decimal strings, but a whole number has all its
 * digits too; one with a fraction or an exponent may have lost some and is
 * refused. */
gboolean discord_json_get_snowflake (
    JsonObject *object, const gchar *name, guint64 *value);
gboolean discord_json_parse_snowflake (const gchar *text, guint64 *value);
gboolean discord_json_node_get_snowflake (JsonNode *node, guint64 *value);

/* Whether the member is there and not null. */
gboolean discord_json_has (JsonObject *object, const gchar *name);

/* As above, but an absent or null member is fine and leaves NULL or 0. */
gboolean discord_json_get_optional_string (
    JsonObject *object, const gchar *name, const gchar **value);
gboolean discord_json_get_optional_snowflake (
    JsonObject *object, const gchar *name, guint64 *value);
gboolean discord_json_get_optional_u32 (
    JsonObject *object, const gchar *name, guint32 *value);

/* Appends @value in quotes, escaped. Messages are written by hand into a
 * GString, since that can be wiped when it carried a token. */
void discord_json_append_string (GString *json, const gchar *value);

/* Appends "@value" or, for 0, null. */
void discord_json_append_snowflake (GString *json, guint64 value);

/* A buffer for a message that stays in one place, and its wiping. */
GString *discord_json_new_secret (void);
void discord_json_free_secret (GString *json);
