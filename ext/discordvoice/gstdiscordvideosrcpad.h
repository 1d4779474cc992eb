/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A video pad of discordvoicesrc: what it shows, and how well. */

#include "gstdiscordvoicesrcpad.h"

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_VIDEO_SRC_PAD (gst_discord_video_src_pad_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordVideoSrcPad, gst_discord_video_src_pad, GST,
    DISCORD_VIDEO_SRC_PAD, GstDiscordVoiceSrcPad)

/* (transfer floating) */
GstPad *gst_discord_video_src_pad_new (const gchar *name, GstPad *target,
    GstPadTemplate *template, guint32 ssrc, guint64 user_id);

/* How well the stream is wanted, 0 when nobody is there to take it. @standard:
 * where the pad does not say. Asks downstream; any thread. *@pixel_count (out): 0
 * when not known. */
guint gst_discord_video_src_pad_get_wish (
    GstDiscordVideoSrcPad *self, guint standard, guint64 *pixel_count);

G_END_DECLS
