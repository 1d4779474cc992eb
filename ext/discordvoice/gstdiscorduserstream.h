/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The audio of one remote SSRC on its way out of discordvoicesrc: names the
 * stream after its user, completes the metadata of each packet, keeps time
 * going while nothing is said. Not registered as a feature. */

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_USER_STREAM (gst_discord_user_stream_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordUserStream, gst_discord_user_stream, GST,
    DISCORD_USER_STREAM, GstElement)

/* (transfer floating) Pads: `sink`, `src`, and `mix`, which takes no part in
 * the end of the stream and is given no GAP but those of lost packets. */
GstElement *gst_discord_user_stream_new (guint32 ssrc, guint group_id);

/* Who owns the SSRC now; any thread. A stream whose owner is not known yet
 * holds its first packets back for at most 200 ms. */
void gst_discord_user_stream_set_user (
    GstDiscordUserStream *self, guint64 user_id);

/* When nothing came for a while, a GAP up to @running_time is pushed by a thread
 * that may wait for downstream. Any thread, never waits itself. */
void gst_discord_user_stream_fill_gap (
    GstDiscordUserStream *self, GstClockTime running_time);

/* (transfer full) (nullable): what the last stream-start announced. */
GstStream *gst_discord_user_stream_ref_stream (GstDiscordUserStream *self);

/* Signal `stream-changed` (): ref_stream() has another answer; streaming thread,
 * before the stream-start event. */

G_END_DECLS
