/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/dave/mls/epochstate.h"
#include "gst/discord/dave/mls/welcome.h"

#include "mlsvectors.h"

/* Joining and following groups of other implementations. */

/* The bytes of an MLSMessage behind its header. */
static MlsBytes
message_body (const Bytes *bytes, MlsWireFormat wire_format)
{
  MlsReader reader;

  mls_reader_init (&reader, bytes_view (bytes));
  mls_message_header_read (&reader, wire_format);
  return mls_read_fixed (&reader, reader.length);
}

static void
load_key_package (JsonObject *vector, MlsCrypto *crypto, MlsOwnKeyPackage *out)
{
  g_auto (Bytes) message = vector_bytes (vector, "key_package");
  g_auto (Bytes) init = vector_bytes (vector, "init_priv");
  g_auto (Bytes) leaf = vector_bytes (vector, "encryption_priv");

  fail_unless_mls (mls_own_key_package_load (crypto,
                       message_body (&message, MLS_WIRE_FORMAT_KEY_PACKAGE),
                       bytes_view (&init), bytes_view (&leaf), out),
      MLS_OK);
}

static void
queue_proposals (
    const MlsEpochState *state, JsonArray *proposals, MlsProposalQueue *queue)
{
  for (guint i = 0; i < json_array_get_length (proposals); i++) {
    g_autoptr (JsonObject) holder = json_object_new ();
    g_auto (Bytes) bytes = { 0 };
    guint8 reference[MLS_HASH_SIZE];
    MlsPublicMessage message;

    json_object_set_string_member (
        holder, "message", json_array_get_string_element (proposals, i));
    bytes = vector_bytes (holder, "message");
    fail_unless_mls (
        mls_public_message_parse (bytes_view (&bytes), &message), MLS_OK);
    fail_unless_mls (mls_epoch_state_authenticate (state, &message), MLS_OK);
    if (message.proposal.type == MLS_PROPOSAL_ADD)
      fail_unless_mls (
          mls_key_package_check (state->crypto, &message.proposal.key_package),
          MLS_OK);
    fail_unless_mls (
        mls_proposal_ref (state->crypto, &message, reference), MLS_OK);
    fail_unless_mls (
        mls_proposal_queue_add (queue, &message.proposal, reference), MLS_OK);
  }
}

static guint n_commits, n_paths;

static void
follow (MlsEpochState **state, JsonObject *epoch)
{
  g_autoptr (MlsProposalQueue) queue = mls_proposal_queue_new ();
  g_auto (Bytes) commit = vector_bytes (epoch, "commit");
  MlsEpochState *next = NULL;
  MlsPublicMessage message;

  queue_proposals (
      *state, json_object_get_array_member (epoch, "proposals"), queue);
  fail_unless_mls (
      mls_public_message_parse (bytes_view (&commit), &message), MLS_OK);
  fail_unless_mls (
      mls_epoch_state_process (*state, &message, queue, &next), MLS_OK);
  mls_epoch_state_free (*state);
  *state = next;
  check_member (epoch, "epoch_authenticator",
      MLS_SECRET_BYTES (&next->secrets.authenticator));
  n_commits++;
  n_paths += message.commit.has_path;
}

static MlsResult
join (JsonObject *vector, MlsCrypto *crypto,
    const MlsOwnKeyPackage *key_package, MlsEpochState **out)
{
  g_auto (Bytes) welcome = vector_bytes (vector, "welcome");
  g_auto (Bytes) tree = { 0 };

  if (!json_object_get_null_member (vector, "ratchet_tree"))
    tree = vector_bytes (vector, "ratchet_tree");
  return mls_epoch_state_join (crypto,
      message_body (&welcome, MLS_WIRE_FORMAT_WELCOME), key_package,
      bytes_view (&tree), out);
}

static void
check_client (JsonObject *vector, MlsCrypto *crypto)
{
  JsonArray *epochs = json_object_get_array_member (vector, "epochs");
  g_auto (MlsOwnKeyPackage) key_package = MLS_OWN_KEY_PACKAGE_INIT;
  MlsEpochState *state = NULL;

  load_key_package (vector, crypto, &key_package);
  fail_unless_mls (join (vector, crypto, &key_package, &state), MLS_OK);
  check_member (vector, "initial_epoch_authenticator",
      MLS_SECRET_BYTES (&state->secrets.authenticator));
  for (guint i = 0; i < json_array_get_length (epochs); i++)
    follow (&state, json_array_get_object_element (epochs, i));
  mls_epoch_state_free (state);
}

GST_START_TEST (welcome)
{
  mls_vectors_each ("passive-client-welcome.json", 4, check_client);
}
GST_END_TEST;

GST_START_TEST (interop)
{
  n_commits = n_paths = 0;
  mls_vectors_each ("passive-client-commit-interop.json", 13, check_client);
  fail_unless_equals_int (n_commits, 3);
}
GST_END_TEST;

GST_START_TEST (dave)
{
  n_commits = n_paths = 0;
  mls_vectors_each ("passive-client-dave.json", 14, check_client);
  fail_unless (n_commits > 30);
  fail_unless (n_paths > 5);
  fail_unless (n_paths < n_commits);
}
GST_END_TEST;

/* Where a Welcome names nobody, or the client has another key. */
static void
check_not_for_us (JsonObject *vector, MlsCrypto *crypto)
{
  g_auto (MlsOwnKeyPackage) own = MLS_OWN_KEY_PACKAGE_INIT;
  g_auto (MlsOwnKeyPackage) other = MLS_OWN_KEY_PACKAGE_INIT;
  MlsKeyPair signer;
  MlsEpochState *state = NULL;

  fail_unless_mls (mls_key_pair_generate (crypto, &signer), MLS_OK);
  fail_unless_mls (mls_own_key_package_make (
                       crypto, mls_bytes_text ("else"), &signer, &other),
      MLS_OK);
  fail_unless_mls (join (vector, crypto, &other, &state), MLS_ERROR_NOT_FOR_US);

  load_key_package (vector, crypto, &own);
  own.init = other.init;
  fail_unless_mls (join (vector, crypto, &own, &state), MLS_ERROR_DECRYPT);
  fail_unless (state == NULL);
}

GST_START_TEST (not_for_us)
{
  mls_vectors_each ("passive-client-welcome.json", 4, check_not_for_us);
}
GST_END_TEST;

/* Neither inside the Welcome nor beside it. */
static guint n_without_tree;

static void
check_without_tree (JsonObject *vector, MlsCrypto *crypto)
{
  g_auto (MlsOwnKeyPackage) key_package = MLS_OWN_KEY_PACKAGE_INIT;
  MlsEpochState *state = NULL;

  if (json_object_get_null_member (vector, "ratchet_tree"))
    return;
  n_without_tree++;
  load_key_package (vector, crypto, &key_package);
  json_object_set_null_member (vector, "ratchet_tree");
  fail_unless_mls (
      join (vector, crypto, &key_package, &state), MLS_ERROR_EXTENSION);
}

GST_START_TEST (without_tree)
{
  n_without_tree = 0;
  mls_vectors_each ("passive-client-welcome.json", 4, check_without_tree);
  fail_unless (n_without_tree > 0);
}
GST_END_TEST;

static void
check_secrets (JsonObject *vector, MlsCrypto *crypto)
{
  g_auto (Bytes) key_package = vector_bytes (vector, "key_package");
  g_auto (Bytes) bytes = vector_bytes (vector, "welcome");
  g_auto (Bytes) signer = vector_bytes (vector, "signer_pub");
  MlsKeyPair init = vector_key_pair (vector, "init_priv", crypto);
  g_auto (MlsWriter) plain = MLS_WRITER_INIT;
  g_auto (MlsWriter) info_bytes = MLS_WRITER_INIT;
  static const MlsSecret no_psk = MLS_SECRET_ZERO;
  MlsSecret joiner, welcome_secret, epoch_secret;
  g_auto (MlsEpochSecrets) epoch = MLS_EPOCH_SECRETS_INIT;
  guint8 reference[MLS_HASH_SIZE], tag[MLS_HASH_SIZE];
  MlsWelcome welcome_message;
  MlsEncryptedGroupSecrets encrypted;
  MlsGroupSecrets secrets;
  MlsGroupInfo info;
  MlsReader reader;

  mls_reader_init (&reader, message_body (&bytes, MLS_WIRE_FORMAT_WELCOME));
  mls_welcome_read (&reader, &welcome_message);
  fail_unless_mls (mls_reader_finish (&reader), MLS_OK);
  fail_unless_mls (
      mls_key_package_ref (crypto,
          message_body (&key_package, MLS_WIRE_FORMAT_KEY_PACKAGE), reference),
      MLS_OK);
  mls_reader_init (&reader, welcome_message.secrets);
  mls_encrypted_group_secrets_read (&reader, &encrypted);
  fail_unless_bytes (encrypted.new_member, MLS_BYTES_OF (reference));

  fail_unless_mls (mls_group_secrets_decrypt (crypto, &init, &welcome_message,
                       &encrypted.ciphertext, &plain),
      MLS_OK);
  mls_reader_init (&reader, mls_writer_bytes (&plain));
  mls_group_secrets_read (&reader, &secrets);
  fail_unless_mls (mls_reader_finish (&reader), MLS_OK);
  fail_unless_equals_int (secrets.joiner_secret.length, sizeof joiner.data);
  memcpy (joiner.data, secrets.joiner_secret.data, sizeof joiner.data);

  fail_unless_mls (
      mls_welcome_secret (crypto, &joiner, &no_psk, &welcome_secret), MLS_OK);
  mls_write_fixed (&info_bytes, welcome_message.encrypted_group_info);
  info_bytes.length -= MLS_AEAD_TAG_SIZE;
  fail_unless_mls (mls_group_info_open (crypto, &welcome_secret,
                       info_bytes.data, info_bytes.length),
      MLS_OK);
  mls_reader_init (&reader, mls_writer_bytes (&info_bytes));
  mls_group_info_read (&reader, &info);
  fail_unless_mls (mls_reader_finish (&reader), MLS_OK);
  fail_unless_mls (
      mls_group_info_verify (crypto, &info, bytes_view (&signer)), MLS_OK);

  fail_unless_mls (mls_epoch_secret (crypto, &joiner, &no_psk,
                       info.encoded_context, &epoch_secret),
      MLS_OK);
  fail_unless_mls (
      mls_epoch_secrets_derive (crypto, &epoch_secret, &epoch), MLS_OK);
  fail_unless_mls (mls_confirmation_tag (crypto, &epoch.confirmation_key,
                       info.context.confirmed_transcript_hash, tag),
      MLS_OK);
  fail_unless_bytes (MLS_BYTES_OF (tag), info.confirmation_tag);
}

GST_START_TEST (secrets)
{
  mls_vectors_each ("welcome.json", 1, check_secrets);
}
GST_END_TEST;

static Suite *
mlspassive_suite (void)
{
  Suite *suite = suite_create ("mlspassive");
  TCase *tc = tcase_create ("all");

  tcase_add_test (tc, secrets);
  tcase_add_test (tc, welcome);
  tcase_add_test (tc, interop);
  tcase_add_test (tc, dave);
  tcase_add_test (tc, not_for_us);
  tcase_add_test (tc, without_tree);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (mlspassive);
