/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How RTP payloads become a frame again, byte for byte what the sender had
 * (media-transport 7): pure bytes, all of them hostile. */

#include <glib.h>

G_BEGIN_DECLS

/* A bound of ours, the one that DAVE frames have. */
#define RTP_FRAME_MAX ((gsize) 16 << 20)

/* The frame so far. */
typedef struct
{
  guint8 *data;
  gsize size;
  gsize capacity;
  gboolean has_packets;
  gboolean keyframe;
  gboolean complete; /* VP9 says so in a packet without marker */
  gboolean in_fragment; /* a NAL unit or OBU goes on in the next packet */
  guint fragment_type; /* H.264, H.265 */
  gsize obu_start; /* AV1: of the last OBU */
} RtpFrame;

void rtp_frame_init (RtpFrame *self);
void rtp_frame_clear (RtpFrame *self);
/* Begins a frame; memory is kept. */
void rtp_frame_reset (RtpFrame *self);
/* The frame, to be freed with g_free(); the next one starts with room for as
 * many bytes. */
guint8 *rtp_frame_steal (RtpFrame *self, gsize *size);

/* False when the frame gets larger than RTP_FRAME_MAX. */
gboolean rtp_frame_append (RtpFrame *self, const guint8 *data, gsize size);
/* Makes room for @size bytes at @offset. */
gboolean rtp_frame_insert (RtpFrame *self, gsize offset, gsize size);

typedef struct
{
  /* Adds a packet that follows the one before without a gap. False when it
   * cannot: the frame is lost. */
  gboolean (*add) (RtpFrame *frame, const guint8 *payload, gsize size);
  /* All packets are there. False when they are no whole frame. */
  gboolean (*finish) (RtpFrame *frame);
} RtpDepayFormat;

extern const RtpDepayFormat rtp_h264_depay_format;
extern const RtpDepayFormat rtp_h265_depay_format;
extern const RtpDepayFormat rtp_vp8_depay_format;
extern const RtpDepayFormat rtp_vp9_depay_format;
extern const RtpDepayFormat rtp_av1_depay_format;

/* For formats without units that could be unfinished at the end. */
gboolean rtp_frame_is_whole (RtpFrame *frame);

G_END_DECLS
