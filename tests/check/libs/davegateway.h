/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The delivery service of the voice gateway, for tests: which member has which
 * leaf, what is proposed, whose commit is the first valid one. It shares no code
 * with dave/mls: it writes and reads messages itself and signs with OpenSSL. */

#include <gst/check/gstcheck.h>

#include <openssl/evp.h>

#define DAVE_GATEWAY_REFERENCE_SIZE 32

typedef struct
{
  EVP_PKEY *key;
  GByteArray *external_sender; /* payload of op 25 */
  guint64 group_id;
  guint64 epoch; /* 0: no group yet */
  GArray *leaves; /* guint64 user ids, 0 where blank */
  GPtrArray *proposals; /* outstanding */
} DaveGateway;

typedef struct
{
  guint8 reference[DAVE_GATEWAY_REFERENCE_SIZE];
  GByteArray *message; /* MLSMessage */
  guint64 user_id; /* who is added, or 0 */
  guint32 leaf; /* which is removed */
} DaveGatewayProposal;

void dave_gateway_init (DaveGateway *self, guint64 group_id);
void dave_gateway_clear (DaveGateway *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DaveGateway, dave_gateway_clear)

/* Nobody is in a group: epoch 1 comes next. */
void dave_gateway_reset (DaveGateway *self);

void dave_gateway_propose_add (
    DaveGateway *self, guint64 user_id, const GByteArray *key_package);
void dave_gateway_propose_remove (DaveGateway *self, guint64 user_id);

/* Payloads of op 27: the proposals from number @first on, but for one that adds
 * @receiver; and the revocation of the last one, which is forgotten. */
GByteArray *dave_gateway_append (
    const DaveGateway *self, guint first, guint64 receiver);
GByteArray *dave_gateway_revoke_last (DaveGateway *self);

typedef struct
{
  GByteArray *commit;
  GByteArray *welcome;
} DaveGatewayCommit;

/* Op 28 of @committer: false unless it commits what is outstanding, all and
 * nothing else. Otherwise that is the next epoch. */
gboolean dave_gateway_accept (DaveGateway *self, guint64 committer,
    const GByteArray *payload, DaveGatewayCommit *out);
void dave_gateway_commit_clear (DaveGatewayCommit *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DaveGatewayCommit, dave_gateway_commit_clear)

/* Payload of op 29 or 30. */
GByteArray *dave_gateway_announcement (
    guint16 transition_id, const GByteArray *message);
