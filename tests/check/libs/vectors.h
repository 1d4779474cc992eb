/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reading tests/vectors/transport.json. */

#include <gst/check/gstcheck.h>
#include <json-glib/json-glib.h>

/* A copy in a heap block of exactly its size, so that AddressSanitizer and
 * valgrind see a read one byte past the end. */
typedef struct
{
  guint8 *data;
  gsize length;
} Bytes;

static inline Bytes
bytes_copy (const guint8 *data, gsize length, gsize room)
{
  Bytes bytes = { malloc (length + room), length };

  if (length > 0)
    memcpy (bytes.data, data, length);
  return bytes;
}

static inline void
bytes_clear (Bytes *bytes)
{
  free (bytes->data);
  bytes->data = NULL;
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bytes, bytes_clear)

static inline Bytes
vector_bytes (JsonObject *object, const gchar *member)
{
  const gchar *hex = json_object_get_string_member (object, member);
  gsize length = strlen (hex) / 2;
  Bytes bytes = { malloc (length), length };

  fail_unless (strlen (hex) % 2 == 0);
  for (gsize i = 0; i < length; i++)
    bytes.data[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4
        | g_ascii_xdigit_value (hex[2 * i + 1]));
  return bytes;
}

static inline JsonParser *
vectors_load (void)
{
  JsonParser *parser = json_parser_new ();
  GError *error = NULL;

  fail_unless (json_parser_load_from_file (
                   parser, TEST_VECTORS_DIR "/transport.json", &error),
      "%s", error ? error->message : "");
  return parser;
}

static inline JsonObject *
vectors_root (JsonParser *parser)
{
  return json_node_get_object (json_parser_get_root (parser));
}

typedef void (*VectorFunc) (JsonObject *vector);

/* Runs @func on every entry of the array @name, which must have @count. */
static inline void
vectors_each (
    JsonObject *object, const gchar *name, guint count, VectorFunc func)
{
  JsonArray *array = json_object_get_array_member (object, name);

  fail_unless_equals_int (json_array_get_length (array), count);
  for (guint i = 0; i < count; i++)
    func (json_array_get_object_element (array, i));
}
