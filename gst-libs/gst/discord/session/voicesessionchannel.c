/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Joining a voice channel: op 4 of the main gateway. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "voicesession-private.h"

/* Always the complete state: what is missing reads as false. */
static void
channel_tell (DiscordVoiceSession *self, guint64 channel_id)
{
  const DiscordVoiceStateUpdate update = {
    .guild_id = self->config.guild_id,
    .channel_id = channel_id,
    .self_mute = self->config.self_mute,
    .self_deaf = self->config.self_deaf,
    .self_video = self->config.self_video,
  };

  self->callbacks->update_voice_state (&update, self->user_data);
}

void
voice_session_leave (DiscordVoiceSession *self)
{
  channel_tell (self, 0);
}

void
voice_session_ask (DiscordVoiceSession *self)
{
  channel_tell (self, self->config.channel_id);
}

/* The main gateway may take an op 4 for the channel it believes us in as a mere
 * change of flags. */
static void
channel_insist (DiscordVoiceSession *self)
{
  voice_session_leave (self);
  voice_session_ask (self);
}

/* The main gateway may still believe us in the channel. */
static void
channel_give_up (DiscordVoiceSession *self)
{
  if (self->channel_id != 0)
    voice_session_leave (self);
}

static gboolean
channel_locate (DiscordVoiceSession *self, DiscordVoiceGatewayParams *params)
{
  params->channel_id = discord_voice_session_get_channel_id (self);
  params->server_id =
      self->config.guild_id != 0 ? self->config.guild_id : params->channel_id;
  return TRUE;
}

static GError *
channel_new_timeout (DiscordVoiceSession *self)
{
  return g_error_new (GST_DISCORD_ERROR, GST_DISCORD_ERROR_JOIN_TIMEOUT,
      "Discord did not answer the join within %u s: the channel is full, does "
      "not exist, or this account may not connect to it.",
      self->config.timeout);
}

static void
channel_ignore (DiscordVoiceSession *self)
{
}

static void
channel_ended (DiscordVoiceSession *self, const GError *error)
{
}

const DiscordVoiceSessionJoin discord_voice_session_join_channel = {
  .ask = voice_session_ask,
  .ask_again = voice_session_ask,
  .insist = channel_insist,
  .leave = voice_session_leave,
  .give_up = channel_give_up,
  .replaced = channel_ignore,
  .locate = channel_locate,
  .new_timeout = channel_new_timeout,
  .changed = channel_ignore,
  .ended = channel_ended,
};
