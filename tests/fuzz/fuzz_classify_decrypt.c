/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Any datagram from the network, and any packet by somebody who has the key. */

#include "gst/discord/crypto/transportcipher.h"
#include "gst/discord/transport/packet.h"

#include "fuzz.h"

/* Those of tests/vectors/transport.json, so that its datagrams open. */
static const uint8_t gcm_key[TRANSPORT_KEY_SIZE] = { 0x81, 0x01, 0xf5, 0xf9,
  0x8e, 0xad, 0x14, 0x86, 0x44, 0x43, 0x1a, 0xca, 0x30, 0x00, 0x46, 0x20, 0x4d,
  0x50, 0x62, 0x1a, 0xea, 0x0e, 0x8b, 0x41, 0xdd, 0x5e, 0xc8, 0xc5, 0x11, 0xe8,
  0xd1, 0x01 };
static const uint8_t xchacha_key[TRANSPORT_KEY_SIZE] = { 0x52, 0xbb, 0x5f, 0xc2,
  0xcc, 0xe9, 0x11, 0x50, 0x7c, 0x14, 0x25, 0xf1, 0x46, 0x25, 0xef, 0xca, 0xfa,
  0x87, 0x58, 0x53, 0xe6, 0x77, 0x8c, 0xeb, 0xbb, 0x04, 0x9b, 0x18, 0x81, 0xd3,
  0x38, 0x66 };

/* Of the discovery responses there. */
#define SSRC 0x01020304

static void
check_control (const uint8_t *data, size_t size)
{
  DiscordPacketKind kind = discord_packet_classify (data, size);
  char address[65];
  uint16_t port;
  uint32_t sequence;

  if (discord_discovery_parse_response (data, size, SSRC, address, &port)) {
    FUZZ_CHECK (kind == DISCORD_PACKET_DISCOVERY);
    FUZZ_CHECK (strlen (address) > 0);
  }
  if (discord_ping_parse_reply (data, size, &sequence)) {
    uint8_t request[DISCORD_PING_SIZE];

    FUZZ_CHECK (kind == DISCORD_PACKET_PING_REPLY);
    discord_ping_write_request (request, sequence);
    FUZZ_CHECK (memcmp (request + 4, data + 4, 4) == 0);
  }
}

static void
check_plain (TransportPacketKind kind, TransportResult result,
    const uint8_t *packet, size_t size, const TransportPlain *plain)
{
  if (result != TRANSPORT_OK && result != TRANSPORT_EMPTY)
    return;

  FUZZ_CHECK (plain->length <= size);
  FUZZ_CHECK (packet[0] >> 6 == 2);
  if (kind == TRANSPORT_PACKET_RTCP) {
    FUZZ_CHECK (result == TRANSPORT_OK);
    FUZZ_CHECK (plain->length == size && plain->length >= 8);
    return;
  }

  FUZZ_CHECK (plain->padded == (plain->length < size));
  FUZZ_CHECK (!(packet[0] & 0x20));
  FUZZ_CHECK (plain->payload_offset >= 12);
  FUZZ_CHECK (plain->payload_offset <= plain->length);
  FUZZ_CHECK (
      (result == TRANSPORT_EMPTY) == (plain->payload_offset == plain->length));
  if (plain->extension_offset == 0) {
    FUZZ_CHECK (!(packet[0] & 0x10));
    return;
  }
  FUZZ_CHECK (packet[0] & 0x10);
  FUZZ_CHECK (plain->extension_offset >= 16);
  FUZZ_CHECK (plain->extension_offset + plain->extension_length
      == plain->payload_offset);
}

/* As it came. */
static void
check_unprotect (TransportCipher *cipher, TransportPacketKind kind,
    const uint8_t *data, size_t size)
{
  uint8_t *packet = fuzz_copy (data, size, 0);
  TransportPlain plain;
  TransportResult result =
      transport_cipher_unprotect (cipher, kind, packet, size, &plain);

  if (result == TRANSPORT_OK || result == TRANSPORT_EMPTY)
    check_plain (kind, result, packet, size - TRANSPORT_OVERHEAD, &plain);
  free (packet);
}

/* The input as what an authentic sender encrypted: its header may lie, but not
 * about the version, or nothing behind that is ever reached. */
static void
check_protected (TransportCipher *cipher, TransportPacketKind kind,
    const uint8_t *data, size_t size)
{
  uint8_t *packet = fuzz_copy (data, size, TRANSPORT_OVERHEAD);
  size_t length;
  TransportPlain plain;
  TransportResult result;

  packet[0] = (packet[0] & 0x3f) | 0x80;
  result = transport_cipher_protect (
      cipher, kind, packet, size, size + TRANSPORT_OVERHEAD, &length);
  if (result != TRANSPORT_OK) {
    FUZZ_CHECK (result == TRANSPORT_SHORT || result == TRANSPORT_PARSE
        || result == TRANSPORT_NO_SPACE);
    free (packet);
    return;
  }

  FUZZ_CHECK (length == size + TRANSPORT_OVERHEAD);
  result = transport_cipher_unprotect (cipher, kind, packet, length, &plain);
  FUZZ_CHECK (result != TRANSPORT_AUTH && result != TRANSPORT_SHORT);
  check_plain (kind, result, packet, size, &plain);
  if (result == TRANSPORT_OK || result == TRANSPORT_EMPTY)
    FUZZ_CHECK (memcmp (packet + 1, data + 1, plain.length - 1) == 0);
  free (packet);
}

/* A change of one bit must not go unnoticed. */
static void
check_forged (TransportCipher *cipher, TransportPacketKind kind,
    const uint8_t *data, size_t size)
{
  uint8_t *packet = fuzz_copy (data, size, TRANSPORT_OVERHEAD);
  size_t length, bit;
  TransportPlain plain;
  TransportResult result;

  packet[0] = (packet[0] & 0x3f) | 0x80;
  if (transport_cipher_protect (
          cipher, kind, packet, size, size + TRANSPORT_OVERHEAD, &length)
      == TRANSPORT_OK) {
    bit = (data[size - 1] | (size_t) data[size / 2] << 8) % (length * 8);
    packet[bit / 8] ^= (uint8_t) (1 << bit % 8);
    result = transport_cipher_unprotect (cipher, kind, packet, length, &plain);
    FUZZ_CHECK (result == TRANSPORT_AUTH || result == TRANSPORT_PARSE);
  }
  free (packet);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static TransportCipher *ciphers[2];

  /* For the life of the process, as a connection does it. */
  if (ciphers[0] == NULL) {
    ciphers[0] = transport_cipher_new (
        TRANSPORT_MODE_AES256_GCM, gcm_key, TRANSPORT_FIRST_NONCE);
    ciphers[1] = transport_cipher_new (
        TRANSPORT_MODE_XCHACHA20_POLY1305, xchacha_key, TRANSPORT_FIRST_NONCE);
    FUZZ_CHECK (ciphers[0] != NULL && ciphers[1] != NULL);
  }

  check_control (data, size);
  for (int mode = 0; mode < 2; mode++) {
    for (int kind = TRANSPORT_PACKET_RTP; kind <= TRANSPORT_PACKET_RTCP;
         kind++) {
      check_unprotect (ciphers[mode], kind, data, size);
      if (size == 0)
        continue;
      check_protected (ciphers[mode], kind, data, size);
      check_forged (ciphers[mode], kind, data, size);
    }
  }
  return 0;
}
