/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ratchet.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

/* The longer of the labels, with the prefix of RFC 9420 section 8. */
#define LABEL_MAX (sizeof "MLS 1.0 secret" - 1)
/* KDFLabel: u16 length, label<V>, context<V> of four bytes; then the counter of
 * HKDF-Expand. */
#define INFO_MAX (2 + 1 + LABEL_MAX + 1 + 4 + 1)

void
dave_ratchet_init (
    DaveRatchet *self, const uint8_t base_secret[DAVE_BASE_SECRET_SIZE])
{
  memcpy (self->secret, base_secret, DAVE_BASE_SECRET_SIZE);
  self->secret_length = DAVE_BASE_SECRET_SIZE;
  self->generation = 0;
}

void
dave_ratchet_clear (DaveRatchet *self)
{
  OPENSSL_cleanse (self, sizeof *self);
}

static size_t
write_info (uint8_t *out, const char *label, uint32_t generation, size_t length)
{
  size_t label_length = strlen (label);
  uint8_t *p = out;

  *p++ = (uint8_t) (length >> 8);
  *p++ = (uint8_t) length;
  *p++ = (uint8_t) label_length;
  memcpy (p, label, label_length);
  p += label_length;
  *p++ = 4;
  *p++ = (uint8_t) (generation >> 24);
  *p++ = (uint8_t) (generation >> 16);
  *p++ = (uint8_t) (generation >> 8);
  *p++ = (uint8_t) generation;
  *p++ = 1;
  return (size_t) (p - out);
}

/* DeriveTreeSecret (RFC 9420 section 9) for one block of output at most, which
 * makes HKDF-Expand (RFC 5869 section 2.3) a single HMAC. Takes the 16 bytes of
 * the base secret, which are too few for strict users of HKDF. */
static bool
derive (const DaveRatchet *self, const char *label, uint8_t *out, size_t length)
{
  uint8_t info[INFO_MAX], block[EVP_MAX_MD_SIZE];
  size_t info_length = write_info (info, label, self->generation, length);
  bool ok = HMAC (EVP_sha256 (), self->secret, (int) self->secret_length, info,
                info_length, block, NULL)
      != NULL;

  if (ok)
    memcpy (out, block, length);
  OPENSSL_cleanse (block, sizeof block);
  return ok;
}

bool
dave_ratchet_key (const DaveRatchet *self, uint8_t key[DAVE_KEY_SIZE])
{
  return derive (self, "MLS 1.0 key", key, DAVE_KEY_SIZE);
}

static bool
step (DaveRatchet *self)
{
  if (!derive (self, "MLS 1.0 secret", self->secret, sizeof self->secret))
    return false;
  self->secret_length = sizeof self->secret;
  self->generation++;
  return true;
}

bool
dave_ratchet_advance (DaveRatchet *self, uint32_t generation)
{
  DaveRatchet next = *self;
  bool ok = true;

  while (ok && next.generation < generation)
    ok = step (&next);
  if (ok)
    *self = next;
  dave_ratchet_clear (&next);
  return ok;
}
