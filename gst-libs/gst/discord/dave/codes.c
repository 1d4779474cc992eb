/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codes.h"

#include <string.h>

#include <openssl/evp.h>

#define CODE_GROUP 5

/* DAVE whitepaper, "Pairwise fingerprint": of scrypt (RFC 7914) */
#define SCRYPT_N 16384
#define SCRYPT_R 8
#define SCRYPT_P 2
/* OpenSSL wants to know; 128 N r, and a little. */
#define SCRYPT_MEMORY ((uint64_t) 17 << 20)
static const uint8_t scrypt_salt[] = { 0x24, 0xca, 0xb1, 0x7a, 0x7a, 0xf8, 0xec,
  0x2b, 0x82, 0xb4, 0x12, 0xb9, 0x2d, 0xab, 0x19, 0x2e };

#define PART_MAX (2 + DAVE_FINGERPRINT_KEY_MAX + 8)

typedef struct
{
  uint8_t data[PART_MAX];
  size_t length;
} Part;

/* The bytes as a big-endian number, of which the low decimal digits. */
static void
write_group (const uint8_t *data, size_t group, char *out)
{
  uint64_t number = 0;

  for (size_t i = 0; i < group; i++)
    number = number << 8 | data[i];
  for (size_t i = group; i > 0; i--) {
    out[i - 1] = (char) ('0' + number % 10);
    number /= 10;
  }
}

bool
dave_displayable_code (const uint8_t *data, size_t data_length, size_t length,
    size_t group, char *code)
{
  if (group == 0 || group > DAVE_CODE_GROUP_MAX || length % group != 0
      || data_length < length)
    return false;
  for (size_t at = 0; at < length; at += group)
    write_group (data + at, group, code + at);
  code[length] = '\0';
  return true;
}

void
dave_privacy_code (
    const uint8_t epoch_authenticator[DAVE_EPOCH_AUTHENTICATOR_SIZE],
    char code[DAVE_PRIVACY_CODE_LENGTH + 1])
{
  dave_displayable_code (epoch_authenticator, DAVE_EPOCH_AUTHENTICATOR_SIZE,
      DAVE_PRIVACY_CODE_LENGTH, CODE_GROUP, code);
}

void
dave_verification_code (const uint8_t fingerprint[DAVE_FINGERPRINT_SIZE],
    char code[DAVE_VERIFICATION_CODE_LENGTH + 1])
{
  dave_displayable_code (fingerprint, DAVE_FINGERPRINT_SIZE,
      DAVE_VERIFICATION_CODE_LENGTH, CODE_GROUP, code);
}

static bool
make_part (Part *part, uint64_t user, const uint8_t *key, size_t key_length)
{
  uint8_t *p = part->data;

  if (key_length > DAVE_FINGERPRINT_KEY_MAX)
    return false;
  *p++ = DAVE_FINGERPRINT_VERSION >> 8;
  *p++ = DAVE_FINGERPRINT_VERSION & 0xff;
  if (key_length > 0)
    memcpy (p, key, key_length);
  p += key_length;
  for (int shift = 56; shift >= 0; shift -= 8)
    *p++ = (uint8_t) (user >> shift);
  part->length = (size_t) (p - part->data);
  return true;
}

/* Bytewise; one that the other begins with comes first. */
static bool
comes_first (const Part *a, const Part *b)
{
  size_t common = a->length < b->length ? a->length : b->length;
  int order = memcmp (a->data, b->data, common);

  return order < 0 || (order == 0 && a->length <= b->length);
}

bool
dave_pairwise_fingerprint (uint64_t user_a, const uint8_t *key_a,
    size_t key_a_length, uint64_t user_b, const uint8_t *key_b,
    size_t key_b_length, uint8_t fingerprint[DAVE_FINGERPRINT_SIZE])
{
  Part a, b;
  const Part *first = &a, *second = &b;
  char joined[2 * PART_MAX];

  if (!make_part (&a, user_a, key_a, key_a_length)
      || !make_part (&b, user_b, key_b, key_b_length))
    return false;
  if (!comes_first (&a, &b)) {
    first = &b;
    second = &a;
  }
  memcpy (joined, first->data, first->length);
  memcpy (joined + first->length, second->data, second->length);
  return EVP_PBE_scrypt (joined, first->length + second->length, scrypt_salt,
             sizeof scrypt_salt, SCRYPT_N, SCRYPT_R, SCRYPT_P, SCRYPT_MEMORY,
             fingerprint, DAVE_FINGERPRINT_SIZE)
      == 1;
}
