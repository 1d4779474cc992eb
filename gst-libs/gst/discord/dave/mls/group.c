/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "group-private.h"

#include "treecheck.h"

static MlsGroup *
group_new (const MlsGroupConfig *config, MlsEpochState *state)
{
  MlsGroup *self = g_new0 (MlsGroup, 1);

  self->state = state;
  self->signature_key = *config->signature_key;
  self->queue = mls_proposal_queue_new ();
  return self;
}

void
mls_group_free (MlsGroup *self)
{
  mls_group_forget_commit (self);
  mls_proposal_queue_free (self->queue);
  mls_epoch_state_free (self->state);
  mls_key_pair_clear (&self->signature_key);
  g_free (self);
}

/* The group's only extension. */
static MlsResult
write_extensions (const MlsGroupConfig *config, MlsWriter *writer)
{
  MlsExternalSender sender;

  if (config->external_sender.length == 0)
    return MLS_ERROR_EXTERNAL_SENDER;
  MLS_TRY (mls_external_sender_parse (config->external_sender, &sender));
  mls_external_senders_write (writer, config->external_sender);
  return MLS_OK;
}

MlsResult
mls_group_create (const MlsGroupConfig *config, MlsGroup **out)
{
  uint8_t group_id[MLS_USER_ID_SIZE], identity[MLS_USER_ID_SIZE];
  g_auto (MlsOwnKeyPackage) own = MLS_OWN_KEY_PACKAGE_INIT;
  g_auto (MlsWriter) extensions = MLS_WRITER_INIT;
  MlsEpochState *state;
  MlsKeyPackage key_package;
  MlsReader reader;

  MLS_TRY (write_extensions (config, &extensions));
  mls_user_id_encode (config->group_id, group_id);
  mls_user_id_encode (config->user_id, identity);
  /* The founder's leaf has a key package's form (RFC 9420, section 11), but keys
   * that are in no key package. */
  MLS_TRY (mls_own_key_package_make (
      config->crypto, MLS_BYTES_OF (identity), config->signature_key, &own));
  mls_reader_init (&reader, mls_own_key_package_bytes (&own));
  mls_key_package_read (&reader, &key_package);
  MLS_TRY (mls_reader_finish (&reader));

  MLS_TRY (mls_epoch_state_create (config->crypto, MLS_BYTES_OF (group_id),
      mls_writer_bytes (&extensions), &key_package.leaf, &own.leaf, &state));
  *out = group_new (config, state);
  return MLS_OK;
}

/* What DAVE demands of the group of a Welcome. Members that the gateway did not
 * announce are none of it: they may have gone since. */
static MlsResult
check_joined (const MlsGroupConfig *config, const MlsEpochState *state,
    MlsBytes extensions)
{
  uint8_t group_id[MLS_USER_ID_SIZE];
  const MlsLeafNode *own = mls_tree_leaf (state->tree, state->keys.leaf);
  uint64_t user_id;

  mls_user_id_encode (config->group_id, group_id);
  if (!mls_bytes_equal (
          mls_epoch_state_group_id (state), MLS_BYTES_OF (group_id)))
    return MLS_ERROR_GROUP_ID;
  if (!mls_bytes_equal (mls_epoch_state_extensions (state), extensions))
    return MLS_ERROR_EXTERNAL_SENDER;
  MLS_TRY (mls_tree_check_users (state->tree));

  /* A key package made with another identity than the group shall have. */
  MLS_TRY (mls_credential_user_id (&own->credential, &user_id));
  if (user_id != config->user_id
      || !mls_bytes_equal (
          own->signature_key, MLS_BYTES_OF (config->signature_key->public_key)))
    return MLS_ERROR_STATE;
  return MLS_OK;
}

MlsResult
mls_group_join (const MlsGroupConfig *config,
    const MlsOwnKeyPackage *key_package, MlsBytes welcome, MlsGroup **out)
{
  g_auto (MlsWriter) extensions = MLS_WRITER_INIT;
  g_autoptr (MlsEpochState) state = NULL;

  MLS_TRY (write_extensions (config, &extensions));
  MLS_TRY (mls_epoch_state_join (
      config->crypto, welcome, key_package, MLS_NO_BYTES, &state));
  MLS_TRY (check_joined (config, state, mls_writer_bytes (&extensions)));
  *out = group_new (config, g_steal_pointer (&state));
  return MLS_OK;
}

uint64_t
mls_group_epoch (const MlsGroup *self)
{
  return self->state->epoch;
}

uint32_t
mls_group_own_leaf (const MlsGroup *self)
{
  return self->state->keys.leaf;
}

MlsBytes
mls_group_epoch_authenticator (const MlsGroup *self)
{
  return MLS_SECRET_BYTES (&self->state->secrets.authenticator);
}

bool
mls_group_next_member (const MlsGroup *self, uint32_t *position, MlsMember *out)
{
  const MlsTree *tree = self->state->tree;

  for (; *position < tree->n_leaves; ++*position) {
    const MlsLeafNode *leaf = mls_tree_leaf (tree, *position);

    /* Every leaf's credential was checked when it came. */
    if (leaf == NULL
        || mls_credential_user_id (&leaf->credential, &out->user_id) != MLS_OK)
      continue;
    out->leaf_index = (*position)++;
    out->signature_key = leaf->signature_key;
    return true;
  }
  return false;
}

unsigned
mls_group_n_members (const MlsGroup *self)
{
  uint32_t position = 0;
  MlsMember member;
  unsigned n = 0;

  while (mls_group_next_member (self, &position, &member))
    n++;
  return n;
}

MlsResult
mls_group_export (MlsGroup *self, const char *label, MlsBytes context,
    uint8_t *out, size_t length)
{
  return mls_exporter (self->state->crypto, &self->state->secrets.exporter,
      label, context, out, length);
}

MlsResult
mls_group_sender_secret (
    MlsGroup *self, uint64_t user_id, uint8_t out[MLS_SENDER_SECRET_SIZE])
{
  uint8_t context[MLS_USER_ID_SIZE];

  /* Little-endian, other than everywhere else. */
  for (unsigned i = 0; i < sizeof context; i++)
    context[i] = (uint8_t) (user_id >> (8 * i));
  return mls_group_export (self, "Discord Secure Frames v0",
      MLS_BYTES_OF (context), out, MLS_SENDER_SECRET_SIZE);
}
