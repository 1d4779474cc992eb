/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordstreaminfo.h>

G_BEGIN_DECLS

GstDiscordStreamInfo *gst_discord_stream_info_new_for_key (
    const GstDiscordStreamKey *key);

/* Takes from @update what that was told; keeps the rest. Both are of one key.
 * TRUE when anything changed. */
gboolean gst_discord_stream_info_merge (
    GstDiscordStreamInfo *self, const GstDiscordStreamInfo *update);

/* The server's ids are void; what is shown to people stays. */
void gst_discord_stream_info_forget_server (GstDiscordStreamInfo *self);

G_END_DECLS
