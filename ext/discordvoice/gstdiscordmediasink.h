/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Internal: paces one stream of encoded frames on the pipeline clock, says when
 * we speak, and hands the frames on to a payloader. A GstBaseSink with a source
 * pad: synchronisation, preroll, latency and EOS are those of a sink. */

#include <gst/base/gstbasesink.h>
#include <gst/discord/gstdiscordconnection-private.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_MEDIA_SINK (gst_discord_media_sink_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordMediaSink, gst_discord_media_sink, GST,
    DISCORD_MEDIA_SINK, GstBaseSink)

/* Below PAUSED only; NULL to let go. */
void gst_discord_media_sink_set_connection (
    GstDiscordMediaSink *self, GstDiscordConnection *connection);

/* Any time. None: frames are dropped, as when muted. */
void gst_discord_media_sink_set_speaking (
    GstDiscordMediaSink *self, GstDiscordSpeakingFlags speaking);

/* How long a file waits until what it sends can be encrypted, in milliseconds.
 * Any time. */
void gst_discord_media_sink_set_e2ee_timeout (
    GstDiscordMediaSink *self, guint timeout);

/* Ends a talk spurt now: what is left of its silence at once, then speaking 0.
 * For shutting down while what is behind us can still send. */
void gst_discord_media_sink_finish (GstDiscordMediaSink *self);

/* Adds our counters, each field name behind @prefix. */
void gst_discord_media_sink_add_stats (
    GstDiscordMediaSink *self, const gchar *prefix, GstStructure *stats);

G_END_DECLS
