/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Encoded video frames on their way out, for our own plugins; not installed. */

#include <gst/discord/gstdiscordframemeta.h>

G_BEGIN_DECLS

struct _GstDiscordFrameUnit
{
  guint32 offset;
  guint32 size;
};

/* Copies @units, which lie inside a frame of @size bytes, in order. */
void gst_discord_frame_meta_set_units (GstDiscordFrameMeta *meta, gsize size,
    const GstDiscordFrameUnit *units, guint n_units);

/* The codec of caps of encoded media: audio/x-opus, video/x-vp8 and so on, or
 * application/x-dave with its original-media-type. */
GST_DISCORD_API
GstDiscordCodec gst_discord_codec_from_caps (const GstCaps *caps);

/* What depacketisers make of @frame, a frame in clear (media-transport 6.1): start
 * codes of four bytes, no filler, no OBU that RTP does not carry; H.264 parameter
 * sets say that pictures come in order. It has a
 * GstDiscordFrameMeta. Takes @frame, and returns it when it is like that
 * already; otherwise a copy with the same times, flags and metas, and DELTA_UNIT
 * as the frame says. NULL, and @reason (out, nullable; a static string for logs),
 * when the frame is not what @codec promises or nothing of it can be sent. */
GST_DISCORD_API
GstBuffer *gst_discord_frame_canonicalise (
    GstDiscordCodec codec, GstBuffer *frame, const gchar **reason);

/* The other way, for decoders: AV1 becomes a temporal unit with its delimiter, in
 * which every OBU has a size; other codecs stay as they are. Takes @frame. NULL
 * when it is malformed. */
GST_DISCORD_API
GstBuffer *gst_discord_frame_make_decodable (
    GstDiscordCodec codec, GstBuffer *frame);

/* After encryption: gives @encrypted, which is writable and of its final size,
 * the record of @clear, which gst_discord_frame_canonicalise() made. FALSE when
 * encryption left no unit in clear, as it does with units that it cannot read:
 * such a frame cannot be packetised and must not go on. */
GST_DISCORD_API
gboolean gst_discord_frame_set_encrypted (
    GstBuffer *encrypted, GstBuffer *clear);

G_END_DECLS
