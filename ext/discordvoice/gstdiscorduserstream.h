/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The audio of one user on its way out of discordvoicesrc, over all the SSRCs
 * the user has in turn: names the stream, completes the metadata of each packet,
 * keeps time going while nothing is said. Not registered as a feature. */

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_USER_STREAM (gst_discord_user_stream_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordUserStream, gst_discord_user_stream, GST,
    DISCORD_USER_STREAM, GstElement)

/* (transfer floating) Pads: `src`, and `mix`, which takes no part in the end of
 * the stream and is given no GAP but those of lost packets. @ssrc names a
 * stream whose user is not known when it starts. */
GstElement *gst_discord_user_stream_new (guint32 ssrc, guint group_id);

/* (transfer full): a pad for one RTP stream of the user. What comes in waits
 * until the pads made before are at EOS or removed. */
GstPad *gst_discord_user_stream_add_sink (GstDiscordUserStream *self);
/* Once nothing flows in @sink any more, but for what waits for its turn. */
void gst_discord_user_stream_remove_sink (
    GstDiscordUserStream *self, GstPad *sink);

/* Who it is; any thread, before the first packet or when it becomes known. */
void gst_discord_user_stream_set_user (
    GstDiscordUserStream *self, guint64 user_id);

/* The stream ends with the last of the pads there are; without this it does
 * only while its user is not known. Any thread. */
void gst_discord_user_stream_set_last (GstDiscordUserStream *self);
/* Ends it now. Waits for downstream. */
void gst_discord_user_stream_end (GstDiscordUserStream *self);

/* When nothing came for a while, a GAP up to @running_time is pushed by a thread
 * that may wait for downstream. Any thread, never waits itself. */
void gst_discord_user_stream_fill_gap (
    GstDiscordUserStream *self, GstClockTime running_time);

/* (transfer full) (nullable): what the last stream-start announced. */
GstStream *gst_discord_user_stream_ref_stream (GstDiscordUserStream *self);

/* Signal `stream-changed` (): ref_stream() has another answer; streaming thread,
 * before the stream-start event. */

G_END_DECLS
