/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How a frame is cut into RTP payloads: pure bytes and offsets, no buffers. A
 * frame may be end-to-end encrypted, so nothing is read of it but the headers
 * of units, which stay in clear; the rest is known from the outside. */

#include <gst/discord/gstdiscordframe-private.h>

G_BEGIN_DECLS

/* media-transport 6: descriptors included, RTP header and extensions not. */
#define RTP_PAYLOAD_MAX 1200

#define RTP_LITERAL_MAX 12

/* Bytes that the frame does not have, then bytes of the frame. */
typedef struct
{
  guint32 offset;
  guint32 length;
  guint8 n_literal;
  guint8 literal[RTP_LITERAL_MAX];
} RtpPiece;

/* The payloads of a frame. Arrays are kept from frame to frame. */
typedef struct
{
  GArray *pieces; /* RtpPiece */
  GArray *starts; /* guint, the first piece of each payload */
} RtpPayloads;

void rtp_payloads_init (RtpPayloads *self);
void rtp_payloads_clear (RtpPayloads *self);

/* Forgets all payloads. */
void rtp_payloads_reset (RtpPayloads *self);
/* Begins a payload; pieces are added to it. */
void rtp_payloads_begin (RtpPayloads *self);
RtpPiece *rtp_payloads_add (RtpPayloads *self, const guint8 *literal,
    guint n_literal, gsize offset, gsize length);

guint rtp_payloads_count (const RtpPayloads *self);
const RtpPiece *rtp_payloads_get (
    const RtpPayloads *self, guint index, guint *n_pieces);

typedef struct
{
  const guint8 *data;
  gsize size;
  const GstDiscordFrameUnit *units; /* in the frame, in order */
  guint n_units;
  gboolean keyframe;
  gboolean inter_predicted; /* VP9 */
  guint width; /* VP9 keyframes */
  guint height;
  guint16 picture_id; /* VP8 */
} RtpVideoFrame;

/* One codec each. False when units are not what the codec has. */
typedef gboolean (*RtpPayFunc) (const RtpVideoFrame *frame, RtpPayloads *out);

gboolean rtp_h264_pay (const RtpVideoFrame *frame, RtpPayloads *out);
gboolean rtp_h265_pay (const RtpVideoFrame *frame, RtpPayloads *out);
gboolean rtp_vp8_pay (const RtpVideoFrame *frame, RtpPayloads *out);
gboolean rtp_vp9_pay (const RtpVideoFrame *frame, RtpPayloads *out);
gboolean rtp_av1_pay (const RtpVideoFrame *frame, RtpPayloads *out);

G_END_DECLS
