/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "h26x.h"
#include "payloads.h"

/* RFC 7798, 4.4.3, without DONL. */
gboolean
rtp_h265_pay (const RtpVideoFrame *frame, RtpPayloads *out)
{
  for (guint i = 0; i < frame->n_units; i++) {
    const GstDiscordFrameUnit *unit = &frame->units[i];
    const guint8 *header = frame->data + unit->offset;

    if (unit->size < H265_HEADER)
      return FALSE;
    rtp_h26x_pay_unit (out, unit, H265_HEADER,
        (const guint8[H265_FU_HEAD]){
            (header[0] & H265_LAYER_MASK) | H265_FU << 1, header[1],
            H265_TYPE (header[0]) },
        H265_FU_HEAD);
  }
  return frame->n_units > 0;
}
