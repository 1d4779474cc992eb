/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Frames and vectors for the tests of dave/frame. */

#include "gst/discord/dave/frame/decryptor.h"
#include "gst/discord/dave/frame/encryptor.h"
#include "gst/discord/dave/frame/startcode.h"
#include "gst/discord/dave/frame/uleb128.h"

#include "vectors.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaveEncryptor, dave_encryptor_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaveDecryptor, dave_decryptor_free)

#define FRAME_SEGMENTS_MAX 8

/* A frame in heap blocks of exactly its size, so that AddressSanitizer and
 * valgrind see every byte too far. */
typedef struct
{
  DaveSegment segments[FRAME_SEGMENTS_MAX];
  DaveView view;
} Frame;

/* @rand: cuts it into pieces, some of them empty; NULL: one piece. What @data
 * does not fill, of @capacity, is filled with a pattern. */
static inline Frame *
frame_new (const guint8 *data, gsize length, gsize capacity, GRand *rand)
{
  Frame *frame = g_new0 (Frame, 1);
  gsize n =
      rand != NULL ? g_rand_int_range (rand, 2, FRAME_SEGMENTS_MAX + 1) : 1;
  gsize left = capacity;

  for (gsize i = 0; i < n; i++) {
    gsize size = left;

    if (i + 1 < n)
      size = g_rand_int_range (rand, 0, left + 1);
    frame->segments[i].data = malloc (size);
    frame->segments[i].length = size;
    if (size > 0)
      memset (frame->segments[i].data, 0xa5, size);
    left -= size;
  }
  fail_unless (dave_view_init (&frame->view, frame->segments, n));
  fail_unless_equals_uint64 (frame->view.length, capacity);
  fail_unless (dave_view_write (&frame->view, 0, data, length));
  return frame;
}

static inline void
frame_free (Frame *frame)
{
  for (gsize i = 0; i < FRAME_SEGMENTS_MAX; i++)
    free (frame->segments[i].data);
  g_free (frame);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Frame, frame_free)

static inline Bytes
frame_bytes (const Frame *frame, gsize length)
{
  Bytes bytes = { malloc (length), length };

  fail_unless (dave_view_read (&frame->view, 0, bytes.data, length));
  return bytes;
}

static inline void
assert_frame_equals (const Frame *frame, gsize length, const guint8 *expected,
    gsize expected_length, const gchar *name)
{
  g_auto (Bytes) bytes = frame_bytes (frame, length);

  fail_unless (
      length == expected_length, "%s: %" G_GSIZE_FORMAT " bytes", name, length);
  fail_unless (
      length == 0 || memcmp (bytes.data, expected, length) == 0, "%s", name);
}

static inline JsonParser *
dave_vectors_load (const gchar *file)
{
  g_autofree gchar *path = g_build_filename (TEST_VECTORS_DIR, file, NULL);
  JsonParser *parser = json_parser_new ();
  GError *error = NULL;

  fail_unless (json_parser_load_from_file (parser, path, &error), "%s",
      error ? error->message : "");
  return parser;
}

static inline Bytes
bytes_from_hex (const gchar *hex)
{
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_string_member (object, "hex", hex);
  return vector_bytes (object, "hex");
}

/* Of a number that is a number or a string. */
static inline guint64
vector_number (JsonObject *vector, const gchar *member)
{
  JsonNode *node = json_object_get_member (vector, member);

  if (json_node_get_value_type (node) == G_TYPE_STRING)
    return g_ascii_strtoull (json_node_get_string (node), NULL, 10);
  return (guint64) json_node_get_int (node);
}

static inline guint64
full_nonce (guint64 generation, guint32 nonce)
{
  return generation << DAVE_GENERATION_BITS
      | (nonce & (DAVE_GENERATION_SIZE - 1));
}

static inline DaveCodec
codec_from_name (const gchar *name)
{
  static const gchar *const names[] = { "unknown", "opus", "vp8", "vp9", "h264",
    "h265", "av1" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i], name))
      return (DaveCodec) i;
  g_assert_not_reached ();
}

/* So long ago that a sender can have come to any generation of the vectors. */
#define LONG_AGO (-INT64_C (1000) * 512 * (1 << DAVE_GENERATION_BITS) * 6)
