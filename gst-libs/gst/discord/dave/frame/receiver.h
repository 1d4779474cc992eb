/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One sender in one epoch, seen from the other side: the keys of the generations
 * that frames may come from, and the nonces that were used. */

#include "cipher.h"
#include "replay.h"
#include "result.h"

/* How long an older key stays after a newer one took over (DAVE whitepaper, "Key
 * Rotation"), in microseconds. */
#define DAVE_RETENTION INT64_C (10000000)

/* How far a generation may be ahead of the newest one seen (libdave). */
#define DAVE_GENERATION_GAP_MAX 250

typedef struct _DaveReceiver DaveReceiver;

/* Times are of one monotonic clock, in microseconds. @epoch_start: when the
 * sender can have begun with this key; a generation takes him a day, so that one
 * which he cannot have reached needs no trial. NULL when out of memory or
 * OpenSSL fails. */
DaveReceiver *dave_receiver_new (
    const uint8_t base_secret[DAVE_BASE_SECRET_SIZE], int64_t epoch_start);
/* Wipes the keys. */
void dave_receiver_free (DaveReceiver *self);

/* The cipher with the key of @nonce, and the nonce with its generation; or why
 * there is none: DAVE_FRAME_GENERATION, _REPLAY, _LIBRARY. */
DaveFrameResult dave_receiver_prepare (DaveReceiver *self, int64_t now,
    uint32_t nonce, DaveCipher **cipher, uint64_t *full_nonce);

/* The frame was authentic. Nothing else ever changes what is accepted. */
void dave_receiver_accept (
    DaveReceiver *self, int64_t now, uint64_t full_nonce);

/* The generation of a nonce whose top byte is @top; @oldest: the oldest one that
 * may still come. */
uint64_t dave_generation_of (uint32_t oldest, uint8_t top);
