/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Credentials, extensions and the external sender (RFC 9420, sections 5.3,
 * 12.1.8.1 and 13). */

#include "wire.h"

#define MLS_VERSION_10 1
#define MLS_CREDENTIAL_BASIC 1

#define MLS_EXTENSION_RATCHET_TREE 2
#define MLS_EXTENSION_EXTERNAL_SENDERS 5
/* Every client knows those up to here (RFC 9420, section 7.2). */
#define MLS_EXTENSION_LAST_DEFAULT 5

typedef struct
{
  uint16_t type;
  MlsBytes identity;
} MlsCredential;

/* Fails for types other than basic and X.509; the latter's identity is the list
 * of certificates. */
void mls_credential_read (MlsReader *reader, MlsCredential *out);
void mls_credential_write (MlsWriter *writer, const MlsCredential *credential);
bool mls_credential_equal (const MlsCredential *a, const MlsCredential *b);

#define MLS_USER_ID_SIZE 8
/* DAVE's identities are user ids, big-endian. MLS_ERROR_CREDENTIAL for any
 * other credential. */
MlsResult mls_credential_user_id (
    const MlsCredential *credential, uint64_t *user_id);
void mls_user_id_encode (uint64_t user_id, uint8_t out[MLS_USER_ID_SIZE]);

typedef struct
{
  uint16_t type;
  MlsBytes data;
} MlsExtension;

/* A list of extensions, without its length. */
MlsBytes mls_extensions_read (MlsReader *reader);
void mls_extension_write (
    MlsWriter *writer, uint16_t type, MlsBytes extension_data);
/* @reader: over a list that mls_extensions_read() gave. */
MlsExtension mls_extension_next (MlsReader *reader);
/* MLS_ERROR_EXTENSION when a type comes twice. */
MlsResult mls_extensions_check (MlsBytes extensions);
bool mls_extensions_find (MlsBytes extensions, uint16_t type, MlsBytes *data);

typedef struct
{
  MlsBytes signature_key;
  MlsCredential credential;
} MlsExternalSender;

/* @bytes: one ExternalSender, as op 25 brings it. */
MlsResult mls_external_sender_parse (MlsBytes bytes, MlsExternalSender *out);
/* Number @index of the group's extension external_senders;
 * MLS_ERROR_EXTERNAL_SENDER when there is none. */
MlsResult mls_external_sender_find (
    MlsBytes group_extensions, uint32_t index, MlsExternalSender *out);
/* The list of extensions of a DAVE group: one sender, nothing else. */
void mls_external_senders_write (MlsWriter *writer, MlsBytes sender);
