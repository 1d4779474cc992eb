/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in's delivery service against clients that do it wrong: each
 * mistake is found, named and answered. */
#include "loopback-e2ee.h"

/* Where things are in a key package of DAVE (RFC 9420 section 10): version,
 * suite, init key, leaf. Keys are vectors of 65 bytes. */
#define VECTOR 2
#define KEY (VECTOR + 65)
#define KP_INIT 4
#define KP_LEAF (KP_INIT + KEY)
/* In a leaf node: two keys, credential, capabilities, source. */
#define LEAF_IDENTITY (2 * KEY + 2 + 1)
#define LEAF_SOURCE (LEAF_IDENTITY + 8 + 11)

/* In a commit of one proposal (section 12.4, framed by 6.2). */
#define C_GROUP 5
#define C_EPOCH 13
#define C_SENDER 22
#define C_PROPOSALS 28
#define C_REFERENCE 31
#define C_PATH 63
#define C_LEAF 64
#define C_PARENT_HASH (C_LEAF + LEAF_SOURCE + 1)
#define TAGS (2 * 33)

typedef void (*Mutate) (GByteArray *payload);

static void
cut (GByteArray *payload, guint from, guint to)
{
  g_byte_array_remove_range (payload, from, to - from);
}

static void
kp_version (GByteArray *payload)
{
  payload->data[1]++;
}

static void
kp_suite (GByteArray *payload)
{
  payload->data[3]++;
}

static void
kp_short (GByteArray *payload)
{
  g_byte_array_set_size (payload, payload->len - 1);
}

static void
kp_long (GByteArray *payload)
{
  g_byte_array_append (payload, (const guint8 *) "", 1);
}

static void
kp_off_curve (GByteArray *payload)
{
  payload->data[KP_INIT + VECTOR + 40] ^= 1;
}

static void
kp_same_keys (GByteArray *payload)
{
  memcpy (payload->data + KP_INIT, payload->data + KP_LEAF, KEY);
}

static void
kp_identity (GByteArray *payload)
{
  payload->data[KP_LEAF + LEAF_IDENTITY + 7] ^= 1;
}

static void
kp_source (GByteArray *payload)
{
  payload->data[KP_LEAF + LEAF_SOURCE] = 2;
}

static void
kp_lifetime (GByteArray *payload)
{
  payload->data[KP_LEAF + LEAF_SOURCE + 1] ^= 1;
}

static void
kp_leaf_signature (GByteArray *payload)
{
  /* Behind source, lifetime and no extensions: length, DER header, r. */
  payload->data[KP_LEAF + LEAF_SOURCE + 1 + 16 + 1 + VECTOR + 20] ^= 1;
}

static void
kp_signature (GByteArray *payload)
{
  payload->data[payload->len - 1] ^= 1;
}

typedef struct
{
  Mutate mutate;
  const char *detail;
} BadKeyPackage;

static const BadKeyPackage bad_key_packages[] = {
  { kp_version, "version or ciphersuite" },
  { kp_suite, "version or ciphersuite" },
  { kp_short, "length" },
  { kp_long, "length" },
  { kp_off_curve, "init key" },
  { kp_same_keys, "init key" },
  { kp_identity, "identity" },
  { kp_source, "leaf" },
  { kp_lifetime, "lifetime" },
  { kp_leaf_signature, "leaf signature" },
  { kp_signature, "signature" },
};

static Mutate mutation;
static guint mutated_op;

static gboolean
mutate_once (Taker *self, guint op, GByteArray *payload)
{
  if (op != mutated_op)
    return TRUE;
  self->filter = NULL;
  mutation (payload);
  return TRUE;
}

static gboolean
no_commit (Taker *self, guint op, GByteArray *payload)
{
  return op != 28;
}

/* The first violation of all. */
static void
check_violation (Loopback *loopback, const char *name, const char *detail)
{
  g_auto (GStrv) lines = NULL;
  g_autofree char *start = g_strconcat (name, " ", NULL);

  wait_for (loopback, name, 0, 1);
  lines = loopback_dup_violations (loopback);
  fail_unless (g_str_has_prefix (lines[0], start), "%s", lines[0]);
  if (detail != NULL)
    fail_unless (strstr (lines[0], detail) != NULL, "%s", lines[0]);
}

GST_START_TEST (test_key_package)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  g_autoptr (Taker) alice = taker_new (loopback, "alice");

  mutated_op = 26;
  mutation = bad_key_packages[__i__].mutate;
  alice->filter = mutate_once;
  taker_connect (alice);
  ws_expect_close (alice->member->voice, 4002);
  check_violation (loopback, "bad-key-package", bad_key_packages[__i__].detail);
}
GST_END_TEST;

/* Where signature and tags begin, in a commit with nothing behind it. */
static guint
tail_of (const GByteArray *payload)
{
  for (guint length = 68; length <= 72; length++) {
    guint start = payload->len - TAGS - length - VECTOR;

    if (payload->data[start] == 0x40 && payload->data[start + 1] == length
        && payload->data[start + 2] == 0x30)
      return start;
  }
  fail ("no signature found");
  return 0;
}

/* Where the Welcome begins, behind a commit without a path. */
static guint
welcome_of (const GByteArray *payload)
{
  guint length = payload->data[C_PATH + 1 + 1];

  ck_assert_uint_eq (payload->data[C_PATH], 0);
  return C_PATH + 1 + VECTOR + length + TAGS;
}

static void
c_version (GByteArray *payload)
{
  payload->data[1]++;
}

static void
c_group (GByteArray *payload)
{
  payload->data[C_GROUP + 7] ^= 1;
}

static void
c_epoch (GByteArray *payload)
{
  payload->data[C_EPOCH + 7]++;
}

static void
c_sender (GByteArray *payload)
{
  payload->data[C_SENDER + 3] ^= 1;
}

static void
c_inline (GByteArray *payload)
{
  payload->data[C_PROPOSALS + 1] = 1;
}

static void
c_reference (GByteArray *payload)
{
  payload->data[C_REFERENCE] ^= 1;
}

static void
c_empty (GByteArray *payload)
{
  cut (payload, C_PROPOSALS + 1, C_PATH);
  payload->data[C_PROPOSALS] = 0;
}

static void
c_no_welcome (GByteArray *payload)
{
  g_byte_array_set_size (payload, welcome_of (payload));
}

static void
c_bad_welcome (GByteArray *payload)
{
  payload->data[welcome_of (payload) + 1] = 3;
}

static void
c_long_welcome (GByteArray *payload)
{
  g_byte_array_append (payload, (const guint8 *) "", 1);
}

static void
c_other_welcome (GByteArray *payload)
{
  /* Suite, length of the list, length of the reference. */
  payload->data[welcome_of (payload) + 2 + 2 + 1] ^= 1;
}

typedef struct
{
  Mutate mutate;
  const char *violation;
} BadCommit;

static const BadCommit bad_adds[] = {
  { c_version, "commit-malformed" },
  { c_group, "commit-group" },
  { c_epoch, "commit-epoch" },
  { c_sender, "commit-sender" },
  { c_inline, "commit-inline" },
  { c_reference, "commit-unknown-reference" },
  { c_empty, "commit-empty" },
  { c_no_welcome, "welcome-missing" },
  { c_bad_welcome, "welcome-malformed" },
  { c_long_welcome, "welcome-malformed" },
  { c_other_welcome, "welcome-members" },
};

/* Alice commits wrongly, bob not at all. */
typedef struct
{
  Loopback *loopback;
  Taker *alice;
  Taker *bob;
  Taker *carol;
} Trio;

static Trio
trio_new (Loopback *loopback)
{
  Trio trio = { loopback, taker_new (loopback, "alice"),
    taker_new (loopback, "bob"), taker_new (loopback, "carol") };
  Taker *const pair[] = { trio.alice, trio.bob };

  taker_connect (trio.alice);
  taker_connect (trio.bob);
  takers_wait_group (pair, 2);
  wait_for (loopback, "dave-commit-late", 0, 1);
  return trio;
}

static void
trio_free (Trio *trio)
{
  taker_free (trio->alice);
  taker_free (trio->bob);
  taker_free (trio->carol);
  loopback_free (trio->loopback);
}

static void
be_wrong (const Trio *trio, Mutate mutate)
{
  mutated_op = 28;
  mutation = mutate;
  trio->alice->filter = mutate_once;
  trio->bob->filter = no_commit;
}

GST_START_TEST (test_add)
{
  Trio trio = trio_new (start_loopback (NULL, NULL));

  be_wrong (&trio, bad_adds[__i__].mutate);
  taker_connect (trio.carol);
  check_violation (trio.loopback, bad_adds[__i__].violation, NULL);
  ck_assert_uint_eq (loopback_count (trio.loopback, "dave-commit", 0), 1);
  if (bad_adds[__i__].mutate == c_version)
    ws_expect_close (trio.alice->member->voice, 4002);
  trio_free (&trio);
}
GST_END_TEST;

static void
p_none (GByteArray *payload)
{
  cut (payload, C_PATH + 1, tail_of (payload));
  payload->data[C_PATH] = 0;
}

static void
p_flag (GByteArray *payload)
{
  payload->data[C_PATH] = 2;
}

static void
p_off_curve (GByteArray *payload)
{
  payload->data[C_LEAF + VECTOR + 40] ^= 1;
}

static void
p_signature_key (GByteArray *payload)
{
  payload->data[C_LEAF + KEY + VECTOR + 40] ^= 1;
}

static void
p_identity (GByteArray *payload)
{
  payload->data[C_LEAF + LEAF_IDENTITY + 7] ^= 1;
}

static void
p_parent_hash (GByteArray *payload)
{
  ck_assert_uint_eq (payload->data[C_PARENT_HASH], 32);
  payload->data[C_PARENT_HASH + 1] ^= 1;
}

static void
p_no_nodes (GByteArray *payload)
{
  /* Behind the parent hash: no extensions, the leaf's signature. */
  guint signature = C_PARENT_HASH + 1 + 32 + 1;
  guint nodes = signature + VECTOR + payload->data[signature + 1];

  cut (payload, nodes + 1, tail_of (payload));
  payload->data[nodes] = 0;
}

static const BadCommit bad_removes[] = {
  { p_none, "commit-path-missing" },
  { p_flag, "commit-malformed" },
  { p_off_curve, "commit-path-key" },
  { p_signature_key, "commit-path-credential" },
  { p_identity, "commit-path-credential" },
  { p_parent_hash, "commit-path-signature" },
  { p_no_nodes, "commit-path-size" },
  { c_long_welcome, "welcome-unexpected" },
};

GST_START_TEST (test_remove)
{
  Trio trio = trio_new (start_loopback (NULL, NULL));
  Taker *const all[] = { trio.alice, trio.bob, trio.carol };

  taker_connect (trio.carol);
  takers_wait_group (all, 3);
  wait_for (trio.loopback, "dave-commit-late", 0, 2);
  be_wrong (&trio, bad_removes[__i__].mutate);
  taker_leave (trio.carol);
  check_violation (trio.loopback, bad_removes[__i__].violation, NULL);
  ck_assert_uint_eq (loopback_count (trio.loopback, "dave-commit", 0), 2);
  trio_free (&trio);
}
GST_END_TEST;

/* Alice knows of the second Add only. */
GST_START_TEST (test_incomplete)
{
  Trio trio = trio_new (start_loopback ("dave-several-proposals", "on", NULL));
  g_autoptr (Taker) dave = taker_new (trio.loopback, "dave");

  trio.bob->filter = no_commit;
  act (trio.loopback, "dave-fault:%s:proposals:drop", trio.alice->member->user);
  taker_connect (trio.carol);
  wait_for (trio.loopback, "dave-fault", 0, 1);
  taker_connect (dave);
  check_violation (trio.loopback, "commit-incomplete", NULL);
  trio_free (&trio);
}
GST_END_TEST;

GST_START_TEST (test_unexpected_key_package)
{
  Trio trio = trio_new (start_loopback (NULL, NULL));

  taker_send (trio.alice, 26, trio.alice->key_package);
  check_violation (trio.loopback, "key-package-unexpected", NULL);
  trio_free (&trio);
}
GST_END_TEST;

typedef struct
{
  const char *message;
  const char *violation;
  guint code; /* 0: stays open */
} BadText;

static const BadText bad_texts[] = {
  { "{\"op\":23,\"d\":{\"transition_id\":999}}", "unknown-transition", 0 },
  { "{\"op\":23,\"d\":{\"transition_id\":65536}}", "bad-ready", 4002 },
  { "{\"op\":23,\"d\":{\"transition_id\":\"1\"}}", "bad-ready", 4002 },
  { "{\"op\":23,\"d\":{}}", "bad-ready", 4002 },
  { "{\"op\":31,\"d\":{\"transition_id\":-1}}", "bad-invalid", 4002 },
  { "{\"op\":31,\"d\":5}", "bad-payload", 4002 },
};

GST_START_TEST (test_text)
{
  Trio trio = trio_new (start_loopback (NULL, NULL));
  const BadText *bad = &bad_texts[__i__];

  ws_send (trio.alice->member->voice, "%s", bad->message);
  check_violation (trio.loopback, bad->violation, NULL);
  if (bad->code != 0)
    ws_expect_close (trio.alice->member->voice, bad->code);
  trio_free (&trio);
}
GST_END_TEST;

/* Opcodes that are not the client's, and a client that announced no version. */
GST_START_TEST (test_binary)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  g_autoptr (Taker) alice = taker_new (loopback, "alice");
  g_autoptr (GByteArray) nothing = g_byte_array_new ();

  alice->member->max_dave = __i__ == 0 ? 1 : 0;
  taker_connect (alice);
  taker_send (alice, __i__ == 0 ? 27 : 26, nothing);
  check_violation (loopback, "binary-frame", NULL);
  ws_expect_close (alice->member->voice, 4002);
}
GST_END_TEST;

static Suite *
loopback_dave_strict_suite (void)
{
  Suite *s = suite_create ("loopback-dave-strict");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 60);
  suite_add_tcase (s, tc);
  tcase_add_loop_test (
      tc, test_key_package, 0, G_N_ELEMENTS (bad_key_packages));
  tcase_add_loop_test (tc, test_add, 0, G_N_ELEMENTS (bad_adds));
  tcase_add_loop_test (tc, test_remove, 0, G_N_ELEMENTS (bad_removes));
  tcase_add_test (tc, test_incomplete);
  tcase_add_test (tc, test_unexpected_key_package);
  tcase_add_loop_test (tc, test_text, 0, G_N_ELEMENTS (bad_texts));
  tcase_add_loop_test (tc, test_binary, 0, 2);
  return s;
}

GST_CHECK_MAIN (loopback_dave_strict);
