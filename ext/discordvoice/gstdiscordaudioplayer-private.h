/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gstdiscordaudioplayer.h"
#include "gstdiscordmediasink-private.h"
#include "talkspurt.h"

G_BEGIN_DECLS

struct _GstDiscordAudioPlayer
{
  GstDiscordMediaSink parent;

  /* The parent's lock guards the fields below. */
  GstDiscordSpeakingFlags speaking;
  gboolean keeps_speaking; /* announced until the session ends */
  Talkspurt spurt; /* in times of our clock */
  GstClockID timer;
  guint64 silence; /* silence frames of ours */
  guint64 muted; /* dropped: speaking is none */
  guint64 fast; /* dropped: no time for them */
  guint stops; /* how often the end of speaking was announced */

  /* Streaming thread */
  GstClockTime busy_until; /* running time */
  gboolean refused; /* caps, since PAUSED; parsers offer them again and again */
  guint announced_after; /* `stops` when a frame last announced speaking */
};

#define DISCORD_LEVEL_SILENCE 127 /* media-transport 3.2 */

/* gstdiscordaudioplayer-silence.c: the end of a talk spurt */

/* Sees to it that a step of the talk spurt is done when it is due. */
void gst_discord_audio_player_arm (GstDiscordAudioPlayer *self);
void gst_discord_audio_player_disarm (GstDiscordAudioPlayer *self);

/* Silence is due from now on; TRUE when there was a talk spurt to end. */
gboolean gst_discord_audio_player_end (GstDiscordAudioPlayer *self);

/* Ends the talk spurt from another thread, silence frames at their pace. */
void gst_discord_audio_player_trail (GstDiscordAudioPlayer *self);

/* Does what is due at @now. FALSE: the talk spurt is over; else @next is when
 * to come again. */
gboolean gst_discord_audio_player_step (
    GstDiscordAudioPlayer *self, GstClockTime now, GstClockTime *next);

G_END_DECLS
