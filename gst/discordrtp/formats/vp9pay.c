/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "payloads.h"
#include "vp9.h"

#include <string.h>

#define SS_SIZE 8

/* One spatial layer of this size; a group of one picture that switches up and
 * refers to the one before. */
static void
write_structure (const RtpVideoFrame *frame, guint8 *data)
{
  const guint8 structure[SS_SIZE] = {
    VP9_SS_SIZES | VP9_SS_GROUP,
    frame->width >> 8 & 0xff,
    frame->width & 0xff,
    frame->height >> 8 & 0xff,
    frame->height & 0xff,
    1,
    0x14,
    1,
  };

  memcpy (data, structure, sizeof structure);
}

/* RFC 9628, 4.2: no picture id, no layers, not flexible. */
gboolean
rtp_vp9_pay (const RtpVideoFrame *frame, RtpPayloads *out)
{
  guint8 head[1 + SS_SIZE];
  gboolean has_structure = frame->keyframe && !frame->inter_predicted;
  gsize max = RTP_PAYLOAD_MAX - (has_structure ? sizeof head : 1);
  gsize length;

  write_structure (frame, head + 1);
  for (gsize at = 0; at < frame->size; at += length) {
    guint n_head = 1;

    length = MIN (frame->size - at, max);
    head[0] = frame->inter_predicted ? VP9_INTER_PREDICTED : 0;
    if (at == 0)
      head[0] |= VP9_BEGIN;
    if (at + length == frame->size)
      head[0] |= VP9_END;
    if (at == 0 && has_structure) {
      head[0] |= VP9_SCALABILITY;
      n_head = sizeof head;
    }
    rtp_payloads_begin (out);
    rtp_payloads_add (out, head, n_head, at, length);
  }
  return frame->size > 0;
}
