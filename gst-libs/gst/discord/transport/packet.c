/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "packet.h"

#include <string.h>

/* media-transport 1.1: offsets in the 74 bytes. */
#define DISCOVERY_REQUEST 1
#define DISCOVERY_RESPONSE 2
#define DISCOVERY_LENGTH_OFFSET 2
#define DISCOVERY_SSRC_OFFSET 4
#define DISCOVERY_ADDRESS_OFFSET 8
#define DISCOVERY_ADDRESS_SIZE 64
#define DISCOVERY_PORT_OFFSET 72
/* The length field counts what follows it. */
#define DISCOVERY_LENGTH_BIAS 4

/* media-transport 1.2 */
#define PING_REQUEST 0x1337cafe
#define PING_REPLY 0x1337f00d

/* media-transport 1.3, rules 3 and 4 */
#define MEDIA_MIN_SIZE 8
#define RTP_VERSION 2
#define RTCP_FIRST_TYPE 194
#define RTCP_LAST_TYPE 223

static uint16_t
read_u16 (const uint8_t *data)
{
  return (uint16_t) (data[0] << 8 | data[1]);
}

static uint32_t
read_u32 (const uint8_t *data)
{
  return (uint32_t) read_u16 (data) << 16 | read_u16 (data + 2);
}

static void
write_u16 (uint8_t *out, uint16_t value)
{
  out[0] = (uint8_t) (value >> 8);
  out[1] = (uint8_t) value;
}

static void
write_u32 (uint8_t *out, uint32_t value)
{
  write_u16 (out, (uint16_t) (value >> 16));
  write_u16 (out + 2, (uint16_t) value);
}

static bool
is_discovery (const uint8_t *data, size_t length)
{
  uint16_t type;

  if (length < DISCORD_DISCOVERY_SIZE)
    return false;
  type = read_u16 (data);
  return (type == DISCOVERY_REQUEST || type == DISCOVERY_RESPONSE)
      && read_u16 (data + DISCOVERY_LENGTH_OFFSET)
      == length - DISCOVERY_LENGTH_BIAS;
}

DiscordPacketKind
discord_packet_classify (const uint8_t *data, size_t length)
{
  if (length < MEDIA_MIN_SIZE)
    return DISCORD_PACKET_OTHER;
  if (read_u32 (data) == PING_REPLY)
    return DISCORD_PACKET_PING_REPLY;
  if (is_discovery (data, length))
    return DISCORD_PACKET_DISCOVERY;
  if (data[0] >> 6 != RTP_VERSION)
    return DISCORD_PACKET_OTHER;
  /* The whole byte: our payload types are above 95, so that one with the marker
   * bit set cannot fall into this range. */
  if (data[1] >= RTCP_FIRST_TYPE && data[1] <= RTCP_LAST_TYPE)
    return DISCORD_PACKET_RTCP;
  return DISCORD_PACKET_RTP;
}

void
discord_discovery_write_request (
    uint8_t out[DISCORD_DISCOVERY_SIZE], uint32_t ssrc)
{
  memset (out, 0, DISCORD_DISCOVERY_SIZE);
  write_u16 (out, DISCOVERY_REQUEST);
  write_u16 (out + DISCOVERY_LENGTH_OFFSET,
      DISCORD_DISCOVERY_SIZE - DISCOVERY_LENGTH_BIAS);
  write_u32 (out + DISCOVERY_SSRC_OFFSET, ssrc);
}

/* It goes into Select Protocol as text, so it has to be text. */
static bool
is_text (const char *address)
{
  for (const char *c = address; *c != '\0'; c++) {
    if (*c <= ' ' || *c > '~')
      return false;
  }
  return *address != '\0';
}

bool
discord_discovery_parse_response (const uint8_t *data, size_t length,
    uint32_t ssrc, char address[65], uint16_t *port)
{
  if (length != DISCORD_DISCOVERY_SIZE || !is_discovery (data, length)
      || read_u16 (data) != DISCOVERY_RESPONSE
      || read_u32 (data + DISCOVERY_SSRC_OFFSET) != ssrc)
    return false;

  memcpy (address, data + DISCOVERY_ADDRESS_OFFSET, DISCOVERY_ADDRESS_SIZE);
  address[DISCOVERY_ADDRESS_SIZE] = '\0';
  *port = read_u16 (data + DISCOVERY_PORT_OFFSET);
  return is_text (address);
}

/* The sequence is little-endian (media-transport 1.2); the server echoes it. */
static void
write_sequence (uint8_t *out, uint32_t sequence)
{
  for (int i = 0; i < 4; i++)
    out[i] = (uint8_t) (sequence >> 8 * i);
}

static uint32_t
read_sequence (const uint8_t *data)
{
  return data[0] | data[1] << 8 | data[2] << 16 | (uint32_t) data[3] << 24;
}

void
discord_ping_write_request (uint8_t out[DISCORD_PING_SIZE], uint32_t sequence)
{
  write_u32 (out, PING_REQUEST);
  write_sequence (out + 4, sequence);
}

bool
discord_ping_parse_reply (
    const uint8_t *data, size_t length, uint32_t *sequence)
{
  if (length < DISCORD_PING_SIZE || read_u32 (data) != PING_REPLY)
    return false;
  *sequence = read_sequence (data + 4);
  return true;
}
