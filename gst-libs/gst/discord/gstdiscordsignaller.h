/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/discord-prelude.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_SIGNALLER (gst_discord_signaller_get_type ())
GST_DISCORD_API
G_DECLARE_INTERFACE (
    GstDiscordSignaller, gst_discord_signaller, GST, DISCORD_SIGNALLER, GObject)

/**
 * GstDiscordSignallerInterface:
 * @parent: the parent interface
 * @update_voice_state: send the complete voice state (main gateway op 4):
 *     join or move when channel_id is not 0, leave when it is. Called from the
 *     library's signalling thread; must not block.
 *
 * What an application implements to bring its own main gateway.
 *
 * Since: 0.1
 */
struct _GstDiscordSignallerInterface
{
  GTypeInterface parent;

  void (*update_voice_state) (GstDiscordSignaller *self, guint64 guild_id,
      guint64 channel_id, gboolean self_mute, gboolean self_deaf);

  /*< private >*/
  gpointer _gst_reserved[GST_PADDING_LARGE];
};

GST_DISCORD_API
void gst_discord_signaller_update_voice_state (GstDiscordSignaller *self,
    guint64 guild_id, guint64 channel_id, gboolean self_mute,
    gboolean self_deaf);

GST_DISCORD_API
void gst_discord_signaller_voice_state (GstDiscordSignaller *self,
    guint64 guild_id, guint64 channel_id, guint64 user_id,
    const gchar *session_id);

GST_DISCORD_API
void gst_discord_signaller_member_voice_state (GstDiscordSignaller *self,
    guint64 guild_id, guint64 channel_id, guint64 user_id);

GST_DISCORD_API
void gst_discord_signaller_voice_server (GstDiscordSignaller *self,
    guint64 guild_id, guint64 channel_id, const gchar *token,
    const gchar *endpoint);

GST_DISCORD_API
void gst_discord_signaller_session_replaced (GstDiscordSignaller *self);

GST_DISCORD_API
void gst_discord_signaller_failed (
    GstDiscordSignaller *self, const GError *error);

G_END_DECLS
