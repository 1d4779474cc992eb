/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtxpacket.h"

#include "../../gst-libs/gst/discord/transport/bytes.h"
#include "../../gst-libs/gst/discord/transport/rtpheader.h"

/* More than a camera's header with all extensions (media-transport 3). */
#define MAX_HEADER_SIZE 512
/* RFC 4588 section 4: the original sequence number. */
#define OSN_SIZE 2

/* The header alone: what follows need not be in the same memory. */
static gboolean
read_header (GstBuffer *packet, guint8 data[MAX_HEADER_SIZE], RtpHeader *header)
{
  gsize size = gst_buffer_extract (packet, 0, data, MAX_HEADER_SIZE);

  /* Ours have no padding, which would be found at the very end. */
  return size > 0 && (data[0] & 0x20) == 0
      && rtp_header_parse (data, size, header);
}

gboolean
discord_rtp_packet_read (GstBuffer *packet, RtpHeader *header)
{
  guint8 data[MAX_HEADER_SIZE];

  return read_header (packet, data, header);
}

GstBuffer *
discord_rtx_packet_new (
    GstBuffer *packet, guint8 payload_type, guint16 sequence, guint32 ssrc)
{
  guint8 data[MAX_HEADER_SIZE + OSN_SIZE];
  RtpHeader header;
  GstBuffer *rtx;

  if (!read_header (packet, data, &header))
    return NULL;
  bytes_write_u16 (data + header.size, header.sequence);
  rtp_header_rewrite (data, payload_type, sequence, ssrc);
  rtp_header_rename_extension (
      data, &header, RTP_EXTENSION_RID, RTP_EXTENSION_REPAIRED_RID);

  rtx = gst_buffer_new_memdup (data, header.size + OSN_SIZE);
  gst_buffer_copy_into (rtx, packet, GST_BUFFER_COPY_MEMORY, header.size, -1);
  return rtx;
}

gboolean
discord_rtp_packet_is_numbered (GstBuffer *packet, const RtpHeader *header)
{
  guint8 data[MAX_HEADER_SIZE];
  RtpExtension element;
  RtpExtensionIter iter;

  if (header->extension_length == 0
      || gst_buffer_extract (packet, 0, data, header->size) != header->size)
    return FALSE;
  rtp_extension_iter_init (&iter, header->extension_profile,
      data + header->extension_offset, header->extension_length);
  while (rtp_extension_iter_next (&iter, &element))
    if (element.id == RTP_EXTENSION_TRANSPORT_SEQUENCE && element.length == 2)
      return TRUE;
  return FALSE;
}

void
discord_rtp_packet_stamp (
    GstBuffer *packet, guint16 transport_sequence, gint64 unix_ns)
{
  guint8 data[MAX_HEADER_SIZE];
  guint8 number[2], time[4];
  RtpHeader header;

  if (!read_header (packet, data, &header))
    return;
  bytes_write_u16 (number, transport_sequence);
  rtp_header_set_extension (
      data, &header, RTP_EXTENSION_TRANSPORT_SEQUENCE, number, 2);
  if (unix_ns >= 0) {
    bytes_write_u32 (time, rtp_abs_send_time (unix_ns));
    rtp_header_set_extension (
        data, &header, RTP_EXTENSION_ABS_SEND_TIME, time + 1, 3);
  }
  gst_buffer_fill (packet, 0, data, header.size);
}
