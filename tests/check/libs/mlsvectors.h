/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reading tests/vectors/mls, and what the tests of MLS share. */

#include "gst/discord/dave/mls/p256.h"

#include "vectors.h"

static inline JsonParser *
mls_vectors_load (const gchar *name)
{
  JsonParser *parser = json_parser_new ();
  g_autofree gchar *path =
      g_build_filename (TEST_VECTORS_DIR, "mls", name, NULL);
  GError *error = NULL;

  fail_unless (json_parser_load_from_file (parser, path, &error), "%s",
      error ? error->message : "");
  return parser;
}

typedef void (*MlsVectorFunc) (JsonObject *vector, MlsCrypto *crypto);

/* Runs @func on every entry of the file, which must have @count. */
static inline void
mls_vectors_each (const gchar *name, guint count, MlsVectorFunc func)
{
  g_autoptr (JsonParser) parser = mls_vectors_load (name);
  JsonArray *array = json_node_get_array (json_parser_get_root (parser));
  g_autoptr (MlsCrypto) crypto = mls_crypto_new ();

  fail_unless (crypto != NULL);
  fail_unless_equals_int (json_array_get_length (array), count);
  for (guint i = 0; i < count; i++)
    func (json_array_get_object_element (array, i), crypto);
}

static inline MlsBytes
bytes_view (const Bytes *bytes)
{
  return mls_bytes (bytes->data, bytes->length);
}

#define fail_unless_mls(expression, expected)                                  \
  do {                                                                         \
    MlsResult actual_ = (expression);                                          \
    fail_unless (actual_ == (expected), "%s: %s, not: %s", #expression,        \
        mls_result_text (actual_), mls_result_text (expected));                \
  } while (0)

#define fail_unless_bytes(actual, expected)                                    \
  fail_unless (mls_bytes_equal ((actual), (expected)), "%s", #actual)

/* The member @name of @object must be these bytes. */
static inline void
check_member (JsonObject *object, const gchar *name, MlsBytes actual)
{
  g_auto (Bytes) expected = vector_bytes (object, name);

  fail_unless (mls_bytes_equal (actual, bytes_view (&expected)), "%s", name);
}

static inline MlsSecret
vector_secret (JsonObject *object, const gchar *name)
{
  g_auto (Bytes) bytes = vector_bytes (object, name);
  MlsSecret secret;

  fail_unless_equals_int (bytes.length, sizeof secret.data);
  memcpy (secret.data, bytes.data, bytes.length);
  return secret;
}

static inline MlsKeyPair
vector_key_pair (JsonObject *object, const gchar *name, MlsCrypto *crypto)
{
  g_auto (Bytes) bytes = vector_bytes (object, name);
  MlsKeyPair pair;

  fail_unless_mls (
      mls_key_pair_from_private (crypto, bytes_view (&bytes), &pair), MLS_OK);
  return pair;
}
