/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What several elements on one connection want of the video of others, as the
 * one message that the voice server gets (golive 7.2). */

#include <gst/discord/gstdiscordconnection.h>

G_BEGIN_DECLS

/* What @owner wants, replacing what it wanted before; NULL: nothing any more.
 * Any thread. */
void discord_video_wants_set (GstDiscordConnection *connection, gpointer owner,
    const GstDiscordMediaSinkWants *wants);

G_END_DECLS
