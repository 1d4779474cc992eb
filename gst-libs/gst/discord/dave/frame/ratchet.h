/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The keys of one sender in one epoch (DAVE whitepaper, "Sender Key
 * Derivation"): a ratchet of the MLS secret tree (RFC 9420 section 9.1) whose
 * first secret comes from the exporter. Its generation is what the nonce counter
 * has above its low 24 bits. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DAVE_BASE_SECRET_SIZE 16
#define DAVE_KEY_SIZE 16
#define DAVE_RATCHET_SECRET_SIZE 32 /* KDF.Nh of SHA-256 */

#define DAVE_GENERATION_BITS 24
#define DAVE_GENERATION_SIZE (UINT64_C (1) << DAVE_GENERATION_BITS)

typedef struct
{
  uint8_t secret[DAVE_RATCHET_SECRET_SIZE];
  size_t secret_length; /* the first secret is shorter */
  uint32_t generation;
} DaveRatchet;

void dave_ratchet_init (
    DaveRatchet *self, const uint8_t base_secret[DAVE_BASE_SECRET_SIZE]);
/* Wipes it. */
void dave_ratchet_clear (DaveRatchet *self);

/* These fail with OpenSSL only; @self is then as it was. */
bool dave_ratchet_key (const DaveRatchet *self, uint8_t key[DAVE_KEY_SIZE]);
bool dave_ratchet_advance (DaveRatchet *self, uint32_t generation);
