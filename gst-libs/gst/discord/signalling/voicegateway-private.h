/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The voice gateway in four parts: voicegateway.c is the life of a session
 * (opening, time-outs, resumes, the end), voicedispatch.c what the server's
 * messages do, voicedave.c the messages of end-to-end encryption, voicevideo.c
 * those of video. */

#include "heartbeat.h"
#include "json.h"
#include "voicegateway.h"

/* Numbers of the last messages, to know those that a resume repeats. */
#define DISCORD_VOICE_RECENT 256

typedef enum
{
  DISCORD_VOICE_STATE_OPENING,
  DISCORD_VOICE_STATE_IDENTIFYING, /* op 0 sent */
  DISCORD_VOICE_STATE_READY, /* waiting for select_protocol() */
  DISCORD_VOICE_STATE_SELECTING, /* op 1 sent */
  DISCORD_VOICE_STATE_CONNECTED,
  DISCORD_VOICE_STATE_RESUME_WAIT, /* for the next attempt */
  DISCORD_VOICE_STATE_RESUME_OPENING,
  DISCORD_VOICE_STATE_RESUMING, /* op 7 sent */
  DISCORD_VOICE_STATE_CLOSED,
} DiscordVoiceState;

struct _DiscordVoiceGateway
{
  DiscordVoiceGatewayParams params; /* its strings are ours */
  gchar *session_id;
  gchar *token; /* wiped */
  gchar *endpoint;
  gchar *connection_id; /* a UUID, for the server's statistics */
  DiscordScheduler *scheduler;
  DiscordWebsocketFactory factory;
  gpointer factory_data;
  DiscordVoiceGatewayCallbacks callbacks;
  gpointer user_data;

  DiscordVoiceState state;
  DiscordWebsocket *ws;
  guint step_timer; /* the time-out or delay of @state */
  guint resume_timer; /* the end of all attempts to resume */
  guint silence_timer;
  gint64 received_at; /* the last message */
  guint interval_ms; /* 0 before Hello */
  DiscordHeartbeat heartbeat;

  guint32 ssrc;
  guint speaking;
  guint32 speaking_ssrc;

  GQueue dave_waiting; /* Waiting of voicedave.c, for the next op 9 */

  DiscordVoiceStreams video; /* what we send, without SSRCs */
  gchar *video_sent; /* the last op 12, NULL before the first */
  GstDiscordMediaSinkWants *wants; /* NULL before they are set */
  gchar *wants_sent; /* the last op 15 */
  gint64 wants_sent_at, wants_sent_before; /* the last two times */
  guint wants_timer;
  gboolean codecs_changed; /* since op 1 or the last op 14 */

  guint32 recent[DISCORD_VOICE_RECENT]; /* a ring */
  guint n_recent; /* ever */
  gboolean replaying; /* resumed, and nothing new came yet */

  guint attempt; /* of the running or last resume */
  gint64 resume_started;
  gint64 resumed_at; /* -1 before the first op 9 */
  guint16 cause_code; /* why we resume */
  GError *cause;

  DiscordVoiceGatewayStats stats;
};

/* No callback is obligatory. */
#define CALL(self, name, ...)                                                  \
  G_STMT_START                                                                 \
  {                                                                            \
    if ((self)->callbacks.name != NULL)                                        \
      (self)->callbacks.name ((self), __VA_ARGS__);                            \
  }                                                                            \
  G_STMT_END

/* voicedispatch.c */
void discord_voice_dispatch_text (
    DiscordVoiceGateway *self, const gchar *text, gsize length);
void discord_voice_dispatch_binary (
    DiscordVoiceGateway *self, const guint8 *data, gsize length);
void discord_voice_send_text (DiscordVoiceGateway *self, const gchar *text);
/* @text: (transfer full) */
void discord_voice_send_taken (DiscordVoiceGateway *self, gchar *text);
void discord_voice_send_speaking (DiscordVoiceGateway *self);

/* voicedave.c */
/* FALSE: malformed. */
gboolean discord_voice_dave_dispatch_text (
    DiscordVoiceGateway *self, gint64 op, JsonObject *root);
gboolean discord_voice_dave_dispatch_binary (
    DiscordVoiceGateway *self, guint op, const guint8 *payload, gsize length);
/* The websocket is usable again: sends what waits. */
void discord_voice_dave_flush (DiscordVoiceGateway *self);
void discord_voice_dave_clear (DiscordVoiceGateway *self);

/* voicevideo.c */
/* Op 2. */
void discord_voice_video_ready (
    DiscordVoiceGateway *self, JsonObject *root, DiscordVoiceReady *ready);
/* Ops 12, 14 and 15. FALSE: malformed. */
gboolean discord_voice_video_dispatch (
    DiscordVoiceGateway *self, gint64 op, JsonObject *root);
/* After op 4: what was set before, or that there is nothing. */
void discord_voice_video_announce (DiscordVoiceGateway *self);
/* After op 9. */
void discord_voice_video_resumed (DiscordVoiceGateway *self);
/* The websocket is gone. */
void discord_voice_video_suspend (DiscordVoiceGateway *self);
void discord_voice_video_clear (DiscordVoiceGateway *self);

/* voicegateway.c: the server broke the protocol; the session is over. */
void discord_voice_finish_protocol (
    DiscordVoiceGateway *self, const gchar *message);
