/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "mlsgateway.h"

void
gateway_init (Gateway *self)
{
  static const guint8 identity[] = { 0 };
  const MlsCredential credential = { MLS_CREDENTIAL_BASIC,
    MLS_BYTES_OF (identity) };

  *self =
      (Gateway){ .crypto = mls_crypto_new (), .group_id = GATEWAY_GROUP_ID };
  fail_unless_mls (mls_key_pair_generate (self->crypto, &self->key), MLS_OK);
  mls_write_vector (
      &self->external_sender, MLS_BYTES_OF (self->key.public_key));
  mls_credential_write (&self->external_sender, &credential);
}

void
gateway_clear (Gateway *self)
{
  mls_writer_clear (&self->external_sender);
  mls_crypto_free (self->crypto);
}

static void
propose (Gateway *self, guint64 epoch, const MlsWriter *proposal,
    MlsWriter *messages, guint8 reference[MLS_HASH_SIZE])
{
  guint8 group_id[MLS_USER_ID_SIZE];
  g_auto (MlsWriter) content = MLS_WRITER_INIT;
  g_auto (MlsWriter) signature = MLS_WRITER_INIT;
  gsize start = messages->length;
  MlsPublicMessage message = { .group_id = MLS_BYTES_OF (group_id),
    .epoch = epoch,
    .sender_type = MLS_SENDER_EXTERNAL,
    .content_type = MLS_CONTENT_PROPOSAL };

  mls_user_id_encode (self->group_id, group_id);
  mls_framed_content_header_write (&content, &message);
  mls_write_fixed (&content, mls_writer_bytes (proposal));
  message.content = mls_writer_bytes (&content);
  fail_unless_mls (mls_public_message_sign (self->crypto, &message,
                       MLS_NO_BYTES, &self->key, &signature),
      MLS_OK);
  message.signature = mls_writer_bytes (&signature);
  fail_unless_mls (mls_public_message_write (
                       messages, self->crypto, &message, MLS_NO_BYTES, NULL),
      MLS_OK);

  if (reference == NULL)
    return;
  fail_unless_mls (mls_public_message_parse (mls_bytes (messages->data + start,
                                                 messages->length - start),
                       &message),
      MLS_OK);
  fail_unless_mls (
      mls_proposal_ref (self->crypto, &message, reference), MLS_OK);
}

void
gateway_propose_add (Gateway *self, guint64 epoch, MlsBytes key_package,
    MlsWriter *messages, guint8 reference[MLS_HASH_SIZE])
{
  g_auto (MlsWriter) proposal = MLS_WRITER_INIT;

  mls_add_proposal_write (&proposal, key_package);
  propose (self, epoch, &proposal, messages, reference);
}

void
gateway_propose_remove (Gateway *self, guint64 epoch, guint32 leaf,
    MlsWriter *messages, guint8 reference[MLS_HASH_SIZE])
{
  g_auto (MlsWriter) proposal = MLS_WRITER_INIT;

  mls_remove_proposal_write (&proposal, leaf);
  propose (self, epoch, &proposal, messages, reference);
}

static bool
expect_everybody (uint64_t user_id, void *data)
{
  return true;
}

static MlsResult
take (MlsGroup *group, guint8 operation, MlsBytes content)
{
  g_auto (MlsWriter) payload = MLS_WRITER_INIT;

  mls_write_u8 (&payload, operation);
  mls_write_vector (&payload, content);
  return mls_group_take_proposals (
      group, mls_writer_bytes (&payload), expect_everybody, NULL);
}

MlsResult
gateway_append (MlsGroup *group, const MlsWriter *messages)
{
  return take (group, 0, mls_writer_bytes (messages));
}

MlsResult
gateway_revoke (MlsGroup *group, const guint8 reference[MLS_HASH_SIZE])
{
  g_auto (MlsWriter) references = MLS_WRITER_INIT;

  mls_write_vector (&references, mls_bytes (reference, MLS_HASH_SIZE));
  return take (group, 1, mls_writer_bytes (&references));
}

Client *
client_new (Gateway *gateway, guint64 user_id)
{
  Client *self = g_new0 (Client, 1);

  self->gateway = gateway;
  self->user_id = user_id;
  fail_unless_mls (
      mls_key_pair_generate (gateway->crypto, &self->signature_key), MLS_OK);
  client_renew (self);
  return self;
}

void
client_free (Client *self)
{
  g_clear_pointer (&self->group, mls_group_free);
  mls_own_key_package_clear (&self->key_package);
  g_free (self);
}

void
client_renew (Client *self)
{
  guint8 identity[MLS_USER_ID_SIZE];

  g_clear_pointer (&self->group, mls_group_free);
  mls_own_key_package_clear (&self->key_package);
  mls_user_id_encode (self->user_id, identity);
  fail_unless_mls (
      mls_own_key_package_make (self->gateway->crypto, MLS_BYTES_OF (identity),
          &self->signature_key, &self->key_package),
      MLS_OK);
}

MlsBytes
client_key_package (const Client *self)
{
  return mls_own_key_package_bytes (&self->key_package);
}

static MlsGroupConfig
client_config (const Client *self)
{
  return (MlsGroupConfig){ self->gateway->crypto, self->gateway->group_id,
    self->user_id, mls_writer_bytes (&self->gateway->external_sender),
    &self->signature_key };
}

void
client_create (Client *self)
{
  const MlsGroupConfig config = client_config (self);

  g_clear_pointer (&self->group, mls_group_free);
  fail_unless_mls (mls_group_create (&config, &self->group), MLS_OK);
}

MlsResult
client_join (Client *self, MlsBytes welcome)
{
  const MlsGroupConfig config = client_config (self);

  g_clear_pointer (&self->group, mls_group_free);
  return mls_group_join (&config, &self->key_package, welcome, &self->group);
}

static void
check_same_members (const MlsGroup *a, const MlsGroup *b)
{
  guint32 position_a = 0, position_b = 0;
  MlsMember member_a, member_b;

  while (mls_group_next_member (a, &position_a, &member_a)) {
    fail_unless (mls_group_next_member (b, &position_b, &member_b));
    fail_unless_equals_int (member_a.leaf_index, member_b.leaf_index);
    fail_unless_equals_uint64 (member_a.user_id, member_b.user_id);
    fail_unless_bytes (member_a.signature_key, member_b.signature_key);
  }
  fail_unless (!mls_group_next_member (b, &position_b, &member_b));
}

void
check_same_group (const Client *a, const Client *b)
{
  guint8 secret_a[MLS_SENDER_SECRET_SIZE], secret_b[MLS_SENDER_SECRET_SIZE];

  fail_unless_equals_uint64 (
      mls_group_epoch (a->group), mls_group_epoch (b->group));
  fail_unless_bytes (mls_group_epoch_authenticator (a->group),
      mls_group_epoch_authenticator (b->group));
  fail_unless_mls (
      mls_group_sender_secret (a->group, a->user_id, secret_a), MLS_OK);
  fail_unless_mls (
      mls_group_sender_secret (b->group, a->user_id, secret_b), MLS_OK);
  fail_unless_bytes (MLS_BYTES_OF (secret_a), MLS_BYTES_OF (secret_b));
  check_same_members (a->group, b->group);
}
