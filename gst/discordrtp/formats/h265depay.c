/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "h26x.h"

#define FU_TYPE_MASK 0x3f

static guint
get_type (guint8 header)
{
  return H265_TYPE (header);
}

static gboolean
is_keyframe (guint type)
{
  return type >= H265_IRAP_FIRST && type <= H265_IRAP_LAST;
}

static void
restore_header (const guint8 *fragment, guint8 *header)
{
  header[0] = (fragment[0] & H265_LAYER_MASK)
      | (guint8) ((fragment[2] & FU_TYPE_MASK) << 1);
  header[1] = fragment[1];
}

static gboolean
add (RtpFrame *frame, const guint8 *payload, gsize size)
{
  static const RtpH26xFormat format = {
    .header_size = H265_HEADER,
    .get_type = get_type,
    .is_keyframe = is_keyframe,
    .single_last = H265_SINGLE_LAST,
    .aggregation = H265_AP,
    .fragmentation = H265_FU,
    .fu_type_mask = FU_TYPE_MASK,
    .restore_header = restore_header,
  };

  return rtp_h26x_depay (&format, frame, payload, size);
}

const RtpDepayFormat rtp_h265_depay_format = { add, rtp_frame_is_whole };
