/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordstreamkey.h>

G_BEGIN_DECLS

/**
 * GstDiscordStreamInfo:
 *
 * What the main gateway tells about a Go Live stream.
 *
 * Since: 0.1
 */
typedef struct _GstDiscordStreamInfo GstDiscordStreamInfo;

#define GST_TYPE_DISCORD_STREAM_INFO (gst_discord_stream_info_get_type ())
GST_DISCORD_API
GType gst_discord_stream_info_get_type (void);

GST_DISCORD_API
GstDiscordStreamInfo *gst_discord_stream_info_new (
    const gchar *stream_key, GError **error);

GST_DISCORD_API
GstDiscordStreamInfo *gst_discord_stream_info_copy (
    const GstDiscordStreamInfo *self);

GST_DISCORD_API
void gst_discord_stream_info_free (GstDiscordStreamInfo *self);

GST_DISCORD_API
const gchar *gst_discord_stream_info_get_stream_key (
    const GstDiscordStreamInfo *self);

GST_DISCORD_API
const GstDiscordStreamKey *gst_discord_stream_info_get_key (
    const GstDiscordStreamInfo *self);

GST_DISCORD_API
void gst_discord_stream_info_set_server (
    GstDiscordStreamInfo *self, guint64 rtc_server_id, guint64 rtc_channel_id);

GST_DISCORD_API
guint64 gst_discord_stream_info_get_rtc_server_id (
    const GstDiscordStreamInfo *self);

GST_DISCORD_API
guint64 gst_discord_stream_info_get_rtc_channel_id (
    const GstDiscordStreamInfo *self);

GST_DISCORD_API
guint64 gst_discord_stream_info_get_e2ee_group_id (
    const GstDiscordStreamInfo *self);

GST_DISCORD_API
void gst_discord_stream_info_set_region (
    GstDiscordStreamInfo *self, const gchar *region);

GST_DISCORD_API
const gchar *gst_discord_stream_info_get_region (
    const GstDiscordStreamInfo *self);

GST_DISCORD_API
void gst_discord_stream_info_set_viewers (
    GstDiscordStreamInfo *self, const guint64 *viewers, gsize n_viewers);

GST_DISCORD_API
const guint64 *gst_discord_stream_info_get_viewers (
    const GstDiscordStreamInfo *self, gsize *n_viewers);

GST_DISCORD_API
void gst_discord_stream_info_set_paused (
    GstDiscordStreamInfo *self, gboolean paused);

GST_DISCORD_API
gboolean gst_discord_stream_info_get_paused (const GstDiscordStreamInfo *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (
    GstDiscordStreamInfo, gst_discord_stream_info_free)

G_END_DECLS
