/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Internal: paces Opus, says when we speak, and ends talk spurts with silence. */

#include "gstdiscordmediasink.h"

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_AUDIO_PLAYER (gst_discord_audio_player_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordAudioPlayer, gst_discord_audio_player, GST,
    DISCORD_AUDIO_PLAYER, GstDiscordMediaSink)

/* Any time. None: frames are dropped, as when muted. */
void gst_discord_audio_player_set_speaking (
    GstDiscordAudioPlayer *self, GstDiscordSpeakingFlags speaking);

/* Any time. Whether speaking stays announced behind a talk spurt, as that of a
 * stream does (golive 4). */
void gst_discord_audio_player_set_keeps_speaking (
    GstDiscordAudioPlayer *self, gboolean keeps);

/* Ends a talk spurt now: what is left of its silence at once, then speaking 0.
 * For shutting down while what is behind us can still send. */
void gst_discord_audio_player_finish (GstDiscordAudioPlayer *self);

void gst_discord_audio_player_add_stats (
    GstDiscordAudioPlayer *self, GstStructure *stats);

G_END_DECLS
