/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Codes and fingerprints: those of libdave (dave-frames.json), and the privacy
 * codes of recorded groups (dave-session.json). */

#include "gst/discord/dave/codes.h"

#include "vectors.h"

#define LENGTH_MAX 100

static JsonParser *
load (const gchar *file)
{
  g_autofree gchar *path = g_build_filename (TEST_VECTORS_DIR, file, NULL);
  JsonParser *parser = json_parser_new ();

  fail_unless (json_parser_load_from_file (parser, path, NULL), "%s", path);
  return parser;
}

static void
check_code (JsonObject *vector)
{
  g_auto (Bytes) data = vector_bytes (vector, "data");
  gsize length = json_object_get_int_member (vector, "length");
  gsize group = json_object_get_int_member (vector, "group");
  gchar code[LENGTH_MAX + 1];

  fail_unless (length <= LENGTH_MAX);
  fail_unless (
      dave_displayable_code (data.data, data.length, length, group, code));
  fail_unless_equals_string (
      code, json_object_get_string_member (vector, "code"));
}

static void
check_code_error (JsonObject *vector)
{
  g_auto (Bytes) data = vector_bytes (vector, "data");
  gchar code[LENGTH_MAX + 1] = "untouched";

  fail_if (dave_displayable_code (data.data, data.length,
      json_object_get_int_member (vector, "length"),
      json_object_get_int_member (vector, "group"), code));
  fail_unless_equals_string (code, "untouched");
}

GST_START_TEST (test_displayable_code)
{
  g_autoptr (JsonParser) parser = load ("dave-frames.json");
  gchar code[LENGTH_MAX + 1];

  vectors_each (vectors_root (parser), "displayable_code", 27, check_code);
  vectors_each (
      vectors_root (parser), "displayable_code_errors", 3, check_code_error);
  fail_if (dave_displayable_code ((const guint8 *) "12345", 5, 5, 0, code));
  fail_unless (dave_displayable_code (NULL, 0, 0, 5, code));
  fail_unless_equals_string (code, "");
}
GST_END_TEST;

static void
check_fingerprint (JsonObject *vector)
{
  g_auto (Bytes) local_key = vector_bytes (vector, "local_key");
  g_auto (Bytes) remote_key = vector_bytes (vector, "remote_key");
  g_auto (Bytes) expected = vector_bytes (vector, "fingerprint");
  guint64 local = g_ascii_strtoull (
      json_object_get_string_member (vector, "local_user_id"), NULL, 10);
  guint64 remote = g_ascii_strtoull (
      json_object_get_string_member (vector, "remote_user_id"), NULL, 10);
  guint8 ours[DAVE_FINGERPRINT_SIZE], theirs[DAVE_FINGERPRINT_SIZE];
  gchar code[DAVE_VERIFICATION_CODE_LENGTH + 1];

  fail_unless_equals_int (
      json_object_get_int_member (vector, "version"), DAVE_FINGERPRINT_VERSION);
  fail_unless (dave_pairwise_fingerprint (local, local_key.data,
      local_key.length, remote, remote_key.data, remote_key.length, ours));
  fail_unless_equals_uint64 (expected.length, sizeof ours);
  fail_unless (memcmp (ours, expected.data, sizeof ours) == 0);

  /* The other side comes to the same. */
  fail_unless (dave_pairwise_fingerprint (remote, remote_key.data,
      remote_key.length, local, local_key.data, local_key.length, theirs));
  fail_unless (memcmp (ours, theirs, sizeof ours) == 0);

  dave_verification_code (ours, code);
  fail_unless_equals_string (
      code, json_object_get_string_member (vector, "code_45_5"));
}

GST_START_TEST (test_pairwise_fingerprint)
{
  g_autoptr (JsonParser) parser = load ("dave-frames.json");

  vectors_each (
      vectors_root (parser), "pairwise_fingerprint", 5, check_fingerprint);
}
GST_END_TEST;

GST_START_TEST (test_fingerprint_of_bad_keys)
{
  guint8 key[DAVE_FINGERPRINT_KEY_MAX + 1] = { 4 };
  guint8 fingerprint[DAVE_FINGERPRINT_SIZE];

  fail_if (
      dave_pairwise_fingerprint (1, key, sizeof key, 2, key, 65, fingerprint));
  fail_if (
      dave_pairwise_fingerprint (1, key, 65, 2, key, sizeof key, fingerprint));
  fail_unless (dave_pairwise_fingerprint (1, key, DAVE_FINGERPRINT_KEY_MAX, 2,
      key, DAVE_FINGERPRINT_KEY_MAX, fingerprint));
}
GST_END_TEST;

static guint n_codes;

static void
check_privacy_codes (JsonObject *session)
{
  JsonArray *states = json_object_get_array_member (session, "group_states");

  for (guint i = 0; i < json_array_get_length (states); i++) {
    JsonObject *state = json_array_get_object_element (states, i);
    g_auto (Bytes) authenticator = vector_bytes (state, "epoch_authenticator");
    gchar code[DAVE_PRIVACY_CODE_LENGTH + 1];

    fail_unless_equals_uint64 (
        authenticator.length, DAVE_EPOCH_AUTHENTICATOR_SIZE);
    dave_privacy_code (authenticator.data, code);
    fail_unless_equals_string (
        code, json_object_get_string_member (state, "voice_privacy_code"));
    n_codes++;
  }
}

GST_START_TEST (test_privacy_code)
{
  g_autoptr (JsonParser) parser = load ("dave-session.json");

  n_codes = 0;
  vectors_each (vectors_root (parser), "sessions", 12, check_privacy_codes);
  fail_unless_equals_int (n_codes, 51);
}
GST_END_TEST;

static Suite *
dave_codes_suite (void)
{
  Suite *suite = suite_create ("dave-codes");
  TCase *tcase = tcase_create ("dave-codes");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_displayable_code);
  tcase_add_test (tcase, test_pairwise_fingerprint);
  tcase_add_test (tcase, test_fingerprint_of_bad_keys);
  tcase_add_test (tcase, test_privacy_code);
  return suite;
}

GST_CHECK_MAIN (dave_codes);
