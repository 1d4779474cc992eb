/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What can be told of an Opus packet without decoding it (RFC 6716). */

#include <gst/gst.h>

G_BEGIN_DECLS

/* media-transport 5: what a receiver takes. */
#define OPUS_FRAME_MAX_DURATION (60 * GST_MSECOND)
/* media-transport 6: largest RTP payload. */
#define OPUS_FRAME_MAX_SIZE 1200

#define OPUS_SILENCE_SIZE 3
#define OPUS_SILENCE_DURATION (20 * GST_MSECOND)
extern const guint8 opus_silence[OPUS_SILENCE_SIZE];

/* NONE when it is no Opus packet. */
GstClockTime opus_frame_duration (const guint8 *data, gsize size);

gboolean opus_frame_is_silence (const guint8 *data, gsize size);

/* The two header packets of an Ogg stream (RFC 7845) are not audio. */
gboolean opus_frame_is_header (const guint8 *data, gsize size);

G_END_DECLS
