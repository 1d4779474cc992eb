/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For the classes that derive from GstDiscordMediaSink, and its own files. */

#include "gstdiscordmediasink.h"

G_BEGIN_DECLS

/* Others are in the channel, or may be, and the group is not there yet. */
gboolean gst_discord_media_sink_awaits_key (const GstDiscordSendState *send);

/* (transfer full): never NULL, the system clock when we have none yet. */
GstClock *gst_discord_media_sink_ref_clock (GstDiscordMediaSink *self);

/* (transfer full) (nullable) */
GstDiscordConnection *gst_discord_media_sink_ref_connection (
    GstDiscordMediaSink *self);

/* Pushes one frame of the session in @send that starts at @pts of our running
 * time; takes @buffer. The caller holds the stream lock of srcpad. */
GstFlowReturn gst_discord_media_sink_push (GstDiscordMediaSink *self,
    GstBuffer *buffer, GstClockTime pts, const GstDiscordSendState *send);

/* Call first in instance init: the template is the derived class's. */
void gst_discord_media_sink_add_source_pad (GstDiscordMediaSink *self);

/* To be pushed with the next frame. */
void gst_discord_media_sink_take_caps (
    GstDiscordMediaSink *self, GstCaps *caps);

/* gstdiscordmediasink-render.c: one frame on its way out */

GstFlowReturn gst_discord_media_sink_render (
    GstBaseSink *sink, GstBuffer *buffer);
GstFlowReturn gst_discord_media_sink_preroll (
    GstBaseSink *sink, GstBuffer *buffer);
void gst_discord_media_sink_get_times (GstBaseSink *sink, GstBuffer *buffer,
    GstClockTime *start, GstClockTime *end);

/* For announce(): with PREROLL_LOCK, which waiting gives away. */

typedef gboolean (*DiscordReadyFunc) (GstDiscordMediaSink *self, gpointer data);

/* Until @ready (called with the lock held), an interrupt or @until (monotonic
 * time, -1 for ever). FALSE: out of time. */
gboolean gst_discord_media_sink_wait_until (GstDiscordMediaSink *self,
    DiscordReadyFunc ready, gpointer data, gint64 until);
/* Back in PLAYING after an interrupt, or not OK. */
GstFlowReturn gst_discord_media_sink_check_interrupt (
    GstDiscordMediaSink *self, GstBuffer *buffer);
gboolean gst_discord_media_sink_get_session (
    GstDiscordMediaSink *self, GstDiscordSendState *send, guint *told);
gboolean gst_discord_media_sink_is_live (GstDiscordMediaSink *self);
void gst_discord_media_sink_count (GstDiscordMediaSink *self, guint64 *counter);

G_END_DECLS
