/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What each group operation of MLS costs a client, by the size of the group; beside
 * the primitives it is made of, and beside what libdave, Discord's own library,
 * took for it on a machine of two cores. And how much memory a group takes. */

#include "gst/discord/dave/frame/decryptor.h"
#include "gst/discord/dave/mls/framing.h"
#include "gst/discord/dave/mls/group.h"

#include "timing.h"

#include <malloc.h>

#define GROUP_ID 7
#define FIRST_USER_ID 1000
#define ROUNDS 15
#define CALIBRATION_ROUNDS 500
#define SIZE_OF_FRAME 1200

enum
{
  CREATE_ADD,
  PROCESS_ADD,
  WELCOME,
  CREATE_REMOVE,
  PROCESS_REMOVE,
  N_OPERATIONS
};

static const gchar *const operations[N_OPERATIONS] = { "create add-commit",
  "process it", "welcome", "create remove-commit", "process it again" };

static const struct
{
  guint n_members;
  gdouble libdave[N_OPERATIONS]; /* milliseconds */
} sizes[] = {
  { 2, { 5.4, 2.3, 3.2, 4.2, 2.9 } },
  { 10, { 3.2, 1.3, 3.8, 7.7, 2.7 } },
  { 50, { 4.3, 1.8, 13, 30, 4.4 } },
  { 100, { 5.6, 2.1, 25, 59, 6.5 } },
};

typedef struct
{
  guint64 user_id;
  MlsCrypto *crypto;
  MlsKeyPair signature_key;
  MlsOwnKeyPackage key_package;
  MlsGroup *group;
} Client;

static MlsCrypto *crypto;
static MlsKeyPair gateway;
static MlsWriter external_sender;

static void
check (MlsResult result)
{
  if (result != MLS_OK)
    g_error ("%s", mls_result_text (result));
}

static bool
expect_everybody (uint64_t user_id, void *data)
{
  return true;
}

static void
client_init (Client *self, guint64 user_id)
{
  guint8 identity[MLS_USER_ID_SIZE];

  memset (self, 0, sizeof *self);
  self->user_id = user_id;
  self->crypto = mls_crypto_new ();
  mls_user_id_encode (user_id, identity);
  check (mls_key_pair_generate (self->crypto, &self->signature_key));
  check (mls_own_key_package_make (self->crypto, MLS_BYTES_OF (identity),
      &self->signature_key, &self->key_package));
}

static void
client_clear (Client *self)
{
  g_clear_pointer (&self->group, mls_group_free);
  mls_own_key_package_clear (&self->key_package);
  mls_crypto_free (self->crypto);
}

static MlsGroupConfig
client_config (const Client *self)
{
  return (MlsGroupConfig){ self->crypto, GROUP_ID, self->user_id,
    mls_writer_bytes (&external_sender), &self->signature_key };
}

static void
client_join (Client *self, MlsBytes welcome)
{
  const MlsGroupConfig config = client_config (self);

  check (mls_group_join (&config, &self->key_package, welcome, &self->group));
}

/* Appends the MLSMessage of a proposal of the gateway. */
static void
write_proposal (const MlsWriter *proposal, guint64 epoch, MlsWriter *out)
{
  static const guint8 group_id[] = { 0, 0, 0, 0, 0, 0, 0, GROUP_ID };
  g_auto (MlsWriter) content = MLS_WRITER_INIT;
  g_auto (MlsWriter) signature = MLS_WRITER_INIT;
  MlsPublicMessage message = { .group_id = MLS_BYTES_OF (group_id),
    .epoch = epoch,
    .sender_type = MLS_SENDER_EXTERNAL,
    .content_type = MLS_CONTENT_PROPOSAL };

  mls_framed_content_header_write (&content, &message);
  mls_write_fixed (&content, mls_writer_bytes (proposal));
  message.content = mls_writer_bytes (&content);
  check (mls_public_message_sign (
      crypto, &message, MLS_NO_BYTES, &gateway, &signature));
  message.signature = mls_writer_bytes (&signature);
  check (mls_public_message_write (out, crypto, &message, MLS_NO_BYTES, NULL));
}

static void
write_add (const Client *joiner, guint64 epoch, MlsWriter *out)
{
  g_auto (MlsWriter) proposal = MLS_WRITER_INIT;

  mls_add_proposal_write (
      &proposal, mls_own_key_package_bytes (&joiner->key_package));
  write_proposal (&proposal, epoch, out);
}

static void
write_remove (guint32 leaf, guint64 epoch, MlsWriter *out)
{
  g_auto (MlsWriter) proposal = MLS_WRITER_INIT;

  mls_remove_proposal_write (&proposal, leaf);
  write_proposal (&proposal, epoch, out);
}

static void
take (Client *self, const MlsWriter *messages)
{
  g_auto (MlsWriter) payload = MLS_WRITER_INIT;

  mls_write_u8 (&payload, 0);
  mls_write_vector (&payload, mls_writer_bytes (messages));
  check (mls_group_take_proposals (
      self->group, mls_writer_bytes (&payload), expect_everybody, NULL));
}

/* A founder and one more with groups of their own; of the others there are only
 * leaves. */
static void
make_group (Client *founder, Client *second, guint n_members)
{
  const MlsGroupConfig config = client_config (founder);
  g_auto (MlsWriter) messages = MLS_WRITER_INIT;
  MlsBytes commit, welcome;

  check (mls_group_create (&config, &founder->group));
  write_add (second, 0, &messages);
  for (guint i = 2; i < n_members; i++) {
    Client other;

    client_init (&other, FIRST_USER_ID + i);
    write_add (&other, 0, &messages);
    client_clear (&other);
  }
  take (founder, &messages);
  check (mls_group_commit (founder->group, &commit, &welcome));
  client_join (second, welcome);
  check (mls_group_process (founder->group, commit));
}

typedef struct
{
  gdouble *times; /* of one operation, by round */
  guint round;
} Times;

static gint64
add_time (Times *times, guint operation, gint64 start)
{
  gint64 now = timing_now ();

  times->times[operation * ROUNDS + times->round] = (gdouble) (now - start);
  return now;
}

/* With what a client does on op 27: checking the proposals. */
static MlsBytes
time_commit (Client *founder, const MlsWriter *messages, guint operation,
    Times *times, MlsBytes *welcome)
{
  gint64 start = timing_now ();
  MlsBytes commit;

  take (founder, messages);
  check (mls_group_commit (founder->group, &commit, welcome));
  add_time (times, operation, start);
  return commit;
}

static void
time_process (Client *founder, Client *second, const MlsWriter *messages,
    MlsBytes commit, guint operation, Times *times)
{
  gint64 start;

  take (second, messages);
  start = timing_now ();
  check (mls_group_process (second->group, commit));
  add_time (times, operation, start);
  check (mls_group_process (founder->group, commit));
}

/* One joins and leaves again. */
static void
time_round (Client *founder, Client *second, guint64 user_id, Times *times)
{
  g_auto (MlsWriter) addition = MLS_WRITER_INIT;
  g_auto (MlsWriter) removal = MLS_WRITER_INIT;
  MlsBytes commit, welcome;
  Client joiner;
  guint32 leaf;
  gint64 start;

  client_init (&joiner, user_id);
  write_add (&joiner, mls_group_epoch (founder->group), &addition);
  commit = time_commit (founder, &addition, CREATE_ADD, times, &welcome);
  start = timing_now ();
  client_join (&joiner, welcome);
  add_time (times, WELCOME, start);
  time_process (founder, second, &addition, commit, PROCESS_ADD, times);
  leaf = mls_group_own_leaf (joiner.group);
  client_clear (&joiner);

  write_remove (leaf, mls_group_epoch (founder->group), &removal);
  commit = time_commit (founder, &removal, CREATE_REMOVE, times, &welcome);
  time_process (founder, second, &removal, commit, PROCESS_REMOVE, times);
}

static void
measure (guint n_members, const gdouble libdave[N_OPERATIONS])
{
  gdouble values[N_OPERATIONS * ROUNDS];
  Times times = { values, 0 };
  Client founder, second;

  client_init (&founder, FIRST_USER_ID);
  client_init (&second, FIRST_USER_ID + 1);
  make_group (&founder, &second, n_members);
  for (times.round = 0; times.round < ROUNDS; times.round++)
    time_round (&founder, &second, FIRST_USER_ID + n_members, &times);
  client_clear (&founder);
  client_clear (&second);

  for (guint i = 0; i < N_OPERATIONS; i++) {
    gdouble ms = timing_median (values + i * ROUNDS, ROUNDS) / 1e6;

    printf ("{\"bench\":\"dave group\",\"case\":\"%s\",\"members\":%u,"
            "\"ms\":%.3f,\"libdave ms\":%.1f,\"libdave / ours\":%.2f}\n",
        operations[i], n_members, ms, libdave[i], libdave[i] / ms);
  }
  fflush (stdout);
}

static void
print_calibration (const gchar *name, gdouble *values)
{
  printf ("{\"bench\":\"dave calibration\",\"case\":\"%s\",\"us\":%.3f}\n",
      name, timing_median (values, CALIBRATION_ROUNDS) / 1e3);
}

static void
calibrate (void)
{
  static guint8 frame[SIZE_OF_FRAME + MLS_AEAD_TAG_SIZE];
  static const guint8 zero[MLS_HASH_SIZE];
  gdouble seal[CALIBRATION_ROUNDS], ecdh[CALIBRATION_ROUNDS];
  MlsSecret shared;
  MlsKeyPair peer;

  check (mls_key_pair_generate (crypto, &peer));
  for (guint i = 0; i < CALIBRATION_ROUNDS; i++) {
    gint64 start = timing_now ();

    check (mls_aead_seal (zero, zero, MLS_NO_BYTES, frame, SIZE_OF_FRAME));
    seal[i] = (gdouble) (timing_now () - start);
    start = timing_now ();
    check (mls_p256_ecdh (
        crypto, &gateway.private_key, MLS_BYTES_OF (peer.public_key), &shared));
    ecdh[i] = (gdouble) (timing_now () - start);
  }
  print_calibration ("AES-128-GCM of 1200 B, key setup included", seal);
  print_calibration ("P-256 ECDH", ecdh);
}

static gsize
allocated (void)
{
  return mallinfo2 ().uordblks;
}

/* A member's group, and what decrypts the media of all others. */
static void
measure_memory (guint n_members)
{
  g_autofree DaveDecryptor **decryptors = g_new (DaveDecryptor *, n_members);
  const guint8 secret[DAVE_BASE_SECRET_SIZE] = { 0 };
  gsize before, group, all;
  Client founder, second;

  before = allocated ();
  client_init (&founder, FIRST_USER_ID);
  client_init (&second, FIRST_USER_ID + 1);
  make_group (&founder, &second, n_members);
  client_clear (&founder);
  group = allocated () - before;
  for (guint i = 1; i < n_members; i++) {
    decryptors[i] = dave_decryptor_new ();
    if (!dave_decryptor_add_key (decryptors[i], secret, 0, 0))
      g_error ("no key");
  }
  all = allocated () - before;
  printf ("{\"bench\":\"dave memory\",\"members\":%u,\"group KiB\":%.1f,"
          "\"with decryptors KiB\":%.1f}\n",
      n_members, (gdouble) group / 1024, (gdouble) all / 1024);
  for (guint i = 1; i < n_members; i++)
    dave_decryptor_free (decryptors[i]);
  client_clear (&second);
}

int
main (void)
{
  crypto = mls_crypto_new ();
  check (mls_key_pair_generate (crypto, &gateway));
  mls_write_vector (&external_sender, MLS_BYTES_OF (gateway.public_key));
  mls_write_u16 (&external_sender, MLS_CREDENTIAL_BASIC);
  mls_write_vector (&external_sender, MLS_NO_BYTES);

  calibrate ();
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    measure (sizes[i].n_members, sizes[i].libdave);
  measure_memory (10);
  measure_memory (100);
  mls_writer_clear (&external_sender);
  mls_crypto_free (crypto);
  return EXIT_SUCCESS;
}
