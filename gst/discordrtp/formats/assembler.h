/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which packets make a frame, and which frames are lost (media-transport 7). */

#include "frames.h"

G_BEGIN_DECLS

typedef enum
{
  RTP_ASSEMBLED_NOTHING = 0,
  /* self->frame is a whole frame, until the next packet. */
  RTP_ASSEMBLED_FRAME = 1 << 0,
  /* Once for each gap and for each frame that is not whole without one. */
  RTP_ASSEMBLED_LOSS = 1 << 1,
} RtpAssembled;

typedef struct
{
  const RtpDepayFormat *format;
  RtpFrame frame;
  gboolean started; /* timestamp is valid */
  guint32 timestamp;
  gboolean done; /* what follows with this timestamp is not wanted */
  gboolean frame_ended; /* without a marker, as VP9 frames can */
  gboolean discont; /* the first frame, or something was lost before it; for
                     * others to clear */
  guint64 n_frames;
  guint64 n_lost; /* frames of which some packet came */
} RtpAssembler;

void rtp_assembler_init (RtpAssembler *self);
void rtp_assembler_clear (RtpAssembler *self);
/* Forgets the stream. */
void rtp_assembler_reset (RtpAssembler *self, const RtpDepayFormat *format);

/* The next packet in order of sequence; @gap: not the one after the last. */
RtpAssembled rtp_assembler_push (RtpAssembler *self, gboolean gap,
    guint32 timestamp, gboolean marker, const guint8 *payload, gsize size);

G_END_DECLS
