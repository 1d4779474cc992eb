/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordenums.h>

/* Why a stream ended (golive 2.4). */

/* From the word in STREAM_DELETE; NULL and words of a later version are
 * UNKNOWN. */
GstDiscordStreamDeleteReason discord_stream_delete_reason_parse (
    const gchar *word);

/* (nullable): NULL when it is the normal end of a stream. */
GError *discord_stream_delete_reason_new_error (
    GstDiscordStreamDeleteReason reason);
