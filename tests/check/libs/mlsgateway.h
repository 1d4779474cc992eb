/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The voice gateway's part in MLS, and clients of it, for tests: an external
 * sender whose proposals go to groups as op 27. */

#include "gst/discord/dave/mls/group-private.h"

#include "mlsvectors.h"

#define GATEWAY_GROUP_ID G_GUINT64_CONSTANT (927310423890473011)

typedef struct
{
  MlsCrypto *crypto;
  MlsKeyPair key;
  MlsWriter external_sender; /* payload of op 25 */
  guint64 group_id;
} Gateway;

void gateway_init (Gateway *self);
void gateway_clear (Gateway *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Gateway, gateway_clear)

/* Appends the MLSMessage of a proposal; @reference may be NULL. */
void gateway_propose_add (Gateway *self, guint64 epoch, MlsBytes key_package,
    MlsWriter *messages, guint8 reference[MLS_HASH_SIZE]);
void gateway_propose_remove (Gateway *self, guint64 epoch, guint32 leaf,
    MlsWriter *messages, guint8 reference[MLS_HASH_SIZE]);
/* Feeds op 27 with the messages; every user is expected. */
MlsResult gateway_append (MlsGroup *group, const MlsWriter *messages);
MlsResult gateway_revoke (
    MlsGroup *group, const guint8 reference[MLS_HASH_SIZE]);

typedef struct
{
  Gateway *gateway;
  guint64 user_id;
  MlsKeyPair signature_key;
  MlsOwnKeyPackage key_package;
  MlsGroup *group; /* NULL outside */
} Client;

Client *client_new (Gateway *gateway, guint64 user_id);
void client_free (Client *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Client, client_free)

/* A new key package, as after every reset. */
void client_renew (Client *self);
void client_create (Client *self);
MlsResult client_join (Client *self, MlsBytes welcome);
MlsBytes client_key_package (const Client *self);

/* What all members must have in common. */
void check_same_group (const Client *a, const Client *b);
