/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "frames.h"
#include "vp8.h"

/* 0 when the payload ends before it does. */
static gsize
descriptor_size (const guint8 *payload, gsize size)
{
  gsize n = 1;
  guint8 present;

  if ((payload[0] & VP8_EXTENDED) == 0)
    return n;
  if (size < 2)
    return 0;
  present = payload[n++];
  if ((present & VP8_PICTURE_ID) != 0) {
    if (n >= size)
      return 0;
    n += (payload[n] & VP8_PICTURE_ID_LONG) != 0 ? 2 : 1;
  }
  if ((present & VP8_TL0PICIDX) != 0)
    n++;
  if ((present & (VP8_TID | VP8_KEYIDX)) != 0)
    n++;
  return n <= size ? n : 0;
}

static gboolean
add (RtpFrame *frame, const guint8 *payload, gsize size)
{
  gsize n = descriptor_size (payload, size);
  gboolean starts =
      (payload[0] & VP8_START) != 0 && (payload[0] & VP8_PARTITION_MASK) == 0;

  if (n == 0 || n == size || starts == frame->has_packets)
    return FALSE;
  if (starts)
    frame->keyframe = (payload[n] & VP8_FRAME_IS_DELTA) == 0;
  return rtp_frame_append (frame, payload + n, size - n);
}

const RtpDepayFormat rtp_vp8_depay_format = { add, rtp_frame_is_whole };
