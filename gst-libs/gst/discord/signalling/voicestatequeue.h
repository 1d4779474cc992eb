/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The complete voice state of main gateway op 4 (voice-gateway 1.7). */
typedef struct
{
  guint64 guild_id; /* 0: a call */
  guint64 channel_id; /* 0: leave */
  gboolean self_mute;
  gboolean self_deaf;
  gboolean self_video; /* the camera indicator (golive 1) */
} DiscordVoiceStateUpdate;

/* Op 4 waiting to be sent: at most one a second and guild, the latest state
 * only. A leave before a join is kept apart, or the server would see a move. */
typedef struct _DiscordVoiceStateQueue DiscordVoiceStateQueue;

DiscordVoiceStateQueue *discord_voice_state_queue_new (void);
void discord_voice_state_queue_free (DiscordVoiceStateQueue *self);

void discord_voice_state_queue_push (
    DiscordVoiceStateQueue *self, const DiscordVoiceStateUpdate *update);

/* Microseconds until pop() has something, -1 when nothing waits. */
gint64 discord_voice_state_queue_get_wait (
    DiscordVoiceStateQueue *self, gint64 now);

/* The next state that may be sent at @now; counts as sent. */
gboolean discord_voice_state_queue_pop (
    DiscordVoiceStateQueue *self, gint64 now, DiscordVoiceStateUpdate *update);

/* The next leave that waits, whatever the pace: we are closing. */
gboolean discord_voice_state_queue_pop_leave (
    DiscordVoiceStateQueue *self, DiscordVoiceStateUpdate *update);

/* The link was lost: what was sent since @since may not have arrived and waits
 * again, unless something newer does. */
void discord_voice_state_queue_repeat (
    DiscordVoiceStateQueue *self, gint64 since);

/* The server forgot all states: what was sent is void, leaves are moot, joins
 * still wait. */
void discord_voice_state_queue_forget_sent (DiscordVoiceStateQueue *self);
