/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordsignaller.h>

G_BEGIN_DECLS

/* For callers that have joined with a gateway of their own and hand over what
 * its events carried: every join is answered with the same values. */
#define GST_TYPE_DISCORD_STATIC_SIGNALLER                                      \
  (gst_discord_static_signaller_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordStaticSignaller, gst_discord_static_signaller,
    GST, DISCORD_STATIC_SIGNALLER, GObject)

GstDiscordSignaller *gst_discord_static_signaller_new (guint64 user_id,
    const gchar *session_id, const gchar *voice_token, const gchar *endpoint);

/* New values, told at once: the caller's gateway got another voice server. */
void gst_discord_static_signaller_update (GstDiscordStaticSignaller *self,
    guint64 guild_id, guint64 channel_id, const gchar *session_id,
    const gchar *voice_token, const gchar *endpoint);

G_END_DECLS
