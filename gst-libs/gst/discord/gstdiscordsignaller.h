/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gst/discord/gstdiscordenums.h>
#include <gst/discord/gstdiscordstreaminfo.h>

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
 * @create_stream: go live in a channel we are in (op 18). This and all that
 *     follows for Go Live is optional, may be called from any thread and must
 *     not block; @error says why it cannot be asked for at all.
 * @watch_stream: watch somebody's stream (op 20)
 * @delete_stream: end our stream, or stop watching one (op 19)
 * @ping_stream: ask whether the stream's server is well (op 21)
 * @set_stream_paused: pause or resume our stream (op 22)
 * @upload_stream_preview: show an image for our stream; the task returns a
 *     boolean
 * @fetch_stream_preview: find out where a stream's preview is; the task
 *     returns the URL, a string, with g_task_return_value()
 * @set_stream_region: move our stream to another voice region; the task returns
 *     a boolean
 * @notify_stream: tell friends that we are live; the task returns a boolean
 * @update_voice_state_full: as @update_voice_state, which it is called instead
 *     of, with the camera indicator. Optional: without it nobody is told of our
 *     camera.
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

  void (*create_stream) (GstDiscordSignaller *self, guint64 guild_id,
      guint64 channel_id, const gchar *preferred_region, GError **error);
  void (*watch_stream) (
      GstDiscordSignaller *self, const gchar *stream_key, GError **error);
  void (*delete_stream) (
      GstDiscordSignaller *self, const gchar *stream_key, GError **error);
  void (*ping_stream) (
      GstDiscordSignaller *self, const gchar *stream_key, GError **error);
  void (*set_stream_paused) (GstDiscordSignaller *self, const gchar *stream_key,
      gboolean paused, GError **error);

  void (*upload_stream_preview) (GstDiscordSignaller *self,
      const gchar *stream_key, GBytes *image, GTask *task);
  void (*fetch_stream_preview) (
      GstDiscordSignaller *self, const gchar *stream_key, GTask *task);
  void (*set_stream_region) (GstDiscordSignaller *self, const gchar *stream_key,
      const gchar *region, GTask *task);
  void (*notify_stream) (
      GstDiscordSignaller *self, const gchar *stream_key, GTask *task);

  void (*update_voice_state_full) (GstDiscordSignaller *self, guint64 guild_id,
      guint64 channel_id, gboolean self_mute, gboolean self_deaf,
      gboolean self_video);

  /*< private >*/
  gpointer _gst_reserved[GST_PADDING_LARGE - 10];
};

GST_DISCORD_API
void gst_discord_signaller_update_voice_state (GstDiscordSignaller *self,
    guint64 guild_id, guint64 channel_id, gboolean self_mute,
    gboolean self_deaf);

GST_DISCORD_API
void gst_discord_signaller_update_voice_state_full (GstDiscordSignaller *self,
    guint64 guild_id, guint64 channel_id, gboolean self_mute,
    gboolean self_deaf, gboolean self_video);

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

/* Go Live: what a connection asks for */

GST_DISCORD_API
gboolean gst_discord_signaller_create_stream (GstDiscordSignaller *self,
    guint64 guild_id, guint64 channel_id, const gchar *preferred_region,
    GError **error);

GST_DISCORD_API
gboolean gst_discord_signaller_watch_stream (
    GstDiscordSignaller *self, const gchar *stream_key, GError **error);

GST_DISCORD_API
gboolean gst_discord_signaller_delete_stream (
    GstDiscordSignaller *self, const gchar *stream_key, GError **error);

GST_DISCORD_API
gboolean gst_discord_signaller_ping_stream (
    GstDiscordSignaller *self, const gchar *stream_key, GError **error);

GST_DISCORD_API
gboolean gst_discord_signaller_set_stream_paused (GstDiscordSignaller *self,
    const gchar *stream_key, gboolean paused, GError **error);

/* Go Live: what an implementation tells */

GST_DISCORD_API
void gst_discord_signaller_stream_created (
    GstDiscordSignaller *self, const GstDiscordStreamInfo *info);

GST_DISCORD_API
void gst_discord_signaller_stream_updated (
    GstDiscordSignaller *self, const GstDiscordStreamInfo *info);

GST_DISCORD_API
void gst_discord_signaller_stream_server (GstDiscordSignaller *self,
    const gchar *stream_key, const gchar *token, const gchar *endpoint);

GST_DISCORD_API
void gst_discord_signaller_stream_deleted (GstDiscordSignaller *self,
    const gchar *stream_key, const gchar *reason, gboolean unavailable);

GST_DISCORD_API
void gst_discord_signaller_member_live (GstDiscordSignaller *self,
    guint64 guild_id, guint64 channel_id, guint64 user_id, gboolean live);

/* Go Live: what is known */

GST_DISCORD_API
GstDiscordStreamInfo *gst_discord_signaller_get_stream (
    GstDiscordSignaller *self, const gchar *stream_key);

GST_DISCORD_API
gchar **gst_discord_signaller_get_streams (GstDiscordSignaller *self);

GST_DISCORD_API
gchar **gst_discord_signaller_get_live_streams (GstDiscordSignaller *self);

/* Go Live: previews and the rest of the REST API */

GST_DISCORD_API
void gst_discord_signaller_upload_stream_preview_async (
    GstDiscordSignaller *self, const gchar *stream_key, GBytes *image,
    GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);

GST_DISCORD_API
gboolean gst_discord_signaller_upload_stream_preview_finish (
    GstDiscordSignaller *self, GAsyncResult *result, GError **error);

GST_DISCORD_API
void gst_discord_signaller_fetch_stream_preview_async (
    GstDiscordSignaller *self, const gchar *stream_key,
    GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);

GST_DISCORD_API
gchar *gst_discord_signaller_fetch_stream_preview_finish (
    GstDiscordSignaller *self, GAsyncResult *result, GError **error);

GST_DISCORD_API
void gst_discord_signaller_set_stream_region_async (GstDiscordSignaller *self,
    const gchar *stream_key, const gchar *region, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

GST_DISCORD_API
gboolean gst_discord_signaller_set_stream_region_finish (
    GstDiscordSignaller *self, GAsyncResult *result, GError **error);

GST_DISCORD_API
void gst_discord_signaller_notify_stream_async (GstDiscordSignaller *self,
    const gchar *stream_key, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

GST_DISCORD_API
gboolean gst_discord_signaller_notify_stream_finish (
    GstDiscordSignaller *self, GAsyncResult *result, GError **error);

G_END_DECLS
