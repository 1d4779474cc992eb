/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtpcheck.h"

#define RTP_HEADER 12
#define RTCP_HEADER 8
#define RTCP_SR 200
#define RTCP_RR 201
#define RTCP_RTPFB 205
#define RTCP_PSFB 206
#define REPORT_BLOCK 24
#define SR_SIZE 28
#define ONE_BYTE_PROFILE 0xbede

gboolean
lb_is_rtcp (const guint8 *packet)
{
  return packet[1] >= 194 && packet[1] <= 223;
}

guint
lb_read_u16 (const guint8 *from)
{
  return (guint) from[0] << 8 | from[1];
}

guint32
lb_read_u32 (const guint8 *from)
{
  return (guint32) lb_read_u16 (from) << 16 | lb_read_u16 (from + 2);
}

guint32
lb_packet_ssrc (const guint8 *packet)
{
  return lb_read_u32 (packet + (lb_is_rtcp (packet) ? 4 : 8));
}

guint16
lb_packet_seq (const guint8 *packet)
{
  return (guint16) lb_read_u16 (packet + 2);
}

guint32
lb_packet_timestamp (const guint8 *packet)
{
  return lb_read_u32 (packet + 4);
}

guint
lb_packet_type (const guint8 *packet)
{
  return packet[1] & 0x7f;
}

gboolean
lb_packet_marker (const guint8 *packet)
{
  return (packet[1] & 0x80) != 0;
}

void
lb_write_u16 (guint8 *to, guint value)
{
  to[0] = (guint8) (value >> 8);
  to[1] = (guint8) value;
}

void
lb_write_u32 (guint8 *to, guint32 value)
{
  lb_write_u16 (to, value >> 16);
  lb_write_u16 (to + 2, value & 0xffff);
}

gsize
lb_rtp_clear_size (const guint8 *packet, gsize length)
{
  gsize size = RTCP_HEADER;

  if (!lb_is_rtcp (packet))
    size = RTP_HEADER + 4u * (packet[0] & 0x0f) + (packet[0] & 0x10 ? 4 : 0);
  return size <= length ? size : 0;
}

/* Media-transport section 3: the lengths of the elements clients send; 0 for
 * those whose length is free. */
static gsize
element_length (guint id)
{
  static const guint8 lengths[] = { 0, 1, 3, 3, 1, 2, 3, 1, 13, 1 };

  return id < G_N_ELEMENTS (lengths) ? lengths[id] : 0;
}

static const char *
check_elements (const guint8 *body, gsize length)
{
  gsize i = 0;

  while (i < length) {
    guint id = body[i] >> 4;
    gsize size = (body[i] & 0x0f) + 1u;

    if (body[i] == 0) {
      i++;
      continue;
    }
    if (id == 0 || id > 12)
      return "extension-id";
    if (i + 1 + size > length)
      return "extension-overrun";
    if (element_length (id) != 0 && size != element_length (id))
      return "extension-length";
    i += 1 + size;
  }
  return NULL;
}

const char *
lb_rtp_check (const guint8 *packet, gsize length, guint pt,
    const guint8 **payload, gsize *payload_length)
{
  gsize offset = lb_rtp_clear_size (packet, length);
  gsize end = length;

  if (offset == 0)
    return "rtp-short";
  if (lb_packet_type (packet) != pt)
    return "payload-type";
  if (packet[0] & 0x20) {
    guint pad = packet[length - 1];

    if (pad == 0 || pad > length - offset)
      return "rtp-padding";
    end -= pad;
  }
  if (packet[0] & 0x10) {
    guint profile = lb_read_u16 (packet + offset - 4);
    gsize size = 4u * lb_read_u16 (packet + offset - 2);
    const char *wrong;

    if (profile != ONE_BYTE_PROFILE)
      return "extension-profile";
    if (size > end - offset)
      return "extension-size";
    wrong = check_elements (packet + offset, size);
    if (wrong != NULL)
      return wrong;
    offset += size;
  }
  if (offset == end)
    return "rtp-empty";
  *payload = packet + offset;
  *payload_length = end - offset;
  return NULL;
}

guint8 *
lb_rtp_find_element (guint8 *packet, guint id, gsize *size)
{
  guint8 *body = packet + RTP_HEADER + 4u * (packet[0] & 0x0f) + 4;
  gsize length, i = 0;

  if (!(packet[0] & 0x10))
    return NULL;
  length = 4u * lb_read_u16 (body - 2);
  while (i < length) {
    if (body[i] == 0) {
      i++;
      continue;
    }
    *size = (body[i] & 0x0f) + 1u;
    if (body[i] >> 4 == id)
      return body + i + 1;
    i += 1 + *size;
  }
  return NULL;
}

const char *
lb_rtcp_check (const guint8 *packet, gsize length)
{
  gsize said = 4u * (lb_read_u16 (packet + 2) + 1);
  guint count = packet[0] & 0x1f;

  if (said < length)
    return "rtcp-compound";
  if (said > length || (packet[0] & 0x20))
    return "rtcp-length";
  switch (packet[1]) {
    case RTCP_SR:
      return count == 0 && length == SR_SIZE ? NULL : "rtcp-sr";
    case RTCP_RR:
      return length == RTCP_HEADER + count * REPORT_BLOCK ? NULL : "rtcp-rr";
    case RTCP_RTPFB:
    case RTCP_PSFB:
      return length >= RTCP_HEADER + 4 ? NULL : "rtcp-feedback";
    default:
      return "rtcp-type";
  }
}
