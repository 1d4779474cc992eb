/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* AES-128-GCM with a tag of eight bytes (DAVE whitepaper, "Payload Encryption")
 * over memory in pieces. Nothing is allocated once there is a key. */

#include "trailer.h"
#include "ratchet.h"

#include <openssl/evp.h>

#define DAVE_IV_SIZE 12

typedef struct
{
  EVP_CIPHER_CTX *context; /* holds the key; NULL before the first */
  bool encrypt;
} DaveCipher;

void dave_cipher_init (DaveCipher *self, bool encrypt);
void dave_cipher_clear (DaveCipher *self);

/* Takes the key of @ratchet's generation; false when out of memory or OpenSSL
 * fails, and then the cipher must not be used. */
bool dave_cipher_set_key (DaveCipher *self, const DaveRatchet *ratchet);

/* What GCM takes for @nonce. */
void dave_cipher_iv (uint32_t nonce, uint8_t iv[DAVE_IV_SIZE]);

/* A frame: begin, clear parts, encrypted parts, finish. */
bool dave_cipher_begin (DaveCipher *self, uint32_t nonce);
bool dave_cipher_clear_part (
    DaveCipher *self, const DaveView *view, size_t offset, size_t length);
/* @to and @from may be the same bytes, or disjoint. */
bool dave_cipher_encrypted_part (DaveCipher *self, const DaveView *to,
    size_t to_offset, const DaveView *from, size_t from_offset, size_t length);
/* When encrypting. */
bool dave_cipher_tag (DaveCipher *self, uint8_t tag[DAVE_TAG_SIZE]);
/* When decrypting; false when the frame is not what was encrypted. */
bool dave_cipher_verify (DaveCipher *self, const uint8_t tag[DAVE_TAG_SIZE]);
