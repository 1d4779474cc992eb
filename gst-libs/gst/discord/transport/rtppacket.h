/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The header of an RTP packet (RFC 3550 5.1), read and changed in place, as
 * retransmission (media-transport 9.1) has it done. Pure functions over bytes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTP_PACKET_MIN_SIZE 12

typedef struct
{
  bool marker;
  uint8_t payload_type;
  uint16_t sequence;
  uint32_t timestamp;
  uint32_t ssrc;
  size_t size; /* with CSRCs and extension: where the payload is */
  size_t padding; /* behind the payload */
  uint16_t extension_profile;
  size_t extension_offset; /* of its elements; 0: has none */
  size_t extension_length;
} RtpHeader;

/* False unless @data begins with a whole header. @length: of the packet. */
bool rtp_header_parse (const uint8_t *data, size_t length, RtpHeader *header);

/* What is another in a retransmission. Marker, timestamp and CSRCs stay. */
void rtp_header_rewrite (
    uint8_t *data, uint8_t payload_type, uint16_t sequence, uint32_t ssrc);

/* Gives the elements with id @from the id @to; both at most 14. */
void rtp_header_rename_extension (
    uint8_t *data, const RtpHeader *header, uint8_t from, uint8_t to);

/* Overwrites the element @id, which must have @length bytes; false when there is
 * none like that. */
bool rtp_header_set_extension (uint8_t *data, const RtpHeader *header,
    uint8_t id, const uint8_t *value, size_t length);
