/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "av1.h"
#include "payloads.h"

#include <gst/discord/dave/frame/obu.h>

/* An element that would get less room than this waits for the next packet. */
#define ELEMENT_MIN 16

typedef struct
{
  RtpPayloads *out;
  RtpPiece *header; /* the piece with the aggregation header of this packet */
  guint header_index;
  guint n_elements;
  gsize room;
  gboolean continues;
} Packet;

static void
begin_packet (Packet *packet, gboolean continues)
{
  rtp_payloads_begin (packet->out);
  packet->header_index = packet->out->pieces->len;
  packet->n_elements = 0;
  packet->room = RTP_PAYLOAD_MAX - 1;
  packet->continues = continues;
}

static void
end_packet (Packet *packet, gboolean goes_on)
{
  RtpPiece *first =
      &g_array_index (packet->out->pieces, RtpPiece, packet->header_index);

  first->literal[0] |= packet->n_elements << AV1_COUNT_SHIFT;
  if (packet->continues)
    first->literal[0] |= AV1_CONTINUES;
  if (goes_on)
    first->literal[0] |= AV1_GOES_ON;
}

/* @head: the header of the OBU, where it begins here. */
static void
add_element (Packet *packet, gboolean is_last, const guint8 *head, guint n_head,
    gsize offset, gsize length)
{
  guint8 literal[RTP_LITERAL_MAX] = { 0 };
  guint n = packet->n_elements == 0 ? 1 : 0; /* the aggregation header */

  if (!is_last)
    n += dave_uleb128_write (literal + n, n_head + length);
  for (guint i = 0; i < n_head; i++)
    literal[n++] = head[i];
  rtp_payloads_add (packet->out, literal, n, offset, length);
  packet->room -= n - (packet->n_elements == 0 ? 1 : 0) + length;
  packet->n_elements++;
}

/* Whether an element of @size bytes can have another one behind. */
static gboolean
leaves_room (const Packet *packet, gsize size)
{
  return packet->n_elements + 1 < AV1_COUNT_MAX
      && dave_uleb128_size (size) + size + ELEMENT_MIN <= packet->room;
}

/* An OBU that does not fit goes on in packets of its own. */
static void
add_obu (Packet *packet, const guint8 *head, guint n_head, gsize offset,
    gsize length)
{
  while (n_head + length > packet->room) {
    gsize part = packet->room - n_head;

    add_element (packet, TRUE, head, n_head, offset, part);
    end_packet (packet, TRUE);
    begin_packet (packet, TRUE);
    offset += part;
    length -= part;
    n_head = 0;
  }
  add_element (packet, TRUE, head, n_head, offset, length);
}

static gboolean
read_obu (
    const RtpVideoFrame *frame, const GstDiscordFrameUnit *unit, DaveObu *obu)
{
  return dave_obu_read (obu, frame->data + unit->offset, unit->size)
      && obu->payload + obu->payload_size == unit->size;
}

gboolean
rtp_av1_pay (const RtpVideoFrame *frame, RtpPayloads *out)
{
  Packet packet = { .out = out };

  begin_packet (&packet, FALSE);
  for (guint i = 0; i < frame->n_units; i++) {
    const GstDiscordFrameUnit *unit = &frame->units[i];
    gsize offset;
    DaveObu obu;

    if (!read_obu (frame, unit, &obu))
      return FALSE;
    obu.header[0] &= (guint8) ~AV1_OBU_HAS_SIZE;
    offset = unit->offset + obu.payload;
    if (i + 1 < frame->n_units
        && leaves_room (&packet, obu.header_size + obu.payload_size)) {
      add_element (&packet, FALSE, obu.header, obu.header_size, offset,
          obu.payload_size);
    } else {
      add_obu (&packet, obu.header, obu.header_size, offset, obu.payload_size);
      end_packet (&packet, FALSE);
      if (i + 1 < frame->n_units)
        begin_packet (&packet, FALSE);
    }
    if (i == 0 && DAVE_OBU_TYPE (obu.header[0]) == DAVE_OBU_SEQUENCE_HEADER)
      g_array_index (out->pieces, RtpPiece, 0).literal[0] |= AV1_NEW_SEQUENCE;
  }
  return frame->n_units > 0;
}
