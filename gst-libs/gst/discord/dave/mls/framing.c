/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "framing.h"

#include "labels.h"
#include "signature.h"

static const char framed_content_label[] = "FramedContentTBS";

/* Version and wire format of what is signed, and the latter of what a proposal
 * reference is made of. */
static const uint8_t message_header[] = { 0, MLS_VERSION_10, 0,
  MLS_WIRE_FORMAT_PUBLIC_MESSAGE };

void
mls_message_header_read (MlsReader *reader, MlsWireFormat wire_format)
{
  if (mls_read_u16 (reader) != MLS_VERSION_10)
    mls_reader_fail (reader, MLS_ERROR_VERSION);
  if (mls_read_u16 (reader) != wire_format)
    mls_reader_fail (reader, MLS_ERROR_WIRE_FORMAT);
}

void
mls_message_header_write (MlsWriter *writer, MlsWireFormat wire_format)
{
  mls_write_u16 (writer, MLS_VERSION_10);
  mls_write_u16 (writer, (uint16_t) wire_format);
}

void
mls_framed_content_header_read (MlsReader *reader, MlsPublicMessage *out)
{
  out->group_id = mls_read_vector (reader);
  out->epoch = mls_read_u64 (reader);
  out->sender_type = mls_read_u8 (reader);
  if (out->sender_type != MLS_SENDER_MEMBER
      && out->sender_type != MLS_SENDER_EXTERNAL)
    mls_reader_fail (reader, MLS_ERROR_SENDER);
  out->sender = mls_read_u32 (reader);
  out->authenticated_data = mls_read_vector (reader);
  out->content_type = mls_read_u8 (reader);
}

void
mls_framed_content_auth_read (MlsReader *reader, MlsPublicMessage *out)
{
  const uint8_t *start = reader->data;

  out->signature = mls_read_vector (reader);
  if (out->content_type == MLS_CONTENT_COMMIT)
    out->confirmation_tag = mls_read_vector (reader);
  out->auth = mls_reader_since (reader, start);
  if (out->sender_type == MLS_SENDER_MEMBER)
    out->membership_tag = mls_read_vector (reader);
}

void
mls_public_message_read (MlsReader *reader, MlsPublicMessage *out)
{
  const uint8_t *start = reader->data, *content;

  *out = (MlsPublicMessage){ 0 };
  mls_message_header_read (reader, MLS_WIRE_FORMAT_PUBLIC_MESSAGE);
  content = reader->data;
  mls_framed_content_header_read (reader, out);
  if (out->content_type == MLS_CONTENT_PROPOSAL)
    mls_proposal_read (reader, &out->proposal);
  else if (out->content_type == MLS_CONTENT_COMMIT)
    mls_commit_read (reader, &out->commit);
  else
    mls_reader_fail (reader, MLS_ERROR_CONTENT_TYPE);
  out->content = mls_reader_since (reader, content);
  mls_framed_content_auth_read (reader, out);
  out->encoded = mls_reader_since (reader, start);
}

MlsResult
mls_public_message_parse (MlsBytes bytes, MlsPublicMessage *out)
{
  MlsReader reader;

  mls_reader_init (&reader, bytes);
  mls_public_message_read (&reader, out);
  return mls_reader_finish (&reader);
}

/* FramedContentTBS, in parts. An external sender knows no GroupContext. */
#define N_SIGNED_PARTS 3

static void
signed_parts (const MlsPublicMessage *message, MlsBytes group_context,
    MlsBytes parts[N_SIGNED_PARTS])
{
  parts[0] = MLS_BYTES_OF (message_header);
  parts[1] = message->content;
  parts[2] =
      message->sender_type == MLS_SENDER_MEMBER ? group_context : MLS_NO_BYTES;
}

MlsResult
mls_public_message_verify (MlsCrypto *crypto, const MlsPublicMessage *message,
    MlsBytes group_context, MlsBytes public_key)
{
  MlsBytes parts[N_SIGNED_PARTS];

  signed_parts (message, group_context, parts);
  return mls_verify_with_label (crypto, public_key, framed_content_label, parts,
      N_SIGNED_PARTS, message->signature);
}

static MlsResult
membership_tag (MlsCrypto *crypto, const MlsPublicMessage *message,
    MlsBytes group_context, const MlsSecret *membership_key,
    uint8_t out[MLS_HASH_SIZE])
{
  MlsBytes parts[N_SIGNED_PARTS + 1];

  signed_parts (message, group_context, parts);
  parts[N_SIGNED_PARTS] = message->auth;
  return mls_hmac (crypto, MLS_SECRET_BYTES (membership_key), parts,
      G_N_ELEMENTS (parts), out);
}

MlsResult
mls_public_message_check_membership (MlsCrypto *crypto,
    const MlsPublicMessage *message, MlsBytes group_context,
    const MlsSecret *membership_key)
{
  uint8_t tag[MLS_HASH_SIZE];

  MLS_TRY (
      membership_tag (crypto, message, group_context, membership_key, tag));
  return mls_bytes_equal_secret (MLS_BYTES_OF (tag), message->membership_tag)
      ? MLS_OK
      : MLS_ERROR_MEMBERSHIP_TAG;
}

/* Of the AuthenticatedContent. */
MlsResult
mls_proposal_ref (MlsCrypto *crypto, const MlsPublicMessage *message,
    uint8_t out[MLS_HASH_SIZE])
{
  const MlsBytes parts[] = { mls_bytes (message_header + 2, 2),
    message->content, message->auth };

  return mls_ref_hash (
      crypto, MLS_PROPOSAL_REF_LABEL, parts, G_N_ELEMENTS (parts), out);
}

void
mls_framed_content_header_write (
    MlsWriter *writer, const MlsPublicMessage *message)
{
  mls_write_vector (writer, message->group_id);
  mls_write_u64 (writer, message->epoch);
  mls_write_u8 (writer, (uint8_t) message->sender_type);
  mls_write_u32 (writer, message->sender);
  mls_write_vector (writer, message->authenticated_data);
  mls_write_u8 (writer, (uint8_t) message->content_type);
}

MlsResult
mls_public_message_sign (MlsCrypto *crypto, const MlsPublicMessage *message,
    MlsBytes group_context, const MlsKeyPair *key, MlsWriter *out)
{
  MlsBytes parts[N_SIGNED_PARTS];
  uint8_t signature[MLS_SIGNATURE_MAX_SIZE];
  size_t length;

  signed_parts (message, group_context, parts);
  MLS_TRY (mls_sign_with_label (crypto, key, framed_content_label, parts,
      N_SIGNED_PARTS, signature, &length));
  mls_write_fixed (out, mls_bytes (signature, length));
  return MLS_OK;
}

MlsResult
mls_public_message_write (MlsWriter *writer, MlsCrypto *crypto,
    const MlsPublicMessage *message, MlsBytes group_context,
    const MlsSecret *membership_key)
{
  g_auto (MlsWriter) auth = MLS_WRITER_INIT;
  MlsPublicMessage tagged = *message;
  uint8_t tag[MLS_HASH_SIZE];

  mls_write_vector (&auth, message->signature);
  if (message->content_type == MLS_CONTENT_COMMIT)
    mls_write_vector (&auth, message->confirmation_tag);
  tagged.auth = mls_writer_bytes (&auth);

  mls_message_header_write (writer, MLS_WIRE_FORMAT_PUBLIC_MESSAGE);
  mls_write_fixed (writer, message->content);
  mls_write_fixed (writer, tagged.auth);
  if (message->sender_type != MLS_SENDER_MEMBER)
    return MLS_OK;
  MLS_TRY (
      membership_tag (crypto, &tagged, group_context, membership_key, tag));
  mls_write_vector (writer, MLS_BYTES_OF (tag));
  return MLS_OK;
}
