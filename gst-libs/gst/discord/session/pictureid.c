/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "pictureid.h"

#include "../gstdiscordpayloadtypes-private.h"
#include "../transport/rtppacket.h"

/* A header with all extensions of video (media-transport 3), and a descriptor. */
#define MAX_HEAD 128

/* RFC 7741 4.2 */
#define EXTENDED 0x80
#define HAS_PICTURE_ID 0x80
#define IS_LONG 0x80
#define DESCRIPTOR_SIZE 4
#define MASK 0x7fff

static gboolean
is_last_of_vp8 (const guint8 *data, gsize size)
{
  const GstDiscordPayloadType *type =
      gst_discord_payload_type_of_codec (GST_DISCORD_CODEC_VP8);

  return size > 1 && data[1] == (0x80 | type->payload_type);
}

gboolean
discord_picture_id_read (GstBuffer *packet, guint16 *picture_id)
{
  const guint8 *descriptor;
  guint8 data[MAX_HEAD];
  RtpHeader header;
  gsize size;

  size = gst_buffer_extract (packet, 0, data, 2);
  if (!is_last_of_vp8 (data, size))
    return FALSE;
  size = gst_buffer_extract (packet, 0, data, sizeof data);
  if (!rtp_header_parse (data, size, &header)
      || size < header.size + DESCRIPTOR_SIZE)
    return FALSE;
  descriptor = data + header.size;
  if (!(descriptor[0] & EXTENDED) || !(descriptor[1] & HAS_PICTURE_ID)
      || !(descriptor[2] & IS_LONG))
    return FALSE;
  *picture_id = (guint16) ((descriptor[2] << 8 | descriptor[3]) & MASK);
  return TRUE;
}

guint16
discord_picture_id_next (guint16 picture_id)
{
  return (picture_id + 1) & MASK;
}
