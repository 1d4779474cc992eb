/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "davepair.h"

void
give_with_id (
    Peer *peer, unsigned opcode, guint16 id, const GByteArray *message)
{
  g_autoptr (GByteArray) payload = dave_gateway_announcement (id, message);

  peer_take (peer, opcode, payload);
}

void
forget (Peer *peer)
{
  g_string_truncate (peer->log, 0);
}

Peer *
arrive (DaveGateway *gateway, guint64 user_id, guint64 other)
{
  Peer *peer = peer_new (user_id, PEER_GROUP_ID, NULL);

  dave_session_users_joined (peer->session, &other, 1);
  peer_take (peer, DAVE_OP_EXTERNAL_SENDER, gateway->external_sender);
  dave_session_description (peer->session, 1);
  peer_check (peer, "key-package state:pending");
  return peer;
}

void
pair_init (Pair *self)
{
  dave_gateway_init (&self->gateway, PEER_GROUP_ID);
  self->a = arrive (&self->gateway, ID_A, ID_B);
  self->b = arrive (&self->gateway, ID_B, ID_A);
}

void
pair_clear (Pair *self)
{
  peer_free (self->a);
  peer_free (self->b);
  dave_gateway_clear (&self->gateway);
}
void
propose_to (Pair *self, Peer *peer)
{
  g_autoptr (GByteArray) payload =
      dave_gateway_append (&self->gateway, 0, peer->user_id);

  peer_take (peer, DAVE_OP_PROPOSALS, payload);
}

void
accept_of (Pair *self, Peer *peer, DaveGatewayCommit *out)
{
  fail_unless (
      dave_gateway_accept (&self->gateway, peer->user_id, peer->commit, out));
}

void
create (Pair *self, DaveGatewayCommit *out)
{
  dave_gateway_propose_add (
      &self->gateway, self->b->user_id, self->b->key_package);
  propose_to (self, self->a);
  accept_of (self, self->a, out);
  peer_check (self->a, "commit");
}

void
found (Pair *self)
{
  g_auto (DaveGatewayCommit) message = { 0 };

  create (self, &message);
  give_with_id (self->a, DAVE_OP_ANNOUNCE_COMMIT, 0, message.commit);
  give_with_id (self->b, DAVE_OP_WELCOME, 0, message.welcome);
  forget (self->a);
  forget (self->b);
}

void
add_c (Pair *self, DaveGatewayCommit *out)
{
  static const guint64 id = ID_C;
  g_autoptr (Peer) c = arrive (&self->gateway, ID_C, ID_A);

  dave_session_users_joined (self->a->session, &id, 1);
  dave_session_users_joined (self->b->session, &id, 1);
  dave_gateway_propose_add (&self->gateway, ID_C, c->key_package);
  propose_to (self, self->a);
  propose_to (self, self->b);
  accept_of (self, self->a, out);
  peer_check (self->a, "commit");
  peer_check (self->b, "commit");
}

void
remove_c (Pair *self, DaveGatewayCommit *out)
{
  dave_gateway_propose_remove (&self->gateway, ID_C);
  propose_to (self, self->a);
  propose_to (self, self->b);
  accept_of (self, self->a, out);
  peer_check (self->a, "commit");
  peer_check (self->b, "commit");
}

void
check_media (Peer *from, Peer *to)
{
  Frame frame;

  fail_unless (peer_send (from, 9, &frame));
  fail_unless_equals_int (peer_receive (to, &frame), DAVE_FRAME_OK);
}

void
own_secret (Peer *peer, guint8 out[MLS_SENDER_SECRET_SIZE])
{
  fail_unless (
      mls_group_sender_secret (peer->session->group, peer->user_id, out)
      == MLS_OK);
}

void
check_secret (Peer *peer, const guint8 *secret)
{
  fail_unless (memcmp (peer->secret, secret, sizeof peer->secret) == 0);
}
