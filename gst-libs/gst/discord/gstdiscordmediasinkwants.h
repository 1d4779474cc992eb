/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/discord-prelude.h>

G_BEGIN_DECLS

/**
 * GstDiscordMediaSinkWants:
 *
 * Which video streams a receiver wants, and how well (voice gateway op 15).
 *
 * Since: 0.1
 */
typedef struct _GstDiscordMediaSinkWants GstDiscordMediaSinkWants;

#define GST_TYPE_DISCORD_MEDIA_SINK_WANTS                                      \
  (gst_discord_media_sink_wants_get_type ())
GST_DISCORD_API
GType gst_discord_media_sink_wants_get_type (void);

GST_DISCORD_API
GstDiscordMediaSinkWants *gst_discord_media_sink_wants_new (void);

GST_DISCORD_API
GstDiscordMediaSinkWants *gst_discord_media_sink_wants_copy (
    const GstDiscordMediaSinkWants *self);

GST_DISCORD_API
void gst_discord_media_sink_wants_free (GstDiscordMediaSinkWants *self);

GST_DISCORD_API
gboolean gst_discord_media_sink_wants_equal (
    const GstDiscordMediaSinkWants *self,
    const GstDiscordMediaSinkWants *other);

GST_DISCORD_API
void gst_discord_media_sink_wants_set_any (
    GstDiscordMediaSinkWants *self, gint any);

GST_DISCORD_API
gint gst_discord_media_sink_wants_get_any (
    const GstDiscordMediaSinkWants *self);

GST_DISCORD_API
void gst_discord_media_sink_wants_set_quality (
    GstDiscordMediaSinkWants *self, guint ssrc, gint quality);

GST_DISCORD_API
gint gst_discord_media_sink_wants_get_quality (
    const GstDiscordMediaSinkWants *self, guint ssrc);

GST_DISCORD_API
void gst_discord_media_sink_wants_set_pixel_count (
    GstDiscordMediaSinkWants *self, guint ssrc, gdouble pixel_count);

GST_DISCORD_API
gdouble gst_discord_media_sink_wants_get_pixel_count (
    const GstDiscordMediaSinkWants *self, guint ssrc);

GST_DISCORD_API
gint gst_discord_media_sink_wants_resolve (
    const GstDiscordMediaSinkWants *self, guint ssrc);

GST_DISCORD_API
guint gst_discord_media_sink_wants_get_n_ssrcs (
    const GstDiscordMediaSinkWants *self);

GST_DISCORD_API
guint gst_discord_media_sink_wants_get_ssrc (
    const GstDiscordMediaSinkWants *self, guint index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (
    GstDiscordMediaSinkWants, gst_discord_media_sink_wants_free)

G_END_DECLS
