/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Internal: answers for an upstream that cannot make keyframes, such as a file.
 * Keeps the last keyframe and what followed it; when a keyframe is asked for and
 * none came for a while, they go out once more, before the next frame
 * (media-transport 8.1). Before encryption: they are new frames. Pads `sink` and
 * `src`, otherwise a wire. */

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_KEYFRAME_REPLAY                                       \
  (gst_discord_keyframe_replay_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordKeyframeReplay, gst_discord_keyframe_replay,
    GST, DISCORD_KEYFRAME_REPLAY, GstElement)

#define DISCORD_KEYFRAME_REPLAY_DEFAULT 30
#define DISCORD_KEYFRAME_REPLAY_MAX 600

/* How many frames may follow the keyframe: of more nothing is kept. 0: nothing is
 * kept at all. Any thread. */
void gst_discord_keyframe_replay_set_limit (
    GstDiscordKeyframeReplay *self, guint limit);
/* How often frames went out once more. Any thread. */
guint64 gst_discord_keyframe_replay_get_count (GstDiscordKeyframeReplay *self);

G_END_DECLS
