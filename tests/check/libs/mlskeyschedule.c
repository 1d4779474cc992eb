/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/dave/mls/framing.h"
#include "gst/discord/dave/mls/groupcontext.h"
#include "gst/discord/dave/mls/keyschedule.h"
#include "gst/discord/dave/mls/labels.h"

#include "mlsvectors.h"

static void
check_context (JsonObject *epoch, MlsBytes group_id, guint64 number)
{
  g_auto (Bytes) tree_hash = vector_bytes (epoch, "tree_hash");
  g_auto (Bytes) confirmed = vector_bytes (epoch, "confirmed_transcript_hash");
  g_auto (Bytes) expected = vector_bytes (epoch, "group_context");
  g_auto (MlsWriter) writer = MLS_WRITER_INIT;
  MlsGroupContext context = { group_id, number, bytes_view (&tree_hash),
    bytes_view (&confirmed), MLS_NO_BYTES };
  MlsReader reader;

  mls_group_context_write (&writer, &context);
  fail_unless_bytes (mls_writer_bytes (&writer), bytes_view (&expected));

  mls_reader_init (&reader, bytes_view (&expected));
  mls_group_context_read (&reader, &context);
  fail_unless_mls (mls_reader_finish (&reader), MLS_OK);
  fail_unless_equals_uint64 (context.epoch, number);
  fail_unless_bytes (context.group_id, group_id);
  fail_unless_bytes (context.tree_hash, bytes_view (&tree_hash));
  fail_unless_bytes (
      context.confirmed_transcript_hash, bytes_view (&confirmed));
}

static void
check_exporter (
    JsonObject *vector, const MlsEpochSecrets *secrets, MlsCrypto *crypto)
{
  g_auto (Bytes) context = vector_bytes (vector, "context");
  gsize length = json_object_get_int_member (vector, "length");
  g_autofree guint8 *out = g_malloc (length);

  fail_unless_mls (mls_exporter (crypto, &secrets->exporter,
                       json_object_get_string_member (vector, "label"),
                       bytes_view (&context), out, length),
      MLS_OK);
  check_member (vector, "secret", mls_bytes (out, length));
}

static void
check_derived (JsonObject *epoch, const gchar *name, const gchar *label,
    const MlsSecret *epoch_secret, MlsCrypto *crypto)
{
  MlsSecret derived;

  fail_unless_mls (mls_derive_secret (crypto, MLS_SECRET_BYTES (epoch_secret),
                       label, &derived),
      MLS_OK);
  check_member (epoch, name, MLS_SECRET_BYTES (&derived));
}

static void
check_external (
    JsonObject *epoch, const MlsSecret *epoch_secret, MlsCrypto *crypto)
{
  MlsSecret external;
  MlsKeyPair pair;

  check_derived (epoch, "external_secret", "external", epoch_secret, crypto);
  external = vector_secret (epoch, "external_secret");
  fail_unless_mls (
      mls_hpke_derive_key_pair (crypto, MLS_SECRET_BYTES (&external), &pair),
      MLS_OK);
  check_member (epoch, "external_pub", MLS_BYTES_OF (pair.public_key));
}

static void
check_epoch (JsonObject *epoch, MlsSecret *init, MlsCrypto *crypto)
{
  g_auto (Bytes) context = vector_bytes (epoch, "group_context");
  MlsSecret commit = vector_secret (epoch, "commit_secret");
  MlsSecret psk = vector_secret (epoch, "psk_secret");
  MlsSecret joiner, welcome, epoch_secret;
  g_auto (MlsEpochSecrets) secrets = MLS_EPOCH_SECRETS_INIT;

  fail_unless_mls (
      mls_joiner_secret (crypto, init, &commit, bytes_view (&context), &joiner),
      MLS_OK);
  check_member (epoch, "joiner_secret", MLS_SECRET_BYTES (&joiner));
  fail_unless_mls (
      mls_welcome_secret (crypto, &joiner, &psk, &welcome), MLS_OK);
  check_member (epoch, "welcome_secret", MLS_SECRET_BYTES (&welcome));
  fail_unless_mls (mls_epoch_secret (crypto, &joiner, &psk,
                       bytes_view (&context), &epoch_secret),
      MLS_OK);
  fail_unless_mls (
      mls_epoch_secrets_derive (crypto, &epoch_secret, &secrets), MLS_OK);

  check_member (epoch, "exporter_secret", MLS_SECRET_BYTES (&secrets.exporter));
  check_member (
      epoch, "confirmation_key", MLS_SECRET_BYTES (&secrets.confirmation_key));
  check_member (
      epoch, "membership_key", MLS_SECRET_BYTES (&secrets.membership_key));
  check_member (
      epoch, "epoch_authenticator", MLS_SECRET_BYTES (&secrets.authenticator));
  check_member (epoch, "init_secret", MLS_SECRET_BYTES (&secrets.init));
  check_derived (
      epoch, "sender_data_secret", "sender data", &epoch_secret, crypto);
  check_derived (
      epoch, "encryption_secret", "encryption", &epoch_secret, crypto);
  check_derived (epoch, "resumption_psk", "resumption", &epoch_secret, crypto);
  check_external (epoch, &epoch_secret, crypto);
  check_exporter (
      json_object_get_object_member (epoch, "exporter"), &secrets, crypto);
  *init = secrets.init;
}

static void
check_schedule (JsonObject *vector, MlsCrypto *crypto)
{
  JsonArray *epochs = json_object_get_array_member (vector, "epochs");
  g_auto (Bytes) group_id = vector_bytes (vector, "group_id");
  MlsSecret init = vector_secret (vector, "initial_init_secret");

  fail_unless_equals_int (json_array_get_length (epochs), 5);
  for (guint i = 0; i < 5; i++) {
    JsonObject *epoch = json_array_get_object_element (epochs, i);

    check_context (epoch, bytes_view (&group_id), i);
    check_epoch (epoch, &init, crypto);
  }
}

GST_START_TEST (schedule)
{
  mls_vectors_each ("key-schedule.json", 1, check_schedule);
}
GST_END_TEST;

static void
check_transcript (JsonObject *vector, MlsCrypto *crypto)
{
  g_auto (Bytes) bytes = vector_bytes (vector, "authenticated_content");
  g_auto (Bytes) before =
      vector_bytes (vector, "interim_transcript_hash_before");
  MlsSecret key = vector_secret (vector, "confirmation_key");
  MlsPublicMessage message = { 0 };
  MlsReader reader;
  const guint8 *content;
  guint8 confirmed[MLS_HASH_SIZE], interim[MLS_HASH_SIZE], tag[MLS_HASH_SIZE];

  /* AuthenticatedContent begins with the wire format, without a version. */
  mls_reader_init (&reader, bytes_view (&bytes));
  fail_unless_equals_int (
      mls_read_u16 (&reader), MLS_WIRE_FORMAT_PUBLIC_MESSAGE);
  content = reader.data;
  mls_framed_content_header_read (&reader, &message);
  fail_unless_equals_int (message.content_type, MLS_CONTENT_COMMIT);
  mls_commit_read (&reader, &message.commit);
  message.content = mls_reader_since (&reader, content);
  message.signature = mls_read_vector (&reader);
  message.confirmation_tag = mls_read_vector (&reader);
  fail_unless_mls (mls_reader_finish (&reader), MLS_OK);

  fail_unless_equals_int (before.length, MLS_HASH_SIZE);
  fail_unless_mls (mls_confirmed_transcript_hash (crypto, before.data,
                       message.content, message.signature, confirmed),
      MLS_OK);
  check_member (
      vector, "confirmed_transcript_hash_after", MLS_BYTES_OF (confirmed));
  fail_unless_mls (
      mls_confirmation_tag (crypto, &key, MLS_BYTES_OF (confirmed), tag),
      MLS_OK);
  fail_unless_bytes (MLS_BYTES_OF (tag), message.confirmation_tag);
  fail_unless_mls (
      mls_interim_transcript_hash (
          crypto, MLS_BYTES_OF (confirmed), message.confirmation_tag, interim),
      MLS_OK);
  check_member (
      vector, "interim_transcript_hash_after", MLS_BYTES_OF (interim));
}

GST_START_TEST (transcript)
{
  mls_vectors_each ("transcript-hashes.json", 1, check_transcript);
}
GST_END_TEST;

typedef struct
{
  MlsCrypto *crypto;
  MlsBytes context;
  MlsBytes public_key;
  MlsSecret membership_key;
} Protection;

static void
check_protection_of (Protection *self, const MlsPublicMessage *message)
{
  MlsPublicMessage damaged = *message;
  g_auto (Bytes) tag = bytes_copy (
      message->membership_tag.data, message->membership_tag.length, 0);

  fail_unless_equals_int (message->sender_type, MLS_SENDER_MEMBER);
  fail_unless_equals_int (message->sender, 1);
  fail_unless_mls (mls_public_message_verify (
                       self->crypto, message, self->context, self->public_key),
      MLS_OK);
  fail_unless_mls (mls_public_message_verify (
                       self->crypto, message, MLS_NO_BYTES, self->public_key),
      MLS_ERROR_SIGNATURE);
  fail_unless_mls (mls_public_message_check_membership (self->crypto, message,
                       self->context, &self->membership_key),
      MLS_OK);

  tag.data[31] ^= 1;
  damaged.membership_tag = bytes_view (&tag);
  fail_unless_mls (mls_public_message_check_membership (self->crypto, &damaged,
                       self->context, &self->membership_key),
      MLS_ERROR_MEMBERSHIP_TAG);
  damaged.membership_tag.length = 16;
  fail_unless_mls (mls_public_message_check_membership (self->crypto, &damaged,
                       self->context, &self->membership_key),
      MLS_ERROR_MEMBERSHIP_TAG);
}

/* What we sign and tag ourselves is the same but for the signature. */
static void
check_own (
    Protection *self, JsonObject *vector, const MlsPublicMessage *original)
{
  MlsKeyPair key = vector_key_pair (vector, "signature_priv", self->crypto);
  g_auto (MlsWriter) signature = MLS_WRITER_INIT;
  g_auto (MlsWriter) out = MLS_WRITER_INIT;
  g_auto (MlsWriter) content = MLS_WRITER_INIT;
  MlsPublicMessage message = *original, parsed;

  mls_framed_content_header_write (&content, original);
  mls_write_fixed (&content, original->proposal.encoded);
  fail_unless_bytes (mls_writer_bytes (&content), original->content);

  fail_unless_mls (mls_public_message_sign (
                       self->crypto, &message, self->context, &key, &signature),
      MLS_OK);
  message.signature = mls_writer_bytes (&signature);
  fail_unless_mls (mls_public_message_write (&out, self->crypto, &message,
                       self->context, &self->membership_key),
      MLS_OK);
  fail_unless_mls (
      mls_public_message_parse (mls_writer_bytes (&out), &parsed), MLS_OK);
  fail_unless_bytes (parsed.content, original->content);
  check_protection_of (self, &parsed);
}

static void
check_protection (JsonObject *vector, MlsCrypto *crypto)
{
  g_auto (Bytes) group_id = vector_bytes (vector, "group_id");
  g_auto (Bytes) tree_hash = vector_bytes (vector, "tree_hash");
  g_auto (Bytes) confirmed = vector_bytes (vector, "confirmed_transcript_hash");
  g_auto (Bytes) public_key = vector_bytes (vector, "signature_pub");
  g_auto (Bytes) proposal = vector_bytes (vector, "proposal_pub");
  g_auto (Bytes) commit = vector_bytes (vector, "commit_pub");
  g_auto (Bytes) commit_body = vector_bytes (vector, "commit");
  g_auto (MlsWriter) context = MLS_WRITER_INIT;
  const MlsGroupContext fields = { bytes_view (&group_id),
    json_object_get_int_member (vector, "epoch"), bytes_view (&tree_hash),
    bytes_view (&confirmed), MLS_NO_BYTES };
  Protection self = { .crypto = crypto,
    .public_key = bytes_view (&public_key),
    .membership_key = vector_secret (vector, "membership_key") };
  MlsPublicMessage message;
  MlsReader reader;
  const guint8 *content;

  mls_group_context_write (&context, &fields);
  self.context = mls_writer_bytes (&context);

  fail_unless_mls (
      mls_public_message_parse (bytes_view (&proposal), &message), MLS_OK);
  check_member (vector, "proposal", message.proposal.encoded);
  check_protection_of (&self, &message);
  check_own (&self, vector, &message);

  /* Holds a proposal outside the profile: not to be parsed as a whole. */
  fail_unless_mls (mls_public_message_parse (bytes_view (&commit), &message),
      MLS_ERROR_PROPOSAL_TYPE);
  message = (MlsPublicMessage){ 0 };
  mls_reader_init (&reader, bytes_view (&commit));
  mls_message_header_read (&reader, MLS_WIRE_FORMAT_PUBLIC_MESSAGE);
  content = reader.data;
  mls_framed_content_header_read (&reader, &message);
  fail_unless_bytes (
      mls_read_fixed (&reader, commit_body.length), bytes_view (&commit_body));
  message.content = mls_reader_since (&reader, content);
  mls_framed_content_auth_read (&reader, &message);
  fail_unless_mls (mls_reader_finish (&reader), MLS_OK);
  check_protection_of (&self, &message);
}

GST_START_TEST (protection)
{
  mls_vectors_each ("message-protection.json", 1, check_protection);
}
GST_END_TEST;

/* The gateway's own bytes: its key, an Add signed by it, the reference it
 * revokes that with. */
GST_START_TEST (production)
{
  g_autoptr (JsonParser) parser = mls_vectors_load ("../dave-production.json");
  JsonObject *vector = json_node_get_object (json_parser_get_root (parser));
  g_autoptr (MlsCrypto) crypto = mls_crypto_new ();
  g_auto (Bytes) sender_bytes = vector_bytes (vector, "external_sender");
  g_auto (Bytes) append = vector_bytes (vector, "op27_append");
  g_auto (Bytes) revoke = vector_bytes (vector, "op27_revoke");
  guint8 group_id[MLS_USER_ID_SIZE], ref[MLS_HASH_SIZE];
  guint64 user_id;
  MlsExternalSender sender;
  MlsPublicMessage message;
  MlsReader reader;

  fail_unless_mls (
      mls_external_sender_parse (bytes_view (&sender_bytes), &sender), MLS_OK);
  fail_unless_equals_int (sender.credential.identity.length, 1);

  mls_reader_init (&reader, bytes_view (&append));
  fail_unless_mls (
      mls_public_message_parse (mls_read_vector (&reader), &message), MLS_OK);
  fail_unless_mls (mls_reader_finish (&reader), MLS_OK);
  mls_user_id_encode (
      g_ascii_strtoull (
          json_object_get_string_member (vector, "group_id"), NULL, 10),
      group_id);
  fail_unless_bytes (message.group_id, MLS_BYTES_OF (group_id));
  fail_unless_equals_uint64 (message.epoch, 0);
  fail_unless_equals_int (message.sender_type, MLS_SENDER_EXTERNAL);
  fail_unless_mls (mls_public_message_verify (
                       crypto, &message, MLS_NO_BYTES, sender.signature_key),
      MLS_OK);
  fail_unless_mls (
      mls_key_package_check (crypto, &message.proposal.key_package), MLS_OK);
  fail_unless_mls (mls_credential_user_id (
                       &message.proposal.key_package.leaf.credential, &user_id),
      MLS_OK);
  fail_unless_equals_uint64 (user_id,
      g_ascii_strtoull (
          json_object_get_string_member (vector, "added_user_id"), NULL, 10));

  fail_unless_mls (mls_proposal_ref (crypto, &message, ref), MLS_OK);
  check_member (vector, "proposal_ref", MLS_BYTES_OF (ref));
  mls_reader_init (&reader, bytes_view (&revoke));
  mls_reader_init (&reader, mls_read_vector (&reader));
  fail_unless_bytes (mls_read_vector (&reader), MLS_BYTES_OF (ref));
  fail_unless_mls (mls_reader_finish (&reader), MLS_OK);
}
GST_END_TEST;

static Suite *
mlskeyschedule_suite (void)
{
  Suite *suite = suite_create ("mlskeyschedule");
  TCase *tc = tcase_create ("all");

  tcase_add_test (tc, schedule);
  tcase_add_test (tc, transcript);
  tcase_add_test (tc, protection);
  tcase_add_test (tc, production);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (mlskeyschedule);
