/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Internal: what one audio pad of the sink leads to. Raw audio is encoded, Opus
 * goes on as it is; then pacing, end-to-end encryption and RTP. Pads `sink` and `src` (RTP). */

#include "timeline.h"

#include <gst/gst.h>
#include <gst/discord/gstdiscordconnection-private.h>

G_BEGIN_DECLS

#define DISCORD_AUDIO_SENDER_CAPS                                              \
  "audio/x-opus; "                                                             \
  "audio/x-raw, rate=(int)[1, 2147483647], channels=(int)[1, 2147483647]"

#define GST_TYPE_DISCORD_AUDIO_SENDER (gst_discord_audio_sender_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordAudioSender, gst_discord_audio_sender, GST,
    DISCORD_AUDIO_SENDER, GstBin)

/* FALSE: an element is missing; the message says which. */
gboolean gst_discord_audio_sender_check (
    GstDiscordAudioSender *self, gchar **missing);

/* Below PAUSED only. */
void gst_discord_audio_sender_set_connection (
    GstDiscordAudioSender *self, GstDiscordConnection *connection);
/* Whether PAUSED waits for a frame, as it does for a sink. */
void gst_discord_audio_sender_set_async (
    GstDiscordAudioSender *self, gboolean async);
/* The sound of a Go Live stream, not a microphone: whatever is announced becomes
 * soundshare, and stays announced. */
void gst_discord_audio_sender_set_soundshare (
    GstDiscordAudioSender *self, gboolean soundshare);
void gst_discord_audio_sender_set_header_extensions (
    GstDiscordAudioSender *self, gboolean enabled);
void gst_discord_audio_sender_set_encoder_properties (
    GstDiscordAudioSender *self, const GstStructure *properties);

/* Once, before there is a pad. */
void gst_discord_audio_sender_set_timeline (
    GstDiscordAudioSender *self, DiscordTimeline *timeline);

/* Any time. */
void gst_discord_audio_sender_set_speaking (
    GstDiscordAudioSender *self, GstDiscordSpeakingFlags speaking);
void gst_discord_audio_sender_set_e2ee_timeout (
    GstDiscordAudioSender *self, guint timeout);
void gst_discord_audio_sender_finish (GstDiscordAudioSender *self);
void gst_discord_audio_sender_add_stats (
    GstDiscordAudioSender *self, GstStructure *stats);

G_END_DECLS
