/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether a decoder that knows nothing yet can begin with a frame. Bytes in, a
 * fact out. */

#include <gst/discord/gstdiscordenums.h>

G_BEGIN_DECLS

/* @data: a keyframe in clear, H.264 and H.265 with start codes. Those two need
 * their parameter sets before the picture; others say all in the frame. */
gboolean discord_video_keyframe_is_complete (
    GstDiscordCodec codec, const guint8 *data, gsize size);

/* The parameter sets of a keyframe that is complete, start codes included: how
 * many bytes there are from @start on. 0: it has not all of them, or needs
 * none. */
gsize discord_video_find_parameter_sets (
    GstDiscordCodec codec, const guint8 *data, gsize size, gsize *start);

G_END_DECLS
