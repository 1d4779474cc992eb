/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Codes that people compare to know that nobody sits in between (DAVE
 * whitepaper, "Verification"). Strings are terminated. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DAVE_EPOCH_AUTHENTICATOR_SIZE 32
#define DAVE_PRIVACY_CODE_LENGTH 30

#define DAVE_FINGERPRINT_SIZE 64
#define DAVE_VERIFICATION_CODE_LENGTH 45
/* More than a public key of any curve takes as a point. */
#define DAVE_FINGERPRINT_KEY_MAX 256
/* Of public key and hash function; the only one there is. */
#define DAVE_FINGERPRINT_VERSION 0

#define DAVE_CODE_GROUP_MAX 8

/* @length digits in groups of @group from as many bytes of @data; @code has room
 * for @length + 1. False when @data is too short, @length is not a multiple of
 * @group, or @group is 0 or above DAVE_CODE_GROUP_MAX. */
bool dave_displayable_code (const uint8_t *data, size_t data_length,
    size_t length, size_t group, char *code);

/* Of an epoch of the group: all members see the same. */
void dave_privacy_code (
    const uint8_t epoch_authenticator[DAVE_EPOCH_AUTHENTICATOR_SIZE],
    char code[DAVE_PRIVACY_CODE_LENGTH + 1]);

/* What two users have in common, whoever computes it. Takes 0.1 s and 16 MiB on
 * purpose: not for a streaming thread. False when a key is longer than
 * DAVE_FINGERPRINT_KEY_MAX or OpenSSL fails. */
bool dave_pairwise_fingerprint (uint64_t user_a, const uint8_t *key_a,
    size_t key_a_length, uint64_t user_b, const uint8_t *key_b,
    size_t key_b_length, uint8_t fingerprint[DAVE_FINGERPRINT_SIZE]);

void dave_verification_code (const uint8_t fingerprint[DAVE_FINGERPRINT_SIZE],
    char code[DAVE_VERIFICATION_CODE_LENGTH + 1]);
