/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/dave/mls/framing.h"
#include "gst/discord/dave/mls/ratchettree.h"
#include "gst/discord/dave/mls/welcome.h"

#include "mlsvectors.h"

/* messages.json: random content in the right form, of all of MLS. What DAVE has
 * is read and written again; the rest is refused for the reason that is its. */

static void
write_capabilities (MlsWriter *out, const MlsCapabilities *capabilities)
{
  mls_write_vector (out, capabilities->versions);
  mls_write_vector (out, capabilities->cipher_suites);
  mls_write_vector (out, capabilities->extensions);
  mls_write_vector (out, capabilities->proposals);
  mls_write_vector (out, capabilities->credentials);
}

static void
write_leaf (MlsWriter *out, const MlsLeafNode *leaf)
{
  mls_write_vector (out, leaf->encryption_key);
  mls_write_vector (out, leaf->signature_key);
  mls_credential_write (out, &leaf->credential);
  write_capabilities (out, &leaf->capabilities);
  mls_write_u8 (out, leaf->source);
  if (leaf->source == MLS_LEAF_KEY_PACKAGE) {
    mls_write_u64 (out, leaf->not_before);
    mls_write_u64 (out, leaf->not_after);
  }
  if (leaf->source == MLS_LEAF_COMMIT)
    mls_write_vector (out, leaf->parent_hash);
  mls_write_vector (out, leaf->extensions);
  mls_write_vector (out, leaf->signature);
}

static void
write_key_package (MlsWriter *out, const MlsKeyPackage *key_package)
{
  mls_write_u16 (out, key_package->version);
  mls_write_u16 (out, key_package->cipher_suite);
  mls_write_vector (out, key_package->init_key);
  write_leaf (out, &key_package->leaf);
  mls_write_vector (out, key_package->extensions);
  mls_write_vector (out, key_package->signature);
}

static void
write_proposal (MlsWriter *out, const MlsProposal *proposal)
{
  g_auto (MlsWriter) key_package = MLS_WRITER_INIT;

  if (proposal->type == MLS_PROPOSAL_REMOVE) {
    mls_remove_proposal_write (out, proposal->removed);
    return;
  }
  write_key_package (&key_package, &proposal->key_package);
  mls_add_proposal_write (out, mls_writer_bytes (&key_package));
}

static void
write_proposals (MlsWriter *out, MlsBytes proposals)
{
  gsize begin = mls_write_vector_begin (out);
  MlsReader reader;

  mls_reader_init (&reader, proposals);
  while (mls_reader_more (&reader)) {
    MlsProposalOrRef item;

    mls_proposal_or_ref_read (&reader, &item);
    if (item.by_reference) {
      mls_proposal_ref_write (out, item.reference);
    } else {
      mls_write_u8 (out, 1);
      write_proposal (out, &item.proposal);
    }
  }
  mls_write_vector_end (out, begin);
}

static void
write_ciphertext (MlsWriter *out, const MlsHpkeCiphertext *ciphertext)
{
  mls_write_vector (out, ciphertext->kem_output);
  mls_write_vector (out, ciphertext->ciphertext);
}

static void
write_path (MlsWriter *out, const MlsUpdatePath *path)
{
  gsize nodes;

  write_leaf (out, &path->leaf);
  nodes = mls_write_vector_begin (out);
  for (guint i = 0; i < path->n_nodes; i++) {
    gsize ciphertexts;
    MlsReader reader;

    mls_write_vector (out, path->nodes[i].encryption_key);
    ciphertexts = mls_write_vector_begin (out);
    mls_reader_init (&reader, path->nodes[i].ciphertexts);
    while (mls_reader_more (&reader)) {
      MlsHpkeCiphertext ciphertext = mls_hpke_ciphertext_read (&reader);

      write_ciphertext (out, &ciphertext);
    }
    mls_write_vector_end (out, ciphertexts);
  }
  mls_write_vector_end (out, nodes);
}

static void
write_commit (MlsWriter *out, const MlsCommit *commit)
{
  write_proposals (out, commit->proposals);
  mls_write_u8 (out, commit->has_path);
  if (commit->has_path)
    write_path (out, &commit->path);
}

static void
write_public_message (MlsWriter *out, const MlsPublicMessage *message)
{
  mls_message_header_write (out, MLS_WIRE_FORMAT_PUBLIC_MESSAGE);
  mls_framed_content_header_write (out, message);
  if (message->content_type == MLS_CONTENT_PROPOSAL)
    write_proposal (out, &message->proposal);
  else
    write_commit (out, &message->commit);
  mls_write_vector (out, message->signature);
  if (message->content_type == MLS_CONTENT_COMMIT)
    mls_write_vector (out, message->confirmation_tag);
  if (message->sender_type == MLS_SENDER_MEMBER)
    mls_write_vector (out, message->membership_tag);
}

static void
write_welcome (MlsWriter *out, const MlsWelcome *welcome)
{
  gsize begin;
  MlsReader reader;

  mls_write_u16 (out, welcome->cipher_suite);
  begin = mls_write_vector_begin (out);
  mls_reader_init (&reader, welcome->secrets);
  while (mls_reader_more (&reader)) {
    MlsEncryptedGroupSecrets secrets;

    mls_encrypted_group_secrets_read (&reader, &secrets);
    mls_write_vector (out, secrets.new_member);
    write_ciphertext (out, &secrets.ciphertext);
  }
  mls_write_vector_end (out, begin);
  mls_write_vector (out, welcome->encrypted_group_info);
}

/* Reads what @bytes are and writes it again. */
typedef MlsResult (*Convert) (MlsReader *reader, MlsWriter *out);

static MlsResult
convert_welcome (MlsReader *reader, MlsWriter *out)
{
  MlsWelcome welcome;

  mls_message_header_read (reader, MLS_WIRE_FORMAT_WELCOME);
  mls_welcome_read (reader, &welcome);
  MLS_TRY (mls_reader_finish (reader));
  mls_message_header_write (out, MLS_WIRE_FORMAT_WELCOME);
  write_welcome (out, &welcome);
  return MLS_OK;
}

static MlsResult
convert_key_package (MlsReader *reader, MlsWriter *out)
{
  MlsKeyPackage key_package;

  mls_message_header_read (reader, MLS_WIRE_FORMAT_KEY_PACKAGE);
  mls_key_package_read (reader, &key_package);
  MLS_TRY (mls_reader_finish (reader));
  mls_message_header_write (out, MLS_WIRE_FORMAT_KEY_PACKAGE);
  write_key_package (out, &key_package);
  return MLS_OK;
}

static MlsResult
convert_tree (MlsReader *reader, MlsWriter *out)
{
  MlsTree *tree;

  MLS_TRY (mls_tree_parse (mls_read_fixed (reader, reader->length), &tree));
  mls_tree_write (tree, out);
  mls_tree_free (tree);
  return MLS_OK;
}

static MlsResult
convert_group_secrets (MlsReader *reader, MlsWriter *out)
{
  MlsGroupSecrets secrets;

  mls_group_secrets_read (reader, &secrets);
  MLS_TRY (mls_reader_finish (reader));
  mls_group_secrets_write (out, &secrets);
  return MLS_OK;
}

static MlsResult
convert_add (MlsReader *reader, MlsWriter *out)
{
  MlsKeyPackage key_package;

  mls_key_package_read (reader, &key_package);
  MLS_TRY (mls_reader_finish (reader));
  write_key_package (out, &key_package);
  return MLS_OK;
}

static MlsResult
convert_remove (MlsReader *reader, MlsWriter *out)
{
  guint32 removed = mls_read_u32 (reader);

  MLS_TRY (mls_reader_finish (reader));
  mls_write_u32 (out, removed);
  return MLS_OK;
}

static MlsResult
convert_commit (MlsReader *reader, MlsWriter *out)
{
  MlsCommit commit;

  mls_commit_read (reader, &commit);
  MLS_TRY (mls_reader_finish (reader));
  write_commit (out, &commit);
  return MLS_OK;
}

static MlsResult
convert_public_message (MlsReader *reader, MlsWriter *out)
{
  MlsPublicMessage message;

  mls_public_message_read (reader, &message);
  MLS_TRY (mls_reader_finish (reader));
  write_public_message (out, &message);
  return MLS_OK;
}

static const struct
{
  const gchar *name;
  Convert convert;
  MlsResult refusal; /* of those outside the profile; MLS_OK for none */
  guint n_good; /* of 12 */
} kinds[] = {
  { "mls_welcome", convert_welcome, MLS_OK, 12 },
  { "mls_key_package", convert_key_package, MLS_OK, 12 },
  { "ratchet_tree", convert_tree, MLS_OK, 12 },
  { "group_secrets", convert_group_secrets, MLS_OK, 12 },
  { "add_proposal", convert_add, MLS_OK, 12 },
  { "remove_proposal", convert_remove, MLS_OK, 12 },
  { "commit", convert_commit, MLS_OK, 12 },
  { "public_message_proposal", convert_public_message, MLS_OK, 12 },
  { "public_message_commit", convert_public_message, MLS_OK, 12 },
  { "public_message_application", convert_public_message,
      MLS_ERROR_CONTENT_TYPE, 0 },
  { "private_message", convert_public_message, MLS_ERROR_WIRE_FORMAT, 0 },
  { "mls_group_info", convert_key_package, MLS_ERROR_WIRE_FORMAT, 0 },
};

static guint n_good[G_N_ELEMENTS (kinds)];

static void
check_kind (JsonObject *vector, guint kind)
{
  const gchar *name = kinds[kind].name;
  g_auto (Bytes) bytes = vector_bytes (vector, name);
  g_auto (MlsWriter) out = MLS_WRITER_INIT;
  MlsReader reader;
  MlsResult result;

  mls_reader_init (&reader, bytes_view (&bytes));
  result = kinds[kind].convert (&reader, &out);
  if (result == MLS_OK) {
    fail_unless_bytes (mls_writer_bytes (&out), bytes_view (&bytes));
    n_good[kind]++;
  } else {
    fail_unless (result == kinds[kind].refusal, "%s: %s", name,
        mls_result_text (result));
  }

  /* Cut off anywhere it is not taken. */
  for (gsize length = 0; length < bytes.length; length++) {
    g_auto (MlsWriter) ignored = MLS_WRITER_INIT;

    mls_reader_init (&reader, mls_bytes (bytes.data, length));
    fail_unless (kinds[kind].convert (&reader, &ignored) != MLS_OK, "%s of %u",
        name, (guint) length);
  }
}

static void
check_messages (JsonObject *vector, MlsCrypto *crypto)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    check_kind (vector, i);
}

GST_START_TEST (messages)
{
  memset (n_good, 0, sizeof n_good);
  mls_vectors_each ("messages.json", 12, check_messages);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    fail_unless (
        n_good[i] == kinds[i].n_good, "%s: %u", kinds[i].name, n_good[i]);
}
GST_END_TEST;

/* Messages of a real session, whole. */
static void
check_session (JsonObject *vector, MlsCrypto *crypto)
{
  JsonArray *epochs = json_object_get_array_member (vector, "epochs");
  static const gchar *name = "commit";

  for (guint i = 0; i < json_array_get_length (epochs); i++) {
    JsonObject *epoch = json_array_get_object_element (epochs, i);
    g_auto (Bytes) bytes = vector_bytes (epoch, name);
    g_auto (MlsWriter) out = MLS_WRITER_INIT;
    MlsReader reader;

    mls_reader_init (&reader, bytes_view (&bytes));
    fail_unless_mls (convert_public_message (&reader, &out), MLS_OK);
    fail_unless_bytes (mls_writer_bytes (&out), bytes_view (&bytes));
  }
}

GST_START_TEST (session_commits)
{
  mls_vectors_each ("passive-client-dave.json", 14, check_session);
}
GST_END_TEST;

GST_START_TEST (extensions)
{
  static const guint8 twice[] = { 0, 1, 0, 0, 2, 1, 7, 0, 1, 0 };
  static const guint8 cut[] = { 0, 1, 1 };
  g_auto (MlsWriter) writer = MLS_WRITER_INIT;
  MlsReader reader;
  MlsBytes data;

  fail_unless_mls (
      mls_extensions_check (MLS_BYTES_OF (twice)), MLS_ERROR_EXTENSION);
  fail_unless_mls (mls_extensions_check (mls_bytes (twice, 7)), MLS_OK);
  fail_unless (mls_extensions_find (MLS_BYTES_OF (twice), 2, &data));
  fail_unless_bytes (data, mls_bytes (twice + 6, 1));
  fail_unless (!mls_extensions_find (MLS_BYTES_OF (twice), 3, &data));

  mls_write_vector (&writer, MLS_BYTES_OF (cut));
  mls_reader_init (&reader, mls_writer_bytes (&writer));
  mls_extensions_read (&reader);
  fail_unless_mls (mls_reader_finish (&reader), MLS_ERROR_PARSE);

  /* More than anybody needs. */
  mls_writer_clear (&writer);
  {
    gsize begin = mls_write_vector_begin (&writer);

    for (guint i = 0; i < 65; i++)
      mls_extension_write (&writer, i, MLS_NO_BYTES);
    mls_write_vector_end (&writer, begin);
  }
  mls_reader_init (&reader, mls_writer_bytes (&writer));
  mls_extensions_read (&reader);
  fail_unless_mls (mls_reader_finish (&reader), MLS_ERROR_LIMIT);
}
GST_END_TEST;

static Suite *
mlsmessages_suite (void)
{
  Suite *suite = suite_create ("mlsmessages");
  TCase *tc = tcase_create ("all");

  tcase_add_test (tc, messages);
  tcase_add_test (tc, session_commits);
  tcase_add_test (tc, extensions);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (mlsmessages);
