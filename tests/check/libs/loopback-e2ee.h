/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A client of the stand-in that takes part in end-to-end encryption, by the
 * session that the plugin has. */

#include "loopback-client.h"

#include <gst/discord/dave/session/session.h>

typedef struct _Taker Taker;

struct _Taker
{
  Member *member;
  DaveSession *session;
  MlsKeyPair key;
  DaveSessionState state;
  gboolean sends; /* has a secret to send with */
  guint8 secret[MLS_SENDER_SECRET_SIZE];
  GHashTable *heard; /* guint64 user id -> GBytes secret, newest epoch */
  GByteArray *commit; /* last op 28 */
  GByteArray *key_package; /* last op 26 */
  guint16 transition; /* last op 22 */
  int last_seq; /* -1: none yet */
  guint n_refused;
  guint n_invalid;
  guint n_renewals; /* op 24s */
  gboolean clear_allowed;
  /* What would be sent goes here instead, when set. */
  gboolean (*filter) (Taker *self, guint op, GByteArray *payload);
  guint deaf_to; /* a binary opcode that is passed over */
};

Taker *taker_new (Loopback *loopback, const char *token);
void taker_free (Taker *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Taker, taker_free)

/* Up to the session description. */
void taker_connect (Taker *self);
/* The same on the voice server of a stream, see member_take_stream(). */
void taker_connect_stream (Taker *self);
/* Out of the channel; may connect again, as somebody new. */
void taker_leave (Taker *self);
/* Over a new websocket. */
void taker_resume (Taker *self);
/* A binary message as it is. */
void taker_send (Taker *self, guint op, const GByteArray *payload);

guint64 taker_epoch (Taker *self); /* 0: no group */
/* An epoch, or a state, that lasts: what passes may pass unseen. */
void taker_wait_epoch (Taker *self, guint64 epoch);
void taker_wait_state (Taker *self, DaveSessionState state);
void taker_wait_renewals (Taker *self, guint count);

/* Waits until all are in the same epoch of one group, with nobody else, and send
 * by it. */
void takers_wait_group (Taker *const *takers, guint n_takers);
