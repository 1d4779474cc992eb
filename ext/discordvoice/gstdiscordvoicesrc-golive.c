/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A discordvoicesrc that watches a Go Live stream. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoicesrc-private.h"

GST_DEBUG_CATEGORY_EXTERN (discord_voice_src_debug);
#define GST_CAT_DEFAULT discord_voice_src_debug

void
gst_discord_voice_src_install_go_live (GObjectClass *klass, guint first_id)
{
  const GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

  /**
   * GstDiscordVoiceSrc:stream-key:
   *
   * The Go Live stream to watch instead of the voice channel:
   * `guild:<guild>:<channel>:<user>`, or `call:<channel>:<user>`. It names the
   * place too; guild-id and channel-id need not be set. A connection that is
   * given is the voice connection of that channel then; otherwise the channel is
   * joined, muted and deafened unless other elements are in it too.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass,
      first_id + GST_DISCORD_GO_LIVE_PROP_STREAM_KEY,
      g_param_spec_string ("stream-key", "Stream key",
          "Go Live stream to watch instead of the voice channel (NULL = none)",
          NULL, flags));
  /**
   * GstDiscordVoiceSrc:stream-user:
   *
   * Watch the Go Live stream of this member of the voice channel instead of the
   * channel, as soon as there is one. 0, the default: nobody's.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass,
      first_id + GST_DISCORD_GO_LIVE_PROP_STREAM_USER,
      g_param_spec_uint64 ("stream-user", "Stream user",
          "Member of the voice channel whose Go Live stream to watch (0 = "
          "nobody's)",
          0, G_MAXUINT64, 0, flags));
}

static void
set_stream_key (GstDiscordVoiceSrc *self, gchar *stream_key)
{
  g_autofree gchar *old = NULL;

  GST_OBJECT_LOCK (self);
  old = self->go_live.stream_key;
  self->go_live.stream_key = stream_key;
  GST_OBJECT_UNLOCK (self);
}

static void
set_stream_user (GstDiscordVoiceSrc *self, guint64 user_id)
{
  GST_OBJECT_LOCK (self);
  self->go_live.stream_user = user_id;
  GST_OBJECT_UNLOCK (self);
}

static void
tell_settings (GstDiscordVoiceSrc *self)
{
  g_auto (GstDiscordGoLive) go_live = { .stream_key = NULL };

  GST_OBJECT_LOCK (self);
  gst_discord_go_live_copy (&go_live, &self->go_live);
  GST_OBJECT_UNLOCK (self);
  gst_discord_settings_set_go_live (self->settings, &go_live);
}

gboolean
gst_discord_voice_src_set_go_live (
    GstDiscordVoiceSrc *self, guint prop, const GValue *value)
{
  switch (prop) {
    case GST_DISCORD_GO_LIVE_PROP_STREAM_KEY:
      set_stream_key (self, g_value_dup_string (value));
      break;
    case GST_DISCORD_GO_LIVE_PROP_STREAM_USER:
      set_stream_user (self, g_value_get_uint64 (value));
      break;
    default:
      return FALSE;
  }
  tell_settings (self);
  return TRUE;
}

gboolean
gst_discord_voice_src_get_go_live (
    GstDiscordVoiceSrc *self, guint prop, GValue *value)
{
  gboolean ours = TRUE;

  GST_OBJECT_LOCK (self);
  if (prop == GST_DISCORD_GO_LIVE_PROP_STREAM_KEY)
    g_value_set_string (value, self->go_live.stream_key);
  else if (prop == GST_DISCORD_GO_LIVE_PROP_STREAM_USER)
    g_value_set_uint64 (value, self->go_live.stream_user);
  else
    ours = FALSE;
  GST_OBJECT_UNLOCK (self);
  return ours;
}
