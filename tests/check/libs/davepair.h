/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Two sessions and their gateway, for tests of what a session says to what. */

#include "davegateway.h"
#include "davepeer.h"

#define ID_A G_GUINT64_CONSTANT (1001)
#define ID_B G_GUINT64_CONSTANT (1002)
#define ID_C G_GUINT64_CONSTANT (1003)

typedef struct
{
  DaveGateway gateway;
  Peer *a, *b;
} Pair;

/* Both in the channel, without a group. */
void pair_init (Pair *self);
void pair_clear (Pair *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

/* Op 29 or 30. */
void give_with_id (
    Peer *peer, unsigned opcode, guint16 id, const GByteArray *message);
/* What happened so far. */
void forget (Peer *peer);

/* In the channel with @other, no group yet. */
Peer *arrive (DaveGateway *gateway, guint64 user_id, guint64 other);
/* Gets all that is outstanding but the own Add. */
void propose_to (Pair *self, Peer *peer);
/* The commit that @peer sent last is taken. */
void accept_of (Pair *self, Peer *peer, DaveGatewayCommit *out);

/* A creates the group: nobody has heard of it yet. */
void create (Pair *self, DaveGatewayCommit *out);
/* Both are in it, and send encrypted. */
void found (Pair *self);
/* C comes, or goes: the commit of A, that nobody has seen. C is not simulated
 * further. */
void add_c (Pair *self, DaveGatewayCommit *out);
void remove_c (Pair *self, DaveGatewayCommit *out);

/* A frame gets through. */
void check_media (Peer *from, Peer *to);
/* Of the epoch that the session is in; of the one that it sends in. */
void own_secret (Peer *peer, guint8 out[MLS_SENDER_SECRET_SIZE]);
void check_secret (Peer *peer, const guint8 *secret);
