/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* NAL units of H.264 (RFC 6184) and H.265 (RFC 7798) in RTP: what both have in
 * common. */

#include "frames.h"
#include "payloads.h"

G_BEGIN_DECLS

#define H264_HEADER 1
#define H264_TYPE_MASK 0x1f
#define H264_IDR 5
#define H264_SINGLE_FIRST 1
#define H264_SINGLE_LAST 23
#define H264_STAP_A 24
#define H264_FU_A 28
#define H264_FU_HEAD 2

#define H265_HEADER 2
#define H265_TYPE(header) (((header) >> 1) & 0x3f)
#define H265_LAYER_MASK 0x81 /* all but the type */
#define H265_IRAP_FIRST 16
#define H265_IRAP_LAST 23
#define H265_SINGLE_LAST 47
#define H265_AP 48
#define H265_FU 49
#define H265_FU_HEAD 3

#define H26X_FU_START 0x80
#define H26X_FU_END 0x40

/* A payload of its own, or fragments behind @head, whose last byte is the FU
 * header without its flags. */
void rtp_h26x_pay_unit (RtpPayloads *out, const GstDiscordFrameUnit *unit,
    guint header_size, const guint8 *head, guint head_size);

/* The other way. */
typedef struct
{
  guint header_size;
  guint (*get_type) (guint8 header);
  gboolean (*is_keyframe) (guint type);
  guint single_first; /* of types that are NAL units themselves */
  guint single_last;
  guint aggregation;
  guint fragmentation;
  guint8 fu_type_mask;
  /* The header of the NAL unit that a fragment is of. */
  void (*restore_header) (const guint8 *fragment, guint8 *header);
} RtpH26xFormat;

gboolean rtp_h26x_depay (const RtpH26xFormat *format, RtpFrame *frame,
    const guint8 *payload, gsize size);

G_END_DECLS
