/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which of a user's simulcast layers to ask for (golive 7.1, 7.2). Pure. */

#include <gst/discord/gstdiscordvoicestream-private.h>

G_BEGIN_DECLS

/* The SSRC of the layer for @quality (0 to 100) on a surface of @pixel_count
 * (0: not known); 0 when nothing is wanted or no layer carries anything. */
guint32 discord_layer_choose (
    const DiscordVoiceStreams *layers, guint quality, guint64 pixel_count);

/* The same of all that there are: senders let a layer rest that nobody asks for
 * (golive 6.3), so that it may be the one to ask for. */
guint32 discord_layer_choose_resting (
    const DiscordVoiceStreams *layers, guint quality, guint64 pixel_count);

/* Whether there is one that carries something. */
gboolean discord_layers_are_active (const DiscordVoiceStreams *layers);

gboolean discord_layers_have_ssrc (
    const DiscordVoiceStreams *layers, guint32 ssrc);

G_END_DECLS
