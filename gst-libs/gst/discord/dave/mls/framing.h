/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* MLSMessage and PublicMessage (RFC 9420, section 6). */

#include "commit.h"

typedef enum
{
  MLS_WIRE_FORMAT_PUBLIC_MESSAGE = 1,
  MLS_WIRE_FORMAT_PRIVATE_MESSAGE = 2,
  MLS_WIRE_FORMAT_WELCOME = 3,
  MLS_WIRE_FORMAT_GROUP_INFO = 4,
  MLS_WIRE_FORMAT_KEY_PACKAGE = 5,
} MlsWireFormat;

typedef enum
{
  MLS_SENDER_MEMBER = 1,
  MLS_SENDER_EXTERNAL = 2,
} MlsSenderType;

typedef enum
{
  MLS_CONTENT_PROPOSAL = 2,
  MLS_CONTENT_COMMIT = 3,
} MlsContentType;

/* All a view of the message. */
typedef struct
{
  MlsBytes encoded; /* the MLSMessage */
  MlsBytes content; /* FramedContent */
  MlsBytes auth; /* FramedContentAuthData */

  MlsBytes group_id;
  uint64_t epoch;
  MlsSenderType sender_type;
  uint32_t sender; /* leaf, or number of the external sender */
  MlsBytes authenticated_data;
  MlsContentType content_type;
  MlsProposal proposal; /* the one of the content type */
  MlsCommit commit;

  MlsBytes signature;
  MlsBytes confirmation_tag; /* of commits */
  MlsBytes membership_tag; /* of members */
} MlsPublicMessage;

/* Fails unless the message is of version 1.0 and @wire_format. */
void mls_message_header_read (MlsReader *reader, MlsWireFormat wire_format);
void mls_message_header_write (MlsWriter *writer, MlsWireFormat wire_format);

/* A whole MLSMessage. Fails for senders, contents and proposals that DAVE does
 * not have. */
void mls_public_message_read (MlsReader *reader, MlsPublicMessage *out);
MlsResult mls_public_message_parse (MlsBytes bytes, MlsPublicMessage *out);

/* The pieces: FramedContent up to proposal or commit, and what follows them. */
void mls_framed_content_header_read (MlsReader *reader, MlsPublicMessage *out);
void mls_framed_content_auth_read (MlsReader *reader, MlsPublicMessage *out);

/* @group_context: encoded, of the message's epoch; only used for members. */
MlsResult mls_public_message_verify (MlsCrypto *crypto,
    const MlsPublicMessage *message, MlsBytes group_context,
    MlsBytes public_key);
MlsResult mls_public_message_check_membership (MlsCrypto *crypto,
    const MlsPublicMessage *message, MlsBytes group_context,
    const MlsSecret *membership_key);
MlsResult mls_proposal_ref (MlsCrypto *crypto, const MlsPublicMessage *message,
    uint8_t out[MLS_HASH_SIZE]);

/* The beginning of @message's FramedContent; proposal or commit come next. */
void mls_framed_content_header_write (
    MlsWriter *writer, const MlsPublicMessage *message);
/* Of @message's content, sender and content type. @out: signature. */
MlsResult mls_public_message_sign (MlsCrypto *crypto,
    const MlsPublicMessage *message, MlsBytes group_context,
    const MlsKeyPair *key, MlsWriter *out);
/* From content, signature and, for commits, confirmation tag. @membership_key
 * is only used for members. */
MlsResult mls_public_message_write (MlsWriter *writer, MlsCrypto *crypto,
    const MlsPublicMessage *message, MlsBytes group_context,
    const MlsSecret *membership_key);
