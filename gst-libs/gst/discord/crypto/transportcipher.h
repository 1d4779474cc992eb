/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Discord's RTP and RTCP packet encryption (media-transport section 2):
 * aead_aes256_gcm_rtpsize and aead_xchacha20_poly1305_rtpsize. Bytes in, bytes
 * out; no allocation after transport_cipher_new(). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSPORT_KEY_SIZE 32
#define TRANSPORT_TAG_SIZE 16
#define TRANSPORT_NONCE_SUFFIX_SIZE 4
/* What protecting adds to a packet. */
#define TRANSPORT_OVERHEAD (TRANSPORT_TAG_SIZE + TRANSPORT_NONCE_SUFFIX_SIZE)

/* Where the nonce counter of a key starts (media-transport 2.3). */
#define TRANSPORT_FIRST_NONCE UINT32_C (0x80000000)

typedef enum
{
  TRANSPORT_MODE_AES256_GCM,
  TRANSPORT_MODE_XCHACHA20_POLY1305,
} TransportMode;

typedef enum
{
  TRANSPORT_PACKET_RTP,
  TRANSPORT_PACKET_RTCP,
} TransportPacketKind;

typedef enum
{
  TRANSPORT_OK,
  TRANSPORT_SHORT, /* smaller than header, tag and nonce */
  TRANSPORT_PARSE, /* not version 2, or lies about its length */
  TRANSPORT_AUTH, /* not encrypted with this key */
  TRANSPORT_PADDING, /* impossible pad count */
  TRANSPORT_EXTENSION, /* extension longer than the packet */
  TRANSPORT_EMPTY, /* nothing left: keepalive or probe */
  TRANSPORT_NO_SPACE, /* the output does not fit */
  TRANSPORT_NONCE_EXHAUSTED, /* the key must be replaced */
} TransportResult;

typedef struct _TransportCipher TransportCipher;

/* By the name in Ready and Select Protocol; false for any other. */
bool transport_mode_from_name (const char *name, TransportMode *mode);
const char *transport_mode_name (TransportMode mode);

/* @first_nonce: TRANSPORT_FIRST_NONCE for a new key; another value continues the
 * count from there, so 2^32 - 2^16 minus the distance are left. NULL only when
 * out of memory or the libraries fail. */
TransportCipher *transport_cipher_new (TransportMode mode,
    const uint8_t key[TRANSPORT_KEY_SIZE], uint32_t first_nonce);
/* Wipes the key. */
void transport_cipher_free (TransportCipher *self);

TransportMode transport_cipher_mode (const TransportCipher *self);

/* Packets protected so far; the counter survives resumes with the cipher. */
uint64_t transport_cipher_packets_protected (TransportCipher *self);

/* Takes the next nonce and encrypts @packet of @length bytes in place; @packet
 * has room for @capacity. Only the part that stays clear is checked. One thread
 * at a time per cipher. On any other result than TRANSPORT_OK nothing may be
 * sent; TRANSPORT_AUTH is a failure of the library. */
TransportResult transport_cipher_protect (TransportCipher *self,
    TransportPacketKind kind, uint8_t *packet, size_t length, size_t capacity,
    size_t *protected_length);

/* What a received packet turned out to be; offsets into the packet. For RTCP
 * only @length is set. */
typedef struct
{
  size_t length; /* of the whole plain packet, padding gone */
  size_t payload_offset;
  size_t extension_offset; /* of the extension's body; 0: no extension */
  size_t extension_length;
  uint16_t extension_profile;
  bool padded; /* padding was stripped, P is cleared */
} TransportPlain;

/* Decrypts in place. On TRANSPORT_OK (and TRANSPORT_EMPTY) @packet starts with
 * @plain->length bytes of a plain packet. On any other result the content of
 * @packet is undefined. May run beside transport_cipher_protect() of another
 * thread, not beside itself. */
TransportResult transport_cipher_unprotect (TransportCipher *self,
    TransportPacketKind kind, uint8_t *packet, size_t length,
    TransportPlain *plain);
