/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Datagrams other than media, and telling them apart (media-transport 1.1-1.3).
 * Pure functions over bytes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISCORD_DISCOVERY_SIZE 74
#define DISCORD_PING_SIZE 8
#define DISCORD_MAX_DATAGRAM 2048

typedef enum
{
  DISCORD_PACKET_PING_REPLY,
  DISCORD_PACKET_DISCOVERY,
  DISCORD_PACKET_RTP,
  DISCORD_PACKET_RTCP,
  DISCORD_PACKET_OTHER,
} DiscordPacketKind;

DiscordPacketKind discord_packet_classify (const uint8_t *data, size_t length);

void discord_discovery_write_request (
    uint8_t out[DISCORD_DISCOVERY_SIZE], uint32_t ssrc);
/* False unless @data is the response to @ssrc's request and brings an address of
 * printable ASCII. @address gets at most 64 characters and a NUL. */
bool discord_discovery_parse_response (const uint8_t *data, size_t length,
    uint32_t ssrc, char address[65], uint16_t *port);

void discord_ping_write_request (
    uint8_t out[DISCORD_PING_SIZE], uint32_t sequence);
bool discord_ping_parse_reply (
    const uint8_t *data, size_t length, uint32_t *sequence);
