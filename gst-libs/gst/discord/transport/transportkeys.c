/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transportkeys.h"

#include <sodium.h>
#include <string.h>

static void
key_free (gpointer data)
{
  DiscordTransportKey *self = data;

  transport_cipher_free (self->cipher);
  sodium_memzero (self->bytes, sizeof self->bytes);
  g_free (self);
}

static DiscordTransportKey *
key_new (TransportMode mode, const guint8 bytes[TRANSPORT_KEY_SIZE],
    guint32 first_nonce)
{
  TransportCipher *cipher = transport_cipher_new (mode, bytes, first_nonce);
  DiscordTransportKey *self;

  if (!cipher)
    return NULL;
  self = g_new0 (DiscordTransportKey, 1);
  self->cipher = cipher;
  memcpy (self->bytes, bytes, sizeof self->bytes);
  return self;
}

void
discord_transport_keys_init (DiscordTransportKeys *self, guint32 first_nonce)
{
  memset (self, 0, sizeof *self);
  self->first_nonce = first_nonce;
  self->keys = g_ptr_array_new_with_free_func (key_free);
}

void
discord_transport_keys_clear (DiscordTransportKeys *self)
{
  self->current = self->previous = NULL;
  g_clear_pointer (&self->keys, g_ptr_array_unref);
}

static DiscordTransportKey *
find_key (const DiscordTransportKeys *self, TransportMode mode,
    const guint8 bytes[TRANSPORT_KEY_SIZE])
{
  guint i;

  for (i = 0; i < self->keys->len; i++) {
    DiscordTransportKey *key = g_ptr_array_index (self->keys, i);

    if (transport_cipher_mode (key->cipher) == mode
        && sodium_memcmp (key->bytes, bytes, TRANSPORT_KEY_SIZE) == 0)
      return key;
  }
  return NULL;
}

static DiscordTransportKey *
find_or_add_key (DiscordTransportKeys *self, TransportMode mode,
    const guint8 bytes[TRANSPORT_KEY_SIZE])
{
  DiscordTransportKey *key = find_key (self, mode, bytes);

  if (key || self->keys->len >= DISCORD_MAX_TRANSPORT_KEYS)
    return key;
  key = key_new (mode, bytes, self->first_nonce);
  if (key)
    g_ptr_array_add (self->keys, key);
  return key;
}

gboolean
discord_transport_keys_set (DiscordTransportKeys *self, TransportMode mode,
    const guint8 bytes[TRANSPORT_KEY_SIZE], gint64 now_ns, gint64 overlap_ns)
{
  DiscordTransportKey *key = find_or_add_key (self, mode, bytes);

  if (!key)
    return FALSE;
  if (key == self->current)
    return TRUE;
  self->previous = self->current;
  self->previous_until_ns = now_ns + overlap_ns;
  self->current = key;
  return TRUE;
}

DiscordTransportKey *
discord_transport_keys_previous (
    const DiscordTransportKeys *self, gint64 now_ns)
{
  return now_ns < self->previous_until_ns ? self->previous : NULL;
}
