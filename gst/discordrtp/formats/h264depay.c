/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "h26x.h"

static guint
get_type (guint8 header)
{
  return header & H264_TYPE_MASK;
}

static gboolean
is_keyframe (guint type)
{
  return type == H264_IDR;
}

static void
restore_header (const guint8 *fragment, guint8 *header)
{
  header[0] = (fragment[0] & ~H264_TYPE_MASK) | (fragment[1] & H264_TYPE_MASK);
}

static gboolean
add (RtpFrame *frame, const guint8 *payload, gsize size)
{
  static const RtpH26xFormat format = {
    .header_size = H264_HEADER,
    .get_type = get_type,
    .is_keyframe = is_keyframe,
    .single_first = H264_SINGLE_FIRST,
    .single_last = H264_SINGLE_LAST,
    .aggregation = H264_STAP_A,
    .fragmentation = H264_FU_A,
    .fu_type_mask = H264_TYPE_MASK,
    .restore_header = restore_header,
  };

  return rtp_h26x_depay (&format, frame, payload, size);
}

const RtpDepayFormat rtp_h264_depay_format = { add, rtp_frame_is_whole };
