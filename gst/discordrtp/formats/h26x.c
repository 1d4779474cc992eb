/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "h26x.h"

#include <string.h>

#define AGGREGATE_SIZE 2

void
rtp_h26x_pay_unit (RtpPayloads *out, const GstDiscordFrameUnit *unit,
    guint header_size, const guint8 *head, guint head_size)
{
  const gsize max = RTP_PAYLOAD_MAX - head_size;
  gsize offset = unit->offset + header_size;
  gsize left = unit->size - header_size;
  guint8 flags = H26X_FU_START;

  if (unit->size <= RTP_PAYLOAD_MAX) {
    rtp_payloads_begin (out);
    rtp_payloads_add (out, NULL, 0, unit->offset, unit->size);
    return;
  }
  while (left > 0) {
    gsize length = MIN (left, max);
    RtpPiece *piece;

    rtp_payloads_begin (out);
    piece = rtp_payloads_add (out, head, head_size, offset, length);
    if (length == left)
      flags |= H26X_FU_END;
    piece->literal[head_size - 1] |= flags;
    flags = 0;
    offset += length;
    left -= length;
  }
}

static gboolean
add_unit (const RtpH26xFormat *format, RtpFrame *frame, const guint8 *unit,
    gsize size)
{
  static const guint8 start_code[] = { 0, 0, 0, 1 };

  if (size < format->header_size)
    return FALSE;
  frame->keyframe |= format->is_keyframe (format->get_type (unit[0]));
  return rtp_frame_append (frame, start_code, sizeof start_code)
      && rtp_frame_append (frame, unit, size);
}

static gboolean
add_aggregate (const RtpH26xFormat *format, RtpFrame *frame,
    const guint8 *payload, gsize size)
{
  gsize at = format->header_size;

  while (at < size) {
    gsize length;

    if (size - at < AGGREGATE_SIZE)
      return FALSE;
    length = (gsize) payload[at] << 8 | payload[at + 1];
    at += AGGREGATE_SIZE;
    if (length > size - at || !add_unit (format, frame, payload + at, length))
      return FALSE;
    at += length;
  }
  return TRUE;
}

static gboolean
add_fragment (const RtpH26xFormat *format, RtpFrame *frame,
    const guint8 *payload, gsize size)
{
  gsize head_size = format->header_size + 1;
  guint8 header[H265_HEADER];
  guint8 fu;
  guint type;

  if (size < head_size)
    return FALSE;
  fu = payload[format->header_size];
  type = fu & format->fu_type_mask;
  /* A fragment that begins none, or one that does inside another. */
  if (((fu & H26X_FU_START) != 0) == frame->in_fragment)
    return FALSE;
  if (!frame->in_fragment) {
    format->restore_header (payload, header);
    if (!add_unit (format, frame, header, format->header_size))
      return FALSE;
    frame->fragment_type = type;
  } else if (type != frame->fragment_type) {
    return FALSE;
  }
  frame->in_fragment = (fu & H26X_FU_END) == 0;
  return rtp_frame_append (frame, payload + head_size, size - head_size);
}

gboolean
rtp_h26x_depay (const RtpH26xFormat *format, RtpFrame *frame,
    const guint8 *payload, gsize size)
{
  guint type;

  if (size < format->header_size)
    return FALSE;
  type = format->get_type (payload[0]);
  if (type == format->fragmentation)
    return add_fragment (format, frame, payload, size);
  if (frame->in_fragment)
    return FALSE;
  if (type == format->aggregation)
    return add_aggregate (format, frame, payload, size);
  if (type < format->single_first || type > format->single_last)
    return TRUE; /* not for us (media-transport 7) */
  return add_unit (format, frame, payload, size);
}
