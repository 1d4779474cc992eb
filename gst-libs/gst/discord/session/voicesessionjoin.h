/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../signalling/voicegateway.h"

typedef struct _DiscordVoiceSession DiscordVoiceSession;

/* How a voice session gets a voice server: voicesessionchannel.c joins a channel
 * by op 4 of the main gateway, voicesessionstream.c a Go Live stream by its ops 18
 * and 20. All that follows from there is the same. */
typedef struct
{
  /* Asks the main gateway, or waits until it may be asked. */
  void (*ask) (DiscordVoiceSession *self);
  /* Asks for another server after a loss, and, when that is not answered, once
   * more in stronger terms. */
  void (*ask_again) (DiscordVoiceSession *self);
  void (*insist) (DiscordVoiceSession *self);
  /* Tells the main gateway that we go, by wish or because we gave up. */
  void (*leave) (DiscordVoiceSession *self);
  void (*give_up) (DiscordVoiceSession *self);

  /* The main gateway has another session, which knows nothing of us. */
  void (*replaced) (DiscordVoiceSession *self);

  /* Where to identify. FALSE: not known yet. */
  gboolean (*locate) (
      DiscordVoiceSession *self, DiscordVoiceGatewayParams *params);
  /* Nobody answered; (transfer full). */
  GError *(*new_timeout) (DiscordVoiceSession *self);

  /* The state changed; the session is over. */
  void (*changed) (DiscordVoiceSession *self);
  void (*ended) (DiscordVoiceSession *self, const GError *error);
} DiscordVoiceSessionJoin;

extern const DiscordVoiceSessionJoin discord_voice_session_join_channel;
extern const DiscordVoiceSessionJoin discord_voice_session_join_stream;
