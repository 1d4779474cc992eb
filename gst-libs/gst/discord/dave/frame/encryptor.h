/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The sending side of end-to-end encryption: all media of one connection in one
 * epoch. There is one nonce counter for all of them, since a nonce that is used
 * twice breaks AES-GCM: whoever sends from several threads shares one encryptor
 * and puts a lock around it. A new epoch is a new encryptor. */

#include "codec.h"
#include "ratchet.h"
#include "result.h"

typedef struct _DaveEncryptor DaveEncryptor;

/* @last_nonce: 0 for a new epoch, whose first frame then has nonce 1. Another
 * value is what dave_encryptor_last_nonce() would return. NULL when out of
 * memory or OpenSSL fails. */
DaveEncryptor *dave_encryptor_new (
    const uint8_t base_secret[DAVE_BASE_SECRET_SIZE], uint64_t last_nonce);
/* Wipes the keys. */
void dave_encryptor_free (DaveEncryptor *self);

/* The nonce used last: its low 32 bits go with the frame, all above the low 24
 * are the generation of the key. */
uint64_t dave_encryptor_last_nonce (const DaveEncryptor *self);

/* Room that is enough for any frame of @length bytes. */
size_t dave_encryptor_size_max (DaveCodec codec, size_t length);

/* Encrypts @frame into @out, which has room for *@out_length bytes and gets that
 * many. They do not overlap. Opus silence (F8 FF FE) stays as it is, as the
 * servers make it. On any other result than DAVE_FRAME_OK nothing may be sent
 * and @out is undefined. */
DaveFrameResult dave_encryptor_encrypt (DaveEncryptor *self, DaveCodec codec,
    const DaveView *frame, const DaveView *out, size_t *out_length);

/* The same for the first @length bytes of @buffer, in place. */
DaveFrameResult dave_encryptor_encrypt_in_place (DaveEncryptor *self,
    DaveCodec codec, const DaveView *buffer, size_t length, size_t *out_length);

/* What the last call that was not refused did: pieces and clear ranges. For
 * packetisers, which cannot look for NAL units or OBUs in what is encrypted.
 * Valid until the next call. */
const DaveLayout *dave_encryptor_layout (const DaveEncryptor *self);
