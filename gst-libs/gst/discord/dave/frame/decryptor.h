/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The receiving side of end-to-end encryption: all media of one sender, over
 * epochs (DAVE whitepaper, "Media Decryption"). Knows nothing of codecs. One
 * thread at a time. Times are of one monotonic clock, in microseconds. */

#include "receiver.h"

/* Keys that may be waiting at once. More than one change of the group a second
 * pushes the oldest out before its time. */
#define DAVE_DECRYPTOR_KEYS_MAX 32

typedef struct _DaveDecryptor DaveDecryptor;

typedef enum
{
  DAVE_MEDIA_AUDIO,
  DAVE_MEDIA_VIDEO,
} DaveMedia;

typedef enum
{
  DAVE_PLAIN_DECRYPTED,
  DAVE_PLAIN_SILENCE, /* came in clear, as servers send it */
  DAVE_PLAIN_PASSED, /* came in clear while that is allowed */
} DavePlainKind;

typedef struct
{
  size_t length;
  DavePlainKind kind;
} DavePlain;

/* Without a key, passing nothing through. NULL when out of memory. */
DaveDecryptor *dave_decryptor_new (void);
/* Wipes the keys. */
void dave_decryptor_free (DaveDecryptor *self);

/* A new epoch: the keys before stay for DAVE_RETENTION at most. @epoch_start:
 * see dave_receiver_new(). False when out of memory or OpenSSL fails; nothing
 * has changed then. */
bool dave_decryptor_add_key (DaveDecryptor *self,
    const uint8_t base_secret[DAVE_BASE_SECRET_SIZE], int64_t epoch_start,
    int64_t now);

/* A new epoch without this sender: all keys stay for DAVE_RETENTION at most. */
void dave_decryptor_retire_keys (DaveDecryptor *self, int64_t now);

/* Forgets the keys whose time is over, as dave_decryptor_decrypt() does, and
 * tells how many are left. */
size_t dave_decryptor_expire_keys (DaveDecryptor *self, int64_t now);

/* Frames in clear are taken: the version in force is 0, or will be. */
void dave_decryptor_allow_clear (DaveDecryptor *self);
/* The version in force is no longer 0: they are for DAVE_RETENTION more. */
void dave_decryptor_retire_clear (DaveDecryptor *self, int64_t now);

/* Decrypts @frame into @out, which has room for its length less the trailer, or
 * for all of it while frames in clear are taken. They do not overlap. On any
 * other result than DAVE_FRAME_OK there is nothing in @out. */
DaveFrameResult dave_decryptor_decrypt (DaveDecryptor *self, DaveMedia media,
    int64_t now, const DaveView *frame, const DaveView *out, DavePlain *plain);

/* The same in place; on any other result than DAVE_FRAME_OK @frame is as it
 * was, unless it is DAVE_FRAME_LIBRARY. */
DaveFrameResult dave_decryptor_decrypt_in_place (DaveDecryptor *self,
    DaveMedia media, int64_t now, const DaveView *frame, DavePlain *plain);
