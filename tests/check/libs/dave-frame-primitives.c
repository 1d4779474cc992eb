/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What frames are made of: numbers, keys, nonces, the replay window. */

#include "gst/discord/dave/frame/cipher.h"
#include "gst/discord/dave/frame/receiver.h"
#include "gst/discord/dave/frame/replay.h"

#include "dave-frame-helper.h"

static void
check_uleb128 (JsonObject *vector)
{
  guint64 value = vector_number (vector, "value"), again = 0;
  g_auto (Bytes) expected = vector_bytes (vector, "bytes");
  guint8 out[DAVE_ULEB128_MAX];

  fail_unless_equals_uint64 (dave_uleb128_size (value), expected.length);
  fail_unless_equals_uint64 (dave_uleb128_write (out, value), expected.length);
  fail_unless (memcmp (out, expected.data, expected.length) == 0);
  fail_unless_equals_uint64 (
      dave_uleb128_read (expected.data, expected.length, &again),
      expected.length);
  fail_unless_equals_uint64 (again, value);
  /* Cut off anywhere, it is none. */
  for (gsize length = 0; length < expected.length; length++)
    fail_unless_equals_uint64 (
        dave_uleb128_read (expected.data, length, &again), 0);
}

static void
check_uleb128_read (JsonObject *vector)
{
  g_auto (Bytes) bytes = vector_bytes (vector, "bytes");
  guint64 value = 0;
  gsize consumed = dave_uleb128_read (bytes.data, bytes.length, &value);

  if (json_object_get_null_member (vector, "value")) {
    fail_unless_equals_uint64 (consumed, 0);
    return;
  }
  fail_unless_equals_uint64 (consumed, vector_number (vector, "consumed"));
  fail_unless_equals_uint64 (value, vector_number (vector, "value"));
}

GST_START_TEST (test_uleb128)
{
  g_autoptr (JsonParser) parser = dave_vectors_load ("dave-frames.json");

  vectors_each (vectors_root (parser), "uleb128", 13, check_uleb128);
  vectors_each (vectors_root (parser), "uleb128_read", 11, check_uleb128_read);
}
GST_END_TEST;

static void
check_key (JsonObject *keys, const gchar *generation, JsonNode *node,
    gpointer user_data)
{
  const DaveRatchet *first = user_data;
  g_auto (Bytes) expected = bytes_from_hex (json_node_get_string (node));
  DaveRatchet ratchet = *first;
  guint8 key[DAVE_KEY_SIZE];

  fail_unless (dave_ratchet_advance (
      &ratchet, (guint32) g_ascii_strtoull (generation, NULL, 10)));
  fail_unless (dave_ratchet_key (&ratchet, key));
  fail_unless_equals_uint64 (expected.length, sizeof key);
  fail_unless (memcmp (key, expected.data, sizeof key) == 0, "generation %s",
      generation);
}

static void
check_ratchet (JsonObject *vector)
{
  g_auto (Bytes) base = vector_bytes (vector, "base_secret");
  g_auto (Bytes) next = vector_bytes (vector, "secret_after_generation_0");
  JsonObject *keys = json_object_get_object_member (vector, "keys");
  DaveRatchet ratchet;

  dave_ratchet_init (&ratchet, base.data);
  fail_unless_equals_int (json_object_get_size (keys), 9);
  json_object_foreach_member (keys, check_key, &ratchet);

  fail_unless (dave_ratchet_advance (&ratchet, 1));
  fail_unless_equals_uint64 (ratchet.secret_length, next.length);
  fail_unless (memcmp (ratchet.secret, next.data, next.length) == 0);
  /* There is no way back. */
  fail_unless (dave_ratchet_advance (&ratchet, 0));
  fail_unless_equals_int (ratchet.generation, 1);

  dave_ratchet_clear (&ratchet);
  for (gsize i = 0; i < sizeof ratchet.secret; i++)
    fail_unless_equals_int (ratchet.secret[i], 0);
}

GST_START_TEST (test_ratchet)
{
  g_autoptr (JsonParser) parser = dave_vectors_load ("dave-frames.json");

  vectors_each (vectors_root (parser), "sender_ratchet", 4, check_ratchet);
}
GST_END_TEST;

static void
check_iv (JsonObject *vector)
{
  g_auto (Bytes) expected = vector_bytes (vector, "gcm_iv");
  guint8 iv[DAVE_IV_SIZE];

  dave_cipher_iv ((guint32) vector_number (vector, "nonce"), iv);
  fail_unless_equals_uint64 (expected.length, sizeof iv);
  fail_unless (memcmp (iv, expected.data, sizeof iv) == 0);
}

static void
check_generation (JsonObject *vector)
{
  fail_unless_equals_uint64 (
      dave_generation_of ((guint32) vector_number (vector, "oldest_generation"),
          (guint8) vector_number (vector, "nonce_top_byte")),
      vector_number (vector, "generation"));
}

GST_START_TEST (test_nonces)
{
  g_autoptr (JsonParser) parser = dave_vectors_load ("dave-frames.json");

  vectors_each (vectors_root (parser), "nonce_expansion", 6, check_iv);
  vectors_each (vectors_root (parser), "generation_wrap", 9, check_generation);
  fail_unless_equals_uint64 (
      dave_generation_of (UINT32_MAX, 0), UINT64_C (0x100000000));
}
GST_END_TEST;

static void
accept_nonces (DaveReplayWindow *window, JsonNode *node)
{
  guint64 from, to;

  if (JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObject *range = json_node_get_object (node);

    from = vector_number (range, "from");
    to = vector_number (range, "to");
  } else {
    from = to = (guint64) json_node_get_int (node);
  }
  for (guint64 nonce = from; nonce <= to; nonce++) {
    fail_unless (dave_replay_window_accepts (window, nonce));
    dave_replay_window_mark (window, nonce);
    fail_if (dave_replay_window_accepts (window, nonce));
  }
}

static void
check_window (JsonObject *vector)
{
  const gchar *name = json_object_get_string_member (vector, "name");
  JsonArray *first = json_object_get_array_member (vector, "accept_in_order");
  JsonArray *then = json_object_get_array_member (vector, "then");
  DaveReplayWindow window;

  dave_replay_window_init (&window);
  for (guint i = 0; i < json_array_get_length (first); i++)
    accept_nonces (&window, json_array_get_element (first, i));
  for (guint i = 0; i < json_array_get_length (then); i++) {
    JsonObject *probe = json_array_get_object_element (then, i);
    guint64 nonce = vector_number (probe, "nonce");
    gboolean accepted = dave_replay_window_accepts (&window, nonce);

    fail_unless (accepted == json_object_get_boolean_member (probe, "accept"),
        "%s: %" G_GUINT64_FORMAT, name, nonce);
    if (accepted)
      dave_replay_window_mark (&window, nonce);
  }
}

GST_START_TEST (test_replay_window)
{
  g_autoptr (JsonParser) parser = dave_vectors_load ("dave-frames.json");

  vectors_each (vectors_root (parser), "replay_window", 4, check_window);
}
GST_END_TEST;

/* The same rules, simply: a list of numbers. */
typedef struct
{
  gboolean started;
  guint64 highest;
  GArray *missing;
} Model;

static gint
model_find (const Model *self, guint64 nonce)
{
  for (guint i = 0; i < self->missing->len; i++)
    if (g_array_index (self->missing, guint64, i) == nonce)
      return (gint) i;
  return -1;
}

static gboolean
model_accepts (const Model *self, guint64 nonce)
{
  return !self->started || nonce > self->highest
      || model_find (self, nonce) >= 0;
}

static void
model_mark (Model *self, guint64 nonce)
{
  gint index = model_find (self, nonce);

  if (index >= 0) {
    g_array_remove_index (self->missing, (guint) index);
    return;
  }
  if (self->started) {
    guint64 from = self->highest + 1;

    from = MAX (from,
        nonce > DAVE_REPLAY_MISSING_MAX ? nonce - DAVE_REPLAY_MISSING_MAX : 0);
    for (; from < nonce; from++)
      g_array_append_val (self->missing, from);
    if (self->missing->len > DAVE_REPLAY_MISSING_MAX)
      g_array_remove_range (
          self->missing, 0, self->missing->len - DAVE_REPLAY_MISSING_MAX);
  }
  self->started = TRUE;
  self->highest = nonce;
}

static guint64
random_nonce (GRand *rand, const Model *model)
{
  guint32 choice = g_rand_int (rand) % 100;
  guint32 back = g_rand_int (rand) % 5000;

  if (choice < 60)
    return model->highest + 1 + g_rand_int (rand) % 4;
  if (choice < 62)
    return model->highest + g_rand_int (rand) % 3000;
  if (choice < 80 && model->missing->len > 0)
    return g_array_index (
        model->missing, guint64, g_rand_int (rand) % model->missing->len);
  return model->highest - MIN (model->highest, back);
}

GST_START_TEST (test_replay_window_against_model)
{
  g_autoptr (GArray) missing = g_array_new (FALSE, FALSE, sizeof (guint64));
  Model model = { .missing = missing };
  GRand *rand = g_rand_new_with_seed (5);
  DaveReplayWindow window;
  guint n_accepted = 0;

  dave_replay_window_init (&window);
  for (guint i = 0; i < 20000; i++) {
    guint64 nonce = random_nonce (rand, &model);
    gboolean accepted = dave_replay_window_accepts (&window, nonce);

    fail_unless_equals_int (accepted, model_accepts (&model, nonce));
    if (!accepted)
      continue;
    n_accepted++;
    dave_replay_window_mark (&window, nonce);
    model_mark (&model, nonce);
    fail_unless_equals_uint64 (window.highest, model.highest);
    fail_unless_equals_uint64 (window.n_missing, missing->len);
  }
  fail_unless (n_accepted > 10000);
  g_rand_free (rand);
}
GST_END_TEST;

/* Entries are 32 bits: none may come back as another nonce. */
GST_START_TEST (test_replay_window_beyond_32_bits)
{
  const guint64 wrap = UINT64_C (1) << 32;
  DaveReplayWindow window;

  dave_replay_window_init (&window);
  dave_replay_window_mark (&window, 1);
  dave_replay_window_mark (&window, 5);
  fail_unless (dave_replay_window_accepts (&window, 4));

  /* 2 and 3 are 2^32 and more below, 4 is not. */
  dave_replay_window_mark (&window, wrap + 3);
  fail_if (dave_replay_window_accepts (&window, 3));
  fail_if (dave_replay_window_accepts (&window, 4));
  fail_unless (dave_replay_window_accepts (&window, wrap + 2));
  dave_replay_window_mark (&window, wrap + 2);
  fail_if (dave_replay_window_accepts (&window, wrap + 2));

  /* Marking what is not accepted changes nothing. */
  dave_replay_window_mark (&window, 2);
  fail_unless_equals_uint64 (window.highest, wrap + 3);
  fail_unless_equals_uint64 (window.n_missing, DAVE_REPLAY_MISSING_MAX - 1);
}
GST_END_TEST;

/* A list that never fills reaches back 2^32 and no further. Nobody sends that
 * many frames in a test: the count is put forward. */
GST_START_TEST (test_replay_window_keeps_short_lists)
{
  const guint64 wrap = UINT64_C (1) << 32;
  DaveReplayWindow window;

  dave_replay_window_init (&window);
  dave_replay_window_mark (&window, 1);
  dave_replay_window_mark (&window, 5);
  window.highest = wrap - 10;
  for (guint64 nonce = 2; nonce <= 4; nonce++)
    fail_unless (dave_replay_window_accepts (&window, nonce));
  fail_if (dave_replay_window_accepts (&window, 5));

  dave_replay_window_mark (&window, wrap + 3);
  fail_if (dave_replay_window_accepts (&window, 2));
  fail_if (dave_replay_window_accepts (&window, 3));
  fail_unless (dave_replay_window_accepts (&window, 4));
  for (guint64 nonce = wrap - 9; nonce < wrap + 3; nonce++)
    fail_unless (dave_replay_window_accepts (&window, nonce));
  fail_unless_equals_uint64 (window.n_missing, 1 + 12);
}
GST_END_TEST;

GST_START_TEST (test_result_names)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (gint i = DAVE_FRAME_OK; i <= DAVE_FRAME_AUTH; i++)
    fail_unless (
        g_hash_table_add (names, (gpointer) dave_frame_result_name (i)));
  fail_if (g_hash_table_contains (names, "unknown"));
  fail_unless_equals_string (
      dave_frame_result_name (DAVE_FRAME_AUTH + 1), "unknown");
}
GST_END_TEST;

static Suite *
dave_frame_primitives_suite (void)
{
  Suite *suite = suite_create ("dave-frame-primitives");
  TCase *tcase = tcase_create ("dave-frame-primitives");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_uleb128);
  tcase_add_test (tcase, test_ratchet);
  tcase_add_test (tcase, test_nonces);
  tcase_add_test (tcase, test_replay_window);
  tcase_add_test (tcase, test_replay_window_against_model);
  tcase_add_test (tcase, test_replay_window_beyond_32_bits);
  tcase_add_test (tcase, test_replay_window_keeps_short_lists);
  tcase_add_test (tcase, test_result_names);
  return suite;
}

GST_CHECK_MAIN (dave_frame_primitives);
