/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordstreamkey.h>

G_BEGIN_DECLS

/* Without an allocation. FALSE leaves @key as it was. */
gboolean gst_discord_stream_key_scan (
    const gchar *text, GstDiscordStreamKey *key);

G_END_DECLS
