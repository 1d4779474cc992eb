/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The picture id of VP8 (RFC 7741 4.2), which counts the frames of an RTP stream
 * and goes on as that does, whichever element sends next. */

#include <gst/gst.h>

/* TRUE when @packet is RTP of VP8 as we send it, the last one of a frame: its
 * picture id. */
gboolean discord_picture_id_read (GstBuffer *packet, guint16 *picture_id);

/* Of the frame behind that with @picture_id. */
guint16 discord_picture_id_next (guint16 picture_id);
