/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One remote SSRC in front of the stream of its user: holds the first packets
 * back while it is not known whose they are, and asks where they go. Not
 * registered as a feature. */

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_USER_GATE (gst_discord_user_gate_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordUserGate, gst_discord_user_gate, GST,
    DISCORD_USER_GATE, GstElement)

/* (transfer floating) Pads: `sink` and `src`. @user_id: 0 while unknown. */
GstElement *gst_discord_user_gate_new (guint64 user_id);

/* Whose the SSRC is; any thread. The first one stays: an SSRC that goes to
 * somebody else is another RTP stream with a gate of its own. */
void gst_discord_user_gate_set_user (GstDiscordUserGate *self, guint64 user_id);

/* 0 while unknown. */
guint64 gst_discord_user_gate_get_user (GstDiscordUserGate *self);

/* Signal `route` (guint64 user_id): before the first packet passes, at most 200
 * ms after it came, and again when the user becomes known after that. Streaming
 * thread: the handler may link `src` to something else. */

G_END_DECLS
