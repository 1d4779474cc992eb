/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Every parser of MLS messages. The first byte says which one comes first; what
 * it takes lies inside the input. */

#include "gst/discord/dave/mls/framing.h"
#include "gst/discord/dave/mls/ratchettree.h"
#include "gst/discord/dave/mls/welcome.h"

#include "fuzz.h"

typedef struct
{
  const uint8_t *data;
  size_t size;
} Input;

/* Keeps the reads. */
static volatile uint8_t sink;

static void
check_inside (const Input *input, MlsBytes bytes)
{
  if (bytes.length == 0)
    return;
  FUZZ_CHECK (bytes.data >= input->data);
  FUZZ_CHECK (bytes.data + bytes.length <= input->data + input->size);
  sink ^= bytes.data[0] ^ bytes.data[bytes.length - 1];
}

static void
check_leaf (const Input *input, const MlsLeafNode *leaf)
{
  check_inside (input, leaf->encoded);
  check_inside (input, leaf->to_be_signed);
  check_inside (input, leaf->encryption_key);
  check_inside (input, leaf->signature_key);
  check_inside (input, leaf->credential.identity);
  check_inside (input, leaf->capabilities.versions);
  check_inside (input, leaf->capabilities.credentials);
  check_inside (input, leaf->parent_hash);
  check_inside (input, leaf->extensions);
  check_inside (input, leaf->signature);
}

static void
check_key_package (const Input *input, const MlsKeyPackage *key_package)
{
  check_inside (input, key_package->encoded);
  check_inside (input, key_package->to_be_signed);
  check_inside (input, key_package->init_key);
  check_leaf (input, &key_package->leaf);
  check_inside (input, key_package->extensions);
  check_inside (input, key_package->signature);
}

static void
check_proposal (const Input *input, const MlsProposal *proposal)
{
  check_inside (input, proposal->encoded);
  FUZZ_CHECK (proposal->type == MLS_PROPOSAL_ADD
      || proposal->type == MLS_PROPOSAL_REMOVE);
  if (proposal->type == MLS_PROPOSAL_ADD)
    check_key_package (input, &proposal->key_package);
}

static void
check_path (const Input *input, const MlsUpdatePath *path)
{
  check_leaf (input, &path->leaf);
  FUZZ_CHECK (path->n_nodes <= MLS_MAX_DEPTH);
  for (unsigned i = 0; i < path->n_nodes; i++) {
    MlsReader reader;

    check_inside (input, path->nodes[i].encryption_key);
    mls_reader_init (&reader, path->nodes[i].ciphertexts);
    while (mls_reader_more (&reader)) {
      MlsHpkeCiphertext ciphertext = mls_hpke_ciphertext_read (&reader);

      check_inside (input, ciphertext.kem_output);
      check_inside (input, ciphertext.ciphertext);
    }
    FUZZ_CHECK (mls_reader_finish (&reader) == MLS_OK);
  }
}

static void
check_commit (const Input *input, const MlsCommit *commit)
{
  unsigned n = 0;
  MlsReader reader;

  mls_reader_init (&reader, commit->proposals);
  for (; mls_reader_more (&reader); n++) {
    MlsProposalOrRef item;

    mls_proposal_or_ref_read (&reader, &item);
    if (item.by_reference)
      check_inside (input, item.reference);
    else
      check_proposal (input, &item.proposal);
  }
  FUZZ_CHECK (mls_reader_finish (&reader) == MLS_OK);
  FUZZ_CHECK (n == commit->n_proposals && n <= MLS_MAX_PROPOSALS);
  if (commit->has_path)
    check_path (input, &commit->path);
}

static void
fuzz_public_message (const Input *input)
{
  MlsPublicMessage message;

  if (mls_public_message_parse (mls_bytes (input->data, input->size), &message)
      != MLS_OK)
    return;
  FUZZ_CHECK (message.encoded.length == input->size);
  check_inside (input, message.content);
  check_inside (input, message.auth);
  check_inside (input, message.group_id);
  check_inside (input, message.authenticated_data);
  check_inside (input, message.signature);
  check_inside (input, message.confirmation_tag);
  check_inside (input, message.membership_tag);
  if (message.content_type == MLS_CONTENT_PROPOSAL)
    check_proposal (input, &message.proposal);
  else
    check_commit (input, &message.commit);
}

static void
fuzz_key_package (const Input *input)
{
  MlsKeyPackage key_package;
  MlsReader reader;

  mls_reader_init (&reader, mls_bytes (input->data, input->size));
  mls_key_package_read (&reader, &key_package);
  if (mls_reader_finish (&reader) == MLS_OK)
    check_key_package (input, &key_package);
}

static void
fuzz_commit (const Input *input)
{
  MlsCommit commit;
  MlsReader reader;

  mls_reader_init (&reader, mls_bytes (input->data, input->size));
  mls_commit_read (&reader, &commit);
  if (mls_reader_finish (&reader) == MLS_OK)
    check_commit (input, &commit);
}

static void
fuzz_welcome (const Input *input)
{
  MlsWelcome welcome;
  MlsReader reader, secrets;

  mls_reader_init (&reader, mls_bytes (input->data, input->size));
  mls_welcome_read (&reader, &welcome);
  if (mls_reader_finish (&reader) != MLS_OK)
    return;
  check_inside (input, welcome.encrypted_group_info);
  mls_reader_init (&secrets, welcome.secrets);
  while (mls_reader_more (&secrets)) {
    MlsEncryptedGroupSecrets item;

    mls_encrypted_group_secrets_read (&secrets, &item);
    check_inside (input, item.new_member);
    check_inside (input, item.ciphertext.ciphertext);
  }
}

static void
fuzz_group_secrets (const Input *input)
{
  MlsGroupSecrets secrets;
  g_auto (MlsWriter) again = MLS_WRITER_INIT;
  MlsReader reader;

  mls_reader_init (&reader, mls_bytes (input->data, input->size));
  mls_group_secrets_read (&reader, &secrets);
  if (mls_reader_finish (&reader) != MLS_OK)
    return;
  mls_group_secrets_write (&again, &secrets);
  FUZZ_CHECK (mls_bytes_equal (
      mls_writer_bytes (&again), mls_bytes (input->data, input->size)));
}

static void
fuzz_group_info (const Input *input)
{
  MlsGroupInfo info;
  MlsReader reader;
  MlsExternalSender sender;

  mls_reader_init (&reader, mls_bytes (input->data, input->size));
  mls_group_info_read (&reader, &info);
  if (mls_reader_finish (&reader) != MLS_OK)
    return;
  check_inside (input, info.to_be_signed);
  check_inside (input, info.encoded_context);
  check_inside (input, info.context.group_id);
  check_inside (input, info.context.tree_hash);
  check_inside (input, info.confirmation_tag);
  check_inside (input, info.signature);
  mls_extensions_check (info.extensions);
  if (mls_external_sender_find (info.context.extensions, 0, &sender) == MLS_OK)
    check_inside (input, sender.signature_key);
}

static void
fuzz_external_sender (const Input *input)
{
  MlsExternalSender sender;

  if (mls_external_sender_parse (mls_bytes (input->data, input->size), &sender)
      != MLS_OK)
    return;
  check_inside (input, sender.signature_key);
  check_inside (input, sender.credential.identity);
}

static void (*const targets[]) (const Input *input) = {
  fuzz_public_message,
  fuzz_key_package,
  fuzz_commit,
  fuzz_welcome,
  fuzz_group_secrets,
  fuzz_group_info,
  fuzz_external_sender,
};

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  uint8_t *copy;

  if (size == 0)
    return 0;
  copy = fuzz_copy (data + 1, size - 1, 0);
  targets[data[0] % G_N_ELEMENTS (targets)](&(Input){ copy, size - 1 });
  free (copy);
  return 0;
}
