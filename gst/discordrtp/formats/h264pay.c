/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "h26x.h"
#include "payloads.h"

/* RFC 6184, 5.8: the NAL unit header goes into indicator and FU header. */
gboolean
rtp_h264_pay (const RtpVideoFrame *frame, RtpPayloads *out)
{
  for (guint i = 0; i < frame->n_units; i++) {
    const GstDiscordFrameUnit *unit = &frame->units[i];
    guint8 header = frame->data[unit->offset];
    guint8 head[H264_FU_HEAD] = {
      (header & ~H264_TYPE_MASK) | H264_FU_A,
      header & H264_TYPE_MASK,
    };

    if (unit->size < H264_HEADER)
      return FALSE;
    rtp_h26x_pay_unit (out, unit, H264_HEADER, head, sizeof head);
  }
  return frame->n_units > 0;
}
