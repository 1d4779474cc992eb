/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gst/discord/gstdiscordenums.h>
#include <gst/discord/gstdiscordmediasinkwants.h>
#include <gst/discord/gstdiscordsignaller.h>
#include <gst/discord/gstdiscordvoicecodec.h>
#include <gst/discord/gstdiscordvoicestream.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_CONNECTION (gst_discord_connection_get_type ())
GST_DISCORD_API
G_DECLARE_FINAL_TYPE (GstDiscordConnection, gst_discord_connection, GST,
    DISCORD_CONNECTION, GObject)

GST_DISCORD_API
GstDiscordConnection *gst_discord_connection_new (
    GstDiscordSignaller *signaller, guint64 guild_id, guint64 channel_id);

GST_DISCORD_API
void gst_discord_connection_connect_async (GstDiscordConnection *self,
    GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);

GST_DISCORD_API
gboolean gst_discord_connection_connect_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error);

GST_DISCORD_API
void gst_discord_connection_disconnect_async (GstDiscordConnection *self,
    gboolean force, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);

GST_DISCORD_API
gboolean gst_discord_connection_disconnect_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error);

GST_DISCORD_API
void gst_discord_connection_move_async (GstDiscordConnection *self,
    guint64 channel_id, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);

GST_DISCORD_API
gboolean gst_discord_connection_move_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error);

GST_DISCORD_API
void gst_discord_connection_set_speaking (
    GstDiscordConnection *self, GstDiscordSpeakingFlags flags);

GST_DISCORD_API
GArray *gst_discord_connection_get_users (GstDiscordConnection *self);

GST_DISCORD_API
guint64 gst_discord_connection_get_user_for_ssrc (
    GstDiscordConnection *self, guint32 ssrc);

GST_DISCORD_API
GArray *gst_discord_connection_get_group_members (GstDiscordConnection *self);

GST_DISCORD_API
void gst_discord_connection_get_verification_code_async (
    GstDiscordConnection *self, guint64 user_id, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

GST_DISCORD_API
gchar *gst_discord_connection_get_verification_code_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error);

GST_DISCORD_API
void gst_discord_connection_get_fingerprint_async (GstDiscordConnection *self,
    guint64 user_id, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);

GST_DISCORD_API
GBytes *gst_discord_connection_get_fingerprint_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error);

GST_DISCORD_API
gboolean gst_discord_connection_set_codecs (
    GstDiscordConnection *self, GPtrArray *codecs, GError **error);

GST_DISCORD_API
GPtrArray *gst_discord_connection_get_codecs (GstDiscordConnection *self);

GST_DISCORD_API
gboolean gst_discord_connection_set_video_streams (
    GstDiscordConnection *self, GPtrArray *streams, GError **error);

GST_DISCORD_API
GPtrArray *gst_discord_connection_get_video_streams (
    GstDiscordConnection *self);

GST_DISCORD_API
GPtrArray *gst_discord_connection_get_user_streams (
    GstDiscordConnection *self, guint64 user_id);

GST_DISCORD_API
void gst_discord_connection_set_wants (
    GstDiscordConnection *self, const GstDiscordMediaSinkWants *wants);

GST_DISCORD_API
GstDiscordMediaSinkWants *gst_discord_connection_get_remote_wants (
    GstDiscordConnection *self);

GST_DISCORD_API
GstStructure *gst_discord_connection_get_stats (GstDiscordConnection *self);

/* Go Live */

GST_DISCORD_API
void gst_discord_connection_create_stream_async (GstDiscordConnection *self,
    const gchar *preferred_region, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

GST_DISCORD_API
GstDiscordConnection *gst_discord_connection_create_stream_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error);

GST_DISCORD_API
void gst_discord_connection_watch_stream_async (GstDiscordConnection *self,
    const gchar *stream_key, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

GST_DISCORD_API
GstDiscordConnection *gst_discord_connection_watch_stream_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error);

GST_DISCORD_API
gchar **gst_discord_connection_get_streams (GstDiscordConnection *self);

GST_DISCORD_API
gchar *gst_discord_connection_get_stream_key (
    GstDiscordConnection *self, guint64 owner);

GST_DISCORD_API
GPtrArray *gst_discord_connection_get_stream_connections (
    GstDiscordConnection *self);

GST_DISCORD_API
void gst_discord_connection_upload_preview_async (GstDiscordConnection *self,
    GBytes *image, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);

GST_DISCORD_API
gboolean gst_discord_connection_upload_preview_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error);

GST_DISCORD_API
void gst_discord_connection_fetch_preview_async (GstDiscordConnection *self,
    GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);

GST_DISCORD_API
gchar *gst_discord_connection_fetch_preview_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error);

GST_DISCORD_API
void gst_discord_connection_set_region_async (GstDiscordConnection *self,
    const gchar *region, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

GST_DISCORD_API
gboolean gst_discord_connection_set_region_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error);

GST_DISCORD_API
void gst_discord_connection_notify_stream_async (GstDiscordConnection *self,
    GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);

GST_DISCORD_API
gboolean gst_discord_connection_notify_stream_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error);

G_END_DECLS
