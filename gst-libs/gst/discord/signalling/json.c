/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "json.h"

#include <math.h>
#include <sodium.h>
#include <string.h>

/* Discord's deepest message, a READY with guilds, stays below 20. */
#define MAX_DEPTH 64

#define SECRET_SIZE 8192

/* json-glib recurses per level, asserts on lone surrogates, and takes comments
 * and other extensions. This scan lets through only what RFC 8259 could allow
 * at the level of characters, strings and nesting; json-glib does the rest. */
typedef struct
{
  const gchar *at;
  const gchar *end;
} Scanner;

static gboolean
scan_hex4 (Scanner *scanner, gunichar *unit)
{
  *unit = 0;
  if (scanner->end - scanner->at < 4)
    return FALSE;
  for (guint i = 0; i < 4; i++) {
    gint digit = g_ascii_xdigit_value (*scanner->at++);

    if (digit < 0)
      return FALSE;
    *unit = *unit << 4 | (gunichar) digit;
  }
  return TRUE;
}

/* Behind "\u". RFC 8259 section 7: outside the BMP a pair of surrogates. */
static gboolean
scan_unicode_escape (Scanner *scanner)
{
  gunichar unit, low;

  if (!scan_hex4 (scanner, &unit))
    return FALSE;
  if (unit >= 0xdc00 && unit <= 0xdfff)
    return FALSE;
  if (unit < 0xd800 || unit > 0xdbff)
    return TRUE;
  if (scanner->end - scanner->at < 2 || scanner->at[0] != '\\'
      || scanner->at[1] != 'u')
    return FALSE;
  scanner->at += 2;
  return scan_hex4 (scanner, &low) && low >= 0xdc00 && low <= 0xdfff;
}

/* Behind the opening quote. */
static gboolean
scan_string (Scanner *scanner)
{
  while (scanner->at < scanner->end) {
    guchar c = *scanner->at++;

    if (c == '"')
      return TRUE;
    if (c < 0x20)
      return FALSE;
    if (c != '\\')
      continue;
    if (scanner->at == scanner->end)
      return FALSE;
    c = *scanner->at++;
    if (c == 'u') {
      if (!scan_unicode_escape (scanner))
        return FALSE;
    } else if (c == 0 || strchr ("\"\\/bfnrt", c) == NULL) {
      return FALSE;
    }
  }
  return FALSE;
}

/* At the top there is one object, and space around it. */
static gboolean
scan_top (guchar c, gboolean *begun)
{
  if (c == '{' && !*begun) {
    *begun = TRUE;
    return TRUE;
  }
  return c != 0 && strchr (" \t\r\n", c) != NULL;
}

static gboolean
scan (const gchar *text, gsize length)
{
  Scanner scanner = { text, text + length };
  gboolean begun = FALSE; /* no second object may begin at the top */
  guint depth = 0;

  while (scanner.at < scanner.end) {
    guchar c = *scanner.at++;

    if (depth == 0 && !scan_top (c, &begun))
      return FALSE;
    if (c == '"') {
      if (!scan_string (&scanner))
        return FALSE;
    } else if (c == '{' || c == '[') {
      if (++depth > MAX_DEPTH)
        return FALSE;
    } else if (c == '}' || c == ']') {
      depth--;
    } else if (c == 0
        /* separators, space, numbers, true, false, null */
        || strchr (",: \t\r\n0123456789+-.eEtrufalsn", c) == NULL) {
      return FALSE;
    }
  }
  return begun && depth == 0;
}

JsonObject *
discord_json_parse_object (const gchar *text, gsize length)
{
  g_autoptr (JsonParser) parser = NULL;
  JsonNode *root;

  if (length > G_MAXSSIZE || !g_utf8_validate (text, length, NULL)
      || !scan (text, length))
    return NULL;
  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, text, length, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return NULL;
  return json_node_dup_object (root);
}

static gboolean
node_is_null (JsonNode *node)
{
  return node == NULL || JSON_NODE_HOLDS_NULL (node);
}

static gboolean
node_is_value (JsonNode *node, GType type)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == type;
}

gboolean
discord_json_has (JsonObject *object, const gchar *name)
{
  return !node_is_null (json_object_get_member (object, name));
}

gboolean
discord_json_get_string (
    JsonObject *object, const gchar *name, const gchar **value)
{
  JsonNode *node = json_object_get_member (object, name);

  if (!node_is_value (node, G_TYPE_STRING))
    return FALSE;
  *value = json_node_get_string (node);
  return TRUE;
}

gboolean
discord_json_get_optional_string (
    JsonObject *object, const gchar *name, const gchar **value)
{
  *value = NULL;
  return !discord_json_has (object, name)
      || discord_json_get_string (object, name, value);
}

gboolean
discord_json_get_object (
    JsonObject *object, const gchar *name, JsonObject **value)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return FALSE;
  *value = json_node_get_object (node);
  return TRUE;
}

gboolean
discord_json_get_array (
    JsonObject *object, const gchar *name, JsonArray **value)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  *value = json_node_get_array (node);
  return TRUE;
}

gboolean
discord_json_get_bool (JsonObject *object, const gchar *name, gboolean *value)
{
  JsonNode *node = json_object_get_member (object, name);

  if (!node_is_value (node, G_TYPE_BOOLEAN))
    return FALSE;
  *value = json_node_get_boolean (node);
  return TRUE;
}

gboolean
discord_json_node_get_int (
    JsonNode *node, gint64 min, gint64 max, gint64 *value)
{
  gint64 number;

  if (node_is_value (node, G_TYPE_INT64)) {
    number = json_node_get_int (node);
  } else if (node_is_value (node, G_TYPE_DOUBLE)) {
    gdouble real = json_node_get_double (node);

    /* Exact up to 2^53, and no cast that C leaves undefined. */
    if (!(fabs (real) <= 9007199254740992.0) || floor (real) != real)
      return FALSE;
    number = (gint64) real;
  } else {
    return FALSE;
  }
  if (number < min || number > max)
    return FALSE;
  *value = number;
  return TRUE;
}

gboolean
discord_json_get_int (JsonObject *object, const gchar *name, gint64 min,
    gint64 max, gint64 *value)
{
  return discord_json_node_get_int (
      json_object_get_member (object, name), min, max, value);
}

gboolean
discord_json_get_interval (JsonObject *object, const gchar *name, guint *ms)
{
  JsonNode *node = json_object_get_member (object, name);
  gdouble number;

  if (!node_is_value (node, G_TYPE_INT64)
      && !node_is_value (node, G_TYPE_DOUBLE))
    return FALSE;
  number = json_node_get_double (node);
  if (!(number >= 1 && number <= G_MAXINT32))
    return FALSE;
  *ms = (guint) number;
  return TRUE;
}

gboolean
discord_json_get_u32 (JsonObject *object, const gchar *name, guint32 *value)
{
  gint64 number;

  if (!discord_json_get_int (object, name, 0, G_MAXUINT32, &number))
    return FALSE;
  *value = (guint32) number;
  return TRUE;
}

gboolean
discord_json_get_u16 (JsonObject *object, const gchar *name, guint16 *value)
{
  gint64 number;

  if (!discord_json_get_int (object, name, 0, G_MAXUINT16, &number))
    return FALSE;
  *value = (guint16) number;
  return TRUE;
}

gboolean
discord_json_get_optional_u32 (
    JsonObject *object, const gchar *name, guint32 *value)
{
  *value = 0;
  return !discord_json_has (object, name)
      || discord_json_get_u32 (object, name, value);
}

gboolean
discord_json_parse_snowflake (const gchar *text, guint64 *value)
{
  guint64 id = 0;

  if (*text == '\0' || strlen (text) > 20)
    return FALSE;
  for (; *text != '\0'; text++) {
    guint64 digit;

    if (!g_ascii_isdigit (*text))
      return FALSE;
    digit = (guint64) (*text - '0');
    if (id > (G_MAXUINT64 - digit) / 10)
      return FALSE;
    id = id * 10 + digit;
  }
  if (id == 0)
    return FALSE;
  *value = id;
  return TRUE;
}

gboolean
discord_json_node_get_snowflake (JsonNode *node, guint64 *value)
{
  gint64 number;

  if (!node_is_value (node, G_TYPE_INT64))
    return node_is_value (node, G_TYPE_STRING)
        && discord_json_parse_snowflake (json_node_get_string (node), value);
  number = json_node_get_int (node);
  if (number <= 0)
    return FALSE;
  *value = (guint64) number;
  return TRUE;
}

gboolean
discord_json_get_snowflake (
    JsonObject *object, const gchar *name, guint64 *value)
{
  return discord_json_node_get_snowflake (
      json_object_get_member (object, name), value);
}

gboolean
discord_json_get_optional_snowflake (
    JsonObject *object, const gchar *name, guint64 *value)
{
  *value = 0;
  return !discord_json_has (object, name)
      || discord_json_get_snowflake (object, name, value);
}

void
discord_json_append_string (GString *json, const gchar *value)
{
  g_string_append_c (json, '"');
  for (; *value != '\0'; value++) {
    guchar c = *value;

    if (c == '"' || c == '\\')
      g_string_append_c (json, '\\');
    if (c < 0x20)
      g_string_append_printf (json, "\\u%04x", c);
    else
      g_string_append_c (json, c);
  }
  g_string_append_c (json, '"');
}

void
discord_json_append_snowflake (GString *json, guint64 value)
{
  if (value == 0)
    g_string_append (json, "null");
  else
    g_string_append_printf (json, "\"%" G_GUINT64_FORMAT "\"", value);
}

GString *
discord_json_new_secret (void)
{
  /* Large enough that it is not moved, which would leave a copy behind. */
  return g_string_sized_new (SECRET_SIZE);
}

void
discord_json_free_secret (GString *json)
{
  sodium_memzero (json->str, json->allocated_len);
  g_string_free (json, TRUE);
}
