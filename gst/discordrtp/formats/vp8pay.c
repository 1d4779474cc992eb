/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "payloads.h"
#include "vp8.h"

/* RFC 7741, 4.2: with a picture id of 15 bits and nothing else that is
 * optional. */
gboolean
rtp_vp8_pay (const RtpVideoFrame *frame, RtpPayloads *out)
{
  guint8 descriptor[] = {
    VP8_EXTENDED | VP8_START,
    VP8_PICTURE_ID,
    VP8_PICTURE_ID_LONG | (frame->picture_id >> 8 & 0x7f),
    frame->picture_id & 0xff,
  };
  gsize length;

  for (gsize at = 0; at < frame->size; at += length) {
    length = MIN (frame->size - at, RTP_PAYLOAD_MAX - sizeof descriptor);
    rtp_payloads_begin (out);
    rtp_payloads_add (out, descriptor, sizeof descriptor, at, length);
    descriptor[0] = VP8_EXTENDED;
  }
  return frame->size > 0;
}
