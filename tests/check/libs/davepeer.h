/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A DaveSession with what belongs around it, for tests: what it sends and says is
 * kept, and its keys encrypt and decrypt frames. */

#include <gst/check/gstcheck.h>

#include "gst/discord/dave/frame/decryptor.h"
#include "gst/discord/dave/frame/encryptor.h"
#include "gst/discord/dave/session/session-private.h"

#define PEER_GROUP_ID G_GUINT64_CONSTANT (927310423890473011)

typedef struct
{
  guint64 user_id;
  DaveSession *session;
  MlsCrypto *crypto;
  MlsKeyPair signature_key;
  gint64 now; /* of all decryptors */

  GString *log; /* what happened, one word or two each */
  GByteArray *key_package; /* sent last */
  GByteArray *commit; /* op 28 sent last; empty when taken */
  gint ready; /* op 23 sent last, or -1 */
  gint invalid; /* op 31 sent last, or -1 */
  MlsResult refused; /* last */

  DaveSessionState state; /* as told */
  DaveEncryptor *encryptor; /* NULL: in clear, or not at all */
  guint8 secret[MLS_SENDER_SECRET_SIZE]; /* of the encryptor */
  GHashTable *decryptors; /* user id -> DaveDecryptor */
  gboolean clear_allowed;
} Peer;

/* @signature_key: NULL for a new one. */
Peer *peer_new (
    guint64 user_id, guint64 group_id, const MlsKeyPair *signature_key);
void peer_free (Peer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Peer, peer_free)

/* What the gateway sends as a binary message. */
void peer_take (Peer *self, unsigned opcode, const GByteArray *payload);
/* That exactly this happened since the last call, e.g. "receivers:1 group
 * ready:7". */
void peer_check (Peer *self, const gchar *expected);

/* An Opus frame, on its way. */
typedef struct
{
  guint64 sender;
  guint8 plain[32];
  guint8 data[96];
  gsize length;
} Frame;

/* False when the peer must not send anything now. */
gboolean peer_send (Peer *self, guint8 filling, Frame *frame);
/* DAVE_FRAME_OK only when it came out as it went in. */
DaveFrameResult peer_receive (Peer *self, const Frame *frame);
/* As long as @data; for frames from elsewhere. */
DaveFrameResult peer_decrypt (Peer *self, guint64 sender, const guint8 *data,
    gsize length, guint8 *out, DavePlain *plain);
