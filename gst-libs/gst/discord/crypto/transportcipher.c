/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transportcipher.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "aesgcm.h"
#include "xchacha.h"

_Static_assert(AES_GCM_KEY_SIZE == TRANSPORT_KEY_SIZE
        && XCHACHA_KEY_SIZE == TRANSPORT_KEY_SIZE,
    "both modes take the 32 bytes of secret_key");
_Static_assert(AES_GCM_TAG_SIZE == TRANSPORT_TAG_SIZE
        && XCHACHA_TAG_SIZE == TRANSPORT_TAG_SIZE,
    "both modes have one datagram layout");
_Static_assert(AES_GCM_NONCE_SIZE <= XCHACHA_NONCE_SIZE,
    "one buffer holds the nonce of either mode");

/* RFC 3550 5.1 and 6.4.1. */
#define RTP_VERSION 2
#define RTP_PADDING 0x20
#define RTP_EXTENSION 0x10
#define RTP_CSRC_COUNT 0x0f
#define RTP_FIXED_SIZE 12
#define RTP_CSRC_SIZE 4
#define RTP_EXTENSION_PREAMBLE_SIZE 4
#define RTCP_CLEAR_SIZE 8
#define WORD_SIZE 4

/* A datagram has no more; keeps every sum below far from overflow. */
#define PACKET_MAX_SIZE 65535

/* media-transport 2.3: a key has 2^32 nonces, the last 2^16 stay unused so that
 * there is time to ask for a new key. */
#define NONCE_LIMIT ((UINT64_C (1) << 32) - (UINT64_C (1) << 16))

#define CACHE_LINE 64

struct _TransportCipher
{
  TransportMode mode;
  union
  {
    AesGcm aes_gcm;
    XChaCha xchacha;
  };

  /* Apart from what the receiving thread reads meanwhile. Written by the
   * protecting thread only. */
  _Alignas(CACHE_LINE) _Atomic uint64_t protected_packets;
  uint32_t first_nonce;
};

static const struct
{
  TransportMode mode;
  const char *name;
} mode_names[] = {
  { TRANSPORT_MODE_AES256_GCM, "aead_aes256_gcm_rtpsize" },
  { TRANSPORT_MODE_XCHACHA20_POLY1305, "aead_xchacha20_poly1305_rtpsize" },
};

#define N_MODES (sizeof mode_names / sizeof mode_names[0])

bool
transport_mode_from_name (const char *name, TransportMode *mode)
{
  for (size_t i = 0; i < N_MODES; i++) {
    if (strcmp (name, mode_names[i].name) == 0) {
      *mode = mode_names[i].mode;
      return true;
    }
  }
  return false;
}

const char *
transport_mode_name (TransportMode mode)
{
  for (size_t i = 0; i < N_MODES; i++) {
    if (mode_names[i].mode == mode)
      return mode_names[i].name;
  }
  return NULL;
}

static bool
init_mode (TransportCipher *self, const uint8_t key[TRANSPORT_KEY_SIZE])
{
  switch (self->mode) {
    case TRANSPORT_MODE_AES256_GCM:
      return aes_gcm_init (
          &self->aes_gcm, key, crypto_aead_aes256gcm_is_available () != 0);
    case TRANSPORT_MODE_XCHACHA20_POLY1305:
      return xchacha_init (&self->xchacha, key);
  }
  return false;
}

TransportCipher *
transport_cipher_new (TransportMode mode, const uint8_t key[TRANSPORT_KEY_SIZE],
    uint32_t first_nonce)
{
  TransportCipher *self;

  if (transport_mode_name (mode) == NULL || sodium_init () < 0)
    return NULL;

  self = aligned_alloc (CACHE_LINE, sizeof *self);
  if (self == NULL)
    return NULL;
  memset (self, 0, sizeof *self);
  self->mode = mode;
  self->first_nonce = first_nonce;
  atomic_init (&self->protected_packets, 0);

  if (!init_mode (self, key)) {
    transport_cipher_free (self);
    return NULL;
  }
  return self;
}

void
transport_cipher_free (TransportCipher *self)
{
  if (self == NULL)
    return;
  if (self->mode == TRANSPORT_MODE_AES256_GCM)
    aes_gcm_clear (&self->aes_gcm);
  else
    xchacha_clear (&self->xchacha);
  free (self);
}

TransportMode
transport_cipher_mode (const TransportCipher *self)
{
  return self->mode;
}

uint64_t
transport_cipher_packets_protected (TransportCipher *self)
{
  return atomic_load_explicit (&self->protected_packets, memory_order_relaxed);
}

/* The part that stays in clear and is authenticated (media-transport 2.2).
 * @behind: bytes that must follow it. */
static TransportResult
measure_clear (TransportPacketKind kind, const uint8_t *packet, size_t length,
    size_t behind, size_t *clear)
{
  const bool rtcp = kind == TRANSPORT_PACKET_RTCP;

  *clear = rtcp ? RTCP_CLEAR_SIZE : RTP_FIXED_SIZE;
  if (length < *clear + behind)
    return TRANSPORT_SHORT;
  if (length > PACKET_MAX_SIZE || packet[0] >> 6 != RTP_VERSION)
    return TRANSPORT_PARSE;
  if (rtcp)
    return TRANSPORT_OK;

  *clear += (packet[0] & RTP_CSRC_COUNT) * RTP_CSRC_SIZE;
  if (packet[0] & RTP_EXTENSION)
    *clear += RTP_EXTENSION_PREAMBLE_SIZE;
  return length < *clear + behind ? TRANSPORT_PARSE : TRANSPORT_OK;
}

/* @suffix: the four bytes of the nonce as on the wire; zeros follow. */
static bool
seal_packet (TransportCipher *self, const uint8_t *suffix, uint8_t *packet,
    size_t clear, size_t message_length)
{
  uint8_t nonce[XCHACHA_NONCE_SIZE] = { 0 };
  uint8_t *message = packet + clear;

  memcpy (nonce, suffix, TRANSPORT_NONCE_SUFFIX_SIZE);
  if (self->mode == TRANSPORT_MODE_AES256_GCM)
    return aes_gcm_seal (
        &self->aes_gcm, nonce, packet, clear, message, message_length);
  return xchacha_seal (
      &self->xchacha, nonce, packet, clear, message, message_length);
}

static bool
open_packet (TransportCipher *self, const uint8_t *suffix, uint8_t *packet,
    size_t clear, size_t message_length)
{
  uint8_t nonce[XCHACHA_NONCE_SIZE] = { 0 };
  uint8_t *message = packet + clear;

  memcpy (nonce, suffix, TRANSPORT_NONCE_SUFFIX_SIZE);
  if (self->mode == TRANSPORT_MODE_AES256_GCM)
    return aes_gcm_open (
        &self->aes_gcm, nonce, packet, clear, message, message_length);
  return xchacha_open (
      &self->xchacha, nonce, packet, clear, message, message_length);
}

/* Whatever becomes of the packet, its nonce is used up. */
static bool
take_nonce (TransportCipher *self, uint32_t *nonce)
{
  uint64_t taken = transport_cipher_packets_protected (self);
  uint32_t ahead = self->first_nonce - TRANSPORT_FIRST_NONCE;

  if (ahead + taken >= NONCE_LIMIT)
    return false;
  atomic_store_explicit (
      &self->protected_packets, taken + 1, memory_order_relaxed);
  *nonce = self->first_nonce + (uint32_t) taken;
  return true;
}

TransportResult
transport_cipher_protect (TransportCipher *self, TransportPacketKind kind,
    uint8_t *packet, size_t length, size_t capacity, size_t *protected_length)
{
  TransportResult result;
  uint32_t nonce;
  uint8_t *suffix;
  size_t clear;

  result = measure_clear (kind, packet, length, 0, &clear);
  if (result != TRANSPORT_OK)
    return result;
  if (capacity < TRANSPORT_OVERHEAD || length > capacity - TRANSPORT_OVERHEAD
      || length > PACKET_MAX_SIZE - TRANSPORT_OVERHEAD)
    return TRANSPORT_NO_SPACE;
  if (!take_nonce (self, &nonce))
    return TRANSPORT_NONCE_EXHAUSTED;

  suffix = packet + length + TRANSPORT_TAG_SIZE;
  suffix[0] = (uint8_t) nonce;
  suffix[1] = (uint8_t) (nonce >> 8);
  suffix[2] = (uint8_t) (nonce >> 16);
  suffix[3] = (uint8_t) (nonce >> 24);
  if (!seal_packet (self, suffix, packet, clear, length - clear))
    return TRANSPORT_AUTH;

  *protected_length = length + TRANSPORT_OVERHEAD;
  return TRANSPORT_OK;
}

/* The last byte of the padding counts the padding, itself included (RFC 3550
 * 5.1). Before the extension is looked at: its body may not contain padding. */
static TransportResult
strip_padding (uint8_t *packet, size_t clear, TransportPlain *plain)
{
  size_t message_length = plain->length - clear;
  uint8_t count;

  if (!(packet[0] & RTP_PADDING))
    return TRANSPORT_OK;
  if (message_length == 0)
    return TRANSPORT_PADDING;

  count = packet[plain->length - 1];
  if (count == 0 || count > message_length)
    return TRANSPORT_PADDING;

  plain->length -= count;
  plain->padded = true;
  packet[0] &= (uint8_t) ~RTP_PADDING;
  return TRANSPORT_OK;
}

static TransportResult
find_extension (const uint8_t *packet, size_t clear, TransportPlain *plain)
{
  const uint8_t *preamble = packet + clear - RTP_EXTENSION_PREAMBLE_SIZE;
  size_t words;

  plain->payload_offset = clear;
  if (!(packet[0] & RTP_EXTENSION))
    return TRANSPORT_OK;

  words = (size_t) preamble[2] << 8 | preamble[3];
  if (words * WORD_SIZE > plain->length - clear)
    return TRANSPORT_EXTENSION;

  plain->extension_profile = (uint16_t) (preamble[0] << 8 | preamble[1]);
  plain->extension_offset = clear;
  plain->extension_length = words * WORD_SIZE;
  plain->payload_offset += plain->extension_length;
  return TRANSPORT_OK;
}

static TransportResult
check_rtp (uint8_t *packet, size_t clear, TransportPlain *plain)
{
  TransportResult result = strip_padding (packet, clear, plain);

  if (result == TRANSPORT_OK)
    result = find_extension (packet, clear, plain);
  if (result != TRANSPORT_OK)
    return result;
  return plain->payload_offset == plain->length ? TRANSPORT_EMPTY
                                                : TRANSPORT_OK;
}

/* The first packet of a compound has at least a sender SSRC and fits; the rest
 * is for whoever walks it (media-transport 8). */
static TransportResult
check_rtcp (const uint8_t *packet, const TransportPlain *plain)
{
  size_t words = (size_t) packet[2] << 8 | packet[3];
  size_t first = (words + 1) * WORD_SIZE;

  if (first < RTCP_CLEAR_SIZE || first > plain->length)
    return TRANSPORT_PARSE;
  return TRANSPORT_OK;
}

TransportResult
transport_cipher_unprotect (TransportCipher *self, TransportPacketKind kind,
    uint8_t *packet, size_t length, TransportPlain *plain)
{
  TransportResult result;
  const uint8_t *suffix;
  size_t clear;

  memset (plain, 0, sizeof *plain);
  result = measure_clear (kind, packet, length, TRANSPORT_OVERHEAD, &clear);
  if (result != TRANSPORT_OK)
    return result;

  plain->length = length - TRANSPORT_OVERHEAD;
  suffix = packet + length - TRANSPORT_NONCE_SUFFIX_SIZE;
  if (!open_packet (self, suffix, packet, clear, plain->length - clear))
    return TRANSPORT_AUTH;

  if (kind == TRANSPORT_PACKET_RTCP)
    return check_rtcp (packet, plain);
  return check_rtp (packet, clear, plain);
}
