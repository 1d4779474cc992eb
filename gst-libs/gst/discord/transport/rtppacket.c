/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtppacket.h"

#include "bytes.h"
#include "rtpheader.h"

#include <string.h>

#define VERSION 2
#define PADDING 0x20
#define EXTENSION 0x10
#define CSRC_COUNT 0x0f
#define MARKER 0x80
#define PAYLOAD_TYPE 0x7f
#define EXTENSION_PREAMBLE 4

static bool
parse_extension (const uint8_t *data, size_t length, RtpHeader *header)
{
  const uint8_t *preamble = data + header->size;

  if (length - header->size < EXTENSION_PREAMBLE)
    return false;
  header->extension_profile = bytes_read_u16 (preamble);
  header->extension_length = (size_t) bytes_read_u16 (preamble + 2) * 4;
  header->extension_offset = header->size + EXTENSION_PREAMBLE;
  header->size = header->extension_offset + header->extension_length;
  return header->size <= length;
}

/* RFC 3550 5.1: the last byte counts the padding, itself included. */
static bool
parse_padding (const uint8_t *data, size_t length, RtpHeader *header)
{
  header->padding = data[length - 1];
  return header->padding > 0 && header->padding <= length - header->size;
}

bool
rtp_header_parse (const uint8_t *data, size_t length, RtpHeader *header)
{
  if (length < RTP_PACKET_MIN_SIZE || data[0] >> 6 != VERSION)
    return false;
  *header = (RtpHeader){
    .marker = (data[1] & MARKER) != 0,
    .payload_type = data[1] & PAYLOAD_TYPE,
    .sequence = bytes_read_u16 (data + 2),
    .timestamp = bytes_read_u32 (data + 4),
    .ssrc = bytes_read_u32 (data + 8),
    .size = RTP_PACKET_MIN_SIZE + (size_t) (data[0] & CSRC_COUNT) * 4,
  };
  if (header->size > length)
    return false;
  if ((data[0] & EXTENSION) != 0 && !parse_extension (data, length, header))
    return false;
  return (data[0] & PADDING) == 0 || parse_padding (data, length, header);
}

void
rtp_header_rewrite (
    uint8_t *data, uint8_t payload_type, uint16_t sequence, uint32_t ssrc)
{
  data[1] = (uint8_t) ((data[1] & MARKER) | payload_type);
  bytes_write_u16 (data + 2, sequence);
  bytes_write_u32 (data + 8, ssrc);
}

static void
iterate (const uint8_t *data, const RtpHeader *header, RtpExtensionIter *iter)
{
  rtp_extension_iter_init (iter, header->extension_profile,
      data + header->extension_offset, header->extension_length);
}

void
rtp_header_rename_extension (
    uint8_t *data, const RtpHeader *header, uint8_t from, uint8_t to)
{
  RtpExtension element;
  RtpExtensionIter iter;

  iterate (data, header, &iter);
  while (rtp_extension_iter_next (&iter, &element)) {
    uint8_t *value = data + (element.data - data);

    if (element.id != from)
      continue;
    if (iter.two_byte)
      value[-2] = to;
    else
      value[-1] = (uint8_t) (to << 4 | (value[-1] & 0x0f));
  }
}

bool
rtp_header_set_extension (uint8_t *data, const RtpHeader *header, uint8_t id,
    const uint8_t *value, size_t length)
{
  RtpExtension element;
  RtpExtensionIter iter;

  iterate (data, header, &iter);
  while (rtp_extension_iter_next (&iter, &element)) {
    if (element.id == id && element.length == length) {
      memcpy (data + (element.data - data), value, length);
      return true;
    }
  }
  return false;
}
