/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The transport keys of one socket. All are remembered until the end: a key
 * that comes back continues its nonce counter, because a nonce used twice gives
 * GCM's authentication key away (media-transport 2.3). */

#include <glib.h>

#include "../crypto/transportcipher.h"

/* Far beyond any server; keeps a mad one from filling the memory. */
#define DISCORD_MAX_TRANSPORT_KEYS 64

/* Lives as long as the keys it belongs to. */
typedef struct
{
  TransportCipher *cipher;
  gboolean exhausted; /* out of nonces; the owner's lock */
  guint8 bytes[TRANSPORT_KEY_SIZE];
} DiscordTransportKey;

/* The functions need the owner's lock; the ciphers have rules of their own. */
typedef struct
{
  GPtrArray *keys;
  guint32 first_nonce;
  DiscordTransportKey *current; /* NULL before the first */
  DiscordTransportKey *previous;
  gint64 previous_until_ns;
} DiscordTransportKeys;

/* @first_nonce of each: TRANSPORT_FIRST_NONCE but in tests. */
void discord_transport_keys_init (
    DiscordTransportKeys *self, guint32 first_nonce);
/* Wipes them. */
void discord_transport_keys_clear (DiscordTransportKeys *self);

/* FALSE when there are too many or the cipher cannot be made: nothing changed
 * then. The current one once more changes nothing either. */
gboolean discord_transport_keys_set (DiscordTransportKeys *self,
    TransportMode mode, const guint8 key[TRANSPORT_KEY_SIZE], gint64 now_ns,
    gint64 overlap_ns);

/* The one before, while it is still good for receiving, else NULL. */
DiscordTransportKey *discord_transport_keys_previous (
    const DiscordTransportKeys *self, gint64 now_ns);
